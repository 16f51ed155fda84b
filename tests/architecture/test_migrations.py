"""Every change of a model has its migration; a database that stands before the rooms' first files is refused in words.

Read against the tests' own database, whatever state a folder's other databases are in.
"""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.exceptions import NodeNotFoundError
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from exchange.management.commands.migrate import older_rooms

pytestmark = pytest.mark.django_db


def test_no_model_has_changed_without_its_migration() -> None:
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=1)


def test_a_database_that_has_all_steps_of_a_room_or_none_is_no_older_one() -> None:
    applied = set(MigrationRecorder(connection).applied_migrations())
    assert ("trading", "0033_standing") in applied, "a new house counts as having made the steps that its files replace"
    assert older_rooms(applied) == older_rooms([]) == {}


def test_an_older_database_is_refused_in_words_and_nothing_is_done() -> None:
    recorder = MigrationRecorder(connection)
    recorder.migration_qs.filter(app="trading", name__in=["0032_venue_pilots", "0033_standing"]).delete()
    recorder.migration_qs.filter(app="settlement", name="0016_settled_in_place").delete()
    with pytest.raises(CommandError) as refused:
        call_command("migrate", verbosity=0)
    words = str(refused.value)
    assert "settlement (0016_settled_in_place), trading (0032_venue_pilots)" in words
    assert "下一步" in words and "Next: run manage.py migrate of the last release that has them" in words
    assert ("trading", "0033_standing") not in recorder.applied_migrations()


def test_django_alone_does_not_say_what_lacks() -> None:
    """The mutant: nothing refused. Django plans nothing for the room, or ends in a riddle where a later step names a replaced one."""
    MigrationRecorder(connection).migration_qs.filter(app="trading", name__in=["0032_venue_pilots", "0033_standing"]).delete()
    try:
        executor = MigrationExecutor(connection)
        told = str(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except NodeNotFoundError as riddle:
        told = str(riddle)
    assert "0032_venue_pilots" not in told and "0001_house" not in told.split("any of")[0]
