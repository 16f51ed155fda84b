"""What a run is given: parameters with bounds, help and source; scenarios that change some of them. All whole numbers, all in YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

__all__ = ["Parameter", "ParameterFault", "Scenario", "Values", "enter_scenario", "entered", "leave_scenario", "parameters", "scenarios",
           "values_of"]

_HERE = Path(__file__).parent


class ParameterFault(ValueError):
    """A parameter or scenario that cannot be run: ``code`` and what to do."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


@dataclass(frozen=True)
class Parameter:
    """One knob: its value, its bounds, whether it is a policy, what it means and where the value comes from."""

    name: str
    value: int
    least: int
    most: int
    policy: bool
    zh: str
    en: str
    source: str
    source_zh: str

    @property
    def sources(self) -> tuple[str, str]:
        """Where the value comes from, in Chinese and in English."""
        return self.source_zh, self.source


@dataclass(frozen=True)
class Scenario:
    """One behaviour of a market: what it changes of the parameters, and the claims it stands for."""

    key: str
    zh: str
    en: str
    about_zh: str
    about_en: str
    claims: tuple[str, ...]
    sets: Mapping[str, int]
    #: policies that make no difference here: nobody of this market could be moved by them
    lacks: tuple[str, ...] = ()
    source: str = ""
    source_zh: str = ""

    @property
    def sources(self) -> tuple[str, str]:
        """What it is calibrated to, in Chinese and in English."""
        return self.source_zh or self.source, self.source

    def policies(self) -> tuple[Parameter, ...]:
        """This will return the knobs that an experiment on this scenario may turn."""
        return tuple(one for one in parameters().values() if one.policy and one.name not in self.lacks)


class Values(Mapping[str, int]):
    """The parameters of one run; ``rate("fee_bps")`` reads basis points as a fraction of one."""

    def __init__(self, given: Mapping[str, int]) -> None:
        self._given = dict(given)

    def __getitem__(self, name: str) -> int:
        return self._given[name]

    def __iter__(self) -> Any:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)

    def rate(self, name: str) -> float:
        return self._given[name] / (10_000 if name.endswith("_bps") else 100)


@cache
def parameters() -> Mapping[str, Parameter]:
    """This will return every parameter by name."""
    read = yaml.safe_load((_HERE / "parameters.yaml").read_text(encoding="utf-8"))
    return MappingProxyType({name: Parameter(name, **row) for name, row in read.items()})


_ENTERED: dict[str, Scenario] = {}


def enter_scenario(scenario: Scenario) -> None:
    """This will add a scenario from outside the package; one of the house's keeps its name."""
    if scenario.key in _of_the_house():
        raise ParameterFault("simulation.scenario.taken", f"{scenario.key}: the house has a scenario of this name; choose another")
    _ENTERED[scenario.key] = scenario


def entered() -> Mapping[str, Scenario]:
    """This will return the scenarios from outside the package."""
    return MappingProxyType(_ENTERED)


def leave_scenario(key: str) -> None:
    """This will take a scenario from outside the package out again."""
    _ENTERED.pop(key, None)


@cache
def _of_the_house() -> Mapping[str, Scenario]:
    found = {}
    for path in sorted((_HERE / "scenarios").glob("*.yaml")):
        row = yaml.safe_load(path.read_text(encoding="utf-8"))
        found[path.stem] = Scenario(path.stem, row["zh"], row["en"], row["about_zh"], row["about_en"], tuple(row["claims"]), row["set"],
                                      tuple(row["lacks"]), row["source"], row["source_zh"])
    return {"baseline": found.pop("baseline"), **found}


def scenarios() -> Mapping[str, Scenario]:
    """This will return every scenario by key, the baseline first."""
    return MappingProxyType({**_of_the_house(), **_ENTERED})


def values_of(scenario: str, changes: Mapping[str, int] | None = None) -> Values:
    """This will return the parameters of a scenario with changes on top; refuses what is unknown, no whole number or out of bounds."""
    if scenario not in scenarios():
        raise ParameterFault("simulation.scenario.unknown", f"{scenario}: scenarios are {', '.join(scenarios())}")
    known = parameters()
    merged = {name: one.value for name, one in known.items()}
    for name, value in {**scenarios()[scenario].sets, **(changes or {})}.items():
        if name not in known:
            raise ParameterFault("simulation.parameter.unknown", f"{name}: no such parameter; known are {', '.join(known)}")
        if isinstance(value, bool) or not isinstance(value, int) or not known[name].least <= value <= known[name].most:
            raise ParameterFault("simulation.parameter.out_of_bounds",
                                 f"{name}: a whole number from {known[name].least} to {known[name].most} is needed")
        merged[name] = value
    return Values(merged)
