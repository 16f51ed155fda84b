"""What passes on of settling (R39): who is still to be paid, what is held back, and the accounts it goes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import Q

from evidence.operations import record
from kit.actors import SYSTEM
from kit.coverage import covers
from ledger import operations as ledger
from ledger.accounts import AccountKind
from participants.estates import Held, Obstacle, Passing, estate, follows, hinders, obstacle
from participants.models import Organization
from settlement.events import SettlementPassedOn
from settlement.models import Settlement
from settlement.states import SettlementStatus

__all__: list[str] = []

_HELD_BACK = Q(status=SettlementStatus.SETTLED, held_fen__gt=0, released__isnull=True)


@estate("settlement.settlements", "待清算与质保留存", "Settlements due and holdbacks")
def _settlements(of: Organization) -> Iterator[Held]:
    due = ~Q(status=SettlementStatus.SETTLED) & (Q(seller=of) | Q(buyer=of) | Q(organizations__contains=[of.pk]))
    rows = Settlement.objects.filter(due | (_HELD_BACK & Q(seller=of)))
    for one in rows:
        for column, other in (("seller_id", one.buyer_id), ("buyer_id", one.seller_id)):
            if getattr(one, column) == of.pk:
                yield Held(one.subject, one.code, "", "settlement_settlement", column, one.pk, other=other)
        if one.status != SettlementStatus.SETTLED and of.pk in one.organizations:
            yield Held(one.subject, one.code, "", "settlement_settlement", "organizations", one.pk)


@covers("R39")
@hinders("settlement.shares")
def _in_the_way(passing: Passing) -> Iterable[Obstacle]:
    """One party has one share of a price: where the heir has its own already, that price is settled first."""
    for one in passing.rows("settlement_settlement", "organizations"):
        heir = passing.heir_of(one.unit)
        if heir and Settlement.objects.filter(pk=one.key, organizations__contains=[heir.pk]).exists():
            yield obstacle(one.code, "承继方在该笔款项中已有份额，应先清算", "the heir has a share of this price already: settle it first")


@covers("R39", "B8", "I7")
@follows("settlement.accounts")
def _follow(passing: Passing) -> None:
    """What is due is paid into the heir's accounts by the same weights; what is held back moves to the heir's holdback."""
    for key in sorted({one.key for one in passing.rows("settlement_settlement")}):
        one = Settlement.objects.select_for_update(of=("self",), no_key=True).select_related("holdback").get(pk=key)
        heir = passing.heir_of(next(line.unit for line in passing.rows("settlement_settlement") if line.key == key))
        assert heir is not None, "refused before"
        digest = _to(one, passing.predecessor, heir, passing)
        one.save(update_fields=["parties", "accounts", "holdback"])
        record(SettlementPassedOn(subject=one.code, trade=one.subject, before=passing.predecessor.code, after=heir.code,
                                  succession=passing.succession.code, held_fen=one.held_fen or 0, transfer_hash=digest),
               actor=SYSTEM, at=passing.at)


def _to(one: Settlement, before: Organization, heir: Organization, passing: Passing) -> str:
    old, new, paid = ledger.accounts((before.code, AccountKind.HOLDBACK), (heir.code, AccountKind.HOLDBACK),
                                     (heir.code, AccountKind.AVAILABLE))
    digest = ""
    if one.status == SettlementStatus.SETTLED:
        fen = one.held_fen or 0
        ledger.lock([old, new])
        digest = ledger.transfer(kind="succession", legs=[ledger.Leg(old, -fen), ledger.Leg(new, fen)], subject=passing.succession.code,
                                 at=passing.at).hash
    else:
        one.accounts = [paid.pk if code == before.code else account for code, account in zip(one.parties, one.accounts, strict=True)]
        one.parties = [heir.code if code == before.code else code for code in one.parties]
    if one.holdback_id == old.pk:
        one.holdback = new
    return digest
