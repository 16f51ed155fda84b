"""Every way to a price asks whether this buyer may have it: admitted to what is closed (R30), cleared where it goes abroad (R64)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from compliance.models import ExportCase
from compliance.operations import open_export, screen_export
from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import AdmittedBuyer, Listing
from listings.operations import admit_buyer, end_buyer
from participants.models import Organization
from participants.roles import OrganizationKind, Role
from tests.compliance.profiles import clean
from tests.factories import make_actor
from tests.listings.worlds import make_deposit
from tests.trading.worlds import bid, first_refused, make_buyer, make_listing, make_lot, move, open_lot, seller_of, stand_still
from trading.gates import of_registering
from trading.models import Auction, Bidder, Trade, TradeReport
from trading.operations import close_auction, confirm_report, decide_report, register_bidder, report_trade
from trading.tasks import sweep_stopped

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
NOT_CLEARED, NOT_ADMITTED = "compliance.export.not_cleared", "listings.whitelist.not_admitted"


def abroad() -> Actor:
    """A buyer registered abroad, admitted and funded."""
    buyer = make_buyer()
    Organization.objects.filter(pk=buyer.organization_id).update(kind=OrganizationKind.FOREIGN)
    return buyer


def cleared(listing: Listing, buyer: Actor) -> ExportCase:
    seller = seller_of(listing)
    case = open_export(exporter=listing.organization, product_code=listing.product.code, recipient=buyer.organization, country="SG",
                       facts=clean(cross_border=True, contains_pi=False), safeguards="合同约定同等保护", actor=seller, clock=MARKET_CLOCK)
    return screen_export(case=case, actor=seller, clock=MARKET_CLOCK)


def over(case: ExportCase) -> None:
    """The clearance has come to its end."""
    ExportCase.objects.filter(pk=case.pk).update(effective_to=MARKET_CLOCK.now())


def closed(**terms: Any) -> Listing:
    listing = make_listing(**{"sale_mode": "fixed", **terms})
    Listing.objects.filter(pk=listing.pk).update(closed=True)
    listing.refresh_from_db()
    return listing


def admitted(listing: Listing, buyer: Actor) -> AdmittedBuyer:
    unit = Organization.objects.get(pk=buyer.organization_id)
    return admit_buyer(listing=listing, organization=unit, issuer="国家安全机关", number="授〔2031〕7 号",
                       document=make_deposit(unit, "permit.pdf"), until=MARKET_CLOCK.now() + timedelta(days=90),
                       actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)


def refused(act: Any) -> str:
    with pytest.raises(Rejected) as no:
        act()
    for language in ("zh", "en"):
        assert (no.value.text("detail", language) and no.value.text("next_step", language)) or no.value.status == 404
        assert "{" not in no.value.text("detail", language)
    return no.value.code


def report(listing: Listing, buyer: Actor, by: Actor) -> TradeReport:
    return report_trade(seller=listing.organization, buyer=Organization.objects.get(pk=buyer.organization_id), title="人员往来记录",
                        facts=clean(), price_fen=100, traded_on=MARKET_CLOCK.now().date(), contract_sha256="a" * 64, listing=listing,
                        actor=by, clock=MARKET_CLOCK)


@covers("R64", "C7")
def test_whoever_registers_from_abroad_has_its_export_cleared_first_and_the_why_page_asks_the_same() -> None:
    buyer, lot = abroad(), make_lot()
    assert refused(lambda: register_bidder(lot=lot, actor=buyer, clock=MARKET_CLOCK)) == NOT_CLEARED
    asked = [gate.refusal.code for gate in of_registering(lot, actor=buyer, at=MARKET_CLOCK.now()) if gate.refusal]
    assert asked == [NOT_CLEARED]
    cleared(lot.listing, buyer)
    assert register_bidder(lot=lot, actor=buyer, clock=MARKET_CLOCK).paddle
    register_bidder(lot=lot, actor=make_buyer(), clock=MARKET_CLOCK)


@covers("R64", "R66")
def test_a_bid_from_abroad_is_refused_once_its_clearance_is_over_and_the_sweep_frees_its_deposit() -> None:
    buyer, listing = abroad(), make_listing()
    case = cleared(listing, buyer)
    lot = open_lot(buyer, listing=listing)
    bid(lot, buyer, 1_000_000)
    over(case)
    assert refused(lambda: bid(lot, buyer, 2_000_000)) == first_refused(lot, buyer, 2_000_000) == NOT_CLEARED
    sweep_stopped(MARKET_CLOCK)
    assert Bidder.objects.get(auction=lot).barred_code == NOT_CLEARED


@covers("R64", "T21")
def test_a_leader_whose_clearance_is_over_at_the_close_is_passed_over() -> None:
    buyer, other, listing = abroad(), make_buyer(), make_listing()
    case = cleared(listing, buyer)
    lot = open_lot(buyer, other, listing=listing)
    bid(lot, other, 1_000_000)
    bid(lot, buyer, 2_000_000)
    over(case)
    move(days=2)
    close_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)
    assert Trade.objects.get(award__auction=lot).buyer_id == other.organization_id


@covers("R30", "R43")
def test_what_is_closed_is_reported_by_its_seller_for_an_admitted_buyer_only_and_does_not_exist_for_anyone_else() -> None:
    listing, buyer = closed(), make_buyer(0)
    assert refused(lambda: report(listing, buyer, seller_of(listing))) == NOT_ADMITTED
    assert refused(lambda: report(listing, buyer, buyer)) == "listings.listing.absent", "it does not learn that it exists"
    admitted(listing, buyer)
    assert report(listing, buyer, buyer).listing_id == listing.pk


@covers("R30", "I19")
def test_a_reported_trade_is_not_signed_once_the_admission_has_ended() -> None:
    listing, buyer = closed(), make_buyer(0)
    one = admitted(listing, buyer)
    told = report(listing, buyer, buyer)
    confirm_report(report=told, actor=seller_of(listing), clock=MARKET_CLOCK)
    end_buyer(admitted=one, reason="授权被撤销", actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    verified = {"report": told, "outcome": "verify", "reason": "材料齐全", "actor": officer, "clock": MARKET_CLOCK}
    assert refused(lambda: decide_report(**verified)) == NOT_ADMITTED
    assert not Trade.objects.exists()


@covers("R64", "R43")
def test_a_trade_reported_with_a_buyer_abroad_asks_for_the_clearance_too() -> None:
    listing, buyer = make_listing(), abroad()
    assert refused(lambda: report(listing, buyer, seller_of(listing))) == NOT_CLEARED
    cleared(listing, buyer)
    assert report(listing, buyer, seller_of(listing)).pk


def naive_trade(lot: Auction, buyer: Actor) -> None:
    """The naive way: whoever asked at the registration has no need to ask again, and writes the trade."""
    version = lot.version
    Trade.objects.create(code="TRD-PASTTHEGAT", venue=lot.venue, channel="on_exchange", basis="purchase", seller=lot.seller,
                         buyer_id=buyer.organization_id, listing=lot.listing, version=version, title=version.title_zh, price_fen=1,
                         agreement={}, agreement_hash="0" * 64, executed_at=MARKET_CLOCK.now())


@covers("R30", "R64", "I16")
def test_the_database_writes_no_trade_past_the_gate() -> None:
    buyer, lot = abroad(), make_lot()
    with pytest.raises(IntegrityError, match=NOT_CLEARED), transaction.atomic():
        naive_trade(lot, buyer)
    Listing.objects.filter(pk=lot.listing_id).update(closed=True)
    with pytest.raises(IntegrityError, match=NOT_ADMITTED), transaction.atomic():
        naive_trade(lot, make_buyer(0))


@covers("R30", "R64")
@pytest.mark.django_db(transaction=True)
def test_without_the_gate_the_naive_way_would_sell_it_abroad(as_superuser: None) -> None:
    stand_still()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE trading_trade DISABLE TRIGGER trading_trade_buyer_may")
    naive_trade(make_lot(), abroad())
    assert Trade.objects.count() == 1
