"""R24: what large parties ask of small ones is compared with what they ask of peers for the like, and of nothing else."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.rules.equal_terms import EXCEPTIONS, Granted, Like, Unequal, unequal
from kit.coverage import covers

LIKE = Like("ORG-A", "enterprise", "D", "download", 365)


def deals(small: list[int], peers: list[int], like: Like = LIKE) -> list[Granted]:
    return [*(Granted(like, True, fen) for fen in small), *(Granted(like, False, fen) for fen in peers)]


@covers("R24", "R85")
def test_small_buyers_that_pay_300_where_peers_pay_200_are_asked_about() -> None:
    assert unequal(deals([300, 310, 290], [200, 210, 190, 900])) == [Unequal(LIKE, 300, 200, 3, 4)]


@covers("R24")
@pytest.mark.parametrize(("small", "peers"), [
    ([200, 200, 200], [200, 200, 200]),  # the same
    ([100, 100, 100], [200, 200, 200]),  # better
    ([900, 900], [200, 200, 200]),  # two deals are no terms
    ([900, 900, 900], [200, 200]),
    ([200, 200, 9_000], [200, 210, 220]),  # one dear deal is no term
])
def test_equal_or_better_terms_and_single_deals_are_left_alone(small: list[int], peers: list[int]) -> None:
    assert unequal(deals(small, peers)) == []


@covers("R24")
@pytest.mark.parametrize("other", [
    LIKE._replace(category="public"), LIKE._replace(sector="G"), LIKE._replace(delivery="api"), LIKE._replace(term_days=30),
    LIKE._replace(seller="ORG-B")])
def test_only_the_like_is_compared(other: Like) -> None:
    assert unequal([*deals([300, 300, 300], []), *deals([], [200, 200, 200], other)]) == []


@covers("R24")
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.builds(Granted, st.sampled_from([LIKE, LIKE._replace(term_days=30)]), st.booleans(), st.integers(1, 9)), max_size=24))
def test_the_medians_are_those_of_sorting_by_hand(given_deals: list[Granted]) -> None:
    said = []
    for like in (LIKE._replace(term_days=30), LIKE):
        sides = [sorted(one.price_fen for one in given_deals if one.like == like and one.small is side) for side in (True, False)]
        if all(len(side) >= 3 for side in sides):
            small, peers = (side[(len(side) - 1) // 2] for side in sides)
            if small > peers:
                said.append(Unequal(like, small, peers, len(sides[0]), len(sides[1])))
    assert unequal(given_deals) == said


@covers("R24", "R85")
def test_the_three_grounds_of_the_regulation_are_said_in_both_languages() -> None:
    assert list(EXCEPTIONS) == ["trade_custom", "new_user_offer", "fair_random"] and all(zh and en for zh, en in EXCEPTIONS.values())
