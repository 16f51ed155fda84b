"""Terms split over texts that do not stand side by side: the beginning at the end of a title, the rest at the head of the keywords."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from compliance.rules.evasion import normalise

__all__ = ["Split", "Splitter"]

#: Only words this long, in halves of two or more: shorter rests begin and end every other text.
_LONG, _HALF = 4, 2


@dataclass(frozen=True)
class Split:
    """``word`` begins at the end of text ``first`` and ends at the head of text ``second``; ``shown`` is how many characters of each."""

    word: str
    first: int
    second: int
    halves: tuple[int, int]


class Splitter:
    """Knows where words may be cut; built when the first profile of many texts comes."""

    def __init__(self, words: Sequence[str]) -> None:
        self.rests: dict[str, list[str]] = {}
        for word in words:
            for cut in range(_HALF, len(word) - _HALF + 1) if len(word) >= _LONG else ():
                self.rests.setdefault(word[:cut], []).append(word[cut:])
        self.reach = max(map(len, words), default=0)

    def find(self, texts: Sequence[tuple[str, bool]]) -> Iterator[Split]:
        """This will yield the words split over two of the texts; a text marked ``whole`` is used from end to end or not at all."""
        plain = [normalise(text[-4 * self.reach :] if len(text) > 8 * self.reach else text) for text, _ in texts]
        heads: dict[str, list[int]] = {}
        for number, (text, whole) in enumerate(texts):
            head = normalise(text[: 4 * self.reach])
            for length in range(len(head), len(head) + 1) if whole else range(_HALF, min(self.reach, len(head)) + 1):
                heads.setdefault(head[:length], []).append(number)
        for number, (_, whole) in enumerate(texts):
            tail = plain[number]
            for length in range(len(tail), len(tail) + 1) if whole else range(_HALF, min(self.reach, len(tail)) + 1):
                for rest in self.rests.get(tail[-length:], ()):
                    yield from (Split(tail[-length:] + rest, number, other, (length, len(rest)))
                                for other in heads.get(rest, ()) if abs(other - number) > 1 or other < number)
