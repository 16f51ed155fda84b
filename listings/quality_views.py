"""The quality page of a listing: the engine's and the assessors' figures side by side, what each means, and every report so far."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import Actor
from kit.rejected import FieldFault, Rejected
from listings.forms import WholeField
from listings.measuring import DIMENSIONS
from listings.models import Listing, QualityReport
from listings.operations import assess_quality, measure_quality
from listings.quality import accredited, compared, reports_of
from participants.models import Organization
from participants.permissions import allowed
from participants.words import spoken

__all__ = ["quality"]


class AssessForm(forms.Form):
    """What an assessor states: per dimension how many passed of how many checked, how it was done, and the signed report."""

    method = forms.CharField(label=_("抽样与对照方法"), widget=forms.Textarea(attrs={"rows": 3}), max_length=400, required=False)
    document = forms.FileField(label=_("已签署的报告"), required=False, help_text="PDF, DOCX, JSON, TXT")

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for key, (name, _meaning, _how) in DIMENSIONS.items():
            self.fields[f"{key}_passed"] = WholeField(label=f"{spoken(name)} {gettext('通过数')}", required=False)
            self.fields[f"{key}_checked"] = WholeField(label=f"{spoken(name)} {gettext('核对数')}", required=False)

    def pairs(self) -> list[tuple[Any, Any]]:
        """The two fields of each dimension, side by side."""
        return [(self[f"{key}_passed"], self[f"{key}_checked"]) for key in DIMENSIONS]

    def figures(self) -> dict[str, tuple[int, int]]:
        """This will return what was typed, in the words of ``assess_quality``; a half pair is no pair of numbers."""
        good, found = self.cleaned_data, {}
        for key in DIMENSIONS:
            passed, checked = good.get(f"{key}_passed"), good.get(f"{key}_checked")
            if passed is not None or checked is not None:
                found[key] = (passed if passed is not None else -1, checked or 0)
        return found

    def take_faults(self, faults: Iterable[FieldFault]) -> None:
        """This will put a refusal's faults beside their fields."""
        for fault in faults:
            field = fault.field if fault.field in self.fields else f"{fault.field}_passed"
            self.add_error(field if field in self.fields else None, spoken(fault.text))


@require_http_methods(["GET", "HEAD", "POST"])
def quality(request: HttpRequest, code: str) -> HttpResponse:
    """``/listings/<LST>/quality/``: how good is the file, by whom, and do they agree."""
    rows = Listing.objects.visible_to(request.user).filter(code=code, version__isnull=False)
    listing = rows.select_related("version__deposit", "organization", "venue").first()
    if listing is None or listing.version is None:
        raise Http404
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form, refused = AssessForm(), None
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': request.path})}")
        form = AssessForm(request.POST, request.FILES) if request.POST.get("act") == "assess" else form
        try:
            if done := _act(request, listing, form, actor):
                messages.success(request, done)
                return redirect(request.path)
        except Rejected as fault:
            refused = fault
            if form.is_bound:
                form.take_faults(fault.errors)
    return render(
        request,
        "listings/quality.html",
        _shown(listing, actor) | {"form": form, "refused": refused},
        status=refused.status if refused else 400 if form.is_bound and form.errors else 200,
    )


def _act(request: HttpRequest, listing: Listing, form: AssessForm, actor: Actor) -> str:
    """Measures anew, or files an assessment; '' where the form itself is at fault."""
    act = request.POST.get("act", "")
    if act == "measure" and listing.version is not None:
        measure_quality(version=listing.version, actor=actor, clock=MARKET_CLOCK)
        return gettext("已重新测量，新的报告已存证。")
    if act != "assess":
        raise Http404
    if not form.is_valid():
        return ""
    paper = form.cleaned_data.get("document")
    assess_quality(
        listing=listing,
        figures=form.figures(),
        method=form.cleaned_data["method"],
        stream=paper,
        name=paper.name if paper else "",
        actor=actor,
        clock=MARKET_CLOCK,
    )
    return gettext("报告已提交并存证，与本所引擎的结果并列公开。")


def _shown(listing: Listing, actor: Actor) -> dict[str, Any]:
    at, version = MARKET_CLOCK.now(), listing.version
    assert version is not None
    rows = compared(listing, version.file_sha256)
    reports = list(reports_of(listing)[:30])
    engine = next((one for one in reports if one.kind == "engine" and one.file_sha256 == version.file_sha256), None)
    maker = Organization.objects.filter(pk=actor.organization_id or 0).first()
    sealed = {
        one.payload["report"]: getattr(one, "entry", None)
        for one in Record.objects.filter(subject=listing.code, kind="listings.quality.reported").select_related("entry")
    }
    return {
        "listing": listing,
        "version": version,
        "rows": [(one, *DIMENSIONS[one.key]) for one in rows],
        "at": at,
        "assessors": [report for report, _row in rows[0].assessors] if rows else [],
        "columns": [_column(one, engine) for one in engine.columns[:200]] if engine else [],
        "reports": [(one, sealed.get(one.code)) for one in reports],
        "may_measure": allowed(actor, "listings.quality.measure", subject=version, at=at),
        "may_assess": maker is not None and accredited(maker, at=at) and maker.pk != listing.organization_id,
    }


def _column(found: dict[str, Any], engine: QualityReport) -> dict[str, Any]:
    """One column's shares in permille; None where nothing of it was judged."""
    filled, rows = found["filled"], engine.rows_read
    return {
        "name": found["name"],
        "filled": _share(filled, rows),
        "clean": _share(found["clean"], filled),
        "fits": _share(found["fits"], filled),
        "valid": _share(found["valid"], found["judged"]),
    }


def _share(part: int, of: int) -> int | None:
    return 1000 * part // of if of else None
