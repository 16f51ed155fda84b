"""Orders that wait for payment 未付款委托: how much of them a buyer may have at once, by its credit band (CAP-E10; economics E55).

What is bought at a list price is paid in the act that buys it and a barter moves no price, so neither waits. What a lot's winner owes
beyond its deposit counts, and is not stopped: the deposit, more of it for a lower band, is the cover of an auction, and a bid is
irrevocable. A seller's side needs no such cap here: what is paid stays in escrow until it is accepted.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from evidence.prepared import ask
from kit.coverage import covers
from kit.rejected import Rejected
from participants.gates import Gate
from participants.models import Organization, Venue
from trading.models import Auction

__all__ = ["Unpaid", "registering_gate", "unpaid_gate", "unpaid_of"]


@dataclass(frozen=True)
class Unpaid:
    """A buyer's orders that nothing covers yet, in fen, and the cap of its band; None = the venue caps nothing."""

    band: str
    waiting_fen: int
    cap_fen: int | None

    @property
    def left_fen(self) -> int | None:
        return None if self.cap_fen is None else max(0, self.cap_fen - self.waiting_fen)


def unpaid_of(buyer: Organization, *, venue: Venue, at: datetime) -> Unpaid:
    """This will add up a buyer's unpaid orders as the database does when it judges them."""
    ((band, waiting, cap),) = ask("SELECT participants_band(%s), trading_unpaid(%s), trading_unpaid_cap(%s, participants_band(%s), %s)",
                                  [buyer.pk, buyer.pk, venue.pk, buyer.pk, at])
    return Unpaid(str(band), int(waiting), None if cap is None else int(cap))


@covers("CAP-E10", "E55")
def unpaid_gate(buyer: Organization, price_fen: int, *, venue: Venue, reader_id: int | None, at: datetime) -> Gate:
    """This will ask whether one more order may wait for payment. Its figures are told to the buyer alone: they are its affairs."""
    name = ("未付款的委托合计不超过信用档的上限", "Unpaid orders together are within the cap of the credit band")
    held = unpaid_of(buyer, venue=venue, at=at)
    if not price_fen or held.cap_fen is None or held.waiting_fen + price_fen <= held.cap_fen:
        return Gate(name, None)
    if reader_id != buyer.pk:
        return Gate(name, Rejected("trading.deal.buyer_over_cap", buyer=buyer.code))
    return Gate(name, Rejected("trading.deal.over_unpaid_cap", band=held.band, cap_fen=held.cap_fen, waiting_fen=held.waiting_fen,
                               price_fen=price_fen, left_fen=held.left_fen))


def registering_gate(buyer: Organization, lot: Auction, deposit_fen: int, at: datetime) -> Gate:
    """This will ask, as ``register_bidder`` does, whether the lot at its start price, less its deposit, would stay under the cap too."""
    held, beyond = unpaid_of(buyer, venue=lot.venue, at=at), max(0, lot.start_price_fen - deposit_fen)
    over = held.cap_fen is not None and held.waiting_fen + beyond > held.cap_fen
    return Gate(("未付款的委托合计不超过信用档的上限", "Unpaid orders together are within the cap of the credit band"),
                Rejected("trading.bidder.over_unpaid_cap", **asdict(held), lot=lot.code, price_fen=beyond) if over else None)
