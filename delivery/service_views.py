"""``/desk/model-services/``: the holder opens services and sees who called; the desk reviews holds; ``…/calls/``: the buyer calls."""

from __future__ import annotations

import csv
import io
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from delivery.models import Algorithm, Delivery, Service, ServiceHold
from delivery.scoring.calling import calls_about, end_hold, of_calling, use_service
from delivery.scoring.language import FORMATS
from delivery.scoring.offering import SERVED, close_service, open_service, service_of
from delivery.states import AlgorithmStatus, HoldStatus
from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import ListingVersion
from participants.doors import actor_in, page
from participants.permissions import allowed

__all__ = ["PATTERNS", "calls", "services"]

_SHOWN = 50
_MOST_TABLE = 16 << 20
#: What a hold is for, in words.
PATTERNS = {"guessing": _("对同一主体反复猜测"), "sequence": _("沿号码依次查询"),
            "misses": _("多数查无或不符"), "extraction": _("逐项变动以复制模型")}


class ServiceForm(forms.Form):
    """Which version, for what, within which limits; a model by its version, or a table of records."""

    version = forms.ModelChoiceField(label=_("产品版本"), queryset=ListingVersion.objects.none(), to_field_name="code")
    algorithm = forms.ModelChoiceField(label=_("模型"), queryset=Algorithm.objects.none(), to_field_name="code", required=False,
                                       help_text=_("模型服务：通过两级审核的模型版本"))
    records = forms.FileField(label=_("核验记录"), required=False,
                              help_text=_("核验服务：CSV，首行为字段名，第一列是主体；只保存带密钥的散列"))
    purposes = forms.CharField(label=_("用途"), max_length=400, help_text=_("每行一个"), widget=forms.Textarea(attrs={"rows": 3}))
    most_calls = forms.IntegerField(label=_("24 小时最多调用"), initial=1000)
    most_subjects = forms.IntegerField(label=_("24 小时最多主体"), initial=500)

    def __init__(self, *args: Any, ours: int, **named: Any) -> None:
        super().__init__(*args, **named)
        version: Any = self.fields["version"]
        algorithm: Any = self.fields["algorithm"]
        version.queryset = ListingVersion.objects.filter(organization_id=ours, delivery_mode__in=list(SERVED)).order_by("-pk")
        version.label_from_instance = lambda one: f"{one.title_zh} · {one.code}"
        algorithm.queryset = Algorithm.objects.filter(organization_id=ours, status=AlgorithmStatus.APPROVED)
        algorithm.label_from_instance = lambda one: f"{one.title} · {one.code}"


def _table(upload: Any) -> tuple[list[str], list[list[str]]]:
    if upload is None:
        return [], []
    try:
        rows = list(csv.reader(io.StringIO(upload.read(_MOST_TABLE).decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return [], []
    return (rows[0], rows[1:]) if rows else ([], [])


@covers("C6", "R14", "W14")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("delivery.service.see")
def services(request: HttpRequest) -> HttpResponse:
    """Our services, who was asked about, and for the desk what is held."""
    actor, act = actor_in(request), request.POST.get("act", "")
    ours = actor.organization_id or 0
    form = ServiceForm(request.POST if act == "open" else None, request.FILES if act == "open" else None, ours=ours)
    refused: Rejected | None = None
    about: list[Any] | None = None
    if request.method == "POST":
        try:
            if act == "about":
                one = get_object_or_404(Service.objects.visible_to(request.user), code=request.POST.get("code", ""))
                about = calls_about(one, request.POST.get("subject", ""))
            elif _done(request, act, form, actor):
                return redirect("delivery:services")
        except Rejected as caught:
            if caught.status == 404:
                raise
            refused = caught
            for fault in caught.errors:
                if fault.field in form.fields and act == "open":
                    form.add_error(fault.field, fault.text[0 if request.LANGUAGE_CODE.startswith("zh") else 1])  # type: ignore[attr-defined]
    desk = allowed(actor, "delivery.hold.end", at=MARKET_CLOCK.now())
    holds = ServiceHold.objects.filter(status=HoldStatus.HELD).select_related("delivery__buyer", "delivery__seller", "service")
    bought = Delivery.objects.filter(buyer_id=ours, mode__in=list(SERVED)).select_related("version", "seller").order_by("-pk")
    return render(request, "delivery/services.html", {
        "services": Service.objects.visible_to(request.user).select_related("version", "algorithm").order_by("-pk")[:_SHOWN],
        "form": form if allowed(actor, "delivery.service.open", at=MARKET_CLOCK.now()) else None, "refused": refused, "about": about,
        "formats": ", ".join(FORMATS), "bought": bought[:_SHOWN],
        "holds": [(one, PATTERNS[one.pattern]) for one in holds.order_by("due_at")[:_SHOWN]] if desk else [],
    }, status=refused.status if refused else 400 if form.errors else 200)


def _done(request: HttpRequest, act: str, form: ServiceForm, actor: Actor) -> bool:
    who: dict[str, Any] = {"actor": actor, "clock": MARKET_CLOCK}
    if act == "open":
        if not form.is_valid():
            return False
        said = form.cleaned_data
        fields, records = _table(said["records"])
        open_service(version=said["version"], purposes=[one.strip() for one in said["purposes"].splitlines() if one.strip()],
                     most_calls=said["most_calls"], most_subjects=said["most_subjects"], algorithm=said["algorithm"], fields=fields,
                     records=records, **who)
        messages.success(request, gettext("服务已开放"))
    elif act == "close":
        close_service(service=get_object_or_404(Service.objects.visible_to(request.user), code=request.POST.get("code", "")), **who)
        messages.success(request, gettext("服务已关闭"))
    elif act in {"lift", "uphold"}:
        hold = get_object_or_404(ServiceHold, code=request.POST.get("code", ""))
        end_hold(hold=hold, act=act, reason=request.POST.get("reason", ""), **who)
        messages.success(request, gettext("复核结论已写入存证"))
    else:
        raise Rejected("participants.object.absent")
    return True


@covers("C6", "R14", "T63")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("delivery.service.see")
def calls(request: HttpRequest, code: str) -> HttpResponse:
    """One delivery's service: what it asks, what is left, the last calls; the buyer calls it here or over the API."""
    actor = actor_in(request)
    one = Delivery.objects.filter(code=code).select_related("version__listing", "buyer", "seller", "trade__state").first()
    service = service_of(one.version) if one is not None else None
    if one is None or actor.organization_id not in one.party_ids() or (service is None and not one.service_calls.exists()):
        raise Http404
    refused: Rejected | None = None
    done = None
    buying = one.buyer_id == actor.organization_id
    if request.method == "POST":
        inputs = {name.removeprefix("in-"): value for name, value in request.POST.items() if name.startswith("in-")}
        try:
            done = use_service(delivery=one, inputs=inputs, subject=request.POST.get("subject", ""), basis=request.POST.get("basis", ""),
                               purpose=request.POST.get("purpose", ""), actor=actor, clock=MARKET_CLOCK)
            refused = done.refused
        except Rejected as caught:
            if caught.status == 404:
                raise Http404 from caught
            refused = caught
    at = MARKET_CLOCK.now()
    closed = [gate for gate in of_calling(one, service, actor=actor, at=at) if gate.refusal is not None] if buying else []
    asks = (service.fields if service.kind == "model" else service.fields[1:]) if service else []
    return render(request, "delivery/service_calls.html", {
        "one": one, "service": service, "buying": buying, "closed": closed, "refused": refused, "call": done.call if done else None,
        "asks": [(name, request.POST.get(f"in-{name}", "")) for name in asks], "said": request.POST,
        "about": service.fields[0] if service and service.kind == "verification" else gettext("主体"),
        "holds": [(hold, PATTERNS[hold.pattern]) for hold in one.service_holds.order_by("-pk")[:10]],
        "rows": one.service_calls.select_related("asked_by__person").order_by("-pk")[:_SHOWN], "count": one.service_calls.count(),
    }, status=refused.status if refused else 200)
