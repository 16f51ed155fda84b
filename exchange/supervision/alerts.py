"""What the surveillance workbench shows: alerts by keyset, an alert's file with its graph and its lots bid by bid, trades. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from compliance.catalogue import conduct_catalogue
from compliance.models import Case
from compliance.rules.competition import hhi, presumed_dominant
from compliance.territory import place_words
from evidence.clock import MARKET_CLOCK
from exchange.graphs import Flow, Node, bid_steps, network
from exchange.supervision.fields import alerts_kept
from exchange.supervision.fields import kept as kept_in_field
from exchange.supervision.files import history
from exchange.templatetags.house import in_chinese
from kit.actors import Actor
from kit.coverage import covers
from kit.money import yuan
from participants.models import Organization, OwnershipStake, SignInMark
from participants.predicates import in_force, standpoint
from trading.models import Auction, Bid, SurveillanceAlert, Trade
from trading.secrecy import shows
from trading.states import AlertStatus, AuctionStatus
from trading.surveillance.direct import CROWD
from trading.surveillance.markets import top_four_bps
from trading.surveillance.rules import precision_ppm

__all__ = ["FILTERS", "PAGE", "alert_file", "alerts_page", "find_alert", "largest_sellers", "market_row", "names_of", "trades_page"]

PAGE = 50
#: Parties a graph shows besides those the alert is about, trades its table lists, lots that are drawn.
BESIDE, LISTED, DRAWN = 8, 60, 3
#: Shared places that a graph shows.
PLACES = 6
_OPEN = (AlertStatus.RAISED, AlertStatus.IN_ANALYSIS)
_DESK = ("visitor", "desk")

#: what a filter of the list keeps
FILTERS: dict[str, Any] = {
    "open": lambda actor: Q(status__in=_OPEN), "new": lambda actor: Q(status=AlertStatus.RAISED),
    "mine": lambda actor: Q(status=AlertStatus.IN_ANALYSIS, assignee_id=actor.user_id),
    "late": lambda actor: Q(status__in=_OPEN, overdue=True), "referred": lambda actor: Q(status=AlertStatus.REFERRED),
    "dismissed": lambda actor: Q(status=AlertStatus.DISMISSED), "all": lambda actor: Q(),
}


@dataclass(frozen=True)
class Page:
    """Rows of a list, and the code after which the next ones stand; nothing is counted."""

    rows: list[Any]
    after: str


def _paged(rows: Sequence[Any]) -> Page:
    kept = list(rows[:PAGE])
    return Page(kept, kept[-1].code if len(rows) > PAGE else "")


def alerts_page(actor: Actor, *, kept: str, rule: str, after: str) -> Page:
    """This will list alerts, the newest first, as the filter says."""
    found = alerts_kept(SurveillanceAlert.objects.filter(FILTERS[kept](actor)), actor, standpoint(actor, MARKET_CLOCK.now()))
    found = found.select_related("assignee__person")
    if rule:
        found = found.filter(rule=rule)
    if after:
        last = SurveillanceAlert.objects.filter(code=after).values_list("pk", flat=True).first()
        found = found.filter(pk__lt=last or 0)
    page = _paged(list(found.order_by("-id")[:PAGE + 1]))
    names = names_of(code for one in page.rows for code in one.parties)
    for one in page.rows:
        one.named = [names.get(code, code) for code in one.parties]
    return page


def names_of(codes: Any) -> dict[str, str]:
    """This will name organisations by their codes, in the page's language."""
    rows = Organization.objects.filter(code__in=set(codes)).values_list("code", "short_name", "short_name_en", "name")
    return {code: (zh or whole) if in_chinese() else (en or zh or whole) for code, zh, en, whole in rows}


def find_alert(code: str) -> SurveillanceAlert | None:
    return SurveillanceAlert.objects.select_related("assignee__person", "decided_by__person").filter(code=code).first()


def alert_file(alert: SurveillanceAlert, actor: Actor, now: datetime) -> dict[str, Any]:
    """This will gather all a person decides an alert by: the rule, the figures, trades, graph, lots bid by bid, the party's answers."""
    parties = list(Organization.objects.filter(code__in=alert.parties).order_by("code"))
    trades = list(Trade.objects.filter(code__in=alert.objects_told).select_related("seller", "buyer", "state", "listing")
                  .order_by("-executed_at", "-id")[:LISTED])
    flows, stakes, places = _flows(parties), _stakes(parties, now), _places(parties)
    names = names_of([*alert.parties, *(end for one in (*flows, *stakes) for end in (one.source, one.target))])
    lots = list(Auction.objects.filter(code__in=alert.objects_told, status__in=(AuctionStatus.AWARDED, AuctionStatus.FAILED))
                .select_related("seller", "listing__product").order_by("-id")[:DRAWN])
    return {
        "rule": alert.test, "parties": parties, "trades": trades, "more": len(alert.objects_told) > LISTED,
        "flows": [(names.get(one.source, one.source), names.get(one.target, one.target), one) for one in flows],
        "stakes": [(names.get(one.source, one.source), names.get(one.target, one.target), one) for one in stakes],
        "places": [(names.get(one.source, one.source), _place_word(one.target), one) for one in places],
        "graph": _graph(alert, names, flows, stakes, places), "lots": [_lot(lot, alert) for lot in lots],
        "figures": [(_figure_word(key), _figure(key, value)) for key, value in sorted(alert.figures.items())],
        "likely": precision_ppm(alert.base_rate_ppm, 950_000, 50_000) // 100,
        "case": Case.objects.filter(code=alert.case).first() if alert.case else None,
        "history": history([alert.code, alert.case, alert.conduct_case]),
        "conducts": conduct_catalogue(), "mine": alert.assignee_id == actor.user_id,
    }


def _flows(parties: Sequence[Organization]) -> list[Flow]:
    """Money among the parties and with those they trade with most, from buyer to seller."""
    keys = [one.pk for one in parties]
    rows: Any = Trade.objects.filter(Q(seller__in=keys) | Q(buyer__in=keys), price_fen__gt=0).values_list(
        "buyer__code", "seller__code").annotate(fen=Sum("price_fen"), n=Count("id")).order_by("-fen")
    codes = {one.code for one in parties}
    inside = [Flow(buyer, seller, fen, n) for buyer, seller, fen, n in rows if buyer in codes and seller in codes]
    outside = [Flow(buyer, seller, fen, n) for buyer, seller, fen, n in rows[:BESIDE + len(inside)] if not {buyer, seller} <= codes]
    return [*inside, *outside[:BESIDE]]


def _stakes(parties: Sequence[Organization], now: datetime) -> list[Flow]:
    keys = [one.pk for one in parties]
    rows = OwnershipStake.objects.filter(in_force(now)).filter(Q(owner__in=keys) | Q(owned__in=keys))
    told = rows.order_by("id").values_list("owner__code", "owned__code", "share_bps")[:40]
    return [Flow(owner, owned, bps=bps) for owner, owned, bps in told]


def _places(parties: Sequence[Organization]) -> list[Flow]:
    """From where the people of several of the parties sign in: devices and addresses that they share, and on how many days each did.

    Places are known by keyed hashes only; what more than a few organisations share is an office block and tells nothing.
    """
    mine = SignInMark.objects.filter(organization__in=[one.pk for one in parties])
    shared = mine.values("kind", "hash").annotate(n=Count("organization", distinct=True)).filter(n__gt=1)
    hashes = [row["hash"] for row in shared.order_by("hash")[:PLACES * 4]]
    everyone: Any = SignInMark.objects.filter(hash__in=hashes).values_list("hash").annotate(n=Count("organization", distinct=True))
    crowds = dict(everyone.order_by())
    kept = [one for one in hashes if crowds[one] <= CROWD][:PLACES]
    rows: Any = mine.filter(hash__in=kept).values_list("organization__code", "kind", "hash").annotate(n=Count("day", distinct=True))
    return [Flow(party, f"{kind}:{mark}", days=n) for party, kind, mark, n in rows.order_by("hash", "organization__code")]


def _place_word(place: str) -> str:
    """A place in words: what it is, and the beginning of its hash."""
    kind, _colon, mark = place.partition(":")
    what = _("设备") if kind == "device" else _("网络地址")
    return f"{what} {mark[:6]}"


def _graph(alert: SurveillanceAlert, names: dict[str, str], flows: Sequence[Flow], stakes: Sequence[Flow], places: Sequence[Flow]) -> Any:
    codes = list(dict.fromkeys([*alert.parties, *(end for one in (*stakes, *flows) for end in (one.source, one.target))]))
    nodes = [Node(code, names.get(code, code), code in alert.parties) for code in codes]
    finding = _("%(n)s 方之间的持股、资金往来与共用的登录设备或网络；明细见下表。") % {"n": len(nodes)}
    nodes += [Node(one, _place_word(one), place=True) for one in dict.fromkeys(flow.target for flow in places)]
    return network(nodes, [*places, *stakes, *flows], finding=finding)


def _lot(lot: Auction, alert: SurveillanceAlert) -> dict[str, Any]:
    """A lot that has ended, bid by bid, the suspect's bids marked; maxima are shown where the table of secrecy lets the desk see them."""
    bids = list(Bid.objects.filter(auction=lot).select_related("bidder__organization").order_by("seq"))
    told = shows("bid", "maximum_fen", _DESK, ended=True)
    rows: list[dict[str, Any]] = [{"seq": one.seq, "at": one.at, "paddle": one.bidder.paddle, "party": one.bidder.organization,
             "maximum_fen": one.maximum_fen if told else None, "price_fen": one.price_after_fen,
             "suspect": one.bidder.organization.code in alert.parties} for one in bids]
    suspect = next((row["paddle"] for row in rows if row["suspect"]), None)
    return {"lot": lot, "rows": rows, "drawing": bid_steps(
        [(row["maximum_fen"] or row["price_fen"], row["price_fen"], row["paddle"]) for row in rows], suspect=suspect,
        finding=_("%(lot)s 的 %(n)s 次出价：阶梯为可见价，圆点为各次上限，实心为所涉竞买人。") % {"lot": lot.code, "n": len(rows)})}


_WORDS = {
    "trades": ("成交笔数", "Trades"), "fen": ("金额", "Amount"), "returns": ("往返次数", "Returns"), "days": ("窗口天数", "Window in days"),
    "turns": ("回环圈数", "Turns"), "length": ("环上方数", "Parties in the circle"), "devices": ("共用设备", "Shared devices"),
    "addresses": ("共用地址", "Shared addresses"), "met": ("相遇次数", "Times met"), "lots": ("竞价场数", "Lots"),
    "tendency": ("集中于该卖方", "Lots that are this seller's"), "ratio": ("出价占比", "Share of the bids"),
    "successive": ("连续自抬", "Outbids itself"), "losing": ("不中标占比", "Share not won"), "rounds": ("轮次", "Rounds"),
    "blocks": ("整轮数", "Blocks"), "by_turns": ("轮流中标的整轮", "Blocks by turns"), "chance_ppm": ("巧合的可能", "Chance of it"),
    "variation_ppm": ("报价离散系数", "Variation of bids"), "lead_ppm": ("赢家领先倍数", "Lead over the losers' spread"),
    "market": ("市场", "Market"), "deviations_ppm": ("偏离倍数", "Deviations"), "round": ("整数价笔数", "Round prices"),
    "market_round_ppm": ("市场整数价占比", "Round prices in the market"), "share_ppm": ("近月份额", "Share of the last month"),
    "before_ppm": ("此前份额", "Share before"), "times": ("次数", "Times"), "pieces": ("指纹片段", "Pieces"),
    "shared": ("相同片段", "Pieces that are the same"), "granted": ("许可次数", "Uses granted"), "used": ("已用次数", "Uses made"),
}
_SHARES = {"tendency", "ratio", "successive", "losing", "chance_ppm", "variation_ppm", "market_round_ppm", "share_ppm", "before_ppm"}


def _figure_word(key: str) -> str:
    return _WORDS.get(key, (key, key))[0 if in_chinese() else 1]


def _figure(key: str, value: Any) -> str:
    if key == "fen":
        return yuan(int(value))
    if key in _SHARES:
        return f"{int(value) / 10_000:.2f}%"
    return f"{int(value) / 1_000_000:.1f}" if key.endswith("_ppm") else str(value)


# ---- trades --------------------------------------------------------------------------------------------------------------------


def trades_page(actor: Actor, *, party: str, channel: str, after: str) -> Page:
    """This will list trades, the newest first: the millionth page costs what the first does."""
    found: QuerySet[Trade] = kept_in_field("trades", Trade.objects.all(), actor, standpoint(actor, MARKET_CLOCK.now()))
    found = found.select_related("seller", "buyer", "state", "version")
    if channel:
        found = found.filter(channel=channel)
    if party:
        key = Organization.objects.filter(code=party).values_list("pk", flat=True).first()
        found = found.filter(Q(seller_id=key) | Q(buyer_id=key))
    if after:
        last = Trade.objects.filter(code=after).values_list("executed_at", "pk").first()
        if last is None:
            return Page([], "")
        found = found.filter(executed_at__lte=last[0]).filter(Q(executed_at__lt=last[0]) | Q(pk__lt=last[1]))
    return _paged(list(found.order_by("-executed_at", "-id")[:PAGE + 1]))




def market_row(key: tuple[str, str], sales: dict[str, int], trades: int, cut: str = "class") -> dict[str, Any]:
    """This will tell of a market what competition law asks: index, four largest, who is presumed dominant."""
    names = names_of(sales)
    return {"first": key[0], "sector": key[1], "place": place_words(f"CN-{key[0]}") if cut == "region" else None, "sales": sales,
            "trades": trades, "fen": sum(sales.values()), "hhi": hhi(sales), "top_four": top_four_bps(sales),
            "dominant": [names.get(code, code) for code in sorted(presumed_dominant(sales))]}


@covers("H5", "R79")
def largest_sellers(markets: list[dict[str, Any]], most: int = 20) -> list[tuple[str, int, int, int]]:
    """This will list who sold most over the markets shown: name, sum, share of all in basis points, in how many it is presumed dominant."""
    summed: Counter[str] = Counter()
    dominant: Counter[str] = Counter()
    for row in markets:
        summed.update(row["sales"])
        dominant.update(presumed_dominant(row["sales"]))
    names, whole = names_of(summed), sum(summed.values())
    ordered = sorted(summed, key=lambda code: (-summed[code], code))[:most]
    return [(names.get(code, code), summed[code], summed[code] * 10_000 // whole, dominant[code]) for code in ordered]
