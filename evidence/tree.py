"""The log's tree as the database holds it: leaves in ``Entry``, every eighth level in ``Node``, read in tiles of 256 hashes."""

from __future__ import annotations

from django.db import connection

from evidence.merkle import node_hash

__all__ = ["NODE_STEP", "Tiles"]

#: Every eighth level of the tree is kept in ``Node``.
NODE_STEP = 8
_TILE = 1 << NODE_STEP


class Tiles:
    """Reads subtree hashes and keeps what it read; one per transaction, as the log only grows."""

    def __init__(self) -> None:
        self._rows: dict[tuple[int, int], list[bytes]] = {}
        self._known: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """This will return the hash of the full subtree of 2^level leaves at ``index``."""
        known = self._known.get((level, index))
        if known is None:
            known = self._known[level, index] = self._read(level, index)
        return known

    def _read(self, level: int, index: int) -> bytes:
        height = level % NODE_STEP
        if height:
            return node_hash(self(level - 1, 2 * index), self(level - 1, 2 * index + 1))
        row = self._tile(level, index >> NODE_STEP)
        place = index & (_TILE - 1)
        assert place < len(row), f"the log has no subtree {level}/{index}"
        return row[place]

    def _tile(self, level: int, tile: int) -> list[bytes]:
        if (level, tile) not in self._rows:
            start, end = tile * _TILE, (tile + 1) * _TILE
            with connection.cursor() as cursor:
                if level:
                    cursor.execute('SELECT hash FROM evidence_node WHERE level = %s AND "index" >= %s AND "index" < %s ORDER BY "index"',
                                   [level, start, end])
                else:
                    cursor.execute("SELECT leaf_hash FROM evidence_entry WHERE position >= %s AND position < %s ORDER BY position",
                                   [start, end])
                self._rows[level, tile] = [bytes(value) for (value,) in cursor.fetchall()]
        return self._rows[level, tile]
