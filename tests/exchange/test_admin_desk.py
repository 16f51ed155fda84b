"""T41: the desk of supervision opens to desks only, looks only, and decides by role: no address of it is forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path

from evidence.clock import set_market_clock
from kit.coverage import covers
from participants.actors import actor_of
from participants.admission_moves import class_of
from participants.models import Admission
from participants.queries import may
from participants.roles import Role
from tests.factories import EPOCH
from tests.matrix import DESKS, STANDING, World, address, answer, routes, words_once, world_of

#: whoever has no desk: nobody signed in, parties, a researcher, and a flagged shell account
OUTSIDERS = ("visitor", "merchant", "buyer", "researcher", "admin")
#: where the desk's own door is
DOORS = {"/admin/login/", "/admin/logout/"}


def admin_addresses(world: World) -> Iterator[str]:
    """Every address of the desk, with the world's own objects in it."""
    codes = {"cases": world.things["case"].code, "trades": world.delivery.trade.code}
    given = {"object_id": world.application.pk, "content_type_id": 1, "kind": "reviews", "app_label": "participants", "url": "x/",
             "version": world.things["proposal"].pk, "rule_id": "NL-P-01", "key": 1, "name": "x"}
    for route in routes():
        if route.startswith("admin/"):
            part = next((code for word, code in codes.items() if f"^{word}/" in route), "")
            yield address(route, {**given, "code": part})


def opened_to_outsiders(world: World, addresses: Iterator[str]) -> Iterator[str]:
    clients = world.clients  # signed in before anything is taken back
    for where in addresses:
        with words_once():
            for method in ("get", "post", "put", "patch", "delete"):
                for actor in () if where in DOORS else OUTSIDERS if method in {"get", "post"} else OUTSIDERS[:2]:
                    mark = transaction.savepoint()
                    got = answer(clients[actor], method, where)
                    transaction.savepoint_rollback(mark)
                    if got not in {"sign-in", "denied", "absent", "no method"}:
                        yield f"{method.upper()} {where} by {actor}: {got}"


@covers("T41")
@pytest.mark.django_db
def test_no_address_of_the_admin_opens_to_a_visitor_a_party_or_a_flag() -> None:
    set_market_clock(STANDING, 0)
    world = world_of("compliance")
    addresses = list(admin_addresses(world))
    assert not [one for one in addresses if "<" in one or "(" in one], "an address that was not tried"
    assert any("/cases/CASE-" in one for one in addresses) and any("/trades/TRD-" in one for one in addresses)
    assert list(opened_to_outsiders(world, iter(addresses))) == []


def approve_everything(request: HttpRequest) -> HttpResponse:
    """The naive view of the desk: added to ``get_urls`` bare, without ``admin_view`` (simpleui 537)."""
    Admission.objects.update(reason="approved by nobody")
    return HttpResponse("done")


urlpatterns = [path("admin/participants/admission/approve/", approve_everything)]


@covers("T41")
@pytest.mark.django_db
@pytest.mark.urls("tests.exchange.test_admin_desk")
def test_a_view_of_the_desk_without_its_gate_is_noticed() -> None:
    """The mutant of T41."""
    found = list(opened_to_outsiders(World(), iter(["/admin/participants/admission/approve/"])))
    assert {one.rpartition(" by ")[2] for one in found} == {f"{actor}: in" for actor in OUTSIDERS}


def writable(world: World, actor: str, desks: Iterable[tuple[Any, Any]]) -> Iterator[str]:
    """The tables that this actor may add to, change or delete from at the desk, or do things to in bulk."""
    request = RequestFactory().get("/admin/")
    request.user = world.users[actor]
    request.actor = actor_of(world.users[actor])  # type: ignore[attr-defined]
    for model, desk in desks:
        rights = (desk.has_add_permission(request), desk.has_change_permission(request), desk.has_delete_permission(request))
        if any(rights) or desk.get_actions(request):
            yield f"{model._meta.label} by {actor}"


@covers("T41")
@pytest.mark.django_db
def test_a_desk_made_of_the_librarys_own_table_is_noticed() -> None:
    """The mutant of T41's other half: a table registered as it comes is open to whoever holds the library's permission."""
    from django.contrib import admin
    from django.contrib.auth.models import Permission

    world = World()
    world.users["compliance"].user_permissions.set(Permission.objects.filter(codename__endswith="_admission"))
    bare = admin.ModelAdmin(Admission, admin.site)
    assert list(writable(world, "compliance", [(Admission, bare)])) == ["participants.Admission by compliance"]


@covers("T41")
@pytest.mark.django_db
def test_the_desk_is_entered_by_role_and_looks_only() -> None:
    from django.contrib import admin

    world = World()
    for actor in sorted(DESKS):
        assert world.clients[actor].get("/admin/").status_code == 200, actor
        assert list(writable(world, actor, admin.site._registry.items())) == []
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
    assert (held.status, held.reason, held.missing) == ("returned", "缺执照", [])


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


@covers("W3")
@pytest.mark.django_db
def test_the_queue_of_admissions_names_classes_in_words() -> None:
    world = World()
    assert world.application.category == "", "a second value beside the class, or there is nothing to choose from"
    held = Admission.objects.create(code="ADM-MATRIX0001", organization=world.users["buyer"].acting_for, role=Role.DATA_MERCHANT,
                                    category="merchant_supply", status="submitted", created_at=EPOCH)
    shown = world.clients["compliance"].get("/admin/participants/admission/").content.decode()
    row = shown.partition(held.code)[2].partition("</tr>")[0]
    assert class_of(held).text[0] in row and "merchant_supply" not in row
    choice = shown.partition("?category=merchant_supply")[2].partition("</a>")[0]
    assert class_of(held).text[0] in choice and "merchant_supply" not in choice, "the filter beside the queue says it too"
