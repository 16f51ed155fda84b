"""The rules a share agreement may hold: a fixed fee, a royalty by tiers, a milestone, a permitted revenue, weights for the rest (R72).

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
from listings.share_terms import CostPlus, Fixed, Milestone, Royalty, Term, TermsFault, check, read, written
from settlement.sharing.claims import equal_awards, equal_losses, talmud
from settlement.sharing.games import ShareFault, Shares
from settlement.sharing.proportional import proportional

__all__ = ["SHORTAGES", "CostPlus", "Divided", "Due", "Fixed", "Milestone", "Royalty", "Terms", "by_terms", "divided_fen"]

SHORTAGES = {"proportional": proportional, "talmud": talmud, "cea": equal_awards, "cel": equal_losses}


@dataclass(frozen=True)
class Terms:
    """What an agreement says: what is due first, weights for the rest, the rule where what is due exceeds what there is."""

    weights: Mapping[str, int]
    first: Sequence[Term] = ()
    shortage: str = "proportional"

    def __post_init__(self) -> None:
        whole = sum(self.weights.values())
        if not self.weights or whole <= 0 or min(self.weights.values()) < 0:
            raise ShareFault("settlement.share.bad_weights", "weights are zero or more and at least one is above zero")
        if self.shortage not in SHORTAGES:
            raise ShareFault("settlement.share.unknown_rule", f"the rule for too little is one of {', '.join(SHORTAGES)}")
        try:
            check(self.first)
        except TermsFault as fault:
            raise ShareFault(fault.code, str(fault)) from fault

    @property
    def parties(self) -> list[str]:
        return sorted({*self.weights, *(one.party for one in self.first)})

    def written(self) -> dict[str, Any]:
        """As it is stored and hashed."""
        return {"shortage": self.shortage, "weights": dict(self.weights), "first": written(self.first)}

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Terms:
        """This will read what ``written`` wrote, or what a person sent; ``ShareFault`` says what is wrong."""
        try:
            return cls(dict(raw["weights"]), tuple(read(raw.get("first", []))), raw.get("shortage", "proportional"))
        except ShareFault:
            raise
        except TermsFault as fault:
            raise ShareFault(fault.code, str(fault)) from fault
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            raise ShareFault("settlement.share.unreadable", f"not the terms of an agreement: {fault}") from fault


@dataclass(frozen=True)
class Due:
    """One part of a party's share and why: fixed, royalty, milestone, cost_plus or weight."""

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
    parts = [*(Due(one.party, "cost_plus" if isinstance(one, CostPlus) else type(one).__name__.lower(), due) for one, due in owed if due),
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
