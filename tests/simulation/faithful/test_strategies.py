"""Strategies decide on public rows alone, by their own stream of chances, and do what their kind does."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from kit.coverage import covers
from simulation.faithful.acting import haggle
from simulation.faithful.deciding import decide_shard
from simulation.faithful.population import folk
from simulation.faithful.strategies import STRATEGIES
from simulation.faithful.strategies.buyers import belief, goes_outside, worth_said
from simulation.faithful.views import Case, Lot, Offer, Own, Paper, Person, View
from simulation.wide.parameters import values_of

PRICE = 1_000_000
OFFER = Offer("LST-1", "LSV-1", "m0", PRICE, PRICE, "fixed")
LOT = Lot("LOT-1", "LST-2", "m0", "announced", PRICE, 0, 86_400, 172_800)
VIEW = View(3, ("m0",), (OFFER,), (LOT,))


def decided(person: Person, own: Own, seed: int = 1, view: View = VIEW, **changes: int) -> list[tuple[str, dict]]:
    values = values_of("baseline", {"shop_rate_bps": 10_000, "off_bias_percent": -500, **changes})
    intents = STRATEGIES[person.role, person.kind](person, view, own, values, np.random.default_rng(seed))
    return [(one.act, dict(one.given)) for one in intents]


def acts_of(kind: str, role: str = "buyer", times: int = 200, own: Own | None = None, **changes: int) -> Counter[str]:
    person = Person("x", role, kind, 0, owner="m0")
    return Counter(act for seed in range(times) for act, _ in decided(person, own or Own(10**12), seed, **changes))


@covers("CAP-I1")
def test_deciding_needs_neither_database_nor_django() -> None:
    """A process that decides cannot look into the market: the modules of strategies do not even load what could.

    Of trading the pure price functions alone are there (they may not know Django: a contract of the linter)."""
    code = ("import sys, simulation.faithful.deciding; "
            "far = {'django', 'psycopg', 'trading', 'participants', 'ledger'}; pure = ('trading.auctions', 'trading.auctions.'); "
            "print(sorted(one for one in sys.modules if one.partition('.')[0] in far and one != 'trading' and not one.startswith(pure)))")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@covers("CAP-I1")
def test_what_everybody_sees_of_an_offer_and_a_lot_are_fields_of_the_public_api() -> None:
    """No strategy can look at a reserve, another's limit or the truth about a file: the rows it gets have no such field."""
    from listings.api import ListingInFull
    from trading.api import LotRow
    from trading.trade_api import QuoteOut

    assert {one.name for one in fields(Lot)} <= set(LotRow().get_fields())
    assert {one.name for one in fields(Offer)} <= set(ListingInFull().get_fields()) | set(QuoteOut().get_fields())


def test_a_truthful_buyer_pays_up_to_its_worth_a_shading_one_four_fifths_of_it_and_a_learner_what_it_learnt() -> None:
    values = values_of("baseline")
    said = {kind: worth_said(kind, PRICE, Own(10**12, memory={"factor": 0.6}), values, (0.8, 0.5))
            for kind in ("truthful", "shading", "zero_intelligence", "learner", "sniper")}
    assert said == {"truthful": 1_600_000, "shading": 1_280_000, "zero_intelligence": 800_000, "learner": 960_000, "sniper": 1_600_000}
    assert worth_said("learner", PRICE, Own(500_000), values, (0.8, 0.5)) == 500_000, "never more than it has"


def test_half_of_the_truthful_buy_at_a_list_price_that_is_half_of_the_highest_worth() -> None:
    bought = acts_of("truthful", auction_share_bps=0)["buy"]
    assert 70 < bought < 130  # of 200, one half expected
    assert acts_of("truthful", auction_share_bps=0, off_bias_percent=500)["haggle"] > 190


def test_snipers_bid_at_the_last_moment_and_ring_members_tell_the_ring() -> None:
    bids = [given for seed in range(40) for act, given in decided(Person("s", "buyer", "sniper", 0), Own(10**12), seed,
                                                                  auction_share_bps=10_000) if act == "bid"]
    assert bids and all(one["at"] == LOT.closes_at - 90 for one in bids)
    ring = [given for seed in range(40) for act, given in decided(Person("r", "buyer", "ring", 0), Own(10**12), seed,
                                                                  auction_share_bps=10_000) if act == "bid"]
    assert ring and all(one["ring"] for one in ring)


def test_a_twin_buys_from_its_owner_and_a_shill_bids_for_it() -> None:
    assert 40 < acts_of("twin", wash_rate_bps=3_000)["buy"] < 80
    assert acts_of("shill")["bid"] == 200 and acts_of("shill")["buy"] == 0


def test_a_buyer_that_finds_a_fault_rejects_and_complains_as_often_as_the_parameter_says() -> None:
    own = Own(10**12, (Paper("DLV-1", "LST-1", "delivered", "buyer", PRICE, 1, flawed=True),))
    found = acts_of("truthful", own=own, complaint_bps=4_000)
    assert found["reject"] == found["complain"] and 55 < found["reject"] < 105 and found["accept"] == 200 - found["reject"]


def test_an_exit_scammer_leaves_when_enough_unescrowed_orders_are_open_and_not_when_all_is_held_back() -> None:
    papers = tuple(Paper(f"DLV-{number}", "LST-1", "opened", "seller", PRICE) for number in range(10))
    scammer = Person("m0", "merchant", "exit_scammer", 0)
    assert decided(scammer, Own(papers=papers), holdback_bps=0) == [
        ("remember", {"left": 1.0}), ("withdraw", {"listing": "LST-1"})], "it is gone with its listings"
    assert "remember" not in {act for act, _ in decided(scammer, Own(papers=papers), holdback_bps=10_000)}
    assert decided(scammer, Own(papers=papers, memory={"left": 1.0}), holdback_bps=10_000) == []


def test_an_exit_scammer_that_stays_lets_each_order_lie_as_long_as_a_deal_of_a_wide_run_is_open() -> None:
    """View day 3, settled after one day: what was ordered on day 2 waits, what was ordered on day 1 is delivered."""
    papers = tuple(Paper(f"DLV-{day}", "LST-1", "opened", "seller", PRICE, opened_on=day) for day in (1, 2))
    given = decided(Person("m0", "merchant", "exit_scammer", 0), Own(papers=papers), holdback_bps=10_000, settle_days=1)
    assert ("deliver", {"delivery": "DLV-1"}) in given and ("deliver", {"delivery": "DLV-2"}) not in given


def test_a_buyer_abroad_asks_once_and_orders_when_it_may_leave() -> None:
    abroad = {"auction_share_bps": 0}
    far = Person("b", "buyer", "truthful", 0, foreign=True)
    seeds = [seed for seed in range(60) if ("ask", {"listing": "LST-1"}) in decided(far, Own(), seed, **abroad)]
    assert seeds, "wants it and asks its seller"
    asked = Own(cases=(Case("QST-1", "asked", "open", "LST-1"),))
    assert not any(act in ("ask", "buy") for seed in seeds for act, _ in decided(far, asked, seed, **abroad))
    cleared = Own(cases=(*asked.cases, Case("EXP-1", "export", "cleared", "LST-1")))
    assert all("buy" in {act for act, _ in decided(far, cleared, seed, **abroad)} for seed in range(10)), "what waited is ordered"
    had = replace(cleared, memory={"EXP-1": 1.0})
    assert 0 < sum("buy" in {act for act, _ in decided(far, had, seed, **abroad)} for seed in range(60)) < 60, "then as it likes"


def test_the_authority_takes_the_days_of_an_assessment_and_refuses_at_once_where_export_is_barred() -> None:
    own = Own(cases=(Case("EXP-1", "export", "in_assessment", "LST-1", day=1),))

    def decides(**changes: int) -> bool:
        return ("decide_export", {"export": "EXP-1"}) in decided(Person("r", "desk", "regulator", 0), own, **changes)

    assert decides(cross_border_days=2) and not decides(cross_border_days=3)
    assert decides(cross_border_days=3, cross_border_barred=1)


def test_one_in_so_many_who_deals_outside_turns_to_a_broker_where_there_is_one() -> None:
    person, outside = Person("b", "buyer", "truthful", 0), {"off_bias_percent": 500, "broker_share_bps": 1_000}
    seen = Counter(act for seed in range(400) for act, _ in decided(person, Own(), seed, replace(VIEW, brokers=("SVC-1",)), **outside))
    assert 20 < seen["engage"] < 60 and seen["engage"] + seen["haggle"] > 350
    assert not any(act == "engage" for seed in range(60) for act, _ in decided(person, Own(), seed, **outside))
    waits = Own(cases=(Case("ENG-1", "order", "ordered"), Case("ENG-2", "order", "working"), Case("ENG-3", "order", "delivered")))
    assert [act for act, _ in decided(Person("k", "helper", "broker", 0), waits)] == ["match", "mediate"]


def test_a_regulator_inspects_by_the_rate_and_decides_what_waits() -> None:
    own = Own(papers=(Paper("DLV-1", "LST-1", "delivered", "desk", PRICE),), cases=(Case("CND-1", "conduct", "deciding"),))
    found = acts_of("regulator", "desk", own=own, inspection_bps=2_500)
    assert 30 < found["inspect"] < 70 and found["decide"] == 200


def test_an_assessor_errs_both_ways_by_its_rates() -> None:
    own = Own(cases=(Case("ENG-1", "order", "working"),))
    given = [one for seed in range(1_000) for _, one in decided(Person("a", "helper", "assessor", 0), own, seed,
                                                               assessor_miss_bps=2_000, assessor_alarm_bps=1_000)]
    assert 150 < sum(one["passes_low"] for one in given) < 250 and 65 < sum(one["fails_good"] for one in given) < 135


def test_haggling_meets_in_nine_of_thirty_two_cases_at_a_price_between_both() -> None:
    """E13: two uniform values under the linear equilibrium trade with chance 9/32."""
    rng = np.random.default_rng(5)
    deals = [haggle(value, cost) for value, cost in rng.random((40_000, 2))]
    assert abs(sum(one is not None for one in deals) / len(deals) - 9 / 32) < 0.006


def test_the_channel_follows_fee_and_risk() -> None:
    outside = [sum(goes_outside(values_of("baseline", {"fee_bps": fee}), chance / 1_000) for chance in range(1_000))
               for fee in (0, 250, 900)]
    assert outside[0] < outside[1] < outside[2], "the dearer the exchange, the more go elsewhere"


@pytest.mark.parametrize("scenario", ["baseline", "lemons", "wash", "exit_scam", "replication", "ring", "public_data", "cross_border"])
def test_every_kind_of_person_of_a_scenario_has_a_strategy_and_decides_the_same_twice(scenario: str) -> None:
    values = values_of(scenario)
    people = folk(200, 3, values)
    assert {(one.role, one.kind) for one in people} <= STRATEGIES.keys()
    shard = [one for one in people if one.shard == 0]
    view = replace(VIEW, sellers=tuple(one.key for one in people if one.role == "merchant"))
    once, again = (decide_shard(np.random.SeedSequence(9), shard, view, {}, dict(values)) for _ in range(2))
    assert once == again


@covers("CAP-I1")
def test_where_quality_is_hidden_who_could_do_better_leaves_and_buyers_believe_the_mean_of_who_may_still_be_here() -> None:
    """k = 1.5, second round: qualities up to .75 may be here, buyers pay 1.5 times their mean, .5625; who is worth more leaves (E51)."""
    values = values_of("lemons")
    assert belief(VIEW, "LST-1", values) == pytest.approx(0.5625)
    assert belief(replace(VIEW, assessed=frozenset({"LST-1"})), "LST-1", values) == 1 == belief(VIEW, "LST-1", values_of("baseline"))

    def does(**given: Any) -> set[str]:
        view, changes = given.pop("view", VIEW), {"hidden_quality": given.pop("hidden", 1)}
        return {act for act, _ in decided(Person("m0", "merchant", "honest", 0, **given), Own(), view=view, **changes)}

    assert "withdraw" in does(quality=0.57) and "withdraw" not in does(quality=0.56)
    assert "withdraw" not in does(quality=0.9, certified=True), "a certificate speaks for it"
    assert "withdraw" not in does(quality=0.9, hidden=0) and "withdraw" not in does(quality=0.9, view=replace(VIEW, day=4))
