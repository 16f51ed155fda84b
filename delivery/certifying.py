"""Certificates of answers 结果凭证 (F10): issued once for each answer that was given, whoever the runner was.

An answer is what the two sides hold; the certificate lets either show it to a third without showing whose it is. What it proves and what it
does not is said on its page.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

from delivery.cleanroom.language import digest
from delivery.models import ComputeJob, DeletionTask, ResultCertificate, RoomQuery
from delivery.proof_events import ResultCertified
from delivery.results import ANSWER, content_of, deletion_content, policy_hash, to_sign
from delivery.states import DeletionStatus, JobStatus, QueryStatus
from evidence.canonical import canonical
from evidence.envelope import key_id_of
from evidence.keys import public_bytes, sign, signing_key
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from participants.permissions import require

__all__ = ["answer_file", "certify_deletion", "certify_result", "statement_of"]


def _said_of(one: RoomQuery | ComputeJob) -> dict[str, Any]:
    """What is certified of a question or a job."""
    trade = one.delivery.trade
    common = {"rows": one.rows, "venue": trade.venue.code, "answered_at": one.ended_at.isoformat() if one.ended_at else ""}
    if isinstance(one, RoomQuery):
        return {**common, "of": "question", "algorithm": one.question_sha256, "data": one.room.file_sha256,
                "epsilon_micro": one.epsilon_micro, "policy": policy_hash(trade.agreement_hash, digest(canonical(one.room.offer).decode()))}
    return {**common, "of": "job", "algorithm": one.algorithm_sha256, "data": one.file_sha256, "epsilon_micro": 0,
            "policy": policy_hash(trade.agreement_hash, "")}


@covers("F10", "W14")
@operation("delivery.result.certify")
def certify_result(*, query: RoomQuery | None = None, job: ComputeJob | None = None, actor: Actor = SYSTEM,
                   clock: Clock) -> ResultCertificate | None:
    """This will issue the certificate of a question's or a job's answer, once; None where there is no answer."""
    rows: Any = RoomQuery.objects.select_related("room") if query else ComputeJob.objects
    asked = query or job
    assert asked is not None, "a certificate is of something"
    one = rows.select_related("delivery__trade__venue").select_for_update(of=("self",), no_key=True).get(pk=asked.pk)
    at = clock.now()
    require(actor, "delivery.result.certify", at=at)
    known = ResultCertificate.objects.filter(query=query, job=job).first()
    if known is not None or one.status not in {QueryStatus.DONE, JobStatus.DONE} or not one.rows:
        unchanged(at=at)
        return known
    code, salt = new_code("RCT"), secrets.token_hex(32)
    return _issued(code, salt, content_of(code=code, salt=salt, **_said_of(one)), actor=actor, at=at, query=query, job=job)


def _issued(code: str, salt: str, content: dict[str, Any], *, actor: Actor, at: datetime, **of: Any) -> ResultCertificate:
    made = ResultCertificate.objects.create(
        code=code, content=content, content_hash=hashlib.sha256(canonical(content)).hexdigest(), salt=salt,
        signature=sign(to_sign(content)).hex(), key_id=key_id_of(public_bytes(signing_key())), issued_at=at, **of)
    record(ResultCertified(subject=code, content_hash=made.content_hash), actor=actor, at=at)
    return made


def statement_of(task: DeletionTask) -> str:
    """This will write a recipient's statement as one text: what it said, what was deleted, who signed."""
    return "\n".join([task.code, task.statement, *task.deleted, task.signed_by])


@covers("F11", "R29")
@operation("delivery.deletion.certify")
def certify_deletion(*, task: DeletionTask, actor: Actor = SYSTEM, clock: Clock) -> ResultCertificate | None:
    """This will issue the certificate of a deletion at the end of a licence, once; None while it is owed."""
    one = DeletionTask.objects.select_for_update(of=("self",), no_key=True).select_related("delivery__trade__venue").get(pk=task.pk)
    at = clock.now()
    require(actor, "delivery.result.certify", at=at)
    known = ResultCertificate.objects.filter(deletion=one).first()
    if known is not None or one.status != DeletionStatus.DONE or not one.agreement or one.done_at is None:
        unchanged(at=at)
        return known
    code, salt, trade = new_code("DCT"), secrets.token_hex(32), one.delivery.trade
    content = deletion_content(code=code, salt=salt, statement=statement_of(one), data=one.delivery.expected_sha256,
                               policy=policy_hash(trade.agreement_hash, ""), deleted_at=one.done_at.isoformat(), venue=trade.venue.code)
    return _issued(code, salt, content, actor=actor, at=at, deletion=one)


@covers("F10")
def answer_file(one: ResultCertificate) -> dict[str, Any]:
    """This will write the file that opens a certificate: the answer, what was asked, and the salt. For the buyer's people."""
    if one.deletion is not None:
        return {"format": ANSWER, "certificate": one.code, "salt": one.salt, "statement": statement_of(one.deletion)}
    asked = one.query or one.job
    assert asked is not None
    said = one.query.question if one.query else one.job.algorithm.text if one.job else {}
    return {"format": ANSWER, "certificate": one.code, "salt": one.salt, "rows": asked.rows, "asked": said,
            "algorithm": one.query.question_sha256 if one.query else one.job.algorithm_sha256 if one.job else ""}
