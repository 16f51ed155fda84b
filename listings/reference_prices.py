"""Reference prices (R109, CAP-E3): median and quartiles of what was settled, per category and sector, told only where nobody is told.

Pure: ``summed_up`` takes deals and floors. A quartile is a price that was paid: the smallest at or below which a quarter (a half, three
quarters) of the deals lie. ``publish_prices`` writes a day's figures once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import NamedTuple

from evidence.bundle import lines_root
from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from listings.events import PricesPublished
from listings.hedonic import fitted
from listings.models import ListingVersion, PriceBulletin, PriceEffect, ReferencePrice, Withheld
from participants.models import Venue
from participants.permissions import require

__all__ = ["Deal", "Floors", "Found", "Group", "bulletin_of", "price_for", "publish_prices", "quartile", "series_of", "summed_up"]


class Deal(NamedTuple):
    """One settled trade, as far as its price is concerned; parties are told apart, not named."""

    category: str
    sector: str
    mode: str
    seller: int
    buyer: int
    price_fen: int
    rows: int = 0
    term_days: int = 0
    seats: int = 0


class Group(NamedTuple):
    """What is summed up together; ``mode`` '' is every way of selling, ``sector`` '' every industry."""

    category: str
    sector: str
    mode: str


@dataclass(frozen=True)
class Floors:
    """Below these nothing is told: trades, parties on each side, and the share of one party that may not be exceeded."""

    least_trades: int
    least_parties: int
    most_share_bps: int


@dataclass(frozen=True)
class Found:
    """A group's figures, or why they are withheld."""

    group: Group
    withheld: str = ""
    trades: int | None = None
    sellers: int | None = None
    buyers: int | None = None
    low_fen: int | None = None
    median_fen: int | None = None
    high_fen: int | None = None


@covers("R109", "CAP-E3")
def summed_up(deals: Iterable[Deal], floors: Floors) -> list[Found]:
    """This will sum up the deals by category: over every industry, by industry, and there each way of selling by itself, in the order of
    their names.  A young market tells the widest group long before a narrow one has trades enough."""
    groups: dict[Group, list[Deal]] = defaultdict(list)
    for deal in deals:
        for sector, mode in (("", ""), (deal.sector, ""), (deal.sector, deal.mode)):
            groups[Group(deal.category, sector, mode)].append(deal)
    return [_figures(group, groups[group], floors) for group in sorted(groups)]


def _figures(group: Group, deals: Sequence[Deal], floors: Floors) -> Found:
    if why := _withheld(deals, floors):
        return Found(group, why)
    fens = sorted(deal.price_fen for deal in deals)
    low, median, high = (quartile(fens, quarters) for quarters in (1, 2, 3))
    return Found(group, "", len(deals), len({deal.seller for deal in deals}), len({deal.buyer for deal in deals}), low, median, high)


def _withheld(deals: Sequence[Deal], floors: Floors) -> str:
    if len(deals) < floors.least_trades:
        return Withheld.FEW_TRADES.value
    for side in ("seller", "buyer"):
        counts: Counter[int] = Counter(getattr(deal, side) for deal in deals)
        amounts: Counter[int] = Counter()
        for deal in deals:
            amounts[getattr(deal, side)] += deal.price_fen
        if len(counts) < floors.least_parties:
            return Withheld.FEW_PARTIES.value
        for weighed in (counts, amounts):
            if max(weighed.values()) * 10_000 > floors.most_share_bps * weighed.total():
                return Withheld.ONE_PARTY.value
    return ""


def quartile(fens: Sequence[int], quarters: int) -> int:
    """This will return, of prices in rising order, the smallest at or below which so many quarters of them lie."""
    return fens[-(-len(fens) * quarters // 4) - 1]


# ---- publishing ----------------------------------------------------------------------------------------------------------------------


@covers("R109", "CAP-E3")
@operation("listings.prices.publish")
def publish_prices(*, venue: Venue, day: date, since: date, deals: Sequence[Deal], related: int, pilots: int, floors: Floors, actor: Actor,
                   clock: Clock) -> PriceBulletin | None:
    """This will write the day's reference prices; where they stand already it changes nothing and returns None."""
    at = clock.now()
    require(actor, "listings.prices.publish", at=at)
    Venue.objects.select_for_update(no_key=True).get(pk=venue.pk)
    if PriceBulletin.objects.filter(venue=venue, day=day).exists():
        unchanged(at=at)
        return None
    found = summed_up(deals, floors)
    fit = fitted(deals, lambda some: _withheld(some, floors))
    effects = fit.effects if fit else ()
    root, effects_root = lines_root([_line(one) for one in found]), lines_root([asdict(one) for one in effects])
    made = PriceBulletin.objects.create(venue=venue, day=day, since=since, trades=len(deals), related=related, pilots=pilots,
                                        lines_root=root, at=at, effects_deals=fit.deals if fit else None,
                                        effects_r2_ppm=fit.r2_ppm if fit else None, **asdict(floors))
    ReferencePrice.objects.bulk_create([
        ReferencePrice(bulletin=made, **one.group._asdict(), **{name: value for name, value in asdict(one).items() if name != "group"})
        for one in found])
    PriceEffect.objects.bulk_create([PriceEffect(bulletin=made, **asdict(one)) for one in effects])
    record(PricesPublished(subject=venue.code, day=day.isoformat(), since=since.isoformat(), trades=made.trades, related=related,
                           pilots=pilots, lines=len(found), told=sum(not one.withheld for one in found), lines_root=root,
                           effects=len(effects), effects_root=effects_root), actor=actor, at=at)
    return made


def _line(one: Found) -> dict[str, object]:
    """A line as the record book commits to it; what is withheld is told as such."""
    return {**one.group._asdict(), **{name: value for name, value in asdict(one).items() if name != "group"}}


# ---- reading -------------------------------------------------------------------------------------------------------------------------


def bulletin_of(venue: Venue, day: date | None = None) -> PriceBulletin | None:
    """This will return the newest bulletin, or the newest up to a day; None before the first."""
    rows = PriceBulletin.objects.filter(venue=venue)
    return (rows.filter(day__lte=day) if day else rows).order_by("-day").first()


@covers("R109")
def price_for(version: ListingVersion) -> ReferencePrice | None:
    """This will return what is told of a version's category and sector in the newest bulletin; None where nothing was traded there."""
    newest = bulletin_of(version.listing.venue)
    if newest is None or not version.sector:
        return None
    return ReferencePrice.objects.select_related("bulletin").filter(
        bulletin=newest, category=version.category, sector=version.sector[:1], mode="").first()


def series_of(prices: Iterable[ReferencePrice], newest: PriceBulletin) -> dict[Group, list[int]]:
    """This will return the medians of the groups over the past bulletins, oldest first: what was withheld then leaves no point."""
    wanted = {Group(one.category, one.sector, one.mode) for one in prices}
    rows = ReferencePrice.objects.filter(bulletin__venue=newest.venue_id, bulletin__day__lte=newest.day, withheld="").order_by(
        "bulletin__day")
    found: dict[Group, list[int]] = defaultdict(list)
    for category, sector, mode, fen in rows.values_list("category", "sector", "mode", "median_fen"):
        if (group := Group(category, sector, mode)) in wanted and fen is not None:
            found[group].append(fen)
    return found
