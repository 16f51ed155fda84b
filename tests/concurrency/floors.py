"""Lots on a running clock, and what must hold of them whatever was done to them at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from evidence.clock import MARKET_CLOCK, set_market_clock
from kit.actors import SYSTEM
from tests.threads import together
from tests.trading.worlds import make_lot
from trading import invariants
from trading.models import Auction
from trading.operations import open_auction, register_bidder

__all__ = ["closing_soon", "held_across_the_close", "opened", "violations"]


def violations() -> list[str]:
    """This will look at everything that must hold of lots, bids and awards."""
    return [text for one in (invariants.NumbersAreGapless, invariants.PricesFollowFromBids, invariants.EndsMoveForward,
                             invariants.LotsCanBeRebuilt, invariants.AwardsFollowFromBids) for text in one().check()]


def opened(*buyers: Any) -> Auction:
    """A lot open now on the running clock, closing in a day."""
    lot = make_lot(spare=timedelta(minutes=1))
    for buyer in buyers:
        register_bidder(lot=lot, actor=buyer, clock=MARKET_CLOCK)
    set_market_clock(MARKET_CLOCK.now() + timedelta(days=7, minutes=2), 1)
    return open_auction(lot=lot, actor=SYSTEM, clock=MARKET_CLOCK)


def closing_soon(*buyers: Any) -> Auction:
    """A lot that ends in 0.7 s."""
    lot = opened(*buyers)
    set_market_clock(lot.closes_at - timedelta(milliseconds=700), 1)
    return lot


def held_across_the_close(lot: Auction, statement: str, act: Callable[[], Any]) -> Any:
    """Holds the lot's row from before the end until after it while ``act`` waits; returns its result or exception."""
    holding = threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [lot.pk])
            holding.set()
            time.sleep(1.2)

    def wait() -> Any:
        holding.wait()
        return act()

    return together([hold, wait])[1]
