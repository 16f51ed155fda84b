"""Giving back what cannot be settled 挂起退回 (G6, G7, I8, I18): the price of a dead letter goes back to its buyer by two persons.

What is set aside is mended and retried where it can be (``dead_letters``, ``uncollected``). Where it cannot, one person of the venue
says why and another confirms: the whole escrow goes back to whoever paid, the trade is unwound, its licence ends, the case closes. Of a
barter both trades go back or neither. Nothing of it reaches the venue, and nothing is given back that a dispute holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from compliance.cases import moot_case, open_case
from compliance.models import Case, CaseKind
from compliance.states import CaseStatus
from delivery.models import Delivery
from delivery.revoking import end_keys, revoke_grants
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.money import yuan
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.queries import balance
from participants.approvals import ask_approval, decide_approval
from participants.models import Approval, ApprovalStatus
from participants.notices import notify
from participants.permissions import require
from settlement.events import SettlementReturned, TradeReturned
from settlement.models import Refund, Settlement, SettlementCycle, Uncollected
from settlement.operations import refund_trade
from settlement.states import SETTLEMENT, CycleStatus, SettlementStatus
from trading.locks import lock_trade
from trading.models import BarterLeg, Trade

__all__ = ["CAUSE", "CONFIRM", "RETURN", "ask_return", "asked_returns", "decide_return"]

RETURN, CONFIRM = "settlement.dead_letter.return", "settlement.dead_letter.confirm"
#: What a refund of this kind gives as its cause.
CAUSE = "settlement.dead_letter.returned"


@dataclass(frozen=True)
class _Dead:
    """What is set aside of a trade, locked: every trade that goes back with it, its settlements, what could not be taken up."""

    trade: Trade
    trades: list[Trade]
    settlements: list[Settlement]
    untaken: list[Uncollected]
    cycles: dict[int, SettlementCycle]


def asked_returns(codes: list[str]) -> dict[str, Approval]:
    """This will return the questions to a second person that are open about these trades."""
    rows = Approval.objects.filter(act=RETURN, status=ApprovalStatus.PENDING, subject__in=codes)
    return {one.subject: one for one in rows}


@covers("G6", "G7", "I8", "I18", "T30")
@operation("settlement.dead_letter.ask")
def ask_return(*, trade: Trade, reason: str, actor: Actor, clock: Clock) -> Approval:
    """This will say why the price of what is set aside cannot be settled and goes back; another person of the venue is asked."""
    dead = _locked(trade)
    at = clock.now()
    require(actor, RETURN, at=at)
    _refuse_unless_parked(dead)
    if not 4 <= len(reason.strip()) <= 400:
        raise Rejected("settlement.dead_letter.unreasoned", errors=[FieldFault("text", "length", ("4 至 400 字", "4 to 400 characters"))])
    asked = {}
    for one in dead.trades:
        said = {"amount_fen": _escrowed(one), "reason": reason.strip(), "trade": one.code}
        asked[one.code] = ask_approval(act=RETURN, subject=one.code, payload=said, checker=CONFIRM, actor=actor, at=at)
    return asked[trade.code]


@covers("G6", "G7", "I8", "I18", "T30", "T42")
@operation("settlement.dead_letter.return")
def decide_return(*, trade: Trade, approve: bool, reason: str = "", actor: Actor, clock: Clock) -> Refund | None:
    """This will give the escrow back to the buyer by the second person's yes and unwind the trade; a no leaves it set aside (None)."""
    dead = _locked(trade)
    at = clock.now()
    require(actor, CONFIRM, at=at)
    asked = asked_returns([one.code for one in dead.trades])
    if len(asked) < len(dead.trades):
        raise Rejected("settlement.dead_letter.not_asked", subject=trade.code)
    if not approve and not 1 <= len(reason.strip()) <= 400:
        raise Rejected("settlement.dead_letter.unreasoned", errors=[FieldFault("text", "length", ("必填", "Required"))])
    for question in asked.values():
        decide_approval(approval=question, approve=approve, reason=reason.strip(), actor=actor, at=at)
    return _give_back(dead, asked, actor=actor, at=at, clock=clock) if approve else None


def _give_back(dead: _Dead, asked: dict[str, Approval], *, actor: Actor, at: datetime, clock: Clock) -> Refund:
    _refuse_unless_parked(dead)
    if any(asked[one.code].payload["amount_fen"] != _escrowed(one) for one in dead.trades):
        raise Rejected("settlement.dead_letter.changed", subject=dead.trade.code)
    for line in dead.settlements:
        _set_down(line, dead.cycles.get(line.cycle_id or 0), actor=actor, at=at)
    made = refund_trade(trade=dead.trade, cause=CAUSE, actor=SYSTEM, clock=clock)
    if made is None:
        raise Rejected("settlement.dead_letter.changed", subject=dead.trade.code)
    for row in dead.untaken:
        row.parked_at, row.due_at = None, None
        row.save(update_fields=["parked_at", "due_at"])
        record(TradeReturned(subject=row.subject, tries=row.tries), actor=actor, at=at)
    for one in dead.trades:
        _end_licence(one, at)
        _end_case(one, str(asked[one.code].payload["reason"]), dead, actor=actor, clock=clock)
    return made


def _locked(trade: Trade) -> _Dead:
    """Cycles, then settlements, then trades, as posting takes them; of a barter both, by their keys."""
    trades = list(Trade.objects.filter(pk__in=_together(trade)).select_related("seller", "buyer", "venue", "version").order_by("pk"))
    keys = [one.pk for one in trades]
    cycles = SettlementCycle.objects.select_for_update(of=("self",), no_key=True).filter(
        pk__in=Settlement.objects.filter(trade__in=keys, cycle__isnull=False).values("cycle")).order_by("pk")
    held = {one.pk: one for one in cycles}
    settlements = list(Settlement.objects.select_for_update(of=("self",), no_key=True).filter(trade__in=keys).order_by("pk"))
    for one in trades:
        lock_trade(one)
    untaken = list(Uncollected.objects.select_for_update(of=("self",), no_key=True).filter(trade__in=keys).order_by("pk"))
    return _Dead(trade, trades, settlements, untaken, held)


def _together(trade: Trade) -> list[int]:
    leg = BarterLeg.objects.filter(trade=trade).first()
    return [trade.pk] if leg is None else list(BarterLeg.objects.filter(barter=leg.barter_id).values_list("trade", flat=True))


def _refuse_unless_parked(dead: _Dead) -> None:
    """The trade itself is set aside, and of what goes back with it nothing is settled or on its way to be."""
    parked = {one.trade_id for one in dead.settlements if one.status == SettlementStatus.PARKED}
    parked |= {one.trade_id for one in dead.untaken if one.parked_at is not None}
    gone = any(one.status in (SettlementStatus.SETTLED, SettlementStatus.RETURNED) for one in dead.settlements)
    if dead.trade.pk not in parked or gone:
        raise Rejected("settlement.dead_letter.not_parked", subject=dead.trade.code)
    if any(one.cycle_id is not None and one.cycle_id not in dead.cycles for one in dead.settlements):
        raise Rejected("settlement.dead_letter.changed", subject=dead.trade.code)


def _escrowed(trade: Trade) -> int:
    """All that stands in the trade's escrow; refused where a dispute holds a part of it, or where there is nothing."""
    funds = balance(ledger.account(trade.code, AccountKind.ESCROW))
    if funds.available_fen != funds.posted_fen:
        raise Rejected("settlement.dead_letter.disputed", subject=trade.code)
    if funds.posted_fen <= 0:
        raise Rejected("settlement.dead_letter.nothing", subject=trade.code)
    return funds.posted_fen


def _set_down(one: Settlement, held: SettlementCycle | None, *, actor: Actor, at: datetime) -> None:
    """A settlement leaves its cycle as returned; nobody waits for it any more."""
    was = SettlementStatus(one.status)
    one.status = advance(SETTLEMENT, was, "return", subject=one.code, code="settlement.settlement.illegal_move")
    one.cycle, one.due_at = None, None
    one.save(update_fields=["status", "cycle", "due_at"])
    if held is not None:
        held.lines -= 1
        if held.status != CycleStatus.FROZEN and was == SettlementStatus.PARKED:  # a frozen one counts what is parked when it is posted
            held.parked -= 1
        held.save(update_fields=["lines", "parked"])
    record(SettlementReturned(subject=one.code, trade=one.subject, price_fen=one.price_fen), actor=actor, at=at)


def _end_licence(trade: Trade, at: datetime) -> None:
    for delivery in Delivery.objects.filter(trade=trade):
        revoke_grants(delivery, cause=CAUSE, actor=SYSTEM, at=at)
        end_keys(delivery, cause=CAUSE, actor=SYSTEM, at=at)
    zh, en = trade.titles
    notify(organization=trade.seller, kind=CAUSE, tone="bad", subject=trade.code, at=at,
           href=f"/desk/trades/{trade.code}/",
           text=(f"“{zh}”的成交无法结算，经场所两人复核，托管款已退回买方，许可随之终止。如有异议可投诉。",
                 f"The trade of “{en}” cannot be settled. Two persons of the venue have sent the escrow back to the buyer, and the "
                 "licence ends with it. If you disagree, you can complain."))


def _end_case(trade: Trade, reason: str, dead: _Dead, *, actor: Actor, clock: Clock) -> None:
    """The first person's words stand in the case; where its desk has closed it already, one more says them."""
    codes = [trade.code, *(one.code for one in dead.settlements if one.trade_id == trade.pk)]
    case = Case.objects.filter(kind=CaseKind.SETTLEMENT, subject_code__in=codes).exclude(status=CaseStatus.CLOSED).order_by("pk").first()
    if case is None:
        case = open_case(kind=CaseKind.SETTLEMENT, subject_kind="trade", subject_code=trade.code, organization=trade.seller, actor=SYSTEM,
                         title=(f"{trade.code} 退回 {yuan(_refunded(trade))}", f"{trade.code}: {yuan(_refunded(trade))} went back"),
                         clock=clock)
    moot_case(case=case, text=reason, actor=actor, clock=clock)


def _refunded(trade: Trade) -> int:
    return Refund.objects.get(trade=trade).amount_fen
