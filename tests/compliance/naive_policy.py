"""The policy decision written out plainly, over dicts, without a graph: the oracle of ``compliance.policy.deciding``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

__all__ = ["naive_decide"]

#: Acts that hand over ownership; ``use`` never includes them.
_HANDS_OVER = ("transfer", "sell", "give")


def naive_decide(policy: dict[str, Any], request: dict[str, Any], at: datetime) -> bool:
    """This will decide rule by rule, as the standard's text reads."""
    permits = [one for one in policy.get("permission", []) if _speaks(one, policy, request, at)]
    forbids = [one for one in policy.get("prohibition", []) if _speaks(one, policy, request, at)]
    if forbids and policy.get("conflict") == "perm":
        return bool(permits)
    if forbids:
        return False
    return bool(permits)


def _speaks(rule: dict[str, Any], policy: dict[str, Any], request: dict[str, Any], at: datetime) -> bool:
    for word in ("assignee", "target"):
        named = rule.get(word, policy.get(word))
        if named is not None and named != request[word]:
            return False
    action = rule.get("action", policy.get("action"))
    asked = request["action"]
    if action is not None and action != asked:
        covers_use = action == "use" and asked not in _HANDS_OVER
        covers_transfer = action == "transfer" and asked in _HANDS_OVER
        if not (covers_use or covers_transfer):
            return False
    return all(_holds(one, request, at) for one in rule.get("constraint", []))


def _holds(one: dict[str, Any], request: dict[str, Any], at: datetime) -> bool:
    if "or" in one:
        return any(_holds(part, request, at) for part in one["or"])
    if "and" in one:
        return all(_holds(part, request, at) for part in one["and"])
    if "xone" in one:
        return [_holds(part, request, at) for part in one["xone"]].count(True) == 1
    left, operator, right = one["leftOperand"], one["operator"], one["rightOperand"]
    several = right if isinstance(right, list) else [right]
    if left == "dateTime":
        held: Any = at
        several = [datetime.fromisoformat(each) for each in several]
    else:
        held = request["told"].get(left)
        if held is None:
            return False
        if operator in ("lt", "lteq", "gt", "gteq"):
            held, several = float(held), [float(each) for each in several]
        else:
            held, several = str(held), [str(each) for each in several]
    table = {"eq": held in several, "isAnyOf": held in several, "isPartOf": held in several, "neq": held not in several,
             "isNoneOf": held not in several}
    if operator in table:
        return table[operator]
    first = several[0]
    return {"lt": held < first, "lteq": held <= first, "gt": held > first, "gteq": held >= first}[operator]
