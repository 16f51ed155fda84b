"""R78: large parties report on their responsibility every year; published as filed, reminded of, and a task of the desk when missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from compliance.models import Case, ConductCase, ResponsibilityReport
from compliance.responsibility import expected, file_responsibility, follow_responsibility, heads, owing
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Notice, Organization, SizeStatement, User
from participants.queries import LOCAL
from tests.compliance.worlds import merchant
from tests.factories import clock, sized

pytestmark = pytest.mark.django_db
#: the year 2025 ends by the market's calendar at 16:00 UTC
END = datetime(2025, 12, 31, 16, tzinfo=UTC)
JANUARY = datetime(2026, 1, 10, tzinfo=UTC)
ANSWERS = {one.key: "本年度已开展相关工作，无重大事项，情况如实说明。" for one in heads()}


def large(size: str = "large", at: datetime = datetime(2025, 6, 1, tzinfo=UTC)) -> tuple[Organization, Actor]:
    ours, actor = merchant()
    sized(ours, size, at=at)
    return ours, actor


def due() -> tuple[ResponsibilityReport, Actor]:
    _, actor = large()
    follow_responsibility(clock(JANUARY))
    return ResponsibilityReport.objects.get(), actor


@covers("R78")
@pytest.mark.parametrize(("size", "stated", "owes"), [
    ("large", END - timedelta(days=200), True), ("medium", END - timedelta(days=200), False),
    ("large", END - timedelta(seconds=1), True), ("large", END, False)])
def test_who_counted_as_large_when_the_year_ended_owes_a_report(size: str, stated: datetime, owes: bool) -> None:
    ours, _ = large(size, stated)
    assert list(owing(2025)) == ([ours] if owes else [])


@covers("R78")
def test_the_newest_statement_counts_and_one_that_ran_out_does_not() -> None:
    ours, _ = large()
    sized(ours, "medium", at=datetime(2025, 9, 1, tzinfo=UTC))
    assert not owing(2025).exists(), "no longer large"
    other, _ = merchant()
    SizeStatement.objects.create(organization=other, size="large", industry="other", year=2025, staff=1, basis="测试", standard="test",
                                 stated_at=END - timedelta(days=200), effective_to=END - timedelta(seconds=1))
    assert not owing(2025).exists(), "the statement no longer counted"


@covers("R78")
def test_it_is_opened_once_reminded_of_once_and_published_as_filed(client: Client) -> None:
    report, actor = due()
    assert follow_responsibility(clock(JANUARY)) == 0, "once"
    assert report.due_at == datetime(2026, 6, 30, 16, tzinfo=UTC)
    assert follow_responsibility(clock(report.due_at - timedelta(days=31))) == 0
    assert follow_responsibility(clock(report.due_at - timedelta(days=30))) == 1
    assert follow_responsibility(clock(report.due_at - timedelta(days=29))) == 0, "once"
    assert Notice.objects.filter(kind="compliance.responsibility.moved").count() == 2
    done = file_responsibility(report=report, answers=ANSWERS, actor=actor, clock=clock(report.due_at - timedelta(days=1)))
    assert (done.status, done.late, len(done.sha256)) == ("filed", False, 64)
    assert done.code in client.get("/rules/responsibility/").content.decode()
    assert ANSWERS["labour"] in client.get(f"/rules/responsibility/{done.code}/").content.decode()


@covers("R78")
def test_a_missed_one_is_a_task_of_the_desk_and_no_finding_by_itself_and_can_still_be_filed() -> None:
    report, actor = due()
    assert follow_responsibility(clock(report.due_at - timedelta(seconds=1))) == 1, "the reminder"
    assert follow_responsibility(clock(report.due_at)) == 1
    report.refresh_from_db()
    case = Case.objects.get(code=report.case)
    assert (report.status, case.flags, case.queue, case.organization_id) == ("missed", ["late_report"], "compliance",
                                                                             report.organization_id)
    assert not ConductCase.objects.exists(), "a person decides whether it is a fault"
    done = file_responsibility(report=report, answers=ANSWERS, actor=actor, clock=clock(report.due_at + timedelta(days=3)))
    assert (done.status, done.late) == ("filed", True)


def faults(report: ResponsibilityReport, actor: Actor, **answers: Any) -> list[str]:
    with pytest.raises(Rejected) as caught:
        file_responsibility(report=report, answers={**ANSWERS, **answers}, actor=actor, clock=clock(JANUARY))
    return [one.field for one in caught.value.errors]


@covers("R78")
def test_every_head_is_answered_and_what_was_filed_stands() -> None:
    report, actor = due()
    assert faults(report, actor, labour="无") == ["labour"]
    assert faults(report, actor, labour="", competition=" " * 40) == ["competition", "labour"]
    done = file_responsibility(report=report, answers=ANSWERS, actor=actor, clock=clock(JANUARY))
    with pytest.raises(DatabaseError), transaction.atomic():
        ResponsibilityReport.objects.filter(pk=done.pk).update(answers={})
    with pytest.raises(Rejected, match="illegal_move"):
        file_responsibility(report=done, answers=ANSWERS, actor=actor, clock=clock(JANUARY))
    _, stranger = merchant()
    with pytest.raises(Rejected, match=r"absent|denied"):
        file_responsibility(report=done, answers=ANSWERS, actor=stranger, clock=clock(JANUARY))


@covers("R78")
def test_who_counts_as_large_now_reads_what_it_will_owe_and_by_when(client: Client) -> None:
    from evidence.clock import MARKET_CLOCK

    now = MARKET_CLOCK.now()
    ours, actor = large(at=now - timedelta(days=3))
    small, other = large("small", now - timedelta(days=3))
    year, due_at, owing_ = expected(now)
    assert (year, due_at.astimezone(LOCAL).month, list(owing_)) == (now.astimezone(LOCAL).year, 7, [ours])
    page = client.get("/rules/responsibility/").content.decode()
    assert ours.short_name in page and small.short_name not in page
    for who, told in ((actor, True), (other, False)):
        client.force_login(User.objects.get(pk=who.user_id or 0))
        assert ("现按大型计" in client.get("/desk/responsibility/").content.decode()) == told
    sized(ours, "medium", at=now - timedelta(days=1))
    assert not expected(now)[2].exists(), "the newest statement counts"
