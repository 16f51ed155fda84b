"""A3: a capability is asked again by every background job that acts for a party, at the instant it acts.

The table below names every periodic task, every task and every subscriber of the house; a new one without a line fails. Each job
that acts for a party is tried with the capability cut, in every way a capability is cut, between its being planned and its running.
The naive house is the same house whose gate always says yes: there the job acts, so the trial can fail.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from textwrap import dedent
from typing import Any, NamedTuple

import pytest

import trading.tasks
from evidence.clock import MARKET_CLOCK
from evidence.subscriptions import subscribers
from exchange.apps import ROOMS
from exchange.celery import app
from kit.actors import SYSTEM
from kit.coverage import covers
from listings.models import Hold, Listing
from listings.tasks import run_deadlines
from participants.models import Admission, Organization, ProofNeed
from participants.operations import hold_capability
from participants.queries import may
from participants.roles import Role
from tests.clones import HOUSE
from tests.factories import hand_in, make_actor, make_organization
from tests.listings import worlds as supply
from tests.trading import test_sealed as sealed
from tests.trading import test_subscriptions as subscriptions
from tests.trading import worlds as floor
from trading.models import Auction, Bidder, Subscription
from trading.subscribing import renew_due
from trading.tasks import close_due, decide_due, open_due, sweep_stopped

NOBODY = "acts for no party: "
#: task or subscriber -> the trials that show it asks, or why it has nothing to ask
JOBS: dict[str, set[str] | str] = {
    "trading.tasks.tick": {"opens a lot", "awards to the leader", "sells for the seller", "decides a sealed lot"},
    "trading.tasks.sweep": {"lets a resting bid stand", "renews for the subscriber", "renews for the seller"},
    "trading.tasks.watch": NOBODY + "opens an alert",
    "listings.sweep_deadlines": {"publishes at the seller's date", "puts back on sale"},
    "delivery.tasks.sweep": NOBODY + "silence accepts and terms end; to deliver asks at the act",
    "delivery.tasks.answer_queries": NOBODY + "runs what was asked; the buyer's standing is asked at its start and before its answer",
    "simulation.tasks.compute_runs": NOBODY + "computes a simulated market that a person asked for; nothing of the real one is touched",
    "simulation.tasks.lapse_experiments": NOBODY + "puts away drafts and ends pauses of experiments",
    "delivery.tasks.read_traces": NOBODY + "reads a sample that an officer had compared against marked files",
    "settlement.tasks.run_cycle": NOBODY + "money earned is booked to the party; to take it out asks at the act",
    "settlement.tasks.settle_cycle": NOBODY + "the same, rung early",
    "settlement.tasks.write_receipts": NOBODY + "writes down what was paid",
    "settlement.tasks.reconcile_nightly": NOBODY + "compares the books",
    "settlement.tasks.reference_prices": NOBODY + "sums up what was settled",
    "ledger.tasks.expire_reserves": NOBODY + "reserves are given back",
    "compliance.tasks.deadlines": NOBODY + "cases and terms move; nothing is declared or filed for a party",
    "compliance.tasks.follow_scores": NOBODY + "moves bands to where the score puts them",
    "compliance.follow_credit": NOBODY + "moves a band to where the score puts it",
    "delivery.tasks.watch_uses": NOBODY + "raises an alert that a person decides",
    "delivery.tasks.credit_quarters": NOBODY + "notes a quarter that was kept", "delivery.credit": NOBODY + "notes a credit event",
    "compliance.tasks.rule_checks": NOBODY + "opens a case", "compliance.sample_declarations": NOBODY + "opens a case",
    "listings.rescreen": {"puts back on sale"},
    "listings.pull_peers": NOBODY + "reads what other exchanges say of theirs",
    "delivery.monitor.agreement": NOBODY + "stops or resumes the use of what was delivered",
    "delivery.monitor.standing": NOBODY + "stops or resumes the use of what was delivered",
    "delivery.monitor.listing": NOBODY + "stops or resumes the use of what was delivered",
    "delivery.monitor.trade": NOBODY + "stops the use of what was delivered",
    "delivery.consent": NOBODY + "stops deliveries and tells past recipients",
    "exchange.tasks.send_webhooks": NOBODY + "tells a party's programs what it may read",
    "participants.tasks.make_takeouts": NOBODY + "writes down what a party has here",
    "participants.tasks.lapse": NOBODY + "terms end",
    "participants.tasks.nightly": NOBODY + "terms of keeping end, the graph of holdings is read anew",
    "evidence.tasks.seal": NOBODY + "seals", "evidence.tasks.deliver": NOBODY + "tells subscribers",
    "evidence.tasks.seal_and_deliver": NOBODY + "seals and tells subscribers",
    # ---- subscribers
    "trading.stop_party": {"lets a resting bid stand"},
    "compliance.follow_concentrations": NOBODY + "opens a case",
    "trading.stop_listing": NOBODY + "stops",
    "trading.surveil": NOBODY + "raises an alert",
    "trading.unfiled": NOBODY + "opens a case",
    "listings.standing": {"puts back on sale"}, "listings.capability": {"puts back on sale"},
    "listings.negative_list": {"puts back on sale"}, "listings.declared": {"puts back on sale"},
    "listings.findable": NOBODY + "writes down what is found by search",
    "delivery.open": NOBODY + "a duty taken on", "delivery.call": NOBODY + "a duty taken on", "delivery.cancel": NOBODY + "ends a duty",
    "delivery.agreement": NOBODY + "stops what an agreement that is over no longer carries",
    "listings.corrections": NOBODY + "notes which version mends what was suggested",
    "listings.watchers": NOBODY + "tells who watches", "trading.watchers": NOBODY + "tells who watches",
    "delivery.fingerprint": NOBODY + "keeps hashes of rows, so that a leaked file is found again",
    "delivery.certificate": NOBODY + "signs what an answer or a deletion was, for its two sides",
    "delivery.dispute": NOBODY + "moves a delivery by what its two sides or an arbitrator decided",
    "delivery.rating": NOBODY + "takes down the review of a trade that no longer stands",
    "compliance.follow_report_cases": NOBODY + "marks reports by what was found",
    "compliance.sample_admissions": NOBODY + "opens a case", "compliance.follow_controls": NOBODY + "flags",
    "compliance.raise_alarms": NOBODY + "opens a case",
}


#: What the two tasks of the floor call, one by one: the trials of each, or why it has nothing to ask.
TIMED: dict[str, set[str] | str] = {
    "open_due": {"opens a lot"}, "close_due": {"awards to the leader", "sells for the seller"}, "decide_due": {"decides a sealed lot"},
    "sweep_stopped": {"lets a resting bid stand"}, "renew_due": {"renews for the subscriber", "renews for the seller"},
    "default_due": NOBODY + "a trade that was not paid falls away", "end_agreements": NOBODY + "notices, terms and drafts end",
    "end_due_pilots": NOBODY + "a trial of formats ends at its day",
    "lapse_halts": NOBODY + "a lot that stood halted is cancelled",
    "end_talks": NOBODY + "offers expire, rounds end, requests nobody decided end; an award asks at the act",
    "end_due_uses": NOBODY + "a report that was not handed in is noted", "lapse_carts": NOBODY + "a cart promises nothing and lapses",
    "close_frameworks": NOBODY + "offers expire, terms end; an order asks at the act",
    "mark_late_alerts": NOBODY + "an alert nobody took up in time is marked",
    "end_due_shortfalls": NOBODY + "a difference nobody paid becomes a claim and is written off",
}


def parts_of(task: Callable[..., Any]) -> set[str]:
    """What a task calls by name, read from its own text."""
    tree = ast.parse(dedent(inspect.getsource(getattr(task, "run", task))))
    return {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)} - {"shared_task"}


@covers("A3", "F4")
def test_everything_the_floor_does_by_time_says_for_whom_it_acts() -> None:
    for task, name in ((trading.tasks.tick, "trading.tasks.tick"), (trading.tasks.sweep, "trading.tasks.sweep")):
        parts = parts_of(task)
        assert parts <= set(TIMED), f"{name} does something by time that no row speaks of"
        tried = {trial for part in parts if isinstance(TIMED[part], set) for trial in TIMED[part]}
        assert tried == JOBS[name]
    assert parts_of(trading.tasks.tick) | parts_of(trading.tasks.sweep) == set(TIMED), "a row whose job is gone"


def every_job() -> set[str]:
    """Periodic tasks, tasks and subscribers, as the house itself lists them."""
    scheduled = {entry["task"] for room in ("exchange", *ROOMS) if find_spec(f"{room}.tasks")
                 for entry in getattr(import_module(f"{room}.tasks"), "SCHEDULE", {}).values()}
    tasks = {name for name in app.tasks if name.partition(".")[0] in ("exchange", *ROOMS)
             and not name.startswith("simulation.faithful.")}  # a run's own, on its own database; no worker of the house knows it
    return scheduled | tasks | set(subscribers())


@covers("A3", "R87")
def test_every_job_of_the_house_says_for_whom_it_acts() -> None:
    assert every_job() == set(JOBS)
    tried = {trial for named in JOBS.values() if isinstance(named, set) for trial in named}
    assert tried == set(TRIALS), "a trial without a job, or a job without its trial"


# ---- the trials --------------------------------------------------------------------------------------------------------------


class Trial(NamedTuple):
    """Whose capability is cut, what runs, and whether the job acted for the party all the same."""

    party: Organization
    capability: str
    run: Callable[[], Any]
    acted: Callable[[], bool]


def opens_a_lot() -> Trial:
    floor.stand_still()
    lot = floor.make_lot()
    floor.move(days=7)
    return Trial(lot.seller, "list", open_due, lambda: Auction.objects.get(pk=lot.pk).status == "open")


def bid_upon() -> tuple[Auction, Any]:
    floor.stand_still()
    buyer = floor.make_buyer()
    lot = floor.open_lot(buyer)
    floor.bid(lot, buyer, 5_000_000)
    return lot, buyer


def awards_to_the_leader() -> Trial:
    lot, buyer = bid_upon()
    floor.move(days=2)
    return Trial(Organization.objects.get(pk=buyer.organization_id), "bid", close_due,
                 lambda: Auction.objects.get(pk=lot.pk).status == "awarded")


def sells_for_the_seller() -> Trial:
    lot, _ = bid_upon()
    floor.move(days=2)
    return Trial(lot.seller, "list", close_due, lambda: Auction.objects.get(pk=lot.pk).status == "awarded")


def lets_a_resting_bid_stand() -> Trial:
    lot, buyer = bid_upon()
    return Trial(Organization.objects.get(pk=buyer.organization_id), "bid", sweep_stopped,
                 lambda: Bidder.objects.get(auction=lot).barred_at is None)


def publishes_at_the_sellers_date() -> Trial:
    seller = supply.make_seller()
    version = supply.submit_listing(version=supply.make_draft(seller), publish_at=seller.clock.now() + timedelta(days=5),
                                    actor=seller.actor, clock=seller.clock)
    supply.desk_decides(version, "approve", seller.clock)
    seller.clock.advance(timedelta(days=6))
    return Trial(seller.organization, "list", lambda: run_deadlines(clock=seller.clock),
                 lambda: Listing.objects.get(pk=version.listing_id).status == "listed")


def puts_back_on_sale() -> Trial:
    from listings.operations import hold_listing

    seller = supply.make_seller()
    listing = supply.make_listed(seller)
    hold_listing(listing=listing, reason_code="rescreen", actor=SYSTEM, at=seller.clock.now(), reason=("复核", "second look"),
                 way_back=("自动", "by itself"), until=seller.clock.now() + timedelta(days=1))
    seller.clock.advance(timedelta(days=2))
    assert Hold.objects.filter(listing=listing, lifted_at__isnull=True).exists()
    return Trial(seller.organization, "list", lambda: run_deadlines(clock=seller.clock),
                 lambda: Listing.objects.get(pk=listing.pk).status == "listed")


def decides_a_sealed_lot() -> Trial:
    floor.stand_still()
    lot, buyers, slips = sealed.sealed_lot("second_price", 15_000, 13_000)
    sealed.end(lot)
    sealed.reveal(lot, buyers[0], slips[0])  # the other stays shut, so that the clock decides
    floor.move(days=3)
    return Trial(Organization.objects.get(pk=buyers[0].organization_id or 0), "bid", decide_due,
                 lambda: Auction.objects.get(pk=lot.pk).status == "awarded")


def _renewing() -> tuple[Subscription, Any]:
    """A subscription whose next period is ordered by the clock now."""
    floor.stand_still()
    one, buyer = subscriptions.subscribed()
    floor.move(days=24)
    return one, buyer


def renews_for_the_subscriber() -> Trial:
    one, buyer = _renewing()
    return Trial(Organization.objects.get(pk=buyer.organization_id or 0), "bid", lambda: renew_due(clock=MARKET_CLOCK),
                 lambda: Subscription.objects.get(pk=one.pk).number == 2)


def renews_for_the_seller() -> Trial:
    one, _buyer = _renewing()
    return Trial(one.listing.organization, "list", lambda: renew_due(clock=MARKET_CLOCK),
                 lambda: Subscription.objects.get(pk=one.pk).number == 2)


TRIALS: dict[str, Callable[[], Trial]] = {
    "decides a sealed lot": decides_a_sealed_lot, "renews for the subscriber": renews_for_the_subscriber,
    "renews for the seller": renews_for_the_seller,
    "opens a lot": opens_a_lot, "awards to the leader": awards_to_the_leader, "sells for the seller": sells_for_the_seller,
    "lets a resting bid stand": lets_a_resting_bid_stand, "publishes at the seller's date": publishes_at_the_sellers_date,
    "puts back on sale": puts_back_on_sale,
}


def cut_by_hold(party: Organization, capability: str) -> None:
    at = min(MARKET_CLOCK.now(), party.created_at + timedelta(days=1)) if party.created_at else MARKET_CLOCK.now()
    hold_capability(organization=party, capability=capability, reason_code="test", reason="核查", actor=SYSTEM, at=at)


def cut_by_document(party: Organization, capability: str) -> None:
    admission = Admission.objects.get(organization=party)
    ProofNeed.objects.create(admission=admission, item="business_licence", capabilities=[capability], needed_from=party.created_at)


def cut_by_term(party: Organization, capability: str) -> None:
    Admission.objects.filter(organization=party).update(effective_to=party.created_at + timedelta(days=1))


def cut_by_standing(party: Organization, capability: str) -> None:
    floor.stand(party, "suspended", "D")


def cut_by_side(party: Organization, capability: str) -> None:
    Organization.objects.filter(pk=party.pk).update(is_venue_affiliate=True)


CUTS = {"a hold": cut_by_hold, "a document's end": cut_by_document, "the admission's end": cut_by_term, "standing": cut_by_standing,
        "the venue's side": cut_by_side}


@covers("A3", "R87", "T21")
@pytest.mark.django_db
@pytest.mark.parametrize("way", CUTS)
@pytest.mark.parametrize("name", TRIALS)
def test_a_job_does_not_act_for_a_party_whose_capability_was_cut_meanwhile(name: str, way: str) -> None:
    trial = TRIALS[name]()
    CUTS[way](trial.party, trial.capability)
    trial.run()
    assert not trial.acted()


@pytest.fixture
def naive_gate(owner_connection: Any) -> Iterator[None]:
    """The mutant: a house whose gate always says yes (as the schema's owner, put back afterwards)."""
    owner_connection.execute("CREATE OR REPLACE FUNCTION participants_may(organization bigint, capability text, at timestamptz) "
                             "RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN ''; END $$")
    yield
    owner_connection.execute((HOUSE / "participants" / "sql" / "may.sql").read_text(encoding="utf-8"))


@covers("A3")
@pytest.mark.django_db
@pytest.mark.parametrize("name", TRIALS)
def test_the_naive_house_acts_all_the_same(name: str, naive_gate: None) -> None:
    trial = TRIALS[name]()
    cut_by_hold(trial.party, trial.capability)
    trial.run()
    assert trial.acted(), "the trial must be able to fail"


@covers("A3", "R87")
@pytest.mark.django_db
@pytest.mark.parametrize("capability", ["list", "bid", "deliver", "withdraw"])
def test_each_capability_is_cut_without_the_others(capability: str) -> None:
    party = make_organization(Role.DATA_MERCHANT, Role.BUYER)
    at = MARKET_CLOCK.now()
    hold_capability(organization=party, capability=capability, reason_code="test", reason="核查", actor=SYSTEM, at=at)
    others = {"list", "bid", "deliver", "withdraw"} - {capability}
    assert may(party, capability, at=at) == "participants.capability.held"
    assert {may(party, one, at=at) for one in others} == {""}
    assert hand_in(party, make_actor(Role.DATA_MERCHANT, organization=party), "mlps"), "papers are handed in all the same"
