"""An agreement that a side did not sign in time 未签失效, and what becomes of its trade (F3)."""

from __future__ import annotations

from datetime import datetime

from evidence.operations import operation, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from participants.permissions import require
from trading.locks import lock_agreement, lock_trade
from trading.models import Agreement, Side
from trading.operations.agreeing import move_agreement, note_agreement
from trading.operations.ending_agreements import tell_both
from trading.operations.trades import cancel_trade, end_in_default
from trading.shortfalls import note_default
from trading.states import AgreementStatus, TradeStatus

__all__ = ["lapse_agreement"]


@operation("trading.agreement.lapse")
@covers("F3")
def lapse_agreement(*, agreement: Agreement, actor: Actor, clock: Clock) -> Agreement:
    """This will lapse an agreement that a side did not sign in time.

    An unpaid trade falls with it: a buyer that alone did not sign is in default, else the deposit goes back. Of a paid trade the
    delivery fails and the price goes back (the rooms above hear the fact).
    """
    deed = lock_agreement(agreement)
    at = clock.now()
    require(actor, "trading.agreement.run", at=at)
    if deed.status != AgreementStatus.DRAFTED or deed.due_at is None or at < deed.due_at:
        unchanged(at=at)
        return deed
    signed = set(deed.signatures.values_list("side", flat=True))
    if deed.trade.state.status == TradeStatus.EXECUTED:
        if signed == {Side.SELLER}:
            end_in_default(deed.trade, lock_trade(deed.trade), "trading.agreement.unsigned", actor=actor, at=at)
        else:
            cancel_trade(trade=deed.trade, cause="trading.agreement.unsigned", actor=actor, clock=clock)
            _note_unsigned(deed, signed, actor, at)
        deed.refresh_from_db()
        return deed
    _note_unsigned(deed, signed, actor, at)
    move_agreement(deed, "lapse")
    deed.ended_at, deed.due_at = at, None
    deed.save(update_fields=["status", "ended_at", "due_at"])
    note_agreement(deed, "lapsed", actor=actor, at=at)
    tell_both(deed, "bad", ("“{title}”的合同未在期限内签署，已失效；已付价款退回。",
                            "The agreement on “{title}” was not signed in time and has lapsed; what was paid goes back."), at)
    return deed


def _note_unsigned(deed: Agreement, signed: set[str], actor: Actor, at: datetime) -> None:
    """Whoever of an auction does not sign the confirmation has a credit event for it (Auction Law 52)."""
    for side in (Side.SELLER, Side.BUYER):
        if deed.trade.award_id is not None and side not in signed:
            note_default(deed.trade, "agreement_unsigned", side=side, actor=actor, at=at)
