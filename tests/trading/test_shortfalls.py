"""The lot is auctioned again and whoever did not pay pays the difference (Auction Law 39; competition rules 18; CAP-E10).

Worked example: sold at 21,000 yuan, never paid; the deposit of 1,000 went to the seller. Auctioned again it brings 15,000: 6,000 less.
The venue's fees of both sides on 21,000 are 525. Owed: 6,000 - 1,000 = 5,000 to the seller, 525 to the venue. Had it brought 20,700, the
deposit would cover the 300 and the fees as well; nothing would be owed.
"""

from __future__ import annotations

import random
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from compliance.models import CreditRecord
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from listings.models import Listing
from participants.models import Notice
from participants.queries import venue_organization
from tests.threads import together
from tests.trading.test_pages import shown, signed_in
from tests.trading.worlds import bid, make_buyer, make_lot, move, seller_of
from trading import tasks
from trading.models import Agreement, Auction, Shortfall
from trading.operations import cancel_auction, lapse_agreement, open_auction, pay_trade, register_bidder
from trading.shortfalls import end_due_shortfalls, owed, pay_shortfall

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
YUAN = 100


def sell(lot: Auction, *maxima_yuan: int) -> list[Actor]:
    """Buyers who bid these maxima, the lot closed."""
    buyers = [make_buyer() for _ in maxima_yuan]
    for buyer in buyers:
        register_bidder(lot=lot, actor=buyer, clock=MARKET_CLOCK)
    move(days=7)
    open_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)
    for buyer, maximum in sorted(zip(buyers, maxima_yuan, strict=True), key=lambda pair: pair[1]):
        bid(lot, buyer, maximum * YUAN)
    move(hours=24)
    tasks.close_due()
    return buyers


def defaulted() -> tuple[Shortfall, Auction, Actor]:
    lot = make_lot()
    winner, _ = sell(lot, 50_000, 20_000)
    move(days=14)
    assert tasks.default_due() >= 1
    return Shortfall.objects.get(trade__award__auction=lot), lot, winner


def again(first: Auction, *maxima_yuan: int, **terms: Any) -> Auction:
    """The same listing announced and sold again."""
    lot = make_lot(Listing.objects.get(pk=first.listing_id), **terms)
    sell(lot, *maxima_yuan)
    return lot


def free(owner: str | None) -> int:
    assert owner is not None
    return balance(account(owner, AccountKind.AVAILABLE)).available_fen


@covers("CAP-E10", "R45")
def test_the_worked_example_is_noted_claimed_and_paid() -> None:
    one, first, winner = defaulted()
    assert (one.status, one.first_fen, one.deposit_fen) == ("open", 21_000 * YUAN, 1_000 * YUAN)
    assert CreditRecord.objects.get(organization_id=winner.organization_id).event == "payment_default"
    lot = again(first, 30_000, 14_000)
    one.refresh_from_db()
    assert (one.status, one.resale_id, one.resale_fen) == ("claimed", lot.pk, 15_000 * YUAN)
    assert (one.to_seller_fen, one.to_venue_fen) == (5_000 * YUAN, one.fees_fen)
    assert one.fees_fen == 525 * YUAN and Notice.objects.filter(kind="trading.shortfall.claimed", due_at=one.due_at).count() == 1
    seller, house = first.seller.code, venue_organization(first.venue).code
    before = free(winner.organization), free(seller), balance(account(house, AccountKind.VENUE_FEES)).available_fen
    done = pay_shortfall(shortfall=one, actor=winner, clock=MARKET_CLOCK)
    after = free(winner.organization), free(seller), balance(account(house, AccountKind.VENUE_FEES)).available_fen
    assert done.status == "paid" and [b - a for a, b in zip(before, after, strict=True)] == [-552_500, 500_000, 52_500]
    assert pay_shortfall(shortfall=one, actor=winner, clock=MARKET_CLOCK).ended_at == done.ended_at, "paying twice is paying once"
    told = Record.objects.get(subject=one.code, kind="trading.shortfall.paid").payload
    assert (told["to_seller_fen"], told["to_venue_fen"]) == (500_000, 52_500)


@pytest.mark.parametrize(("resale", "expected"), [(15_000, (5_000, 525)), (20_700, (0, 0)), (20_300, (0, 225)), (20_000, (0, 525)),
                                                  (25_000, (0, 0)), (1, (19_999, 525))])
@covers("CAP-E10")
def test_the_deposit_counts_first_towards_the_difference_then_towards_the_fees(resale: int, expected: tuple[int, int]) -> None:
    assert owed(21_000, 525, 1_000, resale) == expected


@covers("CAP-E10")
def test_nothing_is_created_and_nothing_lost_whatever_the_figures() -> None:
    rnd = random.Random(20261129)
    for _ in range(2_000):
        first, fees, deposit, resale = (rnd.randint(0, most) for most in (10_000, 600, 3_000, 12_000))
        seller, venue = owed(first, fees, deposit, resale)
        lack = max(0, first - resale)
        assert seller + venue == max(0, lack + fees - deposit) and 0 <= seller <= lack and 0 <= venue <= fees


@covers("CAP-E10")
def test_a_second_auction_that_brings_enough_claims_nothing() -> None:
    one, first, _ = defaulted()
    again(first, 40_000, 30_000)
    one.refresh_from_db()
    assert (one.status, one.amount_fen) == ("void", 0)


@covers("CAP-E10")
def test_lower_terms_claim_nothing_and_a_lot_that_is_cancelled_leaves_the_claim_open() -> None:
    one, first, _ = defaulted()
    low = again(first, 9_000, 8_000, start_price_fen=5_000 * YUAN)
    one.refresh_from_db()
    assert low.status and (one.status, one.resale_id) == ("open", None)
    one, first, _ = defaulted()
    lot = make_lot(first.listing)
    one.refresh_from_db()
    assert one.resale_id == lot.pk
    cancel_auction(lot=lot, reason_code="x", reason="撤销", actor=seller_of(first.listing), clock=MARKET_CLOCK)
    again(first, 30_000, 14_000)
    one.refresh_from_db()
    assert (one.status, one.resale_fen) == ("claimed", 15_000 * YUAN)


@covers("CAP-E10")
def test_what_is_not_paid_in_time_counts_in_credit_and_may_still_be_paid() -> None:
    one, first, winner = defaulted()
    again(first, 30_000, 14_000)
    move(days=14)
    assert end_due_shortfalls(clock=MARKET_CLOCK) == 1 and end_due_shortfalls(clock=MARKET_CLOCK) == 0
    one.refresh_from_db()
    assert one.status == "overdue"
    events = CreditRecord.objects.filter(organization_id=winner.organization_id).order_by("at").values_list("event", "source")
    assert list(events) == [("payment_default", one.trade.code), ("payment_default", one.code)]
    assert pay_shortfall(shortfall=one, actor=winner, clock=MARKET_CLOCK).status == "paid"


@covers("CAP-E10")
def test_a_lot_that_is_not_auctioned_again_in_ninety_days_claims_nothing() -> None:
    one, _, winner = defaulted()
    with pytest.raises(Rejected, match="illegal_move"):
        pay_shortfall(shortfall=one, actor=winner, clock=MARKET_CLOCK)
    move(days=91)
    assert end_due_shortfalls(clock=MARKET_CLOCK) == 1
    one.refresh_from_db()
    assert one.status == "void"


@covers("CAP-E10", "F3")
def test_a_seller_who_does_not_sign_the_confirmation_has_a_credit_event() -> None:
    """The buyer paid, which is its signature; the seller's own time passes, and the price goes back (Auction Law 52)."""
    lot = make_lot()
    winner, _ = sell(lot, 50_000, 20_000)
    deed = Agreement.objects.get(trade__award__auction=lot)
    pay_trade(trade=deed.trade, actor=winner, clock=MARKET_CLOCK)
    move(days=21)
    assert lapse_agreement(agreement=deed, actor=SYSTEM, clock=MARKET_CLOCK).status == "lapsed"
    row = CreditRecord.objects.get()
    assert (row.organization_id, row.event, row.source) == (lot.seller_id, "agreement_unsigned", deed.trade.code)
    assert not Shortfall.objects.exists()


@covers("CAP-E10")
def test_the_database_keeps_the_figures_exact() -> None:
    one, first, _ = defaulted()
    again(first, 30_000, 14_000)
    for change in ({"to_seller_fen": 499_999}, {"to_venue_fen": 0}, {"first_fen": 1}, {"status": "open"}, {"due_at": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Shortfall.objects.filter(pk=one.pk).update(**change)


@covers("CAP-E10", "CAP-E13")
def test_both_sides_read_it_at_their_desks_and_the_defaulter_pays_there() -> None:
    one, first, winner = defaulted()
    page = shown(signed_in(seller_of(first.listing)), "/desk/shortfalls/")
    assert one.code in page and "再次公告" in page
    again(first, 30_000, 14_000)
    client = signed_in(winner)
    assert "付清 ¥5,525" in shown(client, "/desk/shortfalls/")
    assert signed_in(make_buyer()).post(f"/desk/shortfalls/{one.code}/").status_code == 404
    assert client.post(f"/desk/shortfalls/{one.code}/").status_code == 302
    assert "已补足" in shown(client, "/desk/shortfalls/")


@covers("CAP-E10")
@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_paid_by_many_at_once_is_paid_once() -> None:
    one, first, winner = defaulted()
    again(first, 30_000, 14_000)
    before = free(winner.organization)
    answers = together([partial(lambda: pay_shortfall(shortfall=one, actor=winner, clock=MARKET_CLOCK).status)] * 4)
    assert answers == ["paid"] * 4 and before - free(winner.organization) == 552_500


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_control_who_looks_before_the_lock_would_pay_four_times() -> None:
    """The naive payment reads the state, and locks the row only to write."""
    one, first, _ = defaulted()
    again(first, 30_000, 14_000)
    barrier = Barrier(4)

    def naive() -> str:
        with transaction.atomic(), connection.cursor() as cursor:
            status = Shortfall.objects.get(pk=one.pk).status
            barrier.wait()
            cursor.execute("SELECT 1 FROM trading_shortfall WHERE id = %s FOR UPDATE", [one.pk])
            return "pays" if status == "claimed" else "paid already"

    assert together([naive] * 4) == ["pays"] * 4
