"""The public law book: the negative list on any date, searchable, what changed; what conduct leads to (R51, E-Commerce Law 33)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_safe

from compliance.catalogue import conduct_catalogue, credit_events, measures, mitigations, templates
from compliance.credit import BASE
from compliance.models import NegativeListVersion
from compliance.operations import comment_list
from compliance.queries import list_version_at, list_versions, rule_set_of
from compliance.rule_checks import RuleStanding, standing_of_rules
from compliance.rules.base import Rule, Tier, facts_of
from compliance.rules.drafting import differences
from compliance.rules.evasion import normalise
from compliance.rules.negative_list import compare
from compliance.rules.vocabulary import vocabulary
from compliance.rules.wording import say
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.rejected import Rejected
from participants.doors import page
from participants.queries import LOCAL, house_venue, parameter

__all__ = ["RuleShown", "list_version", "negative_list", "rulebook", "standing"]

Pair = tuple[str, str]


@dataclass(frozen=True)
class RuleShown:
    """One rule as the page shows it; every text is a (zh, en) pair made from the rule's data."""

    rule: Rule
    clause: Pair
    fact: Pair
    way: Pair
    conditions: tuple[Pair, ...]
    evidence: Pair
    change: str = ""
    standing: RuleStanding | None = None

    @property
    def prohibited(self) -> bool:
        return self.rule.tier is Tier.PROHIBITED


def shown(rule: Rule, change: str = "", standing: RuleStanding | None = None) -> RuleShown:
    """This will put a rule into words: clause, the facts it asks, the way out."""
    words = vocabulary()
    return RuleShown(
        rule=rule, clause=_joined(rule.basis), fact=say(rule.when), way=_joined([words.remedies[code] for code in rule.remedy]),
        conditions=tuple(words.conditions[code] for code in rule.conditions), evidence=words.evidence[rule.evidence], change=change,
        standing=standing)


def _joined(pairs: Any) -> Pair:
    return "；".join(zh for zh, _ in pairs), "; ".join(en for _, en in pairs)


def _instant(text: str | None, now: datetime) -> datetime:
    """The end of the local day asked about, or now; an unreadable date is now."""
    try:
        asked = parse_date(text) if text else None
    except ValueError:
        asked = None
    return datetime.combine(asked, time(23, 59, 59), LOCAL).astimezone(UTC) if asked else now


def _fits(one: RuleShown, words: list[str], tier: str) -> bool:
    rule = one.rule
    if tier and rule.tier.value != tier:
        return False
    hay = normalise(" ".join((rule.id, rule.category, *rule.name, *one.clause, *one.fact, *one.way, *rule.terms, *facts_of(rule.when),
                              *(text for pair in one.conditions for text in pair))))
    return all(normalise(word) in hay for word in words)


@require_safe
@page("compliance.rules.see")
def negative_list(request: HttpRequest) -> HttpResponse:
    """The list in force on a date, searched, with what a second version changes."""
    now = MARKET_CLOCK.now()
    at = _instant(request.GET.get("on"), now)
    version = list_version_at(at)
    rules = rule_set_of(version)
    versions = list(list_versions())
    against = next((one for one in versions if one.code == request.GET.get("against") and one.pk != version.pk), None)
    changes = compare(rule_set_of(against), rules) if against else None
    marks = {**dict.fromkeys(changes.added, "added"), **dict.fromkeys(changes.changed, "changed")} if changes else {}
    query, tier = request.GET.get("q", "").strip()[:80], request.GET.get("tier", "")
    standings = {one.id: one for one in standing_of_rules(at)}
    found = [one for rule in rules.rules
             if _fits(one := shown(rule, marks.get(rule.id, ""), standings.get(rule.id)), query.split(), tier)]
    if changes and request.GET.get("only"):
        found = [one for one in found if one.change]
    gone = [shown(rule_set_of(against).rule(key), "removed") for key in changes.removed] if against and changes else []
    return render(request, "compliance/negative_list.html", {
        "version": version, "found": found, "total": len(rules.rules), "query": query, "tier": tier, "on": request.GET.get("on", ""),
        "at": at, "versions": versions, "against": against, "changes": changes, "gone": gone,
        "upcoming": _upcoming(versions), "hash": version.content_hash,
    })


@covers("R51", "R84")
@require_http_methods(["GET", "HEAD", "POST"])
@page("compliance.rules.see")
def list_version(request: HttpRequest, code: str) -> HttpResponse:
    """One published version: what it changes against the one before it, what was said of it, and a word of one's own in its notice."""
    held = next((one for one in list_versions() if one.code == code), None)
    if held is None:
        raise Http404
    rejected: Rejected | None = None
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        try:
            comment_list(version=held, text=request.POST.get("text", ""), actor=request.actor, clock=MARKET_CLOCK)  # type: ignore[attr-defined]
            return redirect(f"{request.path}#comments")
        except Rejected as no:
            rejected = no
    at = MARKET_CLOCK.now()
    base = _before(held, at)
    return render(request, "compliance/list_version.html", {
        "held": held, "base": base, "rejected": rejected, "typed": request.POST.get("text", ""), "comments": held.comments.all(),
        "differences": differences(rule_set_of(base), rule_set_of(held)) if base else [],
        "open": held.status == "proposed" and held.notice_until is not None and at < held.notice_until,
    }, status=rejected.status if rejected else 200)


def _before(held: NegativeListVersion, at: datetime) -> NegativeListVersion | None:
    """The version it took the place of; for one not yet in force, the present one."""
    if held.status in {"proposed", "scheduled"}:
        return list_version_at(at)
    earlier = [one for one in list_versions() if one.effective_from and held.effective_from and one.effective_from < held.effective_from]
    return max(earlier, key=lambda one: one.effective_from or held.created_at, default=None)


def _upcoming(versions: list[NegativeListVersion]) -> list[NegativeListVersion]:
    return [one for one in versions if one.status in {"proposed", "scheduled"}]


@require_safe
@page("compliance.rules.see")
def rulebook(request: HttpRequest) -> HttpResponse:
    """What rules there are, in force since when, what comes next."""
    version = list_version_at(MARKET_CLOCK.now())
    versions = list(list_versions())
    return render(request, "compliance/rulebook.html", {
        "version": version, "versions": versions, "upcoming": _upcoming(versions), "templates": templates().values(),
        "classes": [one for one in standing_of_rules(MARKET_CLOCK.now()) if not one.id.startswith("NL-")],
        "venue": house_venue(), "count": version.entries.filter(edition=version.edition).count(),
        # the rules of credit, fees and declarations came into force with the first list
        "credit_from": min((one.effective_from for one in versions if one.effective_from), default=None),
    })


@require_safe
@page("compliance.rules.see")
def standing(request: HttpRequest) -> HttpResponse:
    """What conduct leads to: the catalogue, the measures with their basis, how the score is made and how it fades."""
    at, venue = MARKET_CLOCK.now(), house_venue()
    sampling = parameter("sampling.percent", venue=venue, at=at)
    deposit = parameter("deposit.band_bps", venue=venue, at=at)
    holdback, rebate = (parameter(key, venue=venue, at=at) for key in ("holdback.bps", "fee.band_rebate"))
    unpaid = parameter("orders.unpaid_cap_fen", venue=venue, at=at)
    floors = {"A": "85", "B": "55", "C": "35", "D": "0"}
    return render(request, "compliance/standing.html", {
        "bands": [(band, *(row[band] for row in (floors, sampling, deposit, holdback, rebate, unpaid))) for band in "ABCD"], "base": BASE,
        "measures": measures().values(), "table": mitigations().values(), "events": credit_events().values(),
        "conduct": [(severity, [text for kind, text in conduct_catalogue().values() if kind == severity])
                    for severity in ("minor", "ordinary", "serious")],
        "days": {name: parameter(f"conduct.{name}_days", venue=venue, at=at)
                 for name in ("statement", "decision", "objection_window", "objection")},
    })
