"""A bargain moves as its table says: every act in every state, and random histories against a reading of the whole history.

Worked example: the buyer offers 6,000, the seller asks 8,000, the buyer offers 7,000, the seller accepts: one trade at 7,000.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from kit.coverage import covers
from trading.auctions.bargain import ACTS, MOST_ROUNDS, NotMoved, Talk, Terms, other, start, step
from trading.states import NEGOTIATION, QUOTE, RFQ, NegotiationStatus, QuoteStatus, RfqStatus

T0 = datetime(2031, 3, 3, 2, 0, tzinfo=UTC)
TURN = timedelta(days=3)
ENDS = ("accepted", "declined", "withdrawn", "expired")


def at(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


def opened(fen: int = 600_000, *, fixed: bool = False) -> Talk:
    return start("buyer", Terms(fen), T0 + TURN, fixed=fixed)


def moved(answer: Talk | NotMoved) -> Talk:
    assert isinstance(answer, Talk), answer
    return answer


@covers("CAP-E4", "F3")
def test_the_worked_example_ends_at_the_price_that_stood() -> None:
    talk = opened()
    talk = moved(step(talk, "counter", "seller", at(1), terms=Terms(800_000), due_at=at(1) + TURN))
    talk = moved(step(talk, "counter", "buyer", at(2), terms=Terms(700_000), due_at=at(2) + TURN))
    assert (talk.turn, talk.round, talk.terms.price_fen) == ("seller", 3, 700_000)
    talk = moved(step(talk, "accept", "seller", at(3)))
    assert (talk.status, talk.terms.price_fen, talk.due_at) == ("accepted", 700_000, None)


EXPECTED = {  # (state, who, act) in an open bargain whose turn is the seller's, in time
    ("seller", "counter"): "offered", ("seller", "accept"): "accepted", ("seller", "decline"): "declined",
    ("seller", "withdraw"): "not_your_offer",
    ("buyer", "counter"): "not_your_turn", ("buyer", "accept"): "not_your_turn", ("buyer", "decline"): "not_your_turn",
    ("buyer", "withdraw"): "withdrawn", ("seller", "expire"): "not_due", ("buyer", "expire"): "not_due",
}


@covers("F3")
@pytest.mark.parametrize(("by", "act"), list(product(("seller", "buyer"), ACTS)))
def test_every_act_of_either_side_in_an_open_bargain(by: str, act: str) -> None:
    answer = step(opened(), act, by, at(1), terms=Terms(700_000), due_at=at(1) + TURN)
    assert (answer.code if isinstance(answer, NotMoved) else answer.status) == EXPECTED[by, act]


@covers("F3")
@pytest.mark.parametrize(("ended", "by", "act"), list(product(ENDS, ("seller", "buyer", ""), ACTS)))
def test_nothing_moves_once_it_is_over(ended: str, by: str, act: str) -> None:
    over = Talk(ended, "seller", 1, Terms(600_000), None)
    assert step(over, act, by, at(1), terms=Terms(1), due_at=at(9)) == NotMoved("over")


@covers("F3")
def test_at_its_deadline_only_the_clock_acts() -> None:
    due = T0 + TURN
    for by, act in product(("seller", "buyer"), ("counter", "accept", "decline", "withdraw")):
        assert step(opened(), act, by, due, terms=Terms(1), due_at=due + TURN) == NotMoved("late")
    assert step(opened(), "expire", "", due - timedelta(microseconds=1)) == NotMoved("not_due")
    assert moved(step(opened(), "expire", "", due)).status == "expired"


@covers("F3", "CAP-E4")
def test_a_held_quote_the_same_terms_and_the_twenty_first_offer_are_no_counter_offers() -> None:
    assert step(opened(fixed=True), "counter", "seller", at(1), terms=Terms(1), due_at=at(9)) == NotMoved("fixed")
    assert step(opened(), "counter", "seller", at(1), terms=Terms(600_000), due_at=at(9)) == NotMoved("same_terms")
    talk = opened()
    for number in range(2, MOST_ROUNDS + 1):
        talk = moved(step(talk, "counter", talk.turn, at(1), terms=Terms(600_000 + number), due_at=at(9)))
    assert talk.round == MOST_ROUNDS
    assert step(talk, "counter", talk.turn, at(1), terms=Terms(1), due_at=at(9)) == NotMoved("too_many_rounds")
    assert moved(step(talk, "accept", talk.turn, at(1))).status == "accepted"


@covers("F3")
@pytest.mark.parametrize(("statuses", "table", "first"), [
    (NegotiationStatus, NEGOTIATION, "offered"), (RfqStatus, RFQ, "open"), (QuoteStatus, QUOTE, "standing")])
def test_no_state_is_an_orphan_and_every_open_one_reaches_an_end(statuses: type, table: dict, first: str) -> None:
    edges = {(str(a), str(b)) for (a, _), b in table.items()}
    reached, fresh = {first}, {first}
    while fresh:
        fresh = {b for a, b in edges if a in fresh} - reached
        reached |= fresh
    assert reached == {str(one) for one in statuses}  # type: ignore[attr-defined]  # an enumeration
    ends = reached - {a for a, _ in edges}
    for state in reached - ends:
        seen, fresh = {state}, {state}
        while fresh:
            fresh = {b for a, b in edges if a in fresh} - seen
            seen |= fresh
        assert seen & ends, f"{state} never ends"


# ---- random histories ------------------------------------------------------------------------------------------------------


@dataclass
class Said:
    """One event that took place, as a reader of the whole history sees it."""

    act: str
    by: str
    when: datetime
    fen: int
    due: datetime


def naive(history: list[Said], act: str, by: str, when: datetime, fen: int) -> str:
    """What ought to come of an act, told from the history alone: who spoke last, when an answer was due, whether it is over."""
    endings = [one for one in history if one.act not in ("open", "counter")]
    if endings:
        return "over"
    offers = [one for one in history if one.act in ("open", "counter")]
    last = offers[-1]
    on_time = when < last.due
    if act == "expire":
        return "not_due" if on_time else "expired"
    if not on_time:
        return "late"
    if act == "withdraw":
        return "withdrawn" if last.by == by else "not_your_offer"
    if last.by == by or by == "":
        return "not_your_turn"
    if act == "counter":
        return "too_many_rounds" if len(offers) >= 20 else "same_terms" if fen == last.fen else "offered"
    return {"accept": "accepted", "decline": "declined"}[act]


@covers("F3", "T15", "CAP-E4")
def test_two_thousand_random_histories_of_fifty_acts_agree_with_a_reading_of_the_whole_history() -> None:
    seed = random.SystemRandom().randrange(2**32)
    dice, ends = random.Random(seed), set()
    for _ in range(2_000):
        when = T0
        talk, history = opened(5), [Said("open", "buyer", T0, 5, T0 + TURN)]
        for _ in range(50):
            when += timedelta(hours=dice.choice((0, 0, 1, 1, 2, 30)))
            act = dice.choice(("counter",) * 12 + ACTS)
            by = "" if act == "expire" else dice.choice(("seller", "buyer"))
            fen, due = dice.randrange(1, 8), when + TURN
            told = naive(history, act, by, when, fen)
            answer = step(talk, act, by, when, terms=Terms(fen), due_at=due)
            got = answer.code if isinstance(answer, NotMoved) else answer.status
            assert got == told, f"seed {seed}: {act} by {by or 'the clock'}: {got} for {told} after {history}"
            if isinstance(answer, Talk):
                talk = answer
                history.append(Said(act, by, when, fen, due))
                last = [one for one in history if one.act in ("open", "counter")][-1]
                assert (talk.turn, talk.terms.price_fen) == (other(last.by), last.fen), f"seed {seed}"
        ends.add(talk.status)
    assert ends == {"offered", *ENDS}, f"seed {seed}: the histories reach every end"
