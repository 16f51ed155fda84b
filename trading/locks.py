"""The floor's one lock order: the lot's row first, then the trade's, its agreement's, then balances.

Whoever is judged by time reads the clock after it.
"""

from __future__ import annotations

from django.db.models import QuerySet

from evidence.prepared import ask, prepared
from kit.rejected import Rejected
from listings.models import Listing
from participants.models import Organization
from trading.models import Agreement, Auction, Barter, Negotiation, Rfq, Trade, TradeState
from trading.states import AuctionStatus

__all__ = ["lock_agreement", "lock_barter", "lock_buyer", "lock_lot", "lock_rfq", "lock_stock", "lock_talk", "lock_trade"]


def lock_lot(lot: Auction) -> Auction:
    """This will lock the lot's row and return it as it stands, with the venue, seller, listing and version it is bound to for
    good (what else these say is read after the lock); a draft is absent."""
    found = _lot.first(lot.pk)
    if found is None or found.status == AuctionStatus.DRAFT:
        raise Rejected("trading.auction.absent")
    return found


def lock_trade(trade: Trade) -> TradeState:
    """This will lock the trade's side row and return it as it stands."""
    return _state.get(trade.pk)


def lock_agreement(agreement: Agreement) -> Agreement:
    """This will lock the trade's side row, then its agreement, and return the agreement as it stands."""
    lock_trade(agreement.trade)
    return _agreement.get(agreement.pk)


def lock_stock(listing: Listing) -> Listing:
    """This will lock the listing's row, under which its licences are counted and sold, and return it as it stands."""
    return _listing.get(listing.pk)


def lock_buyer(buyer: Organization) -> None:
    """This will lock a buyer's row, under which its unpaid orders are added up; a listing is locked before it."""
    ask("SELECT participants_band_held(%s)", [buyer.pk])


def lock_talk(talk: Negotiation) -> Negotiation:
    """This will lock a bargain's row and return it as it stands; its listing is locked after it, by whoever makes the deal."""
    return _talk.get(talk.pk)


def lock_barter(barter: Barter) -> Barter:
    """This will lock a barter's row and return it as it stands; its two listings, or its two trades, come after it, by their keys."""
    return _barter.get(barter.pk)


def lock_rfq(rfq: Rfq) -> Rfq:
    """This will lock a request's row and return it as it stands; quotes and the listing come after it."""
    return _rfq.get(rfq.pk)


@prepared
def _listing(pk: int) -> QuerySet[Listing]:
    rows = Listing.objects.select_for_update(no_key=True, of=("self",)).filter(pk=pk)
    return rows.select_related("venue", "organization", "version", "pilot")


@prepared
def _lot(pk: int) -> QuerySet[Auction]:
    rows = Auction.objects.select_for_update(no_key=True, of=("self",)).filter(pk=pk)
    return rows.select_related("venue", "seller", "listing", "version")


@prepared
def _state(trade: int) -> QuerySet[TradeState]:
    return TradeState.objects.select_for_update(no_key=True).filter(pk=trade)


@prepared
def _agreement(pk: int) -> QuerySet[Agreement]:
    rows = Agreement.objects.select_for_update(no_key=True, of=("self",)).filter(pk=pk)
    return rows.select_related("trade__state", "trade__seller", "trade__buyer", "trade__venue", "trade__listing", "trade__version")


@prepared
def _talk(pk: int) -> QuerySet[Negotiation]:
    rows = Negotiation.objects.select_for_update(no_key=True, of=("self",)).filter(pk=pk)
    return rows.select_related("venue", "seller", "buyer", "listing", "version")


@prepared
def _rfq(pk: int) -> QuerySet[Rfq]:
    rows = Rfq.objects.select_for_update(no_key=True, of=("self",)).filter(pk=pk)
    return rows.select_related("venue", "buyer")


@prepared
def _barter(pk: int) -> QuerySet[Barter]:
    rows = Barter.objects.select_for_update(no_key=True, of=("self",)).filter(pk=pk)
    return rows.select_related("venue", "proposer", "partner", "proposer_listing", "partner_listing", "proposer_version__authorisation",
                               "partner_version__authorisation")
