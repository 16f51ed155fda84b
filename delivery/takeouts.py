"""What a party takes along of delivery: what it delivered and received, by hash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from delivery.models import Delivery, Seat
from participants.models import Organization
from participants.takeouts import takes_out, told

__all__: list[str] = []


@takes_out("deliveries", "交付", "Deliveries")
def _deliveries(of: Organization) -> Iterator[dict[str, Any]]:
    for one in Delivery.objects.filter(Q(seller=of) | Q(buyer=of)).order_by("pk"):
        yield told(one)


@takes_out("seats", "指定使用人", "Named seats")
def _seats(of: Organization) -> Iterator[dict[str, Any]]:
    for one in Seat.objects.filter(delivery__buyer=of).order_by("pk"):
        yield told(one)
