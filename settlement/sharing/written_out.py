"""A game written out as a table of whole numbers, one worth a bit mask: Shapley's value, exact to twenty players."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import factorial

import numpy as np

from kit.coverage import covers
from settlement.sharing.games import MOST_PLAYERS, ShareFault, Shares

__all__ = ["shapley_of_worths"]


@covers("G4")
def shapley_of_worths(players: Sequence[str], worths: np.ndarray) -> Shares:
    """This will return Shapley's value of a game written out as whole numbers, one a bit mask: exact, up to twenty players.

    For each player the marginal worths are summed by the size of the coalition joined. Worths are below 2^32, so each of these sums of at
    most 2^19 numbers is below 2^53 and exact; the weights of the sizes are applied to the sums in whole numbers of any length.
    """
    n = len(players)
    if not 1 <= n <= MOST_PLAYERS or worths.shape != (1 << n,):
        raise ShareFault("settlement.share.too_many", f"a table has one to {MOST_PLAYERS} parties and a worth for each coalition")
    if worths.dtype.kind not in "iu" or worths[0] != 0 or int(np.abs(worths).max()) >= 1 << 32:
        raise ShareFault("settlement.share.bad_number", "worths are whole numbers below 2^32, and nobody is worth nothing")
    exact, size = worths.astype(np.float64), np.zeros(1, dtype=np.uint8)
    for _ in range(n - 1):
        size = np.concatenate([size, size + 1])
    orders = [factorial(s) * factorial(n - 1 - s) for s in range(n)]
    values: Shares = {}
    for i, name in enumerate(players):
        halves = exact.reshape(-1, 2, 1 << i)
        sums = _by_size((halves[:, 1, :] - halves[:, 0, :]).ravel(), size, n)
        values[name] = Fraction(sum(weight * sums[s] for s, weight in enumerate(orders)), factorial(n))
    return values


def _by_size(marginal: np.ndarray, size: np.ndarray, n: int) -> list[int]:
    return [int(one) for one in np.bincount(size, weights=marginal, minlength=n)]
