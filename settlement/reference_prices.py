"""Reads what was settled for the reference prices (R109): one statement over a year, without tied parties, pilots, gifts,
what is closed, and barters, whose values are declared and not paid.

What is metered is left out too: its price is the most a period can come to, not what was paid.

Two parties are tied as ``participants.queries.affiliated`` says, at the instant they traded: somebody stands above both along stakes
of ``affiliation.share_bps`` or more, or one real person acts for both.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import NamedTuple

from django.db import connection

from kit.actors import SYSTEM
from kit.clock import Clock
from kit.coverage import covers
from listings.reference_prices import Deal, Floors, bulletin_of, publish_prices
from participants.models import Venue
from participants.queries import LOCAL, figures
from participants.timers import months_on

__all__ = ["Settled", "publish_day", "settled_between"]


class Settled(NamedTuple):
    """One settled trade, and whether it is left out: its parties are tied, or it was a pilot's."""

    deal: Deal
    related: bool
    pilot: bool


_STATEMENT = """
WITH RECURSIVE deal AS (
    SELECT t.id, t.seller_id, t.buyer_id, t.executed_at, t.price_fen, v.category, left(v.sector, 1) AS sector, v.sale_mode,
        coalesce(v.row_count, 0) AS rows, coalesce((v.use_terms ->> 'term_days')::int, 0) AS term_days,
        coalesce((v.use_terms ->> 'seats')::int, 1) AS seats, t.agreement ? 'pilot' AS pilot
    FROM settlement_settlement s
    JOIN trading_trade t ON t.id = s.trade_id
    JOIN trading_tradestate x ON x.trade_id = t.id
    JOIN listings_listingversion v ON v.id = t.version_id
    JOIN listings_listing l ON l.id = t.listing_id
    WHERE s.status = 'settled' AND x.status = 'funded' AND t.channel = 'on_exchange' AND t.venue_id = %(venue)s
      AND s.settled_at >= %(since)s AND s.settled_at < %(before)s AND t.price_fen > 0 AND t.basis <> 'barter'
      AND v.category <> '' AND v.sector <> '' AND NOT l.closed
      AND v.use_terms -> 'plan' -> 'bands' IS NULL
), above(deal, side, party) AS (
    SELECT id, 1, seller_id FROM deal
    UNION SELECT id, 2, buyer_id FROM deal
    UNION SELECT a.deal, a.side, k.owner_id
    FROM above a JOIN deal d ON d.id = a.deal
    JOIN participants_ownershipstake k ON k.owned_id = a.party AND k.share_bps >= %(share)s
      AND k.effective_from <= d.executed_at AND (k.effective_to IS NULL OR k.effective_to > d.executed_at)
), tied AS (
    SELECT a.deal FROM above a JOIN above b ON b.deal = a.deal AND b.party = a.party AND a.side = 1 AND b.side = 2
    UNION SELECT d.id FROM deal d
    JOIN participants_membership m ON m.organization_id = d.seller_id
      AND m.effective_from <= d.executed_at AND (m.effective_to IS NULL OR m.effective_to > d.executed_at)
    JOIN participants_membership n ON n.organization_id = d.buyer_id AND n.person_id = m.person_id
      AND n.effective_from <= d.executed_at AND (n.effective_to IS NULL OR n.effective_to > d.executed_at)
)
SELECT d.category, d.sector, d.sale_mode, d.seller_id, d.buyer_id, d.price_fen, d.rows, d.term_days, d.seats,
    EXISTS (SELECT 1 FROM tied WHERE tied.deal = d.id),
    d.pilot
FROM deal d ORDER BY d.id
"""


def settled_between(venue: Venue, since: datetime, before: datetime, *, share_bps: int) -> Iterator[Settled]:
    """This will read what was settled in a period on the exchange at a price, each with what would leave it out."""
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, {"venue": venue.pk, "since": since, "before": before, "share": share_bps})
        for *deal, related, pilot in cursor:
            yield Settled(Deal(*deal), related, pilot)


@covers("R109", "CAP-E3")
def publish_day(*, venue: Venue, clock: Clock) -> bool:
    """This will publish the reference prices of the market day that has begun, and tell whether it did; they end where the day begins."""
    at = clock.now()
    day = at.astimezone(LOCAL).date()
    newest = bulletin_of(venue)
    if newest is not None and newest.day >= day:
        return False
    known = figures("reference.months", "reference.least_trades", "reference.least_parties", "reference.most_share_bps",
                    "affiliation.share_bps", venue=venue, at=at)
    end = _midnight(day)
    since = months_on(end, -int(known["reference.months"]))
    rows = list(settled_between(venue, since, end, share_bps=int(known["affiliation.share_bps"])))
    floors = Floors(int(known["reference.least_trades"]), int(known["reference.least_parties"]), int(known["reference.most_share_bps"]))
    made = publish_prices(
        venue=venue, day=day, since=since.astimezone(LOCAL).date(), deals=[one.deal for one in rows if not one.related and not one.pilot],
        related=sum(one.related for one in rows), pilots=sum(one.pilot and not one.related for one in rows), floors=floors, actor=SYSTEM,
        clock=clock)
    return made is not None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)
