"""/desk/deliveries/: what must be handed over or judged, by when; the file by one-time token; accept, or reject with defects."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance.models import Dispute
from delivery.access import issue_grant, open_fetch
from delivery.calling import last_call, measured
from delivery.cleanroom.holding import access_paper
from delivery.cleanroom.rooms import room_of
from delivery.defects import DEFECT_KINDS, DEFECT_ROWS, defects_in
from delivery.deletions import confirm_deletion
from delivery.gates import MOST_ATTEMPTS, MOST_GRANTS, acts_of
from delivery.kinds import Way, adapter_for, way_of
from delivery.marking.copies import hand_out
from delivery.marking.plans import plan_of
from delivery.models import SCORED, Copy, DeletionTask, Delivery, GrantUse, Rating, UseOutcome
from delivery.monitoring import standing_stop
from delivery.operations import accept_delivery, concede_delivery, deliver, reject_delivery
from delivery.queries import deliveries_of, delivery_for, registered_file
from delivery.ranges import answer_part
from delivery.rows import columns_of
from delivery.seats import seated_person
from delivery.states import DeliveryStatus
from delivery.words import FACTS, standing_of
from evidence.clock import MARKET_CLOCK
from evidence.files import deposit
from evidence.models import Deposit, Record
from kit.actors import Actor
from kit.coverage import covers
from kit.numerals import whole
from kit.rejected import Rejected
from listings.measuring import DIMENSIONS
from participants.doors import actor_in
from participants.queries import people_of
from trading.queries import licensed, seats_of
from trading.states import TradeStatus

__all__ = ["accept", "act_on", "ask_token", "concede", "confirm", "deliver_file", "detail", "fetch", "mine", "page_of_delivery", "reject",
           "why"]

PAGE = 50


def _own(request: HttpRequest, code: str) -> tuple[Delivery, Actor]:
    actor = actor_in(request)
    try:
        return delivery_for(code, request.user), actor
    except Rejected as absent:
        raise Http404 from absent


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The organisation's deliveries, newest first; ``?trade=`` leads straight to one, ``?before=`` to older ones."""
    actor = actor_in(request)
    rows = deliveries_of(request.user)
    if trade := request.GET.get("trade"):
        found = rows.filter(trade__code=trade).first()
        if found is not None:
            return redirect("delivery:detail", found.code)
    if (before := whole(request.GET.get("before", ""), digits=18)) is not None:
        rows = rows.filter(pk__lt=before)
    taken = list(rows[: PAGE + 1])
    shown = [(one, standing_of(one, selling=one.seller_id == actor.organization_id), one.seller_id == actor.organization_id)
             for one in taken[:PAGE]]
    older = taken[PAGE - 1].pk if len(taken) > PAGE else None
    return render(request, "delivery/mine.html", {"rows": shown, "older": older})


@login_required
@never_cache
@require_safe
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """One delivery: where it stands, the file, what this side can do now."""
    one, actor = _own(request, code)
    return page_of_delivery(request, one, actor)


@login_required
@never_cache
@require_safe
@covers("C7")
def why(request: HttpRequest, code: str) -> HttpResponse:
    """``/desk/deliveries/<DLV>/why/``: what each act of this side asks, what refuses it now, and every token shown in vain."""
    one, actor = _own(request, code)
    vain = GrantUse.objects.filter(grant__delivery=one).exclude(outcome=UseOutcome.USED).select_related("grant").order_by("-at", "-pk")
    return render(request, "delivery/why.html", {
        "one": one, "acts": acts_of(one, actor=actor, at=MARKET_CLOCK.now()),
        "vain": [(use, Rejected(f"delivery.grant.{use.outcome}", delivery=one.code, seats=seats_of(one.trade))) for use in vain[:PAGE]]})


def page_of_delivery(request: HttpRequest, one: Delivery, actor: Actor, **extra: Any) -> HttpResponse:
    """The delivery's page as this side sees it, with what an act of it has to say."""
    selling = one.seller_id == actor.organization_id
    grants = list(one.grants.order_by("-id"))
    history = Record.objects.filter(subject__in=[one.code, *(grant.code for grant in grants)]).order_by("-at", "-id")[:60]
    rejected: Rejected | None = extra.get("rejected")
    return render(request, "delivery/detail.html", {
        "one": one, "selling": selling, "standing": standing_of(one, selling=selling), "grants": grants,
        "grants_left": MOST_GRANTS - len(grants), "attempts_left": MOST_ATTEMPTS - one.attempts,
        "ready": registered_file(one) if selling else None, "paper": selling and access_paper(one) is not None,
        "funded": one.trade.state.funded_at is not None,
        "rating": Rating.objects.filter(delivery=one).first(), "may_rate": _may_rate(one, selling),
        "scored": [(name, label, extra.get("typed", {}).get(name, "")) for name, label in SCORED.items()],
        **_seats(one, actor, selling), **_calls(one, extra),
        "stop": standing_stop(one), "voucher": one.vouchers.order_by("-attempt").first(),
        "resumable": [] if selling else [grant for grant in grants if open_fetch(grant, MARKET_CLOCK.now())],
        "adapter": adapter_for(one.mode), "by_file": adapter_for(one.mode).way == Way.FILE,
        "by_service": way_of(one.mode) == Way.SERVICE and one.deposit_id, "outputs": list(one.outputs.order_by("-pk")[:10]),
        "has_room": adapter_for(one.mode).way == Way.ROOM and one.deposit_id and room_of(one.version) is not None,
        "deletions": [task for task in one.deletions.select_related("consent", "certificate").order_by("pk")
                      if not selling or task.agreement],
        **_judging(one, selling),
        "history": [(record, FACTS.get(record.kind, record.kind)) for record in history], **extra,
    }, status=rejected.status if rejected else 200)


def _calls(one: Delivery, extra: dict[str, Any]) -> dict[str, Any]:
    """Keys, what is left of the licence, and how fast the house answered; nothing where rows are not called for."""
    if adapter_for(one.mode).way != Way.CALL:
        return {}
    latest, made, licence = last_call(one), extra.get("made_key"), licensed(one.trade)
    return {
        "by_call": True, "keys": list(one.keys.order_by("-pk")[:20]), "columns": columns_of(one), "made_key": made,
        "measured": measured(one, at=MARKET_CLOCK.now()), "calls_made": latest.number if latest else 0, "licence": licence,
        "rows_out": latest.rows_total if latest else 0, "address": f"{settings.PUBLIC_ADDRESS}/api/data/{one.code}/rows/",
        "last_calls": list(one.calls.select_related("key").defer("prints").order_by("-pk")[:20])}


def _seats(one: Delivery, actor: Actor, selling: bool) -> dict[str, Any]:
    """The people named, who may still be, and whether the reader is one; nothing where the agreement limits nobody."""
    limit = seats_of(one.trade)
    if limit is None:
        return {}
    rows, at = list(one.seats.select_related("person").order_by("ended_at", "pk")), MARKET_CLOCK.now()
    taken = {row.person_id for row in rows if row.ended_at is None}
    free = {} if selling else {row.person.code: row.person for row in people_of(one.buyer)
                               if row.in_force(at) and row.person_id not in taken}
    return {"seat_limit": limit, "seat_rows": rows, "seats_taken": len(taken), "seats_free": list(free.values()),
            "seated": seated_person(one, actor)}


def _judging(one: Delivery, selling: bool) -> dict[str, Any]:
    """What the page shows of checks, parts and marks."""
    plan = plan_of(one.version)
    samples = list(one.samples.order_by("-pk")[:5])
    for figure in (row for each in samples for row in each.figures):
        figure["title"] = DIMENSIONS[figure["key"]][0]
    return {"samples": samples, "claim": one.claims.order_by("-pk").first(), "defect_rows": DEFECT_ROWS,
            "defect_kinds": DEFECT_KINDS, "plan": plan, "may_sample": not selling and way_of(one.mode) == Way.FILE and bool(one.deposit_id),
            "copies": list(Copy.objects.filter(grant__delivery=one).select_related("grant").order_by("-pk")[:10]) if plan else [],
            "dispute": Dispute.objects.filter(subject_code=one.code).order_by("-pk").first()}


def _may_rate(one: Delivery, selling: bool) -> bool:
    """Whether the form for a review is offered; the operation decides."""
    return not selling and one.status == DeliveryStatus.ACCEPTED and one.trade.state.status not in {
        TradeStatus.CANCELLED, TradeStatus.DEFAULTED, TradeStatus.UNWOUND}


def act_on(request: HttpRequest, code: str, act: Callable[[Delivery, Actor], Any], said: str, **typed: Any) -> HttpResponse:
    """One act by form: done leads back to the page, refused shows it with the rule and the way out."""
    one, actor = _own(request, code)
    try:
        act(one, actor)
    except Rejected as rejected:
        if rejected.status == 404:
            raise Http404 from rejected
        return page_of_delivery(request, delivery_for(code, request.user), actor, rejected=rejected, **typed)
    messages.success(request, said)
    return redirect("delivery:detail", code)


@login_required
@require_POST
def deliver_file(request: HttpRequest, code: str) -> HttpResponse:
    """Deliver an uploaded file, or the registered one where it lies here already."""

    def act(one: Delivery, actor: Actor) -> None:
        upload = request.FILES.get("file")
        if upload is not None:
            given: Deposit | None = deposit(upload, name=upload.name or "file", owner=actor.organization, at=MARKET_CLOCK.now())
        else:
            given = _registered(one, actor) if request.POST.get("registered") else None
        if given is None:
            raise Rejected("delivery.delivery.no_file", delivery=one.code)
        deliver(delivery=one, deposit=given, actor=actor, clock=MARKET_CLOCK)

    return act_on(request, code, act, _("已交付，买方已收到通知。"))


def _registered(one: Delivery, actor: Actor) -> Deposit | None:
    """What is owed and lies here: the registered file, or the paper that says how to reach what stays with its holder."""
    paper = access_paper(one)
    if paper is None or actor.organization_id != one.seller_id:
        held: Deposit | None = registered_file(one)
        return held
    return deposit(io.BytesIO(paper), name=f"{one.code}.json", owner=one.seller.code, at=MARKET_CLOCK.now())


@login_required
@require_POST
def accept(request: HttpRequest, code: str) -> HttpResponse:
    """The buyer accepts."""
    return act_on(request, code, lambda one, actor: accept_delivery(delivery=one, actor=actor, clock=MARKET_CLOCK),
                _("已验收，价款进入清算。"))


@login_required
@require_POST
def reject(request: HttpRequest, code: str) -> HttpResponse:
    """The buyer rejects; one defect a line, or by its fields."""
    defects = defects_in(request.POST)
    return act_on(request, code, lambda one, actor: reject_delivery(delivery=one, defects=defects, actor=actor, clock=MARKET_CLOCK),
                _("已拒收，卖方已收到缺陷清单。"))


@login_required
@require_POST
def concede(request: HttpRequest, code: str) -> HttpResponse:
    """The seller admits that the delivery failed."""
    return act_on(request, code, lambda one, actor: concede_delivery(delivery=one, actor=actor, clock=MARKET_CLOCK),
                _("已承认未成，价款退回买方。"))


@login_required
@never_cache
@require_POST
def ask_token(request: HttpRequest, code: str) -> HttpResponse:
    """A new one-time token, shown on this answer only."""
    one, actor = _own(request, code)
    try:
        issued = issue_grant(delivery=one, actor=actor, clock=MARKET_CLOCK)
    except Rejected as rejected:
        if rejected.status == 404:
            raise Http404 from rejected
        return page_of_delivery(request, one, actor, rejected=rejected)
    return page_of_delivery(request, one, actor, issued=issued)


@login_required
@never_cache
@require_POST
def fetch(request: HttpRequest, code: str) -> HttpResponseBase:
    """The file itself, against a token; every showing is counted and recorded before the first byte leaves."""
    one, actor = _own(request, code)
    try:
        given = hand_out(delivery=one, token=request.POST.get("token", "").strip(), actor=actor, clock=MARKET_CLOCK)
    except Rejected as rejected:
        if rejected.status == 404 and rejected.code != "delivery.grant.absent":
            raise Http404 from rejected
        return page_of_delivery(request, one, actor, rejected=rejected)
    return answer_part(given, given.whole)


@login_required
@require_POST
def confirm(request: HttpRequest, code: str) -> HttpResponse:
    """The recipient says that it deleted a person's data, with its proof if there is one."""

    def act(one: Delivery, actor: Actor) -> None:
        task = DeletionTask.objects.filter(delivery=one, recipient_id=actor.organization_id, code=request.POST.get("task", "")).first()
        if task is None:
            raise Rejected("participants.object.absent")
        upload = request.FILES.get("proof")
        proof = deposit(upload, name=upload.name or "proof", owner=actor.organization, at=MARKET_CLOCK.now()) if upload else None
        confirm_deletion(task=task, statement=request.POST.get("statement", ""), proof=proof,
                         deleted=request.POST.get("deleted", "").splitlines(), actor=actor, clock=MARKET_CLOCK)

    return act_on(request, code, act, _("已确认删除，本人与受托者可以看到。"))
