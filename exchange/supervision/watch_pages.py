"""The surveillance workbench: alerts and what is decided about them, rules with their thresholds, concentration, all trades."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from evidence.clock import MARKET_CLOCK
from exchange.supervision import alerts as reading
from exchange.supervision.fields import markets_kept, parties_kept
from exchange.supervision.joint_files import ask_about, joint_start
from exchange.supervision.pages import _shown, overseer
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Approval, ApprovalStatus, Organization
from participants.permissions import allowed, refuse_outside, require
from participants.predicates import standpoint
from participants.reads import note_read
from trading.alerts import ask_about_alert, claim_alert, dismiss_alert, refer_alert
from trading.competition import CUTS, exclusive_counts, market_sales
from trading.models import SurveillanceAlert
from trading.states import AlertStatus
from trading.surveillance.markets import merged
from trading.surveillance.rules import RULES
from trading.thresholds import ADOPT, ask_threshold, decide_threshold, standings, tried

__all__ = ["alert", "alerts", "concentration", "rules", "trades"]

Act = Callable[[SurveillanceAlert, QueryDict, Actor], Any]

_FILTERS = (("open", gettext_lazy("未决")), ("new", gettext_lazy("待领取")), ("mine", gettext_lazy("我的")), ("late", gettext_lazy("逾期")),
            ("referred", gettext_lazy("已移送")), ("dismissed", gettext_lazy("已排除")), ("all", gettext_lazy("全部")))


def _party(data: QueryDict) -> Organization:
    found = Organization.objects.filter(code=data.get("party", "")[:16]).first()
    if found is None:
        raise Rejected("participants.object.absent")
    return found


ACTS: dict[str, Act] = {
    "joint": ask_about,
    "claim": lambda one, data, actor: claim_alert(alert=one, actor=actor, clock=MARKET_CLOCK),
    "ask": lambda one, data, actor: ask_about_alert(alert=one, party=_party(data), text=data.get("reason", "")[:2000], actor=actor,
                                                    clock=MARKET_CLOCK),
    "dismiss": lambda one, data, actor: dismiss_alert(alert=one, reason=data.get("reason", "")[:2000], actor=actor, clock=MARKET_CLOCK),
    "refer": lambda one, data, actor: refer_alert(alert=one, party=_party(data), conduct=data.get("conduct", "")[:40],
                                                  reason=data.get("reason", "")[:2000], actor=actor, clock=MARKET_CLOCK),
}


@require_safe
@overseer
@covers("H3", "H4")
def alerts(request: HttpRequest, *, actor: Actor, now: datetime) -> HttpResponse:
    """All alerts by filter, the newest first; the address of a filter may be kept, and says all of it."""
    require(actor, "trading.alert.see", at=now)
    kept, rule = request.GET.get("show", "open"), request.GET.get("rule", "")
    if kept not in reading.FILTERS or (rule and rule not in RULES):
        raise Http404
    page = reading.alerts_page(actor, kept=kept, rule=rule, after=request.GET.get("after", "")[:16])
    forth = "?" + urlencode({"show": kept, "rule": rule, "after": page.after}) if page.after else ""
    return _shown(request, "alerts.html", actor, now, "all_alerts", {
        "page": page, "kept": kept, "rule": rule, "filters": _FILTERS, "rules": RULES.values(), "forth": forth})


@require_http_methods(["GET", "HEAD", "POST"])
@overseer
@covers("H4", "H6", "R83", "R85")
def alert(request: HttpRequest, code: str, *, actor: Actor, now: datetime) -> HttpResponse:
    """One alert with all it is decided by, and the decision. A refused act shows the file again, what was typed kept."""
    require(actor, "trading.alert.see", at=now)
    one = reading.find_alert(code)
    if one is None:
        raise Http404(code)
    refuse_outside(actor, one, now)
    for party in Organization.objects.filter(code__in=one.parties):
        note_read(owner=party, kind="trade", subject=one.code, ground="trading.alert.see", actor=actor, clock=MARKET_CLOCK)
    rejected = None
    if request.method == "POST":
        act = ACTS.get(request.POST.get("act", ""))
        if act is None:
            raise Http404(code)
        try:
            act(one, request.POST, actor)
        except Rejected as fault:
            rejected, one = fault, reading.find_alert(code)
        else:
            messages.success(request, _("已记录，并写入存证总链。"))
            return redirect("admin:alert", code=code)
    assert one is not None, "alerts are never deleted"
    able = allowed(actor, "trading.alert.work", at=now)
    context = {"code": code, "subject": one, "may_act": able, "may_claim": able and one.status == AlertStatus.RAISED,
               "may_decide": able and one.status == AlertStatus.IN_ANALYSIS and one.assignee_id == actor.user_id,
               "rejected": rejected, "typed": request.POST, **reading.alert_file(one, actor, now), **joint_start(one, actor, now)}
    return _shown(request, "alert.html", actor, now, "alerts", context, rejected.status if rejected else 200)


# ---- rules and thresholds ------------------------------------------------------------------------------------------------------------


def _ppm(text: str) -> int:
    """A threshold as people write it, in per cent with up to two decimals."""
    try:
        return int(Decimal(text.strip().rstrip("%") or "0") * 10_000)
    except (InvalidOperation, ValueError, OverflowError):
        return 0


def _change(request: HttpRequest, actor: Actor) -> None:
    data = request.POST
    if data.get("act") == "propose":
        ask_threshold(rule=data.get("rule", "")[:24], threshold_ppm=_ppm(data.get("threshold", "")[:12]), reason=data.get("reason", ""),
                      actor=actor, clock=MARKET_CLOCK)
        return
    asked = Approval.objects.filter(act=ADOPT, subject=data.get("rule", "")[:20], status=ApprovalStatus.PENDING).first()
    if asked is None or data.get("act") not in ("adopt", "refuse"):
        raise Rejected("participants.object.absent")
    decide_threshold(approval=asked, approve=data["act"] == "adopt", reason=data.get("reason", "")[:300], actor=actor, clock=MARKET_CLOCK)


@require_http_methods(["GET", "HEAD", "POST"])
@overseer
@covers("H4", "R83", "I18")
def rules(request: HttpRequest, *, actor: Actor, now: datetime) -> HttpResponse:
    """Every rule with its threshold and its precision; a threshold is tried on past decisions before it is proposed, two decide."""
    require(actor, "trading.alert.see", at=now)
    rejected = None
    if request.method == "POST":
        try:
            _change(request, actor)
        except Rejected as fault:
            rejected = fault
        else:
            messages.success(request, _("已记录，并写入存证总链。"))
            return redirect("admin:watch")
    typed = request.POST if rejected else request.GET
    rule, threshold = typed.get("rule", ""), _ppm(typed.get("threshold", "")[:12])
    shown = tried(RULES[rule], threshold) if rule in RULES and 0 < threshold <= 1_000_000 else None
    waiting = Approval.objects.filter(act=ADOPT, status=ApprovalStatus.PENDING).select_related("maker__person").order_by("asked_at")
    context = {"standings": standings(), "tried": shown, "rule": RULES.get(rule), "threshold": typed.get("threshold", ""), "typed": typed,
               "waiting": [(RULES.get(one.subject), one) for one in waiting[:50]], "rejected": rejected,
               "may_propose": allowed(actor, "trading.threshold.propose", at=now), "may_adopt": allowed(actor, ADOPT, at=now)}
    return _shown(request, "watch.html", actor, now, "watch", context, rejected.status if rejected else 200)


# ---- concentration -------------------------------------------------------------------------------------------------------------------


def _fen(text: str) -> int:
    """Hundred millions of yuan, as turnovers are stated in the filing rules."""
    try:
        return max(0, min(int(Decimal(text.strip() or "0") * 10_000_000_000), 10**17))
    except (InvalidOperation, ValueError, OverflowError):
        return 0


@require_safe
@overseer
@covers("H5", "R85", "M4", "M5")
def concentration(request: HttpRequest, *, actor: Actor, now: datetime) -> HttpResponse:
    """A year's sales by market: index, four largest, who is presumed dominant, exclusive licences; and what a merger would make of it."""
    require(actor, "trading.alert.see", at=now)
    cut = request.GET.get("by", "class") if request.GET.get("by") in CUTS else "class"
    sales, trades = market_sales(now, cut)
    who = standpoint(actor, now)
    mine = markets_kept(sales, who)
    found = {key: one for key, one in sales.items() if key in mine}
    markets = [reading.market_row(key, sales, trades[key], cut) for key, sales in sorted(found.items())]
    asked, told = request.GET, None
    names = ("one", "two", "world", "china", "one_china", "two_china")
    if asked.get("one") and asked.get("two") and asked["one"] != asked["two"]:
        one, two = asked["one"][:16], asked["two"][:16]
        told = [(row, merged(row["sales"], one, two, world_fen=_fen(asked.get("world", "")), china_fen=_fen(asked.get("china", "")),
                             parties_china_fen=(_fen(asked.get("one_china", "")), _fen(asked.get("two_china", "")))))
                for row in markets if one in row["sales"] and two in row["sales"]]
    sellers = sorted({code for row in found.values() for code in row})
    counted = exclusive_counts()
    ours = {one.pk for one in parties_kept((holder for holder, _n in counted), actor, who)}
    exclusives = [(holder, n) for holder, n in counted if holder.pk in ours]
    return _shown(request, "concentration.html", actor, now, "concentration", {
        "markets": markets, "cut": cut, "largest": reading.largest_sellers(markets), "told": told,
        "sellers": sorted(reading.names_of(sellers).items(), key=lambda one: one[1]),
        "exclusives": exclusives, "bounded": bool(who.bounds), "asked": {name: asked.get(name, "") for name in names}})


@require_safe
@overseer
@covers("H3")
def trades(request: HttpRequest, *, actor: Actor, now: datetime) -> HttpResponse:
    """All trades, the newest first, of one party or channel where asked."""
    require(actor, "trading.alert.see", at=now)
    party, channel = request.GET.get("party", "").strip()[:16], request.GET.get("channel", "")
    page = reading.trades_page(actor, party=party, channel=channel if channel in ("on_exchange", "off_exchange") else "",
                               after=request.GET.get("after", "")[:16])
    forth = "?" + urlencode({"party": party, "channel": channel, "after": page.after}) if page.after else ""
    return _shown(request, "trades.html", actor, now, "all_trades", {"page": page, "party": party, "channel": channel, "forth": forth})
