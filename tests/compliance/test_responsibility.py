"""R78: large parties report on their responsibility every year; published as filed, reminded of, and a task of the desk when missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from compliance.models import Case, ConductCase, ResponsibilityReport
from compliance.responsibility import draft_responsibility, expected, file_responsibility, follow_responsibility, heads, owing
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


# ---- before the year is over ---------------------------------------------------------------------------------------------------

#: the last month of 2026
DECEMBER = datetime(2026, 12, 3, tzinfo=UTC)


def now_large() -> tuple[Organization, Actor]:
    return large(at=datetime(2026, 6, 1, tzinfo=UTC))


@covers("R78")
def test_a_month_before_the_year_ends_each_large_party_is_told_once_what_it_will_owe_and_by_when() -> None:
    ours, _ = now_large()
    large("medium", datetime(2026, 6, 1, tzinfo=UTC))
    follow_responsibility(clock(datetime(2026, 11, 20, tzinfo=UTC)))
    assert not ResponsibilityReport.objects.exists(), "not yet its time"
    follow_responsibility(clock(DECEMBER))
    follow_responsibility(clock(DECEMBER + timedelta(days=1)))
    report = ResponsibilityReport.objects.get()
    assert (report.organization, report.year, report.status) == (ours, 2026, "draft")
    told = Notice.objects.filter(organization=ours, kind="compliance.responsibility.moved")
    assert told.count() == 1 and "2027-07-01" in told.get().text_zh


@covers("R78")
def test_a_draft_is_kept_incomplete_and_becomes_the_report_that_is_owed_with_nothing_lost() -> None:
    ours, actor = now_large()
    some = {heads()[0].key: "还没写完"}
    draft = draft_responsibility(organization=ours, year=2026, answers=some, actor=actor, clock=clock(DECEMBER))
    assert (draft.status, draft.answers[heads()[0].key]) == ("draft", "还没写完")
    with pytest.raises(Rejected, match="illegal_move"):
        file_responsibility(report=draft, answers=ANSWERS, actor=actor, clock=clock(DECEMBER))
    january = datetime(2027, 1, 10, tzinfo=UTC)
    follow_responsibility(clock(january))
    draft.refresh_from_db()
    assert (draft.status, draft.answers[heads()[0].key]) == ("due", "还没写完")
    again = draft_responsibility(organization=ours, year=2026, answers=ANSWERS, actor=actor, clock=clock(january))
    assert again.status == "due" and again.sha256 == ""
    assert file_responsibility(report=again, answers=ANSWERS, actor=actor, clock=clock(january)).status == "filed"
    with pytest.raises(Rejected, match="nothing_to_draft"):
        draft_responsibility(organization=ours, year=2026, answers=some, actor=actor, clock=clock(january))


@covers("R78")
def test_who_is_no_longer_large_when_the_year_ends_owes_nothing_and_keeps_its_draft() -> None:
    ours, actor = now_large()
    draft = draft_responsibility(organization=ours, year=2026, answers=ANSWERS, actor=actor, clock=clock(DECEMBER))
    sized(ours, "medium", at=DECEMBER + timedelta(days=5))
    follow_responsibility(clock(datetime(2027, 1, 10, tzinfo=UTC)))
    draft.refresh_from_db()
    assert draft.status == "draft" and draft.answers == ANSWERS


@covers("R78")
@pytest.mark.parametrize("year", [2024, 2027])
def test_no_draft_of_another_year_nor_by_who_is_not_large(year: int) -> None:
    ours, actor = now_large()
    other, small = large("small", datetime(2026, 6, 1, tzinfo=UTC))
    for organization, by, asked in ((ours, actor, year), (other, small, 2026)):
        with pytest.raises(Rejected, match="nothing_to_draft"):
            draft_responsibility(organization=organization, year=asked, answers={}, actor=by, clock=clock(DECEMBER))
    with pytest.raises(Rejected, match="absent"):
        draft_responsibility(organization=ours, year=2026, answers={}, actor=small, clock=clock(DECEMBER))


@covers("R78")
def test_the_preview_shows_the_draft_as_it_would_be_published_to_its_author_alone(client: Client) -> None:
    from evidence.clock import MARKET_CLOCK

    now = MARKET_CLOCK.now()
    ours, actor = large(at=now - timedelta(days=3))
    client.force_login(User.objects.get(pk=actor.user_id or 0))
    year = str(now.astimezone(LOCAL).year)
    sent = client.post("/desk/responsibility/", {"act": "draft", "then": "preview", "year": year, **ANSWERS, heads()[0].key: "短"})
    report = ResponsibilityReport.objects.get(organization=ours)
    page = f"/desk/responsibility/{report.code}/preview/"
    assert sent.status_code == 302 and sent["Location"] == page
    shown = client.get(page).content.decode()
    assert "还没有写全" in shown and heads()[0].text[0] in shown and "情况如实说明" in shown
    assert client.get(f"/rules/responsibility/{report.code}/").status_code == 404, "not published"
    stranger = User.objects.get(pk=merchant()[1].user_id or 0)
    client.force_login(stranger)
    assert client.get(page).status_code == 404
