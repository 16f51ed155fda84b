"""T36: who may what, at every address: tried, not trusted. The table stands in ``tests/<room>/matrix.py`` of each room.

T39: the same table notices every permission that is loosened and every door that is taken off its page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, get_resolver, path
from django.views.decorators.csrf import csrf_exempt

from evidence.clock import MARKET_CLOCK, set_market_clock
from kit import permissions
from kit.coverage import covers
from kit.permissions import permission_map
from participants.management.commands.print_permissions import printed_map
from participants.models import Membership, User
from participants.predicates import anyone
from tests.matrix import ACTORS, FULL, METHODS, STANDING, Row, World, answer, names_read, routes, rows, words_once, world_of

TABLES = rows()
Cells = list[tuple[str, Row]]


def cells_of(table: Mapping[str, list[Row]]) -> Cells:
    return [(route, row) for route, several in table.items() for row in several]


KNOWN = {route for table in TABLES.values() for route in table}


def unwritten_addresses(found: Iterable[str]) -> list[str]:
    """The addresses nobody wrote a row for; the admin's own are tried as a whole elsewhere."""
    return sorted({route for route in found if not route.startswith("admin/")} - KNOWN)


@covers("A7", "T36", "T39")
def test_every_address_of_the_house_has_a_row_and_every_row_an_address() -> None:
    assert unwritten_addresses(routes()) == [], "addresses nobody wrote a row for (tests/<room>/matrix.py)"
    assert sorted(KNOWN - set(routes())) == [], "rows whose address is gone"
    assert sum(len(table) for table in TABLES.values()) == len(KNOWN), "an address stands in two tables"


@covers("T36")
def test_an_address_that_nobody_wrote_a_row_for_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: one more page, put into a room's addresses and into no table."""
    resolver = get_resolver()
    forgotten = path("desk/forgotten/<str:code>/", lambda request, code: HttpResponse(code))
    monkeypatch.setattr(resolver, "url_patterns", [*resolver.url_patterns, forgotten])
    assert unwritten_addresses(routes()) == ["desk/forgotten/<str:code>/"]


def expected(row: Row, actor: str, method: str) -> set[str]:
    if actor in row.opens(method):
        return {"in"}
    if method == "options":
        return {"in", "no method", "sign-in", "denied", "absent"}
    if actor == "visitor":
        away = {"sign-in"} if not row.absent & {"visitor"} else {"absent"}
    elif actor in row.absent:
        away = {"absent"}
    else:
        away = {"denied", "absent"}
    return away if row.opens(method) else away | {"no method", "denied", "absent", *(["sign-in"] if actor == "visitor" else [])}


def askers(row: Row, method: str) -> tuple[str, ...]:
    """Everyone asks by a method that is offered; by the others three do, everyone when FULL=1."""
    return ACTORS if row.opens(method) or FULL or not any(row.opens(one) for one in METHODS) else ("visitor", "merchant", "admin")


def wrong_cells(world: World, cells: Cells, methods: Iterable[str] = METHODS) -> Iterator[str]:
    """Tries every cell of the rows and yields those that are not as the table says; what an act did is taken back."""
    clients = world.clients  # signed in before anything is taken back
    for route, row in cells:
        where, body = row.address(route, world), row.sends(world)
        with words_once():
            for method in methods:
                for actor in askers(row, method):
                    mark = transaction.savepoint()
                    got = answer(clients[actor], method, where, body)
                    transaction.savepoint_rollback(mark)
                    if got not in expected(row, actor, method):
                        said = "/".join(sorted(expected(row, actor, method)))
                        yield f"{method.upper()} {where} by {actor}: {got}, the table says {said}"


@covers("A7", "T36", "T39", "T43")
@pytest.mark.django_db
@pytest.mark.parametrize("room", sorted(TABLES))
def test_everyone_gets_exactly_what_the_table_says(room: str) -> None:
    set_market_clock(STANDING, 0)
    cells = cells_of(TABLES[room])
    tried = sum(len(askers(row, method)) for _, row in cells for method in METHODS)
    print(f"{room}: {tried} cells of {len(METHODS) * len(ACTORS) * len(cells)} (FULL=1 tries all)")
    assert list(wrong_cells(world_of(room), cells)) == []


@covers("T36", "T37", "T43")
@pytest.mark.django_db
@pytest.mark.parametrize("room", sorted(TABLES))
def test_a_membership_that_ran_out_opens_nothing_that_was_the_partys_own(room: str) -> None:
    """Nobody ended it by an act, so the session lives on: the date alone closes every list and page."""
    set_market_clock(STANDING, 0)
    world, left = world_of(room), []
    own = [(row.address(route, world), row) for route, row in cells_of(TABLES[room])
           if row.like and "merchant" in row.get and "merchant_b" in row.absent]
    Membership.objects.filter(person=world.users["merchant"].person).update(effective_to=MARKET_CLOCK.now() - timedelta(seconds=1))
    for where, _ in own:
        if (got := answer(world.clients["merchant"], "get", where)) not in {"absent", "denied", "sign-in"}:
            left.append(f"{where}: {got}")
    assert left == []


# ---- the mutants: what the table notices ------------------------------------------------------------------------------------


def _named(view: object) -> set[str]:
    names = {permission} if (permission := getattr(view, "permission", "")) else set()
    for gate in getattr(getattr(view, "cls", None), "permission_classes", []):
        names |= set(getattr(gate, "names", {}).values()) | ({gate.every} if getattr(gate, "every", "") else set())
    return names


@covers("T39")
def test_every_permission_named_by_a_view_or_an_operation_has_a_row_and_the_printed_map_is_fresh() -> None:
    for route, pattern in routes().items():
        for name in _named(pattern.callback):
            assert name in permission_map(), f"{route} asks for {name}, which has no row"
    printed = printed_map()
    assert all(f"`{name}`" in printed for name in permission_map() if not name.startswith("test."))


@covers("T36", "T39")
@pytest.mark.django_db
@pytest.mark.parametrize("room", sorted(TABLES))
def test_a_permission_opened_to_anyone_is_noticed_by_the_rows_of_its_addresses(room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant of every gate: the name stays at the door, and the map says *anyone*."""
    set_market_clock(STANDING, 0)
    world, silent, known = world_of(room), [], routes()
    cells = cells_of(TABLES[room])
    for name in sorted({name for route, _ in cells for name in _named(known[route].callback)}):
        if permission_map()[name] is anyone:
            continue
        its = [(route, row) for route, row in cells if name in _named(known[route].callback)]
        with monkeypatch.context() as loosened:
            loosened.setitem(permissions._MAP, name, anyone)
            if next(wrong_cells(world, its, ("get", "post")), None) is None:
                silent.append(name)
    assert silent == [], "permissions that may be opened to anyone without a failing cell"


@covers("T36", "T39")
@pytest.mark.django_db
@pytest.mark.parametrize("room", sorted(TABLES))
def test_a_door_taken_off_its_page_is_noticed_by_the_rows_of_its_address(room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant of every decorator: the page's view without it (CVE-2026-48014)."""
    set_market_clock(STANDING, 0)
    world, silent, known = world_of(room), [], routes()
    for route, several in TABLES[room].items():
        methods = ("get", "post") if hasattr(known[route].callback, "cls") else ("get",)  # a form's post is the operation's gate as well
        its = [(route, row) for row in several if any(row.opens(one) and row.opens(one) < set(ACTORS) for one in methods)]
        bare = _without_its_door(known[route])
        if not its or bare is None or {permission_map()[name] for name in _named(known[route].callback)} == {anyone}:
            continue
        with monkeypatch.context() as opened:
            opened.setattr(known[route], "callback", bare)
            if next(wrong_cells(world, its, methods), None) is None:
                silent.append(route)
    assert silent == [], "pages whose door may be taken off without a failing cell"


def _without_its_door(pattern: URLPattern) -> Any:
    """The view under its gate: below ``page(…)``, or with DRF's gate open; None where the address has none of the two."""
    view: Any = pattern.callback
    if getattr(view, "cls", None) is not None:
        open_class = type(view.cls.__name__, (view.cls,), {"permission_classes": []})
        return csrf_exempt(open_class.as_view()) if _named(view) else None
    if not getattr(view, "permission", ""):
        return None
    while getattr(view, "permission", ""):
        view = view.__wrapped__
    return view


# ---- T45, T37: forged calls, hidden fields ------------------------------------------------------------------------------------


def forged_calls(world: World, cells: Cells) -> Iterator[str]:
    """Posts to each row that takes posts with a session and without its mark; yields what was not refused."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(world.users["merchant"], backend="django.contrib.auth.backends.ModelBackend")
    for route, row in cells:
        if row.post:
            where = row.address(route, world)
            reply = client.post(where, data={}, headers={"Idempotency-Key": "matrix-0000001"})
            if reply.status_code != 403:
                yield f"POST {where}: {reply.status_code}"
            if "Access-Control-Allow-Origin" in reply:
                yield f"POST {where} invites other origins"


@covers("T45")
@pytest.mark.django_db
@pytest.mark.parametrize("room", sorted(TABLES))
def test_every_unsafe_call_of_a_session_without_its_mark_is_refused(room: str) -> None:
    """CSRF at every address of the house: none is exempt."""
    set_market_clock(STANDING, 0)
    assert list(forged_calls(world_of(room), cells_of(TABLES[room]))) == []


@covers("T45")
@pytest.mark.django_db
def test_a_page_exempt_from_the_mark_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant of T45: one view written ``@csrf_exempt``, as a callback's would be."""
    set_market_clock(STANDING, 0)
    route = "desk/organisation/keys/"
    pattern = routes()[route]
    monkeypatch.setattr(pattern, "callback", csrf_exempt(pattern.callback))
    found = list(forged_calls(world_of("participants"), [(route, row) for row in TABLES["participants"][route]]))
    assert len(found) == 1 and found[0].startswith(f"POST /{route}")


HIDDEN = ("order_by=owner__password", "sort=organization__users__password", "ordering=-password", "filter=password__startswith=a",
          "after=%00", "q=%00", "limit=-1", "cursor=x", "page=99999999999999999999", "before=99999999999999999999")


def told_by_a_hidden_field(world: World, route: str) -> Iterator[str]:
    """Asks a list by names it does not publish and yields where it breaks, answers otherwise than plainly, or tells the secret."""
    client, secret = world.clients["merchant"], world.users["merchant"].password
    with names_read() as read:
        plain = client.get(f"/{route}")
    heard = [one for one in HIDDEN if FULL or "*" in read or one.partition("=")[0] in read]
    for query in (*heard, "&".join(one for one in HIDDEN if one not in heard)):  # what nobody listens to is said in one breath
        reply = client.get(f"/{route}?{query}")
        if reply.status_code not in {plain.status_code, 400, 404, 302}:
            yield f"/{route}?{query}: {reply.status_code}"
        if secret.encode() in (b"".join(reply.streaming_content) if reply.streaming else reply.content):  # type: ignore[attr-defined]
            yield f"/{route}?{query} tells a password"


@covers("T37")
@pytest.mark.django_db
def test_a_filter_on_a_hidden_field_orders_and_finds_nothing() -> None:
    """CVE-2026-5600: lists take the names they publish; anything else changes nothing or is 400, and never breaks."""
    world = World()
    tables = [pair for table in TABLES.values() for pair in table.items()]
    for route in [route for route, several in tables if "merchant" in several[0].get and "<" not in route]:
        assert list(told_by_a_hidden_field(world, route)) == []


def whatever_is_asked(request: HttpRequest) -> HttpResponse:
    """The naive list: what stands in the address goes into the query as it comes."""
    asked = {name: value for name, value in request.GET.items() if name not in {"order_by", "sort", "ordering"}}
    people = User.objects.filter(**dict([asked["filter"].split("=", 1)] if "filter" in asked else asked.items()))
    order = next((request.GET[name] for name in ("order_by", "sort", "ordering") if name in request.GET), "pk")
    return HttpResponse("\n".join(people.order_by(order).values_list("username", flat=True)))


urlpatterns = [path("desk/people/", whatever_is_asked)]


@covers("T37")
@pytest.mark.django_db
@pytest.mark.urls("tests.exchange.test_permission_matrix")
def test_a_list_that_takes_any_name_into_its_query_is_noticed() -> None:
    """The mutant of T37's second half."""
    found = list(told_by_a_hidden_field(World(), "desk/people/"))
    assert any("owner__password: 500" in one for one in found) and any("limit=-1: 500" in one for one in found), found
