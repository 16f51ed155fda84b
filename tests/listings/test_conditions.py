"""Conditions of restricted rules are tasks: nothing restricted is on sale before each is proven and decided (R84, item 14)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Condition, Listing, ListingVersion
from listings.operations import decide_condition, draft_version, provide_condition, submit_listing
from listings.queries import tradable
from listings.tasks import run_deadlines
from participants.models import Notice
from participants.roles import Role
from tests.exchange.worlds import signed_in
from tests.factories import make_actor
from tests.listings.worlds import Seller, desk_decides, make_deposit, make_draft, make_seller

pytestmark = pytest.mark.django_db


def restricted(seller: Seller, **changes: Any) -> ListingVersion:
    """Raw data, submitted: NL-R-06 asks for a review, a watermark and a scope of use in the contract."""
    return submit_listing(version=make_draft(seller, stage="raw", **changes), actor=seller.actor, clock=seller.clock)


def approved(seller: Seller) -> ListingVersion:
    version = restricted(seller)
    desk_decides(version, "approve", seller.clock, prove=False)
    desk_decides(version, "approve", seller.clock, prove=False)
    version.refresh_from_db()
    return version


def asked(version: ListingVersion, code: str = "watermark") -> Condition:
    return Condition.objects.filter(version=version, condition=code).latest("pk")


def proven(version: ListingVersion, seller: Seller, desk: Actor | None = None, **fields: Any) -> Condition:
    one = provide_condition(condition=asked(version), statement="每份交付文件加注买方编号水印。", actor=seller.actor, clock=seller.clock,
                            **fields)
    return decide_condition(condition=one, met=True, reason="已核对样张", actor=desk or make_actor(Role.COMPLIANCE_OFFICER),
                            clock=seller.clock)


def refused(act: Any) -> str:
    with pytest.raises(Rejected) as no:
        act()
    return no.value.code


@covers("R84", "C1")
def test_a_restricted_verdict_opens_one_task_for_each_condition_with_owner_proof_and_due_date() -> None:
    seller = make_seller()
    version = restricted(seller)
    rows = {one.condition: one for one in version.asked.all()}
    assert {code: (one.proof, one.status) for code, one in rows.items()} == {
        "manual_review": ("record", "provided"), "use_scope_in_contract": ("record", "provided"), "watermark": ("statement", "open")}
    assert all(one.due_at and one.due_at > seller.clock.now() and one.rules == ["NL-R-06"] for one in rows.values())
    told = Notice.objects.get(organization=seller.organization, subject=rows["watermark"].code)
    assert told.due_at == rows["watermark"].due_at and "加注水印" in told.text_zh and "watermark" in told.text_en.lower()
    assert version.screening["conditions"] == ["manual_review", "watermark", "use_scope_in_contract"]


@covers("R84", "I16")
def test_it_is_on_sale_when_the_last_condition_is_met_and_not_before() -> None:
    seller = make_seller()
    version = approved(seller)
    assert version.status == "approved" and version.listing.status == "unlisted"
    assert asked(version, "manual_review").status == "met", "what the record shows is decided with the version"
    one = provide_condition(condition=asked(version), statement="每份交付文件加注水印。", actor=seller.actor, clock=seller.clock)
    assert Listing.objects.get(pk=version.listing_id).status == "unlisted"
    decide_condition(condition=one, met=True, reason="样张已核对", actor=make_actor(Role.REGULATOR), clock=seller.clock)
    listing = Listing.objects.get(pk=version.listing_id)
    assert listing.status == "listed" and tradable(listing, at=seller.clock.now()) == ""


@covers("R84", "I16")
def test_the_database_refuses_a_restricted_listing_whose_condition_is_not_met() -> None:
    seller = make_seller()
    version = approved(seller)
    ListingVersion.objects.filter(pk=version.pk).update(status="published")
    with pytest.raises(IntegrityError, match=r"listings\.condition\.unmet"), transaction.atomic():
        Listing.objects.filter(pk=version.listing_id).update(status="listed", version=version, certificate=version.certificate)
    with pytest.raises(IntegrityError), transaction.atomic():
        Condition.objects.filter(pk=asked(version).pk).update(status="met")
    proven(version, seller)
    Listing.objects.filter(pk=version.listing_id).update(status="listed", version=version, certificate=version.certificate)


@covers("R84", "R4")
def test_a_proof_that_ends_takes_the_listing_off_sale_with_the_way_back_and_a_new_one_returns_it() -> None:
    seller = make_seller()
    version = approved(seller)
    end = seller.clock.now() + timedelta(days=40)
    met = proven(version, seller, until=end)
    listing = Listing.objects.get(pk=version.listing_id)
    assert met.effective_to == end and listing.status == "listed"
    seller.clock.move_to(end)
    assert tradable(listing, at=end) == "listings.condition.unmet", "the gate refuses by the clock alone"
    run_deadlines(clock=seller.clock)
    listing.refresh_from_db()
    hold = listing.holds.get(lifted_at__isnull=True)
    assert listing.status == "suspended" and "加注水印" in hold.reason_zh and hold.way_back_zh and hold.way_back_en
    assert (asked(version).status, Condition.objects.get(pk=met.pk).status) == ("open", "lapsed")
    proven(version, seller)
    listing.refresh_from_db()
    assert listing.status == "listed" and tradable(listing, at=seller.clock.now()) == ""


@covers("R84")
def test_a_proof_renewed_in_time_never_takes_the_listing_off_sale() -> None:
    seller = make_seller()
    version = approved(seller)
    end = seller.clock.now() + timedelta(days=40)
    met = proven(version, seller, until=end)
    seller.clock.advance(timedelta(days=20))
    renewed = provide_condition(condition=met, statement="下一年度继续加注水印。", actor=seller.actor, clock=seller.clock)
    assert renewed.pk != met.pk and Condition.objects.get(pk=met.pk).status == "met"
    assert refused(lambda: provide_condition(condition=met, statement="再来一次。", actor=seller.actor, clock=seller.clock)) == (
        "listings.condition.illegal_move")
    decide_condition(condition=renewed, met=True, reason="已核对样张", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=seller.clock)
    seller.clock.move_to(end)
    run_deadlines(clock=seller.clock)
    listing = Listing.objects.get(pk=version.listing_id)
    assert listing.status == "listed" and tradable(listing, at=end) == ""


@covers("R84", "I18")
def test_nobody_decides_on_his_own_proof_and_only_a_reviewer_does() -> None:
    seller = make_seller()
    version = approved(seller)
    one = provide_condition(condition=asked(version), statement="每份交付文件加注水印。", actor=seller.actor, clock=seller.clock)
    by: dict[str, Any] = {"condition": one, "met": True, "clock": seller.clock}
    stranger = make_actor(Role.DATA_MERCHANT)
    assert refused(lambda: decide_condition(reason="已核对", actor=seller.actor, **by)) == "participants.permission.denied"
    assert refused(lambda: provide_condition(condition=one, statement="不是我的。", actor=stranger, clock=seller.clock)) == (
        "participants.object.absent")
    assert refused(lambda: decide_condition(reason="好", actor=make_actor(Role.REGULATOR), **by)) == "listings.condition.reason_missing"
    with pytest.raises(IntegrityError, match="whoever reviews"), transaction.atomic():
        Condition.objects.filter(pk=one.pk).update(status="met", decided_by=stranger.user_id, decided_at=seller.clock.now(), reason="好的")


@covers("R84", "C7")
def test_a_returned_proof_says_why_and_is_handed_in_again() -> None:
    seller = make_seller()
    version = approved(seller)
    one = provide_condition(condition=asked(version), statement="每份交付文件加注水印。", actor=seller.actor, clock=seller.clock)
    back = decide_condition(condition=one, met=False, reason="请附水印样张", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=seller.clock)
    assert back.status == "returned" and back.due_at is not None
    assert "请附水印样张" in Notice.objects.filter(subject=one.code).latest("seq").text_zh
    proven(version, seller)
    assert Listing.objects.get(pk=version.listing_id).status == "listed"


@covers("R84", "T50")
def test_a_document_is_asked_for_where_the_rule_wants_one() -> None:
    from tests.compliance.profiles import CLEAN

    seller = make_seller()
    version = restricted(seller)
    assert CLEAN
    one = Condition.objects.create(code="CDT-TEST", version=version, condition="pipia_report", rules=["NL-R-04"], proof="document",
                                   asked_at=seller.clock.now())
    act: dict[str, Any] = {"condition": one, "statement": "影响评估报告编号 2026-7。", "actor": seller.actor, "clock": seller.clock}
    with pytest.raises(Rejected) as no:
        provide_condition(**{**act, "until": seller.clock.now()})
    assert {fault.field for fault in no.value.errors} == {"proof", "until"}
    held = provide_condition(**act, deposit=make_deposit(seller.organization, "pipia.pdf"))
    assert held.status == "provided" and held.deposit is not None
    assert refused(lambda: provide_condition(condition=asked(version, "manual_review"), statement="不必提交。", actor=seller.actor,
                                             clock=seller.clock)) == "listings.condition.by_record"


@covers("R84", "D5")
def test_a_next_version_puts_the_proof_in_force_before_its_reviewers_again() -> None:
    seller = make_seller()
    version = approved(seller)
    proven(version, seller)
    draft = draft_version(listing=version.listing, actor=seller.actor, clock=seller.clock)
    again = submit_listing(version=draft, actor=seller.actor, clock=seller.clock)
    carried = asked(again)
    assert carried.status == "provided" and carried.statement == asked(version).statement
    assert Listing.objects.get(pk=version.listing_id).status == "listed", "what is on sale stays by its own proofs"


@covers("R84")
def test_a_version_that_is_gone_needs_no_proof() -> None:
    from listings.operations import withdraw_version

    seller = make_seller()
    version = restricted(seller)
    withdraw_version(version=version, actor=seller.actor, clock=seller.clock)
    assert refused(lambda: provide_condition(condition=asked(version), statement="已经撤回了。", actor=seller.actor,
                                             clock=seller.clock)) == "listings.condition.moot"


def naive_gate(listing: Listing) -> bool:
    """The naive way: the verdict alone, as it was before."""
    version = listing.version or listing.versions.get()
    return version.screening["verdict"] in {"pass", "restricted"}


@covers("R84", "I16")
def test_a_gate_that_reads_the_verdict_alone_lets_it_on_sale_unproven() -> None:
    seller = make_seller()
    version = approved(seller)
    assert naive_gate(version.listing) and version.listing.status == "unlisted"


@covers("R84", "C7")
def test_the_page_shows_what_is_asked_who_acts_and_by_when_and_takes_the_proof() -> None:
    seller = make_seller()
    version = approved(seller)
    browser = signed_in(seller.actor)
    to = f"/desk/listings/{version.listing.code}/edit/"
    page = browser.get(to).content.decode()
    one = asked(version)
    assert "限制性条件" in page and "加注水印" in page and "NL-R-06" in page and f"/desk/conditions/{one.code}/prove/" in page
    browser.post(f"/desk/conditions/{one.code}/prove/", {"statement": "每份交付文件加注水印。", "until": "2099-02-30"})
    assert asked(version).status == "open", "a day that is none is refused at its field"
    browser.post(f"/desk/conditions/{one.code}/prove/", {"statement": "每份交付文件加注水印。", "until": "2099-02-28"})
    assert asked(version).status == "provided"
    desk = signed_in(make_actor(Role.COMPLIANCE_OFFICER))
    assert one.code in desk.get("/admin/queue/conditions/").content.decode()
    case = f"/admin/cases/{one.code}/"
    assert "每份交付文件加注水印" in desk.get(case).content.decode() and "加注水印" in desk.get(
        f"/admin/cases/{version.code}/").content.decode()
    assert desk.post(case, {"act": "meet", "reason": "样张已核对"}).status_code == 302
    assert Listing.objects.get(pk=version.listing_id).status == "listed"
