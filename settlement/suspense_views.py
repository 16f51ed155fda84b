"""/desk/money/suspense/: money whose owner is not known, by age; one person names the owner, another confirms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from kit.sheets import Cell, yuan_cell
from participants.doors import actor_in, page
from participants.downloads import table_response
from participants.models import Approval, ApprovalStatus, Organization
from participants.permissions import allowed
from settlement.bank_models import Suspense
from settlement.suspending import CLEAR, CONFIRM, ageing, alarmed, ask_clearing, decide_clearing

__all__ = ["act", "suspense", "suspense_table"]

PAGE = 50


def _open() -> QuerySet[Suspense]:
    return Suspense.objects.filter(status="open").select_related("notice").order_by("id")


@never_cache
@require_safe
@page("settlement.payout.see")
@covers("I9", "G1")
def suspense(request: HttpRequest) -> HttpResponse:
    """What waits by age against the limit, and each item with who acts next."""
    actor, at = actor_in(request), MARKET_CLOCK.now()
    after = request.GET.get("after", "")
    rows = _open().filter(pk__gt=int(after)) if after.isascii() and after.isdigit() and len(after) < 18 else _open()
    taken = list(rows[: PAGE + 1])
    asked = dict(Approval.objects.filter(act=CLEAR, status=ApprovalStatus.PENDING, subject__in=[one.code for one in taken]).values_list(
        "subject", "maker_id"))
    named = {one.code: one for one in Organization.objects.filter(code__in=[one.proposed_to for one in taken if one.code in asked])}
    waits, limit = alarmed(at)
    return render(request, "settlement/suspense.html", {
        "ages": ageing(at), "waits_fen": waits, "limit_fen": limit,
        "rows": [(one, (at - one.opened_at).days, named.get(one.proposed_to) if one.code in asked else None,
                  asked.get(one.code) == actor.user_id) for one in taken[:PAGE]],
        "more": taken[PAGE - 1].pk if len(taken) > PAGE else None, "now": at,
        "may_ask": allowed(actor, CLEAR, at=at), "may_confirm": allowed(actor, CONFIRM, at=at)})


@require_safe
@page("settlement.payout.see")
@covers("T51")
def suspense_table(request: HttpRequest) -> HttpResponseBase:
    """Every item that waits, as a table."""
    heads = [gettext("编号"), gettext("银行参考号"), gettext("银行所称的付款人"), gettext("金额（元）"), gettext("发生时间"),
             gettext("应查清于"), gettext("拟归属")]
    return table_response("suspense", heads, _rows(), form=request.GET.get("form", ""))


def _rows() -> Iterator[tuple[Cell, ...]]:
    for one in _open().iterator(500):
        yield (one.code, one.notice.reference, one.notice.party, yuan_cell(one.amount_fen), one.opened_at.isoformat(),
               one.due_at.isoformat() if one.due_at else "", one.proposed_to)


@require_POST
@page("settlement.payout.see")
def act(request: HttpRequest, code: str, word: str) -> HttpResponse:
    """An owner named, confirmed or not; who may do it says the operation."""
    one = get_object_or_404(Suspense, code=code)
    by: dict[str, Any] = {"suspense": one, "actor": actor_in(request), "clock": MARKET_CLOCK}
    acts: dict[str, tuple[Callable[[], Any], str]] = {
        "ask": (lambda: ask_clearing(organization=_named(request), basis=request.POST.get("basis", ""), **by),
                gettext("已提出归属，等另一人确认")),
        "confirm": (lambda: decide_clearing(approve=True, **by), gettext("已确认，款项已入账")),
        "refuse": (lambda: decide_clearing(approve=False, reason=request.POST.get("reason", "").strip(), **by),
                   gettext("未确认，款项仍待查"))}
    if word not in acts:
        raise Http404
    acts[word][0]()
    messages.success(request, acts[word][1])
    return redirect("settlement:suspense")


def _named(request: HttpRequest) -> Organization:
    found = Organization.objects.filter(code=request.POST.get("organization", "").strip().upper()).first()
    if found is None:
        raise Rejected("participants.organization.absent")
    return found
