"""How large a picture says it is, read from its first bytes: what unfolds to billions of pixels is refused before anybody opens it."""

from __future__ import annotations

from typing import IO

__all__ = ["MAX_PIXELS", "pixels"]

#: More than any scanner makes of a page; a picture of 50,000 x 50,000 unfolds to 10 GB.
MAX_PIXELS = 100_000_000
#: A JPEG states its size behind its notes, of which there may be some.
_SEARCHED = 1 << 20
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


def pixels(source: IO[bytes], media_type: str) -> int:
    """This will return width times height as stated, or 0 where the bytes do not say."""
    source.seek(0)
    head = source.read(_SEARCHED)
    if media_type == "image/png" and head[12:16] == b"IHDR":
        return _whole(head, 16, 4) * _whole(head, 20, 4)
    if media_type == "image/jpeg":
        return _of_jpeg(head)
    if media_type == "image/webp":
        return _of_webp(head)
    return 0


def _whole(data: bytes, start: int, length: int, order: str = "big") -> int:
    return int.from_bytes(data[start : start + length], "big" if order == "big" else "little")


def _of_jpeg(head: bytes) -> int:
    place = 2
    while place + 9 < len(head) and head[place] == 0xFF:
        marker = head[place + 1]
        if marker in _FRAMES:
            return _whole(head, place + 5, 2) * _whole(head, place + 7, 2)
        place += 2 + (0 if marker == 0xFF else _whole(head, place + 2, 2))
    return 0


def _of_webp(head: bytes) -> int:
    if head[12:16] == b"VP8X":
        return (_whole(head, 24, 3, "little") + 1) * (_whole(head, 27, 3, "little") + 1)
    if head[12:16] == b"VP8L":
        bits = _whole(head, 21, 4, "little")
        return ((bits & 0x3FFF) + 1) * (((bits >> 14) & 0x3FFF) + 1)
    return (_whole(head, 26, 2, "little") & 0x3FFF) * (_whole(head, 28, 2, "little") & 0x3FFF)
