"""Runs ``python -m benchmarks [name…]`` (``make bench ONLY=bids``): each module here with a ``run(ground)`` is one benchmark."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

from benchmarks import budget
from benchmarks.ground import Ground

HERE = Path(__file__).resolve().parent
NOT_BENCHMARKS = {"__init__", "__main__", "budget", "floor_site", "ground", "harness", "peer_hordak", "peer_pydvl", "peers"}


def main(asked: list[str], *, write_budget: bool = False) -> int:
    """This will run the asked benchmarks (all without names), print their tables and the change to the budget, write their JSON.

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
                found = budget.costs(report)
                for line in budget.changes(found, budget.read()):
                    print(f"  budget: {line}")
                if write_budget:
                    budget.write(found)
                missed += sum(goal.met is False for goal in report.goals)
    return 1 if missed and os.environ.get("STRICT") == "1" else 0


if __name__ == "__main__":
    reader = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    reader.add_argument("names", nargs="*", help="which benchmarks; all without names")
    reader.add_argument("--write-budget", action="store_true", help="keep what the paths that are run cost as their new budget")
    given = reader.parse_args()
    sys.exit(main(given.names, write_budget=given.write_budget))
