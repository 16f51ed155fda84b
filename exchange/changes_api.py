"""``/api/changes/``: every sealed fact the reader may see, in the order of the log; what webhooks point to (CAP-I6)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.clock import MARKET_CLOCK
from evidence.events import rfc3339
from evidence.subscriptions import SealedFact
from exchange.feed import LARGEST, Page, Reader, desks_only_of, page
from kit.coverage import covers
from participants.edge import Requires, StrictSerializer, actor_for
from participants.models import Organization
from participants.predicates import standpoint
from participants.reads import note_read

__all__ = ["Changes"]

#: Where a subject is read, by its first letters; of the others the desk's own pages tell more.
_PAGES = {"LST": "/listings/{}/", "LOT": "/trading/lots/{}/", "TRD": "/desk/trades/{}/", "CRT": "/verify/{}", "ADM": "/verify/{}",
          "REG": "/listings/registrations/{}/", "DLV": "/desk/deliveries/{}/"}


class ChangesIn(StrictSerializer):
    """From which place on, which kinds (beginnings, several by comma), how many at most, and whether only one's own."""

    after = serializers.IntegerField(min_value=0, max_value=2**53 - 1, default=0)
    kind = serializers.RegexField(r"^[a-z_.,]{1,400}$", default="")
    limit = serializers.IntegerField(min_value=1, max_value=LARGEST, default=LARGEST)
    mine = serializers.BooleanField(default=False)


class Change(serializers.Serializer[Any]):
    """One fact. ``actor`` names an organisation, and its person only to itself."""

    position = serializers.IntegerField()
    kind = serializers.CharField()
    at = serializers.CharField()
    subject = serializers.CharField()
    actor = serializers.CharField()
    payload = serializers.DictField(child=serializers.JSONField())
    href = serializers.CharField(allow_null=True)


class ChangePage(serializers.Serializer[Any]):
    """``next`` is where to go on and always given; places may jump, nothing visible is skipped. ``head`` is the end of the log."""

    items = Change(many=True)
    next = serializers.IntegerField()
    head = serializers.IntegerField()


class Changes(APIView):
    """The change feed. A visitor sees what is public, an organisation also its own, the desks everything (and that is noted)."""

    permission_classes = [Requires(GET="exchange.api.see")]

    @covers("CAP-I6", "R121")
    @extend_schema(operation_id="changes", responses={200: ChangePage}, parameters=[
        OpenApiParameter("after", int, description="place to begin at: `next` of the last answer; 0 is the first fact"),
        OpenApiParameter("kind", str, description="beginnings of kinds, by comma: trading.auction.,listings.listing.published"),
        OpenApiParameter("limit", int), OpenApiParameter("mine", bool, description="only what concerns the own organisation")])
    def get(self, request: Request) -> Response:
        asked = ChangesIn(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        told = asked.validated_data
        kinds = [one for one in told["kind"].split(",") if one]
        found = page(after=told["after"], reader=_reader(request), kinds=kinds, limit=told["limit"], mine=told["mine"])
        self._note(request, found)
        return Response({"items": [_row(one) for one in found.items], "next": found.next, "head": found.head})

    def _note(self, request: Request, found: Page) -> None:
        """What the desks read of a party's own is noted, once a day for each party."""
        actor = actor_for(request)
        for owner in desks_only_of(found.items) if _reader(request).oversees else ():
            note_read(owner=owner, kind="feed", subject=owner.code, ground="exchange.api.see", actor=actor, clock=MARKET_CLOCK)


def _reader(request: Request) -> Reader:
    actor = actor_for(request)
    if actor.organization_id is None:
        return Reader()
    return Reader(Organization.objects.get(pk=actor.organization_id), standpoint(actor, MARKET_CLOCK.now()).oversees)


def _row(fact: SealedFact) -> dict[str, Any]:
    path = _PAGES.get(fact.subject.partition("-")[0])
    return {"position": fact.position, "kind": fact.kind, "at": rfc3339(fact.at), "subject": fact.subject, "actor": fact.actor,
            "payload": fact.payload, "href": path.format(fact.subject) if path else None}
