"""What ending an agreement would do, said before anybody ends it (F4): access, delivery, money, the duties that stay.

It asks the same rows that the rooms act on: the tokens ``delivery.stop_delivery`` revokes, the price ``settlement.refund_trade`` returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from delivery.models import Delivery
from delivery.states import DELIVERY, DeliveryStatus, GrantStatus
from exchange.trade_walk import delivery_of, settlement_of
from kit.coverage import covers
from kit.money import yuan
from participants.charges import Payer
from trading.agreeing.terms import read_terms
from trading.models import Agreement, Basis, Ground
from trading.queries import charges_of
from trading.states import TradeStatus

__all__ = ["GROUNDS", "Effect", "effects_of"]

Words = tuple[str, str]

#: The grounds a party chooses from, in words.
GROUNDS: tuple[tuple[str, Words], ...] = (
    (Ground.BREACH, ("对方违约（民法典第563条）", "Breach by the other side (Civil Code 563)")),
    (Ground.LAW, ("依法不能继续（民法典第563条）", "The law forbids going on (Civil Code 563)")),
    (Ground.AGREED, ("协商解除（民法典第562条）", "By agreement (Civil Code 562)")))


@dataclass(frozen=True)
class Effect:
    """One thing that would happen: what it is about, what becomes of it, and the money that moves with it."""

    about: Words
    text: Words
    refund_fen: int = 0


@covers("F4")
def effects_of(deed: Agreement, *, at: datetime) -> list[Effect]:
    """This will list what ending this agreement does to each thing that hangs on it, as it stands at ``at``."""
    return [_when(deed, at), _access(delivery_of(deed.trade)), _handover(deed), _money(deed), *_duties()]


def _when(deed: Agreement, at: datetime) -> Effect:
    days = read_terms(deed.terms).notice_days
    until = f"{at + timedelta(days=days):%Y-%m-%d}"
    return Effect(("何时", "When"), (
        f"对方违约：通知满 {days} 天（约 {until}）终止，期间照常履行；依法不能继续：期间即停止取用；协商：对方同意之时。",
        f"Breach: after a notice of {days} days (about {until}), performed meanwhile; by law: use stops from the notice on; "
        "by agreement: the moment the other side agrees."))


def _access(delivery: Delivery | None) -> Effect:
    live = delivery.grants.filter(status__in=[GrantStatus.ACTIVE, GrantStatus.SUSPENDED]).count() if delivery else 0
    return Effect(("取用", "Access"), (f"{live} 个未用的取用凭证在十秒内收回，此后不再发放。",
                                     f"Unused tokens ({live}) are revoked within ten seconds and no more are issued."))


def _handover(deed: Agreement) -> Effect:
    one = delivery_of(deed.trade)
    about = ("交付", "Delivery")
    if one is None or (DeliveryStatus(one.status), "stop") in DELIVERY:
        return Effect(about, ("尚未验收：交付终止。", "Nothing is accepted yet: the delivery ends."))
    if one.status == DeliveryStatus.DISPUTED:
        return Effect(about, ("争议继续，按其结果处理。", "The dispute goes on to its own outcome."))
    if one.status == DeliveryStatus.ACCEPTED:
        return Effect(about, ("已经验收，交付不受影响。", "It is accepted: the delivery stands."))
    return Effect(about, ("交付已经结束。", "The delivery is over already."))


def _money(deed: Agreement) -> Effect:
    trade, about = deed.trade, ("款项", "Money")
    one, settled = delivery_of(trade), settlement_of(trade)
    paid = trade.price_fen + charges_of(trade).total(trade.price_fen, Payer.BUYER)
    if trade.state.status != TradeStatus.FUNDED:
        return Effect(about, ("托管账户中没有本成交的款项。", "Nothing of this trade is in escrow."))
    if trade.basis == Basis.BARTER and settled is None:
        return Effect(about, (
            "互换：两项都验收之前终止，两笔成交一同退回，双方已付的费用、分成和差额原路退回；都验收之后不退。",
            "A barter: ended before both are accepted, both trades go back, and so does what either side paid in fees, shares and "
            "difference; once both are accepted nothing goes back."))
    if one is None or (DeliveryStatus(one.status), "stop") in DELIVERY:
        return Effect(about, (f"托管账户中的 {yuan(paid)} 全部退回买方，卖方不得分配。",
                              f"All of {yuan(paid)} goes from escrow back to the buyer; the seller is paid nothing."), paid)
    if one.status == DeliveryStatus.FAILED:
        return Effect(about, (f"{yuan(paid)} 正在退回买方。", f"{yuan(paid)} is on its way back to the buyer."), paid)
    if one.status == DeliveryStatus.DISPUTED:
        return Effect(about, ("款项留在托管账户，待争议结果。", "The money stays in escrow until the dispute is decided."))
    where = (("已结算", "settled") if settled is not None else ("已验收、待结算", "accepted and waiting for settlement"))
    return Effect(about, (f"价款{where[0]}，不因终止退回；主张赔偿可以申请调解、仲裁或诉讼。",
                          f"The price is {where[1]} and is not refunded by the end; damages go to mediation, arbitration or the courts."))


def _duties() -> list[Effect]:
    return [Effect(("仍然有效", "What stays"), (
        "保密、安全、不重新识别、争议解决的约定继续有效；买方停止使用并删除其持有的数据（民法典第558、567条）。",
        "Secrecy, security, no re-identification and dispute settlement stay; the buyer stops using the data and deletes what it holds "
        "(Civil Code 558, 567)."))]
