"""Deciding a request by a policy: which rules apply, and what they say together.

A permission applies when party, action, target and every constraint fit and none of its duties is violated; a prohibition
when they fit. Nothing is permitted without an applying permission, nor against an applying prohibition, unless the policy
says that permissions prevail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from compliance.policy.graph import ODRL, Graph, Literal, Node, PolicyFault

__all__ = ["Decision", "Request", "RuleReport", "State", "decide", "read_request", "read_state"]

_REPORT = "https://w3id.org/force/compliance-report#"
_ISSUED = "http://purl.org/dc/terms/issued"
_KINDS = ("permission", "prohibition")
_OPERATORS = {"eq", "neq", "lt", "lteq", "gt", "gteq", "isAnyOf", "isNoneOf", "isPartOf"}
#: What a constraint may ask about; anything else refuses the policy.
_OPERANDS = {"dateTime", "purpose", "count", "spatial", "recipient", "industry", "percentage", "unitOfCount", "deliveryChannel",
             "dx:rows", "dx:seats"}  # the last two are of the house's own profile
_LOGIC = ("and", "or", "xone", "andSequence")
_TRANSFER = {"transfer", "sell", "give"}
#: Words of a rule that change nothing in the decision.
_SILENT = {"uid", "assigner", "duty", "profile", "partOf", "source"}
_READ = {"assignee", "action", "target", "constraint"}


@dataclass(frozen=True)
class Request:
    """Who wants to do what with which; ``told`` are values for constraints (purpose, spatial, …)."""

    assignee: str
    action: str
    target: str
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class State:
    """The world at the request: the time, who belongs to which collection, which duties are violated, counts."""

    at: datetime | None = None
    part_of: frozenset[tuple[str, str]] = frozenset()
    violated: frozenset[str] = frozenset()
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RuleReport:
    """One rule: whether it applies, and what did not fit."""

    kind: str
    rule: str
    active: bool
    failed: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    permitted: bool
    rule: str | None
    reports: tuple[RuleReport, ...]

    def as_json(self) -> dict[str, Any]:
        return {"decision": "permit" if self.permitted else "deny", "permitted": self.permitted, "rule": self.rule,
                "rules": [{"type": one.kind, "rule": one.rule, "active": one.active, "failed": list(one.failed)} for one in self.reports]}


def read_request(graph: Graph) -> Request:
    """This will read the one thing a request asks for."""
    subject = next((str(rule) for one in graph.triples for rule in graph.all(one, ODRL + "permission")), next(iter(graph.triples), ""))
    asked = {word: [str(one) for one in graph.all(subject, ODRL + word)] for word in ("assignee", "action", "target")}
    if any(len(values) > 1 for values in asked.values()) or not asked["action"]:
        raise PolicyFault("a request names one party, one action and one target")
    told = {}
    for constraint in graph.all(subject, ODRL + "constraint"):
        for left in graph.all(str(constraint), ODRL + "leftOperand"):
            told[_word(left)] = "".join(_text(value) for value in graph.all(str(constraint), ODRL + "rightOperand")[:1])
    return Request("".join(asked["assignee"]), asked["action"][0], "".join(asked["target"]), told)


def read_state(graph: Graph | None) -> State:
    """This will read the state of the world; without one nothing is known of it."""
    if graph is None:
        return State()
    times = [value for subject in graph.triples for value in (*graph.all(subject, _ISSUED), *graph.all(subject, ODRL + "dateTime"))]
    parts = {(subject, str(whole)) for subject in graph.triples for whole in graph.all(subject, ODRL + "partOf")}
    violated = {str(rule) for subject in graph.triples if _REPORT + "Violated" in graph.all(subject, _REPORT + "deonticState")
                for rule in graph.all(subject, _REPORT + "rule")}
    told = {word: _text(values[0]) for rows in graph.triples.values() for key, values in rows.items()
            if (word := key.removeprefix(ODRL)) in _OPERANDS - {"dateTime"}}
    return State(_instant(times[0]) if times else None, frozenset(parts), frozenset(violated), told)


def decide(policy: Graph, request: Request, state: State) -> Decision:
    """This will decide; ``PolicyFault`` for a policy with terms that are not judged here."""
    reports = tuple(_report(policy, kind, owner, str(rule), request, state)
                    for owner in list(policy.triples) for kind in _KINDS for rule in policy.all(owner, ODRL + kind))
    permissions = [one for one in reports if one.active and one.kind == "permission"]
    prohibitions = [one for one in reports if one.active and one.kind == "prohibition"]
    prevails = any(_word(value) == "perm" for owner in policy.triples for value in policy.all(owner, ODRL + "conflict"))
    if prohibitions and not (permissions and prevails):
        return Decision(False, prohibitions[0].rule, reports)
    return Decision(bool(permissions), permissions[0].rule if permissions else None, reports)


def _report(policy: Graph, kind: str, owner: str, rule: str, request: Request, state: State) -> RuleReport:
    _refuse_unknown(policy, rule)
    failed = [word for word, asked in (("assignee", request.assignee), ("target", request.target))
              if not _fits(_of(policy, owner, rule, word), asked, state)]
    actions = _of(policy, owner, rule, "action")
    if actions and not any(_includes(_word(action), _word(request.action)) for action in actions):
        failed.append("action")
    failed += [f"constraint {_word(one)}" for one in policy.all(rule, ODRL + "constraint") if not _holds(policy, str(one), request, state)]
    if kind == "permission":
        failed += [f"duty {duty}" for duty in policy.all(rule, ODRL + "duty") if str(duty) in state.violated]
    return RuleReport(kind, rule, not failed, tuple(failed))


def _refuse_unknown(policy: Graph, rule: str) -> None:
    for predicate in policy.triples.get(rule, {}):
        if predicate.startswith(ODRL) and predicate.removeprefix(ODRL) not in _READ | _SILENT:
            raise PolicyFault(f"{rule}: the term {predicate.removeprefix(ODRL)} is not judged here")


def _of(policy: Graph, owner: str, rule: str, word: str) -> list[Node]:
    """What the rule says, else what its policy says for all its rules."""
    return policy.all(rule, ODRL + word) or policy.all(owner, ODRL + word)


def _fits(named: list[Node], asked: str, state: State) -> bool:
    return not named or any(str(one) == asked or (asked, str(one)) in state.part_of for one in named)


def _includes(action: str, asked: str) -> bool:
    """``use`` includes every use, ``transfer`` every handing over of ownership (ODRL 2.2 vocabulary)."""
    return action == asked or (action == "use" and asked not in _TRANSFER) or (action == "transfer" and asked in _TRANSFER)


def _holds(policy: Graph, constraint: str, request: Request, state: State) -> bool:
    for logic in _LOGIC:
        if parts := policy.all(constraint, ODRL + logic):
            held = [_holds(policy, str(part), request, state) for part in parts]
            return {"and": all(held), "andSequence": all(held), "or": any(held), "xone": sum(held) == 1}[logic]
    left, operator = (_word((policy.all(constraint, ODRL + word) or [""])[0]) for word in ("leftOperand", "operator"))
    values = policy.all(constraint, ODRL + "rightOperand")
    if left not in _OPERANDS or operator not in _OPERATORS or not values:
        raise PolicyFault(f"the constraint {left or '?'} {operator or '?'} is not judged here")
    held_value = state.at if left == "dateTime" else request.told.get(left, state.told.get(left))
    return held_value is not None and _compare(operator, held_value, values)


def _compare(operator: str, held: datetime | str, values: list[Node]) -> bool:
    asked = [_instant(value) if isinstance(held, datetime) else _text(value) for value in values]
    if operator in {"eq", "neq", "isAnyOf", "isNoneOf", "isPartOf"}:
        return (held in asked) == (operator in {"eq", "isAnyOf", "isPartOf"})
    a, b = (held, asked[0]) if isinstance(held, datetime) else (_number(held), _number(str(asked[0])))
    return {"lt": a < b, "lteq": a <= b, "gt": a > b, "gteq": a >= b}[operator]  # type: ignore[operator]


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as fault:
        raise PolicyFault(f"{text!r} is no number") from fault


def _instant(value: Node) -> datetime:
    try:
        read = datetime.fromisoformat(_text(value))
    except ValueError as fault:
        raise PolicyFault(f"{_text(value)!r} is no time") from fault
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _text(value: Node) -> str:
    return value.value if isinstance(value, Literal) else value


def _word(value: Node) -> str:
    return _text(value).removeprefix(ODRL)
