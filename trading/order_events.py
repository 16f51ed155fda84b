"""Facts about orders of more than one act: carts, subscriptions, frameworks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from evidence.events import Event

__all__ = ["CartLapsed", "CartMoved", "CartOrdered", "FrameworkCalled", "FrameworkMoved", "SubscriptionMoved", "TrialTaken", "cart_moved",
           "framework_moved", "subscription_moved"]


@dataclass(frozen=True, kw_only=True)
class CartMoved(Event):
    """A licence went into a cart, with the total as it was seen, or out of it."""

    buyer: str
    listing: str
    version_code: str
    total_fen: int


#: word -> the class of its fact
cart_moved: dict[str, type[CartMoved]] = {
    word: type(f"CartMoved_{word}", (CartMoved,), {"kind": f"trading.cart.{word}"}) for word in ("opened", "put", "taken_out")}


@dataclass(frozen=True, kw_only=True)
class CartOrdered(Event):
    """Every line of a cart became a trade, in one transaction."""

    kind: ClassVar[str] = "trading.cart.ordered"
    buyer: str
    total_fen: int
    trades: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class CartLapsed(Event):
    """Nobody touched the cart in its time; nothing was promised by it."""

    kind: ClassVar[str] = "trading.cart.lapsed"
    buyer: str
    lines: int


@dataclass(frozen=True, kw_only=True)
class SubscriptionMoved(Event):
    """A licence is ordered period by period; ``total_fen`` is the most a period may cost, ``trade`` the period's own."""

    buyer: str
    seller: str
    listing: str
    number: int
    total_fen: int
    trade: str
    cause: str
    period_to: datetime


#: word -> the class of its fact
subscription_moved: dict[str, type[SubscriptionMoved]] = {
    word: type(f"SubscriptionMoved_{word}", (SubscriptionMoved,), {"kind": f"trading.subscription.{word}"})
    for word in ("opened", "reminded", "renewed", "cancelled", "failed", "ended")}


@dataclass(frozen=True, kw_only=True)
class FrameworkMoved(Event):
    """Prices, terms and a ceiling for later orders were offered, agreed, ended; the terms stand on its page, the hash binds them."""

    seller: str
    buyer: str
    ceiling_fen: int
    terms_hash: str
    effective_to: datetime
    cause: str = ""


#: word -> the class of its fact
framework_moved: dict[str, type[FrameworkMoved]] = {
    word: type(f"FrameworkMoved_{word}", (FrameworkMoved,), {"kind": f"trading.framework.{word}"})
    for word in ("offered", "agreed", "declined", "withdrawn", "expired", "ended", "over")}


@dataclass(frozen=True, kw_only=True)
class FrameworkCalled(Event):
    """An order under a framework: its trade, and what all orders that stand come to."""

    kind: ClassVar[str] = "trading.framework.called"
    seller: str
    buyer: str
    number: int
    trade: str
    price_fen: int
    drawn_fen: int
    ceiling_fen: int


@dataclass(frozen=True, kw_only=True)
class TrialTaken(Event):
    """A buyer organisation tries a listing, once."""

    kind: ClassVar[str] = "trading.trial.taken"
    listing: str
    buyer: str
    days: int
