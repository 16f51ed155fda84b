"""Marks of a blind trial and the order of a challenge's entries, by worked examples and against slow, plain readings of the formulas."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.coverage import covers
from trading.auctions.challenge import MEASURES, Entry, mark, ordered, percent, points, ppm

AT = datetime(2026, 5, 8, tzinfo=UTC)
TRUTH = {"a": "cat", "b": "cat", "c": "dog", "d": "bird"}


def numbers(**values: int) -> dict[str, str]:
    return {key: str(value) for key, value in values.items()}


@covers("R112")
def test_three_of_four_right_is_75_percent() -> None:
    assert mark("accuracy", TRUTH, TRUTH | {"d": "cat"}) == Fraction(3, 4)


@covers("R112")
def test_macro_f1_counts_each_true_class_alike() -> None:
    """cat: 2 hits, named 3 times, true twice: 4/5; dog: 1; bird: never named: 0. Together 9/15."""
    assert mark("macro_f1", TRUTH, TRUTH | {"d": "cat"}) == Fraction(3, 5)


@covers("R112")
def test_skill_is_the_error_saved_against_always_saying_the_median() -> None:
    """Truth 1, 2, 10: the median 2 misses by 1 + 0 + 8 = 9; answers 1, 3, 8 miss by 3: a third is left, two thirds are saved."""
    assert mark("skill", numbers(a=1, b=2, c=10), numbers(a=1, b=3, c=8)) == Fraction(2, 3)
    assert mark("skill", numbers(a=1, b=2, c=10), numbers(a=99, b=2, c=10)) == 0, "worse than the median is no less than nothing"
    assert mark("skill", numbers(a=5, b=5), numbers(a=5, b=5)) == 1 and mark("skill", numbers(a=5, b=5), numbers(a=5, b=6)) == 0


@covers("R112")
def test_the_worked_order_of_a_challenge() -> None:
    """60 for the mark, 40 for the price; B is cheap but failed, so A's price is the lowest that counts."""
    a, b, c = Entry(800_000, 90_000, AT), Entry(500_000, 10_000, AT), Entry(950_000, 120_000, AT)
    assert ordered([a, b, c], weight=60, least_ppm=600_000) == [(0, Fraction(88)), (2, Fraction(87))]
    assert percent(ppm(Fraction(2, 3))) == "66.66%", "cut, not rounded: nobody passes by rounding"


@covers("R112")
def test_equal_points_go_by_mark_then_price_then_time() -> None:
    early, late = Entry(700_000, 100, AT), Entry(700_000, 100, AT + timedelta(seconds=1))
    assert [place for place, _ in ordered([late, early], weight=50, least_ppm=0)] == [1, 0]
    free = Entry(0, 0, AT)
    assert points(free, weight=10, lowest_fen=0) == 90 and points(early, weight=10, lowest_fen=0) == 7, "free is the best price there is"


def plain_f1(truth: dict[str, str], said: dict[str, str]) -> Fraction:
    total = Fraction(0)
    for one in set(truth.values()):
        tp = sum(1 for key in truth if truth[key] == one and said[key] == one)
        fp = sum(1 for key in truth if truth[key] != one and said[key] == one)
        fn = sum(1 for key in truth if truth[key] == one and said[key] != one)
        total += Fraction(2 * tp, 2 * tp + fp + fn)
    return total / len(set(truth.values()))


_LABELS = st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("xyzw")), min_size=1, max_size=30)


@covers("R112")
@given(_LABELS)
def test_macro_f1_equals_its_definition_and_full_marks_are_for_all_right(pairs: list[tuple[str, str]]) -> None:
    truth = {str(n): right for n, (right, _) in enumerate(pairs)}
    said = {str(n): given for n, (_, given) in enumerate(pairs)}
    assert mark("macro_f1", truth, said) == plain_f1(truth, said)
    for measure in ("accuracy", "macro_f1"):
        assert 0 <= mark(measure, truth, said) <= 1 and (mark(measure, truth, said) == 1) == (truth == said)


@covers("R112")
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**9)), min_size=1, max_size=8), st.integers(10, 90),
       st.integers(0, 10**6))
def test_a_better_mark_or_a_lower_price_never_costs_a_place(rows: list[tuple[int, int]], weight: int, least: int) -> None:
    entries = [Entry(quality, price, AT + timedelta(seconds=n)) for n, (quality, price) in enumerate(rows)]
    order = [place for place, _ in ordered(entries, weight=weight, least_ppm=least)]
    assert sorted(order) == [n for n, one in enumerate(entries) if one.mark_ppm >= least]
    for better in order:
        for worse in order:
            if entries[better].mark_ppm > entries[worse].mark_ppm and entries[better].price_fen <= entries[worse].price_fen:
                assert order.index(better) < order.index(worse)


def test_an_unknown_measure_is_no_measure() -> None:
    assert MEASURES == ("accuracy", "macro_f1", "skill")
    with pytest.raises(KeyError):
        mark("beauty", TRUTH, TRUTH)
