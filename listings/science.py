"""Scientific data 科学数据 (white paper 4.2(5)): at most at its transport cost, to everyone alike, kept for a least term (W11)."""

from __future__ import annotations

from datetime import datetime

from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from listings.models import Listing, ListingVersion, SaleMode
from participants.queries import LOCAL
from participants.timers import after

__all__ = ["refuse_early_end", "refuse_unscientific"]


@covers("W11")
def refuse_unscientific(version: ListingVersion, *, at: datetime) -> None:
    """This will refuse scientific data above its transport cost, limited in number, or kept too short or shorter than was promised."""
    promised = version.listing.version
    if promised is not None and promised.scientific and promised.kept_until is not None and _still(promised, at) and (
            not version.scientific or version.kept_until is None or version.kept_until < promised.kept_until):
        raise Rejected("listings.science.kept", until=promised.kept_until.isoformat(), listing=version.listing.code, errors=[
            FieldFault("kept_until", "shortened", ("不得早于已承诺的日期", "Not before the day already promised"))])
    if not version.scientific:
        return
    checks = [
        (version.sale_mode == SaleMode.FIXED, "sale_mode", ("科学数据定价提供", "Scientific data has a fixed price")),
        (version.transport_fen is not None, "transport_fen", ("写明传输成本", "State the transport cost")),
        (version.price_fen is not None and version.transport_fen is not None and version.price_fen <= version.transport_fen, "price_fen",
         ("不得高于传输成本", "Not above the transport cost")),
        (version.quota is None, "quota", ("对任何人一视同仁，不限份数", "To everyone alike: no limit in number")),
    ]
    if faults := [FieldFault(field, "not_at_cost", text) for fits, field, text in checks if not fits]:
        raise Rejected("listings.science.at_cost", listing=version.listing.code, errors=faults)
    least = after("science.kept", at).astimezone(LOCAL).date()
    if version.kept_until is None or version.kept_until < least:
        raise Rejected("listings.science.kept_too_short", least=least.isoformat(), listing=version.listing.code, errors=[
            FieldFault("kept_until", "too_short", (f"不早于 {least.isoformat()}", f"Not before {least.isoformat()}"))])


def _still(version: ListingVersion, at: datetime) -> bool:
    return version.kept_until is not None and version.kept_until > at.astimezone(LOCAL).date()


@covers("W11")
def refuse_early_end(listing: Listing, *, at: datetime) -> None:
    """This will refuse the seller's own delisting of scientific data while it is to be kept; the authority may still order it."""
    version = listing.version
    if version is not None and version.scientific and version.kept_until is not None and _still(version, at):
        raise Rejected("listings.science.kept", until=version.kept_until.isoformat(), listing=listing.code)
