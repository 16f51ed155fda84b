"""Uses beyond the licence (R47): what was served of a delivery beside what its agreement grants, read once a day for surveillance.

The gates refuse a use beyond the grant as it is asked for. This reads the meters afterwards and so finds what was let through by
whatever way; what it finds becomes an alert of the rule "use beyond the licence", which a person decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Max, Q

from delivery.models import AccessGrant, DataUse, Delivery
from delivery.queries import counted_uses
from delivery.states import DeliveryStatus
from kit.clock import Clock
from kit.coverage import covers
from participants.timers import before
from trading.alerts import raise_found
from trading.queries import licensed
from trading.surveillance.evasion import Use, overuse

__all__ = ["measured_uses", "watch_overuse"]


def measured_uses(at: datetime) -> Iterator[Use]:
    """This will measure the deliveries of a year that are bounded: calls, rows, fetches of a token, each beside its bound."""
    rows = Delivery.objects.filter(status__in=(DeliveryStatus.DELIVERED, DeliveryStatus.ACCEPTED),
                                   trade__executed_at__gt=before("competition.period", at)).select_related("trade__buyer", "trade__venue")
    served = dict(DataUse.objects.filter(delivery__in=rows, refused="").values_list("delivery").annotate(most=Max("rows_total")))
    tokens = AccessGrant.objects.filter(delivery__in=rows, uses__gt=0).order_by("delivery_id", "-uses")
    fetched = {one.delivery_id: (one.uses_allowed, one.uses) for one in reversed(list(tokens.only("delivery_id", "uses", "uses_allowed")))}
    for one in rows.filter(Q(trade__agreement__object__use_terms__calls__gt=0) | Q(trade__agreement__object__use_terms__rows__gt=0)
                           | Q(pk__in=list(fetched))).order_by("id").iterator(chunk_size=500):
        bound = licensed(one.trade)
        code, buyer = one.trade.code, one.trade.buyer.code
        if bound["calls"]:
            yield Use(code, buyer, int(bound["calls"]), counted_uses(one.trade, lock=False))
        if bound["rows"]:
            yield Use(code, buyer, int(bound["rows"]), served.get(one.pk) or 0)
        if one.pk in fetched:
            yield Use(code, buyer, *fetched[one.pk])


@covers("H4", "R47")
def watch_overuse(*, clock: Clock) -> int:
    """This will raise an alert where more was used than granted; returns how many are new. The same excess raises nothing twice."""
    return raise_found(overuse(measured_uses(clock.now())), clock=clock)
