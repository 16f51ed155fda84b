"""States of a settlement cycle 清算批次 and of one trade's settlement 结算 (lifecycles, *ledger and settlement*)."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

__all__ = ["CYCLE", "FUND", "OBJECTS", "SETTLEMENT", "SUBSIDY", "CycleStatus", "FundStatus", "SettlementStatus", "SubsidyStatus"]


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


SETTLEMENT: dict[tuple[SettlementStatus, str], SettlementStatus] = {
    (SettlementStatus.DUE, "settle"): SettlementStatus.SETTLED,
    (SettlementStatus.DUE, "park"): SettlementStatus.PARKED,
    (SettlementStatus.PARKED, "retry"): SettlementStatus.DUE,
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

#: Every object of the room by its table, for guards, diagrams and tests.
OBJECTS: dict[str, tuple[type[TextChoices], dict]] = {
    "settlement_settlementcycle": (CycleStatus, CYCLE),
    "settlement_settlement": (SettlementStatus, SETTLEMENT),
    "settlement_subsidyfund": (FundStatus, FUND),
    "settlement_subsidy": (SubsidyStatus, SUBSIDY),
}
