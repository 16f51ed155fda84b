"""Refunds of what is settled already 结算后退款 (G6, T13): asked by the buyer, decided by the seller or the venue, mirrored line by line.

A refund takes from each line of the split what its part of the price is: charges, levy, every share, largest remainder to the fen over
what each line has left, so that part refunds together never take more than a line got, and a full one undoes the split exactly. Whoever
is short of money owes his own line and holds up nobody else's.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Sum

from compliance.cases import open_case
from compliance.models import CaseKind
from delivery.models import Delivery
from delivery.revoking import revoke_grants
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import split, yuan
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.models import Account
from ledger.operations import Leg
from ledger.queries import balance
from participants.notices import notify
from participants.permissions import require
from participants.queries import venue_organization
from participants.timers import after
from settlement.bank_events import refund_moved
from settlement.models import RefundLine, RefundRequest, Settlement, Share
from settlement.states import REFUND_REQUEST, RefundStatus, SettlementStatus
from trading.operations import unwind_trade

__all__ = ["CHARGES", "LEVY", "TAX", "decide_refund", "lines_paid", "mirrored", "paid_for", "post_refund", "refund_left", "request_refund",
           "watch_refund", "withdraw_refund"]

#: Numbers of the lines that are no party's share.
CHARGES, LEVY, TAX = 0, -1, -2
_COUNTING = [RefundStatus.REQUESTED, RefundStatus.APPROVED, RefundStatus.POSTED]


def _locked(settlement: Settlement) -> Settlement:
    return Settlement.objects.select_for_update(of=("self",), no_key=True).select_related("seller", "buyer", "trade__venue",
                                                                             "holdback").get(pk=settlement.pk)


def paid_for(one: Settlement) -> int:
    """This will return what the buyer paid: the price and his charges beside it."""
    return one.price_fen + one.buyer_fee_fen


def _taken(one: Settlement) -> int:
    rows = RefundRequest.objects.filter(settlement=one, status__in=_COUNTING)
    return int(rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0)


def refund_left(one: Settlement) -> int:
    """This will return what could still be asked back; of a barter nothing, its value was set off."""
    return 0 if one.pair else paid_for(one) - _taken(one)


def lines_paid(one: Settlement) -> dict[int, int]:
    """This will return what each line of the split got: it sums to what the buyer paid."""
    shares = dict(Share.objects.filter(settlement=one).values_list("number", "amount_fen"))
    fees = one.seller_fee_fen + one.buyer_fee_fen - one.fee_tax_fen
    return {CHARGES: fees, LEVY: one.levy_fen, TAX: one.fee_tax_fen, **shares}


@covers("G6", "M22")
def mirrored(amount_fen: int, left: dict[int, int]) -> dict[int, int]:
    """This will divide a refund over what each line has left; nobody gives more than he has left, and all of it is all of them."""
    parts = split(amount_fen, {f"{number:+04d}": fen for number, fen in left.items()})
    return {int(key): fen for key, fen in parts.items()}


def _told(held: RefundRequest, act: str, *, actor: Actor, at: datetime, hashes: tuple[str, ...] = ()) -> RefundRequest:
    record(refund_moved[act](subject=held.code, trade=held.settlement.subject, amount_fen=held.amount_fen, transfers=list(hashes)),
           actor=actor, at=at)
    return held


@covers("G6", "I8", "T13")
@operation("settlement.refund_request.request")
def request_refund(*, settlement: Settlement, amount_fen: int, reason: str, actor: Actor, clock: Clock) -> RefundRequest:
    """This will ask for money back of a settled price; all that is asked for or refunded together never exceeds what was paid."""
    one = _locked(settlement)
    at = clock.now()
    require(actor, "settlement.refund.request", subject=one, at=at)
    if one.status != SettlementStatus.SETTLED:
        raise Rejected("settlement.refund_request.not_settled", trade=one.subject)
    if one.pair:  # its value was set off by the other licence
        raise Rejected("settlement.refund_request.bartered", trade=one.subject)
    if not 1 <= len(reason.strip()) <= 400:
        raise Rejected("settlement.refund_request.reason", errors=[FieldFault("reason", "length", ("必填", "Required"))])
    if amount_fen <= 0:
        raise Rejected("ledger.bad_amount", errors=[FieldFault("amount_fen", "out_of_range", ("须大于零", "Above zero"))])
    if amount_fen > refund_left(one):
        raise Rejected("settlement.refund_request.too_much", paid_fen=paid_for(one), taken_fen=_taken(one), left_fen=refund_left(one))
    made = RefundRequest.objects.create(code=new_code("RFR"), settlement=one, seller=one.seller, buyer=one.buyer, amount_fen=amount_fen,
                                        reason=reason.strip(), requested_at=at, due_at=after("refund.decide", at))
    notify(organization=one.seller, kind="settlement.refund_request.asked", tone="wait", subject=made.code, href="/desk/refunds/",
           due_at=made.due_at, at=at, text=(f"买方申请退回 {one.subject} 的 {yuan(amount_fen)}，请答复。",
                                            f"The buyer asks {yuan(amount_fen)} of {one.subject} back. Please answer."))
    return _told(made, "request", actor=actor, at=at)


def _held(request: RefundRequest) -> RefundRequest:
    """The settlement's row first, then the request's: the one order of this module."""
    _locked(request.settlement)
    return RefundRequest.objects.select_for_update(of=("self",), no_key=True).select_related(
        "settlement__trade__venue", "settlement__holdback", "buyer", "seller").get(pk=request.pk)


def _advance(held: RefundRequest, act: str) -> None:
    held.status = advance(REFUND_REQUEST, RefundStatus(held.status), act, subject=held.code, code="settlement.refund_request.illegal_move")


@operation("settlement.refund_request.withdraw")
def withdraw_refund(*, request: RefundRequest, actor: Actor, clock: Clock) -> RefundRequest:
    """This will take a request back."""
    held = _held(request)
    at = clock.now()
    require(actor, "settlement.refund.withdraw", subject=held, at=at)
    _advance(held, "withdraw")
    held.decided_at, held.due_at = at, None
    held.save(update_fields=["status", "decided_at", "due_at"])
    return _told(held, "withdraw", actor=actor, at=at)


@covers("G6", "I8")
@operation("settlement.refund_request.decide")
def decide_refund(*, request: RefundRequest, approve: bool, answer: str = "", actor: Actor, clock: Clock) -> RefundRequest:
    """This will say yes or no by the seller, or by the venue; a yes fixes at once what each line gives back."""
    held = _held(request)
    at = clock.now()
    require(actor, "settlement.refund.decide", subject=held, at=at)
    if not approve and not 1 <= len(answer.strip()) <= 400:
        raise Rejected("settlement.refund_request.reason", errors=[FieldFault("answer", "length", ("必填", "Required"))])
    _advance(held, "approve" if approve else "refuse")
    held.decided_at, held.answer, held.due_at = at, answer.strip()[:400], after("payout.answer", at) if approve else None
    held.save(update_fields=["status", "decided_at", "answer", "due_at"])
    if approve:
        _fix_lines(held)
    else:
        notify(organization=held.buyer, kind="settlement.refund_request.refused", tone="bad", subject=held.code, href="/desk/refunds/",
               at=at,
               text=(f"{held.settlement.subject} 的退款申请未获同意：{held.answer}",
                     f"Your refund of {held.settlement.subject} was refused: {held.answer}"))
    return _told(held, "approve" if approve else "refuse", actor=actor, at=at)


def _fix_lines(held: RefundRequest) -> None:
    one = held.settlement
    gone = dict(RefundLine.objects.filter(request__settlement=one).values_list("number").annotate(fen=Sum("amount_fen")))
    left = {number: fen - int(gone.get(number, 0)) for number, fen in lines_paid(one).items()}
    house = venue_organization(one.trade.venue).code
    kinds = (AccountKind.VENUE_FEES, AccountKind.TAX, AccountKind.PUBLIC_INTEREST)
    fees, taxes, levies = ledger.accounts(*((house, kind) for kind in kinds))
    keys = {CHARGES: fees.pk, LEVY: levies.pk, TAX: taxes.pk, **dict(enumerate(one.accounts, 1))}
    RefundLine.objects.bulk_create([RefundLine(request=held, number=number, account_id=keys[number], amount_fen=fen)
                                    for number, fen in sorted(mirrored(held.amount_fen, left).items()) if fen])


@covers("G6", "I8", "I4")
@operation("settlement.refund_request.post")
def post_refund(*, request: RefundRequest, actor: Actor, clock: Clock) -> RefundRequest:
    """This will move what each line can give; the request is posted when all have given. Again = only what is still owed."""
    held = _held(request)
    at = clock.now()
    require(actor, "settlement.refund.post", at=at)
    owed = list(RefundLine.objects.filter(request=held, transfer__isnull=True).select_related("account").order_by("number"))
    if held.status != RefundStatus.APPROVED or not owed:
        unchanged(at=at)
        return held
    one, buyer = held.settlement, ledger.account(held.buyer.code, AccountKind.AVAILABLE)
    ledger.lock([buyer, one.holdback, *(line.account for line in owed)])
    paying = _able(one, owed)
    if not paying:
        unchanged(at=at)  # everyone who owes is short: tried again at the next run
        return held
    done = ledger.transfer(kind="refund_mirror", legs=_legs(one, paying, buyer), subject=one.subject, at=at)
    for line in paying:
        line.transfer = done.id
        line.save(update_fields=["transfer", "held_fen"])
    if len(paying) < len(owed):
        return _told_in_part(held, actor, at, done.hash)
    _advance(held, "post")
    held.posted_at, held.due_at = at, None
    held.save(update_fields=["status", "posted_at", "due_at"])
    _told(held, "post", actor=actor, at=at, hashes=(done.hash,))
    _after_posting(held, actor, at, clock)
    return held


def _able(one: Settlement, owed: list[RefundLine]) -> list[RefundLine]:
    """The lines that can be paid now: first out of what is still held back of the same share, the rest out of available money."""
    held_of = dict(Share.objects.filter(settlement=one).values_list("number", "held_fen")) if one.released is None else {}
    gone = dict(RefundLine.objects.filter(request__settlement=one,
                                          transfer__isnull=False).values_list("number").annotate(fen=Sum("held_fen")))
    free: dict[int, int] = {}
    paying = []
    for line in owed:
        line.held_fen = min(line.amount_fen, max(0, held_of.get(line.number, 0) - int(gone.get(line.number, 0))))
        have = free.setdefault(line.account_id, balance(line.account).available_fen)
        if line.amount_fen - line.held_fen <= have:
            free[line.account_id] = have - (line.amount_fen - line.held_fen)
            paying.append(line)
    return paying


def _legs(one: Settlement, paying: list[RefundLine], buyer: Account) -> list[Leg]:
    """One leg an account: a party may pay and be paid (a share of one's own purchase)."""
    sums: dict[int, tuple[Account, int]] = {}
    moves = [(line.account, -(line.amount_fen - line.held_fen)) for line in paying] + [(one.holdback, -line.held_fen) for line in paying]
    for account, fen in [*moves, (buyer, sum(line.amount_fen for line in paying))]:
        sums[account.pk] = (account, sums.get(account.pk, (account, 0))[1] + fen)
    return [Leg(account, fen) for account, fen in sums.values() if fen]


def _told_in_part(held: RefundRequest, actor: Actor, at: datetime, digest: str) -> RefundRequest:
    record(refund_moved["pay"](subject=held.code, trade=held.settlement.subject, amount_fen=held.amount_fen, transfers=[digest]),
           actor=actor, at=at)
    return held


def _after_posting(held: RefundRequest, actor: Actor, at: datetime, clock: Clock) -> None:
    """The licence ends only when nothing of the price is left paid."""
    one = held.settlement
    posted = RefundRequest.objects.filter(settlement=one, status=RefundStatus.POSTED).aggregate(fen=Sum("amount_fen"))["fen"] or 0
    if int(posted) == paid_for(one):
        for delivery in Delivery.objects.filter(trade=one.trade):
            revoke_grants(delivery, cause="settlement.refund.full", actor=SYSTEM, at=at)
        unwind_trade(trade=one.trade, cause="settlement.refund.full", actor=SYSTEM, clock=clock)
    notify(organization=held.buyer, kind="settlement.refund_request.posted", tone="ok", subject=held.code, href="/desk/account/", at=at,
           text=(f"{one.subject} 的退款 {yuan(held.amount_fen)} 已到您的账户。",
                 f"{yuan(held.amount_fen)} of {one.subject} is back in your account."))


@operation("settlement.refund_request.watch")
def watch_refund(*, request: RefundRequest, actor: Actor, clock: Clock) -> RefundRequest:
    """This will open a case where a seller does not answer, or a party owes its line too long; the venue decides then."""
    held = _held(request)
    at = clock.now()
    require(actor, "settlement.refund.post", at=at)
    if held.due_at is None or held.due_at > at:
        unchanged(at=at)
        return held
    open_case(kind=CaseKind.SETTLEMENT, subject_kind="refund", subject_code=held.code, organization=held.seller, text=held.status,
              title=(f"退款 {held.code} 逾期", f"Refund {held.code} is overdue"), actor=SYSTEM, clock=clock)
    held.due_at = after("refund.decide", at)
    held.save(update_fields=["due_at"])
    return held
