"""/desk/payouts/: a party's money in and out: how to pay in, what is on its way out, who acts next; and its refunds at /desk/refunds/."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.money import parse_yuan
from kit.rejected import FieldFault, Rejected
from ledger.accounts import AccountKind
from ledger.queries import held
from participants.doors import actor_in, page
from participants.models import Organization
from participants.permissions import require
from participants.queries import house_venue, parameter
from settlement.bank_models import Payout
from settlement.bank_port import played
from settlement.models import RefundRequest, Settlement
from settlement.payouts import blocking, cancel_payout, confirm_payout, request_payout
from settlement.refunding import decide_refund, request_refund, withdraw_refund
from settlement.simulated_bank import transfer_in
from settlement.words import payout_chip, refund_chip

__all__ = ["ask_refund", "payout_act", "payouts", "refund_act", "refunds", "simulate_transfer"]

MOST = 100


def ours_of(actor: Actor) -> Organization:
    """This will return the organisation the actor acts for."""
    return get_object_or_404(Organization, pk=actor.organization_id or 0)


def amount_in(request: HttpRequest, name: str = "amount") -> int:
    """This will read an amount typed in yuan, or refuse it at its field."""
    try:
        return parse_yuan(request.POST.get(name, ""))
    except ValueError as fault:
        raise Rejected("ledger.bad_amount", errors=[FieldFault(name, "unreadable", ("金额无法识别", str(fault)))]) from fault


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("settlement.payout.request")
@covers("G8", "R57")
def payouts(request: HttpRequest) -> HttpResponse:
    """What the organisation may take out, how money comes in, and every payout with who acts next."""
    actor, refused = actor_in(request), None
    ours, at = ours_of(actor), MARKET_CLOCK.now()
    if request.method == "POST":
        try:
            made = request_payout(organization=ours, amount_fen=amount_in(request), to_account=request.POST.get("to_account", ""),
                                  actor=actor,
                                  clock=MARKET_CLOCK)
            messages.success(request, gettext("已申请提现，等本机构另一人确认") if made.second_person else gettext("已申请提现"))
            return redirect("settlement:payouts")
        except Rejected as caught:
            if caught.status == 403:
                raise
            refused = caught
    rows = Payout.objects.filter(organization=ours).order_by("-id")[:MOST]
    return render(request, "settlement/payouts.html", {
        "ours": ours, "held": held(ours.code, AccountKind.AVAILABLE), "rows": [(one, payout_chip(one)) for one in rows], "refused": refused,
        "stopped": blocking(), "limit_fen": int(parameter("payout.second_person_fen", venue=house_venue(), at=at)),
        "simulated": played(), "typed": request.POST}, status=refused.status if refused else 200)


@require_POST
@page("settlement.payout.request")
def payout_act(request: HttpRequest, code: str, act: str) -> HttpResponse:
    """A payout confirmed or refused by the second person, or cancelled."""
    actor = actor_in(request)
    one = get_object_or_404(Payout, code=code, organization_id=actor.organization_id or 0)
    by: dict[str, Any] = {"payout": one, "actor": actor, "clock": MARKET_CLOCK}
    acts: dict[str, tuple[Callable[[], Any], str]] = {
        "confirm": (lambda: confirm_payout(approve=True, **by), gettext("已确认，等场所复核")),
        "refuse": (lambda: confirm_payout(approve=False, reason=request.POST.get("reason", "").strip(), **by),
                   gettext("已取消，款项已解冻")),
        "cancel": (lambda: cancel_payout(**by), gettext("已取消；已发出的，等银行答复"))}
    if act not in acts:
        raise Http404
    acts[act][0]()
    messages.success(request, acts[act][1])
    return redirect("settlement:payouts")


@require_POST
@page("settlement.bank.simulate")
def simulate_transfer(request: HttpRequest) -> HttpResponse:
    """Only where the bank is one of demonstrations: a transfer arrives at the bank, which tells us by its notice."""
    actor = actor_in(request)
    ours, at = ours_of(actor), MARKET_CLOCK.now()
    require(actor, "settlement.bank.simulate", subject=ours, at=at)
    if not played():
        raise Http404
    transfer_in(reference=f"SIM-{uuid.uuid4().hex[:16].upper()}", party=ours.code, amount_fen=max(1, amount_in(request)), at=at)
    messages.success(request, gettext("模拟银行已收到转账，通知到后记账"))
    return redirect("settlement:payouts")


@never_cache
@require_http_methods(["GET", "HEAD"])
@page("settlement.payout.request")
@covers("G6")
def refunds(request: HttpRequest) -> HttpResponse:
    """The refunds the organisation asked for, and those it is asked for, with the lines each takes."""
    mine = actor_in(request).organization_id or 0
    rows = RefundRequest.objects.filter(Q(buyer_id=mine) | Q(seller_id=mine)).select_related("settlement__trade", "buyer", "seller")
    return render(request, "settlement/refunds.html", {
        "rows": [(one, refund_chip(one), one.seller_id == mine) for one in rows.order_by("-id")[:MOST]]})


@require_POST
@page("settlement.payout.request")
def refund_act(request: HttpRequest, code: str, act: str) -> HttpResponse:
    """A refund agreed to or refused by the seller, or taken back by the buyer."""
    actor = actor_in(request)
    mine = actor.organization_id or 0
    one = get_object_or_404(RefundRequest.objects.filter(Q(buyer_id=mine) | Q(seller_id=mine)).select_related("settlement"), code=code)
    by: dict[str, Any] = {"request": one, "actor": actor, "clock": MARKET_CLOCK}
    answer = request.POST.get("answer", "").strip()
    acts: dict[str, tuple[Callable[[], Any], str]] = {
        "approve": (lambda: decide_refund(approve=True, answer=answer, **by), gettext("已同意，按分配逐项退回")),
        "refuse": (lambda: decide_refund(approve=False, answer=answer, **by), gettext("已答复不予退款")),
        "withdraw": (lambda: withdraw_refund(**by), gettext("已撤回"))}
    if act not in acts:
        raise Http404
    acts[act][0]()
    messages.success(request, acts[act][1])
    return redirect("settlement:refunds")


@require_POST
@page("settlement.payout.request")
def ask_refund(request: HttpRequest, code: str) -> HttpResponse:
    """A refund of one settled trade, asked for by its buyer."""
    actor = actor_in(request)
    one = get_object_or_404(Settlement, code=code, buyer_id=actor.organization_id or 0)
    request_refund(settlement=one, amount_fen=amount_in(request), reason=request.POST.get("reason", ""), actor=actor, clock=MARKET_CLOCK)
    messages.success(request, gettext("已申请退款，等卖方答复"))
    return redirect("settlement:refunds")
