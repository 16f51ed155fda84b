"""Who may take an order: admitted in the class, bound by its declaration, in good standing, and related to nobody it judges (E.6).

The ties are read from the ownership graph and from who acts for whom, anew at the order, its acceptance and the signature.
"""

from __future__ import annotations

from datetime import datetime

from compliance.engaging.kinds import kinds_held, merchant_services
from compliance.engaging.subjects import Subject
from compliance.models import Declaration
from compliance.states import DeclarationStatus
from kit.coverage import covers
from kit.rejected import Rejected
from participants.checklists import AdmissionClass, checklist_at
from participants.models import Organization
from participants.ownership import venue_side
from participants.queries import affiliated
from participants.roles import Standing

__all__ = ["JUDGING", "refuse_conflict", "refuse_unfit", "service_classes"]

#: Classes that state what others rely on: they are related neither to who pays nor to who is judged. The others work for a client
#: and may be of his group, never of his counterparty's.
JUDGING = frozenset({"provider_certification", "provider_audit", "provider_notarisation", "provider_valuation", "provider_arbitration",
                     "provider_risk", "provider_quality"})


def service_classes(at: datetime) -> dict[str, AdmissionClass]:
    """This will return the classes of third parties in force at ``at``: the eleven kinds and the two added later, by key."""
    return {key: one for key, one in checklist_at(at).classes.items() if one.group == "provider"}


@covers("R61", "R88")
def refuse_unfit(provider: Organization, kind: str, *, at: datetime) -> None:
    """This will refuse who is admitted in no class of the kind, has signed no commitment, or lost good standing."""
    if kind not in kinds_held(provider, at=at):
        raise Rejected("compliance.service.not_accredited", provider=_said(provider), organization=provider.code)
    own = ["third_party", "merchant"] if kind in merchant_services() else ["third_party"]
    if not Declaration.objects.filter(organization=provider, template__in=own, subject="", status=DeclarationStatus.IN_FORCE,
                                      effective_from__lte=at, effective_to__gt=at).exists():
        raise Rejected("compliance.service.undeclared", provider=_said(provider))
    if provider.standing in {Standing.RESTRICTED, Standing.SUSPENDED}:
        raise Rejected("compliance.service.barred", provider=_said(provider))


@covers("R53", "R61")
def refuse_conflict(provider: Organization, client: Organization, kind: str, subject: Subject, *, at: datetime) -> None:
    """This will refuse an order in which the provider is of the venue's group, or related to a side it would speak of."""
    if provider.pk == client.pk:
        raise Rejected("compliance.engagement.own")
    if provider.pk in venue_side(provider.venue, at):
        raise Rejected("compliance.engagement.venue_group", provider=_said(provider))
    others = Organization.objects.filter(pk__in=set(subject.parties) - {client.pk}).order_by("pk")
    if related := next((one for one in others if affiliated(provider, one, at=at)), None):
        raise Rejected("compliance.engagement.related_party", provider=_said(provider), party=_said(related), subject=subject.code)
    if kind in JUDGING and affiliated(provider, client, at=at):
        raise Rejected("compliance.engagement.not_independent", provider=_said(provider), client=_said(client))


def _said(one: Organization) -> tuple[str, str]:
    return one.name, one.name_en or one.name
