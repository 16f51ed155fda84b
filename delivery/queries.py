"""Questions about deliveries: a party's own, what is due, what settlement may pay, what must be refunded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from delivery.kinds import adapter_for
from delivery.models import AccessGrant, DataKey, Delivery, RoomQuery
from delivery.states import DeliveryStatus, GrantStatus, KeyStatus, QueryStatus
from kit.rejected import Rejected
from trading.models import Trade
from trading.states import AgreementStatus, TradeStatus

__all__ = ["asked_of_rooms", "awaiting_settlement", "counted_uses", "deliveries_of", "delivery_for", "due_deliveries", "expired_grants",
           "failed_unrefunded", "outlived_agreements", "registered_file"]


def deliveries_of(user: Any) -> QuerySet[Delivery]:
    """This will list the deliveries of the user's organisation, newest first."""
    return Delivery.objects.visible_to(user).select_related("trade__version", "seller", "buyer", "version").order_by("-id")


def delivery_for(code: str, user: Any) -> Delivery:
    """This will return a party's own delivery; 404 else."""
    found = Delivery.objects.visible_to(user).select_related(
        "trade__state", "trade__venue", "trade__version", "seller", "buyer", "version", "deposit")
    one: Delivery | None = found.filter(code=code).first()
    if one is None:
        raise Rejected("participants.object.absent")
    return one


def registered_file(delivery: Delivery) -> Any:
    """This will return the seller's deposit that has the registered hash, if it lies here already; None else."""
    from evidence.models import Deposit

    return Deposit.objects.filter(sha256=delivery.expected_sha256, owner=delivery.seller.code).order_by("at").first()


def awaiting_settlement() -> QuerySet[Delivery]:
    """This will list accepted deliveries of paid trades, in order of acceptance; settlement leaves out what it has taken up."""
    return Delivery.objects.filter(status=DeliveryStatus.ACCEPTED, trade__state__status=TradeStatus.FUNDED).order_by("ended_at", "id")


def counted_uses(trade: Trade, *, lock: bool = True) -> int:
    """This will count the uses of a trade's delivery that were served: fetches, computations and questions answered.

    Locked, it waits for the uses in flight, and none begins before the caller is done.
    """
    rows = Delivery.objects.select_for_update(of=("self",), no_key=True) if lock else Delivery.objects.all()
    one = rows.filter(trade=trade).first()
    if one is None:
        return 0
    return adapter_for(one.mode).served(one, lock=lock)


def asked_of_rooms() -> QuerySet[RoomQuery]:
    """This will list the questions in flight; a meter is not closed over them."""
    return RoomQuery.objects.filter(status__in=(QueryStatus.QUEUED, QueryStatus.RUNNING))


def failed_unrefunded() -> QuerySet[Delivery]:
    """This will list failed deliveries whose trade is still funded."""
    return Delivery.objects.filter(status=DeliveryStatus.FAILED, trade__state__status=TradeStatus.FUNDED).order_by("ended_at", "id")


def outlived_agreements() -> QuerySet[Delivery]:
    """This will list deliveries whose agreement is over while something still runs: open tokens or keys, or nothing accepted."""
    over = Q(trade__deed__status__in=(AgreementStatus.ENDED, AgreementStatus.LAPSED))
    tokens = AccessGrant.objects.filter(delivery=OuterRef("pk"), status__in=[GrantStatus.ACTIVE, GrantStatus.SUSPENDED])
    running = Q(status__in=(DeliveryStatus.OPENED, DeliveryStatus.DELIVERED, DeliveryStatus.PART, DeliveryStatus.REJECTED),
                trade__state__status=TradeStatus.FUNDED) & ~Q(trade__deed__cause="term")
    keys = DataKey.objects.filter(delivery=OuterRef("pk"), status=KeyStatus.ACTIVE)
    return Delivery.objects.filter(over & (running | Exists(tokens) | Exists(keys))).select_related("trade__deed").order_by("id")


def due_deliveries(at: datetime) -> QuerySet[Delivery]:
    """This will list deliveries a deadline or the trade's own end has overtaken; found anew at every sweep, however late."""
    return Delivery.objects.filter(
        Q(status=DeliveryStatus.DELIVERED, due_at__lte=at)
        | Q(status=DeliveryStatus.OPENED, fails_at__lte=at)
        | Q(status__in=[DeliveryStatus.REJECTED, DeliveryStatus.PART], due_at__lte=at)
        | Q(status=DeliveryStatus.OPENED, trade__state__status__in=[TradeStatus.CANCELLED, TradeStatus.DEFAULTED])
        | Q(status=DeliveryStatus.OPENED, due_at__isnull=True, trade__state__status=TradeStatus.FUNDED)
    ).select_related("trade__state").order_by("id")


def expired_grants(at: datetime) -> QuerySet[AccessGrant]:
    """This will list tokens whose time is over."""
    return AccessGrant.objects.filter(status__in=[GrantStatus.ACTIVE, GrantStatus.SUSPENDED], expires_at__lte=at).order_by("id")
