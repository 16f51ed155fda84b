"""Jobs: an approved algorithm goes to the holder's runner, groups and a trace come back (R101, W14).

The house keeps what was asked, by which algorithm and over which data version by hash, the answer and the trace; no row of the data passes
through it. An answer that the algorithm cannot have given is refused whoever sends it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from delivery.computing.language import fault_of_answer
from delivery.computing.training import fault_of_training, is_training
from delivery.events import job_moved
from delivery.gates import consented, opted_out_of, times_used
from delivery.kinds import Way, adapter_for
from delivery.models import Algorithm, ComputeJob, Delivery
from delivery.releasing.handing_in import hand_in_training
from delivery.states import JOB, AlgorithmStatus, DeliveryStatus, JobStatus
from delivery.using import asked_from, of_using, under_stop
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from listings.buying import for_the_buyer
from participants.gates import Gate, pass_all
from participants.models import Organization
from participants.notices import notify
from participants.permissions import require
from participants.timers import after
from trading.agreeing.judging import refusal_to_deliver
from trading.states import TradeStatus

__all__ = ["answer_job", "cancel_job", "fail_job", "lapse_job", "open_jobs", "order_job"]

_RUNNING = frozenset({DeliveryStatus.OPENED, DeliveryStatus.DELIVERED, DeliveryStatus.ACCEPTED})
_PAGE = "/desk/computing/"


@covers("F6", "T64")
def _of_computing(one: Delivery, *, at: datetime, here: bool) -> Iterator[Gate]:
    """What a job asks when it is ordered and again before its answer is given: what every use asks, once the data were handed over.

    ``here``: the buyer orders it; the answer comes from the holder's own address.
    """
    yield under_stop(one)
    if one.status == DeliveryStatus.OPENED:  # the agreement binds from the delivery on; the answer may be all that is ever delivered
        yield consented(one)
        yield Gate(("合同没有中止、终止或失效", "The agreement is neither suspended nor over"), refusal_to_deliver(one.trade))
        yield from for_the_buyer(one.version.listing, one.buyer, at=at)
        if here:
            yield asked_from(one)
    else:
        yield from of_using(one, at=at, calls=max(1, times_used(one)), here=here)
    yield from opted_out_of(one, at=at)


def _note(held: ComputeJob, word: str, *, actor: Actor, at: datetime) -> ComputeJob:
    record(job_moved[word](
        subject=held.code, delivery=held.delivery.code, seller=held.delivery.seller.code, buyer=held.delivery.buyer.code,
        algorithm=held.algorithm.code, algorithm_sha256=held.algorithm_sha256, file_sha256=held.file_sha256, to_status=held.status,
        groups=len(held.rows), trace_head=held.trace[-1]["hash"] if held.trace else "", reason=held.reason), actor=actor, at=at)
    return held


def _tell(held: ComputeJob, to: Organization, tone: str, text: tuple[str, str], *, at: datetime) -> None:
    notify(organization=to, kind="delivery.job.moved", tone=tone, subject=held.code, href=_PAGE, due_at=held.due_at, text=text, at=at)


@covers("C6", "R14", "R101")
@operation("delivery.job.order")
def order_job(*, delivery: Delivery, algorithm: Algorithm, actor: Actor, clock: Clock) -> ComputeJob:
    """This will ask the holder to run an algorithm: paid for, computed where it lies, and approved in this very version."""
    held = Delivery.objects.select_for_update(of=("self",), no_key=True).select_related("trade__state", "seller", "buyer", "version").get(
        pk=delivery.pk)
    at = clock.now()
    require(actor, "delivery.job.order", subject=held, at=at)
    one = Algorithm.objects.select_for_update(of=("self",), no_key=True).get(pk=algorithm.pk)
    if one.organization_id != held.buyer_id or one.status != AlgorithmStatus.APPROVED:
        raise Rejected("delivery.job.not_approved", algorithm=one.code)
    if adapter_for(held.mode).way != Way.ROOM or held.status not in _RUNNING or held.trade.state.status != TradeStatus.FUNDED:
        raise Rejected("delivery.job.not_computed", delivery=held.code)
    pass_all(_of_computing(held, at=at, here=True))
    made = ComputeJob.objects.create(code=new_code("JOB"), delivery=held, algorithm=one, algorithm_sha256=one.sha256,
                                     file_sha256=held.expected_sha256, ordered_by_id=actor.user_id,
                                     ordered_at=at, due_at=after("compute.answer", at))
    _note(made, "ordered", actor=actor, at=at)
    _tell(made, held.seller, "wait", (f"有计算任务 {made.code} 待运行器取走", f"Job {made.code} waits for your runner"), at=at)
    return made


def _step(job: ComputeJob, act: str, permission: str, actor: Actor, clock: Clock) -> tuple[ComputeJob, datetime]:
    held = ComputeJob.objects.select_for_update(of=("self",), no_key=True).select_related(
        "delivery__seller", "delivery__buyer", "delivery__version", "algorithm").get(pk=job.pk)
    at = clock.now()
    require(actor, permission, subject=held.delivery, at=at)
    held.status = advance(JOB, JobStatus(held.status), act, subject=held.code, code="delivery.job.illegal_move")
    held.ended_at, held.due_at = at, None
    return held, at


@covers("W14", "R14", "R101", "C6")
@operation("delivery.job.answer")
def answer_job(*, job: ComputeJob, rows: Sequence[Any], trace: Sequence[Any], model: str = "", actor: Actor, clock: Clock) -> ComputeJob:
    """This will take the holder's answer in: what the algorithm can have given, under its hash, with a whole trace.

    A model goes to its reviewers and nowhere else (F9).
    """
    held, at = _step(job, "answer", "delivery.job.answer", actor, clock)
    pass_all(_of_computing(held.delivery, at=at, here=False))
    training = is_training(held.algorithm.text)
    fault = (fault_of_training(held.algorithm.text, model, trace, file_sha256=held.file_sha256) if training
             else fault_of_answer(held.algorithm.text, rows, trace, file_sha256=held.file_sha256))
    if fault:
        raise Rejected("delivery.job.answer_faulty", errors=[FieldFault(fault, "not_of_the_algorithm", (
            "不是该算法能给出的结果，或轨迹不完整", "The algorithm cannot have given it, or its trace is not whole"))])
    held.rows, held.trace = [] if training else list(rows), list(trace)
    held.save()
    if training:
        hand_in_training(job=held, content=model.encode(), actor=actor, clock=clock)
    _note(held, "done", actor=actor, at=at)
    _tell(held, held.delivery.buyer, "ok", (f"计算任务 {held.code} 已有结果", f"Job {held.code} has its answer"), at=at)
    return held


@operation("delivery.job.fail")
def fail_job(*, job: ComputeJob, reason: str, actor: Actor, clock: Clock) -> ComputeJob:
    """This will say that a job could not be run, and why; by the holder."""
    held, at = _step(job, "fail", "delivery.job.answer", actor, clock)
    held.reason = reason.strip()[:300]
    if len(held.reason) < 4:
        raise Rejected("delivery.job.answer_faulty", errors=[FieldFault("failed", "missing", ("写明原因", "Say why"))])
    held.save()
    _note(held, "failed", actor=actor, at=at)
    _tell(held, held.delivery.buyer, "bad", (f"计算任务 {held.code} 未能运行：{held.reason}",
                                               f"Job {held.code} could not run: {held.reason}"), at=at)
    return held


@operation("delivery.job.cancel")
def cancel_job(*, job: ComputeJob, actor: Actor, clock: Clock) -> ComputeJob:
    """This will take a job back that was not answered yet; by the buyer."""
    held, at = _step(job, "cancel", "delivery.job.order", actor, clock)
    held.save()
    return _note(held, "cancelled", actor=actor, at=at)


@operation("delivery.job.lapse")
def lapse_job(*, job: ComputeJob, clock: Clock) -> ComputeJob:
    """This will end a job that the holder did not answer in time; both are told, the buyer may order it again or dispute."""
    held, at = _step(job, "lapse", "delivery.job.lapse", SYSTEM, clock)
    held.save()
    _note(held, "lapsed", actor=SYSTEM, at=at)
    for party in (held.delivery.buyer, held.delivery.seller):
        _tell(held, party, "bad", (f"计算任务 {held.code} 逾期未答", f"Job {held.code} was not answered in time"), at=at)
    return held


def open_jobs(organization: int) -> list[ComputeJob]:
    """This will list what waits for a holder's runner, the first ordered first."""
    rows = ComputeJob.objects.filter(status=JobStatus.QUEUED, delivery__seller_id=organization).select_related("algorithm", "delivery")
    return list(rows.order_by("pk")[:100])
