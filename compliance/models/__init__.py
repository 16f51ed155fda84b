"""What compliance keeps: the law book, declarations, filings, cases, conduct, sanctions and credit records.

Objects of other rooms are named by code, never by key; compliance edits nobody else's object.
"""

from compliance.models.associations import Covenant, CovenantBreach, CovenantSignature, DisputeMediator
from compliance.models.cases import Case, CaseEntry, CaseKind
from compliance.models.complaints import Complaint, ComplaintKind, Dispute
from compliance.models.conduct import (
    ConductCase,
    CreditRecord,
    Finding,
    Objection,
    ReportSetting,
    Restoration,
    Sanction,
    SelfReport,
    SelfReportCheck,
    Severity,
)
from compliance.models.controls import ControlEntry, ControlKind, ControlList, ControlMatch, JurisdictionStance, Stance
from compliance.models.desk import DayEnd, LetterTemplate, SavedView
from compliance.models.engagements import Engagement, EngagementReport, ServiceOffer
from compliance.models.exports import ExportCase, ExportComment, ExportedPerson, ExportRecognition, RecognitionKind
from compliance.models.filings import Declaration, Filing
from compliance.models.incidents import Incident, IncidentKind, IncidentLevel
from compliance.models.joint import JointCase, JointOpinion
from compliance.models.law import ListComment, NegativeListEntry, NegativeListVersion, RuleCheck, TermList
from compliance.models.papers import CasePaper
from compliance.models.requisitions import Requisition, RequisitionKind
from compliance.models.responsibility import ResponsibilityReport
from compliance.models.second_review import DiligenceRecord, Disagreement, Recusal

__all__ = [
    "Case",
    "CaseEntry",
    "CaseKind",
    "CasePaper",
    "Complaint",
    "ComplaintKind",
    "ConductCase",
    "ControlEntry",
    "ControlKind",
    "ControlList",
    "ControlMatch",
    "Covenant",
    "CovenantBreach",
    "CovenantSignature",
    "CreditRecord",
    "DayEnd",
    "Declaration",
    "DiligenceRecord",
    "Disagreement",
    "Dispute",
    "DisputeMediator",
    "Engagement",
    "EngagementReport",
    "ExportCase",
    "ExportComment",
    "ExportRecognition",
    "ExportedPerson",
    "Filing",
    "Finding",
    "Incident",
    "IncidentKind",
    "IncidentLevel",
    "JointCase",
    "JointOpinion",
    "JurisdictionStance",
    "LetterTemplate",
    "ListComment",
    "NegativeListEntry",
    "NegativeListVersion",
    "Objection",
    "RecognitionKind",
    "Recusal",
    "ReportSetting",
    "Requisition",
    "RequisitionKind",
    "ResponsibilityReport",
    "Restoration",
    "RuleCheck",
    "Sanction",
    "SavedView",
    "SelfReport",
    "SelfReportCheck",
    "ServiceOffer",
    "Severity",
    "Stance",
    "TermList",
]
