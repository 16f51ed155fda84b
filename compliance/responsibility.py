"""Yearly responsibility reports 社会责任报告 (Data Twenty article 13, R78): who owes one, by when, what becomes of a missed one.

Whoever counted as large by its own statement when a year ended owes a report on it within six months. Who counts as large before the year
is over is told what it will owe and by when, and may prepare it; a draft is its own until it is filed. It is published as it is filed. A
missed one is a task of the desk, where it is judged like any late report; it can still be filed, marked as late.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db.models import Exists, OuterRef, QuerySet

from compliance.cases import open_case
from compliance.cooperation_events import responsibility_moved
from compliance.models import CaseKind, ResponsibilityReport
from compliance.moves import locked, step
from compliance.states import RESPONSIBILITY, ResponsibilityStatus
from evidence.canonical import canonical
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from participants.models import Organization, PartySize, SizeStatement
from participants.operations import notify
from participants.permissions import require
from participants.queries import LOCAL
from participants.timers import after, before

__all__ = ["Head", "announce_report", "draft_responsibility", "expected", "file_responsibility", "follow_responsibility", "heads", "owing",
           "year_over"]

_DATA = Path(__file__).resolve().parent / "data" / "responsibility.yaml"
_PAGE = "/desk/responsibility/"
_MOST = 200


@dataclass(frozen=True)
class Head:
    """One head of the report: its words, and how much is said under it at least."""

    key: str
    text: tuple[str, str]
    least: int


@cache
def heads() -> tuple[Head, ...]:
    """This will return the heads of the report in their order."""
    return tuple(Head(row["key"], (row["zh"], row["en"]), int(row["least"])) for row in yaml.safe_load(
        _DATA.read_text(encoding="utf-8"))["heads"])


def year_over(at: datetime) -> int:
    """This will return the last year that is over by the market's calendar."""
    return at.astimezone(LOCAL).year - 1


def _end_of(year: int) -> datetime:
    return datetime(year + 1, 1, 1, tzinfo=LOCAL).astimezone(UTC)


@covers("R78")
def owing(year: int) -> QuerySet[Organization]:
    """This will list who counted as large by its newest statement when the year ended, and is still here."""
    ended = _end_of(year)
    counted = SizeStatement.objects.filter(organization=OuterRef("organization"), stated_at__lt=ended).order_by("-stated_at", "-pk")
    large = SizeStatement.objects.filter(organization=OuterRef("pk"), pk=counted.values("pk")[:1], size=PartySize.LARGE,
                                         effective_to__gte=ended)
    return Organization.objects.filter(Exists(large), closed_at__isnull=True).order_by("pk")


@covers("R78")
def expected(at: datetime) -> tuple[int, datetime, QuerySet[Organization]]:
    """This will tell the year that runs, when its report falls due, and who will owe it as things stand: whoever counts as large now."""
    year = year_over(at) + 1
    newest = SizeStatement.objects.filter(organization=OuterRef("organization"), stated_at__lte=at).order_by("-stated_at", "-pk")
    large = SizeStatement.objects.filter(organization=OuterRef("pk"), pk=newest.values("pk")[:1], size=PartySize.LARGE, effective_to__gt=at)
    rows = Organization.objects.filter(Exists(large), closed_at__isnull=True).order_by("code")
    return year, after("responsibility.due", _end_of(year)), rows


def _note(held: ResponsibilityReport, word: str, before_: str, *, actor: Actor, at: datetime) -> ResponsibilityReport:
    record(responsibility_moved[word](subject=held.code, organization=held.organization.code, year=held.year, from_status=before_,
                                      to_status=held.status, due_at=held.due_at, sha256=held.sha256), actor=actor, at=at)
    return held


def _say(held: ResponsibilityReport, text: tuple[str, str], *, tone: str, at: datetime) -> None:
    notify(organization=held.organization, kind="compliance.responsibility.moved", text=text, tone=tone, subject=held.code, href=_PAGE,
           due_at=held.due_at if held.status != ResponsibilityStatus.FILED else None, at=at)


@covers("R78")
@operation("compliance.responsibility.open")
def open_report(*, organization: Organization, year: int, clock: Clock) -> ResponsibilityReport:
    """This will put a year's report on a large party's list, and tell it until when."""
    at = clock.now()
    held = ResponsibilityReport.objects.select_for_update(of=("self",), no_key=True).filter(
        organization=organization, year=year, status=ResponsibilityStatus.DRAFT).first()
    before_ = step(held, RESPONSIBILITY, "open", "responsibility") if held is not None else ""
    made = held or ResponsibilityReport(code=new_code("RSP"), organization=organization, year=year, opened_at=at,
                                        due_at=after("responsibility.due", _end_of(year)))
    made.save()
    _say(made, (f"贵机构上年末为大型，请填报 {year} 年度社会责任报告", f"As a large party you owe a responsibility report on {year}"),
         tone="wait", at=at)
    return _note(made, "opened", before_, actor=SYSTEM, at=at)


@covers("R78")
@operation("compliance.responsibility.announce")
def announce_report(*, organization: Organization, clock: Clock) -> ResponsibilityReport:
    """This will tell a party that counts as large, a month before the year ends, what it will owe and by when, and begin its draft."""
    at = clock.now()
    year = year_over(at) + 1
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)  # its people may begin the draft at this moment
    if (known := ResponsibilityReport.objects.filter(organization=organization, year=year).first()) is not None:
        unchanged(at=at)
        return known
    made = ResponsibilityReport.objects.create(code=new_code("RSP"), organization=organization, year=year, opened_at=at,
                                               status=ResponsibilityStatus.DRAFT, due_at=after("responsibility.due", _end_of(year)))
    day = made.due_at.astimezone(LOCAL).date().isoformat()
    _say(made, (f"贵机构现按大型计：年末仍为大型的，{year} 年度社会责任报告须在 {day} 前填报，可以先行拟稿",
                f"You count as large: if you still do when the year ends, the report on {year} is due by {day}; you may draft it now"),
         tone="info", at=at)
    return _note(made, "announced", "", actor=SYSTEM, at=at)


@covers("R78")
@operation("compliance.responsibility.draft")
def draft_responsibility(*, organization: Organization, year: int, answers: Mapping[str, str], actor: Actor,
                         clock: Clock) -> ResponsibilityReport:
    """This will keep what was written so far, complete or not, for oneself alone: for a report that is owed or that will be."""
    at = clock.now()
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    require(actor, "compliance.responsibility.file", subject=organization, at=at)
    rows = ResponsibilityReport.objects.select_for_update(of=("self",), no_key=True)
    held = rows.filter(organization=organization, year=year).exclude(status=ResponsibilityStatus.FILED).first()
    if held is None:
        running, due_at, parties = expected(at)
        if year != running or not parties.filter(pk=organization.pk).exists():
            raise Rejected("compliance.responsibility.nothing_to_draft", year=year)
        held = ResponsibilityReport(code=new_code("RSP"), organization=organization, year=year, opened_at=at, due_at=due_at,
                                    status=ResponsibilityStatus.DRAFT)
    before_ = held.status if held.pk else ""
    held.answers = {one.key: str(answers.get(one.key, "")).strip()[:5000] for one in heads()}
    held.drafted_at = at
    held.save()
    return _note(held, "drafted", before_, actor=actor, at=at)


@covers("R78")
@operation("compliance.responsibility.file")
def file_responsibility(*, report: ResponsibilityReport, answers: Mapping[str, str], actor: Actor, clock: Clock) -> ResponsibilityReport:
    """This will file the report under all its heads and publish it; it stands as filed. After its day it is marked as late."""
    held = locked(report)
    at = clock.now()
    require(actor, "compliance.responsibility.file", subject=held, at=at)
    said = {one.key: str(answers.get(one.key, "")).strip() for one in heads()}
    faults = [FieldFault(one.key, "missing", (f"至少 {one.least} 字，至多五千字", f"{one.least} to 5,000 characters")) for one in heads()
              if not one.least <= len(said[one.key]) <= 5000]
    if faults:
        raise Rejected("compliance.responsibility.incomplete", errors=faults)
    before_ = step(held, RESPONSIBILITY, "file", "responsibility")
    held.answers, held.filed_at, held.filed_by_id, held.late = said, at, actor.user_id, at >= held.due_at
    held.sha256 = hashlib.sha256(canonical({"organization": held.organization.code, "year": held.year, "answers": said})).hexdigest()
    held.save()
    return _note(held, "filed", before_, actor=actor, at=at)


@covers("R78")
@operation("compliance.responsibility.remind")
def remind_report(*, report: ResponsibilityReport, clock: Clock) -> ResponsibilityReport:
    """This will remind once, a month before the day."""
    held = locked(report)
    at = clock.now()
    held.reminded_at = at
    held.save(update_fields=["reminded_at"])
    _say(held, (f"{held.year} 年度社会责任报告即将到期", f"The responsibility report on {held.year} is due soon"), tone="wait", at=at)
    return _note(held, "reminded", held.status, actor=SYSTEM, at=at)


@covers("R78")
@operation("compliance.responsibility.miss")
def miss_report(*, report: ResponsibilityReport, clock: Clock) -> ResponsibilityReport:
    """This will mark a report that did not come and open the desk's task over it; whether it is a fault, a person decides there."""
    held = locked(report)
    at = clock.now()
    if at < held.due_at:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    before_ = step(held, RESPONSIBILITY, "miss", "responsibility")
    held.case = open_case(
        kind=CaseKind.OTHER, subject_kind="responsibility", subject_code=held.code, organization=held.organization,
        actor=SYSTEM, clock=clock, flags=["late_report"], title=(f"社会责任报告逾期：{held.organization.short_name} {held.year}",
                                      f"Responsibility report missing: {held.organization.short_name_en} {held.year}"),
        text="数据二十条 第十三条；报告迟延按信用管理规则附件一第1项处理").code
    held.save()
    _say(held, (f"{held.year} 年度社会责任报告逾期，已转合规台；请尽快补报",
                f"The report on {held.year} is overdue; file it as soon as you can"),
         tone="bad", at=at)
    return _note(held, "missed", before_, actor=SYSTEM, at=at)


def _announce(at: datetime, clock: Clock) -> int:
    """In the last month of a year, once for each party that counts as large."""
    year, _, parties = expected(at)
    if at < before("responsibility.announce", _end_of(year)):
        return 0
    known = ResponsibilityReport.objects.filter(organization=OuterRef("pk"), year=year)
    waiting = list(parties.filter(~Exists(known))[:_MOST])
    for party in waiting:
        announce_report(organization=party, clock=clock)
    return len(waiting)


def follow_responsibility(clock: Clock) -> int:
    """This will announce this year's reports, open last year's, remind of those near their day, and mark those that did not come."""
    at, done = clock.now(), 0
    year = year_over(at)
    known = ResponsibilityReport.objects.filter(organization=OuterRef("pk"), year=year).exclude(status=ResponsibilityStatus.DRAFT)
    done += _announce(at, clock)
    for party in owing(year).filter(~Exists(known))[:_MOST]:
        open_report(organization=party, year=year, clock=clock)
        done += 1
    waiting: Any = ResponsibilityReport.objects.filter(status=ResponsibilityStatus.DUE).order_by("due_at")
    for one in waiting.filter(due_at__lte=at)[:_MOST]:
        miss_report(report=one, clock=clock)
        done += 1
    for one in waiting.filter(reminded_at__isnull=True, due_at__gt=at)[:_MOST]:
        if before("responsibility.remind", one.due_at) <= at:
            remind_report(report=one, clock=clock)
            done += 1
    return done
