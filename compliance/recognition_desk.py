"""The register of recognised foreign certificates and binding rules at the supervision desk: put up by one, decided by another (R108)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from compliance.models import ExportRecognition, RecognitionKind
from compliance.operations import decide_recognition, decide_recognition_end, propose_recognition, propose_recognition_end
from compliance.states import RecognitionStatus
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from participants.desk import DeskAdmin
from participants.models import Approval, ApprovalStatus
from participants.permissions import allowed, require

__all__ = ["RecognitionDesk"]

_PROPOSE, _DECIDE, _REVOKE = "compliance.recognition.propose", "compliance.recognition.decide", "compliance.recognition.revoke"


class RecognitionForm(forms.Form):
    """What is recognised: the certificate or the rules, whom it covers, on what basis and until when."""

    kind = forms.ChoiceField(label=_("种类"), choices=RecognitionKind.choices)
    title = forms.CharField(label=_("名称"), max_length=120)
    number = forms.CharField(label=_("证书或批准编号"), max_length=80)
    issuer = forms.CharField(label=_("认证或批准机构"), max_length=120)
    country = forms.CharField(label=_("国家或地区代码"), max_length=2)
    names = forms.CharField(label=_("覆盖的机构"), widget=forms.Textarea(attrs={"rows": 3}),
                            help_text=_("每行一个名称；公司规则写明集团各成员，含境内出境方"))
    basis = forms.CharField(label=_("依据"), max_length=200)
    dated = forms.DateField(label=_("证书日期"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("有效期至"), widget=forms.DateInput(attrs={"type": "date"}))
    paper = forms.FileField(label=_("证书文件"))


@covers("R108", "I18")
@admin.register(ExportRecognition)
class RecognitionDesk(DeskAdmin):
    """All entries with the decisions that are open, on one page."""

    list_display = ("code", "title", "kind", "number", "issuer", "country", "status", "effective_from", "effective_to")
    list_filter = ("status", "kind")
    search_fields = ("code", "title", "number", "issuer")
    ordering = ("-proposed_at",)

    def get_urls(self) -> list[URLPattern]:
        own = [path("desk/", self.admin_site.admin_view(self.desk), name="compliance_exportrecognition_desk")]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Entries are read and decided on one page of their own."""
        return redirect(reverse("admin:compliance_exportrecognition_desk"))

    def desk(self, request: HttpRequest) -> HttpResponse:
        """The register with a form for a new entry; what waits is decided here by another person."""
        if not self.has_view_permission(request):
            raise Rejected("participants.permission.denied", act=self.seen_by)
        actor, at = request.actor, MARKET_CLOCK.now()  # type: ignore[attr-defined]
        proposing = request.POST.get("act") == "propose"
        form = RecognitionForm(request.POST if proposing else None, request.FILES if proposing else None)
        rejected: Rejected | None = None
        if request.method == "POST":
            require(actor, _PROPOSE, at=at)
            try:
                if self._acted(request, form):
                    return redirect(request.path)
            except Rejected as no:
                if no.status in {403, 404} and no.code != "participants.approval.same_person":
                    raise
                rejected = no
        asked = {(one.subject, one.act): one for one in Approval.objects.filter(
            act__in=[_DECIDE, _REVOKE], status=ApprovalStatus.PENDING).select_related("maker__person")}
        rows = ExportRecognition.objects.select_related("paper").order_by("-proposed_at")[:200]
        return render(request, "compliance/recognitions.html", {
            **self.admin_site.each_context(request), "title": "recognitions", "form": form, "rejected": rejected,
            "rows": [{"one": one, "asked": asked.get((one.code, _DECIDE)) or asked.get((one.code, _REVOKE)),
                      "in_force": one.status == RecognitionStatus.IN_FORCE} for one in rows],
            "may_act": allowed(actor, _PROPOSE, at=at), "may_decide": allowed(actor, _DECIDE, at=at),
        }, status=rejected.status if rejected else 400 if form.errors else 200)

    @staticmethod
    def _acted(request: HttpRequest, form: RecognitionForm) -> bool:
        act, reason = request.POST.get("act", ""), request.POST.get("reason", "").strip()
        who: dict[str, Any] = {"actor": request.actor, "clock": MARKET_CLOCK}  # type: ignore[attr-defined]
        if act == "propose":
            if not form.is_valid():
                return False
            good = dict(form.cleaned_data)
            paper = good.pop("paper")
            propose_recognition(**{**good, "names": good["names"].splitlines()}, stream=paper, filename=paper.name, **who)
            return True
        held = ExportRecognition.objects.filter(code=request.POST.get("recognition", "")).first()
        if held is None:
            raise Rejected("participants.object.absent")
        if act == "revoke":
            propose_recognition_end(recognition=held, reason=reason, **who)
        elif act in {"agree", "differ"}:
            decide = decide_recognition_end if held.status == RecognitionStatus.IN_FORCE else decide_recognition
            decide(recognition=held, agree=act == "agree", reason=reason, **who)
        else:
            raise Rejected("participants.object.absent")
        return True
