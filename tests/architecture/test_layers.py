"""The rooms stay apart: imports go down only, and so do foreign keys, which the import check cannot see."""

import shutil
import subprocess
import sys
from pathlib import Path

from django.apps import apps

from exchange.apps import ROOMS
from tests.clones import HOUSE

HEIGHT = {room: len(ROOMS) - place for place, room in enumerate(ROOMS)}


def test_a_room_imports_only_the_rooms_below_it() -> None:
    tool = shutil.which("lint-imports") or str(Path(sys.executable).parent / "lint-imports")
    done = subprocess.run([tool], cwd=HOUSE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_foreign_key_points_only_to_its_own_room_or_one_below() -> None:
    upward = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models()
        if model._meta.app_label in HEIGHT
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model is not None
        and HEIGHT.get(field.related_model._meta.app_label, 0) > HEIGHT[model._meta.app_label]
    ]
    assert upward == []


def test_the_house_has_no_models_and_the_kit_no_django() -> None:
    assert not (HOUSE / "exchange" / "models.py").exists()
    assert not [path for path in (HOUSE / "kit").glob("*.py") if "django" in path.read_text().replace("Django", "")]
