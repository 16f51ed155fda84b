"""The 27 cells of host × stage × grade as data: what each asks of a listing (B3, R6, W3). A plain table and plain questions to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import yaml

from compliance.rules.vocabulary import DATA, vocabulary
from compliance.taxonomy import DataCategory, DataGrade, DeliveryMode, OpenStatus, ProcessingStage
from kit.coverage import covers

__all__ = ["Cell", "cell_of", "cells", "delivery_allowed", "read_cells"]

_OUTCOMES, _DEPTHS = ("open", "restricted", "prohibited"), ("green", "amber", "red")
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Cell:
    """One cell: may it be listed, how deep is its review at least, how may it be delivered, on what conditions, by which clause."""

    host: str
    stage: str
    grade: str
    outcome: str
    depth: str
    delivery: tuple[str, ...]
    open_delivery: tuple[str, ...]
    conditions: tuple[str, ...]
    basis: tuple[str, str]

    @property
    def name(self) -> str:
        return f"{self.host}-{self.stage}-{self.grade}"


def read_cells(document: Mapping[str, Any]) -> dict[Key, Cell]:
    """This will read the table strictly: every cell once, known words only, each with its clause in both languages."""
    found: dict[Key, Cell] = {}
    for row in document["cells"]:
        cell = Cell(row["host"], row["stage"], row["grade"], row["outcome"], row["depth"], tuple(row["delivery"]),
                    tuple(row["open_delivery"]), tuple(row["conditions"]), (row["basis"], row["basis_en"]))
        unknown = ({*cell.delivery, *cell.open_delivery} - set(DeliveryMode.values)) | (set(cell.conditions) - set(vocabulary().conditions))
        if unknown or cell.outcome not in _OUTCOMES or cell.depth not in _DEPTHS or not all(cell.basis):
            raise ValueError(f"cell {cell.name}: {sorted(unknown) or 'outcome, depth and clause are needed'}")
        if (cell.host, cell.stage, cell.grade) in found:
            raise ValueError(f"cell {cell.name} stands twice")
        found[cell.host, cell.stage, cell.grade] = cell
    missing = set(product(DataCategory.values, ProcessingStage.values, DataGrade.values)) - set(found)
    if missing:
        raise ValueError(f"cells are missing: {sorted(missing)}")
    return found


@cache
def cells() -> dict[Key, Cell]:
    """This will return the table that ships with the product."""
    return read_cells(yaml.safe_load((DATA / "classification.yaml").read_text(encoding="utf-8")))


@covers("B3", "R6", "R11", "R15", "W3")
def cell_of(host: str, stage: str, grade: str) -> Cell:
    """This will return the cell of a classification."""
    return cells()[host, stage, grade]


def delivery_allowed(cell: Cell, *, open_status: str = "") -> Sequence[str]:
    """This will return the kinds of delivery a cell allows; openly published public data may go by further ones."""
    return cell.open_delivery if open_status == OpenStatus.UNCONDITIONAL and cell.open_delivery else cell.delivery
