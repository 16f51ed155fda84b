"""An assessment's result held for longer 延长评估结果有效期: asked sixty working days before its end, decided by two (R64, R65; rules D).

Without it the result ends with its three years, and the deliveries with it; nothing is extended by a deadline.
"""

from __future__ import annotations

from datetime import datetime

from compliance.exports import note_export, seconded
from compliance.models import ExportCase
from compliance.moves import locked
from compliance.rules.cross_border import Outcome
from compliance.states import ExportStatus
from evidence.operations import operation
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from participants.operations import ask_approval, notify
from participants.permissions import require
from participants.timers import after

__all__ = ["EXTEND", "ask_extension", "decide_extension", "may_ask_extension", "second_extension"]

EXTEND = "compliance.export.extend"


def may_ask_extension(case: ExportCase, at: datetime) -> bool:
    """This will tell whether an extension can be asked for: an assessed result in force, none asked yet, sixty working days left."""
    return (case.status == ExportStatus.CLEARED and case.mechanism == Outcome.ASSESSMENT and case.extension_asked_at is None
            and case.effective_to is not None and after("export.extension", at) <= case.effective_to)


@covers("R64")
@operation("compliance.export.ask_extension")
def ask_extension(*, case: ExportCase, paper: str, actor: Actor, clock: Clock) -> ExportCase:
    """This will ask for three more years, with what has changed since the assessment; the clearance runs on meanwhile to its end."""
    held = locked(case)
    at = clock.now()
    require(actor, "compliance.export.file", subject=held, at=at)
    if held.status != ExportStatus.CLEARED or held.mechanism != Outcome.ASSESSMENT:
        raise Rejected("compliance.export.nothing_to_extend")
    if held.extension_asked_at is not None:
        raise Rejected("compliance.export.extension_asked")
    if not may_ask_extension(held, at):
        raise Rejected("compliance.export.extension_late", ends=f"{held.effective_to:%Y-%m-%d}")
    if not paper.strip():
        raise Rejected("compliance.export.no_papers", errors=[
            FieldFault("extension", "missing", ("请附延长申请", "Attach the request to extend"))])
    held.papers = [*held.papers, {"kind": "extension", "name": paper.strip()}]
    held.extension_asked_at = at
    held.save(update_fields=["papers", "extension_asked_at"])
    return note_export(held, "ask_extension", held.status, actor=actor, at=at)


def _asked(case: ExportCase) -> ExportCase:
    held = locked(case)
    if held.status != ExportStatus.CLEARED or held.extension_asked_at is None:
        raise Rejected("compliance.export.nothing_to_extend")
    return held


@covers("R64", "I18")
@operation("compliance.export.decide_extension")
def decide_extension(*, case: ExportCase, grant: bool, reason: str, actor: Actor, clock: Clock) -> ExportCase:
    """This will give the first regulator's opinion on an extension; a second one carries it out."""
    held = _asked(case)
    at = clock.now()
    require(actor, EXTEND, at=at)
    ask_approval(act=EXTEND, subject=held.code, payload={"grant": grant, "reason": reason}, actor=actor, at=at)
    return note_export(held, "first_opinion", held.status, actor=actor, at=at, reason=reason)


@covers("R64", "I18")
@operation("compliance.export.second_extension")
def second_extension(*, case: ExportCase, agree: bool, reason: str, actor: Actor, clock: Clock) -> ExportCase:
    """This will carry out the first opinion: three more years from the end of the first, or none; differing leaves it open."""
    held = _asked(case)
    at = clock.now()
    require(actor, EXTEND, at=at)
    approval = seconded(held, EXTEND, agree=agree, reason=reason, actor=actor, at=at)
    if not agree:
        return note_export(held, "first_opinion", held.status, actor=actor, at=at, reason=reason)
    assert held.effective_to is not None
    granted, why = bool(approval.payload["grant"]), str(approval.payload["reason"])
    if granted:
        held.effective_to = after("export.validity", held.effective_to)
    held.extension_asked_at = None
    held.save(update_fields=["effective_to", "extension_asked_at"])
    until = f"{held.effective_to:%Y-%m-%d}"
    notify(organization=held.exporter, kind="compliance.export.extension", tone="ok" if granted else "bad", subject=held.code, at=at,
           href="/desk/exports/", text=(
               (f"出境评估结果已延长至 {until}：{why}", f"The assessment of the export holds until {until}: {why}") if granted else
               (f"不予延长出境评估结果，{until} 到期：{why}", f"The assessment is not extended and ends on {until}: {why}")))
    return note_export(held, "extend" if granted else "refuse_extension", held.status, actor=actor, at=at, reason=why)
