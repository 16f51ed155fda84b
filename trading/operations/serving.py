"""Delivery and settlement for a filed deal 场外交易的交割服务 (R57, E.7): one side asks, the other agrees, and it is served like any trade.

From the booking on it is paid into its own escrow, delivered, accepted and settled by the same operations; it stays a deal made off the
exchange, and is counted there. The charges are those scoped to filed deals, fixed at the booking.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from kit.states import advance
from listings.buying import buyer_obstacle, refused_buyer
from listings.queries import tradable
from participants.gates import pass_all
from participants.notices import Note, notify_all
from participants.permissions import require
from participants.queries import add_working_days, parameter
from participants.spending import spending_gate
from trading.charging import charges_for
from trading.events import services_moved
from trading.locks import lock_trade
from trading.models import Agreement, Basis, Channel, Side, Trade, TradeState
from trading.operations.agreeing import conclude_by_acceptance, draw_agreement
from trading.operations.ending_agreements import end_with_the_trade
from trading.states import TRADE, TradeStatus

__all__ = ["book_services", "decline_services", "release_services", "services_refused"]

_KIND = "trading.trade.services"


@covers("R57")
def services_refused(trade: Trade, *, at: datetime) -> Rejected | None:
    """This will say why a deal is not served here; None for one that is on record and names what this house can deliver."""
    if trade.channel != Channel.OFF_EXCHANGE:
        return Rejected("trading.services.made_here", trade=trade.code)
    sold: dict[str, Any] = trade.agreement.get("object") or {}
    if trade.listing is None or trade.version is None or "use_terms" not in sold or not trade.price_fen:
        return Rejected("trading.services.no_object", trade=trade.code)
    if trade.listing.version_id != trade.version_id:
        return Rejected("trading.services.other_version", trade=trade.code, listing=trade.listing.code)
    if Agreement.objects.filter(trade=trade).exists():
        return Rejected("trading.services.once", trade=trade.code)
    if code := tradable(trade.listing, at=at):
        return Rejected(code, listing=trade.listing.code, organization=trade.seller.code)
    if code := buyer_obstacle(trade.listing, trade.buyer, at=at):
        return refused_buyer(code, trade.listing)
    return None


@operation("trading.trade.book_services")
@covers("R57", "R43", "F12")
def book_services(*, trade: Trade, actor: Actor, clock: Clock) -> TradeState:
    """This will ask to have a filed deal delivered and settled here, or agree to it: then its agreement is drawn and the buyer pays.

    Raises ``trading.services.*`` for what cannot be served. Asking twice is asking once, agreeing twice is agreeing once.
    """
    state = lock_trade(trade)
    at = clock.now()
    require(actor, "trading.trade.serve", subject=trade, at=at)
    side = Side.BUYER if actor.organization_id == trade.buyer_id else Side.SELLER
    if state.services and state.status == TradeStatus.RECORDED:
        raise Rejected("trading.services.once", trade=trade.code)  # it was booked, and given up or not paid
    if state.services or state.services_asked == side:
        unchanged(at=at)
        return state
    if refused := services_refused(trade, at=at):
        raise refused
    if side == Side.BUYER:
        pass_all([spending_gate(actor, trade.code, trade.price_fen)])
    if not state.services_asked:
        return _ask(trade, state, side, actor, at)
    return _book(trade, state, side, actor, at)


def _ask(trade: Trade, state: TradeState, side: Side, actor: Actor, at: datetime) -> TradeState:
    assert trade.version is not None, "asked above"
    state.services_asked = side
    state.save(update_fields=["services_asked"])
    charges = charges_for(trade.version, Basis.REPORT, venue=trade.venue, at=at).written()
    _note("services_asked", trade, actor, at, charges=charges)
    _tell(trade, [Side.SELLER if side == Side.BUYER else Side.BUYER], "wait",
          ("“{title}”：对方请求由本所交割，请同意或谢绝。",
           "“{title}”: the other side asks to have it delivered and settled here; please answer."), at)
    return state


def _book(trade: Trade, state: TradeState, side: Side, actor: Actor, at: datetime) -> TradeState:
    assert trade.version is not None, "asked above"
    state.services = charges_for(trade.version, Basis.REPORT, venue=trade.venue, at=at).written()
    state.status = advance(TRADE, TradeStatus(state.status), "book", subject=trade.code, code="trading.trade.illegal_move")
    state.due_at = add_working_days(trade.venue, at, int(parameter("trade.payment_days", venue=trade.venue, at=at)))
    state.save(update_fields=["services", "status", "due_at"])
    conclude_by_acceptance(draw_agreement(trade, trade.agreement, actor=actor, at=at), actor=actor, at=at)
    _note("services_booked", trade, actor, at, charges=state.services, due_at=state.due_at)
    _tell(trade, [Side.BUYER], "wait", ("“{title}”由本所交割，请按期付款。",
                                         "“{title}” is delivered and settled here; please pay in time."), at, state.due_at)
    _tell(trade, [Side.SELLER], "ok", ("“{title}”由本所交割，等待买方付款。",
                                        "“{title}” is delivered and settled here; the buyer pays next."), at)
    return state


@operation("trading.trade.decline_services")
@covers("R57")
def decline_services(*, trade: Trade, actor: Actor, clock: Clock) -> TradeState:
    """This will decline what the other side asks for, or take back one's own request; the deal stays on record. Twice is once."""
    state = lock_trade(trade)
    at = clock.now()
    require(actor, "trading.trade.serve", subject=trade, at=at)
    if state.services:
        raise Rejected("trading.services.once", trade=trade.code)
    if not state.services_asked:
        unchanged(at=at)
        return state
    state.services_asked = ""
    state.save(update_fields=["services_asked"])
    _note("services_declined", trade, actor, at)
    _tell(trade, [Side.SELLER, Side.BUYER], "info", ("“{title}”不由本所交割，备案不受影响。",
                                                       "“{title}” is not served here; it stays on record."), at)
    return state


def release_services(trade: Trade, state: TradeState, cause: str, *, actor: Actor, at: datetime) -> TradeState:
    """This will put an unpaid deal that the caller has locked back on record: nobody is in default of a deal made elsewhere."""
    state.status = advance(TRADE, TradeStatus(state.status), "release", subject=trade.code, code="trading.trade.illegal_move")
    state.due_at, state.cause = None, cause[:60]
    state.save(update_fields=["status", "due_at", "cause"])
    _note("services_released", trade, actor, at, charges=state.services, cause=state.cause)
    end_with_the_trade(trade, actor=actor, at=at)
    _tell(trade, [Side.SELLER, Side.BUYER], "bad", ("“{title}”未在本所付款，交割服务终止；备案不受影响。",
                                                      "“{title}” was not paid here: the service ends and the deal stays on record."), at)
    return state


def _note(word: str, trade: Trade, actor: Actor, at: datetime, *, charges: dict[str, Any] | None = None, due_at: datetime | None = None,
          cause: str = "") -> None:
    record(services_moved[word](subject=trade.code, by=actor.organization or "", charges=charges or {}, due_at=due_at, cause=cause),
           actor=actor, at=at)


def _tell(trade: Trade, sides: list[Side], tone: str, text: tuple[str, str], at: datetime, due_at: datetime | None = None) -> None:
    (zh, en), page = trade.titles, f"/desk/trades/{trade.code}/"
    notify_all([Note(trade.buyer if side == Side.BUYER else trade.seller, _KIND, (text[0].format(title=zh), text[1].format(title=en)), tone,
                     trade.code, page, due_at) for side in sides], at=at)
