"""The floor in the demo: lots are planned from announcement to end; who registers and bids when stands in one heap.

The books are kept from public answers only (``Placed``), and made anew from the database when a history is taken up again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from simulation.agents.buyer import HUMANS, LotBook, bid_times, interests, next_bidder, proposal
from simulation.agents.other_lots import OtherLots
from simulation.heap import Heap
from simulation.market import SEED, Market
from trading.models import Auction, Bidder
from trading.operations import place_bid, register_bidder
from trading.states import ACTIVE_LOTS, AuctionStatus
from trading.tasks import close_due, open_due

__all__ = ["Floor"]


@dataclass
class Floor:
    """Every running lot, by code. ``runs_clock`` when the simulation also opens and closes lots (while history is lived)."""

    market: Market
    heap: Heap
    runs_clock: bool = True
    bids_a_lot: int = 18
    books: dict[str, LotBook] = field(default_factory=dict)

    # ---- knowing ---------------------------------------------------------------------------------------------------------

    def take_up(self) -> None:
        """This will plan every running lot that is not planned yet."""
        lots = Auction.objects.filter(status__in=ACTIVE_LOTS).exclude(code__in=list(self.books)).order_by("pk")
        for lot in lots.select_related("version__listing__product"):
            self.plan(lot)

    def plan(self, lot: Auction) -> LotBook:
        """This will draw a lot's interests and plan registrations, opening, bids and end."""
        turn = Auction.objects.filter(listing_id=lot.listing_id, pk__lte=lot.pk).count()
        name = f"{lot.version.file_name}/{turn}"
        drawn = interests(name, SEED, lot.start_price_fen, lively=not self.runs_clock, barred=frozenset() if self.runs_clock else HUMANS)
        book = LotBook(lot.code, lot.pk, lot.seller_id, lot.start_price_fen, lot.opens_at, lot.closes_at, drawn,
                       format=lot.format)
        self._recall(lot, book)
        self.books[lot.code] = book
        now = self.market.now()
        self._plan_registrations(book, now)
        if lot.format != "english":
            OtherLots(self.market, self.heap).plan(lot, book)
        if self.runs_clock:
            self._plan_bids(book, max(now, lot.opens_at))
            if lot.status == AuctionStatus.ANNOUNCED:
                self.heap.plan(lot.opens_at, self._open)
            self.heap.plan(lot.closes_at, partial(self._close, book))
        return book

    def _recall(self, lot: Auction, book: LotBook) -> None:
        """Paddles already drawn and the price already reached."""
        for bidder in Bidder.objects.filter(auction=lot):
            if key := self.market.key_of(bidder.organization_id):
                book.paddles[key] = bidder.paddle
        if lot.leader_id and lot.price_fen:
            book.leader = Bidder.objects.get(pk=lot.leader_id).paddle
            book.minimum_fen = lot.price_fen + _step(lot, lot.price_fen)
        book.bids = lot.seq

    # ---- planning --------------------------------------------------------------------------------------------------------

    def _plan_registrations(self, book: LotBook, now: datetime) -> None:
        room = max((book.opens_at - now).total_seconds(), 8.0)
        for one in book.interests:
            if one.key not in book.paddles:
                at = now + timedelta(seconds=int(1 + self.market.chance.random() * room * 0.95))
                self.heap.plan(at, partial(self._register, book, one.key))

    def _plan_bids(self, book: LotBook, start: datetime) -> None:
        count = max(3, int(self.market.chance.gauss(self.bids_a_lot, self.bids_a_lot / 3))) if len(book.interests) > 1 else 2
        for at in bid_times(self.market.chance, start, book.closes_at, count):
            if at >= start:
                self.heap.plan(at, partial(self._bid, book))

    # ---- acting ----------------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self.market.done["trading.auction.open"] += self.market.timed("clock.open_due", lambda: open_due(self.market.clock))

    def _close(self, book: LotBook) -> None:
        if book.closes_at > self.market.now():  # it was extended meanwhile
            self.heap.plan(book.closes_at, partial(self._close, book))
            return
        self.market.done["trading.auction.close"] += self.market.timed("clock.close_due", lambda: close_due(self.market.clock))
        self.books.pop(book.code, None)

    def _register(self, book: LotBook, key: str) -> None:
        if key in book.paddles or self.market.now() >= book.closes_at:
            return
        bidder = self.market.act(register_bidder, lot=Auction(pk=book.pk, code=book.code), actor=self.market.actors[key])
        if bidder is not None:
            book.paddles[key] = bidder.paddle

    def _bid(self, book: LotBook) -> bool:
        if book.format != "english" or not book.opens_at <= self.market.now() < book.closes_at:
            return False
        one = next_bidder(self.market.chance, book)
        if one is None:
            return False
        placed = self.market.act(place_bid, lot=book.code, actor=self.market.actors[one.key],
                                 maximum_fen=proposal(self.market.chance, book, one, lively=not self.runs_clock))
        if placed is not None:
            book.leader, book.minimum_fen, book.closes_at = placed.leader, placed.minimum_fen, placed.closes_at
            book.bids = placed.seq
        else:
            self._look_again(book)
        return placed is not None

    def pulse(self) -> bool:
        """This will let one bid be placed on a lot that has room for it, the one that ends sooner being likelier; False if none has.

        Before its last tenth a lot goes to three quarters of what it is worth to the second, so that its end is still a contest.
        """
        now = self.market.now()
        able = [book for book in self.books.values()
                if book.format == "english" and book.opens_at <= now < book.closes_at and self._has_room(book, now)]
        if not able:
            return False
        weights = [1 / (60 + (book.closes_at - now).total_seconds()) ** 0.5 for book in able]
        return self._bid(self.market.chance.choices(able, weights)[0])

    def _has_room(self, book: LotBook, now: datetime) -> bool:
        limits = sorted((one.limit_fen for one in book.interests if one.key in book.paddles), reverse=True)
        if len(limits) < 2 or next_bidder(self.market.chance, book) is None:
            return False
        last_tenth = now >= book.closes_at - (book.closes_at - book.opens_at) / 10
        return last_tenth or book.asked_fen <= limits[1] * 3 // 4

    def _look_again(self, book: LotBook) -> None:
        """A refused bid means that somebody else bid meanwhile: the public facts are read again."""
        lot = Auction.objects.get(pk=book.pk)
        book.closes_at = lot.closes_at
        self._recall(lot, book)

    def forget_ended(self) -> None:
        """This will drop the books of lots that ended (live trading, where the house's own clock closes them)."""
        running = set(Auction.objects.filter(code__in=list(self.books), status__in=ACTIVE_LOTS).values_list("code", flat=True))
        self.books = {code: book for code, book in self.books.items() if code in running}


def _step(lot: Auction, price_fen: int) -> int:
    """The increment at a price, by the lot's own frozen table (rows: below, step, bps)."""
    for below, step, bps in lot.increments:
        if below is None or price_fen < below:
            return max(int(step), price_fen * int(bps) // 10_000)
    return 0
