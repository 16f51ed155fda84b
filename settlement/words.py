"""What the money pages say: the chip of a settlement, kinds of movements, names of figures."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from settlement.models import Settlement

__all__ = ["FIGURES", "MOVEMENTS", "chip"]

Text = str | Promise

MOVEMENTS: Mapping[str, Text] = {
    "funding": _("入金"), "trade_payment": _("付款至托管"), "settlement": _("结算"), "holdback_release": _("质保释放"), "refund": _("退款"),
    "deposit": _("保证金"), "auction_deposit": _("竞价保证金"), "bid_deposit": _("竞价保证金"), "opening": _("期初"),
}

FIGURES: Mapping[str, Text] = {
    "fee.match_seller_bps": _("撮合服务费（卖方）"),
    "fee.match_buyer_bps": _("撮合服务费（买方）"), "fee.registration_buyer_fen": _("买方注册费"),
    "fee.cap_bps": _("每方佣金上限"), "levy.public_interest_bps": _("公益金（自卖方收入）"), "deposit.bps": _("竞价保证金（按起拍价）"),
    "deposit.band_bps": _("保证金系数（按信用档）"), "deposit.minimum_fen": _("保证金下限"), "holdback.bps": _("质保留存（按信用档）"),
    "holdback.days": _("质保留存天数"),
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
