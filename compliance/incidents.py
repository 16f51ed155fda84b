"""Incidents and their clocks: an hour to grade, one, four or twenty-four hours to tell the authority, thirty days to report.

National Cybersecurity Incident Reporting Measures 4; Network Data Security Regulations 10; PIPL 57. Silence grades upwards.
"""

from __future__ import annotations

from datetime import datetime

from compliance.catalogue import hash_of
from compliance.events import incident_moved
from compliance.models import Incident, IncidentKind, IncidentLevel
from compliance.moves import locked, step
from compliance.states import INCIDENT, IncidentStatus
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.permissions import require
from participants.timers import after

__all__ = ["classify_incident", "close_incident", "contain_incident", "lapse_incident", "notify_authority", "report_incident"]

#: kind of incident -> the clock by which the authority is told; the others go by their level
_CLOCKS = {IncidentKind.CRITICAL_INFRASTRUCTURE: "incident.cii.report", IncidentKind.SECURITY_DEFECT: "security_defect.report"}


def _note(held: Incident, act: str, before: str, *, actor: Actor, at: datetime, reason: str = "") -> Incident:
    record(incident_moved[act](subject=held.code, incident_kind=held.kind, level=held.level, about=held.subject_code, from_status=before,
                               to_status=held.status, due_at=held.due_at, text_hash=hash_of(held.text), reason=reason), actor=actor, at=at)
    return held


def _move(held: Incident, act: str, *, due_at: datetime | None, actor: Actor, at: datetime, reason: str = "") -> Incident:
    before = step(held, INCIDENT, act, "incident")
    held.due_at, held.overdue = due_at, False
    held.save()
    return _note(held, act, before, actor=actor, at=at, reason=reason)


@covers("W8", "R83")
@operation("compliance.incident.report")
def report_incident(*, text: str, kind: str = IncidentKind.OTHER, subject_code: str = "", actor: Actor, clock: Clock) -> Incident:
    """This will take down an incident, from anyone; the desk has an hour to grade it."""
    at = clock.now()
    require(actor, "compliance.incident.report", at=at)
    made = Incident.objects.create(code=new_code("INC"), kind=IncidentKind(kind), subject_code=subject_code, text=text,
                                   reported_by=actor.code, reported_at=at, due_at=after("incident.grade", at))
    return _note(made, "report", "", actor=actor, at=at)


@covers("W8")
@operation("compliance.incident.classify")
def classify_incident(*, incident: Incident, kind: str, level: str, actor: Actor, clock: Clock) -> Incident:
    """This will grade an incident; the hours to tell the authority run from its report."""
    held = locked(incident)
    at = clock.now()
    require(actor, "compliance.incident.handle", at=at)
    return _classify(held, IncidentKind(kind), IncidentLevel(level), actor, at)


def _classify(held: Incident, kind: IncidentKind, level: IncidentLevel, actor: Actor, at: datetime) -> Incident:
    clock = _CLOCKS.get(kind, "incident.larger.report" if level == IncidentLevel.LARGER else "incident.other.report")
    held.kind, held.level = kind, level
    return _move(held, "classify", due_at=after(clock, held.reported_at), actor=actor, at=at, reason=level)


@covers("W8")
@operation("compliance.incident.notify")
def notify_authority(*, incident: Incident, authority: str, persons_told: bool = False, actor: Actor, clock: Clock) -> Incident:
    """This will note that the authority was told, and for a leak of personal data that the persons were (at once, PIPL 57)."""
    held = locked(incident)
    at = clock.now()
    require(actor, "compliance.incident.handle", at=at)
    if held.kind == IncidentKind.PERSONAL_LEAK and not persons_told:
        raise Rejected("compliance.incident.persons_not_told")
    held.authority, held.notified_at, held.persons_told_at = authority, at, at if persons_told else None
    return _move(held, "notify", due_at=after("incident.final_report", at), actor=actor, at=at, reason=authority)


@operation("compliance.incident.contain")
def contain_incident(*, incident: Incident, measures: str, actor: Actor, clock: Clock) -> Incident:
    """This will note that the incident is contained, and how."""
    held = locked(incident)
    at = clock.now()
    require(actor, "compliance.incident.handle", at=at)
    held.measures = measures
    return _move(held, "contain", due_at=held.due_at, actor=actor, at=at)


@operation("compliance.incident.close")
def close_incident(*, incident: Incident, report: str, actor: Actor, clock: Clock) -> Incident:
    """This will close an incident with its final report, or a false alarm with its reason."""
    held = locked(incident)
    at = clock.now()
    require(actor, "compliance.incident.handle", at=at)
    held.report, held.closed_at = report, at
    return _move(held, "close", due_at=None, actor=actor, at=at)


@operation("compliance.incident.lapse")
def lapse_incident(*, incident: Incident, clock: Clock) -> Incident:
    """This will grade an ungraded incident as larger, and flag a late one; nothing closes by itself."""
    held = locked(incident)
    at = clock.now()
    if held.due_at is None or at < held.due_at or held.overdue:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    if held.status == IncidentStatus.REPORTED:
        return _classify(held, IncidentKind(held.kind), IncidentLevel.LARGER, SYSTEM, at)
    held.overdue = True
    held.save(update_fields=["overdue"])
    return _note(held, "escalate", held.status, actor=SYSTEM, at=at)
