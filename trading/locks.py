"""The floor's one lock order: the lot's row first, then balances; whoever is judged by time reads the clock after it."""

from __future__ import annotations

from kit.rejected import Rejected
from trading.models import Auction, Trade, TradeState
from trading.states import AuctionStatus

__all__ = ["lock_lot", "lock_trade"]


def lock_lot(lot: Auction) -> Auction:
    """This will lock the lot's row and return it as it stands; a draft is absent."""
    found = Auction.objects.select_for_update(no_key=True).filter(pk=lot.pk).first()
    if found is None or found.status == AuctionStatus.DRAFT:
        raise Rejected("trading.auction.absent")
    return found


def lock_trade(trade: Trade) -> TradeState:
    """This will lock the trade's side row and return it as it stands."""
    return TradeState.objects.select_for_update(no_key=True).get(pk=trade.pk)
