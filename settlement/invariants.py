"""What must hold of settling at any instant; ``check_invariants`` evaluates these over the live database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import F, Q, Sum

from evidence.canonical import canonical
from evidence.clock import MARKET_CLOCK
from evidence.invariants import BY_ITS_CALLER, Invariant, every_move_is_told, invariant
from evidence.models import Record
from ledger.accounts import AccountKind
from ledger.models import Balance, Posting, Transfer
from ledger.queries import held_in
from listings.models import ShareAgreement
from listings.plans import charge
from participants.charges import Payer, Schedule
from participants.models import Venue
from participants.queries import venue_organization
from participants.successions import named_first
from settlement.contributing import reckoned
from settlement.fees import Taken, Terms, divide
from settlement.metering import plan_of
from settlement.models import (
    BankNotice,
    Contribution,
    DividendPool,
    Meter,
    Payout,
    PoolShare,
    Reduction,
    Refund,
    RefundLine,
    RefundRequest,
    Settlement,
    SettlementCycle,
    Share,
    Subsidy,
    SubsidyFund,
    Suspense,
)
from settlement.pooling import POOLED
from settlement.states import (
    CYCLE,
    FUND,
    PAYOUT,
    POOL,
    RECONCILIATION,
    REFUND_REQUEST,
    SETTLEMENT,
    SUBSIDY,
    SUSPENSE,
    FundStatus,
)
from trading.models import Barter
from trading.queries import charges_of
from trading.states import BarterStatus

__all__: list[str] = []

SLICE = 2000
#: Movements between the bank and the books.
OF_THE_BANK = ("funding", "payout", "payout_reversal", "bank_suspense", "suspense_cleared")


@invariant
class SettledOnce(Invariant):
    """At most one settlement per trade, each settled one with exactly its one transfer in the ledger, and none beside it."""

    id = "I6"

    def check(self) -> Iterable[str]:
        settled = Settlement.objects.filter(status="settled")
        for code in settled.filter(price_fen__gt=0, transfer__isnull=True).values_list("code", flat=True):
            yield f"{code} is settled without a transfer"
        known = Transfer.objects.filter(kind="settlement").values("uuid")
        for code in settled.filter(transfer__isnull=False).exclude(transfer__in=known).values_list("code", flat=True):
            yield f"{code} names a transfer that the ledger does not have"
        owned = settled.filter(transfer__isnull=False).values("transfer")
        for uuid, subject in Transfer.objects.filter(kind="settlement").exclude(uuid__in=owned).values_list("uuid", "subject"):
            yield f"transfer {uuid} of {subject} belongs to no settlement"


@invariant
class PaidEqualsDivided(Invariant):
    """The price is fee + levy + shares by the frozen weights, and the ledger moved exactly that."""

    id = "I7"

    def check(self) -> Iterable[str]:
        for chunk in _slices():
            shares: dict[int, list[tuple[int, int]]] = {}
            for key, amount, held in Share.objects.filter(settlement__in=[one.pk for one in chunk]).order_by("number").values_list(
                    "settlement_id", "amount_fen", "held_fen"):
                shares.setdefault(key, []).append((amount, held))
            first = named_first("settlement_settlement", "seller_id", [one.pk for one in chunk])
            for one in chunk:
                said = divide(one.price_fen, Terms(Schedule.read(one.charges), one.holdback_bps), one.parties,
                              one.weights, first.get(one.pk, one.seller.code))
                if shares.get(one.pk) != list(zip(said.shares, said.held, strict=True)):
                    yield f"{one.code}: the shares paid are not those of the frozen weights"
                if Taken(one.seller_fee_fen, one.buyer_fee_fen, one.levy_fen, one.shared_fen) != said.taken:
                    yield f"{one.code}: fee, levy and rest are not those of the frozen charges"
            yield from _ledger_differs(chunk)


def _slices() -> Iterator[list[Settlement]]:
    last = 0
    while chunk := list(Settlement.objects.filter(status="settled", pk__gt=last).select_related("seller").order_by("pk")[:SLICE]):
        yield chunk
        last = chunk[-1].pk


def _ledger_differs(chunk: list[Settlement]) -> Iterator[str]:
    moved = {(row["transfer__uuid"], row["account__kind"]): int(row["fen"]) for row in Posting.objects.filter(
        transfer__uuid__in=[one.transfer for one in chunk if one.transfer]).values("transfer__uuid", "account__kind").annotate(
        fen=Sum("amount_fen"))}
    own = dict(Share.objects.filter(settlement__in=[one.pk for one in chunk if one.pair], organization=F("settlement__seller")).values_list(
        "settlement_id", "amount_fen"))
    pools = dict(Share.objects.filter(settlement__in=[one.pk for one in chunk], organization=POOLED).values_list(
        "settlement_id", "amount_fen"))
    for one in chunk:
        if one.transfer is None:
            continue
        pooled = pools.get(one.pk, 0)
        kinds = {"escrow": -(one.price_fen + one.buyer_fee_fen), "tax": one.fee_tax_fen,
                 "venue_fees": one.seller_fee_fen + one.buyer_fee_fen - one.fee_tax_fen,
                 "public_interest": one.levy_fen, "holdback": one.held_fen or 0,
                 "set_off": own.get(one.pk, 0), "undistributed": pooled,
                 "available": one.shared_fen - (one.held_fen or 0) - own.get(one.pk, 0) - pooled}
        for kind, fen in kinds.items():
            if moved.get((one.transfer, kind), 0) != fen:
                yield f"{one.code}: the ledger moved {moved.get((one.transfer, kind), 0)} fen on {kind}, not {fen}"


@invariant
class ContributionsReckonAgain(Invariant):
    """What was reckoned comes out of the kept inputs again, and an agreement that goes by it names the hash of those inputs."""

    id = "I7"

    def check(self) -> Iterable[str]:
        for one in Contribution.objects.order_by("pk").iterator(chunk_size=50):
            if hashlib.sha256(canonical(one.inputs)).hexdigest() != one.inputs_sha256:
                yield f"{one.code}: the inputs are not those that were hashed"
            elif one.kind != "sampled" and {party: str(value) for party, value in reckoned(one).values.items()} != {
                    party: row[0] for party, row in one.values.items()}:
                yield f"{one.code}: its inputs give other values"
        known = dict(Contribution.objects.values_list("code", "inputs_sha256"))
        for code, rest in ShareAgreement.objects.filter(rest__has_key="contribution").values_list("code", "rest"):
            if known.get(rest["contribution"]["code"]) != rest["contribution"]["inputs_sha256"]:
                yield f"{code}: goes by a reckoning that is not on file"


@invariant
class PoolsPayWhatTheyHeld(Invariant):
    """What was paid out of an agreement's undistributed account is what its closed periods divided, to the fen."""

    id = "I7"

    def check(self) -> Iterable[str]:
        paid = {row["agreement__code"]: int(row["fen"] or 0) for row in DividendPool.objects.filter(status="closed").values(
            "agreement__code").annotate(fen=Sum("paid_fen"))}
        moved = {row["account__owner"]: -int(row["fen"]) for row in Posting.objects.filter(
            account__kind=AccountKind.UNDISTRIBUTED, transfer__kind="dividend").values("account__owner").annotate(fen=Sum("amount_fen"))}
        for code in sorted({*paid, *moved}):
            if paid.get(code, 0) != moved.get(code, 0):
                yield f"{code}: its periods divided {paid.get(code, 0)} fen, the ledger paid {moved.get(code, 0)}"
        told = PoolShare.objects.values("pool__code", "pool__paid_fen").annotate(fen=Sum("amount_fen")).exclude(fen=F("pool__paid_fen"))
        yield from (f"{row['pool__code']}: the parties' parts are not what it paid" for row in told)


@invariant
class SetOffsCloseAtNothing(Invariant):
    """The set-off of a barter is at nothing once it is settled or unwound; until then it owes what the givers' own shares bring back."""

    id = "I7"

    def check(self) -> Iterable[str]:
        back = dict(Share.objects.exclude(settlement__pair="").filter(organization=F("settlement__seller")).values_list(
            "settlement__pair").annotate(fen=Sum("amount_fen")))
        left = dict(Balance.objects.filter(account__kind=AccountKind.SET_OFF).values_list("account__owner", "posted_fen"))
        for one in Barter.objects.prefetch_related("legs").order_by("pk").iterator(chunk_size=SLICE):
            legs = list(one.legs.all())
            owed = sum(leg.value_fen - leg.money_fen - leg.difference_fen for leg in legs)
            due = back.get(one.code, 0) - owed if one.status == BarterStatus.AGREED else 0
            if left.get(one.code, 0) != due:
                yield f"barter {one.code} is {one.status}: its set-off is at {left.get(one.code, 0)} fen, not {due}"


@invariant
class RefundsWithinPaid(Invariant):
    """Nothing is refunded beyond what was paid (price and buyer's charges), and nothing both settled and refunded."""

    id = "I8"

    def check(self) -> Iterable[str]:
        for request in RefundRequest.objects.filter(status__in=["approved", "posted"]).select_related("settlement"):
            given = RefundLine.objects.filter(request=request).aggregate(
                fen=Sum("amount_fen"), paid=Sum("amount_fen", filter=Q(transfer__isnull=False)))
            if given["fen"] != request.amount_fen or (request.status == "posted" and given["paid"] != request.amount_fen):
                yield f"{request.code}: its lines give {given['fen']} fen and gave {given['paid']}, not {request.amount_fen}"
        rows = RefundRequest.objects.filter(status__in=["requested", "approved",
                                                        "posted"]).values("settlement").annotate(fen=Sum("amount_fen"))
        for row in rows.filter(fen__gt=F("settlement__price_fen") + F("settlement__buyer_fee_fen")):
            yield f"settlement {row['settlement']}: refunds of {row['fen']} fen exceed what was paid"
        for code in Settlement.objects.filter(status="returned", trade__refund__isnull=True).values_list("code", flat=True):
            yield f"{code} is returned and its trade has no refund"
        wrong = Refund.objects.filter(Q(amount_fen__gt=F("trade__price_fen")) | Q(trade__settlement__status="settled"))
        for one in wrong.select_related("trade__venue", "trade__settlement"):
            paid = one.trade.price_fen + charges_of(one.trade).total(one.trade.price_fen, Payer.BUYER)
            settled = hasattr(one.trade, "settlement") and one.trade.settlement.status == "settled"
            if settled or one.amount_fen > paid:
                yield f"refund {one.code} of {one.trade.code} exceeds what was paid, or the trade was settled"


every_move_is_told("settlement_settlementcycle", CYCLE, {
    "freeze": "settlement.cycle.frozen", "post": "settlement.cycle.posted", "close": "settlement.cycle.closed",
    "block": "settlement.cycle.blocked"}, births={"open": "settlement.cycle.opened"})
every_move_is_told("settlement_settlement", SETTLEMENT, {
    "park": "settlement.settlement.parked", "retry": "settlement.settlement.retried", "return": "settlement.settlement.returned",
    "settle": BY_ITS_CALLER},
    births={"due": BY_ITS_CALLER})  # a batch has one fact; BatchesAreTold counts its lines


every_move_is_told("settlement_subsidyfund", FUND, {
    "open": "settlement.subsidy_fund.opened", "refuse": "settlement.subsidy_fund.refused", "close": "settlement.subsidy_fund.closed"},
    births={"proposed": "settlement.subsidy_fund.proposed"})
every_move_is_told("settlement_subsidy", SUBSIDY, {
    "pay": "settlement.subsidy.paid", "release": "settlement.subsidy.released"}, births={"reserved": "settlement.subsidy.granted"})

every_move_is_told("settlement_payout", PAYOUT, {
    "hold": "settlement.payout.held", "release": "settlement.payout.released", "approve": "settlement.payout.approved",
    "cancel": "settlement.payout.cancelled", "send": "settlement.payout.sent", "pay": "settlement.payout.paid",
    "return": "settlement.payout.returned", "reverse": "settlement.payout.reversed"}, births={"requested": "settlement.payout.requested"},
    besides={("requested", "settlement.payout.confirmed"): "requested", ("requested", "settlement.payout.cleared"): "requested",
             ("sent", "settlement.payout.recalled"): "sent", ("paid", "settlement.payout.recalled"): "paid"})
every_move_is_told("settlement_dividendpool", POOL, {"close": "settlement.pool.divided"}, births={"open": BY_ITS_CALLER})
every_move_is_told("settlement_suspense", SUSPENSE, {
    "clear": "settlement.suspense.cleared", "match": ("settlement.suspense.matched", BY_ITS_CALLER)},  # one fact closes both of a pair
    births={"open": "settlement.suspense.opened"})
every_move_is_told("settlement_reconciliation", RECONCILIATION, {"mend": "settlement.reconciliation.mended"}, births={
    "passed": "settlement.reconciliation.passed", "failed": "settlement.reconciliation.failed"})
every_move_is_told("settlement_refundrequest", REFUND_REQUEST, {
    "approve": "settlement.refund_request.approved", "refuse": "settlement.refund_request.refused",
    "withdraw": "settlement.refund_request.withdrawn", "post": "settlement.refund_request.posted"},
    births={"requested": "settlement.refund_request.requested"}, besides={
        ("approved", "settlement.refund_request.paid_in_part"): "approved"})


@invariant
class FundsAddUp(Invariant):
    """A fund's account holds its budget less what was paid, and has set aside what is granted; closed, it holds only that."""

    id = "I5"

    def check(self) -> Iterable[str]:
        for fund in SubsidyFund.objects.filter(status__in=[FundStatus.OPEN, FundStatus.CLOSED]).select_related("account__balance"):
            rows = Subsidy.objects.filter(fund=fund).aggregate(paid=Sum("paid_fen"), held=Sum("amount_fen", filter=Q(status="reserved")))
            held = rows["held"] or 0
            due = fund.budget_fen - (rows["paid"] or 0) if fund.status == FundStatus.OPEN else held
            if (fund.account.balance.posted_fen, fund.account.balance.reserved_fen) != (due, held):
                yield f"fund {fund.code} should hold {due} fen with {held} set aside"


@invariant
class BatchesAreTold(Invariant):
    """As many settlements fell due as the facts of collecting have lines, and each cycle settled as many as its batches have."""

    id = "I17"

    def check(self) -> Iterable[str]:
        taken, told = Settlement.objects.count(), _lines(Record.objects.filter(kind="settlement.trade.due"))
        if taken != told:
            yield f"{taken} settlements, but {told} lines were told when they fell due"
        for cycle in SettlementCycle.objects.exclude(status="open").order_by("-id")[:200]:
            settled = Settlement.objects.filter(cycle=cycle, status="settled").count()
            told = _lines(Record.objects.filter(subject=cycle.code, kind="settlement.trade.settled"))
            if settled != told:
                yield f"cycle {cycle.code}: {settled} settled, but its batches tell of {told}"


def _lines(facts: Any) -> int:
    """The lines that batch facts speak for."""
    return sum(int(one) for one in facts.values_list("payload__lines", flat=True).iterator())


@invariant
class MetersAddUp(Invariant):
    """A closed meter charged what its plan says of its uses, the rest of what was paid went back, its settlement divides the charge."""

    id = "I7"

    def check(self) -> Iterable[str]:
        for one in Meter.objects.select_related("trade__settlement").order_by("pk").iterator():
            plan, charges = plan_of(one.trade), charges_of(one.trade)
            paid = one.cap_fen + charges.total(one.cap_fen, Payer.BUYER)
            if plan is None or one.cap_fen != one.trade.price_fen or one.charge_fen != charge(plan, one.uses, one.cap_fen):
                yield f"meter {one.code}: {one.charge_fen} fen are not what the plan of {one.trade.code} says"
            elif one.returned_fen != paid - one.charge_fen - charges.total(one.charge_fen, Payer.BUYER):
                yield f"meter {one.code}: {one.returned_fen} fen went back, not the rest of {paid}"
            settled = getattr(one.trade, "settlement", None)
            if settled is not None and settled.price_fen != one.charge_fen:
                yield f"{settled.code} divides {settled.price_fen} fen, its meter charged {one.charge_fen}"


@invariant
class ReductionsAddUp(Invariant):
    """A part's price and what went back are together what was paid, as the two sides agreed; its settlement divides that price."""

    id = "I7"

    def check(self) -> Iterable[str]:
        for one in Reduction.objects.select_related("trade__settlement", "trade__delivery").order_by("pk").iterator():
            charges = charges_of(one.trade)
            paid = one.price_fen + charges.total(one.price_fen, Payer.BUYER)
            if not one.trade.delivery.claims.filter(outcome="agreed", due_fen=one.due_fen, price_fen=one.price_fen).exists():
                yield f"reduction {one.code}: nobody agreed to {one.due_fen} of {one.price_fen} fen"
            if one.returned_fen != paid - one.due_fen - charges.total(one.due_fen, Payer.BUYER):
                yield f"reduction {one.code}: {one.returned_fen} fen went back, not the rest of {paid}"
            settled = getattr(one.trade, "settlement", None)
            if settled is not None and settled.price_fen != one.due_fen:
                yield f"{settled.code} divides {settled.price_fen} fen, its part costs {one.due_fen}"


@invariant
class CustomersMoneyStaysTheirs(Invariant):
    """No movement from or to the bank touches an account of the venue, and the venue holds no party's kind of money (R57)."""

    id = "I1"

    def check(self) -> Iterable[str]:
        venues = sorted({venue_organization(venue).code for venue in Venue.objects.all()})
        rows = Posting.objects.filter(account__owner__in=venues, amount_fen__gt=0)
        for uuid, kind in rows.filter(transfer__kind__in=OF_THE_BANK).values_list("transfer__uuid", "transfer__kind"):
            yield f"transfer {uuid} ({kind}) credits principal to the venue"
        for uuid, kind in rows.filter(account__kind__in=["escrow", "holdback", "deposit"]).values_list("transfer__uuid", "account__kind"):
            yield f"transfer {uuid} credits the venue's {kind}: money of that kind is a party's"


@invariant
class PayoutsAreReserved(Invariant):
    """Every payout under way is reserved in its party's account, each ended one has closed its reserve, paid ones moved the amount once."""

    id = "I4"

    def check(self) -> Iterable[str]:
        for one in Payout.objects.order_by("pk").iterator():
            closing = Transfer.objects.filter(pending__uuid=one.pending).values_list("phase", "uuid").first()
            wanted = {"paid": "posted", "reversed": "posted", "returned": "voided", "cancelled": "voided"}.get(one.status)
            if (closing[0] if closing else None) != wanted or (wanted == "posted" and closing and closing[1] != one.transfer):
                yield f"payout {one.code} is {one.status}, its reserve was closed by {closing}"
        for notice in BankNotice.objects.filter(booked=False, suspense__isnull=True).exclude(kind="returned"):
            yield f"notice {notice.ident} is neither booked nor set apart"


@invariant
class SuspenseIsNamed(Invariant):
    """The suspense account holds exactly the items that wait for their owner, and none waits beyond its term (I9)."""

    id = "I9"

    def check(self) -> Iterable[str]:
        named = Suspense.objects.filter(status="open").aggregate(fen=Sum("amount_fen"))["fen"] or 0
        held = sum(fen for _, owner, fen in held_in("suspense") if owner == "BANK")
        if named != held:
            yield f"the suspense account holds {held} fen, the open items name {named}"
        pairs = set(Suspense.objects.filter(status="matched", amount_fen__gt=0).values_list("code", flat=True))
        told = set(Record.objects.filter(kind="settlement.suspense.matched").values_list("subject", flat=True))
        yield from (f"{code}: matched with its recall in the books or in the record book, and not in both" for code in sorted(pairs ^ told))
        for one in Suspense.objects.filter(status="open", due_at__lt=MARKET_CLOCK.now()):
            yield f"{one.code}: {one.amount_fen} fen wait for their owner since {one.opened_at}"
