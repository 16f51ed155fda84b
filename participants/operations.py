"""What changes here: the venue, organisations, standing, capabilities, notices. People stand in ``people``, admissions in
``admissions``, second opinions in ``approvals``; all are named here, so callers need one address.

``at`` is handed in where rooms above call down inside their own act; acts that start here take ``clock``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from stdnum.cn import uscc as uscc_number
from stdnum.exceptions import ValidationError

from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.admissions import (
    accept_admission,
    admit,
    file_admission,
    lapse_admissions,
    leave,
    open_admission,
    refuse_admission,
    return_admission,
    revoke_admission,
    withdraw_admission,
)
from participants.approvals import ask_approval, decide_approval, lapse_approvals, withdraw_approval
from participants.defaults import DEFAULTS, EPOCH
from participants.events import CapabilityHeld, CapabilityLifted, OrganizationRegistered, StakeDeclared, StandingChanged, VenueOpened
from participants.figures import ask_figure, decide_figure
from participants.holidays import HOLIDAYS
from participants.models import CalendarDay, CapabilityHold, Notice, Organization, OwnershipStake, Parameter, StandingChange, Venue
from participants.names import name_key, tidy_name
from participants.notices import notify
from participants.people import (
    end_membership,
    invite_member,
    issue_token,
    real_name_key,
    revoke_token,
)
from participants.permissions import require
from participants.queries import house_venue
from participants.roles import Band, Capability, OrganizationKind, Standing, VenueLevel, VenueProfile

__all__ = [
    "accept_admission", "admit", "ask_approval", "ask_figure", "check_uscc", "decide_approval", "decide_figure", "declare_stake",
    "end_membership", "file_admission", "hold_capability", "invite_member", "issue_token", "lapse_admissions", "lapse_approvals", "leave",
    "lift_capability", "notify", "open_admission", "open_venue", "read_notices", "real_name_key", "refuse_admission",
    "register_organization", "return_admission", "revoke_admission", "revoke_token", "set_standing", "withdraw_admission",
    "withdraw_approval",
]


# ---- venue and organisations -----------------------------------------------------------------------------------------------


@covers("R50", "R55")
@operation("participants.venue.open")
def open_venue(*, code: str, name: tuple[str, str], level: VenueLevel, profile: VenueProfile, filing_number: str, rulebook_version: str,
               parent: Venue | None = None, actor: Actor, clock: Clock) -> Venue:
    """This will open a further venue with its own organisation, the published calendar and the default figures."""
    at = clock.now()
    require(actor, "participants.venue.open", at=at)
    venue = Venue.objects.create(code=code, name_zh=name[0], name_en=name[1], level=level, profile=profile, filing_number=filing_number,
                                 rulebook_version=rulebook_version, parent=parent)
    CalendarDay.objects.bulk_create([
        CalendarDay(venue=venue, day=day, is_working=worked, name_zh=label, source=source) for day, worked, label, source in HOLIDAYS])
    Parameter.objects.bulk_create([
        Parameter(venue=venue, key=one.key, scope=one.scope, name_zh=one.name[0], name_en=one.name[1], value=one.value, unit=one.unit,
                  source=one.source, effective_from=EPOCH)
        for one in DEFAULTS])
    _write_organization(venue=venue, name=name[0], name_en=name[1], kind=OrganizationKind.VENUE, at=at, is_venue_affiliate=True)
    record(VenueOpened(subject=venue.code, level=level, profile=profile, filing_number=filing_number, rulebook_version=rulebook_version),
           actor=actor, at=at)
    return venue


def _write_organization(*, venue: Venue, name: str, name_en: str, kind: str, at: datetime, **fields: Any) -> Organization:
    name = tidy_name(name)
    key = name_key(name)
    if Organization.objects.filter(name_key=key).exists():
        raise Rejected("participants.organization.name_taken", name=name)
    return Organization.objects.create(**{
        "code": new_code("ORG"), "venue": venue, "name": name, "name_en": tidy_name(name_en), "short_name": name[:40],
        "short_name_en": tidy_name(name_en)[:60], "name_key": key, "kind": kind, "created_at": at, **fields})


def check_uscc(number: str) -> tuple[str, bool]:
    """This will return a unified social credit code (GB 32100) as kept, and whether it must be warned about.

    A wrong check character is warned about, not lost: real papers carry misprints, and a person will look.
    """
    number = uscc_number.compact(number)[:18]
    try:
        uscc_number.validate(number)
    except ValidationError:
        return number, True
    return number, False


@covers("W3")
@operation("participants.organization.register")
def register_organization(*, name: str, name_en: str = "", kind: OrganizationKind = OrganizationKind.ENTERPRISE, uscc: str = "",
                          short_name: str = "", short_name_en: str = "", is_venue_affiliate: bool = False, venue: Venue | None = None,
                          actor: Actor, clock: Clock) -> Organization:
    """This will make an organisation known, in good standing and the newcomer's band; it may do nothing until admitted."""
    at = clock.now()
    require(actor, "participants.organization.register", at=at)
    number, warning = check_uscc(uscc) if uscc else ("", False)
    if number and Organization.objects.filter(uscc=number).exists():
        raise Rejected("participants.organization.uscc_taken", uscc=number)
    fields = {name: value for name, value in (("short_name", short_name), ("short_name_en", short_name_en)) if value}
    organization = _write_organization(venue=venue or house_venue(), name=name, name_en=name_en, kind=kind, at=at, uscc=number,
                                       uscc_warning=warning, is_venue_affiliate=is_venue_affiliate, **fields)
    record(OrganizationRegistered(subject=organization.code, venue=organization.venue.code, organization_kind=kind,
                                  name=organization.name, uscc=number, uscc_warning=warning), actor=actor, at=at)
    return organization


@covers("R53")
@operation("participants.stake.declare")
def declare_stake(*, owner: Organization, owned: Organization, share_bps: int, actor: Actor, clock: Clock) -> OwnershipStake:
    """This will put a holding on file: who stands behind whom decides who may review and trade with whom."""
    at = clock.now()
    require(actor, "participants.stake.declare", subject=owned, at=at)
    stake = OwnershipStake.objects.create(owner=owner, owned=owned, share_bps=share_bps, effective_from=at)
    record(StakeDeclared(subject=owned.code, owner=owner.code, share_bps=share_bps, effective_from=at), actor=actor, at=at)
    return stake


# ---- standing and capabilities ---------------------------------------------------------------------------------------------

_STANDING_TEXT = {Standing.GOOD: "good standing", Standing.WATCH: "under watch", Standing.RESTRICTED: "restricted",
                  Standing.SUSPENDED: "suspended"}


@covers("R67")
def set_standing(*, organization: Organization, standing: str, band: str, cause_code: str, reason: str, actor: Actor,
                 at: datetime) -> StandingChange | None:
    """This will move an organisation's standing and band for a cause on file; None when it stands there already.

    Called down by compliance in the transaction of the finding, sanction or restoration that moves it.
    """
    organization.refresh_from_db(fields=["standing", "band"])
    if (organization.standing, organization.band) == (standing, band):
        return None
    return _move_standing(organization=organization, to_standing=Standing(standing), to_band=Band(band), cause_code=cause_code,
                          reason=reason, actor=actor, at=at)


@operation("participants.standing.change")
def _move_standing(*, organization: Organization, to_standing: Standing, to_band: Band, cause_code: str, reason: str, actor: Actor,
                   at: datetime) -> StandingChange:
    require(actor, "participants.standing.change", at=at)
    held = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    change = StandingChange.objects.create(organization=held, from_standing=held.standing, to_standing=to_standing, from_band=held.band,
                                           to_band=to_band, cause_code=cause_code, reason=reason, at=at)
    held.standing, held.band = to_standing, to_band
    held.save(update_fields=["standing", "band"])
    organization.standing, organization.band = to_standing, to_band
    record(StandingChanged(subject=held.code, from_standing=change.from_standing, to_standing=to_standing, from_band=change.from_band,
                           to_band=to_band, cause=cause_code, reason=reason), actor=actor, at=at)
    notify(organization=held, kind="participants.standing.changed", subject=cause_code, href="/desk/credit/", at=at,
           tone="ok" if to_standing == Standing.GOOD else "bad",
           text=(f"信用状态变为“{to_standing.label}”，等级 {to_band}。原因：{reason}",
                 f"Standing is now {_STANDING_TEXT[to_standing]}, band {to_band}. Reason: {reason}"))
    return change


@covers("R87", "A3")
@operation("participants.capability.hold")
def hold_capability(*, organization: Organization, capability: str, reason_code: str, reason: str, basis: str = "",
                    until: datetime | None = None, actor: Actor, at: datetime) -> CapabilityHold:
    """This will cut one capability of an organisation, for a reason, until ``until`` or until lifted."""
    require(actor, "participants.capability.hold", at=at)
    hold = CapabilityHold.objects.create(
        organization=organization, capability=Capability(capability), reason_code=reason_code, reason=reason, ordered_by=actor.code,
        basis=basis, placed_at=at, until=until)
    record(CapabilityHeld(subject=organization.code, capability=capability, reason_code=reason_code, basis=basis, until=until),
           actor=actor, at=at)
    label = Capability(capability).label
    notify(organization=organization, kind="participants.capability.held", tone="held", href="/desk/organisation/", due_at=until, at=at,
           text=(f"权能“{label}”已暂停：{reason}", f"The capability “{capability}” is on hold: {reason}"))
    return hold


def lift_capability(*, hold: CapabilityHold, reason: str, actor: Actor, at: datetime) -> CapabilityHold:
    """This will lift a hold; lifting it again changes nothing."""
    hold.refresh_from_db()
    return hold if hold.lifted_at else _lift(hold=hold, reason=reason, actor=actor, at=at)


@operation("participants.capability.lift")
def _lift(*, hold: CapabilityHold, reason: str, actor: Actor, at: datetime) -> CapabilityHold:
    require(actor, "participants.capability.lift", at=at)
    held = CapabilityHold.objects.select_for_update().select_related("organization").get(pk=hold.pk)
    held.lifted_at = at
    held.save(update_fields=["lifted_at"])
    record(CapabilityLifted(subject=held.organization.code, capability=held.capability, reason=reason), actor=actor, at=at)
    notify(organization=held.organization, kind="participants.capability.lifted", tone="ok", href="/desk/organisation/", at=at,
           text=(f"权能“{held.get_capability_display()}”已恢复：{reason}", f"The capability “{held.capability}” is restored: {reason}"))
    return held


def read_notices(*, organization: Organization, up_to: int, at: datetime) -> int:
    """This will mark an organisation's notices up to a number as read; a reader's mark, not a fact of the market."""
    with transaction.atomic():
        return Notice.objects.filter(organization=organization, seq__lte=up_to, read_at__isnull=True).update(read_at=at)
