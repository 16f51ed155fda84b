"""Money divides without losing a fen (T10) and is read from plain digits only (T11)."""

from __future__ import annotations

import os
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.coverage import covers
from kit.money import MAX_FEN, bps_of, parse_fen, parse_yuan, split, yuan

CASES = 100_000 if os.environ.get("FULL") == "1" else 10_000
print(f"rounding: {CASES} cases")

weights = st.lists(st.one_of(st.integers(0, 10), st.integers(0, 10**12)), min_size=3, max_size=50).filter(any)
wide = settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)


def half_up(total: int, parts: dict[str, int]) -> dict[str, int]:
    """The naive variant (M22): each share rounded on its own."""
    whole = sum(parts.values())
    return {key: (2 * total * weight + whole) // (2 * whole) for key, weight in parts.items()}


@wide
@given(total=st.one_of(st.integers(0, 1000), st.integers(0, MAX_FEN)), parts=weights, turn=st.randoms(use_true_random=False))
@covers("T10", "I7")
def test_shares_sum_exactly_stay_within_a_fen_and_do_not_depend_on_order(total: int, parts: list[int], turn) -> None:
    named = {f"P{n:02d}": weight for n, weight in enumerate(parts)}
    shares = split(total, named)
    assert sum(shares.values()) == total
    whole = sum(parts)
    assert all(abs(shares[key] * whole - total * weight) < whole for key, weight in named.items())
    shuffled = list(named.items())
    turn.shuffle(shuffled)
    assert split(total, dict(shuffled)) == shares


def test_half_up_rounding_loses_fen() -> None:
    """The mutant of T10: the same check fails on rounding each share by itself."""
    from random import Random

    dice = Random(10)
    wrong = sum(
        sum(half_up(total, parts).values()) != total
        for total, parts in ((dice.randrange(10**9), {str(n): dice.randrange(1, 10**6) for n in range(dice.randrange(3, 50))})
                             for _ in range(2000)))
    assert wrong > 500, f"only {wrong} of 2000 sums were wrong"


@covers("T10")
def test_a_tie_goes_to_the_larger_weight_then_to_the_smaller_key() -> None:
    assert split(1, {"b": 1, "a": 1}) == {"a": 1, "b": 0}
    assert split(1, {"a": Fraction(1, 4), "b": Fraction(3, 4)}) == {"a": 0, "b": 1}
    assert split(5, {"a": 0, "b": 1}) == {"a": 0, "b": 5}


@pytest.mark.parametrize("weights", [{"a": 0}, {"a": -1, "b": 5}])
def test_weights_that_divide_nothing_are_refused(weights: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split(5, weights)


@covers("T11", "M24")
@pytest.mark.parametrize("bad", [-1, "-1", "-0", "+1", MAX_FEN + 1, 2**63,
                                 "9007199254740992", float("nan"), float("inf"), 1.0, "1e3", "１２", "٣",
                                 "1_000", "1,000", " 1", "1 ", "01", True, False, "", [], None, b"1", "NaN", "1.0", "1\u200b"])
def test_an_amount_that_is_not_plain_digits_in_range_is_refused(bad: object) -> None:
    with pytest.raises(ValueError, match="amount"):
        parse_fen(bad)


@covers("T11", "M24")
@pytest.mark.parametrize(("bad", "read"), [("-1", -1), ("-0", 0), ("+1", 1), ("１２", 12), ("٣", 3), ("1_000", 1000), (" 1", 1), ("01", 1),
                                           (1.5, 1), (True, 1), (2**63, 2**63)])
def test_the_naive_reader_takes_what_the_strict_one_refuses(bad: object, read: int) -> None:
    """The mutant of T11: ``int`` reads other scripts, signs, underscores and booleans."""
    assert int(bad) == read  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="amount"):
        parse_fen(bad)


@covers("T11")
@pytest.mark.parametrize(("good", "fen"), [(0, 0), ("0", 0), ("1", 1), (1, 1), (MAX_FEN, MAX_FEN), (str(MAX_FEN), MAX_FEN)])
def test_an_amount_in_range_is_read(good: object, fen: int) -> None:
    assert parse_fen(good) == fen


@pytest.mark.parametrize(("typed", "fen"), [("1,290,000", 129_000_000), ("1290000.5", 129_000_050), ("¥1,000.05", 100_005), ("0", 0),
                                            ("0.01", 1), (" 12 ", 1200)])
def test_yuan_are_read_as_people_type_them(typed: str, fen: int) -> None:
    assert parse_yuan(typed) == fen


@covers("T11")
@pytest.mark.parametrize("typed", ["", "-1",
                                   "1e3", "１２", "1.234", "1,00", "12,34,567", "1 000", "¥", "99999999999999", "NaN", ".5", "01", "١"])
def test_yuan_that_could_be_misread_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        parse_yuan(typed)


def test_yuan_are_written_with_odd_fen_only_where_there_are_some() -> None:
    assert [yuan(129_000_000), yuan(5), yuan(-100), yuan(0)] == ["¥1,290,000", "¥0.05", "−¥1", "¥0"]


def test_basis_points_round_half_up() -> None:
    assert [bps_of(10_000, 250), bps_of(1, 5000), bps_of(1, 4999), bps_of(0, 250)] == [250, 1, 0, 0]
