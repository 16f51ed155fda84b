"""What passes on of deliveries (R39): what is still to be handed over, fetched, accepted or deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import Q

from delivery.models import AccessGrant, DeletionTask, Delivery
from delivery.states import DeletionStatus, DeliveryStatus, GrantStatus
from kit.coverage import covers
from participants.estates import Held, Obstacle, Passing, estate, hinders, obstacle
from participants.models import Organization
from participants.queries import may
from participants.roles import Capability

__all__: list[str] = []

_OPEN = (DeliveryStatus.OPENED, DeliveryStatus.DELIVERED, DeliveryStatus.PART, DeliveryStatus.REJECTED,
         DeliveryStatus.DISPUTED)


@estate("delivery.deliveries", "交付", "Deliveries")
def _deliveries(of: Organization) -> Iterator[Held]:
    rows = Delivery.objects.filter(Q(seller=of) | Q(buyer=of), status__in=[*_OPEN, DeliveryStatus.ACCEPTED]).select_related("trade")
    for one in rows:
        column, other = ("seller_id", one.buyer_id) if one.seller_id == of.pk else ("buyer_id", one.seller_id)
        yield Held(one.trade.code, one.code, one.trade.title, "delivery_delivery", column, one.pk, live=one.status in _OPEN, other=other)


@estate("delivery.grants", "取用凭证", "Tokens of access")
def _grants(of: Organization) -> Iterator[Held]:
    running = AccessGrant.objects.filter(buyer=of, status__in=[GrantStatus.ACTIVE, GrantStatus.SUSPENDED])
    for one in running.select_related("delivery__trade"):
        yield Held(one.delivery.trade.code, one.code, "", "delivery_accessgrant", "buyer_id", one.pk, live=False,
                   other=one.delivery.seller_id)


@estate("delivery.deletions", "待删除任务", "Deletions owed")
def _deletions(of: Organization) -> Iterator[Held]:
    owed = DeletionTask.objects.filter(recipient=of, status__in=[DeletionStatus.OPEN, DeletionStatus.LATE])
    for one in owed.select_related("delivery__trade"):
        yield Held(one.delivery.trade.code, one.code, "", "delivery_deletiontask", "recipient_id", one.pk)


@covers("R39", "A3")
@hinders("delivery.capability")
def _unable(passing: Passing) -> Iterable[Obstacle]:
    """What was sold and is still to be handed over goes to somebody who may deliver; else its buyer would wait for nobody."""
    for one in passing.rows("delivery_delivery", "seller_id"):
        heir = passing.heir_of(one.unit)
        if heir and one.live and may(heir, Capability.DELIVER, at=passing.at):
            yield obstacle(one.code, f"{heir.short_name} 没有交付资格", f"{heir.short_name_en or heir.short_name} may not deliver")
