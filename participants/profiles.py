"""What a party tells of itself (R96, W17, R111), whom it vouches for (W23), which government projects it worked on (R91).

Names stand sealed and enter the record book as commitments; who owns a party is told for statistics and read by no rule (R60).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from evidence.events import Commitment
from evidence.operations import operation, record, unchanged
from evidence.vault import salt_of
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from participants.checklists import checklist_at
from participants.events import ContractorNoted, ProfileChanged, SponsorshipChanged
from participants.models import (
    Admission,
    AdmissionStatus,
    ContractorProject,
    Organization,
    OwnershipType,
    PartyProfile,
    Sponsorship,
)
from participants.names import tidy_name
from participants.permissions import require
from participants.proofs import certificates_in_force
from participants.roles import Role
from participants.timers import after

__all__ = ["WEAK_BELOW", "assess_compliance", "compliance_weak", "edit_profile", "end_sponsorship", "note_contractor", "profile_of",
           "projects_of", "sponsors_of", "trusted", "vouch_for"]

#: A self-assessment below this brings closer review; none at all brings nothing (R111, product default).
WEAK_BELOW = 60
_TEXTS = {"region": 6, "sector": 2, "ownership_type": 12, "chief_data_officer": 60, "incident_contact": 120}


def profile_of(organization: Organization, *, at: datetime) -> PartyProfile:
    """This will return the organisation's profile; an empty one where none was written."""
    return PartyProfile.objects.filter(organization=organization).first() or PartyProfile(organization=organization, updated_at=at)


@covers("R96", "W12", "W17")
@operation("participants.profile.edit")
def edit_profile(*, organization: Organization, changes: Mapping[str, Any], edit_version: int | None = None, actor: Actor, clock: Clock
                 ) -> PartyProfile:
    """This will change the named fields of the profile; a form opened before somebody else's change is refused, nothing is lost."""
    at = clock.now()
    require(actor, "participants.profile.edit", subject=organization, at=at)
    held = _locked(organization, at)
    if edit_version is not None and edit_version != held.version:
        raise Rejected("participants.profile.stale")
    _refuse_faulty(changes, at)
    for name, value in changes.items():
        setattr(held, name, sorted(set(value)) if name == "intermediary_kinds" else tidy_name(str(value)))
    return _save(held, actor=actor, at=at)


def _locked(organization: Organization, at: datetime) -> PartyProfile:
    PartyProfile.objects.get_or_create(organization=organization, defaults={"updated_at": at})
    return PartyProfile.objects.select_for_update(of=("self",), no_key=True).select_related("organization").get(organization=organization)


def _refuse_faulty(changes: Mapping[str, Any], at: datetime) -> None:
    kinds = checklist_at(at).questions["intermediary_kind"].choices or {}
    choices = {"ownership_type": ["", *OwnershipType.values]}
    faults = []
    for name, value in changes.items():
        if name == "intermediary_kinds":
            fits = isinstance(value, (list, tuple)) and not set(value) - set(kinds)
        elif name in _TEXTS:
            text = str(value)
            fits = len(text) <= _TEXTS[name] and text in choices.get(name, [text])
            fits = fits and (name != "region" or text == "" or (text.isascii() and text.isdigit() and len(text) == 6))
        else:
            fits = False
        if not fits:
            faults.append(FieldFault(name, "unfit", ("填写不符合要求", "The value does not fit")))
    if faults:
        raise Rejected("participants.profile.faulty", errors=faults)


def _save(held: PartyProfile, *, actor: Actor, at: datetime) -> PartyProfile:
    held.version, held.updated_at = held.version + 1, at
    held.save()
    subject = held.sealed_for()
    officer, contact = (Commitment(text, salt_of(subject, name)) if text else None for name, text in (
        ("officer", held.chief_data_officer), ("contact", held.incident_contact)))
    record(ProfileChanged(subject=held.organization.code, region=held.region, sector=held.sector,
                          intermediary_kinds=held.intermediary_kinds, assessment_score=held.assessment_score, officer=officer,
                          contact=contact), actor=actor, at=at)
    return held


@covers("R111")
@operation("participants.profile.assess")
def assess_compliance(*, organization: Organization, answers: Mapping[str, bool], actor: Actor, clock: Clock) -> PartyProfile:
    """This will keep the internal-compliance self-assessment with its score; it counts for a year and feeds the depth of review."""
    at = clock.now()
    require(actor, "participants.profile.edit", subject=organization, at=at)
    held = _locked(organization, at)
    known = {key for key, _, _ in checklist_at(at).assessment}
    held.assessment = {key: answers.get(key) is True for key in sorted(known)}
    held.assessment_score, held.assessed_at = checklist_at(at).score(held.assessment), at
    return _save(held, actor=actor, at=at)


def compliance_weak(organization: Organization, *, at: datetime) -> bool:
    """This will tell whether a self-assessment that still counts came out weak."""
    held = profile_of(organization, at=at)
    if held.assessed_at is None or held.assessment_score is None or after("assessment.validity", held.assessed_at) <= at:
        return False
    return held.assessment_score < WEAK_BELOW


@covers("R48")
def trusted(organization: Organization, *, at: datetime) -> bool:
    """This will tell whether certificates in force let a newcomer be reviewed like a known seller: data security management,
    or data management maturity of level 3 or more together with protection of level 3 or more."""
    held = certificates_in_force(organization, at=at)
    graded = [held[item].level or 0 for item in ("dcmm", "mlps") if item in held]
    return "security_certification" in held or (len(graded) == 2 and min(graded) >= 3)


# ---- vouching ----------------------------------------------------------------------------------------------------------------


@covers("W23")
@operation("participants.sponsorship.begin")
def vouch_for(*, sponsor: Organization, sponsored: Organization, actor: Actor, clock: Clock) -> Sponsorship:
    """This will put a merchant behind a supplier: what is found against the supplier counts for the merchant too."""
    at = clock.now()
    require(actor, "participants.sponsorship.manage", subject=sponsor, at=at)
    admitted = Admission.objects.filter(organization=sponsor, role=Role.DATA_MERCHANT, status=AdmissionStatus.ADMITTED).exists()
    if not admitted or sponsor.pk == sponsored.pk:
        raise Rejected("participants.sponsorship.unfit")
    try:
        with transaction.atomic():
            made = Sponsorship.objects.create(sponsor=sponsor, sponsored=sponsored, effective_from=at)
    except IntegrityError as refused:
        raise Rejected("participants.sponsorship.on_file", supplier=sponsored.short_name) from refused
    record(SponsorshipChanged(subject=sponsored.code, sponsor=sponsor.code, vouches=True), actor=actor, at=at)
    return made


@operation("participants.sponsorship.end")
def end_sponsorship(*, sponsorship: Sponsorship, actor: Actor, clock: Clock) -> Sponsorship:
    """This will end the vouching from now on; what was found while it ran still counts. Ending it again changes nothing."""
    at = clock.now()
    held = Sponsorship.objects.select_for_update(of=("self",), no_key=True).select_related("sponsor", "sponsored").get(pk=sponsorship.pk)
    require(actor, "participants.sponsorship.manage", subject=held.sponsor, at=at)
    if held.effective_to is not None:
        unchanged(at=at)
        return held
    held.effective_to = max(at, held.effective_from + timedelta(microseconds=1))
    held.save(update_fields=["effective_to"])
    record(SponsorshipChanged(subject=held.sponsored.code, sponsor=held.sponsor.code, vouches=False), actor=actor, at=at)
    return held


def sponsors_of(organization: Organization, *, at: datetime) -> list[Organization]:
    """This will return who vouches for an organisation at ``at``."""
    rows = Sponsorship.objects.filter(sponsored=organization, effective_from__lte=at).exclude(effective_to__lte=at)
    return [row.sponsor for row in rows.select_related("sponsor").order_by("pk")]


# ---- government projects -----------------------------------------------------------------------------------------------------


@covers("R91")
@operation("participants.contractor.note")
def note_contractor(*, organization: Organization, authority: str, project: str, source: str, effective_from: datetime,
                    effective_to: datetime | None = None, actor: Actor, clock: Clock) -> ContractorProject:
    """This will put on file that an organisation works, or worked, on a government project: data from there it may not list."""
    at = clock.now()
    require(actor, "participants.contractor.note", subject=organization, at=at)
    texts: Sequence[tuple[str, str]] = (("authority", authority), ("project", project), ("source", source))
    if faults := [FieldFault(name, "required", ("请填写", "Please fill in")) for name, text in texts if not tidy_name(text)]:
        raise Rejected("participants.profile.faulty", errors=faults)
    made = ContractorProject.objects.create(
        code=new_code("GCP"), organization=organization, authority=tidy_name(authority)[:120], project=tidy_name(project)[:160],
        source=tidy_name(source)[:160], effective_from=effective_from, effective_to=effective_to)
    record(ContractorNoted(subject=organization.code, project=made.code, authority=made.authority, title=made.project, source=made.source),
           actor=actor, at=at)
    return made


def projects_of(organization: Organization) -> Collection[ContractorProject]:
    """This will list the government projects on file; their end does not lift the ban."""
    return list(ContractorProject.objects.filter(organization=organization).order_by("effective_from", "pk"))
