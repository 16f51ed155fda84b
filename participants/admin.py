"""Participants at the supervision desk: organisations, people by code, admissions to decide, second opinions, figures, calendar."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected, refusal
from kit.states import open_actions
from participants.admissions import QUESTIONS
from participants.desk import DeskAdmin
from participants.forms import FigureForm, HoldForm
from participants.models import (
    Admission,
    AdmissionStatus,
    Approval,
    ApprovalStatus,
    CalendarDay,
    CapabilityHold,
    Membership,
    Organization,
    Parameter,
    StandingChange,
)
from participants.operations import (
    accept_admission,
    admit,
    ask_figure,
    decide_figure,
    hold_capability,
    lift_capability,
    refuse_admission,
    return_admission,
)
from participants.permissions import allowed, require
from participants.queries import LOCAL, house_venue, may, open_holds
from participants.roles import Capability
from participants.states import ADMISSION

__all__ = ["AdmissionDesk"]


@admin.register(Organization)
class OrganizationDesk(DeskAdmin):
    list_display = ("code", "name", "kind", "standing", "band", "uscc", "uscc_warning", "created_at")
    list_filter = ("standing", "band", "kind", "uscc_warning")
    search_fields = ("code", "name", "name_en", "uscc")
    search_help_text = _("编号、名称或信用代码")

    def get_urls(self) -> list[URLPattern]:
        own = [path("<path:object_id>/capabilities/", self.admin_site.admin_view(self.capabilities),
                    name="participants_organization_capabilities")]
        return [*own, *super().get_urls()]

    @covers("R87", "A3")
    def capabilities(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What one organisation may do now and what stops it; a desk cuts or restores one capability, with the reason."""
        actor, at = request.actor, MARKET_CLOCK.now()  # type: ignore[attr-defined]
        party = Organization.objects.filter(pk=object_id if object_id.isdigit() else 0).first()
        if party is None:
            raise Rejected("participants.object.absent")
        form = HoldForm(request.POST if request.method == "POST" and "lift" not in request.POST else None)
        if request.method == "POST":
            require(actor, "participants.capability.hold", at=at)
            if self._acted(request, party, form, at):
                return redirect(request.path)
        return render(request, "participants/capabilities.html", {
            **self.admin_site.each_context(request), "title": party.code, "party": party, "form": form,
            "powers": [(one, refusal(code) if (code := may(party, one, at=at)) else None) for one in Capability],
            "holds": open_holds(party, at=at),
            "may_act": allowed(actor, "participants.capability.hold", at=at)}, status=400 if form.errors else 200)

    def _acted(self, request: HttpRequest, party: Organization, form: HoldForm, at: datetime) -> bool:
        actor = request.actor  # type: ignore[attr-defined]
        if key := request.POST.get("lift", ""):
            hold = CapabilityHold.objects.filter(pk=key if key.isdigit() else 0, organization=party).first()
            if hold is None:
                raise Rejected("participants.object.absent")
            lift_capability(hold=hold, reason=request.POST.get("reason", "").strip()[:300] or hold.reason, actor=actor, at=at)
            return True
        if not form.is_valid():
            return False
        good = form.cleaned_data
        hold_capability(organization=party, capability=good["capability"], reason_code="desk", reason=good["reason"], basis=good["basis"],
                        until=at + timedelta(days=good["days"]), actor=actor, at=at)
        return True


@admin.register(Membership)
class MembershipDesk(DeskAdmin):
    list_display = ("person", "organization", "role", "effective_from", "effective_to")
    list_filter = ("role",)
    search_fields = ("person__code", "organization__code", "organization__name")
    search_help_text = _("人员或机构编号、机构名称")
    list_select_related = ("person", "organization")


@admin.register(StandingChange)
class StandingChangeDesk(DeskAdmin):
    list_display = ("at", "organization", "from_standing", "to_standing", "from_band", "to_band", "cause_code")
    list_select_related = ("organization",)
    search_fields = ("organization__code", "cause_code")
    search_help_text = _("机构编号或文书编号")


@admin.register(CapabilityHold)
class CapabilityHoldDesk(DeskAdmin):
    list_display = ("organization", "capability", "reason", "ordered_by", "placed_at", "until", "lifted_at")
    list_filter = ("capability",)
    list_select_related = ("organization",)


@admin.register(Approval)
class ApprovalDesk(DeskAdmin):
    list_display = ("act", "subject", "maker", "checker", "status", "asked_at", "due_at", "decided_at")
    list_filter = ("status", "act")
    search_fields = ("subject",)
    search_help_text = _("对象编号")
    list_select_related = ("maker", "checker")


@admin.register(Parameter)
class ParameterDesk(DeskAdmin):
    """The figures of the rules, and the page on which one is proposed by one person and decided by another."""

    list_display = ("key", "scope", "value", "unit", "source", "effective_from", "effective_to")
    search_fields = ("key", "source")
    search_help_text = _("参数名或出处")

    def get_urls(self) -> list[URLPattern]:
        own = [path("propose/", self.admin_site.admin_view(self.propose), name="participants_parameter_propose")]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A figure is never edited; its row leads to the page where another is proposed."""
        return redirect(f"{reverse('admin:participants_parameter_propose')}?figure={object_id}")

    @covers("R51", "I18")
    def propose(self, request: HttpRequest) -> HttpResponse:
        """What holds now, what was proposed, and the form for a new figure."""
        actor, at = request.actor, MARKET_CLOCK.now()  # type: ignore[attr-defined]
        if not self.has_view_permission(request):
            raise Rejected("participants.permission.denied", act=self.seen_by)
        shown = request.GET.get("figure", "")
        now = Parameter.objects.filter(pk=shown if shown.isdigit() else 0).first()
        form = FigureForm(request.POST if request.method == "POST" and "decide" not in request.POST else None, initial=_as_typed(now))
        rejected = None
        if request.method == "POST":
            try:
                if self._proposed(request, form):
                    return redirect("admin:participants_parameter_propose")
            except Rejected as refused:
                rejected = refused
        waiting = Approval.objects.filter(act="participants.parameter.set", status=ApprovalStatus.PENDING).order_by("asked_at")
        return render(request, "participants/propose_figure.html", {
            **self.admin_site.each_context(request), "title": now.key if now else "", "now": now, "form": form, "rejected": rejected,
            "waiting": waiting, "may_act": allowed(actor, "participants.parameter.set", at=at)},
            status=rejected.status if rejected else 400 if form.errors else 200)

    def _proposed(self, request: HttpRequest, form: FigureForm) -> bool:
        actor = request.actor  # type: ignore[attr-defined]
        if key := request.POST.get("decide", ""):
            asked = Approval.objects.filter(subject=key, act="participants.parameter.set").first()
            if asked is None:
                raise Rejected("participants.object.absent")
            reason = request.POST.get("reason", "").strip()[:300]
            decide_figure(approval=asked, approve=request.POST.get("outcome") == "approve", reason=reason, actor=actor, clock=MARKET_CLOCK)
            return True
        if not form.is_valid():
            return False
        good = form.cleaned_data
        ask_figure(venue=house_venue(), key=good["key"], scope=good["scope"], value=good["value"], source=good["source"],
                   name=(good["name_zh"], good["name_en"]), effective_from=datetime.combine(good["effective_on"], time(), LOCAL),
                   actor=actor, clock=MARKET_CLOCK)
        return True


def _as_typed(now: Parameter | None) -> dict[str, Any]:
    return {} if now is None else {name: getattr(now, name) for name in ("key", "scope", "value", "source", "name_zh", "name_en")}


@admin.register(CalendarDay)
class CalendarDesk(DeskAdmin):
    list_display = ("day", "is_working", "name_zh", "source")
    list_filter = ("is_working",)


@covers("W3", "T41")
@admin.register(Admission)
class AdmissionDesk(DeskAdmin):
    """The queue of applications, and the page on which one is decided."""

    list_display = ("code", "organization", "role", "status", "due_at", "effective_to")
    list_filter = ("status", "role")
    search_fields = ("code", "organization__code", "organization__name")
    search_help_text = _("申请或机构编号、机构名称")
    list_select_related = ("organization",)
    ordering = ("due_at",)
    #: act of the page -> what carries it out
    ACTS: ClassVar[dict[str, Any]] = {"accept": accept_admission, "return": return_admission, "admit": admit, "refuse": refuse_admission}

    def get_urls(self) -> list[URLPattern]:
        own = [path("<path:object_id>/decide/", self.admin_site.admin_view(self.decide), name="participants_admission_decide")]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One application is read and decided on a page of its own."""
        return redirect(reverse("admin:participants_admission_decide", args=[object_id]))

    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Shows an application and carries out the compliance officer's decision."""
        actor, at = request.actor, MARKET_CLOCK.now()  # type: ignore[attr-defined]
        if not self.has_view_permission(request):
            raise Rejected("participants.permission.denied", act=self.seen_by)
        held = Admission.objects.select_related("organization").filter(pk=object_id if object_id.isdigit() else 0).first()
        if held is None:
            raise Rejected("participants.object.absent")
        if request.method == "POST":
            require(actor, "participants.admission.decide", subject=held, at=at)
            return self._carry_out(request, held)
        deciding = allowed(actor, "participants.admission.decide", subject=held, at=at)
        acts = [one for one in open_actions(ADMISSION, AdmissionStatus(held.status)) if one in self.ACTS] if deciding else []
        answers = [(QUESTIONS[name], held.answers.get(name, "")) for name in QUESTIONS]
        return render(request, "participants/decide_admission.html", {
            **self.admin_site.each_context(request), "title": held.code, "held": held, "acts": acts, "answers": answers})

    def _carry_out(self, request: HttpRequest, held: Admission) -> HttpResponse:
        act, reason = request.POST.get("act", ""), request.POST.get("reason", "").strip()
        if act not in self.ACTS or (act in {"return", "refuse"} and not reason):
            raise Rejected("participants.admission.reason_needed")
        more: dict[str, Any] = {"reason": reason} if act != "accept" else {}
        if act == "return":
            more["missing"] = [line.strip() for line in reason.splitlines() if line.strip()]
        self.ACTS[act](admission=held, actor=request.actor, clock=MARKET_CLOCK, **more)  # type: ignore[attr-defined]
        return redirect(reverse("admin:participants_admission_decide", args=[held.pk]))
