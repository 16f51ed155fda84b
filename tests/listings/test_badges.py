"""The four badges, the value layer and the three-part report: computed from rows, never typed in, each with its reason (R2, R41, W13)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client

from evidence.operations import drain
from kit.coverage import covers
from listings.badges import Badge, badges_of, value_layer
from listings.conformity import Part, conformity
from listings.grounds import Fact, Grounds, grounds_of
from listings.lineage import soon
from listings.models import Listing, ListingVersion, RegistrationCertificate
from listings.operations import suspend_listing
from listings.queries import product_page, tradable
from participants.roles import Role
from tests.factories import NOW, make_actor
from tests.listings.worlds import make_listed, make_right, make_seller

pytestmark = pytest.mark.django_db


def on(listing: Listing) -> Grounds:
    listing.refresh_from_db()
    assert listing.version is not None
    return grounds_of(listing, listing.version, refusal=tradable(listing, at=NOW), at=NOW)


def badges(listing: Listing) -> dict[str, Badge]:
    return {one.name: one for one in badges_of(on(listing))}


def parts(listing: Listing) -> dict[str, Part]:
    return {one.name: one for one in conformity(on(listing))}


@covers("R2", "R5")
def test_a_listing_that_rests_on_everything_has_all_four_badges_and_each_tells_the_papers_it_rests_on() -> None:
    listing = make_listed()
    drain()
    found = badges(listing)
    assert {name: one.holds for name, one in found.items()} == dict.fromkeys(("usable", "trusted", "tradable", "traceable"), True)
    codes = {fact.code[:3] for one in found.values() for fact in one.facts}
    assert {"CRT", "DCL", "LSV", "LST", "REG"} <= codes
    assert all(zh and en for one in found.values() for zh, en in [fact.text for fact in one.facts])
    assert any("封存于第" in fact.text[0] for fact in found["traceable"].facts), "its entry in the log is told"


@covers("R2")
def test_usable_is_lost_when_the_file_is_gapped_and_says_how_much() -> None:
    listing = make_listed()
    loose = on(listing)
    loose.version.quality = {**loose.version.quality, "completeness": 871}
    found = {one.name: one for one in badges_of(loose)}["usable"]
    assert not found.holds and found.fact == ("完整性 87.1%，由文件算出", "87.1% complete, computed from the file")
    loose.version.quality = {}
    assert {one.name: one.holds for one in badges_of(loose)}["usable"] is False, "no file, no badge"


@covers("R2")
def test_trusted_is_lost_with_the_certificate_and_comes_from_no_text_of_the_seller() -> None:
    listing = make_listed(description_zh="本产品可用、可信、可流通、可追溯，质量优秀，已认证，官方权威。")
    RegistrationCertificate.objects.filter(pk=listing.certificate_id).update(status="frozen")
    found = badges(listing)
    assert not found["trusted"].holds and found["trusted"].fact[0] == "没有有效的登记凭证"
    assert not found["tradable"].holds, "what cannot be traded now is not tradable, whatever it calls itself"


@covers("R2")
def test_tradable_names_what_stands_in_the_way_and_remarks_a_right_that_ends_soon() -> None:
    listing = make_listed()
    parent = make_right(listing.product, "use", sublicence_depth=1)
    make_right(listing.product, "use", parent=parent, origin="contract", effective_to=NOW + (soon(NOW) - NOW) / 2)
    found = badges(listing)["tradable"]
    assert found.holds and found.fact == ("1 项权利将在 90 天起到期", "1 right ends from 90 days on"), "a remark, no loss"
    suspend_listing(listing=listing, reason=("例行核查", "Routine check"),
                    actor=make_actor(Role.COMPLIANCE_OFFICER), clock=make_seller().clock)
    found = badges(listing)["tradable"]
    assert not found.holds and found.fact == ("已停牌", "Suspended")


@covers("R2")
def test_traceable_is_lost_when_the_version_is_not_the_recorded_one() -> None:
    listing = make_listed()
    was = on(listing)
    was.version.content_hash = "00" * 32
    other = {one.name: one for one in badges_of(was)}["traceable"]
    assert not other.holds and other.fact[0] == "本版内容还没有存证"
    assert not {one.name: one for one in badges_of(replace(was, told=None, records=0))}["traceable"].holds


def test_a_remark_alone_makes_no_badge() -> None:
    assert not Badge("x", ("甲", "A"), (Fact(("备注", "remark"), None),)).holds


@covers("R41", "R5")
def test_the_report_has_three_parts_each_with_its_article_and_says_what_is_only_stated() -> None:
    found = parts(make_listed())
    assert list(found) == ["source", "privacy", "conduct"] and all(one.holds for one in found.values())
    assert all("第八" in one.basis[0] and "item" in one.basis[1] for one in found.values())
    assert ("来源合法（卖方申报）", True) in [(fact.text[0], fact.holds) for fact in found["source"].facts]
    assert any(fact.text[0].startswith("负面清单") for fact in found["conduct"].facts)
    assert any("一人审核" in fact.text[0] for fact in found["conduct"].facts)


@covers("R41")
@pytest.mark.parametrize(("part", "facts", "told"), [
    ("source", {"source_lawful": None}, "来源是否合法未申报"),
    ("source", {"rights_disputed": True}, "权属有争议或未说明"),
    ("source", {"source_type": "crawl", "crawl_terms_compliant": False}, "抓取是否合规未说明"),
    ("privacy", {"contains_pi": None}, "是否含个人信息未申报"),
    ("privacy", {"contains_pi": True, "legal_basis": "bundled_consent"}, "一揽子授权"),
    ("privacy", {"contains_pi": True, "legal_basis": "consent", "consent_scope_covers_use": False}, "同意是否覆盖用途未说明"),
    ("privacy", {"contains_pi": True, "legal_basis": "statutory", "contains_minor_u14": True}, "没有监护人同意"),
])
def test_one_fact_that_does_not_hold_fails_its_part_alone_and_is_named(part: str, facts: dict[str, object], told: str) -> None:
    grounds = on(make_listed())
    grounds.version.facts = {**grounds.version.facts, **facts}
    found = {one.name: one for one in conformity(grounds)}
    assert [name for name, one in found.items() if not one.holds] == [part]
    assert any(told in fact.text[0] for fact in found[part].wanting)


@covers("R41")
def test_a_standing_below_what_listing_needs_fails_the_third_part() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    suspend_listing(listing=listing, reason=("例行核查", "Routine check"),
                    actor=make_actor(Role.COMPLIANCE_OFFICER), clock=seller.clock)
    assert [fact.text for fact in parts(listing)["conduct"].wanting] == [("例行核查", "Routine check")]


@covers("W13")
@pytest.mark.parametrize(("stage", "kind", "delivery", "level"), [
    ("raw", "dataset", "query", 1), ("intermediate", "dataset", "download", 2), ("product", "dataset", "download", 3),
    ("product", "api", "api", 3), ("product", "report", "download", 4), ("product", "model", "model", 4),
    ("product", "dataset", "verification", 4), ("raw", "report", "report", 1),
])
def test_the_four_value_layers_follow_stage_kind_and_delivery(stage: str, kind: str, delivery: str, level: int) -> None:
    found = value_layer(ListingVersion(stage=stage, delivery_mode=delivery), kind)
    assert found is not None and found.level == level and all(found.because)


def test_without_a_stage_there_is_no_layer() -> None:
    assert value_layer(ListingVersion(), "dataset") is None


@covers("R2", "R41")
@pytest.mark.parametrize(("language", "words"), [("zh-hans", ("四项标识", "来源合法", "隐私保护到位", "流通和交易规范", "价值层次")),
                                                 ("en", ("Four badges", "Lawful source", "Privacy protected", "Conduct of circulation"))])
def test_both_pages_tell_badges_report_and_facts_and_the_api_the_same(client: Client, language: str, words: tuple[str, ...]) -> None:
    listing = make_listed()
    client.cookies["django_language"] = language
    why = client.get(f"/listings/{listing.code}/why/").content.decode()
    assert all(word in why for word in words), words
    assert listing.certificate is not None and listing.certificate.code in why
    page = client.get(f"/listings/{listing.code}/").content.decode()
    assert words[1] in page and f"/listings/{listing.code}/why/#trusted" in page and "/why/#report" in page
    told = client.get(f"/api/listings/{listing.code}/").json()
    found = product_page(listing, at=NOW)
    assert found is not None
    assert told["badges"] == {one.name: one.holds for one in found.badges} and list(told["compliance"]) == ["source", "privacy", "conduct"]
