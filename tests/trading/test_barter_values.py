"""What two licences given for each other come to in money: pure, so it is tried with any figures (R12)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.coverage import covers
from tests.factories import NOW
from trading.auctions.bargain import MOST_ROUNDS, NotMoved, Talk, Terms, other, start, step
from trading.auctions.barter import Leg, Swap, bill_of, far_from, payer_of, postings

FEN = st.integers(0, 10**12)


@st.composite
def legs(draw: st.DrawFn) -> Leg:
    fee, levy, partners, own = (draw(FEN) for _ in range(4))
    return Leg(fee + levy + partners + own + 1, draw(FEN), fee, levy, partners)


def swapped(mine: Leg, theirs: Leg, paid: bool) -> Swap:
    difference = "none" if mine.value_fen == theirs.value_fen else "paid" if paid else "waived"
    return Swap(Terms(mine.value_fen), Terms(theirs.value_fen), difference)


@covers("R12", "I1")
@given(mine=legs(), theirs=legs(), paid=st.booleans())
def test_whatever_the_figures_what_moves_sums_to_zero_and_closes_at_nothing(mine: Leg, theirs: Leg, paid: bool) -> None:
    swap, both = swapped(mine, theirs, paid), {"proposer": mine, "partner": theirs}
    moved = postings(swap, both)
    assert sum(moved.values()) == 0
    difference = sum(bill_of(swap, side, both).difference_fen for side in both)
    assert moved["set_off"] + mine.own_fen + theirs.own_fen - difference == 0, "what comes back, less what is paid out"
    assert all(moved[f"{side}.money"] <= 0 for side in both)


@covers("R12", "I1")
@given(mine=legs(), theirs=legs(), paid=st.booleans())
def test_only_who_gives_the_lower_value_pays_a_difference_and_only_where_it_is_paid(mine: Leg, theirs: Leg, paid: bool) -> None:
    swap, both = swapped(mine, theirs, paid), {"proposer": mine, "partner": theirs}
    payer = payer_of(swap)
    assert (payer != "") == (swap.difference == "paid")
    if payer:
        assert both[payer].value_fen < both["partner" if payer == "proposer" else "proposer"].value_fen
        assert bill_of(swap, payer, both).difference_fen == abs(mine.value_fen - theirs.value_fen)


@covers("R12")
def test_an_example_by_hand() -> None:
    """10,000 yuan for 8,000, the difference paid; 2.5 % and 1 % on each, a partner has a quarter of the first."""
    both = {"proposer": Leg(1_000_000, 0, 25_000, 10_000, 241_250), "partner": Leg(800_000, 0, 20_000, 8_000)}
    swap = Swap(Terms(1_000_000), Terms(800_000), "paid")
    assert bill_of(swap, "proposer", both).total_fen == 276_250
    assert bill_of(swap, "partner", both).total_fen == 28_000 + 200_000
    assert postings(swap, both) == {
        "proposer.money": -276_250, "partner.money": -228_000, "proposer.escrow": 1_000_000, "partner.escrow": 800_000,
        "set_off": -(1_800_000 - 276_250 - 228_000)}


@covers("R12")
@pytest.mark.parametrize(("value", "usual", "far"), [
    (300, 100, False), (301, 100, True), (100, 300, False), (99, 300, True), (100, None, False), (100, 0, False)])
def test_a_value_is_far_beyond_three_times_either_way(value: int, usual: int | None, far: bool) -> None:
    assert far_from(value, usual, 3) is far


@covers("R12")
def test_the_two_sides_of_a_barter_take_turns_by_the_rules_of_a_bargain() -> None:
    from datetime import timedelta

    first, due = Swap(Terms(1), Terms(1)), NOW + timedelta(days=3)
    talk: Talk[Swap] = start("proposer", first, due)
    assert talk.turn == "partner" and other("partner") == "proposer"
    assert step(talk, "accept", "proposer", NOW) == NotMoved("not_your_turn")
    assert step(talk, "counter", "partner", NOW, terms=first, due_at=due) == NotMoved("same_terms")
    for number in range(2, MOST_ROUNDS + 1):
        moved = step(talk, "counter", talk.turn, NOW, terms=Swap(Terms(number), Terms(number)), due_at=due)
        assert isinstance(moved, Talk)
        talk = moved
    assert step(talk, "counter", talk.turn, NOW, terms=first, due_at=due) == NotMoved("too_many_rounds")
