"""A deal made off the exchange and filed may be delivered and settled here, by the same operations (R57, R43, F12).

Worked example: a file is sold elsewhere for 20,000 yuan and the deal is filed. Both sides book the service at half a per cent of the
seller's: the buyer pays 20,000 into escrow, fetches and accepts the file; the seller gets 19,700, the venue 100, the public fund 200.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from compliance.models import CreditRecord
from delivery.models import Delivery
from delivery.operations import accept_delivery, deliver
from evidence.clock import MARKET_CLOCK
from evidence.invariants import check_all
from evidence.models import Record
from evidence.operations import drain
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from listings.models import Listing
from participants.models import Notice, Organization
from participants.queries import LOCAL
from participants.roles import Role
from settlement.models import Settlement
from settlement.tasks import move_cycle
from tests.compliance.profiles import clean
from tests.delivery.worlds import SHA256, file_of
from tests.factories import figure, make_actor, venue
from tests.settlement.worlds import frozen
from tests.trading.test_deal_api import get, post
from tests.trading.test_pages import shown, signed_in
from tests.trading.worlds import make_buyer, make_listing, move, seller_of, stand_still
from trading import tasks
from trading.models import Agreement, Trade
from trading.operations import (
    book_services,
    cancel_trade,
    confirm_report,
    decide_report,
    decline_services,
    pay_trade,
    report_trade,
)

pytestmark = pytest.mark.django_db
PRICE = 2_000_000


@pytest.fixture(autouse=True)
def _still(db: None) -> None:
    stand_still()


def recorded(price_fen: int = PRICE, listed: bool = True, **terms: Any) -> tuple[Trade, Actor, Actor]:
    """A deal of a listed file, made elsewhere, filed, confirmed and verified: (it, seller, buyer)."""
    listing = make_listing(**({"sale_mode": "fixed", "price_fen": PRICE, "file_sha256": SHA256, "delivery_mode": "download"} | terms))
    seller, buyer = seller_of(listing), make_buyer()
    report = report_trade(
        seller=listing.organization, buyer=Organization.objects.get(pk=buyer.organization_id), title="人口数据", facts=clean(),
        price_fen=price_fen, traded_on=MARKET_CLOCK.now().astimezone(LOCAL).date() - timedelta(days=1), contract_sha256="a" * 64,
        listing=listing if listed else None, actor=seller, clock=MARKET_CLOCK)
    confirm_report(report=report, actor=buyer, clock=MARKET_CLOCK)
    trade = decide_report(report=report, outcome="verify", reason="材料齐全", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=MARKET_CLOCK)
    assert trade is not None
    drain()
    return trade, seller, buyer


def act(does: Any, trade: Trade, actor: Actor) -> Any:
    return does(trade=Trade.objects.get(pk=trade.pk), actor=actor, clock=MARKET_CLOCK)


def booked(**terms: Any) -> tuple[Trade, Actor, Actor]:
    trade, seller, buyer = recorded(**terms)
    act(book_services, trade, buyer)
    act(book_services, trade, seller)
    return trade, seller, buyer


def now(trade: Trade) -> Trade:
    return Trade.objects.select_related("state", "seller", "buyer", "version", "listing", "venue").get(pk=trade.pk)


def free(owner: str | None) -> int:
    assert owner is not None
    return balance(account(owner, AccountKind.AVAILABLE)).available_fen


def refused(code: str, does: Any, trade: Trade, actor: Actor) -> None:
    with pytest.raises(Rejected) as caught:
        act(does, trade, actor)
    assert caught.value.code == code


@covers("R57", "R43", "F12", "G2")
def test_the_worked_example_is_booked_paid_delivered_accepted_and_settled_and_stays_a_deal_made_elsewhere() -> None:
    trade, seller, buyer = booked()
    held = now(trade)
    assert (held.state.status, held.channel, bool(held.state.due_at)) == ("executed", "off_exchange", True)
    assert (held.deed.status, held.deed.trade_id) == ("in_force", trade.pk)
    before = free(buyer.organization)
    act(pay_trade, trade, buyer)
    assert before - free(buyer.organization) == PRICE, "no fee of the buyer's is scoped to filed deals"
    drain()
    one = Delivery.objects.get(trade=trade)
    earned = free(seller.organization)
    deliver(delivery=one, deposit=file_of(now(trade)), actor=seller, clock=MARKET_CLOCK)
    accept_delivery(delivery=one, actor=buyer, clock=MARKET_CLOCK)
    move_cycle(cycle=frozen(), clock=MARKET_CLOCK)
    settled = Settlement.objects.get(trade=trade)
    assert (settled.status, settled.seller_fee_fen, settled.levy_fen, settled.buyer_fee_fen) == ("settled", 10_000, 20_000, 0)
    assert free(seller.organization) - earned == PRICE - 30_000 - settled.held_fen
    assert now(trade).channel == "off_exchange" and Trade.objects.filter(channel="on_exchange").count() == 0
    assert [(one.id, one.text) for one in check_all().violations if trade.code in one.text] == []


@covers("R57")
def test_one_side_asks_is_told_to_the_other_and_may_take_it_back_and_asking_twice_is_once() -> None:
    trade, seller, buyer = recorded()
    assert act(book_services, trade, buyer).services_asked == "buyer"
    act(book_services, trade, buyer)
    assert Record.objects.filter(subject=trade.code, kind="trading.trade.services_asked").count() == 1
    assert Notice.objects.filter(subject=trade.code, organization_id=seller.organization_id, kind="trading.trade.services").count() == 1
    assert act(decline_services, trade, seller).services_asked == ""
    assert now(trade).state.status == "recorded"
    act(book_services, trade, seller)
    act(book_services, trade, buyer)
    act(book_services, trade, seller)
    assert Agreement.objects.filter(trade=trade).count() == 1


@covers("R57")
def test_what_is_not_paid_here_in_time_goes_back_on_record_and_nobody_is_in_default() -> None:
    trade, _, buyer = booked()
    move(days=14)
    tasks.default_due()
    held = now(trade)
    assert (held.state.status, held.deed.status) == ("recorded", "ended")
    assert not CreditRecord.objects.filter(organization_id=buyer.organization_id).exists()
    refused("trading.services.once", book_services, trade, buyer)
    assert [(one.id, one.text) for one in check_all().violations if trade.code in one.text] == []


@covers("R57")
def test_both_may_give_the_service_up_and_the_deal_stays_on_record() -> None:
    trade, seller, buyer = booked()
    act(cancel_trade, trade, buyer)
    assert act(cancel_trade, trade, seller).status == "recorded"


@covers("R57")
def test_only_what_is_listed_here_at_a_price_in_its_filed_version_is_served() -> None:
    unlisted, _, buyer = recorded(listed=False)
    refused("trading.services.no_object", book_services, unlisted, buyer)
    trade, seller, _ = recorded()
    Listing.objects.filter(pk=trade.listing_id).update(status="suspended")
    with pytest.raises(Rejected) as stopped:
        act(book_services, trade, seller)
    assert stopped.value.code.startswith("listings.")
    refused("participants.object.absent", book_services, trade, make_buyer())


@covers("R57", "G2", "R51")
def test_the_fee_is_the_one_scoped_to_filed_deals_and_as_it_stood_at_the_booking() -> None:
    trade, _, buyer = booked()
    figure(venue(), "fee.service_seller_bps", 400, scope="channel=report")
    figure(venue(), "fee.service_buyer_bps", 100, scope="channel=report", name=("交割服务费（买方）", "Service (buyer)"))
    before = free(buyer.organization)
    act(pay_trade, trade, buyer)
    assert before - free(buyer.organization) == PRICE, "what was booked is what is charged"
    later, _, other = booked()
    before = free(other.organization)
    act(pay_trade, later, other)
    assert before - free(other.organization) == PRICE * 101 // 100


@covers("R57", "CAP-I7")
def test_a_program_and_the_page_book_it() -> None:
    trade, seller, buyer = recorded()
    page = shown(signed_in(buyer), f"/desk/trades/{trade.code}/")
    assert "请求由本所交割" in page and "交割服务费" in page
    told = post(buyer, f"/api/trades/{trade.code}/acts/", {"act": "book_services"})
    assert (told["status"], told["services_asked"]) == ("recorded", "buyer")
    assert "同意由本所交割" in shown(signed_in(seller), f"/desk/trades/{trade.code}/")
    assert signed_in(seller).post(f"/desk/trades/{trade.code}/services/", {"act": "book"}).status_code == 302
    assert get(buyer, f"/api/trades/{trade.code}/")["status"] == "executed"
    stranger = post(make_buyer(), f"/api/trades/{trade.code}/acts/", {"act": "book_services"}, 404)
    assert stranger["code"] == "participants.object.absent"


@covers("R57")
def test_the_database_serves_no_deal_without_its_charges_and_puts_no_filed_deal_into_default() -> None:
    trade, _, _ = recorded()
    served, _, _ = booked()
    for statement, key in (("UPDATE trading_tradestate SET status = 'executed' WHERE trade_id = %s", trade.pk),
                           ("UPDATE trading_tradestate SET status = 'defaulted' WHERE trade_id = %s", served.pk),
                           ("UPDATE trading_tradestate SET status = 'cancelled' WHERE trade_id = %s", served.pk)):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [key])


@covers("F12")
def test_a_filed_deal_that_nobody_booked_waits_for_no_delivery_here() -> None:
    trade, _, _ = recorded()
    assert not Delivery.objects.filter(trade=trade).exists()
