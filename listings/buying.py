"""Who may come to a price for a listing: a closed one is for admitted units (R30), what leaves the country is cleared first (R64).

One SQL function answers (``listings/sql/buying.sql``): bids, awards, reports, signatures, deliveries and tokens ask it alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from evidence.prepared import ask
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Listing
from participants.gates import Gate
from participants.models import Organization
from participants.roles import OrganizationKind

__all__ = ["buyer_obstacle", "for_the_buyer", "refused_buyer"]


def buyer_obstacle(listing: Listing, buyer: Organization, *, at: datetime) -> str:
    """This will return '' when this buyer may come to a price for the listing at ``at``, else the refusal's code."""
    return str(ask("SELECT listings_buyer_obstacle(%s, %s, %s)", [listing.pk, buyer.pk, at])[0][0])


def refused_buyer(code: str, listing: Listing) -> Rejected:
    """This will word what ``buyer_obstacle`` returned."""
    return Rejected(code, listing=listing.code, exporter=listing.organization.code)


@covers("R30", "R64")
def for_the_buyer(listing: Listing, buyer: Organization, *, at: datetime) -> Iterator[Gate]:
    """This will ask what the listing asks of its buyer; nothing of a buyer at home and an open listing."""
    ((admitted, cleared),) = ask("SELECT listings_admits(%s, %s, %s), listings_may_leave(%s, %s, %s)", [listing.pk, buyer.pk, at] * 2)
    if listing.closed:
        yield Gate(("买方是依法获准的单位", "The buyer is a unit admitted by law"),
                   None if admitted else refused_buyer("listings.whitelist.not_admitted", listing))
    if buyer.kind == OrganizationKind.FOREIGN:
        yield Gate(("向境外交付已获放行", "Its export is cleared"),
                   None if cleared else refused_buyer("compliance.export.not_cleared", listing))
