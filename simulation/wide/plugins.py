"""One file outside the package adds an agent, a scenario or a metric: ``--plugin FILE``.

The file is Python of whoever starts the run, on their own machine: it is read by the command and in a notebook, never by a page. Its hash
stands in the result, so that a figure can be traced to the very file.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from simulation.wide.day import AGENTS, Decide
from simulation.wide.parameters import ParameterFault, Scenario, enter_scenario
from simulation.wide.tally import metric

__all__ = ["agent", "load", "metric", "scenario"]

_LOADED: dict[str, str] = {}


def agent(name: str) -> Callable[[Decide], Decide]:
    """This will enter a strategy of buyers: ``decide(view, rng) -> bids`` over columns ``worth``, ``list_price`` and ``budget`` in fen.

    It sees what a buyer sees: the own worth and budget and the list price; a bid is held to what it is worth to the bidder.
    """

    def enter(decide: Decide) -> Decide:
        AGENTS[name] = decide
        return decide

    return enter


def scenario(key: str, zh: str, en: str, **sets: int) -> None:
    """This will enter a scenario by what it changes of the parameters."""
    enter_scenario(Scenario(key, zh, en, zh, en, (), sets))


def load(file: str) -> str:
    """This will read a plugin once and return its mark (name and hash); "" for none."""
    if not file:
        return ""
    path = Path(file).resolve()
    if not path.is_file() or path.suffix != ".py":
        raise ParameterFault("simulation.plugin.not_found", f"{file}: a plugin is one Python file; give its path")
    mark = f"{path.name} sha256:{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"
    if _LOADED.get(str(path)) == mark:
        return mark
    spec = spec_from_file_location(f"laboratory_plugin_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    _LOADED[str(path)] = mark
    return mark
