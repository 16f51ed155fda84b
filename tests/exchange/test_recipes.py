"""Every recipe of docs/recipes works as written: it is carried out in a copy of the house.

A recipe is prose with fenced blocks. ```` ```yaml append=path ```` adds the block to the end of a file, ``create=path``
makes a file, ``replace=path`` replaces the block's part above ``=====`` by the part below it, and ```` ```sh run ````
is run in the copy; it must exit 0.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import clones
from tests.clones import HOUSE

RECIPES = sorted((HOUSE / "docs" / "recipes").glob("*.md"))
BLOCK = re.compile(r"^```(\w+) (append|create|replace|run)(?:=(\S+))?\n(.*?)^```$", re.M | re.S)


def copy_of_the_house(target: Path) -> Path:
    ask = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(ask, cwd=HOUSE, capture_output=True, check=True)
    for name in listed.stdout.decode().split("\0"):
        if name and (HOUSE / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(HOUSE / name, target / name)
    for linked in (".venv", "node_modules"):
        (target / linked).symlink_to((HOUSE / linked).resolve())
    return target


def carry_out(recipe: Path, house: Path) -> int:
    steps = 0
    for _, act, name, body in BLOCK.findall(recipe.read_text(encoding="utf-8")):
        steps += 1
        place = house / name if name else house
        if act == "create":
            place.parent.mkdir(parents=True, exist_ok=True)
            assert not place.exists(), f"{recipe.name}: {name} exists already"
            place.write_text(body, encoding="utf-8")
        elif act == "append":
            place.write_text(place.read_text(encoding="utf-8").rstrip("\n") + "\n" + body, encoding="utf-8")
        elif act == "replace":
            was, now = body.split("=====\n")
            whole = place.read_text(encoding="utf-8")
            assert whole.count(was) == 1, f"{recipe.name}: the lines to replace stand {whole.count(was)} times in {name}"
            place.write_text(whole.replace(was, now), encoding="utf-8")
        else:
            services = clones.mine()
            environment = os.environ | services.environment() | {"PATH": f"{house / '.venv/bin'}:{os.environ['PATH']}"}
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", body], cwd=house, env=environment, capture_output=True, text=True,
                                  check=False)
            assert done.returncode == 0, f"{recipe.name}:\n{body}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return steps


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_works_as_written(recipe: Path, tmp_path: Path) -> None:
    assert carry_out(recipe, copy_of_the_house(tmp_path / "house")) >= 2, "a recipe does something and checks it"
