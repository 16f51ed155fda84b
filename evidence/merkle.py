"""The log's tree (RFC 6962, section 2): root, inclusion and consistency proofs, and their checks. Plain Python, no database.

A leaf is SHA-256(0x00 ‖ data), a node SHA-256(0x01 ‖ left ‖ right). A tree over stored hashes is read through
``subtree(level, index)``: the hash of the full subtree of 2^level leaves that starts at leaf ``index * 2^level``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

__all__ = ["EMPTY_ROOT", "Frontier", "Subtree", "consistency_proof", "frontier_of", "inclusion_proof", "leaf_hash", "node_hash", "root_of",
           "root_of_leaves", "stored", "verify_consistency", "verify_inclusion"]

EMPTY_ROOT = hashlib.sha256(b"").digest()

#: ``subtree(level, index)`` returns the hash of a full subtree.
Subtree = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """This will hash a leaf's data."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """This will hash two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The full subtrees that a tree of ``size`` leaves decomposes into, largest first: all that appending needs (O(log n))."""

    def __init__(self, size: int = 0, peaks: Iterable[tuple[int, bytes]] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """This will add a leaf hash and return the full subtrees (level, index, hash) that it completed, level 1 upward."""
        completed: list[tuple[int, int, bytes]] = []
        level, value = 0, leaf
        while self.peaks and self.peaks[-1][0] == level:
            value = node_hash(self.peaks.pop()[1], value)
            level += 1
            completed.append((level, self.size >> level, value))
        self.peaks.append((level, value))
        self.size += 1
        return completed

    def root(self) -> bytes:
        """This will return the root of the leaves so far."""
        return _fold([value for _, value in self.peaks])


def _fold(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY_ROOT
    value = peaks[-1]
    for left in reversed(peaks[:-1]):
        value = node_hash(left, value)
    return value


def root_of_leaves(leaves: Iterable[bytes]) -> bytes:
    """This will return the root over leaf hashes in order."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def stored(leaves: Sequence[bytes]) -> Subtree:
    """This will read a tree from leaf hashes held in memory."""

    def subtree(level: int, index: int) -> bytes:
        if level == 0:
            return leaves[index]
        return node_hash(subtree(level - 1, 2 * index), subtree(level - 1, 2 * index + 1))

    return subtree


def _decompose(start: int, end: int) -> list[tuple[int, int]]:
    """The full subtrees (level, index) that cover leaves [start, end), where start is aligned as RFC 6962 splits."""
    parts: list[tuple[int, int]] = []
    while start < end:
        level = (end - start).bit_length() - 1
        parts.append((level, start >> level))
        start += 1 << level
    return parts


def _range_root(subtree: Subtree, start: int, end: int) -> bytes:
    return _fold([subtree(level, index) for level, index in _decompose(start, end)])


def frontier_of(subtree: Subtree, size: int) -> Frontier:
    """This will read the frontier of the first ``size`` leaves."""
    return Frontier(size, [(level, subtree(level, index)) for level, index in _decompose(0, size)])


def root_of(subtree: Subtree, size: int) -> bytes:
    """This will return the root over the first ``size`` leaves."""
    return _range_root(subtree, 0, size)


def _split(count: int) -> int:
    """The largest power of two below ``count``."""
    return 1 << (count - 1).bit_length() - 1


def inclusion_proof(subtree: Subtree, position: int, size: int) -> list[bytes]:
    """This will return the path from leaf ``position`` to the root over ``size`` leaves, leaf first."""
    if not 0 <= position < size:
        raise ValueError("the position lies outside the tree")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if position < middle:
            path.append(_range_root(subtree, middle, end))
            end = middle
        else:
            path.append(_range_root(subtree, start, middle))
            start = middle
    return path[::-1]


def consistency_proof(subtree: Subtree, old: int, size: int) -> list[bytes]:
    """This will return the proof that the tree of ``size`` leaves extends the tree of its first ``old`` leaves."""
    if not 0 <= old <= size:
        raise ValueError("the older tree is not larger")
    if old in (0, size):
        return []
    path: list[bytes] = []
    start, end, whole = 0, size, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range_root(subtree, middle, end))
            end = middle
        else:
            path.append(_range_root(subtree, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_range_root(subtree, start, end))
    return path[::-1]


def verify_inclusion(leaf: bytes, position: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """This will tell whether the path leads from the leaf at ``position`` to the root over ``size`` leaves (RFC 9162, 2.1.3.2)."""
    if not 0 <= position < size or len(leaf) != 32:
        return False
    number, last, value = position, size - 1, leaf
    for part in path:
        if last == 0:
            return False
        if number & 1 or number == last:
            value = node_hash(part, value)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            value = node_hash(value, part)
        number, last = number >> 1, last >> 1
    return last == 0 and value == root


def verify_consistency(old: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]) -> bool:
    """This will tell whether the tree of ``size`` leaves extends the tree of ``old`` leaves (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= size:  # a proof from the empty tree says nothing
        return False
    if old == size:
        return not path and old_root == root
    parts = list(path)
    if old & (old - 1) == 0:
        parts.insert(0, old_root)
    if not parts:
        return False
    number, last = old - 1, size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    return _walk(parts, number, last, old_root, root)


def _walk(parts: Sequence[bytes], number: int, last: int, old_root: bytes, root: bytes) -> bool:
    older = newer = parts[0]
    for part in parts[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            older, newer = node_hash(part, older), node_hash(part, newer)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            newer = node_hash(newer, part)
        number, last = number >> 1, last >> 1
    return last == 0 and older == old_root and newer == root
