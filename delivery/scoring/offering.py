"""Opening a service over a version: a model by its reviewed text, or records that are kept here as keyed hashes and nothing else."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from delivery.kinds import KINDS, Way
from delivery.models import Algorithm, Service
from delivery.release_events import service_moved
from delivery.scoring.language import is_model, read_model
from delivery.service_models import ServiceKind
from delivery.states import SERVICE, AlgorithmStatus, ServiceStatus
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.composing import normalized
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from listings.models import ListingVersion
from participants.permissions import require

__all__ = ["SERVED", "close_service", "keyed", "open_service", "plain", "service_of"]

#: Modes of delivery in which a service is called and no file is handed over.
SERVED = {each.value: ServiceKind(one.kind) for one in KINDS.values() if one.way == Way.SERVICE for each in one.modes}
_MOST_RECORDS = 200_000
_KEYED = 16


def plain(text: str) -> str:
    """This will write a value the one way it is compared: width, case and spaces do not count."""
    return "".join(normalized("NFKC", text).casefold().split())


def keyed(service: str, *values: str) -> bytes:
    """This will hash values under the house's key: who has the hashes alone cannot try numbers against them."""
    told = "\x1f".join([service, *(plain(one) for one in values)])
    return hmac.new(settings.REAL_NAME_KEY.encode(), told.encode(), hashlib.sha256).digest()


def service_of(version: ListingVersion) -> Service | None:
    """This will return the version's open service."""
    return Service.objects.filter(version=version, status=ServiceStatus.OPEN).select_related("algorithm", "version").first()


def _note(held: Service, word: str, *, actor: Actor, at: datetime) -> Service:
    record(service_moved[word](subject=held.code, organization=held.version.organization.code, version_code=held.version.code,
                               service_kind=held.kind, pinned_sha256=held.pinned_sha256, most_calls=held.most_calls,
                               most_subjects=held.most_subjects), actor=actor, at=at)
    return held


def _limits(purposes: Sequence[str], most_calls: int, most_subjects: int) -> list[FieldFault]:
    faults = []
    if not 1 <= len(purposes) <= 10 or not all(2 <= len(one) <= 80 for one in purposes):
        faults.append(FieldFault("purposes", "length", ("写明 1 至 10 个用途，各 2 至 80 字", "1 to 10 purposes of 2 to 80 characters")))
    for name, value in (("most_calls", most_calls), ("most_subjects", most_subjects)):
        if not 1 <= value <= 1_000_000:
            faults.append(FieldFault(name, "range", ("1 至 1000000", "1 to 1,000,000")))
    return faults


def _packed(code: str, rows: Iterable[Sequence[str]], width: int) -> tuple[bytes, bytes, list[FieldFault]]:
    subjects, records = set[bytes](), set[bytes]()
    for number, row in enumerate(rows, 1):
        if len(row) != width or not all(plain(cell) for cell in row) or number > _MOST_RECORDS:
            return b"", b"", [FieldFault("records", "row", (f"第 {number} 行须有 {width} 个非空值，至多 {_MOST_RECORDS} 行",
                                                            f"Row {number} needs {width} values; {_MOST_RECORDS} rows at most"))]
        subjects.add(keyed(code, row[0])[:_KEYED])
        records.add(keyed(code, *row)[:_KEYED])
    if len(subjects) < 2:
        return b"", b"", [FieldFault("records", "few", ("至少两个主体", "Two subjects at least"))]
    return b"".join(sorted(subjects)), b"".join(sorted(records)), []


@covers("C6", "R14", "W14")
@operation("delivery.service.open")
def open_service(*, version: ListingVersion, purposes: Sequence[str], most_calls: int, most_subjects: int,
                 algorithm: Algorithm | None = None, fields: Sequence[str] = (), records: Iterable[Sequence[str]] = (), actor: Actor,
                 clock: Clock) -> Service:
    """This will open a service: of a model whose text passed both stages, or of records, first the subject's field, then those matched."""
    held = ListingVersion.objects.select_for_update(of=("self",), no_key=True).select_related("organization").get(pk=version.pk)
    at = clock.now()
    require(actor, "delivery.service.open", subject=held, at=at)
    kind = SERVED.get(held.delivery_mode)
    if kind is None:
        raise Rejected("delivery.service.other_mode", version=held.code)
    code, faults = new_code("SVC"), _limits(purposes, most_calls, most_subjects)
    made: dict[str, Any] = {}
    if kind == ServiceKind.MODEL:
        if algorithm is None or algorithm.organization_id != held.organization_id or algorithm.status != AlgorithmStatus.APPROVED or (
                not is_model(algorithm.text)):
            raise Rejected("delivery.service.not_approved")
        made = {"algorithm": algorithm, "fields": list(read_model(algorithm.text).inputs), "pinned_sha256": algorithm.sha256}
    else:
        if not 2 <= len(fields) <= 6 or len(set(fields)) != len(fields) or not all(1 <= len(one) <= 40 for one in fields):
            faults.append(FieldFault("fields", "length", ("2 至 6 个字段，第一个是主体", "2 to 6 fields, the subject first")))
        subjects, kept, wrong = _packed(code, records, len(fields))
        faults += wrong
        made = {"fields": list(fields), "subjects": subjects, "records": kept, "pinned_sha256": hashlib.sha256(kept).hexdigest()}
    if faults:
        raise Rejected("delivery.service.faulty", errors=faults)
    try:
        with transaction.atomic():
            service = Service.objects.create(code=code, version=held, kind=kind, purposes=list(purposes), most_calls=most_calls,
                                             most_subjects=most_subjects, opened_at=at, opened_by=actor.code, **made)
    except IntegrityError as twice:
        raise Rejected("delivery.service.known", version=held.code) from twice
    return _note(service, "opened", actor=actor, at=at)


@operation("delivery.service.close")
def close_service(*, service: Service, actor: Actor, clock: Clock) -> Service:
    """This will close a service; calls after it are refused with the reason, calls before it stand."""
    held = Service.objects.select_for_update(of=("self",), no_key=True).select_related("version__organization").get(pk=service.pk)
    at = clock.now()
    require(actor, "delivery.service.close", subject=held.version, at=at)
    held.status = advance(SERVICE, ServiceStatus(held.status), "close", subject=held.code, code="delivery.service.illegal_move")
    held.closed_at = at
    held.save(update_fields=["status", "closed_at"])
    return _note(held, "closed", actor=actor, at=at)
