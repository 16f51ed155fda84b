"""Opening a clean room over a version's file and closing it: what is offered, whom it protects, how much epsilon it may give in a year."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from delivery.cleanroom.language import digest
from delivery.cleanroom.noise import LEAST_EPSILON
from delivery.cleanroom.offering import Faulty, Offer, kept_offer, read_offer, written
from delivery.cleanroom.pricing import MOST_EXPONENT
from delivery.events import room_moved
from delivery.kinds import Way, modes_by
from delivery.models import Delivery, Room, RunnerKey
from delivery.states import ROOM, DeliveryStatus, RoomPlace, RoomStatus
from evidence.files import open_deposit
from evidence.operations import operation, record
from evidence.prepared import prepared
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from listings.models import ListingVersion
from participants.permissions import require
from participants.queries import figures

__all__ = ["FIGURES", "close_room", "heading_of", "offer_of", "open_room", "room_of"]

FIGURES = ("clean_room.epsilon_buyer_micro", "clean_room.epsilon_all_micro", "clean_room.k")
_HEADING_BYTES = 64 << 10
_RUNNING = (DeliveryStatus.OPENED, DeliveryStatus.DELIVERED, DeliveryStatus.REJECTED, DeliveryStatus.DISPUTED, DeliveryStatus.ACCEPTED)


def room_of(version: ListingVersion) -> Room | None:
    """This will return the version's open room."""
    return _open_room.first(version.pk)


@prepared
def _open_room(version: int) -> QuerySet[Room]:
    return Room.objects.filter(version=version, status=RoomStatus.OPEN).select_related("version__listing")


def offer_of(room: Room) -> Offer:
    """This will read what a room offers."""
    return kept_offer(room.offer)


def heading_of(version: ListingVersion) -> list[str]:
    """This will read the names of the columns from the version's file, or as declared where it stays with its holder; else none."""
    if version.deposit is None:
        return [str(one["name"]) for one in version.columns if isinstance(one, dict) and one.get("name")]
    try:
        with open_deposit(version.deposit) as source:
            head = source.read(_HEADING_BYTES)
        text = head[:head.rfind(b"\n") + 1].decode("utf-8-sig")
        return [name.strip() for name in next(csv.reader(io.StringIO(text)), [])]
    except (OSError, UnicodeDecodeError, csv.Error, Rejected):
        return []


def _judged(version: ListingVersion, said: Any, numbers: dict[str, int], place: str, *, at: datetime) -> Offer:
    """What the holder declares, against the file and the venue's own figures; every fault at its field."""
    limits = figures(*FIGURES, venue=version.listing.venue, at=at)
    heading = heading_of(version)
    if place == RoomPlace.HOLDER:
        _refuse_known_here(version)
        heading = list(said.get("heading") or []) if isinstance(said, dict) else []
    elif not heading or version.deposit is None or version.deposit.sha256 != version.file_sha256:
        raise Rejected("delivery.room.no_file", version=version.code)
    try:
        offer = read_offer({**said, "heading": heading} if isinstance(said, dict) else said)
    except Faulty as fault:
        raise Rejected("delivery.room.faulty", errors=fault.faults, version=version.code) from fault
    faults = []
    if offer.least < limits["clean_room.k"]:
        k = limits["clean_room.k"]
        faults.append(FieldFault("least", "below_the_venue", (f"本所要求至少 {k} 人", f"The venue asks for {k} at least")))
    if version.category == "personal" and not offer.person:
        faults.append(FieldFault("person", "personal", ("个人数据须指明个人标识列", "Personal data needs its person column")))
    for name, key in (("epsilon_buyer_micro", FIGURES[0]), ("epsilon_all_micro", FIGURES[1])):
        if not LEAST_EPSILON <= numbers[name] <= limits[key]:
            most = limits[key] / 1_000_000
            faults.append(FieldFault(name, "range", (f"0.01 至 {most:g}", f"From 0.01 to {most:g}")))
    if numbers["epsilon_buyer_micro"] > numbers["epsilon_all_micro"]:
        faults.append(FieldFault("epsilon_buyer_micro", "above_all", ("不能大于全部买方合计", "Not above that of all buyers together")))
    if not 1 <= numbers["exponent"] <= MOST_EXPONENT:
        faults.append(FieldFault("exponent", "undercut", (
            "指数大于 2 时，多次低价提问取平均比一次提问便宜", "Past the square, many cheap questions averaged cost less than one")))
    if faults:
        raise Rejected("delivery.room.faulty", errors=faults, version=version.code)
    return offer


@covers("R101")
def _refuse_known_here(version: ListingVersion) -> None:
    """Data that stay with their holder are known here by their hash alone, and somebody signs for what comes from there."""
    if version.deposit is not None:
        raise Rejected("delivery.room.file_is_here", version=version.code)
    if len(version.file_sha256) != 64:
        raise Rejected("delivery.room.no_file", version=version.code)
    if not RunnerKey.objects.filter(organization_id=version.organization_id, ended_at__isnull=True).exists():
        raise Rejected("delivery.runner.absent")


def _note(room: Room, word: str, *, actor: Actor, at: datetime) -> Room:
    record(room_moved[word](
        subject=room.code, version_code=room.version.code, file_sha256=room.file_sha256, least=room.offer["least"],
        offer_sha256=digest(json.dumps(room.offer, ensure_ascii=False, sort_keys=True)),
        epsilon_buyer_micro=room.epsilon_buyer_micro, epsilon_all_micro=room.epsilon_all_micro), actor=actor, at=at)
    return room


@covers("F7", "F8", "R14", "E26")
@operation("delivery.room.open")
def open_room(*, version: ListingVersion, offer: Any, epsilon_buyer_micro: int, epsilon_all_micro: int, exponent: int = 100,
              place: str = RoomPlace.VENUE, actor: Actor, clock: Clock) -> Room:
    """This will open a clean room over the version's registered file, here or at its holder; each fault is refused at its field."""
    held = ListingVersion.objects.select_for_update(of=("self",), no_key=True).select_related("listing__venue", "deposit").get(
        pk=version.pk)
    at = clock.now()
    require(actor, "delivery.room.open", subject=held, at=at)
    if held.delivery_mode not in modes_by(Way.ROOM):
        raise Rejected("delivery.room.other_mode", version=held.code)
    numbers = {"epsilon_buyer_micro": epsilon_buyer_micro, "epsilon_all_micro": epsilon_all_micro, "exponent": exponent}
    read = _judged(held, offer, numbers, place, at=at)
    try:
        with transaction.atomic():
            room = Room.objects.create(code=new_code("ROM"), version=held, file_sha256=held.file_sha256, offer=written(read), opened_at=at,
                                       opened_by=actor.code, place=place, **numbers)
    except IntegrityError as twice:
        raise Rejected("delivery.room.known", version=held.code) from twice
    return _note(room, "opened", actor=actor, at=at)


@operation("delivery.room.close")
def close_room(*, room: Room, actor: Actor, clock: Clock) -> Room:
    """This will close a room nobody has bought; what was bought stays open as it was sold."""
    held = Room.objects.select_for_update(of=("self",), no_key=True).select_related("version").get(pk=room.pk)
    at = clock.now()
    require(actor, "delivery.room.close", subject=held, at=at)
    held.status = advance(ROOM, RoomStatus(held.status), "close", subject=held.code, code="delivery.room.illegal_move")
    if Delivery.objects.filter(version=held.version, status__in=_RUNNING).exists():
        raise Rejected("delivery.room.sold", room=held.code)
    held.closed_at = at
    held.save(update_fields=["status", "closed_at"])
    return _note(held, "closed", actor=actor, at=at)
