"""Metrics of a faithful run, read from the rooms' own tables; words, units and formulas are those of the wide laboratory."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import numpy as np
from django.db.models import QuerySet, Sum

from compliance.models import Complaint, ConductCase, Sanction
from compliance.states import SanctionStatus
from delivery.models import Delivery
from delivery.states import DeliveryStatus
from ledger.models import Balance
from participants.roles import OrganizationKind
from settlement.models import Settlement
from simulation.faithful.acting import Acting
from simulation.faithful.stage import Stage
from simulation.wide.tally import CATEGORIES, DAILY, METRICS, Tally
from trading.models import Basis, Channel, Trade
from trading.states import TradeStatus

__all__ = ["RIPE", "measure", "tally_of"]

#: Three working days to deliver and seven days of grace: whatever was ordered so long ago has been delivered or has lapsed.
RIPE = timedelta(days=13)
#: Read from the tally exactly as in a wide run; what a plugin enters comes on top.
_FROM_TALLY = ("price_cv_on", "price_cv_off", "price_p90_p10", "price_p90_p10_off", "hhi", "cr4", "gini", "first_sale",
               "settle_hours_median", "settle_hours_p95", "settled_late", "recidivism", "detection_days", "cheats_at_large", "repair_rate",
               "firm_price", *(f"price_{kind}_{where}_{key}" for kind in ("cv", "p90_p10") for where in ("on", "off")
                               for key, _, _ in CATEGORIES))


def _rate(hits: int, tries: int, per: int = 1) -> float:
    return float(f"{hits * per / tries:.9g}") if tries else 0.0


def tally_of(stage: Stage, acting: Acting, begins: datetime, days: int) -> Tally:
    """This will count a faithful run as a wide run counts itself, so that both are read by the same formulas."""
    told, seen, kept = Tally(days), acting.tally, _kept(begins)
    rows = list(kept.order_by("pk").values_list("executed_at", "price_fen", "version__price_fen", "buyer_id", "seller_id", "basis"))
    public = {one.key for one in stage.people if one.public}
    for at, fen, *_ in rows:
        assert at is not None, "what is kept was executed"
        told.daily[(at - begins).days, [DAILY.index("on_fen"), DAILY.index("on_trades")]] += (fen, 1)
    for day, fen, *_ in acting.off_deals:
        told.daily[day, [DAILY.index("off_fen"), DAILY.index("off_trades")]] += (fen, 1)
    inside = [(fen, listed or fen, stage.keys.get(seller, "") in public) for _, fen, listed, _, seller, _ in rows]
    outside = [(fen, listed, seller in public) for _, fen, listed, seller in acting.off_deals]
    for channel, deals in enumerate((inside, outside)):
        paid, asked = (np.array([one[place] for one in deals], dtype=np.int64) for place in (0, 1))
        told.saw_prices(channel, paid, paid / np.maximum(asked, 1), np.array([one[2] for one in deals], dtype=bool))
    settled = Settlement.objects.filter(trade__in=kept, settled_at__isnull=False).order_by("pk")
    spans = [(at - executed).total_seconds() / 3600 for at, executed in settled.values_list("settled_at", "trade__executed_at")
             if at is not None and executed is not None]
    told.saw_hours(np.array(spans, dtype=np.float64))
    washes = [fen for _, fen, _, buyer, *_ in rows if stage.keys.get(buyer, "").startswith("x")]
    counts = {
        "on_trades": len(rows), "on_fen": sum(fen for _, fen, *_ in rows), "off_trades": seen["off_trades"], "off_fen": seen["off_fen"],
        "off_defaults": seen["off_defaults"], "wash_trades": len(washes), "wash_fen": sum(washes), "settled": len(spans),
        "late": sum(one > acting.values["settle_days"] * 24 for one in spans), "cheated": seen["cheated"],
        "cheats_found": seen["cheats_found"], "inspected": seen["inspected"], "bans": seen["findings"], "exits": seen["exits"],
        "unserved": seen["unserved"], "withdrawn": seen["withdrawn"], "offenders": len(acting.convicted),
        "complaints": Complaint.objects.filter(received_at__gte=begins).count(),
        "cross_trades": kept.filter(buyer__kind=OrganizationKind.FOREIGN).count(),
        "repeaters": sum(many > 1 for many in acting.convicted.values()), "repaired": _repaired(stage, acting),
        "posted_sold": sum(basis == Basis.PURCHASE for *_, basis in rows), "lots_sold": sum(basis == Basis.AWARD for *_, basis in rows),
        **_noticed(stage, told, begins)}
    for name, amount in counts.items():
        told.add(name, amount)
    told.sales.append(_income(stage, settled))
    return told


def _repaired(stage: Stage, acting: Acting) -> int:
    """Sellers that were punished and against whom no measure is in force any more."""
    barred = set(Sanction.objects.exclude(status=SanctionStatus.ENDED).values_list("organization_id", flat=True))
    return sum(stage.organizations[key].pk not in barred for key in acting.convicted if key in stage.organizations)


def _noticed(stage: Stage, told: Tally, begins: datetime) -> dict[str, int]:
    """Who delivered below its description, and how many days later the first case on it was opened."""
    first: dict[int, datetime] = {}
    for seller, at in Delivery.objects.filter(version__listing__code__in=stage.low, delivered_at__gte=begins).order_by(
            "delivered_at").values_list("seller_id", "delivered_at"):
        if at is not None:
            first.setdefault(seller, at)
    found: dict[int, datetime] = {}
    for party, at in ConductCase.objects.filter(conduct="quality_below_declared", organization_id__in=list(first)).order_by(
            "opened_at").values_list("organization_id", "opened_at"):
        found.setdefault(party, at)
    told.saw_delays(np.array([(at - first[party]).days for party, at in found.items()], dtype=np.int64))
    return {"cheaters": len(first), "cheaters_found": len(found)}


def _kept(begins: datetime) -> QuerySet[Trade]:
    on = Trade.objects.filter(executed_at__gte=begins, channel=Channel.ON_EXCHANGE).exclude(basis="barter")
    return on.exclude(state__status=TradeStatus.CANCELLED)


def _income(stage: Stage, settled: QuerySet[Settlement]) -> Any:
    """What each merchant got, those who sold nothing included."""
    got: dict[str, int] = defaultdict(int)
    for seller, fen in settled.values_list("seller_id", "shared_fen"):
        got[stage.keys.get(seller, "")] += fen
    return np.array([got[one.key] for one in stage.people if one.role == "merchant"], dtype=np.int64)


def measure(stage: Stage, acting: Acting, begins: datetime, days: int) -> dict[str, Any]:
    """This will read what the run came to."""
    tally, off_prices = acting.tally, [fen for _, fen, *_ in acting.off_deals]
    on = Trade.objects.filter(executed_at__gte=begins, channel=Channel.ON_EXCHANGE).exclude(basis="barter")
    kept = _kept(begins)
    prices = list(kept.values_list("price_fen", flat=True))
    done = Delivery.objects.filter(trade__in=on)
    ended = done.filter(status__in=(DeliveryStatus.ACCEPTED, DeliveryStatus.FAILED)).count()
    failed = done.filter(status=DeliveryStatus.FAILED).count()
    ripe = done.filter(opened_at__lte=stage.market.now() - RIPE)
    lapsed = ripe.filter(status=DeliveryStatus.FAILED, delivered_at__isnull=True).count()
    complaints = Complaint.objects.filter(received_at__gte=begins).count()
    counted = tally_of(stage, acting, begins, days)
    fees = Balance.objects.filter(account__kind__in=["venue_fees", "tax"]).aggregate(all=Sum("posted_fen"))["all"] or 0
    return {
        "trades": len(prices), "turnover_fen": sum(prices), "median_price_fen": int(median(prices)) if prices else 0,
        "off_trades": tally["off_trades"], "off_turnover_fen": tally["off_fen"],
        "off_median_price_fen": int(median(off_prices)) if off_prices else 0,
        "on_exchange_trades": _rate(len(prices), len(prices) + tally["off_trades"]),
        "filed_trades": Trade.objects.filter(executed_at__gte=begins, channel=Channel.OFF_EXCHANGE).count(),
        "default_rate": _rate(lapsed, ripe.count()), "failed_rate": _rate(failed, ended),
        "complaints_per_1000": _rate(complaints, ended, 1000),
        "cheat_rate": _rate(tally["cheated"], tally["delivered"]), "detection_rate": _rate(tally["cheats_found"], tally["cheated"]),
        "findings": tally["findings"], "exits": tally["exits"], "unserved": tally["unserved"],
        "withdrawn": tally["withdrawn"],
        "cross_border_trades": kept.filter(buyer__kind=OrganizationKind.FOREIGN).count(),
        "guided_trades": kept.filter(seller__in=[stage.organizations[one.key] for one in stage.people
                                                 if one.public and one.key in stage.organizations]).count(),
        "brokered_trades": tally["brokered"],
        "wash_share": _rate(counted.counts["wash_fen"], sum(prices)), "alerts_referred": tally["alerts_referred"], "fees_fen": fees,
        **_read(counted),
    }


def _read(counted: Tally) -> dict[str, int | float]:
    """What the tally tells: the figures a regulator asks for, and a plugin's own."""
    told: dict[str, int | float] = {}
    for key, one in METRICS.items():
        if key in _FROM_TALLY or not one.read.__module__.startswith("simulation."):
            value = one.read(counted)
            told[key] = value if isinstance(value, int) else float(f"{value:.9g}")
    return told
