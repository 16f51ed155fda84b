"""``/desk/deliveries/oversight/``, read-only: every delivery, who used what for what, what the monitor ended, what was refused."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from delivery.kinds import KINDS, adapter_for
from delivery.models import AccessStop, DataUse, Delivery, GrantUse, UseOutcome
from delivery.states import DeliveryStatus
from kit.coverage import covers
from kit.numerals import whole
from participants.doors import page

__all__ = ["oversight"]

PAGE = 50
SHOWS = ("deliveries", "stops", "files", "calls", "refused")


def _behind(rows: QuerySet[Any], before: str) -> list[Any]:
    """One page by key, newest first; nothing is counted, however many there are."""
    if (last := whole(before, digits=18)) is not None:
        rows = rows.filter(pk__lt=last)
    return list(rows.order_by("-pk")[: PAGE + 1])


def _of_party(text: str, where: str = "") -> Q:
    return Q(**{f"{where}buyer__code": text}) | Q(**{f"{where}seller__code": text}) | Q(**{f"{where}code": text}) if text else Q()


def _chosen(show: str, given: Any) -> QuerySet[Any]:
    """The rows of a tab, filtered by kind, state and party or delivery code."""
    kind, status, party = given.get("kind", ""), given.get("status", ""), given.get("party", "").strip()[:16]
    modes = [each.value for each in KINDS[kind].modes] if kind in KINDS else None
    if show == "deliveries":
        rows: QuerySet[Any] = Delivery.objects.filter(_of_party(party)).select_related("buyer", "seller", "trade", "version")
        rows = rows.filter(status=status) if status in DeliveryStatus.values else rows
        return rows.filter(mode__in=modes) if modes else rows
    where = "grant__delivery__" if show == "files" else "delivery__"
    base = {"stops": AccessStop.objects.select_related("delivery__buyer", "delivery__seller"),
            "files": GrantUse.objects.select_related("grant__delivery__buyer", "grant__delivery__seller"),
            "calls": DataUse.objects.filter(refused="").defer("prints").select_related("delivery__buyer", "delivery__seller", "key"),
            "refused": DataUse.objects.exclude(refused="").select_related("delivery__buyer", "delivery__seller", "key")}[show]
    rows = base.filter(_of_party(party, where))
    return rows.filter(**{f"{where}mode__in": modes}) if modes else rows


@covers("F6", "R42")
@require_safe
@page("delivery.delivery.oversee")
def oversight(request: HttpRequest) -> HttpResponse:
    """One tab at a time, by key; the filters stay in the links."""
    show = request.GET.get("show", "")
    show = show if show in SHOWS else "deliveries"
    taken = _behind(_chosen(show, request.GET), request.GET.get("before", ""))
    kept = request.GET.copy()
    kept.pop("before", None)
    kept["show"] = show
    older = taken[PAGE - 1].pk if len(taken) > PAGE else None
    if older:
        kept["before"] = str(older)
    rows = [(row, adapter_for(row.mode)) for row in taken[:PAGE]] if show == "deliveries" else [(row, None) for row in taken[:PAGE]]
    return render(request, "delivery/oversight.html", {
        "show": show, "shows": SHOWS, "rows": rows, "older": kept.urlencode() if older else "", "kinds": list(KINDS.values()),
        "statuses": DeliveryStatus.choices, "chosen": request.GET, "used": UseOutcome.USED})
