"""The operator's console, a party's pages as it sees them, and the duties of the desk that are handed over for a time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from compliance.day_ends import close_day, note_retry
from evidence.clock import MARKET_CLOCK
from evidence.delivery import retry_parked
from exchange.supervision import console as reading
from exchange.supervision.pages import _shown, overseer
from exchange.supervision.party_pages import PAGES, as_party
from kit.actors import Actor
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import Rejected
from participants.deputies import POWERS, end_grant, give_power, grants, name_deputy
from participants.models import Membership, Organization, PartyView, TimedGrant, User
from participants.party_views import begin_party_view, end_party_view, note_page, running_view
from participants.permissions import allowed, require
from participants.predicates import in_force
from participants.queries import LOCAL
from participants.roles import Role

__all__ = ["console", "deputies", "party", "party_page"]


# ---- the operator's day ------------------------------------------------------------------------------------------------------


def _work(request: HttpRequest, actor: Actor, today: date) -> None:
    data = request.POST
    if data.get("act") == "close":
        close_day(day=today, checks={one.key: one.open for one in reading.checks_of(today)}, left=data.get("left", ""), actor=actor,
                  clock=MARKET_CLOCK)
        messages.success(request, _("当日已日终，检查结果写入存证。"))
        return
    if data.get("act") != "retry":
        raise Http404
    name = data.get("subscriber", "")[:80]
    note_retry(subscriber=name, reason=data.get("reason", ""), actor=actor, clock=MARKET_CLOCK)
    taken, left = retry_parked(clock=MARKET_CLOCK, name=name)
    messages.success(request, _("已重试：%(taken)s 项办结，%(left)s 项仍挂起。") % {"taken": taken, "left": left})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@overseer
@covers("H3")
def console(request: HttpRequest, *, actor: Actor, now: datetime) -> HttpResponse:
    """One page of the operator's day; a refused act shows the page again, what was typed kept."""
    require(actor, "compliance.day.see", at=now)
    rejected = None
    if request.method == "POST":
        try:
            _work(request, actor, now.astimezone(LOCAL).date())
        except Rejected as fault:
            rejected = fault
        else:
            return redirect("admin:console")
    context = {**reading.console(now), "rejected": rejected, "typed": request.POST if rejected else {},
               "may_close": allowed(actor, "compliance.day.close", at=now), "may_retry": allowed(actor, "compliance.job.retry", at=now),
               "may_look": allowed(actor, "participants.party_view.begin", at=now)}
    return _shown(request, "console.html", actor, now, "console", context, rejected.status if rejected else 200)


# ---- a party's pages as it sees them --------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@overseer
@covers("H3", "R121")
def party(request: HttpRequest, code: str = "", *, actor: Actor, now: datetime) -> HttpResponse:
    """Begins or ends a look at a party's pages, and lists those of the last month: who looked, why, until when."""
    require(actor, "participants.party_view.begin", at=now)
    rejected = None
    code = (request.POST.get("party", "") or code).strip().upper()[:16]
    found = Organization.objects.filter(code=code).first() if code else None
    if request.method == "POST":
        try:
            if found is None:
                raise Rejected("participants.object.absent")
            running = running_view(actor, found, MARKET_CLOCK)
            if request.POST.get("act") == "end":
                if running is not None:
                    end_party_view(view=running, actor=actor, clock=MARKET_CLOCK)
                messages.success(request, _("查看已结束。"))
                return redirect("admin:party")
            if running is None:
                begin_party_view(organization=found, reason=request.POST.get("reason", ""), actor=actor, clock=MARKET_CLOCK)
            return redirect("admin:party_page", code=found.code, name="today")
        except Rejected as fault:
            rejected = fault
    rows = PartyView.objects.filter(begun_at__gte=now - timedelta(days=31)).select_related("organization", "viewer__person")
    return _shown(request, "party.html", actor, now, "party", {
        "rows": list(rows.order_by("-id")[:50]), "rejected": rejected, "typed": request.POST, "code": code},
        rejected.status if rejected else 200)


@never_cache
@require_safe
@overseer
@covers("H3", "R121")
def party_page(request: HttpRequest, code: str, name: str, *, actor: Actor, now: datetime) -> HttpResponse:
    """One page as the party sees it, while the look lasts; each is on record. Afterwards one is asked for a reason again."""
    require(actor, "participants.party_view.begin", at=now)
    if name not in PAGES:
        raise Http404(name)
    view = running_view(actor, get_object_or_404(Organization, code=code), MARKET_CLOCK)
    if view is None:
        return redirect(f"{reverse('admin:party')}?party={code}")
    note_page(view=view, page=name, actor=actor, clock=MARKET_CLOCK)
    return as_party(request, view, name)


# ---- duties for a time --------------------------------------------------------------------------------------------------------


def _instant(text: str) -> datetime:
    """The begin of a local day; what is no day is long past, which the operation refuses."""
    try:
        return datetime.combine(date.fromisoformat(text[:10]), time(), LOCAL)
    except ValueError:
        return datetime(2000, 1, 1, tzinfo=LOCAL)


def _hand_over(request: HttpRequest, actor: Actor, now: datetime) -> None:
    data = request.POST
    if data.get("act") == "end":
        end_grant(grant=get_object_or_404(TimedGrant, code=data.get("grant", "")[:16]), actor=actor, clock=MARKET_CLOCK)
        return
    to = User.objects.filter(pk=whole(data.get("to", "")) or 0).first()
    if to is None:
        raise Rejected("participants.deputy.no_colleague")
    begin = max(now, _instant(data.get("from", "")))
    until = _instant(data.get("until", "")) + timedelta(days=1)
    if data.get("act") == "power":
        give_power(to=to, capabilities=data.getlist("capabilities")[:4], effective_from=begin, effective_to=until,
                   reason=data.get("reason", ""), actor=actor, clock=MARKET_CLOCK)
    elif data.get("act") == "name":
        name_deputy(deputy=to, role=data.get("role", "")[:24], effective_from=begin, effective_to=until, reason=data.get("reason", ""),
                    actor=actor, clock=MARKET_CLOCK)
    else:
        raise Http404


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@overseer
@covers("H3", "I18", "I29")
def deputies(request: HttpRequest, *, actor: Actor, now: datetime) -> HttpResponse:
    """My duties handed to a colleague for a time, powers given for a time, and those that run at my desk."""
    rejected = None
    if request.method == "POST":
        try:
            _hand_over(request, actor, now)
        except Rejected as fault:
            rejected = fault
        else:
            messages.success(request, _("已记录，并写入存证总链。"))
            return redirect("admin:deputies")
    me, home = User.objects.get(pk=actor.user_id or 0).person_id or 0, actor.organization_id or 0
    seats = Membership.objects.filter(in_force(now), organization_id=home)
    mine = seats.filter(person_id=me, grant__isnull=True)
    people = User.objects.filter(is_active=True, person__in=seats.values("person")).exclude(person_id=me).select_related("person")
    return _shown(request, "deputies.html", actor, now, "deputies", {
        "rows": [(one, me in {one.person_id, one.principal_id} or one.granted_by_id == actor.user_id, one.effective_to <= now)
                 for one in grants().filter(organization_id=home)[:50]],
        "roles": [(row.role, Role(row.role).label) for row in mine], "people": list(people.order_by("person__code", "pk")[:200]),
        "powers": POWERS, "may_give": allowed(actor, "participants.power.give", at=now), "rejected": rejected,
        "typed": request.POST if rejected else {}}, rejected.status if rejected else 200)
