"""Facts as rooms write them: an ``Event`` is a frozen dataclass; its fields are the payload that is recorded and sealed.

Payloads hold codes, whole numbers, times and texts. Secret or personal values stand as salted commitments: value and salt stay
in the owner's room and can be erased, which leaves the chain whole (个人信息保护法 Art. 47).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from evidence.canonical import canonical

__all__ = ["Commitment", "Event", "family", "new_salt", "payload_of", "rfc3339"]

MAX_WHOLE = 2**53 - 1


def rfc3339(at: datetime) -> str:
    """This will write an instant as the log does: UTC, always six decimals, ``Z``."""
    assert at.tzinfo is not None, "instants are aware"
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def new_salt() -> bytes:
    """This will draw the 32 bytes that hide a committed value."""
    return secrets.token_bytes(32)


@dataclass(frozen=True)
class Commitment:
    """A value that is proven, not shown: the log holds SHA-256(salt ‖ JCS(value)) under ``<field>_commitment``."""

    value: Any
    salt: bytes

    def digest(self) -> str:
        assert len(self.salt) == 32, "a salt has 32 bytes"
        return hashlib.sha256(self.salt + canonical(_plain(self.value))).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of every fact. ``subject`` is the code of the object it happened to; all other fields are the payload."""

    kind: ClassVar[str] = ""
    version: ClassVar[int] = 1

    subject: str


E = TypeVar("E", bound=Event)


def family(base: type[E], stem: str, words: Mapping[str, str] | Sequence[str]) -> dict[str, type[E]]:
    """This will make one fact per last word of a family (``compliance.case.opened``), so that the moves of an object share their payload.

    ``words`` maps each act of the object's table to that word; plain words stand for themselves.
    """
    named = dict(words) if isinstance(words, Mapping) else {word: word for word in words}
    kinds = {word: type(f"{base.__name__}_{word}", (base,), {"kind": f"{stem}.{word}"}) for word in sorted(set(named.values()))}
    return {act: kinds[word] for act, word in named.items()}


def payload_of(event: Event) -> dict[str, Any]:
    """This will return the payload of a fact; ``ValueError`` for what the log does not take (floats, NUL, 2^53 and more)."""
    return _object({field.name: getattr(event, field.name) for field in fields(event) if field.name != "subject"})


def _object(values: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Commitment):
            plain[name if name.endswith("_commitment") else f"{name}_commitment"] = value.digest()
        else:
            plain[_text(str(name))] = _plain(value)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        if abs(value) > MAX_WHOLE:
            raise ValueError("whole numbers in the log lie below 2^53")
        return int(value)
    return _composite(value)


def _composite(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Commitment):
        return value.digest()
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return _object({field.name: getattr(value, field.name) for field in fields(value)})
    raise ValueError(f"the log takes no {type(value).__name__}")


def _text(value: str) -> str:
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("texts in the log hold no NUL and no lone surrogate")
    return str(value)
