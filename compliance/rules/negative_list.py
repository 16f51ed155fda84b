"""The negative list as data (Data Twenty item 14): read strictly, hashed, turned into rules.

An unknown key, fact, operator, remedy or condition refuses the whole list: a rule that silently never fires is worse
than no list.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from compliance.rules.base import OPERATORS, AllOf, AnyOf, Fact, Not, Predicate, Rule, Tier, Value
from compliance.rules.vocabulary import DATA, FactFault, FactKind, read_value, vocabulary

__all__ = ["Changes", "ListFault", "RuleSet", "compare", "document_hash", "fits", "read_asked", "read_document", "read_predicate",
           "read_rule", "shipped_document", "shipped_rules"]

_KEYS = {"id", "category", "category_zh", "category_en", "tier", "waivable", "basis", "basis_en", "evidence", "terms", "when", "remedy"}
_ORDERED = {"gt", "gte", "lt", "lte"}


class ListFault(ValueError):
    """A negative list that cannot be taken: rule and fault in one line."""


@dataclass(frozen=True)
class RuleSet:
    """One version of the list, ready to judge with."""

    version: str
    effective_from: date | None
    rules: tuple[Rule, ...]
    hash: str

    def __hash__(self) -> int:
        """By the content's own hash: a set is a key of caches, looked up for every screening."""
        return hash(self.hash)

    def rule(self, rule_id: str) -> Rule:
        return next(rule for rule in self.rules if rule.id == rule_id)


def document_hash(rules: list[Any]) -> str:
    """This will return the SHA-256 of the rules in canonical JSON, so that two copies can be compared."""
    text = json.dumps(rules, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def read_document(document: Mapping[str, Any]) -> RuleSet:
    """This will read a whole list, or raise ``ListFault``."""
    if document.get("schema") != "negative-list/1" or set(document) != {"schema", "meta", "rules"}:
        raise ListFault("a list has schema negative-list/1, meta and rules")
    rules = tuple(read_rule(row) for row in document["rules"])
    ids = [rule.id for rule in rules]
    if len(set(ids)) != len(ids) or not ids:
        raise ListFault("rule ids are unique and there is at least one rule")
    meta = document["meta"]
    return RuleSet(str(meta["version"]), meta["effective_from"], rules, document_hash(document["rules"]))


def read_rule(row: Mapping[str, Any]) -> Rule:
    """This will read one rule strictly, or raise ``ListFault`` naming the rule and the fault."""
    rule_id = str(row.get("id"))
    strange = set(row) - _KEYS - ({"conditions"} if row.get("tier") == "restricted" else set())
    absent = _KEYS - set(row)
    if strange or absent:
        raise ListFault(f"{rule_id}: unknown {sorted(strange)}, missing {sorted(absent)}")
    words = vocabulary()
    _known(rule_id, "remedy", row["remedy"], words.remedies)
    _known(rule_id, "condition", row.get("conditions", []), words.conditions)
    _known(rule_id, "evidence", [row["evidence"]], words.evidence)
    _known(rule_id, "tier", [row["tier"]], {tier.value: tier for tier in Tier})
    if len(row["basis"]) != len(row["basis_en"]) or not row["basis"]:
        raise ListFault(f"{rule_id}: each basis is cited in both languages")
    if not isinstance(row["waivable"], bool):
        raise ListFault(f"{rule_id}: waivable is true or false")
    return Rule(
        id=rule_id, category=row["category"], name=(row["category_zh"], row["category_en"]), tier=Tier(row["tier"]),
        waivable=row["waivable"], basis=tuple(zip(row["basis"], row["basis_en"], strict=True)), evidence=row["evidence"],
        terms=tuple(row["terms"].get("zh", [])) + tuple(row["terms"].get("en", [])), when=read_predicate(rule_id, row["when"]),
        conditions=tuple(row.get("conditions", ())), remedy=tuple(row["remedy"]),
    )


def _known(rule_id: str, what: str, used: list[str], known: Mapping[str, Any]) -> None:
    strange = [code for code in used if code not in known]
    if strange:
        raise ListFault(f"{rule_id}: unknown {what} {strange}")


def read_predicate(rule_id: str, row: Any) -> Predicate:
    """This will read a predicate strictly, or raise ``ListFault`` naming the rule and the fault."""
    if not isinstance(row, Mapping):
        raise ListFault(f"{rule_id}: a predicate is all, any, not, or fact-op-value")
    match sorted(row):
        case ["all"] if row["all"]:
            return AllOf(tuple(read_predicate(rule_id, part) for part in row["all"]))
        case ["any"] if row["any"]:
            return AnyOf(tuple(read_predicate(rule_id, part) for part in row["any"]))
        case ["not"]:
            return Not(read_predicate(rule_id, row["not"]))
        case ["fact", "op", "value"]:
            return _fact(rule_id, row["fact"], row["op"], row["value"])
    raise ListFault(f"{rule_id}: a predicate is all, any, not, or fact-op-value, not {sorted(row)}")


def _fact(rule_id: str, name: str, op: str, value: Any) -> Fact:
    kind = vocabulary().facts.get(name)
    if kind is None:
        raise ListFault(f"{rule_id}: unknown fact {name!r}")
    if op not in OPERATORS:
        raise ListFault(f"{rule_id}: unknown operator {op!r}")
    if not fits(kind, op):
        raise ListFault(f"{rule_id}: operator {op!r} does not fit fact {name!r}")
    try:
        return Fact(name, op, read_asked(kind, op, value))
    except FactFault as fault:
        raise ListFault(f"{rule_id}: {fault}") from fault


def fits(kind: FactKind, op: str) -> bool:
    """This will tell whether an operator can be asked of a fact: order of numbers, membership of sets, likeness of the rest."""
    return op in OPERATORS and (op in _ORDERED) == (kind.type in {"whole", "decimal"}) and (op == "contains") == (kind.type == "words")


def read_asked(kind: FactKind, op: str, value: Any) -> Value:
    """This will read what a line of a predicate compares with, or raise ``FactFault``."""
    if op in {"in", "not_in"}:
        if not isinstance(value, list) or not value:
            raise FactFault(kind.name, "wrong_value", ("应为一组值", "takes a list of values"))
        return frozenset(str(read_value(kind, item)) for item in value)
    if op == "contains":
        return next(iter(read_value(kind, [value])))  # type: ignore[arg-type]
    asked = read_value(kind, value)
    return Decimal(str(asked)) if kind.type == "decimal" else asked


@dataclass(frozen=True)
class Changes:
    """What a new version changes: rule ids. ``stricter`` when nothing allowed less strictly than before."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    stricter: bool

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(sorted({*self.added, *self.removed, *self.changed}))


def compare(old: RuleSet, new: RuleSet) -> Changes:
    """This will tell what differs between two versions."""
    before, after = {rule.id: rule for rule in old.rules}, {rule.id: rule for rule in new.rules}
    added = tuple(sorted(after.keys() - before.keys()))
    removed = tuple(sorted(before.keys() - after.keys()))
    changed = tuple(sorted(one for one in before.keys() & after.keys() if before[one] != after[one]))
    return Changes(added, removed, changed, not removed and all(_no_looser(before[one], after[one]) for one in changed))


def _no_looser(old: Rule, new: Rule) -> bool:
    """The same predicate under the same or a graver tier, no condition dropped; wording and basis may change."""
    graver = old.tier is new.tier or new.tier is Tier.PROHIBITED
    keeps = new.tier is Tier.PROHIBITED or set(old.conditions) <= set(new.conditions)
    wider = old.when == new.when or (isinstance(new.when, AnyOf) and old.when in new.when.parts)
    return graver and keeps and wider and (old.waivable or not new.waivable)


@cache
def shipped_document(name: str = "negative_list_2026_1.yaml") -> dict[str, Any]:
    """This will return the list the product ships with, as data."""
    document: dict[str, Any] = yaml.safe_load(Path(DATA / name).read_text(encoding="utf-8"))
    return document


@cache
def shipped_rules() -> RuleSet:
    """This will return the shipped list as rules; for commands and tests that run without a database."""
    return read_document(shipped_document())
