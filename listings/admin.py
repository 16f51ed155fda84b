"""The negative list against what is on sale, at the supervision desk: what a version would do, what it would have said, how far it is."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.dateparse import parse_date

from compliance.models import NegativeListVersion
from compliance.queries import list_version_at, rule_set_of
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import Rejected
from listings.models import Hold, Rescreening
from listings.previewing import preview, replay
from listings.rescreening import progress_of
from participants.desk import DeskAdmin
from participants.queries import LOCAL

__all__ = ["RescreeningDesk"]

#: Rows a page shows; how many there are is always said.
_SHOWN = 200


@covers("R4", "R84", "C1", "T41")
@admin.register(Rescreening)
class RescreeningDesk(DeskAdmin):
    """Courses of a list in force through everything on sale, each with its bar; and the pages that look ahead and back."""

    list_display = ("code", "rule_set", "total", "started_at", "finished_at", "overtaken")
    search_fields = ("code", "rule_set")
    ordering = ("-id",)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [path("preview/<int:version>/", wrap(self.preview), name="listings_rescreening_preview"),
                path("replay/<int:version>/", wrap(self.replay), name="listings_rescreening_replay"),
                path("<path:object_id>/course/", wrap(self.one), name="listings_rescreening_one"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One course is shown on a page of its own."""
        return redirect(reverse("admin:listings_rescreening_one", args=[object_id]))

    def _enter(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise Rejected("participants.permission.denied", act=self.seen_by)

    def _version(self, request: HttpRequest, key: int) -> NegativeListVersion:
        self._enter(request)
        held = NegativeListVersion.objects.filter(pk=min(key, 2**31)).first()
        if held is None:
            raise Rejected("participants.object.absent")
        return held

    def _shown(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        return render(request, f"listings/{template}", {**self.admin_site.each_context(request), **context})

    def preview(self, request: HttpRequest, version: int) -> HttpResponse:
        """Which products on sale a version would hold, under which rule, before anybody decides."""
        held = self._version(request, version)
        now = list_version_at(MARKET_CLOCK.now())
        found = preview(rule_set_of(now), rule_set_of(held))
        return self._shown(request, "list_preview.html", title=held.version, held=held, now=now, found=found, shown=_SHOWN,
                           by_rule=[(rule, rows[:_SHOWN], len(rows)) for rule, rows in found.by_rule])

    def replay(self, request: HttpRequest, version: int) -> HttpResponse:
        """What a version would have said of the submissions of a period, beside what the list of each date said."""
        held, at = self._version(request, version), MARKET_CLOCK.now()
        since = _day(request.GET.get("since", ""), at - timedelta(days=365))
        until = _day(request.GET.get("until", ""), at) + timedelta(days=1)
        found = replay(rule_set_of(held), since=since, until=until)
        return self._shown(request, "list_replay.html", title=held.version, held=held, found=found, since=since.astimezone(LOCAL).date(),
                           until=(until - timedelta(days=1)).astimezone(LOCAL).date(), rows=found.effects[:_SHOWN], shown=_SHOWN,
                           moves=sorted(found.moves.items()))

    def one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """How far a list has gone through everything on sale, as a bar that moves; and what it has held."""
        self._enter(request)
        key = whole(object_id) or 0
        held = Rescreening.objects.filter(pk=key).first()
        if held is None:
            raise Rejected("participants.object.absent")
        context = {"held": held, "progress": progress_of(held)}
        if request.GET.get("part") == "bar":
            return render(request, "listings/_course.html", context)
        holds = Hold.objects.filter(reason_code="negative_list", cause_code=held.cause, listing__isnull=False).select_related(
            "listing__version", "listing__product", "listing__organization").order_by("lifted_at", "pk")
        return self._shown(request, "course.html", title=held.code, holds=holds[:_SHOWN], shown=_SHOWN, **context)


def _day(text: str, otherwise: datetime) -> datetime:
    """The first instant of a local day; an unreadable one is the usual one."""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    return datetime.combine(day or otherwise.astimezone(LOCAL).date(), time(), LOCAL)
