"""Words all formats share: increment tables, soft close, orders, outcomes. Amounts are whole units (fen in the market)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

__all__ = [
    "EBAY_INCREMENTS",
    "HOUSE_INCREMENTS",
    "Award",
    "Closing",
    "IncrementRow",
    "Increments",
    "Order",
    "Outcome",
    "Refused",
    "SoftClose",
    "by_amount",
]


@dataclass(frozen=True)
class IncrementRow:
    """For prices under ``below`` (None = no end) a bid rises by ``step``, or by ``bps`` of the price if that is more."""

    below: int | None
    step: int
    bps: int = 0


@dataclass(frozen=True)
class Increments:
    """The increment table 加价幅度 by visible price; a fixed step is a table of one row."""

    rows: tuple[IncrementRow, ...]

    def __post_init__(self) -> None:
        bounds = [row.below for row in self.rows]
        if not self.rows or bounds[-1] is not None or None in bounds[:-1]:
            raise ValueError("an increment table ends with one row without bound")
        limits = [bound for bound in bounds if bound is not None]
        if limits != sorted(set(limits)) or any(limit <= 0 for limit in limits):
            raise ValueError("the bounds of an increment table rise")
        if any(row.step < 1 or row.bps < 0 for row in self.rows):
            raise ValueError("a step is at least one unit")
        if [row.step for row in self.rows] != sorted(row.step for row in self.rows) or \
                [row.bps for row in self.rows] != sorted(row.bps for row in self.rows):
            raise ValueError("steps never fall as the price rises, else the visible price could")

    @classmethod
    def fixed(cls, step: int) -> Increments:
        return cls((IncrementRow(None, step),))

    @classmethod
    def proportional(cls, bps: int) -> Increments:
        """A raise in basis points of the price, rounded up, at least one unit."""
        return cls((IncrementRow(None, 1, bps),))

    @classmethod
    def read(cls, rows: Iterable[Iterable[Any]]) -> Increments:
        """This will read ``[[below or null, step], [below, step, bps] …]``, the shape stored with a lot."""
        return cls(tuple(IncrementRow(*row) for row in rows))

    def written(self) -> list[list[int | None]]:
        """This will give the rows as stored with a lot and hashed with its terms."""
        return [[row.below, row.step, row.bps] for row in self.rows]

    def step(self, price: int) -> int:
        """This will return the raise that is due on ``price``."""
        row = next(row for row in self.rows if row.below is None or price < row.below)
        return max(row.step, -(-price * row.bps // 10000))


def _table(*rows: tuple[int | None, int]) -> Increments:
    return Increments(tuple(IncrementRow(below, step) for below, step in rows))


#: ``auction.increment`` in fen: 100, 1,000, 5,000, 10,000 yuan below 10,000, 100,000, 1,000,000 yuan and above.
HOUSE_INCREMENTS = _table((1_000_000, 10_000), (10_000_000, 100_000), (100_000_000, 500_000), (None, 1_000_000))

#: eBay's table in cents, for replaying its auctions (rules ``ebay_proxy``).
EBAY_INCREMENTS = _table((100, 5), (500, 25), (2_500, 50), (10_000, 100), (25_000, 250), (50_000, 500), (100_000, 1_000),
                         (250_000, 2_500), (500_000, 5_000), (None, 10_000))


@dataclass(frozen=True)
class Closing:
    """When a lot ends: now, as first announced, and how often the end moved."""

    closes_at: datetime
    announced_at: datetime
    extensions: int = 0


@dataclass(frozen=True)
class SoftClose:
    """Soft close 延时: a leading bid within ``window`` of the end moves the end by ``extension``, in all at most by ``cap``.

    ``after_last`` counts the extension from the bid instead of from the end (rules ``soft_close`` of ``replay_auctions``).
    """

    window: timedelta
    extension: timedelta
    cap: timedelta
    after_last: bool = False

    def after(self, closing: Closing, at: datetime) -> Closing:
        """This will return the end after an accepted leading bid at ``at``; the end never moves back."""
        if closing.closes_at - at > self.window:
            return closing
        wished = (at if self.after_last else closing.closes_at) + self.extension
        end = max(closing.closes_at, min(wished, closing.announced_at + self.cap))
        return closing if end == closing.closes_at else Closing(end, closing.announced_at, closing.extensions + 1)


@dataclass(frozen=True)
class Order:
    """One bid or ask as handed in; ``seq`` is the order of arrival and breaks ties (earlier leads)."""

    bidder: str
    amount: int
    seq: int
    quantity: int = 1


@dataclass(frozen=True)
class Award:
    """Who gets how much at which price per unit."""

    bidder: str
    price: int
    quantity: int = 1


@dataclass(frozen=True)
class Refused:
    """A bid that was not taken: its place in the input, a stable code and the least amount that would have done."""

    bidder: str
    code: str
    seq: int = 0
    minimum: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What a format decides. ``price`` is the one clearing price where the format has one, else None."""

    awards: tuple[Award, ...] = ()
    price: int | None = None
    refused: tuple[Refused, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def by_amount(orders: Iterable[Order]) -> list[Order]:
    """This will rank bids: higher amount first, then the earlier one."""
    return sorted(orders, key=lambda order: (-order.amount, order.seq))
