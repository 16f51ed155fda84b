"""Figures, calendar and venues at the desk: what is in force and from when; a figure is proposed by one and decided by another."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import Rejected
from participants.calendars import SET as CALENDAR
from participants.calendars import calendar_state, decide_calendar, propose_calendar
from participants.desk import DeskAdmin
from participants.fee_presets import offered, suggested
from participants.forms import FigureForm
from participants.models import Approval, ApprovalStatus, CalendarDay, Parameter, Venue
from participants.operations import ask_figure, decide_figure
from participants.permissions import allowed, require
from participants.queries import LOCAL, house_venue
from participants.step_up import sensitive

__all__ = ["CalendarDesk", "ParameterDesk", "VenueDesk"]


@covers("R51", "R55", "I18")
@admin.register(Parameter)
class ParameterDesk(DeskAdmin):
    """The figures of the rules, and the page on which one is proposed by one person and decided by another."""

    list_display = ("key", "scope", "value", "unit", "source", "stricter", "effective_from", "effective_to")
    search_fields = ("key", "source")
    search_help_text = _("参数名或出处")

    def get_urls(self) -> list[URLPattern]:
        own = [path("propose/", self.admin_site.admin_view(self.propose), name="participants_parameter_propose")]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A figure is never edited; its row leads to the page where another is proposed."""
        return redirect(f"{reverse('admin:participants_parameter_propose')}?figure={object_id}")

    @method_decorator(sensitive)
    def propose(self, request: HttpRequest) -> HttpResponse:
        """What holds now, what was proposed, and the form for a new figure."""
        actor, at = request.actor, MARKET_CLOCK.now()  # type: ignore[attr-defined]
        if not self.has_view_permission(request):
            raise Rejected("participants.permission.denied", act=self.seen_by)
        now = Parameter.objects.filter(pk=whole(request.GET.get("figure", "")) or 0).first()
        typed = request.POST if request.method == "POST" and "decide" not in request.POST else None
        form = FigureForm(typed, initial=_as_preset(request) or _as_typed(now))
        rejected = None
        if request.method == "POST":
            try:
                if self._proposed(request, form):
                    return redirect("admin:participants_parameter_propose")
            except Rejected as refused:
                rejected = refused
        waiting = Approval.objects.filter(act="participants.parameter.set", status=ApprovalStatus.PENDING).order_by("asked_at")
        return render(request, "participants/propose_figure.html", {
            **self.admin_site.each_context(request), "title": now.key if now else "", "now": now, "form": form, "rejected": rejected,
            "waiting": waiting, "presets": offered(house_venue(), at=at), "may_act": allowed(actor, "participants.parameter.set", at=at)},
            status=rejected.status if rejected else 400 if form.errors else 200)

    def _proposed(self, request: HttpRequest, form: FigureForm) -> bool:
        actor = request.actor  # type: ignore[attr-defined]
        if key := request.POST.get("decide", ""):
            asked = Approval.objects.filter(subject=key, act="participants.parameter.set").first()
            if asked is None:
                raise Rejected("participants.object.absent")
            reason = request.POST.get("reason", "").strip()[:300]
            decide_figure(approval=asked, approve=request.POST.get("outcome") == "approve", reason=reason, actor=actor, clock=MARKET_CLOCK)
            return True
        if not form.is_valid():
            return False
        good = form.cleaned_data
        ask_figure(venue=house_venue(), key=good["key"], scope=good["scope"], value=good["value"], source=good["source"],
                   name=(good["name_zh"], good["name_en"]), effective_from=datetime.combine(good["effective_on"], time(), LOCAL),
                   actor=actor, clock=MARKET_CLOCK)
        return True


def _as_preset(request: HttpRequest) -> dict[str, Any]:
    """A figure taken over from a preset into the form; nothing where none was chosen."""
    one = suggested(request.GET.get("preset", ""), request.GET.get("key", ""))
    return {} if one is None else {"key": one.key, "value": one.value, "source": one.source, "name_zh": one.name[0], "name_en": one.name[1]}


def _as_typed(now: Parameter | None) -> dict[str, Any]:
    return {} if now is None else {name: getattr(now, name) for name in ("key", "scope", "value", "source", "name_zh", "name_en")}


class CalendarForm(forms.Form):
    """A year's published days, one a line, and the notice they were published by."""

    year = forms.IntegerField(label=_("年份"), min_value=2020, max_value=2100)
    source = forms.CharField(label=_("通知"), max_length=120)
    lines = forms.CharField(label=_("每行一天"), max_length=8000, help_text=_("例：2027-02-05 休 春节"),
                            widget=forms.Textarea(attrs={"rows": 12}))


@covers("R55")
@admin.register(CalendarDay)
class CalendarDesk(DeskAdmin):
    """The days that break the working week; a year is proposed by one and decided by another."""

    list_display = ("day", "is_working", "name_zh", "source", "venue")
    list_filter = ("is_working",)
    list_select_related = ("venue",)

    def get_urls(self) -> list[URLPattern]:
        own = [path("set/", self.admin_site.admin_view(self.set_year), name="participants_calendarday_set")]
        return [*own, *super().get_urls()]

    def set_year(self, request: HttpRequest) -> HttpResponse:
        """Which years are known, and a year's published calendar put in."""
        if not self.has_view_permission(request):
            raise Rejected("participants.permission.denied", act=self.seen_by)
        actor, at = request.actor, MARKET_CLOCK.now()  # type: ignore[attr-defined]
        form = CalendarForm(request.POST if request.POST.get("act") == "propose" else None)
        rejected: Rejected | None = None
        if request.method == "POST":
            require(actor, CALENDAR, at=at)
            try:
                if self._acted(request, form):
                    return redirect(request.path)
            except Rejected as no:
                rejected = no
        year = at.astimezone(LOCAL).year
        return render(request, "participants/calendar.html", {
            **self.admin_site.each_context(request), "title": "calendar", "form": form, "rejected": rejected,
            "years": [(one, calendar_state(house_venue(), one)) for one in range(year - 1, year + 3)],
            "waiting": Approval.objects.filter(act=CALENDAR, status=ApprovalStatus.PENDING).select_related("maker__person"),
            "may_act": allowed(actor, CALENDAR, at=at)}, status=rejected.status if rejected else 400 if form.errors else 200)

    @staticmethod
    def _acted(request: HttpRequest, form: CalendarForm) -> bool:
        who: dict[str, Any] = {"actor": request.actor, "clock": MARKET_CLOCK}  # type: ignore[attr-defined]
        if request.POST.get("act") == "propose":
            if not form.is_valid():
                return False
            good = form.cleaned_data
            propose_calendar(venue=house_venue(), year=good["year"], text=good["lines"], source=good["source"], **who)
            return True
        waiting = Approval.objects.filter(act=CALENDAR, status=ApprovalStatus.PENDING)
        approval = next((one for one in waiting if str(one.pk) == request.POST.get("approval", "")), None)
        if approval is None:
            raise Rejected("participants.object.absent")
        decide_calendar(approval=approval, agree=request.POST.get("act") == "agree", reason=request.POST.get("reason", ""), **who)
        return True


@covers("R50", "W12", "R86")
@admin.register(Venue)
class VenueDesk(DeskAdmin):
    """Venues with their level, approval and protection; nobody adds one here: two of the authority do, by document."""

    list_display = ("code", "name_zh", "level", "profile", "filing_number", "approval_document", "mlps_level", "parent")
    list_select_related = ("parent", "approval_document")
