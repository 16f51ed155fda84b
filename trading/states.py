"""States of the room's objects and their tables (竞价、成交): one enum and one table per object (lifecycles §1).

The edge triggers of the database, the drawn diagrams and the exhaustive (state x action) test come from these tables.
A bid has no column of state: its rows never change, a void is a row of its own, won and lost are computed.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

__all__ = ["ACTIVE_LOTS", "AUCTION", "OBJECTS", "PUBLIC_USE", "TRADE", "AuctionStatus", "PublicUseStatus", "TradeStatus"]


class AuctionStatus(TextChoices):
    DRAFT = "draft", _("草拟")
    ANNOUNCED = "announced", _("公告")
    OPEN = "open", _("竞价中")
    REVEALING = "revealing", _("开标")
    HALTED = "halted", _("中止")
    AWARDED = "awarded", _("成交")
    FAILED = "failed", _("流拍")
    CANCELLED = "cancelled", _("撤销")


AUCTION: dict[tuple[AuctionStatus, str], AuctionStatus] = {
    (AuctionStatus.DRAFT, "announce"): AuctionStatus.ANNOUNCED,
    (AuctionStatus.DRAFT, "discard"): AuctionStatus.CANCELLED,
    (AuctionStatus.ANNOUNCED, "open"): AuctionStatus.OPEN,
    (AuctionStatus.ANNOUNCED, "cancel"): AuctionStatus.CANCELLED,
    (AuctionStatus.OPEN, "halt"): AuctionStatus.HALTED,
    (AuctionStatus.OPEN, "reveal"): AuctionStatus.REVEALING,  # committed formats only
    (AuctionStatus.OPEN, "award"): AuctionStatus.AWARDED,
    (AuctionStatus.OPEN, "fail"): AuctionStatus.FAILED,
    (AuctionStatus.OPEN, "cancel"): AuctionStatus.CANCELLED,
    (AuctionStatus.REVEALING, "award"): AuctionStatus.AWARDED,
    (AuctionStatus.REVEALING, "fail"): AuctionStatus.FAILED,
    (AuctionStatus.REVEALING, "cancel"): AuctionStatus.CANCELLED,
    (AuctionStatus.HALTED, "resume"): AuctionStatus.OPEN,
    (AuctionStatus.HALTED, "cancel"): AuctionStatus.CANCELLED,
}

#: A listing has at most one lot in these states.
ACTIVE_LOTS = (AuctionStatus.ANNOUNCED, AuctionStatus.OPEN, AuctionStatus.REVEALING, AuctionStatus.HALTED)


class TradeStatus(TextChoices):
    EXECUTED = "executed", _("待付款")
    FUNDED = "funded", _("已付款")
    RECORDED = "recorded", _("已备案")
    DEFAULTED = "defaulted", _("违约")
    CANCELLED = "cancelled", _("协议解除")
    UNWOUND = "unwound", _("已退回")


TRADE: dict[tuple[TradeStatus, str], TradeStatus] = {
    (TradeStatus.EXECUTED, "pay"): TradeStatus.FUNDED,
    (TradeStatus.EXECUTED, "cancel"): TradeStatus.CANCELLED,
    (TradeStatus.EXECUTED, "default"): TradeStatus.DEFAULTED,
    (TradeStatus.FUNDED, "unwind"): TradeStatus.UNWOUND,  # settlement, after a full refund
}


class PublicUseStatus(TextChoices):
    OWED = "owed", _("待报告")
    LATE = "late", _("逾期未报告")
    FILED = "filed", _("已报告")
    VOID = "void", _("无须报告")


PUBLIC_USE: dict[tuple[PublicUseStatus, str], PublicUseStatus] = {
    (PublicUseStatus.OWED, "file"): PublicUseStatus.FILED,
    (PublicUseStatus.OWED, "miss"): PublicUseStatus.LATE,
    (PublicUseStatus.OWED, "void"): PublicUseStatus.VOID,  # the trade was undone
    (PublicUseStatus.LATE, "file"): PublicUseStatus.FILED,
    (PublicUseStatus.LATE, "void"): PublicUseStatus.VOID,
}

#: Every object of the room by its table, for guards, diagrams and tests.
OBJECTS: dict[str, tuple[type[TextChoices], dict]] = {
    "trading_auction": (AuctionStatus, AUCTION),
    "trading_tradestate": (TradeStatus, TRADE),
    "trading_publicuse": (PublicUseStatus, PUBLIC_USE),
}
