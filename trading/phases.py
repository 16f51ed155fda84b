"""What the bids of a hybrid lot are, for whoever decides it: the take, the sealed bids of the others, the taker's best bid."""

from __future__ import annotations

from trading.auctions.hybrid import clear
from trading.auctions.rules import Order, Outcome
from trading.clock import asked_at
from trading.models import Auction, Bid, Phase
from trading.sealing import newest_seals, opened_orders

__all__ = ["best_of", "hybrid_ending", "rivals", "stands_at", "taken_by"]


def taken_by(lot: Auction) -> Order | None:
    """This will return the take that stands, at what the clock asked; None before it, or when it was made void."""
    one = Bid.objects.standing().filter(auction=lot, seq=1).select_related("bidder").first()
    return Order(str(one.bidder.paddle), asked_at(lot, one.at), 0) if one else None


def best_of(lot: Auction) -> int | None:
    """This will return the best bid that stands."""
    found: int | None = Bid.objects.standing().filter(auction=lot, seq=2).values_list("maximum_fen", flat=True).first()
    return found


def rivals(lot: Auction) -> list[Order]:
    """This will list the opened bids of those who did not take."""
    return opened_orders(lot, newest_seals(lot))


def hybrid_ending(lot: Auction, *, without: str = "") -> Outcome:
    """This will decide the lot by its bids as they stand (I14); ``without`` a paddle, as if it had not bid."""
    taken, others = taken_by(lot), [one for one in rivals(lot) if one.bidder != without]
    best = best_of(lot)
    if taken is not None and taken.bidder == without:
        taken = best = None
    return clear(taken, others, best if not without else None, lot.clock_floor_fen or 0)


def stands_at(lot: Auction) -> tuple[int | None, int | None]:
    """This will tell who leads by what is public now, and at what price: the take, from the best phase on the highest opened bid."""
    if lot.phase in (Phase.CLOCK, Phase.SEALED, Phase.OPENING):
        taken = taken_by(lot)
        return (int(taken.bidder), taken.amount) if taken else (None, None)
    awards = hybrid_ending(lot).awards
    return (int(awards[0].bidder), awards[0].price) if awards else (None, None)
