"""Deadlines of supply, level-triggered: whatever is past its time is found each minute and moved by the clock, once.

A deadline never approves anything,
except that an application is taken in by silence and a notice without objection ends in the certificate.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from celery import shared_task
from django.db import transaction
from django.db.models import QuerySet

from evidence.clock import MARKET_CLOCK
from evidence.prepared import presence
from kit.actors import SYSTEM
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from listings.authorising import expire_authorisation, miss_report, open_reports
from listings.certificates import expire_certificate
from listings.consents import expire_consent
from listings.correcting import lapse_correction
from listings.drafting import discard_version
from listings.escalating import escalate_registration, escalate_review, flag_certificate
from listings.models import (
    Authorisation,
    Condition,
    Consent,
    Correction,
    Hold,
    ListingVersion,
    OperationReport,
    OptOut,
    Pilot,
    Principal,
    PropertyRight,
    Registration,
    RegistrationCertificate,
    RegistrationObjection,
    Review,
    ShareAgreement,
    Source,
    SourceRequest,
    SubjectRequest,
)
from listings.objections import escalate_objection
from listings.opting_out import miss_opt_out
from listings.peer_pulling import pull_due
from listings.piloting import expire_pilot
from listings.principals import end_mandate, miss_subject_request
from listings.proving import lapse_condition
from listings.publishing import lift_hold, publish_version
from listings.registering import accept_registration, certify_registration, withdraw_registration
from listings.requests import lapse_request
from listings.rescreening import rescreen_due
from listings.reviewing import idle_rows, release_idle
from listings.rights import expire_right, flag_right
from listings.sharing import lapse_shares
from listings.sources import expire_source
from listings.states import (
    AuthorisationStatus,
    CertificateStatus,
    ConditionStatus,
    ConsentStatus,
    CorrectionStatus,
    MandateStatus,
    OperationReportStatus,
    OptOutStatus,
    PilotStatus,
    RegistrationStatus,
    RequestStatus,
    ReviewStatus,
    RightStatus,
    SourceStatus,
    SubjectRequestStatus,
    VersionStatus,
)
from listings.stopping import alone
from listings.submitting import withdraw_version

__all__ = ["SCHEDULE", "pull_peers", "rescreen", "ring", "run_deadlines", "sweep_deadlines"]

log = logging.getLogger(__name__)
#: How many of one kind a round takes; the rest is found next minute.
SLICE = 200
#: Slices of a rescreening that one task does before it lets others work.
SLICES = 5


@covers("R10", "T17")
def run_deadlines(*, clock: Clock) -> int:
    """This will move everything whose time is over; returns how many moved. One transaction each, skipping what others hold."""
    at, moved = clock.now(), 0
    busy = _due(at)
    for (rows, act), some in zip(_rounds(at, clock), busy, strict=True) if any(busy) else ():
        moved += _round(rows, act) if some else 0
    return moved


def _rounds(at: datetime, clock: Clock) -> list[tuple[QuerySet[Any], Callable[[Any], Any]]]:
    """What is past its time, kind by kind, and what is done with it."""
    regs, versions = Registration.objects.filter(due_at__lte=at), ListingVersion.objects.filter(due_at__lte=at)
    return [
        (regs.filter(status=RegistrationStatus.APPLIED), lambda one: accept_registration(registration=one, actor=SYSTEM, clock=clock)),
        (regs.filter(status=RegistrationStatus.IN_NOTICE), lambda one: certify_registration(registration=one, clock=clock)),
        (regs.filter(status__in=[RegistrationStatus.DRAFT, RegistrationStatus.RETURNED]),
         lambda one: withdraw_registration(registration=one, actor=SYSTEM, clock=clock)),
        (RegistrationObjection.objects.filter(decided_at__isnull=True, escalated_at__isnull=True, registration__due_at__lte=at),
         lambda one: escalate_objection(objection=one, clock=clock)),
        (regs.filter(status=RegistrationStatus.IN_REVIEW, escalated_at__isnull=True),
         lambda one: escalate_registration(registration=one, clock=clock)),
        (RegistrationCertificate.objects.filter(status=CertificateStatus.FROZEN, due_at__lte=at),
         lambda one: flag_certificate(certificate=one, clock=clock)),
        (Review.objects.filter(status__in=[ReviewStatus.WAITING, ReviewStatus.ASSIGNED], escalated_at__isnull=True, due_at__lte=at),
         lambda one: escalate_review(review=one, clock=clock)),
        (ListingVersion.objects.filter(pk__in=idle_rows(at).values("version")), lambda one: release_idle(version=one, clock=clock)),
        (versions.filter(status=VersionStatus.DRAFT), lambda one: discard_version(version=one, actor=SYSTEM, clock=clock)),
        (versions.filter(status=VersionStatus.RETURNED), lambda one: withdraw_version(version=one, actor=SYSTEM, clock=clock)),
        (ListingVersion.objects.filter(status=VersionStatus.APPROVED, publish_at__lte=at),
         lambda one: publish_version(version=one, actor=SYSTEM, clock=clock)),
        (versions.filter(status=VersionStatus.APPROVED), lambda one: withdraw_version(version=one, actor=SYSTEM, clock=clock)),
        (RegistrationCertificate.objects.filter(status__in=[CertificateStatus.VALID, CertificateStatus.FROZEN], effective_to__lte=at),
         lambda one: expire_certificate(certificate=one, clock=clock)),
        (PropertyRight.objects.filter(status__in=[RightStatus.ACTIVE, RightStatus.SUSPENDED], effective_to__lte=at),
         lambda one: expire_right(right=one, clock=clock)),
        (PropertyRight.objects.filter(status=RightStatus.SUSPENDED, due_at__lte=at), lambda one: flag_right(right=one, clock=clock)),
        (Source.objects.filter(status=SourceStatus.ACTIVE, effective_to__lte=at), lambda one: expire_source(source=one, clock=clock)),
        (SourceRequest.objects.filter(status=RequestStatus.FILED, due_at__lte=at), lambda one: lapse_request(request=one, clock=clock)),
        (Correction.objects.filter(status=CorrectionStatus.OPEN, due_at__lte=at),
         lambda one: lapse_correction(correction=one, clock=clock)),
        (Pilot.objects.filter(status=PilotStatus.RUNNING, ends_at__lte=at), lambda one: expire_pilot(pilot=one, clock=clock)),
        (ShareAgreement.objects.filter(due_at__lte=at), lambda one: lapse_shares(agreement=one, clock=clock)),
        (Consent.objects.filter(status=ConsentStatus.ACTIVE, effective_to__lte=at), lambda one: expire_consent(consent=one, clock=clock)),
        (Condition.objects.filter(status=ConditionStatus.MET, effective_to__lte=at),
         lambda one: lapse_condition(condition=one, clock=clock)),
        (Principal.objects.filter(status=MandateStatus.ACTIVE, effective_to__lte=at), lambda one: end_mandate(principal=one, clock=clock)),
        (SubjectRequest.objects.filter(status=SubjectRequestStatus.OPEN, due_at__lte=at),
         lambda one: miss_subject_request(request=one, clock=clock)),
        (OptOut.objects.filter(status=OptOutStatus.OPEN, due_at__lte=at), lambda one: miss_opt_out(opt_out=one, clock=clock)),
        (Authorisation.objects.filter(status=AuthorisationStatus.IN_FORCE, effective_to__lte=at),
         lambda one: expire_authorisation(authorisation=one, clock=clock)),
        (Authorisation.objects.filter(report_at__lte=at), lambda one: open_reports(authorisation=one, clock=clock)),
        (OperationReport.objects.filter(status=OperationReportStatus.DUE, due_at__lte=at),
         lambda one: miss_report(report=one, clock=clock)),
        (Hold.objects.filter(listing__isnull=False, lifted_at__isnull=True, until__lte=at, ordered_as="system"),
         lambda one: lift_hold(hold=one, actor=SYSTEM, at=at)),
    ]


@presence
def _due(at: datetime) -> list[QuerySet[Any]]:
    return [rows for rows, _ in _rounds(at, MARKET_CLOCK)]


def _round(rows: QuerySet[Any], act: Callable[[Any], Any]) -> int:
    """A refusal (moved meanwhile, or not possible now) leaves the row for the next round; it never stops the others."""
    done = 0
    for key in list(rows.order_by("pk").values_list("pk", flat=True)[:SLICE]):
        try:
            with transaction.atomic():
                if rows.model in {PropertyRight, Source}:
                    alone()  # before any row, as every act on the lineage does
                one = rows.select_for_update(skip_locked=True, of=("self",), no_key=True).filter(pk=key).first()
                if one is not None:
                    act(one)
                    done += 1
        except Rejected as refused:
            log.info("deadline of %s %s waits: %s", rows.model.__name__, key, refused.code)
    return done


@shared_task(name="listings.sweep_deadlines")
def sweep_deadlines(**_: Any) -> int:
    """This will run the deadlines by the market's clock."""
    return run_deadlines(clock=MARKET_CLOCK)


@shared_task(name="listings.rescreen")
@covers("R4", "R84", "T48")
def rescreen(**_: Any) -> int:
    """This will judge some slices by the list in force and ring for the rest: other work gets its turn between. A task that is
    lost costs nothing: the next beat finds what is left."""
    judged = rescreen_due(MARKET_CLOCK, slices=SLICES)
    if judged:
        ring()
    return judged


def ring() -> None:
    """This will ring the worker's bell for a course that has begun; a broken bell delays by a beat."""
    try:
        rescreen.apply_async(retry=False, expires=60)
    except Exception:
        log.warning("the worker's bell does not ring; the beat will find what is to be judged")


@shared_task(name="listings.pull_peers")
@covers("CAP-I5")
def pull_peers(**_: Any) -> int:
    """This will ask the recognised exchanges that are due for what is new; one that does not answer costs ten seconds at most."""
    return pull_due(clock=MARKET_CLOCK)


SCHEDULE: dict[str, dict[str, Any]] = {
    "listings.sweep_deadlines": {"task": "listings.sweep_deadlines", "schedule": 60.0},
    "listings.pull_peers": {"task": "listings.pull_peers", "schedule": 60.0, "options": {"expires": 60}},
    "listings.rescreen": {"task": "listings.rescreen", "schedule": 5.0, "options": {"expires": 5}},
}
