"""Rows that went out by API and turn up in a sample found outside 泄露溯源 (R47): which delivery, hence which buyer, was answered them.

Each call keeps the keys of the rows it answered; nobody reads a row from them. A sample is compared with the latest calls; the share of it
that one delivery was answered tells how far the two agree. Equal public data agree too: a hit is a lead, not a finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from delivery.fingerprints import ROWS, SHARE, Row
from delivery.models import DataUse, Delivery
from kit.coverage import covers

__all__ = ["MOST_CALLS", "traced"]

#: Calls that a sample is compared with, the latest first.
MOST_CALLS = 50_000


@covers("R47")
def traced(sample: Sequence[Row]) -> list[dict[str, Any]]:
    """This will name the deliveries by API that answered rows of a sample, with how many of its rows each was answered."""
    wanted, found = {row.key.to_bytes(8, "big") for row in sample}, dict[int, set[bytes]]()
    calls = DataUse.objects.filter(refused="", rows__gt=0).order_by("-pk").values_list("delivery_id", "prints")[:MOST_CALLS]
    for delivery, prints in calls.iterator(chunk_size=500):
        kept = bytes(prints)
        hits = wanted.intersection(kept[place:place + 8] for place in range(0, len(kept), 8))
        if hits:
            found.setdefault(delivery, set()).update(hits)
    rows = Delivery.objects.select_related("version__listing", "seller", "buyer").filter(pk__in=found)
    return [line for one in rows for line in [_line(one, len(found[one.pk]), len(wanted))]
            if line["exact"] >= ROWS and line["permille"] >= SHARE]


def _line(one: Delivery, hits: int, compared: int) -> dict[str, Any]:
    return {"listing": one.version.listing.code, "version": one.version.code, "title_zh": one.version.title_zh,
            "title_en": one.version.title_en, "seller": one.seller.code, "rows": hits, "whole": True, "compared": compared, "exact": hits,
            "near": 0, "permille": 1000 * hits // compared, "margin": 0, "received": [one.buyer.code], "delivery": one.code}
