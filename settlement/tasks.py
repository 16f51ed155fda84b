"""Drives the cycles. Level-triggered: every run finds in the database what is to do, so that a lost message, a killed worker
or an emptied broker delays a cycle and never loses or doubles it (T24 to T26)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from celery import shared_task
from django.db import DatabaseError, OperationalError

from delivery.queries import failed_unrefunded
from evidence.clock import MARKET_CLOCK
from evidence.tasks import seal
from kit.actors import SYSTEM
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Venue
from participants.queries import LOCAL
from settlement.bank_models import Payout, Reconciliation
from settlement.bank_notices import take_notice
from settlement.bank_port import Message, bank
from settlement.bartering import closable, close_barter
from settlement.collecting import collect_accepted, waiting, waiting_trades
from settlement.dead_letters import count_fault
from settlement.giving import give_pledged
from settlement.matching import match_recalled, recalled_while_waiting
from settlement.metering import close_meter, open_meters
from settlement.models import RefundRequest, Settlement, SettlementCycle, Subsidy, SubsidyFund
from settlement.operations import (
    BATCH,
    cycle_open,
    freeze_cycle,
    open_cycle,
    post_cycle,
    reconcile_cycle,
    refund_trade,
    release_holdback,
    watch_cycle,
)
from settlement.payouts import approve_payout, blocking, deliver_order, send_payout, watch_payout
from settlement.pooling import divide_pool, due_pools
from settlement.receipts import issue_receipt, unreceipted
from settlement.reconciling import reconcile
from settlement.reducing import open_reductions, reduce_price
from settlement.reference_prices import publish_day
from settlement.refunding import post_refund, watch_refund
from settlement.simulated_bank import work
from settlement.states import CycleStatus, PayoutStatus, RefundStatus
from settlement.subsidies import close_fund, end_subsidy
from settlement.suspending import late_suspense, watch_suspense
from settlement.taxing import open_tax_account
from settlement.uncollected import count_uncollected
from trading.models import Trade

__all__ = ["SCHEDULE", "collect_now", "move_cycle", "move_payouts", "receipts_now", "reconcile_if_due", "reconcile_nightly",
           "reference_prices", "run_cycle", "run_now", "settle_cycle", "write_receipts"]

log = logging.getLogger(__name__)
#: Lines that may fail alone in one run of a cycle; more than these are a fault of the house.
MOST_FAULTS = 20
SCHEDULE = {
    "settlement-run-cycle": {"task": "settlement.tasks.run_cycle", "schedule": 10.0},
    "settlement-reference-prices": {"task": "settlement.tasks.reference_prices", "schedule": 600.0},
    "settlement-receipts": {"task": "settlement.tasks.write_receipts", "schedule": 30.0},
    "settlement-reconcile-nightly": {"task": "settlement.tasks.reconcile_nightly", "schedule": 300.0},
}


@shared_task(name="settlement.tasks.run_cycle")
def run_cycle(**_: object) -> int:
    """This will do whatever is due: meters, parts, collecting, freezing, posting, reconciling, releases, subsidies, refunds."""
    return run_now(clock=MARKET_CLOCK)


@shared_task(name="settlement.tasks.settle_cycle")
def settle_cycle(*, cycle: int, **_: object) -> None:
    """This will post and reconcile one frozen cycle; a doorbell that ``run_cycle`` makes good if it is never heard."""
    move_cycle(cycle=SettlementCycle.objects.get(pk=cycle), clock=MARKET_CLOCK)


@shared_task(name="settlement.tasks.reference_prices")
def reference_prices(**_: object) -> int:
    """This will publish the day's reference prices where they do not stand yet; returns how many venues got theirs."""
    return sum(_guarded(publish_day, venue=venue, clock=MARKET_CLOCK) for venue in list(Venue.objects.order_by("id")))


def run_now(*, clock: Clock) -> int:
    """This will do what is due by ``clock``; a step that fails is logged and holds up nobody else."""
    steps = 0
    for metered in list(open_meters(clock.now())[:500]):
        steps += _guarded(close_meter, trade=metered, actor=SYSTEM, clock=clock)
    for part in list(open_reductions()[:500]):
        steps += _guarded(reduce_price, claim=part, clock=clock)
    for venue in list(Venue.objects.order_by("id")):
        if waiting(venue.pk):
            steps += _guarded(collect_now, venue=venue, clock=clock)
        steps += _guarded(_freeze_if_due, venue=venue, clock=clock)
    for cycle in list(SettlementCycle.objects.filter(status__in=[CycleStatus.FROZEN, CycleStatus.POSTED]).order_by("id")):
        steps += _guarded(move_cycle, cycle=cycle, clock=clock)
    late = SettlementCycle.objects.filter(status__in=[CycleStatus.FROZEN, CycleStatus.POSTED], due_at__lte=clock.now())
    for cycle in list(late.order_by("id")):
        steps += _guarded(watch_cycle, cycle=cycle, actor=SYSTEM, clock=clock)
    for swapped in list(closable()[:500]):
        steps += _guarded(close_barter, barter=swapped, actor=SYSTEM, clock=clock)
    held = Settlement.objects.filter(status="settled", holdback_bps__gt=0, held_fen__gt=0, released__isnull=True,
                                     release_at__lte=clock.now())
    for one in list(held.order_by("id")[:500]):
        steps += _guarded(release_holdback, settlement=one, actor=SYSTEM, clock=clock)
    steps += _funds(clock)
    for failed in list(failed_unrefunded().select_related("trade__buyer")[:500]):
        steps += _guarded(refund_trade, trade=failed.trade, cause=failed.cause or "delivery.delivery.failed", actor=SYSTEM, clock=clock)
    return steps + _refunds(clock) + move_payouts(clock=clock)


def _funds(clock: Clock) -> int:
    steps = 0
    for grant in list(Subsidy.objects.filter(status="reserved", engagement__ended_at__isnull=False).order_by("id")[:500]):
        steps += _guarded(end_subsidy, subsidy=grant, actor=SYSTEM, clock=clock)
    for fund in list(SubsidyFund.objects.filter(status="open", effective_to__lte=clock.now()).order_by("id")):
        steps += _guarded(close_fund, fund=fund, actor=SYSTEM, clock=clock)
    for pool in due_pools(clock.now()):
        steps += _guarded(divide_pool, pool=pool, actor=SYSTEM, clock=clock)
    return steps


def _refunds(clock: Clock) -> int:
    steps = 0
    for asked in list(RefundRequest.objects.filter(status=RefundStatus.APPROVED).select_related("settlement").order_by("id")[:500]):
        steps += _guarded(post_refund, request=asked, actor=SYSTEM, clock=clock)
    for late in list(RefundRequest.objects.filter(due_at__lte=clock.now()).select_related("settlement").order_by("id")[:100]):
        steps += _guarded(watch_refund, request=late, actor=SYSTEM, clock=clock)
    return steps


def move_payouts(*, clock: Clock) -> int:
    """This will approve, send, deliver and ask back what is due, let the simulated bank work, and watch what is late."""
    steps, at = 0, clock.now()
    if blocking() is None:
        for one in list(Payout.objects.filter(status=PayoutStatus.REQUESTED, payable_at__lte=at).order_by("id")[:500]):
            steps += _guarded(approve_payout, payout=one, actor=SYSTEM, clock=clock)
        for one in list(Payout.objects.filter(status=PayoutStatus.APPROVED).order_by("id")[:500]):
            steps += _guarded(send_payout, payout=one, actor=SYSTEM, clock=clock)
    for one in list(Payout.objects.filter(status=PayoutStatus.SENT, delivered_at__isnull=True).order_by("id")[:500]):
        steps += _guarded(deliver_order, payout=one, clock=clock)
    recalled = Payout.objects.filter(status__in=[PayoutStatus.SENT, PayoutStatus.PAID], recall_at__isnull=False, delivered_at__isnull=False)
    for one in list(recalled.order_by("id")[:500]):
        _guarded(bank().recall, reference=one.code, at=at)
    if bank().simulated:
        steps += _guarded(work, tell=partial(_heard, clock=clock), at=at)
    for late in list(Payout.objects.filter(due_at__lte=at).order_by("id")[:100]):
        steps += _guarded(watch_payout, payout=late, actor=SYSTEM, clock=clock)
    for gone in recalled_while_waiting():
        steps += _guarded(match_recalled, reference=gone.notice.reference, amount_fen=gone.amount_fen, actor=SYSTEM, clock=clock)
    for waiting_for_its_owner in late_suspense(at):
        steps += _guarded(watch_suspense, suspense=waiting_for_its_owner, actor=SYSTEM, clock=clock)
    return steps


def _heard(message: Message, *, clock: Clock) -> bool:
    """Whether a notice of the simulated bank was taken; one that was not comes again."""
    try:
        take_notice(message=message, clock=clock)
    except Rejected:
        return False
    return True


@shared_task(name="settlement.tasks.write_receipts")
def write_receipts(**_: object) -> int:
    """This will write the receipts of what was paid since; what is missing is found in the database, so a lost call costs nothing."""
    return receipts_now(clock=MARKET_CLOCK)


def receipts_now(*, clock: Clock, whole: bool = False) -> int:
    """This will write every receipt that is missing; one that fails holds up no other and is tried again, every night at the latest."""
    return sum(_guarded(issue_receipt, of=one, actor=SYSTEM, clock=clock) for one in unreceipted(whole=whole))


@shared_task(name="settlement.tasks.reconcile_nightly")
def reconcile_nightly(**_: object) -> int:
    """This will reconcile once in a market day, after 01:00; twice or late it finds the day's run there."""
    return reconcile_if_due(clock=MARKET_CLOCK)


def reconcile_if_due(*, clock: Clock) -> int:
    """This will run the day's reconciliation if it has not been run; a missed night is caught up at the next call."""
    local = clock.now().astimezone(LOCAL)
    begins = local.replace(hour=1, minute=0, second=0, microsecond=0)
    begins = begins if begins <= local else begins - timedelta(days=1)
    if Reconciliation.objects.filter(at__gte=begins).exists():
        return 0
    receipts_now(clock=clock, whole=True)
    for venue in list(Venue.objects.order_by("id")):
        _guarded(open_tax_account, venue=venue, actor=SYSTEM, clock=clock)
    seal()  # what was told a moment ago is no arrear
    return _guarded(reconcile, once_since=begins, actor=SYSTEM, clock=clock)


@covers("G7", "T30")
def collect_now(*, venue: Venue, clock: Clock) -> int:
    """This will take up what is accepted; what fails is halved until one trade is left that fails alone, its try is counted, the others
    go on. What fails for want of a server, a lock or time is no fault of a trade: it ends this run, and the next begins again."""
    parts, taken, faults = [waiting_trades(venue.pk)], 0, 0
    while parts:
        part = parts.pop()
        try:
            taken += collect_accepted(venue=venue, actor=SYSTEM, clock=clock, only=part)
        except OperationalError:
            raise
        except Exception as fault:
            if len(part) > 1:
                half = len(part) // 2
                parts += [part[half:], part[:half]]
                continue
            faults += 1
            if not part or faults > MOST_FAULTS:
                raise  # so many at once are no fault of the trades
            trade = Trade.objects.select_related("seller").get(pk=part[0])
            log.warning("%s cannot be taken up for settling: %s", trade.code, fault)
            count_uncollected(trade=trade, words=f"{type(fault).__name__}: {fault}".partition("\n")[0], actor=SYSTEM, clock=clock)
    return taken


@covers("G7", "T30")
def move_cycle(*, cycle: SettlementCycle, clock: Clock, most: int = BATCH) -> int:
    """This will post a frozen cycle batch by batch and reconcile it once it is posted.

    A batch whose statement fails is halved until one line is left that fails alone: its try is counted, the others go on. What fails
    for want of a server, a lock or time is no fault of a line: it ends this run, and the next begins again.
    """
    last, size, faults = 0, most, 0
    while True:
        try:
            done = post_cycle(cycle=cycle, actor=SYSTEM, clock=clock, beyond=last, most=size)
        except OperationalError:
            raise
        except DatabaseError as fault:
            if size > 1:
                size = -(-size // 2)
                continue
            faults += 1
            if faults > MOST_FAULTS:
                raise  # so many at once are no fault of the lines: the cycle stands, is late, and gets its case
            log.warning("a line of %s behind %s cannot be posted: %s", cycle.code, last, fault)
            done = count_fault(cycle=cycle, beyond=last, words=str(fault).partition("\n")[0], actor=SYSTEM, clock=clock)
            size = most
        if done <= last:
            break
        last = done
    if SettlementCycle.objects.filter(pk=cycle.pk, status=CycleStatus.POSTED).exists():
        give_pledged(cycle=cycle, actor=SYSTEM, clock=clock)
        reconcile_cycle(cycle=cycle, actor=SYSTEM, clock=clock)
        return 1
    return 0


def _freeze_if_due(*, venue: Venue, clock: Clock) -> int:
    cycle = cycle_open.first(venue.pk) or open_cycle(venue=venue, actor=SYSTEM, clock=clock)
    if cycle.due_at > clock.now():
        return 0
    freeze_cycle(cycle=cycle, actor=SYSTEM, clock=clock)
    open_cycle(venue=venue, actor=SYSTEM, clock=clock)
    return 1


def _guarded(step: Callable[..., Any], **given: Any) -> int:
    """One step; its number of items, or 1 for an act on one object."""
    try:
        done = step(**given)
        return done if isinstance(done, int) else 1
    except Exception:
        log.exception("a settlement step failed; the next run tries again")
        return 0
