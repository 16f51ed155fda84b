"""A new list goes through everything on sale: held with rule, clause and way out, in slices, and the way back leads back on sale."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from compliance.models import NegativeListVersion
from compliance.operations import begin_list, enact_urgently, put_rule, retire_rule
from evidence.invariants import check_all
from evidence.models import Record
from evidence.operations import drain
from kit.actors import SYSTEM
from kit.clock import MovingClock
from kit.coverage import covers
from listings import rescreening
from listings.models import Hold, Listing, Rescreening, RescreenSlice, ScreeningRun
from listings.operations import draft_version, rescreen_listing, save_draft, submit_listing
from listings.queries import tradable
from listings.rescreening import begin_rescreening, progress_of, rescreen_due, rescreen_slice, still_to_judge
from participants.models import Notice
from tests.compliance.worlds import regulator
from tests.listings.crowds import crowd
from tests.listings.worlds import Seller, desk_decides, make_listed, make_seller

pytestmark = pytest.mark.django_db

BOUGHT: dict[str, Any] = {
    "id": "NL-P-25", "category": "bought_data", "category_zh": "转手购得的数据", "category_en": "Data bought and sold on",
    "tier": "prohibited", "waivable": False, "basis": ["数据安全法 第21条"], "basis_en": ["Data Security Law, art. 21"],
    "evidence": "seen", "terms": {"zh": [], "en": []}, "when": {"fact": "source_type", "op": "eq", "value": "purchased"},
    "remedy": ["aggregate_first"]}


def enacted(at: MovingClock, label: str = "2026.2", *, without: str = "", rule: dict[str, Any] | None = BOUGHT) -> NegativeListVersion:
    """A stricter list in force at once, by two regulators."""
    drafter, second = regulator("review_second"), regulator("review_second")
    version = begin_list(version=label, summary=("购得的数据", "Bought data"), actor=drafter, clock=at)
    if rule:
        version = put_rule(version=version, edition=1, rule=rule, actor=drafter, clock=at)
    if without:
        version = retire_rule(version=version, edition=version.edition, rule_id=without, actor=drafter, clock=at)
    if not without:
        return enact_urgently(version=version, reason="泄露事件", actor=second, clock=at)
    from compliance.operations import approve_list, propose_list, take_effect

    version = propose_list(version=version, actor=drafter, clock=at)
    at.move_to(version.notice_until)
    version = approve_list(version=version, effective_from=at.now(), actor=second, clock=at)
    return take_effect(version=version, clock=at)


def market(count: int = 6) -> tuple[Seller, list[Listing]]:
    """One seller's listings; every second one was bought."""
    seller = make_seller()
    first = make_listed(seller)
    return seller, [first, *crowd(first, count - 1, lambda n: {"source_type": "self_generated" if n % 2 else "purchased"}, hashed=True)]


@covers("R4", "R84", "T48", "C1")
def test_a_list_in_force_holds_what_it_forbids_and_tells_rule_clause_and_way_out() -> None:
    seller, listings = market()
    version = enacted(seller.clock)
    drain(clock=seller.clock)
    assert rescreen_due(seller.clock) == 6
    held = Hold.objects.filter(reason_code="negative_list", lifted_at__isnull=True)
    assert {one.listing_id for one in held} == {one.pk for one in listings[1::2]} and held.count() == 3
    one = held.first()
    assert one is not None and one.cause_code == version.code
    assert "NL-P-25" in one.reason_zh and "数据安全法 第21条" in one.reason_zh and "Data Security Law, art. 21" in one.reason_en
    assert "汇总" in one.way_back_zh and "aggregate" in one.way_back_en
    assert set(Listing.objects.values_list("status", "screened_by")) == {("listed", "2026.2"), ("suspended", "2026.2")}
    told = Notice.objects.filter(organization=seller.organization, kind="listings.listing.suspended")
    assert told.count() == 3 and all("NL-P-25" in note.text_zh and "出路" in note.text_zh and note.href.endswith("/why/") for note in told)
    at = seller.clock.now()
    assert (tradable(listings[1], at=at), tradable(listings[2], at=at)) == ("listings.listing.suspended", "")
    assert Record.objects.filter(kind="listings.listing.suspended").count() == 3
    assert rescreen_due(seller.clock) == 0, "nothing is judged twice"
    run = Rescreening.objects.get()
    assert (run.rule_set, run.total, progress_of(run).percent, progress_of(run).held, run.overtaken) == ("2026.2", 6, 100, 3, False)
    assert check_all(only=("I16",)).violations == []


@covers("R4", "R84")
def test_the_way_back_is_a_version_that_the_list_lets_pass() -> None:
    seller = make_seller()
    listing = make_listed(seller, facts={**make_listed_facts(), "source_type": "purchased"})
    enacted(seller.clock)
    rescreen_due(seller.clock)
    listing.refresh_from_db()
    assert listing.status == "suspended"
    who: dict[str, Any] = {"actor": seller.actor, "clock": seller.clock}
    draft = draft_version(listing=listing, **who)
    mended = {"facts": {**draft.facts, "source_type": "self_generated"}}
    draft = save_draft(version=draft, edit_version=draft.edit_version, changes=mended, **who)
    version = submit_listing(version=draft, **who)
    if version.status == "submitted":
        desk_decides(version, "approve", seller.clock)
    listing.refresh_from_db()
    assert (listing.status, listing.version_id, listing.screened_by) == ("listed", version.pk, "2026.2")
    assert not Hold.objects.filter(listing=listing, lifted_at__isnull=True).exists()
    assert tradable(listing, at=seller.clock.now()) == ""
    told = [one.text for one in check_all(only=("I16", "I17")).violations if one.text.startswith(("LST-", "VER-", "NLV-"))]
    assert told == []


def make_listed_facts() -> dict[str, Any]:
    from tests.listings.worlds import FACTS

    return dict(FACTS)


@covers("R4", "R84")
def test_a_rule_that_is_retired_lets_its_listings_go_back_on_sale_unless_another_thing_holds_them() -> None:
    from listings.operations import hold_listing

    seller, listings = market(4)
    enacted(seller.clock)
    rescreen_due(seller.clock)
    ordered = listings[1]
    hold_listing(listing=ordered, reason_code="ordered.regulator", reason=("调查", "Inquiry"), actor=SYSTEM, at=seller.clock.now())
    enacted(seller.clock, "2026.3", rule=None, without="NL-P-25")
    assert rescreen_due(seller.clock) == 4
    assert set(Listing.objects.exclude(pk=ordered.pk).values_list("status", "screened_by")) == {("listed", "2026.3")}
    assert list(Hold.objects.filter(lifted_at__isnull=True).values_list("reason_code", flat=True)) == ["ordered.regulator"]
    assert Rescreening.objects.filter(finished_at__isnull=False).count() == 2


@covers("R4", "T48")
def test_what_was_reviewed_under_the_former_list_is_judged_by_the_one_in_force_as_it_goes_on_sale() -> None:
    seller = make_seller()
    from tests.listings.worlds import make_draft

    version = submit_listing(version=make_draft(seller, facts={**make_listed_facts(), "source_type": "purchased"}), actor=seller.actor,
                             clock=seller.clock)
    enacted(seller.clock)
    desk_decides(version, "approve", seller.clock)
    listing = Listing.objects.get(pk=version.listing_id)
    assert (listing.status, listing.screened_by) == ("suspended", "2026.2")
    assert "NL-P-25" in Hold.objects.get(listing=listing).reason_zh


@covers("R4", "T48")
def test_a_slice_that_fails_leaves_nothing_behind_and_a_further_list_overtakes_the_course(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescreening, "SLICE", 2)
    seller, _ = market(6)
    version = enacted(seller.clock)
    run = begin_rescreening(version=version, clock=seller.clock)
    assert begin_rescreening(version=version, clock=seller.clock).pk == run.pk
    assert rescreen_slice(rescreening=run, clock=seller.clock) == 2
    runs = ScreeningRun.objects.count()
    with monkeypatch.context() as patched:
        patched.setattr(rescreening, "notify_all", lambda *_args, **_named: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            rescreen_slice(rescreening=run, clock=seller.clock)
    assert ScreeningRun.objects.count() == runs and still_to_judge("2026.2").count() == 4 and progress_of(run).judged == 2
    assert progress_of(run).percent == 33
    later = enacted(seller.clock, "2026.3", rule={**BOUGHT, "id": "NL-P-26"})
    assert rescreen_slice(rescreening=run, clock=seller.clock) == 0, "a list no longer in force judges nothing"
    assert rescreen_due(seller.clock) == 6
    run.refresh_from_db()
    assert run.overtaken and Rescreening.objects.get(cause=later.code).finished_at is not None
    assert set(Listing.objects.values_list("screened_by", flat=True)) == {"2026.3"}


@covers("R4")
def test_one_listing_is_judged_at_once_and_the_trail_of_slices_cannot_be_rewritten() -> None:
    seller, listings = market(2)
    version = enacted(seller.clock)
    at: datetime = seller.clock.now()
    assert rescreen_listing(listing=listings[1], at=at) == "prohibited"
    assert rescreen_listing(listing=listings[1], at=at) == "prohibited" and Hold.objects.count() == 1
    rescreen_due(seller.clock)
    assert Rescreening.objects.get(cause=version.code).total == 1
    for change in (lambda: RescreenSlice.objects.update(held=9), lambda: Rescreening.objects.update(total=9),
                   lambda: Rescreening.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@covers("R84", "W22")
def test_words_are_searched_again_where_another_word_could_be_found_and_kept_where_none_could() -> None:
    from compliance.operations import import_terms
    from participants.roles import Role
    from tests.factories import make_actor

    seller, listings = market(1)
    newest = ScreeningRun.objects.filter(version=listings[0].version).order_by("-at", "-id")
    enacted(seller.clock)
    rescreen_due(seller.clock)
    assert newest[0].rule_set == "2026.2" and newest[0].hits == newest[1].hits == []
    enacted(seller.clock, "2026.3", rule={**BOUGHT, "id": "NL-P-26", "terms": {"zh": ["充电桩"], "en": []}})
    rescreen_due(seller.clock)
    assert {hit["rule"] for hit in newest[0].hits} == {"NL-P-26"}, "a new rule brought a word"
    import_terms(name="own", lines=["利用率"], source="管理员", actor=make_actor(Role.SYSTEM_ADMINISTRATOR), clock=seller.clock)
    enacted(seller.clock, "2026.4", rule={**BOUGHT, "id": "NL-P-27"})
    rescreen_due(seller.clock)
    assert {hit["rule"] for hit in newest[0].hits} == {"NL-P-26", "terms:own"}


@covers("I16", "R4")
def test_a_listing_left_under_the_former_list_or_on_sale_against_its_verdict_is_noticed() -> None:
    seller, listings = market(2)
    enacted(seller.clock)
    rescreen_due(seller.clock)
    assert check_all(only=("I16",)).violations == []
    Listing.objects.filter(pk=listings[0].pk).update(screened_by="2026.1")
    ScreeningRun.objects.create(version=listings[0].version, verdict="prohibited", rule_set="2026.2", cause="x", at=seller.clock.now())
    assert len([one for one in check_all(only=("I16",)).violations if listings[0].code in one.text]) == 2
