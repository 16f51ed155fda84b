"""What every use of something delivered asks, whatever its kind: one function for tokens, keys, questions, and for the monitor (F6, T64).

Each use is judged at its own instant; what held when it was handed over may hold no longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from delivery.kinds.grid import lawful
from delivery.models import AccessStop, Delivery
from evidence.prepared import prepared
from kit.coverage import covers
from kit.rejected import Rejected
from listings.buying import for_the_buyer
from listings.queries import consent_ended, forbidding_hold
from participants.gates import Gate
from participants.networks import caller_address, outside
from participants.roles import Standing
from trading.agreeing.judging import refusal_for_use
from trading.states import TradeStatus

__all__ = ["FINAL", "asked_from", "obstacle_to_use", "of_using", "under_stop"]

#: Refusals after which nothing of the delivery is ever used again; the others may pass.
FINAL = frozenset({"delivery.delivery.consent_ended", "delivery.use.unpaid"})


@covers("F6", "R42", "T63", "T64")
def of_using(one: Delivery, *, at: datetime, calls: int, rows: int = 0, purpose: str = "", here: bool = True) -> Iterator[Gate]:
    """This will ask whether the buyer may use what was delivered now: so many calls and rows in all, for this purpose.

    The trigger that guards the counting row asks payment, state, term, purpose and stops again; the region is asked here alone. What it
    follows from cannot move between this gate and the row: the terms are frozen by the database from the day they were drawn, and no
    operation changes of what kind an organisation is, whose country that decides. Both are read under the lock the use is counted in.
    ``here``: the buyer's own people or programs ask, so the address they ask from is judged; False where the house itself asks (the
    monitor, a run or an answer of what was asked from a right address before).
    """
    gone = one.trade.state.status != TradeStatus.FUNDED
    yield Gate(("成交已付款且没有退回", "The trade is paid for and was not undone"),
               Rejected("delivery.use.unpaid", delivery=one.code, trade=one.trade.code) if gone else None)
    yield Gate(("所依据的个人同意仍然有效", "The consents it rests on still stand"),
               Rejected("delivery.delivery.consent_ended", delivery=one.code) if consent_ended(one.version) else None)
    hold = forbidding_hold(one.version)
    yield Gate(("产品没有因规则停止流通", "The product was not stopped by a rule"),
               Rejected("delivery.use.forbidden_now", delivery=one.code, reason=(hold.reason_zh, hold.reason_en or hold.reason_zh),
                        way=(hold.way_back_zh or "等待停牌解除", hold.way_back_en or "wait until the hold is lifted")) if hold else None)
    yield lawful(one.version, subject=one.code)
    suspended = one.buyer.standing == Standing.SUSPENDED
    yield Gate(("买方没有被停权", "The buyer is not suspended"),
               Rejected("delivery.use.suspended_buyer", delivery=one.code) if suspended else None)
    if here:
        yield asked_from(one)
    yield Gate(("合同履行中且许可此次取用", "The agreement is in force and permits this use"),
               refusal_for_use(one.trade, at=at, calls=calls, rows=rows, purpose=purpose))
    yield from for_the_buyer(one.version.listing, one.buyer, at=at)


@covers("T64")
def asked_from(one: Delivery) -> Gate:
    """This will ask whether it is used from the networks that its buyer put on record, where the buyer did."""
    away = Rejected("delivery.use.elsewhere", delivery=one.code, address=caller_address() or ("不明", "unknown"))
    return Gate(("从买方登记的使用网络取用", "It is used from the networks the buyer has on record"), away if outside(one.buyer) else None)


def obstacle_to_use(one: Delivery, *, at: datetime, calls: int, rows: int = 0, purpose: str = "", here: bool = True) -> Rejected | None:
    """This will return the first refusal of a use, or None."""
    gates = of_using(one, at=at, calls=calls, rows=rows, purpose=purpose, here=here)
    return next((gate.refusal for gate in gates if gate.refusal is not None), None)


def under_stop(one: Delivery) -> Gate:
    """This will ask whether the monitor has stopped its use."""
    stop = _stop.first(one.pk)
    return Gate(("监测没有停止取用", "The monitor has not stopped its use"),
                Rejected("delivery.use.stopped", delivery=one.code, reason=stop.reason, way=stop.way) if stop else None)


@prepared
def _stop(delivery: int) -> QuerySet[AccessStop]:
    return AccessStop.objects.filter(delivery=delivery, ended_at__isnull=True)
