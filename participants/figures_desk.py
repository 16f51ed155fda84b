"""Figures, calendar and venues at the desk: what is in force and from when; a figure is proposed by one and decided by another."""

from __future__ import annotations

import json
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
from kit.rejected import Rejected
from participants.calendars import SET as CALENDAR
from participants.calendars import calendar_state, decide_calendar, propose_calendar
from participants.desk import DeskAdmin
from participants.models import Approval, ApprovalStatus, CalendarDay, Parameter, Venue
from participants.operations import decide_parameter, propose_parameter
from participants.permissions import allowed, require
from participants.predicates import in_force
from participants.queries import LOCAL, house_venue
from participants.step_up import sensitive

__all__ = ["CalendarDesk", "ParameterDesk", "VenueDesk"]

_SET = "participants.parameter.set"


class FigureForm(forms.Form):
    """A new value as JSON (a number, or a table in braces), its first day and its source."""

    value = forms.CharField(label=_("新值"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    begins = forms.DateField(label=_("生效日期"), widget=forms.DateInput(attrs={"type": "date"}))
    source = forms.CharField(label=_("依据"), max_length=200)

    def clean_value(self) -> Any:
        try:
            return json.loads(self.cleaned_data["value"])
        except ValueError as unreadable:
            raise forms.ValidationError(_("不是数字或 JSON")) from unreadable


@covers("R51", "R55")
@admin.register(Parameter)
class ParameterDesk(DeskAdmin):
    """Every figure with its source and dates."""

    list_display = ("key", "scope", "value", "unit", "source", "stricter", "effective_from", "effective_to")
    search_fields = ("key", "source")

    def get_urls(self) -> list[URLPattern]:
        own = [path("<path:object_id>/set/", self.admin_site.admin_view(self.set_figure), name="participants_parameter_set")]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One figure is read, proposed and decided on a page of its own."""
        return redirect(reverse("admin:participants_parameter_set", args=[object_id]))

    @method_decorator(sensitive)
    def set_figure(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """One figure's past and future; the first person proposes, the second decides."""
        if not self.has_view_permission(request):
            raise Rejected("participants.permission.denied", act=self.seen_by)
        actor, at = request.actor, MARKET_CLOCK.now()  # type: ignore[attr-defined]
        row = Parameter.objects.filter(pk=object_id if object_id.isdigit() else 0).select_related("venue__parent").first()
        if row is None:
            raise Rejected("participants.object.absent")
        form = FigureForm(request.POST if request.POST.get("act") == "propose" else None)
        rejected: Rejected | None = None
        if request.method == "POST":
            require(actor, _SET, at=at)
            try:
                if self._acted(request, row, form):
                    return redirect(request.path)
            except Rejected as no:
                rejected = no
        waiting = [one for one in Approval.objects.filter(act=_SET, status=ApprovalStatus.PENDING).select_related("maker__person")
                   if (one.payload["venue"], one.payload["key"], one.payload["scope"]) == (row.venue.code, row.key, row.scope)]
        rows = Parameter.objects.filter(venue=row.venue, key=row.key, scope=row.scope).order_by("effective_from")
        return render(request, "participants/figure.html", {
            **self.admin_site.each_context(request), "title": row.key, "row": row, "rows": rows, "form": form, "waiting": waiting,
            "running": rows.filter(in_force(at)).first(), "may_act": allowed(actor, _SET, at=at), "rejected": rejected,
        }, status=rejected.status if rejected else 400 if form.errors else 200)

    @staticmethod
    def _acted(request: HttpRequest, row: Parameter, form: FigureForm) -> bool:
        actor = request.actor  # type: ignore[attr-defined]
        if request.POST.get("act") == "propose":
            if not form.is_valid():
                return False
            good = form.cleaned_data
            propose_parameter(venue=row.venue, key=row.key, scope=row.scope, value=good["value"], source=good["source"],
                              effective_from=datetime.combine(good["begins"], time(), LOCAL), actor=actor, clock=MARKET_CLOCK)
            return True
        waiting = Approval.objects.filter(act=_SET, status=ApprovalStatus.PENDING)
        approval = next((one for one in waiting if str(one.pk) == request.POST.get("approval", "")), None)
        if approval is None:
            raise Rejected("participants.object.absent")
        decide_parameter(approval=approval, agree=request.POST.get("act") == "agree", reason=request.POST.get("reason", ""), actor=actor,
                         clock=MARKET_CLOCK)
        return True


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
