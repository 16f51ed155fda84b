"""When a consent ends 同意终止: nothing further is supplied, and every past recipient is told, deletes, and says so (M 9, R29, B9).

What was done lawfully before stays valid; each recipient has a task of its own with the notice that reached it and the proof it gave.
"""

from __future__ import annotations

from datetime import datetime

from compliance.cases import open_case
from compliance.models import CaseKind
from delivery.events import DELETIONS
from delivery.models import DeletionTask, Delivery
from delivery.revoking import revoke_grants
from delivery.states import DELETION, DeletionStatus
from evidence.models import Deposit
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from kit.states import advance
from listings.models import Consent
from listings.values import clean_text
from participants.operations import notify
from participants.permissions import require
from participants.timers import after

__all__ = ["confirm_deletion", "miss_deletion", "open_deletions"]


def _tell(word: str, one: DeletionTask, *, actor: Actor, at: datetime) -> None:
    record(DELETIONS[word](
        subject=one.code, consent=one.consent.code, delivery=one.delivery.code, recipient=one.recipient.code, state=one.status,
        notice=one.notice, proof=one.proof.sha256 if one.proof else "", due_at=one.due_at), actor=actor, at=at)


@covers("R4", "R27", "R29", "B9")
@operation("delivery.deletion.open")
def open_deletions(*, consent: Consent, actor: Actor = SYSTEM, clock: Clock) -> list[DeletionTask]:
    """This will open a task for each delivery that ever handed the product over, end its open tokens, and tell each recipient once."""
    at = clock.now()
    require(actor, "delivery.deletion.open", at=at)
    handed = Delivery.objects.select_related("buyer", "trade__venue").filter(version__listing__product=consent.product_id,
                                                                             delivered_at__isnull=False)
    made = []
    for one in handed.exclude(deletions__consent=consent).order_by("buyer_id", "pk"):
        task = DeletionTask(code=new_code("DEL"), consent=consent, delivery=one, recipient=one.buyer, opened_at=at,
                            due_at=after("consent.deletion", at))
        task.notice = notify(
            organization=one.buyer, kind="delivery.deletion.opened", subject=task.code, tone="wait", due_at=task.due_at,
            href=f"/desk/deliveries/{one.code}/", at=at,
            text=(f"个人同意 {consent.code} 已终止：请删除 {one.code} 中该个人的数据并确认",
                  f"Consent {consent.code} has ended: delete that person's data in {one.code} and confirm")).code
        task.save()
        revoke_grants(one, cause="listings.consent.ended", actor=actor, at=at)
        _tell("opened", task, actor=actor, at=at)
        made.append(task)
    if not made:
        unchanged(at=at)
    return made


def _move(task: DeletionTask, act: str) -> DeletionTask:
    held = DeletionTask.objects.select_for_update(of=("self",)).select_related("consent", "delivery", "recipient", "proof").get(pk=task.pk)
    held.status = advance(DELETION, DeletionStatus(held.status), act, subject=held.code, code="delivery.deletion.illegal_move")
    return held


@covers("R29", "B9")
@operation("delivery.deletion.confirm")
def confirm_deletion(*, task: DeletionTask, statement: str, proof: Deposit | None = None, actor: Actor, clock: Clock) -> DeletionTask:
    """This will keep a recipient's word that it deleted, with its proof if it hands one in."""
    at = clock.now()
    require(actor, "delivery.deletion.confirm", subject=task, at=at)
    held = _move(task, "confirm")
    held.statement = clean_text("statement", statement, 2000, "delivery.deletion.statement_missing")
    if not held.statement:
        raise Rejected("delivery.deletion.statement_missing", delivery=held.delivery.code)
    held.proof, held.done_at, held.due_at = proof, at, None
    held.save(update_fields=["status", "statement", "proof", "done_at", "due_at"])
    _tell("confirmed", held, actor=actor, at=at)
    return held


@operation("delivery.deletion.miss")
def miss_deletion(*, task: DeletionTask, actor: Actor = SYSTEM, clock: Clock) -> DeletionTask:
    """This will mark a deletion nobody confirmed in time and put it before the compliance desk; it stays owed."""
    at = clock.now()
    require(actor, "delivery.deletion.open", at=at)
    held = _move(task, "miss")
    held.due_at = None
    held.save(update_fields=["status", "due_at"])
    _tell("missed", held, actor=actor, at=at)
    open_case(kind=CaseKind.OTHER, subject_kind="deletion", subject_code=held.code, organization=held.recipient,
              title=("同意终止后未按期确认删除", "A deletion after a consent ended was not confirmed in time"), actor=actor, clock=clock)
    return held
