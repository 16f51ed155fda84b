"""Closing the meters 计次结算: at the end of a metered period its uses are counted, the charge stays for settlement, the rest goes back.

The buyer's cap stands in the trade's own escrow from the order on, so a period can never come to more than was set aside. A use is what
delivery has on record as one: a fetch that was served, a computation that was answered. Uses in flight are waited for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from delivery.models import Delivery, PartClaim
from delivery.queries import asked_of_rooms, awaiting_settlement, counted_uses
from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import yuan
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.operations import Leg
from ledger.queries import balance
from listings.plans import Line, Plan, charge, lines_of, plan_in
from participants.charges import Payer
from participants.notices import Note, notify_all
from participants.permissions import require
from settlement.bartering import both_accepted
from settlement.events import MeterClosed
from settlement.models import Meter, Reduction
from trading.locks import lock_trade
from trading.models import Trade
from trading.queries import charges_of
from trading.states import AgreementStatus, TradeStatus

__all__ = ["Bill", "bill_of", "charged_price", "close_meter", "open_meters", "plan_of", "settleable"]

#: Of a trade: its licensed version counts uses.
_METERED = Q(trade__version__use_terms__plan__bands__isnull=False)


def plan_of(trade: Trade) -> Plan | None:
    """This will return the plan a trade froze, if it was priced by the period."""
    return plan_in((trade.agreement.get("object") or {}).get("use_terms") or {})


def settleable() -> QuerySet[Delivery]:
    """This will list accepted deliveries whose price is known: metered once its meter is closed, a part once its rest is back,
    the two of a barter once both are accepted."""
    whole = ~Exists(PartClaim.objects.filter(delivery=OuterRef("pk"), outcome="agreed")) | Q(trade__reduction__isnull=False)
    return awaiting_settlement().filter(~_METERED | Q(trade__meter__isnull=False)).filter(whole).filter(both_accepted())


def charged_price(trade: Trade) -> int:
    """This will return what a trade settles at: its price, what its meter came to, or what a part of it costs."""
    meter: Meter | None = getattr(trade, "meter", None)
    part: Reduction | None = getattr(trade, "reduction", None)
    return part.due_fen if part is not None else trade.price_fen if meter is None else meter.charge_fen


def open_meters(at: datetime) -> QuerySet[Trade]:
    """This will list paid metered trades whose period is over and whose meter is not closed."""
    over = Q(deed__term_to__lte=at) | Q(deed__status__in=[AgreementStatus.ENDED, AgreementStatus.LAPSED])
    rows = Trade.objects.filter(over, version__use_terms__plan__bands__isnull=False, state__status=TradeStatus.FUNDED, meter__isnull=True)
    return rows.exclude(pk__in=asked_of_rooms().values("delivery__trade")).select_related("seller", "buyer", "version").order_by("id")


@operation("settlement.meter.close")
@covers("CAP-E1", "R45")
def close_meter(*, trade: Trade, actor: Actor, clock: Clock) -> Meter | None:
    """This will count a period's uses, keep their charge in escrow for settlement and give the rest back; once, however often called."""
    state = lock_trade(trade)
    at = clock.now()
    require(actor, "settlement.meter.close", at=at)
    known, plan = Meter.objects.filter(trade=trade).first(), plan_of(trade)
    if known is not None or plan is None or not plan.metered or state.status != TradeStatus.FUNDED:
        unchanged(at=at)
        return known
    uses, charges = counted_uses(trade), charges_of(trade)
    due = charge(plan, uses, trade.price_fen)
    kept = due + charges.total(due, Payer.BUYER)
    back = trade.price_fen + charges.total(trade.price_fen, Payer.BUYER) - kept
    escrow, buyer = ledger.accounts((trade.code, AccountKind.ESCROW), (trade.buyer.code, AccountKind.AVAILABLE))
    ledger.lock([escrow, buyer])
    if balance(escrow).available_fen < back:  # a dispute holds the money: the meter closes after it
        unchanged(at=at)
        return None
    moved = ledger.transfer(kind="meter_return", legs=[Leg(escrow, -back), Leg(buyer, back)], subject=trade.code, at=at) if back else None
    made = Meter.objects.create(code=new_code("MTR"), trade=trade, uses=uses, cap_fen=trade.price_fen, charge_fen=due, returned_fen=back,
                                transfer=moved.id if moved else None, transfer_hash=moved.hash if moved else "", at=at)
    record(MeterClosed(subject=made.code, trade=trade.code, uses=uses, cap_fen=trade.price_fen, charge_fen=due, returned_fen=back,
                       transfers=[{"id": str(moved.id), "hash": moved.hash}] if moved else []), actor=actor, at=at)
    _tell(made, at)
    return made


def _tell(made: Meter, at: datetime) -> None:
    trade = made.trade
    (zh, en), kind, page = trade.titles, "settlement.meter.closed", f"/desk/trades/{trade.code}/"
    due, back = yuan(made.charge_fen), yuan(made.returned_fen)
    notify_all([
        Note(trade.buyer, kind, (f"“{zh}”本期调用 {made.uses} 次，应付 {due}，退回 {back}。",
                                 f"“{en}”: {made.uses} calls in the period, {due} due, {back} returned."), "ok", trade.code, page),
        Note(trade.seller, kind, (f"“{zh}”本期调用 {made.uses} 次，结算 {due}。",
                                  f"“{en}”: {made.uses} calls in the period, {due} to be settled."), "info", trade.code, page)], at=at)


@dataclass(frozen=True)
class Bill:
    """What a metered period comes to, line by line."""

    plan: Plan
    uses: int
    lines: list[Line]
    due_fen: int


def bill_of(trade: Trade) -> Bill | None:
    """This will return a metered trade's bill: closed, or as it stands now."""
    plan = plan_of(trade)
    if plan is None or not plan.metered:
        return None
    meter: Meter | None = getattr(trade, "meter", None)
    uses = meter.uses if meter else counted_uses(trade, lock=False)
    return Bill(plan, uses, lines_of(plan, uses, trade.price_fen), charge(plan, uses, trade.price_fen))
