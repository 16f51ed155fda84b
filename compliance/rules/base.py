"""Rules as data: a closed predicate language with three truth values (Kleene), and how verdicts combine.

A fact nobody has stated is *unknown*, never false. Unknown where it could matter gives ``needs_info`` with the names of
the facts to ask for; the most severe verdict wins. Data Twenty items 14 (negative list) and 20 (rules judged by date).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

__all__ = ["OPERATORS", "RECALLED", "AllOf", "AnyOf", "Fact", "Judgement", "Not", "Predicate", "Rule", "Tier", "Value", "Verdict",
           "evaluate", "facts_of", "judge", "unresolved"]

#: The mark of a rule nobody has compared with its text: it asks a person, it never bars.
RECALLED = "recalled"
Value = bool | int | Decimal | str | frozenset[str]


class Verdict(StrEnum):
    """What screening says; from mild to severe: pass, restricted, needs_info, prohibited."""

    PASS = "pass"  # noqa: S105 (a verdict, not a password)
    NEEDS_INFO = "needs_info"
    RESTRICTED = "restricted"
    PROHIBITED = "prohibited"


class Tier(StrEnum):
    """The two tiers of a negative list: may not be traded; traded only under conditions."""

    PROHIBITED = "prohibited"
    RESTRICTED = "restricted"


@dataclass(frozen=True)
class Fact:
    """``fact op value``; ``in`` and ``not_in`` take a set of values, ``contains`` asks a set-valued fact."""

    name: str
    op: str
    value: Value


@dataclass(frozen=True)
class AllOf:
    parts: tuple[Predicate, ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple[Predicate, ...]


@dataclass(frozen=True)
class Not:
    part: Predicate


Predicate = Fact | AllOf | AnyOf | Not

#: The whole operator list; nothing is ever evaluated as code.
OPERATORS = {
    "eq": lambda held, asked: held == asked,
    "ne": lambda held, asked: held != asked,
    "in": lambda held, asked: held in asked,
    "not_in": lambda held, asked: held not in asked,
    "gt": lambda held, asked: held > asked,
    "gte": lambda held, asked: held >= asked,
    "lt": lambda held, asked: held < asked,
    "lte": lambda held, asked: held <= asked,
    "contains": lambda held, asked: asked in held,
}


def evaluate(predicate: Predicate, facts: Mapping[str, Value]) -> bool | None:
    """This will return true, false, or None for unknown (Kleene's strong three-valued logic)."""
    match predicate:
        case Fact(name, op, value):
            held = facts.get(name)
            return None if held is None else bool(OPERATORS[op](held, value))
        case Not(part):
            truth = evaluate(part, facts)
            return None if truth is None else not truth
        case AllOf(parts):
            return _fold(parts, facts, decisive=False)
        case AnyOf(parts):
            return _fold(parts, facts, decisive=True)


def _fold(parts: Iterable[Predicate], facts: Mapping[str, Value], *, decisive: bool) -> bool | None:
    """One part with the decisive value settles the whole; otherwise one unknown leaves it unknown."""
    result: bool | None = not decisive
    for part in parts:
        truth = evaluate(part, facts)
        if truth is decisive:
            return decisive
        if truth is None:
            result = None
    return result


def unresolved(predicate: Predicate, facts: Mapping[str, Value]) -> frozenset[str]:
    """This will name the unstated facts that keep ``predicate`` unknown; empty when it is true or false.

    Parts already settled are not asked about: in ``all: [false, unknown]`` the unknown fact cannot matter any more.
    """
    if evaluate(predicate, facts) is not None:
        return frozenset()
    match predicate:
        case Fact(name):
            return frozenset({name})
        case Not(part):
            return unresolved(part, facts)
        case AllOf(parts) | AnyOf(parts):
            return frozenset().union(*(unresolved(part, facts) for part in parts))


def facts_of(predicate: Predicate) -> frozenset[str]:
    """This will name every fact the predicate reads."""
    match predicate:
        case Fact(name):
            return frozenset({name})
        case Not(part):
            return facts_of(part)
        case AllOf(parts) | AnyOf(parts):
            return frozenset().union(*(facts_of(part) for part in parts))


@dataclass(frozen=True)
class Rule:
    """One item of the negative list. Pairs of texts are (zh, en); ``terms`` raise suspicion and never decide."""

    id: str
    category: str
    name: tuple[str, str]
    tier: Tier
    waivable: bool
    basis: tuple[tuple[str, str], ...]
    evidence: str
    terms: tuple[str, ...]
    when: Predicate
    conditions: tuple[str, ...]
    remedy: tuple[str, ...]

    @property
    def bars(self) -> bool:
        """Whether the rule, once it applies, keeps the matter from being traded: not while its text is only recalled."""
        return self.tier is Tier.PROHIBITED and self.evidence != RECALLED


@dataclass(frozen=True)
class Judgement:
    """What a rule set says of a set of facts.

    ``missing``: unstated facts that could still change the verdict. ``open_items``: rules left unknown that cannot
    change it any more. ``deferred``: facts that fall due only at a later gate (order, use).
    """

    verdict: Verdict
    fired: tuple[Rule, ...]
    unknown: tuple[Rule, ...]
    missing: tuple[str, ...]
    open_items: tuple[Rule, ...]
    deferred: tuple[str, ...] = ()


def judge(rules: Iterable[Rule], facts: Mapping[str, Value], *, later: frozenset[str] = frozenset()) -> Judgement:
    """This will judge facts by rules: prohibited > needs_info > restricted > pass (rules L.1).

    A rule that is only recalled restricts at most when it applies, so that a person looks, and waits for no fact (decision 0006).

    ``later`` names facts that are not due yet at this gate; a rule that waits only for those is deferred, not missing.
    """
    fired: list[Rule] = []
    unknown: list[tuple[Rule, frozenset[str]]] = []
    deferred: set[str] = set()
    for rule in rules:
        truth = evaluate(rule.when, facts)
        if truth:
            fired.append(rule)
        elif truth is None:
            waits_for = unresolved(rule.when, facts)
            deferred |= waits_for & later
            if waits_for - later:
                unknown.append((rule, waits_for - later))
    return _combine(tuple(fired), unknown, tuple(sorted(deferred)))


def _combine(fired: tuple[Rule, ...], waiting: Sequence[tuple[Rule, frozenset[str]]], deferred: tuple[str, ...]) -> Judgement:
    unknown = tuple(rule for rule, _ in waiting)
    if any(rule.bars for rule in fired):
        return Judgement(Verdict.PROHIBITED, fired, unknown, (), unknown, deferred)
    # once a restricted rule holds, only a prohibited one could still make it worse
    matters = [(rule, facts) for rule, facts in waiting if rule.evidence != RECALLED and (not fired or rule.bars)]
    missing = frozenset().union(*(facts for _, facts in matters))
    verdict = Verdict.NEEDS_INFO if matters else Verdict.RESTRICTED if fired else Verdict.PASS
    open_items = tuple(rule for rule in unknown if rule.evidence == RECALLED or (fired and not rule.bars))
    return Judgement(verdict, fired, unknown, tuple(sorted(missing)), open_items, deferred)
