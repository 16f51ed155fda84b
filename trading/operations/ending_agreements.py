"""How an agreement ends 合同的终止: notice with its ground and reason, both agreeing, its term, the trade falling away (F4).

Ending it here stops what rests on it: rooms above hear the fact, and their sweep asks within ten seconds. A refund is settlement's.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from evidence.operations import operation, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.notices import Note, notify_all
from participants.permissions import require
from participants.timers import after
from trading.agreeing.terms import read_terms
from trading.locks import lock_agreement
from trading.models import Agreement, Ground, Side, Trade
from trading.operations.agreeing import move_agreement, note_agreement
from trading.states import AgreementStatus, TradeStatus

__all__ = ["agree_to_end", "end_with_the_trade", "escalate_suspension", "expire_agreement", "give_notice", "halt_agreement",
           "run_out_notice", "take_back_notice", "tell_both"]

_RUNNING = (AgreementStatus.IN_FORCE, AgreementStatus.SUSPENDED, AgreementStatus.TERMINATING)


def _reason(text: str, deed: Agreement) -> str:
    kept = text.strip()[:1000]
    if not kept:
        raise Rejected("trading.agreement.reason_missing", agreement=deed.code)
    return kept


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


@operation("trading.agreement.give_notice")
@covers("F4", "F3")
def give_notice(*, agreement: Agreement, ground: str, reason: str, actor: Actor, clock: Clock) -> Agreement:
    """This will give notice of the end with its ground and reason; with the ground ``agreed`` it is a proposal to end at once.

    An unpaid trade is cancelled instead (``trading.agreement.unpaid``). The same notice twice is one.
    """
    deed = lock_agreement(agreement)
    at = clock.now()
    require(actor, "trading.agreement.give_notice", subject=deed, at=at)
    side = deed.side_of(actor.organization_id)
    assert side is not None, "a party has its side"
    if deed.status == AgreementStatus.TERMINATING and (deed.notice_by, deed.ground) == (side, ground):
        unchanged(at=at)
        return deed
    if ground not in Ground.values:
        raise Rejected("trading.agreement.ground", agreement=deed.code)
    kept = _reason(reason, deed)
    if deed.status == AgreementStatus.IN_FORCE and deed.trade.state.status == TradeStatus.EXECUTED:
        raise Rejected("trading.agreement.unpaid", trade=deed.trade.code)
    move_agreement(deed, "give_notice")
    deed.ground, deed.reason, deed.notice_by, deed.notice_at = ground, kept, side, at
    deed.due_at = at + timedelta(days=read_terms(deed.terms).notice_days)
    deed.save(update_fields=["status", "ground", "reason", "notice_by", "notice_at", "due_at"])
    note_agreement(deed, "notice_given", actor=actor, at=at, side=str(side), cause=ground, reason_sha256=_sha256(kept))
    _tell(deed, _other(deed, side), "bad" if ground != Ground.AGREED else "wait", (
        ("对方提议协商解除“{title}”的合同，您同意后即终止；不同意则继续履行。",
         "The other side proposes to end the agreement on “{title}”: agree and it ends, else it goes on.") if ground == Ground.AGREED else
        ("对方通知解除“{title}”的合同，通知期满即终止；有异议可申请调解。",
         "The other side gave notice to end the agreement on “{title}”; it ends when the notice is over. You may ask for mediation.")), at)
    return deed


@operation("trading.agreement.take_back")
@covers("F4")
def take_back_notice(*, agreement: Agreement, actor: Actor, clock: Clock) -> Agreement:
    """This will take a notice back; only who gave it can, until it is over."""
    deed = lock_agreement(agreement)
    at = clock.now()
    require(actor, "trading.agreement.give_notice", subject=deed, at=at)
    side = deed.side_of(actor.organization_id)
    assert side is not None, "a party has its side"
    if deed.status == AgreementStatus.TERMINATING and deed.notice_by != side:
        raise Rejected("trading.agreement.not_yours", agreement=deed.code)
    move_agreement(deed, "take_back")
    _back_in_force(deed, "taken_back", actor, at)
    _tell(deed, _other(deed, side), "info", ("对方撤回了解除“{title}”合同的通知，合同继续履行。",
                                                   "The other side took back its notice on “{title}”: the agreement goes on."), at)
    return deed


@operation("trading.agreement.agree_to_end")
@covers("F4")
def agree_to_end(*, agreement: Agreement, actor: Actor, clock: Clock) -> Agreement:
    """This will agree to the other side's proposal: the agreement ends at once."""
    deed = lock_agreement(agreement)
    at = clock.now()
    require(actor, "trading.agreement.give_notice", subject=deed, at=at)
    own = deed.notice_by == deed.side_of(actor.organization_id)
    if deed.status == AgreementStatus.TERMINATING and (own or deed.ground != Ground.AGREED):
        raise Rejected("trading.agreement.nothing_to_agree", agreement=deed.code)
    move_agreement(deed, "agree")
    return _end(deed, "agreed", actor, at)


@operation("trading.agreement.run_out")
@covers("F4", "F3")
def run_out_notice(*, agreement: Agreement, actor: Actor, clock: Clock) -> Agreement:
    """This will act when a notice is over: the agreement ends; a proposal nobody agreed to lapses, and the agreement goes on."""
    deed = lock_agreement(agreement)
    at = clock.now()
    require(actor, "trading.agreement.run", at=at)
    if deed.status != AgreementStatus.TERMINATING or deed.due_at is None or at < deed.due_at:
        unchanged(at=at)
        return deed
    if deed.ground == Ground.AGREED:
        move_agreement(deed, "lapse")
        _back_in_force(deed, "notice_lapsed", actor, at)
        return deed
    move_agreement(deed, "end")
    return _end(deed, "notice", actor, at)


@operation("trading.agreement.expire")
@covers("F3", "F6")
def expire_agreement(*, agreement: Agreement, actor: Actor, clock: Clock) -> Agreement:
    """This will end an agreement whose term is over."""
    deed = lock_agreement(agreement)
    at = clock.now()
    require(actor, "trading.agreement.run", at=at)
    if deed.status not in _RUNNING or deed.term_to is None or at < deed.term_to:
        unchanged(at=at)
        return deed
    move_agreement(deed, "expire")
    return _end(deed, "term", actor, at)


@operation("trading.agreement.halt")
@covers("F3")
def halt_agreement(*, agreement: Agreement, act: str, reason: str, actor: Actor, clock: Clock) -> Agreement:
    """This will suspend, resume or rescind an agreement by order of the regulator, with a reason both sides read."""
    deed = lock_agreement(agreement)
    at = clock.now()
    require(actor, "trading.agreement.halt", subject=deed, at=at)
    if act not in ("suspend", "resume", "rescind"):
        raise Rejected("trading.agreement.ground", agreement=deed.code)
    kept = _reason(reason, deed)
    move_agreement(deed, act)
    deed.reason = kept
    if act == "rescind":
        deed.save(update_fields=["reason"])
        return _end(deed, "rescission", actor, at)
    deed.due_at = after("agreement.review", at) if act == "suspend" else None
    deed.save(update_fields=["status", "reason", "due_at"])
    note_agreement(deed, "suspended" if act == "suspend" else "resumed", actor=actor, at=at, reason_sha256=_sha256(kept))
    tell_both(deed, "bad" if act == "suspend" else "ok", (
        ("监管中止了“{title}”的合同，期间不得取用。", "The regulator suspended the agreement on “{title}”: nothing is fetched meanwhile.")
        if act == "suspend" else ("“{title}”的合同恢复履行。", "The agreement on “{title}” is in force again.")), at)
    return deed


@operation("trading.agreement.escalate")
@covers("F3")
def escalate_suspension(*, agreement: Agreement, actor: Actor, clock: Clock) -> Agreement:
    """This will ask again about a suspension that stood for sixty days: the state stays, both are told, a new date runs."""
    deed = lock_agreement(agreement)
    at = clock.now()
    require(actor, "trading.agreement.run", at=at)
    if deed.status != AgreementStatus.SUSPENDED or deed.due_at is None or at < deed.due_at:
        unchanged(at=at)
        return deed
    deed.due_at = after("agreement.review", at)
    deed.save(update_fields=["due_at"])
    note_agreement(deed, "escalated", actor=actor, at=at)
    tell_both(deed, "held", ("“{title}”的合同中止已满六十天，已报请监管复核。",
                              "The agreement on “{title}” has been suspended for sixty days: the regulator is asked to decide again."), at)
    return deed


@covers("F3")
def end_with_the_trade(trade: Trade, *, actor: Actor, at: datetime) -> None:
    """This will end the agreement of a trade that fell away; part of the act that ended the trade, whose caller holds it."""
    found = Agreement.objects.filter(trade=trade).first()
    if found is None or found.status in (AgreementStatus.ENDED, AgreementStatus.LAPSED):
        return
    deed = lock_agreement(found)
    if deed.status == AgreementStatus.DRAFTED:
        move_agreement(deed, "lapse")
        _close(deed, at)
        note_agreement(deed, "lapsed", actor=actor, at=at)
        return
    move_agreement(deed, "rescind")
    _close(deed, at, "rescission")
    note_agreement(deed, "ended", actor=actor, at=at, cause="rescission")


def _end(deed: Agreement, cause: str, actor: Actor, at: datetime) -> Agreement:
    _close(deed, at, cause)
    note_agreement(deed, "ended", actor=actor, at=at, cause=cause, side=deed.notice_by)
    tell_both(deed, "info" if cause == "term" else "bad", ("“{title}”的合同已终止，交付与使用随之停止。",
                                                            "The agreement on “{title}” is over: delivery and use stop."), at)
    return deed


def _close(deed: Agreement, at: datetime, cause: str = "") -> None:
    deed.ended_at, deed.due_at, deed.cause = at, None, cause
    deed.save(update_fields=["status", "ended_at", "due_at", "cause"])


def _back_in_force(deed: Agreement, word: str, actor: Actor, at: datetime) -> None:
    side, cause = deed.notice_by, deed.ground
    deed.due_at, deed.ground, deed.notice_by, deed.notice_at, deed.reason = None, "", "", None, ""
    deed.save(update_fields=["status", "due_at", "ground", "notice_by", "notice_at", "reason"])
    note_agreement(deed, word, actor=actor, at=at, side=side, cause=cause)


def _other(deed: Agreement, side: Side) -> Side:
    return Side.BUYER if side == Side.SELLER else Side.SELLER


def _note(deed: Agreement, side: Side, tone: str, text: tuple[str, str]) -> Note:
    zh, en = deed.trade.titles
    party = deed.trade.seller if side == Side.SELLER else deed.trade.buyer
    return Note(party, f"trading.agreement.{deed.status}", (text[0].format(title=zh), text[1].format(title=en)), tone, deed.code,
                f"/desk/agreements/{deed.code}/", deed.due_at)


def _tell(deed: Agreement, side: Side, tone: str, text: tuple[str, str], at: datetime) -> None:
    notify_all([_note(deed, side, tone, text)], at=at)


def tell_both(deed: Agreement, tone: str, text: tuple[str, str], at: datetime) -> None:
    notify_all([_note(deed, side, tone, text) for side in (Side.SELLER, Side.BUYER)], at=at)
