"""Try before you buy: E29, a buyer who may try each data set alone against one who knows everything and one who knows nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from kit.coverage import covers
from settlement.sharing.games import Coverage, Game
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import ONE, Draws
from simulation.claims.measuring import quotient
from trading.auctions import posted
from trading.auctions.rules import Order

_SETS, _RECORDS = 8, 120
_NAMES = tuple("abcdefgh")


def _accuracies(game: Game) -> np.ndarray:
    """The accuracy with each coalition of data sets: the part of the records that it covers."""
    return np.array([float(game.value(mask)) / _RECORDS for mask in range(1 << _SETS)])


def _buys(worth: float, price: int) -> bool:
    """Whether a buyer for whom one data set is worth so much takes it at the price posted."""
    return bool(posted.clear([Order("buyer", max(1, int(worth)), 1)], price, 1).awards)


def _tried(known: Sequence[float], accuracy: np.ndarray, prices: Sequence[int], worth: int) -> int:
    """The surplus of a buyer who knows of each data set alone how accurate it makes its model, and of what it bought the accuracy itself.

    What a further set adds is reckoned as if sets overlapped by chance; the one that promises most over its price is bought next.
    """
    had, paid, left = 0, 0, set(range(_SETS))
    while left:
        reached = float(accuracy[had])
        adds = {one: worth * known[one] * (1 - reached) for one in left}
        one = max(left, key=lambda place: (adds[place] - prices[place], -place))
        if not _buys(adds[one], prices[one]):
            break
        had, paid = had | 1 << one, paid + prices[one]
        left.remove(one)
    return round(worth * float(accuracy[had])) - paid


def _market(rng: np.random.Generator) -> tuple[np.ndarray, list[int], int]:
    """Eight stretches of the same records, of unlike length, at prices that say nothing of it; and what all is worth to the buyer."""
    sizes, starts = rng.beta(0.8, 2.0, _SETS) * _RECORDS, rng.integers(0, _RECORDS, _SETS)
    held: Mapping[str, frozenset[str]] = {
        name: frozenset(str((start + n) % _RECORDS) for n in range(int(size)))
        for name, start, size in zip(_NAMES, starts.tolist(), sizes.tolist(), strict=True)}
    prices = rng.integers(ONE // 50, ONE // 5, _SETS).tolist()
    return _accuracies(Coverage(held).game()), prices, int(rng.integers(ONE // 2, 2 * ONE))


@covers("E29")
@claim("E29", title="Who may try each data set alone buys nearly as well as one who knows every combination",
       source="Azcoitia and Laoutaris 2020; the share of nine tenths is the house's own",
       setting="eight data sets that overlap, accuracy by the records covered, prices posted that say nothing of it; surplus over that of "
               "the best of all 256 combinations; the untried buyer knows the average only",
       production=("trading.auctions.posted.clear", "settlement.sharing.games.Coverage.game"),
       figures=(Figure("tries eight sets: surplus over the best", 0.9, relation=">"),
                Figure("tries nothing: surplus over the best", 0.9, relation="<"),
                Figure("markets in which the best was beaten", 0)))
def _trying(draws: Draws) -> Iterator[Measured]:
    rng, best, tried, blind, beaten = draws.rng(), [], [], [], 0
    markets = [_market(rng) for _ in range(1_500 if draws.full else 300)]
    average = float(np.mean([accuracy[1 << one] for accuracy, _, _ in markets for one in range(_SETS)]))
    for accuracy, prices, worth in markets:
        totals = np.array([sum(prices[one] for one in range(_SETS) if mask >> one & 1) for mask in range(1 << _SETS)])
        best.append(int(np.max(np.round(worth * accuracy) - totals)))
        alone = [float(accuracy[1 << one]) for one in range(_SETS)]
        tried.append(_tried(alone, accuracy, prices, worth))
        blind.append(_tried([average] * _SETS, accuracy, prices, worth))
        beaten += max(tried[-1], blind[-1]) > best[-1]
    yield from (quotient(tried, best), quotient(blind, best), Measured(beaten, samples=len(markets)))
