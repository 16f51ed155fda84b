"""The supply desk in the browser's words: every step of a seller by forms, every refusal in place, nobody else's things."""

from __future__ import annotations

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kit.coverage import covers
from kit.rejected import registered_refusals
from listings.models import DataResource, Listing, ListingVersion, PropertyRight, Registration
from listings.operations import accept_registration, draft_version, pass_registration
from participants.actors import actor_of
from participants.models import User
from participants.roles import Role
from tests.compliance.worlds import signed
from tests.factories import clock, make_actor, make_organization, make_user
from tests.listings.worlds import CONTENT, FACTS, Seller, make_draft, make_listed

pytestmark = pytest.mark.django_db


def signed_in(role: str = Role.DATA_MERCHANT, *, declared: bool = True) -> tuple[Client, Seller, User]:
    """A browser of a merchant's person, and the merchant."""
    user = make_user(role, organization=make_organization(role))
    assert user.acting_for is not None
    seller = Seller(user.acting_for, actor_of(user), clock())
    if declared:
        signed(seller.organization, seller.actor, seller.clock)
    browser = Client()
    browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return browser, seller, user


def form_of(**changes: str) -> dict[str, object]:
    """The long form as a person fills it."""
    sent: dict[str, object] = {name: CONTENT[name] for name in ("title_zh", "title_en", "summary_zh", "description_zh", "sector",
                                                                "category", "stage",
                                                            "grade", "delivery_mode")}
    sent |= {"price_fen": "48,000", "purposes": ["industry", "research"], "regions": "CN", "term_days": "365", "sale_mode": "fixed",
             "pricing_mode": "market"}
    for name, value in FACTS.items():
        sent[f"fact_{name}"] = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return {**sent, **changes}


CSV = SimpleUploadedFile("usage.csv", "日期,站点,利用率\n2026-01-01,甲,0.31\n2026-01-02,乙,0.28\n".encode(), "text/csv")


@covers("D3", "B5", "D5")
def test_a_seller_walks_from_a_product_to_the_review_by_forms_alone() -> None:
    browser, seller, _ = signed_in()
    answer = browser.post("/desk/products/new/", {"title_zh": "充电桩利用率", "kind": "dataset", "source_statement": "自有设备采集"})
    listing = Listing.objects.get(organization=seller.organization)
    assert answer["Location"] == f"/desk/listings/{listing.code}/edit/"
    for right in ("hold", "use", "operate"):
        assert browser.post("/desk/rights/", {"product": listing.product.code, "right": right, "origin": "self_generated", "purposes": "*",
                                              "territory": "CN", "sublicence_depth": "1"}).status_code == 302
    proof = SimpleUploadedFile("proof.pdf", b"%PDF-1.4\n" + b"x" * 200, "application/pdf")
    assert browser.post("/desk/registrations/", {"product": listing.product.code, "kind": "first", "regime": "enterprise", "proof": proof,
                                                 "statement": "全部数据由自有设备采集，权属清晰。"}).status_code == 302
    registration = Registration.objects.get()
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    accept_registration(registration=registration, actor=officer, clock=clock())
    pass_registration(registration=registration, actor=officer, clock=clock())
    page = f"/desk/listings/{listing.code}/"
    version = ListingVersion.objects.get(listing=listing)
    assert browser.post(f"{page}edit/", form_of(edit_version=str(version.edit_version))).status_code == 302
    assert browser.post(f"{page}file/", {"file": CSV}).status_code == 302
    assert browser.post(f"{page}shares/", {"party": [seller.organization.code], "weight": ["3"]}).status_code == 302
    version.refresh_from_db()
    shown = browser.get(f"{page}edit/").content.decode()
    assert "100%" in shown and version.file_sha256[:4] in shown
    assert browser.post(f"{page}submit/", {"edit_version": version.edit_version}).status_code == 302
    version.refresh_from_db()
    assert (version.status, version.depth, version.price_fen) == ("submitted", "amber", 4_800_000)
    for where in ("/desk/listings/", f"{page}edit/", f"{page}versions/", "/desk/registrations/", "/desk/rights/", "/desk/resources/"):
        assert browser.get(where).status_code == 200, where


def test_a_submit_that_cannot_pass_comes_back_with_each_obstacle_at_its_place() -> None:
    browser, seller, _ = signed_in()
    draft = make_draft(seller, facts={"source_lawful": True})
    answer = browser.post(f"/desk/listings/{draft.listing.code}/submit/", {"edit_version": draft.edit_version})
    page = answer.content.decode()
    assert answer.status_code == 422 and "listings.version.needs_info" in page
    assert 'href="#id_fact_state_secret"' in page
    field = re.search(r'<select[^>]*name="fact_state_secret"[^>]*>', page)
    assert field and 'aria-invalid="true"' in field[0]


@covers("T8")
def test_a_stale_form_is_answered_409_and_nothing_is_written() -> None:
    browser, seller, _ = signed_in()
    draft = make_draft(seller)
    page = f"/desk/listings/{draft.listing.code}/edit/"
    old = str(draft.edit_version)
    assert browser.post(page, form_of(edit_version=old, title_zh="先到的修改内容")).status_code == 302
    answer = browser.post(page, form_of(edit_version=old, title_zh="后到的修改内容"))
    assert answer.status_code == 409 and "listings.version.stale" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.title_zh == "先到的修改内容"


def test_autosave_answers_with_the_meter_and_the_next_save_number() -> None:
    browser, seller, _ = signed_in()
    draft = make_draft(seller)
    page = f"/desk/listings/{draft.listing.code}/edit/"
    answer = browser.post(page, form_of(edit_version=str(draft.edit_version)), headers={"HX-Request": "true"})
    body = answer.content.decode()
    assert answer.status_code == 200 and "<html" not in body and f'value="{draft.edit_version + 1}"' in body
    faulty = browser.post(page, form_of(edit_version=str(draft.edit_version + 1), price_fen="1e3"), headers={"HX-Request": "true"})
    assert faulty.status_code == 400 and "没有保存" in faulty.content.decode()


@covers("T11")
@pytest.mark.parametrize("typed", ["-1", "1e3", "１２", "٣", "1_000", "NaN", "99999999999999999999", "1.234"])
def test_a_price_is_read_strictly(typed: str) -> None:
    browser, seller, _ = signed_in()
    draft = make_draft(seller)
    answer = browser.post(f"/desk/listings/{draft.listing.code}/edit/", form_of(edit_version=str(draft.edit_version), price_fen=typed))
    assert answer.status_code == 400
    draft.refresh_from_db()
    assert draft.price_fen == CONTENT["price_fen"]


@covers("T36", "T37")
def test_a_stranger_finds_nothing_of_another_seller_and_a_visitor_signs_in_first() -> None:
    _, owner, _ = signed_in()
    draft = make_draft(owner)
    right = PropertyRight.objects.filter(organization=owner.organization).first()
    registration = Registration.objects.get()
    resource = DataResource.objects.create(code="RES-0000000000", organization=owner.organization, identity="a" * 64, row_hash="a" * 64,
                                           title="甲",
                                           created_at=owner.clock.now())
    assert right is not None
    stranger, _, _ = signed_in()
    code = draft.listing.code
    pages = [f"/desk/listings/{code}/edit/", f"/desk/listings/{code}/versions/", f"/desk/resources/{resource.code}/"]
    acts = [f"/desk/listings/{code}/{act}/" for act in ("edit", "file", "shares", "submit", "revise", "discard", "withdraw", "publish",
                                                        "suspend",
                                                        "resume", "delist")]
    acts += [f"/desk/rights/{right.code}/{act}/" for act in ("grant", "suspend", "lift")]
    acts += [f"/desk/registrations/{registration.code}/{act}/" for act in ("proof", "apply", "withdraw", "reply")]
    acts += [f"/desk/resources/{resource.code}/", f"/desk/resources/{resource.code}/product/"]
    for page in pages:
        assert stranger.get(page).status_code == 404, page
        assert Client().get(page).status_code == 302, page
    for act in acts:
        answer = stranger.post(act, {"to": owner.organization.code, "purposes": "*", "territory": "*", "title_zh": "x", "kind": "dataset",
                                     "proof": SimpleUploadedFile("a.txt", b"a"), "file": SimpleUploadedFile("a.csv", b"a\n1\n")})
        assert answer.status_code == 404, act
        assert Client().post(act).status_code == 302, act
    for page in ("/desk/listings/", "/desk/rights/", "/desk/registrations/", "/desk/resources/"):
        shown = stranger.get(page).content.decode()
        assert not [one for one in (code, right.code, registration.code, resource.code) if one in shown], page
    draft.refresh_from_db()
    assert draft.status == "draft"


@covers("T36")
@pytest.mark.parametrize("role", [Role.REGULATOR, Role.AUDITOR, Role.COMPLIANCE_OFFICER])
def test_the_desks_of_supervision_are_not_the_sellers_desk(role: str) -> None:
    user = make_user(role)
    browser = Client()
    browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
    assert browser.get("/desk/listings/").status_code == 403


def test_a_seller_suspends_and_resumes_and_delists_his_own() -> None:
    browser, seller, _ = signed_in()
    listing = make_listed(seller)
    page = f"/desk/listings/{listing.code}/"
    browser.post(f"{page}suspend/", {"reason": "更新数据"})
    assert Listing.objects.get(pk=listing.pk).status == "suspended"
    assert "更新数据" in browser.get(f"{page}edit/").content.decode()
    browser.post(f"{page}resume/")
    assert Listing.objects.get(pk=listing.pk).status == "listed"
    browser.post(f"{page}delist/", {"reason": "停止更新"})
    assert Listing.objects.get(pk=listing.pk).status == "delisted"


def test_versions_are_compared_field_by_field() -> None:
    browser, seller, _ = signed_in()
    listing = make_listed(seller)
    draft = draft_version(listing=listing, actor=seller.actor, clock=seller.clock)
    browser.post(f"/desk/listings/{listing.code}/edit/", form_of(edit_version=str(draft.edit_version), price_fen="52,000", stage="raw"))
    page = browser.get(f"/desk/listings/{listing.code}/versions/").content.decode()
    assert "¥48,000" in page and "¥52,000" in page and "须重新审核" in page


def test_a_catalogue_comes_in_from_the_desk_and_a_blank_title_is_mended_there() -> None:
    browser, seller, _ = signed_in()
    rows = [{"标题": "公交线路", "提供单位": "交通局", "描述": "线路"}, {"标题": "", "提供单位": "交通局", "描述": "无题"}]
    upload = SimpleUploadedFile("anhui.json", json.dumps(rows, ensure_ascii=False).encode())
    answer = browser.post("/desk/resources/import/", {"catalogue": upload})
    assert answer.status_code == 200 and "title_missing" in answer.content.decode()
    blank = DataResource.objects.get(organization=seller.organization, missing=["title"])
    browser.post(f"/desk/resources/{blank.code}/", {"title": "公交站点"})
    blank.refresh_from_db()
    assert (blank.title, blank.missing) == ("公交站点", [])


def test_pages_read_in_english_as_well() -> None:
    browser, seller, _ = signed_in()
    draft = make_draft(seller)
    for page in ("/desk/listings/", f"/desk/listings/{draft.listing.code}/edit/"):
        shown = browser.get(page, headers={"Accept-Language": "en"}).content.decode()
        assert 'lang="en"' in shown


def test_every_refusal_has_both_languages_and_a_known_status() -> None:
    for code, one in registered_refusals().items():
        if code.startswith("listings."):
            assert all(one.title) and one.status in {400, 403, 404, 409, 422}, code

