"""The rules an agreement may hold, each against a slow oracle: royalties fen by fen, samples against the exact value, copies merged.

Worked example: a royalty of 10 % up to 1,000 yuan and 5 % beyond; 900 yuan came in before and 300 now, so 10 + 10 = 20 yuan are due.
"""

from __future__ import annotations

import os
from datetime import date
from fractions import Fraction
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.coverage import covers
from kit.money import split
from settlement.sharing.games import Coverage, Game, ShareFault
from settlement.sharing.owners import alike, fingerprint, of_owners, robust
from settlement.sharing.periods import cost_plus, dividends, instalments
from settlement.sharing.sampling import error_bound, orders_needed, sampled
from settlement.sharing.shapley import shapley, shapley_of_coverage
from settlement.sharing.terms import Fixed, Milestone, Royalty, Terms, by_terms, divided_fen
from settlement.sharing.written_out import shapley_of_worths

F = Fraction
RANDOM_SPLITS = 100_000 if os.environ.get("FULL") == "1" else 2_000

weights = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(0, 10**6), min_size=1, max_size=9).filter(
    lambda drawn: any(drawn.values()))
ends = st.lists(st.integers(1, 400), unique=True, max_size=3).map(sorted)
tiers = st.tuples(ends, st.lists(st.integers(0, 10_000), min_size=4, max_size=4)).map(
    lambda drawn: tuple(zip([*drawn[0], None], drawn[1], strict=False)))
firsts = st.lists(st.one_of(
    st.builds(Fixed, st.sampled_from("abc"), st.integers(0, 200)),
    st.builds(Milestone, st.sampled_from("abc"), st.integers(1, 600), st.integers(0, 200)),
    st.builds(Royalty, st.sampled_from("abc"), tiers)), max_size=4)


@settings(max_examples=RANDOM_SPLITS, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 10**12), weights, firsts, st.integers(0, 700), st.sampled_from(["proportional", "talmud", "cea", "cel"]))
@covers("G3", "I7", "E44")
def test_any_split_sums_to_the_pot_within_a_fen_of_exact_whatever_the_order(pot, drawn, first, before, shortage):
    terms = Terms(drawn, tuple(first), shortage)
    exact = by_terms(pot, terms, before_fen=before)
    parts = divided_fen(pot, terms, before_fen=before)
    assert sum(parts.values()) == pot == sum(exact.shares.values())
    assert all(abs(parts[party] - exact.shares[party]) < 1 for party in parts)
    assert sum(part.exact for part in exact.parts) == pot, "each figure is explained"
    turned = Terms(dict(reversed(drawn.items())), terms.first, shortage)
    assert divided_fen(pot, turned, before_fen=before) == parts


def royalty_fen_by_fen(steps, before, pot):
    """The slow oracle: each fen that comes in is charged at the rate of the tier it falls into."""
    owed = F(0)
    for place in range(before + 1, before + pot + 1):
        owed += next(F(bps, 10_000) for up_to, bps in steps if up_to is None or place <= up_to)
    return owed


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(tiers, st.integers(0, 500), st.integers(0, 300))
@covers("R72")
def test_a_royalty_by_tiers_is_what_each_fen_is_charged(steps, before, pot):
    assert Royalty("a", steps).due(pot, before) == royalty_fen_by_fen(steps, before, pot)


@covers("R72")
def test_fixed_fee_royalty_and_milestone_come_first_and_the_rest_goes_by_weight():
    royalty = Royalty("b", ((100_000, 1_000), (None, 500)))
    assert royalty.due(30_000, 90_000) == 2_000
    terms = Terms({"a": 3, "c": 1}, (Fixed("c", 1_000), royalty, Milestone("d", 100_000, 5_000)))
    assert divided_fen(30_000, terms, before_fen=90_000) == {"a": 16_500, "b": 2_000, "c": 1_000 + 5_500, "d": 5_000}
    assert divided_fen(30_000, terms, before_fen=120_000)["d"] == 0, "a milestone is paid once"
    assert [(part.party, part.why) for part in by_terms(30_000, terms, before_fen=90_000).parts] == [
        ("c", "fixed"), ("b", "royalty"), ("d", "milestone"), ("a", "weight"), ("c", "weight")]


@covers("E36", "R72")
@pytest.mark.parametrize(("shortage", "paid"), [("proportional", (50, 100, 150)), ("talmud", (50, 100, 150)), ("cea", (100, 100, 100)),
                                                ("cel", (0, 100, 200))])
def test_what_is_due_beyond_what_there_is_follows_the_rule_agreed_for_it(shortage, paid):
    terms = Terms({"w": 1}, (Fixed("a", 100), Fixed("b", 200), Fixed("c", 300)), shortage)
    assert tuple(divided_fen(300, terms)[party] for party in "abc") == paid


@pytest.mark.parametrize(("raw", "code"), [
    ({}, "unreadable"), ({"weights": {}}, "bad_weights"), ({"weights": {"a": 0}}, "bad_weights"),
    ({"weights": {"a": -1, "b": 2}}, "bad_weights"), ({"weights": {"a": 1}, "shortage": "luck"}, "unknown_rule"),
    ({"weights": {"a": 1}, "first": [{"kind": "gift", "party": "a"}]}, "unknown_rule"),
    ({"weights": {"a": 1}, "first": [{"kind": "fixed", "party": "a", "fen": 1.5}]}, "bad_terms"),
    ({"weights": {"a": 1}, "first": [{"kind": "fixed", "party": "a", "fen": True}]}, "bad_terms"),
    ({"weights": {"a": 1}, "first": [{"kind": "royalty", "party": "a", "tiers": [[5, 100]]}]}, "bad_terms"),
    ({"weights": {"a": 1}, "first": [{"kind": "royalty", "party": "a", "tiers": [[9, 1], [5, 1], [None, 1]]}]}, "bad_terms"),
    ({"weights": {"a": 1}, "first": [{"kind": "royalty", "party": "a", "tiers": [[None, 10_001]]}]}, "bad_terms"),
])
def test_terms_that_cannot_be_carried_out_are_refused_by_name(raw, code):
    with pytest.raises(ShareFault) as fault:
        Terms.read(raw)
    assert fault.value.code == f"settlement.share.{code}"


def test_terms_are_read_as_they_were_written():
    terms = Terms({"a": 3, "b": 1}, (Fixed("c", 1_000), Royalty("b", ((100, 1_000), (None, 500))), Milestone("d", 100_000, 5_000)), "cea")
    assert Terms.read(terms.written()) == terms


# ---- over time -----------------------------------------------------------------------------------------------------------
def naive_instalments(received, shared):
    """The naive variant: divide the whole sum so far anew and pay what is more than before."""
    paid, found = dict.fromkeys(shared, 0), []
    for place in range(1, len(received) + 1):
        due = split(sum(received[:place]), shared)
        found.append({party: due[party] - paid[party] for party in due})
        paid = due
    return found


@covers("E45")
def test_dividing_the_sum_anew_would_take_a_fen_back_and_accruing_does_not():
    assert naive_instalments([10, 1], {"a": 6, "b": 6, "c": 2})[1] == {"a": 1, "b": 1, "c": -1}
    first, second = instalments([10, 1], {"a": 6, "b": 6, "c": 2})
    assert (first.paid, first.waiting_fen) == ({"a": 4, "b": 4, "c": 1}, 1)
    assert (second.paid, second.waiting_fen) == ({"a": 0, "b": 0, "c": 0}, 2)
    assert instalments([10, 1], {"a": 6, "b": 6, "c": 2}, last=True)[1].paid == {"a": 1, "b": 1, "c": 0}


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=12), weights)
@covers("E45", "G3")
def test_instalments_never_take_back_lose_nothing_and_end_within_a_fen(received, shared):
    found = instalments(received, shared, last=True)
    assert all(one >= 0 for each in found for one in each.paid.values())
    for place, each in enumerate(found, 1):
        paid = sum(sum(one.paid.values()) for one in found[:place])
        assert paid + each.waiting_fen == sum(received[:place]) and each.waiting_fen < len(shared)
    total = sum(received)
    for party, weight in shared.items():
        assert abs(sum(one.paid[party] for one in found) - F(total * weight, sum(shared.values()))) < 1
    assert found[-1].waiting_fen == 0


@covers("R72")
def test_a_pool_is_divided_once_a_period():
    receipts = [(date(2031, 1, 5), 100), (date(2031, 1, 31), 101), (date(2031, 2, 1), 50)]
    january, february = dividends(receipts, [date(2031, 1, 31), date(2031, 2, 28)], {"a": 2, "b": 1})
    assert (january.received_fen, january.paid, january.waiting_fen) == (201, {"a": 134, "b": 67}, 0)
    assert (february.received_fen, february.paid, february.waiting_fen) == (50, {"a": 33, "b": 16}, 1)
    with pytest.raises(ShareFault, match="after the last"):
        dividends([(date(2031, 3, 1), 1)], [date(2031, 2, 28)], {"a": 1})


@covers("R74", "R76")
def test_a_public_product_keeps_its_cost_and_a_return_and_the_rest_is_the_treasurys():
    found = cost_plus(1_000_000, cost_fen=1_000_000, subsidy_fen=100_000, rate_bps=900, most_rate_bps=780)
    assert (found.most_fen, found.operator_fen, found.treasury_fen) == (970_200, 970_200, 29_800)
    assert cost_plus(5, cost_fen=1_000, subsidy_fen=0, rate_bps=0, most_rate_bps=780).operator_fen == 5


# ---- contribution --------------------------------------------------------------------------------------------------------
@covers("G4")
@pytest.mark.parametrize("players", range(1, 9))
def test_the_table_gives_the_values_of_the_game_written_out(players):
    names = tuple("abcdefgh"[:players])
    worths = np.random.default_rng(players).integers(-(10**6), 10**6, 1 << players)
    worths[0] = 0
    game = Game(names, {mask: F(int(worth)) for mask, worth in enumerate(worths) if mask})
    assert shapley_of_worths(names, worths) == shapley(game)


@covers("G4")
def test_twenty_parties_are_exact_and_sum_to_the_whole():
    longest = np.zeros(1, dtype=np.int64)
    for cost in range(1, 21):
        longest = np.concatenate([longest, np.maximum(longest, cost)])
    values = shapley_of_worths([f"{n:02}" for n in range(1, 21)], longest)
    assert values["01"] == F(1, 20) and sum(values.values()) == 20
    with pytest.raises(ShareFault):
        shapley_of_worths(["a"], np.array([0, 2**32]))
    with pytest.raises(ShareFault):
        shapley_of_worths(["a"], np.array([0.0, 0.5]))


COSTS = tuple(range(1, 9))


def longest_of(group):
    return max((COSTS[place] for place in group), default=0)


@covers("G4", "E40", "E41")
def test_a_sample_is_within_its_bound_and_sums_exactly():
    names = [str(cost) for cost in COSTS]
    true = shapley_of_coverage(Coverage({str(cost): frozenset(map(str, range(cost))) for cost in COSTS}))
    found = sampled(names, longest_of, orders=400, seed="a seed that was told beforehand")
    assert sum(found.shares.values()) == 8 and found.orders == 400
    bound = 8 * error_bound(8, 200)
    assert all(abs(found.shares[name] - true[name]) <= bound for name in names)
    assert found == sampled(names, longest_of, orders=400, seed="a seed that was told beforehand"), "anyone can draw it again"
    assert found != sampled(names, longest_of, orders=400, seed="another")
    assert orders_needed(10, F(1, 20)) == 1_199


@covers("G4", "E42")
def test_what_an_order_cut_short_lost_is_paid_again_and_the_naive_sample_pays_less_than_the_whole():
    found = sampled([str(cost) for cost in COSTS], longest_of, orders=40, seed="s", tolerance=F(1, 4))
    assert found.lost > 0 and found.asked < 40 * 7
    assert sum(found.shares.values()) == 8
    assert sum(found.shares.values()) - found.lost < 8, "without adding it again, parties would be paid less than the price"


@covers("G4")
def test_all_orders_drawn_alike_come_out_evenly():
    from settlement.sharing.sampling import _orders

    source, seen = _orders(3, "s"), {}
    for _ in range(6_000):
        order = tuple(next(source))
        seen[order] = seen.get(order, 0) + 1
    assert len(seen) == factorial(3) and all(850 < count < 1_150 for count in seen.values())


@covers("E39")
def test_a_copy_with_a_few_records_changed_gains_its_lister_nothing():
    mine, other = [f"r{n}" for n in range(100)], [f"r{n}" for n in range(100)]
    changed = frozenset([*mine[:95], *(f"x{n}" for n in range(5))])
    sets = {"A1": frozenset(mine), "A2": changed, "B1": frozenset(other)}
    owners = {"A1": "A", "A2": "A", "B1": "B"}
    by_set = shapley_of_coverage(Coverage(sets))
    assert by_set["A1"] + by_set["A2"] > 2 * by_set["B1"] * F(9, 10), "paid by data set, who lists a copy gets nearly twice as much"
    assert shapley_of_coverage(of_owners(sets, owners)) == {"A": 50, "B": 50}
    assert shapley_of_coverage(of_owners({"A2": changed, "B1": frozenset(other)}, owners)) == {"A": 50, "B": 50}
    apart = of_owners({"A1": frozenset(mine), "B1": frozenset(f"r{n}" for n in range(50, 150))}, owners)
    assert shapley_of_coverage(apart) == {"A": 75, "B": 75}, "what merely overlaps is not the same"
    with pytest.raises(ShareFault, match="whose"):
        of_owners(sets, {"A1": "A"})


def test_fingerprints_tell_likeness_of_large_sets_and_are_small():
    one = frozenset(map(str, range(5_000)))
    near, far = frozenset(map(str, range(250, 5_250))), frozenset(map(str, range(2_500, 7_500)))
    print_ = fingerprint(one)
    assert len(print_) == 128 and alike(print_, print_) == 1
    assert alike(print_, fingerprint(near)) > F(4, 5) > F(1, 2) > alike(print_, fingerprint(far)) > F(1, 5)
    assert alike((), ()) == 0


@covers("E38")
def test_robust_shares_leave_over_what_copying_would_have_gained():
    found = robust({"A": F(1, 2), "B": F(1, 2)}, {frozenset("AB"): F(1)})
    assert (found.shares, found.undistributed) == ({"A": F(1, 4), "B": F(1, 4)}, F(1, 2))
    half = robust({"A": F(1, 2), "B": F(1, 2)}, {frozenset("AB"): F(1, 2)})
    assert abs(half.shares["A"] - F(1, 2) * F(70711, 100_000)) < F(1, 10_000)
    with pytest.raises(ShareFault):
        robust({"A": F(1)}, {frozenset("AB"): F(2)})
