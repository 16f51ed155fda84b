"""What a policy would have done to the exchange's own last twelve months, in sums: no party, listing or trade is named.

Only the trades themselves are judged again. How people would have acted under the other policy the past cannot tell; that is what the
scenarios are for, and the page says so. A figure that rests on nothing is no figure: where nothing could be replayed a row holds a notice
instead of numbers, and what was left out of a sum is counted beside it with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from compliance.models import ConductCase, NegativeListVersion
from compliance.queries import list_version_at, rule_set_of
from compliance.states import ConductStatus
from kit.coverage import covers
from kit.money import bps_of
from listings.models import ScreeningRun
from listings.previewing import preview, replay, stopped
from participants.roles import OrganizationKind
from settlement.models import Settlement
from simulation.experiments.reporting import policy_value, short_name
from simulation.wide.parameters import parameters
from trading.auctions.dutch import DutchTerms
from trading.auctions.dutch import clear as dutch_price
from trading.auctions.english import EnglishTerms, refold
from trading.auctions.rules import Increments, Order
from trading.auctions.sealed import first_price, second_price
from trading.models import Award, Trade
from trading.replays import transcript_of
from trading.states import AuctionStatus, TradeStatus

__all__ = ["ONLY_LIVED", "REPLAYED", "YEAR", "replay_arms", "replay_list", "replay_policies", "trial_of_figure"]

Pair = tuple[str, str]
YEAR = timedelta(days=365)
#: Policies whose effect on trades that were made can be added up.
REPLAYED = ("fee_bps", "reserve_bps", "auction_format", "inspection_bps", "penalty_margins", "holdback_bps", "cross_border_barred")
#: Policies that change what people do next and nothing of a trade that was made: the past holds no figure of them.
ONLY_LIVED: Mapping[str, Pair] = {
    "ban_deals": ("卖方停业期间买方会转向谁，已有的成交看不出",
                  "whom buyers turn to while a seller is banned, trades that were made do not tell"),
    "barred_share_bps": ("哪些产品被禁止由清单条文决定，请在清单的草案上试算",
                         "which products are barred is decided by a list's rules: try a draft of the list"),
    "robust_sharing": ("作价时各来源的相似程度没有随成交保存", "how alike the sources were is not on file with a trade"),
    "public_price_bps": ("指导价不同，买卖双方会另行决定，已有的成交看不出",
                         "at another guided price both sides decide anew; trades that were made do not tell"),
    "reputation": ("买方按口碑会找哪家，已有的成交看不出", "whom buyers would have turned to, trades that were made do not tell")}
#: Formats whose losers' bids are on file as well: of a Dutch clock only the winner's is.
_ALL_TOLD = ("english", "first_price", "second_price")
#: Cases in which a fault was found and still stands.
_FOUND = (ConductStatus.DECIDED, ConductStatus.OBJECTED, ConductStatus.FINAL)
_STOOD = (TradeStatus.EXECUTED, TradeStatus.FUNDED)


def _trades(at: datetime) -> QuerySet[Trade]:
    return Trade.objects.filter(channel="on_exchange", executed_at__gt=at - YEAR, executed_at__lte=at, state__status__in=_STOOD)


@dataclass(frozen=True)
class Added:
    """What a policy comes to on the past: as it was, as it would have been, over how many objects, and what had to be left out and why."""

    was: int
    would: int
    over: int
    left_out: tuple[tuple[int, Pair], ...] = ()


def _settled(at: datetime) -> QuerySet[Settlement]:
    return Settlement.objects.filter(settled_at__gt=at - YEAR, settled_at__lte=at)


def _fee(bps: int, at: datetime) -> Added:
    """Seller's charges on what was settled, as they were and as they would have been."""
    told = _settled(at).aggregate(fen=Sum("seller_fee_fen"), many=Count("pk"))
    would = sum(bps_of(price, bps) for price in _settled(at).values_list("price_fen", flat=True).iterator(chunk_size=2_000))
    return Added(int(told["fen"] or 0), would, told["many"])


def _holdback(bps: int, at: datetime) -> Added:
    told = _settled(at).aggregate(fen=Sum("held_fen"), many=Count("pk"))
    would = sum(bps_of(fen, bps) for fen in _settled(at).values_list("shared_fen", flat=True).iterator(chunk_size=2_000))
    return Added(int(told["fen"] or 0), would, told["many"])


def _awards(at: datetime) -> QuerySet[Award]:
    return Award.objects.filter(at__gt=at - YEAR, at__lte=at)


def _reserve(bps: int, at: datetime) -> Added:
    """Lots that were sold, and how many of them stayed below such a part of the price the version asked."""
    asked = _awards(at).filter(auction__version__price_fen__isnull=False)
    rows = list(asked.values_list("price_fen", "auction__version__price_fen"))
    return Added(len(rows), sum(price < bps_of(listed or 0, bps) for price, listed in rows), len(rows),
               _without(_awards(at).count() - len(rows), ("成交拍品没有标价", "lots sold had no asking price")))


def _cleared(form: int, at: datetime) -> Added:
    """What lots of the year that were sold brought, and what the same bids bring where another format clears them."""
    told = _awards(at).filter(auction__status=AuctionStatus.AWARDED)
    awards = told.filter(auction__format__in=_ALL_TOLD)
    was = would = over = 0
    for award in awards.select_related("auction").order_by("pk").iterator(chunk_size=200):
        was, would, over = was + award.price_fen, would + _price_in(form, transcript_of(award.auction)), over + 1
    return Added(was, would, over, _without(told.count() - over, (
        "成交拍品的竞价方式没有留下落选者的出价", "lots were sold in a format that leaves no bid of those who lost on file")))


def _without(many: int, why: Pair) -> tuple[tuple[int, Pair], ...]:
    return ((many, why),) if many else ()


def _price_in(form: int, told: Mapping[str, Any]) -> int:
    """The price of a finished lot in another format, by the rooms' own functions; its reserve stays what it was, 0 = not sold."""
    said: dict[str, Order] = {}
    for one in told["bids"]:
        if not one["void"] and (str(one["paddle"]) not in said or one["maximum_fen"] > said[str(one["paddle"])].amount):
            said[str(one["paddle"])] = Order(str(one["paddle"]), one["maximum_fen"], one["seq"])
    for one in told["seals"]:  # a later sealed bid takes the place of an earlier one
        if one["opened"]:
            said[str(one["paddle"])] = Order(str(one["paddle"]), one["opened"]["fen"], one["seq"])
    least = max(told["start_price_fen"], told["floor_fen"] or 0, (told["reserve"] or {}).get("fen") or 0)
    orders = [one for who, one in said.items() if who not in {str(paddle) for paddle in told["barred"]}]
    raises = Increments.read(told["increments"])
    if form in {1, 2}:
        return (second_price if form == 2 else first_price)(orders, least).price or 0
    if form == 3:
        book = refold(EnglishTerms(told["start_price_fen"], raises, least), [one for one in orders if one.amount >= least], len(orders))
        return book.price or 0
    highest = max((one.amount for one in orders), default=least)
    return dutch_price(DutchTerms(max(highest, least), raises.step(least), least), orders).price or 0


def _fined(margins: int, at: datetime) -> Added:
    """Prices of the deals in which somebody was found at fault, and the fines on them: so many margins of an honest seller."""
    cases = ConductCase.objects.filter(decided_at__gt=at - YEAR, decided_at__lte=at, status__in=_FOUND)
    codes = set(cases.values_list("subject_code", flat=True))
    deals = Trade.objects.filter(Q(code__in=codes) | Q(delivery__code__in=codes)).order_by("pk").distinct()
    rows = list(deals.values_list("price_fen", "code", "delivery__code"))
    part, met = parameters()["margin_bps"].value, {one for _, *both in rows for one in both}
    return Added(sum(fen for fen, *_ in rows), sum(bps_of(fen, part) * margins for fen, *_ in rows), len(rows), _without(
        cases.exclude(subject_code__in=met).count(), ("查实案件不涉及某一笔成交", "cases with a fault are about no single deal")))


def _inspected(bps: int, at: datetime) -> Added:
    many = _settled(at).count()
    return Added(many, (many * bps + 5_000) // 10_000, many)


def _barred(value: int, at: datetime) -> Added:
    """Turnover, and how much of it was bought by foreign organisations."""
    told = _trades(at).aggregate(fen=Sum("price_fen"), many=Count("pk"),
                                 abroad=Sum("price_fen", filter=Q(buyer__kind=OrganizationKind.FOREIGN)))
    return Added(int(told["fen"] or 0), int(told["abroad"] or 0) * value, told["many"])


#: What a policy is added up over; a row over nothing says that this is what the year did not have.
_BASIS: Mapping[str, Pair] = {
    "fee_bps": ("已结算的交易", "settled trade"), "holdback_bps": ("已结算的交易", "settled trade"),
    "reserve_bps": ("有标价的成交拍品", "sold lot with an asking price"),
    "auction_format": ("出价齐全的成交拍品", "sold lot with every bid on file"),
    "penalty_margins": ("查实有错的成交", "deal in which a fault was found"),
    "inspection_bps": ("已结算的交易", "settled trade"), "cross_border_barred": ("场内成交", "trade on the exchange")}
_HOW: Mapping[str, tuple[Callable[[int, datetime], Added], str, Pair, Pair]] = {
    "fee_bps": (_fee, "fen", ("向卖方收取的服务费", "Charged to sellers"), ("按此费率本应收取", "Would have been charged")),
    "holdback_bps": (_holdback, "fen", ("实际暂存的价款", "Held back"), ("按此比例本应暂存", "Would have been held back")),
    "reserve_bps": (_reserve, "", ("有标价的成交拍品", "Lots sold that had an asking price"),
                    ("其中本会因低于保留价而流拍", "Of them below the reserve")),
    "auction_format": (_cleared, "fen", ("成交拍品的价款", "Paid for the lots that were sold"),
                       ("同样的出价按这一方式清算", "The same bids cleared in this format")),
    "penalty_margins": (_fined, "fen", ("查实案件所涉的成交价款", "Prices of deals in which a fault was found"),
                        ("按此倍数本应罚款（毛利按 20 % 计）", "Would have been fined (margin taken as 20 %)")),
    "inspection_bps": (_inspected, "", ("已结算的交易", "Trades settled"), ("按此比例本应抽查", "Would have been inspected")),
    "cross_border_barred": (_barred, "fen", ("场内成交额", "Turnover on the exchange"),
                            ("其中本会被拦下（境外买方）", "Of it barred (foreign buyers)"))}


@covers("CAP-I2", "R51")
def replay_policies(policies: Mapping[str, int], at: datetime) -> dict[str, Any]:
    """This will add up what each policy would have done to the trades of the last twelve months; what cannot be added up says so."""
    return {**_period(at), "rows": [_row(name, policies[name], at) for name in (*REPLAYED, *ONLY_LIVED) if name in policies]}


@covers("CAP-I2", "R51")
def replay_arms(arms: Sequence[Mapping[str, int]], at: datetime) -> dict[str, Any]:
    """This will replay every policy that some arm of an experiment changes, each value once, to be kept with its report."""
    asked = sorted({pair for arm in arms for pair in arm.items()})
    return {**_period(at), "rows": [_row(name, value, at) for name, value in asked if name in (*REPLAYED, *ONLY_LIVED)]}


def _row(name: str, value: int, at: datetime) -> dict[str, Any]:
    said = {"policy": list(short_name(name)), "value": list(policy_value(name, value))}
    nothing = {"unit": "", "was": ["", ""], "would": ["", ""], "then": None, "other": None, "over": 0, "left_out": []}
    if name in ONLY_LIVED:
        return {**said, **nothing, "notice": list(_not_replayed(ONLY_LIVED[name]))}
    how, unit, was, would = _HOW[name]
    told = how(value, at)
    left = [{"many": many, "why": list(why)} for many, why in told.left_out]
    if not told.over:
        zh, en = _BASIS[name]
        why = (f"过去十二个月没有{zh}，不表示这一政策没有影响",
               f"the last twelve months hold no {en}; that does not say the policy changes nothing")
        return {**said, **nothing, "left_out": left, "notice": list(_not_replayed(why))}
    return {**said, "unit": unit, "was": list(was), "would": list(would), "then": told.was, "other": told.would, "over": told.over,
            "left_out": left, "notice": None}


def _not_replayed(why: Pair) -> Pair:
    return f"未回放：{why[0]}。可在场景中试。", f"Not replayed: {why[1]}. It can be tried in a scenario."


#: Figures of the venue that are a policy of the laboratory, in the same unit.
_OF_FIGURE = {"fee.match_seller_bps": "fee_bps", "holdback.bps": "holdback_bps"}


@covers("CAP-I2", "R51")
def trial_of_figure(key: str, value: Any, scope: str = "") -> tuple[str, Pair | None]:
    """This will return how a proposed figure of the venue is asked for on the replay's page, or why nothing of it can be replayed."""
    if isinstance(value, Mapping) and len(bands := set(value.values())) == 1:
        value = bands.pop()  # one rate for every band is one rate
    policy, whole = _OF_FIGURE.get(key), isinstance(value, int) and not isinstance(value, bool)
    if policy and whole and not scope and parameters()[policy].least <= value <= parameters()[policy].most:
        return f"{policy}={value}", None
    if policy and not whole:
        why = ("回放只认一个比率，不认分档或带上下限的值", "a replay knows one rate, not bands or bounds")
    elif policy:
        why = ("回放对全部成交计算，不认适用范围或界外的值", "a replay is over all trades: it knows no scope and no value out of bounds")
    else:
        why = ("过去的成交上没有这一参数的可重算结果", "nothing of this figure can be computed again on trades that were made")
    return "", (f"这一参数未经回放：{why[0]}。没有试算数字，不表示没有影响。",
                f"This figure was not replayed: {why[1]}. That there is no number does not say that it changes nothing.")


def _period(at: datetime) -> dict[str, Any]:
    told = _trades(at).aggregate(many=Count("pk"), fen=Sum("price_fen"))
    return {"since": (at - YEAR).date().isoformat(), "until": at.date().isoformat(), "trades": told["many"],
            "turnover_fen": int(told["fen"] or 0)}


@covers("CAP-I2", "R51", "R84")
def replay_list(version: NegativeListVersion, at: datetime) -> dict[str, Any]:
    """This will say what a proposed list would have done: to submissions and trades of twelve months, and to what is on sale.

    A trade is judged by the facts of the version that was sold, whether it is still on sale or not; one of which no such facts are on
    file is counted as ``unjudged`` and never among those that go through.

    ``barred_share_bps`` is the part of what is on sale that the list would hold: the policy with which the scenarios are run.
    """
    rules = rule_set_of(version)
    again = replay(rules, since=at - YEAR, until=at)
    now = preview(rule_set_of(list_version_at(at)), rules)
    held = {one.listing.pk for one in now.held}
    traded = _trades(at).filter(version__isnull=False).order_by().values_list("version_id", flat=True).distinct()
    gone = stopped(rule_set_of(list_version_at(at)), rules, traded)
    judged = _trades(at).filter(version__in=ScreeningRun.objects.filter(version__in=traded).values("version")).count()
    unjudged = _trades(at).count() - judged
    hit = _trades(at).filter(version__in=gone).aggregate(many=Count("pk"), fen=Sum("price_fen"))
    return {**_period(at), "version": version.version, "submissions": again.total, "differ": len(again.effects), "on_sale": now.total,
            "held": len(held), "held_trades": hit["many"], "held_fen": int(hit["fen"] or 0), "unjudged": unjudged,
            "barred_share_bps": (2 * 10_000 * len(held) + now.total) // (2 * now.total) if now.total else 0, "rows": []}
