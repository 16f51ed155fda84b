"""I17: the facts told of an object are one walk along its table: nothing untold, nothing told twice, nothing told that was not done."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.invariants import BY_ITS_CALLER, base, every_move_is_told
from evidence.invariants.moves import MovesAreTold
from kit.clock import FixedClock
from kit.coverage import covers
from tests.evidence.facts import write_note

#: A lot as the trading room has it, with a loop, and an end that its caller tells.
MOVES = {("announced", "open"): "open", ("announced", "cancel"): "cancelled", ("open", "halt"): "halted", ("halted", "resume"): "open",
         ("halted", "cancel"): "cancelled", ("open", "award"): "awarded", ("open", "fail"): "failed", ("awarded", "file"): "filed"}
FACTS = {"open": "t.lot.opened", "cancel": "t.lot.cancelled", "halt": "t.lot.halted", "resume": "t.lot.resumed", "award": "t.lot.awarded",
         "fail": "t.lot.failed", "file": BY_ITS_CALLER}


@pytest.fixture
def lots(monkeypatch: pytest.MonkeyPatch) -> type[MovesAreTold]:
    monkeypatch.setattr(base, "_REGISTRY", {})
    return every_move_is_told("test_lot", MOVES, FACTS, births={"announced": "t.lot.announced"})


def walked(seed: int) -> tuple[str, list[str]]:
    """A lot's life as it may be: where it stands and what was told."""
    dice, status, told = Random(seed), "announced", ["t.lot.announced"]
    for _ in range(dice.randrange(9)):
        ways = sorted(act for before, act in MOVES if before == status)
        if not ways:
            break
        act = dice.choice(ways)
        status = MOVES[status, act]
        told += [FACTS[act]] if FACTS[act] else []
    return status, told


def naively(status: str, told: list[str]) -> bool:
    """The mutant: whoever left its first state has *some* fact."""
    return status == "announced" or bool(told)


@covers("I17")
@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 10**9), place=st.integers(0, 100))
def test_a_life_told_fact_by_fact_holds_and_one_fact_too_few_or_too_many_does_not(seed: int, place: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base, "_REGISTRY", {})
        lots = every_move_is_told("test_lot", MOVES, FACTS, births={"announced": "t.lot.announced"})
    status, told = walked(seed)
    shuffled = list(told)
    Random(place).shuffle(shuffled)
    assert lots.told_rightly(status, shuffled), "in whatever order the sealer wrote them"
    at = place % len(told)
    fewer, more = told[:at] + told[at + 1:], [*told, told[at]]
    assert not lots.told_rightly(status, fewer) and not lots.told_rightly(status, more)


@covers("I17")
@pytest.mark.parametrize(("status", "told"), [
    ("awarded", ["t.lot.announced", "t.lot.awarded"]),  # it opened, and nobody was told
    ("open", ["t.lot.announced", "t.lot.opened", "t.lot.halted"]),  # it runs again, untold
    ("open", ["t.lot.announced", "t.lot.opened", "t.lot.opened"]),  # one change told twice
    ("open", ["t.lot.announced", "t.lot.opened", "t.lot.failed"]),  # told, and not done
    ("cancelled", ["t.lot.announced", "t.lot.cancelled", "t.lot.cancelled"]),
    ("filed", ["t.lot.announced", "t.lot.opened"]),  # its caller tells the last step, not the one before
])
def test_a_life_that_is_not_the_one_told_is_found_where_the_naive_check_is_content(
        lots: type[MovesAreTold], status: str, told: list[str]) -> None:
    assert not lots.told_rightly(status, told)
    assert naively(status, told), "the naive variant was expected to be content"


@covers("I17")
@pytest.mark.django_db(transaction=True)
def test_the_database_is_asked_slice_by_slice_and_like_faults_are_named_once(
        lots: type[MovesAreTold], owner_connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from evidence.invariants import moves

    monkeypatch.setattr(moves, "SLICE", 7)
    owner_connection.execute("CREATE TABLE test_lot (id bigserial PRIMARY KEY, code text, status text)")
    owner_connection.execute("INSERT INTO test_lot (code, status) SELECT 'LOT-' || n, 'announced' FROM generate_series(10, 39) n")
    born = every_move_is_told("test_lot", MOVES, {**FACTS, "open": "evidence.note.written"}, births={"announced": BY_ITS_CALLER})
    assert list(born().check()) == []
    for number in (11, 12, 30):
        write_note(subject=f"LOT-{number}", clock=FixedClock(datetime(2026, 7, 1, 4, 0, tzinfo=UTC)))
    assert list(born().check()) == [
        "LOT-11 is announced, but the record book tells of evidence.note.written (and 1 like it)",
        "LOT-30 is announced, but the record book tells of evidence.note.written"]
    owner_connection.execute("UPDATE test_lot SET status = 'open' WHERE code IN ('LOT-11', 'LOT-12', 'LOT-30')")
    assert list(born().check()) == []
