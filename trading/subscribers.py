"""Effects that reach the floor from below: a party's standing fell, a capability was held, a listing was stopped."""

from __future__ import annotations

from compliance.engaging.subjects import Subject, subjects
from evidence.clock import MARKET_CLOCK
from evidence.subscriptions import SealedFact, subscriber
from kit.actors import SYSTEM
from kit.clock import Clock
from kit.coverage import covers
from listings.models import Listing, OperationReport
from listings.operations import tell_watchers
from listings.queries import tradable
from participants.models import Organization
from participants.queries import may
from participants.spending import UsableUntil, uses_until
from trading.models import Auction, Trade
from trading.operations import bar_bidder, cancel_auction
from trading.queries import running_biddings_of, running_lots_of_seller
from trading.states import ACTIVE_LOTS, AuctionStatus
from trading.unfiled import ask_for_unfiled
from trading.watching import watch_lot, watch_trade

__all__ = ["ask_unfiled", "bid_until", "engaged_trade", "stop_listing", "stop_party", "surveil", "tell_of_lot"]


@covers("R61")
@subjects("TRD")
def engaged_trade(code: str) -> Subject | None:
    """What a third party is engaged about: a trade, for its two sides."""
    one = Trade.objects.filter(code=code).first()
    return Subject(code, one.titles, (one.seller_id, one.buyer_id), f"/desk/trades/{code}/") if one else None


@covers("R42")
@uses_until("LOT")
def bid_until(code: str) -> UsableUntil | None:
    """Until when a yes to an amount can be bid: the lot's end by its clock; over once it has ended."""
    lot = Auction.objects.announced().filter(code=code).first()
    if lot is None:
        return None
    running = lot.status in ACTIVE_LOTS and (lot.status == AuctionStatus.HALTED or MARKET_CLOCK.now() < lot.closes_at)
    return UsableUntil(lot.closes_at if running else None, f"/trading/lots/{code}/")


@subscriber("trading.stop_party", "participants.standing.changed", "participants.capability.held", "participants.affiliation.changed")
@covers("R67", "B5")
def stop_party(fact: SealedFact, *, clock: Clock) -> None:
    """This will void a stopped party's resting bids and cancel its running lots, if it may not bid or sell any more."""
    organization = Organization.objects.get(code=fact.subject)
    at, cause = clock.now(), str(fact.payload.get("cause", ""))
    if code := may(organization, "bid", at=at):
        for bidder in running_biddings_of(organization.pk):
            bar_bidder(lot=bidder.auction, bidder=bidder, reason_code=code, cause=cause, actor=SYSTEM, clock=clock)
    if code := may(organization, "list", at=at):
        for lot in running_lots_of_seller(organization.pk):
            cancel_auction(lot=lot, reason_code=code, reason="", cause=cause, actor=SYSTEM, clock=clock)


@subscriber("trading.stop_listing", "listings.listing.suspended", "listings.listing.delisted")
def stop_listing(fact: SealedFact, *, clock: Clock) -> None:
    """This will cancel the running lots of a listing that may not be traded any more."""
    listing = Listing.objects.get(code=fact.subject)
    if code := tradable(listing, at=clock.now()):
        for lot in running_lots_of_seller(listing.organization_id).filter(listing=listing):
            cancel_auction(lot=lot, reason_code=code, reason="", cause=str(fact.payload.get("cause", "")), actor=SYSTEM, clock=clock)


@covers("R43", "R21")
@subscriber("trading.unfiled", "listings.operation_report.filed")
def ask_unfiled(fact: SealedFact, *, clock: Clock) -> None:
    """This will hold an operator's yearly revenue against the trades on record, and ask for what was not filed."""
    report = OperationReport.objects.select_related("authorisation__organization").get(code=fact.subject)
    ask_for_unfiled(report=report, clock=clock)


@covers("D8")
@subscriber("trading.watchers", "trading.auction.announced", "trading.auction.cancelled")
def tell_of_lot(fact: SealedFact, *, clock: Clock) -> None:
    """This will tell everyone who watches a listing that a lot of it is announced, or will not be held."""
    lot = Auction.objects.select_related("listing__version", "listing__product").get(code=fact.subject)
    zh, en = lot.listing.titles
    announced = fact.kind.endswith("announced")
    text = ((f"您关注的《{zh}》将竞价：{lot.code}", f"“{en}”, which you watch, goes to auction: {lot.code}") if announced else
            (f"您关注的《{zh}》的竞价 {lot.code} 已撤销", f"Auction {lot.code} of “{en}”, which you watch, was cancelled"))
    tell_watchers(lot.listing, text, kind="listings.watch.lot", tone="info" if announced else "held", href=f"/trading/lots/{lot.code}/",
                  at=clock.now())


@covers("H4", "R83")
@subscriber("trading.surveil", "trading.trade.executed", "trading.auction.awarded", "trading.auction.failed")
def surveil(fact: SealedFact, *, clock: Clock) -> None:
    """This will look at a trade, or a lot that has ended, as soon as it is sealed: alerts come within seconds."""
    if fact.kind == "trading.trade.executed":
        watch_trade(Trade.objects.select_related("seller", "buyer").get(code=fact.subject), clock=clock)
    else:
        watch_lot(Auction.objects.select_related("seller").get(code=fact.subject), clock=clock)
