"""What the bank tells (T54): money that came in, orders that were paid, returned or reversed. Each message has one effect, ever.

Money whose owner or order cannot be told from the message is booked all the same, to the suspense account with a case beside it: the
books agree with the bank, and nobody's money is lost or given to somebody else.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db import IntegrityError

from compliance.cases import open_case
from compliance.models import CaseKind
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import MAX_FEN, yuan
from kit.rejected import Rejected
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.models import Posting, Transfer
from ledger.operations import OUTSIDE, Leg
from ledger.queries import balance
from participants.charges import Payer
from participants.models import Organization
from participants.notices import notify
from participants.permissions import require
from participants.timers import after
from settlement.bank_events import NoticeTaken, suspense_moved
from settlement.bank_models import BankNotice, Payout, Suspense
from settlement.bank_port import Message, opened
from settlement.matching import awaited_by, match_recalled
from settlement.payouts import book_paid, book_returned, book_reversed, locked_payout
from settlement.states import PayoutStatus
from trading.models import Trade
from trading.queries import charges_of
from trading.states import TradeStatus

__all__ = ["received", "take_notice"]

_KINDS = ("credit", "paid", "returned", "reversed", "recalled")


def take_notice(*, message: Message, clock: Clock) -> BankNotice:
    """This will check a message and take what it says; one that was taken already is answered as it was."""
    said = opened(message, at=clock.now())
    kind, reference, party, fen = (said.get(name) for name in ("kind", "reference", "party", "amount_fen"))
    sound = (kind in _KINDS and isinstance(reference, str) and 1 <= len(reference) <= 40 and reference.isprintable()
             and isinstance(party, str) and len(party) <= 40 and type(fen) is int and 0 < fen <= MAX_FEN and 1 <= len(message.ident) <= 60)
    if not sound:
        raise Rejected("settlement.bank.unreadable")
    body_hash = hashlib.sha256(message.body).hexdigest()
    try:
        taken = _take(ident=message.ident, said={"kind": kind, "reference": reference, "party": party, "amount_fen": fen},
                      body_hash=body_hash, actor=SYSTEM, clock=clock)
    except IntegrityError:  # twenty at once: the unique key let one through, and this is another
        known = BankNotice.objects.filter(ident=message.ident).first()
        if known is None:
            raise
        taken = known
    if taken.body_hash != body_hash:
        open_case(kind=CaseKind.PAYOUT, subject_kind="suspense", subject_code=taken.reference[:16],
                  title=(f"银行通知 {message.ident} 前后不一", f"The bank's notice {message.ident} was told twice, differently"),
                  text=f"{kind} {reference} {party} {fen}", actor=SYSTEM, clock=clock)
        raise Rejected("settlement.bank.conflict", reference=message.ident)
    return taken


@covers("T54", "G6", "I1")
@operation("settlement.bank.take")
def _take(*, ident: str, said: dict[str, Any], body_hash: str, actor: Actor, clock: Clock) -> BankNotice:
    at = clock.now()
    require(actor, "settlement.bank.take", at=at)
    known = BankNotice.objects.filter(ident=ident).first()
    if known is not None:
        unchanged(at=at)
        return known
    if said["kind"] == "recalled":
        booked = _recalled(said, at)
    else:
        booked = _credit(said, actor, clock) if said["kind"] == "credit" else _of_payout(said, at)
    notice = BankNotice.objects.create(ident=ident, booked=booked, body_hash=body_hash, at=at, **said)
    if not booked:
        _set_apart(notice, at, clock)
    record(NoticeTaken(subject=notice.reference, notice=ident, notice_kind=notice.kind, amount_fen=notice.amount_fen, booked=booked,
                       body_hash=body_hash), actor=actor, at=at)
    return notice


def _credit(said: dict[str, Any], actor: Actor, clock: Clock) -> bool:
    """Money in, for whom the bank names; a second payment under a known reference is nobody's yet, nor is one that went back already."""
    owner = _owner(said["party"], said["amount_fen"])
    reference = said["reference"]
    if owner is None or awaited_by(reference, said["amount_fen"]) or Transfer.objects.filter(kind="funding", subject=reference).exists():
        return False
    ledger.fund(organization=owner.code, amount_fen=said["amount_fen"], reference=said["reference"], actor=actor, clock=clock)
    notify(organization=owner, kind="settlement.deposit.booked", tone="ok", subject=owner.code, href="/desk/account/", at=clock.now(),
           text=(f"入金 {yuan(said['amount_fen'])} 已记账。", f"{yuan(said['amount_fen'])} came in and is booked."))
    return True


def _owner(named: str, fen: int) -> Organization | None:
    """A party by its code, or the buyer of a trade that waits for just this sum."""
    party = Organization.objects.filter(code=named).first()
    if party is not None:
        return party
    trade = Trade.objects.select_related("buyer", "state", "venue").filter(code=named, state__status=TradeStatus.EXECUTED).first()
    due = trade.price_fen + charges_of(trade).total(trade.price_fen, Payer.BUYER) if trade else 0
    return trade.buyer if trade and fen in (due, due - trade.state.deposit_fen) else None


@covers("G6", "I9")
def received(reference: str) -> tuple[Organization, int] | None:
    """This will tell to whom money in was booked under a reference, at once or once its owner was found, and how much."""
    leg = Posting.objects.filter(
        transfer__subject=reference, transfer__kind__in=["funding", "suspense_cleared"], account__kind=AccountKind.AVAILABLE,
        amount_fen__gt=0).values_list("account__owner", "amount_fen").first()
    return (Organization.objects.get(code=leg[0]), int(leg[1])) if leg else None


def _recalled(said: dict[str, Any], at: datetime) -> bool:
    """Money in that the payer's bank took back 入账撤回: out of the free balance of whoever received it, all or nothing, once.

    What he no longer has is not taken from anybody else: it waits as owed by him, with a case, until two persons book it.
    """
    to, reference, fen = received(said["reference"]), said["reference"], said["amount_fen"]
    if to is None or to[1] != fen or Transfer.objects.filter(kind="funding_reversal", subject=reference).exists():
        return False
    owner, (outside, purse) = to[0], ledger.accounts((OUTSIDE, AccountKind.BANK), (to[0].code, AccountKind.AVAILABLE))
    ledger.lock([outside, purse])
    covered: bool = balance(purse).available_fen >= fen
    if covered:
        ledger.transfer(kind="funding_reversal", legs=[Leg(purse, -fen), Leg(outside, fen)], subject=reference, at=at)
    owed = ("", "") if covered else ("余额不足，请尽快转入补足，否则由场所处理。", " Your balance does not cover it: pay it in soon.")
    notify(organization=owner, kind="settlement.deposit.recalled", tone="bad", subject=owner.code, href="/desk/account/", at=at,
           text=(f"入金 {yuan(fen)}（{reference}）被付款银行撤回。{owed[0]}",
                 f"{yuan(fen)} that came in ({reference}) was taken back by the payer's bank.{owed[1]}"))
    return covered


def _of_payout(said: dict[str, Any], at: datetime) -> bool:
    """The end of an order; one that does not fit what was ordered moves no party's money."""
    if not Payout.objects.filter(code=said["reference"]).exists():
        return False
    held = locked_payout(said["reference"])
    if said["amount_fen"] != held.amount_fen:
        return False
    if said["kind"] == "paid" and held.status == PayoutStatus.SENT:
        book_paid(held, at=at)
    elif said["kind"] == "returned" and held.status == PayoutStatus.SENT:
        book_returned(held, at=at)
    elif said["kind"] == "reversed" and held.status == PayoutStatus.PAID:
        book_reversed(held, at=at)
    elif said["kind"] == "reversed" and held.status == PayoutStatus.SENT:
        raise Rejected("settlement.bank.too_early", reference=held.code)
    else:
        return False
    return True


def _set_apart(notice: BankNotice, at: datetime, clock: Clock) -> None:
    """A returned order moved no money, so only a case says that it does not fit; everything else moved money at the bank."""
    title = (f"银行通知 {notice.reference} 对不上", f"The bank's notice {notice.reference} does not fit")
    code = new_code("SUS") if notice.kind != "returned" else notice.reference
    if notice.kind != "returned":
        fen = -notice.amount_fen if notice.kind in ("paid", "recalled") else notice.amount_fen
        outside, waiting = ledger.accounts((OUTSIDE, AccountKind.BANK), (OUTSIDE, AccountKind.SUSPENSE))
        done = ledger.transfer(kind="bank_suspense", legs=[Leg(outside, -fen), Leg(waiting, fen)], subject=notice.reference, at=at)
        Suspense.objects.create(code=code, notice=notice, amount_fen=fen, opened_at=at, due_at=after("suspense.clear", at))
        record(suspense_moved["open"](subject=code, amount_fen=fen, reference=notice.reference, transfer_hash=done.hash), actor=SYSTEM,
               at=at)
        if notice.kind in ("credit", "recalled") and match_recalled(reference=notice.reference, amount_fen=notice.amount_fen, actor=SYSTEM,
                                                                    clock=clock):
            return
    open_case(kind=CaseKind.PAYOUT, subject_kind="suspense", subject_code=code[:16], title=title, text=f"{notice.kind} {notice.amount_fen}",
              actor=SYSTEM, clock=clock)
