"""R90: what the detectors fire on, what they leave alone, and that chance alone fires them as seldom as they say."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.rules.detectors import Change, Shown, moved_together, preference, tail
from kit.coverage import covers

calm = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


def page(order: str, *, published: str) -> list[Shown]:
    """A page of results by letters as they stood; capital letters are tied to the venue. ``published`` is the order that was promised."""
    return [Shown(letter.isupper(), (published.index(letter),)) for letter in order]


@covers("R90")
def test_a_page_in_the_published_order_prefers_nobody_wherever_the_tied_stand() -> None:
    for order in ("ABcdef", "cdefAB", "cAdBef"):
        found = preference([page(order, published=order)])
        assert (found.lifted, found.lowered, found.suspect) == (0, 0, False)


@covers("R90")
def test_a_tied_listing_lifted_to_the_top_passes_each_equal_before_it() -> None:
    found = preference([page("Gabcdef", published="abcdefG")])
    assert (found.lifted, found.lowered, found.chance) == (6, 0, Fraction(1, 64))
    assert not found.suspect, "six of six might still be chance: 1 in 64"
    assert preference([page("Habcdefg", published="abcdefgH")]).suspect, "seven of seven is not: 1 in 128"


@covers("R90")
def test_disorder_that_spares_nobody_is_a_fault_of_the_ranking_and_no_preference() -> None:
    shuffled = preference([page("Bacd", published="acdB"), page("acdB", published="Bacd")])
    assert (shuffled.lifted, shuffled.lowered, shuffled.suspect) == (3, 3, False)
    assert preference([page("dcba", published="abcd")]).lifted == 0, "none of these is tied"


@covers("R90")
@calm
@given(st.lists(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=6), max_size=4))
def test_the_count_is_that_of_looking_at_every_pair_of_every_page(pages: list[list[tuple[bool, int]]]) -> None:
    lifted = lowered = 0
    for shown in pages:
        for above in range(len(shown)):
            for below in range(above + 1, len(shown)):
                (tied_above, key_above), (tied_below, key_below) = shown[above], shown[below]
                if key_above > key_below:
                    lifted += tied_above and not tied_below
                    lowered += tied_below and not tied_above
    found = preference([[Shown(tied, (key,)) for tied, key in shown] for shown in pages])
    assert (found.lifted, found.lowered) == (lifted, lowered)


# ---- parallel prices --------------------------------------------------------------------------------------------------------


def risen(seller: str, *days: int) -> list[Change]:
    return [Change(seller, day, 1) for day in days]


@covers("R90")
def test_two_sellers_that_raise_within_three_days_of_each_other_four_times_a_year_are_named() -> None:
    found, = moved_together([*risen("A", 10, 100, 200, 300), *risen("B", 12, 101, 199, 300)], days=365, window=3)
    assert (found.sellers, found.hits, found.tries) == (("A", "B"), 4, 4)
    assert found.chance == Fraction(28, 365) ** 4, "each of four changes falls by chance within 4 x 7 of 365 days"


@covers("R90")
@pytest.mark.parametrize("others", [
    risen("B", 14, 104, 204, 304),  # a day beyond the window
    [Change("B", day, -1) for day in (10, 100, 200, 300)],  # the other way
    risen("B", 10, 100),  # two are no pattern
    risen("B", *range(0, 365, 5)),  # one that changes all the time meets everybody
])
def test_changes_that_do_not_meet_or_meet_by_chance_are_left_alone(others: list[Change]) -> None:
    assert moved_together([*risen("A", 10, 100, 200, 300), *others], days=365, window=3) == []


@covers("R90")
def test_sellers_of_one_house_are_not_independent_and_not_looked_at() -> None:
    changes = [*risen("A", 10, 100, 200, 300), *risen("B", 10, 100, 200, 300)]
    assert moved_together(changes, days=365, window=3) and moved_together(changes, days=365, window=3, tied=lambda a, b: True) == []


@covers("R90")
def test_the_more_pairs_are_looked_at_the_more_is_asked_of_each() -> None:
    pair = [*risen("A", 10, 100, 200), *risen("B", 10, 100, 200)]
    assert moved_together(pair, days=365, window=3)
    crowd = [change for n in range(20) for change in risen(f"X{n}", *(20 + 15 * n + 4 * step for step in range(3)))]
    assert moved_together([*pair, *crowd], days=365, window=3) == []


@covers("R90")
@pytest.mark.parametrize(("thrown", "standing", "days", "window"), [(2, (3,), 9, 1), (3, (2, 7), 10, 0), (3, (1, 5), 8, 1)])
def test_the_probability_is_that_of_every_way_the_changes_could_fall(thrown: int, standing: tuple[int, ...], days: int, window: int
                                                                     ) -> None:
    """The naive oracle: all days each change may fall on, tried one by one."""
    near = {day for day in range(days) if any(abs(day - one) <= window for one in standing)}
    for hits in range(thrown + 1):
        ways = [sum(day in near for day in fallen) >= hits for fallen in product(range(days), repeat=thrown)]
        assert tail(hits, thrown, Fraction(len(near), days)) == Fraction(sum(ways), len(ways))


@covers("R90")
@calm
@given(st.lists(st.builds(Change, st.sampled_from("AB"), st.integers(0, 59), st.sampled_from([1, -1])), min_size=2, max_size=16))
def test_the_coincidences_are_those_of_two_plain_loops(changes: list[Change]) -> None:
    one, two = ({(c.day, c.way) for c in changes if c.seller == name} for name in "AB")
    for found in moved_together(changes, days=60, window=2):
        met = [sum(any(abs(a - b) <= 2 and way == its for b, its in other) for a, way in mine) for mine, other in ((one, two), (two, one))]
        assert found.hits == min(met) >= 3 and found.chance <= Fraction(1, 100)
