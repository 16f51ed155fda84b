"""Algorithms are reviewed before they may run (C6): security by the compliance desk, then the algorithm itself by a regulator, two people.

Each version is its text, pinned by hash. Silence approves nothing: what nobody reviewed in time lapses and may be handed in again.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from delivery.computing.language import parse, sha256_of_text
from delivery.computing.training import is_training, read_training
from delivery.events import algorithm_moved
from delivery.models import Algorithm
from delivery.scoring.language import is_model, read_model
from delivery.states import ALGORITHM, AlgorithmStatus
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from participants.models import Organization, User
from participants.notices import notify
from participants.permissions import require
from participants.timers import after

__all__ = ["approve_algorithm", "lapse_algorithm", "refuse_algorithm", "secure_algorithm", "submit_algorithm", "withdraw_algorithm"]

_FAULT = "delivery.algorithm.faulty"


def _note(held: Algorithm, word: str, *, actor: Actor, at: datetime) -> Algorithm:
    record(algorithm_moved[word](subject=held.code, organization=held.organization.code, algorithm_sha256=held.sha256,
                                 to_status=held.status, reason=held.reason, due_at=held.due_at), actor=actor, at=at)
    return held


@covers("C6")
@operation("delivery.algorithm.submit")
def submit_algorithm(*, organization: Organization, title: str, text: str, actor: Actor, clock: Clock) -> Algorithm:
    """This will hand an algorithm in for review; what the language does not know is refused at its field."""
    at = clock.now()
    require(actor, "delivery.algorithm.submit", subject=organization, at=at)
    faults = [] if 2 <= len(title.strip()) <= 80 else [FieldFault("title", "length", ("2 至 80 字", "2 to 80 characters"))]
    try:
        (read_training if is_training(text) else read_model if is_model(text) else parse)(text)
    except ValueError as fault:
        zh, en = fault.args
        faults.append(FieldFault("text", "not_the_language", (zh, en)))
    if faults:
        raise Rejected(_FAULT, errors=faults)
    try:
        with transaction.atomic():
            made = Algorithm.objects.create(code=new_code("ALG"), organization=organization, title=title.strip(), text=text,
                                            sha256=sha256_of_text(text), submitted_at=at, due_at=after("algorithm.review", at))
    except IntegrityError as twice:
        raise Rejected("delivery.algorithm.known") from twice
    return _note(made, "submitted", actor=actor, at=at)


def _step(algorithm: Algorithm, act: str, permission: str, actor: Actor, clock: Clock) -> tuple[Algorithm, datetime]:
    held = Algorithm.objects.select_for_update(of=("self",), no_key=True).select_related("organization", "secured_by").get(pk=algorithm.pk)
    at = clock.now()
    require(actor, permission, subject=held.organization, at=at)
    held.status = advance(ALGORITHM, AlgorithmStatus(held.status), act, subject=held.code, code="delivery.algorithm.illegal_move")
    return held, at


def _ended(held: Algorithm, word: str, tone: str, text: tuple[str, str], *, actor: Actor, at: datetime) -> Algorithm:
    held.decided_at, held.due_at = at, None
    held.save()
    _note(held, word, actor=actor, at=at)
    notify(organization=held.organization, kind=f"delivery.algorithm.{word}", tone=tone, subject=held.code, href="/desk/computing/", at=at,
           text=text)
    return held


@covers("C6")
@operation("delivery.algorithm.secure")
def secure_algorithm(*, algorithm: Algorithm, actor: Actor, clock: Clock) -> Algorithm:
    """This will pass the security stage."""
    held, at = _step(algorithm, "secure", "delivery.algorithm.secure", actor, clock)
    held.secured_by_id, held.due_at = actor.user_id, after("algorithm.review", at)
    held.save()
    return _note(held, "secured", actor=actor, at=at)


@covers("C6", "I18")
@operation("delivery.algorithm.approve")
def approve_algorithm(*, algorithm: Algorithm, actor: Actor, clock: Clock) -> Algorithm:
    """This will pass the algorithm stage, by another real person than whoever passed its security."""
    held, at = _step(algorithm, "approve", "delivery.algorithm.approve", actor, clock)
    me = User.objects.get(pk=actor.user_id or 0)
    if held.secured_by is None or held.secured_by.person_id == me.person_id:
        raise Rejected("delivery.algorithm.same_person")
    held.approved_by = me
    return _ended(held, "approved", "ok", (f"算法“{held.title}”已通过两级审核", f"The algorithm “{held.title}” passed both stages"),
                  actor=actor, at=at)


@covers("C6")
@operation("delivery.algorithm.refuse")
def refuse_algorithm(*, algorithm: Algorithm, reason: str, actor: Actor, clock: Clock) -> Algorithm:
    """This will refuse an algorithm at either stage, with the reason."""
    stage = "delivery.algorithm.secure" if algorithm.status == AlgorithmStatus.SUBMITTED else "delivery.algorithm.approve"
    held, at = _step(algorithm, "refuse", stage, actor, clock)
    held.reason = reason.strip()[:2000]
    if len(held.reason) < 4:
        raise Rejected(_FAULT, errors=[FieldFault("reason", "missing", ("写明理由", "Say why"))])
    return _ended(held, "refused", "bad", (f"算法“{held.title}”未通过审核：{held.reason}",
                                           f"The algorithm “{held.title}” was refused: {held.reason}"),
                  actor=actor, at=at)


@operation("delivery.algorithm.withdraw")
def withdraw_algorithm(*, algorithm: Algorithm, actor: Actor, clock: Clock) -> Algorithm:
    """This will take an algorithm out of use; jobs already answered stay."""
    held, at = _step(algorithm, "withdraw", "delivery.algorithm.submit", actor, clock)
    held.decided_at, held.due_at = at, None
    held.save()
    return _note(held, "withdrawn", actor=actor, at=at)


@operation("delivery.algorithm.lapse")
def lapse_algorithm(*, algorithm: Algorithm, clock: Clock) -> Algorithm:
    """This will end a review that did not come in time; nothing is approved by silence."""
    held, at = _step(algorithm, "lapse", "delivery.algorithm.lapse", SYSTEM, clock)
    return _ended(held, "lapsed", "held", (f"算法“{held.title}”逾期未审，可重新提交",
                                            f"The review of “{held.title}” ran out; hand it in again"),
                  actor=SYSTEM, at=at)
