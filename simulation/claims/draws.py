"""Where a claim's chance comes from: one seed, a stream for every claim and every figure, the same on any number of workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from trading.auctions.rules import Order

__all__ = ["ONE", "SEED", "Draws", "bids"]

SEED = 20260701
#: Values between 0 and 1 are whole units of a millionth: the price functions take whole units only.
ONE = 1_000_000

_CHUNK = 20_000
_MOST_CLAIMS = 69
_QUICK, _LEAST = 40, 1_000
_NAMES = tuple(f"b{place}" for place in range(1_000))


class Draws:
    """The chance of one claim: a stream of its own (spawned from the root seed by the claim's number), and how many draws to make."""

    def __init__(self, number: int, *, seed: int = SEED, full: bool = False) -> None:
        self.full = full
        self._seeds = np.random.SeedSequence(seed).spawn(_MOST_CLAIMS)[number]

    def rng(self) -> np.random.Generator:
        """This will open the next stream; streams of one claim never overlap."""
        return np.random.default_rng(self._seeds.spawn(1)[0])

    def count(self, published: int) -> int:
        """This will say how often to draw: as often as the tolerance asks, or a fortieth of it for a quick look."""
        return published if self.full else min(published, max(published // _QUICK, _LEAST))

    def uniform(self, rounds: int, each: int) -> Iterator[list[int]]:
        """This will draw ``rounds`` lists of independent values spread evenly over 1 … ONE."""
        rng = self.rng()
        for begin in range(0, rounds, _CHUNK):
            yield from rng.integers(1, ONE + 1, size=(min(_CHUNK, rounds - begin), each)).tolist()

    def mirrored(self, pairs: int, each: int) -> Iterator[tuple[list[int], list[int]]]:
        """This will draw lists together with their mirror image: the mean of both swings less, the mean of many is the same."""
        for values in self.uniform(pairs, each):
            yield values, [ONE + 1 - value for value in values]


def bids(amounts: Sequence[int]) -> list[Order]:
    """This will hand in amounts as bids of one unit, each of a bidder of its own, in the order given."""
    return [Order(_NAMES[place], amount, place + 1) for place, amount in enumerate(amounts)]
