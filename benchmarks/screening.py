"""P10: screening texts for terms. Floor = ahocorasick_rs on the same documents without any normalising.

The pipeline sees through every disguise of ``tests/compliance/disguises.py`` as well. Texts are read together, as re-screening
and a listing's many fields are; one by one is shown beside it. 10,000 terms of 3 to 6 common characters, documents of 666
characters, one in ten with a planted term, most of those disguised (full width, zero width, spaced, traditional).
Recall is checked over every disguise before a figure counts.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import accumulate
from typing import Any

from ahocorasick_rs import AhoCorasick

from benchmarks.harness import Goal, Report, Variant, Worker, ratio_of, rotate

TERMS, DOCUMENTS, LENGTH = 10_000, 400, 666


def common_characters() -> list[str]:
    """The 3,755 characters of GB 2312's first level: what Chinese prose is mostly made of."""
    rows = (bytes((high, low)) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return [character for row in rows if (character := row.decode("gb2312", "ignore"))]


def words(count: int, rnd: random.Random, sizes: tuple[int, int]) -> list[str]:
    characters = common_characters()
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(rnd.choices(characters, k=rnd.randint(*sizes)))] = None
    return list(found)


def disguises(term: str) -> Iterator[str]:
    """The evasions that must be seen through; full width applies to the letters and digits of a term."""
    back = _traditional()
    yield term
    yield "\u200b".join(term)
    yield " ".join(term)
    yield "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in term)
    yield "".join(back.get(one, one) for one in term)


@cache
def _traditional() -> dict[str, str]:
    from compliance.rules.evasion import simplified

    return {new: old for old, new in simplified().items()}


def documents(terms: list[str], rnd: random.Random) -> list[str]:
    """Prose-like documents: two-character words by Zipf's law, a comma or full stop about every ten characters."""
    vocabulary = words(20_000, rnd, (2, 2))
    weights = list(accumulate(1 / rank for rank in range(1, len(vocabulary) + 1)))
    made = []
    for number in range(DOCUMENTS):
        parts = rnd.choices(vocabulary, cum_weights=weights, k=LENGTH // 2)
        for place in range(5, len(parts), 6):
            parts[place] = "，" if place % 4 else "。"
        if number % 10 == 0:
            parts[rnd.randrange(len(parts))] = list(disguises(rnd.choice(terms)))[number // 10 % 5]
        made.append("".join(parts)[:LENGTH])
    return made


def recall(matcher: Any, terms: list[str]) -> float:
    """The share of disguised terms that are found, over every disguise."""
    tried = [(term, shape) for term in terms for shape in disguises(term)]
    found = sum(any(find.term.text == term for find in matcher.find(f"前文，{shape}，后文")) for term, shape in tried)
    return found / len(tried)


def run(ground: object) -> list[Report]:
    """This will compare the whole pipeline with the bare automaton and with the obvious loop."""
    from compliance.rules.terms import Term, TermMatcher

    rnd = random.Random(20261122)
    terms = words(TERMS - 200, rnd, (3, 6)) + [f"{word}{letters}" for word, letters in
                                               zip(words(200, rnd, (2, 3)), rnd.choices(["abc", "c4", "tnt", "x1"], k=200), strict=True)]
    texts = documents(terms, rnd)
    ten, hundred = TermMatcher([Term(text, "x") for text in terms]), TermMatcher([Term(text, "x") for text in words(100_000, rnd, (3, 6))])
    bare = AhoCorasick(terms)

    def variant(name: str, find: Callable[[Sequence[str]], object], batch: int = DOCUMENTS, *, is_floor: bool = False) -> Variant:
        def make(_: int) -> Worker:
            def act() -> int:
                find(texts[:batch])
                return batch
            return Worker(act)
        return Variant(name, make, is_floor)

    def each(find: Callable[[str], object]) -> Callable[[Sequence[str]], object]:
        return lambda some: [find(text) for text in some]

    for matcher in (ten, hundred):
        matcher.find_many(["warm: 预热 yure"])
    figures = rotate([
        variant("ahocorasick_rs, nothing normalised", each(bare.find_matches_as_indexes), is_floor=True),
        variant("screening, 10,000 terms", ten.find_many),
        variant("screening, 100,000 terms", hundred.find_many),
        variant("screening one by one, 10,000 terms", each(ten.find)),
        variant("any(term in text)", each(lambda text: any(term in text for term in terms)), 10),
    ])
    share = recall(ten, terms[::10] + terms[-200:])
    goals = [
        Goal.judged("P10", "whole pipeline to bare automaton", ratio_of(figures, "screening, 10,000 terms"), 1.0),
        Goal.judged("P10", "whole pipeline to the obvious loop", ratio_of(figures, "screening, 10,000 terms", "any(term in text)"), 300.0),
        Goal.judged("P10", "100,000 terms to 10,000", ratio_of(figures, "screening, 100,000 terms", "screening, 10,000 terms"), 0.7),
        Goal.judged("P10", "recall over all disguises", share, 1.0),
    ]
    plain = sum(bool(bare.find_matches_as_indexes(text)) for text in texts)
    checks = {"documents held by the pipeline": sum(map(bool, ten.find_many(texts))), "by the bare automaton": plain}
    return [Report("screening", figures, {"terms": TERMS, "documents": DOCUMENTS, "characters": LENGTH}, goals, checks,
                   ("screening, 10,000 terms", "screening one by one, 10,000 terms"))]
