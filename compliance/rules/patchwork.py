"""All texts of a profile as one, so that a term cut in pieces over title, keywords, columns and cells is found all the same."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from compliance.rules.terms import Find, TermMatcher

__all__ = ["Patchwork", "Piece"]

_SEAM = "\n"
#: Far pieces are joined for the texts people write and the first columns; a table's cells are joined with their neighbours only.
_FAR = 80


@dataclass(frozen=True)
class Piece:
    """A text and where it stands. ``whole`` ones (column names, cells) are part of a cut term from end to end or not at all."""

    where: str
    text: str
    whole: bool = False


class Patchwork:
    """Pieces joined by a seam that no comparison sees; finds are told where they stand."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = [piece for piece in pieces if piece.text]
        self.text = _SEAM.join(piece.text for piece in self.pieces)
        self._starts = [0, *accumulate(len(piece.text) + 1 for piece in self.pieces)]

    def finds(self, matcher: TermMatcher) -> list[Find]:
        """This will return the finds in each piece, over neighbouring pieces and over two that stand apart."""
        near = [self._told(find) for find in matcher.find(self.text)]
        kept = [find for find in near if find is not None]
        return [*kept, *self._far(matcher)]

    def _told(self, find: Find) -> Find | None:
        """A find over a seam is split; it is none where it takes only a part of a column's name or of a cell."""
        first, last = self._piece(find.start), self._piece(find.end - 1)
        if first == last or len(find.term.words) > 1:
            return find
        parts = self.pieces[first : last + 1]
        cut = (find.start > self._starts[first], find.end < self._starts[last] + len(parts[-1].text))
        if (any(part.whole for part in parts)) and any(cut):
            return None
        return replace(find, how="split")

    def _far(self, matcher: TermMatcher) -> Iterator[Find]:
        if len(self.pieces) < 2:
            return
        for split in matcher.splitter.find([(piece.text, piece.whole) for piece in self.pieces[:_FAR]]):
            start = self._starts[split.first]
            end = start + len(self.pieces[split.first].text)
            yield from (Find(term, max(start, end - split.halves[0]), end, f"split+{split.second}")
                        for term in matcher.owners[split.word] if len(term.words) == 1)

    def _piece(self, place: int) -> int:
        return bisect_right(self._starts, place) - 1

    def place(self, find: Find) -> tuple[str, tuple[int, int], str]:
        """This will return where a find stands, its span there, and the words as given."""
        first, last = self._piece(find.start), self._piece(find.end - 1)
        start, piece = self._starts[first], self.pieces[first]
        span = find.start - start, min(find.end - start, len(piece.text))
        words = piece.text[span[0] : span[1]]
        if find.how.startswith("split+"):
            other = self.pieces[int(find.how.removeprefix("split+"))]
            return f"{piece.where}+{other.where}", span, f"{words} … {other.text[: len(find.term.text)]}"
        if first == last or find.how != "split":
            return piece.where, span, words
        return "+".join(one.where for one in self.pieces[first : last + 1]), span, self.text[find.start : find.end].replace(_SEAM, " … ")
