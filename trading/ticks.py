"""Public ticks of a lot: written in the act's transaction, published after commit, refetched after a gap (lifecycles §4).

A tick carries public facts only: price, leader's paddle, end, whether the reserve is met. Redis is the doorbell: a lost
publish is found by the client as a gap in ``seq`` and healed from the database.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.db import transaction

from evidence.clock import MARKET_CLOCK
from evidence.events import rfc3339
from evidence.prepared import ask
from trading.models import Auction, Tick
from trading.secrecy import screened

__all__ = ["announce", "board_channel", "lot_channel", "message", "message_of", "write"]

log = logging.getLogger(__name__)


def lot_channel(code: str) -> str:
    return f"{settings.LIVE_PREFIX}-lot-{code}"


def board_channel() -> str:
    return f"{settings.LIVE_PREFIX}-board"


def write(lot: Auction, kind: str, *, at: datetime) -> None:
    """This will write the lot's next tick from its row, in the present transaction, and publish it after commit."""
    ((seq,),) = ask("SELECT trading_tell(%s, %s, %s)", [lot.pk, str(kind), at])
    code, lot.standing.tick_seq, lot_key = lot.code, int(seq), lot.pk
    if settings.LIVE_PREFIX:
        transaction.on_commit(lambda: _publish_row(code, lot_key, int(seq)))


def _publish_row(code: str, lot: int, seq: int) -> None:
    row = Tick.objects.filter(auction_id=lot, seq=seq).first()
    if row is not None:
        announce(code, message_of(row))


def message_of(row: Tick, *, server_now: datetime | None = None) -> dict[str, Any]:
    """This will give a stored tick as it goes over the wire."""
    return message(row.seq, row.kind, at=row.at, server_now=server_now or MARKET_CLOCK.now(), price_fen=row.price_fen,
                   leader=row.leader, closes_at=row.closes_at, reserve_met=row.reserve_met, extensions=row.extensions,
                   next_min_fen=row.next_min_fen, bids=row.bids, status=row.status)


def message(seq: int, kind: str, *, at: datetime, server_now: datetime, price_fen: int | None, leader: int | None, closes_at: datetime,
            reserve_met: bool, extensions: int, next_min_fen: int | None, bids: int, status: str) -> dict[str, Any]:
    """This will shape one public tick: no maximum, no reserve, no name."""
    return screened("tick", {
        "type": "tick", "seq": seq, "kind": kind, "at": rfc3339(at), "server_now": rfc3339(server_now), "price_fen": price_fen,
        "leader": None if leader is None else str(leader), "closes_at": rfc3339(closes_at), "reserve_met": reserve_met,
        "extensions": extensions, "next_min_fen": next_min_fen, "bids": bids, "status": status})


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)


def announce(code: str, tick: Mapping[str, Any]) -> None:
    """This will tell the hubs of a committed tick: the lot's own channel and the board's. Failing is not an error."""
    if not settings.LIVE_PREFIX:
        return
    try:
        pipe = _redis().pipeline(transaction=False)
        pipe.publish(lot_channel(code), json.dumps(tick, separators=(",", ":")))
        pipe.publish(board_channel(), json.dumps({**tick, "lot": code}, separators=(",", ":")))
        pipe.execute()
    except redis.RedisError:
        log.warning("a tick of %s was not published; clients will find the gap", code)
