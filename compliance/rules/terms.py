"""Finding terms in texts in one pass, however they are spelled; a find is a suspicion, never a verdict.

The automaton holds the terms and, as one-character patterns, every hiding character (``evasion``). A text without
hiding characters is done after that pass; otherwise only the neighbourhoods of those characters are written in plain
form and matched again. Positions always refer to the text as it was given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick, BytesAhoCorasick

from compliance.rules.evasion import HIDING, normalise

__all__ = ["Find", "Term", "TermMatcher", "read_terms"]


#: Up to so many matches are counted off one by one; more are searched by character.
_FEW = 8


@dataclass(frozen=True)
class Term:
    """A term and where it comes from: a rule's id, or ``terms:<list>``. A space joins words that must all occur."""

    text: str
    source: str
    joined: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The normal forms to look for: one, or one per word of a Chinese term of several words."""
        parts = self.text.split() if self.joined and not self.text.isascii() else [self.text]
        return tuple(word for word in map(normalise, parts) if word)


@dataclass(frozen=True)
class Find:
    """``text[start:end]`` as given holds the term."""

    term: Term
    start: int
    end: int


def read_terms(lines: Iterable[str], source: str) -> list[Term]:
    """This will read one term a line; blank lines and repetitions are left out."""
    seen: dict[str, Term] = {}
    for line in lines:
        text = line.strip().strip("\ufeff")
        plain = normalise(text)
        if plain and plain not in seen:
            seen[plain] = Term(text, source)
    return list(seen.values())


class TermMatcher:
    """Finds all of many terms; built once per list version and kept."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self.owners: dict[str, list[Term]] = {}
        for term in terms:
            for word in term.words:
                self.owners.setdefault(word, []).append(term)
        self.words = list(self.owners)
        self.reach = max(map(len, self.words), default=0)
        self._plain = AhoCorasick(self.words) if self.words else None
        alone = [character for character in HIDING if character not in self.owners]
        patterns = [*self.words, *alone]
        self._characters = AhoCorasick(patterns)
        self._bytes = BytesAhoCorasick([one.encode("utf-8", "surrogatepass") for one in patterns])

    def find(self, text: str) -> list[Find]:
        """This will return every term in ``text``, ordered by position; several words of one term count when all occur."""
        matches = self._matches(text)
        if not matches:
            return []
        count = len(self.words)
        spans = {(start, end, word) for word, start, end in matches if word < count}
        hidden = [start for word, start, _ in matches if word >= count]
        if hidden:
            spans.update(self._near(text, sorted(hidden)))
        return self._finds(text, spans) if spans else []

    def _matches(self, text: str) -> list[tuple[int, int, int]]:
        """All matches by character. Bytes are searched, since they need no table of character positions for a clean text."""
        if self._plain is None:
            return []
        raw = text.encode("utf-8", "surrogatepass")
        found = self._bytes.find_matches_as_indexes(raw, overlapping=True)
        if len(found) > _FEW:
            return list(self._characters.find_matches_as_indexes(text, overlapping=True))
        return [(word, _characters(raw[:start]), _characters(raw[:end])) for word, start, end in found]

    def _near(self, text: str, hidden: list[int]) -> Iterator[tuple[int, int, int]]:
        """Matches again around hiding characters, in plain form, and gives spans of the given text."""
        assert self._plain is not None
        for first, last in _groups(hidden, self.reach):
            start = max(0, first - self.reach)
            plain, origin = [], []
            for place in range(start, min(len(text), last + self.reach + 1)):
                stands = HIDING.get(text[place], text[place])
                plain.append(stands)
                origin.extend([place] * len(stands))
            for word, begin, end in self._plain.find_matches_as_indexes("".join(plain), overlapping=True):
                yield origin[begin], origin[end - 1] + 1, word

    def _finds(self, text: str, spans: set[tuple[int, int, int]]) -> list[Find]:
        found: dict[Term, dict[str, tuple[int, int]]] = {}
        finds = []
        for start, end, index in sorted(spans):
            word = self.words[index]
            if not _stands_alone(text, start, end, word):
                continue
            for term in self.owners[word]:
                if len(term.words) == 1:
                    finds.append(Find(term, start, end))
                else:
                    found.setdefault(term, {}).setdefault(word, (start, end))
        for term, words in found.items():
            if len(words) == len(set(term.words)):
                finds.append(Find(term, *min(words.values())))
        return sorted(finds, key=lambda find: (find.start, find.end, find.term.source))


def _characters(raw: bytes) -> int:
    return len(raw.decode("utf-8", "surrogatepass"))


def _groups(places: list[int], reach: int) -> Iterator[tuple[int, int]]:
    first = last = places[0]
    for place in places[1:]:
        if place - last > 2 * reach:
            yield first, last
            first = place
        last = place
    yield first, last


def _stands_alone(text: str, start: int, end: int, word: str) -> bool:
    """Latin words are whole words (``join`` is not in ``joint``); a plural s is allowed."""
    if _latin(word[0]) and start and _latin(text[start - 1]):
        return False
    if _latin(word[-1]) and end < len(text) and _latin(text[end]):
        return text[end] in "sS" and not (end + 1 < len(text) and _latin(text[end + 1]))
    return True


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
