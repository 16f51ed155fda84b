"""Runs ``python -m benchmarks [name…]`` (``make bench ONLY=bids``): each module here with a ``run(ground)`` is one benchmark."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.ground import Ground

HERE = Path(__file__).resolve().parent
NOT_BENCHMARKS = {"__init__", "__main__", "harness", "ground", "floor_site"}


def main(asked: list[str]) -> int:
    """This will run the asked benchmarks (all without names), print their tables, write their JSON.

    A missed goal is told and counted in the JSON; with ``STRICT=1`` it also fails the run.
    """
    known = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NOT_BENCHMARKS)
    unknown = sorted(set(asked) - set(known))
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    missed = 0
    with Ground() as ground:
        for name in asked or known:
            for report in import_module(f"benchmarks.{name}").run(ground):
                report.print()
                report.write(HERE / "results")
                missed += sum(goal.met is False for goal in report.goals)
    return 1 if missed and os.environ.get("STRICT") == "1" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
