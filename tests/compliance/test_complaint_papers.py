"""Papers with a complaint: for its desk and whoever holds its key; shown to the other side only where a named reporter lets it (R95)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client

from compliance.keeping import forget_reporters_papers
from compliance.models import CasePaper, Complaint
from compliance.operations import (
    accept_complaint,
    close_complaint,
    file_complaint,
    notify_accused,
    refer_to_conduct,
    supply_complaint,
)
from compliance.papers import MOST_OF_A_REPORTER
from evidence.clock import set_market_clock
from evidence.files import deposit
from evidence.models import Deposit, DepositErasure, Record
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import VISITOR
from participants.models import User
from participants.roles import Role
from tests.compliance.worlds import merchant, officer
from tests.factories import NOW, clock, make_organization, make_user

pytestmark = pytest.mark.django_db
TEXT = "样本里有真实手机号，疑似未经同意"


def paper(name: str = "王某手机截图.txt", text: str = "138****0000 逐条可见") -> Deposit:
    return deposit(SimpleUploadedFile(name, text.encode()), name=name, owner="complaint", at=NOW)


def complained(*, named: bool, may_show: bool = False, actor: Actor = VISITOR) -> tuple[Complaint, str]:
    who = {"reporter_name": "王某", "contact": "a@example.cn"} if named else {}
    made, key = file_complaint(kind="privacy", text=TEXT, papers=[paper()], may_show=may_show, actor=actor, clock=clock(), **who)
    return accept_complaint(complaint=made, actor=officer(), clock=clock()), key


@covers("R95", "H6")
def test_a_paper_is_the_desks_alone_and_names_nobody_in_row_or_record() -> None:
    organization, actor = merchant()
    made, key = complained(named=True, actor=actor)
    kept = CasePaper.objects.get(subject=made.code)
    assert (kept.by, kept.organization, kept.shared) == (None, None, False)
    fact = Record.objects.get(kind="compliance.paper.handed_in", subject=made.code)
    told = str(fact.payload)
    assert fact.actor == "system" and kept.deposit is not None
    assert kept.deposit.sha256 not in told, "whoever holds the same file does not know it again"
    assert organization.code not in told and key not in told


@covers("R95")
def test_the_database_refuses_a_reporters_paper_with_a_name_or_for_both_sides() -> None:
    made, _ = complained(named=False)
    person = User.objects.get(pk=officer().user_id)
    for wrong in ({"shared": True}, {"by": person}, {"organization": make_organization()}):
        with pytest.raises(DatabaseError, match="case_paper_hides_the_reporter"), transaction.atomic():
            CasePaper.objects.create(**{"subject": made.code, "number": 9, "act": "report", "statement": "x", "shared": False, "at": NOW,
                                        **wrong})
    with pytest.raises(DatabaseError, match="case_paper_by_a_person"), transaction.atomic():
        CasePaper.objects.create(subject="CND-0000000000", number=9, act="state", statement="x", at=NOW)


def referred(made: Complaint, accused: str, papers: list[int]):
    return refer_to_conduct(complaint=made, organization=accused, conduct="pi_without_basis", text="提供的样本含有真实手机号",
                            papers=papers, actor=officer(), clock=clock())


@covers("R95", "R94")
@pytest.mark.parametrize(("named", "may_show"), [(False, False), (False, True), (True, False)])
def test_papers_of_a_nameless_or_unwilling_reporter_never_reach_the_accused(named: bool, may_show: bool) -> None:
    made, _ = complained(named=named, may_show=may_show)
    accused, _ = merchant()
    key = CasePaper.objects.get(subject=made.code).pk
    with pytest.raises(Rejected) as caught, transaction.atomic():
        referred(made, accused.code, [key])
    assert caught.value.code == "compliance.paper.secret" and caught.value.text("next_step", "en")
    made.refresh_from_db()
    assert made.transferred_to == "", "nothing of the refused act stands"
    case = referred(made, accused.code, [])
    assert case.papers == []


@covers("R95", "R94", "H6")
def test_papers_a_named_reporter_lets_be_shown_reach_the_accused_as_the_desks_under_another_name() -> None:
    made, _ = complained(named=True, may_show=True)
    accused = make_organization(Role.DATA_MERCHANT)
    case = referred(made, accused.code, [CasePaper.objects.get(subject=made.code).pk])
    case = notify_accused(case=case, actor=officer(), clock=clock())
    shown = CasePaper.objects.get(subject=case.code)
    assert shown.organization is None and shown.deposit is not None and shown.deposit.name == "材料-1.txt"
    client = Client()
    client.force_login(make_user(Role.DATA_MERCHANT, organization=accused))
    answer = client.get(f"/desk/papers/{shown.pk}/")
    assert answer.status_code == 200 and "王某" not in str(answer.headers)
    original = CasePaper.objects.get(subject=made.code)
    assert client.get(f"/desk/papers/{original.pk}/").status_code == 404


@covers("R95")
def test_papers_of_another_complaint_are_not_drawn_in() -> None:
    made, _ = complained(named=True, may_show=True)
    other, _ = complained(named=False)
    case = referred(made, merchant()[0].code, [CasePaper.objects.get(subject=other.code).pk])
    assert not CasePaper.objects.filter(subject=case.code).exists()


@covers("R95")
def test_whoever_holds_the_key_reads_and_adds_papers_until_the_complaint_is_closed() -> None:
    set_market_clock(NOW, 0)
    client = Client()
    sent = SimpleUploadedFile("截图.txt", "手机号逐条可见".encode())
    assert client.post("/complaints/new/", {"kind": "privacy", "text": TEXT, "papers": sent}).status_code == 200
    made = Complaint.objects.get()
    assert CasePaper.objects.filter(subject=made.code).count() == 1
    made, key = complained(named=False)
    kept = CasePaper.objects.get(subject=made.code)
    page = f"/complaints/{made.code}/papers/{kept.pk}/"
    assert client.get(page).status_code == 404 and client.get(f"{page}?key=wrong").status_code == 404
    assert client.get(f"{page}?key={key}").status_code == 200
    more = SimpleUploadedFile("第二份.txt", "另一处".encode())
    assert client.post(f"/complaints/{made.code}/", {"key": key, "act": "supply", "papers": more}).status_code == 200
    assert CasePaper.objects.filter(subject=made.code).count() == 2
    assert client.post(f"/complaints/{made.code}/", {"key": key, "act": "supply"}).status_code == 400, "no file was sent"
    closed = close_complaint(complaint=made, answer="已核查", actor=officer(), clock=clock())
    with pytest.raises(Rejected, match="too_late"):
        supply_complaint(complaint=closed, key=key, papers=[paper()], clock=clock())


@covers("R95", "T50")
def test_a_complaint_takes_so_many_papers_and_no_more() -> None:
    made, key = complained(named=False)
    for number in range(MOST_OF_A_REPORTER - 1):
        supply_complaint(complaint=made, key=key, papers=[paper(text=f"第{number}份")], clock=clock())
    with pytest.raises(Rejected, match="too_many"):
        supply_complaint(complaint=made, key=key, papers=[paper(text="再来")], clock=clock())


@covers("R95", "I18")
def test_at_the_desk_a_paper_opens_for_the_desk_it_was_routed_to() -> None:
    set_market_clock(NOW, 0)
    made, _ = file_complaint(kind="service", text="工作人员要求另付加急费", papers=[paper()], actor=VISITOR, clock=clock())
    kept = CasePaper.objects.get(subject=made.code)
    page = f"/admin/cases/{made.code}/papers/{kept.pk}/"
    for role, status in ((Role.REGULATOR, 200), (Role.COMPLIANCE_OFFICER, 403)):
        client = Client()
        client.force_login(make_user(role))
        assert client.get(page).status_code == status, role


@covers("R95")
def test_papers_go_with_the_term_of_their_reporter() -> None:
    made, _ = complained(named=False)
    made = close_complaint(complaint=made, answer="已核查", actor=officer(), clock=clock())
    assert made.closed_at is not None
    assert forget_reporters_papers(made.closed_at - timedelta(seconds=1), NOW) == 0
    assert forget_reporters_papers(made.closed_at, NOW) == 1
    assert DepositErasure.objects.filter(deposit=CasePaper.objects.get(subject=made.code).deposit).exists()
    assert forget_reporters_papers(made.closed_at, NOW) == 0
