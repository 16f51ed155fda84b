"""A listing as rich as a real one, for the hall's pages: file, columns, sample, quality, rights with a parent, sold once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client

from evidence.clock import MARKET_CLOCK
from evidence.operations import drain
from kit.actors import Actor
from listings.models import Listing
from participants.models import User
from tests.factories import make_organization
from tests.listings.worlds import make_right
from tests.trading.worlds import bid, make_buyer, make_listing, move, open_lot
from trading import tasks
from trading.models import Auction, Trade

COLUMNS = [
    {"name": "stat_date", "type": "date", "missing": 0, "distinct": 90, "bins": [3, 5, 8, 5]},
    {"name": "phone", "type": "text", "missing": 12, "distinct": 880, "bins": [1, 2, 3]},
]
RICH: dict[str, Any] = {
    "summary_zh": "三十八个码头的日度吞吐与在港时长",
    "sector": "G",
    "update_frequency": "每日",
    "file_sha256": "ab" * 32,
    "file_name": "port.csv",
    "file_bytes": 1_204_336,
    "row_count": 12_043,
    "columns": COLUMNS,
    "sample": [["2026-10-30", "138****0000"]],
    "quality": {"completeness": 992, "uniqueness": 1000, "consistency": 998},
    "hints": [{"column": "phone", "looks_like": ["mobile"]}],
    "use_terms": {"purposes": ["research"], "forbidden": ["还原单船"], "term_days": 365},
    "screening": {"verdict": "pass", "rule_set": "2026.1", "hits": []},
}


def rich_listing(**terms: Any) -> Listing:
    """A listing on sale whose page has everything to show."""
    listing = make_listing(**{**RICH, **terms})
    source = make_organization()
    parent = make_right(listing.product, "use", holder=source, sublicence_depth=2)
    make_right(listing.product, "use", parent=parent, origin="contract", effective_to=MARKET_CLOCK.now() + timedelta(days=90))
    make_right(listing.product, "operate")
    return listing


def running(listing: Listing | None = None) -> tuple[Auction, list[Actor]]:
    """A lot with two buyers and three bids."""
    buyers = [make_buyer(), make_buyer()]
    lot = open_lot(*buyers, listing=listing or rich_listing())
    for buyer, maximum in ((buyers[0], 1_200_000), (buyers[1], 1_500_000), (buyers[0], 2_000_000)):
        bid(lot, buyer, maximum)
    return lot, buyers


def sold() -> tuple[Trade, list[Actor]]:
    """A trade that came out of a lot, its facts sealed."""
    lot, buyers = running()
    move(hours=24)
    tasks.close_due()
    drain()
    return Trade.objects.get(award__auction=lot), buyers


def signed_in(actor: Actor) -> Client:
    """A browser in which this person acts for this organisation."""
    user = User.objects.get(pk=actor.user_id)
    user.acting_for_id = actor.organization_id
    user.save(update_fields=["acting_for"])
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
