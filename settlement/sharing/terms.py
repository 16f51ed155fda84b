"""The rules a share agreement may hold: a fixed fee, a royalty by tiers, a milestone, and weights for what is left (R72).

Fixed fees, royalties and milestones are due first, on what a trade leaves to share and on what came in under the agreement before. Where
they come to more than there is, the agreement's rule for too little decides (``claims.py``). The rest goes by weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from kit.coverage import covers
from kit.money import split
from settlement.sharing.claims import equal_awards, equal_losses, talmud
from settlement.sharing.games import ShareFault, Shares
from settlement.sharing.proportional import proportional

__all__ = ["SHORTAGES", "Divided", "Due", "Fixed", "Milestone", "Royalty", "Terms", "by_terms", "divided_fen"]

SHORTAGES = {"proportional": proportional, "talmud": talmud, "cea": equal_awards, "cel": equal_losses}
WHOLE_BPS = 10_000


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


@dataclass(frozen=True)
class Terms:
    """What an agreement says: what is due first, weights for the rest, the rule where what is due exceeds what there is."""

    weights: Mapping[str, int]
    first: Sequence[Fixed | Royalty | Milestone] = ()
    shortage: str = "proportional"

    def __post_init__(self) -> None:
        whole = sum(self.weights.values())
        if not self.weights or whole <= 0 or min(self.weights.values()) < 0:
            raise ShareFault("settlement.share.bad_weights", "weights are zero or more and at least one is above zero")
        if self.shortage not in SHORTAGES:
            raise ShareFault("settlement.share.unknown_rule", f"the rule for too little is one of {', '.join(SHORTAGES)}")
        for one in self.first:
            _check(one)

    @property
    def parties(self) -> list[str]:
        return sorted({*self.weights, *(one.party for one in self.first)})

    def written(self) -> dict[str, Any]:
        """As it is stored and hashed."""
        return {"shortage": self.shortage, "weights": dict(self.weights), "first": [
            {"kind": type(one).__name__.lower(), "party": one.party, **({"fen": one.fen} if isinstance(one, Fixed | Milestone) else {}),
             **({"at_fen": one.at_fen} if isinstance(one, Milestone) else {}),
             **({"tiers": [list(tier) for tier in one.tiers]} if isinstance(one, Royalty) else {})} for one in self.first]}

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Terms:
        """This will read what ``written`` wrote, or what a person sent; ``ShareFault`` says what is wrong."""
        try:
            return cls(dict(raw["weights"]), tuple(_read(one) for one in raw.get("first", [])), raw.get("shortage", "proportional"))
        except ShareFault:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            raise ShareFault("settlement.share.unreadable", f"not the terms of an agreement: {fault}") from fault


def _read(one: Mapping[str, Any]) -> Fixed | Royalty | Milestone:
    kind, party = one["kind"], str(one["party"])
    if kind == "fixed":
        return Fixed(party, one["fen"])
    if kind == "milestone":
        return Milestone(party, one["at_fen"], one["fen"])
    if kind == "royalty":
        return Royalty(party, tuple((up_to, bps) for up_to, bps in one["tiers"]))
    raise ShareFault("settlement.share.unknown_rule", "what is due first is fixed, royalty or milestone")


def _whole(*values: Any) -> bool:
    return all(isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 for value in values)


def _check(one: Fixed | Royalty | Milestone) -> None:
    fault = ""
    if isinstance(one, Royalty):
        ends = [up_to for up_to, _ in one.tiers]
        if not ends or ends[-1] is not None or not all(_whole(end) for end in ends[:-1]) or ends[:-1] != sorted(set(ends[:-1])):
            fault = "tiers rise and the last has no end"
        elif not all(_whole(bps) and bps <= WHOLE_BPS for _, bps in one.tiers):
            fault = "a royalty is 0 to 10000 basis points"
    elif not _whole(one.fen, *((one.at_fen,) if isinstance(one, Milestone) else ())):
        fault = "an amount is a whole number of fen"
    if fault:
        raise ShareFault("settlement.share.bad_terms", f"{one.party}: {fault}")


@dataclass(frozen=True)
class Due:
    """One part of a party's share and why: fixed, royalty, milestone or weight."""

    party: str
    why: str
    exact: Fraction


@dataclass(frozen=True)
class Divided:
    """The exact shares, which sum to the pot, and what each is made of."""

    shares: Shares
    parts: tuple[Due, ...] = field(default=())


@covers("R71", "R72", "E36")
def by_terms(pot_fen: int, terms: Terms, *, before_fen: int = 0) -> Divided:
    """This will divide what one trade leaves to share; ``before_fen`` is what came in under the agreement before it."""
    owed = [(one, one.due(pot_fen, before_fen)) for one in terms.first]
    wanted = sum((due for _, due in owed), Fraction(0))
    if wanted > pot_fen:
        cut = SHORTAGES[terms.shortage](Fraction(pot_fen), {f"{n:04}": due for n, (_, due) in enumerate(owed)})
        owed = [(one, cut[f"{n:04}"]) for n, (one, _) in enumerate(owed)]
        wanted = Fraction(pot_fen)
    rest = proportional(pot_fen - wanted, {party: Fraction(weight) for party, weight in terms.weights.items()})
    parts = [*(Due(one.party, type(one).__name__.lower(), due) for one, due in owed if due),
             *(Due(party, "weight", share) for party, share in rest.items() if share)]
    shares = dict.fromkeys(terms.parties, Fraction(0))
    for part in parts:
        shares[part.party] += part.exact
    return Divided(shares, tuple(parts))


@covers("G3")
def divided_fen(pot_fen: int, terms: Terms, *, before_fen: int = 0) -> dict[str, int]:
    """This will divide to the fen by largest remainder; a pot of nothing gives everybody nothing."""
    shares = by_terms(pot_fen, terms, before_fen=before_fen).shares
    return split(pot_fen, shares) if pot_fen else dict.fromkeys(shares, 0)
