"""States of the room's objects and their tables (竞价、成交): one enum and one table per object (lifecycles §1).

The edge triggers of the database, the drawn diagrams and the exhaustive (state x action) test come from these tables.
A bid has no column of state: its rows never change, a void is a row of its own, won and lost are computed.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

__all__ = [
    "ACTIVE_LOTS", "AGREEMENT", "ALERT", "AUCTION", "BARTER", "CART", "FRAMEWORK", "NEGOTIATION", "OBJECTS", "PUBLIC_USE", "QUOTE", "RFQ",
    "SHORTFALL", "SUBSCRIPTION", "TRADE", "VENUE_PILOT", "AgreementStatus",
    "AlertStatus", "AuctionStatus", "BarterStatus", "CartStatus", "FrameworkStatus",
    "NegotiationStatus", "PublicUseStatus", "QuoteStatus", "RfqStatus", "ShortfallStatus", "SubscriptionStatus", "TradeStatus",
    "VenuePilotStatus",
]


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
    (TradeStatus.RECORDED, "book"): TradeStatus.EXECUTED,  # of a filed deal: both sides have it delivered and settled here
    (TradeStatus.EXECUTED, "release"): TradeStatus.RECORDED,  # of a filed deal that was not paid here: it stays on record
}

class AgreementStatus(TextChoices):
    DRAFTED = "drafted", _("待签")
    IN_FORCE = "in_force", _("履行中")
    SUSPENDED = "suspended", _("中止")
    TERMINATING = "terminating", _("终止通知期")
    ENDED = "ended", _("终止")
    LAPSED = "lapsed", _("未签失效")


AGREEMENT: dict[tuple[AgreementStatus, str], AgreementStatus] = {
    (AgreementStatus.DRAFTED, "conclude"): AgreementStatus.IN_FORCE,  # both have signed
    (AgreementStatus.DRAFTED, "lapse"): AgreementStatus.LAPSED,
    (AgreementStatus.IN_FORCE, "suspend"): AgreementStatus.SUSPENDED,
    (AgreementStatus.IN_FORCE, "give_notice"): AgreementStatus.TERMINATING,
    (AgreementStatus.IN_FORCE, "rescind"): AgreementStatus.ENDED,
    (AgreementStatus.IN_FORCE, "expire"): AgreementStatus.ENDED,  # its term is over
    (AgreementStatus.SUSPENDED, "resume"): AgreementStatus.IN_FORCE,
    (AgreementStatus.SUSPENDED, "rescind"): AgreementStatus.ENDED,
    (AgreementStatus.SUSPENDED, "expire"): AgreementStatus.ENDED,
    (AgreementStatus.TERMINATING, "take_back"): AgreementStatus.IN_FORCE,
    (AgreementStatus.TERMINATING, "lapse"): AgreementStatus.IN_FORCE,  # a proposal nobody agreed to: no deadline agrees for anybody
    (AgreementStatus.TERMINATING, "agree"): AgreementStatus.ENDED,
    (AgreementStatus.TERMINATING, "end"): AgreementStatus.ENDED,  # the notice is over
    (AgreementStatus.TERMINATING, "rescind"): AgreementStatus.ENDED,
    (AgreementStatus.TERMINATING, "expire"): AgreementStatus.ENDED,
}


class NegotiationStatus(TextChoices):
    OFFERED = "offered", _("待答复")
    ACCEPTED = "accepted", _("达成")
    DECLINED = "declined", _("已谢绝")
    WITHDRAWN = "withdrawn", _("撤回")
    EXPIRED = "expired", _("过期")


#: Whose turn it is stands beside the state: a counter-offer keeps the state and passes the turn.
NEGOTIATION: dict[tuple[NegotiationStatus, str], NegotiationStatus] = {
    (NegotiationStatus.OFFERED, "counter"): NegotiationStatus.OFFERED,
    (NegotiationStatus.OFFERED, "accept"): NegotiationStatus.ACCEPTED,
    (NegotiationStatus.OFFERED, "decline"): NegotiationStatus.DECLINED,
    (NegotiationStatus.OFFERED, "withdraw"): NegotiationStatus.WITHDRAWN,
    (NegotiationStatus.OFFERED, "expire"): NegotiationStatus.EXPIRED,
}


class BarterStatus(TextChoices):
    OFFERED = "offered", _("待答复")
    AGREED = "agreed", _("互换中")
    SETTLED = "settled", _("已结清")
    UNWOUND = "unwound", _("已同退")
    DECLINED = "declined", _("已谢绝")
    WITHDRAWN = "withdrawn", _("撤回")
    EXPIRED = "expired", _("过期")


#: A barter is talked about like a bargain; agreed, its two trades stand and fall together until both are accepted.
BARTER: dict[tuple[BarterStatus, str], BarterStatus] = {
    (BarterStatus.OFFERED, "counter"): BarterStatus.OFFERED,
    (BarterStatus.OFFERED, "accept"): BarterStatus.AGREED,
    (BarterStatus.OFFERED, "decline"): BarterStatus.DECLINED,
    (BarterStatus.OFFERED, "withdraw"): BarterStatus.WITHDRAWN,
    (BarterStatus.OFFERED, "expire"): BarterStatus.EXPIRED,
    (BarterStatus.AGREED, "settle"): BarterStatus.SETTLED,  # settlement, once both trades are settled
    (BarterStatus.AGREED, "unwind"): BarterStatus.UNWOUND,  # settlement, when one of them fails before both are accepted
}


class RfqStatus(TextChoices):
    OPEN = "open", _("征集")
    EVALUATING = "evaluating", _("评审")
    AWARDED = "awarded", _("已定")
    FAILED = "failed", _("未成")
    CANCELLED = "cancelled", _("撤销")


RFQ: dict[tuple[RfqStatus, str], RfqStatus] = {
    (RfqStatus.OPEN, "close"): RfqStatus.EVALUATING,
    (RfqStatus.OPEN, "fail"): RfqStatus.FAILED,  # nobody quoted
    (RfqStatus.OPEN, "cancel"): RfqStatus.CANCELLED,
    (RfqStatus.EVALUATING, "next_round"): RfqStatus.OPEN,
    (RfqStatus.EVALUATING, "award"): RfqStatus.AWARDED,
    (RfqStatus.EVALUATING, "fail"): RfqStatus.FAILED,
}


class QuoteStatus(TextChoices):
    STANDING = "standing", _("有效")
    WON = "won", _("入选")
    LOST = "lost", _("落选")
    WITHDRAWN = "withdrawn", _("撤回")
    EXPIRED = "expired", _("过期")


QUOTE: dict[tuple[QuoteStatus, str], QuoteStatus] = {
    (QuoteStatus.STANDING, "win"): QuoteStatus.WON,
    (QuoteStatus.STANDING, "lose"): QuoteStatus.LOST,
    (QuoteStatus.STANDING, "withdraw"): QuoteStatus.WITHDRAWN,
    (QuoteStatus.STANDING, "expire"): QuoteStatus.EXPIRED,
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

class CartStatus(TextChoices):
    OPEN = "open", _("待下单")
    ORDERED = "ordered", _("已下单")
    LAPSED = "lapsed", _("已失效")


CART: dict[tuple[CartStatus, str], CartStatus] = {
    (CartStatus.OPEN, "order"): CartStatus.ORDERED,
    (CartStatus.OPEN, "lapse"): CartStatus.LAPSED,  # nothing was done with it in its time
}


class SubscriptionStatus(TextChoices):
    RUNNING = "running", _("订购中")
    ENDING = "ending", _("期末结束")
    ENDED = "ended", _("已结束")


SUBSCRIPTION: dict[tuple[SubscriptionStatus, str], SubscriptionStatus] = {
    (SubscriptionStatus.RUNNING, "cancel"): SubscriptionStatus.ENDING,
    (SubscriptionStatus.RUNNING, "fail"): SubscriptionStatus.ENDING,  # the next period was refused, or would cost more
    (SubscriptionStatus.RUNNING, "end"): SubscriptionStatus.ENDED,  # its agreement was ended
    (SubscriptionStatus.ENDING, "end"): SubscriptionStatus.ENDED,
}


class FrameworkStatus(TextChoices):
    OFFERED = "offered", _("待答复")
    IN_FORCE = "in_force", _("可下单")
    DECLINED = "declined", _("已谢绝")
    WITHDRAWN = "withdrawn", _("已撤回")
    EXPIRED = "expired", _("过期")
    ENDED = "ended", _("已结束")


FRAMEWORK: dict[tuple[FrameworkStatus, str], FrameworkStatus] = {
    (FrameworkStatus.OFFERED, "accept"): FrameworkStatus.IN_FORCE,
    (FrameworkStatus.OFFERED, "decline"): FrameworkStatus.DECLINED,
    (FrameworkStatus.OFFERED, "withdraw"): FrameworkStatus.WITHDRAWN,
    (FrameworkStatus.OFFERED, "expire"): FrameworkStatus.EXPIRED,
    (FrameworkStatus.IN_FORCE, "end"): FrameworkStatus.ENDED,  # by either side
    (FrameworkStatus.IN_FORCE, "run_out"): FrameworkStatus.ENDED,
}


class ShortfallStatus(TextChoices):
    OPEN = "open", _("待再次拍卖")
    CLAIMED = "claimed", _("待补足")
    OVERDUE = "overdue", _("逾期未补足")
    PAID = "paid", _("已补足")
    VOID = "void", _("无须补足")


SHORTFALL: dict[tuple[ShortfallStatus, str], ShortfallStatus] = {
    (ShortfallStatus.OPEN, "claim"): ShortfallStatus.CLAIMED,
    (ShortfallStatus.OPEN, "void"): ShortfallStatus.VOID,  # sold for enough, or not auctioned again in time
    (ShortfallStatus.CLAIMED, "pay"): ShortfallStatus.PAID,
    (ShortfallStatus.CLAIMED, "miss"): ShortfallStatus.OVERDUE,
    (ShortfallStatus.OVERDUE, "pay"): ShortfallStatus.PAID,
}


class AlertStatus(TextChoices):
    RAISED = "raised", _("新预警")
    IN_ANALYSIS = "in_analysis", _("研判中")
    DISMISSED = "dismissed", _("已排除")
    REFERRED = "referred", _("已移送")


#: A late alert keeps its state and is marked; no deadline dismisses or refers anything.
ALERT: dict[tuple[AlertStatus, str], AlertStatus] = {
    (AlertStatus.RAISED, "claim"): AlertStatus.IN_ANALYSIS,
    (AlertStatus.IN_ANALYSIS, "dismiss"): AlertStatus.DISMISSED,
    (AlertStatus.IN_ANALYSIS, "refer"): AlertStatus.REFERRED,
}

#: Every object of the room by its table, for guards, diagrams and tests.
class VenuePilotStatus(TextChoices):
    ASKED = "asked", _("待决定")
    RUNNING = "running", _("试点中")
    ENDED = "ended", _("已结束")
    REFUSED = "refused", _("未批准")
    WITHDRAWN = "withdrawn", _("已撤回")
    LAPSED = "lapsed", _("逾期未决定")


VENUE_PILOT: dict[tuple[VenuePilotStatus, str], VenuePilotStatus] = {
    (VenuePilotStatus.ASKED, "grant"): VenuePilotStatus.RUNNING,
    (VenuePilotStatus.ASKED, "refuse"): VenuePilotStatus.REFUSED,
    (VenuePilotStatus.ASKED, "withdraw"): VenuePilotStatus.WITHDRAWN,
    (VenuePilotStatus.ASKED, "lapse"): VenuePilotStatus.LAPSED,
    (VenuePilotStatus.RUNNING, "end"): VenuePilotStatus.ENDED,
    (VenuePilotStatus.RUNNING, "expire"): VenuePilotStatus.ENDED,
}


OBJECTS: dict[str, tuple[type[TextChoices], dict]] = {
    "trading_auction": (AuctionStatus, AUCTION),
    "trading_tradestate": (TradeStatus, TRADE),
    "trading_agreement": (AgreementStatus, AGREEMENT),
    "trading_negotiation": (NegotiationStatus, NEGOTIATION),
    "trading_barter": (BarterStatus, BARTER),
    "trading_rfq": (RfqStatus, RFQ),
    "trading_quote": (QuoteStatus, QUOTE),
    "trading_publicuse": (PublicUseStatus, PUBLIC_USE),
    "trading_cart": (CartStatus, CART),
    "trading_framework": (FrameworkStatus, FRAMEWORK),
    "trading_subscription": (SubscriptionStatus, SUBSCRIPTION),
    "trading_shortfall": (ShortfallStatus, SHORTFALL),
    "trading_surveillancealert": (AlertStatus, ALERT),
    "trading_venuepilot": (VenuePilotStatus, VENUE_PILOT),
}
