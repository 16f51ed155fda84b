"""Venues 交易场所 and the figures of their rules (R50, R55): opened by two of the authority on an approval document, changed by two.

A figure takes effect after its notice; a venue may go only the stricter way from its parent's, and follows when the parent tightens.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.approvals import ask_approval, decide_approval
from participants.defaults import DEFAULTS, EPOCH, STRICTER
from participants.events import ParameterChanged, VenueOpened
from participants.holidays import HOLIDAYS
from participants.models import Approval, CalendarDay, Parameter, Venue
from participants.organizations import write_organization
from participants.permissions import require
from participants.predicates import in_force
from participants.queries import parameter
from participants.roles import OrganizationKind, VenueLevel, VenueProfile

__all__ = ["decide_parameter", "decide_venue", "laxer", "open_venue", "propose_parameter", "propose_venue"]

OPEN, SET = "participants.venue.open", "participants.parameter.set"


@covers("R50", "R55")
@operation("participants.venue.propose")
def propose_venue(*, code: str, name: tuple[str, str], level: VenueLevel, profile: VenueProfile, filing_number: str, rulebook_version: str,
                  approval_document: Deposit, parent: Venue | None = None, actor: Actor, clock: Clock) -> Approval:
    """This will put a further venue before a second regulator, on the document that approves it."""
    at = clock.now()
    require(actor, "participants.venue.propose", at=at)
    if not filing_number.strip() or Venue.objects.filter(code=code).exists():
        raise Rejected("participants.venue.faulty", code=code)
    return ask_approval(act=OPEN, subject=code, actor=actor, at=at, payload={
        "name": list(name), "level": str(level), "profile": str(profile), "filing_number": filing_number.strip(),
        "rulebook_version": rulebook_version, "document": str(approval_document.pk), "sha256": approval_document.sha256,
        "parent": parent.code if parent else ""})


@covers("R50", "I18")
@operation("participants.venue.decide")
def decide_venue(*, approval: Approval, agree: bool, reason: str, actor: Actor, clock: Clock) -> Venue | None:
    """This will open the venue, or not, by the second regulator."""
    at = clock.now()
    require(actor, OPEN, at=at)
    decided = decide_approval(approval=approval, approve=agree, reason=reason, actor=actor, at=at)
    if not agree:
        return None
    asked = decided.payload
    return _write_venue(
        code=decided.subject, name=(asked["name"][0], asked["name"][1]), level=VenueLevel(asked["level"]),
        profile=VenueProfile(asked["profile"]), filing_number=asked["filing_number"], rulebook_version=asked["rulebook_version"],
        document=Deposit.objects.get(pk=asked["document"]), parent=Venue.objects.filter(code=asked["parent"]).first(), actor=actor, at=at)


@operation("participants.venue.open")
def open_venue(*, code: str, name: tuple[str, str], level: VenueLevel, filing_number: str, rulebook_version: str, actor: Actor,
               clock: Clock) -> Venue:
    """This will open a venue of the laboratory; a real one is proposed and decided by two of the authority."""
    at = clock.now()
    require(actor, OPEN, at=at)
    if not actor.is_system:
        raise Rejected("participants.approval.needed", act=OPEN)
    return _write_venue(code=code, name=name, level=level, profile=VenueProfile.SIMULATION, filing_number=filing_number,
                        rulebook_version=rulebook_version, document=None, parent=None, actor=actor, at=at)


def _write_venue(*, code: str, name: tuple[str, str], level: VenueLevel, profile: VenueProfile, filing_number: str, rulebook_version: str,
                 document: Deposit | None, parent: Venue | None, actor: Actor, at: datetime) -> Venue:
    """Writes the venue with its own organisation, the published calendar and the figures: its parent's, else the defaults."""
    venue = Venue.objects.create(code=code, name_zh=name[0], name_en=name[1], level=level, profile=profile, filing_number=filing_number,
                                 rulebook_version=rulebook_version, approval_document=document, parent=parent)
    CalendarDay.objects.bulk_create([
        CalendarDay(venue=venue, day=day, is_working=worked, name_zh=label, source=source) for day, worked, label, source in HOLIDAYS])
    inherited = {(row.key, row.scope): row.value for row in Parameter.objects.filter(in_force(at), venue=parent)} if parent else {}
    Parameter.objects.bulk_create([
        Parameter(venue=venue, key=one.key, scope=one.scope, value=inherited.get((one.key, one.scope), one.value), unit=one.unit,
                  source=one.source, stricter=STRICTER.get(one.key, ""), effective_from=EPOCH)
        for one in DEFAULTS])
    write_organization(venue=venue, name=name[0], name_en=name[1], kind=OrganizationKind.VENUE, at=at, is_venue_affiliate=True)
    record(VenueOpened(subject=venue.code, level=level, profile=profile, filing_number=filing_number, rulebook_version=rulebook_version,
                       approval_sha256=document.sha256 if document else ""), actor=actor, at=at)
    return venue


# ---- figures -----------------------------------------------------------------------------------------------------------------


def laxer(value: Any, parent: Any, stricter: str) -> bool:
    """This will tell whether a figure is less strict than the parent's; tables are compared line by line."""
    if not stricter:
        return False
    if isinstance(parent, dict):
        return not isinstance(value, dict) or set(value) != set(parent) or any(laxer(value[key], parent[key], stricter) for key in parent)
    if isinstance(parent, bool) or not isinstance(parent, int) or not isinstance(value, int):
        return bool(value != parent)
    return value > parent if stricter == "lower" else value < parent


@covers("R51", "R55")
@operation("participants.parameter.propose")
def propose_parameter(*, venue: Venue, key: str, value: Any, effective_from: datetime, source: str, scope: str = "", actor: Actor,
                      clock: Clock) -> Approval:
    """This will put a new figure before a second person, with its date; never from now or before, never laxer than the parent's."""
    at = clock.now()
    require(actor, SET, at=at)
    running = Parameter.objects.filter(in_force(at), venue=venue, key=key, scope=scope).first()
    if running is None:
        raise Rejected("participants.parameter.unknown", key=key)
    _refuse_unfit(venue, running, value, effective_from, at)
    subject = "PRM-" + hashlib.sha256(f"{venue.code}:{key}:{scope}".encode()).hexdigest()[:16]
    return ask_approval(act=SET, subject=subject, actor=actor, at=at, payload={
        "key": key, "scope": scope, "value": value, "source": source, "venue": venue.code, "from": effective_from.isoformat()})


def _refuse_unfit(venue: Venue, running: Parameter, value: Any, effective_from: datetime, at: datetime) -> None:
    days = int(parameter("rule_change.notice_days", venue=venue, at=at))
    if effective_from < at + timedelta(days=days):
        raise Rejected("participants.parameter.backdated", days=days)
    if type(value) is not type(running.value):
        raise Rejected("participants.parameter.shape", key=running.key, value=str(running.value))
    if venue.parent is not None:
        upper = parameter(running.key, venue=venue.parent, at=effective_from, scope=running.scope)
        if laxer(value, upper, running.stricter):
            raise Rejected("participants.parameter.laxer", key=running.key, parent=str(upper), value=str(value))


@covers("R55", "I18")
@operation("participants.parameter.decide")
def decide_parameter(*, approval: Approval, agree: bool, reason: str, actor: Actor, clock: Clock) -> Parameter | None:
    """This will write the new figure from its date on, or not; venues below that would be laxer go with it."""
    at = clock.now()
    require(actor, SET, at=at)
    decided = decide_approval(approval=approval, approve=agree, reason=reason, actor=actor, at=at)
    if not agree:
        return None
    asked = decided.payload
    begins = datetime.fromisoformat(asked["from"])
    if begins <= at:
        raise Rejected("participants.parameter.backdated", days=int(parameter("rule_change.notice_days", venue=Venue.objects.get(
            code=asked["venue"]), at=at)))
    venue = Venue.objects.get(code=asked["venue"])
    made = _write_figure(venue, asked["key"], asked["scope"], asked["value"], asked["source"], begins, actor, at)
    for child in venue.children.order_by("pk"):
        own = parameter(made.key, venue=child, at=begins, scope=made.scope)
        if laxer(own, made.value, made.stricter):
            _write_figure(child, made.key, made.scope, made.value, f"从属 {venue.code}：{made.source}"[:200], begins, actor, at)
    return made


def _write_figure(venue: Venue, key: str, scope: str, value: Any, source: str, begins: datetime, actor: Actor, at: datetime) -> Parameter:
    """Ends what would run at ``begins``, withdraws what was to begin later, writes the new row."""
    rows = Parameter.objects.select_for_update().filter(venue=venue, key=key, scope=scope)
    running = rows.filter(in_force(begins)).first()
    later = rows.filter(effective_from__gt=begins).order_by("effective_from").first()
    assert running is not None, "a figure on file has a row in force"
    if running.effective_from == begins:
        raise Rejected("participants.parameter.same_day", key=key)
    running.effective_to = begins
    running.save(update_fields=["effective_to"])
    made = Parameter.objects.create(venue=venue, key=key, scope=scope, value=value, unit=running.unit, source=source,
                                    stricter=running.stricter, effective_from=begins, effective_to=later.effective_from if later else None)
    record(ParameterChanged(subject=venue.code, scope=f"{key}:{scope}" if scope else key, value=value, unit=made.unit, source=source,
                            effective_from=begins), actor=actor, at=at)
    return made
