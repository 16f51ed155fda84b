"""Every (state, action) pair of every object: either a row of its table, or an illegal move that says what is open."""

import pytest
from django.apps import apps
from django.db import connection

from exchange.apps import ROOMS
from exchange.lifecycles import Lifecycle, lifecycles
from kit.coverage import covers
from kit.rejected import registered_refusals
from kit.states import IllegalMove, advance, open_actions

TABLES = list(lifecycles())


@covers("CAP-E4", "F3")
@pytest.mark.parametrize("one", TABLES, ids=lambda one: f"{one.room}.{one.name}")
def test_every_pair_is_a_row_or_an_illegal_move(one: Lifecycle) -> None:
    rows = {(state, getattr(action, "value", action)): following for (state, action), following in one.table.items()}
    for status in one.statuses:
        for action in one.actions:
            if (status, action) in rows:
                assert advance(rows, status, action, subject="X", code="test") == rows[status, action]
            else:
                with pytest.raises(IllegalMove) as refused:
                    advance(rows, status, action, subject="X", code="test")
                assert refused.value.params["open_actions"] == (", ".join(open_actions(rows, status)) or "-")


@pytest.mark.parametrize("one", TABLES, ids=lambda one: f"{one.room}.{one.name}")
def test_every_state_can_be_reached_and_some_state_ends(one: Lifecycle) -> None:
    reached = set(one.table.values())
    starts = [status for status in one.statuses if status not in reached]
    assert len(starts) <= 2, f"{[s.value for s in starts]} are entered by nothing"
    assert one.ends or all(open_actions(one.table, status) for status in one.statuses)


#: Columns called status or state that are no workflow of their own: who writes them, and why nothing moves along edges there.
NO_WORKFLOW: dict[str, str] = {
    "listings.DataResource": "in use, or archived by a succession: nothing moves it back",
    "listings.DataProduct": "archived with its resource",
}


@covers("CAP-E4", "F3")
def test_every_status_that_is_stored_has_its_table_and_with_it_its_diagram() -> None:
    """A workflow whose moves stand in no table would be neither drawn nor walked pair by pair above."""
    drawn = {(one.room, frozenset(str(status.value) for status in one.statuses)) for one in TABLES}
    stray = set()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.name in {"status", "state"} and field.choices and model.__module__.split(".")[0] in ROOMS:
                values = frozenset(str(value) for value, _word in field.flatchoices)
                if not any(room == model._meta.app_label and values == kept for room, kept in drawn):
                    stray.add(model._meta.label)
    assert stray == set(NO_WORKFLOW)


def test_every_room_that_moves_objects_has_a_refusal_for_illegal_moves() -> None:
    rooms = {one.room for one in TABLES}
    told = {code.split(".")[0] for code in registered_refusals() if code.endswith("illegal_move")}
    assert rooms <= told


@covers("I17")
@pytest.mark.django_db
def test_every_status_column_is_guarded_by_an_edge_trigger() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE '%%edge%%'")
        guarded = {row[0] for row in cursor.fetchall()}
    rooms = {one.room for one in TABLES}
    assert {room for room in rooms if any(table.startswith(room) for table in guarded)} == rooms


@covers("I17")
@pytest.mark.django_db
def test_every_guarded_status_has_a_check_that_its_moves_are_told() -> None:
    """What moves under an edge guard is looked after by I17, table by table; reviews by the facts of their decided rows."""
    from evidence.invariants import MovesAreTold, registered
    from evidence.invariants.schema import guards_in_migrations

    guarded = {guard.table for guard in guards_in_migrations() if guard.kind == "edges"}
    looked_after = {one.table for one in registered() if issubclass(one, MovesAreTold)}
    assert guarded - looked_after == {"listings_review"} and looked_after <= guarded
