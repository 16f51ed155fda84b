"""``/desk/computing/``: algorithms and their review, jobs and their answers, and for the holder the trace of every run (W14, C6, R101)."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from delivery.certifying import answer_file
from delivery.cleanroom.holding import end_runner_key, key_of, register_runner_key
from delivery.computing.algorithms import approve_algorithm, refuse_algorithm, secure_algorithm, submit_algorithm, withdraw_algorithm
from delivery.computing.jobs import cancel_job, order_job
from delivery.kinds import Way, modes_by
from delivery.models import Algorithm, ComputeJob, Delivery, ResultCertificate
from delivery.states import AlgorithmStatus
from evidence.clock import MARKET_CLOCK
from evidence.keys import public_bytes, signing_key
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.doors import actor_in, page
from participants.models import Organization
from participants.permissions import allowed

__all__ = ["answer_json", "computing", "job", "review"]

_SHOWN = 100
_WITH = ("delivery__seller", "delivery__buyer", "delivery__version", "algorithm")
_EXAMPLE = ('{"format": "aggregate/1", "group_by": ["城市"], "measures": [{"of": "count"}, {"of": "mean", "column": "利用率"}], '
            '"where": []}')


class AlgorithmForm(forms.Form):
    """A name and the text that is reviewed."""

    title = forms.CharField(label=_("算法名称"), max_length=80)
    text = forms.CharField(label=_("算法"), max_length=8000, initial=_EXAMPLE, widget=forms.Textarea(attrs={"rows": 6}),
                           help_text=_("aggregate/1：分组后的计数、求和、均值，少于十行的分组不返回；train-logistic/1、train-linear/1、train-tree/1："
                                       "在数据旁训练逻辑回归、岭回归或决策树，模型经两道审核后才交付；也可提交打分模型"))


class KeyForm(forms.Form):
    """The public half of what the runner signs with."""

    key = forms.CharField(label=_("运行器公钥"), max_length=64, help_text=_("Ed25519，64 位十六进制；登记新的即注销旧的"))


class OrderForm(forms.Form):
    """Which of our deliveries is computed over, by which of our algorithms."""

    delivery = forms.ModelChoiceField(label=_("交付"), queryset=Delivery.objects.none(), to_field_name="code")
    algorithm = forms.ModelChoiceField(label=_("算法"), queryset=Algorithm.objects.none(), to_field_name="code")

    def __init__(self, *args: Any, ours: int, **named: Any) -> None:
        super().__init__(*args, **named)
        deliveries: Any = self.fields["delivery"]
        algorithms: Any = self.fields["algorithm"]
        deliveries.queryset = Delivery.objects.filter(buyer_id=ours, mode__in=modes_by(Way.ROOM), ended_at__isnull=True)
        algorithms.queryset = Algorithm.objects.filter(organization_id=ours, status=AlgorithmStatus.APPROVED)
        algorithms.label_from_instance = lambda one: f"{one.title} · {one.code}"


@covers("C6", "W14")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("delivery.job.see")
def computing(request: HttpRequest) -> HttpResponse:
    """Our algorithms, the jobs we ordered, and the runs over our data."""
    actor, act = actor_in(request), request.POST.get("act", "")
    ours = actor.organization_id or 0
    made = {"submit": AlgorithmForm(request.POST if act == "submit" else None),
            "order": OrderForm(request.POST if act == "order" else None, ours=ours),
            "key": KeyForm(request.POST if act == "key" else None)}
    refused: Rejected | None = None
    if request.method == "POST":
        try:
            if _done(request, act, made, actor):
                return redirect("delivery:computing")
        except Rejected as caught:
            if caught.status == 404:
                raise
            refused = caught
            for fault in caught.errors if act in made else ():
                if fault.field in made[act].fields:
                    made[act].add_error(fault.field, fault.text[0 if request.LANGUAGE_CODE.startswith("zh") else 1])  # type: ignore[attr-defined]
    jobs = ComputeJob.objects.visible_to(request.user).select_related(*_WITH)
    faulty = any(form.errors for form in made.values())
    return render(request, "delivery/computing.html", {
        "algorithms": Algorithm.objects.visible_to(request.user).order_by("-pk")[:_SHOWN], "forms": made, "refused": refused,
        "key": key_of(ours), "holds": allowed(actor, "delivery.runner.register", at=MARKET_CLOCK.now()), "house": public_bytes(
            signing_key()).hex(),
        "ordered": jobs.filter(delivery__buyer_id=ours).order_by("-pk")[:_SHOWN],
        "asked": jobs.filter(delivery__seller_id=ours).order_by("-pk")[:_SHOWN],
    }, status=refused.status if refused else 400 if faulty else 200)


def _done(request: HttpRequest, act: str, made: dict[str, Any], actor: Actor) -> bool:
    who: dict[str, Any] = {"actor": actor, "clock": MARKET_CLOCK}
    if act in made and not made[act].is_valid():
        return False
    if act == "submit":
        submit_algorithm(organization=Organization.objects.get(pk=actor.organization_id or 0), **made[act].cleaned_data, **who)
        messages.success(request, gettext("算法已提交，等待安全审核"))
    elif act == "order":
        order_job(**made[act].cleaned_data, **who)
        messages.success(request, gettext("计算任务已下达，等待持有方的运行器"))
    elif act == "key":
        register_runner_key(organization=Organization.objects.get(pk=actor.organization_id or 0), **made[act].cleaned_data, **who)
        messages.success(request, gettext("运行器公钥已登记"))
    elif act == "end_key":
        end_runner_key(organization=Organization.objects.get(pk=actor.organization_id or 0), **who)
        messages.success(request, gettext("运行器公钥已注销"))
    elif act == "withdraw":
        own = Algorithm.objects.visible_to(request.user)
        withdraw_algorithm(algorithm=get_object_or_404(own, code=request.POST.get("code", "")), **who)
        messages.success(request, gettext("算法已撤回"))
    else:
        raise Rejected("participants.object.absent")
    return True


@covers("W14", "R101")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("delivery.job.see")
def job(request: HttpRequest, code: str) -> HttpResponse:
    """One job: the answer for who ordered it, the trace for both; the buyer may take it back while it waits."""
    rows = ComputeJob.objects.visible_to(request.user).select_related(*_WITH)
    one, actor = get_object_or_404(rows, code=code), actor_in(request)
    refused: Rejected | None = None
    if request.method == "POST":
        try:
            cancel_job(job=one, actor=actor, clock=MARKET_CLOCK)
            messages.success(request, gettext("计算任务已取消"))
            return redirect("delivery:compute_job", one.code)
        except Rejected as caught:
            if caught.status in {403, 404}:
                raise
            refused = caught
    ordered = one.delivery.buyer_id == actor.organization_id
    return render(request, "delivery/compute_job.html", {
        "one": one, "refused": refused, "ordered": ordered, "certificate": ResultCertificate.objects.filter(job=one).first()},
                  status=refused.status if refused else 200)


@covers("F10")
@never_cache
@require_safe
@page("delivery.job.see")
def answer_json(request: HttpRequest, code: str) -> HttpResponse:
    """The answer of a job with what opens its certificate, for who ordered it."""
    ours = ComputeJob.objects.filter(delivery__buyer_id=actor_in(request).organization_id or 0)
    held = get_object_or_404(ResultCertificate.objects.select_related("job__algorithm", "query"), job=get_object_or_404(ours, code=code))
    sent = HttpResponse(json.dumps(answer_file(held), ensure_ascii=False, indent=1), content_type="application/json")
    sent["Content-Disposition"] = f'attachment; filename="{held.code}.answer.json"'
    return sent


@covers("C6", "I18")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("delivery.algorithm.review")
def review(request: HttpRequest) -> HttpResponse:
    """What waits for either stage, the first due first."""
    refused: Rejected | None = None
    if request.method == "POST":
        one = get_object_or_404(Algorithm, code=request.POST.get("code", ""))
        who: dict[str, Any] = {"algorithm": one, "actor": actor_in(request), "clock": MARKET_CLOCK}
        try:
            if request.POST.get("act") == "refuse":
                refuse_algorithm(reason=request.POST.get("reason", ""), **who)
            elif one.status == AlgorithmStatus.SUBMITTED:
                secure_algorithm(**who)
            else:
                approve_algorithm(**who)
            messages.success(request, gettext("审核结论已写入存证"))
            return redirect("delivery:compute_review")
        except Rejected as caught:
            refused = caught
    waiting = Algorithm.objects.filter(status__in=[AlgorithmStatus.SUBMITTED, AlgorithmStatus.SECURED]).select_related("organization")
    return render(request, "delivery/compute_review.html", {"rows": waiting.order_by("due_at", "pk")[:_SHOWN], "refused": refused},
                  status=refused.status if refused else 200)
