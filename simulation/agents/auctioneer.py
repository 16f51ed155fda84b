"""Announcing lots: every lot is announced at least seven days before it opens, so the future's ends are chosen now.

While history is lived lots end twice a day; from the present on they end every few hours, and around the present one ends
within ten minutes, one within two hours, one within a day: whoever opens the house finds six lots running.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from listings.models import Listing, SaleMode
from listings.states import ListingStatus
from simulation.agents.other_lots import way_of
from simulation.floor import Floor
from simulation.market import Market
from simulation.times import Window
from trading.models import Auction
from trading.operations import announce_auction
from trading.states import ACTIVE_LOTS

__all__ = ["OPEN_HOURS", "Auctioneer", "wanted_end"]

OPEN_HOURS = 30
_NOTICE = timedelta(days=7, minutes=2)
#: A clock that falls by one per cent a minute to 55 per cent of its start.
_CLOCK = timedelta(minutes=46)
_FIRST = tuple(timedelta(minutes=minutes) for minutes in (10, 40, 120, 300, 720, 1440))
_BEFORE, _AFTER = timedelta(hours=12), timedelta(hours=5)


def wanted_end(at: datetime, present: datetime, taken: Sequence[datetime]) -> datetime:
    """This will choose when the next lot should end: the first wanted instant that a notice of seven days still allows and
    no other lot has taken. ``present`` is where the lived history ends (or the present itself).
    """
    earliest = at + _NOTICE + timedelta(hours=1)
    taken_set = sorted(taken)
    candidate = _floor_to(earliest, _BEFORE) + timedelta(hours=6)
    around = [(present + after, timedelta(minutes=8)) for after in _FIRST]
    in_time = at + _NOTICE <= present - timedelta(minutes=5)
    wanted: list[tuple[datetime, timedelta]] = list(around) if in_time and at >= present - timedelta(days=10) else []
    while candidate < present - timedelta(hours=1):
        wanted.append((candidate, _BEFORE / 2))
        candidate += _BEFORE
    wanted += around
    later = max(earliest, present + _FIRST[-1])
    wanted += [(later + _AFTER * turn, _AFTER / 2) for turn in range(1, 80)]
    for instant, gap in wanted:
        if instant >= earliest and not any(abs(instant - one) < gap for one in taken_set):
            return instant
    return later + _AFTER * 80


def _floor_to(at: datetime, step: timedelta) -> datetime:
    seconds = int(at.timestamp())
    return at - timedelta(seconds=seconds % int(step.total_seconds()), microseconds=at.microsecond)


@dataclass
class Auctioneer:
    """Announces lots of listings that are for auction and have none running; ``horizon`` is how far ahead ends are filled,
    ``most`` how many lots a window may announce.
    """

    market: Market
    floor: Floor
    present: datetime
    horizon: timedelta = timedelta(days=10)
    most: int = 99
    passive: frozenset[str] = frozenset()

    def plan(self, window: Window) -> None:
        """This will plan announcements until the ends of the coming days are filled or no listing is left."""
        running = list(Auction.objects.filter(status__in=ACTIVE_LOTS).values_list("listing_id", "closes_at"))
        taken = [closes for _, closes in running]
        free = list(Listing.objects.filter(status=ListingStatus.LISTED, version__sale_mode=SaleMode.AUCTION)
                    .exclude(pk__in=[key for key, _ in running]).select_related("version").order_by("listed_at", "pk"))
        window.chance.shuffle(free)
        for listing in [one for one in free if self._seller(one)][: self.most]:
            at = window.instant()
            end = wanted_end(at, self.present, taken)
            if way_of(end, self.present) in ("dutch", "hybrid") and (listing.version is None or listing.version.reserve_price_fen):
                continue  # a falling clock has no secret reserve: the next listing has this end
            if end > at + self.horizon + timedelta(hours=OPEN_HOURS):
                break
            taken.append(end)
            window.heap.plan(at, partial(self._announce, listing, end))

    def _seller(self, listing: Listing) -> str:
        key = self.market.key_of(listing.organization_id)
        return "" if key in self.passive else key

    def _announce(self, listing: Listing, end: datetime) -> None:
        now = self.market.now()
        opens_at = max(end - timedelta(hours=OPEN_HOURS), now + _NOTICE)
        terms: dict[str, Any] = {"format": way_of(end, self.present)}
        if terms["format"] in ("dutch", "hybrid") and listing.version is not None and listing.version.price_fen:
            begun = end - _CLOCK if terms["format"] == "dutch" else self.present - timedelta(minutes=10)
            if begun < now + _NOTICE:
                terms = {"format": "english"}
            else:
                opens_at, terms["floor_price_fen"] = begun, listing.version.price_fen * 55 // 100
        seller = self._seller(listing)
        if not seller or end <= opens_at:
            return
        lot = self.market.act(announce_auction, listing=listing, opens_at=opens_at, closes_at=end, actor=self.market.actors[seller],
                              **terms)
        if lot is not None:
            self.floor.plan(lot)
