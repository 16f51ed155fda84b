"""Where a trade stands: one row and one corridor composed from the trade, its delivery and its settlement (lifecycles §0).

No enum spans the rooms: after the payment the delivery speaks, after the acceptance the settlement.
"""

from __future__ import annotations

from typing import Any

from delivery.models import Delivery
from delivery.states import DeliveryStatus
from delivery.words import standing_of
from exchange.templatetags.house import date_only, day_text, deadline_text
from exchange.words import tone_of
from participants.models import Organization
from settlement.models import Settlement
from settlement.states import SettlementStatus
from settlement.words import chip
from trading.models import Trade
from trading.states import TradeStatus

__all__ = ["BESIDE", "delivery_of", "settlement_of", "steps_of", "trade_row"]

#: What a row needs beside the trade itself.
BESIDE = ("state", "seller", "buyer", "listing", "version", "delivery__buyer", "delivery__seller", "settlement__cycle")
#: Deliveries that ended before anything was accepted.
FALLEN = (DeliveryStatus.FAILED, DeliveryStatus.CANCELLED)


def delivery_of(one: Trade) -> Delivery | None:
    """The trade's delivery, once it is opened."""
    found: Delivery | None = getattr(one, "delivery", None)
    return found


def settlement_of(one: Trade) -> Settlement | None:
    """The trade's settlement, once the delivery is accepted and taken up."""
    found: Settlement | None = getattr(one, "settlement", None)
    return found


def trade_row(one: Trade, organization: Organization) -> dict[str, Any]:
    """This will describe a trade for one of its parties: side, counterparty, state, next act, owner, due."""
    buying = one.buyer_id == organization.pk
    return {"trade": one, "buying": buying, "other": one.seller if buying else one.buyer} | _standing(one, buying)


def _standing(one: Trade, buying: bool) -> dict[str, Any]:
    delivery, settlement = delivery_of(one), settlement_of(one)
    if one.state.status == TradeStatus.FUNDED and delivery is not None:
        if settlement is not None and not buying:
            return chip(settlement)
        standing = standing_of(delivery, selling=not buying)
        return {"state": standing.state, "tone": standing.tone, "next": standing.next, "who": standing.who, "due": standing.due}
    buyer = ("您", "you") if buying else (one.buyer.short_name, one.buyer.short_name_en or one.buyer.short_name)
    steps: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
        TradeStatus.EXECUTED: (("买方付款", "the buyer pays"), buyer),
        TradeStatus.FUNDED: (("开启交付", "the delivery is opened"), ("系统", "system")),
        TradeStatus.RECORDED: (("已备案，无需处理", "filed, nothing to do"), ("", "")),
    }
    following, who = steps.get(one.state.status, (("已结束", "ended"), ("", "")))
    return {
        "state": one.state.get_status_display(),
        "tone": tone_of(one.state.status),
        "next": following,
        "who": who,
        "due": one.state.due_at,
    }


def _step(label: tuple[str, str], state: str = "", note: Any = "") -> dict[str, Any]:
    return {"label": label, "state": state, "note": note}


def steps_of(one: Trade, now: Any) -> list[dict[str, Any]]:
    """This will draw the corridor of one trade: off the exchange its filing, on it payment, delivery, settlement."""
    if one.channel == "off_exchange":
        filed = [
            _step(("场外成交", "Traded"), "done", date_only(one.report.traded_on) if one.report else ""),
            _step(("申报", "Reported"), "done", date_only(one.report.reported_at) if one.report else ""),
            _step(("核验", "Verified"), "done", date_only(one.executed_at)),
            _step(("备案凭证", "Certificate"), "done", date_only(one.executed_at)),
        ]
        return [*filed, _paid(one, now), *_after(one, now)] if one.served_here else filed
    return [_step(("成交", "Executed"), "done", day_text(one.executed_at)), _paid(one, now), *_after(one, now)]


def _by(at: Any, now: Any) -> tuple[str, str] | str:
    return (f"{deadline_text(at, now)} 前", f"by {deadline_text(at, now)}") if at else ""


def _paid(one: Trade, now: Any) -> dict[str, Any]:
    waiting = one.state.status == TradeStatus.EXECUTED
    if one.state.funded_at is not None:
        return _step(("付款", "Payment"), "done", day_text(one.state.funded_at))
    return _step(("付款", "Payment"), "now" if waiting else "", _by(one.state.due_at, now) if waiting else "")


def _after(one: Trade, now: Any) -> list[dict[str, Any]]:
    delivery, settlement = delivery_of(one), settlement_of(one)
    handed, money = ("交付与验收", "Delivery, acceptance"), ("清结算", "Settlement")
    if one.state.funded_at is None or delivery is None:
        return [_step(handed), _step(money)]
    if delivery.status != DeliveryStatus.ACCEPTED:
        fallen = delivery.status in FALLEN
        note = day_text(delivery.ended_at) if fallen else _by(delivery.due_at, now)
        return [_step(handed, "" if fallen else "now", note), _step(money)]
    settled = settlement is not None and settlement.status == SettlementStatus.SETTLED
    note = day_text(settlement.settled_at) if settlement is not None and settled else ("归入批次", "joins a batch")
    return [_step(handed, "done", day_text(delivery.ended_at)), _step(money, "done" if settled else "now", note)]
