"""The policy machines judge: the typed terms as ODRL 2.2 JSON-LD, decided by the house's own evaluator.

Every rule and constraint is named ``<agreement>#<clause>``, so a refusal names the clause that people read. What ODRL has no word
for stands in the house's profile, ``dx:``. A territory is judged by country: finer places are the buyer's word, in the text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from compliance.policy.deciding import Decision, Request, State, decide
from compliance.policy.graph import PolicyFault, read_graph
from evidence.events import rfc3339
from kit.coverage import covers
from trading.agreeing.terms import Terms

__all__ = ["PROFILE", "Asked", "Judged", "judge", "policy_of"]

PROFILE = "urn:dx:odrl-profile:1"
#: term -> the action that is prohibited where the term does not allow it
BARRED = {"train": "dx:train", "fine_tune": "dx:fineTune", "publish_weights": "dx:publishWeights", "own_outputs": "dx:ownOutputs",
          "derivatives": "derive", "sublicence": "grantUse", "export": "dx:export"}


@dataclass(frozen=True)
class Asked:
    """One act that somebody wants to do with what was bought."""

    by: str
    action: str = "use"
    purpose: str = ""
    place: str = ""
    calls: int = 1
    rows: int = 0
    seats: int = 1


@dataclass(frozen=True)
class Judged:
    """The decision and the clause it rests on; '' where no clause of the agreement permits it."""

    permitted: bool
    clause: str
    decision: Decision | None = None
    faults: tuple[str, ...] = field(default=())


@covers("F1", "F2", "R42")
def policy_of(terms: Terms) -> dict[str, Any]:
    """This will render the policy of an agreement; nothing it does not permit is permitted."""
    def named(key: str) -> str:
        return f"{terms.agreement}#{key}"

    def limit(key: str, left: str, operator: str, right: Any) -> dict[str, Any]:
        return {"uid": named(key), "leftOperand": left, "operator": operator, "rightOperand": right}

    limits = [limit("term", "dateTime", "lt", {"@value": terms.term_to, "@type": "xsd:dateTime"})] if terms.term_to else []
    if terms.purposes:
        limits.append(limit("purpose", "purpose", "isAnyOf", list(terms.purposes)))
    if countries := sorted({one.split("-")[0] for one in terms.regions} - {"*"}):
        limits.append(limit("region", "spatial", "isAnyOf", countries))
    for key, left, most in (("calls", "count", terms.calls), ("rows", "dx:rows", terms.rows), ("seats", "dx:seats", terms.seats)):
        if most is not None:
            limits.append(limit(key, left, "lteq", most))
    bars: list[dict[str, Any]] = [{"uid": named(name), "action": action} for name, action in BARRED.items() if not getattr(terms, name)]
    if terms.forbidden:
        bars.append({"uid": named("forbidden"), "action": "use", "constraint": [
            {"uid": named("forbidden_purpose"), "leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": list(terms.forbidden)}]})
    permission: dict[str, Any] = {"uid": named("recipient"), "assigner": terms.seller, "assignee": terms.buyer, "action": "use"}
    if terms.reciprocal:
        permission["duty"] = [{"uid": named("reciprocal"), "action": "dx:licenseBack"}]
    return {"@context": ["http://www.w3.org/ns/odrl.jsonld", {"dx": "urn:dx:", "xsd": "http://www.w3.org/2001/XMLSchema#"}],
            "@type": "Agreement", "uid": terms.agreement, "profile": PROFILE, "target": terms.version,
            "permission": [{**permission, **({"constraint": limits} if limits else {})}], "prohibition": bars}


@covers("F2", "R42", "F5")
def judge(policy: Mapping[str, Any], asked: Asked, *, target: str, at: datetime) -> Judged:
    """This will decide one act by a policy: a term that is not judged here denies, by its name."""
    told = {"purpose": asked.purpose, "spatial": asked.place, "count": str(asked.calls), "dx:rows": str(asked.rows),
            "dx:seats": str(asked.seats)}
    request = Request(asked.by, asked.action, target, {name: value for name, value in told.items() if value})
    try:
        found = decide(read_graph(json.dumps(policy)), request, State(at=datetime.fromisoformat(rfc3339(at))))
    except PolicyFault as fault:
        return Judged(False, "", None, (str(fault),))
    return Judged(found.permitted, "" if found.permitted else _clause(found), found)


def _clause(found: Decision) -> str:
    """The clause in the way: the prohibition that applies, else the first thing that kept the permission from applying."""
    if found.rule:
        return found.rule.partition("#")[2]
    for one in found.reports:
        if one.kind == "permission" and one.failed:
            word = one.failed[0].removeprefix("constraint ")
            return word.partition("#")[2] or {"assignee": "recipient", "target": "subject"}.get(word, "")
    return ""
