"""What a delivery's page says: state, next act, who acts; and each fact of its record in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from delivery.models import Delivery
from delivery.states import DeliveryStatus

__all__ = ["FACTS", "Standing", "standing_of"]

Text = str | Promise


@dataclass(frozen=True)
class Standing:
    """The status chip of one delivery, seen from one side."""

    tone: str
    state: Text
    next: Text
    who: Text
    due: datetime | None


FACTS: Mapping[str, Text] = {
    "delivery.delivery.opened": _("交付开启"), "delivery.delivery.called": _("价款到账，请卖方交付"),
    "delivery.delivery.delivered": _("已交付"),
    "delivery.delivery.accepted": _("已验收"),
    "delivery.delivery.part_offered": _("部分验收，请卖方答复"),
    "delivery.delivery.disputed": _("提出争议"), "delivery.copy.handed_out": _("交出带标记的副本"),
    "delivery.sample.checked": _("抽样核对"),
    "delivery.delivery.rejected": _("已拒收"), "delivery.delivery.failed": _("交付未成"),
    "delivery.delivery.cancelled": _("交付撤销"), "delivery.grant.issued": _("签发取用令牌"), "delivery.grant.used": _("文件已取用"),
    "delivery.grant.refused": _("令牌被拒"), "delivery.grant.revoked": _("令牌撤销"), "delivery.grant.expired": _("令牌到期"),
    "delivery.grant.resumed": _("文件续传"), "delivery.access.stopped": _("监测停止取用"), "delivery.access.resumed": _("恢复取用"),
    "delivery.deletion.opened": _("同意终止，通知删除"), "delivery.deletion.confirmed": _("确认删除"),
    "delivery.deletion.missed": _("逾期未确认删除"),
    "delivery.deletion.reminded": _("提醒删除"), "delivery.seat.named": _("指定使用人"), "delivery.seat.ended": _("撤下使用人"),
}

#: status -> (tone and next act for the seller, for the buyer, who acts: seller, buyer or system)
_STEPS: Mapping[str, tuple[tuple[str, Text], tuple[str, Text], str]] = {
    DeliveryStatus.OPENED: (("wait", _("交付登记的文件")), ("info", _("卖方交付")), "seller"),
    DeliveryStatus.DELIVERED: (("info", _("买方验收，到期未表示即视为合格")), ("wait", _("取用并验收，到期未表示即视为合格")), "buyer"),
    DeliveryStatus.PART: (("wait", _("答复部分验收：同意减价，或拒绝")), ("info", _("卖方答复；到期未答按整体拒收")), "seller"),
    DeliveryStatus.REJECTED: (("wait", _("重新交付、承认未成，或提出争议")), ("info", _("卖方重新交付")), "seller"),
    DeliveryStatus.DISPUTED: (("held", _("等待争议处理结果")), ("held", _("等待争议处理结果")), "system"),
    DeliveryStatus.ACCEPTED: (("ok", _("价款进入清算")), ("ok", _("可继续取用文件")), "system"),
    DeliveryStatus.FAILED: (("bad", _("价款退回买方")), ("bad", _("价款退回您的账户")), "system"),
    DeliveryStatus.CANCELLED: (("held", ""), ("held", ""), ""),
}


def standing_of(one: Delivery, *, selling: bool) -> Standing:
    """This will say what is next, who acts and by when; before the payment everybody waits for the buyer."""
    label = DeliveryStatus(one.status).label
    if one.status == DeliveryStatus.OPENED and one.due_at is None:
        if selling:
            return Standing("info", label, _("等待买方付款"), one.buyer.called, None)
        return Standing("wait", label, _("付款到托管账户"), _("您"), None)
    seller, buyer, turn = _STEPS[one.status]
    tone, following = seller if selling else buyer
    if one.status == DeliveryStatus.ACCEPTED and not selling:
        turn = ""  # nothing is due: the file may be fetched again
    who: Text = {"seller": _("您") if selling else one.seller.called, "buyer": one.buyer.called if selling else _("您"),
                 "system": _("系统"), "": ""}[turn]
    return Standing(tone, label, following, who, one.due_at)
