"""How often one may try to sign in: counted before the password is looked at, exactly, also when tries come at once (T46, M27).

Ten tries per user name and address in a quarter of an hour, whether the name exists or not; a hundred per address over all names.
A right password gives the tries back. Counting is on wall time: it guards the house, not the market.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from kit.coverage import covers

__all__ = ["Try", "client_address", "count_try", "forgive"]


@dataclass(frozen=True)
class Try:
    """One try as counted: how many seconds it must wait (0: the password may be looked at), and under which names it stands."""

    wait: int
    name: str
    address: str


def client_address(request: HttpRequest) -> str:
    """This will return the address of the caller: of the connection, or what our own proxy says it saw."""
    proxies = int(str(settings.REST_FRAMEWORK["NUM_PROXIES"] or 0))
    if proxies:
        seen = [part.strip() for part in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",") if part.strip()]
        if seen:
            return seen[-min(proxies, len(seen))]
    return str(request.META.get("REMOTE_ADDR", ""))


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _count(name: str, most: int, wall: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT counted, ends FROM participants_count_try(%s, %s, %s, %s)",
                       [name, most, settings.SIGNIN_COOLOFF_SECONDS, wall])
        counted, ends = cursor.fetchone()
    return 0 if counted <= most else max(1, int((ends - wall).total_seconds()) + 1)


@covers("T46")
def count_try(purpose: str, who: str, request: HttpRequest) -> Try:
    """This will count one try of ``who`` for a purpose (``signin``, ``factor``, ``step_up``) from the caller's address."""
    wall, address = timezone.now(), client_address(request)  # wall clock: sign-ins
    name, place = _hash(purpose, who.strip().casefold(), address), _hash("address", address)
    wait = max(_count(name, settings.SIGNIN_TRIES, wall), _count(place, settings.SIGNIN_TRIES_PER_ADDRESS, wall))
    return Try(wait, name, place)


def forgive(counted: Try) -> None:
    """This will give the tries back after a right answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT participants_forgive_try(%s, %s)", [counted.name, counted.address])
