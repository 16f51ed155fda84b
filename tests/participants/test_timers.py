"""Clocks and terms of keeping are dated data; product code asks for them and writes none of its own (section I)."""

from __future__ import annotations

import ast
from datetime import UTC, date, datetime, timedelta

import pytest

from kit.coverage import covers
from participants.calendars import alarm_calendar, calendar_state, decide_calendar, propose_calendar, read_lines
from participants.defaults import DEFAULTS
from participants.holidays import HOLIDAYS
from participants.models import CalendarDay, Notice
from participants.queries import LOCAL, is_working_day
from participants.roles import Role
from participants.timers import Timer, after, before, every, timer, value
from tests.clones import HOUSE
from tests.factories import NOW, clock, make_actor, venue


def at(*day: int) -> datetime:
    return datetime(*day, 4, tzinfo=UTC)


@covers("R100")
def test_every_clock_has_its_source_mark_and_both_names() -> None:
    for row in every():
        assert row.source and all(row.text), row.key
        assert row.mark in {"S", "S2", "M", "P"}, row.key
    assert sum(row.mark == "S" for row in every()) >= 20


@covers("R100")
@pytest.mark.parametrize(("key", "number", "unit"), [
    ("incident.larger.report", 4, "hours"), ("incident.cii.report", 1, "hours"), ("incident.central_body.report", 2, "hours"),
    ("security_defect.report", 24, "hours"), ("pi_leak.notify", 0, "at_once"), ("incident.final_report", 30, "calendar_days"),
    ("retention.logs", 6, "months"), ("retention.pipia", 3, "years"), ("retention.entrust", 3, "years"),
    ("retention.platform_trade", 3, "years"), ("retention.auction_books", 5, "years"), ("retention.export_papers", 5, "years"),
    ("retention.certificate", 5, "years"), ("retention.identity", 10, "years"), ("retention.clearing", 20, "years"),
    ("retention.register", 30, "years"), ("retention.accounting", 30, "years"), ("complaint.accept", 7, "working_days"),
    ("complaint.mediation", 45, "working_days"), ("complaint.lead_check", 15, "working_days"),
    ("complaint.tell_reporter", 5, "working_days"),
    ("complaint.limitation", 3, "years"), ("ip_notice.wait", 15, "calendar_days"), ("arbitration.accept", 5, "calendar_days"),
    ("civil.limitation", 3, "years"), ("bankruptcy.open_contracts", 2, "months"), ("enterprise.publicity", 20, "working_days"),
    ("important_data.assessment", 1, "years"), ("pi_audit", 2, "years")])
def test_the_figures_of_the_law_are_those_of_section_i(key: str, number: int, unit: str) -> None:
    held = timer(key, at=NOW)
    assert (held.value, held.unit) == (number, unit)


@covers("R100")
def test_a_past_act_is_reckoned_by_the_clock_of_its_day() -> None:
    assert value("arbitration.set_aside", at=at(2026, 2, 28)) == 6
    assert value("arbitration.set_aside", at=at(2026, 3, 2)) == 3
    assert value("incident.larger.report", at=at(2024, 1, 1)) == 4, "before its first row, the first"
    with pytest.raises(LookupError):
        timer("no.such", at=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(("key", "start", "end"), [
    ("incident.larger.report", at(2026, 11, 2), at(2026, 11, 2) + timedelta(hours=4)),
    ("retention.drafts", at(2026, 11, 2), at(2027, 1, 31)), ("retention.logs", at(2026, 8, 31), at(2027, 2, 28)),
    ("retention.pipia", at(2024, 2, 29), at(2027, 2, 28)), ("case.sample", at(2026, 11, 2), datetime(2026, 11, 9, 16, tzinfo=UTC))])
def test_a_clock_runs_out_in_its_own_unit(key: str, start: datetime, end: datetime) -> None:
    assert after(key, start) == end


@pytest.mark.django_db
def test_a_term_of_keeping_reaches_back_as_far_as_forward() -> None:
    assert before("retention.pipia", at(2029, 11, 2)) == at(2026, 11, 2)
    assert before("retention.logs", at(2027, 2, 28)) == at(2026, 8, 28)


@covers("R100")
@pytest.mark.django_db
def test_the_venues_own_figures_stay_within_the_law() -> None:
    own = {(one.key, one.scope): one.value for one in DEFAULTS}
    for row in every():
        if not row.parameter:
            continue
        mine = own[row.parameter, ""]
        law = (after(row.key, NOW) - NOW).days if row.unit == "months" else row.value
        assert mine <= law if row.bound == "most" else mine >= law, row.key


#: Days that are arithmetic of the calendar, not a term: one day on, a week of a chart, a form's first offer, a year looked back on.
_ALLOWED = {
    ("compliance/law_desk.py", "days"), ("listings/principals.py", "days"), ("listings/management/commands/preview_list.py", "days"),
    ("listings/coaching.py", "days"), ("listings/authorisation_forms.py", "days"), ("listings/admin.py", "days"),
    ("participants/queries.py", "days"), ("participants/holidays.py", "days"), ("participants/views/papers.py", "days"),
            ("settlement/operations.py", "days"), ("settlement/subsidy_forms.py", "days"), ("settlement/tasks.py", "days"),
            ("trading/desk_views.py", "days"), ("trading/desk_views.py", "hours"), ("trading/market_api.py", "days"),
            ("delivery/scoring/calling.py", "hours"), ("delivery/calling.py", "days"), ("participants/tax.py", "days"),
            ("participants/views/audit.py", "days"), ("settlement/receipts.py", "days"), ("settlement/book_views.py", "days"),
            ("settlement/dead_letters.py", "days"),
            ("settlement/uncollected.py", "days"), ("trading/venue_pilots.py", "days"),
            # the longest term that the database itself lets a person stand in for another
            ("participants/models/deputies.py", "days"), ("participants/models/deputies.py", "hours")}


def literal_terms(source: str) -> set[str]:
    """Units of ``timedelta`` that are given as a bare number of days, hours or weeks in a source."""
    return {keyword.arg for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and getattr(node.func, "id",
                                                                                                          "") == "timedelta"
            for keyword in node.keywords if keyword.arg in {"days", "hours", "weeks"} and isinstance(keyword.value, ast.Constant)}


@covers("R100")
@pytest.mark.parametrize("room", ["compliance", "listings", "trading", "delivery", "settlement", "participants", "ledger", "evidence"])
def test_no_room_writes_a_term_of_days_or_hours_into_its_code(room: str) -> None:
    found = {(path.relative_to(HOUSE).as_posix(), unit) for path in (HOUSE / room).rglob("*.py") if "migrations" not in path.parts
             for unit in literal_terms(path.read_text(encoding="utf-8"))}
    assert found <= _ALLOWED


def test_the_look_finds_a_term_that_was_written_in() -> None:
    assert literal_terms("due = at + timedelta(days=45)") == {"days"} and literal_terms("due = at + timedelta(seconds=3)") == set()


def test_a_faulty_row_is_refused() -> None:
    from participants import timers

    with pytest.raises(ValueError, match="not known"):
        timers._read({"key": "x", "value": 1, "unit": "moons", "mark": "P", "source": "x", "zh": "x", "en": "x"})
    assert Timer("x", 1, "hours", ("x", "x"), "x", "P", date(2020, 1, 1), date(2021, 1, 1)).holds(at(2021, 1, 1)) is False


# ---- the calendar ------------------------------------------------------------------------------------------------------------


@covers("R55")
@pytest.mark.django_db
@pytest.mark.parametrize(("year", "state", "working"), [(2025, "published", 248), (2026, "published", 248), (2027, "statutory", 254),
                                                        (2028, "missing", None)])
def test_how_each_year_is_known(year: int, state: str, working: int | None) -> None:
    assert calendar_state(venue(), year) == state
    if working is not None:
        marked = {day: worked for day, worked, *_ in HOLIDAYS}
        days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
        assert sum(is_working_day(day, marked) for day in days) == working


@covers("R55")
def test_days_worked_in_exchange_fall_on_weekends_and_holidays_hold_no_day_twice() -> None:
    days = [day for day, *_ in HOLIDAYS]
    assert len(days) == len(set(days))
    assert all(day.weekday() >= 5 for day, worked, *_ in HOLIDAYS if worked)


@covers("R55")
@pytest.mark.django_db
def test_the_next_years_calendar_is_asked_for_in_time_once_and_until_it_is_there() -> None:
    early, late = clock(at(2026, 11, 16)), clock(at(2026, 11, 18))
    assert alarm_calendar(clock=early) == 0, "45 days before the year"
    assert alarm_calendar(clock=late) == 1 and alarm_calendar(clock=late) == 0
    told = Notice.objects.get(kind="participants.calendar.missing")
    assert "2027" in told.text_zh and told.due_at == datetime(2027, 1, 1, tzinfo=LOCAL)
    assert alarm_calendar(clock=clock(at(2028, 2, 1))) == 1, "a year that began unknown is asked for too"


@covers("R55", "I18")
@pytest.mark.django_db
def test_a_published_year_is_put_in_by_two_and_replaces_the_statute() -> None:
    text = "2027-02-05 休 春节\n2027-02-06 off 春节\n\n2027-01-31 班 春节调休上班\n"
    maker = make_actor(Role.VENUE_OPERATOR)
    asked = propose_calendar(venue=venue(), year=2027, text=text, source="国务院办公厅关于2027年部分节假日安排的通知", actor=maker,
                             clock=clock())
    assert decide_calendar(approval=asked, agree=True, reason="核对", actor=make_actor(Role.VENUE_OPERATOR), clock=clock()) == 3
    assert calendar_state(venue(), 2027) == "published"
    assert CalendarDay.objects.filter(venue=venue(), day__year=2027).count() == 3
    assert calendar_state(venue(), 2026) == "published", "other years stand"


@pytest.mark.parametrize(("text", "field"), [("2027-02-30 休 春节", "line 1"), ("2027-02-05 春节", "line 1"),
                                             ("2026-02-05 休 春节", "2026-02-05"),
                                             ("2027-02-05 休 春节\n2027-02-05 班 春节", "lines"), ("", "lines")])
def test_a_faulty_calendar_is_refused_by_line(text: str, field: str) -> None:
    from kit.rejected import Rejected

    with pytest.raises(Rejected) as caught:
        read_lines(text, 2027)
    assert field in {fault.field for fault in caught.value.errors}
