"""R117: anyone signed in suggests a correction of open data; its holder answers in public; the version that mends it is noted."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from evidence.invariants import check_all
from evidence.models import Record
from evidence.operations import drain
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Correction, Listing, ListingVersion
from listings.operations import (
    answer_correction,
    attach_file,
    draft_version,
    lapse_correction,
    submit_listing,
    suggest_correction,
    withdraw_correction,
)
from listings.tasks import run_deadlines
from participants.models import Notice, User
from participants.roles import Role
from tests.factories import make_actor
from tests.listings.test_opening import TABLE, opened
from tests.listings.worlds import Seller, desk_decides, make_listed, make_seller

pytestmark = pytest.mark.django_db
SAID: dict[str, str] = {"place": "第 2 行，站点", "wrong": "站点编号与公告不一致", "proposed": "应为 S3"}


def suggested(listing: Listing, at: Any, actor: Actor | None = None, **changes: str) -> Correction:
    return suggest_correction(listing=listing, **{**SAID, **changes}, actor=actor or make_actor(Role.BUYER), clock=at)


def renewed(listing: Listing, seller: Seller) -> ListingVersion:
    """The next version, its file one row longer, published."""
    by: dict[str, Any] = {"actor": seller.actor, "clock": seller.clock}
    draft = draft_version(listing=listing, **by)
    draft = attach_file(version=draft, stream=io.BytesIO(TABLE + b"2026-01-03,S3,x\n"), name="stations.csv", **by)
    version = submit_listing(version=draft, **by)
    if version.status == "submitted":
        desk_decides(version, "approve", seller.clock)
    return ListingVersion.objects.get(pk=version.pk)


@covers("R117", "W10")
def test_an_accepted_correction_names_the_version_that_mends_it() -> None:
    seller = make_seller()
    listing = opened(seller)
    asker = make_actor(Role.BUYER)
    one = suggested(listing, seller.clock, asker)
    assert (one.status, one.version) == ("open", listing.version) and one.due_at is not None
    assert Notice.objects.get(organization=seller.organization, subject=one.code).due_at == one.due_at
    accepted = answer_correction(correction=one, accept=True, answer="属实，下一版更正", actor=seller.actor, clock=seller.clock)
    assert (accepted.status, accepted.due_at, accepted.mended_in) == ("accepted", None, None)
    seller.clock.move_to(seller.clock.now() + timedelta(days=1))
    version = renewed(listing, seller)
    drain()
    one.refresh_from_db()
    assert (one.status, one.mended_in) == ("mended", version)
    told = Notice.objects.filter(organization_id=asker.organization_id, subject=one.code).values_list("tone", flat=True)
    assert list(told) == ["ok", "ok"], "told of the answer, and of the version"
    facts = Record.objects.filter(subject=one.code).values_list("kind", flat=True)
    assert set(facts) == {f"listings.correction.{word}" for word in ("suggested", "accepted", "mended")}
    assert [fault for fault in check_all(only=("I17", "I30")).violations if "COR-" in fault.text] == []


@covers("R117")
def test_what_is_accepted_after_a_version_was_submitted_waits_for_the_next_one() -> None:
    seller = make_seller()
    listing = opened(seller)
    one = suggested(listing, seller.clock)
    seller.clock.move_to(seller.clock.now() + timedelta(days=1))
    renewed(listing, seller)
    seller.clock.move_to(seller.clock.now() + timedelta(days=1))
    answer_correction(correction=one, accept=True, answer="属实，下一版更正", actor=seller.actor, clock=seller.clock)
    drain()
    one.refresh_from_db()
    assert one.status == "accepted" and one.mended_in is None


@covers("R117")
def test_a_declined_one_keeps_its_reason_and_an_answer_without_words_is_refused() -> None:
    seller = make_seller()
    one = suggested(opened(seller), seller.clock)
    by: dict[str, Any] = {"correction": one, "actor": seller.actor, "clock": seller.clock}
    with pytest.raises(Rejected, match="answer_missing"):
        answer_correction(accept=False, answer="不", **by)
    assert answer_correction(accept=False, answer="公告写的就是 S2", **by).status == "declined"
    with pytest.raises(Rejected, match="illegal_move"):
        answer_correction(accept=True, answer="改变主意了吗", **by)


@covers("R117", "T17")
def test_silence_past_the_clock_is_shown_publicly_and_told_to_both_and_can_still_be_answered(client: Client) -> None:
    seller = make_seller()
    listing = opened(seller)
    one = suggested(listing, seller.clock)
    assert one.due_at is not None
    seller.clock.move_to(one.due_at)
    run_deadlines(clock=seller.clock)
    one.refresh_from_db()
    assert one.status == "overdue"
    assert "逾期未答复" in client.get(f"/open/{listing.code}/corrections/", headers={"accept-language": "zh-hans"}).content.decode()
    assert set(Notice.objects.filter(subject=one.code, tone="bad").values_list("organization", flat=True)) == {
        seller.organization.pk, one.suggested_by_id}
    late = answer_correction(correction=one, accept=False, answer="公告写的就是 S2", actor=seller.actor, clock=seller.clock)
    assert late.status == "declined"
    with pytest.raises(AssertionError):
        lapse_correction(correction=one, clock=seller.clock)


@covers("R117", "R43")
@pytest.mark.parametrize(("changes", "code"), [
    ({"place": ""}, "listings.correction.faulty"), ({"wrong": "错"}, "listings.correction.faulty"),
    ({"wrong": "联系人电话应为 13812345678"}, "listings.correction.personal"),
])
def test_a_suggestion_is_complete_and_holds_no_personal_data_for_it_is_public(changes: dict[str, str], code: str) -> None:
    seller = make_seller()
    listing = opened(seller)
    with pytest.raises(Rejected) as caught:
        suggested(listing, seller.clock, **changes)
    assert caught.value.code == code and [one.field for one in caught.value.errors] == list(changes)
    assert not Correction.objects.exists()


@covers("R43", "R117")
def test_only_open_data_takes_corrections_from_others_than_its_holder_and_one_at_a_time() -> None:
    seller = make_seller()
    with pytest.raises(Rejected) as caught:
        suggested(make_listed(seller), seller.clock)
    assert caught.value.code == "compliance.circulation.not_admitted" and "交易·场内" in caught.value.text("detail", "zh")
    listing = opened(seller)
    with pytest.raises(Rejected, match=r"listings\.correction\.own"):
        suggested(listing, seller.clock, seller.actor)
    asker = make_actor(Role.BUYER)
    one = suggested(listing, seller.clock, asker)
    with pytest.raises(Rejected, match="one_open"):
        suggested(listing, seller.clock, asker)
    suggested(listing, seller.clock, asker, place="第 3 行")
    with pytest.raises(Rejected):
        withdraw_correction(correction=one, actor=make_actor(Role.BUYER), clock=seller.clock)
    assert withdraw_correction(correction=one, actor=asker, clock=seller.clock).status == "withdrawn"


@covers("R117")
def test_the_database_keeps_one_open_a_place_its_words_and_the_version_that_mends() -> None:
    seller = make_seller()
    listing = opened(seller)
    one = suggested(listing, seller.clock)
    again = {field.attname: getattr(one, field.attname) for field in Correction._meta.concrete_fields if field.name not in {"id", "code"}}
    with pytest.raises(IntegrityError, match="correction_one_open"), transaction.atomic():
        Correction.objects.create(code="COR-PASTGATE00", **again)
    with pytest.raises(DatabaseError), transaction.atomic():
        Correction.objects.filter(pk=one.pk).update(wrong="换了说法")
    answer_correction(correction=one, accept=True, answer="属实，下一版更正", actor=seller.actor, clock=seller.clock)
    with pytest.raises(DatabaseError, match="later published version"), transaction.atomic():
        Correction.objects.filter(pk=one.pk).update(status="mended", mended_in=listing.version)
    with pytest.raises(DatabaseError), transaction.atomic():
        one.delete()


@covers("R117", "W10")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_takes_a_suggestion_shows_it_to_everyone_and_lets_the_holder_answer(client: Client, language: str) -> None:
    read = {"accept-language": language}
    seller = make_seller()
    listing = opened(seller)
    page = f"/open/{listing.code}/corrections/"
    assert client.post(page, SAID).status_code == 302 and not Correction.objects.exists(), "a visitor signs in first"
    asker = User.objects.get(pk=make_actor(Role.BUYER).user_id)
    client.force_login(asker)
    assert client.post(page, {**SAID, "wrong": ""}, headers=read).status_code == 400
    assert client.post(page, SAID, headers=read).status_code == 302
    one = Correction.objects.get()
    shown = Client().get(page, headers=read).content.decode()
    assert SAID["proposed"] in shown and one.code in shown and asker.person is not None and asker.person.name not in shown
    holder = Client()
    holder.force_login(User.objects.get(pk=seller.actor.user_id))
    assert f"/open/corrections/{one.code}/answer/" in holder.get(page, headers=read).content.decode()
    sent = {"outcome": "accept", "answer": "属实，下一版更正"}
    assert client.post(f"/open/corrections/{one.code}/answer/", sent, headers=read).status_code == 404, "only the holder answers"
    assert holder.post(f"/open/corrections/{one.code}/answer/", sent, headers=read).status_code == 302
    assert "属实，下一版更正" in Client().get(page, headers=read).content.decode()
