"""One file outside the package adds an agent, a scenario or a metric: ``--plugin FILE``.

The file is Python of whoever starts the run, on their own machine: it is read by the command and in a notebook, never by a page. Its hash
stands in the result, so that a figure can be traced to the very file. In a notebook a cell may enter its own: the result says so, and
such a run has one worker, because another process does not know the cell.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from simulation.wide.day import AGENTS, SELLERS, Decide, Price
from simulation.wide.parameters import ParameterFault, Scenario, enter_scenario, entered, leave_scenario
from simulation.wide.tally import METRICS, metric

__all__ = ["agent", "load", "merchant", "metric", "register", "scenario"]

#: What the file that was read entered, and which file it is.
_read: dict[str, list[str]] = {}
_active = [""]


def agent(name: str) -> Callable[[Decide], Decide]:
    """This will enter a strategy of buyers: ``decide(view, rng) -> bids`` over columns ``worth``, ``list_price`` and ``budget`` in fen.

    It sees what a buyer sees: the own worth and budget and the list price; a bid is held to what it is worth to the bidder.
    """

    def enter(decide: Decide) -> Decide:
        AGENTS[name] = decide
        return decide

    return enter


def merchant(name: str) -> Callable[[Price], Price]:
    """This will enter a strategy of merchants: ``price(view, rng) -> list prices`` in fen, every day.

    It sees its own desk: ``list_price``, ``open_orders``, ``revenue``, ``quality``, ``certified`` and the ``day``.
    """

    def enter(price: Price) -> Price:
        SELLERS[name] = price
        return price

    return enter


def scenario(key: str, zh: str, en: str, **sets: int) -> None:
    """This will enter a scenario by what it changes of the parameters."""
    enter_scenario(Scenario(key, zh, en, zh, en, (), sets))


def _standing() -> dict[str, list[str]]:
    """What has been entered from outside the package, by whoever entered it: a file, or cells of a notebook."""
    return {kind: names() for kind, (names, _) in _REGISTERS.items()}


def register(kind: str, names: Callable[[], list[str]], leave: Callable[[str], object]) -> None:
    """This will tell of another kind of thing that a plugin may enter: the names that stand, and how one is taken out again."""
    _REGISTERS[kind] = (names, leave)


_REGISTERS: dict[str, tuple[Callable[[], list[str]], Callable[[str], object]]] = {}
register("agent", lambda: list(AGENTS), lambda name: AGENTS.pop(name, None))
register("merchant", lambda: list(SELLERS), lambda name: SELLERS.pop(name, None))
register("scenario", lambda: list(entered()), leave_scenario)
register("metric", lambda: [key for key, one in METRICS.items() if not one.read.__module__.startswith("simulation.")],
         lambda name: METRICS.pop(name, None))


def _forget() -> None:
    """A run without the file, or with another, knows nothing of it: the same seed gives the same result whatever was run before."""
    for kind, names in _read.items():
        for name in names:
            _REGISTERS[kind][1](name)
    _read.clear()
    _active[:] = [""]


def load(file: str) -> str:
    """This will read a plugin and return its mark (name and hash); what another plugin entered is gone. "" for none."""
    if not file:
        _forget()
        return ", ".join(f"session {kind} {name}" for kind, names in _standing().items() for name in names)
    path = Path(file).resolve()
    if not path.is_file() or path.suffix != ".py":
        raise ParameterFault("simulation.plugin.not_found", f"{file}: a plugin is one Python file; give its path")
    mark = f"{path.name} sha256:{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"
    if _active[0] == f"{path} {mark}":
        return mark
    _forget()
    before = _standing()
    spec = spec_from_file_location(f"laboratory_plugin_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except ParameterFault:
        raise
    except Exception as fault:
        raise ParameterFault("simulation.plugin.broken", f"{path.name}: {type(fault).__name__}: {fault}") from fault
    finally:
        _read.update({kind: [name for name in names if name not in before.get(kind, ())] for kind, names in _standing().items()})
    _active[:] = [f"{path} {mark}"]
    return mark
