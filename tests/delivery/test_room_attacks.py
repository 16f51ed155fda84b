"""Attacks on a room by lawful questions: a differencing pair, nested ranges, a filter that leaves one person, what is missing, the order of
rows, the time an answer takes (T62). Each with the way it works where there is no noise and no budget.

Worked example: all 300 persons spend 40 in sum 12,000, without one of them 11,950. Exact sums give the 50 of that person; with noise for a
clamp of 100 at epsilon 0.25 the difference of the two answers is off by hundreds, and the pair costs half of the year's budget.
"""

from __future__ import annotations

import random
import statistics
import time
from typing import Any

import pytest

from delivery.cleanroom.jail import _STEP
from delivery.cleanroom.language import Question, read_question
from delivery.cleanroom.noise import released
from delivery.cleanroom.offering import Offer, read_offer
from delivery.cleanroom.plain import answered
from kit.coverage import covers
from kit.rejected import Rejected
from tests.delivery.rooms import asked, question, sold
from tests.delivery.test_room_jail import ROWS, jailed
from tests.delivery.test_rooms import granted

db = pytest.mark.django_db
OFFER = read_offer({"heading": ["who", "town", "born", "spent"], "person": "who", "least": 20, "columns": [
    {"name": "town", "kind": "word", "values": ["A", "B"]}, {"name": "born", "kind": "number", "lower": 1900, "upper": 2030},
    {"name": "spent", "kind": "number", "lower": 0, "upper": 100}]})
EPSILON = 250_000
#: One of 300: the only one born in 1901, and the only one who spent 50.
TARGET = ["p299", "B", "1901", "50"]


def people() -> list[list[str]]:
    return [*([f"p{n}", "AB"[n % 2], f"{1950 + n % 40}", "40"] for n in range(299)), TARGET]


def read(*conditions: dict[str, Any], measures: Any = ({"of": "sum", "column": "spent"},), **named: Any) -> Question:
    return read_question({"format": "room-query/1", "measures": list(measures), "where": list(conditions), **named}, OFFER)


def told(said: Question, rows: list[list[str]], offer: Offer = OFFER) -> list[dict[str, Any]]:
    exact: Any = answered(said, offer, rows)
    return released(said, offer, exact, epsilon_micro=EPSILON)


@covers("T62", "F8")
def test_a_differencing_pair_of_two_large_sums_does_not_give_the_person_between_them() -> None:
    everybody, without = read(), read({"column": "born", "op": "ge", "value": "1902"})
    exact = [answered(one, OFFER, people())[()] for one in (everybody, without)]
    assert [persons for persons, _ in exact] == [300, 299] and exact[0][1] - exact[1][1] == 50, "the naive pair gives the figure exactly"
    guesses = [int(told(everybody, people())[0]["measures"][0]) - int(told(without, people())[0]["measures"][0]) for _ in range(200)]
    errors = [abs(one - 50) for one in guesses]
    assert statistics.median(errors) > 100 and sum(one <= 5 for one in errors) < 20, "wider than whatever one person can spend"


@db
@covers("T62", "I21")
def test_a_pair_and_nested_ranges_each_cost_their_epsilon_until_the_budget_refuses() -> None:
    """Fresh noise could be averaged away: 600 answers cut the error twenty-fold. Here the fifth range of a year has nothing left."""
    one = sold()
    for number in range(4):
        asked(one, question(where=[{"column": "用电", "op": "between", "values": ["0", f"{100 + number}"]}]))
    assert granted(one) == (1_000_000, 1_000_000)
    with pytest.raises(Rejected, match=r"budget\.short"):
        asked(one, question(where=[{"column": "用电", "op": "between", "values": ["0", "104"]}]))
    naive = [int(told(read(), people())[0]["measures"][0]) for _ in range(600)]
    assert abs(statistics.mean(naive) - 12_010) < statistics.median(abs(one - 12_010) for one in naive) / 5


@covers("T62", "F7")
@pytest.mark.parametrize("rare", [{"column": "born", "op": "le", "value": "1901"}, {"column": "born", "op": "in", "values": ["1901"]},
                                  {"column": "spent", "op": "eq", "value": "50"}, {"column": "spent", "op": "gt", "value": "99"}])
def test_a_filter_that_leaves_one_person_or_none_is_answered_alike_with_nothing(rare: dict[str, Any]) -> None:
    """The naive twin is the exact count: 1 where the person is there, 0 where not."""
    said = read(rare, measures=({"of": "persons"}, {"of": "sum", "column": "spent"}))
    shown = [one["shown"] for rows in (people(), people()[:-1]) for _ in range(300) for one in told(said, rows)]
    assert sum(shown) <= 3, "once in a thousand at most"
    assert {answered(said, OFFER, rows).get((), [0])[0] for rows in (people(), people()[:-1])} <= {0, 1}


@covers("T62", "F7")
def test_what_is_missing_or_no_number_is_no_oracle() -> None:
    """A cell that cannot be read is missing like an empty one: it raises nothing, and ``null`` over one person shows nothing."""
    spoilt = [[*TARGET[:3], cell] for cell in ("", " ", "abc", "1e3", "NaN", "50; DROP")]
    for rows in ([*people()[:-1], one] for one in spoilt):
        assert answered(read(), OFFER, rows) == answered(read(), OFFER, [*people()[:-1], spoilt[0]])
        found = [told(read({"column": "spent", "op": "null"}, measures=({"of": "persons"},)), rows)[0]["shown"] for _ in range(100)]
        assert sum(found) <= 2


@covers("T62", "F7")
def test_the_order_of_rows_and_of_groups_tells_nothing() -> None:
    said = read(measures=({"of": "persons"}, {"of": "sum", "column": "spent"}), group_by=["town"])
    for turn in range(20):
        rows = random.Random(turn).sample(people(), 300)
        assert answered(said, OFFER, rows) == answered(said, OFFER, people())
        assert [one["group"] for one in told(said, rows)] == [["A"], ["B"]], "declared order, whether anybody is there or not"
    assert [one["group"] for one in told(said, [])] == [["A"], ["B"]]


@covers("T62", "T61")
def test_how_long_an_answer_takes_is_told_in_half_seconds_whoever_is_in_the_file() -> None:
    for data in (ROWS, ROWS.replace("C,7\n", "")):
        began = time.monotonic()
        assert jailed(data=data).rows is not None
        assert (time.monotonic() - began) % _STEP < 0.2, "ends on a step, but for the machine's own delay"
