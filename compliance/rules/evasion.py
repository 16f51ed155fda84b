"""What each character stands for when texts are compared: nothing, one plain character, or several (a net against disguises).

Only letters and digits count: spaces, punctuation, symbols, marks and invisible characters stand for nothing. Full width,
compatibility forms, capitals, accents, traditional forms and look-alikes of other scripts stand for the plain character.
The table is built once from Unicode's own data, OpenCC's character table and our list of look-alikes.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from kit.lookalikes import LOOKALIKES

__all__ = ["END", "SEVERAL", "Codes", "codes_of", "expanded", "normalise", "simplified", "text_of"]

Codes = npt.NDArray[np.uint16]

#: A code that means: stands for several characters, write them out first.
SEVERAL = 1
#: Closes a text, so that its last character has a neighbour; no text holds it.
END = "\uffff"
#: Where characters beyond the first plane are put: the private area, whose own characters stand for nothing.
_PRIVATE = range(0xE000, 0xF900)
#: Looked through: the first plane, old and mathematical alphabets, enclosed letters, the ideographs of the further planes.
_RANGES = (range(0x30, 0xD800), range(0xF900, 0xFFFE), range(0x10400, 0x10450), range(0x1D400, 0x1D800), range(0x1F100, 0x1F200),
           range(0x20000, 0x2A6E0), range(0x2A700, 0x2EBE1), range(0x2F800, 0x2FA20), range(0x30000, 0x323B0))
#: Variants in use that the standard table of traditional forms does not hold.
_VARIANTS = dict(zip("倣砲徧賍彊攷堃姪徬祕綫羣", "仿炮遍赃强考坤侄彷秘线群", strict=True))


@dataclass(frozen=True)
class _Table:
    codes: Codes
    several: dict[str, str]


@cache
def simplified() -> dict[str, str]:
    """This will return traditional character -> the first simplified one, by OpenCC."""
    lines = (resources.files("opencc") / "dictionary" / "TSCharacters.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if "\t" in line)
    return {old: new.split(" ")[0] for old, new in pairs if len(old) == 1} | _VARIANTS


def _bare(character: str) -> str:
    """A letter without its accents; a syllable of Hangul is no accented letter."""
    apart = unicodedata.normalize("NFD", character)
    return apart[0] if len(apart) > 1 and all(unicodedata.category(mark) == "Mn" for mark in apart[1:]) else character


def _plainly(character: str) -> str:
    """What a character stands for: letters and digits, or nothing."""
    simple = simplified()
    plain = (_bare(one) for one in unicodedata.normalize("NFKC", character).casefold())
    known = (simple.get(alike, alike) for one in plain for alike in LOOKALIKES.get(one, one))
    return "".join(one for one in known if unicodedata.category(one)[0] in "LN")


@cache
def _table() -> _Table:
    codes = np.zeros(0x110000, dtype=np.uint16)
    several: dict[str, str] = {}
    for place in (place for span in _RANGES for place in span):
        plain = _plainly(chr(place))
        if len(plain) == 1:
            codes[place] = _code(ord(plain))
        elif plain:
            codes[place] = SEVERAL
            several[chr(place)] = plain
    codes[ord(END)] = 0xFFFF
    return _Table(codes, several)


def _code(place: int) -> int:
    """One of 65,536: itself in the first plane; rare ideographs of the others share the private area."""
    return place if place < 0x10000 else _PRIVATE.start + place % len(_PRIVATE)


def codes_of(text: str) -> Codes:
    """This will return one code per character: 0 stands for nothing, ``SEVERAL`` for more than one."""
    return _table().codes.take(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32), mode="clip")


def expanded(text: str) -> tuple[str, list[int]]:
    """This will write characters that stand for several out, and tell for each character from where in ``text`` it comes."""
    several, written, origin = _table().several, [], []
    for place, character in enumerate(text):
        plain = several.get(character, character)
        written.append(plain)
        origin.extend([place] * len(plain))
    return "".join(written), origin


def text_of(codes: Codes) -> str:
    """This will return codes as a text of as many characters."""
    return codes.tobytes().decode("utf-16-le")


def normalise(text: str) -> str:
    """This will write ``text`` in the one form terms are compared in."""
    codes = codes_of(text)
    if (codes == SEVERAL).any():
        codes = codes_of(expanded(text)[0])
    return text_of(codes[codes != 0])
