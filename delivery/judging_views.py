"""Judging what was delivered: rows drawn by a seed, a part kept, a dispute, and the statement behind a deletion's certificate (F11)."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from delivery.certifying import answer_file
from delivery.defects import defects_in
from delivery.disputing import dispute_delivery
from delivery.models import Delivery, ResultCertificate
from delivery.parts import agree_part, offer_part, refuse_part
from delivery.queries import delivery_for
from delivery.samples import check_sample
from delivery.views import act_on
from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import Rejected

__all__ = ["answer", "dispute", "offer", "sample", "statement"]


def _whole(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "").strip().replace(",", "")
    return whole(text, digits=12) or 0


@covers("F11")
@login_required
@require_POST
def offer(request: HttpRequest, code: str) -> HttpResponse:
    """The buyer keeps a part."""

    def act(one: Delivery, actor: Actor) -> Any:
        promised = one.version.row_count if request.POST.get("unit") == "rows" and one.version.row_count else _whole(request, "promised")
        return offer_part(delivery=one, unit=request.POST.get("unit", ""), accepted=_whole(request, "accepted"), promised=promised,
                          defects=defects_in(request.POST), actor=actor, clock=MARKET_CLOCK)

    return act_on(request, code, act, _("已提出部分验收，等待卖方答复。"), parting=True)


@covers("F11")
@login_required
@require_POST
def answer(request: HttpRequest, code: str) -> HttpResponse:
    """The seller agrees to the part or refuses it."""
    if request.POST.get("act") == "agree":
        return act_on(request, code, lambda one, actor: agree_part(delivery=one, actor=actor, clock=MARKET_CLOCK),
                      _("已同意部分验收，减价后的价款进入清算。"))
    return act_on(request, code, lambda one, actor: refuse_part(delivery=one, reason=request.POST.get("reason", ""), actor=actor,
                                                                clock=MARKET_CLOCK), _("已拒绝部分验收，按整体拒收处理。"))


@covers("F11", "R95")
@login_required
@require_POST
def dispute(request: HttpRequest, code: str) -> HttpResponse:
    """Either side takes a rejection to the venue."""
    return act_on(request, code, lambda one, actor: dispute_delivery(delivery=one, claim=request.POST.get("claim", ""), actor=actor,
                                                                     clock=MARKET_CLOCK), _("争议已提出，交付的期限暂停。"))


@covers("F11")
@login_required
@require_POST
def sample(request: HttpRequest, code: str) -> HttpResponse:
    """The buyer draws rows by its seed."""
    return act_on(request, code, lambda one, actor: check_sample(delivery=one, seed=request.POST.get("seed", ""),
                                                                 rows=_whole(request, "rows"), actor=actor, clock=MARKET_CLOCK),
                  _("抽样结果已记录，双方都能看到。"))


@covers("F11", "R29")
@login_required
@never_cache
@require_safe
def statement(request: HttpRequest, code: str) -> HttpResponse:
    """The statement behind the certificate of a deletion, with what opens it; for the two sides."""
    try:
        one = delivery_for(code, request.user)
    except Rejected as absent:
        raise Http404 from absent
    held = ResultCertificate.objects.select_related("deletion", "query", "job").filter(deletion__delivery=one).order_by("-pk").first()
    if held is None:
        raise Http404
    sent = HttpResponse(json.dumps(answer_file(held), ensure_ascii=False, indent=1), content_type="application/json")
    sent["Content-Disposition"] = f'attachment; filename="{held.code}.statement.json"'
    return sent
