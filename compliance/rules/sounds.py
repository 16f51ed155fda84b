"""How Chinese characters sound: syllables without tones, for terms spelled in letters or replaced by characters of the same sound.

The dictionaries are read when a text is first screened: most processes of the house never screen one, and start sooner.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import islice, product
from math import prod

import numpy as np

from compliance.rules.evasion import Codes

__all__ = ["readings", "sound_number", "sounds_of", "spelled", "syllables_of"]

#: So many ways to read a term are kept, and so many readings of one character.
_WAYS, _READINGS = 4, 2


@cache
def _dictionary() -> dict[int, str]:
    from pypinyin.pinyin_dict import pinyin_dict

    return pinyin_dict


def _letters(syllable: str) -> str:
    """A syllable in plain letters: tones dropped, ü as v."""
    plain = unicodedata.normalize("NFD", syllable.replace("ü", "v").replace("ǖ", "v").replace("ǘ", "v").replace("ǚ", "v").replace("ǜ", "v"))
    return "".join(one for one in plain if one.isascii() and one.isalpha())


@cache
def readings(character: str) -> tuple[str, ...]:
    """This will return a character's readings without tones, the commonest first; none for what is no Han character."""
    held = _dictionary().get(ord(character), "")
    return tuple(dict.fromkeys(filter(None, map(_letters, held.split(",")))))


def spelled(character: str) -> str:
    """This will return how a character is spelled; letters and digits stand for themselves."""
    return readings(character)[0] if readings(character) else character


@cache
def _table() -> tuple[Codes, dict[str, int]]:
    table = np.zeros(0x10000, dtype=np.uint16)
    ids: dict[str, int] = {}
    for place in _dictionary():
        if place < 0x10000 and readings(chr(place)):
            table[place] = ids.setdefault(readings(chr(place))[0], len(ids) + 1)
    return table, ids


def sounds_of(codes: Codes) -> Codes:
    """This will return a number per code for its sound; 0 where it has none."""
    return _table()[0].take(codes)


def sound_number(syllable: str) -> int:
    """This will return the number of a syllable; 0 for one that no character's commonest reading has."""
    return _table()[1].get(syllable, 0)


def syllables_of(word: str) -> list[tuple[str, ...]]:
    """This will return the ways to read a word aloud, the one of its context among them; one syllable or letter per character."""
    each = [readings(one)[:_READINGS] or (one,) for one in word]
    ways = dict.fromkeys(islice(product(*each), _WAYS))
    if prod(map(len, each)) > _WAYS:
        from pypinyin import lazy_pinyin

        context = tuple(_letters(one) or one for one in lazy_pinyin(word, errors=lambda rest: list(rest)))  # type: ignore[arg-type, return-value]
        ways.update({context: None} if len(context) == len(word) else {})
    return list(ways)
