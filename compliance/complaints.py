"""Complaints and reports: taken in within seven working days, handled within forty-five, answered (SAMR Measures 14, 21).

Anyone may complain, also without a name; names and contacts stay in this room. Silence of the desk takes it in, never closes it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from compliance.catalogue import hash_of
from compliance.deadlines import figure, working_days_from
from compliance.events import complaint_moved
from compliance.models import Complaint, ComplaintKind, ConductCase
from compliance.moves import locked, step
from compliance.papers import keep_reporters_papers
from compliance.states import COMPLAINT, ComplaintStatus
from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from participants.operations import notify
from participants.permissions import require
from participants.predicates import standpoint
from participants.roles import Role

__all__ = ["ROUTES", "accept_complaint", "close_complaint", "decline_complaint", "escalate_complaint", "file_complaint", "is_key",
           "note_complaint", "supply_complaint", "tell_reporters", "transfer_complaint", "withdraw_complaint"]

#: kind of complaint -> the desk it goes to; complaints about the venue's own people are not the venue's to judge
ROUTES: dict[str, str] = {
    ComplaintKind.UNLAWFUL_DATA: "compliance", ComplaintKind.PRIVACY: "compliance", ComplaintKind.FALSE_DECLARATION: "compliance",
    ComplaintKind.UNFAIR_TRADE: "surveillance", ComplaintKind.RIGHTS: "compliance", ComplaintKind.SERVICE: "regulator",
    ComplaintKind.OTHER: "compliance",
}
#: desk -> the roles that may handle what was routed to it
DESKS: dict[str, frozenset[Role]] = {
    "compliance": frozenset({Role.COMPLIANCE_OFFICER, Role.REGULATOR}),
    "surveillance": frozenset({Role.SURVEILLANCE, Role.COMPLIANCE_OFFICER, Role.REGULATOR}),
    "regulator": frozenset({Role.REGULATOR}),
}


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def is_key(complaint: Complaint, key: str) -> bool:
    """This will tell whether ``key`` is the one the reporter was given."""
    return secrets.compare_digest(complaint.key_hash, _hash(key))


@covers("R95", "R47")
@operation("compliance.complaint.file")
def file_complaint(*, kind: str, text: str, subject_code: str = "", reporter_name: str = "", contact: str = "",
                   papers: Sequence[Deposit] = (), may_show: bool = False, actor: Actor, clock: Clock) -> tuple[Complaint, str]:
    """This will take down a complaint with its papers and return it with the key by which its reporter follows it, kept as a hash.

    ``may_show``: the reporter lets the desk put papers before the other side; without a name there is no such leave.
    """
    at = clock.now()
    require(actor, "compliance.complaint.file", at=at)
    if kind not in ComplaintKind.values or len(text.strip()) < 10 or (reporter_name and not contact):
        raise Rejected("compliance.complaint.incomplete")
    key = secrets.token_urlsafe(16)
    made = Complaint.objects.create(
        code=new_code("CMP"), kind=kind, subject_code=subject_code, text=text.strip(), reporter_name=reporter_name, contact=contact,
        reporter_id=actor.user_id, organization_id=actor.organization_id, key_hash=_hash(key), received_at=at, queue=ROUTES[kind],
        may_show=may_show, due_at=working_days_from(at, figure("complaint.accept_days", at)))
    keep_reporters_papers(made, papers, at=at)
    return note_complaint(made, "receive", "", actor=actor, at=at), key


@covers("R95")
@operation("compliance.complaint.supply")
def supply_complaint(*, complaint: Complaint, key: str, papers: Sequence[Deposit], clock: Clock) -> Complaint:
    """This will add papers to a complaint that is not closed, by whoever holds its key."""
    held = locked(complaint)
    at = clock.now()
    if not is_key(held, key):
        raise Rejected("participants.object.absent")
    if held.status not in {ComplaintStatus.RECEIVED, ComplaintStatus.HANDLING, ComplaintStatus.OBJECTED}:
        raise Rejected("compliance.paper.too_late", case=held.code)
    if not papers:
        raise Rejected("compliance.paper.missing")
    keep_reporters_papers(held, papers, at=at)
    return held


def note_complaint(held: Complaint, act: str, before: str, *, actor: Actor, at: datetime, reason: str = "") -> Complaint:
    """This will tell it; the fact never names a reporter: a complaint's own acts are recorded as the system's."""
    by = actor if act not in {"receive", "withdraw", "object"} else SYSTEM
    record(complaint_moved[act](subject=held.code, complaint_kind=held.kind, about=held.subject_code, from_status=before,
                                to_status=held.status, text_hash=hash_of(held.text), real_name=held.real_name, due_at=held.due_at,
                                reason=reason), actor=by, at=at)
    return held


@covers("R95")
def tell_reporters(case: ConductCase, at: datetime) -> None:
    """This will tell whoever complained, within the decision's own act, how the case that came of it stands (SAMR Measures 31: 5 days)."""
    for held in Complaint.objects.filter(transferred_to=case.code).exclude(organization=None).select_related("organization"):
        assert held.organization is not None
        notify(organization=held.organization, kind="compliance.complaint.decided", subject=held.code, href="/desk/cases/", at=at,
               text=(f"贵方投诉 {held.code} 所立案件 {case.code}：{case.get_status_display()}。",
                     f"Case {case.code}, opened on your complaint {held.code}, is now {case.status}."))


def _handled(complaint: Complaint, actor: Actor, clock: Clock) -> tuple[Complaint, datetime]:
    held = locked(complaint)
    at = clock.now()
    require(actor, "compliance.complaint.handle", subject=held, at=at)
    if not actor.is_system and not DESKS[held.queue] & standpoint(actor, at).roles:
        raise Rejected("compliance.complaint.other_desk", complaint=held.code, desk=held.queue)
    return held, at


def _move(held: Complaint, act: str, *, days: int | None, actor: Actor, at: datetime, reason: str = "") -> Complaint:
    before = step(held, COMPLAINT, act, "complaint")
    held.due_at = working_days_from(at, days) if days else None
    held.overdue = False
    if held.status in {ComplaintStatus.CLOSED, ComplaintStatus.DECLINED, ComplaintStatus.WITHDRAWN}:
        held.closed_at = at
    held.save()
    note_complaint(held, act, before, actor=actor, at=at, reason=reason)
    if held.organization is not None and act in {"accept", "decline", "close"}:
        notify(organization=held.organization, kind=f"compliance.complaint.{held.status}", subject=held.code, href="/desk/cases/", at=at,
               due_at=held.due_at, text=(f"投诉 {held.code}：{held.get_status_display()}。{held.answer}",
                                         f"Complaint {held.code} is {held.status}. {held.answer}"))
    return held


def _answered(text: str) -> str:
    if not (said := text.strip()[:5000]):
        raise Rejected("compliance.complaint.answer_missing", errors=[FieldFault("reason", "missing", ("填写答复", "Write the answer"))])
    return said


@covers("R95")
@operation("compliance.complaint.accept")
def accept_complaint(*, complaint: Complaint, actor: Actor, clock: Clock) -> Complaint:
    """This will take a complaint in; after seven working days the clock does."""
    held, at = _handled(complaint, actor, clock)
    if actor.is_system and (held.due_at is None or at < held.due_at):
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    held.accepted_at = at
    return _move(held, "accept", days=figure("complaint.mediation_max_days", at), actor=actor, at=at)


@operation("compliance.complaint.decline")
def decline_complaint(*, complaint: Complaint, reason: str, actor: Actor, clock: Clock) -> Complaint:
    """This will decline a complaint, with the reason as its answer."""
    held, at = _handled(complaint, actor, clock)
    held.answer, held.answered_by_id = _answered(reason), actor.user_id
    return _move(held, "decline", days=None, actor=actor, at=at, reason=reason)


@operation("compliance.complaint.transfer")
def transfer_complaint(*, complaint: Complaint, to: str, actor: Actor, clock: Clock) -> Complaint:
    """This will note where the matter went: a conduct case, a dispute, or the authority that is competent."""
    held, at = _handled(complaint, actor, clock)
    due, held.transferred_to = held.due_at, _answered(to)[:60]
    before = step(held, COMPLAINT, "transfer", "complaint")
    held.due_at = due
    held.save()
    return note_complaint(held, "transfer", before, actor=actor, at=at, reason=to)


@covers("R95")
@operation("compliance.complaint.close")
def close_complaint(*, complaint: Complaint, answer: str, actor: Actor, clock: Clock) -> Complaint:
    """This will close a complaint with an answer to its reporter."""
    held, at = _handled(complaint, actor, clock)
    held.answer, held.answered_by_id = _answered(answer), actor.user_id
    return _move(held, "close", days=None, actor=actor, at=at)


@operation("compliance.complaint.withdraw")
def withdraw_complaint(*, complaint: Complaint, key: str, clock: Clock) -> Complaint:
    """This will take a complaint back, by whoever holds its key; checks by duty go on."""
    held = locked(complaint)
    at = clock.now()
    if not is_key(held, key):
        raise Rejected("participants.object.absent")
    return _move(held, "withdraw", days=None, actor=SYSTEM, at=at)


@operation("compliance.complaint.escalate")
def escalate_complaint(*, complaint: Complaint, clock: Clock) -> Complaint:
    """This will flag a complaint not closed in time."""
    held = locked(complaint)
    at = clock.now()
    if held.status != ComplaintStatus.HANDLING or held.overdue or held.due_at is None or at < held.due_at:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    held.overdue = True
    held.save(update_fields=["overdue"])
    return note_complaint(held, "escalate", held.status, actor=SYSTEM, at=at)
