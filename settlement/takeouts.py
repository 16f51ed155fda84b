"""What a party takes along of settlement: its settlements, without the other parties' weights and accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from participants.models import Organization
from participants.takeouts import takes_out, told
from settlement.models import Settlement

__all__: list[str] = []


@takes_out("settlements", "结算", "Settlements")
def _settlements(of: Organization) -> Iterator[dict[str, Any]]:
    for one in Settlement.objects.filter(Q(seller=of) | Q(buyer=of)).order_by("pk"):
        yield told(one, "parties", "organizations", "accounts", "weights", "escrow", "holdback")
