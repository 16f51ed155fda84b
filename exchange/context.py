"""What every page needs: the market's clock, the head of the evidence log, who acts, language and theme."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from evidence.clock import MARKET_CLOCK
from evidence.models import Seal
from evidence.prepared import prepared
from exchange import navigation
from kit.permissions import permission_map
from participants.actors import actor_of
from participants.models import Venue
from participants.predicates import OVERSIGHT, roles_of
from participants.roles import Role
from participants.visitors import MOVES_COOKIE, THEME_COOKIE
from trading.models import Auction
from trading.states import AuctionStatus

__all__ = ["THEMES", "Head", "Looks", "house", "market_now"]

THEMES = ("", "light", "dark")
#: Roles that put data on the market.
SUPPLIERS = {Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR, Role.TRUSTEE}


@dataclass(frozen=True)
class Looks:
    """How this person sees the pages: theme ("" follows the system), colours of movement, language."""

    theme: str
    moves: str

    @property
    def next_theme(self) -> str:
        return THEMES[(THEMES.index(self.theme) + 1) % len(THEMES)]


@dataclass(frozen=True)
class Head:
    """The head of the evidence log: its last sealed position, the seal's root and when it was sealed."""

    position: int
    root: str
    at: datetime | None


def market_now() -> datetime:
    """This will tell the market's present instant."""
    return MARKET_CLOCK.now()


@prepared
def _last_seal() -> QuerySet[Seal]:
    return Seal.objects.order_by("-size")[:1]


@prepared
def _next_to_close(now: datetime) -> QuerySet[Auction]:
    return Auction.objects.filter(status=AuctionStatus.OPEN, closes_at__gt=now).order_by("closes_at").only("closes_at")[:1]


@prepared
def _next_to_open(now: datetime) -> QuerySet[Auction]:
    return Auction.objects.filter(status=AuctionStatus.ANNOUNCED, opens_at__gt=now).order_by("opens_at").only("opens_at")[:1]


@prepared
def _venues() -> QuerySet[Venue]:
    return Venue.objects.filter(parent__isnull=True).order_by("pk")[:1]


def _head() -> Head | None:
    seal = _last_seal.first()
    return None if seal is None else Head(position=seal.size - 1, root=bytes(seal.root).hex(), at=seal.at)


def _phase(now: datetime) -> dict[str, Any]:
    """Whether bids are taken anywhere now, and until when the next one runs: lots have their own times, there is no session bell."""
    if (closing := _next_to_close.first(now)) is not None:
        return {"tone": "", "label": ("竞价进行中", "Bidding open"), "until": closing.closes_at, "until_label": ("最近截标", "next close")}
    if (opening := _next_to_open.first(now)) is not None:
        return {"tone": "shut", "label": ("等待开拍", "Waiting to open"), "until": opening.opens_at,
                "until_label": ("最近开拍", "next opening")}
    return {"tone": "shut", "label": ("当前无竞价", "No lot running")}


def _venue() -> Venue | None:
    return _venues.first()


def _rail(request: HttpRequest, user: Any, now: datetime) -> list[navigation.Wing]:
    """The rail of this person's desk: the supply wing for whoever supplies, and how much waits today."""
    roles = roles_of(actor_of(user), now)

    def may(permission: str) -> bool:
        """By the roles already read: a page names a permission whose rule lets roles act, or one that is open to all."""
        asked = getattr(permission_map().get(permission), "roles", ())
        return not asked or bool(roles & set(asked))

    at = getattr(request, "rail_at", request.path)  # a page that hangs under another door of the rail says so
    return navigation.rail(at, {}, may=may, supplies=bool(roles & SUPPLIERS))


def _supervises(user: Any, now: datetime) -> bool:
    return bool(roles_of(actor_of(user), now) & OVERSIGHT)


def looks_of(request: HttpRequest) -> Looks:
    """This will read theme and movement from the cookie, else from the person's setting."""
    user = getattr(request, "user", None)
    theme = request.COOKIES.get(THEME_COOKIE, getattr(user, "theme", ""))
    moves = request.COOKIES.get(MOVES_COOKIE, getattr(user, "moves", ""))
    return Looks(theme=theme if theme in THEMES else "", moves="intl" if moves == "intl" else "")


def _seats(request: HttpRequest, now: datetime) -> list[Any]:
    """The organisations this person may act for, for the switch in the bar."""
    person = getattr(request.user, "person", None)
    if person is None:
        return []
    memberships = person.memberships.select_related("organization").order_by("organization_id")
    return list({m.organization_id: m.organization for m in memberships if m.in_force(now)}.values())


def house(request: HttpRequest) -> dict[str, Any]:
    """This will give the base page its clock strip, bar and foot. Everything that costs a query waits until it is shown."""
    now = market_now()
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    return {
        "request_path": request.path,
        "market_now": now,
        "evidence_head": SimpleLazyObject(_head),
        "looks": looks_of(request),
        "doors": SimpleLazyObject(lambda: navigation.bar(request.path)),
        "foot_doors": SimpleLazyObject(navigation.foot),
        "acting_for": getattr(user, "acting_for", None) if signed_in else None,
        "phase": SimpleLazyObject(lambda: _phase(now)),
        "venue": SimpleLazyObject(_venue),
        "supervises": SimpleLazyObject(lambda: _supervises(user, now)) if signed_in else False,
        "seats": SimpleLazyObject(lambda: _seats(request, now) if signed_in else []),
        "rail": SimpleLazyObject(lambda: _rail(request, user, now)) if signed_in else [],
        "demo_bar": settings.DEMO_ACCOUNTS and settings.PROFILE == "demo",
        "live_origin": settings.LIVE_ORIGIN,
    }
