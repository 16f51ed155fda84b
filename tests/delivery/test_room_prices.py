"""Prices of noisy answers: no buyer gets an answer cheaper by buying many and averaging (E25, E26), or by buying views (E27)."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.cleanroom.pricing import MOST_EXPONENT, bundle_price, cheapest_attack, share_fen
from kit.coverage import covers


@covers("E25")
@pytest.mark.parametrize(("price", "cheapest"), [
    (lambda v: 1 / v, 1.0), (lambda v: 1 / math.sqrt(v), 1.41), (lambda v: 1 / (1 + v), 1.33), (lambda v: 1 / v ** 2, 0.0204)])
def test_by_variance_only_a_price_falling_no_faster_than_one_over_it_is_safe(price: object, cheapest: float) -> None:
    """Buy m answers of variance m times as large, average: the variance asked for, at m prices of noisier answers."""
    assert cheapest_attack(price, of=lambda v, m: m * v, target=1.0) == pytest.approx(cheapest, abs=0.005)  # type: ignore[arg-type]


@covers("E26")
@pytest.mark.parametrize(("exponent", "cheapest"), [(0.5, 1.68), (1.0, 1.41), (1.5, 1.19), (2.0, 1.00), (2.5, 0.378), (3.0, 0.143)])
def test_by_epsilon_a_price_is_safe_up_to_its_square(exponent: float, cheapest: float) -> None:
    found = cheapest_attack(lambda e: e ** exponent, of=lambda e, m: e / math.sqrt(m), target=1.0)
    assert found == pytest.approx(cheapest, abs=0.005) and (found >= 1 - 1e-9) == (exponent <= MOST_EXPONENT / 100)


@covers("E26", "W26")
def test_a_question_uses_its_linear_share_of_the_price_and_steeper_than_square_is_refused() -> None:
    assert [share_fen(one, 1_000_000, 500_000) for one in (10_000, 250_000, 1_000_000)] == [5_000, 125_000, 500_000]
    assert (share_fen(500_000, 1_000_000, 100_000, 200), share_fen(500_000, 1_000_000, 100_000, 150)) == (25_000, 35_355)
    for bad in ({"exponent": 201}, {"exponent": 250}, {"exponent": 0}):
        with pytest.raises(ValueError):
            share_fen(1, 1_000_000, 100, **bad)


@covers("E26")
@settings(max_examples=100, deadline=None)
@given(parts=st.lists(st.integers(1, 100_000), min_size=1, max_size=8), price=st.integers(0, 10 ** 9))
def test_linear_shares_of_a_divided_epsilon_add_up(parts: list[int], price: int) -> None:
    whole = share_fen(sum(parts), 1_000_000, price)
    assert abs(sum(share_fen(one, 1_000_000, price) for one in parts) - whole) <= len(parts)


_VIEWS = st.dictionaries(st.frozensets(st.sampled_from("abcde"), min_size=1, max_size=4), st.integers(1, 50), max_size=6)


@covers("E27")
@settings(max_examples=150, deadline=None)
@given(views=_VIEWS, asked=st.frozensets(st.sampled_from("abcde"), max_size=5), other=st.frozensets(st.sampled_from("abcde"), max_size=5))
def test_no_set_of_views_that_determines_a_question_is_cheaper_than_its_price(
        views: dict[frozenset[str], int], asked: frozenset[str], other: frozenset[str]) -> None:
    price = bundle_price(asked, views)
    for size in range(len(views) + 1):
        for chosen in itertools.combinations(views, size):
            if asked <= frozenset().union(*chosen):
                assert price is not None and price <= sum(views[one] for one in chosen)
    both, rest = bundle_price(asked | other, views), bundle_price(other, views)
    if both is not None:
        assert price is not None and rest is not None and price <= both <= price + rest, "monotone and without a discount for splitting"
