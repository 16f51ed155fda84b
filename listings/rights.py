"""The three separate rights 数据产权: declared, granted on within their scope, stopped with all that grew from them (R8, R37, R38)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from compliance.cases import open_case
from compliance.models import CaseKind
from compliance.taxonomy import Right
from evidence.models import Deposit
from evidence.operations import operation
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import MAX_FEN, yuan
from kit.rejected import FieldFault, Rejected
from listings.circulating import refuse_grant_of_open
from listings.models import DataProduct, PropertyRight, RightOrigin
from listings.states import RightStatus
from listings.stopping import alone, lift_below, move_right, refuse_while_stopped_above, stop_below, tell_right
from listings.values import clean_text, clean_words
from participants.models import Organization
from participants.permissions import require
from participants.timers import after

__all__ = ["assign_right", "declare_right", "expire_right", "grant_right", "lift_right", "pass_on", "revoke_right", "suspend_right",
           "why_refused"]

_FAULT = "listings.right.scope_missing"


def _locked(right: PropertyRight) -> PropertyRight:
    alone()
    return PropertyRight.objects.select_for_update(of=("self",), no_key=True).select_related("product", "organization", "parent").get(
        pk=right.pk)


@covers("R8", "R36")
@operation("listings.right.declare")
def declare_right(*, product: DataProduct, right: str, origin: str, purposes: Sequence[str] = ("*",), territory: Sequence[str] = ("*",),
                  sublicence_depth: int = 1, effective_from: datetime | None = None, effective_to: datetime | None = None,
                  origin_note: str = "", scope_note: str = "", proof: Deposit | None = None,
                  actor: Actor, clock: Clock) -> PropertyRight:
    """This will put a right of the product's organisation on file: what it holds and on what ground; one right implies no other."""
    at = clock.now()
    require(actor, "listings.right.declare", subject=product, at=at)
    if origin == RightOrigin.DEVICE and proof is None:
        raise Rejected("listings.right.proof_missing")
    row = _write(product=product, organization=product.organization, right=Right(right), origin=RightOrigin(origin), parent=None,
                 purposes=purposes, territory=territory, sublicence_depth=sublicence_depth, exclusive=False,
                 effective_from=effective_from or at, effective_to=effective_to, origin_note=origin_note, scope_note=scope_note,
                 proof=proof, at=at)
    tell_right("declared", row, actor=actor, at=at)
    return row


def _write(*, at: datetime, purposes: Sequence[str], territory: Sequence[str], origin_note: str, scope_note: str,
           **fields: Any) -> PropertyRight:
    purposes, territory = clean_words("purposes", list(purposes), _FAULT), clean_words("territory", list(territory), _FAULT)
    if not purposes or not territory:
        raise Rejected(_FAULT)
    row = PropertyRight(code=new_code("RGT"), purposes=purposes, territory=territory, created_at=at,
                        origin_note=clean_text("origin_note", origin_note, 400, _FAULT),
                        scope_note=clean_text("scope_note", scope_note, 400, _FAULT), **fields)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as refused:
        raise why_refused(refused) from refused
    return move_right(row, "declare")


_NAMED = re.compile(r"((?:RGT|SRC)-[0-9A-Z]{10})(?: ([a-z]+))?")


def why_refused(refused: IntegrityError) -> Rejected:
    """This will say in words what the database refused about a right, its parent, its sources; another fault goes on."""
    text = str(refused)
    if "is closed" in text:
        return Rejected("participants.organization.closed")
    if "right_one_exclusive_grant" in text:
        return Rejected("listings.right.exclusive_taken")
    if "right_term_forward" in text:
        return Rejected(_FAULT, errors=[FieldFault("effective_to", "backwards", ("终止须晚于开始", "It ends after it begins"))])
    if "come from itself" in text:
        return Rejected("listings.right.circle")
    found = _NAMED.findall(text.split("source ")[-1] if "source " in text else text)
    if "cannot grow" in text and found:
        return Rejected("listings.right.not_active", parent=found[0][0], state=found[0][1])
    if "wider than its" in text and found:
        return Rejected("listings.right.wider_than_parent", parent=found[0][0])
    raise refused


@covers("R8", "R37", "W2")
@operation("listings.right.grant")
def grant_right(*, parent: PropertyRight, to: Organization, purposes: Sequence[str] | None = None, territory: Sequence[str] | None = None,
                sublicence_depth: int = 0, exclusive: bool = False, exclusive_fen: int | None = None, effective_to: datetime | None = None,
                origin_note: str = "", scope_note: str = "", actor: Actor, clock: Clock) -> PropertyRight:
    """This will let another organisation hold a narrower piece of a right; wider than the parent is refused by the database.

    To many, unless the grant is exclusive: then it has its price and its end, and somebody looks at it (W2).
    """
    at = clock.now()
    require(actor, "listings.right.grant", subject=parent, at=at)
    held = _locked(parent)
    refuse_grant_of_open(held.product)
    if exclusive:
        _refuse_unbounded(exclusive_fen, effective_to, at)
    row = _write(product=held.product, organization=to, right=held.right, origin=RightOrigin.CONTRACT, parent=held,
                 purposes=held.purposes if purposes is None else purposes, territory=held.territory if territory is None else territory,
                 sublicence_depth=sublicence_depth, exclusive=exclusive, exclusive_fen=exclusive_fen if exclusive else None,
                 effective_from=max(at, held.effective_from), effective_to=effective_to or held.effective_to, origin_note=origin_note,
                 scope_note=scope_note, at=at)
    tell_right("granted", row, actor=actor, at=at)
    if exclusive:
        _have_looked_at(row, held.organization, clock)
    return row


def _refuse_unbounded(exclusive_fen: int | None, effective_to: datetime | None, at: datetime) -> None:
    latest, faults = after("right.exclusive", at), []
    if exclusive_fen is None or not 1 <= exclusive_fen <= MAX_FEN:
        faults.append(FieldFault("exclusive_fen", "missing", ("请填写独占的价格", "Name the price of the exclusivity")))
    if effective_to is None or not at < effective_to <= latest:
        faults.append(FieldFault("effective_to", "out_of_range", (f"须有终止日期，最晚 {latest:%Y-%m-%d}",
                                                                  f"It has an end, at the latest {latest:%Y-%m-%d}")))
    if faults:
        raise Rejected("listings.right.exclusive_unbounded", errors=faults)


def _have_looked_at(row: PropertyRight, grantor: Organization, clock: Clock) -> None:
    """The antitrust check of an exclusive grant is somebody's work, with how many the grantor has out already."""
    standing = PropertyRight.objects.filter(parent__organization=grantor, exclusive=True, status=RightStatus.ACTIVE).count()
    assert row.exclusive_fen is not None and row.effective_to is not None
    open_case(kind=CaseKind.ALERT, subject_kind="right", subject_code=row.code, organization=grantor, flags=["exclusive_grant"],
              title=(f"独占授权核查：{row.product.title_zh}"[:200], f"Check of an exclusive grant: {row.product.title_en}"[:200]),
              text=f"{grantor.code} → {row.organization.code}; {yuan(row.exclusive_fen)}; {row.effective_to:%Y-%m-%d}; "
                   f"{standing} exclusive in force; 反垄断法 第22条", actor=SYSTEM, clock=clock)


@covers("R38")
@operation("listings.right.assign")
def assign_right(*, right: PropertyRight, to: Organization, origin_note: str = "", actor: Actor, clock: Clock) -> PropertyRight:
    """This will pass a right on as a whole: the old row ends, a new one begins, what grew from the old one stops."""
    at = clock.now()
    require(actor, "listings.right.assign", subject=right, at=at)
    return pass_on(right=right, to=to, origin_note=origin_note, actor=actor, at=at)


def pass_on(*, right: PropertyRight, to: Organization, origin_note: str = "", cause: str = "", actor: Actor, at: datetime) -> PropertyRight:
    """This will pass a right on within an act that was allowed already: an assignment, or a transfer that is registered now."""
    held = _locked(right)
    move_right(held, "assign", cause=cause)
    row = _write(product=held.product, organization=to, right=held.right, origin=RightOrigin.CONTRACT, parent=held.parent,
                 purposes=held.purposes, territory=held.territory, sublicence_depth=held.sublicence_depth, exclusive=held.exclusive,
                 exclusive_fen=held.exclusive_fen,
                 effective_from=max(at, held.effective_from), effective_to=held.effective_to, origin_note=origin_note,
                 scope_note=held.scope_note, at=at)
    tell_right("assigned", row, cause=held.code, actor=actor, at=at)
    stop_below(held, actor=actor, at=at)
    return row


@operation("listings.right.suspend")
def suspend_right(*, right: PropertyRight, cause_code: str = "", actor: Actor, clock: Clock) -> PropertyRight:
    """This will stop a right and everything that grew from it."""
    at = clock.now()
    require(actor, "listings.right.suspend", subject=right, at=at)
    held = move_right(_locked(right), "suspend", cause=cause_code)
    tell_right("suspended", held, cause=cause_code, actor=actor, at=at)
    stop_below(held, actor=actor, at=at)
    return held


@operation("listings.right.lift")
def lift_right(*, right: PropertyRight, actor: Actor, clock: Clock) -> PropertyRight:
    """This will let a stopped right run again, and what had stopped because of it."""
    at = clock.now()
    require(actor, "listings.right.lift", subject=right, at=at)
    held = _locked(right)
    refuse_while_stopped_above(held)
    move_right(held, "lift")
    tell_right("restored", held, actor=actor, at=at)
    lift_below(held, actor=actor, at=at)
    return held


@operation("listings.right.revoke")
def revoke_right(*, right: PropertyRight, cause_code: str = "", actor: Actor, clock: Clock) -> PropertyRight:
    """This will end a right for good: by its grantor under the agreement, or by the regulator."""
    at = clock.now()
    held = _locked(right)
    require(actor, "listings.right.revoke", subject=held.parent or held, at=at)
    move_right(held, "revoke", cause=cause_code)
    tell_right("revoked", held, cause=cause_code, actor=actor, at=at)
    stop_below(held, actor=actor, at=at)
    return held


@operation("listings.right.expire")
def expire_right(*, right: PropertyRight, actor: Actor = SYSTEM, clock: Clock) -> PropertyRight:
    """This will end a right whose term is over; the clock's act."""
    at = clock.now()
    require(actor, "listings.right.expire", at=at)
    held = _locked(right)
    assert held.effective_to is not None and held.effective_to <= at, "a right expires at the end of its term"
    move_right(held, "expire")
    tell_right("expired", held, actor=actor, at=at)
    stop_below(held, actor=actor, at=at)
    return held
