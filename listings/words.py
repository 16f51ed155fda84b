"""Text as search sees it: folded, cut into grams of two characters, cut into words. Plain functions, no database.

Recall comes from the grams (any substring of two characters or more is found, rechecked on the folded text), ranking from
the words (rjieba), so that a whole word stands before an accidental pair of neighbours.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = ["fold", "grams", "like_pattern", "words"]

_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"[0-9a-z]+|[^\W\d_]+")


def fold(text: str) -> str:
    """This will fold width and case (NFKC, casefold), drop invisible characters, and make every space one blank."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(" " if unicodedata.category(one) == "Cc" else one for one in folded if unicodedata.category(one) != "Cf")
    return _SPACES.sub(" ", kept).strip()


def grams(text: str) -> list[str]:
    """This will list the distinct pairs of neighbouring characters of a folded text, blanks included."""
    folded = fold(text)
    return sorted({folded[i : i + 2] for i in range(len(folded) - 1)})


def words(text: str) -> list[str]:
    """This will cut a text into words for ranking: Chinese by dictionary, Latin by spelling."""
    cut = _cutter()
    found: list[str] = []
    for piece in _WORD.findall(fold(text)):
        found.extend([piece] if piece.isascii() else [one for one in cut(piece) if one.strip()])
    return found


def like_pattern(folded: str) -> str:
    """This will escape a folded text as a LIKE pattern for "contains"."""
    return "%" + folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


@lru_cache(maxsize=1)
def _cutter():  # type: ignore[no-untyped-def]
    import rjieba

    return rjieba.cut_for_search if hasattr(rjieba, "cut_for_search") else rjieba.cut
