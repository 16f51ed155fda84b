"""Range × impact × potential risk of a licence: how it may be delivered beside its cell (Data Twenty item 8; R42).

Worked example: raw rows (3) with personal information (2) that may be used abroad (3) score 18, so the rows stay and questions, models or
reports go out; the same rows used at home by the licensee alone score 6, and only their cell speaks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from compliance.rules.vocabulary import DATA
from compliance.taxonomy import ROWS_LEAVE, DataGrade, ProcessingStage
from kit.coverage import covers

__all__ = ["Reach", "modes_within", "reach_of"]

Pair = tuple[str, str]
_STAGES = {ProcessingStage.PRODUCT.value: 1, ProcessingStage.INTERMEDIATE.value: 2, ProcessingStage.RAW.value: 3}
_GRAVE = ("contains_spi", "contains_minor_u14", "harms_public_interest", "harms_national_security")


@cache
def _table() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DATA / "circulation_risk.yaml").read_text(encoding="utf-8"))
    whole = all(set(one["levels"]) == {1, 2, 3} for one in loaded["scales"].values())
    if not whole or not 1 < loaded["review_from"] <= loaded["stays_from"] <= 27:
        raise ValueError("circulation_risk.yaml: three levels each, and 1 < review_from <= stays_from <= 27")
    return loaded


@dataclass(frozen=True)
class Reach:
    """The three levels of one licence, 1 to 3 each."""

    range: int
    impact: int
    risk: int

    @property
    def score(self) -> int:
        """Their product, 1 to 27."""
        return self.range * self.impact * self.risk

    @property
    def reviewed(self) -> bool:
        """Persons look at it, whatever else would let it pass."""
        return self.score >= int(_table()["review_from"])

    @property
    def stays(self) -> bool:
        """The rows themselves do not leave."""
        return self.score >= int(_table()["stays_from"])

    @property
    def basis(self) -> Pair:
        """The clause."""
        return _table()["basis"]["zh"], _table()["basis"]["en"]

    @property
    def reasons(self) -> list[tuple[Pair, int, Pair]]:
        """Each scale: its name, its level, what the level says."""
        told = _table()["scales"]
        return [((told[name]["zh"], told[name]["en"]), level, (told[name]["levels"][level]["zh"], told[name]["levels"][level]["en"]))
                for name, level in (("range", self.range), ("impact", self.impact), ("risk", self.risk))]

    @property
    def said(self) -> Pair:
        """The whole sum in words, in both languages."""
        zh = " × ".join(f"{name[0]} {level}（{text[0]}）" for name, level, text in self.reasons)
        en = " × ".join(f"{name[1]} {level} ({text[1]})" for name, level, text in self.reasons)
        return f"{zh} = {self.score}", f"{en} = {self.score}"


def _range(terms: Mapping[str, Any]) -> int:
    regions = [str(one).upper() for one in terms.get("regions") or []]
    if terms.get("export") is True or any(one != "CN" and not one.startswith("CN-") for one in regions):
        return 3
    return 2 if terms.get("sublicence") is True or terms.get("derivatives") is True else 1


def _impact(facts: Mapping[str, Any], grade: str, personal: bool) -> int:
    if grade in (DataGrade.IMPORTANT, DataGrade.CORE) or any(facts.get(name) is True for name in _GRAVE):
        return 3
    return 2 if personal or facts.get("contains_pi") is not False else 1


@covers("R42")
def reach_of(terms: Mapping[str, Any], facts: Mapping[str, Any], *, grade: str, stage: str, personal: bool = False) -> Reach:
    """This will weigh a licence's terms, what is stated of its data and how far they are processed; what is not stated weighs as if so."""
    return Reach(_range(terms), _impact(facts, grade, personal), _STAGES.get(stage, 3))


@covers("R42", "R11")
def modes_within(allowed: Sequence[str], reach: Reach) -> list[str]:
    """This will leave of the modes that a cell allows those which the reach admits: all, or the ones in which no row leaves."""
    return [one for one in allowed if not (reach.stays and one in ROWS_LEAVE)]
