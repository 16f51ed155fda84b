"""Keys on a delivery's page, a fetch that goes on from where it broke off, the voucher as a page and as JSON (R42, F5)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from delivery.access import open_fetch, resume_fetch
from delivery.keys import make_key, revoke_key
from delivery.kinds import KINDS
from delivery.marking.copies import hand_on
from delivery.models import DataKey, Delivery
from delivery.queries import delivery_for
from delivery.ranges import answer_part, part_of
from delivery.views import act_on, page_of_delivery
from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.rejected import Rejected
from participants.doors import actor_in

__all__ = ["key", "resume", "revoke", "voucher", "voucher_json"]


def _own(request: HttpRequest, code: str) -> tuple[Delivery, Actor]:
    actor = actor_in(request)
    try:
        return delivery_for(code, request.user), actor
    except Rejected as absent:
        raise Http404 from absent


def _key_of(one: Delivery, code: str) -> DataKey | None:
    return DataKey.objects.filter(delivery=one, code=code[:16]).first()


@login_required
@never_cache
@require_POST
def key(request: HttpRequest, code: str) -> HttpResponse:
    """A new key, shown on this answer only; ``replaces`` names the one it takes the place of."""
    one, actor = _own(request, code)
    try:
        made = make_key(delivery=one, name=request.POST.get("name", ""), replaces=_key_of(one, request.POST.get("replaces", "")),
                        actor=actor, clock=MARKET_CLOCK)
    except Rejected as rejected:
        if rejected.status == 404:
            raise Http404 from rejected
        return page_of_delivery(request, one, actor, rejected=rejected)
    return page_of_delivery(request, one, actor, made_key=made)


@login_required
@require_POST
def revoke(request: HttpRequest, code: str) -> HttpResponse:
    """A key is given back."""

    def act(one: Delivery, actor: Actor) -> None:
        held = _key_of(one, request.POST.get("key", ""))
        if held is None:
            raise Rejected("participants.object.absent")
        revoke_key(key=held, actor=actor, clock=MARKET_CLOCK)

    return act_on(request, code, act, _("密钥已撤销，此后的调用被拒绝。"))


@login_required
@never_cache
@require_safe
def resume(request: HttpRequest, code: str, grant: str) -> HttpResponseBase:
    """The file of a fetch under way, from the byte the browser asks for; the token was shown when it began."""
    one, actor = _own(request, code)
    held = one.grants.filter(code=grant).first()
    fetch = open_fetch(held, MARKET_CLOCK.now()) if held else None
    if held is None or fetch is None or one.buyer_id != actor.organization_id:
        raise Http404(grant)
    part = part_of(request, sha256=fetch.sha256, size=fetch.size)
    try:
        if part is None:
            raise Rejected("delivery.grant.range_unfit", delivery=one.code, size=fetch.size)
        given = hand_on(resume_fetch(grant=held, first=part.first, last=part.last, actor=actor, clock=MARKET_CLOCK))
    except Rejected as rejected:
        answer: HttpResponse = page_of_delivery(request, one, actor, rejected=rejected)
        if rejected.status == 416:
            answer["Content-Range"] = f"bytes */{fetch.size}"
        return answer
    return answer_part(given, part)


def _voucher(request: HttpRequest, code: str) -> tuple[Delivery, Any]:
    one, _actor = _own(request, code)
    found = one.vouchers.order_by("-attempt").first()
    if found is None:
        raise Http404(code)
    return one, found


@login_required
@require_safe
def voucher(request: HttpRequest, code: str) -> HttpResponse:
    """The voucher of the last handing-over, to be read and printed by either side."""
    one, found = _voucher(request, code)
    return render(request, "delivery/voucher.html", {
        "one": one, "voucher": found, "said": found.content, "adapter": KINDS[found.content["kind"]]})


@login_required
@require_safe
def voucher_json(request: HttpRequest, code: str) -> JsonResponse:
    """The same as JSON: the content as it was hashed, and its hash."""
    _one, found = _voucher(request, code)
    answer = JsonResponse({"content": found.content, "sha256": found.content_hash, "verify": f"/verify/{found.code}"},
                          json_dumps_params={"ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="{found.code}.json"'
    return answer
