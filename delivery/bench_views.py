"""``/desk/workbench/``: what a buyer may use now, in one place; ``/desk/uses/``: for the seller, who used what for what (W14, W26, F13)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from delivery.cleanroom.budgets import as_epsilon, budgets_of, ever_granted, renews_at, year_of
from delivery.cleanroom.rooms import room_of
from delivery.gates import times_used
from delivery.kinds import Way, way_of
from delivery.models import ComputeJob, Copy, DeletionTask, Delivery, GrantUse, PrivacyBudget, ResultCertificate, RoomQuery
from delivery.states import DeletionStatus, DeliveryStatus
from delivery.words import standing_of
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from participants.doors import actor_in, page
from participants.models import UseNetworks
from participants.networks import caller_address, within

__all__ = ["bar_of", "uses", "workbench"]

_SHOWN, _RECENT = 50, 20
_OVER = (DeliveryStatus.FAILED, DeliveryStatus.CANCELLED)


def bar_of(budget: PrivacyBudget) -> dict[str, Any]:
    """This will write one budget as its bar shows it: granted, left, limit, and how many thousandths of it are gone."""
    return {"granted": as_epsilon(budget.used_micro), "left": as_epsilon(budget.left_micro), "limit": as_epsilon(budget.most_micro),
            "permille": min(1_000 * budget.used_micro // budget.most_micro, 1_000), "buyer": budget.buyer, "year": budget.year,
            "renews_at": renews_at(budget.year), "ever": as_epsilon(ever_granted(budget.product_id, budget.buyer))}


def _licence(one: Delivery) -> dict[str, Any]:
    """Until when and how often a delivery may be used, as its agreement says."""
    deed = getattr(one.trade, "deed", None)
    terms = deed.terms if deed is not None else {}
    return {"until": deed.term_to if deed is not None else None, "calls": terms.get("calls"),
            "state": deed.get_status_display() if deed else "", "purposes": terms.get("purposes") or []}


@covers("F7", "W26", "F11")
@never_cache
@require_safe
@page("delivery.room.see")
def workbench(request: HttpRequest) -> HttpResponse:
    """The buyer's licences with what is next, tokens, rooms with what is left of their budgets, answers with their certificates."""
    actor = actor_in(request)
    ours, at = actor.organization_id or 0, MARKET_CLOCK.now()
    held = Delivery.objects.filter(buyer_id=ours).exclude(status__in=_OVER).select_related(
        "trade__state", "trade__version", "trade__deed", "version__listing", "seller", "buyer").order_by("-pk")[:_SHOWN]
    rows = []
    for one in held:
        room = room_of(one.version) if way_of(one.mode) == Way.ROOM else None
        own = budgets_of(room, one.buyer.code, year=year_of(at))[1] if room else None
        rows.append({"one": one, "standing": standing_of(one, selling=False), "licence": _licence(one), "used": times_used(one),
                     "computed": way_of(one.mode) == Way.ROOM, "room": room, "budget": bar_of(own) if own else None,
                     "grant": one.grants.order_by("-pk").first()})
    asked = RoomQuery.objects.filter(delivery__buyer_id=ours).select_related("delivery__version", "room", "certificate")
    answers = asked.order_by("-pk")[:_RECENT]
    jobs = ComputeJob.objects.filter(delivery__buyer_id=ours).select_related("delivery__version", "certificate").order_by("-pk")[:_RECENT]
    networks = next(iter(UseNetworks.objects.filter(organization_id=ours).values_list("cidrs", flat=True)), [])
    owed = DeletionTask.objects.filter(recipient_id=ours, status__in=[DeletionStatus.OPEN, DeletionStatus.LATE]).select_related("delivery")
    return render(request, "delivery/workbench.html", {
        "rows": rows, "answers": [(one, as_epsilon(one.epsilon_micro)) for one in answers], "jobs": jobs,
        "networks": networks, "inside": within(caller_address(), networks),
        "owed": owed.order_by("due_at", "pk")[:_RECENT],
        "certificates": ResultCertificate.objects.filter(query__delivery__buyer_id=ours).count()})


@covers("W14", "F13", "W24")
@never_cache
@require_safe
@page("delivery.room.see")
def uses(request: HttpRequest) -> HttpResponse:
    """Who used the organisation's data, when and for what: fetches by token, questions, computations, marked copies, the newest first."""
    ours = actor_in(request).organization_id or 0
    fetched = GrantUse.objects.filter(grant__delivery__seller_id=ours).select_related(
        "grant__delivery__buyer", "grant__delivery__version", "grant__delivery__trade__deed")
    asked = RoomQuery.objects.filter(delivery__seller_id=ours).select_related(
        "delivery__buyer", "delivery__version", "delivery__trade__deed")
    run = ComputeJob.objects.filter(delivery__seller_id=ours).select_related("delivery__buyer", "delivery__version", "algorithm",
                                                                             "delivery__trade__deed")
    copies = {one.grant_id: one.code for one in Copy.objects.filter(grant__delivery__seller_id=ours).order_by("pk")}
    rows = [{"at": use.at, "delivery": use.grant.delivery, "what": "fetch", "state": use.get_outcome_display(), "code": use.grant.code,
             "copy": copies.get(use.grant_id, "") if use.outcome == "used" else "", "purposes": _licence(use.grant.delivery)["purposes"]}
            for use in fetched.order_by("-pk")[:_SHOWN]]
    rows += [{"at": one.asked_at, "delivery": one.delivery, "what": "question", "state": one.get_status_display(), "code": one.code,
              "epsilon": as_epsilon(one.epsilon_micro), "purposes": _licence(one.delivery)["purposes"]}
             for one in asked.order_by("-pk")[:_SHOWN]]
    rows += [{"at": one.ordered_at, "delivery": one.delivery, "what": "job", "state": one.get_status_display(), "code": one.code,
              "purposes": _licence(one.delivery)["purposes"]} for one in run.order_by("-pk")[:_SHOWN]]
    rows.sort(key=lambda row: row["at"], reverse=True)
    return render(request, "delivery/uses.html", {"rows": rows[:_SHOWN]})
