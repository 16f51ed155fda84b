"""What would be missing without each party. Simple, and it under-pays overlap: the parts do not sum to the whole (E37)."""

from __future__ import annotations

from fractions import Fraction

from kit.coverage import covers
from settlement.sharing.games import Coverage, Game, Shares

__all__ = ["leave_one_out", "leave_one_out_of_coverage"]


@covers("E37")
def leave_one_out(game: Game) -> Shares:
    """This will return the whole's worth less what the others are worth without the party."""
    everybody = (1 << len(game.players)) - 1
    return {name: game.whole - game.value(everybody ^ (1 << i)) for i, name in enumerate(game.players)}


def leave_one_out_of_coverage(coverage: Coverage) -> Shares:
    """This will count the records that only this party supplies."""
    shares: Shares = {party: Fraction(0) for party in coverage.records}
    for parties in coverage.suppliers().values():
        if len(parties) == 1:
            shares[parties[0]] += 1
    return shares
