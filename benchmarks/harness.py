"""How figures are taken: variants take turns in short slots, so that a noisy neighbour falls on all of them alike.

Each (variant, connection) is a process of its own. A cycle gives every variant one slot (0.4 s); the ratio of a variant is
the median over the cycles of its rate divided by the floor's rate in the same cycle. CPU per operation is client plus
database backend, or the server's alone. A run ends with a check of what was written: a fast wrong answer is not a figure.
"""

from __future__ import annotations

import json
import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

__all__ = ["Figure", "Goal", "Report", "Variant", "Worker", "ratio_of", "rotate"]

FORK = multiprocessing.get_context("fork")


@dataclass
class Worker:
    """What a variant's process does: ``act()`` runs one batch and returns how many operations it was; ``backend`` is
    the process id of its database session (0 where there is none), or those of its server, read for CPU time.
    ``counts_client`` is off where the variant's own process only asks, as somebody else's browser would."""

    act: Callable[[], int]
    backend: int | tuple[int, ...] = 0
    close: Callable[[], None] = lambda: None
    counts_client: bool = True


@dataclass(frozen=True)
class Variant:
    """``make(connection)`` is called in the variant's own process and returns its Worker; connections count from 0."""

    name: str
    make: Callable[[int], Worker]
    is_floor: bool = False


@dataclass(frozen=True)
class Figure:
    """One variant's result. ``ratio`` is to the floor (median over cycles), with quartiles; rates are per second."""

    name: str
    rate: float
    ratio: float
    low: float
    high: float
    cpu_us: float
    rates: tuple[float, ...]


@dataclass(frozen=True)
class Goal:
    """A goal of ``make bench``: met, missed, or (None) not judged in this run; ``id`` such as P5."""

    id: str
    text: str
    found: float
    at_least: float
    met: bool | None = None

    @classmethod
    def judged(cls, id: str, text: str, found: float, at_least: float) -> Goal:
        return cls(id, text, found, at_least, found >= at_least)


@dataclass
class Report:
    """A benchmark's outcome: figures, goals, checks and the machine; prints a table, writes one JSON."""

    name: str
    figures: list[Figure]
    facts: dict[str, Any]
    goals: list[Goal] = field(default_factory=list)
    checks: dict[str, Any] = field(default_factory=dict)
    #: the variants that are the product's own hot paths; what each may cost stands in ``budget.json``
    paths: tuple[str, ...] = ()

    @property
    def floor(self) -> str:
        """The first figure is the floor's."""
        return self.figures[0].name

    def print(self) -> None:
        print(f"\n{self.name}")
        print(f"  {'variant':44} {'ops/s':>10} {'ratio':>7} {'quartiles':>15} {'CPU us/op':>10}")
        for one in self.figures:
            print(f"  {one.name:44} {one.rate:10,.0f} {one.ratio:7.2f} {one.low:7.2f}–{one.high:<7.2f} {one.cpu_us:10,.0f}")
        for goal in self.goals:
            word = {True: "met", False: "MISSED", None: "not judged"}[goal.met]
            print(f"  {goal.id} {goal.text}: {goal.found:.2f} (at least {goal.at_least:.2f}) {word}")
        for text, value in self.checks.items():
            print(f"  check: {text} = {value}")

    def write(self, folder: Path) -> Path:
        folder.mkdir(exist_ok=True)
        place = folder / f"{self.name.replace(' ', '_').replace('/', '_')}.json"
        shown = {"name": self.name, "facts": self.facts, "figures": [vars(one) for one in self.figures],
                 "goals": [vars(one) for one in self.goals], "checks": self.checks}
        place.write_text(json.dumps(shown, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
        return place


def rotate(variants: Sequence[Variant], *, connections: int = 1, slot_s: float = 0.4, cycles: int = 8, warm_s: float = 0.2) -> list[Figure]:
    """This will measure the variants side by side and return their figures; exactly one variant is the floor."""
    assert sum(one.is_floor for one in variants) == 1, "ratios need one floor"
    crews = [_Crew(one, connections) for one in variants]
    try:
        for crew in crews:
            crew.slot(warm_s)
        turns: list[list[tuple[float, float]]] = [[] for _ in crews]
        for cycle in range(cycles):
            order = list(range(len(crews)))
            order = order[cycle % len(order):] + order[: cycle % len(order)]
            for n in order:
                turns[n].append(crews[n].slot(slot_s))
    finally:
        for crew in crews:
            crew.dismiss()
    floor = next(n for n, one in enumerate(variants) if one.is_floor)
    return [_figure(one.name, turns[n], turns[floor]) for n, one in enumerate(variants)]


def ratio_of(figures: Sequence[Figure], name: str, to: str | None = None) -> float:
    """This will return a variant's ratio to the floor, or to another variant cycle by cycle."""
    by_name = {one.name: one for one in figures}
    if to is None:
        return by_name[name].ratio
    return statistics.median(a / b for a, b in zip(by_name[name].rates, by_name[to].rates, strict=True) if b)


def _figure(name: str, turns: list[tuple[float, float]], floor: list[tuple[float, float]]) -> Figure:
    ratios = sorted(mine[0] / base[0] for mine, base in zip(turns, floor, strict=True) if base[0])
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else (ratios * 3)[:3]
    rates = tuple(rate for rate, _ in turns)
    return Figure(name, statistics.median(rates), middle, low, high, statistics.median(cpu for _, cpu in turns), rates)


class _Crew:
    """The processes of one variant."""

    def __init__(self, variant: Variant, connections: int) -> None:
        self.pipes: list[Connection] = []
        self.processes = []
        for n in range(connections):
            near, far = FORK.Pipe()
            process = FORK.Process(target=_work, args=(variant, n, far), daemon=True)
            process.start()
            far.close()
            self.pipes.append(near)
            self.processes.append(process)
        for pipe in self.pipes:
            ready = pipe.recv()
            if ready != "ready":
                raise RuntimeError(f"{variant.name}: {ready}")
        self.variant = variant

    def slot(self, seconds: float) -> tuple[float, float]:
        """One slot for all processes; (operations per second, CPU microseconds per operation)."""
        begin = time.monotonic()
        for pipe in self.pipes:
            pipe.send(begin + seconds)
        answers = [pipe.recv() for pipe in self.pipes]
        for answer in answers:
            if isinstance(answer, str):
                raise RuntimeError(f"{self.variant.name}: {answer}")
        done, cpu, ended = sum(a[0] for a in answers), sum(a[1] for a in answers), max(a[2] for a in answers)
        return done / max(ended - begin, 1e-9), cpu * 1e6 / max(done, 1)

    def dismiss(self) -> None:
        for pipe in self.pipes:
            try:
                pipe.send(None)
                pipe.close()
            except OSError:
                pass
        for process in self.processes:
            process.join(5)
            if process.is_alive():
                process.terminate()


def _cpu(worker: Worker) -> float:
    """Seconds of processor time so far: the worker's own and its backends'."""
    backends = worker.backend if isinstance(worker.backend, tuple) else (worker.backend,)
    return (time.process_time() if worker.counts_client else 0.0) + sum(_backend_cpu(pid) for pid in backends)


def _backend_cpu(pid: int) -> float:
    """Of a whole process, threads that ended included, in nanoseconds: its ticks of 10 ms are too coarse for a slot."""
    if not pid:
        return 0.0
    try:
        return time.clock_gettime((~pid << 3) | 2)  # Linux' clock of another process: CPUCLOCK_SCHED
    except OSError:
        return 0.0


def _work(variant: Variant, n: int, pipe: Connection) -> None:
    """A process's life: make the worker, then run it whenever a slot is given."""
    try:
        worker = variant.make(n)
        pipe.send("ready")
        while (until := pipe.recv()) is not None:
            done, cpu = 0, _cpu(worker)
            while time.monotonic() < until:
                done += worker.act()
            pipe.send((done, _cpu(worker) - cpu, time.monotonic()))
        worker.close()
    except EOFError:
        pass
    except BaseException as fault:
        pipe.send(f"{type(fault).__name__}: {fault}")
