"""When a consent or a licence ends 终止后的删除: every recipient is told, deletes, and says so over its signature (M 9, R29, B9, F11).

What was done lawfully before stays valid; each recipient has a task of its own with the notice that reached it and the proof it gave.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from compliance.cases import open_case
from compliance.models import CaseKind
from delivery.events import DELETIONS
from delivery.kinds import Way, way_of
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
from trading.states import AgreementStatus

__all__ = ["confirm_deletion", "miss_deletion", "open_deletions", "open_licence_deletion", "remind_deletion"]

#: Ways by which rows of the data themselves reached the buyer.
_TAKEN = (Way.FILE, Way.CALL)


def _tell(word: str, one: DeletionTask, *, actor: Actor, at: datetime) -> None:
    record(DELETIONS[word](
        subject=one.code, consent=one.consent.code if one.consent else "", agreement=one.agreement, deleted=one.deleted,
        delivery=one.delivery.code, recipient=one.recipient.code, state=one.status,
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


@covers("F11", "R29")
@operation("delivery.deletion.open_for_licence")
def open_licence_deletion(*, delivery: Delivery, actor: Actor = SYSTEM, clock: Clock) -> DeletionTask | None:
    """This will open what a buyer owes once its licence is over: the file and its copies go, unless another licence of it still runs."""
    at = clock.now()
    require(actor, "delivery.deletion.open", at=at)
    one = Delivery.objects.select_for_update(of=("self",), no_key=True).select_related("buyer", "seller", "trade__deed", "version").get(
        pk=delivery.pk)
    deed = getattr(one.trade, "deed", None)
    if deed is None or deed.status != AgreementStatus.ENDED or one.delivered_at is None or way_of(one.mode) not in _TAKEN:
        unchanged(at=at)
        return None
    known = DeletionTask.objects.filter(agreement=deed.code, delivery=one).first()
    again = Delivery.objects.filter(buyer=one.buyer, version__listing=one.version.listing_id, delivered_at__isnull=False,
                                    trade__deed__status__in=[AgreementStatus.IN_FORCE, AgreementStatus.TERMINATING])
    if known is not None or one.version.use_terms.get("licence") or again.exists():
        unchanged(at=at)
        return known
    task = DeletionTask(code=new_code("DEL"), agreement=deed.code, delivery=one, recipient=one.buyer, opened_at=at,
                        due_at=after("licence.deletion", at))
    zh, en = one.trade.titles
    task.notice = notify(
        organization=one.buyer, kind="delivery.deletion.opened", subject=task.code, tone="wait", due_at=task.due_at,
        href=f"/desk/deliveries/{one.code}/#{task.code}", at=at,
        text=(f"“{zh}”的许可已结束：请删除文件、副本和备份，并签署删除声明",
              f"The licence of “{en}” is over: delete the file, its copies and backups, and sign the statement")).code
    task.save()
    _tell("opened", task, actor=actor, at=at)
    return task


@covers("F11")
@operation("delivery.deletion.remind")
def remind_deletion(*, task: DeletionTask, actor: Actor = SYSTEM, clock: Clock) -> DeletionTask:
    """This will tell a recipient once more before its term ends."""
    held = DeletionTask.objects.select_for_update(of=("self",), no_key=True).select_related(
        "consent", "delivery", "recipient", "proof").get(pk=task.pk)
    at = clock.now()
    require(actor, "delivery.deletion.open", at=at)
    if held.status != DeletionStatus.OPEN or held.reminded_at is not None or held.due_at is None:
        unchanged(at=at)
        return held
    held.reminded_at = at
    held.save(update_fields=["reminded_at"])
    notify(organization=held.recipient, kind="delivery.deletion.reminded", subject=held.code, tone="wait", due_at=held.due_at, at=at,
           href=f"/desk/deliveries/{held.delivery.code}/#{held.code}",
           text=(f"删除任务 {held.code} 即将到期，逾期按违约处理", f"Deletion {held.code} is due soon; late is a breach"))
    _tell("reminded", held, actor=actor, at=at)
    return held


def _move(task: DeletionTask, act: str) -> DeletionTask:
    held = DeletionTask.objects.select_for_update(of=("self",), no_key=True).select_related(
        "consent", "delivery", "recipient", "proof").get(pk=task.pk)
    held.status = advance(DELETION, DeletionStatus(held.status), act, subject=held.code, code="delivery.deletion.illegal_move")
    return held


@covers("R29", "B9")
@operation("delivery.deletion.confirm")
def confirm_deletion(*, task: DeletionTask, statement: str, proof: Deposit | None = None, deleted: Sequence[str] = (), actor: Actor,
                     clock: Clock) -> DeletionTask:
    """This will keep a recipient's word that it deleted, with its proof if it hands one in; at the end of a licence with what and where."""
    at = clock.now()
    require(actor, "delivery.deletion.confirm", subject=task, at=at)
    held = _move(task, "confirm")
    held.statement = clean_text("statement", statement, 2000, "delivery.deletion.statement_missing")
    if not held.statement:
        raise Rejected("delivery.deletion.statement_missing", delivery=held.delivery.code)
    held.deleted = [text.strip()[:400] for text in deleted if text.strip()][:50]
    if held.agreement and not held.deleted:
        raise Rejected("delivery.deletion.what_missing", delivery=held.delivery.code)
    held.proof, held.done_at, held.due_at, held.signed_by = proof, at, None, actor.code[:40]
    held.save(update_fields=["status", "statement", "proof", "done_at", "due_at", "deleted", "signed_by"])
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
              title=("许可结束后未按期删除，违反合同", "A deletion at the end of a licence is late: a breach") if held.agreement
              else ("同意终止后未按期确认删除", "A deletion after a consent ended was not confirmed in time"), actor=actor, clock=clock)
    if held.agreement:
        _tell_both(held, at)
    return held


def _tell_both(held: DeletionTask, at: datetime) -> None:
    one = held.delivery
    for party in sorted((one.seller, one.buyer), key=lambda each: each.pk):
        notify(organization=party, kind="delivery.deletion.missed", subject=held.code, tone="bad", at=at,
               href=f"/desk/deliveries/{one.code}/#{held.code}",
               text=(f"许可结束后的删除任务 {held.code} 逾期未确认，按违约提交合规部门",
                     f"Deletion {held.code} at the end of a licence is late and before the compliance desk as a breach"))
