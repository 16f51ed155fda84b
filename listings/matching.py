"""Which rows of a search table hold what was asked, as conditions of SQL: the columns are ``text``, ``grams``, ``words``.

Everything typed enters as a value, never as SQL. The index over pairs lets through what may hold a term; the text decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from listings.words import alternatives, fold, grams, like_pattern, slips, words

__all__ = ["MOST_TERMS", "Asked", "Condition", "Newest", "asked", "both", "pairs_of", "ranked", "tiers"]

MOST_TERMS, _LONGEST = 8, 200
#: Typing errors are looked for in terms of at least this many characters, and in no more than this.
_SLIP_FROM, _SLIP_TO = 3, 12


@dataclass(frozen=True)
class Condition:
    """A condition and its values."""

    sql: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What was typed, folded: its terms (each must be held) and the words it is cut into (for the rank)."""

    terms: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)


def asked(query: str) -> Asked:
    """This will read a query as typed; what is beyond the first terms is not asked."""
    folded = fold(query.replace("\0", "")[:_LONGEST])
    return Asked(tuple(dict.fromkeys(folded.split()[:MOST_TERMS])), tuple(dict.fromkeys(words(folded)))[: 4 * MOST_TERMS])


def both(conditions: Iterable[Condition], word: str = " AND ") -> Condition:
    """This will join conditions; none is no restriction."""
    many = list(conditions)
    if not many:
        return Condition("TRUE")
    return Condition("(" + word.join(one.sql for one in many) + ")", tuple(value for one in many for value in one.values))


def pairs_of(one: Asked) -> list[int]:
    """This will list the numbers of the neighbouring characters that a row must hold."""
    return sorted({pair for term in one.terms for pair in grams(term)})


def _reads(term: str) -> Condition:
    return Condition("text LIKE %s", (like_pattern(term),))


def _holds(term: str) -> Condition:
    pairs = grams(term)
    if not pairs:
        return _reads(term)
    return Condition("(grams @> %s::integer[] AND text LIKE %s)", (pairs, like_pattern(term)))


def _means(term: str) -> Condition:
    return both([_holds(term), *map(_holds_words, alternatives(term))], " OR ")


def _holds_words(alternative: str) -> Condition:
    return both(_holds(one) for one in alternative.split())


def _nearly(term: str) -> Condition:
    near = [Condition("(grams @> %s::integer[] AND text ~ %s)", one) for one in slips(term)] if _SLIP_FROM <= len(term) <= _SLIP_TO else []
    return both([_means(term), *near], " OR ")


def _cut(found: Sequence[str], weight: str) -> Condition:
    return Condition("words @@ %s::tsquery", (" & ".join(f"'{one}'{weight}" for one in found),))


def _not(condition: Condition) -> Condition:
    return Condition(f"NOT {condition.sql}", condition.values)


def _every(terms: Sequence[str], what: Callable[[str], Condition]) -> Condition:
    return both(what(term) for term in terms)


def tiers(one: Asked, *, read: bool = False) -> tuple[list[Condition], Condition]:
    """This will give the conditions of each rank, best first and without overlap, and the last resort where none of them finds anything.

    Whole words in the title; whole words anywhere; the characters anywhere; words of the same meaning. Last resort: one slip of the pen.
    ``read``: the same, for rows that are read one after the other and not found by the index over pairs.
    """
    held = _every(one.terms, _reads if read else _holds)
    ranks = [held]
    if one.words:
        titled, anywhere = _cut(one.words, ":A"), _cut(one.words, "")
        ranks = [both([held, titled]), both([held, anywhere, _not(titled)]), both([held, _not(anywhere)])]
    if any(alternatives(term) for term in one.terms):
        ranks.append(both([_every(one.terms, _means), _not(held)]))
    return ranks, _every(one.terms, _nearly)


@dataclass(frozen=True)
class Newest:
    """How many of the newest rows are read before the indexes are asked, with the ranks as they are read; ``shown`` is the condition of
    the index that tells the newest.

    What one row in a hundred holds fills a page after a few thousand rows, where the index would fetch every row that holds it.
    """

    rows: int
    shown: str
    ranks: Sequence[Condition]


def ranked(table: str, key_column: str, columns: str, base: Condition, ranks: Sequence[Condition], key: Sequence[Any] | None,
           limit: int, newest: Newest | None = None) -> tuple[str, tuple[Any, ...]]:
    """This will compose the ranks one behind the other, newest first in each: (key, rank, columns…), at most ``limit`` rows.

    The database asks the next rank only while rows are wanted, so what many rows hold costs no more than what few do. ``table`` and
    column names are the caller's own words; ``key`` is (rank, key) of the last row seen.
    """
    parts: list[str] = []
    values: list[Any] = []

    def part(number: int, source: str, wanted: Sequence[Condition]) -> None:
        where = both(wanted)
        parts.append(f"(SELECT {key_column}, {number} AS rank, {columns} FROM {source} WHERE {where.sql} "  # noqa: S608 (own names)
                     f"ORDER BY {key_column} DESC LIMIT {limit})")
        values.extend(where.values)

    for number, rank in enumerate(ranks, start=1):
        if key and number < key[0]:
            continue
        below = [Condition(f"{key_column} < {int(key[1])}")] if key and number == key[0] else []
        if newest:
            begun = both([Condition(newest.shown), *below]).sql
            window = f"(SELECT * FROM {table} WHERE {begun} ORDER BY {key_column} DESC LIMIT {newest.rows}) newest"  # noqa: S608
            part(number, window, [base, newest.ranks[number - 1]])
            # a sum is no column: what nearly every row fulfils is not worth a look into the key's index
            below = [Condition(f"{key_column} + 0 < (SELECT min({key_column}) FROM {window})")]  # noqa: S608
        part(number, table, [base, rank, *below])
    nothing = f"(SELECT {key_column}, 0 AS rank, {columns} FROM {table} WHERE FALSE)"  # noqa: S608
    return f"SELECT * FROM ({' UNION ALL '.join(parts or [nothing])}) ranked LIMIT {limit}", tuple(values)  # noqa: S608
