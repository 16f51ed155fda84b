"""What buyers of the laboratory go by: a name that forgets, trust that flows, and what praise from one's own accounts is worth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.coverage import covers
from simulation.wide.lemons import believed, leaves
from simulation.wide.reputation import Edges, Names, beta, remembered, trust
from simulation.wide.running import run

NOBODY = np.zeros(0, dtype=np.int64)


@covers("E52")
@pytest.mark.parametrize(("good", "bad", "value"), [(0, 0, 0.5), (8, 2, 0.75), (98, 2, 99 / 102), (0, 3, 0.2)])
def test_a_name_by_good_and_bad_deals(good, bad, value):
    assert beta(good, bad) == value


@covers("E52")
@given(st.integers(0, 40), st.integers(0, 40), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_deals_of_one_day_count_as_the_same_deals_on_two(first, second, forgetting):
    none = (np.zeros(1), np.zeros(1) + 5)
    day = remembered(*none, np.array([first + second]), 0, forgetting=forgetting)
    days = remembered(*remembered(*none, np.array([first]), 0, forgetting=forgetting), np.array([second]), 0, forgetting=forgetting)
    assert np.allclose(day, days)


@pytest.mark.parametrize("forgetting", [0, 1, -0.5, 1.5])
def test_a_memory_that_keeps_all_or_nothing_is_refused(forgetting):
    with pytest.raises(ValueError, match="between 0 and 1"):
        remembered(np.zeros(1), np.zeros(1), np.ones(1), 0, forgetting=forgetting)


@covers("E58")
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(0, 50)), max_size=30), st.integers(0, 7))
def test_trust_is_shared_out_whole_and_nobody_has_less_than_none(rows, first):
    source, target, weight = (np.array([row[n] for row in rows], dtype=np.int64) for n in range(3))
    start = np.zeros(8)
    start[first] = 1
    found = trust(Edges(8, source, target, weight.astype(float)), start, 0.15)
    assert found.shares.sum() == pytest.approx(1) and found.shares.min() >= 0 and found.shares[first] >= 0.15 - 1e-9
    assert found.rounds <= 132


@covers("E58")
@pytest.mark.parametrize("restart", [0, 1])
def test_trust_that_never_or_always_begins_anew_is_refused(restart):
    with pytest.raises(ValueError, match="between 0 and 1"):
        trust(Edges(2, np.array([0]), np.array([1]), np.ones(1)), np.ones(2), restart)


def test_a_seller_complained_about_is_passed_by_and_comes_back():
    names = Names.of(3)
    names.dealt(np.array([0, 0, 0, 1]), np.array([False, False, False, True]), 0.95)
    weights = names.weights(3, NOBODY)
    assert weights[0] > weights[2] > weights[1] == pytest.approx(0.1 / 3)
    for _ in range(12):
        names.dealt(np.array([1]), np.array([False]), 0.95)
    assert names.weights(3, NOBODY)[1] > 0.3 and weights.sum() == pytest.approx(1)


def test_the_naive_count_of_praise_follows_a_pair_that_praises_itself_and_trust_does_not_begin_there():
    names = Names.of(4)
    names.dealt(np.array([0, 0, 1]), np.zeros(3, dtype=bool), 0.95)
    names.own[[2, 3]] = 1_000
    pair = np.array([2, 3])
    assert names.weights(1, pair)[pair].sum() > 0.9
    assert names.weights(2, pair)[pair].sum() == pytest.approx(0.05)
    assert Names.of(4).weights(2, pair).tolist() == [0.25] * 4, "where nobody was praised anybody is as good"


@covers("E52", "E58")
def test_buyers_who_count_praise_run_to_merchants_who_trade_with_themselves():
    drawn = [run("wash", agents=4_000, days=30, seed=7, changes={"reputation": way, "shop_rate_bps": 1_000})["metrics"]["wash_attention"]
             for way in (0, 1, 2, 3)]
    assert drawn[1] > 0.7 > 0.5 > drawn[2] > 0.2 > drawn[0] and drawn[3] < 0.2
    dense = {"hidden_quality": 0, "penalty_margins": 1, "inspection_bps": 100, "shop_rate_bps": 3_000}
    cheats = [run("lemons", agents=4_000, days=60, seed=7, changes={"reputation": way, **dense})["metrics"]["cheat_rate"] for way in (0, 3)]
    assert cheats[1] < cheats[0]


@covers("E51")
def test_who_could_sell_better_than_what_buyers_believe_leaves():
    quality, offered = np.array([0.2, 0.4, 0.9, 1.0]), np.array([True, True, True, False])
    assert believed(quality, offered, 1.5) == pytest.approx(0.75)
    assert leaves(quality, offered, 1.5).tolist() == [False, False, True, False]
    assert not leaves(quality, np.zeros(4, dtype=bool), 1.5).any() and believed(quality, np.zeros(4, dtype=bool), 1.5) == 0
