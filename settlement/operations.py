"""The settlement cycle: opened, frozen by id, posted in batches by one statement each, reconciled, closed (G7, R57, R75).

Every step finds its work in the database and may run twice or never: a cycle is locked while it moves, a trade settles once
by its unique key, and what was posted is posted (T24 to T26).
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db.models import QuerySet, Sum

from compliance.cases import open_case
from compliance.models import CaseKind
from evidence.merkle import root_of_leaves
from evidence.operations import current_command, operation, record, unchanged
from evidence.prepared import ask, prepared
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from kit.states import advance
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.models import Posting, Transfer
from ledger.operations import Leg, TransferRef
from ledger.queries import balance
from participants.models import Venue
from participants.operations import notify
from participants.permissions import require
from participants.queries import LOCAL, parameter, venue_organization
from participants.timers import after
from settlement.bank_port import bank
from settlement.bartering import set_off_of, unwind_barter, whole_pairs
from settlement.dead_letters import tell_parked
from settlement.events import (
    CycleBlocked,
    CycleClosed,
    CycleFrozen,
    CycleOpened,
    CyclePosted,
    HoldbackReleased,
    TradeRefunded,
    TradesSettled,
)
from settlement.models import Refund, RefundLine, Settlement, SettlementCycle
from settlement.pooling import pooled_of
from settlement.simulated_bank import transfer_in
from settlement.states import CYCLE, CycleStatus, SettlementStatus
from trading.models import Basis, Trade
from trading.operations import unwind_trade

__all__ = ["book_deposit", "freeze_cycle", "open_cycle", "post_cycle", "reconcile_cycle", "refund_trade", "release_holdback",
           "stop_cycle", "watch_cycle"]

#: Settlements moved by one statement and one transaction.
BATCH = 10_000


@operation("settlement.cycle.open")
def open_cycle(*, venue: Venue, actor: Actor, clock: Clock) -> SettlementCycle:
    """This will return the venue's open cycle, opening it if there is none; it freezes at the venue's hour of the day."""
    at = clock.now()
    require(actor, "settlement.cycle.open", at=at)
    found = cycle_open.first(venue.pk)
    if found is not None:
        unchanged(at=at)
        return found
    cycle = SettlementCycle.objects.create(code=new_code("CYC"), venue=venue, opened_at=at, due_at=_next_freeze(venue, at))
    record(CycleOpened(subject=cycle.code, venue=venue.code), actor=actor, at=at)
    return cycle


@prepared
def cycle_open(venue: int) -> QuerySet[SettlementCycle]:
    """The venue's open cycle, if it has one."""
    return SettlementCycle.objects.filter(venue=venue, status=CycleStatus.OPEN)


@prepared
def _locked(pk: int) -> QuerySet[SettlementCycle]:
    return SettlementCycle.objects.select_for_update(of=("self",), no_key=True).select_related("venue").filter(pk=pk)


def _next_freeze(venue: Venue, at: datetime) -> datetime:
    hour, _, minute = str(parameter("settlement.cycle_time", venue=venue, at=at)).partition(":")
    local = at.astimezone(LOCAL)
    today = datetime.combine(local.date(), time(int(hour), int(minute or 0)), LOCAL)
    return today if today > local else today + timedelta(days=1)


@operation("settlement.cycle.freeze")
@covers("G7")
def freeze_cycle(*, cycle: SettlementCycle, actor: Actor, clock: Clock, most: int | None = None) -> SettlementCycle:
    """This will fix by id what the cycle settles; what is accepted later goes to the next. ``most`` bounds a cycle's size."""
    one = _locked.get(cycle.pk)
    at = clock.now()
    require(actor, "settlement.cycle.freeze", at=at)
    if one.status != CycleStatus.OPEN:
        unchanged(at=at)
        return one
    due = Settlement.objects.filter(status=SettlementStatus.DUE, cycle__isnull=True, trade__venue=one.venue).order_by("id")
    ids = whole_pairs(list(due.values_list("pk", flat=True)[: most or 1_000_000]))
    one.lines = Settlement.objects.filter(pk__in=ids, cycle__isnull=True, status=SettlementStatus.DUE).update(cycle=one)
    one.status, one.frozen_at, one.due_at = _next(one, "freeze"), at, at + timedelta(minutes=10)
    one.save(update_fields=["status", "frozen_at", "due_at", "lines"])
    record(CycleFrozen(subject=one.code, lines=one.lines), actor=actor, at=at)
    return one


@operation("settlement.cycle.post")
@covers("G7", "I6", "I7", "T24", "R75")
def post_cycle(*, cycle: SettlementCycle, actor: Actor, clock: Clock, beyond: int = 0, most: int = BATCH) -> int:
    """This will settle the next batch of a frozen cycle and return the last id it looked at, 0 when the batch was the last.

    One statement moves the batch; one fact tells it with the root over its lines. What cannot be settled is tried again at
    the next run and parked at the fifth try. When nothing is due any more, the cycle is posted. Again = nothing.
    """
    one = _locked.get(cycle.pk)
    at = clock.now()
    require(actor, "settlement.cycle.post", at=at)
    if one.status != CycleStatus.FROZEN:
        unchanged(at=at)
        return 0
    last, settled, faulty, total, leaves = _post_batch(one, beyond, most, at) if one.lines else (0, 0, 0, 0, [])
    if settled:
        record(TradesSettled(subject=one.code, lines=settled, lines_root=root_of_leaves(leaves).hex(), total_fen=total, faulty=faulty),
               actor=actor, at=at)
    if faulty:
        tell_parked(one, actor=actor, at=at, clock=clock)
    due = Settlement.objects.filter(cycle=one, status=SettlementStatus.DUE)
    if not due.filter(pk__gt=last).exists() and not due.exists():  # first what is ahead: what lies behind is walked once, at the end
        _posted(one, actor, at, leaves)
        return 0
    if not settled:
        unchanged(at=at)  # no money and no state moved: only tries were counted
    return last


def _post_batch(one: SettlementCycle, beyond: int, most: int, at: datetime) -> tuple[int, int, int, int, list[bytes]]:
    owner = venue_organization(one.venue).code
    kinds = (AccountKind.VENUE_FEES, AccountKind.TAX, AccountKind.PUBLIC_INTEREST)
    fees, taxes, levies = ledger.accounts(*((owner, kind) for kind in kinds))
    ((last, settled, faulty, total, leaves),) = ask(
        "SELECT last, settled, faulty, total_fen, leaves FROM settlement_post(%s, %s, %s, %s, %s, %s, %s, %s)",
        [one.pk, beyond, most, fees.pk, taxes.pk, levies.pk, at, current_command()])
    return last or 0, settled, faulty, total, [bytes(leaf) for leaf in leaves or ()]


def _posted(one: SettlementCycle, actor: Actor, at: datetime, leaves: list[bytes]) -> None:
    ((one.settled, one.parked, one.total_fen),) = ask(
        "SELECT count(*) FILTER (WHERE status = 'settled'), count(*) FILTER (WHERE status = 'parked'), "
        "COALESCE(sum(price_fen) FILTER (WHERE status = 'settled'), 0)::bigint FROM settlement_settlement WHERE cycle_id = %s", [one.pk])
    one.lines_root = root_of_leaves(leaves).hex() if len(leaves) == one.settled else lines_root_of(one)  # one batch was the cycle
    one.status, one.posted_at, one.due_at = _next(one, "post"), at, at + timedelta(minutes=60)
    one.save(update_fields=["settled", "parked", "total_fen", "lines_root", "status", "posted_at", "due_at"])
    record(CyclePosted(subject=one.code, lines=one.settled, lines_root=one.lines_root, total_fen=one.total_fen, parked=one.parked),
           actor=actor, at=at)


def lines_root_of(one: SettlementCycle) -> str:
    """This will compute the root over the cycle's settled lines in the order of their ids, streaming."""
    leaves = Settlement.objects.filter(cycle=one, status=SettlementStatus.SETTLED).order_by("id").values_list("leaf", flat=True)
    return root_of_leaves(bytes(leaf or b"") for leaf in leaves.iterator(chunk_size=10_000)).hex()


@operation("settlement.cycle.reconcile")
@covers("I2", "I7", "I9")
def reconcile_cycle(*, cycle: SettlementCycle, actor: Actor, clock: Clock) -> SettlementCycle:
    """This will compare the cycle with the ledger, line by line and in sum, and close it, or block it with what differs."""
    one = _locked.get(cycle.pk)
    at = clock.now()
    require(actor, "settlement.cycle.reconcile", at=at)
    if one.status not in (CycleStatus.POSTED, CycleStatus.BLOCKED):
        unchanged(at=at)
        return one
    one.differences = differences_of(one)
    if one.differences:
        if one.status == CycleStatus.POSTED:
            stop_cycle(one, one.differences, actor=actor, at=at, clock=clock)
        else:
            unchanged(at=at)  # still blocked
    else:
        one.status, one.closed_at = _next(one, "close"), at
        record(CycleClosed(subject=one.code, lines_root=one.lines_root), actor=actor, at=at)
    one.save(update_fields=["status", "closed_at", "due_at", "differences"])
    return one


def stop_cycle(one: SettlementCycle, differences: list[str], *, actor: Actor, at: datetime, clock: Clock) -> None:
    """This will block a posted cycle (unsaved) with what differs: a fact, and a case for the operator's desk."""
    one.status, one.differences, one.due_at = _next(one, "block"), differences, after("case.settlement", at)
    record(CycleBlocked(subject=one.code, differences=differences[:20]), actor=actor, at=at)
    open_case(kind=CaseKind.SETTLEMENT, subject_kind="settlement_cycle", subject_code=one.code, priority=90,
              text="\n".join(differences[:20]),
              title=(f"清算批次 {one.code} 待查", f"Settlement cycle {one.code} is blocked"), actor=SYSTEM, clock=clock)


@operation("settlement.cycle.watch")
@covers("G7")
def watch_cycle(*, cycle: SettlementCycle, actor: Actor, clock: Clock) -> SettlementCycle:
    """This will tell of a cycle that should have moved on: a frozen one gets a case, one that was never reconciled is blocked."""
    one = _locked.get(cycle.pk)
    at = clock.now()
    require(actor, "settlement.cycle.post", at=at)
    if one.due_at > at or one.status not in (CycleStatus.FROZEN, CycleStatus.POSTED):
        unchanged(at=at)
        return one
    if one.status == CycleStatus.POSTED:
        stop_cycle(one, ["not reconciled in time"], actor=actor, at=at, clock=clock)
    else:
        due = Settlement.objects.filter(cycle=one, status=SettlementStatus.DUE).count()
        one.due_at = after("case.settlement", at)
        open_case(kind=CaseKind.SETTLEMENT, subject_kind="settlement_cycle", subject_code=one.code, priority=80, actor=SYSTEM, clock=clock,
                  text=f"{due} / {one.lines}",
                  title=(f"清算批次 {one.code} 逾期未过账", f"Settlement cycle {one.code} is late with posting"))
    one.save(update_fields=["status", "differences", "due_at"])
    return one


def differences_of(one: SettlementCycle) -> list[str]:
    """This will list where the cycle and the ledger disagree: sums by account kind, escrows left with money, the root."""
    ((price, buyer, seller, tax, levy, held, shared),) = ask(
        "SELECT COALESCE(sum(price_fen), 0)::bigint, COALESCE(sum(buyer_fee_fen), 0)::bigint, COALESCE(sum(seller_fee_fen), 0)::bigint, "
        "COALESCE(sum(fee_tax_fen), 0)::bigint, COALESCE(sum(levy_fen), 0)::bigint, COALESCE(sum(held_fen), 0)::bigint, "
        "COALESCE(sum(shared_fen), 0)::bigint "
        "FROM settlement_settlement WHERE cycle_id = %s AND status = 'settled'", [one.pk])
    rows = Settlement.objects.filter(cycle=one, status=SettlementStatus.SETTLED)
    own, pooled = set_off_of(rows), pooled_of(rows)
    expected = {AccountKind.ESCROW: -price - buyer, AccountKind.VENUE_FEES: seller + buyer - tax, AccountKind.TAX: tax,
                AccountKind.PUBLIC_INTEREST: levy,
                AccountKind.HOLDBACK: held, AccountKind.SET_OFF: own, AccountKind.UNDISTRIBUTED: pooled,
                AccountKind.AVAILABLE: shared - held - own - pooled}
    transfers = rows.filter(transfer__isnull=False).values("transfer")
    found = {row["account__kind"]: int(row["moved"]) for row in Posting.objects.filter(transfer__uuid__in=transfers)
             .values("account__kind").annotate(moved=Sum("amount_fen"))}
    texts = [f"{kind}: settled {expected[kind]} fen, the ledger moved {found.get(kind, 0)}"
             for kind in expected if expected[kind] != found.get(kind, 0)]
    left = rows.exclude(escrow__balance__posted_fen=0).values_list("subject", "escrow__balance__posted_fen")[:20]
    texts += [f"{subject}: {fen} fen left in escrow" for subject, fen in left]
    if lines_root_of(one) != one.lines_root:
        texts.append("the lines no longer have the root that was recorded")
    return texts


@operation("settlement.holdback.release")
@covers("E55")
def release_holdback(*, settlement: Settlement, actor: Actor, clock: Clock) -> Settlement:
    """This will pay the seller what was held back, once its time is over."""
    one = Settlement.objects.select_for_update(of=("self",), no_key=True).select_related("seller", "holdback").get(pk=settlement.pk)
    at = clock.now()
    require(actor, "settlement.holdback.release", at=at)
    if one.released is not None or not one.held_fen or at < one.release_at:
        unchanged(at=at)
        return one
    refunded = RefundLine.objects.filter(request__settlement=one, transfer__isnull=False, held_fen__gt=0)
    left = one.held_fen - sum(line.held_fen for line in refunded)
    if left == 0:  # all of it went back to the buyer
        one.released, digest = refunded[0].transfer, ""
    else:
        target = ledger.account(one.seller.code, AccountKind.AVAILABLE)
        done = ledger.transfer(kind="holdback_release", legs=[Leg(one.holdback, -left), Leg(target, left)], subject=one.subject, at=at)
        one.released, digest = done.id, done.hash
    one.save(update_fields=["released"])
    record(HoldbackReleased(subject=one.code, trade=one.subject, amount_fen=left, transfer_hash=digest), actor=actor, at=at)
    return one


@operation("settlement.refund.post")
@covers("I8")
def refund_trade(*, trade: Trade, cause: str, actor: Actor, clock: Clock) -> Refund | None:
    """This will give the whole price back out of the trade's escrow and unwind the trade; never once it is settled.

    A barter goes back whole: its other trade with it, or nothing while a dispute holds either (None).
    """
    if trade.basis == Basis.BARTER:
        return unwind_barter(trade=trade, cause=cause, actor=actor, clock=clock)
    at = clock.now()
    require(actor, "settlement.refund.post", at=at)
    known = Refund.objects.filter(trade=trade).first()
    if known is not None:
        unchanged(at=at)
        return known
    if Settlement.objects.filter(trade=trade).exclude(status=SettlementStatus.RETURNED).exists():
        raise Rejected("settlement.refund.already_settled", trade=trade.code)
    escrow, buyer = ledger.accounts((trade.code, AccountKind.ESCROW), (trade.buyer.code, AccountKind.AVAILABLE))
    ledger.lock([escrow, buyer])
    amount = balance(escrow).posted_fen
    done = ledger.transfer(kind="refund", legs=[Leg(escrow, -amount), Leg(buyer, amount)], subject=trade.code, at=at)
    refund = Refund.objects.create(code=new_code("RFD"), trade=trade, amount_fen=amount, cause=cause[:60], transfer=done.id,
                                   transfer_hash=done.hash, at=at)
    unwind_trade(trade=trade, cause=cause[:60], actor=actor, clock=clock)
    record(TradeRefunded(subject=refund.code, trade=trade.code, amount_fen=amount, cause=refund.cause,
                         transfers=[{"id": str(done.id), "hash": done.hash}]), actor=actor, at=at)
    notify(organization=trade.buyer, kind="settlement.refund.posted", tone="ok", subject=trade.code, href="/desk/account/", at=at,
           text=(f"“{trade.titles[0]}”的价款已全额退回您的账户。", f"The price of “{trade.titles[1]}” is back in your account in full."))
    return refund


@operation("settlement.deposit.book")
def book_deposit(*, organization: str, amount_fen: int, reference: str, actor: Actor, clock: Clock) -> TransferRef:
    """This will book a line of the bank's statement to a party, by the venue's operator."""
    at = clock.now()
    require(actor, "settlement.deposit.book", at=at)
    if bank().simulated and not Transfer.objects.filter(kind="funding", subject=reference).exists():
        transfer_in(reference=reference, party=organization, amount_fen=amount_fen, at=at, tell=False)  # the slip was the bank's word
    return ledger.fund(organization=organization, amount_fen=amount_fen, reference=reference, actor=actor, clock=clock)


def _next(one: SettlementCycle, action: str) -> CycleStatus:
    return advance(CYCLE, CycleStatus(one.status), action, subject=one.code, code="settlement.cycle.illegal_move")
