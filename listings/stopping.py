"""What stops and starts with a right or a source: everything made of it, in any product, in the same transaction (R37, B2).

Every act on the lineage first takes one lock (``alone``), then rows: walks over a graph of several roots cannot meet each
other half way, and nothing grows under a stop unseen. What stopped names in ``cause_code`` the right or source at which the
stop began; a lift frees only what rests on nothing else that stands still.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from evidence.operations import record
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from kit.states import advance
from listings.events import RightMoved, named
from listings.models import ProductInput, PropertyRight, Source
from listings.states import RIGHT, RightStatus

__all__ = ["alone", "descendants", "lift_below", "move_right", "refuse_while_stopped_above", "stop_below", "tell_right"]

#: Causes that are rights or sources; others (a case, a finding) are what ordered the first stop.
_LINEAGE = ("RGT-", "SRC-")


def alone() -> None:
    """This will let one act at a time change the lineage, until its transaction ends; the insert triggers ask for the same lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT listings_lineage_lock()")


def tell_right(word: str, right: PropertyRight, *, cause: str = "", reason: str = "", actor: Actor, at: datetime) -> None:
    """This will record a move of a right."""
    record(named(RightMoved, f"listings.right.{word}")(
        subject=right.code, right=right.right, product=right.product.code, holder=right.organization.code,
        parent=right.parent.code if right.parent else "", cause=cause, reason=reason), actor=actor, at=at)


def move_right(right: PropertyRight, action: str, *, cause: str = "") -> PropertyRight:
    """This will take a right's legal step ``action``, or refuse with the acts that are open."""
    right.status = advance(RIGHT, RightStatus(right.status), action, subject=right.code, code="listings.right.illegal_move")
    right.cause_code, right.due_at = cause, None
    right.save(update_fields=["status", "cause_code", "due_at"])
    return right


def _layers(above: Q) -> Iterator[list[PropertyRight]]:
    """Right by right downward, nearest first, each once: grants of a right, and the roots of products made of it."""
    rows = PropertyRight.objects.select_for_update(of=("self",), no_key=True).select_related("product", "organization", "parent").order_by(
        "pk")
    seen: set[int] = set()
    layer = list(rows.filter(above))
    while layer:
        yield layer
        seen.update(one.pk for one in layer)
        keys = [one.pk for one in layer]
        layer = [one for one in rows.filter(_grown_from(keys)) if one.pk not in seen]


def _grown_from(rights: list[int]) -> Q:
    made = ProductInput.objects.filter(right_id__in=rights).values("product_id")
    return Q(parent_id__in=rights) | Q(parent__isnull=True, product_id__in=made)


def descendants(of: PropertyRight | Source) -> list[PropertyRight]:
    """This will return, locked, every right that rests on this one or on this source, nearest first."""
    if isinstance(of, Source):
        first = Q(parent__isnull=True, product_id__in=ProductInput.objects.filter(source=of).values("product_id"))
    else:
        first = _grown_from([of.pk])
    return [one for layer in _layers(first) for one in layer]


@covers("R37", "B2")
def stop_below(of: PropertyRight | Source, *, actor: Actor, at: datetime) -> list[PropertyRight]:
    """This will mark all that grew from what stopped, with its code as cause: rights, their certificates, the listings on them."""
    from listings.certificates import freeze_for_right
    from listings.publishing import hold_for_right

    stopped: list[PropertyRight] = [of] if isinstance(of, PropertyRight) else []
    below = [one for one in descendants(of) if one.status == RightStatus.ACTIVE]
    for child in below:
        tell_right("suspended", move_right(child, "suspend", cause=of.code), cause=of.code, actor=actor, at=at)
    for one in stopped + below:
        freeze_for_right(right=one, actor=actor, at=at)
        hold_for_right(right=one, cause=of.code, actor=actor, at=at)
    return below


@covers("R37", "B2")
def lift_below(of: PropertyRight, *, actor: Actor, at: datetime) -> None:
    """This will let run again what had stopped with a right; what rests on something else that stands still now names that."""
    from listings.certificates import thaw_for_right
    from listings.publishing import hold_for_right, lift_for_right

    waiting = [one for one in descendants(of) if one.status == RightStatus.SUSPENDED and one.cause_code == of.code]
    lifted = [of]
    while ready := [one for one in waiting if _above(one) is None]:
        for child in ready:
            tell_right("restored", move_right(child, "lift"), cause=of.code, actor=actor, at=at)
        lifted += ready
        waiting = [one for one in waiting if one not in ready]
    still = {one.code: one for one in waiting}
    for child, cause in [(one, _cause_of(one, still)) for one in waiting]:
        child.cause_code = cause
        child.save(update_fields=["cause_code"])
        hold_for_right(right=child, cause=child.cause_code, actor=actor, at=at)
    for one in lifted:
        thaw_for_right(right=one, actor=actor, at=at)
        lift_for_right(right=one, cause=of.code, actor=actor, at=at)
    for child in waiting:
        lift_for_right(right=child, cause=of.code, actor=actor, at=at)


def _above(right: PropertyRight) -> tuple[str, str] | None:
    """The code and state of what stands still above a right, or None."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT listings_stopped_above(%s, %s)", [right.parent_id, right.product_id])
        found: Any = cursor.fetchone()[0]
    return tuple(found.split(" ", 1)) if found else None


def _cause_of(right: PropertyRight, waiting: dict[str, PropertyRight]) -> str:
    """Where the other stop began: the thing above, or what stopped that one; followed up through those that wait as well."""
    above = _above(right)
    assert above is not None, "it waits for something"
    if above[0] in waiting:
        return _cause_of(waiting[above[0]], waiting)
    stopped = PropertyRight.objects.filter(code=above[0]).first()
    return stopped.cause_code if stopped and stopped.cause_code.startswith(_LINEAGE) else above[0]


def refuse_while_stopped_above(right: PropertyRight) -> None:
    """This will refuse to start a right whose own ground stands still."""
    if above := _above(right):
        raise Rejected("listings.right.not_active", parent=above[0], state=above[1])
