"""Reading the record book: heads, entries with their proofs, the timeline of an object, the whole log for verification."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from evidence.delivery import facts_after
from evidence.envelope import Checkpoint, envelope_of, read_payload
from evidence.events import rfc3339
from evidence.models import Failure, PublicKey, Record, Seal
from evidence.sealing import ENVELOPE_COLUMNS
from evidence.subscriptions import SealedFact
from evidence.verify import LogEntry

__all__ = ["checkpoint_of", "entry_of", "extent", "facts_after", "head", "log_entries", "of_command", "parked", "position_of",
           "public_key_document", "public_keys", "records", "seals", "timeline"]


def checkpoint_of(seal: Seal) -> Checkpoint:
    """This will return the seal as a published checkpoint."""
    return Checkpoint(seal.origin, seal.size, bytes(seal.root), bytes(seal.previous_root), rfc3339(seal.at), seal.key_id,
                      bytes(seal.signature))


def head() -> Checkpoint | None:
    """This will return the newest signed head, or None while nothing is sealed."""
    seal = Seal.objects.order_by("-size").first()
    return checkpoint_of(seal) if seal else None


def seals() -> list[Checkpoint]:
    """This will return every seal, oldest first."""
    return [checkpoint_of(seal) for seal in Seal.objects.order_by("size")]


def public_keys() -> dict[str, bytes]:
    """This will return the keys that seals were signed with, by id."""
    return {key.key_id: bytes(key.key) for key in PublicKey.objects.all()}


def public_key_document(key_id: str) -> dict[str, Any]:
    """This will return a public key as bundles show it."""
    key = PublicKey.objects.get(key_id=key_id)
    return {"key_id": key.key_id, "algorithm": key.algorithm, "key": base64.b64encode(bytes(key.key)).decode(),
            "valid_from": rfc3339(key.valid_from), "valid_to": rfc3339(key.valid_to) if key.valid_to else None}


def position_of(record: UUID) -> int | None:
    """This will return the record's place in the log; None while it is not sealed yet."""
    return Record.objects.filter(pk=record).values_list("entry__position", flat=True).first()


def entry_of(record: UUID) -> SealedFact | None:
    """This will return a sealed record with its position, or None."""
    position = position_of(record)
    return facts_after(position, limit=1)[0] if position is not None else None


def timeline(*subjects: str, limit: int = 500) -> list[Record]:
    """This will return what happened to the objects, oldest first; ``record.entry`` is loaded where it is sealed."""
    return list(Record.objects.filter(subject__in=subjects).select_related("entry").order_by("at", "entry__position")[:limit])


def of_command(command: UUID) -> list[Record]:
    """This will return everything one act recorded."""
    return list(Record.objects.filter(command=command).select_related("entry").order_by("entry__position", "at"))


def records(*, kind: str = "", actor: str = "", since: datetime | None = None, until: datetime | None = None) -> QuerySet[Record]:
    """This will return records for an auditor's page, newest first: ``kind`` and ``actor`` by their beginnings, time half-open.

    Slice it by ``at``; it has no total.
    """
    found = Record.objects.select_related("entry").order_by("-at", "-entry__position")
    if kind:
        found = found.filter(kind__startswith=kind)
    if actor:
        found = found.filter(actor__startswith=actor)
    if since is not None:
        found = found.filter(at__gte=since)
    return found.filter(at__lt=until) if until is not None else found


def parked() -> QuerySet[Failure]:
    """This will return what subscribers could not take: an alarm for the people on duty."""
    return Failure.objects.filter(parked=True).order_by("subscriber", "position")


def extent() -> tuple[int, int]:
    """This will return (end of the entries, end of the seals) as one snapshot sees them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE((SELECT max(position) + 1 FROM evidence_entry), 0), "
                       "COALESCE((SELECT max(size) FROM evidence_seal), 0)")
        entries, sealed = cursor.fetchone()
    return int(entries), int(sealed)


def log_entries(*, after: int = 0, upto: int | None = None, chunk: int = 2000) -> Iterator[LogEntry]:
    """This will read the log from position ``after`` on, in order, in chunks (a gap shows as a jump)."""
    position = after - 1
    while rows := _chunk(position, upto, chunk):
        for row in rows:
            yield _entry(row)
        position = rows[-1][0]


def _chunk(after: int, upto: int | None, chunk: int) -> Sequence[tuple[Any, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT e.position, e.payload_hash, e.leaf_hash, {ENVELOPE_COLUMNS} FROM evidence_entry e "  # noqa: S608 (a constant)
            "JOIN evidence_record r ON r.id = e.record_id WHERE e.position > %s AND (%s::bigint IS NULL OR e.position < %s) "
            "ORDER BY e.position LIMIT %s", [after, upto, upto, chunk])
        return list(cursor.fetchall())


def _entry(row: tuple[Any, ...]) -> LogEntry:
    position, payload_hash, leaf, record, kind, version, command, at, actor, subject, text = row
    envelope = envelope_of(record, kind, version, command, at, actor, subject, bytes(payload_hash))
    return LogEntry(position, envelope, read_payload(text), bytes(payload_hash), bytes(leaf))
