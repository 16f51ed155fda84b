"""What a trade of a listing costs, by how it comes to its price and by whose data it is about (G2, R51, W27)."""

from __future__ import annotations

from datetime import datetime

from kit.coverage import covers
from listings.models import ListingVersion
from participants.charges import Schedule, schedule
from participants.models import Venue
from trading.models import Basis

__all__ = ["charges_for"]


@covers("G2", "R51", "W27")
def charges_for(version: ListingVersion, basis: Basis, *, venue: Venue, at: datetime) -> Schedule:
    """This will return the charges in force for a version sold in this way, by the class it is listed under."""
    return schedule(venue=venue, at=at, channel=basis, category=version.category)
