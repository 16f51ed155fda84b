"""The desk's queues of restorations, complaints and disputes, by deadline."""

from __future__ import annotations

from collections.abc import Iterator

from compliance.catalogue import conducts
from compliance.complaints import DESKS
from compliance.models import Complaint, Dispute, Restoration
from compliance.states import ComplaintStatus, DisputeStatus, RestorationStatus
from exchange.supervision.fields import kept
from exchange.supervision.queues import LARGEST, Work, party_words
from exchange.words import tone_of
from kit.actors import Actor
from participants.predicates import Standpoint
from participants.roles import Role

__all__ = ["complaints", "disputes", "restorations"]


def restorations(actor: Actor, who: Standpoint) -> Iterator[Work]:
    """This will list restorations to take in (officers) and to decide (regulators)."""
    rows = Restoration.objects.filter(status__in=[RestorationStatus.APPLIED, RestorationStatus.DECIDING])
    for one in kept("restorations", rows, actor, who).select_related("organization", "finding").order_by("due_at", "id")[:LARGEST]:
        able = Role.COMPLIANCE_OFFICER if one.status == RestorationStatus.APPLIED else Role.REGULATOR
        row = conducts().get(one.finding.conduct)
        yield Work("restorations", one.code, row.text if row else (one.finding.conduct, one.finding.conduct),
                   party_words(one.organization), str(one.get_status_display()), "bad" if one.overdue else tone_of(one.status), one.due_at,
                   open_to_me=able in who.roles)


def complaints(actor: Actor, who: Standpoint) -> Iterator[Work]:
    """This will list complaints that wait, each for the desk it was routed to; no reporter is named."""
    rows = Complaint.objects.filter(status__in=[ComplaintStatus.RECEIVED, ComplaintStatus.HANDLING, ComplaintStatus.OBJECTED])
    for one in kept("complaints", rows, actor, who).order_by("due_at", "id")[:LARGEST]:
        kind = str(one.get_kind_display())
        yield Work("complaints", one.code, (kind, kind), (one.subject_code, one.subject_code), str(one.get_status_display()),
                   "bad" if one.overdue else "wait", one.due_at, open_to_me=bool(DESKS[one.queue] & who.roles))


def disputes(actor: Actor, who: Standpoint) -> Iterator[Work]:
    """This will list disputes that have not ended; the desk acts in those under mediation."""
    rows = Dispute.objects.filter(status__in=[DisputeStatus.NEGOTIATING, DisputeStatus.MEDIATING, DisputeStatus.ARBITRATING])
    for one in kept("disputes", rows, actor, who).select_related("opener", "respondent").order_by("due_at", "id")[:LARGEST]:
        sides = [party_words(party) for party in (one.opener, one.respondent)]
        yield Work("disputes", one.code, (one.subject_code, one.subject_code), (" · ".join(zh for zh, _ in sides),
                   " · ".join(en for _, en in sides)), str(one.get_status_display()), "bad" if one.overdue else tone_of(one.status),
                   one.due_at, open_to_me=one.status == DisputeStatus.MEDIATING and Role.COMPLIANCE_OFFICER in who.roles)
