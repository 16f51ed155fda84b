"""Leak checks and referrals to the authority at the supervision desk (R47): a sample is compared, what it shows is sent by two."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from delivery.leaks import acknowledge_referral, check_leak, close_referral, prepare_referral, send_referral, withdraw_referral
from delivery.models import LeakCheck, LeakTrace, Referral
from delivery.tasks import ring_traces
from evidence.clock import MARKET_CLOCK
from evidence.files import deposit
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import Rejected
from participants.desk import DeskAdmin
from participants.forms import YuanField
from participants.permissions import allowed, require

__all__ = ["LeakDesk", "ReferralDesk"]


class SampleForm(forms.Form):
    """The sample and where it was found."""

    found_where = forms.CharField(label=_("发现之处"), max_length=400, help_text=_("网址、渠道、时间；由谁提供"))
    sample = forms.FileField(label=_("样本"), help_text=_("CSV，首行为列名；比对前两万行"))
    gain = YuanField(label=_("已知违法所得"), required=False, help_text=_("如帖子标价、付款记录；不知道则不填"))


class ReferralForm(forms.Form):
    """To whom it goes and on what grounds; the sample is among the papers, a further one may be added."""

    authority = forms.CharField(label=_("移送机关"), max_length=120)
    grounds = forms.CharField(label=_("移送理由"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))
    paper = forms.FileField(label=_("补充材料"), required=False)


class _Desk(DeskAdmin):
    def _enter(self, request: HttpRequest) -> Any:
        if not self.has_view_permission(request):
            raise Rejected("participants.permission.denied", act=self.seen_by)
        return request.actor  # type: ignore[attr-defined]

    def _held(self, object_id: str) -> Any:
        held = self.model.objects.filter(pk=whole(object_id) or 0).first()
        if held is None:
            raise Rejected("participants.object.absent")
        return held


@covers("R47")
@admin.register(LeakCheck)
class LeakDesk(_Desk):
    """Samples compared so far; a new one is taken in and answered on a page of its own."""

    list_display = ("code", "found_where", "rows", "files", "at")
    search_fields = ("code", "found_where")
    ordering = ("-id",)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [path("begin/", wrap(self.begin), name="delivery_leakcheck_begin"),
                path("<path:object_id>/check/", wrap(self.one), name="delivery_leakcheck_one"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One check is read on a page of its own."""
        return redirect(reverse("admin:delivery_leakcheck_one", args=[object_id]))

    def begin(self, request: HttpRequest) -> HttpResponse:
        """Takes a sample in and compares it."""
        actor = self._enter(request)
        require(actor, "delivery.leak.check", at=MARKET_CLOCK.now())
        form = SampleForm(request.POST or None, request.FILES or None)
        rejected: Rejected | None = None
        if request.method == "POST" and form.is_valid():
            sample = form.cleaned_data["sample"]
            try:
                made = check_leak(stream=sample, filename=sample.name, found_where=form.cleaned_data["found_where"],
                                  gain_fen=form.cleaned_data["gain"] or 0, actor=actor, clock=MARKET_CLOCK)
                ring_traces()
                return redirect(reverse("admin:delivery_leakcheck_one", args=[made.pk]))
            except Rejected as no:
                rejected = no
        return render(request, "delivery/leak_begin.html", {
            **self.admin_site.each_context(request), "title": "leak", "form": form, "rejected": rejected,
            "recent": LeakCheck.objects.order_by("-pk")[:20],
        }, status=rejected.status if rejected else 400 if form.errors else 200)

    def one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What one sample shares with which listings, and the form that refers it."""
        actor, held = self._enter(request), self._held(object_id)
        form = ReferralForm(request.POST or None, request.FILES or None)
        rejected: Rejected | None = None
        if request.method == "POST" and form.is_valid():
            at, more = MARKET_CLOCK.now(), form.cleaned_data["paper"]
            try:
                papers = [held.sample, *([deposit(more, name=more.name, owner=actor.organization or "VENUE", at=at)] if more else [])]
                made = prepare_referral(about=held.code, authority=form.cleaned_data["authority"], grounds=form.cleaned_data["grounds"],
                                        papers=papers, actor=actor, clock=MARKET_CLOCK)
                return redirect(reverse("admin:delivery_referral_one", args=[made.pk]))
            except Rejected as no:
                if no.status in {403, 404}:
                    raise
                rejected = no
        return render(request, "delivery/leak.html", {
            **self.admin_site.each_context(request), "title": held.code, "held": held, "form": form, "rejected": rejected,
            "referred": Referral.objects.filter(about=held.code), "trace": LeakTrace.objects.filter(check_of=held).first(),
            "may_refer": allowed(actor, "delivery.referral.prepare", at=MARKET_CLOCK.now()),
        }, status=rejected.status if rejected else 400 if form.errors else 200)


@covers("R47", "I18")
@admin.register(Referral)
class ReferralDesk(_Desk):
    """The queue of referrals with their state; one is sent, acknowledged and closed on a page of its own."""

    list_display = ("code", "about", "authority", "status", "due_at", "prepared_at", "sent_at")
    list_filter = ("status",)
    search_fields = ("code", "about", "authority")
    ordering = ("due_at", "-id")

    def get_urls(self) -> list[URLPattern]:
        own = [path("<path:object_id>/referral/", self.admin_site.admin_view(self.one), name="delivery_referral_one")]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One referral is read and moved on a page of its own."""
        return redirect(reverse("admin:delivery_referral_one", args=[object_id]))

    def one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A referral with grounds, papers and state."""
        actor, held, at = self._enter(request), self._held(object_id), MARKET_CLOCK.now()
        rejected: Rejected | None = None
        if request.method == "POST":
            text, who = request.POST.get("text", ""), {"referral": held, "actor": actor, "clock": MARKET_CLOCK}
            acts: dict[str, Any] = {"send": lambda: send_referral(**who), "acknowledge": lambda: acknowledge_referral(receipt=text, **who),
                                    "close": lambda: close_referral(outcome=text, **who),
                                    "withdraw": lambda: withdraw_referral(reason=text, **who)}
            try:
                acts.get(request.POST.get("act", ""), lambda: None)()
                return redirect(request.path)
            except Rejected as no:
                if no.code == "participants.permission.denied":
                    raise
                rejected = no
                held.refresh_from_db()
        return render(request, "delivery/referral.html", {
            **self.admin_site.each_context(request), "title": held.code, "held": held, "rejected": rejected,
            "check": LeakCheck.objects.filter(code=held.about).first(),
            "may_send": allowed(actor, "delivery.referral.send", at=at), "may_prepare": allowed(actor, "delivery.referral.prepare", at=at),
        }, status=rejected.status if rejected else 200)
