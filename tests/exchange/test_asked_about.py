"""A person sees who asked about data they are in, a trustee sees it for its principals; by name or by class, as the law says (R34)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from delivery.asked import asked_about
from delivery.cleanroom.jail import Outcome
from delivery.models import Delivery
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from listings.models import Consent, Principal
from listings.operations import give_consent
from participants.actors import actor_of
from participants.models import User
from participants.roles import Role
from tests.delivery.calls import api_delivered, called, keyed
from tests.delivery.rooms import ANSWER, asked, ended, question, sold
from tests.delivery.worlds import stand_still
from tests.exchange.test_consent_pages import FILE, browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _still(db: None) -> None:
    stand_still()


def consented(one: Delivery, user: User, principal: Principal | None = None) -> Consent:
    return give_consent(product=one.version.listing.product, purpose="industry", kinds=["用电"], recipients=["买方"], principal=principal,
                        effective_to=MARKET_CLOCK.now() + timedelta(days=100), actor=actor_of(user), clock=MARKET_CLOCK)


@covers("R34", "W24", "W26")
def test_a_person_reads_what_was_asked_by_which_class_at_what_epsilon_and_never_the_answer() -> None:
    """Two questions ran; one was given back and read nothing."""
    one = sold()
    browser, user = browser_of(Role.DATA_SUBJECT)
    consented(one, user)
    secret = {"column": "用电", "op": "ge", "value": "777"}
    ended(asked(one, question("persons", {"of": "mean", "column": "用电"}, group_by=["城区"], where=[secret])),
          Outcome(opened=True, rows=ANSWER))
    ended(asked(one, epsilon_micro=100_000), Outcome(opened=True))
    ended(asked(one, question("count"), 300_000), Outcome())
    shown = browser.get("/desk/consents/").content.decode()
    for text in ("谁问过", "密室提问", "人数、均值", "城区、用电", "0.25", "0.1", "企业"):
        assert text in shown, text
    assert "777" not in shown and "305" not in shown and "0.3<" not in shown
    lines = json.loads(browser.get("/desk/consents/copy/").content)["consents"][0]["asked"]
    assert [(line["way"], line["by"], line["epsilon"]) for line in lines] == [("question", "enterprise", "0.1"),
                                                                             ("question", "enterprise", "0.25")]
    assert one.buyer.code not in json.dumps(lines), "whoever got sums got nothing of one person: its class is enough"


@covers("R34", "R27")
def test_whoever_got_rows_stands_by_name_and_the_calls_of_a_day_are_one_line() -> None:
    one, _, buyer = api_delivered()
    _, user = browser_of(Role.DATA_SUBJECT)
    consent = consented(one, user)
    key = keyed(one, buyer).key
    for number in range(3):
        called(key, buyer, f"call-00000{number}", "research")
    (line,) = asked_about(consent.product, since=consent.effective_from)
    assert (line.kind, line.by, line.named, line.times, line.purposes) == ("rows", one.buyer, True, 3, ("research",))


@covers("R34", "R29", "B9")
def test_a_trustee_sees_it_for_its_principals_and_nobody_else_does() -> None:
    one = sold()
    browser, user = browser_of(Role.TRUSTEE)
    browser.post("/desk/principals/import/", {"file": SimpleUploadedFile("people.csv", FILE.encode())})
    consented(one, user, Principal.objects.order_by("pk")[0])
    ended(asked(one), Outcome(opened=True, rows=ANSWER))
    assert "谁问过包含您的数据" in browser.get("/desk/principals/").content.decode()
    stranger, _ = browser_of(Role.DATA_SUBJECT)
    assert "密室提问" not in stranger.get("/desk/consents/").content.decode()


@covers("R34")
def test_what_was_asked_before_the_consent_began_is_not_of_this_person() -> None:
    one = sold()
    ended(asked(one), Outcome(opened=True, rows=ANSWER))
    consent = consented(one, browser_of(Role.DATA_SUBJECT)[1])
    assert asked_about(consent.product, since=MARKET_CLOCK.now() + timedelta(days=1)) == []
