"""What a policy would have done to the exchange's own last twelve months, in sums: no party, listing or trade is named.

Only the trades themselves are judged again. How people would have acted under the other policy the past cannot tell; that is what the
scenarios are for, and the page says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from compliance.models import ConductCase, NegativeListVersion
from compliance.queries import list_version_at, rule_set_of
from compliance.states import ConductStatus
from kit.coverage import covers
from kit.money import bps_of
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

__all__ = ["REPLAYED", "YEAR", "replay_list", "replay_policies"]

Pair = tuple[str, str]
YEAR = timedelta(days=365)
#: Policies whose effect on trades that were made can be added up.
REPLAYED = ("fee_bps", "reserve_bps", "auction_format", "inspection_bps", "penalty_margins", "holdback_bps", "cross_border_barred")
#: Formats whose losers' bids are on file as well: of a Dutch clock only the winner's is.
_ALL_TOLD = ("english", "first_price", "second_price")
#: Cases in which a fault was found and still stands.
_FOUND = (ConductStatus.DECIDED, ConductStatus.OBJECTED, ConductStatus.FINAL)
_STOOD = (TradeStatus.EXECUTED, TradeStatus.FUNDED)


def _trades(at: datetime) -> QuerySet[Trade]:
    return Trade.objects.filter(channel="on_exchange", executed_at__gt=at - YEAR, executed_at__lte=at, state__status__in=_STOOD)


def _fee(bps: int, at: datetime) -> tuple[int, int]:
    """Seller's charges on what was settled, as they were and as they would have been."""
    was = Settlement.objects.filter(settled_at__gt=at - YEAR, settled_at__lte=at)
    return int(was.aggregate(fen=Sum("seller_fee_fen"))["fen"] or 0), sum(
        bps_of(price, bps) for price in was.values_list("price_fen", flat=True).iterator(chunk_size=2_000))


def _holdback(bps: int, at: datetime) -> tuple[int, int]:
    was = Settlement.objects.filter(settled_at__gt=at - YEAR, settled_at__lte=at)
    return int(was.aggregate(fen=Sum("held_fen"))["fen"] or 0), sum(
        bps_of(fen, bps) for fen in was.values_list("shared_fen", flat=True).iterator(chunk_size=2_000))


def _reserve(bps: int, at: datetime) -> tuple[int, int]:
    """Lots that were sold, and how many of them stayed below such a part of the price the version asked."""
    sold = Award.objects.filter(at__gt=at - YEAR, at__lte=at, auction__version__price_fen__isnull=False)
    rows = sold.values_list("price_fen", "auction__version__price_fen")
    return sold.count(), sum(price < bps_of(asked or 0, bps) for price, asked in rows.iterator(chunk_size=2_000))


def _cleared(form: int, at: datetime) -> tuple[int, int]:
    """What lots of the year that were sold brought, and what the same bids bring where another format clears them."""
    awards = Award.objects.filter(at__gt=at - YEAR, at__lte=at, auction__format__in=_ALL_TOLD,
                                  auction__status=AuctionStatus.AWARDED)
    was = would = 0
    for award in awards.select_related("auction").order_by("pk").iterator(chunk_size=200):
        was += award.price_fen
        would += _price_in(form, transcript_of(award.auction))
    return was, would


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


def _fined(margins: int, at: datetime) -> tuple[int, int]:
    """Prices of the deals in which somebody was found at fault, and the fines on them: so many margins of an honest seller."""
    cases = ConductCase.objects.filter(decided_at__gt=at - YEAR, decided_at__lte=at, status__in=_FOUND)
    codes = set(cases.values_list("subject_code", flat=True))
    deals = Trade.objects.filter(Q(code__in=codes) | Q(delivery__code__in=codes))
    prices = list(deals.order_by("pk").distinct().values_list("price_fen", flat=True))
    part = parameters()["margin_bps"].value
    return sum(prices), sum(bps_of(one, part) * margins for one in prices)


def _inspected(bps: int, at: datetime) -> tuple[int, int]:
    many = Settlement.objects.filter(settled_at__gt=at - YEAR, settled_at__lte=at).count()
    return many, (many * bps + 5_000) // 10_000


def _barred(value: int, at: datetime) -> tuple[int, int]:
    """Turnover, and how much of it was bought by foreign organisations."""
    rows = _trades(at)
    abroad = rows.filter(buyer__kind=OrganizationKind.FOREIGN)
    return int(rows.aggregate(fen=Sum("price_fen"))["fen"] or 0), int(abroad.aggregate(fen=Sum("price_fen"))["fen"] or 0) * value


_HOW: Mapping[str, tuple[Callable[[int, datetime], tuple[int, int]], str, Pair, Pair]] = {
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
    """This will add up what each policy would have done to the trades of the last twelve months."""
    rows = []
    for name in REPLAYED:
        if name in policies:
            how, unit, was, would = _HOW[name]
            then, other = how(policies[name], at)
            rows.append({"policy": list(short_name(name)), "value": list(policy_value(name, policies[name])), "unit": unit,
                         "was": list(was), "would": list(would), "then": then, "other": other})
    return {**_period(at), "rows": rows}


def _period(at: datetime) -> dict[str, Any]:
    told = _trades(at).aggregate(many=Count("pk"), fen=Sum("price_fen"))
    return {"since": (at - YEAR).date().isoformat(), "until": at.date().isoformat(), "trades": told["many"],
            "turnover_fen": int(told["fen"] or 0)}


@covers("CAP-I2", "R51", "R84")
def replay_list(version: NegativeListVersion, at: datetime) -> dict[str, Any]:
    """This will say what a proposed list would have done: to submissions and trades of twelve months, and to what is on sale.

    A trade is judged by the facts of the version that was sold, whether it is still on sale or not.

    ``barred_share_bps`` is the part of what is on sale that the list would hold: the policy with which the scenarios are run.
    """
    rules = rule_set_of(version)
    again = replay(rules, since=at - YEAR, until=at)
    now = preview(rule_set_of(list_version_at(at)), rules)
    held = {one.listing.pk for one in now.held}
    traded = _trades(at).filter(version__isnull=False).order_by().values_list("version_id", flat=True).distinct()
    gone = stopped(rule_set_of(list_version_at(at)), rules, traded)
    hit = _trades(at).filter(version__in=gone).aggregate(many=Count("pk"), fen=Sum("price_fen"))
    return {**_period(at), "version": version.version, "submissions": again.total, "differ": len(again.effects), "on_sale": now.total,
            "held": len(held), "held_trades": hit["many"], "held_fen": int(hit["fen"] or 0),
            "barred_share_bps": (2 * 10_000 * len(held) + now.total) // (2 * now.total) if now.total else 0, "rows": []}
