"""The skeleton of a name: what is left when look-alike characters, marks and spacing are taken away.

Two organisations whose names have one skeleton could be taken for each other; the database keeps the skeleton unique (T55).
"""

from __future__ import annotations

import unicodedata

__all__ = ["name_key", "tidy_name"]

#: Cyrillic and Greek letters that are drawn like Latin ones, after case folding.
_LOOKALIKES = str.maketrans("аеорсухіјѕһԁԛԝѵкмтвнαβεικνορτυχ", "aeopcyxijshdqwvkmtbhabeikvoptux")


def tidy_name(name: str) -> str:
    """This will return the name as kept: composed, without invisible marks, single spaces."""
    composed = unicodedata.normalize("NFC", name)
    return " ".join("".join(c for c in composed if unicodedata.category(c) not in {"Cf", "Cc", "Cs", "Co"}).split())


def name_key(name: str) -> str:
    """This will return the skeleton: compatibility forms folded, look-alikes mapped, only letters and digits left."""
    folded = unicodedata.normalize("NFKD", name).casefold().translate(_LOOKALIKES)
    kept = "".join(c for c in folded if unicodedata.category(c)[0] in "LN")
    return kept.replace("0", "o").replace("1", "l").replace("i", "l")[:160]
