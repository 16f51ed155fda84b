"""What kinds share in which the buyer asks a service of the house: every call is a row, counted once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from delivery.kinds.adapter import Adapter

if TYPE_CHECKING:
    from delivery.models import Delivery

__all__ = ["ByService"]


class ByService(Adapter):
    """Calls of a registered model or of a verification."""

    def spent(self, one: Delivery) -> int:
        return one.service_calls.count()

    def served(self, one: Delivery, *, lock: bool) -> int:
        return one.service_calls.count()
