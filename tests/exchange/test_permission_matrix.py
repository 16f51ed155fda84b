"""T36: who may what, at every address: tried, not trusted. The table stands in ``tests/<room>/matrix.py`` of each room."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.db import transaction
from django.test import Client, RequestFactory

from evidence.clock import set_market_clock
from kit.coverage import covers
from kit.permissions import permission_map
from participants.actors import actor_of
from participants.management.commands.print_permissions import printed_map
from participants.models import Admission
from participants.queries import may
from tests.matrix import ACTORS, DESKS, METHODS, SIGNED_IN, Row, World, address, answer, routes, rows

TABLES = rows()
FULL = os.environ.get("FULL") == "1"
STANDING = datetime(2031, 3, 3, 2, 0, tzinfo=UTC)


def admin_routes() -> list[str]:
    return [route for route in routes() if route.startswith("admin/")]


@covers("T36", "T39")
def test_every_address_of_the_house_has_a_row_and_every_row_an_address() -> None:
    known = {route for table in TABLES.values() for route in table}
    found = {route for route in routes() if not route.startswith("admin/")}
    assert sorted(found - known) == [], "addresses nobody wrote a row for (tests/<room>/matrix.py)"
    assert sorted(known - found) == [], "rows whose address is gone"
    assert sum(len(table) for table in TABLES.values()) == len(known), "an address stands in two tables"


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


@covers("T36", "T39", "T43")
@pytest.mark.django_db
@pytest.mark.parametrize("room", sorted(TABLES))
def test_everyone_gets_exactly_what_the_table_says(room: str) -> None:
    set_market_clock(STANDING, 0)
    world, wrong, cells = World(), [], 0
    module = import_module(f"tests.{room}.matrix")
    if hasattr(module, "extend"):
        module.extend(world)
    for route, row in [(route, row) for route, several in TABLES[room].items() for row in several]:
        where = address(route, row.like(world) if row.like else {})
        for method in METHODS:
            for actor in askers(row, method):
                client = world.clients[actor]
                mark = transaction.savepoint()
                got = answer(client, method, where, row.body)
                transaction.savepoint_rollback(mark)
                cells += 1
                if got not in expected(row, actor, method):
                    said = "/".join(sorted(expected(row, actor, method)))
                    wrong.append(f"{method.upper()} {where} by {actor}: {got}, the table says {said}")
    print(f"{room}: {cells} cells of {len(METHODS) * len(ACTORS) * sum(map(len, TABLES[room].values()))} (FULL=1 tries all)")
    assert wrong == [], "\n".join(wrong)


@covers("T41")
@pytest.mark.django_db
def test_no_address_of_the_admin_opens_to_a_visitor_a_party_or_a_flag() -> None:
    world, wrong = World(), []
    for route in admin_routes():
        where = "/" + route.replace("<path:object_id>", "1").replace("<path:content_type_id>", "1").replace("(?P<url>.*)$", "x/")
        if "<" in where or where in {"/admin/login/", "/admin/logout/"}:
            continue
        for method in ("get", "post"):
            for actor in ("visitor", "merchant", "buyer", "researcher", "admin"):
                mark = transaction.savepoint()
                got = answer(world.clients[actor], method, where)
                transaction.savepoint_rollback(mark)
                if got == "in":
                    wrong.append(f"{method.upper()} {where} by {actor}")
    assert wrong == []


@covers("T41")
@pytest.mark.django_db
def test_the_desk_is_entered_by_role_and_looks_only() -> None:
    from django.contrib import admin

    world = World()
    for actor in sorted(DESKS):
        assert world.clients[actor].get("/admin/").status_code == 200, actor
        request = RequestFactory().get("/admin/")
        request.user = world.users[actor]
        request.actor = actor_of(world.users[actor])
        for model, desk in admin.site._registry.items():
            rights = (desk.has_add_permission(request), desk.has_change_permission(request), desk.has_delete_permission(request))
            assert rights == (False, False, False), f"{model._meta.label} may be written at the desk by {actor}"
            assert desk.get_actions(request) == {}, f"{model._meta.label} has bulk actions"
    assert world.clients["merchant"].get("/admin/").status_code == 403
    assert world.clients["admin"].get("/admin/").status_code == 403


@covers("T41", "W3")
@pytest.mark.django_db
def test_only_the_compliance_officer_decides_an_admission_at_the_desk() -> None:
    world = World()
    held = world.application
    Admission.objects.filter(pk=held.pk).update(status="submitted")
    page = f"/admin/participants/admission/{held.pk}/decide/"
    for actor in sorted(DESKS):
        assert world.clients[actor].get(page).status_code == 200, actor
        if actor != "compliance":
            assert world.clients[actor].post(page, {"act": "accept"}).status_code == 403, actor
    assert world.clients["compliance"].post(page, {"act": "return", "reason": ""}).status_code == 400
    assert world.clients["compliance"].post(page, {"act": "accept"}).status_code == 302
    assert world.clients["compliance"].post(page, {"act": "return", "reason": "缺执照"}).status_code == 302
    assert world.clients["compliance"].post(page, {"act": "admit"}).status_code == 409
    held.refresh_from_db()
    assert (held.status, held.missing) == ("returned", ["缺执照"])


@covers("T39")
def test_every_permission_named_by_a_view_or_an_operation_has_a_row_and_the_printed_map_is_fresh() -> None:
    for route, pattern in routes().items():
        for name in _named(pattern.callback):
            assert name in permission_map(), f"{route} asks for {name}, which has no row"
    printed = printed_map()
    assert all(f"`{name}`" in printed for name in permission_map() if not name.startswith("test."))


def _named(view: object) -> set[str]:
    names = {permission} if (permission := getattr(view, "permission", "")) else set()
    for gate in getattr(getattr(view, "cls", None), "permission_classes", []):
        names |= set(getattr(gate, "names", {}).values()) | ({gate.every} if getattr(gate, "every", "") else set())
    return names


@covers("T39")
def test_taking_the_gate_off_a_view_would_be_noticed() -> None:
    """The mutant: a view without its decorator opens to a visitor, and the row that says otherwise fails."""
    row = Row(get=SIGNED_IN)
    assert "in" not in expected(row, "visitor", "get") and "in" not in expected(row, "admin", "get")
    assert expected(Row(post={"merchant"}, absent={"buyer"}), "buyer", "post") == {"absent"}, "never 403 for a foreign object"


@covers("T45")
@pytest.mark.django_db
def test_every_unsafe_call_of_a_session_without_its_mark_is_refused() -> None:
    """CSRF at every address of the house: none is exempt."""
    set_market_clock(STANDING, 0)
    world, wrong = World(), []
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(world.users["merchant"], backend="django.contrib.auth.backends.ModelBackend")
    for room, table in TABLES.items():
        module = import_module(f"tests.{room}.matrix")
        if hasattr(module, "extend"):
            module.extend(world)
        for route, row in [(route, row) for route, several in table.items() for row in several if row.post]:
            where = address(route, row.like(world) if row.like else {})
            reply = client.post(where, data={}, headers={"Idempotency-Key": "matrix-0000001"})
            if reply.status_code != 403:
                wrong.append(f"POST {where}: {reply.status_code}")
            assert "Access-Control-Allow-Origin" not in reply
    assert wrong == []


@covers("T37")
@pytest.mark.django_db
def test_a_filter_on_a_hidden_field_orders_and_finds_nothing() -> None:
    """CVE-2026-5600: lists take the names they publish; anything else changes nothing or is 400, and never breaks."""
    world = World()
    tables = [pair for table in TABLES.values() for pair in table.items()]
    lists = [route for route, several in tables if "merchant" in several[0].get and "<" not in route]
    for route in lists:
        plain = world.clients["merchant"].get(f"/{route}")
        for query in ("order_by=owner__password", "sort=organization__users__password", "ordering=-password",
                      "filter=password__startswith=a", "after=%00", "q=%00", "limit=-1", "cursor=x", "page=99999999999999999999",
                      "before=99999999999999999999"):
            reply = world.clients["merchant"].get(f"/{route}?{query}")
            assert reply.status_code in {plain.status_code, 400, 404, 302}, f"/{route}?{query}: {reply.status_code}"
            assert world.users["merchant"].password.encode() not in reply.content


@covers("R87", "T41")
@pytest.mark.django_db
def test_a_capability_is_cut_and_restored_at_the_desk_with_its_reason() -> None:
    set_market_clock(STANDING, 0)
    world = World()
    party = world.users["merchant"].acting_for
    page = f"/admin/participants/organization/{party.pk}/capabilities/"
    order = {"capability": "list", "reason": "来源核查", "basis": "市场管理规则 第21条", "days": "15"}
    for actor in ("auditor", "surveillance"):
        assert world.clients[actor].get(page).status_code == 200
        assert world.clients[actor].post(page, order).status_code == 403, actor
    assert world.clients["merchant"].get(page).status_code == 403
    assert world.clients["compliance"].post(page, order | {"reason": ""}).status_code == 400
    assert world.clients["compliance"].post(page, order).status_code == 302
    assert may(party, "list", at=STANDING) == "participants.capability.held"
    hold = party.capability_holds.get()
    assert "来源核查" in world.clients["regulator"].get(page).content.decode()
    assert world.clients["operator"].post(page, {"lift": str(hold.pk), "reason": "核查完毕"}).status_code == 302
    assert may(party, "list", at=STANDING) == ""
