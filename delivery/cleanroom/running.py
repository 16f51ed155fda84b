"""Running what was asked: taken up in one transaction, run outside any, ended in another; the epsilon was committed before all of it.
The house's own rooms run here by the holder's program (``holder.carry_out``), those of holders at theirs (``holding``).

Nothing is released that the gates would refuse at that moment. What failed before its process opened the data gets its epsilon back;
whatever happened after that is spent, answered or not: that it failed is an answer too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from delivery.cleanroom.asking import note_query, of_running, step_query
from delivery.cleanroom.budgets import budgets_of, give_back
from delivery.cleanroom.cohorts import hashes_of
from delivery.cleanroom.holder import Signed, carry_out
from delivery.cleanroom.jail import Outcome, seconds_for
from delivery.cleanroom.language import digest
from delivery.gates import times_used
from delivery.models import RoomQuery
from delivery.states import CohortStatus, QueryStatus, RoomPlace
from evidence.files import open_deposit
from evidence.keys import public_bytes, sign, signing_key
from evidence.operations import acting, operation
from evidence.prepared import prepared
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.gates import pass_all
from participants.notices import notify
from participants.timers import after

__all__ = ["answer_next", "end_silent", "finish_query", "job_of", "signed_job", "start_query"]

log = logging.getLogger(__name__)
_RUN = "delivery.query.run"


def _refusal(held: RoomQuery, *, at: datetime) -> str:
    """Why it may not run or be answered now; '' where nothing is against it."""
    try:
        pass_all(of_running(held.delivery, held.room, calls=times_used(held.delivery), at=at, here=False))
    except Rejected as refused:
        return refused.code
    return "delivery.query.list_gone" if held.cohort and held.cohort.status != CohortStatus.HELD else ""


def _tell(held: RoomQuery, tone: str, text: tuple[str, str], *, at: datetime) -> None:
    notify(organization=held.delivery.buyer, kind=f"delivery.query.{held.status}", tone=tone, subject=held.code, text=text, at=at,
           href=f"/desk/deliveries/{held.delivery.code}/room/{held.code}/")


def _returned(held: RoomQuery, reason: str, *, at: datetime) -> RoomQuery:
    held.reason = reason[:60]
    held.save()
    _tell(held, "held", (f"密室提问 {held.code} 未运行，隐私预算已退回", f"Question {held.code} did not run; its epsilon is back"), at=at)
    return note_query(held, "returned", give_back(held), actor=SYSTEM, at=at)


@operation("delivery.query.start")
@covers("F6", "F8", "T64")
def start_query(*, query: RoomQuery, clock: Clock, actor: Actor = SYSTEM, permission: str = _RUN) -> RoomQuery:
    """This will take a question up, or give its epsilon back where it may not run any more; by the house, or by a holder's runner."""
    held, at = step_query(query, "start", permission, actor=actor, clock=clock)
    if reason := _refusal(held, at=at):
        held, at = step_query(query, "return", _RUN, actor=SYSTEM, clock=clock)
        return _returned(held, reason, at=at)
    held.started_at, held.due_at = at, after("query.run", at)
    held.job_sha256 = signed_job(held).sha256
    held.save(update_fields=["status", "started_at", "due_at", "job_sha256"])
    return note_query(held, "started", _standing(held), actor=actor, at=at)


def _standing(held: RoomQuery) -> list[Any]:
    return list(budgets_of(held.room, held.buyer, year=held.year))


def job_of(held: RoomQuery) -> dict[str, Any]:
    """This will write the job the runner gets: nothing of the house but what the question needs."""
    laid = held.delivery.deposit.size if held.delivery.deposit else 0
    return {"format": "room-job/1", "code": held.code, "room": held.room.code, "file_sha256": held.room.file_sha256,
            "seconds": seconds_for(max(held.delivery.version.file_bytes or 0, laid)), "offer": held.room.offer, "question": held.question,
            "epsilon_micro": held.epsilon_micro, "cohort": hashes_of(held.cohort) if held.cohort else []}


def signed_job(held: RoomQuery) -> Signed:
    """This will sign the job, for the house's own runner as for a holder's."""
    text = json.dumps(job_of(held), ensure_ascii=False)
    return Signed(text, sign(text.encode()).hex())


def _run(held: RoomQuery) -> Outcome:
    deposit = held.delivery.deposit
    if deposit is None:
        return Outcome()
    try:
        data = open_deposit(deposit)
    except (OSError, Rejected):
        log.exception("the data of %s cannot be opened", held.code)
        return Outcome()
    try:
        with data:
            job, house = signed_job(held), public_bytes(signing_key()).hex()
            return carry_out(job, job.said(house), data, house=house)
    except OSError:
        log.exception("the question %s broke off", held.code)
        return Outcome(opened=True)  # it is not known how far it came: spent


@operation("delivery.query.finish")
@covers("F8", "T62", "T64")
def finish_query(*, query: RoomQuery, outcome: Outcome, clock: Clock, actor: Actor = SYSTEM, permission: str = _RUN,
                 trace: Sequence[Any] = (), answer_sha256: str = "") -> RoomQuery:
    """This will end a run: with its answer if it still may be given, else spent; back goes only what opened nothing."""
    act = "answer" if outcome.rows else "fail" if outcome.opened else "return"
    held, at = step_query(query, act, permission, actor=actor, clock=clock)
    held.given_up, held.trace, held.answer_sha256 = outcome.given_up, list(trace), answer_sha256
    if act == "return":
        return _returned(held, "delivery.query.not_opened", at=at)
    reason = _refusal(held, at=at) if act == "answer" else "delivery.query.no_answer"
    if reason:
        return _failed(query, held, reason, at=at)
    held.rows = outcome.rows
    held.rows_sha256 = digest(json.dumps(held.rows, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    held.save(update_fields=["status", "ended_at", "due_at", "given_up", "trace", "answer_sha256", "rows", "rows_sha256"])
    _tell(held, "ok", (f"密室提问 {held.code} 已有结果", f"Question {held.code} has its answer"), at=at)
    return note_query(held, "answered", _standing(held), actor=actor, at=at)


def _failed(query: RoomQuery, held: RoomQuery, reason: str, *, at: datetime) -> RoomQuery:
    held.status, held.reason = QueryStatus.FAILED, reason[:60]
    held.save()
    _tell(held, "bad", (f"密室提问 {held.code} 未成，隐私预算已用去", f"Question {held.code} came to nothing; its epsilon is spent"), at=at)
    return note_query(held, "failed", _standing(held), actor=SYSTEM, at=at)


def answer_next(*, clock: Clock) -> RoomQuery | None:
    """This will take up the question that waits longest, run it and end it; None where nothing waits.

    What runs was committed before: an act under way would put the budget's charge after the run, so there is none.
    """
    assert not acting(), "a question runs outside every operation"
    waiting = _waiting.first()
    if waiting is None:
        return None
    try:
        started = start_query(query=waiting, clock=clock)
    except Rejected:  # another worker was faster
        return waiting
    if started.status != QueryStatus.RUNNING:
        return started
    return finish_query(query=started, outcome=_run(started), clock=clock)


@prepared
def _waiting() -> QuerySet[RoomQuery]:
    return RoomQuery.objects.filter(status=QueryStatus.QUEUED, room__place=RoomPlace.VENUE).order_by("pk")[:1]


@operation("delivery.query.end_silent")
@covers("F8")
def end_silent(*, query: RoomQuery, clock: Clock) -> RoomQuery:
    """This will end what nobody took up in time (given back) and what fell silent while it ran (spent: it may have read the data)."""
    act = "return" if query.status == QueryStatus.QUEUED else "fail"
    held, at = step_query(query, act, _RUN, actor=SYSTEM, clock=clock)
    if act == "return":
        return _returned(held, "delivery.query.not_taken_up", at=at)
    return _failed(query, held, "delivery.query.fell_silent", at=at)
