"""What the money pages say: the chip of a settlement, kinds of movements."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from settlement.models import Payout, RefundRequest, Settlement

__all__ = ["MOVEMENTS", "chip", "payout_chip", "refund_chip"]

Text = str | Promise

MOVEMENTS: Mapping[str, Text] = {
    "funding": _("入金"), "suspense_cleared": _("待查来账确认"),
    "trade_payment": _("付款至托管"), "settlement": _("结算"), "holdback_release": _("质保释放"),
    "refund": _("退款"), "meter_return": _("计次余额退回"), "part_return": _("部分验收减价退回"),
    "barter": _("互换应付款项"), "barter_difference": _("互换差额"), "barter_return": _("互换同退"),
    "deposit": _("保证金"), "auction_deposit": _("竞价保证金"), "bid_deposit": _("竞价保证金"), "opening": _("期初"),
    "payout": _("提现"), "payout_reversal": _("提现冲回"), "refund_mirror": _("结算后退款"),
    "engagement": _("第三方服务"), "subsidy_fund": _("补贴资金"), "subsidy": _("小微企业服务补贴"), "donation": _("捐赠"),
    "dividend": _("按期分红"), "enrolment": _("买方注册费"), "auction_shortfall": _("再次拍卖差额与佣金"),
    "funding_reversal": _("入金被付款银行撤回"), "bank_suspense": _("待查来账"), "succession": _("随承继转移"), "import": _("账簿导入"),
}

_CHIPS: Mapping[str, tuple[str, Text, Text]] = {
    "due": ("info", _("归入下一批次结算"), _("系统")),
    "frozen": ("info", _("批次过账"), _("系统")),
    "parked": ("held", _("处理托管不足后重试"), _("场所运营")),
    "settled": ("ok", _("已到账"), ""),
    "set_off": ("ok", _("价值以换入的许可抵销"), ""),
    "held": ("ok", _("质保留存到期释放"), _("系统")),
}


def chip(one: Settlement) -> dict[str, object]:
    """This will say of a settlement: tone, state, what is next, who acts, by when."""
    key, due = one.status, None
    if one.status == "due" and one.cycle is not None:
        key, due = "frozen", one.cycle.due_at
    elif one.status == "settled" and one.pair:
        key = "set_off"
    elif one.status == "settled" and one.held_fen and one.released is None:
        key, due = "held", one.release_at
    elif one.status == "parked":
        due = one.due_at
    tone, following, who = _CHIPS[key]
    return {"tone": tone, "state": one.get_status_display(), "next": following, "who": who, "due": due}


_PAYOUT_CHIPS: Mapping[str, tuple[str, Text, Text]] = {
    "requested": ("wait", _("观察期满后自动核准"), _("系统")),
    "confirm": ("wait", _("由另一人确认或退回"), _("本机构另一人")),
    "clear": ("wait", _("由场所复核"), _("场所运营")),
    "held": ("held", _("说明依据后解除"), _("暂停的一方")),
    "approved": ("info", _("向银行发出指令"), _("系统")),
    "sent": ("info", _("等银行答复"), _("银行")),
    "recalled": ("info", _("已向银行追回，等其答复"), _("银行")),
    "paid": ("ok", _("无须处理"), ""),
    "returned": ("bad", _("款项已解冻，核对收款账号后重提"), _("本机构")),
    "cancelled": ("held", _("款项已解冻"), ""),
    "reversed": ("held", _("款项已退回账户"), ""),
}


def payout_chip(one: Payout) -> dict[str, object]:
    """This will say of a payout: tone, state, what is next, who acts, by when."""
    key, due = one.status, one.due_at
    if one.status == "requested" and one.second_person and one.cleared_at is None:
        key = "clear" if one.confirmed_at else "confirm"
    elif one.status == "requested":
        due = one.payable_at
    elif one.status in ("sent", "paid") and one.recall_at is not None:
        key = "recalled"
    tone, following, who = _PAYOUT_CHIPS[key]
    return {"tone": tone, "state": one.get_status_display(), "next": following, "who": who, "due": due}


_REFUND_CHIPS: Mapping[str, tuple[str, Text, Text]] = {
    "requested": ("wait", _("答复退款申请；逾期由场所裁定"), _("卖方")),
    "approved": ("info", _("按分配逐项退回"), _("系统")),
    "posted": ("ok", _("已到买方账户"), ""),
    "refused": ("bad", _("可另行投诉或提起争议"), _("买方")),
    "withdrawn": ("held", _("无须处理"), ""),
}


def refund_chip(one: RefundRequest) -> dict[str, object]:
    """This will say of a refund: tone, state, what is next, who acts, by when."""
    tone, following, who = _REFUND_CHIPS[one.status]
    return {"tone": tone, "state": one.get_status_display(), "next": following, "who": who, "due": one.due_at}
