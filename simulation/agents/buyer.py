"""Buyers: whom a lot interests, what it is worth to each, when they bid and how much; paying, and accepting what came.

A buyer's limit is private and drawn once per lot and buyer from the seed; nobody bids above it, so prices end where the
second-highest limit is, as theory has it for an auction with proxies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from simulation.cast import BUYERS

__all__ = ["HUMANS", "Interest", "LotBook", "bid_times", "interests", "next_bidder", "proposal"]


#: Played by whoever signs in with a demo account: nobody bids, pays or accepts for them while the house is open.
HUMANS = frozenset({"huyong", "binhai", "jianghai", "mingjian", "zhongtuo"})


@dataclass(frozen=True)
class Interest:
    """One buyer's interest in one lot; ``limit_fen`` is what it is worth to the buyer."""

    key: str
    limit_fen: int


@dataclass
class LotBook:
    """A lot as its bidders see it: public facts and who is interested."""

    code: str
    pk: int
    seller_id: int
    start_fen: int
    opens_at: datetime
    closes_at: datetime
    interests: list[Interest]
    paddles: dict[str, int] = field(default_factory=dict)
    leader: int = 0
    minimum_fen: int = 0
    bids: int = 0
    format: str = "english"

    @property
    def asked_fen(self) -> int:
        """The least maximum that would be accepted now."""
        return max(self.minimum_fen, self.start_fen)


def interests(name: str, seed: int, start_fen: int, *, barred: frozenset[str] = frozenset(), lively: bool = False) -> list[Interest]:
    """This will draw who is interested in a lot and up to which price; the same name (product and turn) draws the same.

    ``lively`` lots, watched by somebody, interest everybody, and are worth about three times the start price.
    """
    chance = Random(f"{seed}/{name}")  # noqa: S311 (a game, no secret)
    if lively:
        return [Interest(one.key, _limit(chance, start_fen, 1.15, 0.3)) for one in BUYERS if one.key not in barred]
    many = chance.choices([0, 1, 2, 3, 4, 5], weights=[3, 7, 34, 34, 16, 6])[0]
    keys = [one.key for one in BUYERS if one.key not in barred]
    chosen = chance.sample(keys, min(many, len(keys)))
    return [Interest(key, _limit(chance, start_fen)) for key in chosen]


def _limit(chance: Random, start_fen: int, middle: float = 0.6, spread: float = 0.3) -> int:
    """A limit above the start price, in whole hundreds of yuan: half of them above e**middle times the start."""
    worth = int(start_fen * chance.lognormvariate(middle, spread))
    return max(start_fen, worth - worth % 10_000)


def bid_times(chance: Random, opens_at: datetime, closes_at: datetime, count: int) -> list[datetime]:
    """This will draw when bids come: half of them spread over the lot's time, half in its last tenth."""
    length = (closes_at - opens_at).total_seconds()
    shares = [chance.random() if chance.random() < 0.5 else 1 - 0.1 * chance.random() ** 2 for _ in range(count)]
    latest = closes_at - timedelta(seconds=20)
    return sorted(min(opens_at + timedelta(seconds=int(1 + share * length)), latest) for share in shares)


def next_bidder(chance: Random, book: LotBook) -> Interest | None:
    """This will choose who bids next: somebody registered who does not lead and can still go on; None when nobody can."""
    able = [one for one in book.interests
            if one.key in book.paddles and book.paddles[one.key] != book.leader and one.limit_fen >= book.asked_fen]
    return chance.choice(able) if able else None


def proposal(chance: Random, book: LotBook, interest: Interest, *, lively: bool = False) -> int:
    """This will choose the maximum to bid: mostly the least that leads, sometimes more, now and then all the buyer has.

    On ``lively`` lots nobody shows so much at once, so that there is something to watch.
    """
    room = interest.limit_fen - book.asked_fen
    shares = [0.0, 0.02, 0.05, 0.1] if lively else [0.0, 0.12, 0.3, 1.0]
    share = chance.choices(shares, weights=[60, 22, 12, 6])[0]
    more = int(room * share)
    return book.asked_fen + more - more % 10_000
