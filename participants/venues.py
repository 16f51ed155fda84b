"""Venues 交易场所 (R50, R55): opened by two of the authority on an approval document, with their parent's figures."""

from __future__ import annotations

from datetime import datetime

from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.approvals import ask_approval, decide_approval
from participants.basic_functions import refuse_priced
from participants.defaults import DEFAULTS, EPOCH, STRICTER
from participants.events import VenueOpened
from participants.holidays import HOLIDAYS
from participants.models import Approval, CalendarDay, Parameter, Venue
from participants.organizations import write_organization
from participants.permissions import require
from participants.predicates import in_force
from participants.roles import OrganizationKind, VenueLevel, VenueProfile

__all__ = ["decide_venue", "open_venue", "propose_venue"]

OPEN = "participants.venue.open"


@covers("R50", "R55")
@operation("participants.venue.propose")
def propose_venue(*, code: str, name: tuple[str, str], level: VenueLevel, profile: VenueProfile, filing_number: str, rulebook_version: str,
                  approval_document: Deposit, parent: Venue | None = None, actor: Actor, clock: Clock) -> Approval:
    """This will put a further venue before a second regulator, on the document that approves it."""
    at = clock.now()
    require(actor, "participants.venue.propose", at=at)
    if not filing_number.strip() or Venue.objects.filter(code=code).exists():
        raise Rejected("participants.venue.faulty", venue=code)
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
        Parameter(venue=venue, key=one.key, scope=one.scope, name_zh=one.name[0], name_en=one.name[1],
                  value=inherited.get((one.key, one.scope), one.value), unit=one.unit, source=one.source,
                  stricter=STRICTER.get(one.key, ""), effective_from=EPOCH)
        for one in DEFAULTS])
    for row in Parameter.objects.filter(venue=venue, key__startswith="fee."):  # a national venue inherits no price for a basic function
        refuse_priced(venue, row.key, row.value, begins=at)
    write_organization(venue=venue, name=name[0], name_en=name[1], kind=OrganizationKind.VENUE, at=at, is_venue_affiliate=True)
    record(VenueOpened(subject=venue.code, level=level, profile=profile, filing_number=filing_number, rulebook_version=rulebook_version,
                       approval_sha256=document.sha256 if document else ""), actor=actor, at=at)
    return venue
