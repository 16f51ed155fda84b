"""A second person's yes or no (I18): maker and checker are two real persons, and the checker holds the right at that instant.

The room whose act it is calls down: it asks with its own permission name as ``act``, and when the checker decides, it carries
the act out in the same transaction. The database refuses what slips past these lines (``sql/guards.sql``).
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.permissions import permission_map
from kit.rejected import Rejected
from kit.states import advance
from participants.deputies import stands_between
from participants.events import ApprovalAsked, ApprovalDecided
from participants.models import Approval, ApprovalStatus, Membership, Organization, User
from participants.permissions import require
from participants.predicates import in_force
from participants.queries import add_working_days, house_venue, parameter
from participants.states import APPROVAL

__all__ = ["ask_approval", "decide_approval", "lapse_approvals", "moot_approval", "pending_approval", "withdraw_approval"]


def pending_approval(act: str, subject: str) -> Approval | None:
    """This will return the question about an object that waits for its second person; None while none does."""
    return Approval.objects.filter(act=act, subject=subject, status=ApprovalStatus.PENDING).select_related("maker__person").first()


@covers("I18", "T42")
@operation("participants.approval.ask")
def ask_approval(*, act: str, subject: str, payload: dict[str, Any] | None = None, organization: Organization | None = None,
                 checker: str = "", actor: Actor, at: datetime) -> Approval:
    """This will ask a second person to approve ``act`` on the object with code ``subject``.

    Who may check is frozen now: the roles that the permission ``checker`` (or ``act`` itself) names, within ``organization``
    when given.
    """
    require(actor, "participants.approval.ask", at=at)
    assert actor.user_id is not None, "a question is asked by a person"
    rule: Any = permission_map()[checker or act]
    if Approval.objects.filter(act=act, subject=subject, status=ApprovalStatus.PENDING).exists():
        raise Rejected("participants.approval.one_pending", act=act, subject=subject)
    due_at = add_working_days(house_venue(), at, int(parameter("approval.days", venue=house_venue(), at=at)))
    approval = Approval.objects.create(
        id=uuid.uuid4(), act=act, subject=subject, payload=payload or {}, organization=organization, checker_roles=list(rule.roles),
        checker_capability=rule.capability, maker_id=actor.user_id, asked_at=at, due_at=due_at)
    record(ApprovalAsked(subject=subject, approval=str(approval.id), act=act, payload=payload or {}, due_at=due_at), actor=actor, at=at)
    return approval


@covers("I18", "T42")
@operation("participants.approval.decide")
def decide_approval(*, approval: Approval, approve: bool, reason: str, actor: Actor, at: datetime) -> Approval:
    """This will write the second person's decision, once; the same person under another account is refused."""
    require(actor, "participants.approval.decide", at=at)
    held = Approval.objects.select_for_update(of=("self",), no_key=True).select_related("maker").get(pk=approval.pk)
    word = "approve" if approve else "refuse"
    held.status = advance(APPROVAL, ApprovalStatus(held.status), word, subject=held.subject, code="participants.approval.illegal_move")
    _refuse_same_person(held, actor, at)
    if not _entitled(held, actor, at):
        raise Rejected("participants.approval.not_entitled")
    held.checker_id, held.reason, held.decided_at = actor.user_id, reason, at
    try:
        with transaction.atomic():
            held.save(update_fields=["status", "checker", "reason", "decided_at"])
    except IntegrityError as refused:
        raise Rejected("participants.approval.not_entitled") from refused
    record(ApprovalDecided(subject=held.subject, approval=str(held.id), act=held.act, outcome=held.status, reason=reason),
           actor=actor, at=at)
    return held


def _refuse_same_person(approval: Approval, actor: Actor, at: datetime) -> None:
    checker = User.objects.filter(pk=actor.user_id).first() if actor.user_id else None
    if checker is None or checker.person_id is None or checker.person_id == approval.maker.person_id:
        raise Rejected("participants.approval.same_person")
    if stands_between(checker.person_id, approval.maker.person_id, at):
        raise Rejected("participants.approval.deputy")


def _entitled(approval: Approval, actor: Actor, at: datetime) -> bool:
    rows = Membership.objects.filter(in_force(at), person__users__pk=actor.user_id or 0, person__users__is_active=True,
                                     role__in=approval.checker_roles)
    if approval.organization_id:
        rows = rows.filter(organization_id=approval.organization_id)
    if approval.checker_capability:
        rows = rows.filter(capabilities__contains=[approval.checker_capability])
    return rows.exists()


@operation("participants.approval.withdraw")
def withdraw_approval(*, approval: Approval, actor: Actor, at: datetime) -> Approval:
    """This will take a question back, by whoever asked it."""
    held = Approval.objects.select_for_update(no_key=True).get(pk=approval.pk)
    if actor.user_id != held.maker_id:
        raise Rejected("participants.permission.denied", act="participants.approval.withdraw")
    return _close(held, "withdraw", actor, at)


def _close(held: Approval, word: str, actor: Actor, at: datetime) -> Approval:
    held.status = advance(APPROVAL, ApprovalStatus(held.status), word, subject=held.subject, code="participants.approval.illegal_move")
    held.decided_at = at
    held.save(update_fields=["status", "decided_at"])
    record(ApprovalDecided(subject=held.subject, approval=str(held.id), act=held.act, outcome=held.status, reason=""), actor=actor, at=at)
    return held


@covers("I18")
@operation("participants.approval.moot")
def moot_approval(*, act: str, subject: str, at: datetime) -> Approval | None:
    """This will end the question about an object that is gone, called down by what took it away; None where nobody was asked."""
    held = Approval.objects.select_for_update(no_key=True).filter(act=act, subject=subject, status=ApprovalStatus.PENDING).first()
    if held is None:
        unchanged(at=at)
        return None
    return _close(held, "expire", SYSTEM, at)


def lapse_approvals(*, clock: Clock) -> int:
    """This will let every question expire whose time is over; a deadline never approves anything."""
    at = clock.now()
    keys = list(Approval.objects.filter(status=ApprovalStatus.PENDING, due_at__lte=at).order_by("id").values_list("pk", flat=True)[:200])
    return sum(_lapse_one(key=key, at=at) for key in keys)


@operation("participants.approval.lapse")
def _expire(*, held: Approval, actor: Actor, at: datetime) -> None:
    _close(held, "expire", actor, at)


def _lapse_one(*, key: uuid.UUID, at: datetime) -> int:
    with transaction.atomic():
        held = Approval.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=key, status=ApprovalStatus.PENDING).first()
        if held is None:
            return 0
        _expire(held=held, actor=SYSTEM, at=at)
        return 1
