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
from participants.notices import notify
from participants.permissions import require
from participants.timers import after

__all__ = ["assign_right", "declare_right", "expire_right", "flag_right", "grant_right", "lift_right", "pass_on", "revoke_right",
           "suspend_right", "why_refused"]

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
    if "venue's side" in text:
        return Rejected("listings.right.venue_side")
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


@covers("R8", "R37", "W2", "R53")
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
    if held.organization.is_venue_affiliate:
        raise Rejected("listings.right.venue_side")
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


def _ordered(actor: Actor, held: PropertyRight) -> bool:
    """Whether a desk orders it: neither the holder, nor who granted it, nor the house's own clockwork."""
    sides = {held.organization_id, held.parent.organization_id if held.parent else None}
    return not actor.is_system and actor.organization_id not in sides


def _order(actor: Actor, held: PropertyRight, cause_code: str, reason: str) -> str:
    """What a desk orders names the case it rests on and says why; the holder's own act needs neither."""
    text = clean_text("reason", reason, 400, "listings.right.order_unstated")
    if _ordered(actor, held) and (not cause_code.strip() or len(text) < 4):
        raise Rejected("listings.right.order_unstated")
    return text


def _tell_holder(held: PropertyRight, did: tuple[str, str], *, cause: str, reason: str, tone: str, due_at: datetime | None = None,
                 at: datetime) -> None:
    zh, en = did
    notify(organization=held.organization, kind="listings.right.ordered", tone=tone, subject=held.code, href="/desk/rights/", due_at=due_at,
           at=at, text=(f"权利 {held.code}（{held.get_right_display()}，{held.product.title_zh}）{zh}（{cause}）：{reason}",
                        f"Right {held.code} in {held.product.title_en or held.product.title_zh} {en} ({cause}): {reason}"))


@covers("R8", "R37", "R4")
@operation("listings.right.suspend")
def suspend_right(*, right: PropertyRight, cause_code: str = "", reason: str = "", actor: Actor, clock: Clock) -> PropertyRight:
    """This will stop a right and everything that grew from it; by a desk on a case, with the reason, which the holder is told.

    A desk's order is looked at again when it has stood for sixty days.
    """
    at = clock.now()
    require(actor, "listings.right.suspend", subject=right, at=at)
    held = _locked(right)
    text = _order(actor, held, cause_code, reason)
    held = move_right(held, "suspend", cause=cause_code)
    tell_right("suspended", held, cause=cause_code, reason=text, actor=actor, at=at)
    stop_below(held, actor=actor, at=at)
    if _ordered(actor, held):
        held.due_at = after("right.suspended", at)
        held.save(update_fields=["due_at"])
        _tell_holder(held, ("被暂停，由它派生的权利、凭证和挂牌一并停止", "is suspended with all that grew from it"), cause=cause_code,
                     reason=text, tone="held", due_at=held.due_at, at=at)
    return held


@operation("listings.right.lift")
def lift_right(*, right: PropertyRight, actor: Actor, clock: Clock) -> PropertyRight:
    """This will let a stopped right run again, and what had stopped because of it; a desk's order is lifted by a desk."""
    at = clock.now()
    require(actor, "listings.right.lift", subject=right, at=at)
    held = _locked(right)
    refuse_while_stopped_above(held)
    by_order = held.cause_code and not held.cause_code.startswith(("RGT-", "SRC-"))
    if held.status == RightStatus.SUSPENDED and by_order and not actor.is_system and not _ordered(actor, held):
        raise Rejected("listings.right.under_order", right=held.code, cause=held.cause_code)
    cause, ordered = held.cause_code, _ordered(actor, held)
    move_right(held, "lift")
    tell_right("restored", held, cause=cause, actor=actor, at=at)
    lift_below(held, actor=actor, at=at)
    if ordered:
        _tell_holder(held, ("已恢复", "runs again"), cause=cause or held.code, reason="解除暂停 / the order is lifted", tone="ok", at=at)
    return held


@operation("listings.right.revoke")
def revoke_right(*, right: PropertyRight, cause_code: str = "", reason: str = "", actor: Actor, clock: Clock) -> PropertyRight:
    """This will end a right for good: by its grantor under the agreement, or by the regulator on a case, with the reason."""
    at = clock.now()
    held = _locked(right)
    require(actor, "listings.right.revoke", subject=held.parent or held, at=at)
    text = _order(actor, held, cause_code, reason)
    move_right(held, "revoke", cause=cause_code)
    tell_right("revoked", held, cause=cause_code, reason=text, actor=actor, at=at)
    stop_below(held, actor=actor, at=at)
    if _ordered(actor, held):
        _tell_holder(held, ("被撤销，不能恢复", "is revoked for good"), cause=cause_code, reason=text, tone="bad", at=at)
    return held


@operation("listings.right.flag")
def flag_right(*, right: PropertyRight, actor: Actor = SYSTEM, clock: Clock) -> PropertyRight:
    """This will put an order that has stood for sixty days before the desk as a case, once: it is confirmed, lifted, or the right ended."""
    at = clock.now()
    require(actor, "listings.right.expire", at=at)
    held = _locked(right)
    assert held.due_at is not None and held.due_at <= at, "an order is looked at again when its sixty days are over"
    held.due_at = None
    held.save(update_fields=["due_at"])
    tell_right("overdue", held, cause=held.cause_code, actor=actor, at=at)
    open_case(kind=CaseKind.RIGHT, subject_kind="right", subject_code=held.code, organization=held.organization, flags=["overdue"],
              priority=60, title=(f"权利暂停已满 60 日：{held.product.title_zh}"[:200],
                                  f"A right suspended for sixty days: {held.product.title_en or held.product.title_zh}"[:200]),
              text=f"{held.code}; {held.cause_code}", actor=SYSTEM, clock=clock)
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
