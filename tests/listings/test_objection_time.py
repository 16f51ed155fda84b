"""An objection's own time, and what the objector handed in: nobody's silence decides it, and the desk reads the evidence (26号 12)."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.test import Client

from compliance.models import Case
from evidence.files import deposit
from evidence.models import Record
from kit.coverage import covers
from listings.tasks import run_deadlines
from participants.models import Notice
from participants.queries import add_working_days
from participants.roles import Role
from tests.factories import PDF, make_actor, make_user
from tests.listings.worlds import make_noticed, make_seller, objected

pytestmark = pytest.mark.django_db


@covers("R10", "B6")
def test_an_objection_nobody_decided_in_twenty_working_days_comes_before_the_authority_once_and_both_sides_are_told() -> None:
    seller = make_seller()
    one = make_noticed(seller.organization, seller.actor, seller.clock)
    stranger = make_actor(Role.BUYER)
    row = objected(one, actor=stranger, clock=seller.clock)
    one.refresh_from_db()
    assert one.due_at == add_working_days(one.venue, seller.clock.now(), 20)
    seller.clock.move_to(one.due_at - timedelta(microseconds=1))
    run_deadlines(clock=seller.clock)
    row.refresh_from_db()
    assert row.escalated_at is None
    seller.clock.move_to(one.due_at)
    run_deadlines(clock=seller.clock)
    run_deadlines(clock=seller.clock)
    row.refresh_from_db()
    one.refresh_from_db()
    assert row.escalated_at == seller.clock.now() and one.status == "objected", "silence decides nothing"
    case = Case.objects.get(kind="registration", subject_code=one.code)
    assert case.flags == ["overdue"] and case.priority == 80
    told = Notice.objects.filter(kind="listings.registration.escalated")
    assert {note.organization_id for note in told} == {seller.organization.pk, stranger.organization_id} and told.count() == 2
    assert Record.objects.filter(kind="listings.registration.escalated", subject=one.code).count() == 1


@covers("R10", "B6")
def test_the_desk_downloads_what_an_objector_handed_in_and_a_party_does_not() -> None:
    seller = make_seller()
    one = make_noticed(seller.organization, seller.actor, seller.clock)
    paper = deposit(io.BytesIO(PDF), name="来源证明.pdf", owner=seller.organization.code, at=seller.clock.now())
    row = objected(one, actor=make_actor(Role.BUYER), clock=seller.clock, deposit=paper)
    address = f"/admin/cases/{one.code}/objections/{row.pk}/evidence/"
    answers = {}
    for role in (Role.COMPLIANCE_OFFICER, Role.REGULATOR, Role.SURVEILLANCE, Role.DATA_MERCHANT):
        client = Client()
        client.force_login(make_user(role), backend="django.contrib.auth.backends.ModelBackend")
        answers[role] = client.get(address)
    assert [answer.status_code for answer in answers.values()] == [200, 200, 403, 403]
    assert b"".join(answers[Role.REGULATOR].streaming_content) == PDF
    page = Client()
    page.force_login(make_user(Role.COMPLIANCE_OFFICER), backend="django.contrib.auth.backends.ModelBackend")
    assert address in page.get(f"/admin/cases/{one.code}/").content.decode()
