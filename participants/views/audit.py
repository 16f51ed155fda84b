"""``/desk/audit/``: samples nobody could steer, an object as it stood, every change of rules and rights, duties kept apart. Read only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evidence import queries as evidence
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import Rejected
from participants.auditing.changes import GROUPS, changes
from participants.auditing.duties import kept_apart
from participants.auditing.histories import plain, standing_at
from participants.auditing.samples import KINDS, LARGEST, draw_sample
from participants.deputies import grants
from participants.doors import actor_in, page
from participants.models import Organization, TimedGrant
from participants.permissions import allowed
from participants.queries import LOCAL
from participants.reads import note_read

__all__ = ["audit", "audit_changes", "audit_duties", "audit_grants", "audit_object"]

PAGE = 50
_LOOKS_BACK = timedelta(days=90)


@dataclass(frozen=True)
class Drawn:
    """A sample as the record book holds it, for the page."""

    at: datetime
    actor: str
    said: dict[str, Any]

    @property
    def words(self) -> Any:
        return KINDS.get(self.said["object_kind"], self.said["object_kind"])

    @property
    def since(self) -> datetime:
        return datetime.fromisoformat(self.said["since"])

    @property
    def until(self) -> datetime:
        return datetime.fromisoformat(self.said["until"])


def _said(one: Record) -> list[tuple[str, str]]:
    return [(name, plain(value)) for name, value in one.payload.items() if value not in ("", [], None)]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


def _period(given: Any, now: datetime) -> tuple[date, date]:
    """The days asked for, or the last ninety; what is no day is answered by the usual one."""
    today = now.astimezone(LOCAL).date()
    return _day(given.get("since", "")) or today - _LOOKS_BACK, _day(given.get("until", "")) or today


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)


@covers("H3", "R97")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("participants.audit.read")
def audit(request: HttpRequest) -> HttpResponse:
    """The auditor's first page: draw a sample, and the samples drawn so far with what pins each."""
    actor, now = actor_in(request), MARKET_CLOCK.now()
    rejected: Rejected | None = None
    since, until = _period(request.POST, now)
    if request.method == "POST":
        size = request.POST.get("size", "")
        try:
            draw_sample(kind=request.POST.get("kind", "")[:80], since=_begin(since), until=_begin(until), seed=request.POST.get("seed", ""),
                        size=whole(size, digits=5) or 0, actor=actor, clock=MARKET_CLOCK)
        except Rejected as no:
            if no.status in {403, 404}:
                raise
            rejected = no
        else:
            messages.success(request, _("已抽取，种子、总体指纹与结果写入存证。"))
            return redirect("participants:audit")
    head = evidence.head()
    drawn = [Drawn(one.at, one.actor, one.payload) for one in evidence.records(kind="participants.audit.sampled")[:PAGE]]
    return render(request, "participants/audit.html", {
        "kinds": KINDS, "since": since, "until": until, "seed": request.POST.get("seed") or (head.root.hex() if head else ""),
        "typed": request.POST, "largest": LARGEST, "drawn": drawn, "rejected": rejected,
        "may_draw": allowed(actor, "participants.audit.sample", at=now)}, status=rejected.status if rejected else 200)


@covers("H3", "R97", "R121")
@never_cache
@require_safe
@page("participants.audit.read")
def audit_object(request: HttpRequest) -> HttpResponse:
    """One object as the record book had told of it up to the end of a day; looking at another's is itself noted."""
    actor, now = actor_in(request), MARKET_CLOCK.now()
    code, day = request.GET.get("code", "").strip().upper()[:64], _day(request.GET.get("on", ""))
    at = min(_begin(day) + timedelta(days=1), now) if day else now
    found = standing_at(code, at) if code else None
    if found and found.facts:
        owner = Organization.objects.filter(code__in=[code, found.facts[0].actor.partition("/")[0]]).order_by("pk").first()
        note_read(owner=owner, kind="history", subject=code, ground="participants.audit.read", actor=actor, clock=MARKET_CLOCK)
    return render(request, "participants/audit_object.html", {"code": code, "on": day or now.astimezone(LOCAL).date(), "found": found})


@covers("H3", "R83")
@never_cache
@require_safe
@page("participants.audit.read")
def audit_changes(request: HttpRequest) -> HttpResponse:
    """Rules, rights, settings, approvals and keeping: what was changed, by whom, newest first."""
    group = request.GET.get("group", "")
    group = group if group in GROUPS else ""
    until = _instant(request.GET.get("until", ""))
    rows = changes(group, until=until, limit=PAGE)
    older = f"?group={group}&until={rows[PAGE - 1].at.isoformat().replace('+', '%2B')}" if len(rows) > PAGE else ""
    return render(request, "participants/audit_changes.html", {
        "rows": [(one, _said(one)) for one in rows[:PAGE]], "group": group, "older": older,
        "groups": [(name, words) for name, (words, _kinds) in GROUPS.items()]})


@covers("H3", "I18")
@never_cache
@require_safe
@page("participants.audit.read")
def audit_duties(request: HttpRequest) -> HttpResponse:
    """Which acts two persons share, how often in the period, and every time one person did both."""
    since, until = _period(request.GET, MARKET_CLOCK.now())
    found = kept_apart(_begin(since), _begin(until) + timedelta(days=1))
    return render(request, "participants/audit_duties.html", {
        "rows": found, "since": since, "until": until, "breaches": sum(len(one.breaches) for one in found)})


@covers("H3", "I18", "R81")
@never_cache
@require_safe
@page("participants.audit.read")
def audit_grants(request: HttpRequest) -> HttpResponse:
    """Every duty handed over and every power given for a time: from whom, to whom, why, and how much was done while it ran."""
    rows = list(grants()[: PAGE * 2])
    return render(request, "participants/audit_grants.html", {"rows": [(one, _acts_under(one)) for one in rows], "now": MARKET_CLOCK.now()})


def _acts_under(one: TimedGrant) -> int:
    """How many records the person made for that organisation while the grant ran, at most a hundred."""
    last = min(one.effective_to, one.ended_at or one.effective_to)
    found = evidence.records(actor=f"{one.organization.code}/{one.person.code}", since=one.effective_from, until=last)
    return len(found.values_list("pk", flat=True)[:100])
