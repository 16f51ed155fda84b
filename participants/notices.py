"""Telling an organisation what happened, what it means, what to do and by when; called downward, in the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from kit.ids import new_code
from participants.live import organization_group, ring_after_commit
from participants.models import Notice, Organization

__all__ = ["notify"]


def notify(*, organization: Organization, kind: str, text: tuple[str, str], tone: str = "info", subject: str = "", href: str = "",
           due_at: datetime | None = None, at: datetime) -> Notice:
    """This will tell an organisation something, in both languages, under the next number of its own series.

    Whoever tells several organisations does so last and in the order of their keys (the series is locked per organisation).
    """
    assert connection.in_atomic_block, "a notice belongs to the act that causes it"
    code = new_code("NTC")
    with connection.cursor() as cursor:
        cursor.execute("SELECT participants_notify(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                       [organization.pk, code, kind, tone, *text, subject, href, due_at, at])
        seq = int(cursor.fetchone()[0])
    ring_after_commit(organization_group(organization.pk), {"type": "notice", "seq": seq, "id": code})
    return Notice(code=code, seq=seq, organization=organization, kind=kind, tone=tone, text_zh=text[0], text_en=text[1],
                  subject=subject, href=href, due_at=due_at, at=at)
