"""From an agreed price to a trade 协议成交: every rule of a purchase is asked again, the trade is written, the buyer has days to pay."""

from __future__ import annotations

from copy import copy
from datetime import datetime
from typing import Any

from kit.actors import Actor
from kit.coverage import covers
from listings.models import Listing, ListingVersion
from participants.gates import pass_all
from participants.models import Organization
from participants.queries import add_working_days, parameter
from trading.agreements import execute_purchase
from trading.auctions.bargain import Terms
from trading.charging import charges_for
from trading.deal_gates import of_dealing
from trading.locks import lock_buyer, lock_stock
from trading.models import Basis, Trade
from trading.unpaid import unpaid_gate

__all__ = ["form_trade", "licensed"]


def licensed(version: ListingVersion, terms: Terms) -> ListingVersion:
    """This will return the version as it is licensed by a deal: its content and hash, with the purpose, seats and term agreed on."""
    agreed: dict[str, Any] = dict(version.use_terms)
    if terms.purpose:
        agreed["purposes"] = [terms.purpose]
    agreed |= {name: value for name, value in (("seats", terms.seats), ("term_days", terms.term_days)) if value is not None}
    found = copy(version)
    found.use_terms = agreed
    return found


@covers("CAP-E4", "F3", "I19", "R5")
def form_trade(listing: Listing, version: ListingVersion, buyer: Organization, terms: Terms, *, auctioned: bool = False,
               actor: Actor, at: datetime) -> Trade:
    """This will write the trade of a deal in the caller's transaction, under the listing's lock; payment is due in working days."""
    locked = lock_stock(listing)
    pass_all(of_dealing(locked, version, buyer, terms, auctioned=auctioned, at=at))
    lock_buyer(buyer)
    pass_all([unpaid_gate(buyer, terms.price_fen, venue=locked.venue, reader_id=actor.organization_id, at=at)])
    charges = charges_for(version, Basis.AWARD if auctioned else Basis.DEAL, venue=locked.venue, at=at)
    trade = execute_purchase(locked, licensed(version, terms), buyer, terms.price_fen, charges, terms.purpose, accepted=True,
                             actor=actor, at=at)
    trade.state.due_at = add_working_days(locked.venue, at, int(parameter("trade.payment_days", venue=locked.venue, at=at)))
    trade.state.save(update_fields=["due_at"])
    return trade
