"""Telling an organisation what happened, what it means, what to do and by when; called downward, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from evidence.prepared import ask
from kit.ids import new_code
from participants.live import organization_group, ring_after_commit
from participants.models import Notice, Organization

__all__ = ["Note", "notify", "notify_all"]


@dataclass(frozen=True)
class Note:
    """What one organisation is told, in both languages."""

    organization: Organization
    kind: str
    text: tuple[str, str]
    tone: str = "info"
    subject: str = ""
    href: str = ""
    due_at: datetime | None = None


def notify_all(notes: Iterable[Note], *, at: datetime) -> None:
    """This will tell several organisations by one statement, in the order of their keys; the last thing an act does."""
    assert connection.in_atomic_block, "a notice belongs to the act that causes it"
    told = [(new_code("NTC"), one) for one in sorted(notes, key=lambda one: one.organization.pk)]
    if not told:
        return
    columns = zip(*((one.organization.pk, code, one.kind, one.tone, *one.text, one.subject, one.href, one.due_at) for code, one in told),
                  strict=True)
    rows = ask("SELECT participants_notify(n.organization, n.code, n.kind, n.tone, n.zh, n.en, n.subject, n.href, n.due_at, %s) "
               "FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], "
               "%s::timestamptz[]) AS n(organization, code, kind, tone, zh, en, subject, href, due_at)", [at, *map(list, columns)])
    for (code, one), (seq,) in zip(told, rows, strict=True):
        ring_after_commit(organization_group(one.organization.pk), {"type": "notice", "seq": int(seq), "id": code})


def notify(*, organization: Organization, kind: str, text: tuple[str, str], tone: str = "info", subject: str = "", href: str = "",
           due_at: datetime | None = None, at: datetime) -> Notice:
    """This will tell an organisation something, in both languages, under the next number of its own series.

    Whoever tells several organisations does so last and in the order of their keys (the series is locked per organisation).
    """
    assert connection.in_atomic_block, "a notice belongs to the act that causes it"
    code = new_code("NTC")
    ((seq,),) = ask("SELECT participants_notify(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                    [organization.pk, code, kind, tone, *text, subject, href, due_at, at])
    ring_after_commit(organization_group(organization.pk), {"type": "notice", "seq": seq, "id": code})
    return Notice(code=code, seq=seq, organization=organization, kind=kind, tone=tone, text_zh=text[0], text_en=text[1],
                  subject=subject, href=href, due_at=due_at, at=at)
