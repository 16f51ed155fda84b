"""The clauses a buyer will sign by ordering, shown before the order: today's version, today's price, this buyer (F1)."""

from __future__ import annotations

from datetime import datetime

from kit.coverage import covers
from listings.models import Listing, ListingVersion
from participants.models import Organization
from participants.queries import parameter
from trading.agreeing.terms import Terms, terms_of

__all__ = ["offered_terms"]


@covers("F1")
def offered_terms(listing: Listing, version: ListingVersion, buyer: Organization, price_fen: int, *, at: datetime) -> Terms:
    """This will write the terms as an order of this moment would freeze them, without number: every licensed purpose is still open."""
    seller = listing.organization
    summary = {
        "trade": "", "basis": "purchase", "price_fen": price_fen,
        "seller": {"code": seller.code, "name": seller.name, "name_en": seller.name_en},
        "buyer": {"code": buyer.code, "name": buyer.name, "name_en": buyer.name_en},
        "object": {"listing": listing.code, "version": version.code, "content_hash": version.content_hash,
                   "file_sha256": version.file_sha256, "delivery_mode": version.delivery_mode, "use_terms": version.use_terms}}
    return terms_of(code="", summary=summary, summary_hash="", title=version.titles, since=at,
                    notice_days=int(parameter("agreement.notice_days", venue=listing.venue, at=at)))
