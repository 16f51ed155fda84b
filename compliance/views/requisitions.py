"""Data called for by public bodies: ``/desk/requisitions/``: the body calls, reads, destroys; the holder supplies; a regulator decides."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compliance.models import Requisition, RequisitionKind
from compliance.operations import (
    decide_requisition,
    issue_requisition,
    notice_requisition,
    object_requisition,
    prove_destruction,
    read_requisition,
    supply_requisition,
    withdraw_requisition,
)
from compliance.requisitions import rows_for
from evidence.clock import MARKET_CLOCK
from evidence.files import deposit, open_deposit
from evidence.models import Deposit
from kit.coverage import covers
from kit.rejected import Rejected
from participants.doors import actor_in, page
from participants.permissions import allowed, require
from participants.queries import LOCAL, organization

__all__ = ["act", "file", "requisitions"]


class CallForm(forms.Form):
    """A call for data: from whom, by which law, for what, which data, until when; nothing about a price."""

    kind = forms.ChoiceField(label=_("种类"), choices=RequisitionKind.choices)
    holder = forms.CharField(label=_("持有方机构编号"), max_length=20, help_text=_("例如 ORG-…"))
    legal_basis = forms.CharField(label=_("法律依据"), max_length=400, help_text=_("法律、法规的名称和条款"))
    document_no = forms.CharField(label=_("文号"), max_length=80, required=False, help_text=_("应急调度可以事后补发"))
    purpose = forms.CharField(label=_("目的"), max_length=400)
    scope = forms.CharField(label=_("数据范围"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("只要目的所需的"))
    use_until = forms.DateField(label=_("使用至"), widget=forms.DateInput(attrs={"type": "date"}))
    purge_by = forms.DateField(label=_("销毁不迟于"), widget=forms.DateInput(attrs={"type": "date"}))

    def terms(self) -> dict[str, Any]:
        """This will return both days as the end of that day, local time."""
        return {name: datetime.combine(self.cleaned_data[name], time(23, 59, 59), LOCAL).astimezone(UTC)
                for name in ("use_until", "purge_by")}


def _oversees(request: HttpRequest) -> bool:
    return allowed(actor_in(request), "compliance.requisition.decide", at=MARKET_CLOCK.now())


@covers("R26", "W16")
@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.requisition.see")
def requisitions(request: HttpRequest) -> HttpResponse:
    """What was called for, from whom, until when; a public body calls here, a regulator sees all of them."""
    at, ours = MARKET_CLOCK.now(), actor_in(request).organization_id
    may_call = allowed(actor_in(request), "compliance.requisition.issue", at=at)
    if request.method == "POST":
        require(actor_in(request), "compliance.requisition.issue", at=at)  # before any fault
    form = CallForm(request.POST if request.method == "POST" else None)
    refused: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        try:
            good = form.cleaned_data
            said: dict[str, Any] = {name: good[name] for name in ("kind", "legal_basis", "document_no", "purpose", "scope")}
            made = issue_requisition(holder=organization(good["holder"].strip().upper()), actor=actor_in(request), clock=MARKET_CLOCK,
                                     **said, **form.terms())
            messages.success(request, gettext("已发出，持有方须在期限内提供"))
            return redirect(f"{request.path}#{made.code}")
        except Rejected as caught:
            if caught.status == 403:
                raise
            refused = caught
    oversees = _oversees(request)
    rows = rows_for(request.user, oversees=oversees)[:100]
    return render(request, "compliance/requisitions.html", {
        "rows": [{"one": one, "calls": one.body_id == ours, "supplies": one.holder_id == ours, "at": at,
                  "readable": one.body_id == ours and one.status == "supplied" and at < one.use_until} for one in rows],
        "form": form, "refused": refused, "may_call": may_call, "oversees": oversees,
    }, status=refused.status if refused else 400 if form.errors else 200)


def _found(request: HttpRequest, code: str) -> Requisition:
    found: Requisition = get_object_or_404(rows_for(request.user, oversees=_oversees(request)), code=code)
    return found


def _kept(request: HttpRequest) -> Deposit | None:
    upload = request.FILES.get("file")
    if upload is None:
        return None
    return deposit(upload, name=upload.name or "file", owner=actor_in(request).organization or "system", at=MARKET_CLOCK.now())


@require_POST
@page("compliance.requisition.see")
def act(request: HttpRequest, code: str) -> HttpResponse:
    """``/desk/requisitions/<RQN>/``: supply or object, decide, the late document, the proof of destruction, or taking it back."""
    one, word = _found(request, code), request.POST.get("act", "")
    by: dict[str, Any] = {"requisition": one, "actor": actor_in(request), "clock": MARKET_CLOCK}
    text = request.POST.get("text", "")
    try:
        with transaction.atomic():
            if word == "object":
                object_requisition(reason=text, **by)
            elif word in {"stands", "void"}:
                decide_requisition(stands=word == "stands", reason=text, **by)
            elif word == "notice":
                notice_requisition(document_no=text, **by)
            elif word == "purge":
                prove_destruction(statement=text, proof=_kept(request), **by)
            elif word == "withdraw":
                withdraw_requisition(**by)
            else:
                supply_requisition(file=_kept(request), **by)
    except Rejected as refused:
        if refused.status in {403, 404}:
            raise
        language = "zh" if request.LANGUAGE_CODE.startswith("zh") else "en"  # type: ignore[attr-defined]
        messages.error(request, f"{refused.text('title', language)}：{refused.text('detail', language)}")
    else:
        messages.success(request, gettext("已记录"))
    return redirect(f"/desk/requisitions/#{code}")


@require_safe
@never_cache
@page("compliance.requisition.see")
def file(request: HttpRequest, code: str) -> HttpResponseBase:
    """``/desk/requisitions/<RQN>/file/``: what was supplied, for the body's own people; each reading goes on record."""
    held = read_requisition(requisition=_found(request, code), actor=actor_in(request), clock=MARKET_CLOCK)
    answer = FileResponse(open_deposit(held), content_type=held.media_type, as_attachment=True, filename=held.name)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
