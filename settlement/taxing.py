"""The tax account of the venue 应交税费: what earlier charges held of tax is moved there once, and what came to it month by month.

Until tax had an account of its own it stood mixed with the fees. Those transfers do not change; one opening posting a venue takes their
tax out, each at the rate of its own day, so that from then on the two balances say what they are called.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo

from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.models import Account, Posting, Transfer
from ledger.operations import Leg, TransferRef
from ledger.queries import moved_by_month
from participants.fee_tax import fee_tax_bps
from participants.models import Venue
from participants.permissions import require
from participants.queries import LOCAL, venue_organization
from participants.tax import included
from settlement.events import TaxAccountOpened

__all__ = ["open_tax_account", "taxed_months"]

OPENING = "tax_opening"
#: Charges for a service, and what went back of them. A defaulter's damages for a lost fee are no charge and hold no tax.
_TAXED = ("settlement", "enrolment", "engagement", "refund_mirror")


@covers("G1", "I5", "I27")
@operation("settlement.tax.open")
def open_tax_account(*, venue: Venue, actor: Actor, clock: Clock) -> TransferRef | None:
    """This will move the tax inside the charges that were booked whole into the tax account, once a venue; None where there are none."""
    owner = venue_organization(venue).code
    fees, taxes = ledger.accounts((owner, AccountKind.VENUE_FEES), (owner, AccountKind.TAX))
    ledger.lock([fees, taxes])
    at = clock.now()
    require(actor, "settlement.tax.open", at=at)
    known = Transfer.objects.filter(kind=OPENING, subject=owner).exists()
    rows = [] if known else list(_untaxed(venue, fees, taxes))
    owed = sum(tax for _, tax in rows)
    if not owed:
        unchanged(at=at)
        return None
    done = ledger.transfer(kind=OPENING, legs=[Leg(fees, -owed), Leg(taxes, owed)], subject=owner, at=at)
    record(TaxAccountOpened(subject=owner, charges=len(rows), amount_fen=owed, transfer_hash=done.hash), actor=actor, at=at)
    return done


def _untaxed(venue: Venue, fees: Account, taxes: Account) -> Iterator[tuple[int, int]]:
    """(transfer, tax in it) of every charge that was booked before the first one whose tax stands apart."""
    first = Posting.objects.filter(account=taxes).order_by("transfer_id").values_list("transfer_id", flat=True).first()
    rows = Posting.objects.filter(account=fees, transfer__kind__in=_TAXED)
    rates: dict[object, int] = {}
    for key, fen, at in (rows if first is None else rows.filter(transfer_id__lt=first)).values_list(
            "transfer_id", "amount_fen", "transfer__at").iterator(2000):
        day = at.astimezone(LOCAL).date()
        if day not in rates:
            rates[day] = fee_tax_bps(venue, at)
        if tax := included(abs(fen), rates[day]):
            yield key, tax if fen > 0 else -tax


@covers("G1", "G2")
def taxed_months(venue: Venue, *, since: datetime, zone: tzinfo = LOCAL) -> list[tuple[datetime, int, int]]:
    """This will list (month, charges without tax, tax in them) of a venue, newest first; refunds are taken off in their own month."""
    owner = venue_organization(venue).code
    fees, taxes = (moved_by_month(owner, kind, since, zone) for kind in (AccountKind.VENUE_FEES, AccountKind.TAX))
    return [(month, fees.get(month, 0), taxes.get(month, 0)) for month in sorted({*fees, *taxes}, reverse=True)]
