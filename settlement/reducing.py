"""Paying for a part 部分验收减价 (F11): what the part does not cost goes back out of the trade's own escrow, the rest waits for its cycle.

It goes back once, before the price is divided; what is kept, what is returned and the fees on both are the same fen that were paid in.
"""

from __future__ import annotations

from django.db.models import QuerySet

from delivery.models import PartClaim
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import yuan
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.operations import Leg
from ledger.queries import balance
from participants.charges import Payer
from participants.notices import Note, notify_all
from participants.permissions import require
from settlement.events import PriceReduced
from settlement.models import Reduction, Settlement
from trading.locks import lock_trade
from trading.queries import charges_of
from trading.states import TradeStatus

__all__ = ["open_reductions", "reduce_price"]


def open_reductions() -> QuerySet[PartClaim]:
    """This will list the parts agreed to whose rest has not gone back."""
    rows = PartClaim.objects.filter(outcome="agreed", delivery__trade__reduction__isnull=True,
                                    delivery__trade__state__status=TradeStatus.FUNDED)
    return rows.select_related("delivery__trade").order_by("id")


@covers("F11", "I8")
@operation("settlement.reduction.post")
def reduce_price(*, claim: PartClaim, actor: Actor = SYSTEM, clock: Clock) -> Reduction | None:
    """This will give back what a part does not cost; once, however often called, and never after its settlement is fixed."""
    trade = claim.delivery.trade
    state = lock_trade(trade)
    at = clock.now()
    require(actor, "settlement.reduction.post", at=at)
    known = Reduction.objects.filter(trade=trade).first()
    fixed = Settlement.objects.filter(trade=trade).exists()
    if known is not None or fixed or claim.outcome != "agreed" or state.status != TradeStatus.FUNDED:
        unchanged(at=at)
        return known
    charges = charges_of(trade)
    paid, kept = (fen + charges.total(fen, Payer.BUYER) for fen in (trade.price_fen, claim.due_fen))
    back = paid - kept
    escrow, buyer = ledger.accounts((trade.code, AccountKind.ESCROW), (trade.buyer.code, AccountKind.AVAILABLE))
    ledger.lock([escrow, buyer])
    if balance(escrow).available_fen < back:  # something holds the money: the reduction follows when it is free
        unchanged(at=at)
        return None
    moved = ledger.transfer(kind="part_return", legs=[Leg(escrow, -back), Leg(buyer, back)], subject=trade.code, at=at) if back else None
    made = Reduction.objects.create(code=new_code("RDN"), trade=trade, price_fen=trade.price_fen, due_fen=claim.due_fen, returned_fen=back,
                                    transfer=moved.id if moved else None, transfer_hash=moved.hash if moved else "", at=at)
    record(PriceReduced(subject=made.code, trade=trade.code, price_fen=made.price_fen, due_fen=made.due_fen, returned_fen=back,
                        transfers=[{"id": str(moved.id), "hash": moved.hash}] if moved else []), actor=actor, at=at)
    (zh, en), page = trade.titles, f"/desk/trades/{trade.code}/"
    due, returned = yuan(made.due_fen), yuan(back)
    notify_all([
        Note(trade.buyer, "settlement.reduction.posted", (f"“{zh}”部分验收：{returned} 已退回您的账户，{due} 进入清算。",
                                                          f"“{en}”: {returned} is back in your account, {due} goes to settlement."),
             "ok", trade.code, page),
        Note(trade.seller, "settlement.reduction.posted", (f"“{zh}”部分验收：按 {due} 结算。", f"“{en}”: settled at {due}."),
             "info", trade.code, page)], at=at)
    return made
