"""How much a find weighs: a plain ordinary word alone is no suspicion; in company, in a crowd or in disguise it is.

Words, not lists, are weighed: an administrator may import a noisy list, and a city's name on it stops no catalogue of that city.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain

import yaml
from ahocorasick_rs import AhoCorasick

from compliance.rules.evasion import normalise
from compliance.rules.terms import Find, Term
from compliance.rules.vocabulary import DATA

__all__ = ["is_ordinary", "weighty"]

#: Writings in which a word is what it seems; in any other it hides.
_OPEN = frozenset({"plain"})
#: Imported Latin terms this short are abbreviations of anything.
_ABBREVIATION = 3


@dataclass(frozen=True)
class _Words:
    ordinary: frozenset[str]
    company: AhoCorasick
    crowd: int


@cache
def _words() -> _Words:
    raw = yaml.safe_load((DATA / "ordinary_words.yaml").read_text(encoding="utf-8"))
    company = [normalise(word) for word in chain.from_iterable(raw["company"])]
    return _Words(frozenset(normalise(word) for word in chain.from_iterable(raw["ordinary"])), AhoCorasick(company), int(raw["crowd"]))


@lru_cache(maxsize=65_536)
def is_ordinary(term: Term) -> bool:
    """This will tell whether a term is a word of every day: one of our list, or, imported, a place or an abbreviation."""
    plain = normalise(term.text)
    if plain in _words().ordinary:
        return True
    if not term.source.startswith("terms:"):
        return False
    import rjieba  # reads its dictionary when it is first asked, not when a process starts

    return (plain.isascii() and len(plain) <= _ABBREVIATION) or (rjieba.has_word(plain) and [tag for _, tag in rjieba.tag(plain)] == ["ns"])


def weighty(text: str, finds: Sequence[Find]) -> list[Find]:
    """This will return the finds that raise a suspicion, of all finds in a text."""
    light = [find for find in finds if find.how in _OPEN and is_ordinary(find.term)]
    if not light:
        return list(finds)
    heavy = [find for find in finds if find not in set(light)]
    if heavy or len({find.term.text for find in light}) >= _words().crowd or _company(text, light):
        return list(finds)
    return []


def _company(text: str, light: Sequence[Find]) -> bool:
    """Whether a word of the other kind stands in the text, outside the ordinary words themselves."""
    kept = list(text)
    for find in light:
        kept[find.start : find.end] = "\n" * (find.end - find.start)
    return bool(_words().company.find_matches_as_indexes(normalise("".join(kept))))
