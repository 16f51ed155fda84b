"""Papers on both sides of a matter: handed in with each step, in view of the other side, hashed in the record book (H6, H8, R94)."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client

from compliance.models import CasePaper, ConductCase, Dispute
from compliance.operations import (
    add_papers,
    answer_case,
    apply_for_restoration,
    ask_party,
    claim_case,
    notify_accused,
    object_to_finding,
    open_case,
    open_conduct_case,
    open_dispute,
    state_case,
    submit_to_dispute,
    withdraw_dispute,
)
from compliance.papers import MOST, papers_of
from evidence.files import deposit
from evidence.models import Deposit, Record
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import StaffRead, User
from participants.roles import Role
from tests.compliance.test_conduct import decided
from tests.compliance.worlds import merchant, officer, regulator
from tests.factories import NOW, PDF, clock, make_actor, make_organization

pytestmark = pytest.mark.django_db


def page_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


def a_file(of: Actor, name: str = "聊天记录.pdf", words: bytes = b"") -> Deposit:
    return deposit(io.BytesIO(PDF + words), name=name, owner=of.organization, at=NOW)


def upload(name: str = "合同.pdf", words: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF + words, content_type="application/pdf")


def accused() -> tuple[ConductCase, Actor, Actor]:
    """A case with the desk's paper on it, its accused's person, and the officer who opened it."""
    organization, actor = merchant()
    opener = officer()
    case = open_conduct_case(organization=organization, conduct="late_payment", subject_code="TRD-1", text="逾期十日未付款",
                             papers=[a_file(opener, "催款函.pdf")], actor=opener, clock=clock())
    return case, actor, opener


def link(paper: CasePaper) -> str:
    return f"/desk/papers/{paper.pk}/"


# ---- a conduct case ------------------------------------------------------------------------------------------------------------


@covers("H6", "R94")
def test_the_accused_reads_the_desks_papers_from_the_notice_on_and_the_desk_reads_the_accuseds() -> None:
    case, actor, opener = accused()
    paper = CasePaper.objects.get(subject=case.code)
    assert page_of(actor).get(link(paper)).status_code == 404, "before the notice the case is not the party's to see"
    notify_accused(case=case, actor=opener, clock=clock())
    page = page_of(actor).get(f"/desk/credit/{case.code}/").content.decode()
    assert "催款函.pdf" in page and link(paper) in page
    got = page_of(actor).get(link(paper))
    assert b"".join(got.streaming_content) == PDF and "attachment" in got["Content-Disposition"]
    answer = page_of(actor).post(f"/desk/credit/{case.code}/", {
        "act": "state", "text": "已于当日付款", "papers": [upload("回单一.pdf", b"1"), upload("回单二.pdf", b"2")]})
    assert answer.status_code == 302
    file = page_of(opener).get(f"/admin/cases/{case.code}/").content.decode()
    assert "回单一.pdf" in file and "回单二.pdf" in file and "催款函.pdf" in file
    theirs = CasePaper.objects.get(subject=case.code, deposit__name="回单一.pdf")
    got = page_of(opener).get(f"/admin/cases/{case.code}/papers/{theirs.pk}/")
    assert b"".join(got.streaming_content) == PDF + b"1"
    assert StaffRead.objects.filter(subject=case.code, owner_id=actor.organization_id).count() == 1, "the reading is noted"
    told = Record.objects.filter(kind="compliance.paper.handed_in", subject=case.code).order_by("at", "id")
    assert {tuple(one.payload["sha256"]) for one in told} == {
        (hashlib.sha256(PDF).hexdigest(),), (hashlib.sha256(PDF + b"1").hexdigest(), hashlib.sha256(PDF + b"2").hexdigest())}
    assert "回单" not in str([one.payload for one in told]), "the record book holds hashes, never a name"


@covers("H6")
def test_nothing_is_put_on_the_file_that_the_accused_can_no_longer_answer() -> None:
    case, actor, opener = accused()
    case = notify_accused(case=case, actor=opener, clock=clock())
    added = add_papers(case=case, papers=[a_file(opener, "补充证据.pdf", b"x")], actor=officer(), clock=clock())
    assert papers_of([case.code]).count() == 2 and len(added.papers) == 2
    page_of(actor).post(f"/desk/credit/{case.code}/", {"act": "waive", "text": "没有异议，已补付", "papers": upload()})
    case.refresh_from_db()
    assert (case.status, case.statement) == ("deciding", "没有异议，已补付"), "the last words typed beside the button are kept"
    with pytest.raises(Rejected, match=r"paper\.too_late"):
        add_papers(case=case, papers=[a_file(opener, "迟到.pdf", b"y")], actor=opener, clock=clock())
    with pytest.raises(Rejected, match="illegal_move"):
        state_case(case=case, text="再说一句", actor=actor, clock=clock())
    assert papers_of([case.code]).count() == 3


@covers("H6", "R94")
def test_the_desk_adds_papers_on_its_page_and_the_accused_is_told() -> None:
    case, _actor, opener = accused()
    notify_accused(case=case, actor=opener, clock=clock())
    where = f"/admin/cases/{case.code}/papers/"
    assert "放入案卷" in page_of(opener).get(f"/admin/cases/{case.code}/").content.decode()
    assert page_of(opener).post(where, {"papers": upload("对账单.pdf", b"z")}).status_code == 302
    assert papers_of([case.code]).count() == 2
    assert page_of(make_actor(Role.AUDITOR)).post(where, {"papers": upload()}).status_code == 403
    assert page_of(merchant()[1]).post(where, {"papers": upload()}).status_code == 403


@covers("R94", "H6")
def test_an_objection_and_an_application_for_restoration_bring_their_papers() -> None:
    case, _organization, actor, first = decided()
    object_to_finding(case=case, text="认定有误", papers=[a_file(actor, "银行证明.pdf", b"o")], actor=actor, clock=clock())
    assert "银行证明.pdf" in page_of(first).get(f"/admin/cases/{case.code}/").content.decode()
    other, _organization, theirs, _first = decided(subject="TRD-2")
    from compliance.operations import advance_by_clock

    later = clock(NOW + timedelta(days=120))
    advance_by_clock(case=other, clock=later)
    made = apply_for_restoration(finding=other.findings.get(), text="已付清并完善流程", committed=True, actor=theirs, clock=later,
                                 papers=[a_file(theirs, "付清凭证.pdf", b"r")])
    assert "付清凭证.pdf" in page_of(regulator()).get(f"/admin/cases/{made.code}/").content.decode()
    assert "付清凭证.pdf" in page_of(theirs).get(f"/desk/credit/{other.code}/").content.decode()


@covers("H6", "T36")
def test_a_stranger_finds_no_paper_and_the_naive_link_would_hand_it_out() -> None:
    case, actor, opener = accused()
    notify_accused(case=case, actor=opener, clock=clock())
    paper, (_other, stranger) = CasePaper.objects.get(subject=case.code), merchant()
    assert page_of(actor).get(link(paper)).status_code == 200
    assert CasePaper.objects.filter(pk=paper.pk).exists(), "the naive view asks no more than this"
    assert page_of(stranger).get(link(paper)).status_code == 404
    assert page_of(stranger).get(f"/admin/cases/{case.code}/papers/{paper.pk}/").status_code == 403
    wrong = open_conduct_case(organization=merchant()[0], conduct="late_payment", subject_code="TRD-9", text="别案", actor=opener,
                              clock=clock())
    assert page_of(opener).get(f"/admin/cases/{wrong.code}/papers/{paper.pk}/").status_code == 404, "of another case"
    assert page_of(make_actor(Role.VENUE_OPERATOR)).get(f"/admin/cases/{case.code}/papers/{paper.pk}/").status_code == 403


# ---- a question of a desk ------------------------------------------------------------------------------------------------------


@covers("H3", "H6")
def test_a_party_answers_a_question_with_papers_and_a_note_of_the_desk_is_not_shown_to_it() -> None:
    organization, actor = merchant()
    desk = officer()
    case = open_case(kind="sample", subject_kind="listing", subject_code="LST-1", title=("抽查", "Sample"), organization=organization,
                     actor=desk, clock=clock())
    case = claim_case(case=case, actor=desk, clock=clock())
    case = ask_party(case=case, text="请交采集记录", actor=desk, clock=clock())
    with pytest.raises(Rejected, match=r"paper\.missing"):
        answer_case(case=case, text=" ", actor=actor, clock=clock())
    assert page_of(actor).post(f"/desk/cases/{case.code}/", {"text": "", "papers": upload("采集记录.pdf")}).status_code == 302
    assert "采集记录.pdf" in page_of(actor).get(f"/desk/cases/{case.code}/").content.decode()
    assert "采集记录.pdf" in page_of(desk).get(f"/admin/cases/{case.code}/").content.decode()
    from compliance.operations import note_case

    note_case(case=case, text="内部核对", papers=[a_file(desk, "内部.pdf", b"n")], actor=desk, clock=clock())
    inner = CasePaper.objects.get(deposit__name="内部.pdf")
    assert page_of(actor).get(link(inner)).status_code == 404
    assert "内部.pdf" not in page_of(actor).get(f"/desk/cases/{case.code}/").content.decode()


# ---- a dispute -----------------------------------------------------------------------------------------------------------------


def disputed() -> tuple[Dispute, Actor, Actor]:
    buyer, (seller, selling) = make_organization(Role.BUYER), merchant()
    buying = make_actor(Role.BUYER, organization=buyer)
    made = open_dispute(subject_code="TRD-1", opener=buyer, respondent=seller, claim="字段缺失三成", actor=buying, clock=clock())
    return made, buying, selling


@covers("R95", "H8")
def test_the_other_side_of_a_dispute_says_its_own_and_each_reads_what_the_other_handed_in() -> None:
    dispute, buying, selling = disputed()
    where = f"/desk/disputes/{dispute.code}/"
    assert page_of(selling).post(where, {"act": "submit", "text": "缺失已在说明中写明", "papers": upload("说明书.pdf")}).status_code == 302
    page = page_of(buying).get(where).content.decode()
    assert "缺失已在说明中写明" in page and "说明书.pdf" in page
    paper = CasePaper.objects.get(deposit__isnull=False)
    assert page_of(buying).get(link(paper)).status_code == 200
    assert page_of(merchant()[1]).get(link(paper)).status_code == 404
    assert "缺失已在说明中写明" in page_of(officer()).get(f"/admin/cases/{dispute.code}/").content.decode(), "the mediator reads it"
    kinds = set(Record.objects.filter(subject=dispute.code).values_list("kind", flat=True))
    assert {"compliance.paper.handed_in", "compliance.dispute.submission_made"} <= kinds, "and the bundle proves it"


@covers("R95")
def test_who_is_no_side_of_a_dispute_or_comes_after_its_end_hands_in_nothing() -> None:
    dispute, buying, selling = disputed()
    with pytest.raises(Rejected, match="absent"):
        submit_to_dispute(dispute=dispute, text="路人", actor=merchant()[1], clock=clock())
    with pytest.raises(Rejected, match=r"paper\.missing"):
        submit_to_dispute(dispute=dispute, text=" ", actor=selling, clock=clock())
    withdraw_dispute(dispute=dispute, actor=buying, clock=clock())
    with pytest.raises(Rejected, match=r"paper\.too_late"):
        submit_to_dispute(dispute=dispute, text="迟到的意见", actor=selling, clock=clock())


# ---- bounds --------------------------------------------------------------------------------------------------------------------


@covers("H6", "T50")
def test_too_many_a_page_that_runs_in_a_browser_and_an_empty_file_are_refused_and_leave_nothing() -> None:
    dispute, _buying, selling = disputed()
    where = f"/desk/disputes/{dispute.code}/"
    cases: tuple[tuple[list[Any], str], ...] = (
        ([upload(f"{n}.pdf", bytes([n])) for n in range(MOST + 1)], "paper.too_many"),
        ([SimpleUploadedFile("页面.html", b"<html><script>alert(1)</script></html>")], "evidence.file.type"),
        ([upload(), SimpleUploadedFile("空.pdf", b"")], "evidence.file.empty"))
    for papers, code in cases:
        answer = page_of(selling).post(where, {"act": "submit", "text": "见附件", "papers": papers})
        assert answer.status_code >= 400 and code in answer.content.decode(), code
    assert not CasePaper.objects.exists() and not Deposit.objects.exists(), "a refused act keeps none of its files"


@covers("H6")
def test_the_database_keeps_a_paper_as_it_was_handed_in() -> None:
    case, _actor, _opener = accused()
    rows = CasePaper.objects.filter(subject=case.code)
    for act in (lambda: rows.update(act="state"), lambda: rows.delete(),
                lambda: CasePaper.objects.create(subject=case.code, number=9, act="x", by_id=case.opened_by_id, at=NOW)):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
