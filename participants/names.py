"""The skeleton of a name: what is left when look-alike characters, marks and spacing are taken away.

Two organisations whose names have one skeleton could be taken for each other; the database keeps the skeleton unique (T55).
"""

from __future__ import annotations

import unicodedata

from kit.composing import normalized
from kit.lookalikes import LOOKALIKES

__all__ = ["name_key", "tidy_name"]

_DRAWN_ALIKE = str.maketrans(LOOKALIKES)


def tidy_name(name: str) -> str:
    """This will return the name as kept: composed, without invisible marks, single spaces."""
    composed = normalized("NFC", name)
    return " ".join("".join(c for c in composed if unicodedata.category(c) not in {"Cf", "Cc", "Cs", "Co"}).split())


def name_key(name: str) -> str:
    """This will return the skeleton: compatibility forms folded, look-alikes mapped, only letters and digits left."""
    drawn = name.casefold().translate(_DRAWN_ALIKE)  # before forms are folded: a lunate sigma is drawn like c and folded to another letter
    folded = normalized("NFKD", drawn).casefold().translate(_DRAWN_ALIKE)
    kept = "".join(c for c in folded if unicodedata.category(c)[0] in "LN")
    return kept.replace("0", "o").replace("1", "l").replace("i", "l")[:160]
