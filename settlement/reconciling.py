"""Reconciliation 对账 (G9): the books against themselves, against the bank, against what is still to be told.

Every run is kept with what it found. A run that finds a difference stops payouts and opens a case; only two persons, after the same
checks pass, let payouts go on: a later clean run by itself does not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Sum

from compliance.cases import open_case
from compliance.models import CaseKind
from evidence.models import Failure, Record, Unsealed
from evidence.operations import operation, record, unchanged
from evidence.prepared import ask
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from kit.states import advance
from ledger import queries as books
from ledger.accounts import AccountKind
from ledger.closing import close_period
from ledger.models import Closing
from participants.approvals import ask_approval, decide_approval
from participants.models import Approval, ApprovalStatus
from participants.permissions import require
from participants.timers import after
from settlement.bank_events import reconciled
from settlement.bank_models import Payout, Reconciliation, Suspense
from settlement.bank_port import bank
from settlement.models import RefundLine, Settlement, SettlementCycle
from settlement.states import RECONCILIATION, CycleStatus, ReconciliationStatus

__all__ = ["CHECKS", "ask_mend", "checks_now", "close_books", "decide_mend", "reconcile"]

MEND = "settlement.reconciliation.mend"
#: A line of the bank younger than this may still be on its way to us.
ON_ITS_WAY = timedelta(minutes=60)
MOST = 20
_LOCK = 0x52434E


def _zero_sum(at: datetime) -> list[str]:
    totals: dict[str, int] = {}
    for row in books.trial_balance():
        totals[row.currency] = totals.get(row.currency, 0) + row.posted_fen
    return [f"{currency}: {fen} fen" for currency, fen in sorted(totals.items()) if fen]


def _rebuilt(at: datetime) -> list[str]:
    return [f"account {account}: {cached} fen cached, {summed} by its postings" for account, cached, summed in books.drifted()[:MOST]]


def _sub_ledgers(at: datetime) -> list[str]:
    """What is held back for each seller, and what is reserved for payouts, is what the account of the ledger says."""
    rows = Settlement.objects.filter(status="settled", held_fen__gt=0, released__isnull=True)
    held = {row["holdback"]: int(row["fen"]) for row in rows.values("holdback").annotate(fen=Sum("held_fen"))}
    for line in RefundLine.objects.filter(transfer__isnull=False, held_fen__gt=0, request__settlement__released__isnull=True).values(
            "request__settlement__holdback").annotate(fen=Sum("held_fen")):
        held[line["request__settlement__holdback"]] = held.get(line["request__settlement__holdback"], 0) - int(line["fen"])
    told = [f"holdback of {owner}: {fen} fen, its settlements say {held.get(key, 0)}"
            for key, owner, fen in books.held_in(AccountKind.HOLDBACK) if fen != held.get(key, 0)]
    open_ones = Payout.objects.filter(status__in=["requested", "held", "approved", "sent"])
    asked, reserved = int(open_ones.aggregate(fen=Sum("amount_fen"))["fen"] or 0), books.reserved_for("payout")
    return (told + ([f"payouts: {reserved} fen reserved, {asked} asked for"] if asked != reserved else []))[:MOST]


def _bank(at: datetime) -> list[str]:
    """Line by line: what the bank booked under a reference is what we booked under it."""
    ours = books.outside_by_subject()
    found, young = [], at - ON_ITS_WAY
    for line in bank().statement():
        booked = ours.pop(line.reference, 0)
        if booked != line.amount_fen and line.at <= young:
            found.append(f"{line.reference}: {line.amount_fen} fen at the bank, {booked} here")
    return (found + [f"{reference}: {fen} fen here, nothing at the bank" for reference, fen in sorted(ours.items()) if fen])[:MOST]


def _undistributed(at: datetime) -> list[str]:
    named = int(Suspense.objects.filter(status="open").aggregate(fen=Sum("amount_fen"))["fen"] or 0)
    account = sum(fen for _, _, fen in books.held_in(AccountKind.SUSPENSE))
    return [f"suspense: {account} fen, {named} named"] if named != account else []


def _outbox(at: datetime) -> list[str]:
    late = Record.objects.filter(pk__in=Unsealed.objects.values("record"), at__lt=at - timedelta(minutes=10)).count()
    parked = Failure.objects.filter(parked=True).count()
    unsent = Payout.objects.filter(status="sent", delivered_at__isnull=True, sent_at__lt=at - ON_ITS_WAY).count()
    words = {"facts unsealed": late, "facts parked": parked, "orders not delivered": unsent}
    return [f"{count} {what}" for what, count in words.items() if count]


def _cycles(at: datetime) -> list[str]:
    return [f"cycle {code} is blocked" for code in SettlementCycle.objects.filter(status=CycleStatus.BLOCKED).values_list("code",
                                                                                                                          flat=True)[:MOST]]


CHECKS: dict[str, tuple[tuple[str, str], Callable[[datetime], list[str]]]] = {
    "zero_sum": (("全部账户合计为零", "All accounts sum to zero"), _zero_sum),
    "rebuilt": (("余额与分录相符", "Balances follow from postings"), _rebuilt),
    "sub_ledgers": (("明细与总账相符", "Sub-ledgers agree with their accounts"), _sub_ledgers),
    "bank": (("银行与账面相符", "The bank agrees with the book"), _bank),
    "undistributed": (("待查款项逐笔有名", "Undistributed money is named item by item"), _undistributed),
    "outbox": (("没有滞留的事实与指令", "No fact or order is stuck"), _outbox),
    "cycles": (("没有待查的清算批次", "No settlement cycle is blocked"), _cycles),
}


@covers("G9")
def checks_now(at: datetime) -> dict[str, list[str]]:
    """This will run every check and return what differs, check by check; an empty list is agreement."""
    return {name: check(at) for name, (_, check) in CHECKS.items()}


def _differing(checks: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: found for name, found in checks.items() if found}


@covers("G9", "I2", "I5", "I9", "T31")
@operation("settlement.reconciliation.run")
def reconcile(*, once_since: datetime | None = None, actor: Actor, clock: Clock) -> Reconciliation:
    """This will compare the books and keep the result; a difference stops payouts and opens a case.

    With ``once_since`` the run that was made since then stands: two schedulers at once make one run of a night.
    """
    ask("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    at = clock.now()
    require(actor, "settlement.reconciliation.run", at=at)
    made = Reconciliation.objects.filter(at__gte=once_since).first() if once_since else None
    if made is not None:
        unchanged(at=at)
        return made
    checks = checks_now(at)
    found = _differing(checks)
    made = Reconciliation.objects.create(
        code=new_code("RCN"), at=at, checks=checks, status=ReconciliationStatus.FAILED if found else ReconciliationStatus.PASSED,
        due_at=after("case.settlement", at) if found else None)
    record(reconciled["fail" if found else "pass"](subject=made.code, differences=found), actor=actor, at=at)
    if found:
        open_case(kind=CaseKind.SETTLEMENT, subject_kind="reconciliation", subject_code=made.code, priority=90,
                  title=(f"对账 {made.code} 不符，提现已停", f"Reconciliation {made.code} failed; payouts are stopped"),
                  text="\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines[:5]), actor=SYSTEM, clock=clock)
    return made


@covers("G9", "I18")
@operation("settlement.reconciliation.ask_mend")
def ask_mend(*, reconciliation: Reconciliation, actor: Actor, clock: Clock) -> Reconciliation:
    """This will say that the difference is mended; the checks are run again, and another person is asked."""
    held = Reconciliation.objects.select_for_update(no_key=True).get(pk=reconciliation.pk)
    at = clock.now()
    require(actor, MEND, at=at)
    advance(RECONCILIATION, ReconciliationStatus(held.status), "mend", subject=held.code, code="settlement.reconciliation.illegal_move")
    _refuse_differing(at)
    ask_approval(act=MEND, subject=held.code, actor=actor, at=at)
    return held


@covers("G9", "I18")
@operation("settlement.reconciliation.mend")
def decide_mend(*, reconciliation: Reconciliation, approve: bool, reason: str = "", actor: Actor, clock: Clock) -> Reconciliation:
    """This will let payouts go on by the second person, if the same checks pass now; a no leaves them stopped."""
    held = Reconciliation.objects.select_for_update(no_key=True).get(pk=reconciliation.pk)
    at = clock.now()
    require(actor, MEND, at=at)
    following = advance(RECONCILIATION, ReconciliationStatus(held.status), "mend", subject=held.code,
                        code="settlement.reconciliation.illegal_move")
    asked = Approval.objects.filter(act=MEND, subject=held.code, status=ApprovalStatus.PENDING).first()
    if asked is None:
        raise Rejected("participants.approval.not_entitled")
    decide_approval(approval=asked, approve=approve, reason=reason, actor=actor, at=at)
    if not approve:
        return held
    _refuse_differing(at)
    held.status, held.mended_at, held.due_at = following, at, None
    held.save(update_fields=["status", "mended_at", "due_at"])
    record(reconciled["mend"](subject=held.code, differences=_differing(held.checks)), actor=actor, at=at)
    return held


@covers("G1", "G9")
@operation("settlement.period.close")
def close_books(*, until: datetime, actor: Actor, clock: Clock) -> Closing:
    """This will close the books of a period by the venue's operator, once every check passes and no difference stands."""
    at = clock.now()
    require(actor, "settlement.period.close", at=at)
    _refuse_differing(at)
    return close_period(until=until, actor=actor, clock=clock)


def _refuse_differing(at: datetime) -> None:
    found = _differing(checks_now(at))
    if found:
        raise Rejected("settlement.reconciliation.differs", checks="、".join(CHECKS[name][0][0] for name in found))
