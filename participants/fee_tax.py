"""The value-added tax inside the venue's own charges 销项税额: what is tax of a charge, and the two accounts a charge is booked to.

Charges are stated with tax, so nothing is added to what anybody pays. The tax is the state's from the moment the service is rendered
(《增值税法》第28条): it is booked beside the fee to an account of its own and is never income. Of a seller's price the seller is the
taxpayer, and of a person's income whoever pays it out to that person: the venue withholds neither, it shows them (participants.tax).
"""

from __future__ import annotations

from datetime import datetime

from kit.coverage import covers
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.operations import Leg
from participants.models import Venue
from participants.queries import venue_organization
from participants.tax import included, kind_of, vat_rate

__all__ = ["fee_legs", "fee_tax_bps"]


@covers("G1", "G2")
def fee_tax_bps(venue: Venue, at: datetime) -> int:
    """This will return the rate the venue's own charges are taxed at: by its standing as a taxpayer, on that day."""
    rate = vat_rate(kind_of(venue_organization(venue).pk, at), at)
    return rate.bps if rate is not None else 0


@covers("G1", "I1")
def fee_legs(fee_fen: int, *, venue: Venue, at: datetime) -> list[Leg]:
    """This will book a charge: what is the venue's to its fees, what is tax to its tax account; together the charge, to the fen."""
    tax, owner = included(fee_fen, fee_tax_bps(venue, at)), venue_organization(venue).code
    fees, taxes = ledger.accounts((owner, AccountKind.VENUE_FEES), (owner, AccountKind.TAX))
    return [Leg(account, fen) for account, fen in ((fees, fee_fen - tax), (taxes, tax)) if fen]
