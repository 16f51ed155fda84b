"""Closing a period 关账: from then on nothing is posted at or before its end; its totals are kept and its hash is recorded."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from evidence.operations import operation, record
from evidence.prepared import ask
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.events import PeriodClosed
from ledger.models import Closing
from ledger.queries import drifted, trial_balance_at

__all__ = ["close_period", "totals_at", "totals_hash"]

_LOCK = 0x4C4544


def totals_at(until: datetime) -> list[list[object]]:
    """This will return the trial balance at an instant as it is kept: kind, currency, accounts, posted, reserved."""
    return [[row.kind, row.currency, row.accounts, row.posted_fen, row.reserved_fen] for row in trial_balance_at(until)
            if row.posted_fen or row.reserved_fen]


def totals_hash(until: datetime, totals: list[list[object]]) -> str:
    """This will hash the totals with the instant they hold for."""
    return hashlib.sha256(json.dumps([until.isoformat(), totals], separators=(",", ":")).encode()).hexdigest()


@covers("G1", "I27")
@operation("ledger.period.close")
def close_period(*, until: datetime, actor: Actor, clock: Clock) -> Closing:
    """This will close the books up to and with ``until``; refused while a balance does not follow from its postings."""
    ask("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    at = clock.now()
    last = Closing.objects.order_by("-until").first()
    if until >= at or (last is not None and until <= last.until):
        raise Rejected("ledger.period_backwards", last=last.until.isoformat() if last else "–")
    if drifted():
        raise Rejected("ledger.period_unsound")
    totals = totals_at(until)
    made = Closing.objects.create(until=until, at=at, totals=totals, totals_hash=totals_hash(until, totals))
    record(PeriodClosed(subject=f"period-{until:%Y%m%dT%H%M%S}", until=until.isoformat(), totals_hash=made.totals_hash), actor=actor, at=at)
    return made
