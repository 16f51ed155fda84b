"""The words of a result certificate 结果凭证 (F10) as plain Python: what is hashed, what is signed, how an answer is held against it.

An answer is a few numbers, and a question is one of not many: hashed as they stand they could be guessed. Both enter under a salt that goes
to the two sides with the answer; the certificate itself can lie open to everybody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence.canonical import canonical
from kit.coverage import covers

__all__ = ["ANSWER", "DELETED", "FORMAT", "committed", "content_of", "deletion_content", "held_against", "policy_hash",
           "rows_hash", "signature_fits", "to_sign"]

FORMAT, ANSWER = "result-certificate/1", "certified-answer/1"
DELETED = "deletion-certificate/1"
_TOLD = (("output", ("结果", "The answer")), ("algorithm", ("问题或算法", "The question or algorithm")),
         ("statement", ("删除声明", "The statement of deletion")))


def rows_hash(rows: Any) -> str:
    """This will hash an answer's rows as the house writes them.

    >>> rows_hash([{"shown": True, "group": []}])[:8]
    'cec92f37'
    """
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def committed(salt: str, what: str, value: str) -> str:
    """This will hide a value that could be guessed: without the salt its hash tells nothing."""
    return hashlib.sha256(f"{FORMAT}\n{what}\n{salt}\n{value}".encode()).hexdigest()


def policy_hash(agreement: str, offer: str) -> str:
    """This will name under which agreement and which offer of the room an answer was given."""
    return hashlib.sha256(canonical({"agreement": agreement, "offer": offer})).hexdigest()


@covers("F10")
def content_of(*, code: str, of: str, salt: str, rows: Any, algorithm: str, data: str, policy: str, epsilon_micro: int, answered_at: str,
               venue: str) -> dict[str, Any]:
    """This will write a certificate's public content."""
    return {"format": FORMAT, "certificate": code, "of": of, "output": committed(salt, "output", rows_hash(rows)),
            "algorithm": committed(salt, "algorithm", algorithm), "data": data, "policy": policy, "epsilon_micro": epsilon_micro,
            "answered_at": answered_at, "venue": venue}


def deletion_content(*, code: str, salt: str, statement: str, data: str, policy: str, deleted_at: str, venue: str) -> dict[str, Any]:
    """This will write the public content of a deletion's certificate: which data under which agreement, and that a statement was signed."""
    return {"format": DELETED, "certificate": code, "of": "deletion", "statement": committed(salt, "statement", statement), "data": data,
            "policy": policy, "deleted_at": deleted_at, "venue": venue}


def to_sign(content: Mapping[str, Any]) -> bytes:
    """This will return the bytes that are signed: the content under its own name, so that no other paper has the same."""
    return str(content.get("format")).encode() + b"\n" + canonical(dict(content))


def signature_fits(content: Mapping[str, Any], signature: str, key: bytes) -> bool:
    """This will tell whether the key signed this content."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(bytes.fromhex(signature), to_sign(content))
    except (InvalidSignature, ValueError):
        return False
    return True


@covers("F10")
def held_against(content: Mapping[str, Any], answer: Any) -> list[tuple[tuple[str, str], bool]]:
    """This will hold an answer's file against a certificate: each thing looked at and whether it is the one certified."""
    said = answer if isinstance(answer, dict) else {}
    salt, named = str(said.get("salt", "")), said.get("certificate") == content.get("certificate")
    found = {"output": rows_hash(said.get("rows")), "algorithm": str(said.get("algorithm", "")),
             "statement": str(said.get("statement", ""))}
    return [(("凭证编号", "The certificate's number"), said.get("format") == ANSWER and named),
            *((words, committed(salt, what, found[what]) == content.get(what)) for what, words in _TOLD if what in content)]
