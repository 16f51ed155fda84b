"""Handing an output in: who made it, what its author confirms, what the gate measured. What the gate stops is not kept."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection
from datetime import datetime
from typing import Any

from delivery.models import ComputeJob, Delivery
from delivery.release_events import OUTPUTS
from delivery.release_models import OUTPUT_OPEN, Output, OutputKind
from delivery.releasing.gate import MOST_BYTES, judge, passed
from delivery.states import OUTPUT, DeliveryStatus, OutputStatus
from evidence.files import clean_name, deposit
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from participants.models import Organization, User
from participants.notices import notify
from participants.permissions import require
from participants.queries import figures
from participants.timers import after

__all__ = ["CHECKLIST", "hand_in_output", "hand_in_training", "note_output", "step_output", "tell_output", "withdraw_output"]

#: What an author confirms before anybody looks, one by one.
CHECKLIST: dict[str, tuple[str, str]] = {
    "purpose": ("只为合同约定的目的", "It serves the agreed purpose alone"),
    "groups": ("人数过少的分组已合并或删去", "Small groups are merged or left out"),
    "records": ("不含任何一条原始记录", "It holds no record of the data"),
    "identifiers": ("不含姓名、证件号、电话、住址等标识", "It holds no name, number, telephone or address of a person"),
    "least": ("不多于该目的所需", "It is no more than the purpose needs"),
}
_LIVE = (DeliveryStatus.OPENED, DeliveryStatus.DELIVERED, DeliveryStatus.ACCEPTED)


def note_output(held: Output, word: str, *, actor: Actor, at: datetime, verdicts: Collection[str] = ()) -> Output:
    """This will record what became of an output: by hash, never by its words; verdicts only once both are in."""
    record(OUTPUTS[word](
        subject=held.code, delivery=held.delivery.code, organization=held.organization.code, output_kind=held.kind, sha256=held.sha256,
        size=held.size, to_status=held.status, verdicts=list(verdicts), reason=held.reason, due_at=held.due_at), actor=actor, at=at)
    return held


def tell_output(held: Output, to: Organization, tone: str, text: tuple[str, str], *, at: datetime) -> None:
    """This will tell one side."""
    notify(organization=to, kind=f"delivery.output.{held.status}", tone=tone, subject=held.code, text=text, due_at=held.due_at,
           href=f"/desk/outputs/{held.code}/", at=at)


def step_output(output: Output, act: str, permission: str, *, actor: Actor, clock: Clock,
                only_from: OutputStatus | None = None) -> tuple[Output, datetime]:
    """This will lock an output and move it along one edge; saving is the caller's."""
    held = Output.objects.select_for_update(of=("self",), no_key=True).select_related(
        "delivery__seller", "delivery__buyer", "delivery__version", "delivery__trade__state", "organization__venue", "author").get(
        pk=output.pk)
    at = clock.now()
    require(actor, permission, subject=held, at=at)
    if only_from is not None and held.status in OUTPUT_OPEN and held.status != only_from:
        raise Rejected("delivery.output.not_both", output=held.code)
    held.status = advance(OUTPUT, OutputStatus(held.status), act, subject=held.code, code="delivery.output.illegal_move")
    if held.status not in OUTPUT_OPEN:
        held.ended_at, held.due_at = at, None
    return held, at


def _judged(content: bytes, name: str, venue: Any, *, at: datetime) -> list[dict[str, Any]]:
    return judge(content, name, least=int(figures("clean_room.k", venue=venue, at=at)["clean_room.k"]))


def _made(delivery: Delivery, content: bytes, name: str, *, owner: Organization, at: datetime, **fields: Any) -> Output:
    gate = _judged(content, name, owner.venue, at=at)
    stands = passed(gate)
    kept = deposit(io.BytesIO(content), name=name, owner=delivery.seller.code, at=at) if stands else None
    return Output.objects.create(
        code=new_code("OUT"), delivery=delivery, organization=owner, gate=gate, deposit=kept, sha256=hashlib.sha256(content).hexdigest(),
        size=len(content), submitted_at=at, status=OutputStatus.IN_REVIEW if stands else OutputStatus.STOPPED,
        due_at=after("output.review", at) if stands else None, ended_at=None if stands else at, **fields)


def _born(made: Output, *, actor: Actor, at: datetime) -> Output:
    note_output(made, "submitted" if made.status == OutputStatus.IN_REVIEW else "stopped", actor=actor, at=at)
    if made.status == OutputStatus.IN_REVIEW and made.organization_id != made.delivery.seller_id:
        tell_output(made, made.delivery.seller, "wait", (f"输出“{made.title}”待您审核", f"The output “{made.title}” waits for your review"),
                    at=at)
    return made


@covers("F9", "R14")
@operation("delivery.output.submit")
def hand_in_output(*, delivery: Delivery, title: str, kind: str, content: bytes, name: str, confirmed: Collection[str], actor: Actor,
                   clock: Clock) -> Output:
    """This will hand a file in for release to the buyer; each item of the checklist not confirmed is refused at its field."""
    held = Delivery.objects.select_for_update(of=("self",), no_key=True).select_related(
        "seller__venue", "buyer", "version", "trade__state").get(pk=delivery.pk)
    at = clock.now()
    require(actor, "delivery.output.submit", subject=held, at=at)
    faults = [] if 2 <= len(title.strip()) <= 80 else [FieldFault("title", "length", ("2 至 80 字", "2 to 80 characters"))]
    if kind not in OutputKind.values:
        faults.append(FieldFault("kind", "unknown", ("选择报告、结果表或模型", "Choose report, table or model")))
    faults += [FieldFault(one, "unconfirmed", ("请逐项确认", "Confirm each item")) for one in CHECKLIST if one not in confirmed]
    if not 0 < len(content) <= MOST_BYTES:
        most = MOST_BYTES >> 20
        faults.append(FieldFault("file", "size", (f"选择不超过 {most} MB 的文件", f"Choose a file of {most} MB at most")))
    if faults:
        raise Rejected("delivery.output.faulty", errors=faults)
    if held.status not in _LIVE:
        raise Rejected("delivery.output.not_under_way", delivery=held.code)
    made = _made(held, content, clean_name(name), owner=held.seller, at=at, author=User.objects.get(pk=actor.user_id or 0), kind=kind,
                 title=title.strip(), checklist=[one for one in CHECKLIST if one in confirmed])
    return _born(made, actor=actor, at=at)


@covers("F9", "R14", "R101")
@operation("delivery.output.train")
def hand_in_training(*, job: ComputeJob, content: bytes, actor: Actor, clock: Clock) -> Output:
    """This will hand in what a training made, for its orderer; part of the answer's act. Nobody of the buyer's sees it before release."""
    at = clock.now()
    require(actor, "delivery.job.answer", subject=job.delivery, at=at)
    assert job.ordered_by is not None, "a training has its orderer"
    made = _made(job.delivery, content, f"{job.code}.json", owner=job.delivery.buyer, at=at, job=job, author=job.ordered_by,
                 kind=OutputKind.MODEL, title=job.algorithm.title, checklist=[])
    return _born(made, actor=actor, at=at)


@operation("delivery.output.withdraw")
def withdraw_output(*, output: Output, actor: Actor, clock: Clock) -> Output:
    """This will take an output back before it is decided; by its author's side."""
    held, at = step_output(output, "withdraw", "delivery.output.withdraw", actor=actor, clock=clock)
    held.save()
    return note_output(held, "withdrawn", actor=actor, at=at)
