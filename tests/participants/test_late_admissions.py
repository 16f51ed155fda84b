"""An application past its ten working days is flagged for the head of the desk; time neither admits nor refuses it (A1, R40)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from evidence.invariants import registered
from evidence.models import Record
from kit.coverage import covers
from participants.admissions import flag_admissions
from participants.models import Admission, Notice
from participants.operations import accept_admission, admit, return_admission
from participants.queries import add_working_days, venue_organization
from participants.roles import Role
from participants.tasks import lapse
from tests.factories import NOW, clock, make_user
from tests.participants.test_admission_classes import apply_for, party

pytestmark = pytest.mark.django_db


def under_review():
    organization, actor, desk = party("merchant_supply")
    return accept_admission(admission=apply_for("merchant_supply", organization, actor), actor=desk, clock=clock()), desk


@covers("A1", "R40")
def test_after_ten_working_days_the_head_of_the_desk_and_the_applicant_are_told_once_and_it_stays_in_review() -> None:
    held, _ = under_review()
    assert held.due_at == add_working_days(held.organization.venue, NOW, 10)
    assert flag_admissions(clock=clock(held.due_at - timedelta(microseconds=1))) == 0
    assert flag_admissions(clock=clock(held.due_at)) == 1 and flag_admissions(clock=clock(held.due_at + timedelta(days=30))) == 0
    held.refresh_from_db()
    assert (held.status, held.flagged_at) == ("in_review", held.due_at)
    told = Notice.objects.filter(kind="participants.admission.late")
    assert {one.organization_id for one in told} == {held.organization_id, venue_organization(held.organization.venue).pk}
    assert Record.objects.filter(kind="participants.admission.late", subject=held.code).count() == 1
    check = next(one for one in registered() if getattr(one, "table", "") == "participants_admission")
    assert list(check().check()) == [], "every move of it is told"


@covers("A1")
def test_what_is_decided_or_sent_back_is_late_no_more_and_a_second_term_is_flagged_anew() -> None:
    held, desk = under_review()
    flag_admissions(clock=clock(held.due_at))
    back = return_admission(admission=held, missing=[], reason="补交场地证明", actor=desk, clock=clock(held.due_at))
    assert back.flagged_at is None
    with pytest.raises(IntegrityError, match="admission_late_while_reviewed"), transaction.atomic():
        Admission.objects.filter(pk=held.pk).update(flagged_at=NOW)
    other, desk = under_review()
    flag_admissions(clock=clock(other.due_at))
    assert admit(admission=other, actor=desk, clock=clock(other.due_at)).flagged_at is None


@covers("A1", "H3")
def test_the_rounds_of_the_clock_flag_it_and_the_queue_shows_it_in_red_with_its_date(monkeypatch) -> None:
    held, _ = under_review()
    monkeypatch.setattr("participants.tasks.MARKET_CLOCK", clock(held.due_at))
    assert lapse() >= 1
    client = Client()
    client.force_login(make_user(Role.COMPLIANCE_OFFICER), backend="django.contrib.auth.backends.ModelBackend")
    monkeypatch.setattr("exchange.supervision.queues.MARKET_CLOCK", clock(held.due_at + timedelta(days=1)))
    page = client.get("/admin/queue/admissions/").content.decode()
    row = page[page.index(held.code):].split("</tr>")[0]
    assert 'class="dx-tag bad"' in row
