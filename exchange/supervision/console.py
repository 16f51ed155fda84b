"""What the operator's day is made of: what waits, the days ahead, what jobs could not take, what must be done before the day closes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.models import Case, DayEnd, Incident
from compliance.states import CaseStatus, IncidentStatus
from evidence.queries import parked
from participants.calendars import calendar_state
from participants.models import Admission, AdmissionStatus, Approval, ApprovalStatus, CalendarDay, Notice
from participants.queries import LOCAL, house_venue, is_working_day, venue_organization
from settlement.bank_models import Payout, Reconciliation, Suspense
from settlement.models import Settlement, SettlementCycle, Uncollected
from settlement.states import CycleStatus, PayoutStatus
from trading.models import Auction, SurveillanceAlert
from trading.states import AlertStatus, AuctionStatus

__all__ = ["CHECKS", "Check", "Day", "checks_of", "console"]

_DAYS_AHEAD, _LISTED = 14, 8
_WAITING = (AdmissionStatus.SUBMITTED, AdmissionStatus.IN_REVIEW)


@dataclass(frozen=True)
class Check:
    """One thing done before the day closes: how many are still open, and where they are worked on."""

    key: str
    words: str | Promise
    open: int
    href: str


@dataclass(frozen=True)
class Day:
    """A day of the venue's calendar: worked or not, and how many lots end on it."""

    day: date
    working: bool
    closing: int


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)


def _unreconciled(begin: datetime, end: datetime) -> int:
    """The failed comparisons that stand; one where the books were not compared that day."""
    compared = Reconciliation.objects.filter(at__gte=begin, at__lt=end).exists()
    return Reconciliation.objects.filter(status="failed").count() or int(not compared)


#: key -> (words, how many are open of the day [begin, end), address)
CHECKS: dict[str, tuple[str | Promise, Callable[[datetime, datetime], int], tuple[str, ...]]] = {
    "admissions": (_("当日到期的准入申请已办"), lambda begin, end: Admission.objects.filter(
        status__in=_WAITING, due_at__lt=end).count(), ("admin:queue", "admissions")),
    "cases": (_("当日到期的案件已办"), lambda begin, end: Case.objects.filter(
        status__in=[CaseStatus.OPEN, CaseStatus.ASSIGNED], due_at__lt=end).count(), ("admin:queue", "cases")),
    "alerts": (_("预警没有逾期"), lambda begin, end: SurveillanceAlert.objects.filter(
        status__in=[AlertStatus.RAISED, AlertStatus.IN_ANALYSIS], overdue=True).count(), ("admin:queue", "alerts")),
    "incidents": (_("安全事件已定级上报"), lambda begin, end: Incident.objects.filter(
        status__in=[IncidentStatus.REPORTED, IncidentStatus.CLASSIFIED]).count(), ("admin:queue", "cases")),
    "lots": (_("到时的竞价都已截标"), lambda begin, end: Auction.objects.filter(
        status=AuctionStatus.OPEN, closes_at__lt=end).count(), ("trading:calendar",)),
    "jobs": (_("后台任务没有挂起"), lambda begin, end: parked().count(), ("admin:console",)),
    "settlement": (_("没有挂起的结算，批次都已过账"), lambda begin, end: Settlement.objects.filter(status="parked").count()
                   + Uncollected.objects.filter(parked_at__isnull=False).count()
                   + SettlementCycle.objects.filter(status__in=[CycleStatus.FROZEN, CycleStatus.BLOCKED]).count(), ("settlement:money",)),
    "books": (_("账已核对且相符"), _unreconciled, ("settlement:money",)),
    "payouts": (_("没有等待核准的提现"), lambda begin, end: Payout.objects.filter(
        status=PayoutStatus.REQUESTED).count(), ("settlement:money",)),
    "suspense": (_("没有归属不明的款项"), lambda begin, end: Suspense.objects.filter(status="open").count(), ("settlement:suspense",)),
    "approvals": (_("当日到期的复核已办"), lambda begin, end: Approval.objects.filter(
        status=ApprovalStatus.PENDING, due_at__lt=end).count(), ("admin:participants_approval_changelist",)),
}


def checks_of(day: date) -> list[Check]:
    """This will count what is still open of a day, check by check."""
    begin, end = _begin(day), _begin(day + timedelta(days=1))
    return [Check(key, words, count(begin, end), reverse(where[0], args=where[1:])) for key, (words, count, where) in CHECKS.items()]


def console(now: datetime) -> dict[str, Any]:
    """This will gather one page of the operator's day."""
    today = now.astimezone(LOCAL).date()
    closed = DayEnd.objects.select_related("by__person").order_by("-day").first()
    checks = checks_of(today)
    return {
        "today": today, "checks": checks, "open": sum(1 for one in checks if one.open), "last": closed,
        "done": closed is not None and closed.day == today, "waiting": _onboarding(), "days": _days(today),
        "years": [(year, calendar_state(house_venue(), year)) for year in (today.year, today.year + 1)], "jobs": _jobs(),
        "parked_lines": list(Settlement.objects.filter(status="parked").select_related("seller").order_by("pk")[:_LISTED]),
        "notices": list(Notice.objects.filter(organization=venue_organization(house_venue())).order_by("-seq")[:_LISTED]),
    }


def _onboarding() -> list[Admission]:
    return list(Admission.objects.filter(status__in=_WAITING).select_related("organization").order_by("due_at", "id")[:_LISTED])


def _days(today: date) -> list[Day]:
    last = today + timedelta(days=_DAYS_AHEAD)
    marked = dict(CalendarDay.objects.filter(venue=house_venue(), day__gte=today, day__lt=last).values_list("day", "is_working"))
    closes = Auction.objects.filter(status__in=[AuctionStatus.OPEN, AuctionStatus.ANNOUNCED], closes_at__gte=_begin(today),
                                    closes_at__lt=_begin(last)).values_list("closes_at", flat=True)
    closing = Counter(at.astimezone(LOCAL).date() for at in closes)
    ahead = [today + timedelta(days=number) for number in range(_DAYS_AHEAD)]
    return [Day(day, is_working_day(day, marked), closing[day]) for day in ahead]


def _jobs() -> list[dict[str, Any]]:
    """Subscribers that could not take something: how many facts, since when, the first fault's words."""
    rows = parked().order_by("subscriber").values("subscriber").annotate(number=Count("id"), since=Min("at"))
    found = []
    for row in rows:
        first = parked().filter(subscriber=row["subscriber"], tries__gt=0).order_by("position").first()
        found.append({**row, "error": first.error if first else "", "about": first.subject if first else ""})
    return found
