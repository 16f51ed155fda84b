"""The organisation's own page and the way in: what one sees, what one may, and every refusal with its way out."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from participants.actors import actor_of
from participants.admission_moves import class_of
from participants.checklists import versions
from participants.models import Admission, ApiToken, Membership, Organization, User
from participants.operations import accept_admission, hold_capability, return_admission
from participants.roles import Role
from tests.factories import NOW, hand_in, make_actor, make_organization, make_user

pytestmark = pytest.mark.django_db
PAGE = "/desk/organisation/"
FORM = {"name": "泉州海丝数据有限公司", "name_en": "Quanzhou Silk Sea Data", "kind": "enterprise", "uscc": "91110000600037341L",
        "category": "merchant_supply", "person": "陈海", "identity": "350500199001010012", "username": "chenhai",
        "password": "correct-horse-9"}
ANSWERS = {key: "a@b.cn" if one.type == "email" else next(iter(one.choices)) if one.choices else "数据"
           for key, one in versions()[0].questions.items()}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@covers("W3", "A1", "A5")
def test_an_organisation_walks_in_applies_completes_and_is_told() -> None:
    client = Client()
    assert client.get("/accounts/apply/").status_code == 200
    entered = client.post("/accounts/apply/", FORM)
    held = Admission.objects.get(organization__name=FORM["name"])
    address = f"/desk/organisation/admission/{held.code}/"
    assert entered["Location"] == address
    page = client.get(PAGE).content.decode()
    assert held.code in page and "补齐内容并提交" in page and "尚未准入" in page
    answer = client.post(address, {"business": "数据"})
    assert answer.status_code == 400 and "法定代表人" in answer.content.decode() and "未提交" in answer.content.decode()
    applicant = actor_of(User.objects.get(username=FORM["username"]))
    hand_in(held.organization, applicant, *class_of(held).required, at=MARKET_CLOCK.now())
    assert client.post(address, ANSWERS).status_code == 302
    desk = make_actor(Role.COMPLIANCE_OFFICER)
    accept_admission(admission=held, actor=desk, clock=MARKET_CLOCK)
    return_admission(admission=held, missing=["执照"], reason="缺营业执照", actor=desk, clock=MARKET_CLOCK)
    assert "缺营业执照" in client.get(address).content.decode()
    assert client.post(address, {"withdraw": "1"}).status_code == 302
    held.refresh_from_db()
    assert held.status == "withdrawn"


def test_a_weak_password_or_a_taken_name_registers_nothing() -> None:
    client, before = Client(), Organization.objects.count()
    assert client.post("/accounts/apply/", FORM | {"password": "12345678901"}).status_code == 400
    make_user(Role.BUYER, username="chenhai")
    before = Organization.objects.count()
    answer = client.post("/accounts/apply/", FORM)
    assert answer.status_code == 409 and "participants.member.username_taken" in answer.content.decode()
    assert Organization.objects.count() == before


def test_the_page_says_what_is_open_what_is_held_and_why() -> None:
    user = make_user(Role.DATA_MERCHANT)
    hold_capability(organization=user.acting_for, capability="list", reason_code="x", reason="数据来源核查", basis="规则 21",
                    actor=make_actor(Role.COMPLIANCE_OFFICER), at=NOW)
    page = signed_in(user).get(PAGE).content.decode()
    assert "数据来源核查" in page and "规则 21" in page
    english = signed_in(user).get(PAGE, headers={"Accept-Language": "en"})
    assert english.status_code == 200


@covers("A2", "I29")
def test_members_are_invited_and_ended_from_the_page() -> None:
    user = make_user(Role.DATA_MERCHANT)
    client = signed_in(user)
    invited = {"person": "新人", "identity": "1", "username": "newbie", "role": Role.BUYER, "days": "30"}
    page = client.post(f"{PAGE}members/", invited).content.decode()
    link = re.search(r"http://testserver(/accounts/join/\S+/)<", page)
    assert link and Client().get(link.group(1)).status_code == 200
    assert client.post(f"{PAGE}members/", invited).status_code == 409
    assert client.post(f"{PAGE}members/", invited | {"role": Role.REGULATOR}).status_code == 400
    row = Membership.objects.get(person__users__username="newbie")
    assert client.post(f"{PAGE}members/{row.pk}/end/").status_code == 302
    last = Membership.objects.get(person=user.person)
    answer = client.post(f"{PAGE}members/{last.pk}/end/")
    assert answer.status_code == 409 and answer["X-Refusal"] == "participants.member.last_one"
    foreign = Membership.objects.get(person=make_user(Role.BUYER).person)
    assert client.post(f"{PAGE}members/{foreign.pk}/end/").status_code == 404


@covers("T46")
def test_a_key_is_shown_once_and_revoked_from_the_page() -> None:
    user = make_user(Role.DATA_MERCHANT)
    client = signed_in(user)
    page = client.post(f"{PAGE}keys/", {"name": "报送", "scopes": ["read"], "days": "30"}).content.decode()
    assert "dxt_" in page and "dxt_" not in client.get(PAGE).content.decode()
    key = ApiToken.objects.get(organization=user.acting_for)
    stranger = signed_in(make_user(Role.DATA_MERCHANT))
    assert stranger.post(f"{PAGE}keys/{key.code}/revoke/").status_code == 404
    assert client.post(f"{PAGE}keys/{key.code}/revoke/").status_code == 302
    key.refresh_from_db()
    assert key.revoked_at is not None


@covers("T36")
def test_another_partys_application_is_absent() -> None:
    owner = make_user(Role.DATA_MERCHANT, organization=make_organization(admitted=False))
    signed_in(owner).post(f"{PAGE}admission/", {"category": "merchant_supply"})
    held = Admission.objects.get(organization=owner.acting_for)
    assert signed_in(owner).get(f"{PAGE}admission/{held.code}/").status_code == 200
    assert signed_in(make_user(Role.DATA_MERCHANT)).get(f"{PAGE}admission/{held.code}/").status_code == 404
    assert signed_in(make_user(Role.AUDITOR)).get(f"{PAGE}admission/{held.code}/").status_code == 403


def test_api_root_schema_docs_and_problems_are_open_and_docs_need_no_network() -> None:
    client = Client()
    assert client.get("/api/").json()["docs"].endswith("/api/docs/")
    schema = client.get("/api/schema/", headers={"Accept": "application/json"})
    assert schema.status_code == 200
    docs = client.get("/api/docs/")
    assert docs.status_code == 200 and "https://" not in docs.content.decode().replace("https://www.w3.org", "")
    assert "style-src 'self' 'unsafe-inline'" in docs["Content-Security-Policy"]
    assert "unsafe" not in client.get("/accounts/login/")["Content-Security-Policy"]
    assert "participants.standing.suspended" in client.get("/api/docs/problems/").content.decode()
