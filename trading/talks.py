"""Questions about bargains: a party's own ones, and the listing that one is about."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When

from kit.rejected import Rejected
from trading.models import Negotiation
from trading.states import NegotiationStatus

__all__ = ["talk_for", "talks_of"]


def talk_for(code: str, user: Any) -> Negotiation:
    """This will return a party's own bargain; 404 else."""
    rows = Negotiation.objects.visible_to(user).select_related("listing__organization", "version", "seller", "buyer", "venue", "trade")
    if (found := rows.filter(code=code).first()) is None:
        raise Rejected("trading.negotiation.absent")
    return found


def talks_of(organization_id: int | None) -> QuerySet[Negotiation]:
    """This will list the bargains of an organisation, the open ones first."""
    rows = Negotiation.objects.filter(Q(seller_id=organization_id or 0) | Q(buyer_id=organization_id or 0))
    running = Case(When(status=NegotiationStatus.OFFERED, then=Value(0)), default=Value(1))
    return rows.select_related("version", "seller", "buyer", "trade", "listing").order_by(running, "-pk")
