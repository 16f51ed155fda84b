"""Questions about the floor: lots by state, a lot's history, who is stopped, trades by channel, price history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from evidence.prepared import prepared
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Listing, ListingVersion, SaleMode
from participants.charges import Schedule, schedule
from participants.tax import Tax, tax_on
from trading.models import Auction, Basis, Bid, Bidder, Channel, Tick, Trade, TradeReport
from trading.states import ACTIVE_LOTS

__all__ = ["bidder_of", "bidders_of", "charges_of", "licensed", "lot_for", "on_offer", "price_history", "recent_trades", "report_of",
           "seats_of", "sold_of", "standing_bids", "stopped_bidders", "stopped_lots", "talked_about", "tax_of", "ticks_after", "trade_for"]


def lot_for(code: str, user: Any) -> Auction:
    """This will return the lot of a code that the user may see; ``trading.auction.absent`` (404) else."""
    rows = Auction.objects.visible_to(user).select_related("listing", "version", "seller", "venue", "standing__leader")
    found = rows.filter(code=code).first()
    if found is None:
        raise Rejected("trading.auction.absent")
    return found


def bidder_of(lot: Auction, organization_id: int | None) -> Bidder | None:
    """This will return the organisation's registration for the lot, if any."""
    return Bidder.objects.filter(auction=lot, organization_id=organization_id or 0).first()


def bidders_of(lot: Auction) -> list[Bidder]:
    """This will list everyone registered for the lot with the organisation, in the order of registration."""
    return _bidders(lot.pk)


@prepared
def _bidders(lot: int) -> QuerySet[Bidder]:
    return Bidder.objects.filter(auction=lot).select_related("organization").order_by("pk")


def on_offer(code: str, user: Any) -> Listing:
    """This will return a published listing that the user may see; 404 else."""
    rows = Listing.objects.visible_to(user).select_related("version", "organization", "venue", "pilot")
    found: Listing | None = rows.filter(code=code, version__isnull=False).first()
    if found is None:
        raise Rejected("listings.listing.absent", listing=code)
    return found


def talked_about(organization_id: int | None) -> QuerySet[Listing]:
    """This will list what an organisation has on sale that is agreed on in words: what it may quote, or give in a barter."""
    rows = Listing.objects.listed().filter(organization_id=organization_id or 0, version__circulation="trade")
    return rows.exclude(version__sale_mode=SaleMode.AUCTION).select_related("version", "organization", "venue").order_by("-pk")


def sold_of(version: ListingVersion) -> int:
    """This will count the licences of a version that are sold and stand."""
    return Trade.objects.filter(version=version, channel=Channel.ON_EXCHANGE).exclude(
        state__status__in=("cancelled", "defaulted", "unwound")).count()


def standing_bids(lot: Auction) -> QuerySet[Bid]:
    """This will list the bids that count, newest first."""
    return Bid.objects.filter(auction=lot, void__isnull=True).select_related("bidder").order_by("-seq")


def ticks_after(lot: Auction, seq: int, *, limit: int = 500) -> list[Tick]:
    """This will list the lot's public ticks behind ``seq``, in order."""
    return list(Tick.objects.filter(auction=lot, seq__gt=seq).order_by("seq")[:limit])


def trade_for(code: str, user: Any) -> Trade:
    """This will return a party's own trade; 404 else."""
    found = Trade.objects.visible_to(user).select_related("state", "listing", "version", "seller", "buyer", "award__auction")
    if (trade := found.filter(code=code).first()) is None:
        raise Rejected("participants.object.absent")
    return trade


def charges_of(one: Trade | Auction) -> Schedule:
    """This will return the charges a lot was announced with, that a trade's agreement names, or that a filed deal was booked with;
    else those in force at its time."""
    fees = one.fees if isinstance(one, Auction) else one.agreement.get("fees") or {}
    if isinstance(one, Trade) and one.channel == Channel.OFF_EXCHANGE:
        fees = one.state.services
    if "charges" in fees:
        return Schedule.read(fees)
    at = one.executed_at if isinstance(one, Trade) else one.announced_at or one.created_at
    basis = one.basis if isinstance(one, Trade) else Basis.AWARD
    return schedule(venue=one.venue, at=at, channel=basis, category=one.version.category if one.version else "")


@covers("G2", "I7")
def tax_of(one: Trade, price_fen: int | None = None) -> Tax | None:
    """This will return the tax inside a trade's price (or what it came to by its meter) at the rate of its own day: as it was quoted.

    What was agreed off exchange is taxed between its sides; the exchange states nothing of it.
    """
    if one.channel == Channel.OFF_EXCHANGE:
        return None
    return tax_on(one.price_fen if price_fen is None else price_fen, seller_id=one.seller_id, at=one.executed_at)


@covers("R42", "R121")
def seats_of(one: Trade) -> int | None:
    """This will return how many people may use what was bought, as the agreement says; None where it says nothing."""
    terms = (one.agreement.get("object") or {}).get("use_terms") or {}
    return int(terms["seats"]) if terms.get("seats") else None


def licensed(one: Trade) -> dict[str, Any]:
    """This will return what the agreement says of quantity and extent: ``calls``, ``rows``, ``columns``, ``purposes``; as it was frozen."""
    terms = (one.agreement.get("object") or {}).get("use_terms") or {}
    return {name: terms.get(name) for name in ("calls", "rows", "columns", "purposes")}


def recent_trades(*, channel: str = "") -> QuerySet[Trade]:
    """This will list trades for the public tape, newest first; chosen fields only are shown, and nothing of what is closed (R30)."""
    rows = Trade.objects.exclude(listing__closed=True).select_related("listing", "version", "state", "award__auction")
    rows = rows.order_by("-executed_at", "-id")
    return rows.filter(channel=channel) if channel in Channel.values else rows


def price_history(listing: Listing) -> list[tuple[datetime, int, str]]:
    """This will return (executed_at, price_fen, channel) of the listing's trades, oldest first; what is bartered or metered has none."""
    rows = Trade.objects.priced().filter(listing=listing).order_by("executed_at")
    return list(rows.values_list("executed_at", "price_fen", "channel"))


def _coded(statement: str, at: datetime) -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [at])
        return list(cursor.fetchall())


def stopped_lots(*, at: datetime) -> Iterator[tuple[Auction, str]]:
    """This will yield running lots whose listing may not be traded now, with the code of why."""
    rows = _coded("SELECT id, code FROM (SELECT id, listings_tradable(listing_id, %s) AS code FROM trading_auction "
                  "WHERE status IN ('announced', 'open', 'halted')) one WHERE code <> ''", at)
    for key, code in rows:
        yield Auction.objects.get(pk=key), code


def stopped_bidders(*, at: datetime) -> Iterator[tuple[Bidder, str]]:
    """This will yield bidders of running lots that may not bid now, with the code of why."""
    rows = _coded("SELECT id, code FROM (SELECT b.id, COALESCE(NULLIF(participants_may(b.organization_id, 'bid', m.at), ''), "
                  "listings_buyer_obstacle(a.listing_id, b.organization_id, m.at)) AS code "
                  "FROM (SELECT %s::timestamptz AS at) m, trading_bidder b "
                  "JOIN trading_auction a ON a.id = b.auction_id "
                  "WHERE b.barred_at IS NULL AND a.status IN ('announced', 'open', 'halted')) one WHERE code <> ''", at)
    for key, code in rows:
        yield Bidder.objects.select_related("auction").get(pk=key), code


def running_lots_of_seller(organization_id: int) -> QuerySet[Auction]:
    return Auction.objects.filter(seller_id=organization_id, status__in=ACTIVE_LOTS)


def running_biddings_of(organization_id: int) -> QuerySet[Bidder]:
    rows = Bidder.objects.filter(organization_id=organization_id, barred_at__isnull=True, auction__status__in=ACTIVE_LOTS)
    return rows.select_related("auction")


def report_of(filing: str) -> TradeReport:
    """This will return what a filing states now: the newest of its statements."""
    rows = TradeReport.objects.select_related("seller", "buyer", "reporter", "counterparty", "listing", "venue")
    return rows.filter(filing=filing).order_by("-pk")[0]
