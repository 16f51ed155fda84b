"""The tree is RFC 6962's; a twin written straight from the RFC's recursive definitions is the oracle."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence import merkle
from kit.coverage import covers

# ---- the naive twin: RFC 6962, section 2.1, word for word ----------------------------------------------------------------


def naive_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = naive_split(len(leaves))
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_split(count: int) -> int:
    k = 1
    while k * 2 < count:
        k *= 2
    return k


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = naive_split(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_proof(m: int, leaves: list[bytes], complete: bool = True) -> list[bytes]:
    if m == len(leaves):
        return [] if complete else [naive_root(leaves)]
    k = naive_split(len(leaves))
    if m <= k:
        return [*naive_proof(m, leaves[:k], complete), naive_root(leaves[k:])]
    return [*naive_proof(m - k, leaves[k:], False), naive_root(leaves[:k])]


def data(count: int) -> list[bytes]:
    return [f"leaf {number}".encode() for number in range(count)]


# ---- published vectors ---------------------------------------------------------------------------------------------------


def vectors(shared: Path, which: str) -> list[tuple[str, dict[str, object]]]:
    folder = shared / "3-vectors" / "rfc6962" / which
    return [(place.relative_to(folder).as_posix(), json.loads(place.read_text())) for place in sorted(folder.rglob("*.json"))]


def read(text: object) -> bytes:
    return base64.b64decode(str(text or ""))


def parts(vector: dict[str, object]) -> list[bytes]:
    return [read(one) for one in vector.get("proof") or []]  # type: ignore[attr-defined]


@covers("T59", "I24")
def test_the_published_inclusion_vectors(shared: Path) -> None:
    known = vectors(shared, "inclusion")
    assert len(known) > 50
    for name, vector in known:
        held = merkle.verify_inclusion(read(vector["leafHash"]), int(str(vector["leafIdx"])), int(str(vector["treeSize"])), parts(vector),
                                       read(vector["root"]))
        assert held is not vector["wantErr"], name


@covers("T59", "I24")
def test_the_published_consistency_vectors(shared: Path) -> None:
    known = vectors(shared, "consistency")
    assert len(known) > 50
    for name, vector in known:
        held = merkle.verify_consistency(int(str(vector["size1"])), int(str(vector["size2"])), read(vector["root1"]), read(vector["root2"]),
                                         parts(vector))
        assert held is not vector["wantErr"], name


def test_all_196_vectors_are_there(shared: Path) -> None:
    assert len(vectors(shared, "inclusion")) + len(vectors(shared, "consistency")) == 196


# ---- against the twin ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", range(1, 34))
def test_roots_and_proofs_equal_the_twins(size: int) -> None:
    leaves = data(size)
    hashes = [merkle.leaf_hash(one) for one in leaves]
    tree = merkle.stored(hashes)
    assert merkle.root_of_leaves(hashes) == merkle.root_of(tree, size) == naive_root(leaves)
    for position in range(size):
        path = merkle.inclusion_proof(tree, position, size)
        assert path == naive_path(position, leaves)
        assert merkle.verify_inclusion(hashes[position], position, size, path, naive_root(leaves))
    for old in range(1, size + 1):
        proof = merkle.consistency_proof(tree, old, size)
        assert proof == naive_proof(old, leaves)
        assert merkle.verify_consistency(old, size, naive_root(leaves[:old]), naive_root(leaves), proof)


@given(st.integers(1, 200), st.data())
def test_a_proof_proves_one_leaf_at_one_place_only(size: int, draw: st.DataObject) -> None:
    hashes = [merkle.leaf_hash(one) for one in data(size)]
    tree, position = merkle.stored(hashes), draw.draw(st.integers(0, size - 1))
    root, path = merkle.root_of(tree, size), merkle.inclusion_proof(tree, position, size)
    assert merkle.verify_inclusion(hashes[position], position, size, path, root)
    other = draw.draw(st.integers(0, size - 1).filter(lambda one: one != position) if size > 1 else st.just(-1))
    assert not merkle.verify_inclusion(hashes[position], other, size, path, root)
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"another"), position, size, path, root)
    assert not merkle.verify_inclusion(hashes[position], position, size, [*path, root], root)


@given(st.integers(1, 120), st.integers(0, 120))
def test_appending_to_a_frontier_equals_building_anew(start: int, more: int) -> None:
    hashes = [merkle.leaf_hash(one) for one in data(start + more)]
    frontier = merkle.frontier_of(merkle.stored(hashes), start)
    completed = [node for leaf in hashes[start:] for node in frontier.append(leaf)]
    assert frontier.root() == merkle.root_of_leaves(hashes)
    tree = merkle.stored(hashes)
    assert all(tree(level, index) == value for level, index, value in completed)


def test_appending_touches_a_logarithm_of_nodes() -> None:
    frontier = merkle.Frontier()
    made = sum(len(frontier.append(merkle.leaf_hash(b"x"))) for _ in range(1 << 12))
    assert made == (1 << 12) - 1 and len(frontier.peaks) == 1
