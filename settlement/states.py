"""States of a settlement cycle 清算批次 and of one trade's settlement 结算 (lifecycles, *ledger and settlement*)."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

__all__ = ["CYCLE", "OBJECTS", "SETTLEMENT", "CycleStatus", "SettlementStatus"]


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

#: Every object of the room by its table, for guards, diagrams and tests.
OBJECTS: dict[str, tuple[type[TextChoices], dict]] = {
    "settlement_settlementcycle": (CycleStatus, CYCLE),
    "settlement_settlement": (SettlementStatus, SETTLEMENT),
}
