"""How terms are hidden: each disguise takes a term and writes it so that a plain search does not see it (T48, M21)."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable

from pypinyin import Style, lazy_pinyin
from pypinyin.pinyin_dict import pinyin_dict

from compliance.rules.evasion import simplified
from compliance.rules.sounds import readings

__all__ = ["LATIN", "MECHANICAL", "SOUNDING", "initials"]

_TRADITIONAL = {new: old for old, new in simplified().items()}
_CYRILLIC = str.maketrans("aeopcyxijshkmtbABCEHKMOPTXegu", "аеорсухіјѕһкмтьАВСЕНКМОРТХеɡυ")
_ALIKE: dict[str, list[str]] = {}
for _place in pinyin_dict:
    if 0x4E00 <= _place < 0x9FA6 and readings(chr(_place)) and chr(_place) not in simplified():
        _ALIKE.setdefault(readings(chr(_place))[0], []).append(chr(_place))


def _between(mark: str) -> Callable[[str], str]:
    return lambda term: mark.join(term)


def _pinyin(term: str, style: Style = Style.NORMAL) -> list[str]:
    return lazy_pinyin(term, style=style, errors=list)


def _wide(term: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in term)


def _mixed(term: str) -> str:
    """Every second character spelled."""
    return "".join(sound if place % 2 else one for place, (one, sound) in enumerate(zip(term, _pinyin(term), strict=True)))


def _tones(term: str) -> str:
    return " ".join(_pinyin(term, Style.TONE))


def _styled(term: str) -> str:
    """Letters of the mathematical alphabets; characters as their compatibility forms where there are any."""
    return "".join(chr(0x1D41A + ord(one) - 97) if "a" <= one <= "z" else one for one in term.lower())


def _filled(term: str) -> str:
    return "".join(one + (chr(97 + place % 26) if place < len(term) - 1 else "") for place, one in enumerate(term))


#: Name -> how it is done. Mechanical ones leave the characters, their letters or their order to be undone by rule.
MECHANICAL: dict[str, Callable[[str], str]] = {
    "traditional": lambda term: "".join(_TRADITIONAL.get(one, one) for one in term),
    "zero width": _between("\u200b"),
    "soft hyphens and joiners": lambda term: "\u00ad\u2060\ufeff".join(term),
    "spaced": _between(" "),
    "ideographic spaces": _between("\u3000"),
    "line by line": _between("\n"),
    "punctuation": _between("-"),
    "signs": _between("★"),
    "emoji": _between("😀"),
    "combining marks": lambda term: "\u0334".join(term) + "\u0334",
    "variation selectors": lambda term: "".join(one + "\ufe0f" for one in term),
    "repeated": lambda term: "".join(one * 2 for one in term),
    "reversed": lambda term: term[::-1],
    "right to left override": lambda term: "\u202e" + term[::-1] + "\u202c",
    "pinyin": lambda term: "".join(_pinyin(term)),
    "pinyin with spaces": lambda term: " ".join(_pinyin(term)),
    "pinyin with tones": _tones,
    "pinyin in capitals": lambda term: "".join(_pinyin(term)).upper(),
    "pinyin in Cyrillic look-alikes": lambda term: "".join(_pinyin(term)).translate(_CYRILLIC),
    "pinyin in styled letters": lambda term: _styled("".join(_pinyin(term))),
    "half pinyin": _mixed,
    "filled with letters": lambda term: _filled(term) if len(term) > 2 else term,
    "spaced and traditional": lambda term: " ".join(_TRADITIONAL.get(one, one) for one in term),
}


#: Disguises of terms in Latin letters.
LATIN: dict[str, Callable[[str], str]] = {
    "full width": _wide,
    "styled letters": _styled,
    "Cyrillic look-alikes": lambda term: term.translate(_CYRILLIC),
    "accents": lambda term: "\u0301".join(term),
    "zero width letters": _between("\u200b"),
    "spaced letters": _between(" "),
    "dotted letters": _between("."),
    "run together": lambda term: term.replace(" ", ""),
    "figures for letters": lambda term: term.translate(str.maketrans("oea", "034")),
}


def _alike(one: str, rnd: random.Random) -> str:
    others = [other for other in _ALIKE.get(readings(one)[0], []) if other != one] if readings(one) else []
    return rnd.choice(others) if others else one


def _one_alike(term: str) -> str:
    rnd = random.Random(term)
    place = rnd.randrange(len(term))
    return term[:place] + _alike(term[place], rnd) + term[place + 1 :]


def _all_alike(term: str) -> str:
    rnd = random.Random(term)
    return "".join(_alike(one, rnd) for one in term)


#: Characters of the same sound: caught for long terms, reported, never promised.
SOUNDING: dict[str, Callable[[str], str]] = {"one character by its sound": _one_alike, "every character by its sound": _all_alike}


def initials(term: str) -> str:
    """gjmm for 国家秘密: too many ordinary words share them; left to people."""
    return "".join(unicodedata.normalize("NFKD", one)[:1] for one in _pinyin(term))
