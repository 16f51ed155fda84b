"""Replays auctions of other houses through the production bidding operations, on a market clock that is moved bid by bid.

Every auction becomes a lot that is announced, opened, bid on and closed by the very operations of the floor, in a venue of
the simulation profile whose dated figures say the other house's rules. Works in a database that is thrown away: parties
and the one listing are staged as rows, everything judged here (bids, prices, closings) is real.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from evidence.clock import MARKET_CLOCK, set_market_clock
from kit.actors import SYSTEM, Actor
from kit.numerals import whole
from kit.rejected import Rejected
from participants.models import Parameter, Venue
from simulation.replay_stage import Stage
from trading.auctions.rules import EBAY_INCREMENTS
from trading.models import Auction
from trading.operations import announce_auction, close_auction, open_auction, place_bid, register_bidder

__all__ = ["RULES", "ReplayFault", "Replayed", "Rules", "read_auction", "replay"]

#: Where the replayed market's time begins; far enough ahead that the clock never has to go back.
BEGINNING = datetime(2100, 1, 4, tzinfo=UTC)


class ReplayFault(ValueError):
    """A line that is no auction."""


@dataclass(frozen=True)
class Rules:
    """Figures of another house, written into the replay venue's parameters."""

    name: str
    increments: list[dict[str, Any]]
    soft_close_seconds: int = 0
    extension_seconds: int = 0
    extension_cap_seconds: int = 0
    replay: Mapping[str, Any] = field(default_factory=dict)

    def figures(self) -> dict[str, Any]:
        return {
            "auction.increment": self.increments, "auction.soft_close_seconds": self.soft_close_seconds,
            "auction.extension_seconds": self.extension_seconds, "auction.extension_cap_seconds": self.extension_cap_seconds,
            "auction.notice_days": 0, "deposit.bps": 0, "deposit.minimum_fen": 0, "auction.replay": dict(self.replay),
        }


def soft_close(line: Mapping[str, Any] | None = None) -> Rules:
    """Open outcry with raises in basis points; the end counts from the first bid, an extension from the last one.

    A line may name its own figures: ``increment_bps`` (1000), ``duration_seconds`` (86400), ``extension_seconds`` (900).
    """
    line = line or {}
    extension = int(line.get("extension_seconds", 900))
    return Rules(
        "soft_close", [{"below_fen": None, "step_fen": 1, "bps": int(line.get("increment_bps", 1000))}], soft_close_seconds=extension,
        extension_seconds=extension, extension_cap_seconds=10 * 366 * 86400,
        replay={"proxies": False, "extends_from_bid": True, "run_seconds": int(line.get("duration_seconds", 86400))})


EBAY_PROXY = Rules("ebay_proxy", [{"below_fen": row.below, "step_fen": row.step} for row in EBAY_INCREMENTS.rows],
                   replay={"enforces_step": False})
RULES = {"ebay_proxy": EBAY_PROXY, "soft_close": soft_close()}


@dataclass(frozen=True)
class RecordedBid:
    bidder: str
    amount_fen: int
    after: timedelta
    seq: Any


@dataclass(frozen=True)
class RecordedAuction:
    """One line of the file: amounts in hundredths, instants counted from the opening."""

    name: str
    start_fen: int
    runs: timedelta
    bids: tuple[RecordedBid, ...]
    line: Mapping[str, Any]
    published_fen: tuple[int, ...] = ()


@dataclass(frozen=True)
class Replayed:
    """What the production operations made of one auction."""

    name: str
    winner: str | None
    price_fen: int | None
    refused: tuple[dict[str, Any], ...]
    bids: int
    published_fen: tuple[int, ...]

    def as_json(self) -> dict[str, Any]:
        return {"auction": self.name, "winner": self.winner, "price": None if self.price_fen is None else hundredths(self.price_fen),
                "refused": list(self.refused)}


def hundredths(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def read_auction(text: str) -> RecordedAuction:
    """This will read one JSON line; ``ReplayFault`` says what is wrong with it."""
    try:
        line = json.loads(text, parse_float=Decimal)
        bids = tuple(RecordedBid(str(row["bidder"]), _fen(row["amount"]), _after(row), row.get("seq", place))
                     for place, row in enumerate(line["bids"]))
        last = max((bid.after for bid in bids), default=timedelta())
        days = str(line.get("type", "")).split(" day", 1)[0]
        length = whole(days, digits=5)
        runs = max(timedelta(minutes=5) if length is None else timedelta(days=length), last + timedelta(minutes=1))
        published = line.get("published_prices", [line["published_price"]] if "published_price" in line else [])
        start = line.get("open_bid", line.get("reserve", line.get("start_price", "0.01")))
        return RecordedAuction(str(line["auction"]), max(1, _fen(start)), runs, bids, line, tuple(_fen(one) for one in published))
    except (KeyError, TypeError, ValueError, InvalidOperation) as fault:
        raise ReplayFault(f"not an auction: {type(fault).__name__}: {fault}") from fault


def _fen(value: Any) -> int:
    amount = Decimal(str(value)) * 100
    if not amount.is_finite() or amount < 0 or amount != amount.to_integral_value():
        raise ValueError(f"an amount has at most two decimals and is not negative: {value}")
    return int(amount)


def _after(row: Mapping[str, Any]) -> timedelta:
    for name, unit in (("t_days", 86_400_000_000), ("t_hours", 3_600_000_000), ("t_seconds", 1_000_000), ("t", 1_000_000)):
        if name in row:
            return timedelta(microseconds=int(Decimal(str(row[name])) * unit))
    at = datetime.fromisoformat(str(row["at"]).replace("Z", "+00:00"))
    return at.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)


class Market:
    """The replay venue: one listing, a pool of generated buyers, and the clock in hand."""

    def __init__(self, rules: Rules) -> None:
        self.now = BEGINNING
        set_market_clock(self.now, 0)
        self.stage = Stage(at=self.now)
        self.rules = rules
        self._figures: dict[str, Any] = {}
        self._write(rules)

    def _write(self, rules: Rules) -> None:
        for key, value in rules.figures().items():
            if self._figures.get(key) != value:
                self._set(self.stage.venue, key, value)
                self._figures[key] = value

    @staticmethod
    def _set(venue: Venue, key: str, value: Any) -> None:
        if not Parameter.objects.filter(venue=venue, key=key).update(value=value):
            Parameter.objects.create(venue=venue, key=key, value=value, unit="replay", source="replay", effective_from=BEGINNING)

    def move(self, at: datetime) -> None:
        if at > self.now:
            self.now = at
            set_market_clock(at, 0)

    def run(self, auction: RecordedAuction) -> Replayed:
        """This will live one auction through and return its end."""
        self._write(soft_close(auction.line) if self.rules.name == "soft_close" else self.rules)
        opens = self.now + timedelta(minutes=1)
        first = min((bid.after for bid in auction.bids), default=timedelta())
        base = opens if auction.bids and first < timedelta(days=3650) else opens - first
        lot = announce_auction(listing=self.stage.listing, opens_at=opens, closes_at=base + auction.runs, start_price_fen=auction.start_fen,
                               actor=self.stage.seller, clock=MARKET_CLOCK)
        parties = self._register(lot, auction)
        self.move(opens)
        open_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)
        refused = tuple(self._bids(lot, auction, base, parties))
        return self._close(lot, auction, parties, refused)

    def _register(self, lot: Auction, auction: RecordedAuction) -> dict[str, Actor]:
        names = list(dict.fromkeys(bid.bidder for bid in auction.bids))
        parties = dict(zip(names, self.stage.buyers(len(names)), strict=True))
        for actor in parties.values():
            register_bidder(lot=lot, actor=actor, clock=MARKET_CLOCK)
        return parties

    def _bids(self, lot: Auction, auction: RecordedAuction, base: datetime, parties: Mapping[str, Actor]) -> Iterator[dict[str, Any]]:
        for bid in auction.bids:
            self.move(base + bid.after)
            try:
                place_bid(lot=lot.code, maximum_fen=bid.amount_fen, actor=parties[bid.bidder], clock=MARKET_CLOCK)
            except Rejected as no:
                yield {"seq": bid.seq, "bidder": bid.bidder, "amount": hundredths(bid.amount_fen), "code": no.code}

    def _close(self, lot: Auction, auction: RecordedAuction, parties: Mapping[str, Actor], refused: tuple[dict[str, Any], ...]) -> Replayed:
        self.move(max(self.now, Auction.objects.values_list("closes_at", flat=True).get(pk=lot.pk)))
        ended = close_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)
        award = ended.awards.select_related("bidder").first()
        names = {actor.organization_id: name for name, actor in parties.items()}
        winner = None if award is None else names[award.bidder.organization_id]
        return Replayed(auction.name, winner, None if award is None else award.price_fen, refused, len(auction.bids), auction.published_fen)


def replay(auctions: Iterable[RecordedAuction], rules: Rules) -> Iterator[Replayed]:
    """This will live the auctions through, one after the other, on the moved clock."""
    market = Market(rules)
    for auction in auctions:
        yield market.run(auction)
