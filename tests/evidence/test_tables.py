"""A new house is built of one file per room; all tables of a room are made in one stroke, and nothing is rendered twice."""

from __future__ import annotations

from typing import Any

from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddField, CreateModel
from django.db.migrations.state import ProjectState
from django.db.models import CASCADE, CharField, ForeignKey

from evidence.tables import Tables

ROOMS = ("evidence", "ledger", "participants", "compliance", "listings", "trading", "delivery", "settlement", "simulation")
"""From below to above, as in docs/house.md."""


def _table(name: str, *more: tuple[str, Any]) -> CreateModel:
    return CreateModel(name, [("name", CharField(max_length=3, primary_key=True)), *more])


def test_every_room_begins_with_one_file_and_needs_only_rooms_below() -> None:
    loader = MigrationLoader(None)
    for (room, name), migration in loader.graph.nodes.items():
        if room in ROOMS:
            above = ROOMS[ROOMS.index(room) + 1:]
            assert [one for one in migration.dependencies if one[0] in above] == [], f"{room} {name}"
    first = {node for node in loader.graph.nodes if node[0] in ROOMS and node[1].startswith("0001_")}
    assert first == {(room, "0001_house") for room in ROOMS}


def test_a_step_that_names_a_replaced_one_follows_the_file_that_replaces_it() -> None:
    loader = MigrationLoader(None)
    replaced = {one: node for node, migration in loader.disk_migrations.items() for one in migration.replaces}
    assert replaced["trading", "0033_standing"] == ("trading", "0001_house")
    assert not set(replaced) & set(loader.disk_migrations), "what is replaced is gone"


def test_tables_of_a_step_may_point_at_each_other() -> None:
    state = ProjectState()
    Tables(_table("A", ("other", ForeignKey("ledger.B", on_delete=CASCADE))),
           _table("B", ("other", ForeignKey("ledger.A", on_delete=CASCADE)))).state_forwards("ledger", state)
    assert "apps" not in state.__dict__, "nobody asked for the models yet"
    assert {one.__name__ for one in state.apps.get_models()} == {"A", "B"}


def test_tables_of_the_next_step_are_rendered_beside_those_that_stand() -> None:
    state = ProjectState()
    Tables(_table("A"), _table("B")).state_forwards("ledger", state)
    standing = state.apps.get_model("ledger", "A")
    after = state.clone()
    Tables(_table("C", ("a", ForeignKey("ledger.A", on_delete=CASCADE, related_name="cs")),
                  ("d", ForeignKey("trading.D", on_delete=CASCADE))), _table("D")).state_forwards("trading", after)
    assert after.apps.get_model("ledger", "A") is standing, "rendered again"
    new = after.apps.get_model("trading", "C")
    assert new._meta.get_field("a").related_model is standing
    assert new._meta.get_field("d").related_model is after.apps.get_model("trading", "D")
    assert "cs" in {one.get_accessor_name() for one in standing._meta.related_objects}
    assert {one.__name__ for one in state.apps.get_models()} == {"A", "B"}, "the state before knows nothing of it"


def test_a_later_change_of_what_stands_reaches_what_points_at_it() -> None:
    """Django renders a changed model anew with all that point at it: those made beside it must be among them."""
    state = ProjectState()
    Tables(_table("A")).state_forwards("ledger", state)
    assert state.apps.get_model("ledger", "A")
    Tables(_table("C", ("a", ForeignKey("ledger.A", on_delete=CASCADE)))).state_forwards("trading", state)
    Tables(_table("E", ("c", ForeignKey("trading.C", on_delete=CASCADE)))).state_forwards("delivery", state)
    AddField("A", "owner", ForeignKey("ledger.A", null=True, on_delete=CASCADE)).state_forwards("ledger", state)
    changed, pointing, farther = (state.apps.get_model(*one) for one in (("ledger", "A"), ("trading", "C"), ("delivery", "E")))
    assert pointing._meta.get_field("a").related_model is changed
    assert farther._meta.get_field("c").related_model is pointing
