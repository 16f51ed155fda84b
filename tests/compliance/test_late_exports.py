"""An export nobody decided in time: put up once, a security review again each thirty days; nothing is decided by time (R64, R65)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from compliance.exports import escalate_export
from compliance.models import Case, ExportCase
from compliance.operations import decide_export, file_papers, hold_for_review, release_from_review, screen_export, second_export
from compliance.rules.cross_border import PAPERS
from compliance.tasks import act_on_deadlines
from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Notice
from participants.queries import add_working_days
from tests.compliance.test_exports import opened
from tests.compliance.worlds import regulator
from tests.factories import NOW, clock

pytestmark = pytest.mark.django_db


def assessed() -> ExportCase:
    case, _, actor = opened(grade="important")
    case = screen_export(case=case, actor=actor, clock=clock())
    return file_papers(case=case, papers=dict.fromkeys(PAPERS, "DEP-1"), actor=actor, clock=clock())


@covers("R64", "R67")
def test_an_assessment_past_forty_five_working_days_comes_before_the_authority_once_and_stays_undecided() -> None:
    case = assessed()
    assert case.due_at == add_working_days(case.exporter.venue, NOW, 45)
    with pytest.raises(Rejected, match="not_reached"):
        escalate_export(case=case, clock=clock(case.due_at - timedelta(microseconds=1)))
    act_on_deadlines(clock(case.due_at))
    act_on_deadlines(clock(case.due_at + timedelta(days=9)))
    case.refresh_from_db()
    assert (case.status, case.overdue) == ("in_assessment", True)
    file = Case.objects.get(kind="export", subject_code=case.code)
    assert file.queue == "regulator" and "overdue" in file.flags
    assert Record.objects.filter(kind="compliance.export.escalated", subject=case.code).count() == 1
    assert Notice.objects.filter(kind="compliance.export.late", organization=case.exporter).count() == 1
    late = clock(case.due_at)
    decide_export(case=case, clear=True, reason="评估通过", actor=regulator(), clock=late)
    done = second_export(case=case, agree=True, reason="", actor=regulator(), clock=late)
    file.refresh_from_db()
    assert (done.status, done.overdue, file.outcome) == ("cleared", False, "cause_gone")
    with pytest.raises(IntegrityError, match="export_late_while_it_waits"), transaction.atomic():
        ExportCase.objects.filter(pk=case.pk).update(overdue=True)


@covers("R65")
def test_a_security_review_is_put_up_again_each_thirty_days_and_no_deadline_releases_it() -> None:
    case = hold_for_review(case=assessed(), reason="外资并购", actor=regulator(), clock=clock())
    for month in (1, 2, 3):
        act_on_deadlines(clock(NOW + timedelta(days=30 * month)))
        case.refresh_from_db()
        assert (case.status, case.overdue, case.due_at) == ("security_review", True, NOW + timedelta(days=30 * (month + 1)))
        assert Record.objects.filter(kind="compliance.export.escalated", subject=case.code).count() == month
    assert Case.objects.filter(kind="export", subject_code=case.code).count() == 1, "one file, a line each month"
    back = release_from_review(case=case, reason="审查通过", actor=regulator(), clock=clock(case.due_at))
    assert (back.status, back.overdue) == ("in_assessment", False)
