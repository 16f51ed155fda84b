"""The market's clock for operations: SQL ``market_now()``. Simulation, demo and tests may move it; production may not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings

from evidence.prepared import ask

__all__ = ["MARKET_CLOCK", "MarketClockReader", "set_market_clock"]


@dataclass(frozen=True)
class MarketClockReader:
    """Tells the market's present instant, as the database sees it at the moment of asking."""

    def now(self) -> datetime:
        at: datetime = ask("SELECT market_now()", [])[0][0]
        return at.astimezone(UTC)


MARKET_CLOCK = MarketClockReader()


def set_market_clock(anchor: datetime, rate: int) -> None:
    """This will make the market's clock tell ``anchor`` now and run ``rate`` market seconds per wall second (0 stands still).

    The database refuses to go before a recorded fact, and refuses any move in production.
    """
    assert not settings.PRODUCTION, "the market clock of a production installation is not moved"
    assert anchor.tzinfo is not None and rate >= 0
    ask("UPDATE evidence_marketclock SET anchor_market = %s, anchor_wall = clock_timestamp(), rate = %s WHERE id = 1 RETURNING id",
        [anchor, rate])
