"""What is asked for again: a paper missing from an application for restoration, and a second look at a closed complaint.

An application that is sent back waits ten working days for what is missing and ends by itself when it does not come. Whoever
complained objects once to the answer; somebody else than who gave it looks again, and it stands or the complaint is reopened.
"""

from __future__ import annotations

from collections.abc import Sequence

from compliance.complaints import DESKS, is_key, note_complaint
from compliance.findings import step_restoration
from compliance.models import Complaint, Restoration
from compliance.moves import locked, real_person, step
from compliance.papers import keep_papers
from compliance.states import COMPLAINT, RestorationStatus
from evidence.models import Deposit
from evidence.operations import operation
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.deputies import stands_between
from participants.operations import notify
from participants.permissions import require
from participants.predicates import standpoint
from participants.timers import after

__all__ = ["decide_complaint_objection", "lapse_restoration", "late_complaint_objection", "object_to_complaint", "return_restoration",
           "supply_restoration"]

_LEAST = 4


# ---- restoration ---------------------------------------------------------------------------------------------------------


@covers("R94")
@operation("compliance.restoration.return")
def return_restoration(*, restoration: Restoration, missing: str, actor: Actor, clock: Clock) -> Restoration:
    """This will send an application back for what it lacks; its clock stands and the party's runs: ten working days."""
    held = locked(restoration)
    at = clock.now()
    require(actor, "compliance.restoration.accept", subject=held, at=at)
    if len(missing.strip()) < _LEAST:
        raise Rejected("compliance.conduct.reason_missing", case=held.code)
    moved = step_restoration(held, "return", actor=actor, at=at, reason=missing.strip()[:2000])
    notify(organization=moved.organization, kind="compliance.restoration.returned", tone="wait", subject=moved.code, at=at,
           href=f"/desk/credit/{moved.finding.case.code}/", due_at=moved.due_at,
           text=(f"修复申请 {moved.code} 需补正：{moved.reason}", f"Restoration {moved.code} lacks something: {moved.reason}"))
    return moved


@covers("R94")
@operation("compliance.restoration.supply")
def supply_restoration(*, restoration: Restoration, text: str, papers: Sequence[Deposit] = (), actor: Actor,
                       clock: Clock) -> Restoration:
    """This will hand in what was missing; the application is looked at again."""
    held = locked(restoration)
    at = clock.now()
    require(actor, "compliance.restoration.apply", subject=held, at=at)
    if len(text.strip()) < _LEAST:
        raise Rejected("compliance.restoration.nothing_supplied", restoration=held.code)
    held.text = f"{held.text}\n\n{at.date().isoformat()}：{text.strip()}"[:10_000]
    held.papers = [*held.papers, *keep_papers(held, "supply", papers, actor=actor, at=at)]
    return step_restoration(held, "supply", actor=actor, at=at)


@operation("compliance.restoration.lapse_return")
def lapse_restoration(*, restoration: Restoration, clock: Clock) -> Restoration:
    """This will end an application whose missing paper did not come; it may be asked for again at any time."""
    held = locked(restoration)
    at = clock.now()
    if held.status != RestorationStatus.RETURNED or held.due_at is None or at < held.due_at:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    moved = step_restoration(held, "lapse", actor=SYSTEM, at=at, reason=held.reason)
    notify(organization=moved.organization, kind="compliance.restoration.withdrawn", tone="info", subject=moved.code, at=at,
           href=f"/desk/credit/{moved.finding.case.code}/",
           text=(f"修复申请 {moved.code} 逾期未补正，视为撤回；可以随时重新申请。",
                 f"Restoration {moved.code} counts as withdrawn: what was missing did not come. It may be asked for again."))
    return moved


# ---- complaints ----------------------------------------------------------------------------------------------------------


@covers("R95")
@operation("compliance.complaint.object")
def object_to_complaint(*, complaint: Complaint, key: str, text: str, clock: Clock) -> Complaint:
    """This will take the objection of whoever holds the complaint's key to its answer: once, within ten working days."""
    held = locked(complaint)
    at = clock.now()
    if not is_key(held, key):
        raise Rejected("participants.object.absent")
    if held.objected_at is not None:
        raise Rejected("compliance.complaint.objected_already", complaint=held.code)
    if held.closed_at is not None and at >= after("complaint.objection", held.closed_at):
        raise Rejected("compliance.complaint.objection_late", complaint=held.code)
    if len(text.strip()) < 10:
        raise Rejected("compliance.complaint.incomplete")
    before = step(held, COMPLAINT, "object", "complaint")
    held.objection, held.objected_at, held.due_at, held.overdue = text.strip()[:5000], at, after("complaint.review", at), False
    held.save()
    return note_complaint(held, "object", before, actor=SYSTEM, at=at)


@covers("R95", "I18")
@operation("compliance.complaint.review")
def decide_complaint_objection(*, complaint: Complaint, uphold: bool, reason: str, actor: Actor, clock: Clock) -> Complaint:
    """This will decide the objection, by another real person than who gave the answer: it stands, or the complaint is handled again."""
    held = locked(complaint)
    at = clock.now()
    require(actor, "compliance.complaint.handle", at=at)
    if not DESKS[held.queue] & standpoint(actor, at).roles:
        raise Rejected("compliance.complaint.other_desk", complaint=held.code, desk=held.queue)
    me, other = real_person(actor.user_id), real_person(held.answered_by_id) if held.answered_by_id else None
    if me is None or me == other or stands_between(me, other, at):
        raise Rejected("compliance.person.already_took_part")
    if len(reason.strip()) < _LEAST:
        raise Rejected("compliance.conduct.reason_missing", case=held.code)
    before = step(held, COMPLAINT, "uphold" if uphold else "reject", "complaint")
    held.objection_answer, held.overdue = reason.strip()[:5000], False
    held.due_at, held.closed_at = (after("complaint.mediation", at), None) if uphold else (None, at)
    held.save()
    done = note_complaint(held, "uphold" if uphold else "reject", before, actor=actor, at=at, reason=reason.strip())
    if held.organization is not None:
        notify(organization=held.organization, kind=f"compliance.complaint.{'reopened' if uphold else 'confirmed'}", subject=held.code,
               href="/desk/cases/", at=at, due_at=held.due_at,
               text=(f"投诉 {held.code} 的异议{'成立，重新办理' if uphold else '不成立，答复维持'}：{held.objection_answer}",
                     f"Objection on complaint {held.code} is {'upheld, it is handled again' if uphold else 'rejected, the answer stands'}: "
                     f"{held.objection_answer}"))
    return done


@operation("compliance.complaint.late_review")
def late_complaint_objection(*, complaint: Complaint, clock: Clock) -> Complaint:
    """This will flag an objection nobody decided in time; a deadline decides nothing."""
    held = locked(complaint)
    at = clock.now()
    if held.status != "objected" or held.overdue or held.due_at is None or at < held.due_at:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    held.overdue = True
    held.save(update_fields=["overdue"])
    return note_complaint(held, "escalate", held.status, actor=SYSTEM, at=at)
