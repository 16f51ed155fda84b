"""A bargain of two 议价: offer, counter-offer, accept, decline, withdraw, expire. Pure, so that it can be tried a thousand times.

One offer stands at a time and one side has the turn. Who has the turn accepts, declines or counters; who made the offer may take it
back; the clock ends it. After the end nothing moves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

__all__ = ["ACTS", "BARTER_SIDES", "MOST_ROUNDS", "SIDES", "NotMoved", "Talk", "Terms", "other", "start", "step"]

SIDES = ("seller", "buyer")
#: In a barter both sides sell and buy: who proposed it, and who was asked.
BARTER_SIDES = ("proposer", "partner")
_OPPOSITE = {one: other for pair in (SIDES, BARTER_SIDES) for one, other in (pair, pair[::-1])}
ACTS = ("counter", "accept", "decline", "withdraw", "expire")
#: Offers and counter-offers together.
MOST_ROUNDS = 20

#: What an offer says: of one licence its ``Terms``, of a barter the two of them.
T = TypeVar("T")

_ENDS = {"accept": "accepted", "decline": "declined", "withdraw": "withdrawn", "expire": "expired"}


@dataclass(frozen=True)
class Terms:
    """What an offer says: the price, how many people may use it, for how long, and what for."""

    price_fen: int
    seats: int | None = None
    term_days: int | None = None
    purpose: str = ""


@dataclass(frozen=True)
class Talk(Generic[T]):
    """A bargain as it stands. ``fixed``: an offer to take or leave (a quote that holds its price)."""

    status: str
    turn: str
    round: int
    terms: T
    due_at: datetime | None
    fixed: bool = False


@dataclass(frozen=True)
class NotMoved:
    """Why an act does not move the bargain."""

    code: str


def other(side: str) -> str:
    """This will name the other side."""
    return _OPPOSITE[side]


def start(by: str, terms: T, due_at: datetime, *, fixed: bool = False) -> Talk[T]:
    """This will open a bargain: the other side has the turn."""
    return Talk("offered", other(by), 1, terms, due_at, fixed)


def step(talk: Talk[T], act: str, by: str, at: datetime, *, terms: T | None = None,
         due_at: datetime | None = None) -> Talk[T] | NotMoved:
    """This will move the bargain, or say why not; ``by`` is a side, or '' for the clock."""
    if code := _refusal(talk, act, by, at, terms):
        return NotMoved(code)
    if act == "counter":
        assert terms is not None and due_at is not None, "asked above"
        return replace(talk, turn=other(talk.turn), round=talk.round + 1, terms=terms, due_at=due_at)
    return replace(talk, status=_ENDS[act], due_at=None)


def _refusal(talk: Talk[T], act: str, by: str, at: datetime, terms: T | None) -> str:
    if talk.status != "offered" or talk.due_at is None:
        return "over"
    if act == "expire":
        return "" if at >= talk.due_at else "not_due"
    if at >= talk.due_at:
        return "late"
    if act == "withdraw":
        return "" if by == other(talk.turn) else "not_your_offer"
    if by != talk.turn:
        return "not_your_turn"
    return _of_counter(talk, terms) if act == "counter" else ""


def _of_counter(talk: Talk[T], terms: T | None) -> str:
    if talk.fixed:
        return "fixed"
    if talk.round >= MOST_ROUNDS:
        return "too_many_rounds"
    return "same_terms" if terms is None or terms == talk.terms else ""
