"""Value-added tax inside a price: the law's dated rates, the seller's dated standing, one amount on every paper (增值税法 第7条).

Worked examples: 106.00 with 6 % holds 6.00; 101.00 with 1 % holds 1.00; 8,000.00 with 1 % holds 79.21 (79.2079…).
"""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.coverage import covers
from participants.models import TaxpayerKind
from participants.tax import Rate, included, rates, vat_rate

CHINA = ZoneInfo("Asia/Shanghai")


@covers("G2")
@pytest.mark.parametrize(("price_fen", "bps", "tax_fen"), [
    (10_600, 600, 600), (10_100, 100, 100), (800_000, 100, 7_921), (0, 600, 0), (1, 600, 0), (10_300, 300, 300), (999, 0, 0)])
def test_the_worked_examples(price_fen: int, bps: int, tax_fen: int) -> None:
    assert included(price_fen, bps) == tax_fen


@covers("G2", "I7")
@given(st.integers(0, 2**53 - 1), st.integers(0, 2_000))
def test_tax_and_net_are_the_price_and_the_tax_is_the_rate_of_the_net_to_half_a_fen(price_fen: int, bps: int) -> None:
    tax = included(price_fen, bps)
    assert 0 <= tax <= price_fen
    assert abs(Fraction(price_fen * bps, 10_000 + bps) - tax) <= Fraction(1, 2)


def naive(price_fen: int, bps: int) -> int:
    """Takes the rate of the price itself, as if it stood beside it: states too much tax on every paper."""
    return (price_fen * bps + 5_000) // 10_000


@covers("G2")
def test_the_naive_rate_of_the_gross_price_states_too_much() -> None:
    assert naive(10_600, 600) == 636 != included(10_600, 600)


@covers("G2")
def test_every_kind_has_one_rate_on_every_day_and_each_cites_its_article() -> None:
    for kind in TaxpayerKind.values:
        rows = sorted((one for one in rates() if one.kind == kind), key=lambda one: one.begins)
        assert rows[0].begins == date(2016, 5, 1) and rows[-1].ends is None
        assert all(before.ends == after.begins for before, after in pairwise(rows)), kind
        assert all(len(one.article) > 6 and 0 <= one.bps < 2_000 for one in rows)
    assert {one.kind for one in rates()} == set(TaxpayerKind.values)


@covers("G2")
@pytest.mark.parametrize(("kind", "at", "bps"), [
    ("general", datetime(2026, 1, 1, tzinfo=CHINA), 600), ("small", datetime(2027, 12, 31, 23, 59, 59, tzinfo=CHINA), 100),
    ("small", datetime(2028, 1, 1, tzinfo=CHINA), 300), ("exempt", datetime(2026, 6, 1, tzinfo=CHINA), 0)])
def test_a_rate_changes_at_midnight_in_beijing(kind: str, at: datetime, bps: int) -> None:
    rate = vat_rate(kind, at)
    assert isinstance(rate, Rate) and rate.bps == bps
    assert vat_rate(kind, datetime(2015, 1, 1, tzinfo=CHINA)) is None
