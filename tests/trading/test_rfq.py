"""A request for quotes moves as its table says: every act in every state, and random histories against a reading of the whole history.

Worked example: three quote 9,000, 8,000 and 8,500; after the round they rank 8,000, 8,500, 9,000; in the second round the best is 7,600.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from kit.coverage import covers
from trading.auctions.bargain import NotMoved
from trading.auctions.rfq import ACTS, MOST_ROUNDS, Request, move, ranked, start, takes_quotes

T0 = datetime(2031, 3, 3, 2, 0, tzinfo=UTC)
ROUND, DECISION = timedelta(hours=10), timedelta(hours=30)


@dataclass(frozen=True)
class Bid:
    """A quote as ranking sees it."""

    seller: str
    price_fen: int
    at: datetime


def state(status: str) -> Request:
    return Request(status, 1, T0 + ROUND, T0 + ROUND + DECISION if status == "evaluating" else None)


def told(answer: Request | NotMoved) -> str:
    return answer.code if isinstance(answer, NotMoved) else answer.status


@covers("CAP-E4")
def test_the_worked_example_ranks_by_price_and_the_earlier_goes_first_among_equals() -> None:
    nine, eight, half = (Bid(name, fen, T0 + timedelta(minutes=number)) for number, (name, fen) in enumerate(
        (("a", 900_000), ("b", 800_000), ("c", 850_000))))
    assert [one.seller for one in ranked([nine, eight, half])] == ["b", "c", "a"]
    assert [one.seller for one in ranked([Bid("late", 800_000, T0 + ROUND), eight])] == ["b", "late"]


EXPECTED = {  # in time, with two quotes
    ("open", "close"): "not_due", ("open", "next_round"): "not_deciding", ("open", "award"): "not_deciding",
    ("open", "reject"): "not_deciding",
    ("open", "cancel"): "cancelled", ("open", "lapse"): "not_due",
    ("evaluating", "close"): "not_due", ("evaluating", "next_round"): "open", ("evaluating", "award"): "awarded",
    ("evaluating", "reject"): "failed", ("evaluating", "cancel"): "illegal_move", ("evaluating", "lapse"): "not_due",
} | {(over, act): "illegal_move" if act == "cancel" else "not_due" if act in ("close", "lapse") else "not_deciding"
     for over, act in product(("awarded", "failed", "cancelled"), ACTS)}


@covers("F3", "CAP-E4")
@pytest.mark.parametrize(("status", "act"), list(EXPECTED))
def test_every_act_in_every_state(status: str, act: str) -> None:
    answer = move(state(status), act, T0 + timedelta(hours=1), quotes=2, closes_at=T0 + 2 * ROUND, due_at=T0 + DECISION)
    assert told(answer) == EXPECTED[status, act]


@covers("F3")
def test_the_clock_ends_a_round_and_a_decision_nobody_took() -> None:
    end, due = T0 + ROUND, T0 + ROUND + DECISION
    assert takes_quotes(start(end), end - timedelta(microseconds=1)) and not takes_quotes(start(end), end)
    assert told(move(start(end), "close", end, quotes=1, due_at=due)) == "evaluating"
    assert told(move(start(end), "close", end)) == "failed"
    for act in ("award", "reject", "next_round"):
        assert told(move(state("evaluating"), act, due, closes_at=due + ROUND)) == "not_deciding"
    assert told(move(state("evaluating"), "lapse", due)) == "failed"


@covers("CAP-E4")
def test_there_are_five_rounds_at_most() -> None:
    one = state("evaluating")
    for number in range(2, MOST_ROUNDS + 1):
        further = move(one, "next_round", T0, closes_at=T0 + ROUND)
        assert isinstance(further, Request) and further.round == number
        closed = move(further, "close", T0 + ROUND, quotes=1, due_at=T0 + ROUND + DECISION)
        assert isinstance(closed, Request)
        one = closed
    assert move(one, "next_round", T0, closes_at=T0 + ROUND) == NotMoved("too_many_rounds")


# ---- random histories ------------------------------------------------------------------------------------------------------


@dataclass
class Naive:
    """Everything that happened, kept as a list and read from the start each time."""

    events: list[tuple[str, datetime, Any]] = field(default_factory=list)

    def rounds(self) -> list[datetime]:
        return [T0 + ROUND, *(when + ROUND for act, when, _ in self.events if act == "next_round")]

    def ended(self) -> bool:
        return any(act in ("award", "reject", "cancel", "lapse", "failed") for act, _, _ in self.events)

    def open(self) -> bool:
        return not self.ended() and sum(act == "close" for act, _, _ in self.events) < len(self.rounds())

    def standing(self) -> dict[str, tuple[int, datetime]]:
        found: dict[str, tuple[int, datetime]] = {}
        for act, when, what in self.events:
            if act == "quote":
                found[what[0]] = (what[1], when)
            elif act == "withdraw":
                found.pop(what, None)
        return found

    def best(self) -> str:
        return min(self.standing().items(), key=lambda pair: (pair[1][0], pair[1][1]))[0]

    def told(self, act: str, when: datetime) -> str:
        if act == "cancel":
            return "cancelled" if self.open() else "illegal_move"
        if act == "close":
            if not self.open() or when < self.rounds()[-1]:
                return "not_due"
            return "evaluating" if self.standing() else "failed"
        if self.ended() or self.open():
            return "not_due" if act == "lapse" else "not_deciding"
        due = [then for name, then, _ in self.events if name == "close"][-1] + DECISION
        if act == "lapse":
            return "failed" if when >= due else "not_due"
        if when >= due:
            return "not_deciding"
        if act == "next_round":
            return "open" if len(self.rounds()) < 5 else "too_many_rounds"
        return {"award": "awarded", "reject": "failed"}[act]


@covers("T15", "F3", "CAP-E4")
def test_two_thousand_random_histories_of_fifty_acts_agree_with_a_reading_of_the_whole_history() -> None:
    seed = random.SystemRandom().randrange(2**32)
    dice, ends = random.Random(seed), set()
    for _ in range(2_000):
        when, one, naive, quotes = T0, start(T0 + ROUND), Naive(), dict[str, Bid]()
        for _ in range(50):
            when += timedelta(hours=dice.choice((0, 1, 1, 2, 5, 9)), microseconds=1)
            act = dice.choice(("quote",) * 8 + ("withdraw", "close", "close", "next_round", "next_round", *ACTS))
            seller = dice.choice("abc")
            if act in ("quote", "withdraw"):
                taken = takes_quotes(one, when)
                assert taken == (naive.open() and when < naive.rounds()[-1]), f"seed {seed}"
                if taken and act == "quote":
                    quotes[seller] = Bid(seller, dice.randrange(1, 5), when)
                    naive.events.append(("quote", when, (seller, quotes[seller].price_fen)))
                elif taken:
                    quotes.pop(seller, None)
                    naive.events.append(("withdraw", when, seller))
                continue
            answer = move(one, act, when, quotes=len(quotes), closes_at=when + ROUND, due_at=when + DECISION)
            expected = naive.told(act, when)
            assert told(answer) == expected, f"seed {seed}: {act}: {told(answer)} for {expected}"
            if isinstance(answer, Request):
                if act == "award":
                    assert ranked(quotes.values())[0].seller == naive.best(), f"seed {seed}"
                one = answer
                naive.events.append(("failed" if act == "close" and answer.status == "failed" else act, when, None))
        ends.add(one.status)
    assert ends >= {"awarded", "failed", "cancelled"}, f"seed {seed}: the histories reach every end"
