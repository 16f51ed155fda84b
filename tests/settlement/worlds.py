"""Accepted trades for settling: one by the real operations, or many at once as rows for the big runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from delivery.models import Delivery
from delivery.operations import accept_delivery
from evidence.clock import MARKET_CLOCK
from evidence.models import Deposit
from kit.actors import SYSTEM, Actor
from kit.ids import new_code
from ledger.accounts import AccountKind
from ledger.operations import Leg, account, transfer_batch
from listings.models import Listing
from participants.actors import actor_of
from participants.models import Organization, Venue
from participants.roles import Role
from settlement.collecting import collect_accepted
from settlement.models import Settlement, SettlementCycle
from settlement.operations import freeze_cycle, open_cycle
from tests.delivery.worlds import SHA256, buyer_of, delivered, make_listing
from tests.factories import make_organization, make_user, venue
from tests.ledger.books import acting
from trading.models import Trade, TradeState


def operator() -> Actor:
    return actor_of(make_user(Role.VENUE_OPERATOR))


def accepted(*, price_fen: int = 1_000_000, contributors: dict[Organization, int] | None = None,
             seller: Organization | None = None) -> Trade:
    """A trade paid, delivered and accepted by the real operations."""
    one = delivered(price_fen=price_fen, listing=make_listing(seller, contributors=contributors))
    accept_delivery(delivery=one, actor=buyer_of(one.trade), clock=MARKET_CLOCK)
    return one.trade


def many_accepted(count: int, *, prices: Sequence[int] = (1_234_567, 99_999, 10_000_001),
                  weights: Sequence[Sequence[int]] = ((5, 3, 2), (1,), (7, 1), (1, 1, 1), (4, 6)),
                  agreement: dict[str, str] | None = None) -> list[Trade]:
    """``count`` accepted trades as rows, their prices in escrow; for runs of hundreds. A listing per row of weights."""
    at, house = MARKET_CLOCK.now(), venue()
    listings = [_shared_listing(each) for each in weights]
    sellers = len(listings)
    buyer = make_organization(Role.BUYER)
    trades = Trade.objects.bulk_create([
        _trade(house, listings[n % sellers], buyer, prices[n % len(prices)], at, agreement) for n in range(count)])
    TradeState.objects.bulk_create([TradeState(trade=trade, status="executed") for trade in trades])
    TradeState.objects.filter(trade__in=trades).update(status="funded", funded_at=at)
    with acting():
        outside = account("BANK", AccountKind.BANK)
        escrows = {trade.code: account(trade.code, AccountKind.ESCROW) for trade in trades}
        paid = [(trade.code, [Leg(outside, -trade.price_fen), Leg(escrows[trade.code], trade.price_fen)])
                for trade in trades if trade.price_fen]
        if paid:
            transfer_batch(kind="trade_payment", at=at, batch=paid)
    file = Deposit.objects.create(sha256=SHA256, size=1, media_type="text/csv", name="a.csv", storage_name="a", owner="ORG", at=at)
    rows = Delivery.objects.bulk_create([
        Delivery(code=new_code("DLV"), trade=trade, seller=trade.seller, buyer=buyer, version=trade.version, expected_sha256=SHA256,
                 opened_at=at) for trade in trades])
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(status="delivered", deposit=file, delivered_at=at, attempts=1)
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(status="accepted", ended_at=at)
    return trades


def _shared_listing(weights: Sequence[int]) -> Listing:
    """The first weight is the seller's."""
    parties = [make_organization() for _ in weights]
    return make_listing(parties[0], contributors=dict(zip(parties, weights, strict=True)))


def _trade(house: Venue, listing: Listing, buyer: Organization, price_fen: int, at: datetime, agreement: dict[str, str] | None = None
           ) -> Trade:
    return Trade(code=new_code("TRD"), venue=house, channel="on_exchange", basis="purchase", seller=listing.organization, buyer=buyer,
                 listing=listing, version=listing.version, title="x", price_fen=price_fen, agreement=agreement or {},
                 agreement_hash="2" * 64, executed_at=at - timedelta(days=1))


def collected() -> list[Settlement]:
    collect_accepted(venue=venue(), actor=SYSTEM, clock=MARKET_CLOCK)
    return list(Settlement.objects.filter(cycle__isnull=True).order_by("id"))


def frozen(most: int | None = None) -> SettlementCycle:
    """A frozen cycle over what is accepted."""
    collected()
    cycle = open_cycle(venue=venue(), actor=SYSTEM, clock=MARKET_CLOCK)
    return freeze_cycle(cycle=cycle, actor=SYSTEM, clock=MARKET_CLOCK, most=most)
