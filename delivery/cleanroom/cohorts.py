"""A buyer's own list of persons: only hashes are kept, only inside its delivery's room, only for a time.

A list joins under the same noise and the same least group as everything else, so that a list of one says nothing of that one; below the
least number of the room it is not even taken.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime

from delivery.cleanroom.rooms import offer_of, room_of
from delivery.events import cohort_moved
from delivery.models import Cohort, Delivery
from delivery.states import COHORT, CohortStatus
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from participants.permissions import require
from participants.timers import after

__all__ = ["MOST_IDS", "cohort_for", "empty_cohort", "hashes_of", "take_cohort"]

MOST_IDS = 20_000
_HASH = re.compile(r"[0-9a-f]{64}")


def hashes_of(cohort: Cohort) -> list[str]:
    """This will list a list's hashes."""
    held = bytes(cohort.hashes)
    return [held[at:at + 32].hex() for at in range(0, len(held), 32)]


def cohort_for(delivery: Delivery, code: str) -> Cohort:
    """This will return a list of this delivery that can still be joined; ``delivery.query.faulty`` at its field else."""
    found = Cohort.objects.filter(delivery=delivery, code=code, status=CohortStatus.HELD).first()
    if found is None:
        raise Rejected("delivery.query.faulty", errors=[FieldFault("cohort", "absent", (
            "没有这份名单，或已清空", "There is no such list, or it was emptied"))])
    return found


def _hashed(ids: Iterable[str]) -> bytes:
    """What is a hash already stays it; anything else is hashed here and forgotten."""
    found = set()
    for one in ids:
        text = one.strip(" \t\r")
        if text:
            found.add(text if _HASH.fullmatch(text) else hashlib.sha256(text.encode()).hexdigest())
        if len(found) > MOST_IDS:
            break
    return b"".join(bytes.fromhex(one) for one in sorted(found))


def _note(held: Cohort, word: str, *, actor: Actor, at: datetime) -> Cohort:
    record(cohort_moved[word](subject=held.code, delivery=held.delivery.code, size=held.size, cohort_sha256=held.sha256,
                              due_at=held.due_at),
           actor=actor, at=at)
    return held


@covers("F7", "T62")
@operation("delivery.cohort.take")
def take_cohort(*, delivery: Delivery, name: str, ids: Iterable[str], actor: Actor, clock: Clock) -> Cohort:
    """This will take a buyer's list in, as hashes; fewer persons than the room's least group are refused."""
    held = Delivery.objects.select_for_update(of=("self",), no_key=True).select_related("version", "buyer").get(pk=delivery.pk)
    at = clock.now()
    require(actor, "delivery.cohort.take", subject=held, at=at)
    room = room_of(held.version)
    if room is None or not room.offer["person"]:
        raise Rejected("delivery.cohort.no_join", delivery=held.code)
    hashes, least = _hashed(ids), offer_of(room).least
    faults = [] if 2 <= len(name.strip()) <= 80 else [FieldFault("name", "length", ("2 至 80 字", "2 to 80 characters"))]
    if not least <= len(hashes) // 32 <= MOST_IDS:
        faults.append(FieldFault("ids", "size", (f"名单须有 {least} 至 {MOST_IDS} 个不同的人",
                                                 f"A list holds {least} to {MOST_IDS} different persons")))
    if faults:
        raise Rejected("delivery.cohort.faulty", errors=faults, delivery=held.code)
    made = Cohort.objects.create(code=new_code("COH"), delivery=held, name=name.strip(), hashes=hashes, size=len(hashes) // 32,
                                 sha256=hashlib.sha256(hashes).hexdigest(), taken_at=at, due_at=after("cohort.kept", at))
    return _note(made, "taken", actor=actor, at=at)


@operation("delivery.cohort.empty")
def empty_cohort(*, cohort: Cohort, actor: Actor, clock: Clock) -> Cohort:
    """This will empty a list: by its buyer, or by the system once its time is over; its number and hash stay."""
    held = Cohort.objects.select_for_update(of=("self",), no_key=True).select_related("delivery").get(pk=cohort.pk)
    at = clock.now()
    require(actor, "delivery.cohort.empty", subject=held.delivery, at=at)
    held.status = advance(COHORT, CohortStatus(held.status), "empty", subject=held.code, code="delivery.cohort.illegal_move")
    held.hashes, held.due_at = b"", None
    held.save(update_fields=["status", "hashes", "due_at"])
    return _note(held, "emptied", actor=actor, at=at)
