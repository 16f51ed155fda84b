"""Buying at the list price 定价购买: first come, first served, until the licences are out; agreed and paid in one act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime

from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.operations import Leg, TransferRef
from listings.models import Listing, ListingVersion
from listings.plans import plan_in
from participants.charges import Charged, Payer, Schedule
from participants.gates import pass_all
from participants.models import Organization
from participants.notices import Note, notify_all
from participants.permissions import require
from participants.tax import Tax, kinds_of, tax_for, tax_on
from participants.timers import months_on
from trading.agreements import execute_purchase
from trading.charging import charges_for
from trading.events import TradeFunded
from trading.gates import ALONE, Beside, of_buying
from trading.locks import lock_stock
from trading.models import Agreement, Basis, Trade
from trading.papers import fix_papers
from trading.public_uses import PublicTask, owe_report, proven_use
from trading.states import TradeStatus

__all__ = ["Quote", "buy_listing", "for_a_period", "pay_at_once", "quote_for", "quotes_for", "tell_bought"]


@dataclass(frozen=True)
class Quote:
    """What a purchase costs the buyer, to the fen; the invoice says the same (quote equals invoice)."""

    listing: Listing
    version: ListingVersion
    price_fen: int
    charges: Schedule
    tax: Tax | None = None

    @property
    def fees(self) -> Sequence[Charged]:
        """The buyer's own fees, as far as there are any."""
        return [one for one in self.charges.of(self.price_fen) if one.charge.payer is Payer.BUYER and one.fen]

    @property
    def total_fen(self) -> int:
        return self.price_fen + self.charges.total(self.price_fen, Payer.BUYER)


def quote_for(listing: Listing, at: datetime) -> Quote:
    """This will tell what the listing costs now, or refuse what is not sold at a list price."""
    version = _on_sale(listing)
    if version is None or version.price_fen is None:
        raise Rejected("trading.purchase.not_for_sale", listing=listing.code)
    return Quote(listing, version, version.price_fen, charges_for(version, Basis.PURCHASE, venue=listing.venue, at=at),
                 tax_on(version.price_fen, seller_id=listing.organization_id, at=at))


def _on_sale(listing: Listing) -> ListingVersion | None:
    version = listing.version
    return version if version is not None and version.sale_mode == "fixed" and version.price_fen is not None else None


def quotes_for(listings: Iterable[Listing], at: datetime) -> dict[int, Quote]:
    """This will tell what each listing costs now, by its key, as ``quote_for`` would; what is not sold at a list price is left out.

    A venue's figures are read once for each class of data and the sellers' standing once for all: many listings cost no more statements
    than one of each class.
    """
    here = [(listing, version) for listing in listings if (version := _on_sale(listing)) is not None]
    kinds = kinds_of((listing.organization_id for listing, _ in here), at)
    read: dict[tuple[int, str], Schedule] = {}
    found: dict[int, Quote] = {}
    for listing, version in here:
        place = listing.venue_id, version.category
        if place not in read:
            read[place] = charges_for(version, Basis.PURCHASE, venue=listing.venue, at=at)
        price = version.price_fen or 0
        found[listing.pk] = Quote(listing, version, price, read[place], tax_for(price, kinds[listing.organization_id], at))
    return found


@operation("trading.trade.buy")
@covers("CAP-E1", "R45", "R17", "R18", "R5")
def buy_listing(*, listing: Listing, version: str, total_fen: int, purpose: str = "", use: PublicTask | None = None,
                renews: Agreement | None = None, papers: Mapping[str, str] | None = None, beside: Beside = ALONE, actor: Actor,
                clock: Clock) -> Trade:
    """This will buy one licence at the list price: the trade, its agreement, and price with fees into the trade's escrow.

    ``version`` and ``total_fen`` are what the buyer was quoted; ``trading.purchase.quote_moved`` if either is another now.
    ``purpose`` is one of the version's, where it names any; ``use`` proves that of free public data; ``renews`` is the agreement whose
    term the new one follows; ``papers`` is what the order carries, else the buyer's defaults; ``beside`` is what the same order holds of
    the seller besides (its minimum order is asked of the whole, and of no renewal).
    Raises ``…sold_out``, ``ledger.insufficient_funds`` and what the gates ask.
    """
    locked = lock_stock(listing)
    at = clock.now()
    require(actor, "trading.trade.buy", at=at)
    pass_all(of_buying(locked, actor=actor, purpose=purpose, beside=None if renews else beside, at=at))
    quote = quote_for(locked, at)
    if (quote.version.code, quote.total_fen) != (version, total_fen):
        raise Rejected("trading.purchase.quote_moved", listing=locked.code, total_fen=quote.total_fen)
    buyer = Organization.objects.get(pk=actor.organization_id or 0)
    proven = proven_use(quote.version, buyer, purpose, use)
    sold = for_a_period(quote.version, since=_follows(renews, at))
    trade = execute_purchase(locked, sold, buyer, quote.price_fen, quote.charges, purpose, renews=renews, actor=actor, at=at)
    pay_at_once(trade, quote.total_fen, papers, actor=actor, at=at)
    if proven:
        owe_report(trade=trade, purpose=purpose, task=proven, actor=actor, at=at)
    tell_bought(trade, at)
    return trade


def pay_at_once(trade: Trade, total_fen: int, papers: Mapping[str, str] | None, *, actor: Actor, at: datetime) -> None:
    """This will fund a trade in the act that makes it: price and fees into its escrow, its papers fixed."""
    refs = _into_escrow(trade, total_fen, at)
    trade.state.funded_at, trade.state.due_at, trade.state.status = at, None, TradeStatus.FUNDED
    trade.state.save(update_fields=["status", "funded_at", "due_at"])
    record(TradeFunded(subject=trade.code, price_fen=trade.price_fen, buyer_fee_fen=total_fen - trade.price_fen, from_deposit_fen=0,
                       transfers=[{"id": str(ref.id), "hash": ref.hash} for ref in refs]), actor=actor, at=at)
    fix_papers(trade, papers, actor=actor, at=at)


def _follows(renews: Agreement | None, at: datetime) -> datetime:
    """When the licence begins: now, or where the term it renews ends."""
    return renews.term_to if renews is not None and renews.term_to is not None and renews.term_to > at else at


@covers("R45")
def for_a_period(version: ListingVersion, *, since: datetime) -> ListingVersion:
    """This will return a version priced by the period as one period of it is licensed: its content and hash, for so many days."""
    plan = plan_in(version.use_terms)
    if plan is None:
        return version
    found = copy(version)
    found.use_terms = {**version.use_terms, "term_days": (months_on(since, plan.months) - since).days}
    return found


def _into_escrow(trade: Trade, total_fen: int, at: datetime) -> list[TransferRef]:
    """Nothing moves for what is free."""
    if not total_fen:
        return []
    available, escrow = ledger.accounts((trade.buyer.code, AccountKind.AVAILABLE), (trade.code, AccountKind.ESCROW))
    ledger.lock([available, escrow])
    return [ledger.transfer(kind="trade_payment", legs=[Leg(available, -total_fen), Leg(escrow, total_fen)], subject=trade.code, at=at)]


def tell_bought(trade: Trade, at: datetime) -> None:
    """This will tell both sides of a purchase."""
    zh, en = trade.titles
    page = f"/desk/trades/{trade.code}/"
    notify_all([
        Note(trade.seller, "trading.trade.bought", (f"“{zh}”售出一份，价款在托管账户，请按期交付。",
                                                    f"One licence of “{en}” is sold and paid into escrow. Deliver in time."),
             "wait", trade.code, page),
        Note(trade.buyer, "trading.trade.bought", (f"已购买“{zh}”，等待卖方交付。", f"You bought “{en}”; the seller delivers next."),
             "ok", trade.code, page)], at=at)
