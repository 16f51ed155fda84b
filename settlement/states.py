"""States of a settlement cycle 清算批次 and of one trade's settlement 结算 (lifecycles, *ledger and settlement*)."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

__all__ = ["CYCLE", "FUND", "OBJECTS", "PAYOUT", "POOL", "RECONCILIATION", "REFUND_REQUEST", "SETTLEMENT", "SUBSIDY", "SUSPENSE",
           "CycleStatus", "FundStatus", "PayoutStatus", "PoolStatus", "ReconciliationStatus", "RefundStatus", "SettlementStatus",
           "SubsidyStatus", "SuspenseStatus"]


class CycleStatus(TextChoices):
    OPEN = "open", _("归集")
    FROZEN = "frozen", _("已冻结")
    POSTED = "posted", _("已过账")
    BLOCKED = "blocked", _("待查")
    CLOSED = "closed", _("已关账")


CYCLE: dict[tuple[CycleStatus, str], CycleStatus] = {
    (CycleStatus.OPEN, "freeze"): CycleStatus.FROZEN,
    (CycleStatus.FROZEN, "post"): CycleStatus.POSTED,
    (CycleStatus.POSTED, "close"): CycleStatus.CLOSED,
    (CycleStatus.POSTED, "block"): CycleStatus.BLOCKED,
    (CycleStatus.BLOCKED, "close"): CycleStatus.CLOSED,  # mended by entries and reconciled
}


class SettlementStatus(TextChoices):
    DUE = "due", _("待结算")
    PARKED = "parked", _("挂起")
    SETTLED = "settled", _("已结算")
    RETURNED = "returned", _("已退回买方")


SETTLEMENT: dict[tuple[SettlementStatus, str], SettlementStatus] = {
    (SettlementStatus.DUE, "settle"): SettlementStatus.SETTLED,
    (SettlementStatus.DUE, "park"): SettlementStatus.PARKED,
    (SettlementStatus.PARKED, "retry"): SettlementStatus.DUE,
    (SettlementStatus.PARKED, "return"): SettlementStatus.RETURNED,
    (SettlementStatus.DUE, "return"): SettlementStatus.RETURNED,  # the other half of a barter that goes back
}


class FundStatus(TextChoices):
    PROPOSED = "proposed", _("待批准")
    REFUSED = "refused", _("未批准")
    OPEN = "open", _("开放申请")
    CLOSED = "closed", _("已结束")


FUND: dict[tuple[FundStatus, str], FundStatus] = {
    (FundStatus.PROPOSED, "open"): FundStatus.OPEN,
    (FundStatus.PROPOSED, "refuse"): FundStatus.REFUSED,
    (FundStatus.OPEN, "close"): FundStatus.CLOSED,
}


class SubsidyStatus(TextChoices):
    RESERVED = "reserved", _("已核定，随付款拨付")
    PAID = "paid", _("已拨付")
    RELEASED = "released", _("已释放")


SUBSIDY: dict[tuple[SubsidyStatus, str], SubsidyStatus] = {
    (SubsidyStatus.RESERVED, "pay"): SubsidyStatus.PAID,
    (SubsidyStatus.RESERVED, "release"): SubsidyStatus.RELEASED,
}


class PayoutStatus(TextChoices):
    REQUESTED = "requested", _("待核")
    HELD = "held", _("暂停")
    APPROVED = "approved", _("已核准")
    SENT = "sent", _("在途")
    PAID = "paid", _("已到账")
    RETURNED = "returned", _("退汇")
    CANCELLED = "cancelled", _("已取消")
    REVERSED = "reversed", _("已冲回")


PAYOUT: dict[tuple[PayoutStatus, str], PayoutStatus] = {
    (PayoutStatus.REQUESTED, "hold"): PayoutStatus.HELD,
    (PayoutStatus.HELD, "release"): PayoutStatus.REQUESTED,
    (PayoutStatus.REQUESTED, "approve"): PayoutStatus.APPROVED,
    (PayoutStatus.REQUESTED, "cancel"): PayoutStatus.CANCELLED,
    (PayoutStatus.HELD, "cancel"): PayoutStatus.CANCELLED,
    (PayoutStatus.APPROVED, "cancel"): PayoutStatus.CANCELLED,
    (PayoutStatus.APPROVED, "send"): PayoutStatus.SENT,
    (PayoutStatus.SENT, "pay"): PayoutStatus.PAID,
    (PayoutStatus.SENT, "return"): PayoutStatus.RETURNED,
    (PayoutStatus.PAID, "reverse"): PayoutStatus.REVERSED,
}


class PoolStatus(TextChoices):
    OPEN = "open", _("归集中")
    CLOSED = "closed", _("已分红")


POOL: dict[tuple[PoolStatus, str], PoolStatus] = {(PoolStatus.OPEN, "close"): PoolStatus.CLOSED}


class SuspenseStatus(TextChoices):
    OPEN = "open", _("待查")
    CLEARED = "cleared", _("已查清")
    MATCHED = "matched", _("收撤相抵")


SUSPENSE: dict[tuple[SuspenseStatus, str], SuspenseStatus] = {
    (SuspenseStatus.OPEN, "clear"): SuspenseStatus.CLEARED,
    (SuspenseStatus.OPEN, "match"): SuspenseStatus.MATCHED,
}


class ReconciliationStatus(TextChoices):
    PASSED = "passed", _("相符")
    FAILED = "failed", _("不符，提现已停")
    MENDED = "mended", _("已纠正")


RECONCILIATION: dict[tuple[ReconciliationStatus, str], ReconciliationStatus] = {
    (ReconciliationStatus.FAILED, "mend"): ReconciliationStatus.MENDED,
}


class RefundStatus(TextChoices):
    REQUESTED = "requested", _("申请")
    APPROVED = "approved", _("同意，退款中")
    POSTED = "posted", _("已退款")
    REFUSED = "refused", _("不予退款")
    WITHDRAWN = "withdrawn", _("已撤回")


REFUND_REQUEST: dict[tuple[RefundStatus, str], RefundStatus] = {
    (RefundStatus.REQUESTED, "approve"): RefundStatus.APPROVED,
    (RefundStatus.REQUESTED, "refuse"): RefundStatus.REFUSED,
    (RefundStatus.REQUESTED, "withdraw"): RefundStatus.WITHDRAWN,
    (RefundStatus.APPROVED, "post"): RefundStatus.POSTED,
}

#: Every object of the room by its table, for guards, diagrams and tests.
OBJECTS: dict[str, tuple[type[TextChoices], dict]] = {
    "settlement_settlementcycle": (CycleStatus, CYCLE),
    "settlement_settlement": (SettlementStatus, SETTLEMENT),
    "settlement_subsidyfund": (FundStatus, FUND),
    "settlement_subsidy": (SubsidyStatus, SUBSIDY),
    "settlement_payout": (PayoutStatus, PAYOUT),
    "settlement_dividendpool": (PoolStatus, POOL),
    "settlement_suspense": (SuspenseStatus, SUSPENSE),
    "settlement_reconciliation": (ReconciliationStatus, RECONCILIATION),
    "settlement_refundrequest": (RefundStatus, REFUND_REQUEST),
}
