"""Named seats 指定使用人 (R121, R42): where an agreement limits use to so many people, only the ones the buyer named fetch the data.

The limit is the agreement's, frozen at the signing. The buyer names and releases people of its own; nothing of it is forgotten.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction

from delivery.events import SEATS
from delivery.models import Delivery, Seat
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.gates import Gate
from participants.models import Person, User
from participants.permissions import require
from participants.queries import people_of
from trading.queries import seats_of

__all__ = ["end_seat", "name_seat", "seated", "seated_person"]


def seated_person(one: Delivery, actor: Actor) -> bool:
    """This will tell whether the acting person may use the data: the licence has no seats, or one bears this name."""
    if seats_of(one.trade) is None:
        return True
    person = User.objects.filter(pk=actor.user_id or 0).values("person")
    return one.seats.filter(person__in=person, ended_at__isnull=True).exists()


@covers("R121")
def seated(one: Delivery, actor: Actor) -> Gate:
    """This will ask whether the acting person has a seat in a licence of named seats."""
    return Gate(("您是买方指定的使用人", "You are one of the people the buyer named"),
                None if seated_person(one, actor) else Rejected("delivery.grant.unseated", delivery=one.code, seats=seats_of(one.trade)))


def _tell(word: str, seat: Seat, taken: int, limit: int, *, actor: Actor, clock: Clock) -> None:
    record(SEATS[word](subject=seat.delivery.code, person=seat.holder, taken=taken, seats=limit, reason=seat.end_reason),
           actor=actor, at=clock.now())


@operation("delivery.seat.name")
@covers("R121", "R42")
def name_seat(*, delivery: Delivery, person: Person | None, actor: Actor, clock: Clock) -> Seat:
    """This will give a seat to a person of the buyer's; at most as many as the agreement says, counted under the delivery's lock."""
    one = Delivery.objects.select_for_update(of=("self",), no_key=True).select_related("trade", "buyer").get(pk=delivery.pk)
    at = clock.now()
    require(actor, "delivery.seat.name", subject=one, at=at)
    limit = seats_of(one.trade)
    if limit is None:
        raise Rejected("delivery.seat.unlimited", delivery=one.code)
    if person is None or not any(row.person_id == person.pk and row.in_force(at) for row in people_of(one.buyer)):
        raise Rejected("delivery.seat.stranger", delivery=one.code)
    taken = one.seats.filter(ended_at__isnull=True).count()
    if taken >= limit:
        raise Rejected("delivery.seat.all_taken", delivery=one.code, seats=limit)
    try:
        with transaction.atomic():
            made = Seat.objects.create(delivery=one, person=person, holder=person.code, named_at=at, named_by=actor.code)
    except IntegrityError as twice:
        raise Rejected("delivery.seat.known", delivery=one.code) from twice
    _tell("named", made, taken + 1, limit, actor=actor, clock=clock)
    return made


@operation("delivery.seat.end")
@covers("R121")
def end_seat(*, seat: Seat, reason: str = "", actor: Actor, clock: Clock) -> Seat:
    """This will release a seat; from now on that person fetches nothing, and the seat may bear another name."""
    one = Delivery.objects.select_for_update(of=("self",), no_key=True).select_related("trade").get(pk=seat.delivery_id)
    at = clock.now()
    require(actor, "delivery.seat.name", subject=one, at=at)
    held = Seat.objects.select_related("delivery").get(pk=seat.pk)
    if held.ended_at is not None:
        raise Rejected("delivery.seat.ended", delivery=one.code)
    held.ended_at, held.ended_by, held.end_reason = at, actor.code, reason.strip()[:200]
    held.save(update_fields=["ended_at", "ended_by", "end_reason"])
    _tell("ended", held, one.seats.filter(ended_at__isnull=True).count(), seats_of(one.trade) or 0, actor=actor, clock=clock)
    return held
