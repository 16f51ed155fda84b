"""What each hot path may cost, kept beside the code: CPU per operation, absolute and as multiples of the floor of the same run.

A run prints how far it is from ``budget.json``; nothing fails by it. The multiple is what to look at on another or a busier machine.
``--write-budget`` (``make bench WRITE_BUDGET=1``) puts the figures of the paths that were run in place of the kept ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.harness import Figure, Report

__all__ = ["KEPT", "Cost", "changes", "costs", "read", "write"]

KEPT = Path(__file__).resolve().parent / "budget.json"


@dataclass(frozen=True)
class Cost:
    """CPU of one operation in microseconds, and in floors: how many times the floor's CPU."""

    cpu_us: int
    floors: float


def costs(report: Report) -> dict[str, Cost]:
    """This will give what the report's hot paths cost, by ``<report>: <variant>``; floors and rivals are no paths of ours."""
    floor = next((one.cpu_us for one in report.figures if one.name == report.floor), 0.0)
    return {f"{report.name}: {one.name}": Cost(round(one.cpu_us), round(one.cpu_us / floor, 2))
            for one in _paths(report) if one.cpu_us and floor}


def _paths(report: Report) -> Iterable[Figure]:
    return (one for one in report.figures if one.name in report.paths)


def changes(found: Mapping[str, Cost], kept: Mapping[str, Cost]) -> list[str]:
    """This will put every found cost beside the kept one, in words for the terminal."""
    lines = []
    for name, cost in found.items():
        now, before = f"{cost.cpu_us:,} us, {cost.floors:.2f} floors", kept.get(name)
        lines.append(f"{name}: {now} (no budget kept)" if before is None else
                     f"{name}: {now}; budget {before.cpu_us:,} us ({_percent(cost.cpu_us, before.cpu_us)}), "
                     f"{before.floors:.2f} floors ({_percent(cost.floors, before.floors)})")
    return lines


def _percent(now: float, before: float) -> str:
    return f"{(now - before) / before:+.0%}"


def read(place: Path = KEPT) -> dict[str, Cost]:
    """This will read the kept budget; an absent file is an empty one."""
    if not place.exists():
        return {}
    return {name: Cost(int(one["cpu_us"]), float(one["floors"])) for name, one in json.loads(place.read_text(encoding="utf-8")).items()}


def write(found: Mapping[str, Cost], place: Path = KEPT) -> None:
    """This will keep what was found; paths that were not run stay as they are."""
    kept = {**read(place), **found}
    place.write_text(json.dumps({name: asdict(kept[name]) for name in sorted(kept)}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
