"""The two trades of a barter in settlement 互换的清算: settled together, closed at nothing, or unwound together (R12).

Nothing of a declared value is money, so nothing of it may reach a party's account: what is the giver's own goes back to the set-off, and
a refund goes back there too. Once both are settled the set-off is at nothing, save a difference that was paid, which goes to its party.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from delivery.models import Delivery
from delivery.states import DeliveryStatus
from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import yuan
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.operations import Leg, TransferRef
from ledger.queries import balance
from participants.models import Organization
from participants.notices import Note, notify_all
from participants.permissions import require
from settlement.events import TradeRefunded
from settlement.models import Refund, Settlement, Share
from settlement.states import SettlementStatus
from trading.barter_events import BarterSettled, BarterUnwound
from trading.locks import lock_barter, lock_trade
from trading.models import Barter, BarterLeg, Basis, Trade
from trading.operations import end_barter, unwind_trade
from trading.states import BarterStatus

__all__ = ["both_accepted", "closable", "close_barter", "paired", "set_off_of", "unwind_barter", "whole_pairs"]


def both_accepted() -> Q:
    """This will select deliveries whose trade is no leg of a barter, or whose other leg is accepted too."""
    mate = Delivery.objects.filter(trade__barter_leg__barter=OuterRef("trade__barter_leg__barter"), status=DeliveryStatus.ACCEPTED)
    return Q(trade__barter_leg__isnull=True) | Q(Exists(mate.exclude(trade=OuterRef("trade"))))


@covers("R12", "G7")
def whole_pairs(ids: Sequence[int]) -> list[int]:
    """This will leave out of a cycle whatever would be settled without the other trade of its barter."""
    counted = Settlement.objects.filter(pk__in=ids).exclude(pair="").values_list("pair").annotate(n=Count("pk"))
    alone = [pair for pair, n in counted if n == 1]
    done = set(Settlement.objects.filter(pair__in=alone, status=SettlementStatus.SETTLED).values_list("pair", flat=True))
    left = set(Settlement.objects.filter(pk__in=ids, pair__in=[one for one in alone if one not in done]).values_list("pk", flat=True))
    return [one for one in ids if one not in left]


def set_off_of(settled: QuerySet[Settlement]) -> int:
    """This will add up what of settled prices went back to the set-off: of a barter's trades, the giver's own share."""
    own = Share.objects.filter(settlement__in=settled.exclude(pair=""), organization=F("settlement__seller"))
    return int(own.aggregate(fen=Sum("amount_fen"))["fen"] or 0)


def closable() -> QuerySet[Barter]:
    """This will list agreed barters both of whose trades are settled."""
    unsettled = BarterLeg.objects.filter(barter=OuterRef("pk")).exclude(trade__settlement__status=SettlementStatus.SETTLED)
    return Barter.objects.filter(status=BarterStatus.AGREED).exclude(Exists(unsettled)).order_by("pk")


@operation("settlement.barter.close")
@covers("R12", "I7")
def close_barter(*, barter: Barter, actor: Actor, clock: Clock) -> Barter:
    """This will end a barter once both its trades are settled: a paid difference goes to its party, and the set-off is at nothing."""
    one = lock_barter(barter)
    at = clock.now()
    require(actor, "settlement.barter.close", at=at)
    if not closable().filter(pk=one.pk).exists():
        unchanged(at=at)
        return one
    legs = {leg.side: leg for leg in one.legs.all()}
    paid = next((leg for leg in legs.values() if leg.difference_fen), None)
    to = None if paid is None else one.partner if paid.side == "proposer" else one.proposer
    done = _pay_difference(one, to, paid.difference_fen, at) if paid is not None and to is not None else None
    left = balance(ledger.account(one.code, AccountKind.SET_OFF)).posted_fen
    assert left == 0, f"the set-off of {one.code} keeps {left} fen"
    end_barter(one, "settle", at=at)
    record(BarterSettled(subject=one.code, paid_to=to.code if to else "", difference_fen=paid.difference_fen if paid else 0,
                         transfer_hash=done.hash if done else ""), actor=actor, at=at)
    text = ("互换的两项许可都已验收并结清。", "Both licences of the barter are accepted and settled.")
    notify_all([Note(party, "settlement.barter.closed", text, "ok", one.code, f"/desk/barters/{one.code}/")
                for party in (one.proposer, one.partner)], at=at)
    return one


def _pay_difference(one: Barter, to: Organization, fen: int, at: datetime) -> TransferRef:
    set_off, target = ledger.accounts((one.code, AccountKind.SET_OFF), (to.code, AccountKind.AVAILABLE))
    ledger.lock([set_off, target])
    return ledger.transfer(kind="barter_difference", legs=[Leg(set_off, -fen), Leg(target, fen)], subject=one.code, at=at)


@operation("settlement.barter.unwind")
@covers("R12", "I8", "CAP-E4")
def unwind_barter(*, trade: Trade, cause: str, actor: Actor, clock: Clock) -> Refund | None:
    """This will undo both trades of a barter because one fell before both were accepted: money goes back to whoever paid it.

    Where a dispute holds money of either trade it waits (None). Once is enough, whichever of the two fell.
    """
    one = lock_barter(BarterLeg.objects.select_related("barter").get(trade=trade).barter)
    at = clock.now()
    require(actor, "settlement.refund.post", at=at)
    known = Refund.objects.filter(trade=trade).first()
    legs = list(one.legs.select_related("trade__seller", "trade__buyer", "trade__version").order_by("trade_id"))
    taken = Settlement.objects.filter(trade__in=[leg.trade_id for leg in legs]).exclude(status=SettlementStatus.RETURNED).exists()
    if known is not None or one.status != BarterStatus.AGREED or taken:
        unchanged(at=at)
        return known
    for leg in legs:
        lock_trade(leg.trade)
    moved = _back(one, legs, at)
    if moved is None:
        unchanged(at=at)
        return None
    made = {leg.trade_id: _refund(leg, cause, moved, actor, clock, at) for leg in legs}
    end_barter(one, "unwind", cause=cause, at=at)
    record(BarterUnwound(subject=one.code, fallen=trade.code, cause=cause[:60], transfer_hash=moved.hash), actor=actor, at=at)
    _tell(one, trade, at)
    return made[trade.pk]


def _back(one: Barter, legs: Sequence[BarterLeg], at: datetime) -> TransferRef | None:
    """The transfer of the agreement the other way round; None where an escrow is held by a dispute."""
    wanted = {("set_off", 0): (one.code, str(AccountKind.SET_OFF))}
    for leg in legs:
        wanted[("escrow", leg.pk)] = (leg.trade.code, AccountKind.ESCROW)
        wanted[("giver", leg.pk)] = (leg.trade.seller.code, AccountKind.AVAILABLE)
        wanted[("buyer", leg.pk)] = (leg.trade.buyer.code, AccountKind.AVAILABLE)
    accounts = dict(zip(wanted, ledger.accounts(*wanted.values()), strict=True))
    ledger.lock(accounts.values())
    if any(balance(accounts["escrow", leg.pk]).available_fen < leg.value_fen + leg.buyer_fee_fen for leg in legs):
        return None
    moves: dict[int, int] = {}
    for leg in legs:
        paid = leg.money_fen + leg.difference_fen
        for name, fen in ((("escrow", leg.pk), -(leg.value_fen + leg.buyer_fee_fen)), (("buyer", leg.pk), leg.buyer_fee_fen),
                          (("giver", leg.pk), paid), (("set_off", 0), leg.value_fen - paid)):
            moves[accounts[name].pk] = moves.get(accounts[name].pk, 0) + fen
    by_key = {account.pk: account for account in accounts.values()}
    return ledger.transfer(kind="barter_return", legs=[Leg(by_key[key], fen) for key, fen in moves.items() if fen], subject=one.code, at=at)


def _refund(leg: BarterLeg, cause: str, moved: TransferRef, actor: Actor, clock: Clock, at: datetime) -> Refund:
    trade, amount = leg.trade, leg.value_fen + leg.buyer_fee_fen
    made = Refund.objects.create(code=new_code("RFD"), trade=trade, amount_fen=amount, cause=cause[:60], transfer=moved.id,
                                 transfer_hash=moved.hash, at=at)
    unwind_trade(trade=trade, cause=cause[:60], actor=actor, clock=clock)
    record(TradeRefunded(subject=made.code, trade=trade.code, amount_fen=amount, cause=made.cause,
                         transfers=[{"id": str(moved.id), "hash": moved.hash}]), actor=actor, at=at)
    return made


def _tell(one: Barter, fallen: Trade, at: datetime) -> None:
    zh, en = fallen.titles
    notes = []
    for leg in one.legs.select_related("trade__seller"):
        back = leg.money_fen + leg.difference_fen + sum(each.buyer_fee_fen for each in one.legs.all() if each.side != leg.side)
        notes.append(Note(leg.trade.seller, "settlement.barter.unwound", (
            f"“{zh}”未成，互换的两笔成交一同退回；您已付的 {yuan(back)} 回到账户，停止使用并删除已收到的数据。",
            f"“{en}” fell through, so both trades of the barter go back: {yuan(back)} you paid are in your account; stop using what you "
            "received and delete it."), "bad", one.code, f"/desk/barters/{one.code}/"))
    notify_all(notes, at=at)


def paired(trade: Trade) -> str:
    """This will name the barter that a trade is a leg of; '' of any other trade."""
    if trade.basis != Basis.BARTER:
        return ""
    return BarterLeg.objects.values_list("barter__code", flat=True).get(trade=trade)
