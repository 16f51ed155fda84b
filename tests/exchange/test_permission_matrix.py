"""T36: who may what, at every address: tried, not trusted. The table stands in ``tests/<room>/matrix.py`` of each room."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.db import transaction
from django.test import RequestFactory

from evidence.clock import set_market_clock
from kit.coverage import covers
from kit.permissions import permission_map
from participants.actors import actor_of
from participants.management.commands.print_permissions import printed_map
from participants.models import Admission
from tests.matrix import ACTORS, DESKS, METHODS, SIGNED_IN, Row, World, address, answer, routes, rows

TABLES = rows()
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
            for actor in ACTORS:
                client = world.clients[actor]
                mark = transaction.savepoint()
                got = answer(client, method, where, row.body)
                transaction.savepoint_rollback(mark)
                cells += 1
                if got not in expected(row, actor, method):
                    said = "/".join(sorted(expected(row, actor, method)))
                    wrong.append(f"{method.upper()} {where} by {actor}: {got}, the table says {said}")
    print(f"{room}: {cells} cells")
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
