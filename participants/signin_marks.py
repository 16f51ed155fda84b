"""Marks of sign-ins 登录痕迹: from which address, and with which browser there, an organisation's people come, as keyed hashes.

The logs of a network are kept six months at least (Cybersecurity Law); for surveillance a keyed hash is enough, so no address and no
person stands here (PIPL Art. 6: no more than the purpose needs), and rows go with the term of the logs.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from participants.denials import logs_before
from participants.models import MarkKind, SignInMark, User
from participants.queries import LOCAL
from participants.retention import keeps
from participants.signin_limits import client_address

__all__ = ["forget_marks", "keep_marks", "mark_of", "note_marks"]


def mark_of(kind: str, *parts: str) -> str:
    """This will hash a place by the house's key: the same place is the same mark, and nobody reads the place from it."""
    return salted_hmac("participants.signin_marks", "\n".join((kind, *parts)), algorithm="sha256").hexdigest()


@covers("H4", "R86")
@receiver(user_logged_in)
def keep_marks(sender: Any, request: HttpRequest | None, user: Any, **_: Any) -> None:
    """This will keep the marks of a sign-in for the organisation acted for, once a day."""
    if request is None or not isinstance(user, User) or user.acting_for_id is None or "REMOTE_ADDR" not in request.META:
        return
    browser = "\n".join((request.META.get("HTTP_USER_AGENT", ""), request.META.get("HTTP_ACCEPT_LANGUAGE", "")))
    note_marks(user.acting_for_id, client_address(request), browser, at=MARKET_CLOCK.now())


def note_marks(organization_id: int, address: str, browser: str, *, at: datetime) -> None:
    """This will write down one day's marks of an organisation; the same ones once."""
    day = at.astimezone(LOCAL).date()
    marks = {MarkKind.ADDRESS: mark_of("address", address), MarkKind.DEVICE: mark_of("device", address, browser)}
    SignInMark.objects.bulk_create([SignInMark(organization_id=organization_id, kind=kind, hash=value, day=day)
                                    for kind, value in marks.items()], ignore_conflicts=True)


@keeps("participants.signin_mark", "retention.logs")
def forget_marks(before: datetime, at: datetime) -> int:
    """Marks older than the term of the logs."""
    return SignInMark.objects.filter(day__lt=logs_before(before, at).astimezone(LOCAL).date()).delete()[0]
