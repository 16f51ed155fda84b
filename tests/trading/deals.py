"""Small worlds of deals: a listing that is bargained for, a request with its quotes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM, Actor
from listings.models import Listing
from participants.models import Organization
from tests.factories import make_organization
from tests.trading.worlds import make_buyer, make_listing, move, seller_of
from trading.auctions.bargain import Terms
from trading.models import Negotiation, Quote, Rfq
from trading.operations import close_rfq, give_quote, offer_privately, open_negotiation, open_rfq

__all__ = ["PRICE", "asked", "bargain", "closed", "negotiable", "offered", "quoted", "terms"]

PRICE = 800_000


def terms(price_fen: int = PRICE, **other: Any) -> Terms:
    return Terms(price_fen, **other)


def negotiable(**more: Any) -> Listing:
    return make_listing(**({"sale_mode": "negotiated", "price_fen": None} | more))


def bargain(price_fen: int = PRICE, *, buyer: Actor | None = None, listing: Listing | None = None,
            **more: Any) -> tuple[Negotiation, Actor, Actor]:
    """A bargain the buyer opened: (it, seller, buyer)."""
    listing, buyer = listing or negotiable(), buyer or make_buyer()
    one = open_negotiation(listing=listing, terms=terms(price_fen, **more), actor=buyer, clock=MARKET_CLOCK)
    return one, seller_of(listing), buyer


def offered(listing: Listing, buyer: Actor, price_fen: int = PRICE, **more: Any) -> Negotiation:
    """A private offer of the seller's."""
    to = Organization.objects.get(pk=buyer.organization_id)
    return offer_privately(listing=listing, to=to, terms=terms(price_fen), actor=seller_of(listing), clock=MARKET_CLOCK, **more)


def asked(buyer: Actor | None = None, *, hours: float = 48, **more: Any) -> tuple[Rfq, Actor]:
    """An open demand."""
    buyer = buyer or make_buyer()
    given = {"title": "港口货运航迹", "need": "近三年华东港口的逐日航迹与吞吐量", "purpose": "industry",
             "closes_at": MARKET_CLOCK.now() + timedelta(hours=hours)} | more
    return open_rfq(**given, actor=buyer, clock=MARKET_CLOCK), buyer


def quoted(rfq: Rfq, price_fen: int = PRICE, *, seller: Organization | None = None, **more: Any) -> tuple[Quote, Actor]:
    listing = negotiable(seller=seller or make_organization(), **more)
    actor = seller_of(listing)
    return give_quote(rfq=rfq, listing=listing, price_fen=price_fen, actor=actor, clock=MARKET_CLOCK), actor


def closed(rfq: Rfq, *, hours: float = 48) -> Rfq:
    move(hours=hours)
    return close_rfq(rfq=rfq, actor=SYSTEM, clock=MARKET_CLOCK)
