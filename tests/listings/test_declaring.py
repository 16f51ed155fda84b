"""A product's own declaration: begun with the last answers and with what its draft already says; no promise is made for the signer."""

from __future__ import annotations

import io

import pytest

from compliance.declarations import faults_of
from compliance.declared import form_of
from compliance.models import Declaration
from kit.coverage import covers
from listings.declaring import answers_for
from listings.operations import attach_file
from tests.exchange.worlds import signed_in
from tests.listings.worlds import make_draft, make_seller

pytestmark = pytest.mark.django_db


@covers("R120", "R88")
def test_what_is_known_is_filled_in_and_only_promises_are_left() -> None:
    seller = make_seller()
    version = attach_file(version=make_draft(seller, update_frequency="每日"), stream=io.BytesIO(b"a,b\n1,2\n3,4\n"), name="t.csv",
                          actor=seller.actor, clock=seller.clock)
    answers = answers_for(version)
    assert answers["class_hosts"] == ["enterprise"] and answers["class_personal"] is False and answers["quality_updates"] == "每日"
    assert answers["use_purposes"] == "产业发展、科学研究" and answers["quality_report"].startswith("QLR-")
    assert answers["security_contact"], "from the declaration signed before"
    questions = {one.key: one for one in form_of(Declaration(template="merchant", status="draft")).questions}
    left = {fault.field for fault in faults_of(form_of(Declaration(template="merchant", status="draft")), answers, signing=True)}
    assert left and {questions[key].type for key in left} == {"promise"}


@covers("R120")
def test_the_button_on_the_listings_form_opens_the_filled_declaration() -> None:
    seller = make_seller()
    version = make_draft(seller)
    client = signed_in(seller.actor)
    form = client.get(f"/desk/listings/{version.listing.code}/edit/").content.decode()
    assert f"/desk/listings/{version.listing.code}/declaration/" in form
    answer = client.post(f"/desk/listings/{version.listing.code}/declaration/")
    made = Declaration.objects.get(subject=version.listing.code)
    assert answer.status_code == 302 and answer["Location"] == f"/desk/declarations/{made.code}/" and made.status == "draft"
    assert "产业发展" in client.get(answer["Location"]).content.decode()
