"""Compliance at the supervision desk: control lists with what they hit, how jurisdictions treat us, cases of export; decided by two.

The negative list stands in ``law_desk``.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from compliance import law_desk
from compliance.export_extensions import EXTEND, decide_extension, second_extension
from compliance.models import ControlKind, ControlList, ControlMatch, ExportCase, JurisdictionStance, Stance
from compliance.operations import (
    clear_match,
    comment_export,
    decide_export,
    decide_list,
    decide_revocation,
    decide_stance,
    hold_for_review,
    propose_list_import,
    propose_revocation,
    propose_stance,
    release_from_review,
    second_export,
)
from compliance.recognition_desk import RecognitionDesk
from compliance.states import ExportStatus
from compliance.views.exports import row_of
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import Rejected
from participants.approvals import pending_approval
from participants.desk import DeskAdmin
from participants.models import Approval, ApprovalStatus
from participants.permissions import allowed, require

__all__ = ["ControlListDesk", "ExportDesk", "JurisdictionDesk", "RecognitionDesk", "law_desk"]

_PROPOSE, _DECIDE, _REVOKE, _STANCE, _EXPORT = ("compliance.control_list.propose", "compliance.control_list.decide",
                                       "compliance.control_list.revoke",
                                      "compliance.jurisdiction.set", "compliance.export.decide")
_COMMENT = "compliance.export.comment"


class ImportForm(forms.Form):
    """A list's file with what it is."""

    key = forms.SlugField(label=_("名单标识"), max_length=40, help_text=_("同一名单各版用同一标识"))
    kind = forms.ChoiceField(label=_("种类"), choices=ControlKind.choices)
    name = forms.CharField(label=_("名称"), max_length=120)
    authority = forms.CharField(label=_("发布机关"), max_length=120)
    dated = forms.DateField(label=_("名单日期"), widget=forms.DateInput(attrs={"type": "date"}))
    file = forms.FileField(label=_("文件"), help_text=_("CSV 或 JSON：名称、统一社会信用代码、国家或地区、依据、有效期至"))


class StanceForm(forms.Form):
    """How a place treats us, with its basis."""

    jurisdiction = forms.CharField(label=_("国家或地区代码"), max_length=2)
    stance = forms.ChoiceField(label=_("立场"), choices=[*Stance.choices, ("", _("撤除"))], required=False)
    basis = forms.CharField(label=_("依据"), max_length=200)


@covers("A6", "R66", "W20")
@admin.register(ControlList)
class ControlListDesk(DeskAdmin):
    """All versions of all lists; one is read, decided and revoked on a page of its own."""

    list_display = ("code", "name", "kind", "version", "dated", "entries_count", "status", "effective_from", "effective_to")
    list_filter = ("status", "kind")
    search_fields = ("code", "key", "name", "authority")
    ordering = ("-proposed_at",)

    def get_urls(self) -> list[URLPattern]:
        own = [path("import/", self.admin_site.admin_view(self.take_in), name="compliance_controllist_import"),
               path("<path:object_id>/list/", self.admin_site.admin_view(self.one), name="compliance_controllist_one")]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One list is read and decided on a page of its own."""
        return redirect(reverse("admin:compliance_controllist_one", args=[object_id]))

    def _enter(self, request: HttpRequest) -> Any:
        if not self.has_view_permission(request):
            raise Rejected("participants.permission.denied", act=self.seen_by)
        return request.actor  # type: ignore[attr-defined]

    def take_in(self, request: HttpRequest) -> HttpResponse:
        """Takes a list's file in and puts it before a second person."""
        actor, at = self._enter(request), MARKET_CLOCK.now()
        require(actor, _PROPOSE, at=at)
        form = ImportForm(request.POST or None, request.FILES or None)
        rejected: Rejected | None = None
        if request.method == "POST" and form.is_valid():
            good = form.cleaned_data
            try:
                made = propose_list_import(key=good["key"], kind=good["kind"], name=good["name"], authority=good["authority"],
                                           dated=good["dated"], stream=good["file"], filename=good["file"].name, actor=actor,
                                           clock=MARKET_CLOCK)
                return redirect(reverse("admin:compliance_controllist_one", args=[made.pk]))
            except Rejected as no:
                rejected = no
        return render(request, "compliance/import_control_list.html", {
            **self.admin_site.each_context(request), "title": "import", "form": form, "rejected": rejected,
        }, status=rejected.status if rejected else 400 if form.errors else 200)

    def one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A list with its entries, whom it hits, and the decisions that are open."""
        actor, at = self._enter(request), MARKET_CLOCK.now()
        held = ControlList.objects.filter(pk=whole(object_id) or 0).select_related("deposit").first()
        if held is None:
            raise Rejected("participants.object.absent")
        rejected: Rejected | None = None
        if request.method == "POST":
            try:
                self._act(request, held)
                return redirect(request.path)
            except Rejected as no:
                if no.status in {403, 404}:
                    raise
                rejected = no
                held.refresh_from_db()
        matches = ControlMatch.objects.filter(entry__list=held).select_related("organization", "entry").order_by("status", "-opened_at")
        return render(request, "compliance/control_list.html", {
            **self.admin_site.each_context(request), "title": held.code, "held": held, "rejected": rejected,
            "entries": held.entries.order_by("position")[:200], "matches": matches[:200],
            "asked": pending_approval(_DECIDE, held.code), "revoking": pending_approval(_REVOKE, held.code),
            "may_act": allowed(actor, _PROPOSE, at=at)}, status=rejected.status if rejected else 200)

    @staticmethod
    def _act(request: HttpRequest, held: ControlList) -> None:
        act, reason = request.POST.get("act", ""), request.POST.get("reason", "").strip()
        who: dict[str, Any] = {"actor": request.actor, "clock": MARKET_CLOCK}  # type: ignore[attr-defined]
        if act in {"agree", "differ"}:
            decide = decide_revocation if pending_approval(_REVOKE, held.code) else decide_list
            decide(control_list=held, agree=act == "agree", reason=reason, **who)
        elif act == "revoke":
            propose_revocation(control_list=held, reason=reason, **who)
        else:
            match = ControlMatch.objects.filter(code=act, entry__list=held).select_related("organization", "entry__list").first()
            if match is None:
                raise Rejected("participants.object.absent")
            clear_match(match=match, reason=reason, **who)


@covers("R66")
@admin.register(JurisdictionStance)
class JurisdictionDesk(DeskAdmin):
    """How jurisdictions treat us, with the period and basis of each stance."""

    list_display = ("jurisdiction", "stance", "basis", "effective_from", "effective_to")
    list_filter = ("stance",)
    search_fields = ("jurisdiction", "basis")

    def get_urls(self) -> list[URLPattern]:
        own = [path("set/", self.admin_site.admin_view(self.set_stance), name="compliance_jurisdictionstance_set")]
        return [*own, *super().get_urls()]

    def set_stance(self, request: HttpRequest) -> HttpResponse:
        """A stance is proposed by one regulator and decided by another."""
        if not self.has_view_permission(request):
            raise Rejected("participants.permission.denied", act=self.seen_by)
        actor, at = request.actor, MARKET_CLOCK.now()  # type: ignore[attr-defined]
        form = StanceForm(request.POST if request.POST.get("act") == "propose" else None)
        rejected: Rejected | None = None
        if request.method == "POST":
            require(actor, _STANCE, at=at)
            try:
                if self._acted(request, form):
                    return redirect(request.path)
            except Rejected as no:
                rejected = no
        return render(request, "compliance/jurisdictions.html", {
            **self.admin_site.each_context(request), "title": "jurisdictions", "form": form, "rejected": rejected,
            "rows": JurisdictionStance.objects.order_by("jurisdiction", "-effective_from"), "may_act": allowed(actor, _STANCE, at=at),
            "waiting": Approval.objects.filter(act=_STANCE, status=ApprovalStatus.PENDING).select_related("maker__person"),
        }, status=rejected.status if rejected else 400 if form.errors else 200)

    @staticmethod
    def _acted(request: HttpRequest, form: StanceForm) -> bool:
        who: dict[str, Any] = {"actor": request.actor, "clock": MARKET_CLOCK}  # type: ignore[attr-defined]
        if request.POST.get("act") == "propose":
            if not form.is_valid():
                return False
            propose_stance(**form.cleaned_data, **who)
            return True
        waiting = Approval.objects.filter(act=_STANCE, status=ApprovalStatus.PENDING)
        approval = next((one for one in waiting if str(one.pk) == request.POST.get("approval", "")), None)
        if approval is None:
            raise Rejected("participants.object.absent")
        decide_stance(approval=approval, agree=request.POST.get("act") == "agree", reason=request.POST.get("reason", ""), **who)
        return True


@covers("R64", "R65", "R67", "C5")
@admin.register(ExportCase)
class ExportDesk(DeskAdmin):
    """Cases of export; an assessment is decided by two regulators, a security review is lifted by them alone."""

    parties = ("exporter",)
    list_display = ("code", "exporter", "recipient", "country", "mechanism", "status", "due_at", "effective_to")
    list_filter = ("status", "mechanism")
    search_fields = ("code", "recipient", "exporter__code", "exporter__name")
    list_select_related = ("exporter",)
    ordering = ("due_at",)

    def get_urls(self) -> list[URLPattern]:
        own = [path("<path:object_id>/case/", self.admin_site.admin_view(self.one), name="compliance_exportcase_one")]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One case is read and decided on a page of its own."""
        return redirect(reverse("admin:compliance_exportcase_one", args=[object_id]))

    def one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A case with what was stated, its row and papers, and the decisions that are open."""
        if not self.has_view_permission(request):
            raise Rejected("participants.permission.denied", act=self.seen_by)
        actor, at = request.actor, MARKET_CLOCK.now()  # type: ignore[attr-defined]
        held = ExportCase.objects.filter(pk=whole(object_id) or 0).select_related("exporter", "recognition").first()
        if held is None:
            raise Rejected("participants.object.absent")
        self.refuse_outside(request, held)
        rejected: Rejected | None = None
        if request.method == "POST":
            require(actor, _COMMENT if request.POST.get("act") == "comment" else _EXPORT, at=at)
            try:
                self._act(request, held)
                return redirect(request.path)
            except Rejected as no:
                if no.status in {403, 404} and no.code != "participants.approval.same_person":
                    raise
                rejected = no
                held.refresh_from_db()
        return render(request, "compliance/export_case.html", {
            **self.admin_site.each_context(request), "title": held.code, "row": row_of(held, at), "one": held, "rejected": rejected,
            "asked": pending_approval(_EXPORT, held.code), "asked_extension": pending_approval(EXTEND, held.code),
            "may_act": allowed(actor, _EXPORT, at=at),
            "may_comment": allowed(actor, _COMMENT, at=at) and held.status in (ExportStatus.IN_ASSESSMENT, ExportStatus.SECURITY_REVIEW),
            "comments": held.comments.select_related("body", "author__person").order_by("pk"),
        }, status=rejected.status if rejected else 200)

    @staticmethod
    def _act(request: HttpRequest, held: ExportCase) -> None:
        act, reason = request.POST.get("act", ""), request.POST.get("reason", "").strip()
        who: dict[str, Any] = {"case": held, "reason": reason, "actor": request.actor, "clock": MARKET_CLOCK}  # type: ignore[attr-defined]
        if act == "comment":
            who["text"] = who.pop("reason")
            comment_export(**who)
        elif act in {"agree", "differ"}:
            second_export(agree=act == "agree", **who)
        elif act in {"clear", "refuse"}:
            decide_export(clear=act == "clear", **who)
        elif act in {"extend", "keep_end"}:
            decide_extension(grant=act == "extend", **who)
        elif act in {"agree_extension", "differ_extension"}:
            second_extension(agree=act == "agree_extension", **who)
        elif act in {"hold", "release"}:
            (hold_for_review if act == "hold" else release_from_review)(**who)
        else:
            raise Rejected("participants.object.absent")
