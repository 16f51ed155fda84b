"""Metered periods: the cap is set aside, the uses on record are counted at the end, their charge is settled, the rest goes back.

Worked example: two free fetches, then 100 yuan each, at most 1,000 yuan a month. Five fetches: 300 yuan are settled, 700 go back.
"""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from delivery.access import fetch_file, issue_grant
from delivery.models import AccessGrant, Delivery
from delivery.operations import accept_delivery, deliver, open_delivery
from delivery.queries import counted_uses
from evidence.clock import MARKET_CLOCK
from evidence.invariants import registered
from evidence.models import Record
from exchange.accounting import pack_of
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from settlement import metering
from settlement.metering import bill_of, close_meter, open_meters
from settlement.models import Meter, Settlement
from settlement.operations import refund_trade
from settlement.tasks import move_cycle, run_now
from tests.delivery.worlds import SHA256, file_of
from tests.factories import figure, venue
from tests.settlement.worlds import collected, frozen
from tests.threads import together
from tests.trading.test_pages import shown, signed_in
from tests.trading.test_purchases import buy
from tests.trading.worlds import make_buyer, make_listing, move, seller_of, stand_still
from trading.models import Trade
from trading.tasks import end_agreements

pytestmark = [pytest.mark.django_db]
CAP, EACH = 100_000, 10_000
PLAN = {"months": 1, "base_fen": 0, "free": 2, "bands": [[None, EACH * 1000]]}


@pytest.fixture(autouse=True)
def _still() -> None:
    stand_still()


def running(plan: dict[str, Any] | None = None) -> tuple[Delivery, Actor]:
    """A metered licence bought, delivered and accepted by the real operations."""
    figure(venue(), "delivery.token_uses", 100)
    listing = make_listing(sale_mode="fixed", price_fen=CAP, file_sha256=SHA256, delivery_mode="download",
                           use_terms={"plan": plan or PLAN, "term_days": 31})
    buyer = make_buyer()
    trade = buy(listing, buyer)
    one = open_delivery(trade=trade, actor=SYSTEM, clock=MARKET_CLOCK) or trade.delivery
    deliver(delivery=one, deposit=file_of(trade), actor=seller_of(listing), clock=MARKET_CLOCK)
    accept_delivery(delivery=one, actor=buyer, clock=MARKET_CLOCK)
    return Delivery.objects.select_related("trade__seller", "trade__buyer", "trade__version").get(pk=one.pk), buyer


def fetch(one: Delivery, buyer: Actor, times: int) -> None:
    token = issue_grant(delivery=one, actor=buyer, clock=MARKET_CLOCK).token
    for _ in range(times):
        fetch_file(delivery=one, token=token, actor=buyer, clock=MARKET_CLOCK)


def closed(trade: Trade) -> Meter | None:
    return close_meter(trade=trade, actor=SYSTEM, clock=MARKET_CLOCK)


def money(owner: str, kind: str) -> int:
    return balance(account(owner, kind)).posted_fen


@covers("CAP-E1", "R45", "I7")
def test_the_worked_example_is_counted_returned_and_settled() -> None:
    one, buyer = running()
    before = money(buyer.organization or "", AccountKind.AVAILABLE)
    fetch(one, buyer, 5)
    assert collected() == [], "a running meter has no price yet"
    assert list(open_meters(MARKET_CLOCK.now())) == []
    move(days=31)
    end_agreements()
    assert [trade.pk for trade in open_meters(MARKET_CLOCK.now())] == [one.trade_id]
    meter = closed(one.trade)
    assert meter is not None
    assert (meter.uses, meter.cap_fen, meter.charge_fen, meter.returned_fen) == (5, CAP, 30_000, 70_000)
    assert money(buyer.organization or "", AccountKind.AVAILABLE) == before + 70_000
    assert closed(one.trade) == meter and Record.objects.filter(kind="settlement.meter.closed").count() == 1
    move_cycle(cycle=frozen(), clock=MARKET_CLOCK)
    settled = Settlement.objects.get(trade=one.trade)
    assert (settled.status, settled.price_fen) == ("settled", 30_000)
    assert money(one.trade.code, AccountKind.ESCROW) == 0
    assert [fault for check in registered() if check.id in {"I2", "I6", "I7", "I8", "I9"} for fault in check().check()] == []
    trade = Trade.objects.get(pk=one.trade_id)
    assert pack_of(trade, buying=True).total_fen == 30_000


@covers("CAP-E1", "R51")
def test_the_buyers_fee_falls_with_the_charge() -> None:
    figure(venue(), "fee.match_buyer_bps", 100)
    one, buyer = running()
    assert money(one.trade.code, AccountKind.ESCROW) == 101_000
    fetch(one, buyer, 4)
    move(days=31)
    meter = closed(one.trade)
    assert meter is not None and (meter.charge_fen, meter.returned_fen) == (20_000, 101_000 - 20_200)
    assert money(one.trade.code, AccountKind.ESCROW) == 20_200


@covers("CAP-E1")
@pytest.mark.parametrize(("times", "fen"), [(0, 0), (2, 0), (3, EACH), (12, CAP), (50, CAP)])
def test_free_uses_cost_nothing_and_the_cap_is_never_exceeded(times: int, fen: int) -> None:
    one, buyer = running()
    if times:
        fetch(one, buyer, times)
    move(days=31)
    meter = closed(one.trade)
    assert meter is not None and (meter.charge_fen, meter.returned_fen) == (fen, CAP - fen)


@covers("CAP-E1", "T63")
def test_a_refused_use_is_not_charged_and_none_is_served_after_the_period() -> None:
    from kit.rejected import Rejected

    one, buyer = running()
    fetch(one, buyer, 3)
    token = issue_grant(delivery=one, actor=buyer, clock=MARKET_CLOCK).token
    move(days=31)
    with pytest.raises(Rejected):
        fetch_file(delivery=one, token=token, actor=buyer, clock=MARKET_CLOCK)
    meter = closed(one.trade)
    assert meter is not None and meter.uses == 3


@covers("I8")
def test_an_undone_trade_has_no_bill_and_a_dispute_is_waited_for() -> None:
    one, _ = running()
    move(days=31)
    escrow = account(one.trade.code, AccountKind.ESCROW)
    from evidence.operations import operation

    @operation("settlement.meter.test")
    def disputed(**_: Any) -> Any:
        noted(one.trade)
        return ledger.reserve(account=escrow, amount_fen=CAP, purpose="dispute", subject=one.trade.code, at=MARKET_CLOCK.now())

    disputed()
    assert closed(one.trade) is None and not Meter.objects.exists(), "the money is not free"
    other, _ = running()
    refund_trade(trade=other.trade, cause="test", actor=SYSTEM, clock=MARKET_CLOCK)
    move(days=31)
    assert closed(other.trade) is None and other.trade not in open_meters(MARKET_CLOCK.now())


def noted(trade: Trade) -> None:
    """A fact of some other act, for operations of the test's own."""
    from evidence.operations import record
    from trading.events import PapersNamed

    record(PapersNamed(subject=trade.code, papers_sha256="0" * 64), actor=SYSTEM, at=MARKET_CLOCK.now())


@covers("CAP-E1", "C7")
def test_both_sides_read_the_bill_as_it_grows() -> None:
    one, buyer = running()
    fetch(one, buyer, 4)
    bill = bill_of(Trade.objects.get(pk=one.trade_id))
    assert bill is not None and (bill.uses, bill.due_fen) == (4, 20_000)
    assert "截至目前" in shown(signed_in(buyer), f"/desk/trades/{one.trade.code}/")
    move(days=31)
    run_now(clock=MARKET_CLOCK)
    assert Meter.objects.get(trade=one.trade).uses == 4, "the sweep closes it"
    assert "本期已结清" in shown(signed_in(seller_of(one.trade.listing)), f"/desk/trades/{one.trade.code}/")  # type: ignore[arg-type]


@covers("CAP-E1")
def test_the_database_keeps_a_closed_meter() -> None:
    one, _ = running()
    move(days=31)
    closed(one.trade)
    with pytest.raises(DatabaseError), transaction.atomic():
        Meter.objects.update(charge_fen=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        Meter.objects.all().delete()


# ---- a use in flight -----------------------------------------------------------------------------------------------------------


def a_use_in_flight(one: Delivery) -> list[Any]:
    """The meter closes while a use is counted and not yet committed."""
    move(days=31)
    grant = AccessGrant.objects.filter(delivery=one).order_by("-pk")[0]
    begun = threading.Event()

    def use() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE delivery_accessgrant SET uses = uses + 1 WHERE id = %s", [grant.pk])
            begun.set()
            cursor.execute("SELECT pg_sleep(1)")

    def close() -> Meter | None:
        begun.wait(30)
        return closed(Trade.objects.select_related("seller", "buyer", "version").get(pk=one.trade_id))

    return together([use, close])


@covers("T9", "T63")
@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_a_use_in_flight_is_waited_for_and_charged() -> None:
    stand_still()
    one, buyer = running()
    fetch(one, buyer, 4)
    _, meter = a_use_in_flight(one)
    assert meter.uses == 5 and meter.charge_fen == 30_000


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_counting_without_the_locks_misses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: what is committed is counted, and what is under way is free."""
    stand_still()
    one, buyer = running()
    fetch(one, buyer, 4)
    monkeypatch.setattr(metering, "counted_uses", lambda trade: counted_uses(trade, lock=False))
    _, meter = a_use_in_flight(one)
    assert meter.uses == 4 and AccessGrant.objects.get(delivery=one).uses == 5, "a use that nobody pays for"


@covers("CAP-E1", "R45", "R42", "R49")
def test_calls_by_api_are_charged_as_recorded_however_often_a_request_was_sent() -> None:
    """Worked: two free, then 100 yuan each, at most 1,000. Five calls, each sent twice: 300 yuan settle, 700 go back."""
    from tests.delivery.calls import api_delivered, called, keyed

    one, _seller, buyer = api_delivered(plan=PLAN, term_days=31, purposes=None, price_fen=CAP)
    accept_delivery(delivery=one, actor=buyer, clock=MARKET_CLOCK)
    key = keyed(one, buyer).key
    for request in [f"month-{number:06}" for number in range(5)] * 2:
        called(key, buyer, request, limit=5)
    assert bill_of(one.trade).uses == 5  # type: ignore[union-attr]
    move(days=31)
    end_agreements()
    meter = closed(Trade.objects.get(pk=one.trade_id))
    assert meter is not None and (meter.uses, meter.charge_fen) == (5, 3 * EACH)
