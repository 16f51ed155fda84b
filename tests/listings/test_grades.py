"""T49, W4: nothing is classed or graded below its scan or its past without a reviewer's record, and core data reaches no shelf."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from evidence.invariants import check_all
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import GradeStatement, ListingVersion
from listings.operations import attach_file, draft_version, save_draft, set_aside_grade, submit_listing
from participants.roles import Role
from tests.factories import make_actor
from tests.listings.worlds import FACTS, Seller, desk_decides, make_draft, make_listed, make_seller

pytestmark = pytest.mark.django_db

PERSONS = ("编号,证件\n" + "11010519491231002X\n".join(f"{n}," for n in range(1, 31)) + "11010519491231002X\n").encode()


def saved(seller: Seller, version: ListingVersion, **changes: Any) -> ListingVersion:
    version.refresh_from_db()
    return save_draft(version=version, edit_version=version.edit_version, changes=changes, actor=seller.actor, clock=seller.clock)


def with_persons(seller: Seller) -> ListingVersion:
    return attach_file(version=make_draft(seller), stream=io.BytesIO(PERSONS), name="t.csv", actor=seller.actor, clock=seller.clock)


def submit(seller: Seller, version: ListingVersion) -> ListingVersion:
    version.refresh_from_db()
    return submit_listing(version=version, actor=seller.actor, clock=seller.clock)


def refusal(seller: Seller, version: ListingVersion) -> Rejected:
    with pytest.raises(Rejected) as refused:
        submit(seller, version)
    return refused.value


@covers("W4", "B4", "T49")
def test_a_statement_below_the_scan_is_refused_with_the_column_that_contradicts_it() -> None:
    seller = make_seller()
    version = with_persons(seller)
    assert [(one["column"], one["kind"], one["count"]) for one in version.scan] == [("证件", "resident_id", 30)]
    assert "110105" not in str(version.scan) and "110105" not in str(version.sample)
    found = refusal(seller, version)
    assert found.code == "listings.version.below_scan"
    assert {fault.field for fault in found.errors} == {"facts.contains_pi", "facts.contains_spi"}
    assert all("证件" in fault.text[0] for fault in found.errors)


@covers("W4", "T49")
def test_a_contested_finding_goes_to_two_reviewers_who_must_put_their_finding_on_record() -> None:
    seller = make_seller()
    version = submit(seller, saved(seller, with_persons(seller), class_note="系测试用的虚构号码，不对应任何自然人。"))
    assert (version.depth, version.class_contested) == ("red", True) and "class_contested" in version.depth_reasons
    with pytest.raises(Rejected, match=r"class_record_missing"):
        desk_decides(version, "approve", seller.clock)
    version.reviews.update(status="waiting", reviewer=None, person=None)
    desk_decides(version, "approve", seller.clock, class_record="抽查十条，均为虚构号码")
    desk_decides(version, "approve", seller.clock, class_record="同意初审认定")
    version.refresh_from_db()
    assert version.status == "published" and GradeStatement.objects.filter(cause="set_aside").count() == 1
    assert check_all(only={"I16", "I18"}).violations == []


@covers("T49")
def test_the_database_approves_no_contested_version_without_a_reviewers_record() -> None:
    """The naive variant: a status moved by hand."""
    seller = make_seller()
    version = submit(seller, saved(seller, with_persons(seller), class_note="系测试用的虚构号码。"))
    with pytest.raises(IntegrityError, match=r"no reviewer"), transaction.atomic():
        ListingVersion.objects.filter(pk=version.pk).update(status="approved")


@covers("T49", "R19")
def test_what_was_once_graded_core_is_not_sold_under_a_lower_grade() -> None:
    seller = make_seller()
    version = saved(seller, make_draft(seller), grade="core")
    assert refusal(seller, version).code == "listings.version.prohibited"
    version = saved(seller, version, grade="general", class_note="重新评估")
    assert refusal(seller, version).code == "listings.version.core_relabelled"
    version = set_aside(version, "general")
    assert submit(seller, version).status == "submitted"


def set_aside(version: ListingVersion, grade: str) -> ListingVersion:
    by = make_actor(Role.REGULATOR, capabilities=("review_second",))
    set_aside_grade(version=version, grade=grade, reason="误填，核对资料后更正", actor=by, clock=make_seller().clock)
    version.refresh_from_db()
    return version


@covers("T49")
def test_only_a_second_reviewer_of_the_regulator_sets_a_grade_aside() -> None:
    seller = make_seller()
    version = saved(seller, make_draft(seller), grade="core")
    for actor in (seller.actor, make_actor(Role.COMPLIANCE_OFFICER), make_actor(Role.REGULATOR, capabilities=("review_first",))):
        with pytest.raises(Rejected):
            set_aside_grade(version=version, grade="general", reason="误填，更正", actor=actor, clock=seller.clock)


@covers("T49", "R19")
def test_no_path_puts_core_data_on_sale() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    product, version = listing.product, listing.version
    assert version is not None
    GradeStatement.objects.create(product=product, version=version, grade="core", actor="x", at=seller.clock.now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT listings_tradable(%s, market_now())", [listing.pk])
        assert cursor.fetchone()[0] == "listings.listing.core_data"
    listing.status = "suspended"
    listing.save(update_fields=["status"])
    listing.status = "listed"
    with pytest.raises(IntegrityError, match=r"core_data"), transaction.atomic():
        listing.save(update_fields=["status"])
    for sql in ("UPDATE listings_gradestatement SET grade = 'general'", "DELETE FROM listings_gradestatement"):
        with pytest.raises(Exception, match=r"permission denied|append"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


@covers("T49")
@pytest.mark.parametrize("changes", [{"stage": "intermediate"}, {"category": "personal", "delivery_mode": "clean_room"}])
def test_a_class_changed_after_registration_or_approval_is_reviewed_anew_by_two(changes: dict[str, str]) -> None:
    seller = make_seller()
    listing = make_listed(seller)
    version = saved(seller, draft_version(listing=listing, actor=seller.actor, clock=seller.clock), **changes)
    assert "relabelled" in submit(seller, version).depth_reasons


@covers("T49")
def test_important_data_becomes_general_only_explained_and_over_a_reviewers_record() -> None:
    seller = make_seller()
    version = saved(seller, make_draft(seller), grade="important", delivery_mode="clean_room")
    version = saved(seller, version, grade="general")
    assert refusal(seller, version).code == "listings.version.below_scan"
    version = submit(seller, saved(seller, version, class_note="已按行业规则脱敏，重新定级为一般数据。"))
    assert version.class_contested and version.depth == "red"


@covers("B3", "R11", "R15")
@pytest.mark.parametrize("changes", [
    {"category": "personal", "stage": "raw"}, {"grade": "important"},
    {"category": "public", "stage": "raw", "facts": {**FACTS, "public_authorised": True, "public_open_status": "shared"},
     "delivery_mode": "api"},
])
def test_a_delivery_that_the_cell_does_not_allow_is_refused_with_what_is_allowed(changes: dict[str, Any]) -> None:
    seller = make_seller()
    found = refusal(seller, make_draft(seller, **changes))
    assert found.code == "listings.version.delivery_not_allowed"
    assert [fault.field for fault in found.errors] == ["delivery_mode"] and "clean" in found.errors[0].text[1]


@covers("T48", "R84")
@pytest.mark.parametrize("field", ["title_zh", "summary_zh", "description_zh", "description_en", "keywords", "update_frequency",
                                   "class_note"])
def test_no_text_of_a_listing_is_a_way_past_the_screening_after_approval(field: str) -> None:
    """Approved clean, then edited in one place; whatever the page shows was looked through."""
    seller = make_seller()
    clean = draft_version(listing=make_listed(seller), actor=seller.actor, clock=seller.clock)
    version = submit(seller, saved(seller, clean, **{field: "按月更新，每月初发布上月的全部记录，含国-家-秘-密。"}))
    assert version.status == "submitted"
    where = {"title_zh": "title", "summary_zh": "description", "description_zh": "description", "description_en": "description"}
    assert [(hit["rule"], hit["where"]) for hit in version.screening["hits"]] == [("NL-P-01", where.get(field, field))]


@covers("T48")
def test_a_clean_listing_edited_after_approval_is_screened_again_and_held() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    clean = draft_version(listing=listing, actor=seller.actor, clock=seller.clock)
    version = submit(seller, saved(seller, clean, keywords="guo jia mi mi"))
    assert version.status == "submitted" and "term_suspicion" in version.depth_reasons
    assert [(hit["rule"], hit["how"], hit["where"]) for hit in version.screening["hits"]] == [("NL-P-01", "spelled", "keywords")]
    listing.refresh_from_db()
    assert listing.version_id != version.pk, "what is on sale stays the approved one"
