"""Asking a clean room: every gate at this very ask, the epsilon reserved and committed before anything runs, the same question free.

The question waits as a row; ``running`` takes it up. A shortage is a refusal that says what is left, never a noisier answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from delivery.cleanroom.budgets import give_back, reserve, year_of
from delivery.cleanroom.cohorts import cohort_for
from delivery.cleanroom.language import Question, as_said, canonical, digest, read_question
from delivery.cleanroom.noise import LEAST_EPSILON, shares_of
from delivery.cleanroom.offering import Faulty
from delivery.cleanroom.pricing import share_fen
from delivery.cleanroom.rooms import offer_of, room_of
from delivery.events import query_moved
from delivery.gates import opted_out_of, times_used
from delivery.kinds import Way, adapter_for
from delivery.models import Cohort, Delivery, PrivacyBudget, Room, RoomQuery
from delivery.seats import seated
from delivery.states import QUERY, DeliveryStatus, QueryStatus
from delivery.using import of_using, under_stop
from evidence.operations import operation, record, unchanged
from evidence.prepared import prepared
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from participants.gates import Gate, capable, pass_all
from participants.permissions import require
from participants.roles import Capability
from participants.timers import after
from trading.queries import seats_of
from trading.states import TradeStatus

__all__ = ["ask_query", "cancel_query", "note_query", "of_asking", "of_running", "step_query"]

_OPEN = (DeliveryStatus.DELIVERED, DeliveryStatus.ACCEPTED)
_OVER = (TradeStatus.EXECUTED, TradeStatus.DEFAULTED, TradeStatus.CANCELLED, TradeStatus.UNWOUND)


@covers("R14", "F5", "F6", "T63", "T64")
def of_running(one: Delivery, room: Room | None, *, calls: int, at: datetime, here: bool = True) -> Iterator[Gate]:
    """This will ask what every run asks, at the ask, at the start and before the answer is given; ``here``: the buyer asks."""
    closed = adapter_for(one.mode).way != Way.ROOM or room is None
    yield Gate(("密室已开放", "The clean room is open"), Rejected("delivery.query.no_room", delivery=one.code) if closed else None)
    yield Gate(("卖方已经交付，未被拒收或进入争议", "The seller has delivered; it is neither rejected nor disputed"),
               None if one.status in _OPEN else Rejected("delivery.query.not_delivered", delivery=one.code))
    over = one.trade.state.status in _OVER
    yield Gate(("价款已付，成交有效", "The trade is paid for and stands"), Rejected("delivery.query.unpaid",
                                                                           trade=one.trade.code) if over else None)
    yield under_stop(one)
    yield from of_using(one, at=at, calls=calls, here=here)
    yield from opted_out_of(one, at=at)
    yield capable(one.buyer, Capability.BID, at=at)


def of_asking(one: Delivery, room: Room | None, *, actor: Actor, at: datetime) -> Iterator[Gate]:
    """This will ask what a new question asks of who asks it."""
    yield from of_running(one, room, calls=times_used(one) + 1, at=at)
    if seats_of(one.trade) is not None:
        yield seated(one, actor)


def note_query(held: RoomQuery, word: str, budgets: list[PrivacyBudget], *, actor: Actor, at: datetime) -> RoomQuery:
    """This will record what became of a question; it is named by its hash, its answer by the answer's."""
    everyone, own = budgets
    record(query_moved[word](
        subject=held.code, delivery=held.delivery.code, seller=held.delivery.seller.code, buyer=held.delivery.buyer.code,
        room=held.room.code,
        question_sha256=held.question_sha256, file_sha256=held.room.file_sha256, epsilon_micro=held.epsilon_micro,
        granted_buyer_micro=own.granted_micro, granted_all_micro=everyone.granted_micro, to_status=held.status,
        answer_sha256=held.rows_sha256, reason=held.reason), actor=actor, at=at)
    return held


def _read(room: Room, said: Any, epsilon_micro: Any) -> Question:
    """The question as typed, or every fault at its field."""
    offer = offer_of(room)
    try:
        question = read_question(said, offer)
    except Faulty as fault:
        raise Rejected("delivery.query.faulty", errors=fault.faults) from fault
    most = room.epsilon_buyer_micro
    if type(epsilon_micro) is not int or not LEAST_EPSILON <= epsilon_micro <= most or shares_of(question, offer, epsilon_micro) < 1_000:
        raise Rejected("delivery.query.faulty", errors=[FieldFault("epsilon_micro", "range", (
            f"隐私预算取 0.01 至 {most / 1_000_000:g}", f"Epsilon from 0.01 to {most / 1_000_000:g}"))])
    return question


@covers("F7", "F8", "I21", "R14", "T62", "T63", "W24", "W26")
@operation("delivery.query.ask")
def ask_query(*, delivery: Delivery, question: Any, epsilon_micro: int, actor: Actor, clock: Clock) -> RoomQuery:
    """This will reserve a question's epsilon and queue it; the same question again is the same row and costs nothing.

    ``delivery.query.faulty`` names the fields; ``delivery.budget.short`` says what is left.
    """
    held = _locked_delivery.get(delivery.pk)
    at = clock.now()
    require(actor, "delivery.query.ask", subject=held, at=at)
    room = room_of(held.version)
    named = _named(held, room, question, epsilon_micro) if room else None
    if named is not None and (known := _known.first(held.buyer.code, named[2])) is not None:
        pass_all(of_running(held, room, calls=times_used(held), at=at))
        unchanged(at=at)
        return known
    pass_all(of_asking(held, room, actor=actor, at=at))
    assert room is not None and named is not None
    typed, cohort, name = named
    year = year_of(at)
    budgets = reserve(room, held.buyer.code, epsilon_micro, year=year)
    made = RoomQuery.objects.create(
        code=new_code("QRY"), delivery=held, room=room, buyer=held.buyer.code, cohort=cohort, question=as_said(typed, offer_of(room)),
        question_sha256=name, epsilon_micro=epsilon_micro, year=year, asked_by=actor.code, asked_at=at, due_at=after("query.queue", at),
        price_fen=share_fen(epsilon_micro, room.epsilon_buyer_micro, held.trade.price_fen, room.exponent))
    return note_query(made, "reserved", budgets, actor=actor, at=at)


def _named(held: Delivery, room: Room, said: Any, epsilon_micro: int) -> tuple[Question, Cohort | None, str]:
    """The question, its list, and the one name it has for this buyer over this data version."""
    typed = _read(room, said, epsilon_micro)
    cohort = cohort_for(held, typed.cohort) if typed.cohort else None
    text = canonical(replace(typed, cohort=cohort.sha256 if cohort else ""))
    return typed, cohort, digest(json.dumps([text, epsilon_micro, room.code, room.file_sha256]))


@prepared
def _known(buyer: str, name: str) -> QuerySet[RoomQuery]:
    rows = RoomQuery.objects.select_related("delivery__buyer", "delivery__seller", "room").order_by("pk")
    return rows.filter(buyer=buyer, question_sha256=name, status__in=[QueryStatus.QUEUED, QueryStatus.RUNNING, QueryStatus.DONE])


@prepared
def _locked_query(pk: int) -> QuerySet[RoomQuery]:
    return RoomQuery.objects.select_for_update(of=("self",), no_key=True).select_related(
        "delivery__trade__state", "delivery__seller", "delivery__buyer", "delivery__version__listing__venue", "delivery__deposit",
        "room__version__listing", "cohort").filter(pk=pk)


@prepared
def _locked_delivery(pk: int) -> QuerySet[Delivery]:
    return Delivery.objects.select_for_update(of=("self",), no_key=True).select_related(
        "trade__state", "seller", "buyer__use_networks", "version__listing__venue").filter(pk=pk)


def step_query(query: RoomQuery, act: str, permission: str, *, actor: Actor, clock: Clock) -> tuple[RoomQuery, datetime]:
    """This will lock a question and move it along one edge; saving is the caller's."""
    held = _locked_query.get(query.pk)
    at = clock.now()
    require(actor, permission, subject=held.delivery, at=at)
    held.status = advance(QUERY, QueryStatus(held.status), act, subject=held.code, code="delivery.query.illegal_move")
    if held.status not in (QueryStatus.QUEUED, QueryStatus.RUNNING):
        held.ended_at, held.due_at = at, None
    return held, at


@covers("F8", "I21")
@operation("delivery.query.cancel")
def cancel_query(*, query: RoomQuery, actor: Actor, clock: Clock) -> RoomQuery:
    """This will take a question back that has not begun to run; its epsilon goes back."""
    held, at = step_query(query, "cancel", "delivery.query.cancel", actor=actor, clock=clock)
    held.save()
    return note_query(held, "cancelled", give_back(held), actor=actor, at=at)


