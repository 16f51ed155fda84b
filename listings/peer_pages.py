"""A page of another exchange's register as it comes: who signed it, what it follows, and every value of it looked at. Plain functions.

Nothing of a page is taken in unless all of it can be: a page that is faulty anywhere is a fault of the exchange that signed it.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence.canonical import canonical

__all__ = ["CERTIFICATES", "MOST", "STANDINGS", "PageFault", "PeerPage", "read_page"]

#: The two registers, by the format their pages name.
CERTIFICATES, STANDINGS = "registrations/1", "standings/1"
#: Moves of one page at most.
MOST = 500
_LARGEST = 2**53


class PageFault(ValueError):
    """What is wrong with a page, in a few words."""


@dataclass(frozen=True)
class PeerPage:
    """A page that holds: its moves in order, and up to where it speaks."""

    moves: tuple[dict[str, Any], ...]
    next: int
    more: bool


def _text(most: int, least: int = 0) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not least <= len(value) <= most or any(unicodedata.category(one) in {"Cc", "Cf"} for one in value):
            raise ValueError("no text of its length")
        return value

    return read


def _pattern(shape: str) -> Callable[[Any], str]:
    whole = re.compile(shape)

    def read(value: Any) -> str:
        if not isinstance(value, str) or whole.fullmatch(value) is None:
            raise ValueError("not of its shape")
        return value

    return read


def _instant(value: Any) -> datetime:
    at = datetime.fromisoformat(value) if isinstance(value, str) else None
    if at is None or at.tzinfo is None:
        raise ValueError("no instant")
    return at


#: where a value stands in a move -> what it is called here, and how it is read
_USCC = _pattern(r"[0-9A-HJ-NPQRTUWXY]{18}")
_CERTIFICATE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "certificate": ("code", _pattern(r"[A-Z]{3}-[0-9A-Z]{10,20}")),
    "state": ("state", _pattern(r"valid|frozen|superseded|expired|cancelled|revoked")),
    "product.title.zh": ("title_zh", _text(200, 1)),
    "product.title.en": ("title_en", _text(200)),
    "holder.name": ("holder", _text(200, 1)),
    "holder.name_en": ("holder_en", _text(200)),
    "holder.uscc": ("uscc", lambda value: "" if value == "" else _USCC(value)),
    "content_hash": ("content_hash", _pattern(r"[0-9a-f]{64}")),
    "issued_at": ("issued_at", _instant),
    "effective_to": ("effective_to", _instant),
}
_STANDING: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "holder.uscc": ("uscc", _USCC),
    "holder.name": ("name", _text(200, 1)),
    "standing": ("standing", _pattern(r"good|watch|restricted|suspended")),
    "band": ("band", _pattern(r"[ABCD]")),
    "at": ("since", _instant),
}
_SHAPES = {CERTIFICATES: _CERTIFICATE, STANDINGS: _STANDING}


def read_page(page: Any, *, key: str, origin: str, form: str, after: int) -> PeerPage:
    """This will check a page against the key, the name and the place it was asked for. Raises ``PageFault``."""
    content = _signed(page, key)
    if content.get("format") != form or content.get("origin") != origin:
        raise PageFault("the page is of another register or of another exchange")
    if content.get("after") != after:
        raise PageFault("the page follows another place than the one asked for")
    reached, more, items = content.get("next"), content.get("more"), content.get("items")
    if not isinstance(reached, int) or not _whole(reached) or not isinstance(more, bool):
        raise PageFault("the page says not how far it goes")
    if not isinstance(items, list) or len(items) > MOST:
        raise PageFault("the page holds no list of its moves, or too many")
    moves = tuple(_move(one, form) for one in items)
    places = [after, *(one["position"] for one in moves)]
    if any(later <= earlier for earlier, later in pairwise(places)) or reached < places[-1]:
        raise PageFault("the moves are not in the order of the record book")
    if more and reached == after:
        raise PageFault("the page says that more follows and does not move on")
    return PeerPage(moves, reached, more)


def _signed(page: Any, key: str) -> Mapping[str, Any]:
    content = page.get("content") if isinstance(page, Mapping) else None
    if not isinstance(content, Mapping) or page.get("algorithm") != "ed25519":
        raise PageFault("no signed page")
    try:
        signature = base64.b64decode(page["signature"], validate=True)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, canonical(content))
    except (InvalidSignature, KeyError, TypeError, ValueError, RecursionError) as wrong:
        raise PageFault("the signature does not fit the page and the key on file") from wrong
    return content


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -1 <= value < _LARGEST


def _move(raw: Any, form: str) -> dict[str, Any]:
    position = raw.get("position") if isinstance(raw, Mapping) else None
    if not _whole(position):
        raise PageFault("a move has no place")
    made: dict[str, Any] = {"position": position}
    for where, (name, read) in _SHAPES[form].items():
        value: Any = raw
        for step in where.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        try:
            made[name] = read(value)
        except ValueError as wrong:
            raise PageFault(f"move {position}: {where} cannot be read") from wrong
    return made
