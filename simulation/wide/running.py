"""A whole run: a fixed number of shards, each with its own seed, on any number of workers; one result with a hash and a citation line.

The number of shards belongs to the result, the number of workers does not: the same seed gives the same hash on one worker or ten.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import reduce
from multiprocessing import get_context
from typing import Any

import numpy as np

from simulation.wide.day import AGENTS, SELLERS, Shard
from simulation.wide.parameters import ParameterFault, Values, values_of
from simulation.wide.plugins import load
from simulation.wide.population import populate
from simulation.wide.tally import DAILY, Tally, intervals_of, metrics_of

__all__ = ["MOST_AGENTS", "SHARDS", "VERSION", "canonical", "hash_of", "run", "shard_of", "work_of"]

#: Changes whenever the same seed would give another result.
VERSION = "wide-4"
SHARDS = 8
LEAST_AGENTS, MOST_AGENTS, MOST_DAYS = 160, 2_000_000, 3_660
#: A share of the buyers, and of the merchants, follow a plugin's agent where one is loaded.
_OUTSIDE_BPS = 1_000

Progress = Callable[[int, int], None]


def shard_of(seed: int, replication: int, place: int, agents: int, days: int, values: Values) -> Shard:
    """This will make one shard: who lives there is drawn from the first child of its seed, the days from the second."""
    people, lived = np.random.SeedSequence(seed, spawn_key=(replication, place)).spawn(2)
    size = agents // SHARDS + (place < agents % SHARDS)
    drawn = populate(np.random.default_rng(people), size, values, outside_bps=_OUTSIDE_BPS if AGENTS else 0,
                     outside_sellers_bps=_OUTSIDE_BPS if SELLERS else 0)
    return Shard(drawn, values, lived, Tally(days))


def _live(seed: int, replication: int, place: int, agents: int, days: int, values: Values, plugin: str) -> Tally:
    load(plugin)
    shard = shard_of(seed, replication, place, agents, days, values)
    shard.live(days)
    return shard.tally


def run(scenario: str = "baseline", *, agents: int = 2_000, days: int = 30, seed: int = 1, replication: int = 0, workers: int = 1,
        changes: Mapping[str, int] | None = None, plugin: str = "", progress: Progress | None = None) -> dict[str, Any]:
    """This will run a scenario and return its result as plain data."""
    loaded = load(plugin)
    values = values_of(scenario, changes)
    for name, given, least, most in (("agents", agents, LEAST_AGENTS, MOST_AGENTS), ("days", days, 1, MOST_DAYS),
                                     ("seed", seed, 0, 2**63 - 1), ("replication", replication, 0, 10_000), ("workers", workers, 1, 64)):
        if isinstance(given, bool) or not isinstance(given, int) or not least <= given <= most:
            raise ParameterFault("simulation.run.out_of_bounds", f"{name}: a whole number from {least} to {most} is needed")
    if loaded and not plugin and workers > 1:
        raise ParameterFault("simulation.plugin.in_session", f"{loaded}: another process does not know a cell of this session; use one "
                             "worker, or put it in a file and name it as plugin")
    tallies: list[Tally] = []
    asked = [(seed, replication, place, agents, days, values, plugin) for place in range(SHARDS)]
    if workers == 1:
        for one in asked:
            tallies.append(_live(*one))
            if progress is not None:
                progress(len(tallies), SHARDS)
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            for tally in pool.map(_live, *zip(*asked, strict=True)):
                tallies.append(tally)
                if progress is not None:
                    progress(len(tallies), SHARDS)
    return _result(scenario, agents, days, seed, replication, values, loaded, reduce(Tally.merged, tallies))


def _result(scenario: str, agents: int, days: int, seed: int, replication: int, values: Values, plugin: str,
            tally: Tally) -> dict[str, Any]:
    told: dict[str, Any] = {
        "version": VERSION, "scenario": scenario, "agents": agents, "days": days, "seed": seed, "replication": replication,
        "shards": SHARDS, "plugin": plugin, "parameters": dict(sorted(values.items())), "metrics": metrics_of(tally),
        "intervals": intervals_of(tally), "counts": dict(sorted(tally.counts.items())),
        "daily": {name: tally.daily[:, place].tolist() for place, name in enumerate(DAILY)}}
    told["result_hash"] = hash_of(told)
    told["citation"] = (f"Data exchange laboratory {VERSION}, scenario {scenario}, {agents} agents, {days} days, "
                        f"seed {seed}.{replication}, sha256:{told['result_hash'][:16]}")
    return told


def canonical(told: Mapping[str, Any]) -> str:
    """This will write a result the one way it is hashed: sorted keys, no spaces, without the hash and what is made from it."""
    return json.dumps({key: _plain(one) for key, one in told.items() if key not in {"result_hash", "citation"}}, sort_keys=True,
                      separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any) -> Any:
    """A number as a database hands it back: there is no minus zero, and what is too large for a fraction is whole."""
    if isinstance(value, float):
        return int(value) if abs(value) >= 1e16 else value + 0.0
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def hash_of(told: Mapping[str, Any]) -> str:
    """This will return the hash of a result."""
    return hashlib.sha256(canonical(told).encode()).hexdigest()


def work_of(agents: int, days: int, runs: int = 1) -> float:
    """This will estimate the seconds of computing on one core: measured at about 40 ns an agent and day, and 1.5 ms a shard and day."""
    return runs * days * (agents * 40e-9 + SHARDS * 1.5e-3)
