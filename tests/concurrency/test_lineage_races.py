"""A stop and new growth at once: nothing ever runs on a stopped source, and stops over a crossing graph never wait for each other."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest

from evidence.invariants import check_all
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import PropertyRight, Source
from listings.operations import create_product, declare_right, grant_right, lift_right, make_of, revoke_source, suspend_right
from participants.roles import Role
from tests.factories import make_actor, make_organization
from tests.listings.test_lineage import contract, product_of
from tests.listings.worlds import make_product, make_right, make_seller
from tests.threads import together

FULL = os.environ.get("FULL") == "1"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]


def broken() -> list[str]:
    return [one.text for one in check_all(only=("I13",)).violations]


@covers("B2", "T9", "I13")
def test_a_source_revoked_while_rights_grow_from_it_leaves_nothing_running() -> None:
    rounds = 60 if FULL else 8
    for _ in range(rounds):
        seller, buyer = make_seller(), make_organization(Role.BUYER)
        by: dict[str, Any] = {"actor": seller.actor, "clock": seller.clock}
        source = contract(seller)
        product, root = product_of(seller, source=source)
        sister = create_product(organization=seller.organization, title_zh="姊妹", **by)
        answers = together([
            lambda source=source, by=by: revoke_source(source=source, reason="上游解除合同", **by),
            lambda root=root, buyer=buyer, by=by: grant_right(parent=root, to=buyer, **by),
            lambda product=product, by=by: declare_right(product=product, right="operate", origin="contract", **by),
            lambda sister=sister, source=source, by=by: make_of(product=sister, source=source, **by),
        ])
        faults = [one for one in answers if isinstance(one, Exception)]
        assert all(isinstance(one, Rejected) and one.code == "listings.right.not_active" for one in faults), faults
        assert not PropertyRight.objects.filter(product=product, status="active").exists()
        assert broken() == []


@covers("B2")
def test_control_a_stop_that_looks_first_and_writes_later_misses_what_grew_meanwhile() -> None:
    """The naive stop: the list of descendants from before, without the lock of the lineage."""
    seller, buyer = make_seller(), make_organization(Role.BUYER)
    source = contract(seller)
    _, root = product_of(seller, source=source)
    looked, grown = threading.Barrier(2), threading.Barrier(2)

    def naive() -> bool:
        below = list(
            PropertyRight.objects.filter(product__inputs__source=source).values_list("pk", flat=True))
        looked.wait()
        grown.wait()
        Source.objects.filter(pk=source.pk).update(status="revoked", reason="上游解除合同")
        PropertyRight.objects.filter(pk__in=below).update(status="suspended", cause_code=source.code)
        return True

    def grow() -> bool:
        looked.wait()
        grant_right(parent=root, to=buyer, actor=seller.actor, clock=seller.clock)
        grown.wait()
        return True

    assert together([naive, grow]) == [True, True]
    assert any("runs though its parent" in text for text in broken())


@covers("B2")
def test_stops_and_lifts_over_a_crossing_graph_never_deadlock() -> None:
    """a feeds c, which feeds d; b feeds d, and over e also c: the walks from a and from b meet c and d in opposite orders."""
    rounds = 40 if FULL else 6
    owner = make_seller()
    by: dict[str, Any] = {"actor": owner.actor, "clock": owner.clock}

    def made_of(*rights: PropertyRight) -> PropertyRight:
        product = create_product(organization=owner.organization, title_zh="节点", **by)
        for one in rights:
            make_of(product=product, right=one, **by)
        return declare_right(product=product, right="use", origin="contract", sublicence_depth=5, **by)

    a, b = (make_right(make_product(owner.organization), "use", sublicence_depth=5) for _ in range(2))
    e = made_of(b)
    c = made_of(a, e)
    d = made_of(c, b)
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    for _ in range(rounds):
        for act, why in ((suspend_right, {"cause_code": "CAS-1", "reason": "来源合同争议"}), (lift_right, {})):
            answers = together([lambda one=one: act(right=one, actor=officer, clock=owner.clock, **why) for one in (a, b)])  # noqa: B023
            assert [one for one in answers if isinstance(one, Exception)] == []
            assert broken() == []
        assert set(PropertyRight.objects.filter(pk__in=[c.pk, d.pk, e.pk]).values_list("status", flat=True)) == {"active"}
