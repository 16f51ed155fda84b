"""The three separate rights 数据产权: declared, granted on within their scope, stopped with all that grew from them (R8, R37, R38)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from compliance.taxonomy import Right
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from kit.states import advance
from listings.events import RightMoved, named
from listings.models import DataProduct, PropertyRight, RightOrigin
from listings.states import RIGHT, RightStatus
from listings.values import clean_text, clean_words
from participants.models import Organization
from participants.permissions import require

__all__ = ["assign_right", "declare_right", "expire_right", "grant_right", "lift_right", "revoke_right", "suspend_right"]

_FAULT = "listings.right.scope_missing"


def _tell(word: str, right: PropertyRight, *, cause: str = "", actor: Actor, at: datetime) -> None:
    record(named(RightMoved, f"listings.right.{word}")(
        subject=right.code, right=right.right, product=right.product.code, holder=right.organization.code,
        parent=right.parent.code if right.parent else "", cause=cause), actor=actor, at=at)


def _move(right: PropertyRight, action: str, *, cause: str = "") -> PropertyRight:
    right.status = advance(RIGHT, RightStatus(right.status), action, subject=right.code, code="listings.right.illegal_move")
    right.cause_code = cause
    right.save(update_fields=["status", "cause_code"])
    return right


def _locked(right: PropertyRight) -> PropertyRight:
    return PropertyRight.objects.select_for_update(of=("self",)).select_related("product", "organization", "parent").get(pk=right.pk)


@covers("R8", "R36")
@operation("listings.right.declare")
def declare_right(*, product: DataProduct, right: str, origin: str, purposes: Sequence[str] = ("*",), territory: Sequence[str] = ("*",),
                  sublicence_depth: int = 1, effective_from: datetime | None = None, effective_to: datetime | None = None,
                  origin_note: str = "",
                  actor: Actor, clock: Clock) -> PropertyRight:
    """This will put a right of the product's organisation on file: what it holds and on what ground; one right implies no other."""
    at = clock.now()
    require(actor, "listings.right.declare", subject=product, at=at)
    row = _write(product=product, organization=product.organization, right=Right(right), origin=RightOrigin(origin), parent=None,
                 purposes=purposes, territory=territory, sublicence_depth=sublicence_depth, exclusive=False,
                 effective_from=effective_from or at, effective_to=effective_to, origin_note=origin_note, at=at)
    _tell("declared", row, actor=actor, at=at)
    return row


def _write(*, at: datetime, purposes: Sequence[str], territory: Sequence[str], origin_note: str, **fields: Any) -> PropertyRight:
    purposes, territory = clean_words("purposes", list(purposes), _FAULT), clean_words("territory", list(territory), _FAULT)
    if not purposes or not territory:
        raise Rejected(_FAULT)
    row = PropertyRight(code=new_code("RGT"), purposes=purposes, territory=territory, created_at=at,
                        origin_note=clean_text("origin_note", origin_note, 400, _FAULT), **fields)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as refused:
        raise _why(refused, row) from refused
    return _move(row, "declare")


def _why(refused: IntegrityError, row: PropertyRight) -> Rejected:
    parent = row.parent.code if row.parent else "-"
    if "cannot grow" in str(refused) and row.parent:
        return Rejected("listings.right.not_active", parent=parent, state=row.parent.status)
    return Rejected("listings.right.wider_than_parent", parent=parent)


@covers("R8", "R37")
@operation("listings.right.grant")
def grant_right(*, parent: PropertyRight, to: Organization, purposes: Sequence[str] | None = None, territory: Sequence[str] | None = None,
                sublicence_depth: int = 0, exclusive: bool = False, effective_to: datetime | None = None, origin_note: str = "",
                actor: Actor,
                clock: Clock) -> PropertyRight:
    """This will let another organisation hold a narrower piece of a right; wider than the parent is refused by the database."""
    at = clock.now()
    require(actor, "listings.right.grant", subject=parent, at=at)
    held = _locked(parent)
    row = _write(product=held.product, organization=to, right=held.right, origin=RightOrigin.CONTRACT, parent=held,
                 purposes=held.purposes if purposes is None else purposes, territory=held.territory if territory is None else territory,
                 sublicence_depth=sublicence_depth, exclusive=exclusive, effective_from=max(at, held.effective_from),
                 effective_to=effective_to or held.effective_to, origin_note=origin_note, at=at)
    _tell("granted", row, actor=actor, at=at)
    return row


@covers("R38")
@operation("listings.right.assign")
def assign_right(*, right: PropertyRight, to: Organization, origin_note: str = "", actor: Actor, clock: Clock) -> PropertyRight:
    """This will pass a right on as a whole: the old row ends, a new one begins, what grew from the old one stops."""
    at = clock.now()
    require(actor, "listings.right.assign", subject=right, at=at)
    held = _locked(right)
    _move(held, "assign")
    row = _write(product=held.product, organization=to, right=held.right, origin=RightOrigin.CONTRACT, parent=held.parent,
                 purposes=held.purposes, territory=held.territory, sublicence_depth=held.sublicence_depth, exclusive=held.exclusive,
                 effective_from=max(at, held.effective_from), effective_to=held.effective_to, origin_note=origin_note, at=at)
    _tell("assigned", row, cause=held.code, actor=actor, at=at)
    _stop_descendants(held, actor=actor, at=at)
    return row


@operation("listings.right.suspend")
def suspend_right(*, right: PropertyRight, cause_code: str = "", actor: Actor, clock: Clock) -> PropertyRight:
    """This will stop a right and everything that grew from it."""
    at = clock.now()
    require(actor, "listings.right.suspend", subject=right, at=at)
    held = _move(_locked(right), "suspend", cause=cause_code)
    _tell("suspended", held, cause=cause_code, actor=actor, at=at)
    _stop_descendants(held, actor=actor, at=at)
    return held


@operation("listings.right.lift")
def lift_right(*, right: PropertyRight, actor: Actor, clock: Clock) -> PropertyRight:
    """This will let a stopped right run again, and what had stopped because of it."""
    at = clock.now()
    require(actor, "listings.right.lift", subject=right, at=at)
    held = _move(_locked(right), "lift")
    _tell("restored", held, actor=actor, at=at)
    for child in _descendants([held.pk], status=RightStatus.SUSPENDED, cause_code=held.code):
        _tell("restored", _move(child, "lift"), cause=held.code, actor=actor, at=at)
    return held


@operation("listings.right.revoke")
def revoke_right(*, right: PropertyRight, cause_code: str = "", actor: Actor, clock: Clock) -> PropertyRight:
    """This will end a right for good: by its grantor under the agreement, or by the regulator."""
    at = clock.now()
    held = _locked(right)
    require(actor, "listings.right.revoke", subject=held.parent or held, at=at)
    _move(held, "revoke", cause=cause_code)
    _tell("revoked", held, cause=cause_code, actor=actor, at=at)
    _stop_descendants(held, actor=actor, at=at)
    return held


@operation("listings.right.expire")
def expire_right(*, right: PropertyRight, actor: Actor = SYSTEM, clock: Clock) -> PropertyRight:
    """This will end a right whose term is over; the clock's act."""
    at = clock.now()
    require(actor, "listings.right.expire", at=at)
    held = _locked(right)
    assert held.effective_to is not None and held.effective_to <= at, "a right expires at the end of its term"
    _move(held, "expire")
    _tell("expired", held, actor=actor, at=at)
    _stop_descendants(held, actor=actor, at=at)
    return held


def _descendants(above: Iterable[int], **filters: Any) -> list[PropertyRight]:
    """Everything that grew from these rights, nearest first."""
    found: list[PropertyRight] = []
    rows = PropertyRight.objects.select_for_update(of=("self",)).select_related("product", "organization", "parent").order_by("pk")
    layer = list(above)
    while layer:
        children = list(rows.filter(parent_id__in=layer))
        layer = [one.pk for one in children]
        found.extend(one for one in children if all(getattr(one, name) == value for name, value in filters.items()))
    return found


def _stop_descendants(right: PropertyRight, *, actor: Actor, at: datetime) -> None:
    """What grew from a stopped right stops in the same transaction, with its code as cause; and so do listings that rest on any of them."""
    from listings.publishing import hold_for_right

    for child in _descendants([right.pk], status=RightStatus.ACTIVE):
        _tell("suspended", _move(child, "suspend", cause=right.code), cause=right.code, actor=actor, at=at)
        hold_for_right(right=child, cause=right, actor=actor, at=at)
    hold_for_right(right=right, cause=right, actor=actor, at=at)
