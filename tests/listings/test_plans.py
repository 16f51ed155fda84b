"""Price plans: marginal bands, free uses, a base fee and a cap, exact to the fen (R45, CAP-E1).

Worked example: 100 yuan a month with 100 free calls, then 0.50 yuan a call up to 1,000, 0.30 beyond; never above 1,000 yuan.
1,600 calls: 100 + 1,000 x 0.50 + 500 x 0.30 = 750 yuan.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.coverage import covers
from listings.plans import Band, Line, Plan, charge, expected, lines_of, plan_in, read_bands, read_plan, said_bands

EXAMPLE = Plan(1, 10_000, 100, (Band(1_000, 50_000), Band(None, 30_000)))
CAP = 100_000
SUBSCRIPTION = Plan(3)


def naive(plan: Plan, uses: int, cap_fen: int) -> int:
    """The oracle: every single use walks through the bands and adds its price."""
    due = Decimal(plan.base_fen)
    for number in range(1, uses + 1):
        beyond = number - plan.free
        if beyond < 1:
            continue
        for band in plan.bands:
            if band.upto is None or beyond <= band.upto:
                due += Decimal(band.fen_per_thousand) / 1000
                break
    return min(cap_fen, int(due.quantize(Decimal(1), rounding=ROUND_HALF_UP)))


@st.composite
def plans(draw: Any) -> Plan:
    ends = sorted(draw(st.sets(st.integers(1, 60), max_size=4)))
    rates = draw(st.lists(st.integers(0, 99_999), min_size=len(ends) + 1, max_size=len(ends) + 1))
    bands = [Band(upto, rate) for upto, rate in zip([*ends, None], rates, strict=True)]
    return Plan(draw(st.integers(1, 36)), draw(st.integers(0, 5_000)), draw(st.integers(0, 20)), tuple(bands))


USES, CAPS = st.integers(0, 90), st.integers(0, 20_000)


@covers("R45", "CAP-E1")
@pytest.mark.parametrize(("uses", "fen"), [(0, 10_000), (100, 10_000), (101, 10_050), (1_100, 60_000), (1_600, 75_000), (2_434, 100_000),
                                           (9_999, 100_000)])
def test_the_worked_example(uses: int, fen: int) -> None:
    assert charge(EXAMPLE, uses, CAP) == fen == naive(EXAMPLE, uses, CAP)


@covers("R45", "CAP-E1")
@given(plans(), USES, CAPS)
def test_the_charge_is_that_of_counting_every_use(plan: Plan, uses: int, cap: int) -> None:
    assert charge(plan, uses, cap) == naive(plan, uses, cap)


@covers("CAP-E1")
@given(plans(), st.lists(USES, min_size=2, max_size=6), CAPS)
def test_more_use_never_costs_less_and_the_cap_is_never_exceeded(plan: Plan, uses: list[int], cap: int) -> None:
    dues = [charge(plan, one, cap) for one in sorted(uses)]
    assert all(low <= high for low, high in pairwise(dues)) and max(dues) <= cap


@covers("CAP-E1")
@given(plans(), USES, CAPS)
def test_the_lines_of_a_bill_sum_to_the_charge(plan: Plan, uses: int, cap: int) -> None:
    rows = lines_of(plan, uses, cap)
    assert sum(row.fen for row in rows) == charge(plan, uses, cap)
    assert sum(row.uses for row in rows) == max(0, uses - plan.free)
    assert all(row.fen >= 0 for row in rows if row.what != "cap")


@covers("CAP-E1")
@given(plans(), st.lists(USES, min_size=1, max_size=6), CAPS)
def test_the_periods_sum_to_the_whole_and_none_borrows_from_another(plan: Plan, periods: list[int], cap: int) -> None:
    """Free uses and the cap are of each period; what was left of one is not carried over."""
    bills = [lines_of(plan, uses, cap) for uses in periods]
    assert sum(row.fen for bill in bills for row in bill) == sum(naive(plan, uses, cap) for uses in periods) <= cap * len(periods)


@covers("R45")
def test_a_subscription_costs_its_price_whatever_is_used() -> None:
    assert {charge(SUBSCRIPTION, uses, 50_000) for uses in (0, 1, 10_000)} == {50_000}
    assert lines_of(SUBSCRIPTION, 9, 50_000) == [Line("base", 0, 0, 50_000)] and expected(SUBSCRIPTION, 50_000) == [(0, 50_000)]


@covers("CAP-E1")
def test_the_table_shows_where_the_price_bends() -> None:
    table = dict(expected(EXAMPLE, CAP))
    assert (table[0], table[100], table[1_100], table[11_000]) == (10_000, 10_000, 60_000, 100_000)
    assert list(table) == sorted(table)


@covers("R45")
@given(plans())
def test_a_plan_is_kept_and_typed_without_loss(plan: Plan) -> None:
    assert read_plan(plan.written()) == plan and plan_in({"plan": plan.written()}) == plan
    assert read_bands(said_bands(plan)) == [[band.upto, band.fen_per_thousand] for band in plan.bands]


@covers("R45")
@pytest.mark.parametrize("wrong", [
    "monthly", {}, {"months": 0}, {"months": 37}, {"months": True}, {"months": 1, "free": 5}, {"months": 1, "base_fen": 5},
    {"months": 1, "bands": [[10, 5]]}, {"months": 1, "bands": [[10, 5], [10, 5], [None, 5]]}, {"months": 1, "bands": [[None, 5], [10, 5]]},
    {"months": 1, "bands": [[None, -1]]}, {"months": 1, "bands": [[None, 0.5]]}, {"months": 1, "bands": [[None, 5]], "free": -1},
    {"months": 1, "bands": [[None, 5]], "cap": 1}, {"months": 1, "bands": [[n, 5] for n in range(1, 9)] + [[None, 5]]},
    {"months": 1, "bands": "all"},
])
def test_what_is_no_plan_is_refused_in_both_languages(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r".") as no:
        read_plan(wrong)
    assert len(no.value.args) == 2


@pytest.mark.parametrize("line", ["1000", "a 0.5", "1000 0.123456", "-1 0.5", "1000 0,5", "* *"])
def test_a_line_that_is_no_band_names_itself(line: str) -> None:
    with pytest.raises(ValueError, match="第 2 行"):
        read_bands(f"10 0.5\n{line}")
