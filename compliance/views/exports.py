"""Taking data abroad 出境: ``/desk/exports/``: the year's count against its lines, each case with its row, mechanism, duties and papers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compliance.answers import ANSWERS
from compliance.export_extensions import ask_extension, may_ask_extension
from compliance.exports import persons_this_year
from compliance.jurisdictions import stances_at
from compliance.models import ExportCase, ExportRecognition
from compliance.operations import file_papers, open_export, rest_on, screen_export, withdraw_export
from compliance.recognitions import fitting, register_at
from compliance.rules.cross_border import (
    PAPERS,
    PI_ASSESSMENT,
    PI_CONTRACT,
    SPI_ASSESSMENT,
    Outcome,
    duties,
    papers_needed,
    table,
)
from compliance.rules.scenarios import SCENARIOS
from compliance.states import ExportStatus
from evidence.clock import MARKET_CLOCK
from evidence.files import deposit
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.doors import page
from participants.models import Organization
from participants.permissions import allowed

__all__ = ["act", "actor_of_request", "cross_border", "exports", "organization_of", "row_of"]

_YES_NO = (("no", _("否")), ("yes", _("是")))
_ASKED = ("state_secret", "export_controlled", "contains_pi", "is_ciio")


class ExportForm(forms.Form):
    """What the table asks, and what it does not: protection abroad, the law of origin, an authority abroad that asks."""

    product_code = forms.CharField(label=_("产品编号"), max_length=20)
    recipient = forms.CharField(label=_("境外接收方"), max_length=120)
    scenario = forms.ChoiceField(label=_("出境场景"))
    country = forms.RegexField(r"^[A-Za-z]{2}$", label=_("国家或地区代码"), help_text=_("两位字母，例如 SG"))
    grade = forms.ChoiceField(label=_("数据级别"), choices=list(ANSWERS["grade"].items()))
    state_secret = forms.ChoiceField(label=_("属于国家秘密"), choices=_YES_NO)
    export_controlled = forms.ChoiceField(label=_("属于出口管制物项的数据"), choices=_YES_NO)
    contains_pi = forms.ChoiceField(label=_("含个人信息"), choices=_YES_NO)
    is_ciio = forms.ChoiceField(label=_("本机构是关键信息基础设施运营者"), choices=_YES_NO)
    legal_basis = forms.ChoiceField(label=_("处理个人信息的依据"), choices=list(ANSWERS["legal_basis"].items()))
    export_exemption = forms.ChoiceField(label=_("豁免情形"), choices=list(ANSWERS["export_exemption"].items()))
    persons = forms.IntegerField(label=_("本次预计人数（不含敏感）"), min_value=0, max_value=10**9, initial=0)
    sensitive = forms.IntegerField(label=_("本次预计人数（敏感个人信息）"), min_value=0, max_value=10**9, initial=0)
    safeguards = forms.CharField(label=_("接收方的同等保护"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2}),
                                 help_text=_("认证、合同约定、技术措施；含个人信息时必填"))
    origin_law = forms.CharField(label=_("来源地法律声明"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2}),
                                 help_text=_("境外收集的数据：依何地法律、怎样取得"))
    foreign_authority = forms.CharField(label=_("提出要求的境外司法或执法机构"), max_length=160, required=False,
                                        help_text=_("没有则不填；未经主管机关批准不得提供"))
    approval_no = forms.CharField(label=_("主管机关批准文号"), max_length=80, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zh = (get_language() or "zh").startswith("zh")
        self.fields["scenario"].choices = [(key, one.text[0 if zh else 1]) for key, one in SCENARIOS.items()]  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """This will return the facts of the table in the vocabulary's words."""
        good = self.cleaned_data
        stated: dict[str, Any] = {name: good[name] == "yes" for name in _ASKED}
        return {**stated, "cross_border": True, "grade": good["grade"], "export_exemption": good["export_exemption"],
                "legal_basis": good["legal_basis"]}


def actor_of_request(request: HttpRequest) -> Actor:
    """This will return who asks."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def organization_of(request: HttpRequest) -> Organization:
    """This will return for which organisation; 404 where it is none."""
    return get_object_or_404(Organization, pk=actor_of_request(request).organization_id or 0)


def row_of(one: ExportCase, at: datetime) -> dict[str, Any]:
    """This will say of a case what stays owed, its scene, and on what entry of the register it may rest, beside its state."""
    known = one.mechanism in set(Outcome)
    may_rest = one.status == ExportStatus.NEEDS_MECHANISM and one.mechanism == Outcome.CONTRACT_OR_CERTIFICATION
    return {"one": one, "asked": [(kind, PAPERS[kind]) for kind in papers_needed(Outcome(one.mechanism), one.row)] if known else [],
            "papers": [(PAPERS[paper["kind"]], paper["name"]) for paper in one.papers],
            "may_extend": may_ask_extension(one, at), "scene": SCENARIOS[one.scenario], "fitting": fitting(one, at) if may_rest else [],
            "duties": duties(Outcome(one.mechanism), one.facts) if known and one.status != ExportStatus.REFUSED else []}


@covers("R64", "R68", "R106", "C5")
@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.export.see")
def exports(request: HttpRequest) -> HttpResponse:
    """The exporter's cases and its count of the year; a new case is put through the table at once."""
    at, ours = MARKET_CLOCK.now(), organization_of(request)
    form = ExportForm(request.POST if request.method == "POST" else None)
    refused: Rejected | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = _open(request, ours, form)
            messages.success(request, gettext("已按十二行判定表判定"))
            return redirect(f"{request.path}#{made.code}")
        except Rejected as caught:
            if caught.status in {403, 404}:
                raise
            refused = caught
    persons, sensitive = persons_this_year(ours, at)
    rows = ExportCase.objects.visible_to(request.user).select_related("exporter", "recognition").order_by("-pk")[:100]
    return render(request, "compliance/exports.html", {
        "rows": [row_of(one, at) for one in rows], "form": form, "refused": refused, "persons": persons, "sensitive": sensitive,
        "lines": (PI_CONTRACT, PI_ASSESSMENT, SPI_ASSESSMENT),
        "may_file": allowed(actor_of_request(request), "compliance.export.file", subject=ours, at=at),
    }, status=refused.status if refused else 400 if form.errors else 200)


def _open(request: HttpRequest, ours: Organization, form: ExportForm) -> ExportCase:
    """A case and its verdict in one act: what the table refuses to judge is not left behind."""
    from django.db import transaction

    good = form.cleaned_data
    by: dict[str, Any] = {"actor": actor_of_request(request), "clock": MARKET_CLOCK}
    with transaction.atomic():
        case = open_export(
            exporter=ours, product_code=good["product_code"].strip().upper(), recipient=good["recipient"], country=good["country"].upper(),
            facts=form.facts(), safeguards=good["safeguards"], origin_law=good["origin_law"], foreign_authority=good["foreign_authority"],
            approval_no=good["approval_no"], scenario=good["scenario"], **by)
        return screen_export(case=case, expected_persons=good["persons"], expected_sensitive=good["sensitive"], **by)


@require_POST
@page("compliance.export.see")
def act(request: HttpRequest, code: str) -> HttpResponse:
    """Papers handed in, an entry of the register rested on, or the case taken back."""
    one = get_object_or_404(ExportCase.objects.visible_to(request.user), code=code)
    by: dict[str, Any] = {"actor": actor_of_request(request), "clock": MARKET_CLOCK}
    try:
        if request.POST.get("act") == "withdraw":
            withdraw_export(case=one, **by)
            messages.success(request, gettext("已撤回"))
        elif request.POST.get("act") == "rest":
            entry = get_object_or_404(ExportRecognition, code=request.POST.get("recognition", ""))
            rest_on(case=one, recognition=entry, **by)
            messages.success(request, gettext("已放行，以该登记的有效期为限"))
        elif request.POST.get("act") == "extend":
            upload = request.FILES.get("extension")
            paper = deposit(upload, name=upload.name or "extension", owner=organization_of(request).code,
                            at=MARKET_CLOCK.now()) if upload else None
            ask_extension(case=one, paper=f"{paper.name} {paper.sha256[:12]}" if paper else "", **by)
            messages.success(request, gettext("延长申请已提交，由两名监管人员决定"))
        else:
            owner, at = organization_of(request).code, MARKET_CLOCK.now()
            kept = {kind: deposit(upload, name=upload.name or kind, owner=owner, at=at)
                    for kind in PAPERS if (upload := request.FILES.get(kind))}
            file_papers(case=one, papers={kind: f"{paper.name} {paper.sha256[:12]}" for kind, paper in kept.items()}, **by)
            messages.success(request, gettext("材料已提交，等待评估"))
    except Rejected as refused:
        if refused.status in {403, 404}:
            raise
        messages.error(request, f"{refused.text('title', 'zh' if request.LANGUAGE_CODE.startswith('zh') else 'en')} ({refused.code})")  # type: ignore[attr-defined]
    return redirect("compliance:exports")


@require_safe
@page("compliance.rules.see")
@covers("R63", "R64", "R66", "R108", "C5")
def cross_border(request: HttpRequest) -> HttpResponse:
    """``/rules/cross-border/``: the table row by row, scenes and where each stands, what is recognised, how places treat us."""
    at = MARKET_CLOCK.now()
    return render(request, "compliance/cross_border.html", {
        "table": table(), "scenes": SCENARIOS.values(), "register": register_at(at), "stances": stances_at(at), "at": at,
    })
