"""What the money pages say: the chip of a settlement, kinds of movements."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from settlement.models import Settlement

__all__ = ["MOVEMENTS", "chip"]

Text = str | Promise

MOVEMENTS: Mapping[str, Text] = {
    "funding": _("入金"), "trade_payment": _("付款至托管"), "settlement": _("结算"), "holdback_release": _("质保释放"),
    "refund": _("退款"), "meter_return": _("计次余额退回"),
    "deposit": _("保证金"), "auction_deposit": _("竞价保证金"), "bid_deposit": _("竞价保证金"), "opening": _("期初"),
    "payout": _("提现"), "payout_reversal": _("提现冲回"), "suspense_cleared": _("查清入账"), "refund_mirror": _("结算后退款"),
    "engagement": _("第三方服务"), "subsidy_fund": _("补贴资金"), "subsidy": _("小微企业服务补贴"),
}

_CHIPS: Mapping[str, tuple[str, Text, Text]] = {
    "due": ("info", _("归入下一批次结算"), _("系统")),
    "frozen": ("info", _("批次过账"), _("系统")),
    "parked": ("held", _("处理托管不足后重试"), _("场所运营")),
    "settled": ("ok", _("已到账"), ""),
    "held": ("ok", _("质保留存到期释放"), _("系统")),
}


def chip(one: Settlement) -> dict[str, object]:
    """This will say of a settlement: tone, state, what is next, who acts, by when."""
    key, due = one.status, None
    if one.status == "due" and one.cycle is not None:
        key, due = "frozen", one.cycle.due_at
    elif one.status == "settled" and one.held_fen and one.released is None:
        key, due = "held", one.release_at
    elif one.status == "parked":
        due = one.due_at
    tone, following, who = _CHIPS[key]
    return {"tone": tone, "state": one.get_status_display(), "next": following, "who": who, "due": due}
