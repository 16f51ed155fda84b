"""The bank's callback 银行来账通知 (T54): a signed line of its statement becomes a party's money, once, or waits in suspense with a case.

What is not signed, or signed more than five minutes ago, is refused before it is read. A line told again is the same line; a line told
otherwise is refused and put before the operator. Nothing that came is dropped.
"""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass

from compliance.cases import open_case
from compliance.models import CaseKind
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.money import MAX_FEN
from kit.rejected import Rejected
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.models import Transfer
from ledger.operations import OUTSIDE, Leg
from participants.charges import Payer
from participants.models import Organization
from participants.notices import notify
from participants.permissions import require
from participants.webhooks import signature_of
from settlement.bank_models import BankNotice
from settlement.events import BankLineBooked, BankLineCleared
from trading.models import Trade
from trading.queries import charges_of
from trading.states import TradeStatus

__all__ = ["STALE_SECONDS", "BankLine", "check_signature", "clear_suspense", "receive_line", "report_conflict"]

#: How old a signed call may be, and how far ahead the bank's clock.
STALE_SECONDS = 300


@dataclass(frozen=True)
class BankLine:
    """One line as the bank tells it: its own number, whom or what the payer named, how much."""

    reference: str
    named: str
    amount_fen: int


@covers("T54")
def check_signature(secret: str, ident: str, timestamp: str, signed: str, body: bytes, *, now: float | None = None) -> None:
    """This will let pass what the bank signed within five minutes: ``settlement.bank.signature``, ``.stale``, ``.absent``."""
    if not secret:
        raise Rejected("settlement.bank.absent")
    mine = signature_of(secret, ident, timestamp, body)
    if not ident or not any(hmac.compare_digest(mine.encode(), one.encode()) for one in signed.split()):
        raise Rejected("settlement.bank.signature")
    told = int(timestamp) if timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12 else 0
    if abs((time.time() if now is None else now) - told) > STALE_SECONDS:  # wall clock: beside what the bank wrote
        raise Rejected("settlement.bank.stale")


def _owner(line: BankLine) -> tuple[Organization | None, str]:
    """Whose money a line is, or why that is not known: a party by its code, or a trade waiting for just this sum."""
    party = Organization.objects.filter(code=line.named).first()
    if party is not None:
        return party, ""
    trade = Trade.objects.select_related("buyer", "state", "venue").filter(code=line.named).first()
    if trade is None:
        return None, "settlement.bank.unknown"
    if trade.state.status != TradeStatus.EXECUTED:
        return None, "settlement.bank.not_waiting"
    due = trade.price_fen + charges_of(trade).total(trade.price_fen, Payer.BUYER)
    return (trade.buyer, "") if line.amount_fen in (due, due - trade.state.deposit_fen) else (None, "settlement.bank.other_amount")


@covers("T54", "I9", "G6")
@operation("settlement.bank.receive")
def receive_line(*, line: BankLine, actor: Actor, clock: Clock) -> BankNotice:
    """This will book a line of the bank's statement once: to the party it names, else to suspense with a case.

    The same line again returns the first booking; another content under its number is ``settlement.bank.conflict``.
    """
    at = clock.now()
    require(actor, "settlement.bank.receive", at=at)
    if not (1 <= len(line.reference) <= 40 and 1 <= len(line.named) <= 40 and 0 < line.amount_fen <= MAX_FEN):
        raise Rejected("settlement.bank.unreadable")
    owner, why = _owner(line)
    wanted = (owner.code, AccountKind.AVAILABLE) if owner else (OUTSIDE, AccountKind.SUSPENSE)
    outside, into = ledger.accounts((OUTSIDE, AccountKind.BANK), wanted)
    ledger.lock([outside, into])  # the outside account is one row: the same line cannot be booked twice at once
    known = BankNotice.objects.filter(reference=line.reference).first()
    if known is not None:
        if (known.named, known.amount_fen) != (line.named, line.amount_fen):
            raise Rejected("settlement.bank.conflict", reference=line.reference)
        unchanged(at=at)
        return known
    if Transfer.objects.filter(kind="funding", subject=line.reference).exists():  # booked by hand from the same statement
        raise Rejected("settlement.bank.conflict", reference=line.reference)
    done = ledger.transfer(kind="funding", legs=[Leg(outside, -line.amount_fen), Leg(into, line.amount_fen)], subject=line.reference, at=at)
    made = BankNotice.objects.create(reference=line.reference, named=line.named, amount_fen=line.amount_fen, organization=owner,
                                     suspense=why, transfer=done.id, transfer_hash=done.hash, received_at=at)
    record(BankLineBooked(subject=line.reference, organization=owner.code if owner else "", amount_fen=line.amount_fen, suspense=why,
                          transfers=[{"id": str(done.id), "hash": done.hash}]), actor=actor, at=at)
    if owner is None:
        _ask(line, why, clock)
    else:
        notify(organization=owner, kind="settlement.bank.received", tone="ok", subject=line.reference, href="/desk/account/", at=at,
               text=("来账已入账，可用于付款。", "Money came in and may be used."))
    return made


@covers("T54")
def report_conflict(line: BankLine, *, clock: Clock) -> None:
    """This will put a line that was told otherwise before the operator; the first booking stands."""
    _ask(line, "settlement.bank.conflict", clock)


_WHY = {
    "settlement.bank.unknown": ("附言所写的机构或成交不存在", "names no party and no trade"),
    "settlement.bank.not_waiting": ("附言所写的成交不在等待付款", "names a trade that waits for no payment"),
    "settlement.bank.other_amount": ("金额与该成交的应付款不符", "is not what the trade has to pay"),
    "settlement.bank.conflict": ("同一回单号先后内容不一致", "was told twice with different content"),
}


def _ask(line: BankLine, why: str, clock: Clock) -> None:
    zh, en = _WHY[why]
    open_case(kind=CaseKind.SETTLEMENT, subject_kind="bank_line", subject_code=line.reference, flags=[why.rpartition(".")[2]],
              title=(f"来账待查：{zh}", f"Bank line: {en}"),
              text=f"{line.reference} / {line.named} / {line.amount_fen}", actor=SYSTEM, clock=clock)


@covers("T54", "I9")
@operation("settlement.bank.clear")
def clear_suspense(*, notice: BankNotice, organization: Organization, actor: Actor, clock: Clock) -> BankNotice:
    """This will move a line out of suspense to the party whose money it is, by the venue's operator; clearing twice is clearing once."""
    at = clock.now()
    require(actor, "settlement.deposit.book", at=at)
    out, party = ledger.accounts((OUTSIDE, AccountKind.SUSPENSE), (organization.code, AccountKind.AVAILABLE))
    ledger.lock([out, party])
    held = BankNotice.objects.select_for_update(of=("self",)).select_related("organization").get(pk=notice.pk)
    if held.organization is not None:
        if held.organization.pk != organization.pk:
            raise Rejected("ledger.reference_used", reference=held.reference)
        unchanged(at=at)
        return held
    done = ledger.transfer(kind="suspense_cleared", legs=[Leg(out, -held.amount_fen), Leg(party, held.amount_fen)],
                           subject=held.reference, at=at)
    held.organization, held.cleared_at = organization, at
    held.save(update_fields=["organization", "cleared_at"])
    record(BankLineCleared(subject=held.reference, organization=organization.code, amount_fen=held.amount_fen,
                           transfers=[{"id": str(done.id), "hash": done.hash}]), actor=actor, at=at)
    notify(organization=organization, kind="settlement.bank.received", tone="ok", subject=held.reference, href="/desk/account/", at=at,
           text=("一笔待查来账已确认归本机构，可用于付款。", "A line in suspense was found to be yours and may be used."))
    return held
