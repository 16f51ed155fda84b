"""Dead letters of settling 挂起: a line that cannot be settled is set aside with its reason and a case; the rest goes on (G7, T30).

A line has five tries. Short escrows are counted by the posting statement itself; a line on which the statement *fails* is found by
``settlement.tasks.move_cycle`` (it halves the batch until one line is left) and is counted here. The fifth try parks it: nobody tries
again until the venue's operator has looked and says in words why it may go.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from compliance.cases import moot_case, open_case
from compliance.models import Case, CaseKind
from compliance.states import CaseStatus
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from kit.states import advance
from participants.models import Organization
from participants.operations import notify
from participants.permissions import require
from settlement.events import SettlementParked, SettlementRetried
from settlement.models import Settlement, SettlementCycle
from settlement.states import SETTLEMENT, CycleStatus, SettlementStatus

__all__ = ["FAULTS", "FAULTY", "TRIES", "count_fault", "retry_settlement", "tell_parked"]

#: Tries of a line before it is set aside; the posting statement counts to the same number.
TRIES = 5
LEAST_WORDS = 4
SHORT, FAULTY = "settlement.escrow_short", "settlement.line_faulty"
#: What is said of a fault: why, what to do about it.
FAULTS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    SHORT: (("托管余额不足，多因争议冻结", "its escrow is short, often by a dispute"),
            ("处理托管不足后重试", "Settle the dispute or fill the escrow, then retry")),
    FAULTY: (("这笔结算入账时出错", "posting it fails"),
             ("按案件所记的原因查明后重试", "Mend the cause named in the case, then retry")),
}


@operation("settlement.settlement.fault")
@covers("T30", "G7", "I6")
def count_fault(*, cycle: SettlementCycle, beyond: int, words: str, actor: Actor, clock: Clock) -> int:
    """This will count a failed try of the first due line behind ``beyond`` and return its id; its fifth sets it aside with a case."""
    one = SettlementCycle.objects.select_for_update(of=("self",), no_key=True).get(pk=cycle.pk)
    at = clock.now()
    require(actor, "settlement.cycle.post", at=at)
    line = Settlement.objects.select_for_update(of=("self",), no_key=True).filter(
        cycle=one, status=SettlementStatus.DUE, pk__gt=beyond).order_by("pk").first() if one.status == CycleStatus.FROZEN else None
    if line is None:
        unchanged(at=at)
        return beyond
    line.tries, line.fault = line.tries + 1, FAULTY
    if line.tries >= TRIES:
        line.status = advance(SETTLEMENT, SettlementStatus(line.status), "park", subject=line.code,
                              code="settlement.settlement.illegal_move")
    line.save(update_fields=["tries", "fault", "status"])
    if line.status == SettlementStatus.PARKED:
        tell_parked(one, actor=actor, at=at, clock=clock, words=words)
    else:
        unchanged(at=at)
    return line.pk


def tell_parked(one: SettlementCycle, *, actor: Actor, at: datetime, clock: Clock, words: str = "") -> None:
    """This will tell of what was set aside and not told of yet: a fact and a case each, a notice to each seller."""
    parked = _untold(one)
    for row in parked:
        why = FAULTS.get(row.fault, FAULTS[FAULTY])[0]
        record(SettlementParked(subject=row.code, trade=row.subject, fault=row.fault, tries=row.tries), actor=actor, at=at)
        open_case(kind=CaseKind.SETTLEMENT, subject_kind="settlement", subject_code=row.code, organization=row.seller,
                  text=f"{row.fault}: {words}"[:2000] if words else row.fault,
                  title=(f"{row.subject} 结算挂起：{why[0]}", f"Settlement of {row.subject} is parked: {why[1]}"),
                  actor=SYSTEM, clock=clock)
    told: dict[Organization, list[Settlement]] = {}
    for row in parked:
        told.setdefault(row.seller, []).append(row)
    _untold(one).update(due_at=at + timedelta(days=1))
    for party, rows in sorted(told.items(), key=lambda each: each[0].pk):
        listed, why = ", ".join(row.subject for row in rows[:5]), FAULTS.get(rows[0].fault, FAULTS[FAULTY])[0]
        notify(organization=party, kind="settlement.settlement.parked", tone="held", subject=rows[0].subject, at=at,
               href="/desk/statements/", text=(f"{listed} 的结算已挂起：{why[0]}。处理后由场所运营重试。",
                     f"Settlement of {listed} is parked: {why[1]}. The venue retries it."))


def _untold(one: SettlementCycle) -> QuerySet[Settlement]:
    rows: QuerySet[Settlement] = Settlement.objects.filter(cycle=one, status=SettlementStatus.PARKED, due_at__isnull=True)
    return rows.select_related("seller").order_by("pk")


@operation("settlement.settlement.retry")
@covers("G7")
def retry_settlement(*, settlement: Settlement, reason: str, actor: Actor, clock: Clock) -> Settlement:
    """This will make a parked settlement due again by the operator's words; it goes to the next cycle, and its case ends with them."""
    # the cycle before its lines, as posting does
    held = SettlementCycle.objects.select_for_update(of=("self",), no_key=True).filter(settlements=settlement.pk).first()
    one = Settlement.objects.select_for_update(of=("self",), no_key=True).select_related("seller").get(pk=settlement.pk)
    at = clock.now()
    require(actor, "settlement.settlement.retry", at=at)
    if len(reason.strip()) < LEAST_WORDS:
        raise Rejected("settlement.settlement.unreasoned", subject=one.subject)
    one.status = advance(SETTLEMENT, SettlementStatus(one.status), "retry", subject=one.code, code="settlement.settlement.illegal_move")
    one.cycle, one.tries, one.fault, one.due_at = None, 0, "", None
    one.save(update_fields=["status", "cycle", "tries", "fault", "due_at"])
    if held is not None:
        held.lines -= 1
        if held.status != CycleStatus.FROZEN:  # a frozen one counts what is parked when it is posted
            held.parked -= 1
        held.save(update_fields=["lines", "parked"])
    record(SettlementRetried(subject=one.code, trade=one.subject), actor=actor, at=at)
    _end_case(one, reason.strip(), actor=actor, clock=clock)
    return one


def _end_case(one: Settlement, reason: str, *, actor: Actor, clock: Clock) -> None:
    """The operator's words stand in the case; where its desk has closed it already, one more says them."""
    case = Case.objects.filter(kind=CaseKind.SETTLEMENT, subject_code=one.code).exclude(status=CaseStatus.CLOSED).first()
    if case is None:
        case = open_case(kind=CaseKind.SETTLEMENT, subject_kind="settlement", subject_code=one.code, organization=one.seller,
                         title=(f"{one.subject} 结算重试", f"Settlement of {one.subject} is retried"), actor=SYSTEM, clock=clock)
    moot_case(case=case, text=reason, actor=actor, clock=clock)
