"""T36: who may what, at every address: tried, not trusted. The table stands in ``tests/<room>/matrix.py`` of each room."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import transaction

from kit.coverage import covers
from tests.matrix import ACTORS, METHODS, Row, World, address, answer, routes, rows

TABLES = rows()


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
    return away if row.opens(method) else away | {"no method", "denied", "absent"}


@covers("T36", "T39", "T43")
@pytest.mark.django_db
@pytest.mark.parametrize("room", sorted(TABLES))
def test_everyone_gets_exactly_what_the_table_says(room: str) -> None:
    world, wrong, cells = World(), [], 0
    module = import_module(f"tests.{room}.matrix")
    if hasattr(module, "extend"):
        module.extend(world)
    for route, row in TABLES[room].items():
        where = address(route, row.like(world) if row.like else {})
        for method in METHODS:
            for actor in ACTORS:
                client = world.clients[actor]
                mark = transaction.savepoint()
                got = answer(client, method, where)
                transaction.savepoint_rollback(mark)
                cells += 1
                if got not in expected(row, actor, method):
                    said = "/".join(sorted(expected(row, actor, method)))
                    wrong.append(f"{method.upper()} {where} by {actor}: {got}, the table says {said}")
    print(f"{room}: {cells} cells")
    assert wrong == []


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
