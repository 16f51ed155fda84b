"""Money whose owner is not known 待查款项 (I9): how old it is, who is told, and how it finds its owner by two persons.

One person of the venue names the owner and why; another confirms. The venue itself is never the owner: money that nobody claims stays
where it is, at the bank and under its name here (R57). What went out without an order only the bank can bring back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, Sum
from django.db.models.functions import Abs

from compliance.cases import open_case
from compliance.models import CaseKind
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.money import yuan
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.operations import OUTSIDE, Leg
from participants.approvals import ask_approval, decide_approval
from participants.models import Approval, ApprovalStatus, Organization
from participants.notices import notify
from participants.permissions import require
from participants.queries import house_venue, parameter
from participants.roles import OrganizationKind
from settlement.bank_events import suspense_moved
from settlement.bank_models import Suspense
from settlement.bank_notices import received
from settlement.states import SUSPENSE, SuspenseStatus

__all__ = ["AGES", "CLEAR", "CONFIRM", "Age", "ageing", "alarmed", "ask_clearing", "decide_clearing", "late_suspense", "watch_suspense"]

CLEAR, CONFIRM = "settlement.suspense.clear", "settlement.suspense.confirm"
#: From how many days on an item stands in which row of the ageing, youngest first.
AGES: tuple[tuple[int, tuple[str, str]], ...] = (
    (0, ("不满 1 天", "Less than a day")), (1, ("1 至 5 天", "1 to 5 days")), (5, ("5 至 30 天", "5 to 30 days")),
    (30, ("满 30 天", "30 days and more")))


@dataclass(frozen=True)
class Age:
    """One row of the ageing: how many items are that old, what came in among them and what went out, in fen."""

    words: tuple[str, str]
    items: int
    in_fen: int
    out_fen: int


@covers("I9", "G1")
def ageing(at: datetime) -> list[Age]:
    """This will put every open item into the row of its age; the rows together are the suspense account."""
    rows = [[0, 0, 0] for _ in AGES]
    for opened_at, fen in Suspense.objects.filter(status=SuspenseStatus.OPEN).values_list("opened_at", "amount_fen").iterator():
        row = rows[max(n for n, (days, _) in enumerate(AGES) if not days or at - opened_at >= timedelta(days=days))]
        row[0] += 1
        row[1 if fen > 0 else 2] += abs(fen)
    return [Age(words, *row) for (_, words), row in zip(AGES, rows, strict=True)]


def alarmed(at: datetime) -> tuple[int, int]:
    """This will return what waits altogether, in and out, and the limit above which the venue is alarmed, in fen."""
    waits = Suspense.objects.filter(status=SuspenseStatus.OPEN).aggregate(fen=Sum(Abs("amount_fen")))["fen"]
    return int(waits or 0), int(parameter("suspense.alarm_fen", venue=house_venue(), at=at))


@covers("I9")
def late_suspense(at: datetime) -> Sequence[Suspense]:
    """This will list the items to raise a case for: those past their term, and all of them while too much waits."""
    waits, limit = alarmed(at)
    late = Q() if waits > limit else Q(due_at__lte=at)
    return list(Suspense.objects.filter(late, status=SuspenseStatus.OPEN, alarmed_at__isnull=True).order_by("id")[:100])


@covers("I9")
@operation("settlement.suspense.watch")
def watch_suspense(*, suspense: Suspense, actor: Actor, clock: Clock) -> Suspense:
    """This will open a case, once, for an item that waits too long or is part of too much that waits."""
    one = _locked(suspense)
    at = clock.now()
    require(actor, "settlement.payout.move", at=at)
    waits, limit = alarmed(at)
    overdue = one.due_at is not None and one.due_at <= at
    if one.alarmed_at is not None or one.status != SuspenseStatus.OPEN or not (overdue or waits > limit):
        unchanged(at=at)
        return one
    why = (("逾期未查清", "is past its term") if overdue else ("待查款项合计超过限额", "is part of more suspense money than the limit"))
    open_case(kind=CaseKind.PAYOUT, subject_kind="suspense", subject_code=one.code, priority=80,
              title=(f"待查款项 {one.code} {why[0]}", f"Suspense item {one.code} {why[1]}"),
              text=f"{one.amount_fen} fen; {waits} fen wait, limit {limit} fen", actor=SYSTEM, clock=clock)
    one.alarmed_at = at
    one.save(update_fields=["alarmed_at"])
    return one


def _locked(suspense: Suspense) -> Suspense:
    return Suspense.objects.select_for_update(of=("self",), no_key=True).select_related("notice").get(pk=suspense.pk)


@covers("I9", "I18", "R57")
@operation("settlement.suspense.ask")
def ask_clearing(*, suspense: Suspense, organization: Organization, basis: str, actor: Actor, clock: Clock) -> Suspense:
    """This will name the owner of money and why it is his; another person of the venue is asked to confirm."""
    one = _locked(suspense)
    at = clock.now()
    require(actor, CLEAR, at=at)
    owes = received(one.notice.reference) if one.notice.kind == "recalled" else None
    if one.amount_fen < 0 and owes is None:
        raise Rejected("settlement.suspense.went_out", subject=one.code)
    if owes is not None and owes[0].code != organization.code:
        raise Rejected("settlement.suspense.other_receiver", subject=one.code, organization=owes[0].code)
    advance(SUSPENSE, SuspenseStatus(one.status), "clear", subject=one.code, code="settlement.suspense.illegal_move")
    if organization.kind == OrganizationKind.VENUE:
        raise Rejected("settlement.suspense.venue", subject=one.code)
    if not 4 <= len(basis.strip()) <= 200:
        raise Rejected("settlement.suspense.basis", errors=[FieldFault("basis", "length", ("4 至 200 字", "4 to 200 characters"))])
    ask_approval(act=CLEAR, subject=one.code, payload={"organization": organization.code, "amount_fen": one.amount_fen}, checker=CONFIRM,
                 actor=actor, at=at)
    one.proposed_to, one.basis = organization.code, basis.strip()
    one.save(update_fields=["proposed_to", "basis"])
    return one


@covers("I9", "I18", "T42", "T54")
@operation("settlement.suspense.clear")
def decide_clearing(*, suspense: Suspense, approve: bool, reason: str = "", actor: Actor, clock: Clock) -> Suspense:
    """This will book money to the owner that was named, by the second person; a no leaves it where it is."""
    one = _locked(suspense)
    at = clock.now()
    require(actor, CONFIRM, at=at)
    following = advance(SUSPENSE, SuspenseStatus(one.status), "clear", subject=one.code, code="settlement.suspense.illegal_move")
    asked = Approval.objects.filter(act=CLEAR, subject=one.code, status=ApprovalStatus.PENDING).first()
    if asked is None:
        raise Rejected("settlement.suspense.not_asked", subject=one.code)
    decide_approval(approval=asked, approve=approve, reason=reason, actor=actor, at=at)
    if not approve:
        return one
    organization = Organization.objects.get(code=asked.payload["organization"])
    waiting, purse = ledger.accounts((OUTSIDE, AccountKind.SUSPENSE), (organization.code, AccountKind.AVAILABLE))
    ledger.lock([waiting, purse])
    done = ledger.transfer(kind="suspense_cleared", legs=[Leg(waiting, -one.amount_fen), Leg(purse, one.amount_fen)],
                           subject=one.notice.reference, at=at)
    one.status, one.cleared_to, one.cleared_at, one.transfer, one.due_at = following, organization.code, at, done.id, None
    one.save(update_fields=["status", "cleared_to", "cleared_at", "transfer", "due_at"])
    record(suspense_moved["clear"](subject=one.code, amount_fen=one.amount_fen, reference=one.notice.reference,
                                   cleared_to=organization.code, transfer_hash=done.hash), actor=actor, at=at)
    told = ((f"入金 {yuan(one.amount_fen)} 查清后已记账。", f"{yuan(one.amount_fen)} was found to be yours and is booked.")
            if one.amount_fen > 0 else
            (f"被付款银行撤回的入金 {yuan(-one.amount_fen)} 已从您的可用余额补足。",
             f"{yuan(-one.amount_fen)} that the payer's bank had taken back is made good from your balance."))
    notify(organization=organization, kind="settlement.deposit.booked", tone="ok", subject=organization.code, href="/desk/account/", at=at,
           text=told)
    return one
