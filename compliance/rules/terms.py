"""Finding terms in texts in one pass, however they are written; a find is a suspicion, never a verdict.

A text becomes one code per letter or digit (``evasion``), runs of one character count once, and the pairs of codes at even
places are looked up in a table: every term of three characters or more shows one of its first two pairs there, forwards and
backwards. What the table lets through is compared in full, so nothing is found by a hash alone. Terms of four Chinese
characters are looked for by their sound as well. Positions always refer to the text as it was given.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate

import numpy as np

from compliance.rules.evasion import END, SEVERAL, codes_of, expanded, normalise
from compliance.rules.grams import SoundTable, WordTable
from compliance.rules.reading import Reading
from compliance.rules.spelling import Speller
from compliance.rules.splits import Splitter
from compliance.rules.wordedges import is_word_of_its_own, sounds_only

__all__ = ["Find", "Term", "TermMatcher", "Terms", "read_terms"]

#: Shorter terms are no terms: one character is in every other word.
SHORTEST = 2
#: A term sounded out must be this long; shorter ones sound like ordinary words.
SOUNDED = 4
#: So many characters are read together.
TOGETHER = 1 << 16


@dataclass(frozen=True)
class Term:
    """A term and where it comes from: a rule's id, or ``terms:<list>``. A space joins words that must all occur."""

    text: str
    source: str
    joined: bool = False

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The normal forms to look for: one, or one per word of a Chinese term of several words."""
        parts = self.text.split() if self.joined and not self.text.isascii() else [self.text]
        return tuple(word for word in map(normalise, parts) if word)

    @property
    def sign(self) -> str:
        """A mark that belongs to a rule's term (``机密★``): without it the word is an ordinary one."""
        return self.text[-1] if self.joined and len(self.text) > 1 and not self.text[-1].isalnum() else ""


class Terms(tuple[Term, ...]):
    """A list of terms that is hashed once: it is a key of caches, looked up for every screening."""

    _known: int | None = None

    def __hash__(self) -> int:
        if self._known is None:
            self._known = super().__hash__()
        return self._known


@dataclass(frozen=True)
class Find:
    """``text[start:end]`` as given holds the term; ``how`` tells in which writing.

    plain, written (other characters that stand for it), parted, repeated, reversed, spelled (in letters), filled (with letters
    between), sounded (characters of the same sound), split (over two texts).
    """

    term: Term
    start: int
    end: int
    how: str = "plain"


def read_terms(lines: Iterable[str], source: str) -> Terms:
    """This will read one term a line; blank lines, repetitions and single characters are left out."""
    seen: dict[str, Term] = {}
    for line in lines:
        text = line.strip().strip("\ufeff")
        plain = normalise(text)
        if len(plain) >= SHORTEST and plain not in seen:
            seen[plain] = Term(text, source)
    return Terms(seen.values())


@dataclass(frozen=True)
class Span:
    """A word found in a text: places in it as given."""

    word: str
    start: int
    end: int
    how: str

    def moved(self, by: int) -> Span:
        return Span(self.word, self.start + by, self.end + by, self.how)


class TermMatcher:
    """Finds all of many terms; built once per list version and kept."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self.owners: dict[str, list[Term]] = {}
        for term in terms:
            for word in term.words:
                if len(word) >= SHORTEST:
                    self.owners.setdefault(word, []).append(term)
        self.words = tuple(self.owners)
        self.reach = max(map(len, self.words), default=0)
        steady = {word: _steady(word) for word in self.words}
        self._stutters = [word for word in self.words if len(steady[word]) == 1]
        self._table = WordTable({form: word for word, form in steady.items() if len(form) > 1})
        self._sounds = SoundTable([word for word in self.words if len(word) >= SOUNDED and not _any_latin(word)])

    @cached_property
    def _speller(self) -> Speller:
        return Speller(self.words)

    @cached_property
    def splitter(self) -> Splitter:
        """Where the words may be cut, for texts that stand apart."""
        return Splitter(self.words)

    def find(self, text: str) -> list[Find]:
        """This will return every term in ``text``, ordered by position; several words of one term count when all occur."""
        return self.find_many([text])[0]

    def find_many(self, texts: Sequence[str]) -> list[list[Find]]:
        """This will return what ``find`` returns for each text; many at once cost a fraction of one by one."""
        found: list[list[Find]] = [[] for _ in texts]
        ends = list(accumulate(map(len, texts)))
        first = 0
        while first < len(texts):
            last = max(first + 1, bisect_right(ends, (ends[first - 1] if first else 0) + TOGETHER))
            some = texts[first:last]
            for number, own in self._by_text(some, self.spans(END.join(some) + END)).items():
                found[first + number] = self.finds(some[number], own)
            first = last
        return found

    def _by_text(self, texts: Sequence[str], spans: list[Span]) -> dict[int, list[Span]]:
        """Spans of texts joined by ``END``, each in its own text."""
        parted: dict[int, list[Span]] = {}
        starts = [0, *accumulate(len(text) + 1 for text in texts)] if spans else []
        for span in spans:
            number = bisect_right(starts, span.start) - 1
            parted.setdefault(number, []).append(span.moved(-starts[number]))
        return parted

    def spans(self, text: str) -> list[Span]:
        """This will return every word of a term in a text that ends with ``END``; ``END`` within it parts what may not be joined."""
        if not self.words:
            return []
        codes = codes_of(text)
        places = (codes != 0).nonzero()[0]
        kept = codes.take(places)
        least = int(np.minimum.reduce(kept))
        if least == SEVERAL:
            written, origin = expanded(text)
            return [replace(one, start=origin[one.start], end=origin[one.end - 1] + 1) for one in self.spans(written)]
        ends = (kept[1:] != kept[:-1]).nonzero()[0]
        steady = kept.take(ends)
        found, sounded = self._table.found(steady), self._sounds.found(steady)
        if not found and not sounded and least >= 128 and not self._stutters:
            return []
        return list(self._compared(Reading(text, places[:-1], kept[:-1], ends), found, sounded, latin=least < 128))

    def _compared(self, reading: Reading, found: list[tuple[int, str, bool]], sounded: Iterable[tuple[int, str]], *,
                  latin: bool) -> Iterator[Span]:
        for place, word, backwards in found:
            yield from self._as_written(reading, place, word, backwards=backwards)
        for word in self._stutters:
            yield from (Span(word, *reading.given(place, place + len(word)), "plain") for place in reading.all_places(word))
        for place, word in sounded:
            first, last = reading.kept_of(place, len(word))
            if last - first == len(word) and reading.held(first, last) != word and sounds_only(reading.folded, first, last, word):
                yield Span(word, *reading.given(first, last), "sounded")
        if latin:
            for word, first, last, how in self._speller.find(reading):
                yield Span(word, *reading.given(first, last), how)

    def _as_written(self, reading: Reading, place: int, word: str, *, backwards: bool) -> Iterator[Span]:
        """The word at a place of the steady text, forwards or backwards, if it really stands there on its own."""
        form = _steady(word)
        first, last = reading.kept_of(place, len(form))
        held = reading.held(first, last)
        whole = word[::-1] if backwards else word
        lead = held.find(whole)
        beside = not lead or lead + len(whole) == len(held) or (len(whole) > SHORTEST and not _latin(whole[0]) and not _latin(whole[-1]))
        if lead >= 0 and beside:  # 幼儿园 in 幼儿园园长: the rest belongs to the words beside it
            first, held = first + lead, whole
            last = first + len(whole)
        elif not _repeats(whole, held):
            return
        start, end = reading.given(first, last)
        if not _stands_alone(reading.text, start, end, word, parted=end - start > last - first):
            return
        how = "reversed" if backwards else "repeated" if held != whole else "parted" if end - start > last - first else "written"
        if how == "written" and reading.text[start:end].casefold() == word:
            how = "plain"
        if len(word) == SHORTEST and not is_word_of_its_own(reading.text, start, end, alone=backwards):
            return
        yield Span(word, start, end, how)

    def finds(self, text: str, spans: Iterable[Span]) -> list[Find]:
        """This will tell whose words the spans are; a term of several words counts when all occur."""
        found: dict[Term, dict[str, Span]] = {}
        finds: dict[tuple[Term, int, int], Find] = {}
        for span in sorted(spans, key=lambda one: (one.start, one.end)):
            for term in self.owners[span.word]:
                end = _end_of_sign(text, span, term.sign) if term.sign else span.end
                if end < span.end:
                    continue
                how = _how(text[span.start : end], term, span.how)
                if len(term.words) == 1:
                    finds.setdefault((term, span.start, end), Find(term, span.start, end, how))
                else:
                    found.setdefault(term, {}).setdefault(span.word, span)
        for term, words in found.items():
            if len(words) == len(set(term.words)):
                first = min(words.values(), key=lambda one: one.start)
                finds.setdefault((term, first.start, first.end), Find(term, first.start, first.end, first.how))
        return sorted(finds.values(), key=lambda find: (find.start, find.end, find.term.source))


def _steady(word: str) -> str:
    """A word with runs of one character written once."""
    return "".join(one for place, one in enumerate(word) if not place or one != word[place - 1])


def _repeats(word: str, held: str) -> bool:
    """Whether ``held`` is the word with characters repeated, none left out."""
    place = 0
    for run in _runs(word):
        length = 0
        while place < len(held) and held[place] == run[0]:
            place, length = place + 1, length + 1
        if length < len(run):
            return False
    return place == len(held)


def _runs(word: str) -> Iterator[str]:
    start = 0
    for place in range(1, len(word) + 1):
        if place == len(word) or word[place] != word[start]:
            yield word[start:place]
            start = place


def _any_latin(word: str) -> bool:
    return any(one.isascii() for one in word)


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _stands_alone(text: str, start: int, end: int, word: str, *, parted: bool) -> bool:
    """Latin words are whole words (``join`` is not in ``joint``); a plural s is allowed; initials are not put together."""
    if parted and len(word) < 4 and word.isascii():
        return False
    if _latin(word[0]) and start and _latin(text[start - 1]):
        return False
    if _latin(word[-1]) and end < len(text) and _latin(text[end]):
        return text[end] in "sS" and not (end + 1 < len(text) and _latin(text[end + 1]))
    return True


def _how(given: str, term: Term, how: str) -> str:
    """Plain is what is spelled as the term is, spaces and all; capitals are no disguise."""
    if given.casefold() in {term.text.casefold(), *(term.text.casefold().split() if len(term.words) > 1 else ())}:
        return "plain"
    return "written" if how == "plain" else how


def _end_of_sign(text: str, span: Span, sign: str) -> int:
    """Where the sign ends that belongs to a term: within the find or before the next letter after it; -1 where there is none."""
    after = span.end
    while after < len(text) and not text[after].isalnum():
        after += 1
    place = text.find(sign, span.start, after)
    return max(place + len(sign), span.end) if place >= 0 else -1
