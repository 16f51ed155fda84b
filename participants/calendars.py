"""Which years of a venue's working-day calendar are known as published, and the alarm while the next one is not.

A year stands as ``published`` (the State Council's notice, with the days worked in exchange), ``statutory`` (the holidays of the
law alone), or ``missing``. Terms of working days are reckoned all the same; what is not published may move them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from evidence.models import Record
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from participants.approvals import ask_approval, decide_approval
from participants.events import CalendarMissing, CalendarSet
from participants.holidays import STATUTE
from participants.models import Approval, CalendarDay, Venue
from participants.notices import notify
from participants.permissions import require
from participants.queries import LOCAL, venue_organization
from participants.timers import value

__all__ = ["alarm_calendar", "calendar_state", "decide_calendar", "propose_calendar", "read_lines"]

SET = "participants.calendar.set"


def calendar_state(venue: Venue, year: int) -> str:
    """This will tell how the venue knows a year's working days: ``published``, ``statutory`` or ``missing``."""
    sources = set(CalendarDay.objects.filter(venue=venue, day__year=year).values_list("source", flat=True))
    if not sources:
        return "missing"
    return "statutory" if sources == {STATUTE} else "published"


@covers("R55")
def alarm_calendar(*, clock: Clock) -> int:
    """This will raise the alarm once a year for each venue whose next year's calendar is not published in time; returns how many.

    The year that runs is asked for too, should it have begun unknown.
    """
    at = clock.now()
    today = at.astimezone(LOCAL).date()
    lead = timedelta(days=value("calendar.alarm", at=at))
    years = [today.year, *([today.year + 1] if today + lead >= date(today.year + 1, 1, 1) else [])]
    raised = 0
    for venue in Venue.objects.exclude(profile="simulation").order_by("pk"):
        for year in years:
            state = calendar_state(venue, year)
            if state != "published" and not _raised(venue, year, state):
                _alarm(venue=venue, year=year, state=state, actor=SYSTEM, at=at)
                raised += 1
    return raised


def _raised(venue: Venue, year: int, state: str) -> bool:
    return Record.objects.filter(kind=CalendarMissing.kind, subject=venue.code, payload__year=year, payload__state=state).exists()


@operation("participants.calendar.alarm")
def _alarm(*, venue: Venue, year: int, state: str, actor: Actor, at: datetime) -> None:
    require(actor, "participants.retention.keep", at=at)
    record(CalendarMissing(subject=venue.code, year=year, state=state), actor=actor, at=at)
    notify(organization=venue_organization(venue), kind="participants.calendar.missing", tone="wait", subject=venue.code,
           due_at=datetime(year, 1, 1, tzinfo=LOCAL), at=at,
           text=(f"{year} 年工作日历{'尚缺' if state == 'missing' else '只有法定节假日'}，"
                 "请按国务院办公厅通知补录，否则工作日期限可能有误。",
                 f"The calendar of {year} is {'missing' if state == 'missing' else 'known by statute only'}; add the published one, "
                 "or terms of working days may be wrong."))


# ---- the published calendar comes in ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One day that breaks the working week."""

    day: date
    is_working: bool
    name: str


_WORDS = {"off": False, "休": False, "work": True, "班": True}


def read_lines(text: str, year: int) -> list[Line]:
    """This will read lines such as ``2027-02-05 off 春节`` (or 休, 班); every fault is named with its line."""
    found: list[Line] = []
    faults: list[FieldFault] = []
    for number, raw in enumerate(text.splitlines(), 1):
        parts = raw.split(maxsplit=2)
        if not parts:
            continue
        try:
            found.append(Line(date.fromisoformat(parts[0]), _WORDS[parts[1].lower()], parts[2]))
        except (ValueError, KeyError, IndexError):
            faults.append(FieldFault(f"line {number}", "unreadable", ("应为：日期 休|班 名称", "expected: date off|work name")))
    faults += [FieldFault(str(one.day), "year", (f"不在 {year} 年", f"not in {year}")) for one in found if one.day.year != year]
    if len({one.day for one in found}) != len(found) or not found:
        faults.append(FieldFault("lines", "days", ("日期重复或没有一行", "a day stands twice, or there is no line")))
    if faults:
        raise Rejected("participants.calendar.faulty", errors=faults)
    return found


@covers("R55", "I18")
@operation("participants.calendar.propose")
def propose_calendar(*, venue: Venue, year: int, text: str, source: str, actor: Actor, clock: Clock) -> Approval:
    """This will put a year's published calendar before a second person."""
    at = clock.now()
    require(actor, SET, at=at)
    lines = read_lines(text, year)
    if not source.strip() or source.strip() == STATUTE:
        raise Rejected("participants.calendar.source")
    return ask_approval(act=SET, subject=f"{venue.code}-{year}", actor=actor, at=at, payload={
        "venue": venue.code, "year": year, "source": source.strip()[:120],
        "lines": [[one.day.isoformat(), one.is_working, one.name[:40]] for one in lines]})


@operation("participants.calendar.decide")
def decide_calendar(*, approval: Approval, agree: bool, reason: str, actor: Actor, clock: Clock) -> int:
    """This will put the year's days in the place of those that stand, or leave them; terms already running keep their ends."""
    at = clock.now()
    require(actor, SET, at=at)
    decided = decide_approval(approval=approval, approve=agree, reason=reason, actor=actor, at=at)
    if not agree:
        return 0
    asked = decided.payload
    venue = Venue.objects.get(code=asked["venue"])
    CalendarDay.objects.filter(venue=venue, day__year=asked["year"]).delete()
    made = CalendarDay.objects.bulk_create([
        CalendarDay(venue=venue, day=date.fromisoformat(day), is_working=worked, name_zh=name, source=asked["source"])
        for day, worked, name in asked["lines"]])
    record(CalendarSet(subject=venue.code, year=asked["year"], days=len(made), source=asked["source"]), actor=actor, at=at)
    return len(made)
