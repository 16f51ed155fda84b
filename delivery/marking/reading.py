"""Reading a leaked sample against marked files, one file at a time, by whoever of the workers is free (F13, R47).

A file is read outside every transaction, for it may be large; what it showed is kept, and the file counted as read, in one. Whoever
reads has ten minutes for a file, which is longer than a task of the worker lives: after that another begins the same file again, and what
the first may still bring comes too late and changes nothing. A file that broke off three times ends the trace with what was found so far.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import Q

from delivery.marking.accusing import plans_to_read, trace_of
from delivery.models import LeakCheck, LeakTrace, MarkPlan
from delivery.proof_events import trace_moved
from delivery.states import TRACE, TraceStatus
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.states import advance
from listings.profile import rows_of
from listings.tables import encoding_of, text_of
from participants.permissions import require

__all__ = ["LEASE", "MOST_ATTEMPTS", "Read", "keep_read", "queue_trace", "read_one", "take_trace", "waiting_traces"]

log = logging.getLogger(__name__)
#: Longer than a task of the worker may run (``CELERY_TASK_TIME_LIMIT``): who had it then has it no more.
LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 3
_MOST_ROWS = 20_000


@dataclass(frozen=True)
class Read:
    """What one file showed: its place in the trace, its hash, and its line where the sample has rows of it."""

    place: int
    file_sha256: str
    line: dict[str, Any] | None


def _note(held: LeakTrace, word: str, *, actor: Actor, at: datetime, file_sha256: str = "",
          line: dict[str, Any] | None = None) -> LeakTrace:
    record(trace_moved[word](
        subject=held.code, check=held.check_of.code, to_status=held.status, files=held.files, read=held.read, attempts=held.attempts,
        file_sha256=file_sha256, named=sorted({one["copy"] for one in (line["named"] if line else [])})), actor=actor, at=at)
    return held


def _locked(trace: LeakTrace) -> LeakTrace:
    return LeakTrace.objects.select_for_update(of=("self",), no_key=True).select_related("check_of__sample", "asked_by").get(pk=trace.pk)


@covers("F13", "R47")
@operation("delivery.trace.queue")
def queue_trace(*, check: LeakCheck, actor: Actor, clock: Clock) -> LeakTrace | None:
    """This will queue the reading of a check's sample, as part of the check; None where no marked copy was ever handed out."""
    at = clock.now()
    require(actor, "delivery.leak.check", at=at)
    plans, compared, left_out = plans_to_read()
    if not plans:
        unchanged(at=at)
        return None
    made = LeakTrace.objects.create(code=new_code("TRC"), check_of=check, plans=plans, files=len(plans), left_out=left_out,
                                    compared=compared, asked_by_id=actor.user_id or 0, queued_at=at, due_at=at + LEASE)
    return _note(made, "queued", actor=actor, at=at)


def waiting_traces(at: datetime) -> Any:
    """This will list what nobody reads now: what is queued, and what was taken up and fell silent; the oldest first."""
    return LeakTrace.objects.filter(Q(status=TraceStatus.QUEUED) | Q(status=TraceStatus.RUNNING, due_at__lte=at)).order_by("pk")


@covers("F13")
@operation("delivery.trace.take")
def take_trace(*, trace: LeakTrace, clock: Clock, actor: Actor = SYSTEM) -> LeakTrace | None:
    """This will take a trace up, from the start or from where it fell silent; None where another was faster."""
    held = _locked(trace)
    at = clock.now()
    require(actor, "delivery.trace.read", at=at)
    fresh = held.status == TraceStatus.QUEUED
    if not fresh and (held.status != TraceStatus.RUNNING or held.due_at is None or held.due_at > at):
        unchanged(at=at)
        return None
    if held.attempts >= MOST_ATTEMPTS:
        return _ended(held, "fail", "failed", actor=actor, at=at)
    if fresh:
        held.status = advance(TRACE, TraceStatus.QUEUED, "take", subject=held.code, code="delivery.trace.illegal_move")
    held.attempts, held.due_at = held.attempts + 1, at + LEASE
    held.save()
    return _note(held, "started" if fresh else "resumed", actor=actor, at=at)


def _ended(held: LeakTrace, act: str, word: str, *, actor: Actor, at: datetime, **noted: Any) -> LeakTrace:
    held.status = advance(TRACE, TraceStatus(held.status), act, subject=held.code, code="delivery.trace.illegal_move")
    held.due_at, held.ended_at = None, at
    held.save()
    return _note(held, word, actor=actor, at=at, **noted)


def read_one(held: LeakTrace) -> Read:
    """This will read the sample against the file that is next; outside every act, it takes as long as the file is large."""
    plan = MarkPlan.objects.select_related("version__deposit", "version__listing").get(pk=held.plans[held.read])
    sample = held.check_of.sample
    with text_of(sample, encoding_of(sample)) as lines:
        rows = rows_of(lines)
        names = next(rows, [])
        line = trace_of(plan, names, list(islice(rows, _MOST_ROWS)), held.compared)
    return Read(held.read, plan.file_sha256, line)


@covers("F13", "R47")
@operation("delivery.trace.keep")
def keep_read(*, trace: LeakTrace, found: Read, clock: Clock, actor: Actor = SYSTEM) -> LeakTrace:
    """This will keep what a file showed and count it as read, once: a file that another has read meanwhile changes nothing."""
    held = _locked(trace)
    at = clock.now()
    require(actor, "delivery.trace.read", at=at)
    if held.status != TraceStatus.RUNNING or held.read != found.place:
        unchanged(at=at)
        return held
    held.read, held.attempts, held.due_at = held.read + 1, 0, at  # free for whoever reads the next
    if found.line is not None:
        held.traces = [*held.traces, found.line]
    if held.read == held.files:
        return _ended(held, "finish", "finished", actor=actor, at=at, file_sha256=found.file_sha256, line=found.line)
    held.save()
    return _note(held, "read", actor=actor, at=at, file_sha256=found.file_sha256, line=found.line)
