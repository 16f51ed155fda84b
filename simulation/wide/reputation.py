"""What buyers of the laboratory think of sellers: a beta reputation that forgets (E52), and trust that flows from those already trusted
(E58, E59)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Edges", "Names", "Trust", "beta", "remembered", "trust"]

Column = np.ndarray[Any, Any]
#: Shares closer than this, in all, are the same.
_TOLERANCE = 1e-9


def beta(good: Any, bad: Any) -> Any:
    """This will return the reputation by good and bad deals: (g+1)/(g+b+2), one half for whom nobody knows."""
    return (good + 1) / (good + bad + 2)


def remembered(good: Column, bad: Column, deals: Column, offences: Any, *, forgetting: float) -> tuple[Column, Column]:
    """This will return what is remembered after so many good deals, each of which leaves ``forgetting`` of what was before, and offences.

    An offence is told beside the deals, not in place of one, and counts as many deals as it is given: with λ = 0.95 a good name is worth
    twenty deals, and an offence of five costs a quarter of it; with 0.99 a hundred, and the same offence is not seen.
    """
    if not 0 < forgetting < 1:
        raise ValueError("what a deal leaves of the earlier ones lies between 0 and 1")
    kept = forgetting**deals
    return kept * good + (1 - kept) / (1 - forgetting), kept * bad + offences


@dataclass(frozen=True)
class Edges:
    """Who praised whom, and how often, among ``size`` peers."""

    size: int
    source: Column
    target: Column
    weight: Column


@dataclass(frozen=True)
class Trust:
    """The share of trust of every peer, and after how many rounds it stood."""

    shares: Column
    rounds: int


def trust(edges: Edges, start: Column, restart: float, *, tolerance: float = _TOLERANCE) -> Trust:
    """This will let trust flow along praise, each peer handing on its own in proportion to what it praised, and a part ``restart`` begin
    anew with whom ``start`` trusts: t = (1-a) Cᵀt + a p. Who praised nobody hands its trust back to ``start``.

    It stops when a round moves less than the tolerance, at the latest after ln(tolerance/2) / ln(1-a) rounds, for every round shrinks
    what is left to move by 1-a. This is PageRank with ``start`` as personalisation, also for dangling peers.
    """
    if not 0 < restart < 1:
        raise ValueError("the part that begins anew lies between 0 and 1")
    first = start / start.sum()
    given = np.bincount(edges.source, edges.weight, edges.size)
    along = edges.weight / np.maximum(given[edges.source], 1e-300)
    idle = given == 0
    shares, rounds = first.copy(), 0
    while True:
        flows = np.bincount(edges.target, along * shares[edges.source], edges.size) + shares[idle].sum() * first
        later = (1 - restart) * flows + restart * first
        moved, shares, rounds = float(np.abs(later - shares).sum()), later, rounds + 1
        if moved <= tolerance:
            return Trust(shares, rounds)


#: Of those who look for data, so many in ten turn to anybody: a newcomer has to be met by somebody.
_ANYBODY = 0.1
#: Below this reputation a seller is passed by; whom nobody knows stands at it.
_FLOOR = 0.5
#: A complaint costs so much of what a good name holds.
_OFFENCE = 0.25


@dataclass
class Names:
    """What is said of the sellers of a shard: good deals and offences as remembered, praise by buyers, praise by accounts of sellers."""

    good: Column
    bad: Column
    praise: Column
    own: Column

    @classmethod
    def of(cls, sellers: int) -> Names:
        """This will begin with sellers nobody knows."""
        return cls(*(np.zeros(sellers) for _ in range(4)))

    def dealt(self, seller: Column, complained: Column, forgetting: float) -> None:
        """This will take in accepted deals: those complained about are offences, each worth a part of what a good name holds."""
        faults = np.bincount(seller[complained], minlength=self.good.size)
        deals = np.bincount(seller, minlength=self.good.size) - faults
        self.praise += deals
        weight = _OFFENCE / (1 - forgetting)
        self.good, self.bad = remembered(self.good, self.bad, deals, weight * faults, forgetting=forgetting)

    def weights(self, way: int, washers: Column) -> Column:
        """This will say how likely buyers turn to each seller: 1 = by praise, as it is counted; 2 = by trust that flows from verified
        buyers, who hold the last place; 3 = by reputation, who falls below one half being passed by."""
        sellers = self.good.size
        if way == 1:
            found = self.praise + self.own
        elif way == 2:
            source = np.concatenate([np.full(sellers, sellers), washers])
            target = np.concatenate([np.arange(sellers), np.roll(washers, -1)])
            edges = Edges(sellers + 1, source, target, np.concatenate([self.praise, self.own[washers]]))
            start = np.zeros(sellers + 1)
            start[-1] = 1.0
            found = trust(edges, start, 0.15).shares[:-1] if self.praise.any() else self.praise
        else:
            names = beta(self.good, self.bad)
            found = np.where(names >= _FLOOR, names, 0.0)
        whole = float(found.sum())
        alike = np.full(sellers, 1 / sellers)
        return (1 - _ANYBODY) * found / whole + _ANYBODY * alike if whole else alike
