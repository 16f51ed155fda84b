"""What a policy would have done to the exchange's own last twelve months, in sums: no party, listing or trade is named.

Only the trades themselves are judged again. How people would have acted under the other policy the past cannot tell; that is what the
scenarios are for, and the page says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet, Sum

from compliance.models import NegativeListVersion
from compliance.queries import list_version_at, rule_set_of
from kit.coverage import covers
from kit.money import bps_of
from listings.previewing import preview, replay
from participants.roles import OrganizationKind
from settlement.models import Settlement
from simulation.experiments.reporting import policy_value, short_name
from trading.models import Award, Trade
from trading.states import TradeStatus

__all__ = ["REPLAYED", "YEAR", "replay_list", "replay_policies"]

Pair = tuple[str, str]
YEAR = timedelta(days=365)
#: Policies whose effect on trades that were made can be added up.
REPLAYED = ("fee_bps", "reserve_bps", "inspection_bps", "holdback_bps", "cross_border_barred")
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
    """This will say what a proposed list would have done: to submissions of twelve months, to what is on sale, and to its turnover.

    ``barred_share_bps`` is the part of what is on sale that the list would hold: the policy with which the scenarios are run.
    """
    rules = rule_set_of(version)
    again = replay(rules, since=at - YEAR, until=at)
    now = preview(rule_set_of(list_version_at(at)), rules)
    held = {one.listing.pk for one in now.held}
    hit = _trades(at).filter(listing__in=held).aggregate(many=Count("pk"), fen=Sum("price_fen"))
    return {**_period(at), "version": version.version, "submissions": again.total, "differ": len(again.effects), "on_sale": now.total,
            "held": len(held), "held_trades": hit["many"], "held_fen": int(hit["fen"] or 0),
            "barred_share_bps": (2 * 10_000 * len(held) + now.total) // (2 * now.total) if now.total else 0, "rows": []}
