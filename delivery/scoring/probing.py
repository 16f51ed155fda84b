"""What probing looks like from outside: walking along numbers, guessing one person's facts, asking after nobody, turning one knob at a
time to copy a model. Plain functions over the last calls, newest last; what they find is held and told, never answered differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from kit.coverage import covers

__all__ = ["GUESSES", "RECENT", "Seen", "probing_in"]

#: How many of the last calls are looked at.
RECENT = 40
#: Different records of one subject that did not match.
GUESSES = 5
_MISSES = 32
_NEIGHBOURS = 10
_TURNS = 25


@dataclass(frozen=True)
class Seen:
    """One call as it is kept: hashes, whether its subject lies next to one asked before, and what it answered."""

    subject: str
    inputs: str
    parts: tuple[str, ...]
    neighbour: bool
    outcome: str


@covers("R14")
def probing_in(calls: Sequence[Seen]) -> str:
    """This will name the pattern the last calls make together, the newest included; '' where there is none.

    >>> probing_in([Seen("s", f"{n}", (), False, "no") for n in range(5)])
    'guessing'
    """
    last = calls[-RECENT:]
    if not last:
        return ""
    newest = last[-1]
    if newest.outcome == "no" and len({one.inputs for one in last if one.subject == newest.subject and one.outcome == "no"}) >= GUESSES:
        return "guessing"
    if sum(one.neighbour for one in last) >= _NEIGHBOURS:
        return "sequence"
    if sum(one.outcome in {"no", "unknown"} for one in last) >= _MISSES:
        return "misses"
    turns = sum(len(one.parts) >= 2 and len(one.parts) == len(before.parts) and _differing(one.parts, before.parts) == 1
                for before, one in pairwise(last))
    return "extraction" if turns >= _TURNS else ""


def _differing(one: Sequence[str], other: Sequence[str]) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))
