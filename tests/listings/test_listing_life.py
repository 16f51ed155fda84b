"""A product walks: registered, drafted, submitted, reviewed as deep as it needs, on sale, off again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from compliance.operations import withdraw_declaration
from evidence.models import Record
from evidence.operations import drain
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from listings.drafting import EDITABLE
from listings.models import Listing, ListingVersion, Review
from listings.operations import (
    claim_review,
    decide_review,
    delist,
    draft_version,
    hold_listing,
    lift_hold,
    recuse_review,
    save_draft,
    submit_listing,
    suspend_listing,
)
from listings.queries import contributors, diff_to_last_approved, product_page, review_file, tradable
from participants.operations import set_standing
from participants.roles import Role
from tests.factories import make_actor, make_person, make_user
from tests.listings.worlds import desk_decides, make_draft, make_listed, make_registered, make_seller

pytestmark = pytest.mark.django_db


@covers("I16")
def test_an_amber_listing_goes_on_sale_by_one_decision_of_the_compliance_officer() -> None:
    seller = make_seller()
    version = submit_listing(version=make_draft(seller), actor=seller.actor, clock=seller.clock)
    assert (version.status, version.depth, version.depth_reasons) == ("submitted", "amber", ["first_listing"])
    desk_decides(version, "approve", seller.clock)
    listing = Listing.objects.get(pk=version.listing_id)
    assert (listing.status, listing.version_id) == ("listed", version.pk)
    assert tradable(listing, at=seller.clock.now()) == ""
    assert [one.organization for one in contributors(listing.version)] == [seller.organization]
    kinds = list(Record.objects.filter(subject=listing.code).order_by("at", "id").values_list("kind", flat=True))
    for kind in ("submitted", "review_assigned", "review_decided", "approved", "published"):
        assert f"listings.listing.{kind}" in kinds


@covers("R3", "R22")
def test_a_clean_second_product_of_a_known_seller_is_green_and_on_sale_at_once() -> None:
    seller = make_seller()
    make_listed(seller)
    version = submit_listing(version=make_draft(seller), actor=seller.actor, clock=seller.clock)
    assert (version.status, version.depth) == ("published", "green")
    assert not Review.objects.filter(version=version).exists()
    assert tradable(Listing.objects.get(pk=version.listing_id), at=seller.clock.now()) == ""


@covers("I18", "R32")
def test_personal_data_is_red_and_takes_two_different_regulators() -> None:
    seller = make_seller()
    draft = make_draft(seller, category="personal", facts={**make_facts(), "contains_pi": True, "legal_basis": "separate_consent"})
    version = submit_listing(version=draft, actor=seller.actor, clock=seller.clock)
    assert version.depth == "red" and "personal_data" in version.depth_reasons
    both = make_person()
    first = make_user(Role.REGULATOR, person=both, capabilities=("review_first", "review_second"))
    again = make_user(Role.REGULATOR, person=both, organization=first.acting_for, capabilities=("review_first", "review_second"))
    from participants.actors import actor_of

    desk_decides(version, "approve", seller.clock, actor_of(first))
    second = Review.objects.get(version=version, order=2)
    for account in (first, again):
        with pytest.raises(Rejected) as refused:
            claim_review(review=second, actor=actor_of(account), clock=seller.clock)
        assert refused.value.code == "listings.review.same_person"
    with pytest.raises(IntegrityError, match="review_persons_differ"), transaction.atomic():
        Review.objects.filter(pk=second.pk).update(status="assigned", reviewer=again, claimed_at=seller.clock.now())
    desk_decides(version, "approve_with_conditions", seller.clock, conditions=["pipia_report"])
    version.refresh_from_db()
    assert version.status == "published" and version.conditions == ["pipia_report"]


def make_facts() -> dict[str, object]:
    from tests.listings.worlds import FACTS

    return dict(FACTS)


def test_two_red_opinions_that_differ_open_a_third_row_which_is_final() -> None:
    seller = make_seller()
    version = submit_listing(version=make_draft(seller, stage="raw"), actor=seller.actor, clock=seller.clock)
    assert version.depth == "red" and version.depth_reasons == ["verdict_restricted"]
    desk_decides(version, "approve", seller.clock)
    desk_decides(version, "refuse", seller.clock)
    third = Review.objects.get(version=version, status="waiting")
    assert (third.order, third.needs) == (3, "review_second")
    desk_decides(version, "refuse", seller.clock)
    version.refresh_from_db()
    assert version.status == "refused"


def test_a_red_second_reviewer_sees_the_first_opinion_only_after_his_own_draft() -> None:
    from listings.operations import note_draft

    seller = make_seller()
    version = submit_listing(version=make_draft(seller, stage="raw"), actor=seller.actor, clock=seller.clock)
    desk_decides(version, "approve", seller.clock)
    row = Review.objects.get(version=version, order=2)
    actor = make_actor(Role.REGULATOR, capabilities=("review_second",))
    claim_review(review=row, actor=actor, clock=seller.clock)
    closed = review_file(version, reader_id=actor.user_id, at=seller.clock.now())
    assert (closed.opinions, closed.hidden) == ([], 1)
    note_draft(review=row, verdict="approve", reason="初步同意", actor=actor, clock=seller.clock)
    opened = review_file(version, reader_id=actor.user_id, at=seller.clock.now())
    assert len(opened.opinions) == 1 and opened.hidden == 0


def test_a_decision_without_a_rule_or_a_reason_is_refused() -> None:
    seller = make_seller()
    version = submit_listing(version=make_draft(seller), actor=seller.actor, clock=seller.clock)
    row = Review.objects.get(version=version)
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    claim_review(review=row, actor=officer, clock=seller.clock)
    for rules, reason in (([], "理由充分完整"), (["NL-R-06"], "嗯"), (["NL-R-06"], "")):
        with pytest.raises(Rejected) as refused:
            decide_review(review=row, verdict="approve", rules=rules, reason=reason, actor=officer, clock=seller.clock)
        assert refused.value.code == "listings.review.rule_missing"


def test_whoever_stands_back_makes_room_for_another_and_cannot_return() -> None:
    seller = make_seller()
    version = submit_listing(version=make_draft(seller), actor=seller.actor, clock=seller.clock)
    row = Review.objects.get(version=version)
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    claim_review(review=row, actor=officer, clock=seller.clock)
    fresh = recuse_review(review=row, reason="与卖方高管相识", actor=officer, clock=seller.clock)
    with pytest.raises(Rejected) as refused:
        claim_review(review=fresh, actor=officer, clock=seller.clock)
    assert refused.value.code == "listings.review.same_person"
    desk_decides(version, "approve", seller.clock)
    version.refresh_from_db()
    assert version.status == "published"


@covers("R53")
def test_nobody_reviews_his_own_house() -> None:
    seller = make_seller()
    version = submit_listing(version=make_draft(seller), actor=seller.actor, clock=seller.clock)
    officer = make_user(Role.COMPLIANCE_OFFICER)
    make_user(Role.DATA_MERCHANT, person=make_person(), organization=seller.organization)
    from participants.actors import actor_of
    from participants.models import OwnershipStake

    OwnershipStake.objects.create(owner=officer.acting_for, owned=seller.organization, share_bps=6000, effective_from=seller.clock.now())
    with pytest.raises(Rejected) as refused:
        claim_review(review=Review.objects.get(version=version), actor=actor_of(officer), clock=seller.clock)
    assert refused.value.code == "listings.review.conflict"


def test_a_returned_version_is_revised_as_a_new_one_with_the_difference_shown() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    draft = draft_version(listing=listing, actor=seller.actor, clock=seller.clock)
    draft = save_draft(version=draft, edit_version=draft.edit_version, changes={"price_fen": 5_000_000, "stage": "raw"}, actor=seller.actor,
                       clock=seller.clock)
    changes = {one.field: (one.before, one.after, one.weighty) for one in diff_to_last_approved(draft)}
    assert changes["price_fen"] == (4_800_000, 5_000_000, False) and changes["stage"] == ("product", "raw", True)
    version = submit_listing(version=draft, actor=seller.actor, clock=seller.clock)
    desk_decides(version, "return", seller.clock, reason="请补充来源证明")
    version.refresh_from_db()
    assert version.status == "returned" and version.due_at is not None
    again = draft_version(listing=listing, actor=seller.actor, clock=seller.clock)
    assert again.number == 3 and again.revises_id == version.pk
    submitted = submit_listing(version=again, actor=seller.actor, clock=seller.clock)
    version.refresh_from_db()
    assert version.status == "withdrawn" and submitted.status == "submitted"
    assert Listing.objects.get(pk=listing.pk).version_id == listing.version_id, "what is on sale stays until the new one is published"


@covers("T8")
def test_an_older_save_is_refused_and_overwrites_nothing() -> None:
    seller = make_seller()
    draft = make_draft(seller)
    opened = draft.edit_version
    save_draft(version=draft, edit_version=opened, changes={"title_zh": "甲的修改，先保存"}, actor=seller.actor, clock=seller.clock)
    with pytest.raises(Rejected) as refused:
        save_draft(version=draft, edit_version=opened, changes={"title_zh": "乙的修改，后保存"}, actor=seller.actor, clock=seller.clock)
    assert (refused.value.code, refused.value.status) == ("listings.version.stale", 409)
    assert ListingVersion.objects.get(pk=draft.pk).title_zh == "甲的修改，先保存"


@covers("T40")
def test_no_field_but_the_sellers_own_is_written_from_outside() -> None:
    seller = make_seller()
    draft = make_draft(seller)
    before = ListingVersion.objects.filter(pk=draft.pk).values().get()
    names = {name for field in ListingVersion._meta.concrete_fields for name in (field.name, field.attname)} - set(EDITABLE)
    assert {"organization_id", "status", "depth", "content_hash", "file_sha256", "reserve_salt", "screening"} <= names
    for name in sorted(names):
        with pytest.raises(Rejected) as refused:
            save_draft(version=draft, edit_version=draft.edit_version, changes={name: 1, "title_zh": "不会保存"}, actor=seller.actor,
                       clock=seller.clock)
        assert [fault.field for fault in refused.value.errors] == [name]
    assert ListingVersion.objects.filter(pk=draft.pk).values().get() == before


def naive_save(version: ListingVersion, changes: dict[str, object]) -> None:
    """The naive way: whatever was sent is set and saved."""
    for name, value in changes.items():
        setattr(version, name, value)
    version.save()


@covers("T40")
def test_saving_whatever_was_sent_lets_the_seller_grade_its_own_listing() -> None:
    """The mutant of T40: the guards of the database stop a state and an owner, not every field."""
    draft = make_draft(make_seller())
    naive_save(draft, {"depth": "green", "content_hash": "f" * 64, "file_sha256": "0" * 64})
    written = ListingVersion.objects.get(pk=draft.pk)
    assert (written.depth, written.content_hash, written.file_sha256) == ("green", "f" * 64, "0" * 64)


@covers("T11")
@pytest.mark.parametrize("amount", [-1, 2**53, 1.5, True, "100", "１２", [], 10**30])
def test_an_amount_is_a_whole_number_of_fen_in_range(amount: object) -> None:
    seller = make_seller()
    draft = make_draft(seller)
    with pytest.raises(Rejected) as refused:
        save_draft(version=draft, edit_version=draft.edit_version, changes={"price_fen": amount}, actor=seller.actor, clock=seller.clock)
    assert refused.value.status == 400 and refused.value.errors[0].field == "price_fen"


def test_every_obstacle_of_a_submit_is_named_with_its_place() -> None:
    seller = make_seller()
    product, _ = make_registered(seller)
    from listings.operations import open_listing

    empty = open_listing(product=product, actor=seller.actor, clock=seller.clock)
    with pytest.raises(Rejected) as refused:
        submit_listing(version=empty, actor=seller.actor, clock=seller.clock)
    assert refused.value.code == "listings.version.incomplete"
    assert {"description_zh", "category", "file_sha256", "price_fen"} <= {fault.field for fault in refused.value.errors}


@pytest.mark.parametrize(("changes", "code", "field"), [
    ({"facts": {"source_lawful": True}}, "listings.version.needs_info", "facts.state_secret"),
    ({"grade": "core"}, "listings.version.prohibited", "facts"),
    ({"category": "public"}, "listings.version.prohibited", "facts"),
])
def test_the_negative_list_refuses_or_asks_with_the_rule_or_the_fact(changes: dict[str, object], code: str, field: str) -> None:
    seller = make_seller()
    draft = make_draft(seller, **changes)
    with pytest.raises(Rejected) as refused:
        submit_listing(version=draft, actor=seller.actor, clock=seller.clock)
    assert refused.value.code == code and field in [fault.field for fault in refused.value.errors]


@covers("R85", "R88")
def test_without_registration_or_declaration_nothing_is_submitted() -> None:
    seller = make_seller()
    from tests.listings.worlds import make_product

    with pytest.raises(Rejected) as refused:
        submit_listing(version=make_draft(seller, make_product(seller.organization)), actor=seller.actor, clock=seller.clock)
    assert refused.value.code == "listings.version.certificate_missing"
    draft = make_draft(seller)
    withdraw_declaration(declaration=seller.organization.declarations.get(), reason="停止经营", actor=seller.actor, clock=seller.clock)
    seller.clock.advance(timedelta(seconds=1))
    with pytest.raises(Rejected) as refused:
        submit_listing(version=draft, actor=seller.actor, clock=seller.clock)
    assert refused.value.code == "listings.declaration.missing"


@covers("T49", "I16")
def test_core_data_never_reaches_the_market_by_any_path() -> None:
    listing = make_listed()
    with pytest.raises(IntegrityError), transaction.atomic():
        ListingVersion.objects.filter(pk=listing.version_id).update(grade="core")
    seller = make_seller()
    draft = make_draft(seller, grade="core")
    ListingVersion.objects.filter(pk=draft.pk).update(status="submitted", content_hash="x" * 64)
    with pytest.raises(IntegrityError, match=r"core_never_approved|graded core"), transaction.atomic():
        ListingVersion.objects.filter(pk=draft.pk).update(status="approved")


@covers("T49")
def test_a_submitted_version_never_changes_what_it_says() -> None:
    seller = make_seller()
    version = submit_listing(version=make_draft(seller), actor=seller.actor, clock=seller.clock)
    for column, value in (("grade", "important"), ("title_zh", "另一个名称"), ("price_fen", 1), ("delivery_mode", "api"), ("category",
        "public"),
                          ("content_hash", "0" * 64), ("facts", {})):
        with pytest.raises(IntegrityError, match="does not change"), transaction.atomic():
            ListingVersion.objects.filter(pk=version.pk).update(**{column: value})
    with pytest.raises(IntegrityError, match="do not change"), transaction.atomic():
        version.contributors.update(weight=7)


@covers("I16")
@pytest.mark.parametrize("broken", ["declaration", "certificate", "hold", "standing", "version"])
def test_the_database_refuses_a_listing_on_sale_that_may_not_be(broken: str) -> None:
    seller = make_seller()
    listing = make_listed(seller)
    suspend_listing(listing=listing, reason=("自查", "self check"), actor=seller.actor, clock=seller.clock)
    if broken == "declaration":
        withdraw_declaration(declaration=seller.organization.declarations.get(), reason="停止经营", actor=seller.actor, clock=seller.clock)
    elif broken == "certificate":
        listing.certificate.status = "frozen"
        listing.certificate.save(update_fields=["status"])
    elif broken == "standing":
        set_standing(organization=seller.organization, standing="suspended", band="D", cause_code="FND-TEST", reason="虚假陈述",
                     actor=SYSTEM, at=seller.clock.now())
    elif broken == "version":
        ListingVersion.objects.filter(pk=listing.version_id).update(status="superseded")
    if broken != "hold":
        listing.holds.update(lifted_at=seller.clock.now())
    with pytest.raises(IntegrityError, match="may not be on sale"), transaction.atomic():
        Listing.objects.filter(pk=listing.pk).update(status="listed")


def test_a_hold_takes_it_off_sale_and_only_its_side_or_a_regulator_lifts_it() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    at = seller.clock.now()
    own = suspend_listing(listing=listing, reason=("更新数据", "Refreshing the data"), actor=seller.actor, clock=seller.clock)
    ordered = hold_listing(listing=listing, reason_code="ordered.compliance_officer", reason=("核查来源", "Checking the source"),
                           actor=officer, at=at)
    assert tradable(listing, at=at) == "listings.listing.suspended"
    with pytest.raises(Rejected) as refused:
        lift_hold(hold=ordered, actor=seller.actor, at=at)
    assert refused.value.code == "listings.hold.not_yours"
    lift_hold(hold=own, actor=seller.actor, at=at)
    assert Listing.objects.get(pk=listing.pk).status == "suspended", "one hold is still open"
    lift_hold(hold=ordered, actor=make_actor(Role.REGULATOR), at=at)
    assert tradable(listing, at=at) == ""


@covers("R67", "CAP-E8")
def test_a_fall_in_standing_takes_the_listings_off_sale_and_restoration_brings_them_back() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    drain(clock=seller.clock)
    set_standing(organization=seller.organization, standing="restricted", band="C", cause_code="FND-TEST", reason="失信行为", actor=SYSTEM,
                 at=seller.clock.now())
    assert tradable(listing, at=seller.clock.now()) == "participants.standing.restricted", "the gate reads standing at once"
    drain(clock=seller.clock)
    listing.refresh_from_db()
    hold = listing.holds.get(lifted_at__isnull=True)
    assert (listing.status, hold.reason_code, hold.cause_code) == ("suspended", "standing", "FND-TEST")
    set_standing(organization=seller.organization, standing="good", band="B", cause_code="RST-TEST", reason="已修复", actor=SYSTEM,
                 at=seller.clock.now())
    drain(clock=seller.clock)
    listing.refresh_from_db()
    assert listing.status == "listed"


def test_a_delisted_product_keeps_its_page_and_its_reason() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    delist(listing=listing, reason="产品停止更新", actor=seller.actor, clock=seller.clock)
    listing.refresh_from_db()
    page = product_page(listing, at=seller.clock.now())
    assert page is not None and page.refusal == "listings.listing.not_listed" and listing.status_reason == "产品停止更新"


def test_the_public_page_shows_four_badges_from_facts_and_no_reserve() -> None:
    listing = make_listed(sale_mode="auction", reserve_price_fen=6_000_000, auction_terms={"format": "english", "days": 7})
    page = product_page(listing, at=make_seller().clock.now())
    assert page is not None
    assert [(badge.name, badge.holds) for badge in page.badges] == [("usable", True), ("trusted", True), ("tradable", True), ("traceable",
        True)]
    told = str(list(Record.objects.filter(subject=listing.code).values_list("payload", flat=True)))
    assert "6000000" not in told and "reserve_commitment" in told
