"""Lots that are no English auctions, in the demo: who takes at the clock, who seals, who opens. Slips are drawn from the lot and the buyer,
so that whoever takes a history up again can still open what was sealed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

from simulation.agents.buyer import LotBook
from simulation.heap import Heap
from simulation.market import SEED, Market
from trading.clock import asked_at
from trading.models import Auction
from trading.operations import reveal_bid, seal_bid, take_price
from trading.sealing import Slip, opens_now, seals_now

__all__ = ["OtherLots", "way_of"]

#: How far after the present a lot of each kind ends, so that whoever opens the house finds one of each running.
_WAYS = {timedelta(minutes=40): "dutch", timedelta(minutes=300): "second_price", timedelta(minutes=720): "hybrid"}


def way_of(end: datetime, present: datetime) -> str:
    """This will choose the format of a lot by where it ends."""
    return _WAYS.get(end - present, "english")


@dataclass
class OtherLots:
    """Plans what buyers do on lots of other formats."""

    market: Market
    heap: Heap

    def plan(self, lot: Auction, book: LotBook) -> None:
        """This will plan takes, seals and openings from now on; what is past by then is refused or the same again, and harmless."""
        now, chance = max(self.market.now(), lot.opens_at), self.market.chance
        if lot.clock_seconds is not None and lot.phase in ("", "clock"):
            for one in book.interests:
                share = 0.55 + 0.4 * chance.random()
                at = lot.opens_at + (lot.first_closes_at - lot.opens_at) * share
                self._at(max(at, now), partial(self._take, book, one.key, one.limit_fen))
        if lot.format == "dutch":
            return
        begins = lot.first_closes_at if lot.phase else lot.opens_at
        for one in book.interests:
            at = max(begins, now) + timedelta(minutes=2 + 40 * chance.random())
            self._at(at, partial(self._seal, book, one.key, one.limit_fen))
            for minutes in (5, 25, 70):  # a phase begins when its clock, or whoever took it, says so
                ends = lot.closes_at + timedelta(hours=1 if lot.phase else 0, minutes=minutes + 10 * chance.random())
                self._at(ends, partial(self._open, book, one.key, one.limit_fen))

    def _at(self, at: datetime, act: Callable[[], None]) -> None:
        self.heap.plan(at, act)

    def _lot(self, book: LotBook) -> Auction | None:
        return Auction.objects.filter(pk=book.pk).first()

    def _take(self, book: LotBook, key: str, limit_fen: int) -> None:
        lot, now = self._lot(book), self.market.now()
        if lot is None or lot.status != "open" or lot.phase not in ("", "clock") or key not in book.paddles or now >= lot.closes_at:
            return
        if (asked := asked_at(lot, now)) <= limit_fen:
            self.market.act(take_price, lot=lot, at_most_fen=asked, actor=self.market.actors[key])

    def _slip(self, book: LotBook, key: str, limit_fen: int) -> Slip:
        salt = sha256(f"{SEED}/{book.code}/{key}".encode()).digest()
        return Slip(book.code, limit_fen - salt[0] * limit_fen // 2_560 // 100 * 100, salt)

    def _seal(self, book: LotBook, key: str, limit_fen: int) -> None:
        lot = self._lot(book)
        if lot is not None and lot.status == "open" and seals_now(lot) and key in book.paddles and self.market.now() < lot.closes_at \
                and (lot.taker_id is None or lot.taker.paddle != book.paddles[key]):  # type: ignore[union-attr]
            self.market.act(seal_bid, lot=lot, commitment=self._slip(book, key, limit_fen).commitment, actor=self.market.actors[key])

    def _open(self, book: LotBook, key: str, limit_fen: int) -> None:
        lot = self._lot(book)
        if lot is None or not opens_now(lot) or key not in book.paddles:
            return
        slip = self._slip(book, key, limit_fen)
        if lot.sealed_bids.filter(bidder__paddle=book.paddles[key], commitment=slip.commitment, reveal=None).exists():
            self.market.act(reveal_bid, lot=lot, amount_fen=slip.amount_fen, salt=slip.salt, actor=self.market.actors[key])
