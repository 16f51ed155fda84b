"""Public codes such as ``LST-7K3QW9ZD2Z``: a kind, nine random characters, one check character.

The check is a Horner sum over GF(32) (x^5 + x^2 + 1, generator 2): it finds every single wrong character and
every swap of two. Codes are never sequential and carry no date.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from random import Random

__all__ = ["ALPHABET", "check_character", "drawn_below", "drawn_from", "is_code", "new_code", "read_code"]

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE = {character: value for value, character in enumerate(ALPHABET)}


def _double(value: int) -> int:
    value <<= 1
    return value ^ 0b100101 if value & 0b100000 else value


def check_character(body: str) -> str:
    """This will return the character that makes the Horner sum of ``body`` + itself zero."""
    total = 0
    for character in body:
        total = _double(total) ^ _VALUE[character]
    return ALPHABET[_double(total)]


_SEEDED: ContextVar[Random | None] = ContextVar("seeded", default=None)


@contextmanager
def drawn_from(random: Random) -> Iterator[None]:
    """This will draw every code and number of the block from ``random``: what falls by one (who is sampled) falls again in a history that
    is lived again.

    For lived histories and experiments only; codes that anybody could foretell are none of a real market's.
    """
    token = _SEEDED.set(random)
    try:
        yield
    finally:
        _SEEDED.reset(token)


def new_code(kind: str, random: Random | None = None) -> str:
    """This will draw a code of ``kind`` (45 random bits); the caller's unique key catches a clash, draw again."""
    random = random or _SEEDED.get()
    choose = random.choice if random else secrets.choice
    body = "".join(choose(ALPHABET) for _ in range(9))
    return f"{kind}-{body}{check_character(body)}"


def drawn_below(most: int) -> int:
    """This will draw a whole number below ``most`` as codes are drawn: nobody foretells it, and a history lived again draws it again."""
    random = _SEEDED.get()
    return random.randrange(most) if random else secrets.randbelow(most)


def read_code(typed: str) -> str:
    """This will tidy a typed code: upper case, O to 0, I and L to 1, hyphen put back. ``ValueError`` if mistyped."""
    text = typed.strip().upper().replace("-", "").replace(" ", "")
    kind, body = text[:-10], text[-10:].replace("O", "0").replace("I", "1").replace("L", "1")
    if not (2 <= len(kind) <= 4 and kind.isalpha() and len(body) == 10 and all(c in _VALUE for c in body)):
        raise ValueError("a code is a kind and ten characters, e.g. LST-7K3QW9ZD2Z")
    if check_character(body[:9]) != body[9]:
        raise ValueError("the check character does not fit: one character is mistyped")
    return f"{kind}-{body}"


def is_code(text: str, kind: str | None = None) -> bool:
    """This will tell whether ``text`` is exactly a well-formed code (of ``kind``, if given)."""
    try:
        return read_code(text) == text and (kind is None or text.startswith(f"{kind}-"))
    except ValueError:
        return False
