"""One rule as somebody drafts it: every fault named with its field, in both languages; and what changed, field by field.

``negative_list.read_rule`` has the last word: nothing enters a list that it cannot read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compliance.rules.base import Rule, Tier
from compliance.rules.negative_list import ListFault, RuleSet, compare, read_rule
from compliance.rules.outline import from_lines, lines_of
from compliance.rules.vocabulary import vocabulary
from compliance.rules.wording import say
from kit.rejected import FieldFault

__all__ = ["Difference", "FieldChange", "differences", "faults_of"]

Pair = tuple[str, str]
_ID = re.compile(r"NL-[A-Z]-\d{2,3}")
_SLUG = re.compile(r"[a-z][a-z0-9_]{1,58}")
TIERS: dict[Tier, Pair] = {Tier.PROHIBITED: ("不能交易", "prohibited"), Tier.RESTRICTED: ("严格限制交易", "restricted")}


def faults_of(row: Mapping[str, Any]) -> list[FieldFault]:
    """This will name everything that keeps a drafted rule out of the list; empty when it can be read."""
    faults = [*_naming(row), *_basis(row), *_choices(row), *_terms(row), *from_lines(lines_of(row.get("when")))[1]]
    if not faults:
        try:
            read_rule(row)
        except ListFault as fault:
            return [FieldFault("rule", "unreadable", (f"规则无法读取：{fault}", str(fault)))]
    return faults


def _naming(row: Mapping[str, Any]) -> Iterator[FieldFault]:
    if not _ID.fullmatch(str(row.get("id", ""))):
        yield FieldFault("id", "shape", ("编号形如 NL-P-25", "An id reads like NL-P-25"))
    if not _SLUG.fullmatch(str(row.get("category", ""))):
        yield FieldFault("category", "shape", ("类别标识用小写字母、数字和下划线", "Lower-case letters, digits and underscores"))
    for name in ("category_zh", "category_en"):
        if not 0 < len(str(row.get(name, "")).strip()) <= 120:
            yield FieldFault(name, "missing", ("请填写名称，不超过 120 字", "Give the name, 120 characters at most"))
    if not isinstance(row.get("waivable"), bool):
        yield FieldFault("waivable", "missing", ("请选择可否豁免", "Say whether it may be waived"))


def _basis(row: Mapping[str, Any]) -> Iterator[FieldFault]:
    zh, en = row.get("basis") or [], row.get("basis_en") or []
    if not zh:
        yield FieldFault("basis", "missing", ("至少写明一条依据：法律、条、款", "Cite one basis at least: law and article"))
    if any(len(one) > 300 for one in (*zh, *en)):
        yield FieldFault("basis", "too_long", ("每条依据不超过 300 字", "A basis has 300 characters at most"))
    if len(zh) != len(en):
        yield FieldFault("basis_en", "uneven", (f"中文 {len(zh)} 条，英文 {len(en)} 条，应逐条对应",
                                                f"{len(zh)} in Chinese and {len(en)} in English; one for each"))


def _choices(row: Mapping[str, Any]) -> Iterator[FieldFault]:
    words, tier = vocabulary(), row.get("tier")
    if tier not in set(Tier):
        yield FieldFault("tier", "unknown", ("请选择：不能交易，或严格限制交易", "Choose prohibited or restricted"))
    if row.get("evidence") not in words.evidence:
        yield FieldFault("evidence", "unknown", ("请选择依据的核对情况", "Say how the basis was checked"))
    for name, known, least in (("remedy", words.remedies, 1), ("conditions", words.conditions, 0)):
        used = row.get(name) or []
        if len(used) < least or any(one not in known for one in used):
            yield FieldFault(name, "unknown", ("请从所列项目中选择，至少一项", "Choose from what is offered, one at least"))
    if tier == Tier.PROHIBITED and row.get("conditions"):
        yield FieldFault("conditions", "unfit", ("不能交易的规则没有条件", "What is prohibited has no conditions"))


def _terms(row: Mapping[str, Any]) -> Iterator[FieldFault]:
    terms = row.get("terms") or {}
    for language in ("zh", "en"):
        if any(not one.strip() or len(one) > 80 for one in terms.get(language, [])):
            yield FieldFault(f"terms_{language}", "too_long", ("每个提示词不超过 80 字", "A term has 80 characters at most"))


@dataclass(frozen=True)
class FieldChange:
    """One field of a rule before and after, in words."""

    label: Pair
    before: Pair
    after: Pair


@dataclass(frozen=True)
class Difference:
    """One rule that differs between two versions: ``added``, ``removed`` or ``changed``, with the fields that changed."""

    kind: str
    rule: Rule
    fields: tuple[FieldChange, ...] = ()


def differences(old: RuleSet, new: RuleSet) -> list[Difference]:
    """This will tell rule by rule what a version changes, in the order of the new list, retired rules last."""
    marks = compare(old, new)
    before = {rule.id: rule for rule in old.rules}
    found = []
    for rule in new.rules:
        if rule.id in marks.added:
            found.append(Difference("added", rule))
        elif rule.id in marks.changed:
            found.append(Difference("changed", rule, tuple(_fields(before[rule.id], rule))))
    return [*found, *(Difference("removed", before[key]) for key in marks.removed)]


def _fields(old: Rule, new: Rule) -> Iterator[FieldChange]:
    for label, before, after in zip(_LABELS, _said(old), _said(new), strict=True):
        if before != after:
            yield FieldChange(label, before, after)


_LABELS: tuple[Pair, ...] = (("名称", "Name"), ("类别", "Tier"), ("豁免", "Waiver"), ("条款", "Clause"), ("核对", "Basis checked"),
                             ("提示词", "Words that hint"), ("事实", "Facts"), ("条件", "Conditions"), ("出路", "Way out"))


def _said(rule: Rule) -> tuple[Pair, ...]:
    words = vocabulary()
    waiver = ("可由监管按条件豁免", "waivable") if rule.waivable else ("不得豁免", "not waivable")
    return (rule.name, TIERS[rule.tier], waiver, _joined(rule.basis), words.evidence[rule.evidence],
            ("、".join(rule.terms), ", ".join(rule.terms)), say(rule.when), _joined([words.conditions[one] for one in rule.conditions]),
            _joined([words.remedies[one] for one in rule.remedy]))


def _joined(pairs: Any) -> Pair:
    return "；".join(zh for zh, _ in pairs), "; ".join(en for _, en in pairs)
