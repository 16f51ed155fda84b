"""``/trading/pilots/``: what a venue tries, within which caps, until when, what came of it; asked and decided here (R99)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from listings.forms import FORMAT_NAMES
from listings.sectors import SECTORS
from participants.doors import actor_in, page
from participants.forms import YuanField
from participants.models import Venue
from participants.permissions import allowed, require
from participants.words import spoken
from trading.auctions.slips import SEVERAL
from trading.forms import MARKET
from trading.models import VenuePilot
from trading.states import VenuePilotStatus
from trading.venue_pilots import NEVER, ask_venue_pilot, decide_venue_pilot, end_venue_pilot, venues_of, withdraw_venue_pilot

__all__ = ["VenuePilotForm", "act", "venue_pilots"]

_SHOWN = 50


class VenuePilotForm(forms.Form):
    """What an operator asks to try."""

    venue = forms.ModelChoiceField(label=gettext_lazy("场所"), queryset=Venue.objects.none(), empty_label=None, to_field_name="code")
    opens = forms.MultipleChoiceField(label=gettext_lazy("试行的竞价方式"), choices=[(one, FORMAT_NAMES[one]) for one in SEVERAL],
                                      widget=forms.CheckboxSelectMultiple)
    sector = forms.ChoiceField(label=gettext_lazy("行业"), required=False)
    novelty = forms.CharField(label=gettext_lazy("新在哪里"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    safeguards = forms.CharField(label=gettext_lazy("风险防范"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    most = YuanField(label=gettext_lazy("成交额上限"))
    most_lot = YuanField(label=gettext_lazy("单场上限"))
    most_parties = forms.IntegerField(label=gettext_lazy("参与方上限"), min_value=2, max_value=10_000)
    ends_on = forms.DateField(label=gettext_lazy("试点至"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, venues: QuerySet[Venue], **named: Any) -> None:
        super().__init__(*args, **named)
        venue: Any = self.fields["venue"]
        venue.queryset = venues
        venue.label_from_instance = lambda one: spoken((one.name_zh, one.name_en))
        sector: Any = self.fields["sector"]
        sector.choices = [("", _("全部行业")), *((key, spoken(pair)) for key, pair in SECTORS.items() if len(key) == 1)]

    def terms(self) -> dict[str, Any]:
        good = self.cleaned_data
        return {"venue": good["venue"], "opens": good["opens"], "sector": good["sector"],
                "novelty": good["novelty"], "safeguards": good["safeguards"],
                "most_fen": good["most"], "most_lot_fen": good["most_lot"], "most_parties": good["most_parties"],
                "ends_at": datetime.combine(good["ends_on"], time(23, 59, 59), tzinfo=MARKET)}


@covers("R99")
@require_http_methods(["GET", "HEAD", "POST"])
@page("trading.venue_pilot.see")
def venue_pilots(request: HttpRequest) -> HttpResponse:
    """The pilots of every venue, or of the one named, the newest first, with what each cap has left; an operator asks here."""
    actor, at = actor_in(request), MARKET_CLOCK.now()
    asks = allowed(actor, "trading.venue_pilot.ask", at=at)
    if request.method == "POST":
        require(actor, "trading.venue_pilot.ask", at=at)
    ours = venues_of(actor) if asks else Venue.objects.none()
    form = VenuePilotForm(request.POST if request.method == "POST" else None, venues=ours)
    refused: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = ask_venue_pilot(actor=actor, clock=MARKET_CLOCK, **form.terms())
        except Rejected as caught:
            refused = caught
        else:
            messages.success(request, _("已提交，由监管人员决定"))
            return redirect(f"{request.path}#{made.code}")
    venues = list(Venue.objects.filter(Q(pilots__isnull=False) | Q(pk__in=ours)).distinct().order_by("pk")[:_SHOWN])
    at_venue = next((one for one in venues if one.code == request.GET.get("venue", "")), None)
    if at_venue is None and request.GET.get("venue"):
        raise Http404
    speaks_for, rows = set(ours.values_list("pk", flat=True)), []
    shown = VenuePilot.objects.select_related("venue").filter(**({"venue": at_venue} if at_venue else {}))
    for one in shown.order_by("-pk")[:_SHOWN]:
        decides = allowed(actor, "trading.venue_pilot.decide", subject=one, at=at)
        rows.append({"one": one, "formats": [FORMAT_NAMES[key] for key in one.opens], "sector": SECTORS.get(one.sector),
                     "decides": decides and one.status == VenuePilotStatus.ASKED,
                     "ends": decides and one.status == VenuePilotStatus.RUNNING,
                     "withdraws": one.venue_id in speaks_for and one.status == VenuePilotStatus.ASKED, "lots": _lots(one)})
    return render(request, "trading/venue_pilots.html", {"rows": rows, "form": form, "asks": asks, "refused": refused, "never": NEVER,
                                                          "venues": venues, "at_venue": at_venue},
                  status=refused.status if refused else 400 if form.errors else 200)


def _lots(one: VenuePilot) -> list[tuple[Any, int]]:
    """Of the report: each format and how many lots it had."""
    return [(FORMAT_NAMES.get(key, key), sum(ends.values())) for key, ends in sorted(one.report.get("lots", {}).items())]


@covers("R99")
@require_POST
@page("trading.venue_pilot.see")
def act(request: HttpRequest, code: str, act: str) -> HttpResponse:
    """Takes back, grants, refuses or ends; a refusal is said on the page."""
    one, text = get_object_or_404(VenuePilot, code=code), request.POST.get("text", "")
    by: dict[str, Any] = {"pilot": one, "actor": actor_in(request), "clock": MARKET_CLOCK}
    acts: dict[str, tuple[Callable[[], Any], str]] = {
        "withdraw": (lambda: withdraw_venue_pilot(**by), _("申请已撤回")),
        "grant": (lambda: decide_venue_pilot(grant=True, reason=text, **by), _("已批准，试点现在开始")),
        "refuse": (lambda: decide_venue_pilot(grant=False, reason=text, **by), _("未批准")),
        "end": (lambda: end_venue_pilot(reason=text, **by), _("试点已结束，报告已公布")),
    }
    if act not in acts:
        raise Http404
    done, said = acts[act]
    done()
    messages.success(request, said)
    return redirect(f"/trading/pilots/#{code}")
