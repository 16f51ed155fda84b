"""The English auction 英式竞价 with proxy maxima: the engine bids for each bidder, only so far as is needed to lead.

The visible price is ``min(top, second + step(second))`` — the runner-up's maximum plus one full step, never above the
winner's own maximum — at least the start price, and at least the secret reserve once the top maximum has met it
(Auction Law 50). Because it is a function of the two best maxima alone, a leader who is ahead by less than a full step
and raises the own maximum lifts the price to the runner-up plus one full step. Equal maxima: the earlier one leads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from trading.auctions.formats import PRODUCTION, auction_format
from trading.auctions.orders import Sheet
from trading.auctions.rules import Award, Increments, Order, Outcome, Refused

__all__ = ["Book", "EnglishTerms", "clear", "next_minimum", "place", "refold", "visible_price"]


@dataclass(frozen=True)
class EnglishTerms:
    """What is frozen when the lot is announced. ``reserve`` 0 = none.

    ``strict`` False takes any maximum (``ebay_proxy``); ``proxies`` False is open outcry: the price is the last bid itself.
    """

    start: int
    increments: Increments
    reserve: int = 0
    strict: bool = True
    proxies: bool = True


@dataclass(frozen=True)
class Book:
    """The fold of all bids so far: who leads with which maximum, the best maximum of anybody else, the visible price."""

    seq: int = 0
    leader: str | None = None
    top: int | None = None
    second: int | None = None
    price: int | None = None
    reserve_met: bool = False


def visible_price(terms: EnglishTerms, top: int, second: int | None) -> int:
    """This will return the price everybody sees for the two best maxima."""
    if not terms.proxies:
        return top
    price = terms.start
    if second is not None:
        price = max(price, min(top, second + terms.increments.step(second)))
    return max(price, terms.reserve) if 0 < terms.reserve <= top else price


def next_minimum(terms: EnglishTerms, book: Book, bidder: str | None = None) -> int:
    """This will return the least maximum the next bid of ``bidder`` must name; a leader only has to top the own one."""
    if not terms.strict:
        return 1
    if book.price is None or book.top is None:
        return terms.start
    if terms.proxies and bidder is not None and bidder == book.leader:
        return book.top + 1
    return book.price + terms.increments.step(book.price)


def place(terms: EnglishTerms, book: Book, bidder: str, maximum: int) -> Book | Refused:
    """This will take one bid: the book after it, or why it is refused (the book then stays as it was)."""
    minimum = next_minimum(terms, book, bidder)
    if maximum < minimum:
        code = "trading.bid.not_above_own" if terms.proxies and bidder == book.leader else "trading.bid.too_low"
        return Refused(bidder, code, book.seq + 1, minimum)
    leader, top, second = book.leader, book.top, book.second
    if top is None or bidder == leader:
        leader, top = bidder, max(maximum, top or 0)
    elif maximum > top:
        leader, top, second = bidder, maximum, top
    else:
        second = max(maximum, second or 0)
    return _book(terms, book.seq + 1, leader, top, second)


def _book(terms: EnglishTerms, seq: int, leader: str | None, top: int | None, second: int | None) -> Book:
    if top is None:
        return Book(seq)
    return Book(seq, leader, top, second, visible_price(terms, top, second), top >= terms.reserve)


def refold(terms: EnglishTerms, orders: Iterable[Order], seq: int) -> Book:
    """This will rebuild the book from the bids that still stand, e.g. after a stopped bidder's bids were voided.

    Everybody's best maximum counts, from the moment it was first named; ``seq`` is the number of the last bid given out.
    """
    best: dict[str, Order] = {}
    for order in sorted(orders, key=lambda order: order.seq):
        if order.bidder not in best or order.amount > best[order.bidder].amount:
            best[order.bidder] = order
    ranked = sorted(best.values(), key=lambda order: (-order.amount, order.seq))
    if not ranked:
        return Book(seq)
    return _book(terms, seq, ranked[0].bidder, ranked[0].amount, ranked[1].amount if len(ranked) > 1 else None)


def clear(terms: EnglishTerms, orders: Iterable[Order]) -> Outcome:
    """This will run a whole auction: bids in order of arrival; no award if nobody bid or the reserve was not met."""
    book, refused = Book(), []
    for order in sorted(orders, key=lambda order: order.seq):
        answer = place(terms, book, order.bidder, order.amount)
        if isinstance(answer, Refused):
            refused.append(Refused(order.bidder, answer.code, order.seq, answer.minimum))
        else:
            book = answer
    sold = book.leader is not None and book.price is not None and book.reserve_met
    awards = (Award(book.leader, book.price),) if sold and book.leader is not None and book.price is not None else ()
    return Outcome(awards, book.price if sold else None, tuple(refused), {"reserve_met": book.reserve_met, "visible": book.price})


@auction_format("english", venues=PRODUCTION, amounts=("visible",))
def _sheet(sheet: Sheet) -> Outcome:
    """``start`` and ``increment`` shape the raises; ``"strict": false`` takes any maximum."""
    terms = EnglishTerms(sheet.amount("start") or 0, sheet.increments(), sheet.reserve(), bool(sheet.given("strict", True)))
    return clear(terms, sheet.orders())
