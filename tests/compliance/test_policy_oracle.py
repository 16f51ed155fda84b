"""Two thousand random policies and requests, decided by the engine and by the plain oracle (F2); the seed is printed."""

from __future__ import annotations

import json
import os
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from compliance.policy.deciding import Request, State, decide
from compliance.policy.graph import PolicyFault, read_graph
from kit.coverage import covers
from tests.compliance.naive_policy import naive_decide

ROUNDS = 2000
AT = datetime(2031, 3, 3, 2, 0, tzinfo=UTC)
_ACTIONS = ("use", "read", "derive", "transfer", "sell", "dx:train")
_WORDS = {"purpose": ("research", "marketing", "credit"), "spatial": ("CN", "US"), "recipient": ("ORG-1", "ORG-2")}


def _constraint(chance: random.Random, depth: int = 0) -> dict[str, Any]:
    if depth < 2 and chance.random() < 0.2:
        return {chance.choice(("and", "or", "xone")): [_constraint(chance, depth + 1) for _ in range(chance.randint(1, 3))]}
    left = chance.choice(("purpose", "spatial", "recipient", "count", "dx:rows", "dateTime"))
    if left in _WORDS:
        several = chance.sample(_WORDS[left], chance.randint(1, len(_WORDS[left])))
        return {"leftOperand": left, "operator": chance.choice(("eq", "neq", "isAnyOf", "isNoneOf", "isPartOf")), "rightOperand": several}
    operator = chance.choice(("eq", "neq", "lt", "lteq", "gt", "gteq"))
    if left == "dateTime":
        return {"leftOperand": left, "operator": operator, "rightOperand": (AT + timedelta(days=chance.randint(-1, 1))).isoformat()}
    return {"leftOperand": left, "operator": operator, "rightOperand": chance.randint(1, 4)}


def _rule(chance: random.Random, number: int) -> dict[str, Any]:
    rule: dict[str, Any] = {"uid": f"r{number}"}
    for word, values in (("assignee", ("ORG-1", "ORG-2")), ("target", ("LSV-1", "LSV-2")), ("action", _ACTIONS)):
        if chance.random() < 0.6:
            rule[word] = chance.choice(values)
    if chance.random() < 0.6:
        rule["constraint"] = [_constraint(chance) for _ in range(chance.randint(1, 3))]
    return rule


def _policy(chance: random.Random) -> dict[str, Any]:
    policy: dict[str, Any] = {"uid": "AGR-1", "permission": [_rule(chance, n) for n in range(chance.randint(0, 3))],
                              "prohibition": [_rule(chance, n + 9) for n in range(chance.randint(0, 2))]}
    if chance.random() < 0.3:
        policy["target"] = "LSV-1"
    if chance.random() < 0.2:
        policy["conflict"] = chance.choice(("perm", "prohibit"))
    return policy


def _request(chance: random.Random) -> dict[str, Any]:
    told = {word: chance.choice(values) for word, values in _WORDS.items() if chance.random() < 0.8}
    told |= {word: str(chance.randint(1, 4)) for word in ("count", "dx:rows") if chance.random() < 0.8}
    return {"assignee": "ORG-1", "target": chance.choice(("LSV-1", "LSV-2")), "action": chance.choice(_ACTIONS), "told": told}


@covers("F2", "R42")
def test_two_thousand_random_policies_are_decided_as_the_plain_oracle_decides() -> None:
    seed = int(os.environ.get("DX_SEED") or random.SystemRandom().randrange(2**32))
    print(f"seed {seed}")
    chance, permitted = random.Random(seed), 0
    for number in range(ROUNDS):
        policy, asked = _policy(chance), _request(chance)
        request = Request(asked["assignee"], asked["action"], asked["target"], asked["told"])
        found = decide(read_graph(json.dumps(policy)), request, State(at=AT))
        assert found.permitted == naive_decide(policy, asked, AT), f"seed {seed}, round {number}: {policy} {asked}"
        permitted += found.permitted
    assert ROUNDS // 20 < permitted < ROUNDS, "both answers occur"


@covers("F2")
@pytest.mark.parametrize("where", ["leftOperand", "operator", "rule"])
def test_a_strange_word_anywhere_in_a_random_policy_refuses_it_whole(where: str) -> None:
    chance = random.Random(7)
    for _ in range(100):
        policy = _policy(chance)
        strange = {"uid": "odd", "constraint": [{"leftOperand": "moon" if where == "leftOperand" else "count",
                                                 "operator": "roughly" if where == "operator" else "eq", "rightOperand": 1}]}
        policy["permission"].append({**strange, **({"remedy": {"uid": "x"}} if where == "rule" else {})})
        with pytest.raises(PolicyFault):
            decide(read_graph(json.dumps(policy)), Request("ORG-1", "use", "LSV-1", {"count": "1"}), State(at=AT))
