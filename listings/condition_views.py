"""Conditions on the seller's desk: handed in on the listing's own page; the paper read by its owner and by whoever decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance.models import NegativeListEntry
from compliance.rules.personal_conditions import personal_rules
from evidence.clock import MARKET_CLOCK
from evidence.files import open_deposit
from kit.rejected import FieldFault, Rejected
from listings.conditions import ends_soon
from listings.desk_views import actor, back, desk, kept_proof
from listings.models import Condition, ListingVersion
from listings.operations import provide_condition
from listings.states import ConditionStatus
from participants.doors import page
from participants.permissions import require
from participants.reads import note_read
from participants.views.papers import day_end

__all__ = ["Task", "proof_file", "prove", "rule_names", "tasks_of"]

_FOLLOWING: dict[str, tuple[str, str | Promise, str | Promise]] = {
    ConditionStatus.OPEN: ("wait", _("提交凭据"), _("您")), ConditionStatus.RETURNED: ("wait", _("按审核意见补正"), _("您")),
    ConditionStatus.PROVIDED: ("info", _("核定凭据"), _("审核人")), ConditionStatus.MET: ("ok", _("无需处理"), ""),
    ConditionStatus.LAPSED: ("held", _("见下一份凭据"), _("您")),
    ConditionStatus.FAILED: ("bad", _("按个人信息对待，直到对该文件的测试通过"), _("您")),
}


@dataclass(frozen=True)
class Task:
    """A condition as its page shows it: what it asks, by which rules, where it stands, what is next, who acts, by when."""

    one: Condition
    rules: tuple[tuple[str, tuple[str, str]], ...]
    tone: str
    following: str | Promise
    who: str | Promise
    due_at: datetime | None
    open_to_seller: bool


def tasks_of(version: ListingVersion, *, at: datetime) -> list[Task]:
    """This will list the conditions of a version, what waits for the seller first; what a newer proof replaced is left out."""
    rows = list(version.asked.exclude(status=ConditionStatus.VOID).select_related("deposit", "decided_by__person").order_by("pk"))
    newest = {one.condition: one.pk for one in rows}
    names = rule_names({rule for one in rows for rule in one.rules})
    stays = {ConditionStatus.MET, ConditionStatus.FAILED}
    shown = [_task(one, names, at) for one in rows if one.pk == newest[one.condition] or one.status in stays]
    return sorted(shown, key=lambda task: (not task.open_to_seller or task.one.status == ConditionStatus.MET, task.one.pk))


def rule_names(rules: set[str]) -> dict[str, tuple[str, str]]:
    """This will name rules as the newest list that holds them names them."""
    held = NegativeListEntry.objects.filter(rule_id__in=rules).order_by("rule_id", "-pk").distinct("rule_id")
    return {one.id: one.name for one in personal_rules()} | {
        one.rule_id: (one.rule["category_zh"], one.rule["category_en"]) for one in held}


def _task(one: Condition, names: dict[str, tuple[str, str]], at: datetime) -> Task:
    tone, following, who = _FOLLOWING[one.status]
    due_at = one.due_at
    renewable = one.status == ConditionStatus.MET and one.proof != "record"
    if renewable and ends_soon(one, at):
        tone, following, who, due_at = "wait", _("到期前换新凭据，否则停牌"), _("您"), one.effective_to
    able = one.status in {ConditionStatus.OPEN, ConditionStatus.RETURNED} or renewable
    return Task(one, tuple((rule, names.get(rule, (rule, rule))) for rule in one.rules), tone, following, who, due_at, able)


@require_POST
@desk
def prove(request: HttpRequest, code: str) -> HttpResponse:
    """``/desk/conditions/<CDT>/prove/``: a statement, the paper where one is asked, and its own end."""
    one = get_object_or_404(Condition.objects.visible_to(request.user).select_related("version__listing"), code=code)
    to = f"/desk/listings/{one.version.listing.code}/edit/#conditions"
    return back(request, to, lambda: _provide(request, one), gettext("凭据已提交，等待审核人核定"))


def _provide(request: HttpRequest, one: Condition) -> None:
    """The proof with its paper, or neither."""
    typed = request.POST.get("until", "").strip()
    try:
        until = parse_date(typed)
    except ValueError:
        until = None
    if typed and until is None:
        raise Rejected("listings.condition.proof_missing", condition=one.text, listing=one.version.listing.code, errors=[
            FieldFault("until", "wrong_value", ("有效期应为日期", "The end is a date"))])
    with transaction.atomic():
        provide_condition(condition=one, statement=request.POST.get("statement", ""), deposit=kept_proof(request), until=day_end(until),
                          actor=actor(request), clock=MARKET_CLOCK)


@require_safe
@never_cache
@page("listings.condition.read")
def proof_file(request: HttpRequest, code: str) -> HttpResponse:
    """``/conditions/<CDT>/proof/``: the paper of a proof, for the seller and for who reviews it."""
    one = get_object_or_404(Condition.objects.select_related("version", "deposit"), code=code)
    require(actor(request), "listings.condition.read", subject=one, at=MARKET_CLOCK.now())
    if one.deposit is None:
        raise Http404(code)
    note_read(owner=one.version.organization, kind="condition", subject=one.code, ground="listings.condition.read", actor=actor(request),
              clock=MARKET_CLOCK)
    answer: Any = FileResponse(open_deposit(one.deposit), as_attachment=True, filename=f"{one.code}-{one.deposit.name}",
                               content_type=one.deposit.media_type)
    handed: HttpResponse = answer
    return handed
