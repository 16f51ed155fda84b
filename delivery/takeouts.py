"""What a party takes along of delivery: what it delivered and received, by hash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from delivery.models import Delivery
from participants.models import Organization
from participants.takeouts import takes_out, told

__all__: list[str] = []


@takes_out("deliveries", "交付", "Deliveries")
def _deliveries(of: Organization) -> Iterator[dict[str, Any]]:
    for one in Delivery.objects.filter(Q(seller=of) | Q(buyer=of)).order_by("pk"):
        yield told(one)
