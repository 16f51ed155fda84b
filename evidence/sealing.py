"""Sealing: what waits in ``Unsealed`` gets gapless positions, enters the tree, and a signed checkpoint covers it.

There is one writer at a time (advisory lock). Positions are given here, after commit, so a reader who follows them never misses
a row that committed late; between commit and seal, milliseconds, a fact is recorded but not yet chained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from evidence import checkpoints, keys
from evidence.envelope import Checkpoint, envelope_of, key_id_of, leaf_of, payload_hash_of, read_payload
from evidence.events import rfc3339
from evidence.merkle import Frontier, frontier_of
from evidence.tree import NODE_STEP, Tiles
from kit.clock import Clock

__all__ = ["BATCH", "ENVELOPE_COLUMNS", "SealRefused", "seal_batch"]

BATCH = 2000
_LOCK = 0x5EA1

ENVELOPE_COLUMNS = "r.id, r.kind, r.kind_version, r.command, r.at, r.actor, r.subject, r.payload::text"


class SealRefused(RuntimeError):
    """The log in the database does not extend what was published: nothing more is sealed until a person has looked."""


@dataclass(frozen=True)
class _Head:
    size: int
    root: bytes


def _head() -> _Head:
    with connection.cursor() as cursor:
        cursor.execute("SELECT size, root FROM evidence_seal ORDER BY size DESC LIMIT 1")
        row = cursor.fetchone()
    return _Head(row[0], bytes(row[1])) if row else _Head(0, b"")


def seal_batch(*, clock: Clock, limit: int = BATCH, wait: bool = True) -> int:
    """This will seal up to ``limit`` waiting records and return how many; 0 also when another sealer is at work and not ``wait``."""
    with transaction.atomic():
        if not _alone(wait):
            return 0
        waiting = _waiting(limit)
        if not waiting:
            return 0
        head, tiles = _head(), Tiles()
        frontier = frontier_of(tiles, head.size)
        _refuse_rewound(head, frontier, tiles)
        entries, nodes = _chain(waiting, frontier)
        _write(entries, nodes)
        seal = _sign(head, frontier, clock)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM evidence_unsealed WHERE number = ANY(%s)", [[row[0] for row in waiting]])
        if _commits_durably():
            transaction.on_commit(lambda: checkpoints.publish(seal))
        return len(entries)


def _alone(wait: bool) -> bool:
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _waiting(limit: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT u.number, {ENVELOPE_COLUMNS} FROM evidence_unsealed u JOIN evidence_record r ON r.id = u.record_id "  # noqa: S608 (a constant)
            "ORDER BY u.number LIMIT %s", [limit])
        return list(cursor.fetchall())


Entries = list[tuple[int, UUID, bytes, bytes]]
Nodes = list[tuple[int, int, bytes]]


def _chain(waiting: Sequence[tuple[Any, ...]], frontier: Frontier) -> tuple[Entries, Nodes]:
    entries: Entries = []
    nodes: Nodes = []
    for _, record, kind, version, command, at, actor, subject, text in waiting:
        digest = payload_hash_of(read_payload(text))
        leaf = leaf_of(envelope_of(record, kind, version, command, at, actor, subject, digest))
        entries.append((frontier.size, record, digest, leaf))
        nodes.extend(node for node in frontier.append(leaf) if node[0] % NODE_STEP == 0)
    return entries, nodes


def _write(entries: Entries, nodes: Nodes) -> None:
    with connection.cursor() as cursor:
        with cursor.copy("COPY evidence_entry (position, record_id, payload_hash, leaf_hash) FROM STDIN") as sink:
            for entry in entries:
                sink.write_row(entry)
        if nodes:
            cursor.executemany('INSERT INTO evidence_node (level, "index", hash) VALUES (%s, %s, %s)', nodes)


def _commits_durably() -> bool:
    """A session that does not wait for the disk could lose a commit whose head it had published: it publishes none."""
    if checkpoints.place() is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_settings WHERE name = 'synchronous_commit' AND setting = 'off' AND source = 'session'")
        return cursor.fetchone() is None


def _refuse_rewound(head: _Head, frontier: Frontier, tiles: Tiles) -> None:
    """A log put back from a backup, cut or rewritten does not reach or match its last published checkpoint (T59)."""
    if head.size and frontier.root() != head.root:
        raise SealRefused(f"the entries do not add up to the last seal (size {head.size})")
    published = checkpoints.last()
    if published is None:
        return
    if published.size > head.size:
        raise SealRefused(f"the log has {head.size} entries, {published.size} were published")
    if frontier_of(tiles, published.size).root() != published.root:
        raise SealRefused(f"the log differs from the checkpoint published at size {published.size}")


def _sign(head: _Head, frontier: Frontier, clock: Clock) -> Checkpoint:
    public = keys.public_bytes(keys.signing_key())
    at = clock.now()
    draft = Checkpoint(settings.EVIDENCE_ORIGIN, frontier.size, frontier.root(), head.root, rfc3339(at), key_id_of(public))
    seal = draft.signed(keys.sign(draft.message()))
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO evidence_publickey (key_id, algorithm, key, valid_from) VALUES (%s, 'Ed25519', %s, %s) "
                       "ON CONFLICT DO NOTHING", [seal.key_id, public, at])
        if cursor.rowcount:  # a new key ends the term of the one before it
            cursor.execute("UPDATE evidence_publickey SET valid_to = %s WHERE key_id <> %s AND valid_to IS NULL", [at, seal.key_id])
        cursor.execute(
            "INSERT INTO evidence_seal (size, root, previous_root, at, origin, key_id, signature) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [seal.size, seal.root, seal.previous_root, at, seal.origin, seal.key_id, seal.signature])
    return seal
