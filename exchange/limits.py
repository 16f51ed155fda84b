"""How often one caller may ask: an exact count per window, taken in one step (M27: DRF's own throttle lets 5 to 36 through).

Redis counts by one Lua script; where Redis cannot be reached PostgreSQL counts by one upsert; where neither answers the call is
refused (503), because an unlimited door is worse than a closed one. Counting is on wall time: it guards the house, not the market.
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from redis.exceptions import RedisError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.throttling import BaseThrottle

from kit.coverage import covers
from kit.rejected import Rejected

__all__ = ["Limit", "Rate", "take"]

log = logging.getLogger(__name__)

_LUA = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
"""


@dataclass(frozen=True)
class Rate:
    """At most ``count`` in each window of ``seconds``."""

    count: int
    seconds: int = 60


@covers("T46")
def take(key: str, rate: Rate) -> int:
    """This will count one call under ``key``; returns 0 when it may pass, else the seconds to wait (at least 1)."""
    window = int(time.time()) // rate.seconds  # wall clock: guards the house
    name = f"limit:{key}:{rate.seconds}:{window}"
    try:
        count, left = _in_redis(name, rate)
    except (RedisError, OSError):
        log.warning("Redis does not count; PostgreSQL does")
        count, left = _in_postgres(name, rate, window)
    return 0 if count <= rate.count else max(1, left)


@lru_cache(maxsize=1)
def _client(process: int) -> Any:
    """One client over Django's own pool for each process: building one costs as much as asking it."""
    return cache._cache.get_client(write=True)  # type: ignore[attr-defined]  # whatever the address


def _in_redis(name: str, rate: Rate) -> tuple[int, int]:
    count, left = _client(os.getpid()).eval(_LUA, 1, name, rate.seconds * 1000)
    return int(count), int(left) // 1000 + 1


def _in_postgres(name: str, rate: Rate, window: int) -> tuple[int, int]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT participants_count_call(%s, %s, %s)", [name, rate.seconds, window])
            return int(cursor.fetchone()[0]), rate.seconds
    except DatabaseError as broken:
        raise Rejected("exchange.limit.unknown") from broken


class Limit(BaseThrottle):
    """The API's limit: each key, sign-in or address on its own; writes apart from reads."""

    def __init__(self) -> None:
        self.seconds = 0

    def allow_request(self, request: Any, view: Any) -> bool:
        safe = request.method in SAFE_METHODS
        rate = Rate(settings.API_READS_PER_MINUTE if safe else settings.API_WRITES_PER_MINUTE)
        who = f"user:{request.user.pk}" if request.user.is_authenticated else f"address:{self.get_ident(request)}"
        self.seconds = take(f"{who}:{'read' if safe else 'write'}", rate)
        return self.seconds == 0

    def wait(self) -> float | None:
        return float(self.seconds)
