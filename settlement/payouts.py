"""Payouts 提现 (G8): asked by a party, reserved at once, held, seen by four eyes above a limit, ordered from the bank, ended by its word.

The money stays the party's own, reserved in its account, until the bank says that it is gone; a payout that was sent can only be asked
back from the bank. While a reconciliation stands failed nothing is taken, approved or sent: the database refuses it too.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Sum

from compliance.cases import open_case
from compliance.models import CaseKind
from evidence.operations import acting, operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import MAX_FEN, yuan
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.operations import OUTSIDE, Leg, TransferRef
from participants.approvals import ask_approval, decide_approval
from participants.models import Approval, ApprovalStatus, Organization
from participants.notices import notify
from participants.permissions import require
from participants.queries import house_venue, parameter
from participants.timers import after, before
from settlement.bank_events import payout_moved
from settlement.bank_models import Payout, Reconciliation
from settlement.bank_port import bank, unattached
from settlement.states import PAYOUT, PayoutStatus, ReconciliationStatus

__all__ = ["approve_payout", "blocking", "book_paid", "book_returned", "book_reversed", "cancel_payout", "clear_payout", "confirm_payout",
           "deliver_order", "hold_payout", "locked_payout", "release_payout", "request_payout", "send_payout", "watch_payout"]

CONFIRM = "settlement.payout.confirm"
#: Where the money stayed with the party.
_BACK = (PayoutStatus.CANCELLED, PayoutStatus.RETURNED)


def blocking() -> Reconciliation | None:
    """This will return the failed reconciliation that stops payouts, if one stands."""
    return Reconciliation.objects.filter(status=ReconciliationStatus.FAILED).order_by("id").first()


def _refuse_blocked() -> None:
    stopped = blocking()
    if stopped is not None:
        raise Rejected("settlement.payout.blocked", reconciliation=stopped.code)


def locked_payout(code: str) -> Payout:
    """This will lock a payout's row and return it as it stands."""
    held = Payout.objects.select_for_update(of=("self",), no_key=True).select_related("organization").filter(code=code).first()
    if held is None:
        raise Rejected("participants.object.absent")
    return held


def _told(held: Payout, act: str, *, actor: Actor, at: datetime, basis: str = "", digest: str = "") -> Payout:
    record(payout_moved[act](subject=held.code, organization=held.organization.code, amount_fen=held.amount_fen, basis=basis,
                             transfer_hash=digest), actor=actor, at=at)
    return held


def _advance(held: Payout, act: str) -> None:
    held.status = advance(PAYOUT, PayoutStatus(held.status), act, subject=held.code, code="settlement.payout.illegal_move")


@covers("G8", "R57")
@operation("settlement.payout.request")
def request_payout(*, organization: Organization, amount_fen: int, to_account: str, actor: Actor, clock: Clock) -> Payout:
    """This will set the money aside and begin the hold; above the limit another person of the party is asked at once.

    What a party asks for within a day counts together: a large sum in small parts is a large sum.
    """
    at = clock.now()
    require(actor, "settlement.payout.request", subject=organization, at=at)
    _refuse_blocked()
    if unattached():
        raise Rejected("settlement.payout.no_bank")
    if not 0 < amount_fen <= MAX_FEN:
        raise Rejected("ledger.bad_amount", errors=[FieldFault("amount_fen", "out_of_range", ("须大于零", "Above zero"))])
    number = "".join(to_account.split())
    if not (number.isascii() and number.isdigit() and 8 <= len(number) <= 30):
        raise Rejected("settlement.payout.account", errors=[FieldFault("to_account", "format", ("8 至 30 位数字", "8 to 30 digits"))])
    code, purse = new_code("PAY"), ledger.account(organization.code, AccountKind.AVAILABLE)
    pending = ledger.reserve(account=purse, amount_fen=amount_fen, purpose="payout", subject=code, at=at)
    limit = int(parameter("payout.second_person_fen", venue=house_venue(), at=at))
    lately = Payout.objects.filter(organization=organization, requested_at__gt=before("payout.together", at)).exclude(status__in=_BACK)
    # under the lock of the reserve: two at once see each other
    together = amount_fen + int(lately.aggregate(fen=Sum("amount_fen"))["fen"] or 0)
    made = Payout.objects.create(
        code=code, organization=organization, amount_fen=amount_fen, to_account=number, requested_at=at, payable_at=after("payout.hold",
                                                                                                                          at),
        due_at=after("payout.check", at), pending=pending.id, second_person=together > limit)
    if made.second_person:
        ask_approval(act=CONFIRM, subject=code, organization=organization, actor=actor, at=at)
    return _told(made, "request", actor=actor, at=at, digest=pending.hash)


@covers("G8", "I18", "T42")
@operation("settlement.payout.confirm")
def confirm_payout(*, payout: Payout, approve: bool, reason: str = "", actor: Actor, clock: Clock) -> Payout:
    """This will say yes or no to a large payout by another person of the party; a no cancels it."""
    held = locked_payout(payout.code)
    at = clock.now()
    require(actor, CONFIRM, subject=held, at=at)
    if held.status != PayoutStatus.REQUESTED or held.confirmed_at is not None:
        raise Rejected("participants.approval.illegal_move", subject=held.code, state=held.status, open_actions="")
    asked = Approval.objects.filter(act=CONFIRM, subject=held.code).order_by("-asked_at").first()
    if asked is None or asked.status != ApprovalStatus.PENDING:
        asked = ask_approval(act=CONFIRM, subject=held.code, organization=held.organization, actor=actor, at=at)
        return held
    decide_approval(approval=asked, approve=approve, reason=reason, actor=actor, at=at)
    if not approve:
        return _ended(held, "cancel", actor, at)
    held.confirmed_at = at
    held.save(update_fields=["confirmed_at"])
    return _told(held, "confirm", actor=actor, at=at)


@covers("G8")
@operation("settlement.payout.clear")
def clear_payout(*, payout: Payout, actor: Actor, clock: Clock) -> Payout:
    """This will let a large payout pass by the venue, after the party's second person."""
    held = locked_payout(payout.code)
    at = clock.now()
    require(actor, "settlement.payout.clear", at=at)
    if held.cleared_at is not None or not held.second_person:
        unchanged(at=at)
        return held
    if held.status != PayoutStatus.REQUESTED or held.confirmed_at is None:
        limit = int(parameter("payout.second_person_fen", venue=house_venue(), at=at))
        raise Rejected("settlement.payout.second_person", limit_fen=limit)
    if actor.organization_id == held.organization_id:
        raise Rejected("participants.approval.same_person")
    held.cleared_at = at
    held.save(update_fields=["cleared_at"])
    return _told(held, "clear", actor=actor, at=at)


@covers("G8")
@operation("settlement.payout.hold")
def hold_payout(*, payout: Payout, basis: str, actor: Actor, clock: Clock) -> Payout:
    """This will stop a payout that was asked for, by a desk that names its basis."""
    held = locked_payout(payout.code)
    at = clock.now()
    require(actor, "settlement.payout.hold", at=at)
    if not 1 <= len(basis.strip()) <= 200:
        raise Rejected("settlement.payout.no_basis")
    _advance(held, "hold")
    held.held_by, held.hold_basis, held.due_at = actor.organization, basis.strip(), after("payout.held", at)
    held.save(update_fields=["status", "held_by", "hold_basis", "due_at"])
    notify(organization=held.organization, kind="settlement.payout.held", tone="held", subject=held.code, href="/desk/payouts/", at=at,
           text=(f"提现 {yuan(held.amount_fen)} 已暂停：{held.hold_basis}",
                 f"Your payout of {yuan(held.amount_fen)} is held: {held.hold_basis}"))
    return _told(held, "hold", actor=actor, at=at, basis=held.hold_basis)


@covers("G8")
@operation("settlement.payout.release")
def release_payout(*, payout: Payout, basis: str, actor: Actor, clock: Clock) -> Payout:
    """This will let a held payout go on, by the desk that holds it."""
    held = locked_payout(payout.code)
    at = clock.now()
    require(actor, "settlement.payout.release", at=at)
    if held.status == PayoutStatus.HELD and held.held_by != actor.organization:
        raise Rejected("settlement.payout.held_elsewhere", held_by=held.held_by)
    if not 1 <= len(basis.strip()) <= 200:
        raise Rejected("settlement.payout.no_basis")
    _advance(held, "release")
    held.held_by, held.hold_basis, held.due_at = "", "", after("payout.check", at)
    held.save(update_fields=["status", "held_by", "hold_basis", "due_at"])
    return _told(held, "release", actor=actor, at=at, basis=basis.strip())


@covers("G8")
@operation("settlement.payout.approve")
def approve_payout(*, payout: Payout, actor: Actor, clock: Clock) -> Payout:
    """This will approve what is past its hold and, above the limit, was seen by both second persons; else it waits."""
    held = locked_payout(payout.code)
    at = clock.now()
    require(actor, "settlement.payout.move", at=at)
    seen = not held.second_person or (held.confirmed_at is not None and held.cleared_at is not None)
    if held.status != PayoutStatus.REQUESTED or at < held.payable_at or not seen or blocking() is not None:
        unchanged(at=at)
        return held
    _advance(held, "approve")
    held.due_at = after("payout.answer", at)
    held.save(update_fields=["status", "due_at"])
    return _told(held, "approve", actor=actor, at=at)


@covers("G8")
@operation("settlement.payout.send")
def send_payout(*, payout: Payout, actor: Actor, clock: Clock) -> Payout:
    """This will commit to the order before the bank hears of it; ``deliver_order`` says it, as often as it takes."""
    held = locked_payout(payout.code)
    at = clock.now()
    require(actor, "settlement.payout.move", at=at)
    if held.status != PayoutStatus.APPROVED or blocking() is not None:
        unchanged(at=at)
        return held
    _advance(held, "send")
    held.sent_at, held.due_at = at, after("payout.arrival", at)
    held.save(update_fields=["status", "sent_at", "due_at"])
    return _told(held, "send", actor=actor, at=at)


@covers("G8", "T26")
def deliver_order(*, payout: Payout, clock: Clock) -> int:
    """This will give a committed order to the bank, outside any transaction: it is asked first whether it knows the order, so that one
    whose answer was lost is not sent twice; the bank knows an order by its reference besides."""
    assert not acting(), "the bank never hears of what may still be rolled back"
    at, one = clock.now(), Payout.objects.select_related("organization").get(pk=payout.pk)
    door = bank()
    if one.status == PayoutStatus.SENT and one.delivered_at is None:
        if not door.knows(reference=one.code, at=at):
            door.order(reference=one.code, party=one.organization.code, amount_fen=one.amount_fen, to_account=one.to_account, at=at)
        Payout.objects.filter(pk=one.pk, delivered_at__isnull=True).update(delivered_at=at)
        return 1
    return 0


@covers("G8")
@operation("settlement.payout.cancel")
def cancel_payout(*, payout: Payout, actor: Actor, clock: Clock) -> Payout:
    """This will free the money again; what was sent is asked back from the bank, whose word decides."""
    held = locked_payout(payout.code)
    at = clock.now()
    require(actor, "settlement.payout.cancel", subject=held, at=at)
    if held.status in (PayoutStatus.SENT, PayoutStatus.PAID):
        if held.recall_at is not None:
            unchanged(at=at)
            return held
        held.recall_at = at
        held.save(update_fields=["recall_at"])
        return _told(held, "recall", actor=actor, at=at)
    return _ended(held, "cancel", actor, at)


def _ended(held: Payout, act: str, actor: Actor, at: datetime, basis: str = "") -> Payout:
    """Cancelled or returned: the reserve is free again."""
    _advance(held, act)
    digest = ledger.void(pending=held.pending, at=at).hash
    held.ended_at, held.due_at = at, None
    held.save(update_fields=["status", "ended_at", "due_at"])
    return _told(held, act, actor=actor, at=at, basis=basis, digest=digest)


def book_paid(held: Payout, *, at: datetime) -> TransferRef:
    """This will book that the bank paid: the reserve leaves to the world outside. Part of taking the bank's notice."""
    purse, outside = ledger.accounts((held.organization.code, AccountKind.AVAILABLE), (OUTSIDE, AccountKind.BANK))
    done = ledger.post(pending=held.pending, legs=[Leg(purse, -held.amount_fen), Leg(outside, held.amount_fen)], at=at)
    _advance(held, "pay")
    held.transfer, held.ended_at, held.due_at = done.id, at, None
    held.save(update_fields=["status", "transfer", "ended_at", "due_at"])
    _told(held, "pay", actor=SYSTEM, at=at, digest=done.hash)
    _tell_party(held, "ok", (f"提现 {yuan(held.amount_fen)} 已到账。", f"Your payout of {yuan(held.amount_fen)} has arrived."), at)
    return done


def book_returned(held: Payout, *, at: datetime) -> None:
    """This will book that the bank did not pay: the money is free again in the party's account."""
    _ended(held, "return", SYSTEM, at)
    _tell_party(held, "bad", (f"提现 {yuan(held.amount_fen)} 被银行退回，款项已解冻。请核对收款账号。",
                              f"The bank returned your payout of {yuan(held.amount_fen)}; the money is free again."), at)


def book_reversed(held: Payout, *, at: datetime) -> None:
    """This will book that paid money came back, by an entry of its own; what was posted stays posted."""
    purse, outside = ledger.accounts((held.organization.code, AccountKind.AVAILABLE), (OUTSIDE, AccountKind.BANK))
    done = ledger.transfer(kind="payout_reversal", legs=[Leg(outside, -held.amount_fen), Leg(purse, held.amount_fen)], subject=held.code,
                           at=at)
    _advance(held, "reverse")
    held.reversal = done.id
    held.save(update_fields=["status", "reversal"])
    _told(held, "reverse", actor=SYSTEM, at=at, digest=done.hash)
    _tell_party(held, "info", (f"提现 {yuan(held.amount_fen)} 已由银行冲回。",
                               f"The bank reversed your payout of {yuan(held.amount_fen)}."), at)


def _tell_party(held: Payout, tone: str, text: tuple[str, str], at: datetime) -> None:
    notify(organization=held.organization, kind="settlement.payout.ended", tone=tone, subject=held.code, href="/desk/payouts/", at=at,
           text=text)


@covers("G8")
@operation("settlement.payout.watch")
def watch_payout(*, payout: Payout, actor: Actor, clock: Clock) -> Payout:
    """This will open a case for a payout whose deadline passed: nobody checked it, it is held too long, or the bank is silent."""
    held = locked_payout(payout.code)
    at = clock.now()
    require(actor, "settlement.payout.move", at=at)
    if held.due_at is None or held.due_at > at:
        unchanged(at=at)
        return held
    open_case(kind=CaseKind.PAYOUT, subject_kind="payout", subject_code=held.code, organization=held.organization, text=held.status,
              title=(f"提现 {held.code} 逾期未动", f"Payout {held.code} is overdue"), actor=SYSTEM, clock=clock)
    again: dict[Any, str] = {PayoutStatus.HELD: "payout.held", PayoutStatus.SENT: "payout.arrival", PayoutStatus.APPROVED: "payout.answer"}
    held.due_at = after(again.get(held.status, "payout.check"), at)
    held.save(update_fields=["due_at"])
    return held
