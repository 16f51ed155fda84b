"""Noise: people mistype, bid too little, come too late or try what is not theirs; the house refuses and goes on.

Nothing of it changes anything: a refusal leaves no trace but its answer and a counter.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulation.floor import Floor
from simulation.market import Market
from simulation.times import Window
from trading.models import Auction
from trading.operations import place_bid, register_bidder

__all__ = ["Noise"]


@dataclass
class Noise:
    """A few refused acts a window, on average ``daily``."""

    market: Market
    floor: Floor
    daily: float = 0.5

    def plan(self, window: Window) -> None:
        """This will plan perhaps one bid that is too low and perhaps one registration that is not allowed."""
        window.perhaps(self.daily, self._bid_too_little)
        window.perhaps(self.daily / 4, self._sell_to_oneself)

    def _bid_too_little(self) -> None:
        now = self.market.now()
        books = [one for one in self.floor.books.values() if one.paddles and one.minimum_fen and one.opens_at <= now < one.closes_at]
        if books:
            book = self.market.chance.choice(books)
            key = self.market.chance.choice(sorted(book.paddles))
            self.market.act(place_bid, lot=book.code, maximum_fen=max(100, book.start_fen // 2), actor=self.market.actors[key])

    def _sell_to_oneself(self) -> None:
        """A seller who tries to bid for its own lot is no buyer, and is told so."""
        books = sorted(self.floor.books.values(), key=lambda one: one.pk)
        if not books:
            return
        book = self.market.chance.choice(books)
        if seller := self.market.key_of(book.seller_id):
            self.market.act(register_bidder, lot=Auction(pk=book.pk, code=book.code), actor=self.market.actors[seller])
