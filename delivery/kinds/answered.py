"""What kinds share in which the buyer asks a service of the house: every call is a row, counted once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from delivery.kinds.adapter import Adapter
from delivery.service_models import Service
from delivery.states import ServiceStatus
from kit.rejected import Rejected
from participants.gates import Gate

if TYPE_CHECKING:
    from delivery.models import Delivery

__all__ = ["ByService"]


class ByService(Adapter):
    """Calls of a registered model or of a verification."""

    def ready(self, one: Delivery, *, at: datetime) -> Iterator[Gate]:
        opened = Service.objects.filter(version=one.version, status=ServiceStatus.OPEN).exists()
        yield Gate(("服务已开放", "The service is open"),
                   None if opened else Rejected("delivery.service.closed", delivery=one.code))

    def spent(self, one: Delivery) -> int:
        return one.service_calls.count()

    def served(self, one: Delivery, *, lock: bool) -> int:
        return one.service_calls.count()
