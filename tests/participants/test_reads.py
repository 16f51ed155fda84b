"""What the desks read of a party is noted once a day, looked at by another person in time, and told to the party (R121)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from compliance.models import Case
from compliance.read_checks import chase_reads
from evidence.clock import MARKET_CLOCK, set_market_clock
from evidence.models import Record
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.models import Notice, Organization, Proof, ReadReview, StaffRead, User
from participants.reads import note_read, overdue_reads, review_read, unreviewed
from participants.roles import Role
from tests.factories import hand_in, make_actor, make_organization, make_user

pytestmark = pytest.mark.django_db


def handed_in() -> tuple[Proof, Organization]:
    party = make_organization(Role.DATA_MERCHANT)
    [paper] = hand_in(party, make_actor(Role.DATA_MERCHANT, organization=party), "mlps", at=MARKET_CLOCK.now())
    return paper, party


def read(paper: Proof, by: Actor) -> None:
    note_read(owner=paper.organization, kind="proof", subject=paper.code, ground="participants.proof.read", actor=by, clock=MARKET_CLOCK)


def browser_of(actor: Actor) -> Client:
    browser = Client(headers={"accept-language": "zh-hans"})
    browser.force_login(User.objects.get(pk=actor.user_id or 0))
    return browser


@covers("R121")
def test_a_desk_that_opens_a_partys_document_leaves_who_whose_what_why_and_when_once_a_day() -> None:
    paper, party = handed_in()
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    for _again in range(2):
        assert browser_of(officer).get(f"/admin/participants/proof/{paper.pk}/judge/?file").status_code == 200
    one = StaffRead.objects.get()
    assert (one.owner, one.kind, one.subject, one.reader_code, one.ground) == (
        party, "proof", paper.code, officer.code, "participants.proof.read")
    told = Record.objects.get(kind="participants.read.noted")
    assert (told.subject, told.actor, told.payload["read"]) == (party.code, officer.code, paper.code)
    set_market_clock(MARKET_CLOCK.now() + timedelta(days=1), 0)
    read(paper, officer)
    assert StaffRead.objects.count() == 2, "another day is another reading"


@covers("R121")
def test_a_party_that_reads_its_own_is_not_noted_nor_is_a_party_that_may_read_anothers() -> None:
    paper, party = handed_in()
    for actor in (make_actor(Role.DATA_MERCHANT, organization=party), make_actor(Role.BUYER)):
        read(paper, actor)
    assert not StaffRead.objects.exists()


@covers("R121", "I18")
def test_another_person_reviews_it_in_ten_working_days_and_an_unfitting_one_is_told_to_the_party() -> None:
    paper, party = handed_in()
    regulator = make_actor(Role.REGULATOR)
    read(paper, regulator)
    [one] = unreviewed()
    assert timedelta(days=10) <= one.due_at - one.at <= timedelta(days=30)
    auditor = make_actor(Role.AUDITOR)
    for act, code in ((lambda: review_read(read=one, fitting=True, actor=regulator, clock=MARKET_CLOCK), "participants.read.own"),
                      (lambda: review_read(read=one, fitting=False, actor=auditor, clock=MARKET_CLOCK), "participants.read.note_missing")):
        with pytest.raises(Rejected) as no:
            act()
        assert no.value.code == code
    review_read(read=one, fitting=False, note="与在办案件无关", actor=auditor, clock=MARKET_CLOCK)
    assert not unreviewed() and "与在办案件无关" in Notice.objects.get(organization=party, kind="participants.read.unfit").text_zh
    with pytest.raises(Rejected, match="reviewed"):
        review_read(read=one, fitting=True, actor=make_actor(Role.AUDITOR), clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match="denied"):
        review_read(read=one, fitting=True, actor=make_actor(Role.VENUE_OPERATOR), clock=MARKET_CLOCK)


def naive_review(one: StaffRead, by: User) -> ReadReview:
    """The naive way: another sign-in is another person."""
    return ReadReview.objects.create(read=one, reviewer=by, fitting=True, at=MARKET_CLOCK.now())


@covers("R121", "I18")
def test_the_database_lets_nobody_review_himself_under_another_sign_in_and_changes_nothing_read() -> None:
    paper, _party = handed_in()
    user = make_user(Role.REGULATOR)
    read(paper, actor_of(user))
    one = StaffRead.objects.get()
    twin = User.objects.create(username="second-sign-in", person=user.person)
    with pytest.raises(IntegrityError, match="another person"), transaction.atomic():
        naive_review(one, twin)
    for change in (lambda: StaffRead.objects.update(subject="PRF-OTHER"), lambda: StaffRead.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@covers("R121")
def test_reviewer_and_party_meet_it_on_their_pages() -> None:
    paper, party = handed_in()
    officer, auditor = make_actor(Role.COMPLIANCE_OFFICER), make_actor(Role.AUDITOR)
    read(paper, officer)
    ours: Any = browser_of(make_actor(Role.DATA_MERCHANT, organization=party))
    assert paper.code in ours.get("/desk/organisation/reads/").content.decode()
    assert paper.code not in browser_of(make_actor(Role.DATA_MERCHANT)).get("/desk/organisation/reads/").content.decode()
    desk, key = browser_of(auditor), StaffRead.objects.get().pk
    assert paper.code in desk.get("/desk/reads/").content.decode()
    assert desk.post("/desk/reads/", {"read": key, "verdict": "unfit"}).status_code == 400
    assert desk.post("/desk/reads/", {"read": key, "verdict": "fitting"}).status_code == 302
    assert "属于职责" in ours.get("/desk/organisation/reads/").content.decode()


@covers("R121", "H3")
def test_a_reading_that_nobody_reviewed_in_time_becomes_one_task_of_the_desk_that_ends_with_the_last_review() -> None:
    paper, party = handed_in()
    officer, other = make_actor(Role.COMPLIANCE_OFFICER), make_actor(Role.AUDIT_ADMINISTRATOR)
    read(paper, officer)
    assert chase_reads(MARKET_CLOCK) == 0 and not Case.objects.exists(), "its time has not come"
    set_market_clock(MARKET_CLOCK.now() + timedelta(days=16), 0)
    read(paper, officer)
    assert (chase_reads(MARKET_CLOCK), chase_reads(MARKET_CLOCK)) == (1, 1), "the second reading is not due yet"
    case = Case.objects.get()
    assert (case.queue, case.flags, case.status) == ("compliance", ["staff_read"], "open")
    assert "1 条逾期" in case.title_zh and party.code in case.entries.get().text
    review_read(read=overdue_reads(MARKET_CLOCK.now()).get(), fitting=True, actor=other, clock=MARKET_CLOCK)
    assert chase_reads(MARKET_CLOCK) == 0
    case.refresh_from_db()
    assert (case.status, case.outcome) == ("closed", "cause_gone")
