"""The directory of third parties' services and the provider's desk: ``/services/``, ``/services/<SVC>/``, ``/desk/services/`` (R61)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compliance.deadlines import figure
from compliance.engaging.kinds import kinds_held, service_kinds
from compliance.engaging.offering import directory
from compliance.engaging.subjects import subject_of
from compliance.models import Engagement, ServiceOffer
from compliance.operations import place_order, publish_offer, withdraw_offer
from compliance.views.exports import actor_of_request, organization_of
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from participants.doors import page
from participants.forms import YuanField
from participants.permissions import allowed
from participants.timers import value
from participants.words import speaks_chinese, spoken

__all__ = ["desk", "offer", "order_words", "services", "withdraw"]

_SHOWN = 60


class OfferForm(forms.Form):
    """A service as its provider writes it; the class is one that is held."""

    kind = forms.ChoiceField(label=_("服务类别"))
    title_zh = forms.CharField(label=_("名称"), max_length=80)
    title_en = forms.CharField(label=_("英文名称"), max_length=120, required=False)
    scope_zh = forms.CharField(label=_("服务范围"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
                               help_text=_("做什么、依据什么标准、交付什么；至少 10 个字"))
    scope_en = forms.CharField(label=_("服务范围（英文）"), max_length=3000, required=False,
                               widget=forms.Textarea(attrs={"rows": 3}))
    price_fen = YuanField(label=_("价格（元）"))
    days = forms.IntegerField(label=_("办理期限（工作日）"), min_value=1, max_value=250, help_text=_("自接单起算"))

    def __init__(self, *args: Any, held: list[tuple[str, str]], **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["kind"] = forms.ChoiceField(label=_("服务类别"), choices=held)


class OrderForm(forms.Form):
    """What a client asks for, and about what."""

    about = forms.CharField(label=_("所涉编号"), max_length=20, required=False,
                            help_text=_("挂牌、成交或争议的编号；报告会附在其后。没有则不填"))
    brief = forms.CharField(label=_("委托事项"), min_length=5, max_length=5000, widget=forms.Textarea(attrs={"rows": 4}))


def order_words(one: Engagement, mine: int | None) -> dict[str, Any]:
    """This will say of an order: tone, what is next, who acts."""
    providing = one.provider_id == mine
    you = gettext("您")
    provider, client = (you, gettext("委托方")) if providing else (gettext("服务机构"), you)
    words = {"ordered": ("wait", gettext("接单或婉拒"), provider), "working": ("info", gettext("提交报告"), provider),
             "delivered": ("wait", gettext("确认或提出异议，逾期视为确认"), client),
             "objected": ("bad", gettext("修订报告、说明理由或退单"), provider),
             "disputed": ("held", gettext("按争议结果付款"), gettext("双方")),
             "completed": ("ok", "", ""), "failed": ("bad", gettext("款项已解冻"), "")}
    tone, following, who = words.get(one.status, ("", gettext("款项已解冻"), ""))
    return {"one": one, "tone": tone, "next": following, "who": who, "providing": providing}


@covers("R58", "R61", "A2")
@require_safe
@page("compliance.service.see")
def services(request: HttpRequest) -> HttpResponse:
    """Everyone's: what is offered, by class and by word."""
    at, text = MARKET_CLOCK.now(), request.GET.get("q", "").strip()[:80]
    kinds = service_kinds(at)
    kind = request.GET.get("kind", "") if request.GET.get("kind", "") in kinds else ""
    rows = list(directory(kind=kind, text=text)[: _SHOWN + 1])
    return render(request, "compliance/services.html", {
        "rows": rows[:_SHOWN], "more": len(rows) > _SHOWN, "query": text, "kind": kind, "kinds": kinds.values()})


@covers("R61")
@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.service.see")
def offer(request: HttpRequest, code: str) -> HttpResponse:
    """One service with its terms, and the form to order it."""
    at, actor = MARKET_CLOCK.now(), actor_of_request(request)
    one = get_object_or_404(ServiceOffer.objects.select_related("provider"), code=code)
    may_order = actor.organization_id != one.provider_id and allowed(actor, "compliance.engagement.order", at=at)
    form = OrderForm(request.POST if request.method == "POST" else None, initial={"about": request.GET.get("about", "")[:20]})
    refused: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = place_order(offer=one, client=organization_of(request), actor=actor, clock=MARKET_CLOCK, **form.cleaned_data)
            messages.success(request, gettext("已下单，款项已冻结，等待服务机构接单"))
            return redirect("compliance:engagement", made.code)
        except Rejected as caught:
            if caught.status in {403, 404}:
                raise
            refused = caught
    return render(request, "compliance/service.html", {
        "offer": one, "form": form, "refused": refused, "may_order": may_order,
        "answer_days": value("engagement.order", at=at), "accept_days": value("engagement.accept", at=at),
        "fee_bps": figure("engagement.fee_bps", at), "done": one.engagements.filter(status="completed").count(),
    }, status=refused.status if refused else 400 if form.errors else 200)


@covers("R61", "R88")
@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.service.publish")
def desk(request: HttpRequest) -> HttpResponse:
    """The provider's desk: orders by deadline, own services, a form to offer another."""
    at, ours, actor = MARKET_CLOCK.now(), organization_of(request), actor_of_request(request)
    kinds = service_kinds(at)
    held = [(key, spoken(kinds[key].text)) for key in kinds_held(ours, at=at)]
    form = OfferForm(request.POST if request.method == "POST" else None, held=held)
    refused: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        good = form.cleaned_data
        try:
            publish_offer(provider=ours, kind=good["kind"], words=good, price_fen=good["price_fen"], days=good["days"], actor=actor,
                          clock=MARKET_CLOCK)
            messages.success(request, gettext("服务已上架"))
            return redirect("compliance:service_desk")
        except Rejected as caught:
            refused = caught
    orders = Engagement.objects.filter(provider=ours).select_related("client", "offer").order_by("ended_at", "due_at", "-pk")[:100]
    return render(request, "compliance/service_desk.html", {
        "orders": [order_words(one, ours.pk) | {"about": subject_of(one.about)} for one in orders], "form": form, "held": held,
        "refused": refused, "offers": ServiceOffer.objects.filter(provider=ours).order_by("ended_at", "-pk")[:100],
    }, status=refused.status if refused else 400 if form.errors else 200)


@require_POST
@page("compliance.service.publish")
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """A service taken out of the directory."""
    one = get_object_or_404(ServiceOffer, code=code, provider=organization_of(request))
    try:
        withdraw_offer(offer=one, actor=actor_of_request(request), clock=MARKET_CLOCK)
        messages.success(request, gettext("服务已下架"))
    except Rejected as refused:
        messages.error(request, f"{refused.text('title', 'zh' if speaks_chinese() else 'en')} ({refused.code})")
    return redirect("compliance:service_desk")
