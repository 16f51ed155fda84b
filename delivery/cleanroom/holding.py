"""Work that goes to a holder's runner: who signs for it, what it takes, what it brings back (R101, W14).

The house signs every job, the runner every answer. An answer counts once: the same again is the same, another one, one under another key,
of another job or after its time is refused. What of the epsilon is spent follows the same rules as in the house's own room.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import IntegrityError, transaction

from delivery.cleanroom.compiler import cells_of
from delivery.cleanroom.holder import Signed, offer_hash
from delivery.cleanroom.jail import Outcome
from delivery.cleanroom.language import read_question
from delivery.cleanroom.rooms import offer_of, room_of
from delivery.cleanroom.running import finish_query, signed_job, start_query
from delivery.computing.jobs import answer_job, fail_job
from delivery.models import ComputeJob, Delivery, RoomQuery, RunnerKey, Service
from delivery.release_events import runner_moved
from delivery.states import JobStatus, QueryStatus, RoomPlace, ServiceStatus
from evidence.keys import sign
from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from participants.models import Organization
from participants.permissions import require

__all__ = ["access_paper", "answer_signed", "end_runner_key", "key_of", "questions_for", "register_runner_key", "take_job"]

_KEY = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,8})?")
_MOST = 1 << 20


# ---- keys --------------------------------------------------------------------------------------------------------------------------


def key_of(organization: int) -> RunnerKey | None:
    """This will return the key that signs for a holder now."""
    return RunnerKey.objects.filter(organization_id=organization, ended_at__isnull=True).first()


@covers("R101")
@operation("delivery.runner.register")
def register_runner_key(*, organization: Organization, key: str, actor: Actor, clock: Clock) -> RunnerKey:
    """This will put the public key of a holder's runner on file; the one before ends with it."""
    at = clock.now()
    require(actor, "delivery.runner.register", subject=organization, at=at)
    told = key.strip().lower()
    if not _KEY.fullmatch(told):
        raise Rejected("delivery.runner.faulty", errors=[FieldFault("key", "shape", (
            "64 位十六进制的 Ed25519 公钥", "An Ed25519 public key, 64 hexadecimal digits"))])
    RunnerKey.objects.filter(organization=organization, ended_at__isnull=True).update(ended_at=at)
    try:
        with transaction.atomic():
            made = RunnerKey.objects.create(organization=organization, key=told, registered_at=at, registered_by=actor.code)
    except IntegrityError as twice:
        raise Rejected("delivery.runner.known") from twice
    record(runner_moved["registered"](subject=organization.code, organization=organization.code, key=told), actor=actor, at=at)
    return made


@operation("delivery.runner.end")
def end_runner_key(*, organization: Organization, actor: Actor, clock: Clock) -> None:
    """This will end a runner's key, at once: nothing it signs is taken any more."""
    at = clock.now()
    require(actor, "delivery.runner.register", subject=organization, at=at)
    held = RunnerKey.objects.select_for_update(no_key=True).filter(organization=organization, ended_at__isnull=True).first()
    if held is None:
        raise Rejected("delivery.runner.absent")
    held.ended_at = at
    held.save(update_fields=["ended_at"])
    record(runner_moved["ended"](subject=organization.code, organization=organization.code, key=held.key), actor=actor, at=at)


# ---- handing a room over -----------------------------------------------------------------------------------------------------------


def access_paper(one: Delivery) -> bytes | None:
    """This will write what is handed over where no file is: the service or the holder's room, by hashes; None where a file is owed."""
    service = Service.objects.filter(version=one.version, status=ServiceStatus.OPEN).first()
    if service is not None:
        return json.dumps({"format": "service-access/1", "delivery": one.code, "service": service.code, "kind": service.kind,
                           "pinned_sha256": service.pinned_sha256}, sort_keys=True).encode()
    room = room_of(one.version)
    if room is None or room.place != RoomPlace.HOLDER or room.file_sha256 != one.expected_sha256:
        return None
    return json.dumps({"format": "room-access/1", "delivery": one.code, "room": room.code, "file_sha256": room.file_sha256,
                       "offer_sha256": offer_hash(room.offer)}, sort_keys=True).encode()


# ---- taking and answering ----------------------------------------------------------------------------------------------------------


def questions_for(organization: int) -> list[RoomQuery]:
    """This will list the questions that wait for a holder's runner, those it took and did not answer among them."""
    rows = RoomQuery.objects.filter(status__in=[QueryStatus.QUEUED, QueryStatus.RUNNING], room__place=RoomPlace.HOLDER,
                                    delivery__seller_id=organization)
    return list(rows.select_related("room", "delivery").order_by("pk")[:100])


def _compute_text(one: ComputeJob) -> str:
    return json.dumps({"format": "compute-job/1", "code": one.code, "algorithm": one.algorithm.text,
                       "algorithm_sha256": one.algorithm_sha256, "file_sha256": one.file_sha256}, ensure_ascii=False)


@covers("R101", "W14", "R14")
@operation("delivery.runner.take")
def take_job(*, job: RoomQuery | ComputeJob, actor: Actor, clock: Clock) -> Signed:
    """This will hand a job to the holder's runner, signed; a question starts by it, and its gates are asked at that instant."""
    at = clock.now()
    require(actor, "delivery.job.answer", subject=job.delivery, at=at)
    if key_of(job.delivery.seller_id) is None:
        raise Rejected("delivery.runner.absent")
    if isinstance(job, ComputeJob):
        if job.status != JobStatus.QUEUED:
            raise Rejected("delivery.job.illegal_move", subject=job.code, state=job.status, open_actions="-")
        unchanged(at=at)
        text = _compute_text(job)
        return Signed(text, sign(text.encode()).hex())
    held = RoomQuery.objects.select_for_update(of=("self",), no_key=True).get(pk=job.pk)
    if held.status == QueryStatus.RUNNING:  # taken before, by a runner that was cut off: the same text
        unchanged(at=at)
    else:
        started = start_query(query=job, clock=clock, actor=actor, permission="delivery.job.answer")
        if started.status != QueryStatus.RUNNING:
            return Signed("{}", "")  # it may not run any more, and its epsilon is back: nothing the runner could believe
    one = RoomQuery.objects.select_related("delivery__deposit", "delivery__version", "room", "cohort").get(pk=job.pk)
    return signed_job(one)


def _said(signed: Signed, seller: int) -> dict[str, Any]:
    """What the runner signed; refused where it is not of the holder's key, or no answer at all."""
    key = key_of(seller)
    try:
        if key is None or len(signed.text) > _MOST:
            raise InvalidSignature
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.key)).verify(bytes.fromhex(signed.signature), signed.text.encode())
        said = json.loads(signed.text)
    except (InvalidSignature, ValueError, RecursionError) as forged:
        raise Rejected("delivery.runner.forged") from forged
    wanted = {"format", "job", "job_sha256", "opened", "rows", "given_up", "refused", "model", "trace"}
    if not isinstance(said, dict) or set(said) != wanted or said["format"] != "holder-answer/1":
        raise Rejected("delivery.runner.other_job")
    return said


@covers("R101", "W14", "W24", "T62")
@operation("delivery.runner.answer")
def answer_signed(*, job: RoomQuery | ComputeJob, signed: Signed, actor: Actor, clock: Clock) -> str:
    """This will take a signed answer in, once, and return the state it leads to; what the job cannot have given is refused."""
    at = clock.now()
    require(actor, "delivery.job.answer", subject=job.delivery, at=at)
    said = _said(signed, job.delivery.seller_id)
    text = _compute_text(job) if isinstance(job, ComputeJob) else ""
    pinned = hashlib.sha256(text.encode()).hexdigest() if text else job.job_sha256  # type: ignore[union-attr]
    if (said["job"], said["job_sha256"]) != (job.code, pinned):
        raise Rejected("delivery.runner.other_job")
    who: dict[str, Any] = {"actor": actor, "clock": clock}
    if isinstance(job, ComputeJob):
        if said["refused"]:
            return fail_job(job=job, reason=str(said["refused"]), **who).status
        return answer_job(job=job, rows=said["rows"] if isinstance(said["rows"], list) else [], trace=said["trace"],
                          model=str(said["model"]), **who).status
    return _answer_question(job, said, signed, at=at, **who)


def _answer_question(query: RoomQuery, said: dict[str, Any], signed: Signed, *, actor: Actor, clock: Clock, at: datetime) -> str:
    held = RoomQuery.objects.select_for_update(of=("self",), no_key=True).select_related("room").get(pk=query.pk)
    if held.answer_sha256 == signed.sha256:  # the same answer again: it counted the first time
        unchanged(at=at)
        return held.status
    opened, rows, given_up, trace = said["opened"], said["rows"], said["given_up"], said["trace"]
    if type(opened) is not bool or not _words(given_up) or not isinstance(trace, list) or len(trace) > 20:
        raise Rejected("delivery.runner.other_job")
    if rows is not None and (not opened or not rows_stand(held, rows)):
        raise Rejected("delivery.runner.answer_faulty")
    outcome = Outcome(opened=opened, rows=rows, given_up=given_up)
    return finish_query(query=query, outcome=outcome, clock=clock, actor=actor, permission="delivery.job.answer", trace=trace,
                        answer_sha256=signed.sha256).status


def _words(given: Any) -> bool:
    return isinstance(given, list) and len(given) <= 10 and all(isinstance(one, str) and len(one) <= 40 for one in given)


@covers("R14", "R101")
def rows_stand(query: RoomQuery, rows: Any) -> bool:
    """This will say whether an answer holds what the question can give: its declared groups in order, numbers, and nothing besides."""
    offer = offer_of(query.room)
    question = read_question(query.question, offer)
    cells = [list(one) for one in cells_of(question, offer)]
    if not isinstance(rows, list) or len(rows) != len(cells):
        return False
    for cell, row in zip(cells, rows, strict=True):
        if not isinstance(row, dict) or set(row) != {"group", "shown", "measures"}:
            return False
        if row["group"] != cell or type(row["shown"]) is not bool:
            return False
        told = row["measures"]
        if not isinstance(told, list) or len(told) != len(question.measures) or not all(isinstance(one, str) for one in told):
            return False
        if not all(one == "" or (row["shown"] and _NUMBER.fullmatch(one)) for one in told):
            return False
    return True


