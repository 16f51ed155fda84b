"""A request for quotes 询价: rounds that open and close, quotes that are given, mended and taken back, one award. Pure.

Quotes count while the round is open and bind once it is over; the buyer then awards one, opens a further round, or ends it. The clock
ends a round, and a decision nobody took. Best is the lowest price, among equals the earliest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, TypeVar

from trading.auctions.bargain import NotMoved

__all__ = ["ACTS", "MOST_ROUNDS", "Request", "move", "ranked", "start", "takes_quotes"]

ACTS = ("close", "next_round", "award", "reject", "cancel", "lapse")
MOST_ROUNDS = 5
_DECISIONS = {"award": "awarded", "reject": "failed"}


@dataclass(frozen=True)
class Request:
    """A request as it stands: until when quotes are taken while it is open, until when the buyer decides once the round is over."""

    status: str
    round: int
    closes_at: datetime
    due_at: datetime | None = None


class Priced(Protocol):
    """What is ranked: a price, and when it came."""

    price_fen: int
    at: datetime


P = TypeVar("P", bound=Priced)


def start(closes_at: datetime) -> Request:
    """This will open a request in its first round."""
    return Request("open", 1, closes_at)


def takes_quotes(one: Request, at: datetime) -> bool:
    """This will tell whether a quote may be given or taken back at ``at``."""
    return one.status == "open" and at < one.closes_at


def ranked(quotes: Iterable[P]) -> list[P]:
    """This will rank quotes: lower price first, then the earlier one."""
    return sorted(quotes, key=lambda quote: (quote.price_fen, quote.at))


def move(one: Request, act: str, at: datetime, *, quotes: int = 0, closes_at: datetime | None = None,
         due_at: datetime | None = None) -> Request | NotMoved:
    """This will move the request, or say why not. ``quotes``: how many stand; a round without any has failed at its end."""
    if act == "cancel":
        return replace(one, status="cancelled") if one.status == "open" else NotMoved("illegal_move")
    if act == "close":
        if one.status != "open" or at < one.closes_at:
            return NotMoved("not_due")
        return replace(one, status="evaluating", due_at=due_at) if quotes else replace(one, status="failed")
    if one.status != "evaluating" or one.due_at is None:
        return NotMoved("not_due" if act == "lapse" else "not_deciding")
    late = at >= one.due_at
    if act == "lapse":
        return replace(one, status="failed", due_at=None) if late else NotMoved("not_due")
    if late:
        return NotMoved("not_deciding")
    if act == "next_round":
        assert closes_at is not None, "a round has its end"
        further = Request("open", one.round + 1, closes_at)
        return further if one.round < MOST_ROUNDS else NotMoved("too_many_rounds")
    return replace(one, status=_DECISIONS[act], due_at=None)
