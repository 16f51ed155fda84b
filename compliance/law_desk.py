"""The negative list at the supervision desk: versions, the draft edited rule by rule, proposed, commented, decided by another.

What a version would do to what is on sale stands on a page of the room that knows listings; here only its address is asked for.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.dateparse import parse_date
from django.utils.decorators import method_decorator

from compliance.law import changes_of
from compliance.law_editing import rows_of_version
from compliance.law_forms import BeginForm, CheckForm, RuleForm, lines_from, lines_shown
from compliance.models import NegativeListVersion, RuleCheck
from compliance.operations import (
    approve_list,
    begin_list,
    cancel_list,
    check_rule,
    discard_list,
    enact_urgently,
    propose_list,
    put_rule,
    retire_rule,
    return_list,
)
from compliance.queries import list_version_at, rule_set_of
from compliance.rule_checks import standing_of_rules
from compliance.rules.drafting import differences
from compliance.rules.negative_list import read_predicate
from compliance.rules.outline import Line, from_lines, lines_of
from compliance.rules.wording import say
from compliance.states import NEGATIVE_LIST, ListStatus
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import FieldFault, Rejected
from kit.states import open_actions
from participants.desk import DeskAdmin
from participants.permissions import allowed
from participants.queries import LOCAL
from participants.step_up import sensitive
from participants.words import speaks_chinese

__all__ = ["NegativeListDesk", "RuleCheckDesk"]

_DRAFT, _APPROVE = "compliance.negative_list.draft", "compliance.negative_list.approve"
#: act of the page -> the permission that opens it
_NEEDS = {"propose": "compliance.negative_list.propose", "discard": "compliance.negative_list.propose", "approve": _APPROVE,
          "return": _APPROVE, "cancel": _APPROVE, "enact_urgently": "compliance.negative_list.enact_urgently"}


@covers("R84", "C1", "T41")
@admin.register(NegativeListVersion)
class NegativeListDesk(DeskAdmin):
    """Every version of the list; one is read, edited and decided on pages of its own."""

    list_display = ("code", "version", "status", "notice_until", "effective_from", "effective_to", "due_at")
    list_filter = ("status",)
    search_fields = ("code", "version")
    ordering = ("-id",)

    def get_urls(self) -> list[URLPattern]:
        wrap, stem = self.admin_site.admin_view, "compliance_negativelistversion"
        return [path("begin/", wrap(self.begin), name=f"{stem}_begin"),
                path("<path:object_id>/list/", wrap(self.one), name=f"{stem}_one"),
                path("<path:object_id>/rule/<str:rule_id>/", wrap(self.rule), name=f"{stem}_rule"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One version is read and decided on a page of its own."""
        return redirect(reverse("admin:compliance_negativelistversion_one", args=[object_id]))

    def _held(self, request: HttpRequest, object_id: str) -> NegativeListVersion:
        self._enter(request)
        key = whole(object_id) or 0
        held = NegativeListVersion.objects.filter(pk=key).first()
        if held is None:
            raise Rejected("participants.object.absent")
        return held

    def _enter(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise Rejected("participants.permission.denied", act=self.seen_by)

    def _shown(self, request: HttpRequest, template: str, rejected: Rejected | None, **context: Any) -> HttpResponse:
        return render(request, f"compliance/{template}", {**self.admin_site.each_context(request), "rejected": rejected, **context},
                      status=rejected.status if rejected else 200)

    # ---- one version ------------------------------------------------------------------------------------------------------

    def begin(self, request: HttpRequest) -> HttpResponse:
        """A draft is begun as a copy of the list in force."""
        self._enter(request)
        form = BeginForm(request.POST or None)
        rejected: Rejected | None = None
        if request.method == "POST" and form.is_valid():
            good = form.cleaned_data
            try:
                made = begin_list(version=good["version"], summary=(good["summary_zh"], good["summary_en"]), actor=request.actor,  # type: ignore[attr-defined]
                                  clock=MARKET_CLOCK)
                return redirect(reverse("admin:compliance_negativelistversion_one", args=[made.pk]))
            except Rejected as no:
                if no.status == 403:
                    raise
                rejected = no
        return self._shown(request, "begin_list.html", rejected, title="begin", form=form, now=list_version_at(MARKET_CLOCK.now()))

    @method_decorator(sensitive)
    def one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A version: what it changes, what was said of it, what comes next and who acts."""
        held = self._held(request, object_id)
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
        at, rules = MARKET_CLOCK.now(), rule_set_of(held)
        now = list_version_at(at)
        return self._shown(
            request, "list_version_desk.html", rejected, title=held.version, held=held, now=now, typed=request.POST,
            differences=differences(rule_set_of(now), rules), changes=changes_of(held, at), rules=rules.rules,
            acts=self._acts(request, held, at), may_edit=self._may_edit(request, held, at), comments=held.comments.all(),
            earliest=max(at, held.notice_until or at).astimezone(LOCAL).date() + timedelta(days=1))

    @staticmethod
    def _acts(request: HttpRequest, held: NegativeListVersion, at: datetime) -> list[str]:
        """What the reader may do now; whoever had a hand in the draft decides nothing."""
        actor = request.actor  # type: ignore[attr-defined]
        mine = actor.person in {hand.rsplit("/", 1)[-1] for hand in held.hands}
        return [act for act in open_actions(NEGATIVE_LIST, ListStatus(held.status)) if act in _NEEDS
                and allowed(actor, _NEEDS[act], subject=held, at=at) and not (mine and act in {"approve", "enact_urgently"})]

    @staticmethod
    def _may_edit(request: HttpRequest, held: NegativeListVersion, at: datetime) -> bool:
        actor = request.actor  # type: ignore[attr-defined]
        return held.status == ListStatus.DRAFT and allowed(actor, _DRAFT, subject=held, at=at)

    @staticmethod
    def _act(request: HttpRequest, held: NegativeListVersion) -> None:
        act, reason = request.POST.get("act", ""), request.POST.get("reason", "").strip()[:400]
        who: dict[str, Any] = {"version": held, "actor": request.actor, "clock": MARKET_CLOCK}  # type: ignore[attr-defined]
        if act == "propose":
            propose_list(**who)
        elif act == "discard":
            discard_list(**who)
        elif act == "approve":
            approve_list(effective_from=_day(request.POST.get("effective_on", "")), **who)
        elif act in {"return", "cancel", "enact_urgently"}:
            {"return": return_list, "cancel": cancel_list, "enact_urgently": enact_urgently}[act](reason=reason, **who)
        else:
            raise Rejected("participants.object.absent")

    # ---- one rule ---------------------------------------------------------------------------------------------------------

    def rule(self, request: HttpRequest, object_id: str, rule_id: str) -> HttpResponse:
        """One rule of a draft in its editor; ``new`` begins one. What cannot be taken is named at its field, and all typed stays."""
        held, chinese = self._held(request, object_id), speaks_chinese()
        found = next((row for row in rows_of_version(held) if row["id"] == rule_id), None)
        if (found is None and rule_id != "new") or held.status != ListStatus.DRAFT:
            raise Rejected("compliance.negative_list.no_such_rule", rule=rule_id[:20])
        rejected: Rejected | None = None
        faults: list[FieldFault] = []
        form, spare = RuleForm(initial=RuleForm.typed(found) if found else None, chinese=chinese), 4
        lines = lines_of(found and found["when"])
        if request.method == "POST":
            form, lines = RuleForm(request.POST, chinese=chinese), lines_from(request.POST)
            if request.POST.get("act") == "more":
                form, spare = RuleForm(initial=request.POST.dict() | _many(request), chinese=chinese), 8
            else:
                try:
                    self._write(request, held, form, lines, rule_id)
                    if request.POST.get("act") == "try":  # what is tried is what is on file: it was written to the draft just now
                        return redirect(reverse("simulation:replay_list", args=[held.code]))
                    return redirect(reverse("admin:compliance_negativelistversion_one", args=[held.pk]))
                except Rejected as no:
                    if no.status == 403:
                        raise
                    rejected, faults = no, list(no.errors)
                    form.take(faults, chinese)
        return self._shown(request, "edit_rule.html", rejected, title=rule_id, held=held, form=form, rule_id=rule_id, found=found,
                           lines=lines_shown(lines, faults, spare=spare, chinese=chinese), reading=_reading(lines),
                           fault_of_when=next((fault.text for fault in faults if fault.field == "when"), None),
                           edition=request.POST.get("edition", held.edition) if not (rejected and rejected.code.endswith("stale")) else
                           held.edition)

    @staticmethod
    def _write(request: HttpRequest, held: NegativeListVersion, form: RuleForm, lines: list[Line], rule_id: str) -> None:
        who: dict[str, Any] = {"version": held, "edition": whole(request.POST.get("edition", ""), digits=8) or 0,
                               "actor": request.actor, "clock": MARKET_CLOCK}  # type: ignore[attr-defined]
        if request.POST.get("act") == "retire":
            retire_rule(rule_id=rule_id, **who)
            return
        when, faults = from_lines(lines)
        try:
            put_rule(rule=form.rule(when), **who)
        except Rejected as no:
            if not faults:
                raise
            others = [fault for fault in no.errors if not fault.field.startswith("when")]
            raise Rejected(no.code, errors=[*others, *faults], **no.params) from no


@covers("R51", "R110", "T41")
@admin.register(RuleCheck)
class RuleCheckDesk(DeskAdmin):
    """What was compared with its text, when and by whom; and the page on which the next comparison is recorded."""

    list_display = ("rule_id", "evidence", "holds", "at", "next_check_at", "checked_by")
    search_fields = ("rule_id",)
    ordering = ("-id",)

    def get_urls(self) -> list[URLPattern]:
        return [path("due/", self.admin_site.admin_view(self.due), name="compliance_rulecheck_due"), *super().get_urls()]

    def due(self, request: HttpRequest) -> HttpResponse:
        """Every rule with its basis and mark, those due first; and the form in which a comparison is recorded."""
        if not self.has_view_permission(request):
            raise Rejected("participants.permission.denied", act=self.seen_by)
        actor, at = request.actor, MARKET_CLOCK.now()  # type: ignore[attr-defined]
        form = CheckForm(request.POST or None, initial={"rule_id": request.GET.get("rule", "")}, chinese=speaks_chinese())
        rejected: Rejected | None = None
        if request.method == "POST" and form.is_valid():
            good = form.cleaned_data
            try:
                check_rule(rule_id=good["rule_id"], evidence=good["evidence"], holds=good["holds"] == "yes", note=good["note"], actor=actor,
                           clock=MARKET_CLOCK)
                return redirect(request.path)
            except Rejected as no:
                if no.status == 403:
                    raise
                rejected = no
                form.take(no.errors, speaks_chinese())
        return render(request, "compliance/rule_checks.html", {
            **self.admin_site.each_context(request), "title": "due", "form": form, "rejected": rejected, "at": at,
            "rows": sorted(standing_of_rules(at), key=lambda one: one.next_check),
            "may_act": allowed(actor, "compliance.rules.check", at=at),
        }, status=rejected.status if rejected else 400 if form.errors else 200)


def _many(request: HttpRequest) -> dict[str, Any]:
    return {name: request.POST.getlist(name) for name in ("conditions", "remedy")}


def _reading(lines: list[Line]) -> tuple[str, str] | None:
    """The predicate as a sentence, once it can be read."""
    when, faults = from_lines(lines)
    if faults:
        return None
    return say(read_predicate("", when))


def _day(text: str) -> datetime:
    """The first instant of a local day; an unreadable one is named."""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise Rejected("compliance.negative_list.incomplete", errors=[
            FieldFault("effective_on", "date", ("请填写施行日期", "Give the day from which it holds"))])
    return datetime.combine(day, time(), LOCAL)
