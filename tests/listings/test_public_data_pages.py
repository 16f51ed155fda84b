"""The desk of public data in the browser's words: filed, confirmed, capped, reckoned, and read by everyone."""

from __future__ import annotations

import pytest
from django.test import Client

from kit.coverage import covers
from listings.models import Authorisation, GuidedPrice, OperationReport
from participants.actors import actor_of
from participants.roles import OrganizationKind, Role
from tests.compliance.worlds import signed
from tests.factories import clock, make_organization, make_user
from tests.listings.public_worlds import capped, granted, public_draft
from tests.listings.test_public_data import submitted
from tests.listings.worlds import Seller, make_registered

pytestmark = pytest.mark.django_db
DESK = "/desk/authorisations/"


def browser_of(role: str, kind: str = OrganizationKind.ENTERPRISE) -> tuple[Client, Seller]:
    user = make_user(role, organization=make_organization(role, kind=kind))
    assert user.acting_for is not None
    browser = Client()
    browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return browser, Seller(user.acting_for, actor_of(user), clock())


@covers("R13", "R18", "B10")
def test_an_operator_files_and_the_grantor_confirms_and_sets_the_cap_by_forms_alone() -> None:
    (browser, seller), (office, body) = browser_of(Role.PUBLIC_DATA_OPERATOR), browser_of(Role.BUYER, OrganizationKind.PUBLIC_BODY)
    product, _ = make_registered(Seller(seller.organization, seller.actor, seller.clock), regime="public", origin="authorised_operation")
    sent = {"grantor": body.organization.code, "document_no": "市数授〔2026〕1号", "subject_zh": "全市公共交通数据",
            "subject_en": "City transit data",
            "model": "field", "fields_of": ["G"], "territory": "CN-31", "first_day": "2026-11-02", "last_day": "2031-11-02",
            "price_basis": "市发改价〔2026〕3号"}
    too_long = browser.post(DESK, sent)
    assert too_long.status_code == 422
    assert "五年" in too_long.content.decode()
    assert browser.post(DESK, {**sent, "last_day": "2031-11-01"}).status_code == 302, "five years to the day"
    one = Authorisation.objects.get()
    assert browser.post(f"{DESK}{one.code}/confirm/").status_code == 404, "the operator does not answer for its grantor"
    assert "待授权方确认" in office.get(DESK).content.decode()
    assert office.post(f"{DESK}{one.code}/confirm/").status_code == 302
    cap = {"product": product.code, "cap": "10,002.07", "cost": "1,000,000", "subsidy": "100,000", "bond": "1.80", "quantity": "97",
           "document_no": "市发改价〔2026〕9号", "first_day": "2026-11-02", "last_day": "2029-11-01"}
    refused = office.post(f"{DESK}{one.code}/cap/", cap)
    assert refused.status_code == 422
    assert "¥10,002.06" in refused.content.decode(), "the highest price is named"
    assert office.post(f"{DESK}{one.code}/cap/", {**cap, "cap": "10,002.06"}).status_code == 302
    assert GuidedPrice.objects.get().rate_bps == 780


@covers("R18", "R44")
def test_the_calculator_reckons_the_vector_of_the_rule() -> None:
    browser, _ = browser_of(Role.PUBLIC_DATA_OPERATOR)
    shown = browser.get(DESK, {"cost": "1000000", "subsidy": "100000", "bond": "1.80", "quantity": "1"}).content.decode()
    assert "70,200" in shown
    assert "970,200" in shown


@covers("R21", "R77", "B10")
def test_everyone_reads_who_granted_what_at_what_price_and_how_much_it_is_used() -> None:
    _, seller = browser_of(Role.PUBLIC_DATA_OPERATOR)
    signed(seller.organization, seller.actor, seller.clock)
    authorisation, body = granted(seller)
    product, _ = make_registered(seller, regime="public", origin="authorised_operation")
    capped(seller, authorisation, body, product)
    paid = submitted(seller, public_draft(seller, authorisation, product))
    free = submitted(seller, public_draft(seller, authorisation, price_fen=0, use_terms={
        "purposes": ["public_welfare"], "regions": ["CN-31"], "term_days": 365}))
    register = Client().get("/public-data/").content.decode()
    for text in (authorisation.grantor.name, seller.organization.name, "成本调查", "公益免费", paid.code, free.code, "0 笔成交"):
        assert text in register
    page = Client().get(f"/listings/{paid.code}/").content.decode()
    assert authorisation.grantor.name in page
    assert "成本调查" in page


@covers("R44")
def test_a_years_figures_are_handed_in_at_the_desk() -> None:
    browser, seller = browser_of(Role.PUBLIC_DATA_OPERATOR)
    authorisation, _ = granted(seller)
    report = OperationReport.objects.create(code="OPR-0000000000", authorisation=authorisation, year=2025, due_at=seller.clock.now())
    assert "提交 2025 年运营报告" in browser.get(DESK).content.decode()
    assert browser.post(f"{DESK}{report.code}/report/", {"cost": "", "revenue": ""}).status_code == 302
    assert browser.post(f"{DESK}{report.code}/report/", {"cost": "800", "revenue": "900"}).status_code == 302
    report.refresh_from_db()
    assert (report.status, report.revenue_fen) == ("filed", 90_000)
