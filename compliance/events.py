"""Facts of compliance. Only ``compliance.negative_list.revised`` travels upward; others are read by asking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from evidence.events import Event, family

__all__ = [
    "CaseMoved",
    "ComplaintMoved",
    "ConductMoved",
    "ControlListMoved",
    "ControlMatchMoved",
    "CreditNoted",
    "DeclarationMoved",
    "DisputeMoved",
    "EngagementMoved",
    "ExportCommented",
    "ExportMoved",
    "FilingMoved",
    "FindingMade",
    "IncidentMoved",
    "InterimMeasureTaken",
    "JurisdictionSet",
    "ListCommented",
    "ListMoved",
    "ListRevised",
    "OfferMoved",
    "PersonsExported",
    "RecognitionMoved",
    "ReportMoved",
    "RequisitionMoved",
    "RestorationMoved",
    "RuleChecked",
    "SanctionMoved",
    "TermsImported",
    "case_moved",
    "complaint_moved",
    "conduct_moved",
    "control_list_moved",
    "control_match_moved",
    "declaration_moved",
    "dispute_moved",
    "engagement_moved",
    "export_moved",
    "filing_moved",
    "incident_moved",
    "list_moved",
    "offer_moved",
    "recognition_moved",
    "report_moved",
    "requisition_moved",
    "restoration_moved",
    "sanction_moved",
]


@dataclass(frozen=True, kw_only=True)
class ListMoved(Event):
    version_label: str
    from_status: str
    to_status: str
    content_hash: str
    reason: str = ""
    effective_from: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ListRevised(Event):
    """A version came into force: whatever was screened by the former one is to be screened again."""

    kind: ClassVar[str] = "compliance.negative_list.revised"
    version_label: str
    former: str
    content_hash: str
    effective_from: datetime
    changed: list[str]
    stricter: list[str]


@dataclass(frozen=True, kw_only=True)
class ListCommented(Event):
    """Somebody said something of a proposal; the text stays in the room."""

    kind: ClassVar[str] = "compliance.negative_list.commented"
    edition: int
    text_hash: str


@dataclass(frozen=True, kw_only=True)
class RuleChecked(Event):
    """A rule was compared with the text it cites."""

    kind: ClassVar[str] = "compliance.rules.checked"
    evidence: str
    holds: bool
    note_hash: str
    next_check_at: datetime


@dataclass(frozen=True, kw_only=True)
class TermsImported(Event):
    kind: ClassVar[str] = "compliance.terms.imported"
    count: int
    source: str
    content_hash: str


@dataclass(frozen=True, kw_only=True)
class DeclarationMoved(Event):
    organization: str
    about: str
    template: str
    template_hash: str
    from_status: str
    to_status: str
    document_hash: str
    effective_to: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class FilingMoved(Event):
    report: str
    reporter: str
    counterparty: str
    from_status: str
    to_status: str
    verdict: str
    rule_set: str
    facts_hash: str
    reason: str = ""
    second: str = ""


@dataclass(frozen=True, kw_only=True)
class CaseMoved(Event):
    case_kind: str
    about: str
    from_status: str
    to_status: str
    due_at: datetime | None = None
    outcome: str = ""
    text_hash: str = ""


@dataclass(frozen=True, kw_only=True)
class ConductMoved(Event):
    organization: str
    conduct: str
    about: str
    from_status: str
    to_status: str
    due_at: datetime | None = None
    reason: str = ""
    papers: list[str] | None = None


@dataclass(frozen=True, kw_only=True)
class OfferMoved(Event):
    """A third party offered a service, or took it out of the directory; ``offer_hash`` covers title, scope, price and days."""

    provider: str
    service: str
    from_status: str
    to_status: str
    price_fen: int
    days: int
    offer_hash: str


@dataclass(frozen=True, kw_only=True)
class EngagementMoved(Event):
    """An order of a service moved; ``responsible`` is who is answerable for what the act says (R89)."""

    provider: str
    client: str
    service: str
    about: str
    from_status: str
    to_status: str
    price_fen: int
    responsible: str
    due_at: datetime | None = None
    fee_fen: int = 0
    paid_fen: int = 0
    transfer_hash: str = ""
    report: str = ""
    content_hash: str = ""
    text_hash: str = ""


@dataclass(frozen=True, kw_only=True)
class ReportMoved(Event):
    """A third party's report was signed, or its standing changed after a conduct case."""

    engagement: str
    number: int
    provider: str
    about: str
    from_status: str
    to_status: str
    file_sha256: str
    content_hash: str
    case: str = ""


@dataclass(frozen=True, kw_only=True)
class FindingMade(Event):
    kind: ClassVar[str] = "compliance.finding.made"
    case: str
    organization: str
    conduct: str
    severity: str
    basis: str
    document_hash: str
    second: str


@dataclass(frozen=True, kw_only=True)
class SanctionMoved(Event):
    finding: str
    organization: str
    measure: str
    basis: str
    from_status: str
    to_status: str
    effective_to: datetime
    cause: str = ""


@dataclass(frozen=True, kw_only=True)
class InterimMeasureTaken(Event):
    kind: ClassVar[str] = "compliance.conduct.interim_measure"
    organization: str
    capabilities: list[str]
    until: datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class RestorationMoved(Event):
    finding: str
    organization: str
    from_status: str
    to_status: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class CreditNoted(Event):
    kind: ClassVar[str] = "compliance.credit.noted"
    event: str
    points: int
    source: str


@dataclass(frozen=True, kw_only=True)
class ComplaintMoved(Event):
    """Names, contacts and texts stay in this room; the fact holds the text's hash."""

    complaint_kind: str
    about: str
    from_status: str
    to_status: str
    text_hash: str
    real_name: bool
    due_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class DisputeMoved(Event):
    about: str
    opener: str
    respondent: str
    from_status: str
    to_status: str
    due_at: datetime | None = None
    refund_bps: int | None = None
    text_hash: str = ""


@dataclass(frozen=True, kw_only=True)
class ExportMoved(Event):
    exporter: str
    product: str
    from_status: str
    to_status: str
    mechanism: str
    facts_hash: str
    due_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class RecognitionMoved(Event):
    """A foreign certificate or a group's binding rules on their way into the register and out of it."""

    recognition_kind: str
    number: str
    issuer: str
    country: str
    from_status: str
    to_status: str
    basis: str
    paper_sha256: str
    effective_to: datetime
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class RequisitionMoved(Event):
    """A public body's call for data, from its issue to the proof of destruction; each reading is one of them."""

    requisition_kind: str
    body: str
    holder: str
    from_status: str
    to_status: str
    document_no: str
    file_sha256: str
    use_until: datetime
    purge_by: datetime
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class FaultReported(Event):
    """Somebody told of a fault of its own; what was said is told by its hash."""

    kind: ClassVar[str] = "compliance.self_report.filed"
    organization: str
    about: str
    text_sha256: str
    setting: str = "pilot"
    conduct: str = ""


@dataclass(frozen=True, kw_only=True)
class SelfReportChecked(Event):
    """The desk checked what somebody had told of itself; why it stands or not is told by its hash."""

    kind: ClassVar[str] = "compliance.self_report.checked"
    organization: str
    stands: bool
    reason_sha256: str


@dataclass(frozen=True, kw_only=True)
class ExportCommented(Event):
    """A body spoke on a case under assessment; what it said stays in this room."""

    kind: ClassVar[str] = "compliance.export.commented"
    body: str
    words: int


@dataclass(frozen=True, kw_only=True)
class PersonsExported(Event):
    """How many persons one delivery added to the exporter's year; who they are stays behind keyed hashes in this room."""

    kind: ClassVar[str] = "compliance.export.counted"
    exporter: str
    year: int
    added: int
    sensitive: bool
    persons: int
    sensitive_persons: int


@dataclass(frozen=True, kw_only=True)
class IncidentMoved(Event):
    incident_kind: str
    level: str
    about: str
    from_status: str
    to_status: str
    due_at: datetime | None
    text_hash: str
    reason: str = ""




@dataclass(frozen=True, kw_only=True)
class ControlListMoved(Event):
    """One move of a version of a control list; the entries themselves stand in the room, under the hash."""

    key: str
    list_version: int
    list_kind: str
    from_status: str
    to_status: str
    content_hash: str
    entries: int
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ControlMatchMoved(Event):
    organization: str
    list_code: str
    list_kind: str
    by: str
    from_status: str
    to_status: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class JurisdictionSet(Event):
    kind: ClassVar[str] = "compliance.jurisdiction.set"
    stance: str
    basis: str


list_moved = family(ListMoved, "compliance.negative_list", {
    "draft": "drafted", "edit": "edited", "propose": "proposed",
    "enact_urgently": "enacted_urgently", "discard": "discarded", "approve": "approved",
    "return": "returned", "cancel": "cancelled", "take_effect": "in_force", "supersede": "superseded"})
declaration_moved = family(DeclarationMoved, "compliance.declaration", {
    "draft": "drafted", "sign": "signed", "discard": "discarded", "replace": "superseded", "withdraw": "withdrawn", "breach": "breached",
    "expire": "expired", "remind": "reminded", "change": "outdated"})
filing_moved = family(FilingMoved, "compliance.filing", {
    "file": "filed", "confirm": "confirmed", "dispute": "returned", "withdraw": "withdrawn", "lapse": "lapsed", "verify": "verified",
    "reject": "rejected", "ask": "returned", "first_opinion": "first_opinion", "escalate": "escalated"})
case_moved = family(CaseMoved, "compliance.case", {
    "open": "opened", "claim": "assigned", "assign": "assigned", "flag": "flagged", "note": "noted", "ask": "asked", "answer": "answered",
    "stay_silent": "no_answer", "close": "closed", "moot": "closed", "escalate": "escalated"})
conduct_moved = family(ConductMoved, "compliance.conduct", {
    "open": "opened", "notify": "notified", "dismiss": "dismissed", "adopt": "decided", "state": "stated", "waive": "waived",
    "time_out": "no_statement", "decide": "decided", "first_opinion": "first_opinion", "exempt": "exempted", "object": "objected",
    "become_final": "final", "stay": "stayed", "uphold": "objection_decided", "amend": "objection_decided", "reject": "objection_decided",
    "escalate": "escalated", "extend": "extended"})
sanction_moved = family(SanctionMoved, "compliance.sanction", {"impose": "imposed", "stay": "stayed", "resume": "resumed", "end": "ended"})
restoration_moved = family(RestorationMoved, "compliance.restoration", {
    "apply": "applied", "accept": "accepted", "withdraw": "withdrawn", "grant": "granted", "refuse": "refused",
    "first_opinion": "first_opinion", "extend": "extended", "escalate": "escalated",
    "return": "returned", "supply": "supplied", "lapse": "lapsed"})
complaint_moved = family(ComplaintMoved, "compliance.complaint", {
    "receive": "received", "accept": "accepted", "decline": "declined", "transfer": "transferred", "close": "closed",
    "withdraw": "withdrawn", "escalate": "escalated", "object": "objected", "uphold": "reopened", "reject": "confirmed"})
dispute_moved = family(DisputeMoved, "compliance.dispute", {
    "open": "opened", "propose": "proposed", "settle": "settled", "go_on": "mediation_opened", "withdraw": "withdrawn",
    "submit": "submission_made",
    "fail": "mediated", "agree": "arbitration_agreed", "arbitrate": "arbitration_opened", "award": "awarded", "extend": "extended",
    "take_in": "arbitration_taken_in", "decline": "arbitration_declined",
    "escalate": "escalated"})
offer_moved = family(OfferMoved, "compliance.service_offer", {"publish": "published", "withdraw": "withdrawn"})
engagement_moved = family(EngagementMoved, "compliance.engagement", {
    "order": "ordered", "accept": "accepted", "decline": "declined", "lapse": "lapsed", "withdraw": "withdrawn", "deliver": "reported",
    "give_up": "given_up", "miss": "missed", "approve": "completed", "approve_by_time": "completed_by_time", "object": "objected",
    "stand": "stood_by", "settle": "settled", "fall": "refunded"})
report_moved = family(ReportMoved, "compliance.engagement_report", {
    "sign": "signed", "question": "questioned", "clear": "cleared", "find_false": "found_false", "annul": "restored"})
export_moved = family(ExportMoved, "compliance.export", {
    "open": "opened", "exempt": "cleared", "require": "screened", "bar": "refused", "withdraw": "withdrawn", "file": "filed",
    "clear": "cleared", "refuse": "refused", "hold": "held", "release": "released", "cross": "threshold_crossed", "expire": "lapsed",
    "first_opinion": "first_opinion", "escalate": "escalated", "rest": "rested", "lose": "ground_lost",
    "ask_extension": "extension_asked", "extend": "extended", "refuse_extension": "extension_refused"})
recognition_moved = family(RecognitionMoved, "compliance.recognition", {
    "propose": "proposed", "approve": "in_force", "refuse": "refused", "revoke": "revoked", "expire": "expired"})
requisition_moved = family(RequisitionMoved, "compliance.requisition", {
    "issue": "issued", "supply": "supplied", "object": "objected", "dismiss": "upheld", "void": "voided", "withdraw": "withdrawn",
    "notice": "noticed", "read": "read", "purge": "purged", "miss": "overdue", "miss_notice": "notice_missed"})
incident_moved = family(IncidentMoved, "compliance.incident", {
    "report": "reported", "classify": "classified", "notify": "notified", "contain": "contained", "close": "closed",
    "escalate": "escalated"})
control_list_moved = family(ControlListMoved, "compliance.control_list", {
    "propose": "proposed", "approve": "in_force", "refuse": "refused", "supersede": "superseded", "revoke": "revoked"})
control_match_moved = family(ControlMatchMoved, "compliance.control_match", {"flag": "flagged", "clear": "cleared"})
