"""Offline verification: a bundle or a whole log against its signed heads and the heads somebody kept. No Django, no database.

Faults come in the order of the log; the first names the first bad entry. Formats: docs/algorithms/evidence.md.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence.canonical import canonical
from evidence.envelope import Checkpoint, commitment_of, key_id_of, leaf_of, payload_hash_of
from evidence.merkle import Frontier, leaf_hash, verify_consistency, verify_inclusion

__all__ = ["BUNDLE_FORMAT", "Fault", "LogEntry", "Verdict", "compare_heads", "signature_holds", "verify_bundle", "verify_log"]

BUNDLE_FORMAT = "exchange-bundle/1"

TEXTS: dict[str, tuple[str, str]] = {
    "format": ("不是本交易所的存证包", "not an evidence bundle of this exchange"),
    "checkpoint": ("检查点无法读取", "the checkpoint cannot be read"),
    "key": ("公钥与其编号不符，或不是受信任的公钥", "the public key does not fit its id, or is not a trusted one"),
    "signature": ("检查点的签名不成立", "the checkpoint's signature does not hold"),
    "entry": ("该条目无法读取", "the entry cannot be read"),
    "payload": ("内容与封装中的摘要不符", "the payload does not fit the hash in its envelope"),
    "opened": ("公开的值与承诺不符", "an opened value does not fit its commitment"),
    "line": ("明细与批次摘要不符", "the line does not belong to its batch"),
    "path": ("证明路径到不了已签名的根", "the proof does not lead to the signed root"),
    "gap": ("序号不连续：有条目被删除、插入或调换", "positions are not gapless: entries were removed, inserted or moved"),
    "leaf": ("条目被改动：重新计算的摘要与记录不符", "the entry was changed: its hash computed anew differs"),
    "root": ("到此为止的条目算不出已签名的根", "the entries up to here do not add up to the signed root"),
    "previous": ("封印没有接上前一个根", "the seal does not name the root before it"),
    "unsealed": ("日志在最后一个封印之后还有条目", "the log has entries after its last seal"),
    "truncated": ("日志比已公布的检查点短：尾部被截断或被清空", "the log is shorter than a published checkpoint: cut or wiped"),
    "rewritten": ("日志与已公布的检查点不一致：历史被改写", "the log differs from a published checkpoint: history was rewritten"),
    "split_view": ("同一长度出现两个不同的根：对不同人展示了不同的日志",
                   "two roots for one size: different logs are shown to different readers"),
    "content": ("所附凭证内容与已封存的指纹不符", "the paper's content does not fit the hash that was sealed"),
    "consistency": ("无法证明新检查点延续旧检查点", "nothing proves that the newer checkpoint extends the older one"),
}


@dataclass(frozen=True)
class Fault:
    """One thing that does not hold. ``position`` is the first entry it can lie at (None: the head itself)."""

    code: str
    position: int | None = None
    until: int | None = None

    @property
    def text(self) -> tuple[str, str]:
        return TEXTS[self.code]

    def __str__(self) -> str:
        where = "head" if self.position is None else f"entry {self.position}"
        if self.until is not None and self.position is not None and self.until > self.position + 1:
            where = f"entries {self.position} to {self.until - 1}"
        return f"{where}: {self.code}: {self.text[1]}"


@dataclass
class Verdict:
    """What was checked and what does not hold; good when ``faults`` is empty."""

    checkpoint: Checkpoint | None = None
    entries: int = 0
    faults: list[Fault] = field(default_factory=list)
    #: the paper that came with a bundle, once its hash was found among the proven facts about it
    content: dict[str, Any] | None = None

    @property
    def good(self) -> bool:
        return not self.faults

    @property
    def first_bad(self) -> Fault | None:
        """The fault with the lowest position; a fault of the head counts as before everything when it stands alone."""
        placed = [fault for fault in self.faults if fault.position is not None]
        return min(placed, key=lambda fault: fault.position or 0) if placed else (self.faults[0] if self.faults else None)


def signature_holds(checkpoint: Checkpoint, public: bytes) -> bool:
    """This will tell whether the key signed the checkpoint."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(checkpoint.signature, checkpoint.message())
    except (InvalidSignature, ValueError):
        return False
    return key_id_of(public) == checkpoint.key_id


def compare_heads(a: Checkpoint, b: Checkpoint) -> Fault | None:
    """This will return the split-view fault when two heads of one log have the same size and different roots."""
    if a.origin == b.origin and a.size == b.size and a.root != b.root:
        return Fault("split_view")
    return None


# ---- a bundle ------------------------------------------------------------------------------------------------------------


def verify_bundle(bundle: Any, *, trusted: Mapping[str, bytes] | None = None, known: Sequence[Checkpoint] = ()) -> Verdict:
    """This will check a downloaded bundle by itself; with ``trusted`` keys (id -> 32 bytes) and kept heads, against those too."""
    verdict = Verdict()
    if not isinstance(bundle, dict) or bundle.get("format") != BUNDLE_FORMAT or not isinstance(bundle.get("entries"), list):
        verdict.faults.append(Fault("format"))
        return verdict
    try:
        checkpoint = verdict.checkpoint = Checkpoint.read(bundle["checkpoint"])
        public = base64.b64decode(bundle["public_key"]["key"], validate=True)
    except (KeyError, TypeError, ValueError):
        verdict.faults.append(Fault("checkpoint"))
        return verdict
    if key_id_of(public) != checkpoint.key_id or (trusted is not None and trusted.get(checkpoint.key_id) != public):
        verdict.faults.append(Fault("key"))
    elif not signature_holds(checkpoint, public):
        verdict.faults.append(Fault("signature"))
    verdict.faults += [fault for head in known if (fault := _against_head(bundle, checkpoint, head))]
    for entry in bundle["entries"]:
        verdict.entries += 1
        if fault := _check_entry(entry, checkpoint):
            verdict.faults.append(fault)
    if "content" in bundle:
        verdict.content = _proven_content(bundle)
        if verdict.content is None:
            verdict.faults.append(Fault("content"))
    return verdict


def _proven_content(bundle: Mapping[str, Any]) -> dict[str, Any] | None:
    """The paper in a bundle, when one of the bundle's facts about it names the hash of exactly this content."""
    paper = bundle["content"]
    if not isinstance(paper, dict) or not isinstance(paper.get("document"), dict):
        return None
    try:
        digest = hashlib.sha256(canonical(paper["document"])).hexdigest()
    except (TypeError, ValueError, RecursionError):
        return None
    for entry in bundle["entries"]:
        if isinstance(entry, dict) and isinstance(entry.get("envelope"), dict) and isinstance(entry.get("payload"), dict) \
                and entry["envelope"].get("subject") == paper.get("subject") and entry["payload"].get("content_hash") == digest:
            found: dict[str, Any] = paper["document"]
            return found
    return None


def _against_head(bundle: Mapping[str, Any], checkpoint: Checkpoint, head: Checkpoint) -> Fault | None:
    if checkpoint.origin != head.origin or head.size == checkpoint.size:
        return compare_heads(checkpoint, head)
    if head.size > checkpoint.size:
        return None  # an older bundle than the head we hold: its own signature must do
    shown = bundle.get("consistency")
    if not isinstance(shown, dict) or shown.get("size") != head.size:
        return Fault("consistency")
    path = _hashes(shown.get("path"))
    if path is None or not verify_consistency(head.size, checkpoint.size, head.root, checkpoint.root, path):
        return Fault("rewritten")
    return None


def _check_entry(entry: Any, checkpoint: Checkpoint) -> Fault | None:
    position = entry.get("position") if isinstance(entry, dict) else None
    if not isinstance(position, int) or isinstance(position, bool):
        return Fault("entry")
    try:
        code = _entry_fault(entry, position, checkpoint)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        code = "entry"
    return Fault(code, position) if code else None


def _entry_fault(entry: Mapping[str, Any], position: int, checkpoint: Checkpoint) -> str:
    envelope = entry["envelope"]
    if "payload" in entry:
        payload = entry["payload"]
        if payload_hash_of(payload).hex() != envelope["payload_hash"]:
            return "payload"
        if not all(_opens(payload, one) for one in entry.get("opened") or ()):
            return "opened"
        if (line := entry.get("line")) and not _line_belongs(payload, line):
            return "line"
    elif entry["payload_hash"] != envelope["payload_hash"] or entry.get("opened") or entry.get("line"):
        return "payload"
    path = _hashes(entry["path"])
    if path is None or not verify_inclusion(leaf_of(envelope), position, checkpoint.size, path, checkpoint.root):
        return "path"
    return ""


def _hashes(shown: Any) -> list[bytes] | None:
    if not isinstance(shown, list):
        return None
    try:
        return [bytes.fromhex(one) for one in shown]
    except (TypeError, ValueError):
        return None


def _opens(payload: Any, opened: Mapping[str, Any]) -> bool:
    """``path`` leads to the commitment: member names and list indexes joined by dots."""
    place = payload
    for step in str(opened["path"]).split("."):
        place = place[int(step)] if isinstance(place, list) else place[step]
    return bool(place == commitment_of(opened["value"], base64.b64decode(opened["salt"], validate=True)))


def _line_belongs(payload: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    """A batch's record holds ``lines_root`` and ``lines`` (how many); a line proves itself by its own path."""
    path, leaf = _hashes(line["path"]), leaf_hash(canonical(line["payload"]))
    return (path is not None and payload["lines"] == line["count"]
            and verify_inclusion(leaf, line["index"], line["count"], path, bytes.fromhex(payload["lines_root"])))


# ---- a whole log ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LogEntry:
    """An entry as the log holds it. ``envelope`` and ``payload`` are what the record says now."""

    position: int
    envelope: Mapping[str, Any]
    payload: Mapping[str, Any]
    payload_hash: bytes
    leaf_hash: bytes


def verify_log(entries: Iterable[LogEntry], seals: Sequence[Checkpoint], *, public_keys: Mapping[str, bytes],
               known: Sequence[Checkpoint] = (), start: Frontier | None = None) -> Verdict:
    """This will check a whole log: every entry, every seal and its signature, and every head that was kept (``known``).

    Memory stays small: entries are read once, in order. ``start`` checks only what comes after a head already checked: its
    frontier; older seals and heads are then left alone.
    """
    verdict = Verdict(seals[-1] if seals else None)
    frontier = Frontier(start.size, start.peaks) if start else Frontier()
    before = next((seal for seal in reversed(seals) if seal.size <= frontier.size), None)
    roots: dict[int, bytes] = {frontier.size: frontier.root()}
    seals = [seal for seal in seals if seal.size > frontier.size]
    known = [head for head in known if head.size >= max(frontier.size, 1)]
    wanted = {head.size for head in (*seals, *known)}
    expected = frontier.size
    for entry in entries:
        if fault := _log_fault(entry, expected):
            verdict.faults.append(fault)
        expected = entry.position + 1
        frontier.append(leaf_of(entry.envelope))
        verdict.entries += 1
        if frontier.size in wanted:
            roots[frontier.size] = frontier.root()
    _check_seals(verdict, before, seals, roots, public_keys, frontier.size)
    _check_known(verdict, known, roots, public_keys, frontier.size)
    return verdict


def _log_fault(entry: LogEntry, expected: int) -> Fault | None:
    if entry.position != expected:
        return Fault("gap", expected)
    digest = payload_hash_of(entry.payload)
    if digest != entry.payload_hash:
        return Fault("payload", expected)
    if leaf_of({**entry.envelope, "payload_hash": digest.hex()}) != entry.leaf_hash:
        return Fault("leaf", expected)
    return None


def _check_seals(verdict: Verdict, before: Checkpoint | None, seals: Sequence[Checkpoint], roots: Mapping[int, bytes],
                 public_keys: Mapping[str, bytes], size: int) -> None:
    before = before or Checkpoint("", 0, b"", b"", "", "")
    for seal in seals:
        span = (before.size, seal.size)
        if seal.size not in roots:
            verdict.faults.append(Fault("truncated", size))
        elif roots[seal.size] != seal.root:
            verdict.faults.append(Fault("root", *span))
        if seal.previous_root != before.root or seal.size <= before.size:
            verdict.faults.append(Fault("previous", *span))
        if seal.key_id not in public_keys or not signature_holds(seal, public_keys[seal.key_id]):
            verdict.faults.append(Fault("signature", *span))
        before = seal
    if size > before.size:
        verdict.faults.append(Fault("unsealed", before.size, size))


def _check_known(verdict: Verdict, known: Sequence[Checkpoint], roots: Mapping[int, bytes], public_keys: Mapping[str, bytes],
                 size: int) -> None:
    matched = 0
    for head in sorted(known, key=lambda one: one.size):
        if head.key_id in public_keys and not signature_holds(head, public_keys[head.key_id]):
            verdict.faults.append(Fault("signature"))
        elif head.size > size:
            verdict.faults.append(Fault("truncated", size))
        elif roots[head.size] != head.root:
            verdict.faults.append(Fault("rewritten", matched, head.size))
        else:
            matched = head.size
