"""States of the room's objects and their tables (登记、挂牌、审核): one enum and one table per object (lifecycles §1).

The edge triggers of the database, the drawn diagrams and the exhaustive (state x action) test come from these tables.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

__all__ = [
    "AUTHORISATION",
    "CERTIFICATE",
    "CONDITION",
    "CONSENT",
    "CORRECTION",
    "LISTING",
    "MANDATE",
    "OBJECTS",
    "OPERATION_REPORT",
    "OPT_OUT",
    "PILOT",
    "QUESTION",
    "REGISTRATION",
    "REVIEW",
    "RIGHT",
    "SHARE_AGREEMENT",
    "SOURCE",
    "SOURCE_REQUEST",
    "SUBJECT_REQUEST",
    "VERSION",
    "AuthorisationStatus",
    "CertificateStatus",
    "ConditionStatus",
    "ConsentStatus",
    "CorrectionStatus",
    "ListingStatus",
    "MandateStatus",
    "OperationReportStatus",
    "OptOutStatus",
    "PilotStatus",
    "QuestionStatus",
    "RegistrationStatus",
    "RequestStatus",
    "ReviewStatus",
    "RightStatus",
    "ShelfStatus",
    "SourceStatus",
    "SubjectRequestStatus",
    "VersionStatus",
]


class ShelfStatus(TextChoices):
    """Resources and products have no workflow: in use, or archived."""

    ACTIVE = "active", _("在用")
    ARCHIVED = "archived", _("归档")


class RightStatus(TextChoices):
    DRAFT = "draft", _("草拟")
    ACTIVE = "active", _("有效")
    SUSPENDED = "suspended", _("暂停")
    TRANSFERRED = "transferred", _("已转移")
    EXPIRED = "expired", _("到期")
    REVOKED = "revoked", _("撤销")
    DISCARDED = "discarded", _("弃稿")


RIGHT: dict[tuple[RightStatus, str], RightStatus] = {
    (RightStatus.DRAFT, "declare"): RightStatus.ACTIVE,
    (RightStatus.DRAFT, "discard"): RightStatus.DISCARDED,
    (RightStatus.ACTIVE, "assign"): RightStatus.TRANSFERRED,
    (RightStatus.ACTIVE, "suspend"): RightStatus.SUSPENDED,
    (RightStatus.ACTIVE, "revoke"): RightStatus.REVOKED,
    (RightStatus.ACTIVE, "expire"): RightStatus.EXPIRED,
    (RightStatus.SUSPENDED, "lift"): RightStatus.ACTIVE,
    (RightStatus.SUSPENDED, "revoke"): RightStatus.REVOKED,
    (RightStatus.SUSPENDED, "expire"): RightStatus.EXPIRED,
}


class SourceStatus(TextChoices):
    ACTIVE = "active", _("有效")
    REVOKED = "revoked", _("撤销")
    EXPIRED = "expired", _("到期")


SOURCE: dict[tuple[SourceStatus, str], SourceStatus] = {
    (SourceStatus.ACTIVE, "revoke"): SourceStatus.REVOKED,
    (SourceStatus.ACTIVE, "expire"): SourceStatus.EXPIRED,
}


class RegistrationStatus(TextChoices):
    DRAFT = "draft", _("填报")
    APPLIED = "applied", _("待受理")
    RETURNED = "returned", _("待补正")
    IN_REVIEW = "in_review", _("形式审核")
    IN_NOTICE = "in_notice", _("公示")
    OBJECTED = "objected", _("异议中")
    CERTIFIED = "certified", _("已登记")
    REFUSED = "refused", _("不予登记")
    WITHDRAWN = "withdrawn", _("撤回")


REGISTRATION: dict[tuple[RegistrationStatus, str], RegistrationStatus] = {
    (RegistrationStatus.DRAFT, "apply"): RegistrationStatus.APPLIED,
    (RegistrationStatus.DRAFT, "withdraw"): RegistrationStatus.WITHDRAWN,
    (RegistrationStatus.APPLIED, "accept"): RegistrationStatus.IN_REVIEW,
    (RegistrationStatus.APPLIED, "return"): RegistrationStatus.RETURNED,
    (RegistrationStatus.APPLIED, "withdraw"): RegistrationStatus.WITHDRAWN,
    (RegistrationStatus.RETURNED, "apply"): RegistrationStatus.APPLIED,
    (RegistrationStatus.RETURNED, "withdraw"): RegistrationStatus.WITHDRAWN,
    (RegistrationStatus.IN_REVIEW, "pass"): RegistrationStatus.IN_NOTICE,
    (RegistrationStatus.IN_REVIEW, "certify"): RegistrationStatus.CERTIFIED,  # regimes without prior notice
    (RegistrationStatus.IN_REVIEW, "refuse"): RegistrationStatus.REFUSED,
    (RegistrationStatus.IN_NOTICE, "object"): RegistrationStatus.OBJECTED,
    (RegistrationStatus.IN_NOTICE, "certify"): RegistrationStatus.CERTIFIED,
    (RegistrationStatus.OBJECTED, "reject"): RegistrationStatus.IN_NOTICE,
    (RegistrationStatus.OBJECTED, "uphold"): RegistrationStatus.REFUSED,
}


class CertificateStatus(TextChoices):
    VALID = "valid", _("有效")
    FROZEN = "frozen", _("冻结")
    SUPERSEDED = "superseded", _("已换发")
    EXPIRED = "expired", _("到期")
    CANCELLED = "cancelled", _("注销")
    REVOKED = "revoked", _("撤销")


CERTIFICATE: dict[tuple[CertificateStatus, str], CertificateStatus] = {
    (CertificateStatus.VALID, "freeze"): CertificateStatus.FROZEN,
    (CertificateStatus.VALID, "replace"): CertificateStatus.SUPERSEDED,
    (CertificateStatus.VALID, "cancel"): CertificateStatus.CANCELLED,
    (CertificateStatus.VALID, "revoke"): CertificateStatus.REVOKED,
    (CertificateStatus.VALID, "expire"): CertificateStatus.EXPIRED,
    (CertificateStatus.FROZEN, "thaw"): CertificateStatus.VALID,
    (CertificateStatus.FROZEN, "revoke"): CertificateStatus.REVOKED,
    (CertificateStatus.FROZEN, "expire"): CertificateStatus.EXPIRED,
}


class VersionStatus(TextChoices):
    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("审核中")
    RETURNED = "returned", _("退回补正")
    APPROVED = "approved", _("通过")
    PUBLISHED = "published", _("现行")
    SUPERSEDED = "superseded", _("已被取代")
    REFUSED = "refused", _("不予通过")
    WITHDRAWN = "withdrawn", _("撤回")
    DISCARDED = "discarded", _("弃稿")


VERSION: dict[tuple[VersionStatus, str], VersionStatus] = {
    (VersionStatus.DRAFT, "submit"): VersionStatus.SUBMITTED,
    (VersionStatus.DRAFT, "discard"): VersionStatus.DISCARDED,
    (VersionStatus.SUBMITTED, "approve"): VersionStatus.APPROVED,
    (VersionStatus.SUBMITTED, "refuse"): VersionStatus.REFUSED,
    (VersionStatus.SUBMITTED, "return"): VersionStatus.RETURNED,
    (VersionStatus.SUBMITTED, "withdraw"): VersionStatus.WITHDRAWN,
    (VersionStatus.RETURNED, "withdraw"): VersionStatus.WITHDRAWN,  # also at once when its revision is submitted
    (VersionStatus.APPROVED, "publish"): VersionStatus.PUBLISHED,
    (VersionStatus.APPROVED, "withdraw"): VersionStatus.WITHDRAWN,
    (VersionStatus.PUBLISHED, "supersede"): VersionStatus.SUPERSEDED,
}


class ListingStatus(TextChoices):
    UNLISTED = "unlisted", _("未挂牌")
    LISTED = "listed", _("挂牌")
    SUSPENDED = "suspended", _("停牌")
    DELISTED = "delisted", _("摘牌")


LISTING: dict[tuple[ListingStatus, str], ListingStatus] = {
    (ListingStatus.UNLISTED, "list"): ListingStatus.LISTED,
    (ListingStatus.LISTED, "suspend"): ListingStatus.SUSPENDED,
    (ListingStatus.LISTED, "delist"): ListingStatus.DELISTED,
    (ListingStatus.SUSPENDED, "resume"): ListingStatus.LISTED,
    (ListingStatus.SUSPENDED, "delist"): ListingStatus.DELISTED,
}


class ReviewStatus(TextChoices):
    WAITING = "waiting", _("待领取")
    ASSIGNED = "assigned", _("审核中")
    DECIDED = "decided", _("已决定")
    RECUSED = "recused", _("回避")
    VOID = "void", _("作废")


REVIEW: dict[tuple[ReviewStatus, str], ReviewStatus] = {
    (ReviewStatus.WAITING, "claim"): ReviewStatus.ASSIGNED,
    (ReviewStatus.WAITING, "void"): ReviewStatus.VOID,
    (ReviewStatus.ASSIGNED, "decide"): ReviewStatus.DECIDED,
    (ReviewStatus.ASSIGNED, "recuse"): ReviewStatus.RECUSED,
    (ReviewStatus.ASSIGNED, "release"): ReviewStatus.WAITING,
    (ReviewStatus.ASSIGNED, "void"): ReviewStatus.VOID,
}


class ConsentStatus(TextChoices):
    ACTIVE = "active", _("有效")
    WITHDRAWN = "withdrawn", _("已撤回")
    EXPIRED = "expired", _("到期")
    SUPERSEDED = "superseded", _("已更新")


CONSENT: dict[tuple[ConsentStatus, str], ConsentStatus] = {
    (ConsentStatus.ACTIVE, "withdraw"): ConsentStatus.WITHDRAWN,
    (ConsentStatus.ACTIVE, "renew"): ConsentStatus.SUPERSEDED,
    (ConsentStatus.ACTIVE, "expire"): ConsentStatus.EXPIRED,
}


class RequestStatus(TextChoices):
    FILED = "filed", _("待答复")
    OVERDUE = "overdue", _("逾期未答复")
    FULFILLED = "fulfilled", _("已办理")
    REFUSED = "refused", _("已拒绝")
    WITHDRAWN = "withdrawn", _("撤回")


SOURCE_REQUEST: dict[tuple[RequestStatus, str], RequestStatus] = {
    (RequestStatus.FILED, "fulfil"): RequestStatus.FULFILLED,
    (RequestStatus.FILED, "refuse"): RequestStatus.REFUSED,
    (RequestStatus.FILED, "withdraw"): RequestStatus.WITHDRAWN,
    (RequestStatus.FILED, "lapse"): RequestStatus.OVERDUE,
    (RequestStatus.OVERDUE, "fulfil"): RequestStatus.FULFILLED,
    (RequestStatus.OVERDUE, "refuse"): RequestStatus.REFUSED,
    (RequestStatus.OVERDUE, "withdraw"): RequestStatus.WITHDRAWN,
}


class CorrectionStatus(TextChoices):
    OPEN = "open", _("待答复")
    OVERDUE = "overdue", _("逾期未答复")
    ACCEPTED = "accepted", _("已采纳，待新版本")
    DECLINED = "declined", _("未采纳")
    MENDED = "mended", _("已在新版本更正")
    WITHDRAWN = "withdrawn", _("撤回")


CORRECTION: dict[tuple[CorrectionStatus, str], CorrectionStatus] = {
    (CorrectionStatus.OPEN, "accept"): CorrectionStatus.ACCEPTED,
    (CorrectionStatus.OPEN, "decline"): CorrectionStatus.DECLINED,
    (CorrectionStatus.OPEN, "withdraw"): CorrectionStatus.WITHDRAWN,
    (CorrectionStatus.OPEN, "lapse"): CorrectionStatus.OVERDUE,
    (CorrectionStatus.OVERDUE, "accept"): CorrectionStatus.ACCEPTED,
    (CorrectionStatus.OVERDUE, "decline"): CorrectionStatus.DECLINED,
    (CorrectionStatus.OVERDUE, "withdraw"): CorrectionStatus.WITHDRAWN,
    (CorrectionStatus.ACCEPTED, "mend"): CorrectionStatus.MENDED,
}


class MandateStatus(TextChoices):
    ACTIVE = "active", _("委托中")
    ENDED = "ended", _("委托结束")


MANDATE: dict[tuple[MandateStatus, str], MandateStatus] = {
    (MandateStatus.ACTIVE, "end"): MandateStatus.ENDED,
}


class SubjectRequestStatus(TextChoices):
    OPEN = "open", _("待答复")
    LATE = "late", _("逾期未答复")
    ANSWERED = "answered", _("已办理")
    REFUSED = "refused", _("不予办理")


SUBJECT_REQUEST: dict[tuple[SubjectRequestStatus, str], SubjectRequestStatus] = {
    (SubjectRequestStatus.OPEN, "answer"): SubjectRequestStatus.ANSWERED,
    (SubjectRequestStatus.OPEN, "refuse"): SubjectRequestStatus.REFUSED,
    (SubjectRequestStatus.OPEN, "miss"): SubjectRequestStatus.LATE,
    (SubjectRequestStatus.LATE, "answer"): SubjectRequestStatus.ANSWERED,
    (SubjectRequestStatus.LATE, "refuse"): SubjectRequestStatus.REFUSED,
}


class OptOutStatus(TextChoices):
    OPEN = "open", _("待处理")
    LATE = "late", _("逾期未处理")
    REMOVED = "removed", _("已从数据中移除")
    ABSENT = "absent", _("不在数据中")


OPT_OUT: dict[tuple[OptOutStatus, str], OptOutStatus] = {
    (OptOutStatus.OPEN, "remove"): OptOutStatus.REMOVED,
    (OptOutStatus.OPEN, "absent"): OptOutStatus.ABSENT,
    (OptOutStatus.OPEN, "miss"): OptOutStatus.LATE,
    (OptOutStatus.LATE, "remove"): OptOutStatus.REMOVED,
    (OptOutStatus.LATE, "absent"): OptOutStatus.ABSENT,
}


class AuthorisationStatus(TextChoices):
    FILED = "filed", _("待授权方确认")
    IN_FORCE = "in_force", _("有效")
    REFUSED = "refused", _("授权方未确认")
    EXPIRED = "expired", _("到期")
    REVOKED = "revoked", _("撤销")


AUTHORISATION: dict[tuple[AuthorisationStatus, str], AuthorisationStatus] = {
    (AuthorisationStatus.FILED, "confirm"): AuthorisationStatus.IN_FORCE,
    (AuthorisationStatus.FILED, "refuse"): AuthorisationStatus.REFUSED,
    (AuthorisationStatus.IN_FORCE, "revoke"): AuthorisationStatus.REVOKED,
    (AuthorisationStatus.IN_FORCE, "expire"): AuthorisationStatus.EXPIRED,
}


class OperationReportStatus(TextChoices):
    DUE = "due", _("待提交")
    LATE = "late", _("逾期未交")
    FILED = "filed", _("已提交")


OPERATION_REPORT: dict[tuple[OperationReportStatus, str], OperationReportStatus] = {
    (OperationReportStatus.DUE, "file"): OperationReportStatus.FILED,
    (OperationReportStatus.DUE, "miss"): OperationReportStatus.LATE,
    (OperationReportStatus.LATE, "file"): OperationReportStatus.FILED,
}


class QuestionStatus(TextChoices):
    """A public question about a listing."""

    OPEN = "open", _("待答复")
    ANSWERED = "answered", _("已答复")
    WITHDRAWN = "withdrawn", _("已撤回")
    HIDDEN = "hidden", _("已隐藏")


QUESTION: dict[tuple[QuestionStatus, str], QuestionStatus] = {
    (QuestionStatus.OPEN, "answer"): QuestionStatus.ANSWERED,
    (QuestionStatus.OPEN, "withdraw"): QuestionStatus.WITHDRAWN,
    (QuestionStatus.OPEN, "hide"): QuestionStatus.HIDDEN,
    (QuestionStatus.ANSWERED, "hide"): QuestionStatus.HIDDEN,
    (QuestionStatus.HIDDEN, "reopen"): QuestionStatus.OPEN,  # hidden before it was answered
    (QuestionStatus.HIDDEN, "restore"): QuestionStatus.ANSWERED,
}


class PilotStatus(TextChoices):
    """A trial on sale within caps; what it still allows at an instant is asked of the row, the clock included."""

    ASKED = "asked", _("待批准")
    RUNNING = "running", _("试点中")
    REFUSED = "refused", _("未批准")
    WITHDRAWN = "withdrawn", _("撤回")
    ENDED = "ended", _("已结束")
    RELEASED = "released", _("转为正式挂牌")


PILOT: dict[tuple[PilotStatus, str], PilotStatus] = {
    (PilotStatus.ASKED, "grant"): PilotStatus.RUNNING,
    (PilotStatus.ASKED, "refuse"): PilotStatus.REFUSED,
    (PilotStatus.ASKED, "withdraw"): PilotStatus.WITHDRAWN,
    (PilotStatus.RUNNING, "expire"): PilotStatus.ENDED,
    (PilotStatus.RUNNING, "end"): PilotStatus.ENDED,
    (PilotStatus.RUNNING, "release"): PilotStatus.RELEASED,
    (PilotStatus.ENDED, "release"): PilotStatus.RELEASED,
}


class ConditionStatus(TextChoices):
    """A condition under which a restricted listing may be traded: proven by the seller, decided by a reviewer."""

    OPEN = "open", _("待提交凭据")
    PROVIDED = "provided", _("待核定")
    RETURNED = "returned", _("退回补正")
    MET = "met", _("已满足")
    LAPSED = "lapsed", _("已失效")
    VOID = "void", _("不再要求")
    FAILED = "failed", _("测试未通过")


CONDITION: dict[tuple[ConditionStatus, str], ConditionStatus] = {
    (ConditionStatus.OPEN, "provide"): ConditionStatus.PROVIDED,
    (ConditionStatus.RETURNED, "provide"): ConditionStatus.PROVIDED,
    (ConditionStatus.PROVIDED, "meet"): ConditionStatus.MET,
    (ConditionStatus.PROVIDED, "return"): ConditionStatus.RETURNED,
    (ConditionStatus.PROVIDED, "fail"): ConditionStatus.FAILED,
    (ConditionStatus.MET, "lapse"): ConditionStatus.LAPSED,
    (ConditionStatus.OPEN, "void"): ConditionStatus.VOID,
    (ConditionStatus.PROVIDED, "void"): ConditionStatus.VOID,
    (ConditionStatus.RETURNED, "void"): ConditionStatus.VOID,
    (ConditionStatus.MET, "void"): ConditionStatus.VOID,
}


class ShareStatus(TextChoices):
    """A share agreement: signed by every party before listing; a party may dispute it, the seller answers or mends."""

    PROPOSED = "proposed", _("待各方签署")
    DISPUTED = "disputed", _("有争议")
    ANSWERED = "answered", _("争议已答复")
    IN_FORCE = "in_force", _("已生效")
    REPLACED = "replaced", _("已被替代")
    WITHDRAWN = "withdrawn", _("已撤回")
    LAPSED = "lapsed", _("逾期未签署")


SHARE_AGREEMENT: dict[tuple[ShareStatus, str], ShareStatus] = {
    (ShareStatus.PROPOSED, "enter"): ShareStatus.IN_FORCE,
    (ShareStatus.PROPOSED, "dispute"): ShareStatus.DISPUTED,
    (ShareStatus.PROPOSED, "replace"): ShareStatus.REPLACED,
    (ShareStatus.PROPOSED, "withdraw"): ShareStatus.WITHDRAWN,
    (ShareStatus.PROPOSED, "lapse"): ShareStatus.LAPSED,
    (ShareStatus.DISPUTED, "answer"): ShareStatus.ANSWERED,
    (ShareStatus.DISPUTED, "replace"): ShareStatus.REPLACED,
    (ShareStatus.DISPUTED, "withdraw"): ShareStatus.WITHDRAWN,
    (ShareStatus.DISPUTED, "lapse"): ShareStatus.LAPSED,
    (ShareStatus.ANSWERED, "enter"): ShareStatus.IN_FORCE,
    (ShareStatus.ANSWERED, "dispute"): ShareStatus.DISPUTED,
    (ShareStatus.ANSWERED, "replace"): ShareStatus.REPLACED,
    (ShareStatus.ANSWERED, "withdraw"): ShareStatus.WITHDRAWN,
    (ShareStatus.ANSWERED, "lapse"): ShareStatus.LAPSED,
    (ShareStatus.IN_FORCE, "replace"): ShareStatus.REPLACED,
}


#: database table -> (status enum, transition table); the edge triggers and the exhaustive test walk over this.
OBJECTS: dict[str, tuple[type[TextChoices], dict]] = {
    "listings_propertyright": (RightStatus, RIGHT),
    "listings_source": (SourceStatus, SOURCE),
    "listings_registration": (RegistrationStatus, REGISTRATION),
    "listings_registrationcertificate": (CertificateStatus, CERTIFICATE),
    "listings_listingversion": (VersionStatus, VERSION),
    "listings_listing": (ListingStatus, LISTING),
    "listings_review": (ReviewStatus, REVIEW),
    "listings_consent": (ConsentStatus, CONSENT),
    "listings_sourcerequest": (RequestStatus, SOURCE_REQUEST),
    "listings_correction": (CorrectionStatus, CORRECTION),
    "listings_principal": (MandateStatus, MANDATE),
    "listings_subjectrequest": (SubjectRequestStatus, SUBJECT_REQUEST),
    "listings_optout": (OptOutStatus, OPT_OUT),
    "listings_authorisation": (AuthorisationStatus, AUTHORISATION),
    "listings_operationreport": (OperationReportStatus, OPERATION_REPORT),
    "listings_question": (QuestionStatus, QUESTION),
    "listings_pilot": (PilotStatus, PILOT),
    "listings_condition": (ConditionStatus, CONDITION),
    "listings_shareagreement": (ShareStatus, SHARE_AGREEMENT),
}
