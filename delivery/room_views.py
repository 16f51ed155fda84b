"""The clean room's pages: the holder sets it up and sees what was asked, the buyer asks and reads, the desks see what is spent (W26)."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from delivery.bench_views import bar_of
from delivery.certifying import answer_file
from delivery.cleanroom.asking import ask_query, cancel_query, of_asking
from delivery.cleanroom.budgets import as_epsilon, budgets_of, year_of
from delivery.cleanroom.cohorts import empty_cohort, take_cohort
from delivery.cleanroom.compiler import cells_of
from delivery.cleanroom.costing import Cost, cost_of
from delivery.cleanroom.holder import offer_hash
from delivery.cleanroom.language import FORMAT, read_question, schema_of
from delivery.cleanroom.noise import released
from delivery.cleanroom.offering import Faulty
from delivery.cleanroom.plain import answered, made_up_rows
from delivery.cleanroom.rooms import close_room, heading_of, offer_of, open_room, room_of
from delivery.kinds import Way, adapter_for, modes_by
from delivery.models import Cohort, Delivery, PrivacyBudget, ResultCertificate, Room, RoomQuery
from delivery.queries import delivery_for
from delivery.room_forms import AskForm, ListForm, RoomForm, column_rows, micro, offered_columns
from delivery.states import CohortStatus, QueryStatus, RoomPlace
from delivery.tasks import ring_queries
from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected, registered_refusals
from kit.sheets import csv_rows
from listings.models import ListingVersion
from participants.doors import actor_in, page

__all__ = ["answer", "answer_csv", "answer_json", "mine", "oversight", "setup", "workbench"]

_SHOWN = 100


def table_of(query: RoomQuery, rows: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """This will lay an answer out: its heads, its rows, and a bar for the first measure."""
    said, held = query.question, query.rows if rows is None else rows
    heads = [*said["group_by"], *(f"{one['of']} {one.get('column', '')}".strip() for one in said["measures"])]
    sizes = [abs(Decimal(row["measures"][0])) if row["shown"] and row["measures"][0] else Decimal(0) for row in held]
    most = max(sizes, default=Decimal(0)) or Decimal(1)
    return {"heads": heads, "grouped": len(said["group_by"]), "rows": [
        {**row, "permille": int(1_000 * size / most)} for row, size in zip(held, sizes, strict=True)]}


# ---- the holder --------------------------------------------------------------------------------------------------------------------


@covers("W14", "R14")
@never_cache
@require_safe
@page("delivery.room.see")
def mine(request: HttpRequest) -> HttpResponse:
    """The holder's rooms, the versions that wait for one, and what was asked of them; the buyer's deliveries by room."""
    ours = actor_in(request).organization_id or 0
    rooms = Room.objects.visible_to(request.user).select_related("version__listing").order_by("-pk")[:_SHOWN]
    without = ListingVersion.objects.filter(organization_id=ours, delivery_mode__in=modes_by(Way.ROOM),
                                            deposit__isnull=False).exclude(
        rooms__status="open").order_by("-pk")[:_SHOWN]
    asked = RoomQuery.objects.filter(delivery__seller_id=ours).select_related("delivery__buyer", "room")
    bought = Delivery.objects.filter(buyer_id=ours, mode__in=modes_by(Way.ROOM),
                                     version__rooms__status="open").select_related("version", "seller")
    return render(request, "delivery/rooms.html", {
        "rooms": [(room, [bar_of(one) for one in _spent(room)]) for room in rooms], "without": without,
        "asked": [(one, as_epsilon(one.epsilon_micro)) for one in asked.order_by("-pk")[:_SHOWN]],
        "bought": bought.order_by("-pk")[:_SHOWN]})


def _spent(room: Room) -> list[PrivacyBudget]:
    year = year_of(MARKET_CLOCK.now())
    rows = list(PrivacyBudget.objects.filter(product=room.version.listing.product_id, year=year).order_by("buyer"))
    for one in rows:
        one.bound_micro = room.epsilon_buyer_micro if one.buyer else room.epsilon_all_micro
    return rows or [budgets_of(room, "", year=year)[0]]


@covers("F7", "R14")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("delivery.room.open")
def setup(request: HttpRequest, code: str) -> HttpResponse:
    """One version's room: set up and opened, or shown as it stands with rows made up from it."""
    actor = actor_in(request)
    version = get_object_or_404(ListingVersion.objects.select_related("listing__venue", "deposit"), code=code,
                                organization_id=actor.organization_id)
    room, heading = room_of(version), heading_of(version)
    typed = request.POST if request.method == "POST" else {}
    form = RoomForm(typed or None, heading=heading)
    columns, refused = column_rows(heading, typed, version.columns), None
    if request.method == "POST":
        try:
            if _set_up(request, version, room, form, columns, actor):
                return redirect("delivery:room_setup", version.code)
        except Rejected as caught:
            if caught.status in {403, 404}:
                raise
            refused = caught
    offer = offer_of(room) if room else None
    return render(request, "delivery/room_setup.html", {
        "version": version, "room": room, "form": form, "columns": columns, "refused": refused, "heading": heading,
        "epsilons": [as_epsilon(room.epsilon_buyer_micro), as_epsilon(room.epsilon_all_micro)] if room else [],
        "offer": offer, "offer_sha256": offer_hash(room.offer) if room else "",
        "made_up": made_up_rows(offer, seed=version.code, number=5) if offer else [],
    }, status=refused.status if refused else 400 if form.errors else 200)


def _set_up(request: HttpRequest, version: ListingVersion, room: Room | None, form: RoomForm, columns: list[dict[str, Any]],
            actor: Actor) -> bool:
    if request.POST.get("act") == "close" and room is not None:
        close_room(room=room, actor=actor, clock=MARKET_CLOCK)
        messages.success(request, _("密室已关闭"))
        return True
    if not form.is_valid():
        return False
    held = form.cleaned_data
    offer = {"heading": heading_of(version), "person": held["person"], "columns": offered_columns(columns),
             **{one: held[one] for one in ("least", "rows_each", "groups_each")}}
    place = RoomPlace.HOLDER if version.deposit is None else RoomPlace.VENUE
    open_room(version=version, place=place, offer=offer,
              epsilon_buyer_micro=micro(held["epsilon_buyer"]), epsilon_all_micro=micro(held["epsilon_all"]),
              exponent=int(held["exponent"] * 100), actor=actor, clock=MARKET_CLOCK)
    messages.success(request, _("密室已开放"))
    return True


# ---- the buyer -------------------------------------------------------------------------------------------------------------------


def _bought(request: HttpRequest, code: str) -> tuple[Delivery, Actor]:
    actor = actor_in(request)
    try:
        one = delivery_for(code, request.user)
    except Rejected as absent:
        raise Http404 from absent
    if one.buyer_id != actor.organization_id:
        raise Http404
    return one, actor


@covers("F7", "F8", "W26")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("delivery.room.see")
def workbench(request: HttpRequest, code: str) -> HttpResponse:
    """Ask: by a form or as JSON, try it on made-up rows, see what it costs and what is left; every question asked, with its answer."""
    one, actor = _bought(request, code)
    room = room_of(one.version)
    if room is None or adapter_for(one.mode).way != Way.ROOM:
        raise Http404
    cohorts = list(Cohort.objects.filter(delivery=one).order_by("-pk"))
    act = request.POST.get("act", "")
    again = RoomQuery.objects.filter(delivery__buyer_id=one.buyer_id, code=request.GET.get("again", "")).first()
    held = [each for each in cohorts if each.status == CohortStatus.HELD]
    made = {"form": AskForm(request.POST if act in {"ask", "preview"} else None, offer=offer_of(room), cohorts=held),
            "list": ListForm(request.POST if act == "list" else None)}
    text = request.POST.get("question") or _starting(room, again)
    shown: dict[str, Any] = {"text": text, "epsilon": request.POST.get("epsilon") or (as_epsilon(again.epsilon_micro) if again else "0.1")}
    refused: Rejected | None = None
    if request.method == "POST":
        try:
            if done := _done(request, one, room, made, actor, shown):
                return done
        except Rejected as caught:
            if caught.status in {403, 404} and not caught.errors and caught.code.startswith("participants."):
                raise
            refused = caught
    return _bench(request, one, room, actor, {**made, **shown, "refused": refused, "cohorts": cohorts})


def _bench(request: HttpRequest, one: Delivery, room: Room, actor: Actor, more: dict[str, Any]) -> HttpResponse:
    at = MARKET_CLOCK.now()
    everyone, own = budgets_of(room, one.buyer.code, year=year_of(at))
    rows = one.queries.select_related("room").order_by("-pk")[:_SHOWN]
    closed = [gate for gate in of_asking(one, room, actor=actor, at=at) if gate.refusal is not None]
    refused, faulty = more["refused"], any(form.errors for form in (more["form"], more["list"]))
    return render(request, "delivery/room.html", {
        "one": one, "room": room, "offer": offer_of(room), "own": bar_of(own), "everyone": bar_of(everyone), "closed": closed,
        "schema": json.dumps(schema_of(offer_of(room)), ensure_ascii=False, indent=1), "rows": more["form"].rows(),
        "history": [(each, as_epsilon(each.epsilon_micro)) for each in rows], **more,
    }, status=refused.status if refused else 400 if faulty else 200)


def _starting(room: Room, again: RoomQuery | None) -> str:
    said = again.question if again else {"format": FORMAT, "measures": [{"of": "count"}],
                                         "group_by": [one["name"] for one in room.offer["columns"] if one["values"]][:1], "where": []}
    return json.dumps(said, ensure_ascii=False, indent=1)


def _epsilon(text: str) -> int:
    try:
        return micro(Decimal(text)) if len(text) < 20 else 0
    except InvalidOperation:
        return 0


def _done(request: HttpRequest, one: Delivery, room: Room, made: dict[str, Any], actor: Actor,
          shown: dict[str, Any]) -> HttpResponse | None:
    act = request.POST.get("act", "")
    who: dict[str, Any] = {"actor": actor, "clock": MARKET_CLOCK}
    if act == "list":
        if not made["list"].is_valid():
            return None
        take_cohort(delivery=one, name=made["list"].cleaned_data["name"], ids=made["list"].cleaned_data["ids"].splitlines(), **who)
        messages.success(request, _("名单已存为散列，可用于比对"))
        return redirect("delivery:room", one.code)
    if act == "empty":
        empty_cohort(cohort=get_object_or_404(Cohort, delivery=one, code=request.POST.get("code", "")), **who)
        messages.success(request, _("名单已清空"))
        return redirect("delivery:room", one.code)
    if act in {"ask", "preview"}:
        if not made["form"].is_valid():
            return None
        question: Any = made["form"].question()
        shown["text"] = json.dumps(question, ensure_ascii=False, indent=1)
    else:
        try:
            question = json.loads(request.POST.get("question", "")[:8_000])
        except (ValueError, RecursionError):
            question = None
    if act in {"preview", "preview_json"}:
        shown["preview"] = _preview(room, question, _epsilon(shown["epsilon"]))
        shown["cost"] = _cost(one, room, question, _epsilon(shown["epsilon"]))
        return None
    query = ask_query(delivery=one, question=question, epsilon_micro=_epsilon(shown["epsilon"]), **who)
    ring_queries()
    if query.status == QueryStatus.DONE:
        messages.info(request, _("同样的问题已经问过：这是当时的结果，没有再用预算"))
    return redirect("delivery:room_query", one.code, query.code)


def _preview(room: Room, said: Any, epsilon_micro: int) -> dict[str, Any]:
    """The question over rows made up from the offer, with the noise it would have; nothing of the data, nothing spent."""
    offer = offer_of(room)
    try:
        question = read_question({**said, "cohort": ""} if isinstance(said, dict) else said, offer)
    except Faulty as fault:
        raise Rejected("delivery.query.faulty", errors=fault.faults) from fault
    rows = released(question, offer, answered(question, offer, made_up_rows(offer, seed=room.code)),
                    epsilon_micro=max(epsilon_micro, 10_000))
    assert len(rows) == len(cells_of(question, offer))
    return table_of(RoomQuery(question={"group_by": list(question.group_by), "measures": [
        {"of": one.of, "column": one.column} for one in question.measures]}), rows)


def _cost(one: Delivery, room: Room, said: Any, epsilon_micro: int) -> Cost | None:
    """What the question on the page would cost; None for an epsilon that no question may have."""
    if not 0 < epsilon_micro <= room.epsilon_buyer_micro:
        return None
    everyone, own = budgets_of(room, one.buyer.code, year=year_of(MARKET_CLOCK.now()))
    offer = offer_of(room)
    return cost_of(read_question({**said, "cohort": ""}, offer), room, offer, epsilon_micro, price_fen=one.trade.price_fen, own=own,
                   everyone=everyone)


def _query(request: HttpRequest, code: str, query: str) -> RoomQuery:
    one: RoomQuery = get_object_or_404(RoomQuery.objects.visible_to(request.user).select_related(
        "delivery__buyer", "delivery__seller", "delivery__version", "room", "cohort"), code=query, delivery__code=code)
    return one


@covers("W14", "W26", "F10")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page("delivery.room.see")
def answer(request: HttpRequest, code: str, query: str) -> HttpResponse:
    """One question: what it cost and, for the buyer's people, what came of it; the holder sees what was asked of its data."""
    one, actor, refused = _query(request, code, query), actor_in(request), None
    buying = one.delivery.buyer_id == actor.organization_id
    if request.method == "POST":
        try:
            cancel_query(query=one, actor=actor, clock=MARKET_CLOCK)
            messages.success(request, _("提问已取消，预算已退回"))
            return redirect("delivery:room_query", code, query)
        except Rejected as caught:
            if caught.status in {403, 404}:
                raise
            refused = caught
    return render(request, "delivery/room_query.html", {
        "one": one, "buying": buying, "refused": refused, "epsilon": as_epsilon(one.epsilon_micro),
        "why": Rejected(one.reason, delivery=code, trade="", agreement="") if one.reason in registered_refusals() else None,
        "table": table_of(one) if buying and one.rows else None, "question": json.dumps(one.question, ensure_ascii=False, indent=1),
        "certificate": ResultCertificate.objects.filter(query=one).first(),
        "waits": one.status in (QueryStatus.QUEUED, QueryStatus.RUNNING)}, status=refused.status if refused else 200)


@never_cache
@require_safe
@page("delivery.room.see")
def answer_csv(request: HttpRequest, code: str, query: str) -> HttpResponseBase:
    """The answer as a table; cells that would run in a spreadsheet are made harmless."""
    one = _query(request, code, query)
    if one.delivery.buyer_id != actor_in(request).organization_id or not one.rows:
        raise Http404
    laid = table_of(one)
    rows = ([*row["group"], *(Decimal(one) if one else "" for one in row["measures"])] for row in laid["rows"])
    sent = StreamingHttpResponse(csv_rows(laid["heads"], rows), content_type="text/csv; charset=utf-8")
    sent["Content-Disposition"] = f'attachment; filename="{one.code}.csv"'
    return sent


@covers("F10")
@never_cache
@require_safe
@page("delivery.room.see")
def answer_json(request: HttpRequest, code: str, query: str) -> HttpResponse:
    """The answer with what opens its certificate."""
    one = _query(request, code, query)
    held = ResultCertificate.objects.select_related("query", "job").filter(query=one).first()
    if one.delivery.buyer_id != actor_in(request).organization_id or held is None:
        raise Http404
    sent = HttpResponse(json.dumps(answer_file(held), ensure_ascii=False, indent=1), content_type="application/json")
    sent["Content-Disposition"] = f'attachment; filename="{held.code}.answer.json"'
    return sent


# ---- the desks -------------------------------------------------------------------------------------------------------------------


@covers("W26", "W14")
@never_cache
@require_safe
@page("delivery.room.oversee")
def oversight(request: HttpRequest) -> HttpResponse:
    """Who asked what and spent what, of every product; answers are nobody's but the buyer's."""
    year = year_of(MARKET_CLOCK.now())
    budgets = PrivacyBudget.objects.filter(year=year).select_related("product").order_by("product", "buyer")[:_SHOWN]
    asked = RoomQuery.objects.select_related("delivery__buyer", "delivery__seller", "room").order_by("-pk")[:_SHOWN]
    return render(request, "delivery/rooms_oversight.html", {
        "year": year, "budgets": [(one.product, bar_of(one)) for one in budgets],
        "asked": [(one, as_epsilon(one.epsilon_micro)) for one in asked]})
