"""The question asked before every act on a lot: may this listing be traded now? One SQL function answers everywhere."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from listings.models import Listing

__all__ = ["tradable"]


def tradable(listing: Listing, *, at: datetime) -> str:
    """This will return '' or the code of what stands in the way, by the function the bid itself asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT listings_tradable(%s, %s)", [listing.pk, at])
        return str(cursor.fetchone()[0])
