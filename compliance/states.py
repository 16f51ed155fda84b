"""States of the law book, declarations, filings, cases and conduct cases, and every edge between them (lifecycles §1)."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

__all__ = [
    "CASE",
    "COMPLAINT",
    "CONDUCT",
    "CONTROL_LIST",
    "CONTROL_MATCH",
    "COVENANT_BREACH",
    "COVENANT_SIGNATURE",
    "DECLARATION",
    "DISPUTE",
    "ENGAGEMENT",
    "ENGAGEMENT_REPORT",
    "EXPORT",
    "FILING",
    "INCIDENT",
    "JOINT",
    "NEGATIVE_LIST",
    "RECOGNITION",
    "REQUISITION",
    "RESPONSIBILITY",
    "RESTORATION",
    "SANCTION",
    "SERVICE_OFFER",
    "TABLES",
    "BreachStatus",
    "CaseStatus",
    "ComplaintStatus",
    "ConductStatus",
    "ControlListStatus",
    "ControlMatchStatus",
    "DeclarationStatus",
    "DisputeStatus",
    "EngagementStatus",
    "ExportStatus",
    "FilingStatus",
    "IncidentStatus",
    "JointStatus",
    "ListStatus",
    "OfferStatus",
    "RecognitionStatus",
    "ReportStanding",
    "RequisitionStatus",
    "ResponsibilityStatus",
    "RestorationStatus",
    "SanctionStatus",
    "SignatureStatus",
]


class ListStatus(TextChoices):
    DRAFT = "draft", _("起草")
    PROPOSED = "proposed", _("征求意见")
    SCHEDULED = "scheduled", _("待生效")
    IN_FORCE = "in_force", _("施行")
    SUPERSEDED = "superseded", _("废止")
    DISCARDED = "discarded", _("弃稿")


NEGATIVE_LIST: dict[tuple[ListStatus, str], ListStatus] = {
    (ListStatus.DRAFT, "propose"): ListStatus.PROPOSED,
    (ListStatus.DRAFT, "enact_urgently"): ListStatus.IN_FORCE,
    (ListStatus.DRAFT, "discard"): ListStatus.DISCARDED,
    (ListStatus.PROPOSED, "approve"): ListStatus.SCHEDULED,
    (ListStatus.PROPOSED, "return"): ListStatus.DRAFT,
    (ListStatus.SCHEDULED, "cancel"): ListStatus.DRAFT,
    (ListStatus.SCHEDULED, "take_effect"): ListStatus.IN_FORCE,
    (ListStatus.IN_FORCE, "supersede"): ListStatus.SUPERSEDED,
}


class DeclarationStatus(TextChoices):
    DRAFT = "draft", _("草拟")
    IN_FORCE = "in_force", _("有效")
    SUPERSEDED = "superseded", _("已更新")
    WITHDRAWN = "withdrawn", _("撤回")
    EXPIRED = "expired", _("到期")
    BREACHED = "breached", _("违诺")
    OUTDATED = "outdated", _("产品已变更")
    DISCARDED = "discarded", _("弃稿")


DECLARATION: dict[tuple[DeclarationStatus, str], DeclarationStatus] = {
    (DeclarationStatus.DRAFT, "sign"): DeclarationStatus.IN_FORCE,
    (DeclarationStatus.DRAFT, "discard"): DeclarationStatus.DISCARDED,
    (DeclarationStatus.IN_FORCE, "replace"): DeclarationStatus.SUPERSEDED,
    (DeclarationStatus.IN_FORCE, "withdraw"): DeclarationStatus.WITHDRAWN,
    (DeclarationStatus.IN_FORCE, "breach"): DeclarationStatus.BREACHED,
    (DeclarationStatus.IN_FORCE, "expire"): DeclarationStatus.EXPIRED,
    (DeclarationStatus.IN_FORCE, "change"): DeclarationStatus.OUTDATED,
}


class FilingStatus(TextChoices):
    FILED = "filed", _("待对方确认")
    CONFIRMED = "confirmed", _("待核验")
    RETURNED = "returned", _("退回")
    VERIFIED = "verified", _("已核验")
    REJECTED = "rejected", _("不予备案")
    WITHDRAWN = "withdrawn", _("撤回")


FILING: dict[tuple[FilingStatus, str], FilingStatus] = {
    (FilingStatus.FILED, "confirm"): FilingStatus.CONFIRMED,
    (FilingStatus.FILED, "dispute"): FilingStatus.RETURNED,
    (FilingStatus.FILED, "withdraw"): FilingStatus.WITHDRAWN,
    (FilingStatus.FILED, "lapse"): FilingStatus.RETURNED,
    (FilingStatus.CONFIRMED, "verify"): FilingStatus.VERIFIED,
    (FilingStatus.CONFIRMED, "reject"): FilingStatus.REJECTED,
    (FilingStatus.CONFIRMED, "ask"): FilingStatus.RETURNED,
    (FilingStatus.RETURNED, "file"): FilingStatus.FILED,
    (FilingStatus.RETURNED, "withdraw"): FilingStatus.WITHDRAWN,
    (FilingStatus.RETURNED, "lapse"): FilingStatus.WITHDRAWN,
}


class CaseStatus(TextChoices):
    OPEN = "open", _("待领取")
    ASSIGNED = "assigned", _("办理中")
    WAITING_ON_PARTY = "waiting_on_party", _("待答复")
    CLOSED = "closed", _("办结")


CASE: dict[tuple[CaseStatus, str], CaseStatus] = {
    (CaseStatus.OPEN, "claim"): CaseStatus.ASSIGNED,
    (CaseStatus.OPEN, "assign"): CaseStatus.ASSIGNED,
    (CaseStatus.ASSIGNED, "assign"): CaseStatus.ASSIGNED,
    (CaseStatus.ASSIGNED, "ask"): CaseStatus.WAITING_ON_PARTY,
    (CaseStatus.ASSIGNED, "close"): CaseStatus.CLOSED,
    (CaseStatus.WAITING_ON_PARTY, "answer"): CaseStatus.ASSIGNED,
    (CaseStatus.WAITING_ON_PARTY, "stay_silent"): CaseStatus.ASSIGNED,
    (CaseStatus.OPEN, "moot"): CaseStatus.CLOSED,
    (CaseStatus.ASSIGNED, "moot"): CaseStatus.CLOSED,
    (CaseStatus.WAITING_ON_PARTY, "moot"): CaseStatus.CLOSED,
}


class ConductStatus(TextChoices):
    ACCUSED = "accused", _("立案")
    STATEMENT = "statement", _("陈述申辩")
    DECIDING = "deciding", _("审定")
    DECIDED = "decided", _("已认定")
    OBJECTED = "objected", _("异议")
    FINAL = "final", _("生效")
    ANNULLED = "annulled", _("撤销")
    EXEMPTED = "exempted", _("免责")
    DISMISSED = "dismissed", _("不成立")


CONDUCT: dict[tuple[ConductStatus, str], ConductStatus] = {
    (ConductStatus.ACCUSED, "notify"): ConductStatus.STATEMENT,
    (ConductStatus.ACCUSED, "dismiss"): ConductStatus.DISMISSED,
    (ConductStatus.ACCUSED, "adopt"): ConductStatus.DECIDED,
    (ConductStatus.STATEMENT, "state"): ConductStatus.STATEMENT,
    (ConductStatus.STATEMENT, "waive"): ConductStatus.DECIDING,
    (ConductStatus.STATEMENT, "time_out"): ConductStatus.DECIDING,
    (ConductStatus.DECIDING, "decide"): ConductStatus.DECIDED,
    (ConductStatus.DECIDING, "exempt"): ConductStatus.EXEMPTED,
    (ConductStatus.DECIDING, "dismiss"): ConductStatus.DISMISSED,
    (ConductStatus.DECIDED, "object"): ConductStatus.OBJECTED,
    (ConductStatus.DECIDED, "become_final"): ConductStatus.FINAL,
    (ConductStatus.OBJECTED, "uphold"): ConductStatus.ANNULLED,
    (ConductStatus.OBJECTED, "amend"): ConductStatus.FINAL,
    (ConductStatus.OBJECTED, "reject"): ConductStatus.FINAL,
}


class SanctionStatus(TextChoices):
    IN_FORCE = "in_force", _("执行中")
    STAYED = "stayed", _("暂缓")
    ENDED = "ended", _("终止")


SANCTION: dict[tuple[SanctionStatus, str], SanctionStatus] = {
    (SanctionStatus.IN_FORCE, "stay"): SanctionStatus.STAYED,
    (SanctionStatus.IN_FORCE, "end"): SanctionStatus.ENDED,
    (SanctionStatus.STAYED, "resume"): SanctionStatus.IN_FORCE,
    (SanctionStatus.STAYED, "end"): SanctionStatus.ENDED,
}


class RestorationStatus(TextChoices):
    APPLIED = "applied", _("申请")
    RETURNED = "returned", _("退回补正")
    DECIDING = "deciding", _("审查")
    GRANTED = "granted", _("已修复")
    REFUSED = "refused", _("不予修复")
    WITHDRAWN = "withdrawn", _("撤回")


RESTORATION: dict[tuple[RestorationStatus, str], RestorationStatus] = {
    (RestorationStatus.APPLIED, "accept"): RestorationStatus.DECIDING,
    (RestorationStatus.APPLIED, "withdraw"): RestorationStatus.WITHDRAWN,
    (RestorationStatus.APPLIED, "return"): RestorationStatus.RETURNED,
    (RestorationStatus.DECIDING, "return"): RestorationStatus.RETURNED,
    (RestorationStatus.RETURNED, "supply"): RestorationStatus.APPLIED,
    (RestorationStatus.RETURNED, "withdraw"): RestorationStatus.WITHDRAWN,
    (RestorationStatus.RETURNED, "lapse"): RestorationStatus.WITHDRAWN,
    (RestorationStatus.DECIDING, "grant"): RestorationStatus.GRANTED,
    (RestorationStatus.DECIDING, "refuse"): RestorationStatus.REFUSED,
}

class ComplaintStatus(TextChoices):
    RECEIVED = "received", _("已收")
    HANDLING = "handling", _("办理")
    CLOSED = "closed", _("办结")
    DECLINED = "declined", _("不予受理")
    OBJECTED = "objected", _("异议复核")
    WITHDRAWN = "withdrawn", _("撤回")


COMPLAINT: dict[tuple[ComplaintStatus, str], ComplaintStatus] = {
    (ComplaintStatus.RECEIVED, "accept"): ComplaintStatus.HANDLING,
    (ComplaintStatus.RECEIVED, "decline"): ComplaintStatus.DECLINED,
    (ComplaintStatus.HANDLING, "transfer"): ComplaintStatus.HANDLING,
    (ComplaintStatus.HANDLING, "close"): ComplaintStatus.CLOSED,
    (ComplaintStatus.HANDLING, "withdraw"): ComplaintStatus.WITHDRAWN,
    (ComplaintStatus.CLOSED, "object"): ComplaintStatus.OBJECTED,
    (ComplaintStatus.DECLINED, "object"): ComplaintStatus.OBJECTED,
    (ComplaintStatus.OBJECTED, "uphold"): ComplaintStatus.HANDLING,
    (ComplaintStatus.OBJECTED, "reject"): ComplaintStatus.CLOSED,
}


class DisputeStatus(TextChoices):
    NEGOTIATING = "negotiating", _("协商")
    MEDIATING = "mediating", _("调解")
    ARBITRATING = "arbitrating", _("仲裁")
    SETTLED = "settled", _("和解")
    AWARDED = "awarded", _("已裁决")
    FAILED = "failed", _("未果")
    WITHDRAWN = "withdrawn", _("撤回")


DISPUTE: dict[tuple[DisputeStatus, str], DisputeStatus] = {
    (DisputeStatus.NEGOTIATING, "settle"): DisputeStatus.SETTLED,
    (DisputeStatus.NEGOTIATING, "go_on"): DisputeStatus.MEDIATING,
    (DisputeStatus.NEGOTIATING, "withdraw"): DisputeStatus.WITHDRAWN,
    (DisputeStatus.NEGOTIATING, "arbitrate"): DisputeStatus.ARBITRATING,
    (DisputeStatus.MEDIATING, "settle"): DisputeStatus.SETTLED,
    (DisputeStatus.MEDIATING, "fail"): DisputeStatus.FAILED,
    (DisputeStatus.MEDIATING, "arbitrate"): DisputeStatus.ARBITRATING,
    (DisputeStatus.ARBITRATING, "decline"): DisputeStatus.MEDIATING,
    (DisputeStatus.ARBITRATING, "award"): DisputeStatus.AWARDED,
}

class ExportStatus(TextChoices):
    DRAFT = "draft", _("草拟")
    NEEDS_MECHANISM = "needs_mechanism", _("待办机制")
    IN_ASSESSMENT = "in_assessment", _("评估中")
    SECURITY_REVIEW = "security_review", _("安全审查")
    CLEARED = "cleared", _("放行")
    REFUSED = "refused", _("禁止")
    EXPIRED = "expired", _("失效")
    WITHDRAWN = "withdrawn", _("撤回")


EXPORT: dict[tuple[ExportStatus, str], ExportStatus] = {
    (ExportStatus.DRAFT, "exempt"): ExportStatus.CLEARED,
    (ExportStatus.DRAFT, "require"): ExportStatus.NEEDS_MECHANISM,
    (ExportStatus.DRAFT, "bar"): ExportStatus.REFUSED,
    (ExportStatus.DRAFT, "withdraw"): ExportStatus.WITHDRAWN,
    (ExportStatus.NEEDS_MECHANISM, "file"): ExportStatus.IN_ASSESSMENT,
    (ExportStatus.NEEDS_MECHANISM, "withdraw"): ExportStatus.WITHDRAWN,
    (ExportStatus.IN_ASSESSMENT, "clear"): ExportStatus.CLEARED,
    (ExportStatus.IN_ASSESSMENT, "refuse"): ExportStatus.REFUSED,
    (ExportStatus.IN_ASSESSMENT, "hold"): ExportStatus.SECURITY_REVIEW,
    (ExportStatus.SECURITY_REVIEW, "release"): ExportStatus.IN_ASSESSMENT,
    (ExportStatus.SECURITY_REVIEW, "refuse"): ExportStatus.REFUSED,
    (ExportStatus.NEEDS_MECHANISM, "rest"): ExportStatus.CLEARED,
    (ExportStatus.CLEARED, "cross"): ExportStatus.NEEDS_MECHANISM,
    (ExportStatus.CLEARED, "lose"): ExportStatus.NEEDS_MECHANISM,
    (ExportStatus.CLEARED, "expire"): ExportStatus.EXPIRED,
}


class RecognitionStatus(TextChoices):
    PROPOSED = "proposed", _("待复核")
    IN_FORCE = "in_force", _("承认有效")
    REFUSED = "refused", _("不予承认")
    REVOKED = "revoked", _("已撤销")
    EXPIRED = "expired", _("到期")


RECOGNITION: dict[tuple[RecognitionStatus, str], RecognitionStatus] = {
    (RecognitionStatus.PROPOSED, "approve"): RecognitionStatus.IN_FORCE,
    (RecognitionStatus.PROPOSED, "refuse"): RecognitionStatus.REFUSED,
    (RecognitionStatus.IN_FORCE, "revoke"): RecognitionStatus.REVOKED,
    (RecognitionStatus.IN_FORCE, "expire"): RecognitionStatus.EXPIRED,
}


class JointStatus(TextChoices):
    INVITED = "invited", _("待应允")
    RUNNING = "running", _("联合办理中")
    LATE = "late", _("意见逾期")
    CONCLUDED = "concluded", _("已有结论")
    DECLINED = "declined", _("未应允")
    LAPSED = "lapsed", _("逾期未答复")


JOINT: dict[tuple[JointStatus, str], JointStatus] = {
    (JointStatus.INVITED, "join"): JointStatus.RUNNING,
    (JointStatus.INVITED, "decline"): JointStatus.DECLINED,
    (JointStatus.INVITED, "lapse"): JointStatus.LAPSED,
    (JointStatus.RUNNING, "miss"): JointStatus.LATE,
    (JointStatus.RUNNING, "conclude"): JointStatus.CONCLUDED,
    (JointStatus.LATE, "conclude"): JointStatus.CONCLUDED,
}


class SignatureStatus(TextChoices):
    SIGNED = "signed", _("已签署")
    LEFT = "left", _("已退出")
    LAPSED = "lapsed", _("逾期未重签")
    EXPELLED = "expelled", _("除名")


COVENANT_SIGNATURE: dict[tuple[SignatureStatus, str], SignatureStatus] = {
    (SignatureStatus.SIGNED, "leave"): SignatureStatus.LEFT,
    (SignatureStatus.SIGNED, "lapse"): SignatureStatus.LAPSED,
    (SignatureStatus.SIGNED, "expel"): SignatureStatus.EXPELLED,
}


class BreachStatus(TextChoices):
    REPORTED = "reported", _("待成员答复")
    DECIDING = "deciding", _("待协会处理")
    UPHELD = "upheld", _("成立")
    DISMISSED = "dismissed", _("不成立")


COVENANT_BREACH: dict[tuple[BreachStatus, str], BreachStatus] = {
    (BreachStatus.REPORTED, "answer"): BreachStatus.DECIDING,
    (BreachStatus.REPORTED, "stay_silent"): BreachStatus.DECIDING,
    (BreachStatus.DECIDING, "uphold"): BreachStatus.UPHELD,
    (BreachStatus.DECIDING, "dismiss"): BreachStatus.DISMISSED,
}


class ResponsibilityStatus(TextChoices):
    DRAFT = "draft", _("预备")
    DUE = "due", _("待填报")
    FILED = "filed", _("已公布")
    MISSED = "missed", _("逾期")


RESPONSIBILITY: dict[tuple[ResponsibilityStatus, str], ResponsibilityStatus] = {
    (ResponsibilityStatus.DRAFT, "open"): ResponsibilityStatus.DUE,
    (ResponsibilityStatus.DUE, "file"): ResponsibilityStatus.FILED,
    (ResponsibilityStatus.DUE, "miss"): ResponsibilityStatus.MISSED,
    (ResponsibilityStatus.MISSED, "file"): ResponsibilityStatus.FILED,
}


class IncidentStatus(TextChoices):
    REPORTED = "reported", _("已报告")
    CLASSIFIED = "classified", _("已定级")
    NOTIFIED = "notified", _("已上报")
    CONTAINED = "contained", _("已处置")
    CLOSED = "closed", _("结案")


INCIDENT: dict[tuple[IncidentStatus, str], IncidentStatus] = {
    (IncidentStatus.REPORTED, "classify"): IncidentStatus.CLASSIFIED,
    (IncidentStatus.CLASSIFIED, "notify"): IncidentStatus.NOTIFIED,
    (IncidentStatus.CLASSIFIED, "close"): IncidentStatus.CLOSED,
    (IncidentStatus.NOTIFIED, "contain"): IncidentStatus.CONTAINED,
    (IncidentStatus.NOTIFIED, "close"): IncidentStatus.CLOSED,
    (IncidentStatus.CONTAINED, "close"): IncidentStatus.CLOSED,
}


class ControlListStatus(TextChoices):
    PROPOSED = "proposed", _("待复核")
    IN_FORCE = "in_force", _("施行")
    REFUSED = "refused", _("不予施行")
    SUPERSEDED = "superseded", _("已换新版")
    REVOKED = "revoked", _("撤销")


CONTROL_LIST: dict[tuple[ControlListStatus, str], ControlListStatus] = {
    (ControlListStatus.PROPOSED, "approve"): ControlListStatus.IN_FORCE,
    (ControlListStatus.PROPOSED, "refuse"): ControlListStatus.REFUSED,
    (ControlListStatus.IN_FORCE, "supersede"): ControlListStatus.SUPERSEDED,
    (ControlListStatus.IN_FORCE, "revoke"): ControlListStatus.REVOKED,
}


class ControlMatchStatus(TextChoices):
    OPEN = "open", _("命中")
    CLEARED = "cleared", _("已解除")


CONTROL_MATCH: dict[tuple[ControlMatchStatus, str], ControlMatchStatus] = {
    (ControlMatchStatus.OPEN, "clear"): ControlMatchStatus.CLEARED,
}


class RequisitionStatus(TextChoices):
    ISSUED = "issued", _("待提供")
    OBJECTED = "objected", _("有异议，待裁定")
    SUPPLIED = "supplied", _("已提供，使用中")
    OVERDUE = "overdue", _("逾期未证明销毁")
    PURGED = "purged", _("已销毁")
    WITHDRAWN = "withdrawn", _("撤回")
    VOID = "void", _("作废")


REQUISITION: dict[tuple[RequisitionStatus, str], RequisitionStatus] = {
    (RequisitionStatus.ISSUED, "supply"): RequisitionStatus.SUPPLIED,
    (RequisitionStatus.ISSUED, "object"): RequisitionStatus.OBJECTED,
    (RequisitionStatus.ISSUED, "withdraw"): RequisitionStatus.WITHDRAWN,
    (RequisitionStatus.OBJECTED, "dismiss"): RequisitionStatus.ISSUED,
    (RequisitionStatus.OBJECTED, "void"): RequisitionStatus.VOID,
    (RequisitionStatus.OBJECTED, "withdraw"): RequisitionStatus.WITHDRAWN,
    (RequisitionStatus.SUPPLIED, "purge"): RequisitionStatus.PURGED,
    (RequisitionStatus.SUPPLIED, "miss"): RequisitionStatus.OVERDUE,
    (RequisitionStatus.OVERDUE, "purge"): RequisitionStatus.PURGED,
}


class OfferStatus(TextChoices):
    OFFERED = "offered", _("提供中")
    WITHDRAWN = "withdrawn", _("已下架")


SERVICE_OFFER: dict[tuple[OfferStatus, str], OfferStatus] = {
    (OfferStatus.OFFERED, "withdraw"): OfferStatus.WITHDRAWN,
}


class EngagementStatus(TextChoices):
    """An order of a third party's service; the price is set aside from the order on and paid when the report is accepted."""

    ORDERED = "ordered", _("待接单")
    WORKING = "working", _("办理中")
    DELIVERED = "delivered", _("待确认")
    OBJECTED = "objected", _("有异议")
    DISPUTED = "disputed", _("争议中")
    COMPLETED = "completed", _("已完成")
    DECLINED = "declined", _("未接单")
    WITHDRAWN = "withdrawn", _("已撤回")
    FAILED = "failed", _("未完成")


ENGAGEMENT: dict[tuple[EngagementStatus, str], EngagementStatus] = {
    (EngagementStatus.ORDERED, "accept"): EngagementStatus.WORKING,
    (EngagementStatus.ORDERED, "decline"): EngagementStatus.DECLINED,
    (EngagementStatus.ORDERED, "lapse"): EngagementStatus.DECLINED,
    (EngagementStatus.ORDERED, "withdraw"): EngagementStatus.WITHDRAWN,
    (EngagementStatus.WORKING, "deliver"): EngagementStatus.DELIVERED,
    (EngagementStatus.WORKING, "give_up"): EngagementStatus.FAILED,
    (EngagementStatus.WORKING, "miss"): EngagementStatus.FAILED,
    (EngagementStatus.DELIVERED, "approve"): EngagementStatus.COMPLETED,
    (EngagementStatus.DELIVERED, "approve_by_time"): EngagementStatus.COMPLETED,
    (EngagementStatus.DELIVERED, "object"): EngagementStatus.OBJECTED,
    (EngagementStatus.OBJECTED, "deliver"): EngagementStatus.DELIVERED,
    (EngagementStatus.OBJECTED, "stand"): EngagementStatus.DISPUTED,
    (EngagementStatus.OBJECTED, "give_up"): EngagementStatus.FAILED,
    (EngagementStatus.OBJECTED, "miss"): EngagementStatus.FAILED,
    (EngagementStatus.DISPUTED, "settle"): EngagementStatus.COMPLETED,
    (EngagementStatus.DISPUTED, "fall"): EngagementStatus.FAILED,
}


class ReportStanding(TextChoices):
    VALID = "valid", _("有效")
    QUESTIONED = "questioned", _("存疑，核查中")
    FALSE = "false", _("认定不实")


ENGAGEMENT_REPORT: dict[tuple[ReportStanding, str], ReportStanding] = {
    (ReportStanding.VALID, "question"): ReportStanding.QUESTIONED,
    (ReportStanding.QUESTIONED, "clear"): ReportStanding.VALID,
    (ReportStanding.QUESTIONED, "find_false"): ReportStanding.FALSE,
    (ReportStanding.FALSE, "annul"): ReportStanding.VALID,
}

#: object word -> its table; the exhaustive test and the drawn diagrams walk this
TABLES = {
    "negative_list": NEGATIVE_LIST, "declaration": DECLARATION, "filing": FILING, "case": CASE, "conduct": CONDUCT,
    "sanction": SANCTION, "restoration": RESTORATION, "complaint": COMPLAINT, "dispute": DISPUTE, "export": EXPORT, "incident": INCIDENT,
    "control_list": CONTROL_LIST, "control_match": CONTROL_MATCH, "requisition": REQUISITION,
    "service_offer": SERVICE_OFFER, "engagement": ENGAGEMENT, "engagement_report": ENGAGEMENT_REPORT,
    "recognition": RECOGNITION,
    "joint": JOINT,
    "covenant_signature": COVENANT_SIGNATURE,
    "covenant_breach": COVENANT_BREACH,
    "responsibility": RESPONSIBILITY,
}
