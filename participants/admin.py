"""Participants at the supervision desk: organisations and their capabilities, people by code, standing, second opinions.

Admissions and documents stand in ``admission_desk``, figures and calendar in ``figures_desk``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import Rejected, refusal
from participants import admission_desk, figures_desk, succession_desk
from participants.desk import DeskAdmin
from participants.forms import HoldForm
from participants.models import Approval, CapabilityHold, DeniedAttempt, Membership, Organization, StandingChange
from participants.operations import hold_capability, lift_capability
from participants.permissions import allowed, require
from participants.queries import may, open_holds
from participants.roles import Capability

__all__ = ["OrganizationDesk", "admission_desk", "figures_desk", "succession_desk"]


@admin.register(Organization)
class OrganizationDesk(DeskAdmin):
    parties = ("",)
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
        party = Organization.objects.filter(pk=whole(object_id) or 0).first()
        if party is None:
            raise Rejected("participants.object.absent")
        self.refuse_outside(request, party)
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
            hold = CapabilityHold.objects.filter(pk=whole(key) or 0, organization=party).first()
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
    parties = ("organization",)
    list_display = ("person", "organization", "role", "sectors", "regions", "effective_from", "effective_to")
    list_filter = ("role",)
    search_fields = ("person__code", "organization__code", "organization__name")
    search_help_text = _("人员或机构编号、机构名称")
    list_select_related = ("person", "organization")


@admin.register(StandingChange)
class StandingChangeDesk(DeskAdmin):
    parties = ("organization",)
    list_display = ("at", "organization", "from_standing", "to_standing", "from_band", "to_band", "cause_code")
    list_select_related = ("organization",)
    search_fields = ("organization__code", "cause_code")
    search_help_text = _("机构编号或文书编号")


@admin.register(CapabilityHold)
class CapabilityHoldDesk(DeskAdmin):
    parties = ("organization",)
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


@admin.register(DeniedAttempt)
class DeniedAttemptDesk(DeskAdmin):
    """Who was refused what, by number (I28); for those who read audits."""

    seen_by = "participants.audit.read"
    list_display = ("seq", "at", "user", "organization", "act", "subject", "place")
    list_filter = ("act",)
    search_fields = ("user__person__code", "organization__code", "subject")
    search_help_text = _("人员、机构或对象编号")
    list_select_related = ("user__person", "organization")
