"""Which places of a text are worth comparing: three neighbouring characters, or their sounds, looked up in a table.

Only even places are looked up, which is half the work: a word of four or more shows one of its first two triples at an even
place, a word of three its triple or its last pair with the character before. A place let through in vain costs a look, a
place not let through would be a miss: the tests compare with a plain search.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil, log2

import numpy as np
import numpy.typing as npt

from compliance.rules.evasion import Codes
from compliance.rules.sounds import sound_number, sounds_of, syllables_of

__all__ = ["SoundTable", "WordTable"]

#: Mix a pair (an odd number near the golden section of 2 to the 32nd), a third and a fourth.
_PAIR, _THIRD, _FOURTH = np.uint32(2654435761), np.uint32(2246822519), np.uint32(3266489917)
#: Flags per key, and the factors of the looks taken one after the other: each lets a tenth of what is left through in vain.
_SPREAD, _LOOKS = 12, (1, 0x85EBCA6B, 0xC2B2AE35)
#: Up to so many (as a power of two) a flag is a byte.
_BYTES = 20
_BIT = np.array([1 << bit for bit in range(8)], dtype=np.uint8)
Keys = npt.NDArray[np.uint32]
Places = npt.NDArray[np.intp]
#: What stands behind a key: how far into the word it begins, its number, its codes.
Owner = tuple[int, int, bytes]


class _Flags:
    """A set of 32-bit numbers by one flag of each: a byte while the set fits the processor's cache so, a bit beyond."""

    def __init__(self, numbers: Keys, factor: int) -> None:
        size = max(14, ceil(log2(numbers.size * _SPREAD + 1)))
        self._factor, self._shift = np.uint32(factor), np.uint32(32 - size)
        flags = np.zeros(1 << size, dtype=np.bool_)
        flags[(numbers * self._factor) >> self._shift] = True
        self._flags = flags if size <= _BYTES else None
        self._bits = np.packbits(flags, bitorder="little")

    def may_hold(self, numbers: Keys) -> Places:
        """Where the numbers are that may be held."""
        places = numbers * self._factor
        places >>= self._shift  # never beyond the flags: clip only spares the check
        if self._flags is not None:
            return self._flags.take(places, mode="clip").nonzero()[0]
        held = self._bits.take(places >> 3, mode="clip")
        held &= _BIT.take(places & 7, mode="clip")
        return held.astype(np.bool_).nonzero()[0]


class _Keys:
    """Words by mixed 32-bit keys: some looks by flags, then the exact keys."""

    def __init__(self, keyed: Iterable[tuple[int, Owner]]) -> None:
        self.owners: dict[int, list[Owner]] = {}
        for key, owner in keyed:
            self.owners.setdefault(key, []).append(owner)
        numbers = np.array(list(self.owners), dtype=np.uint32)
        self._looks = [_Flags(numbers, factor) for factor in _LOOKS]

    def standing(self, keys: Keys, codes: Codes, offset: int, places: Places | None = None) -> Iterator[tuple[int, int]]:
        """(place, number) of the words that stand in ``codes``, given a key for each even place from ``offset`` on, or for ``places``."""
        for look in self._looks:
            left = look.may_hold(keys)
            if not left.size:
                return
            places, keys = left if places is None else places.take(left), keys.take(left)
        assert places is not None
        for place, key in zip(places.tolist(), keys.tolist(), strict=True):
            for ahead, number, form in self.owners.get(key, ()):
                start = 2 * place + offset - ahead
                if start >= 0 and codes[start : start + len(form) // 2].tobytes() == form:
                    yield start, number


def _mixed(codes: Codes) -> Keys:
    """One key for each three codes at even places."""
    third = codes[2::2]
    mixed = codes[: 2 * third.size].view(np.uint32) * _PAIR
    mixed += third * _THIRD
    return mixed


def _mixed_before(codes: Codes) -> Keys:
    """One key for each pair at an even place with the code before it, from the second pair on."""
    before = codes[1 : codes.size - 2 : 2]
    mixed = codes[2 : 2 + 2 * before.size].copy().view(np.uint32) * _PAIR
    mixed += before * _THIRD
    return mixed


def _mixed_pairs(codes: Codes) -> Keys:
    """One key for each pair at an even place."""
    return codes[: codes.size & ~1].view(np.uint32) * _PAIR


def _key(first: int, second: int, beside: int | None = None) -> int:
    """The key of a pair with the code after or before it: what ``_mixed`` and its sisters compute for many."""
    mixed = ((first | second << 16) * int(_PAIR)) & 0xFFFFFFFF
    return mixed if beside is None else (mixed + beside * int(_THIRD)) & 0xFFFFFFFF


class WordTable:
    """Words by the codes of their steady forms, forwards and backwards; a form has two codes or more."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self.words: list[tuple[str, bool]] = []
        triples: list[tuple[int, Owner]] = []
        befores: list[tuple[int, Owner]] = []
        pairs: list[tuple[int, Owner]] = []
        for form, word in words.items():
            for turned in dict.fromkeys((form, form[::-1])):
                codes, number, held = [ord(one) for one in turned], len(self.words), turned.encode("utf-16-le")
                self.words.append((word, turned is not form))
                if len(codes) == 2:
                    pairs.append((_key(*codes), (0, number, held)))
                    continue
                triples.append((_key(*codes[:3]), (0, number, held)))
                if len(codes) == 3:
                    befores.append((_key(codes[1], codes[2], codes[0]), (1, number, held)))
                else:
                    triples.append((_key(*codes[1:4]), (1, number, held)))
        self._triples, self._befores, self._pairs = _Keys(triples), _Keys(befores), _Keys(pairs)

    def found(self, steady: Codes) -> list[tuple[int, str, bool]]:
        """This will return (place in the steady text, word, backwards) of all that stand there."""
        standing = list(self._triples.standing(_mixed(steady), steady, 0))
        if self._befores.owners:
            standing.extend(self._befores.standing(_mixed_before(steady), steady, 2))
        if self._pairs.owners:
            standing.extend(self._pairs.standing(_mixed_pairs(steady), steady, 0))
            standing.extend(self._pairs.standing(_mixed_pairs(steady[1:].copy()), steady, 1))
        return [(place, *self.words[number]) for place, number in standing]


class SoundTable:
    """Words of four or more by the sounds of their characters: three at an even place, then the fourth after or before them."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        after: list[tuple[int, Owner]] = []
        before: list[tuple[int, Owner]] = []
        threes: set[int] = set()
        for number, word in enumerate(words):
            for way in {tuple(map(sound_number, syllables)) for syllables in syllables_of(word)}:
                if 0 not in way:
                    held = b"".join(one.to_bytes(2, "little") for one in way)
                    first, second = _key(*way[:3]), _key(*way[1:4])
                    threes |= {first, second}
                    after.append(((first + way[3] * int(_FOURTH)) & 0xFFFFFFFF, (0, number, held)))
                    before.append(((second + way[0] * int(_FOURTH)) & 0xFFFFFFFF, (1, number, held)))
        self._threes = _Flags(np.array(sorted(threes), dtype=np.uint32), 1)
        self._after, self._before = _Keys(after), _Keys(before)

    def found(self, steady: Codes) -> list[tuple[int, str]]:
        """This will return (place in the steady text, word) of all that sounds like a word, as written or not."""
        if not self._after.owners:
            return []
        sounds = sounds_of(steady)
        keys = _mixed(sounds)
        places = self._threes.may_hold(keys)
        keys = keys.take(places)
        after = keys + sounds.take(2 * places + 3, mode="clip") * _FOURTH
        before = keys + sounds.take(2 * places - 1, mode="clip") * _FOURTH
        return [(place, self.words[number]) for found in (self._after.standing(after, sounds, 0, places),
                                                          self._before.standing(before, sounds, 0, places)) for place, number in found]
