"""/desk/money/: the venue's and the regulator's view of money: does it agree with the bank, what is on its way, what waits for whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count, F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from ledger.accounts import AccountKind
from ledger.models import Closing
from ledger.queries import trial_balance
from participants.doors import actor_in, page
from participants.models import Approval, ApprovalStatus
from participants.permissions import allowed
from participants.queries import LOCAL
from settlement.bank_models import Payout, Reconciliation, Suspense
from settlement.dead_letters import FAULTS, FAULTY, retry_settlement
from settlement.models import RefundRequest, Settlement, SettlementCycle
from settlement.operations import reconcile_cycle
from settlement.payouts import blocking, clear_payout, hold_payout, release_payout
from settlement.reconciling import CHECKS, MEND, ask_mend, close_books, decide_mend, reconcile
from settlement.refunding import decide_refund
from settlement.returning import ask_return, asked_returns, decide_return
from settlement.suspending import alarmed
from settlement.uncollected import retry_uncollected
from settlement.uncollected_models import Uncollected
from settlement.words import payout_chip, refund_chip
from trading.models import Trade

__all__ = ["act", "money"]

MOST = 50


@never_cache
@require_safe
@page("settlement.payout.see")
@covers("G7", "G8", "G9", "G1")
def money(request: HttpRequest) -> HttpResponse:
    """Reconciliation, payouts, money without an owner, refunds, cycles with their progress, and the trial balance, on one page."""
    actor, at = actor_in(request), MARKET_CLOCK.now()
    moving = Payout.objects.filter(status__in=["requested", "held", "approved", "sent"]).select_related("organization").order_by("id")
    runs = list(Reconciliation.objects.order_by("-id")[:10])
    stopped = blocking()
    shown = [stopped, *runs] if stopped is not None and stopped not in runs else runs
    asked = set(Approval.objects.filter(act=MEND, status=ApprovalStatus.PENDING).values_list("subject", flat=True))
    may = {name: allowed(actor, f"settlement.{name}", at=at) for name in (
        "payout.clear", "payout.hold", "reconciliation.run", "reconciliation.mend", "period.close", "settlement.retry",
        "refund.decide", "cycle.reconcile", "dead_letter.return", "dead_letter.confirm")}
    shown_may = {name.replace(".", "_"): yes for name, yes in may.items()}
    if request.GET.get("part") == "cycles":
        return render(request, "settlement/_cycles.html", {**_cycles(), "may": shown_may, "me": actor.user_id})
    waits, limit = alarmed(at)
    totals: dict[str, int] = {}
    books = trial_balance()
    for row in books:
        totals[row.currency] = totals.get(row.currency, 0) + row.posted_fen
    return render(request, "settlement/money.html", {
        "runs": [(one, [(CHECKS[name][0], lines) for name, lines in one.checks.items() if name in CHECKS and lines], one.code in asked)
                 for one in shown],
        "stopped": stopped, "payouts": [(one, payout_chip(one)) for one in moving[:MOST]],
        "suspense_over": waits > limit, "suspense_fen": waits,
        "suspense": Suspense.objects.filter(status="open").select_related("notice").order_by("id")[:MOST],
        "refunds": [(one, refund_chip(one)) for one in RefundRequest.objects.filter(status__in=["requested", "approved"]).select_related(
            "settlement__trade", "buyer", "seller").order_by("id")[:MOST]],
        **_cycles(),
        "books": [(AccountKind(row.kind).label, row) for row in books],
        "closed": Closing.objects.order_by("-until").first(), "totals": sorted(totals.items()), "checks": CHECKS,
        "may": shown_may, "me": actor.user_id, "ours": actor.organization})


def _cycles() -> dict[str, Any]:
    """The last cycles, what the moving ones still have to do, which are stopped, and what is set aside with its next step."""
    lines = {status: Count("settlements", filter=Q(settlements__status=status)) for status in ("settled", "parked", "due")}
    running = {one.pk: one for one in SettlementCycle.objects.filter(status__in=["frozen", "posted"], lines__gt=0).annotate(
        done=lines["settled"], stuck=lines["parked"], due=lines["due"],
        failing=Count("settlements", filter=Q(settlements__status="due", settlements__tries__gt=0)))}
    last = SettlementCycle.objects.annotate(done=F("settled"), stuck=F("parked")).order_by("-id")[:10]
    counts = {"lines": "lines", "settled": "done", "parked": "stuck", "due": "due", "failing": "failing"}
    parked = list(Settlement.objects.filter(status="parked").select_related("seller").order_by("id")[:MOST])
    untaken = list(Uncollected.objects.filter(parked_at__isnull=False).select_related("trade__seller").order_by("id")[:MOST])
    asked = asked_returns([*(one.subject for one in parked), *(one.subject for one in untaken)])
    return {"cycles": [running.get(one.pk, one) for one in last], "moving": bool(running),
            "stopped_cycles": SettlementCycle.objects.filter(status="blocked").order_by("id"),
            "counts": {word: sum(getattr(one, name) for one in running.values()) for word, name in counts.items()},
            "uncollected": [(one, asked.get(one.subject)) for one in untaken],
            "parked": [(one, FAULTS.get(one.fault, FAULTS[FAULTY])[1], asked.get(one.subject)) for one in parked]}


@require_POST
@page("settlement.payout.see")
def act(request: HttpRequest, thing: str, code: str, word: str) -> HttpResponse:
    """One act of the money desk; who may do it says the operation."""
    by: dict[str, Any] = {"actor": actor_in(request), "clock": MARKET_CLOCK}
    text = request.POST.get("text", "").strip()
    acts: dict[tuple[str, str], Callable[[], Any]] = {
        ("books", "reconcile"): lambda: reconcile(**by),
        ("books", "close"): lambda: close_books(until=_end_of_month(), **by),
        ("payouts", "clear"): lambda: clear_payout(payout=get_object_or_404(Payout, code=code), **by),
        ("payouts", "hold"): lambda: hold_payout(payout=get_object_or_404(Payout, code=code), basis=text, **by),
        ("payouts", "release"): lambda: release_payout(payout=get_object_or_404(Payout, code=code), basis=text, **by),
        ("reconciliations", "ask"): lambda: ask_mend(reconciliation=get_object_or_404(Reconciliation, code=code), **by),
        ("reconciliations", "mend"): lambda: decide_mend(reconciliation=get_object_or_404(Reconciliation, code=code), approve=True,
                                                         reason=text, **by),
        ("reconciliations", "refuse"): lambda: decide_mend(reconciliation=get_object_or_404(Reconciliation, code=code), approve=False,
                                                           reason=text, **by),
        ("cycles", "reconcile"): lambda: reconcile_cycle(cycle=get_object_or_404(SettlementCycle, code=code), **by),
        ("settlements", "retry"): lambda: retry_settlement(settlement=get_object_or_404(Settlement, code=code), reason=text, **by),
        ("trades", "retry"): lambda: retry_uncollected(uncollected=get_object_or_404(Uncollected, trade__code=code), reason=text, **by),
        ("trades", "give_back"): lambda: ask_return(trade=_trade(code), reason=text, **by),
        ("trades", "confirm"): lambda: decide_return(trade=_trade(code), approve=True, **by),
        ("trades", "deny"): lambda: decide_return(trade=_trade(code), approve=False, reason=text, **by),
        ("refunds", "approve"): lambda: decide_refund(request=_refund(code), approve=True, answer=text, **by),
        ("refunds", "refuse"): lambda: decide_refund(request=_refund(code), approve=False, answer=text, **by)}
    if (thing, word) not in acts:
        raise Http404
    acts[thing, word]()
    messages.success(request, gettext("已办理"))
    return redirect("settlement:money")


def _end_of_month() -> datetime:
    """The last instant of the month before this one, by the venue's calendar."""
    first = MARKET_CLOCK.now().astimezone(LOCAL).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first - timedelta(microseconds=1)


def _trade(code: str) -> Trade:
    return get_object_or_404(Trade, code=code)


def _refund(code: str) -> RefundRequest:
    return get_object_or_404(RefundRequest.objects.select_related("settlement"), code=code)
