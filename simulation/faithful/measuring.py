"""Metrics of a faithful run, read from the rooms' own tables; words and units are those of the wide laboratory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Sum

from compliance.models import Complaint
from delivery.models import Delivery
from delivery.states import DeliveryStatus
from ledger.models import Balance
from participants.roles import OrganizationKind
from simulation.faithful.stage import Stage
from trading.models import Channel, Trade
from trading.states import TradeStatus

__all__ = ["RIPE", "measure"]

#: Three working days to deliver and seven days of grace: whatever was ordered so long ago has been delivered or has lapsed.
RIPE = timedelta(days=13)


def _rate(hits: int, tries: int, per: int = 1) -> float:
    return float(f"{hits * per / tries:.9g}") if tries else 0.0


def measure(stage: Stage, tally: Counter[str], begins: datetime, off_prices: Sequence[int]) -> dict[str, Any]:
    """This will read what the run came to."""
    on = Trade.objects.filter(executed_at__gte=begins, channel=Channel.ON_EXCHANGE).exclude(basis="barter")
    kept = on.exclude(state__status=TradeStatus.CANCELLED)
    prices = list(kept.values_list("price_fen", flat=True))
    done = Delivery.objects.filter(trade__in=on)
    ended = done.filter(status__in=(DeliveryStatus.ACCEPTED, DeliveryStatus.FAILED)).count()
    failed = done.filter(status=DeliveryStatus.FAILED).count()
    ripe = done.filter(opened_at__lte=stage.market.now() - RIPE)
    lapsed = ripe.filter(status=DeliveryStatus.FAILED, delivered_at__isnull=True).count()
    complaints = Complaint.objects.filter(received_at__gte=begins).count()
    washes = sum(fen for buyer, fen in kept.values_list("buyer_id", "price_fen") if stage.keys.get(buyer, "").startswith("x"))
    fees = Balance.objects.filter(account__kind="venue_fees").aggregate(all=Sum("posted_fen"))["all"] or 0
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
        "wash_share": _rate(washes, sum(prices)), "alerts_referred": tally["alerts_referred"], "fees_fen": fees,
    }
