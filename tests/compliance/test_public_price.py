"""The guided price of public data in whole fen (rules F.3, boundary case M 2)."""

from __future__ import annotations

import pytest

from compliance.rules.public_price import Adjust, adjustment, highest_rate_bps, permitted_revenue
from kit.coverage import covers

MILLION = 100_000_000  # ¥1,000,000.00 in fen


@covers("R18", "R44", "B10")
def test_m2_the_vector_of_the_rule() -> None:
    """Cost 1,000,000, subsidy 100,000, bond yield 1.80 %: the rate is at most 7.80 %, the profit at most 70,200."""
    assert highest_rate_bps(180) == 780
    found = permitted_revenue(cost_fen=MILLION, subsidy_fen=MILLION // 10, rate_bps=780)
    assert found.profit_fen == 70_200_00
    assert found.fen == 970_200_00
    assert found.cap_fen(97) == 1_000_206, "rounded down: the cap never stands above what is permitted"


def test_tax_is_added_and_what_was_earned_too_much_is_taken_off() -> None:
    found = permitted_revenue(cost_fen=MILLION, subsidy_fen=0, rate_bps=780, tax_fen=100, excess_fen=MILLION)
    assert found.fen == 7_800_000 + 100
    assert permitted_revenue(cost_fen=0, subsidy_fen=5, rate_bps=780, excess_fen=9).fen == 0


@covers("R44", "B10")
@pytest.mark.parametrize(("revenue", "asks"), [
    (10_000, Adjust.NOTHING), (10_001, Adjust.PRICES), (11_000, Adjust.PRICES), (9_000, Adjust.PRICES),  # 10.0 %
    (11_010, Adjust.CAPS), (8_990, Adjust.CAPS),  # 10.1 %
    (11_001, Adjust.CAPS),
])
def test_m2_a_deviation_of_ten_percent_moves_the_prices_and_a_larger_one_the_caps(revenue: int, asks: Adjust) -> None:
    assert adjustment(revenue_fen=revenue, permitted_fen=10_000) == asks
