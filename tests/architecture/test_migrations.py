"""Every change of a model has its migration; read against the tests' own database, whatever state a folder's other databases are in."""

from __future__ import annotations

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_no_model_has_changed_without_its_migration() -> None:
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=1)
