"""What becomes of a trade 付款、违约、解除: paid into its own escrow, defaulted at the deadline, cancelled by both, unwound.

A filed deal that is served here and not paid goes back on record: it was made elsewhere and stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from kit.states import advance
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.operations import Leg, TransferRef
from participants.charges import Payer
from participants.models import Organization
from participants.notices import Note, notify, notify_all
from participants.permissions import require
from trading.events import TradeCancelAsked, TradeCancelled, TradeDefaulted, TradeFunded, TradeUnwound
from trading.locks import lock_trade
from trading.models import Bidder, Channel, Manner, Side, Trade, TradeState
from trading.operations.agreeing import sign_by
from trading.operations.ending_agreements import end_with_the_trade
from trading.operations.second_chance import offer_second_chance
from trading.operations.serving import release_services
from trading.papers import fix_papers
from trading.queries import charges_of
from trading.shortfalls import note_default, open_shortfall
from trading.states import TRADE, TradeStatus

__all__ = ["cancel_trade", "default_trade", "end_in_default", "pay_trade", "unwind_trade"]


def _move(state: TradeState, trade: Trade, action: str) -> None:
    state.status = advance(TRADE, TradeStatus(state.status), action, subject=trade.code, code="trading.trade.illegal_move")


@operation("trading.trade.pay")
@covers("E10", "R57")
def pay_trade(*, trade: Trade, papers: Mapping[str, str] | None = None, actor: Actor, clock: Clock) -> TradeState:
    """This will fund the trade, price and buyer's fees: the deposit posts and the rest moves, both into the trade's own escrow.

    Raises ``trading.trade.payment_late``, ``ledger.insufficient_funds``. Paying twice is paying once.
    """
    state = lock_trade(trade)
    at = clock.now()
    require(actor, "trading.trade.pay", subject=trade, at=at)
    if state.status == TradeStatus.FUNDED:
        unchanged()
        return state
    _move(state, trade, "pay")
    if state.due_at is not None and at >= state.due_at:
        raise Rejected("trading.trade.payment_late", due_at=state.due_at.isoformat(timespec="seconds"))
    fee = charges_of(trade).total(trade.price_fen, Payer.BUYER)
    refs = _into_escrow(trade, state, trade.price_fen + fee, at)
    state.funded_at, state.due_at = at, None
    state.save(update_fields=["status", "funded_at", "due_at"])
    record(TradeFunded(subject=trade.code, price_fen=trade.price_fen, buyer_fee_fen=fee,
                       from_deposit_fen=min(state.deposit_fen, trade.price_fen + fee),
                       transfers=[{"id": str(ref.id), "hash": ref.hash} for ref in refs]), actor=actor, at=at)
    fix_papers(trade, papers, actor=actor, at=at)
    sign_by(trade, Side.BUYER, Manner.PAYMENT, actor=actor, at=at)
    notify(organization=trade.seller, kind="trading.trade.funded", tone="wait", subject=trade.code, href=f"/desk/trades/{trade.code}/",
           at=at, text=(f"“{trade.titles[0]}”买方已付款，价款在托管账户，请按期交付。",
                        f"“{trade.titles[1]}” is paid into escrow. Deliver in time."))
    return state


def _into_escrow(trade: Trade, state: TradeState, due_fen: int, at: datetime) -> list[TransferRef]:
    available, escrow = ledger.accounts((trade.buyer.code, AccountKind.AVAILABLE), (trade.code, AccountKind.ESCROW))
    ledger.lock([available, escrow])
    refs = []
    from_deposit = min(state.deposit_fen, due_fen) if state.deposit else 0
    if state.deposit:
        refs.append(ledger.post(pending=state.deposit, legs=[Leg(available, -from_deposit), Leg(escrow, from_deposit)], at=at))
        _used(trade, at)
    if rest := due_fen - from_deposit:
        refs.append(ledger.transfer(kind="trade_payment", legs=[Leg(available, -rest), Leg(escrow, rest)], subject=trade.code, at=at))
    return refs


def _used(trade: Trade, at: datetime) -> None:
    if trade.award is not None:
        Bidder.objects.filter(pk=trade.award.bidder_id).update(released_at=at)


@operation("trading.trade.default")
def default_trade(*, trade: Trade, actor: Actor, clock: Clock) -> TradeState:
    """This will end an unpaid trade past its deadline: the deposit is forfeited to the seller (Civil Code 587)."""
    state = lock_trade(trade)
    at = clock.now()
    require(actor, "trading.trade.default", at=at)
    if state.status != TradeStatus.EXECUTED or state.due_at is None or at < state.due_at:
        unchanged()
        return state
    if trade.channel == Channel.OFF_EXCHANGE:
        return release_services(trade, state, "trading.trade.payment_late", actor=actor, at=at)
    return end_in_default(trade, state, "trading.trade.payment_late", actor=actor, at=at)


def end_in_default(trade: Trade, state: TradeState, cause: str, *, actor: Actor, at: datetime) -> TradeState:
    """This will end a trade the caller has locked in its buyer's default; part of the caller's act."""
    _move(state, trade, "default")
    forfeited = _forfeit(trade, state, at)
    state.ended_at, state.cause = at, cause
    state.save(update_fields=["status", "ended_at", "cause"])
    record(TradeDefaulted(subject=trade.code, buyer=trade.buyer.code, forfeited_fen=state.deposit_fen if forfeited else 0,
                          transfer_hash=forfeited.hash if forfeited else ""), actor=actor, at=at)
    end_with_the_trade(trade, actor=actor, at=at)
    (zh, en), kind, page = trade.titles, "trading.trade.defaulted", f"/desk/trades/{trade.code}/"
    unsigned = cause == "trading.agreement.unsigned"
    note_default(trade, "agreement_unsigned" if unsigned else "payment_default", side="buyer", actor=actor, at=at)
    open_shortfall(trade, state, actor=actor, at=at)
    chance = offer_second_chance(trade, actor=actor, at=at)
    notify_all([
        Note(trade.buyer, kind, (f"“{zh}”逾期未签署或未付款，已违约；保证金归卖方所有。",
                                 f"“{en}” was not signed or paid in time: the deposit goes to the seller."), "bad", trade.code, page),
        Note(trade.seller, kind, (f"“{zh}”买方违约，保证金已划给您；按不低于原条件再次公告，可追偿差额。",
                                  f"The buyer of “{en}” defaulted; the deposit is yours. Auction it again to claim the rest."),
             "bad", trade.code, page), *chance], at=at)
    return state


def _forfeit(trade: Trade, state: TradeState, at: datetime) -> TransferRef | None:
    if not state.deposit:
        return None
    buyer, seller = ledger.accounts((trade.buyer.code, AccountKind.AVAILABLE), (trade.seller.code, AccountKind.AVAILABLE))
    _used(trade, at)
    return ledger.post(pending=state.deposit, legs=[Leg(buyer, -state.deposit_fen), Leg(seller, state.deposit_fen)], at=at)


@operation("trading.trade.cancel")
def cancel_trade(*, trade: Trade, cause: str = "", actor: Actor, clock: Clock) -> TradeState:
    """This will cancel an unpaid trade once both parties have asked for it, or at once by the system; the deposit goes back."""
    state = lock_trade(trade)
    at = clock.now()
    require(actor, "trading.trade.cancel", subject=trade, at=at)
    asked_by = None if actor.is_system else Organization.objects.get(pk=actor.organization_id or 0)
    if asked_by is not None and state.cancel_asked_by_id in (None, asked_by.pk):
        act = "release" if trade.channel == Channel.OFF_EXCHANGE else "cancel"
        advance(TRADE, TradeStatus(state.status), act, subject=trade.code, code="trading.trade.illegal_move")
        state.cancel_asked_by, state.cause = asked_by, cause[:60]
        state.save(update_fields=["cancel_asked_by", "cause"])
        other = trade.seller if asked_by.pk == trade.buyer_id else trade.buyer
        notify(organization=other, kind="trading.trade.cancel_asked", tone="wait", subject=trade.code, href=f"/desk/trades/{trade.code}/",
               at=at, text=(f"对方请求解除“{trade.titles[0]}”的成交，您同意后即解除。",
                            f"The other party asks to cancel the trade of “{trade.titles[1]}”; agree and it is."))
        record(TradeCancelAsked(subject=trade.code, asked_by=asked_by.code), actor=actor, at=at)
        return state
    if trade.channel == Channel.OFF_EXCHANGE:
        return release_services(trade, state, cause or state.cause, actor=actor, at=at)
    _move(state, trade, "cancel")
    if state.deposit:
        ledger.lock([ledger.account(trade.buyer.code, AccountKind.AVAILABLE)])
        ledger.void(pending=state.deposit, at=at)
        _used(trade, at)
    state.ended_at, state.due_at, state.cause = at, None, (cause or state.cause)[:60]
    state.save(update_fields=["status", "ended_at", "due_at", "cause"])
    record(TradeCancelled(subject=trade.code, cause=state.cause or "both"), actor=actor, at=at)
    end_with_the_trade(trade, actor=actor, at=at)
    return state


@operation("trading.trade.unwind")
def unwind_trade(*, trade: Trade, cause: str, actor: Actor, clock: Clock) -> TradeState:
    """This will mark a funded trade as unwound; settlement calls it in the transaction of the full refund."""
    state = lock_trade(trade)
    at = clock.now()
    require(actor, "trading.trade.unwind", at=at)
    if state.status == TradeStatus.UNWOUND:
        unchanged()
        return state
    _move(state, trade, "unwind")
    state.ended_at, state.cause = at, cause[:60]
    state.save(update_fields=["status", "ended_at", "cause"])
    record(TradeUnwound(subject=trade.code, cause=cause), actor=actor, at=at)
    end_with_the_trade(trade, actor=actor, at=at)
    return state
