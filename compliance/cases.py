"""Cases 案件: queues of the desks with a clock each; asked parties answer, silence does not stop the desk (lifecycles §1).

A case never holds its subject's own state and never decides for it: when nobody acts in time it is flagged, not approved.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from compliance.catalogue import hash_of
from compliance.credit import note_credit
from compliance.events import case_moved
from compliance.joint import refuse_unjoined
from compliance.models import Case, CaseEntry, CaseKind
from compliance.moves import locked, step
from compliance.papers import keep_papers
from compliance.rules.equal_terms import EXCEPTIONS
from compliance.states import CASE, CaseStatus
from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.models import Organization, User
from participants.operations import notify
from participants.permissions import require
from participants.timers import after

__all__ = ["QUEUES", "answer_case", "ask_party", "assign_case", "claim_case", "close_case", "escalate_case", "flag_case", "moot_case",
           "note_case", "open_case", "stop_waiting"]

#: kind of case -> the queue (desk) that works it
QUEUES: dict[str, str] = {
    CaseKind.VERSION_REVIEW: "compliance", CaseKind.SAMPLE: "compliance", CaseKind.FILING: "compliance",
    CaseKind.REGISTRATION: "compliance",
    CaseKind.COMPLAINT: "compliance", CaseKind.DISPUTE: "compliance", CaseKind.OUTPUT: "compliance", CaseKind.RIGHT: "compliance",
    CaseKind.EXPORT: "regulator", CaseKind.CONDUCT: "regulator", CaseKind.TRADE_REVIEW: "regulator", CaseKind.ALERT: "surveillance",
    CaseKind.PAYOUT: "operator", CaseKind.SETTLEMENT: "operator", CaseKind.INCIDENT: "operator", CaseKind.CONTROL_LIST: "compliance",
    CaseKind.OTHER: "compliance",
}


@covers("H3", "R83")
@operation("compliance.case.open")
def open_case(*, kind: str, subject_kind: str, subject_code: str, title: tuple[str, str], organization: Organization | None = None,
              text: str = "", flags: Sequence[str] = (), priority: int = 50, actor: Actor, clock: Clock) -> Case:
    """This will open a case in the queue of its kind; an open one of the same kind and subject is returned instead.

    Called down by rooms whose object needs somebody's eyes; ``organization`` is the party that can be asked.
    """
    at = clock.now()
    require(actor, "compliance.case.open", at=at)
    running = Case.objects.filter(kind=kind, subject_code=subject_code).exclude(status=CaseStatus.CLOSED).first()
    if running:
        return _write(running, "note", running.status, actor=actor, at=at, text=text)
    made = Case.objects.create(
        code=new_code("CASE"), kind=CaseKind(kind), queue=QUEUES[kind], subject_kind=subject_kind, subject_code=subject_code,
        organization=organization, title_zh=title[0], title_en=title[1], flags=sorted(set(flags)), priority=priority, opened_at=at,
        due_at=after(f"case.{kind}", at))
    return _write(made, "open", "", actor=actor, at=at, text=text)


def _write(held: Case, act: str, before: str, *, actor: Actor, at: datetime, text: str = "", papers: Sequence[Deposit] = (),
           to_party: bool = False) -> Case:
    """One line of the timeline and one fact; the text itself stays in this room, the fact holds its hash."""
    kept = keep_papers(held, act, papers, shared=to_party, desk=act != "answer", actor=actor, at=at) if papers else []
    CaseEntry.objects.create(case=held, act=act, actor=actor.code, text=text, papers=kept, to_party=to_party, at=at)
    record(case_moved[act](subject=held.code, case_kind=held.kind, about=held.subject_code, from_status=before, to_status=held.status,
                           due_at=held.due_at, outcome=held.outcome, text_hash=hash_of(text) if text else ""), actor=actor, at=at)
    return held


def _move(held: Case, act: str, *, actor: Actor, at: datetime, **line: Any) -> Case:
    before = step(held, CASE, act, "case")
    held.save()
    return _write(held, act, before, actor=actor, at=at, **line)


def _worked(case: Case, actor: Actor, clock: Clock) -> tuple[Case, datetime]:
    held = locked(case)
    at = clock.now()
    require(actor, "compliance.case.work", subject=held, at=at)
    return held, at


@operation("compliance.case.claim")
def claim_case(*, case: Case, actor: Actor, clock: Clock) -> Case:
    """This will take an open case; two who claim at once do not both get it."""
    held, at = _worked(case, actor, clock)
    held.assignee_id = actor.user_id
    return _move(held, "claim", actor=actor, at=at)


@operation("compliance.case.assign")
def assign_case(*, case: Case, to: User, reason: str = "", actor: Actor, clock: Clock) -> Case:
    """This will give a case to a colleague, or hand it over."""
    held, at = _worked(case, actor, clock)
    held.assignee = to
    return _move(held, "assign", actor=actor, at=at, text=reason)


@operation("compliance.case.flag")
def flag_case(*, case: Case, add: Sequence[str] = (), remove: Sequence[str] = (), actor: Actor, clock: Clock) -> Case:
    """This will set or clear flags; ``overdue`` is the clock's and is not set by hand."""
    held, at = _worked(case, actor, clock)
    kept = set(held.flags) - (set(remove) - {"overdue"})
    held.flags = sorted(kept | (set(add) - {"overdue"}))
    held.save(update_fields=["flags"])
    return _write(held, "flag", held.status, actor=actor, at=at, text=", ".join(held.flags))


@operation("compliance.case.note")
def note_case(*, case: Case, text: str, papers: Sequence[Deposit] = (), actor: Actor, clock: Clock) -> Case:
    """This will add a note to the file; the party does not see it."""
    held, at = _worked(case, actor, clock)
    return _write(held, "note", held.status, actor=actor, at=at, text=text, papers=papers)


@covers("H3")
@operation("compliance.case.ask")
def ask_party(*, case: Case, text: str, actor: Actor, clock: Clock) -> Case:
    """This will ask the party something; the desk's own clock stands still for its five working days."""
    held, at = _worked(case, actor, clock)
    if held.organization is None:
        raise Rejected("compliance.case.no_party")
    held.asked_at, held.answer_due_at = at, after("case.answer", at)
    _move(held, "ask", actor=actor, at=at, text=text, to_party=True)
    notify(organization=held.organization, kind="compliance.case.asked", tone="wait", subject=held.code,
           href=f"/desk/cases/{held.code}/", due_at=held.answer_due_at, at=at,
           text=(f"关于“{held.title_zh}”，请答复：{text}", f"About “{held.title_en}”, please answer: {text}"))
    return held


@operation("compliance.case.answer")
def answer_case(*, case: Case, text: str, papers: Sequence[Deposit] = (), actor: Actor, clock: Clock) -> Case:
    """This will hand in the party's answer; the desk's clock runs on."""
    held = locked(case)
    at = clock.now()
    require(actor, "compliance.case.answer", subject=held, at=at)
    if not text.strip() and not papers:
        raise Rejected("compliance.paper.missing")
    _resume(held, at)
    return _move(held, "answer", actor=actor, at=at, text=text, papers=papers, to_party=True)


def _resume(held: Case, at: datetime) -> None:
    if held.status == CaseStatus.WAITING_ON_PARTY and held.asked_at is not None:
        held.due_at += at - held.asked_at
        held.answer_due_at = None


@operation("compliance.case.stay_silent")
def stop_waiting(*, case: Case, clock: Clock) -> Case:
    """This will note that the party did not answer in time; the desk goes on without."""
    held = locked(case)
    at = clock.now()
    if held.answer_due_at is None or at < held.answer_due_at:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    _resume(held, at)
    return _move(held, "stay_silent", actor=SYSTEM, at=at, text="期限内没有答复 / no answer in time", to_party=True)


@operation("compliance.case.close")
def close_case(*, case: Case, outcome: str, text: str = "", actor: Actor, clock: Clock) -> Case:
    """This will close a case with its outcome (a word such as ``in_order``, ``finding_opened``); an exception has its reason."""
    held, at = _worked(case, actor, clock)
    if outcome in EXCEPTIONS and len(text.strip()) < 4:
        raise Rejected("compliance.case.exception_unreasoned", case=held.code)
    refuse_unjoined(held)
    held.outcome, held.closed_at = outcome, at
    _move(held, "close", actor=actor, at=at, text=text)
    if held.kind == CaseKind.SAMPLE and outcome == "in_order" and held.organization is not None:
        note_credit(organization=held.organization, event="sample_passed", source=held.code, actor=actor, clock=clock)
    return held


@operation("compliance.case.moot")
def moot_case(*, case: Case, text: str, actor: Actor, clock: Clock) -> Case:
    """This will close a case whose cause is gone, in whatever state it is; called down by what took the cause away."""
    held = locked(case)
    at = clock.now()
    held.outcome, held.closed_at, held.answer_due_at = "cause_gone", at, None
    return _move(held, "moot", actor=actor, at=at, text=text)


@covers("H3")
@operation("compliance.case.escalate")
def escalate_case(*, case: Case, clock: Clock) -> Case:
    """This will flag a case whose desk is late; the state stays, a deadline never approves anything."""
    held = locked(case)
    at = clock.now()
    if held.status not in {CaseStatus.OPEN, CaseStatus.ASSIGNED} or at < held.due_at or held.overdue:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    held.flags = sorted({*held.flags, "overdue"})
    held.save(update_fields=["flags"])
    return _write(held, "escalate", held.status, actor=SYSTEM, at=at)
