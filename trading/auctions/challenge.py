"""A challenge 揭榜挂帅: answers on a blind trial are marked, and marks and prices together order the entries. Pure and exact.

A mark lies between 0 and 1: the share of right answers; macro F1 (the mean over the true classes of 2tp / (2tp + fp + fn)); or the skill
of numbers against always saying the lower median, ``1 - sum|answer - truth| / sum|median - truth|``, never below 0 (Murphy 1988).
The price counts low price first: lowest acceptable price / own price (Ministry of Finance Order 87, art. 55). Points are the weighted mean;
among equals the better mark, then the lower price, then the earlier entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

__all__ = ["MEASURES", "MILLION", "Entry", "mark", "ordered", "percent", "points", "ppm"]

MEASURES = ("accuracy", "macro_f1", "skill")
MILLION = 1_000_000


@dataclass(frozen=True)
class Entry:
    """One entry: what its answers were worth in millionths, its price, when it came."""

    mark_ppm: int
    price_fen: int
    at: datetime


def ppm(value: Fraction) -> int:
    """This will write a mark in whole millionths, cut: nobody passes by rounding."""
    return int(value * MILLION)


def percent(mark_ppm: int) -> str:
    """This will write a mark as a share of a hundred, two decimals, cut."""
    return f"{mark_ppm // 10_000}.{mark_ppm // 100 % 100:02d}%"


def mark(measure: str, truth: Mapping[str, str], said: Mapping[str, str]) -> Fraction:
    """This will mark answers to the very questions of ``truth``; numbers are read exactly. ``KeyError`` for another measure."""
    pairs = [(truth[key], said[key]) for key in truth]
    return {"accuracy": _accuracy, "macro_f1": _macro_f1, "skill": _skill}[measure](pairs)


def _accuracy(pairs: Sequence[tuple[str, str]]) -> Fraction:
    return Fraction(sum(right == given for right, given in pairs), len(pairs))


def _macro_f1(pairs: Sequence[tuple[str, str]]) -> Fraction:
    hits = Counter(right for right, given in pairs if right == given)
    true, named = Counter(right for right, _ in pairs), Counter(given for _, given in pairs)
    return sum((Fraction(2 * hits[one], true[one] + named[one]) for one in true), Fraction(0)) / len(true)


def _skill(pairs: Sequence[tuple[str, str]]) -> Fraction:
    numbers = [(Fraction(right), Fraction(given)) for right, given in pairs]
    middle = sorted(right for right, _ in numbers)[(len(numbers) - 1) // 2]
    missed = sum((abs(given - right) for right, given in numbers), Fraction(0))
    plain = sum((abs(middle - right) for right, _ in numbers), Fraction(0))
    if not plain:
        return Fraction(int(not missed))
    return max(Fraction(0), 1 - missed / plain)


def points(entry: Entry, *, weight: int, lowest_fen: int) -> Fraction:
    """This will return an entry's points of 100: ``weight`` for the mark, the rest for the price beside the lowest acceptable one."""
    price = Fraction(lowest_fen, entry.price_fen) if entry.price_fen else Fraction(1)
    return weight * Fraction(entry.mark_ppm, MILLION) + (100 - weight) * price


def ordered(entries: Sequence[Entry], *, weight: int, least_ppm: int) -> list[tuple[int, Fraction]]:
    """This will order the entries that reach ``least_ppm``, best first: (place in ``entries``, points)."""
    good = [place for place, one in enumerate(entries) if one.mark_ppm >= least_ppm]
    lowest = min((entries[place].price_fen for place in good), default=0)
    rated = [(place, points(entries[place], weight=weight, lowest_fen=lowest)) for place in good]
    return sorted(rated, key=lambda row: (-row[1], -entries[row[0]].mark_ppm, entries[row[0]].price_fen, entries[row[0]].at))
