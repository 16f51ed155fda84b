"""What passes on of compliance (R39): declarations on products, filings, export cases and counts, disputes, sanctions, open cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import connection
from django.db.models import Q

from compliance.declarations import end_with_declarant
from compliance.models import (
    Case,
    Complaint,
    ConductCase,
    Declaration,
    Dispute,
    Engagement,
    ExportCase,
    Filing,
    Requisition,
    Sanction,
    ServiceOffer,
)
from compliance.states import (
    CaseStatus,
    ComplaintStatus,
    ConductStatus,
    DeclarationStatus,
    DisputeStatus,
    EngagementStatus,
    ExportStatus,
    FilingStatus,
    OfferStatus,
    RequisitionStatus,
    SanctionStatus,
)
from kit.coverage import covers
from participants.estates import Held, Obstacle, Passing, estate, follows, hinders, obstacle
from participants.models import Organization

__all__: list[str] = []

_DISPUTED = (DisputeStatus.NEGOTIATING, DisputeStatus.MEDIATING, DisputeStatus.ARBITRATING)
_UNDECIDED = (ConductStatus.ACCUSED, ConductStatus.STATEMENT, ConductStatus.DECIDING, ConductStatus.DECIDED, ConductStatus.OBJECTED)
_RUNNING = (SanctionStatus.IN_FORCE, SanctionStatus.STAYED)
_CALLED = (RequisitionStatus.ISSUED, RequisitionStatus.OBJECTED, RequisitionStatus.SUPPLIED, RequisitionStatus.OVERDUE)
_ENGAGED = (EngagementStatus.ORDERED, EngagementStatus.WORKING, EngagementStatus.DELIVERED, EngagementStatus.OBJECTED,
            EngagementStatus.DISPUTED)
_FILED = (FilingStatus.FILED, FilingStatus.CONFIRMED, FilingStatus.RETURNED)


@estate("compliance.declarations", "声明承诺", "Declarations")
def _declarations(of: Organization) -> Iterator[Held]:
    for one in Declaration.objects.filter(organization=of, status=DeclarationStatus.IN_FORCE).exclude(subject=""):
        yield Held(one.subject, one.code, "", "compliance_declaration", "organization_id", one.pk)


@estate("compliance.filings", "场外交易备案", "Off-exchange filings")
def _filings(of: Organization) -> Iterator[Held]:
    rows = Filing.objects.exclude(status__in=[FilingStatus.REJECTED, FilingStatus.WITHDRAWN])
    for one in rows.filter(Q(reporter=of) | Q(counterparty=of)):
        column, other = ("reporter_id", one.counterparty_id) if one.reporter_id == of.pk else ("counterparty_id", one.reporter_id)
        yield Held(one.subject, one.code, one.title, "compliance_filing", column, one.pk, live=one.status in _FILED, other=other)


@estate("compliance.exports", "出境案件", "Export cases")
def _exports(of: Organization) -> Iterator[Held]:
    ended = (ExportStatus.REFUSED, ExportStatus.EXPIRED, ExportStatus.WITHDRAWN)
    for one in ExportCase.objects.filter(exporter=of).exclude(status__in=ended):
        yield Held(one.product_code, one.code, one.recipient, "compliance_exportcase", "exporter_id", one.pk)


@estate("compliance.disputes", "争议", "Disputes")
def _disputes(of: Organization) -> Iterator[Held]:
    for one in Dispute.objects.filter(Q(opener=of) | Q(respondent=of), status__in=_DISPUTED):
        column, other = ("opener_id", one.respondent_id) if one.opener_id == of.pk else ("respondent_id", one.opener_id)
        yield Held(one.subject_code, one.code, "", "compliance_dispute", column, one.pk, other=other)


@estate("compliance.requisitions", "政府调用的数据", "Data called for by public bodies")
def _requisitions(of: Organization) -> Iterator[Held]:
    """The holder's duty to supply goes with the data, the body's to destroy with its office."""
    for one in Requisition.objects.filter(Q(body=of) | Q(holder=of), status__in=_CALLED):
        column, other = ("body_id", one.holder_id) if one.body_id == of.pk else ("holder_id", one.body_id)
        yield Held(one.code, one.code, one.purpose, "compliance_requisition", column, one.pk, other=other)


@estate("compliance.sanctions", "执行中的处理措施", "Sanctions in force")
def _sanctions(of: Organization) -> Iterator[Held]:
    for one in Sanction.objects.filter(organization=of, status__in=_RUNNING).select_related("finding__case"):
        yield Held(one.finding.case.code, one.code, "", "compliance_sanction", "organization_id", one.pk)
    cases = ConductCase.objects.filter(organization=of, findings__sanctions__status__in=_RUNNING).distinct()
    for case in cases:
        yield Held(case.code, case.code, "", "compliance_conductcase", "organization_id", case.pk)


@estate("compliance.cases", "办理中的案件", "Cases in hand")
def _cases(of: Organization) -> Iterator[Held]:
    for one in Case.objects.filter(organization=of).exclude(status=CaseStatus.CLOSED):
        yield Held(one.subject_code, one.code, one.title_zh, "compliance_case", "organization_id", one.pk)
    for complaint in Complaint.objects.filter(organization=of, status__in=[ComplaintStatus.RECEIVED, ComplaintStatus.HANDLING]):
        yield Held(complaint.code, complaint.code, "", "compliance_complaint", "organization_id", complaint.pk)


@covers("R39")
@hinders("compliance.open")
def _undecided(passing: Passing) -> Iterable[Obstacle]:
    """Conduct still open is decided against whoever did it."""
    for case in ConductCase.objects.filter(organization=passing.predecessor, status__in=_UNDECIDED):
        yield obstacle(case.code, "失信认定尚未生效，不得以承继逃避", "the conduct case is not final: a succession is no way out of it")


@covers("R39", "R61")
@hinders("compliance.engagements")
def _engaged(passing: Passing) -> Iterable[Obstacle]:
    """A third party is admitted by itself and signs by itself: what it was engaged for is finished or given back first."""
    ends = passing.predecessor
    for one in Engagement.objects.filter(Q(provider=ends) | Q(client=ends), status__in=_ENGAGED).order_by("pk"):
        yield obstacle(one.code, "委托尚未办结，请先完成、撤回或交由争议处理",
                       "the order is open: finish it, take it back or settle its dispute first")
    for offer in ServiceOffer.objects.filter(provider=ends, status=OfferStatus.OFFERED).order_by("pk"):
        yield obstacle(offer.code, "第三方服务须以本机构准入提供，请先下架",
                       "a service rests on the provider's own admission: withdraw it first")


@covers("R39", "M1")
@follows("compliance.words_and_counts")
def _follow(passing: Passing) -> None:
    """General promises were the predecessor's own word and end with it; who agreed to arbitration and what was exported counts on."""
    general = Declaration.objects.filter(organization=passing.predecessor, status=DeclarationStatus.IN_FORCE, subject="")
    for one in general.order_by("pk"):
        end_with_declarant(declaration=one, cause=passing.succession.code, at=passing.at)
    for line in passing.rows("compliance_dispute"):
        heir = passing.heir_of(line.unit)
        assert heir is not None, "refused before"
        dispute = Dispute.objects.get(pk=line.key)
        dispute.agreed = [heir.pk if key == passing.predecessor.pk else key for key in dispute.agreed]
        dispute.proposed_by_id = heir.pk if dispute.proposed_by_id == passing.predecessor.pk else dispute.proposed_by_id
        dispute.save(update_fields=["agreed", "proposed_by"])
    with connection.cursor() as cursor:  # a threshold of persons is not begun anew by a merger; each counts once
        for row in passing.succession.heirs.all():
            cursor.execute("INSERT INTO compliance_exportedperson (exporter_id, year, person_key, sensitive) "
                           "SELECT %s, year, person_key, sensitive FROM compliance_exportedperson WHERE exporter_id = %s "
                           "ON CONFLICT DO NOTHING", [row.organization_id, passing.predecessor.pk])
