"""Dividing a pool once its period is over: by the weights signed, to whole fen, fractions waiting for the next (R72, E45).

What is posted after the end of a period is the next period's, also where the pool is closed late. A pool is closed once: its row is
locked, and the unique number of its next one stands behind it.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from django.db.models import Max, Q, QuerySet, Sum

from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import yuan
from kit.states import advance
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.models import Account, Posting
from ledger.operations import Leg
from ledger.queries import balance
from listings.models import ShareAgreement, ShareParty
from listings.states import ShareStatus
from participants.models import Organization
from participants.notices import Note, notify_all
from participants.permissions import require
from participants.queries import LOCAL
from settlement.events import PoolDivided
from settlement.models import AgreedShares, DividendPool, PoolShare, Settlement, Share
from settlement.sharing.periods import Closed, close_pool
from settlement.states import POOL, PoolStatus, SettlementStatus

__all__ = ["POOLED", "divide_pool", "due_pools", "ensure_pool", "open_pools", "period_of", "pool_account", "pooled_of"]

DIVIDEND = "dividend"
#: In the place of a party's key: whose the money is will be said when its period is over.
POOLED = 0


def pooled_of(rows: QuerySet[Settlement]) -> int:
    """This will add up what settlements left undivided in pools."""
    return int(Share.objects.filter(settlement__in=rows, organization=POOLED).aggregate(fen=Sum("amount_fen"))["fen"] or 0)


def pool_account(agreement: ShareAgreement) -> Account:
    """This will return the account on which an agreement's money waits until its period is over."""
    return ledger.account(agreement.code, AccountKind.UNDISTRIBUTED)


def period_of(at: datetime, months: int) -> tuple[datetime, datetime]:
    """This will return start and end of the period that holds an instant: whole calendar months, quarters, half-years, years, local."""
    local = at.astimezone(LOCAL)
    first = (local.year * 12 + local.month - 1) // months * months
    start, end = (datetime(month // 12, month % 12 + 1, 1, tzinfo=LOCAL) for month in (first, first + months))
    return start, end


def ensure_pool(agreement: ShareAgreement, at: datetime) -> DividendPool:
    """This will return the open pool of an agreement, whose row the caller has locked; the period's own is opened where there is none."""
    found = DividendPool.objects.filter(agreement=agreement, status=PoolStatus.OPEN).first()
    if found is not None:
        return found
    start, end = period_of(at, int(agreement.rest["period_months"]))
    return _open(agreement, start, end)


def _open(agreement: ShareAgreement, start: datetime, end: datetime) -> DividendPool:
    last = DividendPool.objects.filter(agreement=agreement).aggregate(number=Max("number"))["number"] or 0
    return DividendPool.objects.create(code=new_code("DIV"), agreement=agreement, number=last + 1, starts_at=start, ends_at=end)


def due_pools(at: datetime) -> list[DividendPool]:
    """This will list the pools whose period is over and that are not divided yet."""
    rows = DividendPool.objects.filter(status=PoolStatus.OPEN, ends_at__lte=at).select_related("agreement")
    return list(rows.order_by("ends_at", "id")[:500])


def open_pools(ours: Organization) -> list[tuple[DividendPool, int]]:
    """This will list the pools an organisation has a part in that still gather, and what each holds."""
    rows = DividendPool.objects.filter(status=PoolStatus.OPEN, agreement__in=ShareParty.objects.filter(
        organization=ours, weight__gt=0).values("agreement")).select_related("agreement__version__listing").order_by("ends_at", "id")
    return [(one, balance(pool_account(one.agreement)).posted_fen) for one in rows[:50]]


def _held(account: Account, ends_at: datetime) -> int:
    """What the account holds of what was posted before the end, less all that was divided; never more than is there now."""
    rows = Posting.objects.filter(account=account).filter(Q(transfer__at__lt=ends_at) | Q(transfer__kind=DIVIDEND))
    return max(0, min(int(rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0), balance(account).available_fen))


def _is_last(agreement: ShareAgreement) -> bool:
    """Nothing more comes in: the agreement is no longer in force, and all that was taken up under it is settled."""
    if agreement.status == ShareStatus.IN_FORCE:
        return False
    under = AgreedShares.objects.filter(agreement=agreement.code).values("settlement")
    return not Settlement.objects.filter(pk__in=under).exclude(status=SettlementStatus.SETTLED).exists()


@covers("R72", "I7", "E45")
@operation("settlement.pool.close")
def divide_pool(*, pool: DividendPool, actor: Actor, clock: Clock) -> DividendPool:
    """This will divide a pool whose period is over among those who signed, and open the next period; again = nothing."""
    agreement = ShareAgreement.objects.select_for_update(of=("self",), no_key=True).select_related("version").get(pk=pool.agreement_id)
    held = DividendPool.objects.select_for_update(no_key=True).get(pk=pool.pk)
    at = clock.now()
    require(actor, "settlement.pool.close", at=at)
    if held.status != PoolStatus.OPEN or held.ends_at > at:
        unchanged(at=at)
        return held
    account = pool_account(agreement)
    lines = [line for line in agreement.parties.select_related("organization").order_by("number") if line.weight]
    now = {line.party: line.organization for line in lines}
    weights = dict.fromkeys(now, 0)
    for line in lines:
        weights[line.party] += line.weight
    purses = {party: ledger.account(one.code, AccountKind.AVAILABLE) for party, one in now.items()}
    ledger.lock([account, *purses.values()])
    fen = _held(account, held.ends_at)
    shares = close_pool(fen, weights, _carried(agreement), last=_is_last(agreement))
    held.received_fen, held.paid_fen, held.closed_at = fen, sum(shares.paid.values()), at
    _pay(held, account, shares, purses, at)
    held.status = advance(POOL, PoolStatus(held.status), "close", subject=held.code, code="settlement.pool.illegal_move")
    held.save(update_fields=["status", "received_fen", "paid_fen", "closed_at", "transfer", "transfer_hash"])
    PoolShare.objects.bulk_create([PoolShare(
        pool=held, organization=now[party], party=party, weight=weights[party], accrued=str(shares.accrued[party]),
        carried=str(shares.carried[party]), amount_fen=shares.paid[party]) for party in weights])
    if agreement.status == ShareStatus.IN_FORCE or balance(account).posted_fen:
        _open(agreement, held.ends_at, period_of(held.ends_at, int(agreement.rest["period_months"]))[1])
    record(PoolDivided(subject=held.code, agreement=agreement.code, number=held.number, received_fen=fen, paid_fen=held.paid_fen,
                       paid=[[now[party].code, paid] for party, paid in shares.paid.items()], transfer_hash=held.transfer_hash),
           actor=actor, at=at)
    _tell(agreement, held, now, shares, at)
    return held


def _carried(agreement: ShareAgreement) -> dict[str, Fraction]:
    last = DividendPool.objects.filter(agreement=agreement, status=PoolStatus.CLOSED).order_by("-number").first()
    return {row.party: Fraction(row.carried) for row in last.shares.all()} if last is not None else {}


def _pay(held: DividendPool, account: Account, shares: Closed, purses: dict[str, Account], at: datetime) -> None:
    """One transfer; parties whose shares passed to one heir are paid by one leg."""
    sums: dict[int, tuple[Account, int]] = {}
    for party, fen in shares.paid.items():
        purse = purses[party]
        sums[purse.pk] = (purse, sums.get(purse.pk, (purse, 0))[1] + fen)
    if not held.paid_fen:
        return
    legs = [Leg(account, -held.paid_fen), *(Leg(purse, fen) for purse, fen in sums.values() if fen)]
    done = ledger.transfer(kind=DIVIDEND, legs=legs, subject=held.code, at=at)
    held.transfer, held.transfer_hash = done.id, done.hash


def _tell(agreement: ShareAgreement, held: DividendPool, now: dict[str, Organization], shares: Closed, at: datetime) -> None:
    zh, en = agreement.version.titles
    notify_all([Note(now[party], "settlement.pool.divided", (f"《{zh}》一期分红 {yuan(fen)} 已入账",
                                                             f"A dividend of {yuan(fen)} of “{en}” is paid"),
                     "ok", held.code, "/desk/shares/") for party, fen in shares.paid.items() if fen], at=at)
