"""Whole numbers as people and programs type them: plain digits, bounded, or nothing.

``str.isdigit`` is true of "²", which ``int`` does not read, and ``int`` raises on some thousand digits: a number taken from outside
is read here.
"""

from __future__ import annotations

__all__ = ["whole"]


def whole(text: str, *, digits: int = 15) -> int | None:
    """This will read 1 to ``digits`` ASCII digits as a number, zero or more; None for every other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None
