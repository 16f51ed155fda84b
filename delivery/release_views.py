"""``/desk/outputs/``: what is handed in for release, what waits for whose eyes, one output with its checks, its file on the record."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from delivery.models import Delivery, Output
from delivery.release_models import OUTPUT_OPEN, OutputKind, Verdict
from delivery.releasing.fetching import fetch_output, issue_output, look_at_output
from delivery.releasing.gate import MOST_BYTES, SUFFIXES
from delivery.releasing.handing_in import CHECKLIST, hand_in_output, withdraw_output
from delivery.releasing.reviewing import decide_output, give_opinion, opinions_seen, waiting_for
from delivery.states import OutputStatus
from evidence.clock import MARKET_CLOCK
from evidence.files import open_deposit
from evidence.models import Deposit
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.doors import actor_in, page
from participants.permissions import allowed

__all__ = ["CHECKS", "file", "hand_in", "one", "outputs"]

_SHOWN = 100
_WITH = ("delivery__version", "delivery__seller", "delivery__buyer", "organization", "deposit", "decided_by")
#: What each check of the gate measures, in the reader's words.
CHECKS = {"size": _("大小（字节）"), "type": _("文件类型"), "readable": _("可读"), "cells": _("单元格数"), "identifiers": _("个人标识"),
          "groups": _("过小的分组"), "records": _("像逐条记录的行")}


class OutputForm(forms.Form):
    """What it is, the file, and each item of the checklist."""

    title = forms.CharField(label=_("标题"), max_length=80)
    kind = forms.ChoiceField(label=_("类别"), choices=OutputKind)
    file = forms.FileField(label=_("文件"), help_text=_("CSV、JSON 或纯文本，不超过 2 MB；先过自动检查，再由两人分别审核"))

    def __init__(self, *args: Any, chinese: bool = True, **named: Any) -> None:
        super().__init__(*args, **named)
        for key, text in CHECKLIST.items():
            self.fields[key] = forms.BooleanField(label=text[0 if chinese else 1], required=False)


class OpinionForm(forms.Form):
    """A verdict and why."""

    verdict = forms.ChoiceField(label=_("结论"), choices=[("", "—"), *Verdict.choices])
    reason = forms.CharField(label=_("理由"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


def _chinese(request: HttpRequest) -> bool:
    return str(getattr(request, "LANGUAGE_CODE", "zh")).startswith("zh")


def _marked(form: forms.Form, refused: Rejected, request: HttpRequest) -> None:
    for fault in refused.errors:
        if fault.field in form.fields:
            form.add_error(fault.field, fault.text[0 if _chinese(request) else 1])


@covers("F9")
@never_cache
@require_http_methods(["GET", "HEAD"])
@page("delivery.output.see")
def outputs(request: HttpRequest) -> HttpResponse:
    """What waits for our eyes, what we handed in, what was made for us."""
    actor, at = actor_in(request), MARKET_CLOCK.now()
    ours = actor.organization_id or 0
    rows = Output.objects.visible_to(request.user).select_related(*_WITH).order_by("-pk")
    return render(request, "delivery/outputs.html", {
        "waiting": waiting_for(actor, at=at)[:_SHOWN], "made": rows.filter(organization_id=ours)[:_SHOWN],
        "received": rows.filter(delivery__buyer_id=ours).exclude(organization_id=ours).exclude(status=OutputStatus.STOPPED)[:_SHOWN],
        "supplies": Delivery.objects.filter(seller_id=ours, ended_at__isnull=True).select_related("version").order_by("-pk")[:20]})


@covers("F9")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("delivery.output.see")
def hand_in(request: HttpRequest, code: str) -> HttpResponse:
    """Handing an output in under one delivery, with its checklist."""
    actor = actor_in(request)
    held = get_object_or_404(Delivery.objects.select_related("version", "buyer"), code=code, seller_id=actor.organization_id or 0)
    form = OutputForm(request.POST or None, request.FILES or None, chinese=_chinese(request))
    refused: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        said, upload = form.cleaned_data, form.cleaned_data["file"]
        try:
            made = hand_in_output(delivery=held, title=said["title"], kind=said["kind"], content=upload.read(MOST_BYTES + 1),
                                  name=upload.name or "output", confirmed=[one for one in CHECKLIST if said[one]], actor=actor,
                                  clock=MARKET_CLOCK)
            stopped = made.status == OutputStatus.STOPPED
            messages.success(request, gettext("自动检查未通过，文件没有保存") if stopped else gettext("已提交，等待两人分别审核"))
            return redirect("delivery:output", made.code)
        except Rejected as caught:
            refused = caught
            _marked(form, caught, request)
    return render(request, "delivery/output_new.html", {"form": form, "delivery": held, "refused": refused, "checklist": list(CHECKLIST),
                                                        "suffixes": " ".join(SUFFIXES)},
                  status=refused.status if refused else 400 if form.errors else 200)


def _for_reader(request: HttpRequest, code: str) -> Output:
    actor = actor_in(request)
    desk = allowed(actor, "delivery.output.decide", at=MARKET_CLOCK.now())
    rows = Output.objects.all() if desk else Output.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related(*_WITH), code=code)


@covers("F9")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("delivery.output.see")
def one(request: HttpRequest, code: str) -> HttpResponse:
    """One output: its checks, what its author confirmed, both opinions once both are in, who looked, and the reader's next act."""
    held, actor = _for_reader(request, code), actor_in(request)
    form, refused, token = OpinionForm(request.POST if request.POST.get("act") in {"opine", "decide"} else None), None, ""
    if request.method == "POST":
        try:
            token = _done(request, held, form, actor)
            if not token and not form.errors:
                return redirect("delivery:output", held.code)
        except Rejected as caught:
            if caught.status == 404:
                raise Http404 from caught
            refused = caught
            _marked(form, caught, request)
        held = _for_reader(request, code)
    status = refused.status if refused else 400 if request.method == "POST" and form.errors else 200
    return render(request, "delivery/output.html", {**_shown(held, actor), "form": form, "refused": refused, "token": token}, status=status)


def _done(request: HttpRequest, held: Output, form: forms.Form, actor: Actor) -> str:
    act = request.POST.get("act", "")
    who: dict[str, Any] = {"output": held, "actor": actor, "clock": MARKET_CLOCK}
    if act == "token":
        return issue_output(**who).token
    if act == "withdraw":
        withdraw_output(**who)
        messages.success(request, gettext("输出已撤回"))
    elif act in {"opine", "decide"}:
        if form.is_valid():
            (give_opinion if act == "opine" else decide_output)(**form.cleaned_data, **who)
            messages.success(request, gettext("意见已写入存证"))
    else:
        raise Rejected("participants.object.absent")
    return ""


def _shown(held: Output, actor: Actor) -> dict[str, Any]:
    ours, at = actor.organization_id or 0, MARKET_CLOCK.now()
    mine = held.opinions.filter(reviewer_id=actor.user_id or 0).first()
    desk = allowed(actor, "delivery.output.decide", at=at)
    reviewer = ours != held.organization_id and ours != held.delivery.buyer_id and (desk or ours == held.delivery.seller_id)
    gate = [(CHECKS.get(row["check"], row["check"]), row) for row in held.gate] if reviewer or ours == held.organization_id else []
    return {
        "one": held, "gate": gate, "opinions": opinions_seen(held), "mine": mine, "desk": desk,
        "confirmed": [CHECKLIST[key] for key in held.checklist if key in CHECKLIST],
        "looks": held.looks.select_related("user__person").order_by("-pk")[:50] if desk or ours == held.delivery.seller_id else [],
        "may_look": reviewer and held.status in OUTPUT_OPEN, "bought": ours == held.delivery.buyer_id,
        "may_opine": reviewer and mine is None and held.status in (OutputStatus.IN_REVIEW, OutputStatus.ESCALATED),
        "may_decide": reviewer and desk and mine is None and held.status == OutputStatus.DIFFERING,
        "may_withdraw": ours == held.organization_id and held.status in OUTPUT_OPEN}


@covers("F9")
@never_cache
@require_POST
@page("delivery.output.see")
def file(request: HttpRequest, code: str) -> HttpResponseBase:
    """The file: to a reviewer while it is open, to the buyer against a token; each look is on record before the first byte leaves."""
    held, actor, token = _for_reader(request, code), actor_in(request), request.POST.get("token", "").strip()
    try:
        handed: Deposit = (fetch_output(output=held, token=token, actor=actor, clock=MARKET_CLOCK) if token
                           else look_at_output(output=held, actor=actor, clock=MARKET_CLOCK))
    except Rejected as refused:
        if refused.status in {403, 404} and refused.code.startswith("participants."):
            raise
        return render(request, "delivery/output.html", {**_shown(held, actor), "form": OpinionForm(), "refused": refused, "token": ""},
                      status=refused.status)
    answer = FileResponse(open_deposit(handed), as_attachment=True, filename=handed.name, content_type=handed.media_type)
    answer["X-Content-SHA256"] = handed.sha256
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
