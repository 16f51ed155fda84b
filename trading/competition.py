"""What the house watches for competition's sake (R24, R79, R85, R90): who dominates a market, whose prices move together, who asks more
of small buyers than of peers, whom search lifts.

Read once a night over the market itself; the rules are pure (``compliance/rules``). What fires opens an alert at the surveillance desk with
its version, figures and threshold, once for the same inputs: a question for a person, never a finding.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, F, Q, Sum, Value
from django.db.models.functions import Left

from compliance.cases import open_case
from compliance.models import Case, CaseKind
from compliance.rules.competition import hhi, presumed_dominant
from compliance.rules.detectors import UNLIKELY, VERSION, Change, Preference, Shown, moved_together, preference
from compliance.rules.equal_terms import Granted, Like, unequal
from compliance.states import CaseStatus
from compliance.territory import place_words
from kit.actors import SYSTEM
from kit.clock import Clock
from kit.coverage import covers
from kit.money import yuan
from listings.models import Listing, ListingVersion, PropertyRight, SaleMode
from listings.search import page_of, rows_of
from participants.models import Organization, Venue
from participants.ownership import venue_side
from participants.queries import LOCAL, affiliated, house_venue, parameter, tied_to, venue_organization
from participants.sizes import SMALL
from participants.timers import before, value
from trading.models import Trade
from trading.states import TradeStatus

__all__ = [
    "CUTS", "Alarm", "dominance", "exclusive_counts", "market_sales", "market_words", "parallel_prices", "search_order", "unequal_terms",
    "watch_competition",
]

#: What a market is cut by, and its industry.
Market = tuple[str, str]
#: What was undone is nobody's sale.
_UNDONE = (TradeStatus.CANCELLED, TradeStatus.DEFAULTED, TradeStatus.UNWOUND)
#: Pages of results are looked at as deep as a page can be.
_DEEP = 100


@dataclass(frozen=True)
class Alarm:
    """One thing for the desk: about what, in words, its figures, and the inputs that it is raised once for."""

    subject: str
    flag: str
    title: tuple[str, str]
    text: str
    inputs: tuple[str, ...]
    organization: Organization | None = None

    @property
    def mark(self) -> str:
        """The hash by which the same inputs are known again."""
        return hashlib.sha256("|".join((self.flag, VERSION, *self.inputs)).encode()).hexdigest()[:16]


@covers("R24", "R79", "R85", "R90")
def watch_competition(*, clock: Clock) -> int:
    """This will open an alert for all that fires, unless one about it is open or was closed on the same inputs; returns how many."""
    at, opened = clock.now(), 0
    for alarm in (*dominance(at), *parallel_prices(at), *unequal_terms(at), *search_order(at)):
        of_it = Case.objects.filter(kind=CaseKind.ALERT, subject_code=alarm.subject)
        if of_it.filter(~Q(status=CaseStatus.CLOSED) | Q(entries__text__contains=alarm.mark)).exists():
            continue
        open_case(kind=CaseKind.ALERT, subject_kind="market", subject_code=alarm.subject, title=alarm.title,
                  text=f"{alarm.text}; inputs {alarm.mark}", organization=alarm.organization, flags=[alarm.flag], actor=SYSTEM, clock=clock)
        opened += 1
    return opened


# ---- who dominates ---------------------------------------------------------------------------------------------------------------


#: How trades are cut into markets (AML Art. 15: goods and territory): class of data by industry, an industry whole, an industry among the
#: sellers of one province.
CUTS: dict[str, Any] = {"class": F("version__category"), "industry": Value(""), "region": Left("seller__profile__region", 2)}


@covers("H5", "R79", "R85")
def market_sales(at: datetime, cut: str = "class") -> tuple[dict[Market, dict[str, int]], dict[Market, int]]:
    """This will sum up a year's sales of each seller by market, as ``cut`` draws them, and count each market's trades.

    A market's key is what it is cut by (class, nothing, or province) and its industry. Who stated no region is in no province's market.
    """
    rows = Trade.objects.filter(executed_at__gt=before("competition.period", at), executed_at__lte=at, version__isnull=False)
    rows = rows.filter(price_fen__gt=0).exclude(state__status__in=_UNDONE).exclude(listing__closed=True).exclude(version__sector="")
    if cut == "region":
        rows = rows.filter(seller__profile__isnull=False).exclude(seller__profile__region="")
    found: dict[Market, dict[str, int]] = defaultdict(dict)
    trades: dict[Market, int] = defaultdict(int)
    for first, sector, seller, fen, count in rows.annotate(first=CUTS[cut], section=Left("version__sector", 1)).values_list(
            "first", "section", "seller__code").annotate(fen=Sum("price_fen"), n=Count("id")):
        found[first, sector][seller] = fen
        trades[first, sector] += count
    return found, trades


@covers("H5", "R85")
def exclusive_counts() -> list[tuple[Organization, int]]:
    """This will count the exclusive licences that each holder has now, the most first: who holds many shuts others out."""
    rows = PropertyRight.objects.filter(exclusive=True, parent__isnull=False, status__in=("active", "suspended"))
    counted = dict(rows.values_list("organization_id").annotate(n=Count("id")))
    holders = Organization.objects.in_bulk(list(counted))
    return sorted(((holders[key], n) for key, n in counted.items()), key=lambda one: (-one[1], one[0].code))


@covers("R79", "R85")
def dominance(at: datetime) -> Iterator[Alarm]:
    """This will name the markets, however cut, in which sellers are presumed dominant by a year's sales (AML Art. 15, 24).

    The same sales are looked at once: an industry that sells one class of data, or from one province, is no market of its own besides.
    """
    least, local = int(parameter("reference.least_trades", venue=house_venue(), at=at)), at.astimezone(LOCAL)
    seen: set[tuple[str, tuple[tuple[str, int], ...]]] = set()
    for cut in CUTS:
        found, trades = market_sales(at, cut)
        for (first, sector), sales in sorted(found.items()):
            known = (sector, tuple(sorted(sales.items())))
            named = sorted(presumed_dominant(sales)) if trades[first, sector] >= least and known not in seen else []
            seen.add(known)
            if named:
                zh, en = market_words(cut, first, sector)
                yield Alarm(
                    f"DOM-{sector}-{first}"[:20] if cut == "class" else f"DOM-{sector}-CN{first}", "dominance",
                    (f"推定市场支配地位：{zh}", f"Dominance is presumed: {en}"),
                    f"{'、'.join(named)}; HHI {hhi(sales)}; {trades[first, sector]} trades, {sum(sales.values())} fen; "
                    "反垄断法 第15条、第24条 1/2, 2/3, 3/4, 1/10", (*named, f"{local.year}-{(local.month + 2) // 3}"))


def market_words(cut: str, first: str, sector: str) -> tuple[str, str]:
    """This will name a market as it was cut; its industry by its section letter."""
    if cut == "region":
        zh, en = place_words(f"CN-{first}")
        return f"{sector} 门类 {zh}", f"section {sector}, {en}"
    return (_market(first, sector), f"{first}, section {sector}") if cut == "class" else (f"{sector} 门类", f"section {sector}")


def _market(category: str, sector: str) -> str:
    return f"{sector} 门类 {category}"


# ---- whose prices move together --------------------------------------------------------------------------------------------------


@covers("R90")
def parallel_prices(at: datetime) -> Iterator[Alarm]:
    """This will name the markets in which list prices of independent sellers moved together more often than chance allows."""
    since, window = before("competition.period", at), value("competition.window", at=at)
    parties: dict[str, Organization] = {}
    moved: dict[tuple[str, str], set[Change]] = defaultdict(set)
    for version, way in _price_changes(since, at):
        seller = version.organization
        parties[seller.code] = seller
        assert version.published_at is not None
        moved[version.category, version.sector[:1]].add(Change(seller.code, (version.published_at - since).days, way))

    def tied(one: str, two: str) -> bool:
        return affiliated(parties[one], parties[two], at=at)

    for (category, sector), changes in sorted(moved.items()):
        for pair in moved_together(changes, days=(at - since).days + 1, window=window, tied=tied):
            one, two = pair.sellers
            own = sorted(f"{change.seller}:{change.way}:{change.day + since.toordinal()}" for change in changes
                         if change.seller in pair.sellers)
            yield Alarm(
                f"PAR-{hashlib.sha256('|'.join((category, sector, one, two)).encode()).hexdigest()[:12].upper()}", "parallel_prices",
                (f"同向调价：{parties[one].short_name}、{parties[two].short_name}",
                 f"Prices move together: {parties[one].short_name_en}, {parties[two].short_name_en}"),
                f"{VERSION}; {_market(category, sector)}; {one}, {two}; {pair.hits}/{pair.tries} within {window} days; "
                f"p {float(pair.chance):.2g} <= {float(UNLIKELY):.2g}; 反垄断法 第17条", tuple(own))


def _price_changes(since: datetime, at: datetime) -> Iterator[tuple[ListingVersion, int]]:
    """Published versions whose list price differs from that of the version published before, and which way it moved."""
    rows = ListingVersion.objects.filter(published_at__isnull=False, published_at__lte=at, price_fen__isnull=False)
    last: dict[int, int] = {}
    rows = rows.filter(sale_mode=SaleMode.FIXED).exclude(listing__closed=True).exclude(sector="")
    for version in rows.select_related("organization__venue").order_by("listing", "published_at", "pk"):
        known, now = last.get(version.listing_id), version.price_fen
        assert now is not None
        last[version.listing_id] = now
        if known is not None and known != now and version.published_at is not None and version.published_at > since:
            yield version, 1 if now > known else -1


# ---- what large parties ask of small ones ------------------------------------------------------------------------------------------

#: Deals at a price of the seller's own making, with the sizes both had stated by then; an auction's price is made by its bidders,
#: and a barter's value is declared, not paid.
_DEALS = """
SELECT o.code, v.category, left(v.sector, 1), v.delivery_mode, COALESCE((v.use_terms ->> 'term_days')::int, 0), b.size, t.price_fen, t.code
FROM trading_trade t
JOIN trading_tradestate x ON x.trade_id = t.id
JOIN listings_listingversion v ON v.id = t.version_id
JOIN participants_organization o ON o.id = t.seller_id
JOIN LATERAL (SELECT p.size FROM participants_sizestatement p WHERE p.organization_id = t.seller_id AND p.stated_at <= t.executed_at
              AND p.effective_to > t.executed_at ORDER BY p.stated_at DESC, p.id DESC LIMIT 1) s ON s.size = 'large'
JOIN LATERAL (SELECT p.size FROM participants_sizestatement p WHERE p.organization_id = t.buyer_id AND p.stated_at <= t.executed_at
              AND p.effective_to > t.executed_at ORDER BY p.stated_at DESC, p.id DESC LIMIT 1) b ON true
WHERE t.executed_at > %s AND t.executed_at <= %s AND t.basis NOT IN ('award', 'barter') AND v.use_terms -> 'plan' -> 'bands' IS NULL
  AND x.status NOT IN ('cancelled', 'defaulted', 'unwound')
ORDER BY t.id
"""


@covers("R24", "R85", "CAP-E12")
def unequal_terms(at: datetime) -> Iterator[Alarm]:
    """This will name large sellers whose micro and small buyers paid more for the like than their peers, over a year."""
    with connection.cursor() as cursor:
        cursor.execute(_DEALS, [before("competition.period", at), at])
        rows = cursor.fetchall()
    deals = [Granted(Like(*row[:5]), row[5] in SMALL, row[6]) for row in rows]
    sellers = Organization.objects.in_bulk({row[0] for row in rows}, field_name="code")
    for one in unequal(deals):
        like, seller = one.like, sellers[one.like.seller]
        codes = tuple(row[7] for row in rows if Like(*row[:5]) == like)
        yield Alarm(
            f"EQT-{hashlib.sha256('|'.join(map(str, like)).encode()).hexdigest()[:12].upper()}", "unequal_terms",
            (f"对小微企业的条件劣于同类买方：{seller.short_name}", f"Small buyers are asked more than peers: {seller.short_name_en}"),
            f"{_market(like.category, like.sector)}, {like.delivery}, {like.term_days} days; small {yuan(one.small_fen)} × {one.small}, "
            f"peers {yuan(one.peers_fen)} × {one.peers}; 反垄断法 第22条; 深圳经济特区数据条例 第70条", codes, seller)


# ---- whom search lifts -------------------------------------------------------------------------------------------------------------


@covers("R90")
def search_order(at: datetime) -> Iterator[Alarm]:
    """This will run the search over the catalogue in every order it offers, and tell where those tied to a venue stand above equals."""
    for venue in Venue.objects.order_by("pk"):
        operator = Organization.objects.filter(venue=venue, kind="venue").first()
        if operator is None:
            continue
        ties = tied_to(venue_organization(venue), at=at) | venue_side(venue, at)
        pages = list(_pages(ties))
        found = preference(pages)
        if found.suspect:
            yield _lifted(venue, found)


def _lifted(venue: Venue, found: Preference) -> Alarm:
    return Alarm(
        f"SELF-{venue.code}"[:20], "self_preference",
        (f"搜索排序疑似偏向本所关联方：{venue.name_zh}", f"Search may favour the venue's own side: {venue.name_en}"),
        f"{VERSION}; lifted {found.lifted}, lowered {found.lowered}; p {float(found.chance):.2g} <= {float(UNLIKELY):.2g}; "
        "数据二十条 第十五条", (str(found.lifted), str(found.lowered)))


def _pages(ties: set[int]) -> Iterator[list[Shown]]:
    """The pages on which a tied listing stands: its industry in each order, and its title as a query."""
    own = Listing.objects.listed().filter(organization__in=ties).select_related("version").order_by("pk")[:_DEEP]
    asked: set[tuple[str, str, str]] = set()
    for listing in own:
        if listing.version is not None:
            asked |= {("", listing.version.sector, sort) for sort in ("newest", "price", "price_desc")}
            asked.add((listing.version.title_zh[:8], "", "relevance"))
    for query, sector, sort in sorted(asked):
        page = page_of(query, facets={"sector": [sector]} if sector else {}, sort=sort, limit=_DEEP)
        yield _shown(rows_of(page), page.sort, ties)


def _shown(rows: list[tuple[Any, ...]], sort: str, ties: set[int]) -> list[Shown]:
    """The rows as they stood, each with the key of the published order, read from the listing and not from the search's own row."""
    known = Listing.objects.select_related("version").in_bulk([row[0] for row in rows])
    page = []
    for key, rank, *_ in rows:
        listing = known[key]
        price = (listing.version.price_fen if listing.version else None) or 0
        listed = listing.listed_at.timestamp() if listing.listed_at else 0.0
        by: dict[str, tuple[Any, ...]] = {"relevance": (rank, -key), "newest": (-listed, -key), "price": (price, key),
                                          "price_desc": (-price, -key)}
        page.append(Shown(listing.organization_id in ties, by[sort]))
    return page
