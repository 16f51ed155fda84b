"""Foreign certificates and binding corporate rules recognised here 境外认证与约束性公司规则 (R108): a dated register under four eyes.

Where the cross-border table asks for a contract or a certification (row 11), a case may rest on an entry instead that names its
recipient, and of binding rules also its exporter. It then holds no longer than the entry: at its end or revocation every case that
rests on it is back for its mechanism in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from django.db.models import QuerySet

from compliance.catalogue import hash_of
from compliance.events import export_moved, recognition_moved
from compliance.models import ExportCase, ExportRecognition, RecognitionKind
from compliance.moves import locked, step
from compliance.states import EXPORT, RECOGNITION, ExportStatus, RecognitionStatus
from evidence.files import deposit
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from participants.approvals import pending_approval
from participants.models import Approval, Organization
from participants.names import name_key
from participants.operations import ask_approval, decide_approval, notify
from participants.permissions import require
from participants.queries import LOCAL
from participants.timers import after

__all__ = ["decide_recognition", "decide_recognition_end", "expire_recognition", "fitting", "over_recognitions", "propose_recognition",
           "propose_recognition_end", "register_at", "rest_on"]

_PROPOSE, _DECIDE, _REVOKE = "compliance.recognition.propose", "compliance.recognition.decide", "compliance.recognition.revoke"
_DESK = "/desk/exports/"


def _note(held: ExportRecognition, act: str, before: str, *, actor: Actor, at: datetime, reason: str = "") -> ExportRecognition:
    record(recognition_moved[act](subject=held.code, recognition_kind=held.kind, number=held.number, issuer=held.issuer,
                                  country=held.country, from_status=before, to_status=held.status, basis=held.basis,
                                  paper_sha256=held.paper.sha256, effective_to=held.effective_to, reason=reason), actor=actor, at=at)
    return held


def _move(held: ExportRecognition, act: str, *, actor: Actor, at: datetime, reason: str = "") -> ExportRecognition:
    before = step(held, RECOGNITION, act, "recognition")
    held.reason = reason
    if held.status == RecognitionStatus.IN_FORCE:
        held.effective_from = at
    elif before == RecognitionStatus.IN_FORCE:
        held.ended_at = at
    held.save()
    return _note(held, act, before, actor=actor, at=at, reason=reason)


# ---- the register ------------------------------------------------------------------------------------------------------------


def _faults(kind: str, country: str, names: Sequence[str], until: date, at: datetime) -> list[FieldFault]:
    foreign = len(country) == 2 and country.isascii() and country.isalpha() and country != "CN"
    few = 2 if kind == RecognitionKind.BINDING_RULES else 1
    checks = [
        ("kind", kind in RecognitionKind.values, ("请选择种类", "Choose its kind")),
        ("country", foreign, ("请填写境外两位国家或地区代码", "Give a foreign two-letter code")),
        ("names", len({name_key(one) for one in names} - {""}) >= few,
         ("请每行写一个名称；公司规则至少两个成员", "One name a line; binding rules cover two members at least")),
        ("until", datetime.combine(until, time.max, LOCAL) > at, ("有效期已过", "Its own term is over")),
    ]
    return [FieldFault(field, "faulty", text) for field, good, text in checks if not good]


@covers("R108")
@operation("compliance.recognition.propose")
def propose_recognition(*, kind: str, title: str, number: str, issuer: str, country: str, names: Sequence[str], basis: str, dated: date,
                        until: date, stream: Any, filename: str, actor: Actor, clock: Clock) -> ExportRecognition:
    """This will put a foreign certificate, or a group's rules, with its paper before a second person of the authority."""
    at = clock.now()
    require(actor, _PROPOSE, at=at)
    place, covered = country.strip().upper(), [one.strip()[:120] for one in names if one.strip()]
    if faults := _faults(kind, place, covered, until, at):
        raise Rejected("compliance.recognition.faulty", errors=faults)
    if ExportRecognition.objects.filter(issuer=issuer.strip(), number=number.strip(),
                                        status__in=[RecognitionStatus.PROPOSED, RecognitionStatus.IN_FORCE]).exists():
        raise Rejected("compliance.recognition.known", number=number)
    made = ExportRecognition.objects.create(
        code=new_code("RCG"), kind=kind, title=title.strip()[:120], number=number.strip()[:80], issuer=issuer.strip()[:120], country=place,
        names=covered, basis=basis.strip()[:200], dated=dated, proposed_at=at, effective_to=datetime.combine(until, time.max, LOCAL),
        paper=deposit(stream, name=filename, owner=actor.organization or "VENUE", at=at))
    ask_approval(act=_DECIDE, subject=made.code, actor=actor, at=at, payload={
        "number": made.number, "paper": made.paper.sha256, "names": covered, "until": until.isoformat()})
    return _note(made, "propose", "", actor=actor, at=at)


def _pending(act: str, held: ExportRecognition) -> Approval:
    found = pending_approval(act, held.code)
    if found is None:
        raise Rejected("compliance.recognition.nothing_asked", recognition=held.code)
    return found


@covers("R108", "I18")
@operation("compliance.recognition.decide")
def decide_recognition(*, recognition: ExportRecognition, agree: bool, reason: str, actor: Actor, clock: Clock) -> ExportRecognition:
    """This will put an entry in force, or refuse it, by the second person."""
    held = locked(recognition)
    at = clock.now()
    require(actor, _DECIDE, at=at)
    decide_approval(approval=_pending(_DECIDE, held), approve=agree, reason=reason, actor=actor, at=at)
    return _move(held, "approve" if agree else "refuse", actor=actor, at=at, reason=reason)


@covers("R108")
@operation("compliance.recognition.propose_end")
def propose_recognition_end(*, recognition: ExportRecognition, reason: str, actor: Actor, clock: Clock) -> Approval:
    """This will ask a second person to take an entry off before its time."""
    at = clock.now()
    require(actor, _PROPOSE, at=at)
    held = locked(recognition)
    if held.status != RecognitionStatus.IN_FORCE:
        step(held, RECOGNITION, "revoke", "recognition")
    if not reason.strip():
        raise Rejected("compliance.recognition.faulty", errors=[FieldFault("reason", "missing", ("请写明理由", "Give the reason"))])
    return ask_approval(act=_REVOKE, subject=held.code, payload={"reason": reason.strip()}, checker=_DECIDE, actor=actor, at=at)


@covers("R108", "I18")
@operation("compliance.recognition.revoke")
def decide_recognition_end(*, recognition: ExportRecognition, agree: bool, reason: str, actor: Actor, clock: Clock) -> ExportRecognition:
    """This will take an entry off by the second person: what rests on it is back for its mechanism in the same transaction."""
    held = locked(recognition)
    at = clock.now()
    require(actor, _DECIDE, at=at)
    asked = decide_approval(approval=_pending(_REVOKE, held), approve=agree, reason=reason, actor=actor, at=at)
    if not agree:
        return held
    _reopen(held, actor=actor, at=at)
    return _move(held, "revoke", actor=actor, at=at, reason=asked.payload["reason"])


def over_recognitions(at: datetime) -> QuerySet[ExportRecognition]:
    """This will list the entries in force whose own term is over."""
    return ExportRecognition.objects.filter(status=RecognitionStatus.IN_FORCE, effective_to__lte=at).order_by("pk")


@covers("R108")
@operation("compliance.recognition.expire")
def expire_recognition(*, recognition: ExportRecognition, clock: Clock) -> ExportRecognition:
    """This will end an entry whose term is over: what rests on it is back for its mechanism."""
    held = locked(recognition)
    at = clock.now()
    if at < held.effective_to:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    _reopen(held, actor=SYSTEM, at=at)
    return _move(held, "expire", actor=SYSTEM, at=at)


def register_at(at: datetime) -> list[ExportRecognition]:
    """This will return the public register: entries in force first, then those that were; nothing that was only asked or refused."""
    once = [RecognitionStatus.IN_FORCE, RecognitionStatus.REVOKED, RecognitionStatus.EXPIRED]
    rows = ExportRecognition.objects.filter(status__in=once).order_by("-effective_from")
    return sorted(rows, key=lambda one: one.status != RecognitionStatus.IN_FORCE or one.effective_to <= at)


# ---- what rests on it --------------------------------------------------------------------------------------------------------


def fitting(case: ExportCase, at: datetime) -> list[ExportRecognition]:
    """This will return the entries in force that cover a case: its place, its recipient, and of binding rules its exporter too."""
    known = _keys_of(case.exporter)
    abroad = Organization.objects.filter(code=case.recipient).first()
    recipient = {name_key(case.recipient)} | (_keys_of(abroad) if abroad else set())
    rows = ExportRecognition.objects.filter(status=RecognitionStatus.IN_FORCE, country=case.country, effective_to__gt=at)
    return [one for one in rows.order_by("-effective_to") if _covers(one, recipient, known)]


def _keys_of(one: Organization) -> set[str]:
    return {key for key in (one.name_key, name_key(one.name), name_key(one.name_en)) if key}


def _covers(one: ExportRecognition, recipient: set[str], exporter: set[str]) -> bool:
    keys = {name_key(name) for name in one.names}
    return bool(keys & recipient) and (one.kind != RecognitionKind.BINDING_RULES or bool(keys & exporter))


@covers("R108", "R64")
@operation("compliance.export.rest")
def rest_on(*, case: ExportCase, recognition: ExportRecognition, actor: Actor, clock: Clock) -> ExportCase:
    """This will clear a case of row 11 by an entry of the register that covers it, for as long as the entry holds."""
    entry = locked(recognition)
    held = locked(case)
    at = clock.now()
    require(actor, "compliance.export.file", subject=held, at=at)
    before = step(held, EXPORT, "rest", "export")
    if held.mechanism != "contract_or_certification":
        raise Rejected("compliance.recognition.other_row", row=held.row)
    if entry not in fitting(held, at):
        raise Rejected("compliance.recognition.does_not_cover", recognition=entry.code)
    held.recognition, held.cleared_at, held.due_at = entry, at, None
    held.effective_to = min(after("export.validity", at), entry.effective_to)
    held.reason = f"{entry.get_kind_display()} {entry.code}"
    held.save()
    return _told(held, "rest", before, actor=actor, at=at)


def _reopen(entry: ExportRecognition, *, actor: Actor, at: datetime) -> None:
    resting = ExportCase.objects.select_for_update(of=("self",), no_key=True).filter(recognition=entry, status=ExportStatus.CLEARED)
    reopened = list(resting.select_related("exporter").order_by("exporter_id", "pk"))
    for held in reopened:
        before = step(held, EXPORT, "lose", "export")
        held.recognition, held.effective_to, held.due_at = None, None, after("export.mechanism", at)
        held.reason = f"{entry.get_kind_display()} {entry.code}"
        held.save()
        _told(held, "lose", before, actor=actor, at=at)
    for held in reopened:
        notify(organization=held.exporter, kind="compliance.export.ground_lost", tone="bad", subject=held.code,
               href=f"{_DESK}#{held.code}", due_at=held.due_at, at=at, text=(
                   f"出境案件 {held.code} 所依据的 {entry.title} 已失效，恢复待办机制",
                   f"{entry.title}, on which export case {held.code} rests, has ended: the case needs its mechanism again"))


def _told(held: ExportCase, act: str, before: str, *, actor: Actor, at: datetime) -> ExportCase:
    record(export_moved[act](subject=held.code, exporter=held.exporter.code, product=held.product_code, from_status=before,
                             to_status=held.status, mechanism=held.mechanism, facts_hash=hash_of(held.facts), due_at=held.due_at,
                             reason=held.reason), actor=actor, at=at)
    return held
