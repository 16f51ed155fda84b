"""``/covenants/``: covenants of associations, who signed which version, breaches as decided; all acts on them (R93, R116)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from compliance.models import Covenant, CovenantBreach, CovenantSignature
from compliance.models.associations import MEASURES
from compliance.operations import answer_breach, decide_breach, leave_covenant, publish_covenant, report_breach, sign_covenant
from compliance.states import BreachStatus, SignatureStatus
from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.doors import actor_in, page
from participants.models import Organization
from participants.permissions import allowed

__all__ = ["MEASURE_WORDS", "covenant", "covenants"]

_SHOWN = 100
MEASURE_WORDS: dict[str, tuple[str, str]] = {
    "none": ("不成立", "no breach"), "warn": ("警示", "warned"), "criticise": ("批评", "criticised"), "lower": ("降级", "lowered"),
    "expel": ("除名", "expelled")}


def _ours(actor: Actor) -> Organization:
    found = Organization.objects.filter(pk=actor.organization_id or 0).first()
    if found is None:
        raise Rejected("participants.object.absent")
    return found


@covers("R93", "R116")
@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.covenant.see")
def covenants(request: HttpRequest) -> HttpResponse:
    """The covenants in force by association, with how many signed; an association publishes here."""
    actor, at = actor_in(request), MARKET_CLOCK.now()
    rejected, posted = None, request.POST
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        try:
            made = publish_covenant(association=_ours(actor), key=posted.get("key", "")[:30], text=posted.get("text", ""), actor=actor,
                                    title=(posted.get("title_zh", "")[:120], posted.get("title_en", "")[:160]), clock=MARKET_CLOCK)
            messages.success(request, _("公约已公布，签署以文本指纹为准。"))
            return redirect("compliance:covenant", made.code)
        except Rejected as refused:
            rejected = refused
    rows = Covenant.objects.filter(superseded_at__isnull=True).select_related("association").annotate(
        signed=Count("signatures", filter=Q(signatures__status=SignatureStatus.SIGNED))).order_by("association__code", "key")
    return render(request, "compliance/covenants.html", {
        "rows": rows[:_SHOWN], "publishes": allowed(actor, "compliance.covenant.publish", at=at), "rejected": rejected, "typed": posted,
    }, status=rejected.status if rejected else 200)


def _acts(request: HttpRequest, held: Covenant, actor: Actor) -> Callable[[], Any]:
    posted = request.POST
    text = posted.get("text", "")
    by: dict[str, Any] = {"actor": actor, "clock": MARKET_CLOCK}

    def signature() -> CovenantSignature:
        return get_object_or_404(CovenantSignature, code=posted.get("signature", "")[:16], covenant=held)

    def breach() -> CovenantBreach:
        found: CovenantBreach = get_object_or_404(_breaches(held, actor), code=posted.get("breach", "")[:16])
        return found

    acts: dict[str, Callable[[], Any]] = {
        "sign": lambda: sign_covenant(covenant=held, organization=_ours(actor), **by),
        "leave": lambda: leave_covenant(signature=signature(), **by),
        "report": lambda: report_breach(signature=signature(), text=text, **by),
        "answer": lambda: answer_breach(breach=breach(), text=text, **by),
        "decide": lambda: decide_breach(breach=breach(), measure=posted.get("measure", "")[:10], reasons=text, **by),
    }
    if (act := acts.get(posted.get("act", ""))) is None:
        raise Http404
    return act


def _breaches(held: Covenant, actor: Actor) -> Any:
    """What is upheld is everyone's; what is alleged is read by the association, the member and who told of it."""
    rows = CovenantBreach.objects.filter(signature__covenant=held).select_related("signature__organization")
    key = actor.organization_id or 0
    if key == held.association_id:
        return rows
    return rows.filter(Q(status=BreachStatus.UPHELD) | Q(signature__organization_id=key) | Q(reporter_id=key))


@covers("R93", "R116")
@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.covenant.see")
def covenant(request: HttpRequest, code: str) -> HttpResponse:
    """One version: its text and hash, its versions, who signed, what the association decided; and what may be done here."""
    held = get_object_or_404(Covenant.objects.select_related("association"), code=code)
    actor, at = actor_in(request), MARKET_CLOCK.now()
    rejected = None
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        try:
            _acts(request, held, actor)()
            messages.success(request, _("已记录，并写入存证总链。"))
            return redirect("compliance:covenant", code)
        except Rejected as refused:
            rejected = refused
    signatures = held.signatures.filter(status=SignatureStatus.SIGNED).select_related("organization").order_by("signed_at", "pk")
    mine = signatures.filter(organization_id=actor.organization_id or 0).first()
    ours = Organization.objects.filter(pk=actor.organization_id or 0).first()
    signs = ours is not None and held.superseded_at is None and allowed(actor, "compliance.covenant.sign", subject=ours, at=at)
    return render(request, "compliance/covenant.html", {
        "one": held, "versions": Covenant.objects.filter(association=held.association, key=held.key).order_by("-version")[:20],
        "signatures": signatures[:_SHOWN], "mine": mine, "signs": signs and mine is None, "rejected": rejected, "typed": request.POST,
        "breaches": [(row, MEASURE_WORDS.get(row.measure)) for row in _breaches(held, actor).order_by("-pk")[:_SHOWN]],
        "judges": allowed(actor, "compliance.covenant.judge", subject=held.association, at=at),
        "reports": allowed(actor, "compliance.covenant.report", at=at), "us": actor.organization_id,
        "measures": [(key, MEASURE_WORDS[key]) for key, _word in MEASURES],
    }, status=rejected.status if rejected else 200)
