"""The desks of people and trustees in the browser's words: what is held, who used it, withdrawn, asked, answered, deleted."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from delivery.models import DeletionTask
from evidence.clock import MARKET_CLOCK
from evidence.operations import drain
from kit.coverage import covers
from listings.models import Consent, Principal, SubjectRequest
from listings.operations import give_consent
from participants.actors import actor_of
from participants.models import Organization, User
from participants.roles import Role
from tests.delivery.worlds import delivered, make_listing, stand_still
from tests.factories import make_organization, make_user
from tests.listings.worlds import make_listed, make_seller

pytestmark = pytest.mark.django_db
FILE = "编号,姓名,证件号,委托至\nA-1,赵一,11010519491231002X,2039-12-31\nA-2,钱二,110105194912310021,2039-12-31\n"


@pytest.fixture(autouse=True)
def _still(db: None) -> None:
    stand_still()


def browser_of(role: str, organization: Organization | None = None) -> tuple[Client, User]:
    user = make_user(role, organization=organization or make_organization(role))
    browser = Client()
    browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return browser, user


@covers("R27", "R34", "R105", "B9")
def test_a_person_sees_who_used_what_withdraws_asks_and_takes_a_copy() -> None:
    browser, user = browser_of(Role.DATA_SUBJECT)
    past = delivered(listing=make_listing())
    one = give_consent(product=past.version.listing.product, purpose="industry", kinds=["位置"], recipients=["买方"],
                       effective_to=MARKET_CLOCK.now() + timedelta(days=100), actor=actor_of(user), clock=MARKET_CLOCK)
    shown = browser.get("/desk/consents/").content.decode()
    for text in (one.code, past.buyer.name, "产业发展", "撤回同意"):
        assert text in shown
    assert browser.post(f"/desk/consents/{one.code}/ask/", {"kind": "copy"}).status_code == 302
    assert SubjectRequest.objects.get(consent=one).kind == "copy"
    copied = json.loads(browser.get("/desk/consents/copy/").content)
    assert copied["consents"][0]["uses"][0]["recipient"] == past.buyer.code
    stranger, _ = browser_of(Role.DATA_SUBJECT)
    assert stranger.post(f"/desk/consents/{one.code}/withdraw/").status_code == 404, "another's consent does not exist"
    assert browser.post(f"/desk/consents/{one.code}/withdraw/").status_code == 302
    one.refresh_from_db()
    assert one.status == "withdrawn"


@covers("R29", "B9")
def test_a_trustee_takes_people_on_gives_one_purpose_and_sees_that_the_withdrawal_reached_each_buyer() -> None:
    browser, user = browser_of(Role.TRUSTEE)
    report = browser.post("/desk/principals/import/", {"file": SimpleUploadedFile("people.csv", FILE.encode(), "text/csv")})
    assert "读了 2 行，登记 1 人" in report.content.decode()
    assert "第 3 行" in report.content.decode()
    principal = Principal.objects.get()
    listing = make_listed(make_seller(at=MARKET_CLOCK.now()))
    sent = {"principal": principal.code, "listing": listing.code, "kinds": "位置", "recipients": "买方", "days": "300"}
    bundled = browser.post("/desk/principals/consent/", {**sent, "purpose": ["industry", "marketing"]}, follow=True).content.decode()
    assert "不得一揽子授权" in bundled
    browser.post("/desk/principals/consent/", {**sent, "purpose": "industry"})
    one = Consent.objects.get()
    assert one.trustee == user.acting_for
    browser.post(f"/desk/consents/{one.code}/withdraw/", {"desk": "principals"})
    listing.refresh_from_db()
    assert listing.status == "suspended"
    assert "已撤回" in browser.get("/desk/principals/").content.decode()


@covers("R29", "B9")
def test_the_buyer_confirms_on_its_delivery_and_the_person_reads_it() -> None:
    person, user = browser_of(Role.DATA_SUBJECT)
    past = delivered(listing=make_listing())
    one = give_consent(product=past.version.listing.product, purpose="industry", kinds=["位置"], recipients=["买方"],
                       effective_to=MARKET_CLOCK.now() + timedelta(days=100), actor=actor_of(user), clock=MARKET_CLOCK)
    person.post(f"/desk/consents/{one.code}/withdraw/")
    drain()
    buyer, _ = browser_of(Role.BUYER, past.buyer)
    task = DeletionTask.objects.get()
    where = f"/desk/deliveries/{past.code}/"
    assert task.code in buyer.get(where).content.decode()
    assert task.notice in person.get("/desk/consents/").content.decode(), "which notice reached the buyer"
    seller, _ = browser_of(Role.DATA_MERCHANT, past.seller)
    assert seller.post(f"{where}deletion/", {"task": task.code, "statement": "删了"}).status_code == 404
    proof = SimpleUploadedFile("log.csv", "系统,时间\n仓库,今天\n".encode(), "text/csv")
    assert buyer.post(f"{where}deletion/", {"task": task.code, "statement": "已从数据仓库删除", "proof": proof}).status_code == 302
    shown = person.get("/desk/consents/").content.decode()
    assert "已从数据仓库删除" in shown
    assert "已删除" in shown


@covers("R34", "R105")
def test_a_holder_answers_at_its_own_desk() -> None:
    person, user = browser_of(Role.DATA_SUBJECT)
    listing = make_listing()
    one = give_consent(product=listing.product, purpose="industry", kinds=["位置"], recipients=["买方"],
                       effective_to=MARKET_CLOCK.now() + timedelta(days=100), actor=actor_of(user), clock=MARKET_CLOCK)
    person.post(f"/desk/consents/{one.code}/ask/", {"kind": "correct", "text": "地址有误"})
    asked = SubjectRequest.objects.get()
    holder, _ = browser_of(Role.DATA_MERCHANT, listing.organization)
    assert "地址有误" in holder.get("/desk/subject-requests/").content.decode()
    assert holder.post(f"/desk/subject-requests/{asked.code}/", {"answer": "已更正", "act": "answer"}).status_code == 302
    assert "已更正" in person.get("/desk/consents/").content.decode()
