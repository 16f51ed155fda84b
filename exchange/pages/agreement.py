"""``/desk/agreements/<AGR>/``: what was agreed and signed, what it permits, what ending it would do; the policy to take home."""

from __future__ import annotations

import json
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from compliance.taxonomy import Purpose
from evidence import queries as evidence
from evidence.clock import MARKET_CLOCK
from exchange.pages.desk import trade_for
from exchange.termination import GROUNDS, effects_of
from exchange.trade_walk import delivery_of
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.networks import networks_of
from participants.predicates import roles_of
from participants.roles import Role
from trading.agreeing.judging import place_of, verdict
from trading.agreeing.machine import BARRED, Asked, policy_of
from trading.agreeing.terms import Terms, read_terms
from trading.agreeing.wording import clause_named, clauses, governing_text, heading
from trading.duties import PARTIES
from trading.models import Agreement, Ground, Side
from trading.operations import quote_for
from trading.operations.purchasing import Quote
from trading.operations.renewing import nearly_over
from trading.states import AgreementStatus

__all__ = ["agreement", "agreement_policy", "of_the_agreement"]

_LIVING = (AgreementStatus.IN_FORCE, AgreementStatus.TERMINATING)
#: What a reader may ask the policy about: the act, in words.
_ACTS = {
    "use": ("使用", "use it"), BARRED["train"]: ("训练模型", "train a model"), BARRED["fine_tune"]: ("微调模型", "fine-tune a model"),
    BARRED["publish_weights"]: ("公开权重", "publish weights"), BARRED["own_outputs"]: ("独有成果", "own the outputs"),
    BARRED["derivatives"]: ("提供衍生结果", "supply derived results"), BARRED["sublicence"]: ("再许可", "sublicense"),
    BARRED["export"]: ("出境", "export"), "sell": ("转卖", "resell"),
}


def of_the_agreement(request: HttpRequest, code: str, now: datetime) -> tuple[Agreement, bool]:
    """This will return a party's own agreement, or any for a desk that oversees parties; 404 else."""
    one = Agreement.objects.filter(code=code).values_list("trade__code", flat=True).first()
    if one is None:
        raise Http404(code)
    trade, party = trade_for(request, one, now)
    deed = trade.deed
    deed.trade = trade
    return deed, party


@require_safe
@login_required
@covers("F1", "F3", "F4", "R104")
def agreement(request: HttpRequest, code: str) -> HttpResponse:
    """The agreement as a page that prints; its parties act on it here."""
    return shown(request, code)


def shown(request: HttpRequest, code: str, rejected: Rejected | None = None) -> HttpResponse:
    """The page, with the refusal of an act beside what was asked."""
    now = MARKET_CLOCK.now()
    deed, party = of_the_agreement(request, code, now)
    terms, actor = read_terms(deed.terms), actor_of(request.user)  # type: ignore[arg-type]
    side = deed.side_of(actor.organization_id) if party else None
    signed = {one.side: one for one in deed.signatures.all()}
    return render(request, "exchange/agreement.html", {
        "deed": deed, "trade": deed.trade, "terms": terms, "heading": heading(terms.template), "governing": governing_text(),
        "clauses": clauses(terms), "duties": _duties(deed), "rejected": rejected,
        "signatures": [(one, signed.get(one)) for one in Side], "side": side, "may_sign": bool(
            side and deed.status == AgreementStatus.DRAFTED and side not in signed),
        "waits": _waits(deed, set(signed), side), "effects": effects_of(deed, at=now) if deed.status in _LIVING else [],
        "grounds": GROUNDS, "may_end": bool(side) and deed.status == AgreementStatus.IN_FORCE,
        "mine": bool(side) and deed.notice_by == side, "ground": dict(GROUNDS).get(deed.ground),
        "may_agree": bool(side) and deed.status == AgreementStatus.TERMINATING and deed.ground == Ground.AGREED and deed.notice_by != side,
        "may_halt": Role.REGULATOR in roles_of(actor, now), "renewal": _renewal(deed, side, now),
        "networks": networks_of(deed.trade.buyer), "delivery": delivery_of(deed.trade),
        "history": list(reversed(evidence.timeline(deed.code))), **_asked(request, deed, terms, now),
    }, status=rejected.status if rejected else 200)


@require_safe
@login_required
@covers("F1", "F2")
def agreement_policy(request: HttpRequest, code: str) -> HttpResponse:
    """The machine policy as JSON-LD, to take home; ``evaluate_policy`` reads it."""
    deed, _party = of_the_agreement(request, code, MARKET_CLOCK.now())
    policy = policy_of(read_terms(deed.terms))
    answer = HttpResponse(json.dumps(policy, ensure_ascii=False, indent=1), content_type="application/ld+json")
    answer["Content-Disposition"] = f'attachment; filename="{deed.code}.jsonld"'
    return answer


def _duties(deed: Agreement) -> list[tuple[tuple[str, str], tuple[str, str], str]]:
    rows = (deed.trade.agreement.get("responsibilities") or {}).get("duties", [])
    return [(PARTIES[row["party"]], (row["zh"], row["en"]), row["article"]) for row in rows]


def _waits(deed: Agreement, signed: set[str], side: Side | None) -> dict[str, object]:
    """Tone, next act and who does it, for the line of state."""
    parties = {Side.SELLER: deed.trade.seller, Side.BUYER: deed.trade.buyer}

    def who(one: Side) -> tuple[str, str]:
        party = parties[one]
        return ("您", "you") if one == side else (party.short_name, party.short_name_en or party.short_name)

    if deed.status == AgreementStatus.DRAFTED:
        first = Side.BUYER if Side.BUYER not in signed else Side.SELLER
        return {"tone": "wait", "next": ("签署合同，否则失效", "sign, or it lapses"), "who": who(first)}
    if deed.status == AgreementStatus.TERMINATING:
        other = Side.BUYER if deed.notice_by == Side.SELLER else Side.SELLER
        if deed.ground == Ground.AGREED:
            return {"tone": "wait", "next": ("同意终止，否则继续履行", "agree to end it, or it goes on"), "who": who(other)}
        return {"tone": "held", "next": ("通知期满终止", "it ends when the notice is over"), "who": ("系统", "system")}
    if deed.status == AgreementStatus.SUSPENDED:
        return {"tone": "held", "next": ("恢复或解除", "resume or rescind"), "who": ("监管", "the regulator")}
    if deed.status == AgreementStatus.IN_FORCE:
        following = ("期满终止", "it ends with its term") if deed.term_to else ("无需处理", "nothing to do")
        return {"tone": "ok", "next": following, "who": ("", "")}
    return {"tone": "idle", "next": ("交付与使用已停止", "delivery and use have stopped"), "who": ("", "")}


def _renewal(deed: Agreement, side: Side | None, now: datetime) -> Quote | None:
    """What renewing costs today, in the last days of a term; None where it is not the time, or it is not sold at a list price now."""
    running = deed.status == AgreementStatus.IN_FORCE and not hasattr(deed, "renewed_by")
    if side != Side.BUYER or not nearly_over(deed, now) or not running or deed.trade.listing is None:
        return None
    try:
        return quote_for(deed.trade.listing, now)
    except Rejected:
        return None


def _asked(request: HttpRequest, deed: Agreement, terms: Terms, now: datetime) -> dict[str, object]:
    """What the reader asks the policy, and its answer; asking changes nothing."""
    act, purpose = request.GET.get("act", ""), request.GET.get("purpose", "")
    told: dict[str, object] = {"acts": list(_ACTS.items()), "purposes": Purpose.choices, "act": act, "purpose": purpose}
    if act in _ACTS:
        found = verdict(deed, terms, Asked(terms.buyer, act, purpose, place_of(deed.trade.buyer, terms)), at=now)
        told |= {"judged": found, "judged_clause": clause_named(terms, found.clause)}
    return told
