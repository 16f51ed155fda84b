"""Requests of data sources at the desk: what we asked of holders, what was asked of us, and the files that change hands (R34, R105)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from evidence.files import deposit, open_deposit
from evidence.models import Deposit
from kit.rejected import Rejected
from listings.desk_views import actor, back
from listings.forms import AnswerForm, SourceRequestForm
from listings.models import DataProduct, RefusalGround, SourceRequest
from listings.operations import answer_request, file_request, withdraw_request
from listings.states import RequestStatus
from participants.doors import page
from participants.queries import organization as organization_by_code

__all__ = ["request_act", "request_file", "requests"]

_OPEN = {RequestStatus.FILED, RequestStatus.OVERDUE}


def _kept(request: HttpRequest, field: str) -> Deposit | None:
    """The uploaded file of a field, deposited for whoever acts."""
    upload = request.FILES.get(field)
    if upload is None:
        return None
    return deposit(upload, name=upload.name or field, owner=actor(request).organization or "system", at=MARKET_CLOCK.now())


@require_http_methods(["GET", "HEAD", "POST"])
@page("listings.source_request.file")
def requests(request: HttpRequest) -> HttpResponse:
    """``/desk/requests/``: ask a holder for the data we helped make; answer what sources ask of us."""
    form = SourceRequestForm(request.POST if request.method == "POST" else None, request.FILES or None,
                             initial={"product": request.GET.get("product", "")[:16]})
    refused: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        try:
            _file(request, form.cleaned_data)
        except Rejected as caught:
            refused = caught
        else:
            messages.success(request, gettext("请求已送达持有方"))
            return redirect("listings:requests")
    ours = actor(request).organization_id
    rows = SourceRequest.objects.visible_to(request.user).select_related(
        "product", "organization", "requested_by", "requester", "recipient", "handed_over").order_by("-pk")[:100]
    return render(request, "listings/requests.html", {
        "asked": [one for one in rows if one.requested_by_id == ours], "form": form, "refused": refused,
        "received": [one for one in rows if one.recipient_id == ours and one.requested_by_id != ours],
        "to_answer": [(one, AnswerForm(auto_id=f"{one.code}_%s") if one.status in _OPEN else None)
                      for one in rows if one.organization_id == ours],
        "grounds": RefusalGround.choices}, status=refused.status if refused else 400 if form.errors else 200)


def _file(request: HttpRequest, good: dict[str, Any]) -> SourceRequest:
    """The request with its proof, or neither; a product that is not here is a fault of its field."""
    code = good["product"].strip().upper()
    product = DataProduct.objects.filter(code=code).first() or DataProduct.objects.filter(listings__code=code).first()
    if product is None:
        raise Rejected("listings.request.no_product", product=code)
    to = organization_by_code(good["recipient"].strip().upper()) if good["recipient"].strip() else None
    with transaction.atomic():
        return file_request(product=product, kind=good["kind"], scope=good["scope"], name=good["name"], recipient=to,
                            proof=_kept(request, "proof"), actor=actor(request), clock=MARKET_CLOCK)


@require_POST
@page("listings.source_request.file")
def request_act(request: HttpRequest, code: str, act: str) -> HttpResponse:
    """The holder's answer, or the requester's withdrawal."""
    one = get_object_or_404(SourceRequest.objects.visible_to(request.user), code=code)
    if act == "withdraw":
        return back(request, "listings:requests",
                    lambda: withdraw_request(request=one, actor=actor(request), clock=MARKET_CLOCK), gettext("请求已撤回"))
    form = AnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, " ".join(f"{form.fields[name].label}：{faults[0]}" for name, faults in form.errors.items()))
        return redirect("listings:requests")
    return back(request, "listings:requests", lambda: _answer(request, one, form.cleaned_data), gettext("答复已送达来源者"))


def _answer(request: HttpRequest, one: SourceRequest, good: dict[str, Any]) -> None:
    """The answer with its file, or neither."""
    with transaction.atomic():
        answer_request(request=one, fulfil=good["outcome"] == "fulfil", answer=good["answer"], ground=good["ground"],
                       fee_fen=good["fee_fen"] or 0, handed_over=_kept(request, "handed_over"), actor=actor(request), clock=MARKET_CLOCK)


@require_safe
@never_cache
@page("listings.source_request.file")
def request_file(request: HttpRequest, code: str) -> HttpResponse:
    """The data handed over: for the source who asked for a copy, for the recipient of a transfer, and for who handed it over.

    ``?proof=1``: the requester's proof, for the holder who checks it and for the requester.
    """
    one = get_object_or_404(SourceRequest.objects.visible_to(request.user).select_related("handed_over", "proof"), code=code)
    sides = {one.organization_id, one.requested_by_id}
    held = one.handed_over if "proof" not in request.GET else one.proof if actor(request).organization_id in sides else None
    if held is None:
        raise Http404(code)
    answer: Any = FileResponse(open_deposit(held), as_attachment=True, filename=f"{one.code}-{held.name}", content_type=held.media_type)
    handed: HttpResponse = answer
    return handed
