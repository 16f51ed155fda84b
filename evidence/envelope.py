"""What is hashed and signed, as plain functions: payload, envelope, leaf, checkpoint. The writer and every verifier share them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from evidence.canonical import canonical
from evidence.events import rfc3339
from evidence.merkle import leaf_hash

__all__ = ["Checkpoint", "commitment_of", "envelope_of", "key_id_of", "leaf_of", "payload_hash_of", "read_payload"]


def read_payload(text: str) -> dict[str, Any]:
    """This will read a stored payload; a whole number written with decimals (1.0) is the whole number."""
    payload: dict[str, Any] = json.loads(text, parse_float=lambda digits: int(Decimal(digits)))
    return payload


def payload_hash_of(payload: Mapping[str, Any]) -> bytes:
    """This will return SHA-256(JCS(payload))."""
    return hashlib.sha256(canonical(payload)).digest()


def envelope_of(record: UUID, kind: str, kind_version: int, command: UUID, at: datetime, actor: str, subject: str,
                payload_hash: bytes) -> dict[str, Any]:
    """This will return what a leaf hashes. The position is not in it: the sealer gives it."""
    return {"v": 1, "kind": kind, "kind_version": kind_version, "record": str(record), "command": str(command), "at": rfc3339(at),
            "actor": actor, "subject": subject, "payload_hash": payload_hash.hex()}


def leaf_of(envelope: Mapping[str, Any]) -> bytes:
    """This will return SHA-256(0x00 ‖ JCS(envelope))."""
    return leaf_hash(canonical(envelope))


def commitment_of(value: Any, salt: bytes) -> str:
    """This will return SHA-256(salt ‖ JCS(value)) in hex: how a secret stands in a payload."""
    return hashlib.sha256(salt + canonical(value)).hexdigest()


def key_id_of(public: bytes) -> str:
    """This will return the id of a public key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


@dataclass(frozen=True)
class Checkpoint:
    """A signed head of the log: the root over its first ``size`` entries, and the root signed before it."""

    origin: str
    size: int
    root: bytes
    previous_root: bytes
    at: str
    key_id: str
    signature: bytes = b""

    def message(self) -> bytes:
        """This will return the signed bytes: JCS of the checkpoint without its signature."""
        shown = self.document()
        del shown["signature"]
        return canonical(shown)

    def document(self) -> dict[str, Any]:
        """This will return the checkpoint as it is published."""
        return {"origin": self.origin, "size": self.size, "root": self.root.hex(), "previous_root": self.previous_root.hex(), "at": self.at,
                "key_id": self.key_id, "signature": base64.b64encode(self.signature).decode()}

    def signed(self, signature: bytes) -> Checkpoint:
        return replace(self, signature=signature)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Checkpoint:
        """This will read a published checkpoint; ``ValueError`` when it is not one."""
        try:
            return cls(str(document["origin"]), int(document["size"]), bytes.fromhex(document["root"]),
                       bytes.fromhex(document["previous_root"]), str(document["at"]), str(document["key_id"]),
                       base64.b64decode(document["signature"], validate=True))
        except (KeyError, TypeError, ValueError) as fault:
            raise ValueError(f"not a checkpoint: {fault}") from fault
