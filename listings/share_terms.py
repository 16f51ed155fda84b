"""What is due to a party of a share agreement before the rest goes by weight: plain data, read and checked (Data Twenty article 12).

A fixed fee of every trade, a royalty by tiers of what came in, a milestone once. ``settlement.sharing.terms`` divides by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

__all__ = ["SHORTAGES", "Fixed", "Milestone", "Royalty", "TermsFault", "check", "read", "written"]

WHOLE_BPS = 10_000
#: What may decide where more is due than there is.
SHORTAGES = ("proportional", "talmud", "cea", "cel")


class TermsFault(ValueError):
    """Terms that cannot be carried out; ``code`` is stable."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Fixed:
    """So many fen of every trade."""

    party: str
    fen: int

    def due(self, pot_fen: int, before_fen: int) -> Fraction:
        return Fraction(self.fen)


@dataclass(frozen=True)
class Royalty:
    """A rate of what comes in, by tiers of what came in so far: (up to fen, basis points); the last tier has no end (None)."""

    party: str
    tiers: tuple[tuple[int | None, int], ...]

    def due(self, pot_fen: int, before_fen: int) -> Fraction:
        owed, low = Fraction(0), 0
        for up_to, bps in self.tiers:
            high = before_fen + pot_fen if up_to is None else min(up_to, before_fen + pot_fen)
            owed += Fraction(max(0, high - max(low, before_fen)) * bps, WHOLE_BPS)
            low = low if up_to is None else up_to
        return owed


@dataclass(frozen=True)
class Milestone:
    """So many fen, once: with the trade by which what came in reaches ``at_fen``."""

    party: str
    at_fen: int
    fen: int

    def due(self, pot_fen: int, before_fen: int) -> Fraction:
        return Fraction(self.fen if before_fen < self.at_fen <= before_fen + pot_fen else 0)


def read(rows: Iterable[Mapping[str, Any]]) -> list[Fixed | Royalty | Milestone]:
    """This will read what ``written`` wrote, or what a person sent."""
    try:
        found = [_read(one) for one in rows]
    except TermsFault:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise TermsFault("settlement.share.unreadable", f"not the terms of an agreement: {fault}") from fault
    check(found)
    return found


def written(first: Sequence[Fixed | Royalty | Milestone]) -> list[dict[str, Any]]:
    """This will write terms as they are stored and hashed."""
    return [{"kind": type(one).__name__.lower(), "party": one.party, **(
        {"tiers": [list(tier) for tier in one.tiers]} if isinstance(one, Royalty) else {"fen": one.fen}),
        **({"at_fen": one.at_fen} if isinstance(one, Milestone) else {})} for one in first]


def check(first: Iterable[Fixed | Royalty | Milestone]) -> None:
    """This will refuse amounts that are not whole fen, rates above the whole, tiers that do not rise."""
    for one in first:
        _check(one)


def _read(one: Mapping[str, Any]) -> Fixed | Royalty | Milestone:
    kind, party = one["kind"], str(one["party"])
    if kind == "fixed":
        return Fixed(party, one["fen"])
    if kind == "milestone":
        return Milestone(party, one["at_fen"], one["fen"])
    if kind == "royalty":
        return Royalty(party, tuple((up_to, bps) for up_to, bps in one["tiers"]))
    raise TermsFault("settlement.share.unknown_rule", "what is due first is fixed, royalty or milestone")


def _whole(*values: Any) -> bool:
    return all(isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 for value in values)


def _check(one: Fixed | Royalty | Milestone) -> None:
    fault = ""
    if isinstance(one, Royalty):
        limits = [up_to for up_to, _ in one.tiers[:-1]]
        whole = [limit for limit in limits if limit is not None and _whole(limit)]
        if not one.tiers or one.tiers[-1][0] is not None or len(whole) < len(limits) or whole != sorted(set(whole)):
            fault = "tiers rise and the last has no end"
        elif not all(_whole(bps) and bps <= WHOLE_BPS for _, bps in one.tiers):
            fault = "a royalty is 0 to 10000 basis points"
    elif not _whole(one.fen, *((one.at_fen,) if isinstance(one, Milestone) else ())):
        fault = "an amount is a whole number of fen"
    if fault:
        raise TermsFault("settlement.share.bad_terms", f"{one.party}: {fault}")
