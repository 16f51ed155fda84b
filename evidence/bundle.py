"""Bundles: what a reader takes home and can verify without us. Entries with their proofs, one signed head, its public key.

A payload stands in it only where the reader may read it; otherwise its hash does, and the proof holds all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q

from evidence.canonical import canonical
from evidence.envelope import Checkpoint, envelope_of
from evidence.merkle import consistency_proof, inclusion_proof, leaf_hash, root_of_leaves, stored
from evidence.models import Entry
from evidence.queries import head, public_key_document
from evidence.subscriptions import SealedFact
from evidence.tree import Tiles
from evidence.verify import BUNDLE_FORMAT

__all__ = ["LARGEST", "line_of", "lines_root", "make_bundle"]

#: A bundle holds at most so many entries.
LARGEST = 10_000

MayRead = Callable[[SealedFact], bool]


def make_bundle(*, subjects: Iterable[str] = (), records: Iterable[UUID] = (), may_read: MayRead, since: Checkpoint | None = None,
                opened: Mapping[UUID, Sequence[Mapping[str, Any]]] | None = None,
                lines: Mapping[UUID, Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """This will bundle the sealed records of the subjects and the records named, under the newest head.

    ``may_read`` decides per fact whether the payload is shown. ``opened`` gives values and salts (base64) of commitments by record,
    ``lines`` one line of a batch by record (``line_of``). ``since`` adds the proof that the head extends an older one.
    Raises ``LookupError`` while nothing is sealed.
    """
    checkpoint = head()
    if checkpoint is None:
        raise LookupError("nothing is sealed yet")
    wanted = Entry.objects.filter(Q(record__subject__in=list(subjects)) | Q(record_id__in=list(records)), position__lt=checkpoint.size)
    tiles, entries = Tiles(), []
    for entry in wanted.select_related("record").order_by("position")[:LARGEST]:
        shown = _shown(entry, may_read)
        shown["path"] = [part.hex() for part in inclusion_proof(tiles, entry.position, checkpoint.size)]
        if "payload" in shown:
            shown |= _extras(entry.record_id, opened, lines)
        entries.append(shown)
    bundle: dict[str, Any] = {"format": BUNDLE_FORMAT, "checkpoint": checkpoint.document(),
                              "public_key": public_key_document(checkpoint.key_id), "entries": entries}
    if since is not None and 0 < since.size < checkpoint.size:
        bundle["consistency"] = {"size": since.size,
                                 "path": [part.hex() for part in consistency_proof(tiles, since.size, checkpoint.size)]}
    return bundle


def _shown(entry: Entry, may_read: MayRead) -> dict[str, Any]:
    record, digest = entry.record, bytes(entry.payload_hash)
    fact = SealedFact(entry.position, record.id, record.kind, record.kind_version, record.command, record.at, record.actor, record.subject,
                      record.payload)
    envelope = envelope_of(record.id, record.kind, record.kind_version, record.command, record.at, record.actor, record.subject, digest)
    shown: dict[str, Any] = {"position": entry.position, "envelope": envelope}
    return shown | ({"payload": record.payload} if may_read(fact) else {"payload_hash": digest.hex()})


def _extras(record: UUID, opened: Mapping[UUID, Sequence[Mapping[str, Any]]] | None,
            lines: Mapping[UUID, Mapping[str, Any]] | None) -> dict[str, Any]:
    extras: dict[str, Any] = {}
    if opened and record in opened:
        extras["opened"] = [dict(one) for one in opened[record]]
    if lines and record in lines:
        extras["line"] = dict(lines[record])
    return extras


def lines_root(lines: Iterable[Mapping[str, Any]]) -> str:
    """This will return what a batch's fact holds as ``lines_root`` (with ``lines``, how many): the root over JCS of each line."""
    return root_of_leaves(leaf_hash(canonical(line)) for line in lines).hex()


def line_of(lines: Sequence[Mapping[str, Any]], index: int) -> dict[str, Any]:
    """This will return one line of a batch with the path that proves it."""
    leaves = [leaf_hash(canonical(line)) for line in lines]
    path = inclusion_proof(stored(leaves), index, len(leaves))
    return {"index": index, "count": len(leaves), "payload": dict(lines[index]), "path": [part.hex() for part in path]}
