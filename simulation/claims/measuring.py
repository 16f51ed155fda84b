"""From samples to a figure with its 99 % interval."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from simulation.claims.claim import Measured
from simulation.claims.draws import ONE

__all__ = ["mean", "quotient", "variance"]

_Z = NormalDist().inv_cdf(0.995)

Samples = Sequence[float] | np.ndarray


def mean(samples: Samples, unit: float = ONE) -> Measured:
    """This will return the mean in ``unit``s."""
    found = np.asarray(samples, dtype=float) / unit
    return Measured(float(found.mean()), float(_Z * found.std(ddof=1) / np.sqrt(found.size)), found.size)


def variance(samples: Samples, unit: float = ONE) -> Measured:
    """This will return the variance in squared ``unit``s, its interval by the fourth moment."""
    found = np.asarray(samples, dtype=float) / unit
    spread = float(found.var(ddof=1))
    fourth = float(((found - found.mean()) ** 4).mean())
    return Measured(spread, float(_Z * np.sqrt(max(fourth - spread**2, 0.0) / found.size)), found.size)


def quotient(above: Samples, below: Samples) -> Measured:
    """This will return the quotient of two means drawn together, its interval by the delta method."""
    top, low = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    value = float(top.mean() / low.mean())
    spread = float((top - value * low).std(ddof=1))
    return Measured(value, float(_Z * spread / np.sqrt(top.size) / low.mean()), top.size)
