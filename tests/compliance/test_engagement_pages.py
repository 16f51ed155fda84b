"""The directory, both desks and a report's card: what each side reads and does there, in both languages."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from compliance.models import Engagement, EngagementReport, ServiceOffer
from compliance.operations import approve_report
from kit.coverage import covers
from participants.models import User
from participants.roles import Role
from tests.compliance.engagements import WORDS, Ordered, client, provider
from tests.compliance.test_engagements import disputed
from tests.factories import PDF, clock, make_organization, make_user

pytestmark = pytest.mark.django_db

VALUED = {"base_date": "2026-10-31", "purpose": "转让定价参考", "acquisition_fen": "400000", "processing_fen": "250000",
          "storage_fen": "50000", "other_fen": "100000", "profit": "15", "quality": "110", "obsolescence": "20",
          "incomes": "1000000\n1100000\n1210000", "share": "30", "rate": "10", "comparables": "900000 10 -5 0\n800000 0 0 20",
          "cost_weight": "30", "income_weight": "20", "market_weight": "50"}


def browser_of(user: User, language: str = "zh-hans") -> Client:
    browser = Client(headers={"accept-language": language})
    browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return browser


@covers("R61", "A2", "G1")
def test_a_service_is_offered_found_ordered_reported_and_paid_through_the_pages() -> None:
    firm, _ = provider()
    selling = browser_of(make_user(Role.SERVICE_PROVIDER, organization=firm))
    assert "还没有委托" in selling.get("/desk/services/").content.decode()
    form = {**WORDS, "kind": "provider_valuation", "price_fen": "20,000", "days": "10"}
    assert selling.post("/desk/services/", {**form, "price_fen": "0"}).status_code == 400, "nothing typed is lost, the fault is named"
    assert selling.post("/desk/services/", form).status_code == 302
    offer = ServiceOffer.objects.get()
    found = Client(headers={"accept-language": "en"}).get("/services/?kind=provider_valuation&q=asset").content.decode()
    assert "Valuation of a data asset" in found
    assert "没有找到服务" in Client().get("/services/?q=不存在的服务").content.decode()
    buyer, _ = client()
    buying = browser_of(make_user(Role.DATA_MERCHANT, organization=buyer))
    assert "还没有委托" in buying.get("/desk/engagements/").content.decode()
    missing = buying.post(f"/services/{offer.code}/", {"about": "TRD-0000000000", "brief": "请评估这笔成交。"})
    assert (missing.status_code, Engagement.objects.count()) == (422, 0)
    assert "请评估这笔成交。" in missing.content.decode(), "what was typed stays"
    placed = buying.post(f"/services/{offer.code}/", {"brief": "请评估充电桩数据产品。"})
    order = Engagement.objects.get()
    where = f"/desk/engagements/{order.code}/"
    assert placed["Location"] == where
    assert "待接单" in buying.get("/desk/engagements/").content.decode()
    assert order.code in selling.get("/desk/services/").content.decode()
    selling.post(where, {"act": "accept"})
    said = {"act": "deliver", "text": "三种方法的结果相互印证。", **VALUED}
    assert selling.post(where, said).status_code == 400, "no file"
    unsure = selling.post(where, {**said, "market_weight": "70", "paper": SimpleUploadedFile("r.pdf", PDF, "application/pdf")})
    assert (unsure.status_code, EngagementReport.objects.count()) == (400, 0), "the weights sum to 120"
    assert "900000 10 -5 0" in unsure.content.decode(), "what was typed stays"
    paper = SimpleUploadedFile("r.pdf", PDF, "application/pdf")
    selling.post(where, {**said, "paper": paper})
    card = buying.get(f"/reports/{EngagementReport.objects.get().code}/").content.decode()
    assert "950,250" in card, "each method with its effects, by the client"
    assert "不得入账" in card
    shown = buying.get(where).content.decode()
    assert "确认并支付" in shown
    assert "600" in shown, "the venue's fee is itemised"
    assert buying.post(where, {"act": "approve"}).status_code == 302
    order.refresh_from_db()
    assert (order.status, order.paid_fen) == ("completed", 1_940_000)
    assert "To the provider" in browser_of(make_user(Role.DATA_MERCHANT, organization=buyer), "en").get(where).content.decode()


@covers("R61", "R88", "T36")
def test_a_report_is_shown_where_it_belongs_and_its_file_only_to_those_concerned() -> None:
    buyer, buying = client()
    seller = make_organization()
    dispute = disputed(buyer, seller)
    world = Ordered(about=dispute.code, client_of=(buyer, buying)).accepted()
    report = world.report()
    card = f"/reports/{report.code}/"
    other_side, stranger = browser_of(make_user(Role.DATA_MERCHANT, organization=seller)), browser_of(make_user(Role.BUYER))
    assert other_side.get(card).status_code == 404, "before it is accepted it is the client's"
    approve_report(engagement=world.order, actor=buying, clock=clock())
    shown = other_side.get(f"/desk/disputes/{dispute.code}/").content.decode()
    assert report.code in shown
    assert world.offer.provider.name in shown
    assert other_side.get(f"{card}?file=1").status_code == 200
    assert (stranger.get(card).status_code, stranger.get(f"{card}?file=1").status_code, Client().get(card).status_code) == (404, 404, 404)
    officer = browser_of(make_user(Role.COMPLIANCE_OFFICER))
    assert officer.post(card, {"text": "引用的合同并不存在。"}).status_code == 302
    assert EngagementReport.objects.get().status == "questioned"
    assert "存疑" in other_side.get(card).content.decode()


@covers("R61")
def test_a_report_on_a_public_listing_is_shown_on_its_page_to_everyone() -> None:
    from tests.trading.worlds import make_listing

    listing = make_listing(make_organization())
    world = Ordered(about=listing.code).accepted()
    report = world.report()
    approve_report(engagement=world.order, actor=world.buying, clock=clock())
    shown = Client().get(f"/listings/{listing.code}/").content.decode()
    assert report.code in shown
    card = Client().get(f"/reports/{report.code}/")
    assert card.status_code == 200
    assert report.summary not in card.content.decode(), "the card names author, date and hash; what it says is the client's"
    assert Client().get(f"/reports/{report.code}/?file=1").status_code == 404
