"""Successions at the supervision desk: the registrar puts a case forward, another person of the authority decides it (R39, I18)."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import Rejected
from participants.desk import DeskAdmin
from participants.models import Succession
from participants.permissions import allowed, require
from participants.successions import DECIDE, decide_succession, propose_succession
from participants.views.successions import told_of

__all__ = ["SuccessionDesk"]

_PROPOSE = "participants.succession.propose"


@covers("R39", "B8")
@admin.register(Succession)
class SuccessionDesk(DeskAdmin):
    """Every case, and the page on which one is checked and decided."""

    parties = ("predecessor",)
    list_display = ("code", "predecessor", "kind", "status", "filed_at", "decided_at")
    list_filter = ("status", "kind")
    search_fields = ("code", "predecessor__code", "predecessor__name")
    search_help_text = _("承继或机构编号、机构名称")
    list_select_related = ("predecessor",)
    ordering = ("-pk",)

    def get_urls(self) -> list[URLPattern]:
        own = [path("<path:object_id>/decide/", self.admin_site.admin_view(self.decide), name="participants_succession_decide")]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: object = None) -> HttpResponse:
        """One case is read and decided on a page of its own."""
        return redirect(reverse("admin:participants_succession_decide", args=[object_id]))

    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Shows what will move and what lacks; takes the registrar's word and the authority's decision."""
        if not self.has_view_permission(request):
            raise Rejected("participants.permission.denied", act=self.seen_by)
        actor, at = request.actor, MARKET_CLOCK.now()  # type: ignore[attr-defined]
        held = Succession.objects.filter(pk=whole(object_id) or 0).select_related("predecessor__venue", "agreement", "extract").first()
        if held is None:
            raise Rejected("participants.object.absent")
        self.refuse_outside(request, held)
        refused: Rejected | None = None
        if request.method == "POST":
            try:
                self._act(request, held)
                return redirect(reverse("admin:participants_succession_decide", args=[held.pk]))
            except Rejected as no:
                if no.status in {403, 404}:
                    raise
                refused = no
                held.refresh_from_db()
        told = told_of(held)
        return render(request, "participants/decide_succession.html", {
            **self.admin_site.each_context(request), **told, "title": held.code, "refused": refused,
            "may_propose": told["open"] and told["asked"] is None and allowed(actor, _PROPOSE, at=at),
            "may_decide": told["asked"] is not None and allowed(actor, DECIDE, at=at)}, status=refused.status if refused else 200)

    @staticmethod
    def _act(request: HttpRequest, held: Succession) -> None:
        actor, reason = request.actor, request.POST.get("reason", "")  # type: ignore[attr-defined]
        act = request.POST.get("act", "")
        if act == "propose":
            propose_succession(succession=held, reason=reason, actor=actor, clock=MARKET_CLOCK)
            return
        require(actor, DECIDE, at=MARKET_CLOCK.now())
        decide_succession(succession=held, agree=act == "agree", reason=reason, actor=actor, clock=MARKET_CLOCK)
