"""What a good name is worth: E52 (a reputation that forgets), E58 and E59 (trust that flows from those already trusted)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, log

import numpy as np

from kit.coverage import covers
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import Draws
from simulation.claims.measuring import mean
from simulation.wide import reputation
from simulation.wide.reputation import Edges

_BETAS = {(0, 0): 0.5, (8, 2): 0.75, (98, 2): 99 / 102, (0, 3): 0.2}
_SETTLED = 5_000
_NEAR = 1e-9


@dataclass
class _Name:
    """One seller's name, deal by deal."""

    forgetting: float
    good: np.ndarray
    bad: np.ndarray

    @classmethod
    def of(cls, forgetting: float) -> _Name:
        """A seller who never did anything but deal honestly."""
        one = cls(forgetting, np.zeros(1), np.zeros(1))
        for _ in range(_SETTLED):
            one.deals()
        return one

    def deals(self) -> None:
        self.good, self.bad = reputation.remembered(self.good, self.bad, np.ones(1), 0.0, forgetting=self.forgetting)

    def offends(self, weight: float) -> None:
        self.good, self.bad = reputation.remembered(self.good, self.bad, np.zeros(1), weight, forgetting=self.forgetting)

    @property
    def value(self) -> float:
        return float(reputation.beta(self.good, self.bad)[0])


@covers("E52")
@claim("E52", title="A reputation that forgets lets a seller fall and rise again, if an offence weighs as much as what is remembered",
       source="Jøsang and Ismail 2002; computed",
       setting="(g+1)/(g+b+2); each deal leaves λ of what was before; then one offence that counts five deals, or twenty-five",
       production=("simulation.wide.reputation.beta", "simulation.wide.reputation.remembered"),
       figures=(*(Figure(f"{good} good, {bad} bad", value, _NEAR) for (good, bad), value in _BETAS.items()),
                Figure("λ = 0.95: the best name", 21 / 22, _NEAR), Figure("λ = 0.95: after an offence of five", 21 / 27, _NEAR),
                Figure("λ = 0.95: good deals until 0.9 again", 26),
                Figure("λ = 0.99: the best name", 101 / 102, _NEAR), Figure("λ = 0.99: after an offence of five", 101 / 107, _NEAR),
                Figure("λ = 0.99: after an offence of twenty-five", 101 / 127, _NEAR)))
def _names(draws: Draws) -> Iterator[Measured]:
    yield from (Measured(float(reputation.beta(*one))) for one in _BETAS)
    one = _Name.of(0.95)
    yield Measured(one.value)
    one.offends(5)
    yield Measured(one.value)
    deals = 0
    while one.value < 0.9 and deals < 100:
        one.deals()
        deals += 1
    yield Measured(deals)
    one = _Name.of(0.99)
    yield Measured(one.value)
    one.offends(5)
    yield Measured(one.value)
    one = _Name.of(0.99)
    one.offends(25)
    yield Measured(one.value)


_HONEST, _RING, _MET, _PRAISE = 60, 40, 17, 550
_FIRST = np.zeros(_HONEST + _RING)
_FIRST[:3] = 1.0
_BOUND = ceil(log(1e-9 / 2) / log(1 - 0.15))


def _three() -> Edges:
    return Edges(3, np.array([0, 0, 1, 2, 2]), np.array([1, 2, 0, 0, 1]), np.array([0.5, 0.5, 1.0, 0.5, 0.5]))


def _peers(rng: np.random.Generator) -> np.ndarray:
    """Who praised whom among a hundred: the honest by what they met with, good less bad; the forty of a ring praise each other."""
    size = _HONEST + _RING
    served = np.where(np.arange(size) < _HONEST, 0.95, 0.3)
    praised = np.maximum(0, 2 * rng.binomial(_MET, served, (size, size)) - _MET).astype(float)
    praised[_HONEST:] = 0.0
    praised[_HONEST:, _HONEST:] = _PRAISE
    np.fill_diagonal(praised, 0.0)
    return praised


def _edges(praised: np.ndarray) -> Edges:
    source, target = np.nonzero(praised)
    return Edges(len(praised), source, target, praised[source, target])


@covers("E58")
@claim("E58", title="Whom to trust is told by whom the trusted trust; counting praise counts the ring, so does trusting everybody first",
       source="Kamvar, Schlosser and Garcia-Molina 2003 (EigenTrust); the danger of pre-trusted peers who misbehave, published; computed",
       setting="three peers; then sixty honest peers and a ring of forty that serves well three times in ten and praises itself, a = 0.15",
       production=("simulation.wide.reputation.trust",),
       figures=(*(Figure(f"three peers, a = 0.2: peer {place}", value, 1e-8) for place, value in ((1, 25 / 49), (2, 2 / 7), (3, 10 / 49))),
                Figure("the ring's share of all praise", 0.94, 0.01),
                Figure("the ring's share of trust, three honest peers trusted first", 0.015, 0.008),
                Figure("the ring's share of trust, everybody trusted first", 0.41, 0.015),
                Figure("the ring's share of trust, one of the three is of the ring", 0.3, relation=">"),
                Figure("rounds, at most", _BOUND, relation="<=")))
def _flows(draws: Draws) -> Iterator[Measured]:
    golden = reputation.trust(_three(), np.array([1.0, 0.0, 0.0]), 0.2)
    yield from (Measured(float(one)) for one in golden.shares)
    rng, rounds = draws.rng(), 0
    naive: list[float] = []
    led: list[float] = []
    even: list[float] = []
    fooled: list[float] = []
    for _ in range(400 if draws.full else 20):
        praised = _peers(rng)
        edges, wrong = _edges(praised), _FIRST.copy()
        wrong[2], wrong[-1] = 0.0, 1.0
        found = [reputation.trust(edges, start, 0.15) for start in (_FIRST, np.ones(_FIRST.size), wrong)]
        naive.append(float(praised[:, _HONEST:].sum() / praised.sum()))
        for kept, one in zip((led, even, fooled), found, strict=True):
            kept.append(float(one.shares[_HONEST:].sum()))
        rounds = max(rounds, *(one.rounds for one in found))
    yield from (mean(one, 1) for one in (naive, led, even, fooled))
    yield Measured(rounds)


@covers("E59")
@claim("E59", title="Trust that flows is PageRank with the trusted as its teleport, dangling peers included",
       source="Page, Brin, Motwani and Winograd 1999; computed",
       setting="random praise among forty peers, one in four praises nobody; against the solution of the linear equations; a = 0.15",
       production=("simulation.wide.reputation.trust",),
       figures=(Figure("largest difference of a share", 1e-9, relation="<"),
                Figure("largest difference of the sum to one", 1e-12, relation="<")))
def _pagerank(draws: Draws) -> Iterator[Measured]:
    rng, apart, astray, size, restart = draws.rng(), 0.0, 0.0, 40, 0.15
    for _ in range(200 if draws.full else 20):
        praised = rng.integers(1, 20, (size, size)) * (rng.random((size, size)) < 0.1) * (rng.random(size) < 0.75)[:, None]
        np.fill_diagonal(praised, 0)
        start = rng.random(size) * (rng.random(size) < 0.2) + 1e-3
        found = reputation.trust(_edges(praised.astype(float)), start, restart, tolerance=1e-12).shares
        first, given = start / start.sum(), praised.sum(axis=1)
        follows = np.where(given[:, None] > 0, praised / np.maximum(given, 1)[:, None], first)
        solved = np.linalg.solve(np.eye(size) - (1 - restart) * follows.T, restart * first)
        apart = max(apart, float(np.abs(found - solved).max()))
        astray = max(astray, abs(float(found.sum()) - 1))
    yield from (Measured(apart), Measured(astray))
