"""Terms spelled in letters (国家秘密 as guojiamimi, 国jia秘mi, guo2 jia1), in letters and figures (t0p s3cret), or filled with letters.

Only the surroundings of Latin letters are read this way; a text without any is never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from ahocorasick_rs import AhoCorasick

from compliance.rules.reading import Reading
from compliance.rules.sounds import spelled, syllables_of

__all__ = ["Speller"]

_LETTER = re.compile(r"[a-z]")
_FILLED = re.compile(r"[^\x00-\x7f](?:[a-z0-9][^\x00-\x7f]){2,}")
_FIGURES = str.maketrans("013457", "oieast")
#: Longer spellings are recognised inside other letters, shorter ones must stand alone; the shortest are no spellings.
_LONG, _SHORTEST = 10, 4
Found = tuple[str, int, int, str]


@dataclass(frozen=True)
class _Way:
    """One way to spell a word: its syllables (a Latin letter is one)."""

    word: str
    syllables: tuple[str, ...]


class Speller:
    """Finds words by their spelling. Built when the first text with Latin letters comes."""

    def __init__(self, words: Sequence[str]) -> None:
        self.ways: dict[str, list[_Way]] = {}
        for word in words:
            for syllables in syllables_of(word) if not word.isascii() else [tuple(word)]:
                for line in {"".join(syllables), "".join(syllables).replace("v", "u")}:
                    if len(line) >= _SHORTEST:
                        self.ways.setdefault(line, []).append(_Way(word, syllables))
        self.lines = list(self.ways)
        self.automaton = AhoCorasick(self.lines) if self.lines else None
        self.han = [word for word in words if len(word) > 2 and not any(one.isascii() for one in word)]
        self.filled = AhoCorasick(self.han) if self.han else None
        self.reach = max(map(len, words), default=0)

    def find(self, reading: Reading) -> Iterator[Found]:
        """This will yield (word, first, last, how) in places of the folded text."""
        for first, last in _windows(reading, self.reach):
            window = reading.held(first, last)
            if self.automaton is not None and _LETTER.search(window):
                yield from self._spelled(reading, first, window)
            if self.filled is not None:
                for part in _FILLED.finditer(window):
                    yield from self._filled(part.group(), first + part.start())

    def _spelled(self, reading: Reading, first: int, window: str) -> Iterator[Found]:
        """Letter by letter; then without tone figures, and with figures read as letters, where there are figures."""
        letters = [(letter, place) for place, one in enumerate(window, start=first) for letter in spelled(one)]
        readings = [letters]
        if any(letter.isdigit() for letter, _ in letters):
            readings.append([one for one in letters if one[0] not in "12345"])
            readings.append([(letter.translate(_FIGURES), place) for letter, place in letters])
        found: dict[Found, None] = {}
        for way in readings:
            found.update(dict.fromkeys(self._matches(reading, way)))
        yield from found

    def _matches(self, reading: Reading, letters: list[tuple[str, int]]) -> Iterator[Found]:
        assert self.automaton is not None
        line = "".join(letter for letter, _ in letters)
        for number, start, end in self.automaton.find_matches_as_indexes(line, overlapping=True):
            first, last = letters[start][1], letters[end - 1][1] + 1
            torn = (start and letters[start - 1][1] == first) or (end < len(letters) and letters[end][1] == last - 1)
            if torn or not _holds(reading, first, last, long=end - start >= _LONG):
                continue
            for way in self.ways[self.lines[number]]:
                if _fits(reading, first, last, way):
                    how = "spelled" if reading.held(first, last).isascii() and not way.word.isascii() else "mixed"
                    yield way.word, first, last, how

    def _filled(self, part: str, first: int) -> Iterator[Found]:
        """Chinese characters with one letter or figure between each two."""
        assert self.filled is not None
        for number, start, end in self.filled.find_matches_as_indexes(part[::2], overlapping=True):
            yield self.han[number], first + 2 * start, first + 2 * end - 1, "filled"


def _windows(reading: Reading, reach: int) -> Iterator[tuple[int, int]]:
    """Where Latin letters and figures stand, with what may belong to them on both sides; near ones together."""
    places = reading.latin
    parted = np.flatnonzero(places[1:] - places[:-1] > 2 * reach)
    firsts, lasts = places[np.concatenate(([0], parted + 1))], places[np.concatenate((parted, [places.size - 1]))]
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        yield max(0, first - reach), min(reading.size, last + 1 + reach)


def _latin(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _holds(reading: Reading, first: int, last: int, *, long: bool) -> bool:
    """Something is spelled at all, and it is no part of a longer word."""
    if not any(one.isascii() for one in reading.held(first, last)):
        return False
    start, end = reading.given(first, last)
    text = reading.text
    if long:
        return True
    before = start and _latin(text[start - 1]) and _latin(reading.held(first, first + 1))
    after = end < len(text) and _latin(text[end]) and _latin(reading.held(last - 1, last))
    return not before and not after


def _fits(reading: Reading, first: int, last: int, way: _Way) -> bool:
    """Chinese characters that stay are the word's own; letters of a short word are parted between syllables only."""
    held = reading.held(first, last)
    if way.word.isascii():
        return held != way.word and any(one.isdigit() for one in held)
    if len(way.word) < 4 and any(not one.isascii() and one not in way.word for one in held):
        return False
    if len(way.word) > 2:
        return True
    start, end = reading.given(first, last)
    parts = re.findall(r"[^\W_]+", reading.text[start:end])
    return len(parts) == 1 or (len(parts) == len(way.syllables) and all(len(part) <= len(one) for part, one in
                                                                        zip(parts, way.syllables, strict=True)))
