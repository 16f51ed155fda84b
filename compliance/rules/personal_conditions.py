"""What a sale of personal information needs whatever the negative list says (R31, R32): conditions as data, beside those of its rules."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from compliance.rules.base import Predicate, Verdict, evaluate
from compliance.rules.negative_list import ListFault, read_predicate
from compliance.rules.vocabulary import DATA, read_facts, vocabulary
from compliance.screening import Screening
from kit.coverage import covers

__all__ = ["PersonalRule", "conditions_asked", "personal_rules"]


@dataclass(frozen=True)
class PersonalRule:
    """One standing rule: when it applies, what it asks, what it rests on."""

    id: str
    name: tuple[str, str]
    basis: tuple[tuple[str, str], ...]
    when: Predicate
    conditions: tuple[str, ...]


def _read(row: dict[str, Any]) -> PersonalRule:
    if strange := set(row["conditions"]) - set(vocabulary().conditions):
        raise ListFault(f"{row['id']}: unknown condition {sorted(strange)}")
    return PersonalRule(row["id"], (row["zh"], row["en"]), tuple(zip(row["basis"], row["basis_en"], strict=True)),
                        read_predicate(row["id"], row["when"]), tuple(row["conditions"]))


@cache
def personal_rules() -> tuple[PersonalRule, ...]:
    """This will return the standing rules, in the order of the file."""
    return tuple(_read(row) for row in yaml.safe_load((DATA / "personal_conditions.yaml").read_text(encoding="utf-8"))["rules"])


@covers("R31", "R32")
def conditions_asked(answer: Screening) -> dict[str, tuple[str, ...]]:
    """This will name every condition of a matter that may be traded, each with the rules that ask for it.

    Where personal information is stated and something else is not, the stricter side is taken: unknown is never no.
    """
    if answer.verdict not in {Verdict.PASS, Verdict.RESTRICTED}:
        return {}
    asked, facts = dict(answer.conditions), read_facts(answer.stated)
    for rule in personal_rules():
        applies = evaluate(rule.when, facts)
        if applies or (applies is None and facts.get("contains_pi") is True):
            for code in rule.conditions:
                asked[code] = (*asked.get(code, ()), rule.id)
    return asked
