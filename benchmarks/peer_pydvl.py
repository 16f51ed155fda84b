"""Run by the peer's own Python, never imported by the house: pyDVL's values of a table of utilities.

``python benchmarks/peer_pydvl.py SOURCES exact|perm``: reads 2^SOURCES worths (float64, little-endian) from the file named by the next
line, then for each further line reckons once and prints the seconds it took and the values.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from typing import Any

ORDERS = 1_000


def game(count: int, worths: Any) -> Any:
    """The table as a pyDVL utility: the worth of a set of indices is looked up, which costs next to nothing."""
    import numpy as np
    from pydvl.valuation.types import Sample
    from pydvl.valuation.utility.base import UtilityBase

    class Table(UtilityBase[Sample]):
        def __call__(self, sample: Sample | None) -> float:
            if sample is None or len(sample.subset) == 0:
                return 0.0
            return float(worths[int(np.left_shift(1, np.asarray(sample.subset, dtype=np.int64)).sum())])

    return Table()


def reckon(count: int, how: str, worths: Any) -> tuple[float, list[float]]:
    """This will value once; (seconds, values)."""
    import numpy as np
    from pydvl.valuation.dataset import Dataset
    from pydvl.valuation.methods import ShapleyValuation
    from pydvl.valuation.samplers import DeterministicUniformSampler, PermutationSampler
    from pydvl.valuation.stopping import MaxUpdates, NoStopping

    data = Dataset(np.arange(count, dtype=float).reshape(-1, 1), np.zeros(count))
    sampler = DeterministicUniformSampler() if how == "exact" else PermutationSampler(seed=17)
    stop = NoStopping(sampler) if how == "exact" else MaxUpdates(ORDERS)
    valuation = ShapleyValuation(game(count, worths), sampler, stop, progress=False)
    began = time.perf_counter()
    valuation.fit(data)
    took = time.perf_counter() - began
    return took, [float(value) for value in valuation.result.sort(key="index").values]


def main(count: int, how: str) -> None:
    import numpy as np

    warnings.simplefilter("ignore")
    worths = np.fromfile(sys.stdin.readline().strip(), dtype="<f8")
    for _ in sys.stdin:
        took, values = reckon(count, how, worths)
        print(json.dumps({"seconds": took, "values": values}), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
