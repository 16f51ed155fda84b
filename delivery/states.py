"""States of a delivery 交付 and of the access it grants 访问授权: one enum and one table per object (lifecycles, *delivery*)."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

__all__ = ["ALGORITHM", "COHORT", "DELETION", "DELIVERY", "GRANT", "HOLD", "JOB", "KEY", "OBJECTS", "OUTPUT", "QUERY", "RATING",
           "REFERRAL", "ROOM", "SERVICE", "USABLE", "AlgorithmStatus", "CohortStatus", "DeletionStatus", "DeliveryStatus", "GrantStatus",
           "HoldStatus", "JobStatus", "KeyStatus", "OutputStatus", "QueryStatus", "RatingStatus", "ReferralStatus", "RoomPlace",
           "RoomStatus", "ServiceStatus"]


class DeliveryStatus(TextChoices):
    OPENED = "opened", _("待交付")
    DELIVERED = "delivered", _("待验收")
    PART = "part", _("部分验收待答复")
    REJECTED = "rejected", _("已拒收")
    DISPUTED = "disputed", _("争议中")
    ACCEPTED = "accepted", _("已验收")
    FAILED = "failed", _("未成")
    CANCELLED = "cancelled", _("撤销")


#: States in which what was delivered may be used.
USABLE = (DeliveryStatus.DELIVERED, DeliveryStatus.ACCEPTED, DeliveryStatus.DISPUTED)

DELIVERY: dict[tuple[DeliveryStatus, str], DeliveryStatus] = {
    (DeliveryStatus.OPENED, "deliver"): DeliveryStatus.DELIVERED,
    (DeliveryStatus.OPENED, "lapse"): DeliveryStatus.FAILED,
    (DeliveryStatus.OPENED, "cancel"): DeliveryStatus.CANCELLED,  # the trade ended first
    (DeliveryStatus.OPENED, "stop"): DeliveryStatus.FAILED,  # its agreement ended before anything was accepted
    (DeliveryStatus.DELIVERED, "stop"): DeliveryStatus.FAILED,
    (DeliveryStatus.REJECTED, "stop"): DeliveryStatus.FAILED,
    (DeliveryStatus.DELIVERED, "accept"): DeliveryStatus.ACCEPTED,  # by the buyer, or by silence (Civil Code 621)
    (DeliveryStatus.DELIVERED, "reject"): DeliveryStatus.REJECTED,
    (DeliveryStatus.DELIVERED, "offer_part"): DeliveryStatus.PART,  # the buyer keeps a part at a price in proportion (Civil Code 582)
    (DeliveryStatus.PART, "agree_part"): DeliveryStatus.ACCEPTED,
    (DeliveryStatus.PART, "refuse_part"): DeliveryStatus.REJECTED,  # as a whole
    (DeliveryStatus.PART, "lapse_part"): DeliveryStatus.REJECTED,  # silence agrees to nothing
    (DeliveryStatus.PART, "stop"): DeliveryStatus.FAILED,
    (DeliveryStatus.REJECTED, "redeliver"): DeliveryStatus.DELIVERED,
    (DeliveryStatus.REJECTED, "concede"): DeliveryStatus.FAILED,
    (DeliveryStatus.REJECTED, "lapse"): DeliveryStatus.FAILED,
    (DeliveryStatus.REJECTED, "dispute"): DeliveryStatus.DISPUTED,
    (DeliveryStatus.DISPUTED, "accept"): DeliveryStatus.ACCEPTED,
    (DeliveryStatus.DISPUTED, "fail"): DeliveryStatus.FAILED,
    (DeliveryStatus.DISPUTED, "resume"): DeliveryStatus.REJECTED,  # the dispute was withdrawn
}


class GrantStatus(TextChoices):
    ACTIVE = "active", _("有效")
    SUSPENDED = "suspended", _("暂停")
    EXHAUSTED = "exhausted", _("用尽")
    EXPIRED = "expired", _("到期")
    REVOKED = "revoked", _("撤销")


GRANT: dict[tuple[GrantStatus, str], GrantStatus] = {
    (GrantStatus.ACTIVE, "exhaust"): GrantStatus.EXHAUSTED,
    (GrantStatus.ACTIVE, "expire"): GrantStatus.EXPIRED,
    (GrantStatus.ACTIVE, "suspend"): GrantStatus.SUSPENDED,
    (GrantStatus.ACTIVE, "revoke"): GrantStatus.REVOKED,
    (GrantStatus.SUSPENDED, "lift"): GrantStatus.ACTIVE,
    (GrantStatus.SUSPENDED, "expire"): GrantStatus.EXPIRED,
    (GrantStatus.SUSPENDED, "revoke"): GrantStatus.REVOKED,
}


class KeyStatus(TextChoices):
    """A buyer's key to the rows of a delivery; an end is final."""

    ACTIVE = "active", _("有效")
    EXPIRED = "expired", _("到期")
    REVOKED = "revoked", _("撤销")


KEY: dict[tuple[KeyStatus, str], KeyStatus] = {
    (KeyStatus.ACTIVE, "expire"): KeyStatus.EXPIRED,
    (KeyStatus.ACTIVE, "revoke"): KeyStatus.REVOKED,
}


class DeletionStatus(TextChoices):
    """What a recipient owes once a consent has ended."""

    OPEN = "open", _("待删除")
    LATE = "late", _("逾期未确认")
    DONE = "done", _("已删除")


DELETION: dict[tuple[DeletionStatus, str], DeletionStatus] = {
    (DeletionStatus.OPEN, "confirm"): DeletionStatus.DONE,
    (DeletionStatus.OPEN, "miss"): DeletionStatus.LATE,
    (DeletionStatus.LATE, "confirm"): DeletionStatus.DONE,
}

class RatingStatus(TextChoices):
    """What a buyer says of what it accepted."""

    GIVEN = "given", _("已发表")
    HIDDEN = "hidden", _("已隐藏")
    WITHDRAWN = "withdrawn", _("已撤下")


RATING: dict[tuple[RatingStatus, str], RatingStatus] = {
    (RatingStatus.GIVEN, "hide"): RatingStatus.HIDDEN,
    (RatingStatus.HIDDEN, "show"): RatingStatus.GIVEN,
    (RatingStatus.GIVEN, "withdraw"): RatingStatus.WITHDRAWN,  # the trade it rests on was annulled
    (RatingStatus.HIDDEN, "withdraw"): RatingStatus.WITHDRAWN,
}

class ReferralStatus(TextChoices):
    """What goes to the authority: prepared by one, sent by another, received and answered there."""

    PREPARED = "prepared", _("待发出")
    SENT = "sent", _("已移送")
    ACKNOWLEDGED = "acknowledged", _("已收件")
    CLOSED = "closed", _("已办结")
    WITHDRAWN = "withdrawn", _("已撤回")


REFERRAL: dict[tuple[ReferralStatus, str], ReferralStatus] = {
    (ReferralStatus.PREPARED, "send"): ReferralStatus.SENT,
    (ReferralStatus.PREPARED, "withdraw"): ReferralStatus.WITHDRAWN,
    (ReferralStatus.SENT, "acknowledge"): ReferralStatus.ACKNOWLEDGED,
    (ReferralStatus.SENT, "close"): ReferralStatus.CLOSED,
    (ReferralStatus.ACKNOWLEDGED, "close"): ReferralStatus.CLOSED,
}


class AlgorithmStatus(TextChoices):
    """A version of an algorithm: reviewed in two stages by two people before it may run (C6)."""

    SUBMITTED = "submitted", _("待安全审核")
    SECURED = "secured", _("待算法审核")
    APPROVED = "approved", _("已通过")
    REFUSED = "refused", _("未通过")
    WITHDRAWN = "withdrawn", _("已撤回")
    LAPSED = "lapsed", _("逾期未审")


ALGORITHM: dict[tuple[AlgorithmStatus, str], AlgorithmStatus] = {
    (AlgorithmStatus.SUBMITTED, "secure"): AlgorithmStatus.SECURED,
    (AlgorithmStatus.SUBMITTED, "refuse"): AlgorithmStatus.REFUSED,
    (AlgorithmStatus.SUBMITTED, "withdraw"): AlgorithmStatus.WITHDRAWN,
    (AlgorithmStatus.SUBMITTED, "lapse"): AlgorithmStatus.LAPSED,
    (AlgorithmStatus.SECURED, "approve"): AlgorithmStatus.APPROVED,
    (AlgorithmStatus.SECURED, "refuse"): AlgorithmStatus.REFUSED,
    (AlgorithmStatus.SECURED, "withdraw"): AlgorithmStatus.WITHDRAWN,
    (AlgorithmStatus.SECURED, "lapse"): AlgorithmStatus.LAPSED,
    (AlgorithmStatus.APPROVED, "withdraw"): AlgorithmStatus.WITHDRAWN,
}


class JobStatus(TextChoices):
    """A run at the holder: the holder's runner answers, or the time runs out."""

    QUEUED = "queued", _("待运行")
    DONE = "done", _("已完成")
    FAILED = "failed", _("未能运行")
    CANCELLED = "cancelled", _("已取消")
    LAPSED = "lapsed", _("逾期未答")


JOB: dict[tuple[JobStatus, str], JobStatus] = {
    (JobStatus.QUEUED, "answer"): JobStatus.DONE,
    (JobStatus.QUEUED, "fail"): JobStatus.FAILED,
    (JobStatus.QUEUED, "cancel"): JobStatus.CANCELLED,
    (JobStatus.QUEUED, "lapse"): JobStatus.LAPSED,
}


class RoomStatus(TextChoices):
    """A clean room over one version's file."""

    OPEN = "open", _("开放")
    CLOSED = "closed", _("已关闭")


ROOM: dict[tuple[RoomStatus, str], RoomStatus] = {
    (RoomStatus.OPEN, "close"): RoomStatus.CLOSED,
}


class RoomPlace(TextChoices):
    """Where a room's file lies and its questions run."""

    VENUE = "venue", _("本所")
    HOLDER = "holder", _("持有方")


class QueryStatus(TextChoices):
    """A question: paid from the budget before it runs; given back only while nothing of the data was read."""

    QUEUED = "queued", _("排队")
    RUNNING = "running", _("运行中")
    DONE = "done", _("已有结果")
    FAILED = "failed", _("未成，预算已用")
    RETURNED = "returned", _("未运行，预算退回")
    CANCELLED = "cancelled", _("已取消，预算退回")


QUERY: dict[tuple[QueryStatus, str], QueryStatus] = {
    (QueryStatus.QUEUED, "start"): QueryStatus.RUNNING,
    (QueryStatus.QUEUED, "cancel"): QueryStatus.CANCELLED,
    (QueryStatus.QUEUED, "return"): QueryStatus.RETURNED,  # nobody ran it in time, or it may not run any more
    (QueryStatus.RUNNING, "answer"): QueryStatus.DONE,
    (QueryStatus.RUNNING, "fail"): QueryStatus.FAILED,  # the data may have been read
    (QueryStatus.RUNNING, "return"): QueryStatus.RETURNED,  # the process ended before it opened the data
}


class TraceStatus(TextChoices):
    """A sample read against marked files, one after the other; whoever is taken away while reading is followed by another (F13)."""

    QUEUED = "queued", _("排队")
    RUNNING = "running", _("比对中")
    DONE = "done", _("比对完毕")
    FAILED = "failed", _("未能比对完")


TRACE: dict[tuple[TraceStatus, str], TraceStatus] = {
    (TraceStatus.QUEUED, "take"): TraceStatus.RUNNING,
    (TraceStatus.RUNNING, "finish"): TraceStatus.DONE,
    (TraceStatus.RUNNING, "fail"): TraceStatus.FAILED,  # the same file broke off three times
}


class CohortStatus(TextChoices):
    """A buyer's own list of hashed ids."""

    HELD = "held", _("可比对")
    EMPTIED = "emptied", _("已清空")


COHORT: dict[tuple[CohortStatus, str], CohortStatus] = {
    (CohortStatus.HELD, "empty"): CohortStatus.EMPTIED,
}


class OutputStatus(TextChoices):
    """A file that leaves only by review: two who do not see each other, a third where they differ; silence releases nothing (F9)."""

    STOPPED = "stopped", _("未过自动检查")
    IN_REVIEW = "in_review", _("待两人审核")
    ESCALATED = "escalated", _("逾期，由本所补审")
    DIFFERING = "differing", _("意见不一，待第三人")
    RELEASED = "released", _("已放行")
    WITHHELD = "withheld", _("不予放行")
    WITHDRAWN = "withdrawn", _("已撤回")


OUTPUT: dict[tuple[OutputStatus, str], OutputStatus] = {
    (OutputStatus.IN_REVIEW, "release"): OutputStatus.RELEASED,
    (OutputStatus.IN_REVIEW, "withhold"): OutputStatus.WITHHELD,
    (OutputStatus.IN_REVIEW, "differ"): OutputStatus.DIFFERING,
    (OutputStatus.IN_REVIEW, "withdraw"): OutputStatus.WITHDRAWN,
    (OutputStatus.IN_REVIEW, "escalate"): OutputStatus.ESCALATED,
    (OutputStatus.ESCALATED, "release"): OutputStatus.RELEASED,
    (OutputStatus.ESCALATED, "withhold"): OutputStatus.WITHHELD,
    (OutputStatus.ESCALATED, "differ"): OutputStatus.DIFFERING,
    (OutputStatus.ESCALATED, "withdraw"): OutputStatus.WITHDRAWN,
    (OutputStatus.ESCALATED, "lapse"): OutputStatus.WITHHELD,
    (OutputStatus.DIFFERING, "release"): OutputStatus.RELEASED,
    (OutputStatus.DIFFERING, "withhold"): OutputStatus.WITHHELD,
    (OutputStatus.DIFFERING, "withdraw"): OutputStatus.WITHDRAWN,
    (OutputStatus.DIFFERING, "lapse"): OutputStatus.WITHHELD,
}


class ServiceStatus(TextChoices):
    """A model or verification service over one version."""

    OPEN = "open", _("开放")
    CLOSED = "closed", _("已关闭")


SERVICE: dict[tuple[ServiceStatus, str], ServiceStatus] = {
    (ServiceStatus.OPEN, "close"): ServiceStatus.CLOSED,
}


class HoldStatus(TextChoices):
    """Calls held because they look like probing: the desk lifts or upholds it, or its time runs out."""

    HELD = "held", _("暂停，待复核")
    LIFTED = "lifted", _("已解除")
    UPHELD = "upheld", _("维持，不再调用")


HOLD: dict[tuple[HoldStatus, str], HoldStatus] = {
    (HoldStatus.HELD, "lift"): HoldStatus.LIFTED,
    (HoldStatus.HELD, "uphold"): HoldStatus.UPHELD,
    (HoldStatus.HELD, "lapse"): HoldStatus.LIFTED,
}

#: Every object of the room by its table, for guards, diagrams and tests.
OBJECTS: dict[str, tuple[type[TextChoices], dict]] = {
    "delivery_delivery": (DeliveryStatus, DELIVERY),
    "delivery_accessgrant": (GrantStatus, GRANT),
    "delivery_datakey": (KeyStatus, KEY),
    "delivery_deletiontask": (DeletionStatus, DELETION),
    "delivery_rating": (RatingStatus, RATING),
    "delivery_referral": (ReferralStatus, REFERRAL),
    "delivery_algorithm": (AlgorithmStatus, ALGORITHM),
    "delivery_computejob": (JobStatus, JOB),
    "delivery_room": (RoomStatus, ROOM),
    "delivery_roomquery": (QueryStatus, QUERY),
    "delivery_cohort": (CohortStatus, COHORT),
    "delivery_output": (OutputStatus, OUTPUT),
    "delivery_service": (ServiceStatus, SERVICE),
    "delivery_servicehold": (HoldStatus, HOLD),
}
