"""The lineage as people meet it: drawn, told line by line, added to and ended on the supply desk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from kit.coverage import covers
from listings.lineage import lineage_of
from listings.models import PropertyRight, Source
from participants.models import User
from participants.roles import Role
from tests.factories import make_organization, make_user
from tests.listings.test_lineage import chain, contract, product_of
from tests.listings.worlds import make_product, make_right, make_seller

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    with translation.override("zh-hans"):
        yield


def at_desk(role: str = Role.DATA_MERCHANT) -> tuple[Client, User]:
    user = make_user(role, organization=make_organization(role))
    client = Client()
    client.force_login(user)
    return client, user


@covers("B2", "R7")
def test_the_picture_goes_from_the_first_source_to_the_product_and_the_list_says_the_same() -> None:
    made = chain(3)
    found = lineage_of(made.products[3], at=made.sellers[0].clock.now())
    titles = [line.title for line in found.lines]
    assert titles[0] == made.source.title and titles[-1] == made.products[3].title_zh
    assert [title for title in titles if title.endswith("层产品")] == ["第 1 层产品", "第 2 层产品", "第 3 层产品"]
    assert found.picture.count('class="edge"') == 5, "source, three products, holder: five arrows"
    assert "某港务集团" in found.lines[0].note and "码头起重设备" in found.lines[0].note, "who gave it, who produced it (R7)"
    assert made.source.reference not in found.picture + str(found.lines), "the number of the contract stays its owner's"
    assert not found.danger


@covers("B2")
def test_a_stop_upstream_shows_on_every_step_below() -> None:
    from listings.operations import revoke_source

    made = chain(2)
    owner = made.sellers[0]
    revoke_source(source=made.source, reason="上游解除合同", actor=owner.actor, clock=owner.clock)
    found = lineage_of(made.products[2], at=owner.clock.now())
    assert found.danger and [line.warn for line in found.lines] == [True, True, True, True, False]
    assert found.picture.count("node-warn") == 4
    with translation.override("en"):
        assert "Lineage: " in lineage_of(made.products[2], at=owner.clock.now()).picture


def test_a_product_of_many_sources_is_drawn_in_a_box_for_the_rest_and_told_in_full() -> None:
    seller = make_seller()
    product, _ = product_of(seller, source=contract(seller, title="来源 0"))
    from listings.operations import make_of

    for number in range(1, 15):
        make_of(product=product, source=contract(seller, title=f"来源 {number}"), actor=seller.actor, clock=seller.clock)
    found = lineage_of(product, at=seller.clock.now())
    assert "另有 3 项来源" in found.picture and sum(line.title.startswith("来源") for line in found.lines) == 15


@covers("B2", "R7", "R113")
def test_a_source_is_added_taken_elsewhere_and_revoked_on_the_desk() -> None:
    client, user = at_desk()
    assert user.acting_for is not None
    product, sister = make_product(user.acting_for), make_product(user.acting_for, title_zh="姊妹产品")
    right = make_right(product, "use")
    make_right(sister, "use")
    page = client.get(f"/desk/rights/?trace={product.code}").content.decode()
    assert 'id="lineage"' in page and "登记一项来源" in page
    typed: dict[str, Any] = {"kind": "contract", "title": "轨迹采购合同", "provider": "某船公司", "generator": "船载终端",
                             "reference": "HT-9"}
    faulty = client.post(f"/desk/products/{product.code}/source/", {**typed, "kind": "device"}, follow=True).content.decode()
    assert "listings.source.faulty" in faulty and not Source.objects.exists()
    client.post(f"/desk/products/{product.code}/source/", typed)
    source = Source.objects.get()
    client.post(f"/desk/products/{sister.code}/input/", {"taken": source.code})
    assert source.outputs.count() == 2
    bare = client.post(f"/desk/sources/{source.code}/revoke/", {"reason": ""}, follow=True).content.decode()
    assert "listings.source.reason_missing" in bare
    told = client.post(f"/desk/sources/{source.code}/revoke/", {"reason": "合同到期未续"}, follow=True).content.decode()
    assert "合同到期未续" in told and 'class="ch lineage"' in told
    assert set(PropertyRight.objects.values_list("status", "cause_code")) == {("suspended", source.code)}
    assert right.organization_id == user.acting_for_id


@covers("B1", "R8")
def test_the_grantor_takes_a_grant_back_on_the_desk_and_nobody_else_does() -> None:
    client, user = at_desk()
    assert user.acting_for is not None
    root = make_right(make_product(user.acting_for), "use", sublicence_depth=1)
    stranger, _ = at_desk()
    child = make_right(root.product, "use", holder=make_organization(Role.BUYER), parent=root)
    assert stranger.post(f"/desk/rights/{child.code}/revoke/").status_code == 404
    assert f"/desk/rights/{child.code}/revoke/" in client.get("/desk/rights/").content.decode()
    client.post(f"/desk/rights/{child.code}/revoke/")
    child.refresh_from_db()
    assert child.status == "revoked"
