"""The cart 购物车: licences at list prices, put together by a buyer organisation and ordered in one act, all of them or none.

A cart promises nothing and holds no stock. Each line keeps the total its buyer saw; one that moved is accepted by putting the licence in
again. At checkout every line is bought by the purchase itself, so it asks the same gates; the cart as a whole asks the person's limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from ledger import queries as ledger
from ledger.accounts import AccountKind
from ledger.models import Account
from listings.models import Listing
from participants.gates import pass_all
from participants.models import Organization
from participants.permissions import require
from participants.spending import spending_gate
from participants.timers import after
from trading.gates import Beside, of_buying
from trading.locks import lock_stock
from trading.models import Cart, CartLine, Trade
from trading.operations.purchasing import Quote, buy_listing, quote_for, quotes_for
from trading.order_events import CartLapsed, CartOrdered, cart_moved
from trading.public_uses import FREE, takes_free
from trading.states import CART, CartStatus

__all__ = ["MOST", "Shown", "checkout_cart", "lapse_carts", "lock_cart", "open_cart", "put_in_cart", "shown_lines", "take_from_cart"]

#: At most so many lines: a checkout locks each listing.
MOST = 50


def open_cart(organization_id: int | None) -> Cart | None:
    """This will return the organisation's open cart, if it has one."""
    return Cart.objects.filter(buyer_id=organization_id or 0, status=CartStatus.OPEN).first()


def lock_cart(cart: Cart) -> Cart:
    """This will lock a cart's row and return it as it stands; its listings are locked after it."""
    return Cart.objects.select_for_update(of=("self",), no_key=True).select_related("buyer").get(pk=cart.pk)


def _own_cart(buyer: Organization, at: datetime) -> tuple[Cart, bool]:
    """The open cart, locked, and whether it is new. The buyer's row orders two first lines."""
    Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=buyer.pk)
    held = open_cart(buyer.pk)
    if held is not None:
        return lock_cart(held), False
    return Cart.objects.create(code=new_code("CAR"), buyer=buyer, opened_at=at, due_at=after("cart.keep", at)), True


@covers("CAP-E1", "R45")
@operation("trading.cart.put")
def put_in_cart(*, listing: Listing, purpose: str = "", actor: Actor, clock: Clock) -> CartLine:
    """This will put one licence into the buyer's cart at today's total, or accept today's total for the one that lies there."""
    require(actor, "trading.cart.change", at=clock.now())
    buyer = Organization.objects.get(pk=actor.organization_id or 0)
    cart, new = _own_cart(buyer, clock.now())
    at = clock.now()
    quote = quote_for(listing, at)
    _fits(listing, quote, purpose)
    if not cart.lines.filter(listing=listing).exists() and cart.lines.count() >= MOST:
        raise Rejected("trading.cart.full", most=MOST)
    line, _made = CartLine.objects.update_or_create(cart=cart, listing=listing, defaults={
        "version": quote.version, "purpose": purpose, "total_fen": quote.total_fen, "added_by": actor.code, "added_at": at})
    _kept_until(cart, at)
    record(cart_moved["opened" if new else "put"](subject=cart.code, buyer=buyer.code, listing=listing.code,
                                                  version_code=quote.version.code, total_fen=quote.total_fen), actor=actor, at=at)
    return line


def _fits(listing: Listing, quote: Quote, purpose: str) -> None:
    """A purpose is one of the version's; what is given free for a public task is ordered with its proof, on its own page."""
    purposes = [str(one) for one in quote.version.use_terms.get("purposes", [])]
    if purposes and purpose not in purposes:
        raise Rejected("trading.purchase.purpose", listing=listing.code)
    if takes_free(quote.version) and purpose in FREE:
        raise Rejected("trading.cart.asks_proof", listing=listing.code)


def _kept_until(cart: Cart, at: datetime) -> None:
    cart.due_at = after("cart.keep", at)
    cart.save(update_fields=["due_at"])


@covers("CAP-E1")
@operation("trading.cart.take")
def take_from_cart(*, listing: Listing, actor: Actor, clock: Clock) -> None:
    """This will take a licence out of the buyer's open cart; what is not in it is out already."""
    require(actor, "trading.cart.change", at=clock.now())
    buyer = Organization.objects.get(pk=actor.organization_id or 0)
    cart, _new = _own_cart(buyer, clock.now())
    at = clock.now()
    line = cart.lines.filter(listing=listing).select_related("version").first()
    if line is None:
        raise Rejected("trading.cart.not_in", listing=listing.code)
    line.delete()
    _kept_until(cart, at)
    record(cart_moved["taken_out"](subject=cart.code, buyer=buyer.code, listing=listing.code, version_code=line.version.code,
                                   total_fen=line.total_fen), actor=actor, at=at)


@covers("CAP-E1", "R45", "I13", "I19")
@operation("trading.cart.order")
def checkout_cart(*, cart: Cart, total_fen: int, papers: Mapping[str, str] | None = None, actor: Actor, clock: Clock) -> list[Trade]:
    """This will buy every line of the cart in one transaction, or none: ``trading.cart.refused`` names each line that is refused.

    ``total_fen`` is the sum the buyer was shown. Ordering an ordered cart again is the same order.
    """
    held = lock_cart(cart)
    at = clock.now()
    if held.buyer_id != actor.organization_id:
        raise Rejected("trading.cart.absent")
    require(actor, "trading.cart.change", at=at)
    if held.status == CartStatus.ORDERED:
        unchanged(at=at)
        return [line.trade for line in _lines(held) if line.trade]
    status = advance(CART, CartStatus(held.status), "order", subject=held.code, code="trading.cart.illegal_move")
    lines = _lines(held)
    if not lines:
        raise Rejected("trading.cart.empty")
    if sum(line.total_fen for line in lines) != total_fen:
        raise Rejected("trading.cart.moved", total_fen=sum(line.total_fen for line in lines))
    pass_all([spending_gate(actor, held.code, total_fen)])
    for line in lines:
        lock_stock(line.listing)  # every listing before any balance, each in the order of its key: no two checkouts wait for each other
    _afford(held.buyer, total_fen)
    trades = _bought(lines, papers, actor, clock)
    for line, trade in zip(lines, trades, strict=True):
        line.trade = trade
        line.save(update_fields=["trade"])
    held.status, held.due_at, held.ended_at = status, None, at
    held.save(update_fields=["status", "due_at", "ended_at"])
    record(CartOrdered(subject=held.code, buyer=held.buyer.code, total_fen=total_fen, trades=[one.code for one in trades]), actor=actor,
           at=at)
    return trades


def _lines(cart: Cart) -> list[CartLine]:
    return list(cart.lines.select_related("listing", "version", "trade").order_by("listing_id"))


def _afford(buyer: Organization, total_fen: int) -> None:
    """The sum at once, so that the refusal names it; the ledger refuses each line for itself."""
    known = Account.objects.filter(owner=buyer.code, kind=AccountKind.AVAILABLE).first()
    available = ledger.balance(known).available_fen if known else 0
    if total_fen > available:
        raise Rejected("ledger.insufficient_funds", needed_fen=total_fen, available_fen=available)


def _bought(lines: list[CartLine], papers: Mapping[str, str] | None, actor: Actor, clock: Clock) -> list[Trade]:
    """Each line by the purchase itself; a refused one takes nothing back of the others until all were asked, then all is undone."""
    trades: list[Trade] = []
    faults: list[FieldFault] = []
    for line in lines:
        try:
            with transaction.atomic():
                trades.append(buy_listing(listing=line.listing, version=line.version.code, total_fen=line.total_fen, purpose=line.purpose,
                                          papers=papers, beside=_beside(line, lines), actor=actor, clock=clock))
        except Rejected as no:
            if no.code == "participants.billing.faulty":
                raise
            faults.append(FieldFault(line.listing.code, no.code, _named(line, no)))
    if faults:
        raise Rejected("trading.cart.refused", count=len(faults), errors=faults)
    return trades


def _beside(line: CartLine, lines: Iterable[CartLine]) -> Beside:
    """What the cart holds of the line's seller besides the line: all of it becomes one order or none does."""
    others = [one for one in lines if one.pk != line.pk and one.listing.organization_id == line.listing.organization_id]
    return len(others), sum(one.version.price_fen or 0 for one in others)


def _named(line: CartLine, no: Rejected) -> tuple[str, str]:
    """Which line is refused, and why."""
    zh, en = line.version.title_zh, line.version.title_en or line.version.title_zh
    return (f"“{zh}”（{line.listing.code}）：{no.text('title', 'zh')}。{no.text('detail', 'zh')}",
            f"“{en}” ({line.listing.code}): {no.text('title', 'en')}. {no.text('detail', 'en')}")


@operation("trading.cart.lapse")
def _lapse(*, cart: Cart, clock: Clock) -> None:
    held = lock_cart(cart)
    at = clock.now()
    require(SYSTEM, "trading.cart.run", at=at)
    if held.status != CartStatus.OPEN or held.due_at is None or held.due_at > at:
        unchanged(at=at)
        return
    held.status = advance(CART, CartStatus(held.status), "lapse", subject=held.code, code="trading.cart.illegal_move")
    held.due_at, held.ended_at = None, at
    held.save(update_fields=["status", "due_at", "ended_at"])
    record(CartLapsed(subject=held.code, buyer=held.buyer.code, lines=held.lines.count()), actor=SYSTEM, at=at)


@covers("CAP-E1")
def lapse_carts(*, clock: Clock, most: int = 200) -> int:
    """This will lapse each open cart that nobody touched in its time; returns how many."""
    due = list(Cart.objects.filter(status=CartStatus.OPEN, due_at__lte=clock.now()).order_by("due_at")[:most])
    for one in due:
        _lapse(cart=one, clock=clock)
    return len(due)


@dataclass(frozen=True)
class Shown:
    """A line as its buyer reads it: what it costs now, whether that moved, and what the gates say."""

    line: CartLine
    quote: Quote | None
    refusals: tuple[Rejected, ...]

    @property
    def moved(self) -> bool:
        """Another version or total than was put in."""
        return self.quote is not None and (self.quote.version.pk, self.quote.total_fen) != (self.line.version_id, self.line.total_fen)

    @property
    def verdict(self) -> str:
        """``allowed``; ``papers`` where every refusal has a way out at this house; ``refused`` else."""
        if not self.refusals:
            return "allowed"
        return "papers" if all(one.next_href for one in self.refusals) else "refused"


def shown_lines(cart: Cart | None, *, actor: Actor, at: datetime) -> list[Shown]:
    """This will read a cart line by line with today's totals and gates."""
    if cart is None:
        return []
    rows = cart.lines.select_related("listing__venue", "listing__organization", "listing__version", "listing__pilot", "version", "trade")
    lines = list(rows.order_by("added_at", "pk"))
    quotes = quotes_for([line.listing for line in lines], at)
    return [_shown(line, lines, quotes.get(line.listing_id), actor, at) for line in lines]


def _shown(line: CartLine, lines: Iterable[CartLine], quote: Quote | None, actor: Actor, at: datetime) -> Shown:
    if quote is None:
        return Shown(line, None, (Rejected("trading.purchase.not_for_sale", listing=line.listing.code),))
    gates = of_buying(line.listing, actor=actor, purpose=line.purpose, beside=_beside(line, lines), at=at)
    return Shown(line, quote, tuple(gate.refusal for gate in gates if gate.refusal is not None))
