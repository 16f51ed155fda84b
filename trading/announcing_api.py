"""What a program says to announce a lot or to act on it as its seller or a desk; the answers are the floor's own rows."""

from __future__ import annotations

from typing import Any

from rest_framework import exceptions, serializers
from rest_framework.request import Request

from evidence.clock import MARKET_CLOCK
from participants.edge import FenField, StrictSerializer, actor_for
from trading.auctions.slips import MOST_ITEMS, MOST_UNITS
from trading.models import Auction
from trading.operations import announce_auction, cancel_auction, halt_auction, resume_auction
from trading.queries import on_offer

__all__ = ["AnnounceIn", "LotActIn", "acted", "announced"]


class AnnounceIn(StrictSerializer):
    """What is not said is as the listing's version says it. ``supply`` and ``items`` are for several licences, in pilots alone."""

    listing = serializers.CharField(max_length=16)
    opens_at = serializers.DateTimeField(help_text="seven days after the notice at the earliest")
    closes_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    format = serializers.CharField(required=False, allow_blank=True, max_length=20, default="")
    start_price_fen = FenField(required=False, allow_null=True, default=None)
    reserve_price_fen = FenField(required=False, allow_null=True, default=None, help_text="committed to at the announcement")
    reserve_told = serializers.BooleanField(required=False, default=False, help_text="true: everybody reads the reserve; else it is secret")
    floor_price_fen = FenField(required=False, allow_null=True, default=None, help_text="of a Dutch clock")
    supply = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=MOST_UNITS, default=None)
    items = serializers.ListField(child=serializers.RegexField(r"^[A-Z]$"), required=False, max_length=MOST_ITEMS, default=list)


class LotActIn(StrictSerializer):
    """``cancel`` is the seller's before the opening and the regulator's at any time; ``halt`` and ``resume`` are the desks'."""

    act = serializers.ChoiceField(choices=["cancel", "halt", "resume"])
    reason = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")


def announced(request: Request) -> Auction:
    """This will announce the lot that a program asks for."""
    asked = AnnounceIn(data=request.data)
    asked.is_valid(raise_exception=True)
    good = dict(asked.validated_data)
    return announce_auction(listing=on_offer(good.pop("listing"), request.user), **good, actor=actor_for(request), clock=MARKET_CLOCK)


def acted(lot: Auction, request: Request) -> Auction:
    """This will cancel, halt or resume a lot; cancelling and halting say why."""
    asked = LotActIn(data=request.data)
    asked.is_valid(raise_exception=True)
    act, reason = asked.validated_data["act"], asked.validated_data["reason"].strip()
    by: dict[str, Any] = {"lot": lot, "actor": actor_for(request), "clock": MARKET_CLOCK}
    if act == "resume":
        return resume_auction(**by)
    if not reason:
        raise serializers.ValidationError({"reason": [exceptions.ErrorDetail("say why", code="required")]})
    if act == "halt":
        return halt_auction(**by, reason_code="trading.auction.by_desk", reason=reason)
    ours = lot.seller_id == by["actor"].organization_id
    return cancel_auction(**by, reason_code="trading.auction.by_seller" if ours else "trading.auction.by_desk", reason=reason)
