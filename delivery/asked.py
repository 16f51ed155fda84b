"""Who asked about a product made of persons' data, as those persons may read it (R34): when, who, for what, how, at what epsilon.

Whoever got rows or was told something of single persons is a recipient and stands by name (PIPL 23). Whoever got sums with noise got
nothing about any one person and stands by its class. Refused and returned questions read nothing and are left out; answers are the buyer's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest
from typing import Any

from django.db.models import Count, Max
from django.db.models.functions import TruncDate

from delivery.cleanroom.budgets import as_epsilon
from delivery.models import ComputeJob, DataUse, Delivery, RoomQuery, ServiceCall
from delivery.states import JobStatus, QueryStatus
from kit.coverage import covers
from listings.models import DataProduct
from participants.models import Organization
from participants.queries import LOCAL

__all__ = ["Asked", "asked_about"]

#: Questions shown of one product, the latest.
MOST = 50


@dataclass(frozen=True)
class Asked:
    """One asking: ``kind`` question, training, rows or call; ``named`` where the law gives the name, else the class; ``times`` a day."""

    at: datetime
    kind: str
    by: Organization
    named: bool
    purposes: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    epsilon: str = ""
    times: int = 1


def _purposes(one: Delivery) -> tuple[str, ...]:
    deed = getattr(one.trade, "deed", None)
    return tuple((deed.terms.get("purposes") or []) if deed is not None else [])


def _questions(product: DataProduct, since: datetime) -> Iterator[Asked]:
    """Questions that ran, with what was measured of which columns; never the words and numbers they were filtered by."""
    rows = RoomQuery.objects.filter(delivery__version__listing__product=product, asked_at__gte=since, status__in=[
        QueryStatus.RUNNING, QueryStatus.DONE, QueryStatus.FAILED]).select_related("delivery__buyer", "delivery__trade__deed")
    for one in rows.order_by("-pk")[:MOST]:
        said: dict[str, Any] = one.question
        used = [*said.get("group_by", []), *(each.get("column", "") for each in [*said.get("measures", []), *said.get("where", [])])]
        yield Asked(one.asked_at, "question", one.delivery.buyer, named=False, purposes=_purposes(one.delivery),
                    measures=tuple(dict.fromkeys(each["of"] for each in said.get("measures", []))),
                    columns=tuple(dict.fromkeys(name for name in used if name)), epsilon=as_epsilon(one.epsilon_micro))


def _jobs(product: DataProduct, since: datetime) -> Iterator[Asked]:
    rows = ComputeJob.objects.filter(delivery__version__listing__product=product, ordered_at__gte=since, status=JobStatus.DONE)
    for one in rows.select_related("delivery__buyer", "delivery__trade__deed").order_by("-pk")[:MOST]:
        yield Asked(one.ordered_at, "training", one.delivery.buyer, named=False, purposes=_purposes(one.delivery))


def _days(model: Any, kind: str, product: DataProduct, since: datetime, **served: Any) -> Iterator[Asked]:
    """Calls of a day by one delivery and purpose are one line: there may be thousands."""
    days = model.objects.filter(delivery__version__listing__product=product, at__gte=since, **served).values(
        "delivery", "purpose", day=TruncDate("at", tzinfo=LOCAL)).annotate(last=Max("at"), times=Count("pk"))
    lines = list(days.order_by("-last")[:MOST])
    wanted = Delivery.objects.select_related("buyer", "trade__deed").filter(pk__in={row["delivery"] for row in lines})
    held = {one.pk: one for one in wanted}
    for row in lines:
        one = held[row["delivery"]]
        yield Asked(row["last"], kind, one.buyer, named=True, purposes=(row["purpose"],) if row["purpose"] else _purposes(one),
                    times=row["times"])


@covers("R34", "R27", "R29")
def asked_about(product: DataProduct, *, since: datetime, most: int = MOST) -> list[Asked]:
    """This will list who asked about a product since a person's consent began, the latest first."""
    found = [*_questions(product, since), *_jobs(product, since), *_days(DataUse, "rows", product, since, refused=""),
             *_days(ServiceCall, "call", product, since)]
    return nlargest(most, found, key=lambda one: one.at)
