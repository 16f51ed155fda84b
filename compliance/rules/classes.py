"""The rules that are code and not items of the negative list: their basis, mark, dates, place and test, as data beside the code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import yaml

from compliance.rules.vocabulary import DATA, vocabulary

__all__ = ["RuleClass", "rule_classes"]

Pair = tuple[str, str]
_KEYS = {"id", "zh", "en", "basis", "basis_en", "evidence", "from", "code", "test"}


@dataclass(frozen=True)
class RuleClass:
    """One rule that judges in code: ``code`` names the function, ``test`` the test that shows it."""

    id: str
    name: Pair
    basis: Pair
    evidence: str
    effective_from: date
    code: str
    test: str


@cache
def rule_classes() -> tuple[RuleClass, ...]:
    """This will return every rule class; a row with a strange or a missing field, or an unknown mark, is a fault of the installation."""
    rows: list[dict[str, Any]] = yaml.safe_load((DATA / "rule_classes.yaml").read_text(encoding="utf-8"))["rules"]
    for row in rows:
        if set(row) != _KEYS or row["evidence"] not in vocabulary().evidence:
            raise ValueError(f"rule class {row.get('id')}: {sorted(set(row) ^ _KEYS)} or mark {row.get('evidence')!r}")
    return tuple(RuleClass(row["id"], (row["zh"], row["en"]), (row["basis"], row["basis_en"]), row["evidence"], row["from"], row["code"],
                           row["test"]) for row in rows)
