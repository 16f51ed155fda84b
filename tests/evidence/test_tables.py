"""A new house is built in one step per room; it is the house that grew migration by migration."""

from __future__ import annotations

from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import CreateModel
from django.db.migrations.state import ProjectState
from django.db.models import CharField

from evidence.guards import Guard
from evidence.tables import Tables

ROOMS = ("participants", "compliance", "listings", "trading", "delivery", "settlement")


def _grown(*, squashed: bool) -> MigrationLoader:
    return MigrationLoader(None, replace_migrations=squashed)


def _guards(loader: MigrationLoader) -> dict[tuple[str, ...], str]:
    """What stands at last on every trigger: a later guard replaces an earlier one."""
    order = loader.graph._generate_plan(loader.graph.leaf_nodes(), at_end=True)
    return {(one.kind, *one.triggers): str(one.sql) for node in order if node[0] in ROOMS
            for one in loader.graph.nodes[node].operations if isinstance(one, Guard)}


def test_a_new_house_has_the_tables_of_one_that_grew() -> None:
    new, grown = _grown(squashed=True), _grown(squashed=False)
    for one, other in ((new, grown), (grown, new)):
        assert MigrationAutodetector(one.project_state(), other.project_state()).changes(graph=one.graph) == {}


def test_a_new_house_has_the_guards_of_one_that_grew() -> None:
    new, grown = _guards(_grown(squashed=True)), _guards(_grown(squashed=False))
    assert len(new) > 200
    assert new == grown


def test_tables_of_a_step_are_rendered_once() -> None:
    """Two models that point at each other, made in one step: no model is rendered before all are known."""
    state = ProjectState()
    assert state.apps.get_models() == []
    tables = Tables(CreateModel("A", [("name", CharField(max_length=3, primary_key=True))]),
                    CreateModel("B", [("name", CharField(max_length=3, primary_key=True))]))
    tables.state_forwards("ledger", state)
    assert "apps" not in state.__dict__, "rendered while it was made"
    assert {one.__name__ for one in state.apps.get_models()} == {"A", "B"}
