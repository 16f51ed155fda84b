"""A failed re-identification test changes the stated fact: the product counts as personal information until a later test passes (R32)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.anonymity import TEST, category_of, counts_as_personal
from listings.models import Condition, Listing, ListingIndex, ListingVersion, ScreeningRun
from listings.operations import (
    decide_condition,
    draft_version,
    fail_test,
    open_retest,
    provide_condition,
    rescreen_listing,
    submit_listing,
)
from listings.queries import product_page, tradable
from listings.submitting import screen_version
from participants.models import Notice
from participants.roles import Role
from tests.exchange.worlds import signed_in
from tests.factories import make_actor
from tests.listings.worlds import FACTS, Seller, desk_decides, make_deposit, make_draft, make_seller

pytestmark = pytest.mark.django_db
#: Said to be anonymised; consents for its processing are there, so it may be sold as personal information too.
ANONYMISED: dict[str, Any] = {**FACTS, "contains_pi": True, "pi_anonymised": True, "legal_basis": "separate_consent",
                              "consent_scope_covers_use": True}


def on_sale(seller: Seller | None = None, **changes: Any) -> tuple[Listing, Seller]:
    """An anonymised product on sale, its test report accepted."""
    seller = seller or make_seller()
    version = submit_listing(version=make_draft(seller, **{"facts": ANONYMISED, **changes}), actor=seller.actor, clock=seller.clock)
    for _ in range(2):
        desk_decides(version, "approve", seller.clock)
    return again(version), seller


def again(version: ListingVersion) -> Listing:
    return Listing.objects.select_related("version", "organization", "product", "certificate").get(pk=version.listing_id)


def the_test(listing: Listing, status: str = "met") -> Condition:
    return Condition.objects.filter(version=listing.version, condition=TEST, status=status).latest("pk")


def failed(listing: Listing, seller: Seller, actor: Actor | None = None) -> Listing:
    by = actor or make_actor(Role.REGULATOR)
    fail_test(condition=the_test(listing), reason="以邮编和出生日期复原 37 人", actor=by, clock=seller.clock)
    assert listing.version is not None
    return again(listing.version)


def report_passes(listing: Listing, seller: Seller) -> None:
    one = provide_condition(condition=the_test(listing, "open"), statement="改用 k=20 泛化后复测，未能复原", actor=seller.actor,
                            deposit=make_deposit(seller.organization, "retest.pdf"), clock=seller.clock)
    decide_condition(condition=one, met=True, reason="复测方法与结果可复核", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=seller.clock)


def facet(listing: Listing) -> str:
    return ListingIndex.objects.get(listing=listing).category


@covers("R32", "W6", "R4", "I16")
def test_r32_a_failed_test_makes_the_product_personal_information_everywhere_at_once() -> None:
    """Sold as anonymised enterprise data by download; a test finds 37 persons: it is off sale as personal data in the same act."""
    listing, seller = on_sale()
    version = listing.version
    assert version is not None
    assert (listing.status, facet(listing), category_of(version)) == ("listed", "enterprise", "enterprise")
    listing = failed(listing, seller)
    stated = ScreeningRun.objects.filter(version=version).latest("pk").facts
    assert (stated["contains_pi"], stated["pi_anonymised"], stated["subject_class"]) == (True, False, "personal"), "the verdict"
    assert (category_of(version), facet(listing)) == ("personal", "personal"), "the cell and the facet"
    assert ListingIndex.objects.get(listing=listing).card.count('"personal"') == 1, "lists for programs say so too"
    asked = set(version.asked.exclude(status__in=["void", "failed"]).values_list("condition", flat=True))
    assert {"responsible_person_named", "pipia_report"} <= asked, "the conditions of a sale of personal information"
    assert (listing.status, tradable(listing, at=seller.clock.now())) == ("suspended", "listings.listing.suspended")
    page = product_page(listing, at=seller.clock.now())
    privacy = {fact.text[0]: fact.holds for part in (page.report if page else []) if part.name == "privacy" for fact in part.facts}
    assert "重新识别测试未通过，按个人信息对待" in privacy
    told = Notice.objects.filter(organization=seller.organization, tone="bad").latest("pk")
    assert "37 人" in told.text_zh and "出路" in told.text_zh, "the seller reads why and the way back"


@covers("R32", "R31")
def test_r32_as_personal_information_it_may_go_on_with_what_that_needs() -> None:
    listing, seller = on_sale()
    listing = failed(listing, seller)
    assert listing.version is not None
    for one in listing.version.asked.filter(status="open").exclude(condition=TEST):
        given = provide_condition(condition=one, statement="已按要求办理，附证明。", actor=seller.actor, clock=seller.clock,
                                  deposit=make_deposit(seller.organization, f"{one.condition}.pdf") if one.proof == "document" else None)
        decide_condition(condition=given, met=True, reason="已核对凭据", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=seller.clock)
    for one in listing.version.asked.filter(status="provided"):
        decide_condition(condition=one, met=True, reason="已核对凭据", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=seller.clock)
    listing = again(listing.version)
    assert (listing.status, tradable(listing, at=seller.clock.now())) == ("listed", ""), "sold as what it is"
    assert listing.version is not None and counts_as_personal(listing.version)
    assert facet(listing) == "personal"


@covers("R32", "R4")
def test_r32_a_later_test_of_the_file_that_passes_turns_all_of_it_back() -> None:
    listing, seller = on_sale()
    listing = failed(listing, seller)
    report_passes(listing, seller)
    assert listing.version is not None
    listing = again(listing.version)
    assert listing.version is not None and not counts_as_personal(listing.version)
    assert (listing.status, facet(listing)) == ("listed", "enterprise")
    assert set(listing.version.asked.filter(condition__in=["responsible_person_named", "pipia_report"]).values_list(
        "status", flat=True)) == {"void"}, "what only personal information needs is not asked any more"
    again_failed = failed(listing, seller, make_actor(Role.COMPLIANCE_OFFICER))
    assert again_failed.status == "suspended", "and a still later one that fails counts again"


@covers("R32", "W3")
def test_r32_the_cell_of_personal_data_holds_a_delivery_it_does_not_allow() -> None:
    """Raw enterprise data may be downloaded, raw personal data may not: no proof releases it, a passed test does."""
    listing, seller = on_sale(stage="raw")
    listing = failed(listing, seller)
    assert listing.holds.filter(reason_code="personal.cell", lifted_at__isnull=True).exists()
    report_passes(listing, seller)
    assert listing.version is not None
    assert again(listing.version).status == "listed"
    assert not listing.holds.filter(lifted_at__isnull=True).exists()


@covers("R32")
def test_r32_without_a_legal_basis_it_is_barred_and_a_new_version_cannot_claim_otherwise() -> None:
    listing, seller = on_sale(facts={**ANONYMISED, "legal_basis": "none"})
    listing = failed(listing, seller)
    assert listing.version is not None
    assert rescreen_listing(listing=listing, at=seller.clock.now()) == "prohibited", "NL-P-07: personal information without a basis"
    draft = draft_version(listing=listing, actor=seller.actor, clock=seller.clock)
    with pytest.raises(Rejected, match=r"version\.prohibited"):
        submit_listing(version=draft, actor=seller.actor, clock=seller.clock)


@covers("R32")
def test_r32_a_better_file_is_tested_as_a_draft_and_the_test_holds_for_that_file_alone() -> None:
    listing, seller = on_sale(facts={**ANONYMISED, "legal_basis": "none"})
    listing = failed(listing, seller)
    draft = draft_version(listing=listing, actor=seller.actor, clock=seller.clock)
    ListingVersion.objects.filter(pk=draft.pk).update(file_sha256="cd" * 32)
    draft.refresh_from_db()
    one = open_retest(version=draft, actor=seller.actor, clock=seller.clock)
    with pytest.raises(Rejected, match="no_retest"):
        open_retest(version=draft, actor=seller.actor, clock=seller.clock)
    one = provide_condition(condition=one, statement="新文件按 k=20 泛化，复测未能复原", actor=seller.actor, clock=seller.clock,
                            deposit=make_deposit(seller.organization, "retest.pdf"))
    assert one.file_sha256 == "cd" * 32
    decide_condition(condition=one, met=True, reason="方法与结果可复核", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=seller.clock)
    assert not counts_as_personal(draft)
    assert listing.version is not None and counts_as_personal(listing.version), "the old file was not tested anew"
    ListingVersion.objects.filter(pk=draft.pk).update(file_sha256="ef" * 32)
    assert counts_as_personal(draft), "a file changed after its test is another file"
    ListingVersion.objects.filter(pk=draft.pk).update(file_sha256="cd" * 32)
    submitted = submit_listing(version=draft, actor=seller.actor, clock=seller.clock)
    assert [one.status for one in submitted.asked.filter(condition=TEST)] == ["met"], "the test is not asked for again"
    assert screen_version(submitted, at=seller.clock.now()).stated["pi_anonymised"] is True


@covers("R32", "I18")
def test_r32_only_a_test_fails_by_the_desk_and_the_database_keeps_what_was_decided() -> None:
    listing, seller = on_sale()
    test = the_test(listing)
    with pytest.raises(Rejected, match="denied"):
        fail_test(condition=test, reason="不是我的事", actor=seller.actor, clock=seller.clock)
    with pytest.raises(Rejected, match="reason_missing"):
        fail_test(condition=test, reason="差", actor=make_actor(Role.REGULATOR), clock=seller.clock)
    promise = Condition.objects.get(version=listing.version, condition="no_reidentify_covenant")
    with pytest.raises(Rejected, match="no_test"):
        fail_test(condition=promise, reason="不是测试的条件", actor=make_actor(Role.REGULATOR), clock=seller.clock)
    listing = failed(listing, seller)
    kept = the_test(listing, "failed")
    with pytest.raises(IntegrityError, match="may not go"), transaction.atomic():
        Condition.objects.filter(pk=kept.pk).update(status="met")
    with pytest.raises(IntegrityError, match="decided"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE listings_condition SET reason = 'x' WHERE id = %s", [kept.pk])
    assert the_test(listing, "met").decided_at is not None, "the report that was accepted stays on file"


@covers("R32")
def test_r32_an_approved_version_does_not_go_on_sale_on_an_answer_that_took_it_for_anonymised() -> None:
    seller = make_seller()
    version = submit_listing(version=make_draft(seller, facts=ANONYMISED), actor=seller.actor, clock=seller.clock)
    one = provide_condition(condition=version.asked.get(condition=TEST), statement="测试报告见附件", actor=seller.actor,
                            deposit=make_deposit(seller.organization, "t.pdf"), clock=seller.clock)
    fail_test(condition=one, reason="复原了个人", actor=make_actor(Role.REGULATOR), clock=seller.clock)
    for _ in range(2):
        desk_decides(version, "approve", seller.clock, prove=False)
    for row in version.asked.filter(status__in=["open", "provided"]).exclude(condition=TEST):
        if row.status == "open":
            row = provide_condition(condition=row, statement="买方合同已约定", actor=seller.actor, clock=seller.clock)
        if row.proof != "record":
            decide_condition(condition=row, met=True, reason="已核对凭据", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=seller.clock)
    assert again(version).status == "unlisted"
    with connection.cursor() as cursor:
        cursor.execute("SELECT listings_condition_obstacle(%s, %s)", [version.pk, seller.clock.now()])
        assert cursor.fetchone() == ("listings.version.counts_as_personal",)


@covers("R32")
def test_r32_seller_and_desk_meet_it_on_their_pages() -> None:
    listing, seller = on_sale()
    test = the_test(listing)
    desk = signed_in(make_actor(Role.COMPLIANCE_OFFICER))
    where = f"/admin/cases/{test.code}/"
    assert "测试未通过：按个人信息对待" in desk.get(where).content.decode()
    assert desk.post(where, {"act": "fail", "reason": "以邮编和出生日期复原 37 人"}).status_code == 302
    browser = signed_in(seller.actor)
    page = browser.get(f"/desk/listings/{listing.code}/edit/").content.decode()
    assert "复原 37 人" in page and "按个人信息对待" in page
    draft = draft_version(listing=again(listing.version), actor=seller.actor, clock=seller.clock)  # type: ignore[arg-type]
    assert "为本稿的文件提交新的测试报告" in browser.get(f"/desk/listings/{listing.code}/edit/").content.decode()
    assert browser.post(f"/desk/listings/{listing.code}/retest/").status_code == 302
    assert draft.asked.filter(condition=TEST, status="open").count() == 1
