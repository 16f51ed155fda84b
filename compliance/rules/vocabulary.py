"""Which facts the rules may ask for, with type and wording; facts are read strictly, a typing error is never a pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from compliance.rules.base import Value

__all__ = ["DATA", "PROOFS", "Asked", "FactFault", "FactKind", "Vocabulary", "read_facts", "vocabulary"]

DATA = Path(__file__).resolve().parent.parent / "data"
Pair = tuple[str, str]


@dataclass(frozen=True)
class FactKind:
    """One fact: how it is typed, from which gate on it is due, and what it is called (zh, en)."""

    name: str
    type: str
    gate: str
    values: tuple[str, ...]
    text: Pair


#: How a condition is shown to be met: a paper, a signed statement, or what the house itself has on record.
PROOFS = ("document", "statement", "record")


@dataclass(frozen=True)
class Asked:
    """What proves a condition, and for how many months at most (None: for as long as the matter lasts)."""

    proof: str
    months: int | None


@dataclass(frozen=True)
class Vocabulary:
    facts: Mapping[str, FactKind]
    remedies: Mapping[str, Pair]
    conditions: Mapping[str, Pair]
    asked: Mapping[str, Asked]
    evidence: Mapping[str, Pair]


@dataclass
class FactFault(ValueError):
    """A stated fact that cannot be read: its name, a short code, and a (zh, en) text."""

    fact: str
    code: str
    text: Pair

    def __str__(self) -> str:
        return f"{self.fact}: {self.text[1]}"


@cache
def vocabulary() -> Vocabulary:
    """This will return the vocabulary that ships with the rules."""
    raw = yaml.safe_load((DATA / "vocabulary.yaml").read_text(encoding="utf-8"))
    facts = {
        name: FactKind(name, row["type"], row["gate"], tuple(row.get("values", ())), (row["zh"], row["en"]))
        for name, row in raw["facts"].items()
    }
    pairs = {part: {code: (row["zh"], row["en"]) for code, row in raw[part].items()} for part in ("remedies", "conditions", "evidence")}
    asked = {code: Asked(row["proof"], row.get("months")) for code, row in raw["conditions"].items()}
    if strange := [code for code, one in asked.items() if one.proof not in PROOFS]:
        raise ValueError(f"conditions {strange}: a proof is one of {PROOFS}")
    return Vocabulary(facts, pairs["remedies"], pairs["conditions"], asked, pairs["evidence"])


def read_facts(stated: Mapping[str, Any]) -> dict[str, Value]:
    """This will read facts as stated in JSON or a form. ``None`` means not stated. Raises ``FactFault``."""
    known = vocabulary().facts
    facts: dict[str, Value] = {}
    for name, value in stated.items():
        if name not in known:
            raise FactFault(name, "unknown_fact", ("没有这项事实", "there is no such fact"))
        if value is not None:
            facts[name] = read_value(known[name], value)
    return facts


def read_value(kind: FactKind, value: Any) -> Value:
    """This will read one value of a fact, or raise ``FactFault`` naming what is expected."""
    reader = {"bool": _bool, "whole": _whole, "decimal": _decimal, "word": _word, "open": _open, "words": _words}[kind.type]
    found = reader(kind, value)
    if found is None:
        offered = "、".join(kind.values), ", ".join(kind.values)
        expected = {
            "bool": ("应为 true 或 false", "is true or false"),
            "whole": ("应为不小于 0 的整数", "is a whole number of zero or more"),
            "decimal": ("应为不小于 0 的数", "is a number of zero or more"),
            "word": (f"应为以下之一：{offered[0]}", f"is one of: {offered[1]}"),
            "open": ("应为一个词", "is one word"),
            "words": (f"应为一组：{offered[0]}", f"is a list of: {offered[1]}"),
        }[kind.type]
        raise FactFault(kind.name, "wrong_value", expected)
    return found


def _bool(kind: FactKind, value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _whole(kind: FactKind, value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _decimal(kind: FactKind, value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None


def _word(kind: FactKind, value: Any) -> str | None:
    return value if isinstance(value, str) and value in kind.values else None


def _open(kind: FactKind, value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() == value and 0 < len(value) <= 60 else None


def _words(kind: FactKind, value: Any) -> frozenset[str] | None:
    if isinstance(value, str) or not isinstance(value, list | tuple | set | frozenset):
        return None
    return frozenset(value) if all(isinstance(item, str) and item in kind.values for item in value) else None
