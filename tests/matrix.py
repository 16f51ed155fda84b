"""The permission matrix: every address of the house × who asks × method, against a table that stands in the repository.

A room writes its rows in ``tests/<room>/matrix.py`` as ``ROWS: dict[str, Row]``, keyed by the route as the resolver writes it
(``desk/listings/<str:code>/edit/``). A route without a row, or a row without its route, is a failing test.

    ROWS = {
        "trading/": Row(get=EVERYONE),
        "desk/lots/<str:code>/": Row(get={"merchant"}, post={"merchant"}, like=lambda world: {"code": world.lot("merchant").code},
                                     absent={"merchant_b", "buyer"}),
    }

``get``/``post``/… name who passes the gate (what the act then says about an empty body is not this table's matter: any answer
but 401, 403, 404, a way to the sign-in page, and 5xx counts as passed). Everybody else must be turned away: a visitor by the
sign-in page or 401, ``absent`` by 404 (never 403: a foreign object does not exist), the others by 403 or 404. A method not
named must be 405 or turned away for everyone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy as copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
from django.http import QueryDict
from django.template.backends.django import Template
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from participants.models import Admission, Membership, User
from participants.roles import Role
from tests.factories import EPOCH, make_organization, make_user

__all__ = ["ACTORS", "ADMINISTRATORS", "DESKS", "EVERYONE", "FULL", "METHODS", "PARTIES", "PROGRAMS", "SIGNED_IN", "STANDING", "Row",
           "World", "address", "answer", "names_read", "routes", "rows", "words_once", "world_of"]

FULL = os.environ.get("FULL") == "1"

#: The market instant at which every world stands.
STANDING = datetime(2031, 3, 3, 2, 0, tzinfo=UTC)
METHODS = ("get", "post", "put", "patch", "delete", "options")
#: who asks: merchant owns the world's objects, merchant_b is another party of the same class, admin is a flagged shell account
ACTORS = ("visitor", "merchant", "merchant_b", "buyer", "publicdata", "trustee", "researcher", "operator", "compliance", "regulator",
          "surveillance", "auditor", "sysadmin", "secadmin", "auditadmin", "admin")
EVERYONE = frozenset(ACTORS)
#: everyone with a role in force (the flagged shell account has none)
SIGNED_IN = EVERYONE - {"visitor", "admin"}
PARTIES = frozenset({"merchant", "merchant_b", "buyer", "publicdata", "trustee"})
#: the three administrators: of the system, of sign-ins, of audit (T47)
ADMINISTRATORS = frozenset({"sysadmin", "secadmin", "auditadmin"})
DESKS = frozenset({"operator", "compliance", "regulator", "surveillance", "auditor"})
#: everyone but nobody signed in: addresses that only ask who one is
PROGRAMS = EVERYONE - {"visitor"}


@dataclass(frozen=True)
class Row:
    """Who may, by method; the rest is turned away."""

    get: frozenset[str] | set[str] = frozenset()
    post: frozenset[str] | set[str] = frozenset()
    put: frozenset[str] | set[str] = frozenset()
    patch: frozenset[str] | set[str] = frozenset()
    delete: frozenset[str] | set[str] = frozenset()
    #: who must get 404 and nothing else (a foreign object)
    absent: frozenset[str] | set[str] = frozenset()
    #: the address' arguments, made from the world; ``?`` is the query that follows it
    like: Callable[[World], Mapping[str, Any]] | None = None
    #: what is sent, where the gate stands behind the reading of a form
    body: Mapping[str, str] | Callable[[World], Mapping[str, str]] = field(default_factory=dict)
    #: why a row is as it is, where that is not plain
    note: str = ""

    def address(self, route: str, world: World) -> str:
        return address(route, self.like(world) if self.like else {})

    def sends(self, world: World) -> Mapping[str, str]:
        return self.body(world) if callable(self.body) else self.body

    def opens(self, method: str) -> frozenset[str] | set[str]:
        return getattr(self, method, frozenset())  # OPTIONS opens nothing of its own


@dataclass
class World:
    """One small world for a room's rows; rooms add what they need in ``extend(world)`` of their ``matrix.py``."""

    users: dict[str, User] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        roles = {"merchant": Role.DATA_MERCHANT, "merchant_b": Role.DATA_MERCHANT, "buyer": Role.BUYER,
                 "publicdata": Role.PUBLIC_DATA_OPERATOR, "trustee": Role.TRUSTEE, "researcher": Role.RESEARCHER,
                 "operator": Role.VENUE_OPERATOR, "compliance": Role.COMPLIANCE_OFFICER, "regulator": Role.REGULATOR,
                 "surveillance": Role.SURVEILLANCE, "auditor": Role.AUDITOR, "sysadmin": Role.SYSTEM_ADMINISTRATOR,
                 "secadmin": Role.SECURITY_ADMINISTRATOR, "auditadmin": Role.AUDIT_ADMINISTRATOR}
        both = ("review_first", "review_second")
        self.users = {name: make_user(role, username=f"m-{name}", capabilities=both if role == Role.REGULATOR else ())
                      for name, role in roles.items()}
        self.users["admin"] = User.objects.create(username="m-admin", is_staff=True, is_superuser=True)

    @cached_property
    def clients(self) -> dict[str, Client]:
        made = {"visitor": Client(raise_request_exception=False)}
        for name, user in self.users.items():
            made[name] = Client(raise_request_exception=False)
            made[name].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return made

    @cached_property
    def listed(self) -> Any:
        """A listing of the merchant's on sale."""
        from tests.trading.worlds import make_listing

        return make_listing(self.users["merchant"].acting_for)

    @cached_property
    def unlisted(self) -> Any:
        """A listing of the merchant's that nobody else sees."""
        from kit.ids import new_code
        from listings.models import Listing, ListingVersion
        from tests.listings.worlds import make_product

        product = make_product(self.users["merchant"].acting_for)
        one = Listing.objects.create(code=new_code("LST"), venue=product.organization.venue, organization=product.organization,
                                     product=product, created_at=EPOCH)
        ListingVersion.objects.create(code=new_code("LSV"), organization=product.organization, listing=one, number=1,
                                      title_zh="未公开的草稿", created_at=EPOCH, updated_at=EPOCH)
        return one

    @cached_property
    def delivery(self) -> Any:
        """A delivery from the merchant to the buyer, handed over and not yet accepted."""
        from evidence.clock import MARKET_CLOCK
        from kit.actors import SYSTEM
        from ledger.operations import fund
        from participants.actors import actor_of
        from tests.delivery import worlds

        buyer = actor_of(self.users["buyer"])
        fund(organization=buyer.organization, amount_fen=10_000_000_000, reference="FND-MATRIX0000", actor=SYSTEM, clock=MARKET_CLOCK)
        return worlds.delivered(listing=worlds.make_listing(self.users["merchant"].acting_for), buyer=buyer)

    @cached_property
    def settlement(self) -> Any:
        """What is due of a trade from the merchant to the buyer, accepted."""
        from delivery.operations import accept_delivery
        from evidence.clock import MARKET_CLOCK
        from participants.actors import actor_of
        from settlement.models import Settlement
        from tests.settlement.worlds import collected

        accept_delivery(delivery=self.delivery, actor=actor_of(self.users["buyer"]), clock=MARKET_CLOCK)
        collected()
        return Settlement.objects.get(trade=self.delivery.trade)

    @cached_property
    def colleague(self) -> Membership:
        """A second member of the merchant's organisation."""
        return make_membership(self.users["merchant"])

    @cached_property
    def application(self) -> Admission:
        """A draft application of the merchant's organisation."""
        return Admission.objects.create(code="ADM-MATRIX0000", organization=self.users["merchant"].acting_for, role=Role.BUYER,
                                        status="draft", created_at=EPOCH)


def world_of(room: str) -> World:
    """This will make the world of a room's rows, with what the room adds to it."""
    made = World()
    module = import_module(f"tests.{room}.matrix")
    if hasattr(module, "extend"):
        module.extend(made)
    return made


def make_membership(user: User) -> Membership:
    other = make_user(Role.DATA_MERCHANT, organization=user.acting_for or make_organization())
    return Membership.objects.get(person=other.person)


def routes() -> dict[str, URLPattern]:
    """Every address of the resolver, as it writes them; the admin's own (``admin/…``) are tried as a whole elsewhere."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[tuple[str, URLPattern]]:
        for one in patterns:
            route = before + str(one.pattern)
            if isinstance(one, URLPattern):
                yield route, one
            else:
                yield from walk(one.url_patterns, route)

    return dict(walk(get_resolver().url_patterns, ""))


ROOMS = ("exchange", "simulation", "settlement", "delivery", "trading", "listings", "compliance", "participants", "ledger", "evidence")


def rows() -> dict[str, dict[str, list[Row]]]:
    """The tables of all rooms that have one; a route may have several rows (own, another's draft, another's public)."""
    tables = {room: import_module(f"tests.{room}.matrix").ROWS for room in ROOMS if find_spec(f"tests.{room}.matrix")}
    return {room: {route: row if isinstance(row, list) else [row] for route, row in table.items()} for room, table in tables.items()}


def address(route: str, given: Mapping[str, Any]) -> str:
    """The route with its arguments put in."""
    plain = re.sub(r"\(\?P(<\w+>)[^()]*\)", r"\1", route).replace("^", "").replace("$", "")
    query = f"?{given['?']}" if "?" in given else ""
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(given[match.group(1)]), plain) + query


@contextmanager
def words_once() -> Iterator[None]:
    """A page is drawn the first time an address answers with it; after that only the answer counts (FULL=1 draws them all)."""
    drawn: set[tuple[str, str]] = set()
    draw = Template.render

    def once(self: Template, context: Any = None, request: Any = None) -> Any:
        said = (request.path, str(self.template.name)) if request is not None else None
        if said is None or said not in drawn or FULL:
            if said is not None:
                drawn.add(said)
            return draw(self, context, request)
        return ""

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "render", once)
        yield


@contextmanager
def names_read() -> Iterator[set[str]]:
    """Yields a set that fills with the names which views take from an address; ``*`` where one takes whatever stands there.

    ``lists`` is left out: the house's own guard against NUL looks through all values by it.
    """
    read: set[str] = set()

    def noted(ask: Callable[..., Any]) -> Callable[..., Any]:
        def asked(self: QueryDict, name: Any = "*", *rest: Any, **named: Any) -> Any:
            read.add(str(name))
            return ask(self, *(() if name == "*" else (name,)), *rest, **named)

        return asked

    with pytest.MonkeyPatch.context() as patch:
        for ask in ("get", "getlist", "__getitem__", "__contains__", "items", "dict", "values", "keys", "urlencode", "copy"):
            patch.setattr(QueryDict, ask, noted(getattr(QueryDict, ask)))
        yield read


def answer(client: Client, method: str, where: str, body: Mapping[str, str] | None = None) -> str:
    """``in``, ``sign-in``, ``denied``, ``absent``, ``no method`` or ``broken``; a page that only refuses is not *in*."""
    sent: dict[str, Any] = {}
    if method not in {"get", "options"}:
        sent = {"data": "{}", "content_type": "application/json"} if where.startswith("/api/") else {"data": dict(body or {})}
    headers = {"Idempotency-Key": "matrix-0000001"} if where.startswith("/api/") else {}
    kept = client.cookies.output()
    jar = copy(client.cookies)
    reply = getattr(client, method)(where, headers=headers, **sent)
    if client.cookies.output() != kept:
        client.cookies = jar  # the next cell asks as the same person, whatever this one did to the session
    if reply.status_code == 302 and reply["Location"].startswith(("/accounts/login/", "/admin/login/")):
        return "sign-in"
    if reply.status_code >= 500:
        return "broken"
    if reply.headers.get("X-Refusal") == "participants.invitation.ended":  # the page was reached and says so
        return "in"
    if method == "get" and reply.status_code in range(400, 500) and reply.status_code not in {401, 403, 404, 405}:
        return f"{reply.status_code}"
    return {401: "sign-in", 403: "denied", 404: "absent", 405: "no method"}.get(reply.status_code, "in")
