"""A party from abroad is known by its LEI or by its number in its country's register, once; check digits are looked at (A1, R107)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import VISITOR
from participants.models import Organization
from participants.organizations import Abroad, register_organization
from participants.roles import OrganizationKind

pytestmark = pytest.mark.django_db
LEI = "5493001KJTIIGC8Y1R12"


def known(name: str = "Straits Data Pte", **how: str) -> Organization:
    return register_organization(name=name, kind=OrganizationKind.FOREIGN, abroad=Abroad(**how), actor=VISITOR, clock=MARKET_CLOCK)


def refused(**how: str) -> str:
    with pytest.raises(Rejected) as caught:
        known("另一家境外机构", **how)
    return caught.value.code


@covers("A1", "R107")
def test_an_lei_is_kept_tidied_and_stands_in_the_record() -> None:
    one = known(lei=" 5493 001k-jtiigc8y1r12 ")
    assert (one.lei, one.identified) == (LEI, LEI)
    assert Record.objects.get(kind="participants.organization.registered", subject=one.code).payload["lei"] == LEI
    assert refused(lei=LEI) == "participants.organization.abroad_taken"


@covers("A1")
def test_where_there_is_no_lei_the_number_of_its_countrys_register_does() -> None:
    one = known(registry_place="sg", registry_number=" 2031 12345n ")
    assert (one.registry_place, one.registry_number, one.identified) == ("SG", "2031 12345N", "SG 2031 12345N")
    assert refused(registry_place="SG", registry_number="2031 12345N") == "participants.organization.abroad_taken"
    assert known("同号异国机构", registry_place="MY", registry_number="2031 12345N").identified == "MY 2031 12345N"


@covers("A1")
@pytest.mark.parametrize(("how", "code"), [
    ({}, "unidentified"), ({"lei": "5493001KJTIIGC8Y1R13"}, "lei_invalid"), ({"lei": "LEI"}, "lei_invalid"),
    ({"registry_number": "12345"}, "registry_incomplete"), ({"registry_place": "SG"}, "registry_incomplete"),
    ({"registry_place": "S1", "registry_number": "12345"}, "registry_incomplete"),
    ({"registry_place": "SG", "registry_number": "1" * 41}, "registry_incomplete")])
def test_a_number_that_says_nobody_is_refused_at_its_field(how: dict[str, str], code: str) -> None:
    assert refused(**how) == f"participants.organization.{code}"


def test_the_database_keeps_each_number_once_and_whole() -> None:
    one, other = known(lei=LEI), known("第二家境外机构", registry_place="SG", registry_number="77")
    for column, name in (({"lei": LEI}, "organization_lei_once"), ({"lei": "short"}, "organization_lei_shaped"),
                         ({"registry_place": ""}, "organization_registry_whole")):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Organization.objects.filter(pk=other.pk).update(**column)
    assert one.pk != other.pk


@covers("A1", "A2")
def test_a_party_from_abroad_applies_with_its_number_and_is_told_at_the_field_what_lacks() -> None:
    form: dict[str, Any] = {"name": "海峡数据私人有限公司", "name_en": "Straits Data", "kind": "foreign", "category": "foreign_buyer",
                            "person": "陈安", "identity": "E1234567", "username": "straits", "password": "a-long-word-of-its-own"}
    answer = Client().post("/accounts/apply/", form)
    assert answer.status_code == 422 and "境外机构填写 LEI，或所在地登记号" in answer.content.decode()
    browser = Client()
    answer = browser.post("/accounts/apply/", form | {"lei": LEI.lower()})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    assert Organization.objects.get(name="海峡数据私人有限公司").lei == LEI
    assert LEI in browser.get("/desk/organisation/").content.decode()
