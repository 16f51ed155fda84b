"""Government requisition and emergency dispatch 政府调用、应急调度 (R26, W16): called for by law, supplied free, read on record, destroyed.

Nothing here is a trade: no price, no licence, no onward supply. Whoever was called upon may object to a call in the course of duty and
a regulator decides; an emergency is supplied first, and the body owes its document within the clock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from compliance.cases import open_case
from compliance.events import requisition_moved
from compliance.models import CaseKind, Requisition, RequisitionKind
from compliance.moves import locked, step
from compliance.states import REQUISITION, RequisitionStatus
from evidence.files import erase_deposit
from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from participants.models import Organization
from participants.operations import notify
from participants.permissions import require
from participants.timers import after

__all__ = ["decide_requisition", "issue_requisition", "miss_notice", "miss_purge", "notice_requisition", "object_requisition",
           "prove_destruction", "read_requisition", "rows_for", "supply_requisition", "withdraw_requisition"]

_PAGE = "/desk/requisitions/"


def _note(one: Requisition, act: str, before: str, *, actor: Actor, at: datetime, reason: str = "") -> Requisition:
    record(requisition_moved[act](
        subject=one.code, requisition_kind=one.kind, body=one.body.code, holder=one.holder.code, from_status=before, to_status=one.status,
        document_no=one.document_no, file_sha256=one.file_sha256, use_until=one.use_until, purge_by=one.purge_by, reason=reason),
        actor=actor, at=at)
    return one


def _say(one: Requisition, to: Organization, text: tuple[str, str], *, at: datetime, tone: str = "wait",
         due_at: datetime | None = None) -> None:
    notify(organization=to, kind="compliance.requisition.moved", text=text, tone=tone, subject=one.code, href=f"{_PAGE}#{one.code}",
           due_at=due_at, at=at)


def _begin(requisition: Requisition, permission: str, actor: Actor, clock: Clock) -> tuple[Requisition, datetime]:
    held = locked(requisition)
    at = clock.now()
    require(actor, permission, subject=held, at=at)
    return held, at


def _words(code: str, longest: int, **texts: str) -> dict[str, str]:
    said = {name: text.strip() for name, text in texts.items()}
    faults = [FieldFault(name, "missing", ("请填写", "Please fill in")) for name, text in said.items() if not 0 < len(text) <= longest]
    if faults:
        raise Rejected(code, errors=faults)
    return said


@covers("R26", "W16")
@operation("compliance.requisition.issue")
def issue_requisition(*, kind: str, holder: Organization, legal_basis: str, purpose: str, scope: str, use_until: datetime,
                      purge_by: datetime, document_no: str = "", actor: Actor, clock: Clock) -> Requisition:
    """This will call for a holder's data in the name of the actor's public body: by which law, for what, which data, until when."""
    at = clock.now()
    require(actor, "compliance.requisition.issue", at=at)
    body = Organization.objects.get(pk=actor.organization_id or 0)
    said = _words("compliance.requisition.incomplete", 400, legal_basis=legal_basis, purpose=purpose, scope=scope)
    sort = RequisitionKind(kind)
    if sort == RequisitionKind.DUTY and not document_no.strip():
        raise Rejected("compliance.requisition.incomplete", errors=[
            FieldFault("document_no", "missing", ("请填写文号", "Give its number"))])
    if holder.pk == body.pk:
        raise Rejected("compliance.requisition.own")
    if not at < use_until <= purge_by:
        raise Rejected("compliance.requisition.terms")
    urgent = sort == RequisitionKind.EMERGENCY
    owes = urgent and not document_no.strip()
    made = Requisition.objects.create(
        code=new_code("RQN"), kind=sort, body=body, holder=holder, document_no=document_no.strip()[:80], use_until=use_until,
        purge_by=purge_by, issued_at=at, due_at=after("dispatch.supply" if urgent else "requisition.supply", at),
        notice_due_at=after("dispatch.notice", at) if owes else None, **said)
    _note(made, "issue", "", actor=actor, at=at)
    _say(made, holder, (f"{body.name}{sort.label}贵机构的数据：{purpose}", f"{body.name_en or body.name} calls for your data: {purpose}"),
         due_at=made.due_at, at=at)
    return made


@covers("R26", "W16")
@operation("compliance.requisition.supply")
def supply_requisition(*, requisition: Requisition, file: Deposit | None, actor: Actor, clock: Clock) -> Requisition:
    """This will hand the data over to the body that called for it, as a deposited file with its hash; nobody else reads it."""
    held, at = _begin(requisition, "compliance.requisition.supply", actor, clock)
    before = step(held, REQUISITION, "supply", "requisition")
    if file is None:
        raise Rejected("compliance.requisition.no_file", errors=[FieldFault("file", "missing", ("请上传文件", "Hand in the file"))])
    held.supplied, held.file_sha256, held.supplied_at, held.due_at = file, file.sha256, at, held.purge_by
    held.save()
    _note(held, "supply", before, actor=actor, at=at)
    _say(held, held.body, (f"{held.code} 的数据已提供：限所列目的使用，不得再提供，到期销毁并证明",
                           f"The data of {held.code} is supplied: for its purpose only, not to be passed on, destroyed with proof in time"),
         due_at=held.purge_by, at=at)
    return held


@covers("R26")
@operation("compliance.requisition.object")
def object_requisition(*, requisition: Requisition, reason: str, actor: Actor, clock: Clock) -> Requisition:
    """This will put a call in the course of duty before a regulator; an emergency is supplied first and questioned after."""
    held, at = _begin(requisition, "compliance.requisition.supply", actor, clock)
    if held.kind == RequisitionKind.EMERGENCY:
        raise Rejected("compliance.requisition.emergency")
    before = step(held, REQUISITION, "object", "requisition")
    held.objection = _words("compliance.requisition.incomplete", 2000, reason=reason)["reason"]
    held.due_at = after("requisition.decide", at)
    held.save()
    return _note(held, "object", before, actor=actor, at=at, reason=held.objection)


@covers("R26")
@operation("compliance.requisition.decide")
def decide_requisition(*, requisition: Requisition, stands: bool, reason: str, actor: Actor, clock: Clock) -> Requisition:
    """This will decide an objection: the call stands and its clock begins anew, or it is void."""
    held, at = _begin(requisition, "compliance.requisition.decide", actor, clock)
    before = step(held, REQUISITION, "dismiss" if stands else "void", "requisition")
    held.decision = _words("compliance.requisition.incomplete", 2000, reason=reason)["reason"]
    held.due_at = after("requisition.supply", at) if stands else None
    held.save()
    _note(held, "dismiss" if stands else "void", before, actor=actor, at=at, reason=held.decision)
    said = ("成立，请提供", "stands: supply the data") if stands else ("作废", "is void")
    for party in sorted((held.body, held.holder), key=lambda one: one.pk):
        _say(held, party, (f"{held.code} {said[0]}：{held.decision}", f"{held.code} {said[1]}: {held.decision}"), due_at=held.due_at, at=at)
    return held


@covers("W16")
@operation("compliance.requisition.notice")
def notice_requisition(*, requisition: Requisition, document_no: str, actor: Actor, clock: Clock) -> Requisition:
    """This will give the document of an emergency afterwards, as is owed within the clock; late it is still owed."""
    held, at = _begin(requisition, "compliance.requisition.run", actor, clock)
    if held.kind != RequisitionKind.EMERGENCY or held.noticed_at is not None or held.document_no:
        raise Rejected("compliance.requisition.noticed", document=held.document_no)
    held.document_no = _words("compliance.requisition.incomplete", 80, document_no=document_no)["document_no"]
    held.noticed_at, held.notice_due_at = at, None
    held.save()
    _note(held, "notice", held.status, actor=actor, at=at)
    _say(held, held.holder, (f"{held.code} 已补发文书 {held.document_no}", f"The document of {held.code} has followed: {held.document_no}"),
         tone="info", at=at)
    return held


@covers("R26")
@operation("compliance.requisition.read")
def read_requisition(*, requisition: Requisition, actor: Actor, clock: Clock) -> Deposit:
    """This will let the body's own people read what was supplied, within the term of use, and put each reading on record."""
    held, at = _begin(requisition, "compliance.requisition.run", actor, clock)
    if held.status != RequisitionStatus.SUPPLIED or at >= held.use_until or held.supplied is None:
        raise Rejected("compliance.requisition.not_readable", state=held.get_status_display(), until=held.use_until.isoformat())
    _note(held, "read", held.status, actor=actor, at=at)
    return held.supplied


@covers("R26", "W16")
@operation("compliance.requisition.purge")
def prove_destruction(*, requisition: Requisition, statement: str, proof: Deposit | None, actor: Actor, clock: Clock) -> Requisition:
    """This will keep the body's proof that it destroyed the data, and erase the file here; what remains is its hash."""
    held, at = _begin(requisition, "compliance.requisition.run", actor, clock)
    before = step(held, REQUISITION, "purge", "requisition")
    held.destruction = _words("compliance.requisition.incomplete", 2000, statement=statement)["statement"]
    if proof is None:
        raise Rejected("compliance.requisition.no_file", errors=[FieldFault("proof", "missing", ("请上传销毁证明", "Hand in the proof"))])
    held.destroyed, held.purged_at, held.due_at = proof, at, None
    held.save()
    assert held.supplied is not None, "what is destroyed was supplied"
    erase_deposit(held.supplied, reason=f"requisition {held.code} destroyed", at=at)
    _note(held, "purge", before, actor=actor, at=at)
    _say(held, held.holder, (f"{held.code} 的数据已销毁并证明", f"The data of {held.code} is destroyed, with proof"), tone="ok", at=at)
    return held


@operation("compliance.requisition.withdraw")
def withdraw_requisition(*, requisition: Requisition, actor: Actor, clock: Clock) -> Requisition:
    """This will take a call back before anything was supplied."""
    held, at = _begin(requisition, "compliance.requisition.run", actor, clock)
    before = step(held, REQUISITION, "withdraw", "requisition")
    held.due_at = held.notice_due_at = None
    held.save()
    return _note(held, "withdraw", before, actor=actor, at=at)


def _before_the_desk(held: Requisition, title: tuple[str, str], *, actor: Actor, clock: Clock) -> None:
    open_case(kind=CaseKind.OTHER, subject_kind="requisition", subject_code=held.code, organization=held.body, title=title, actor=actor,
              clock=clock)


@covers("R26", "W16")
@operation("compliance.requisition.miss_purge")
def miss_purge(*, requisition: Requisition, actor: Actor = SYSTEM, clock: Clock) -> Requisition:
    """This will mark data whose destruction nobody proved in time and put it before the desk; it stays owed."""
    held, at = _begin(requisition, "compliance.requisition.lapse", actor, clock)
    before = step(held, REQUISITION, "miss", "requisition")
    held.due_at = None
    held.save()
    _note(held, "miss", before, actor=actor, at=at)
    _before_the_desk(held, ("调用的数据未按期证明销毁", "Destruction of data called for was not proven in time"), actor=actor, clock=clock)
    return held


@covers("W16")
@operation("compliance.requisition.miss_notice")
def miss_notice(*, requisition: Requisition, actor: Actor = SYSTEM, clock: Clock) -> Requisition:
    """This will put an emergency whose document did not follow in time before the desk; the document stays owed."""
    held, at = _begin(requisition, "compliance.requisition.lapse", actor, clock)
    held.notice_due_at = None
    held.save()
    _note(held, "miss_notice", held.status, actor=actor, at=at)
    _before_the_desk(held, ("应急调度未按期补发文书", "The document of an emergency dispatch did not follow in time"), actor=actor,
                     clock=clock)
    return held


def rows_for(user: Any, *, oversees: bool) -> Any:
    """This will list what one may see: a party its own, a regulator all of them, newest first."""
    rows = Requisition.objects.all() if oversees else Requisition.objects.visible_to(user)
    return rows.select_related("body", "holder", "supplied", "destroyed").order_by("-pk")
