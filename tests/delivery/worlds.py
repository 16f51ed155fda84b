"""Small handovers for tests: a file registered with a listing, a trade of it, paid or not, delivered or not."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime, timedelta
from typing import Any

from delivery.access import issue_grant
from delivery.models import Delivery
from delivery.operations import deliver, open_delivery
from evidence.clock import MARKET_CLOCK, set_market_clock
from evidence.files import deposit
from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.ids import new_code
from ledger.operations import fund
from listings.models import Contributor, Listing, ListingVersion
from participants.actors import actor_of
from participants.models import Organization
from participants.roles import Role
from tests.factories import make_organization, make_user
from tests.listings.worlds import make_product
from trading.books import sha256_of
from trading.events import TradeExecuted
from trading.models import Trade, TradeState
from trading.operations import pay_trade

FILE = "城市,人口\n上海,24870895\n深圳,17560061\n".encode()
START = datetime(2031, 3, 3, 2, 0, tzinfo=UTC)
SHA256 = hashlib.sha256(FILE).hexdigest()


def stand_still(at: datetime = START) -> None:
    """The market clock stands at ``at`` until it is set again (tests run years ahead, so that it never has to go back)."""
    set_market_clock(at, 0)


def move(**by: float) -> datetime:
    at = MARKET_CLOCK.now() + timedelta(**by)
    set_market_clock(at, 0)
    return at


def make_listing(seller: Organization | None = None, *, contributors: dict[Organization, int] | None = None) -> Listing:
    """A product offered with a registered file; how it came to be listed is the tests' of listings."""
    at, product = MARKET_CLOCK.now(), make_product(seller or make_organization())
    listing = Listing.objects.create(code=new_code("LST"), venue=product.organization.venue, organization=product.organization,
                                     product=product, created_at=at)
    version = ListingVersion.objects.create(
        code=new_code("LSV"), organization=product.organization, listing=listing, number=1, title_zh=product.title_zh,
        file_sha256=SHA256, delivery_mode="download", created_at=at, updated_at=at)
    for organization, weight in (contributors or {}).items():
        Contributor.objects.create(version=version, organization=organization, weight=weight)
    Listing.objects.filter(pk=listing.pk).update(version=version)
    listing.version = version
    return listing


def make_buyer(fen: int = 10_000_000_000) -> Actor:
    """A buyer admitted, signed in and funded."""
    actor = actor_of(make_user(Role.BUYER, organization=make_organization(Role.BUYER)))
    fund(organization=actor.organization, amount_fen=fen, reference=new_code("FND"), actor=SYSTEM, clock=MARKET_CLOCK)
    return actor


def seller_of(listing: Listing) -> Actor:
    return actor_of(make_user(Role.DATA_MERCHANT, organization=listing.organization))


@operation("test.trade.write")
def _write_trade(*, listing: Listing, buyer: Actor, price_fen: int, seats: int | None, actor: Actor) -> Trade:
    at = MARKET_CLOCK.now()
    agreement: dict[str, Any] = {"price_fen": price_fen, **({"object": {"use_terms": {"seats": seats}}} if seats else {})}
    trade = Trade.objects.create(
        code=new_code("TRD"), venue=listing.venue, channel="on_exchange", basis="purchase", seller=listing.organization,
        buyer_id=buyer.organization_id, listing=listing, version=listing.version, title=listing.version.title_zh, price_fen=price_fen,
        agreement=agreement, agreement_hash=sha256_of(agreement), executed_at=at)
    TradeState.objects.create(trade=trade, status="executed")
    record(TradeExecuted(subject=trade.code, channel="on_exchange", basis="purchase", seller=trade.seller.code, buyer=buyer.organization,
                         listing=listing.code, version_code=listing.version.code, price_fen=price_fen, agreement_hash=trade.agreement_hash),
           actor=actor, at=at)
    return trade


def make_trade(*, price_fen: int = 1_000_000, buyer: Actor | None = None, listing: Listing | None = None,
               seats: int | None = None) -> Trade:
    """An unpaid trade of a listing with a registered file."""
    listing = listing or make_listing()
    return _write_trade(listing=listing, buyer=buyer or make_buyer(), price_fen=price_fen, seats=seats, actor=SYSTEM)


def buyer_of(trade: Trade) -> Actor:
    return actor_of(make_user(Role.BUYER, organization=trade.buyer))


def pay(trade: Trade) -> Trade:
    pay_trade(trade=trade, actor=buyer_of(trade), clock=MARKET_CLOCK)
    return Trade.objects.select_related("state", "seller", "buyer", "version").get(pk=trade.pk)


def file_of(trade: Trade, content: bytes = FILE, owner: str = "") -> Deposit:
    return deposit(io.BytesIO(content), name="人口.csv", owner=owner or trade.seller.code, at=MARKET_CLOCK.now())


def paid_delivery(**terms: Any) -> Delivery:
    trade = pay(make_trade(**terms))
    one = open_delivery(trade=trade, actor=SYSTEM, clock=MARKET_CLOCK)
    assert one is not None
    return one


def delivered(**terms: Any) -> Delivery:
    one = paid_delivery(**terms)
    return deliver(delivery=one, deposit=file_of(one.trade), actor=seller_of(one.trade.listing), clock=MARKET_CLOCK)


def token_for(one: Delivery) -> str:
    return issue_grant(delivery=one, actor=buyer_of(one.trade), clock=MARKET_CLOCK).token
