"""T5: every mutating endpoint of the API, fifty times under one key, five of them at once: one effect, one answer, for ever."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from compliance.models import Filing
from delivery.cleanroom.holding import register_runner_key
from delivery.models import ComputeJob, RoomQuery, ServiceCall
from evidence.clock import MARKET_CLOCK, set_market_clock
from kit.actors import Actor
from kit.coverage import covers
from listings.models import ShareAgreement
from listings.operations import propose_shares
from listings.sharing import Line
from participants.actors import actor_of
from participants.models import Organization
from participants.roles import Role
from settlement.models import Payout
from simulation.models import Experiment
from simulation.wide.arms import Plan
from tests.compliance.profiles import clean
from tests.delivery.computing import answer_of, computed_listing, holder_of, ordered
from tests.delivery.rooms import question, sold
from tests.delivery.services import verifying
from tests.delivery.worlds import buyer_of
from tests.delivery.worlds import make_listing as unshared
from tests.exchange.test_api_fuzz import UNLIMITED, operations
from tests.exchange.worlds import signed_in
from tests.factories import make_organization, make_user
from tests.simulation.experiments.worlds import drafted
from tests.threads import in_threads
from tests.trading.barters import World as BarterWorld
from tests.trading.barters import proposed
from tests.trading.deals import asked, bargain, closed, negotiable, quoted
from tests.trading.test_hybrid import opened
from tests.trading.test_reports import declared_seller, reported, returned
from tests.trading.test_shortfalls import again, defaulted
from tests.trading.test_subscriptions import monthly, subscribed
from tests.trading.worlds import START, bid, free_use, make_buyer, make_listing, make_lot, move, open_lot, seller_of
from trading import tasks
from trading.auctions.bargain import Terms
from trading.carting import put_in_cart
from trading.frameworks import Item, offer_framework, settle_offer
from trading.models import (
    Agreement,
    Auction,
    Barter,
    BarterLeg,
    Bid,
    Bidder,
    CallOff,
    CartLine,
    Framework,
    Negotiation,
    PublicUse,
    Quote,
    Reveal,
    Rfq,
    SealedBid,
    Shortfall,
    Subscription,
    Trade,
    TradeReport,
    TradeState,
)
from trading.operations import accept_offer, buy_listing, seal_bid
from trading.sealing import new_slip

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]
KEY = "press-twice-000001"


@pytest.fixture(autouse=True)
def _no_limit(settings: Any) -> None:
    """The limit has its own tests; here a quick machine would meet it, since accounts of one number count together within a minute."""
    for name, count in UNLIMITED.items():
        setattr(settings, name, count)


@dataclass
class Press:
    """One mutating call: who makes it, where, with what, and how its effects are counted."""

    actor: Actor
    path: str
    body: dict[str, Any]
    effects: Callable[[], int]
    answered: int = 201


def placing_a_bid() -> Press:
    buyer = make_buyer()
    lot = open_lot(buyer)
    return Press(buyer, f"/api/lots/{lot.code}/bids/", {"maximum_fen": lot.start_price_fen}, Bid.objects.count)


def registering() -> Press:
    lot = make_lot()
    return Press(make_buyer(), f"/api/lots/{lot.code}/bidders/", {}, Bidder.objects.count)


def paying() -> Press:
    buyer = make_buyer()
    lot = open_lot(buyer)
    bid(lot, buyer, 5_000_000)
    move(hours=24)
    tasks.close_due()
    return Press(buyer, f"/api/trades/{Trade.objects.get().code}/pay/", {}, TradeState.objects.filter(status="funded").count, 200)


def sealing() -> Press:
    buyer = make_buyer()
    lot = open_lot(buyer, format="first_price")
    return Press(buyer, f"/api/lots/{lot.code}/seals/", {"commitment": "ab" * 32}, SealedBid.objects.count)


def opening_a_bid() -> Press:
    """Two bidders, so that the lot waits for the other and opening is all that happens."""
    buyer, other = make_buyer(), make_buyer()
    lot = open_lot(buyer, other, format="first_price")
    slip = new_slip(lot.code, 2_000_000)
    for one, seal in ((buyer, slip.commitment), (other, "cd" * 32)):
        seal_bid(lot=lot, commitment=seal, actor=one, clock=MARKET_CLOCK)
    move(hours=24)
    tasks.close_due()
    return Press(buyer, f"/api/lots/{lot.code}/reveals/", {"amount_fen": slip.amount_fen, "salt": slip.salt.hex()}, Reveal.objects.count)


def taking_a_price() -> Press:
    buyer = make_buyer()
    lot = open_lot(buyer, listing=make_listing(auction_terms={"format": "dutch", "floor_fen": 900_000}))
    return Press(buyer, f"/api/lots/{lot.code}/takes/", {"at_most_fen": lot.start_price_fen}, Trade.objects.count)


def bidding_best() -> Press:
    """The taker's one best bid: at the highest sealed amount it has the lot."""
    lot, taker, _others, _slips = opened(10_500)
    return Press(taker, f"/api/lots/{lot.code}/best-bids/", {"amount_fen": 1_050_000}, Trade.objects.count)


def buying() -> Press:
    listing = make_listing(sale_mode="fixed", price_fen=800_000)
    assert listing.version is not None
    return Press(make_buyer(), f"/api/listings/{listing.code}/purchases/", {"version": listing.version.code, "total_fen": 800_000},
                 Trade.objects.count)


def putting_in_a_cart() -> Press:
    listing = make_listing(sale_mode="fixed", price_fen=800_000)
    return Press(make_buyer(), "/api/cart/lines/", {"listing": listing.code}, CartLine.objects.count)


def ordering_a_cart() -> Press:
    buyer = make_buyer()
    line = put_in_cart(listing=make_listing(sale_mode="fixed", price_fen=800_000), actor=buyer, clock=MARKET_CLOCK)
    return Press(buyer, "/api/cart/orders/", {"cart": line.cart.code, "total_fen": 800_000}, Trade.objects.count)


def negotiating() -> Press:
    return Press(make_buyer(), "/api/negotiations/", {"listing": negotiable().code, "price_fen": 700_000}, Negotiation.objects.count)


def answering_an_offer() -> Press:
    one, seller, _buyer = bargain()
    return Press(seller, f"/api/negotiations/{one.code}/answers/", {"act": "accept", "seen": 1}, Trade.objects.count)


def bartering() -> Press:
    world = BarterWorld()
    body = {"gives_listing": world.gives.code, "gets_listing": world.gets.code, "gives": {"value_fen": 700_000},
            "gets": {"value_fen": 700_000}, "difference": "none"}
    return Press(world.one, "/api/barters/", body, Barter.objects.count)


def answering_a_barter() -> Press:
    one, world = proposed()
    return Press(world.two, f"/api/barters/{one.code}/answers/", {"act": "accept", "seen": 1},
                 BarterLeg.objects.filter(side="proposer").count)


def proposing_shares() -> Press:
    listing, other = unshared(), make_organization()
    parties = [{"party": listing.organization.code, "part": "source", "weight": 3},
               {"party": other.code, "part": "processing", "weight": 1}]
    return Press(seller_of(listing), "/api/share-agreements/", {"listing": listing.code, "parties": parties, "period_months": 3},
                 ShareAgreement.objects.count)


def signing_shares() -> Press:
    listing, partner = unshared(), make_organization()
    one = propose_shares(version=listing.version, lines=[Line(listing.organization, "source", 3), Line(partner, "processing", 1)],
                         actor=seller_of(listing), clock=MARKET_CLOCK)
    return Press(actor_of(make_user(Role.DATA_MERCHANT, organization=partner)), f"/api/share-agreements/{one.code}/answers/",
                 {"act": "sign", "content_hash": one.content_hash}, ShareAgreement.objects.filter(status="in_force").count)


def asking_for_quotes() -> Press:
    body = {"title": "航迹", "need": "逐日航迹", "purpose": "industry", "closes_at": (MARKET_CLOCK.now() + timedelta(days=2)).isoformat()}
    return Press(make_buyer(), "/api/demands/", body, Rfq.objects.count)


def quoting() -> Press:
    listing = negotiable()
    return Press(seller_of(listing), f"/api/demands/{asked()[0].code}/quotes/", {"listing": listing.code, "price_fen": 700_000},
                 Quote.objects.count)


def awarding() -> Press:
    rfq, buyer = asked()
    quote, _seller = quoted(rfq)
    closed(rfq)
    return Press(buyer, f"/api/demands/{rfq.code}/award/", {"quote": quote.code}, Trade.objects.count)


def another_round() -> Press:
    rfq, buyer = asked()
    quoted(rfq)
    closed(rfq)
    body = {"closes_at": (MARKET_CLOCK.now() + timedelta(days=2)).isoformat(), "target_fen": 600_000}
    return Press(buyer, f"/api/demands/{rfq.code}/rounds/", body, Rfq.objects.filter(round=2).count)


def ending_a_demand() -> Press:
    rfq, buyer = asked()
    return Press(buyer, f"/api/demands/{rfq.code}/end/", {"act": "cancel", "reason": "需求变化"},
                 Rfq.objects.filter(status="cancelled").count)


def taking_a_quote_back() -> Press:
    rfq, _buyer = asked()
    quote, seller = quoted(rfq)
    return Press(seller, f"/api/demands/{rfq.code}/quotes/{quote.code}/withdraw/", {}, Quote.objects.filter(status="withdrawn").count)


def answering() -> Press:
    listing = computed_listing()
    job, holder = ordered(listing), holder_of(listing)
    found = answer_of(job)
    return Press(holder, f"/api/compute/jobs/{job.code}/answer/", {"rows": found.rows, "trace": found.trace},
                 ComputeJob.objects.filter(status="done").count, 200)


def taking_a_job() -> Press:
    listing = computed_listing()
    job, holder = ordered(listing), holder_of(listing)
    register_runner_key(organization=listing.organization, key="ab" * 32, actor=holder, clock=MARKET_CLOCK)
    return Press(holder, f"/api/compute/jobs/{job.code}/take/", {}, ComputeJob.objects.filter(status="queued").count, 200)


def calling_a_service() -> Press:
    one = verifying()
    return Press(buyer_of(one.trade), f"/api/deliveries/{one.code}/calls/", {
        "inputs": {"手机号": "13900000001"}, "subject": "甲1", "purpose": "贷前核验",
        "basis": "授权书 2031-1"}, ServiceCall.objects.count, 200)


def asking_a_room() -> Press:
    one = sold()
    return Press(buyer_of(one.trade), f"/api/deliveries/{one.code}/queries/", {"question": question(), "epsilon_micro": 100_000},
                 RoomQuery.objects.count, 202)


def taking_money_out() -> Press:
    buyer = make_buyer()
    return Press(buyer, "/api/payouts/", {"amount_fen": 100, "to_account": "6222020200112345"}, Payout.objects.count)


def asking_the_laboratory() -> Press:
    body = {"title": "费率", "scenario": "baseline", "agents": 160, "days": 2, "seed": 1, "replications": 2, "arms": [{}, {"fee_bps": 900}]}
    return Press(actor_of(make_user(Role.RESEARCHER)), "/api/experiments/", body, Experiment.objects.count)


def starting_an_experiment() -> Press:
    who = actor_of(make_user(Role.RESEARCHER))
    one = drafted(Plan("baseline", ({}, {"fee_bps": 900}), agents=160, days=2, seed=1, replications=2), actor=who)
    return Press(who, f"/api/experiments/{one.code}/acts/", {"act": "start"}, Experiment.objects.filter(status="running").count, 200)


def announcing() -> Press:
    listing = make_listing()
    opens = MARKET_CLOCK.now() + timedelta(days=8)
    body = {"listing": listing.code, "opens_at": opens.isoformat(), "closes_at": (opens + timedelta(hours=2)).isoformat()}
    return Press(seller_of(listing), "/api/lots/", body, Auction.objects.count)


def cancelling_a_lot() -> Press:
    lot = make_lot()
    return Press(seller_of(lot.listing), f"/api/lots/{lot.code}/acts/", {"act": "cancel", "reason": "材料有误"},
                 Auction.objects.filter(status="cancelled").count)


def _licensed(**use: Any) -> tuple[Trade, Actor]:
    listing, buyer = make_listing(sale_mode="fixed", price_fen=800_000, use_terms=use), make_buyer()
    assert listing.version is not None
    return buy_listing(listing=listing, version=listing.version.code, total_fen=800_000, actor=buyer, clock=MARKET_CLOCK), buyer


def cancelling_a_trade() -> Press:
    buyer = make_buyer()
    lot = open_lot(buyer)
    bid(lot, buyer, 2_000_000)
    move(hours=24)
    tasks.close_due()
    trade = Trade.objects.get(award__auction=lot)
    return Press(buyer, f"/api/trades/{trade.code}/acts/", {"act": "cancel", "reason": "预算被削减"},
                 TradeState.objects.filter(cancel_asked_by__isnull=False).count)


def subscribing() -> Press:
    listing = monthly()
    assert listing.version is not None
    return Press(make_buyer(), "/api/subscriptions/", {"listing": listing.code, "version": listing.version.code,
                                                       "total_fen": listing.version.price_fen}, Subscription.objects.count)


def ending_a_subscription() -> Press:
    listing, buyer = monthly(), make_buyer()
    made, _ = subscribed(buyer, listing)
    return Press(buyer, f"/api/subscriptions/{made.code}/acts/", {"act": "cancel"}, Subscription.objects.filter(status="ending").count)


def paying_a_difference() -> Press:
    one, first, winner = defaulted()
    again(first, 30_000, 14_000)
    return Press(winner, f"/api/shortfalls/{one.code}/pay/", {}, Shortfall.objects.filter(status="paid").count)


def reporting_a_free_use() -> Press:
    one, seller, buyer = bargain()
    trade = accept_offer(negotiation=one, seen=1, actor=seller, clock=MARKET_CLOCK).trade
    assert trade is not None
    return Press(buyer, f"/api/public-uses/{free_use(trade).code}/reports/",
                 {"report": "用于公交线网优化，据此调整二十条线路，平均候车减少两分钟；未再提供。"},
                 PublicUse.objects.filter(status="filed").count)


def giving_notice() -> Press:
    trade, buyer = _licensed()
    return Press(buyer, f"/api/agreements/{trade.deed.code}/acts/", {"act": "give_notice", "ground": "breach", "reason": "数据停更"},
                 Agreement.objects.filter(status="terminating").count)


def renewing() -> Press:
    trade, buyer = _licensed(term_days=30)
    move(days=20)
    return Press(buyer, f"/api/agreements/{trade.deed.code}/renewals/", {"version": trade.version.code, "total_fen": 800_000},
                 Agreement.objects.filter(renews__isnull=False).count)


def reporting_a_trade() -> Press:
    seller = Organization.objects.get(pk=declared_seller().organization_id)
    body = {"side": "buyer", "counterparty": seller.code, "title": "充电桩利用率数据", "price_fen": 1_000,
            "traded_on": MARKET_CLOCK.now().date().isoformat(), "contract_sha256": "a" * 64,
            "facts": {name: str(value) if isinstance(value, float) else value for name, value in clean().items()}}
    return Press(make_buyer(), "/api/reports/", body, TradeReport.objects.count)


def mending_a_report() -> Press:
    report, filing, seller, _buyer = returned()
    body = {"title": report.title, "price_fen": 1_000, "traded_on": report.traded_on.isoformat(), "contract_sha256": report.contract_sha256,
            "facts": {name: str(value) if isinstance(value, float) else value for name, value in report.profile.items()}}
    return Press(seller, f"/api/reports/{report.code}/mends/", body, TradeReport.objects.filter(filing=filing.code, edition=2).count)


def confirming_a_report() -> Press:
    report, _seller, buyer = reported()
    return Press(buyer, f"/api/reports/{report.code}/acts/", {"act": "confirm"}, Filing.objects.filter(status="confirmed").count)


def offering_a_framework() -> Press:
    listing = negotiable()
    body = {"items": [{"listing": listing.code, "price_fen": 500_000}], "ceiling_fen": 5_000_000,
            "effective_to": (MARKET_CLOCK.now() + timedelta(days=300)).isoformat()}
    return Press(make_buyer(), "/api/frameworks/", body, Framework.objects.count)


def _framework() -> tuple[Framework, Actor, Actor]:
    listing, buyer = negotiable(), make_buyer()
    one = offer_framework(items=[Item(listing, Terms(500_000))], ceiling_fen=5_000_000,
                          effective_to=MARKET_CLOCK.now() + timedelta(days=300), actor=buyer, clock=MARKET_CLOCK)
    return one, seller_of(listing), buyer


def accepting_a_framework() -> Press:
    one, seller, _buyer = _framework()
    return Press(seller, f"/api/frameworks/{one.code}/acts/", {"act": "accept"}, Framework.objects.filter(status="in_force").count)


def calling_off() -> Press:
    one, seller, buyer = _framework()
    settle_offer(framework=one, act="accept", actor=seller, clock=MARKET_CLOCK)
    return Press(buyer, f"/api/frameworks/{one.code}/orders/", {"number": 1, "drawn_fen": 0}, CallOff.objects.count)


ENDPOINTS: dict[tuple[str, str], Callable[[], Press]] = {
    ("post", "/api/lots/{code}/bids/"): placing_a_bid, ("post", "/api/lots/{code}/bidders/"): registering,
    ("post", "/api/trades/{code}/pay/"): paying, ("post", "/api/lots/{code}/seals/"): sealing,
    ("post", "/api/lots/{code}/best-bids/"): bidding_best,
    ("post", "/api/lots/{code}/reveals/"): opening_a_bid, ("post", "/api/lots/{code}/takes/"): taking_a_price,
    ("post", "/api/listings/{code}/purchases/"): buying,
    ("post", "/api/trades/{code}/acts/"): cancelling_a_trade, ("post", "/api/shortfalls/{code}/pay/"): paying_a_difference,
    ("post", "/api/subscriptions/"): subscribing, ("post", "/api/subscriptions/{code}/acts/"): ending_a_subscription,
    ("post", "/api/public-uses/{code}/reports/"): reporting_a_free_use,
    ("post", "/api/lots/"): announcing, ("post", "/api/lots/{code}/acts/"): cancelling_a_lot,
    ("post", "/api/agreements/{code}/acts/"): giving_notice, ("post", "/api/agreements/{code}/renewals/"): renewing,
    ("post", "/api/reports/"): reporting_a_trade, ("post", "/api/reports/{code}/acts/"): confirming_a_report,
    ("post", "/api/reports/{code}/mends/"): mending_a_report,
    ("post", "/api/frameworks/"): offering_a_framework, ("post", "/api/frameworks/{code}/acts/"): accepting_a_framework,
    ("post", "/api/frameworks/{code}/orders/"): calling_off,
    ("post", "/api/cart/lines/"): putting_in_a_cart, ("post", "/api/cart/orders/"): ordering_a_cart,
    ("post", "/api/barters/"): bartering, ("post", "/api/barters/{code}/answers/"): answering_a_barter,
    ("post", "/api/payouts/"): taking_money_out,
    ("post", "/api/share-agreements/"): proposing_shares, ("post", "/api/share-agreements/{code}/answers/"): signing_shares,
    ("post", "/api/negotiations/"): negotiating, ("post", "/api/negotiations/{code}/answers/"): answering_an_offer,
    ("post", "/api/demands/"): asking_for_quotes, ("post", "/api/demands/{code}/quotes/"): quoting,
    ("post", "/api/demands/{code}/award/"): awarding, ("post", "/api/demands/{code}/rounds/"): another_round,
    ("post", "/api/demands/{code}/end/"): ending_a_demand,
    ("post", "/api/demands/{code}/quotes/{quote}/withdraw/"): taking_a_quote_back,
    ("post", "/api/compute/jobs/{code}/take/"): taking_a_job, ("post", "/api/deliveries/{code}/calls/"): calling_a_service,
    ("post", "/api/compute/jobs/{code}/answer/"): answering, ("post", "/api/deliveries/{code}/queries/"): asking_a_room,
    ("post", "/api/experiments/"): asking_the_laboratory, ("post", "/api/experiments/{code}/acts/"): starting_an_experiment,
}


def press(client: Client, call: Press, key: str = KEY, **more: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(call.path, json.dumps({**call.body, **more}), content_type="application/json", headers=headers)


@covers("T5")
def test_no_mutating_endpoint_is_forgotten() -> None:
    assert {(method, path) for method, path in operations() if method != "get"} == set(ENDPOINTS)


def faults_of(call: Press) -> Iterator[str]:
    """Presses five times at once and forty-five times after, and yields where it was not one effect and one answer."""
    browser = signed_in(call.actor)
    clients = [signed_in(call.actor) for _ in range(5)]
    at_once = in_threads(5, lambda n: press(clients[n], call))
    told = {reply.content for reply in at_once if reply.status_code == call.answered}
    if len(told) != 1:
        yield f"{len(told)} answers at once: {[(reply.status_code, reply.content) for reply in at_once]}"
    for reply in at_once:
        if reply.status_code != call.answered and (reply.status_code, reply.json().get("code")) != (409, "evidence.command.running"):
            yield f"at once: {reply.status_code} {reply.json().get('code')}"
    for _ in range(45):
        again = press(browser, call)
        if (again.status_code, again.get("Idempotency-Replayed")) != (call.answered, "true") or again.content not in told:
            yield f"pressed again: {again.status_code}"
    if call.effects() != 1:
        yield f"{call.effects()} effects"
    other = press(browser, call, note="another body")
    if (other.status_code, other.json().get("code")) != (422, "evidence.command.key_reused"):
        yield f"another body under the key: {other.status_code}"
    if press(browser, call, key="").json().get("code") != "exchange.request.key_missing":
        yield "no key is asked for"
    stranger = press(signed_in(make_buyer()), call)
    if "Idempotency-Replayed" in stranger or stranger.content in told:
        yield "a key belongs to its actor"
    set_market_clock(MARKET_CLOCK.now() + timedelta(days=400), 0)
    late = press(browser, call)
    if late.status_code != call.answered or late.content not in told:
        yield f"a key never grows old, and this one answers {late.status_code}"


@covers("T5", "T4", "I22")
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda pair: pair[1])
def test_fifty_presses_of_one_key_have_one_effect_and_one_answer(endpoint: tuple[str, str]) -> None:
    set_market_clock(START, 0)
    assert list(faults_of(ENDPOINTS[endpoint]())) == []


@covers("T5")
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda pair: pair[1])
def test_an_endpoint_that_does_not_look_at_its_key_is_noticed(endpoint: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: the same handler without ``@idempotent``. The row's own uniqueness holds the effect; the answers differ."""
    set_market_clock(START, 0)
    call = ENDPOINTS[endpoint]()
    view: Any = resolve(call.path).func
    monkeypatch.setattr(view.cls, "post", view.cls.post.__wrapped__)
    found = list(faults_of(call))
    assert "no key is asked for" in found and any(one.startswith("pressed again") for one in found), found
