"""Lineage: what a product is made of, and that a stop reaches everything that rests on it, across products, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from evidence.invariants import check_all
from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import DataProduct, Listing, ProductInput, PropertyRight, RegistrationCertificate, Source
from listings.operations import (
    add_source,
    create_product,
    declare_right,
    expire_source,
    grant_right,
    lift_right,
    make_of,
    revoke_right,
    revoke_source,
    suspend_right,
)
from listings.queries import tradable
from listings.tasks import run_deadlines
from participants.roles import Role
from tests.factories import make_actor, make_organization
from tests.listings.worlds import Seller, make_deposit, make_listed, make_product, make_right, make_seller

pytestmark = pytest.mark.django_db


def contract(seller: Seller, **more: Any) -> Source:
    return add_source(organization=seller.organization, **{"kind": "contract", "title": "港口作业数据采购合同", "provider": "某港务集团",
                      "generator": "码头起重设备", "reference": "HT-2026-018", **more}, actor=seller.actor, clock=seller.clock)


@dataclass
class Chain:
    """Product 0 made of a contract; each next one made of a right granted in the one before, each by its own merchant."""

    source: Source
    sellers: list[Seller]
    products: list[DataProduct]
    roots: list[PropertyRight]
    grants: list[PropertyRight]


def product_of(seller: Seller, **made_of: Any) -> tuple[DataProduct, PropertyRight]:
    by: dict[str, Any] = {"actor": seller.actor, "clock": seller.clock}
    product = create_product(organization=seller.organization, title_zh="航运产品", **by)
    make_of(product=product, **made_of, **by)
    return product, declare_right(product=product, right="use", origin="contract", sublicence_depth=made_of.pop("levels", 9), **by)


def chain(depth: int) -> Chain:
    seller = make_seller()
    one = Chain(contract(seller), [seller], [], [], [])
    product, root = product_of(seller, source=one.source)
    one.products.append(product)
    one.roots.append(root)
    for level in range(depth):
        below = make_seller()
        grant = grant_right(parent=root, to=below.organization, sublicence_depth=8 - level, actor=seller.actor, clock=seller.clock)
        by: dict[str, Any] = {"actor": below.actor, "clock": below.clock}
        product = create_product(organization=below.organization, title_zh=f"第 {level + 1} 层产品", **by)
        make_of(product=product, right=grant, **by)
        root = declare_right(product=product, right="use", origin="contract", sublicence_depth=8 - level, **by)
        seller = below
        one.sellers.append(below)
        one.products.append(product)
        one.roots.append(root)
        one.grants.append(grant)
    return one


def states(*rights: PropertyRight) -> list[tuple[str, str]]:
    return [(one.status, one.cause_code) for one in (PropertyRight.objects.get(pk=right.pk) for right in rights)]


@covers("B2", "R37")
def test_revoking_a_source_marks_everything_five_products_down() -> None:
    made = chain(5)
    owner = made.sellers[0]
    revoke_source(source=made.source, reason="上游解除合同", actor=owner.actor, clock=owner.clock)
    assert states(*made.roots, *made.grants) == [("suspended", made.source.code)] * 11
    told = Record.objects.get(kind="listings.source.revoked", subject=made.source.code)
    assert sorted(told.payload["stopped"]) == sorted(one.code for one in (*made.roots, *made.grants))
    assert check_all(only=("I13", "I16")).violations == []


@covers("B2")
def test_a_stop_fans_out_over_every_grant_and_every_product_once() -> None:
    seller = make_seller()
    source = contract(seller)
    product, root = product_of(seller, source=source)
    grants = [grant_right(parent=root, to=make_organization(Role.DATA_MERCHANT), sublicence_depth=0, actor=seller.actor,
                          clock=seller.clock) for _ in range(12)]
    sister, other_root = product_of(seller, source=source)
    assert sister != product
    revoke_source(source=source, reason="来源违法", actor=make_actor(Role.REGULATOR), clock=seller.clock)
    assert states(root, other_root, *grants) == [("suspended", source.code)] * 14
    assert Record.objects.filter(kind="listings.right.suspended").count() == 14, "each is told once"


@covers("B2", "R4")
def test_the_certificate_and_the_listing_stop_with_the_right_and_come_back_with_it() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    paper = RegistrationCertificate.objects.get(pk=listing.certificate_id)
    right = listing.product.rights.get(right="operate")
    suspend_right(right=right, actor=seller.actor, clock=seller.clock)
    paper.refresh_from_db()
    assert (paper.status, paper.cause_code) == ("frozen", right.code)
    assert tradable(Listing.objects.get(pk=listing.pk), at=seller.clock.now()) == "listings.listing.suspended"
    lift_right(right=right, actor=seller.actor, clock=seller.clock)
    paper.refresh_from_db()
    assert (paper.status, tradable(Listing.objects.get(pk=listing.pk), at=seller.clock.now())) == ("valid", "")


@covers("R37")
def test_what_rests_on_two_things_runs_again_only_when_both_do() -> None:
    seller, by = make_seller(), {}
    by = {"actor": seller.actor, "clock": seller.clock}
    first, second = (make_right(make_product(), "use", sublicence_depth=3) for _ in range(2))
    grantors = [make_actor(Role.DATA_MERCHANT, organization=one.organization) for one in (first, second)]
    inputs = [grant_right(parent=one, to=seller.organization, sublicence_depth=1, actor=who, clock=seller.clock)
              for one, who in zip((first, second), grantors, strict=True)]
    product = create_product(organization=seller.organization, title_zh="融合产品", **by)
    for one in inputs:
        make_of(product=product, right=one, **by)
    root = declare_right(product=product, right="operate", origin="contract", **by)
    for right, who in zip((first, second), grantors, strict=True):
        suspend_right(right=right, actor=who, clock=seller.clock)
    assert states(root) == [("suspended", first.code)]
    with pytest.raises(Rejected) as refused:
        lift_right(right=root, **by)
    assert refused.value.code == "listings.right.not_active"
    lift_right(right=first, actor=grantors[0], clock=seller.clock)
    assert states(inputs[0], inputs[1], root) == [("active", ""), ("suspended", second.code), ("suspended", second.code)]
    lift_right(right=second, actor=grantors[1], clock=seller.clock)
    assert states(root) == [("active", "")]
    assert check_all(only=("I13", "I16")).violations == []


@covers("R37")
@pytest.mark.parametrize("wider", [{"purposes": ["*"]}, {"purposes": ["marketing"]}, {"territory": ["CN"]}, {"sublicence_depth": 1},
                                   {"effective_to": None}])
def test_a_derived_product_is_never_wider_than_what_it_is_made_of(wider: dict[str, Any]) -> None:
    seller = make_seller()
    by: dict[str, Any] = {"actor": seller.actor, "clock": seller.clock}
    ends = seller.clock.now() + timedelta(days=90)
    upstream = make_right(make_product(), "use", sublicence_depth=1)
    grantor = make_actor(Role.DATA_MERCHANT, organization=upstream.organization)
    allowed: dict[str, Any] = {"purposes": ["research"], "territory": ["CN-31"], "effective_to": ends}
    taken = grant_right(parent=upstream, to=seller.organization, **allowed, actor=grantor, clock=seller.clock)
    product = create_product(organization=seller.organization, title_zh="研究指数", **by)
    make_of(product=product, right=taken, **by)
    fits = {"right": "operate", "origin": "contract", "sublicence_depth": 0, **allowed}
    with pytest.raises(Rejected) as refused:
        declare_right(product=product, **(fits | wider), **by)
    assert refused.value.code == "listings.right.wider_than_parent" and refused.value.params["parent"] == taken.code
    assert declare_right(product=product, **fits, **by).status == "active"


@covers("R37")
def test_an_input_taken_later_may_not_narrow_what_already_runs() -> None:
    seller = make_seller()
    by: dict[str, Any] = {"actor": seller.actor, "clock": seller.clock}
    product = create_product(organization=seller.organization, title_zh="先声明后取源", **by)
    declare_right(product=product, right="operate", origin="collected", **by)
    short = contract(seller, effective_to=seller.clock.now() + timedelta(days=30))
    with pytest.raises(Rejected) as refused:
        make_of(product=product, source=short, **by)
    assert refused.value.code == "listings.right.wider_than_parent" and refused.value.params["parent"] == short.code


@covers("R7")
def test_a_product_never_comes_from_itself_and_never_from_what_is_not_ours() -> None:
    made = chain(2)
    top = made.sellers[0]
    back = grant_right(parent=made.roots[2], to=top.organization, sublicence_depth=0, actor=made.sellers[2].actor, clock=top.clock)
    with pytest.raises(Rejected) as refused:
        make_of(product=made.products[0], right=back, actor=top.actor, clock=top.clock)
    assert refused.value.code == "listings.right.circle"
    with pytest.raises(Rejected) as foreign:
        make_of(product=made.products[0], right=made.grants[1], actor=top.actor, clock=top.clock)
    assert foreign.value.code == "listings.right.not_held"
    with pytest.raises(IntegrityError, match="source of the product's owner"), transaction.atomic():
        ProductInput.objects.create(product=made.products[1], source=made.source, at=top.clock.now())


@covers("B2")
def test_nothing_new_grows_from_a_source_that_ended() -> None:
    seller = make_seller()
    source = contract(seller)
    product, _ = product_of(seller, source=source)
    revoke_source(source=source, reason="合同到期未续", actor=seller.actor, clock=seller.clock)
    with pytest.raises(Rejected) as refused:
        declare_right(product=product, right="operate", origin="contract", actor=seller.actor, clock=seller.clock)
    assert refused.value.code == "listings.right.not_active" and refused.value.params["parent"] == source.code
    with pytest.raises(Rejected) as twice:
        revoke_source(source=source, reason="再撤一次", actor=seller.actor, clock=seller.clock)
    assert twice.value.code == "listings.source.illegal_move"


@covers("B2")
def test_a_source_ends_by_itself_with_its_term() -> None:
    seller = make_seller()
    ends = seller.clock.now() + timedelta(days=30)
    source = contract(seller, effective_to=ends)
    by: dict[str, Any] = {"actor": seller.actor, "clock": seller.clock}
    product = create_product(organization=seller.organization, title_zh="三十天产品", **by)
    make_of(product=product, source=source, **by)
    root = declare_right(product=product, right="use", origin="contract", effective_to=ends, **by)
    seller.clock.move_to(ends - timedelta(microseconds=1))
    assert run_deadlines(clock=seller.clock) == 0
    seller.clock.move_to(ends)
    run_deadlines(clock=seller.clock)
    source.refresh_from_db()
    assert source.status == "expired" and states(root)[0][0] == "expired"
    with pytest.raises(Rejected):
        expire_source(source=source, clock=seller.clock)


@covers("R113", "W21")
def test_a_device_contract_comes_with_its_deed_and_is_agreed_between_law_and_word() -> None:
    seller = make_seller()
    by: dict[str, Any] = {"actor": seller.actor, "clock": seller.clock}
    with pytest.raises(Rejected) as bare:
        contract(seller, kind="device")
    assert bare.value.code == "listings.source.faulty"
    product = make_product(seller.organization)
    with pytest.raises(Rejected) as unproven:
        declare_right(product=product, right="hold", origin="device_contract", **by)
    assert unproven.value.code == "listings.right.proof_missing"
    with pytest.raises(IntegrityError, match="right_device_has_proof"), transaction.atomic():
        make_right(product, "hold", origin="device_contract")
    deed = make_deposit(seller.organization, "设备数据归属契约.pdf")
    agreed = declare_right(product=product, right="hold", origin="device_contract", proof=deed, scope_note="岸桥作业记录", **by)
    lawful, said = (make_right(make_product(), "hold", origin=origin) for origin in ("authorised_operation", "self_generated"))
    assert lawful.origin_class.strength > agreed.origin_class.strength > said.origin_class.strength
    assert agreed.scope_note == "岸桥作业记录"


@covers("B2")
def test_a_revoked_right_takes_its_grants_along_and_only_the_grantor_or_a_regulator_revokes_it() -> None:
    made = chain(1)
    grant = made.grants[0]
    with pytest.raises(Rejected):
        revoke_right(right=grant, actor=made.sellers[1].actor, clock=made.sellers[1].clock)
    revoke_right(right=grant, actor=made.sellers[0].actor, clock=made.sellers[0].clock)
    assert states(grant, made.roots[1]) == [("revoked", ""), ("suspended", grant.code)]
