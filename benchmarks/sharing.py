"""P17: dividing. Floor = a bare numpy kernel of floats for the Shapley value of twenty sources; ours is exact to the last fraction.

The kernel does what exactness cannot do without: for each source the weighted sum of its marginal worths over the half million coalitions
of the others. Beside it stands the closed form of a coverage of 1,000 sources and 100,000 records, to the fen. Before a figure counts the
values sum to the whole and agree with the kernel's. ``PEERS=1`` runs pyDVL in turns beside both, in an environment of its own.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from math import factorial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.harness import Figure, Goal, Report, Variant, Worker, ratio_of, rotate
from settlement.sharing.games import Coverage, in_fen
from settlement.sharing.shapley import shapley_of_coverage
from settlement.sharing.written_out import shapley_of_worths

SOURCES, SUPPLIERS, RECORDS = 20, 1_000, 100_000
#: pyDVL's exact value grows with sources times 2^sources calls: more than these would take hours
FEW = 14
NAMES = [f"S{n:02}" for n in range(SOURCES)]
KERNEL, OURS = "numpy kernel of floats", "exact value of twenty sources"


def worths() -> np.ndarray:
    drawn = np.random.default_rng(17).integers(0, 1_000_000, 1 << SOURCES)
    drawn[0] = 0
    return drawn


def kernel(values: np.ndarray) -> list[float]:
    """The floor: floats, no check, no fractions."""
    size = np.zeros(1, dtype=np.uint8)
    for _ in range(SOURCES - 1):
        size = np.concatenate([size, size + 1])
    weights = np.array([factorial(s) * factorial(SOURCES - 1 - s) / factorial(SOURCES) for s in range(SOURCES)])[size]
    found = []
    for place in range(SOURCES):
        halves = values.reshape(-1, 2, 1 << place)
        found.append(float((halves[:, 1, :] - halves[:, 0, :]).ravel() @ weights))
    return found


def coverage() -> Coverage:
    rng = random.Random(17)
    return Coverage({f"S{n:04}": frozenset(str(rng.randrange(RECORDS)) for _ in range(200)) for n in range(SUPPLIERS)})


def run(ground: Any) -> Iterator[Report]:
    """This will measure the exact value beside its floor, then the closed form by the clock."""
    table = worths()
    floats = table.astype(float)
    exact = shapley_of_worths(NAMES, table)
    apart = max(abs(float(value) - other) for value, other in zip(exact.values(), kernel(floats), strict=True))
    figures = rotate([_variant(KERNEL, lambda: kernel(floats), is_floor=True), _variant(OURS, lambda: shapley_of_worths(NAMES, table))],
                     cycles=8, slot_s=0.8)
    supplied = coverage()
    covered = sorted(_seconds(lambda: in_fen(10_000_000, shapley_of_coverage(supplied))) for _ in range(5))[2]
    parts = in_fen(10_000_000, shapley_of_coverage(supplied))
    time_to_floor = 1 / max(ratio_of(figures, OURS), 1e-9)
    yield Report(
        "sharing", figures, {"sources": SOURCES, "suppliers": SUPPLIERS, "records": RECORDS, "closed form, s": round(covered, 3)},
        goals=[Goal.judged("P17", "floor's time over ours, twenty sources (1.2x at most)", 1 / time_to_floor, 1 / 1.2),
               Goal.judged("P17", "half a second over the closed form's time", 0.5 / covered, 1.0)],
        checks={"values sum to the whole": sum(exact.values()) == int(table[-1]), "largest distance to the kernel": apart,
                "shares sum to the fen": sum(parts.values()) == 10_000_000})
    if peers.asked():
        yield beside_pydvl(table)


def beside_pydvl(table: np.ndarray, turns: int = 3) -> Report:
    """This will reckon in turns: few sources exactly by both, twenty exactly by ours and by a thousand drawn orders by pyDVL."""
    figures, goals, apart = [], [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        for sources, how, least in ((FEW, "exact", 10_000.0), (SOURCES, "perm", 10.0)):
            names, worth = NAMES[:sources], table[: 1 << sources].copy()
            place = Path(folder) / f"{sources}.f8"
            worth.astype("<f8").tofile(place)
            peer = peers.Pydvl(sources, how, place)
            exact = [float(value) for value in shapley_of_worths(names, worth).values()]
            mine, theirs = [], []
            try:
                for _ in range(turns):
                    mine.append(min(_seconds(partial(shapley_of_worths, names, worth)) for _ in range(3)))
                    took, values = peer.once()
                    theirs.append(took)
                    far = max(abs(a - b) for a, b in zip(exact, values, strict=True)) / max(map(abs, exact))
                    apart = max(apart, far) if how == "exact" else apart
            finally:
                peer.close()
            times = sorted(b / a for a, b in zip(mine, theirs, strict=True))
            name = f"{sources} sources, ours exact over pyDVL {how}"
            figures.append(Figure(name, 1 / statistics.median(mine), statistics.median(times), times[0], times[-1], 0.0,
                                  tuple(1 / one for one in mine)))
            goals.append(Goal.judged("P17", name, statistics.median(times), least))
    return Report("sharing beside pyDVL", figures, {"pyDVL": peers.PEERS["peer_pydvl"][0]}, goals=goals,
                  checks={"largest distance to pyDVL's exact values, of the largest": apart})


def _variant(name: str, act: Callable[[], Any], *, is_floor: bool = False) -> Variant:
    def make(connection: int) -> Worker:
        return Worker(lambda: (act(), 1)[1])

    return Variant(name, make, is_floor)


def _seconds(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
