"""Usage policies: the public ODRL suite, strictness on unknown terms, nothing from an empty policy (R42, F2)."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from compliance.policy.deciding import decide, read_request, read_state
from compliance.policy.graph import Graph, PolicyFault, read_graph
from kit.coverage import covers

POLICY: dict[str, Any] = {
    "@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Agreement", "uid": "AGR-1", "target": "LST-1",
    "permission": [{"uid": "p", "assignee": "ORG-1", "action": "use", "constraint": [
        {"leftOperand": "count", "operator": "lteq", "rightOperand": 1000},
        {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": ["research", "industry"]}]}],
    "prohibition": [{"uid": "n", "action": "distribute"}],
}


def decided(policy: Any, action: str = "read", *, purpose: str = "research", count: int = 1, **request: Any) -> Any:
    asked = {"assignee": "ORG-1", "action": action, "target": "LST-1", "constraint": [
        {"leftOperand": "purpose", "operator": "eq", "rightOperand": purpose}], **request}
    return decide(read_graph(json.dumps(policy)), read_request(read_graph(json.dumps(asked))),
                  read_state(read_graph(json.dumps({"count": count}))))


@covers("F2", "R42")
def test_the_public_suite_of_44_cases(shared: Path) -> None:
    suite = shared / "3-vectors/odrl-suite"
    index: dict[str, Graph] = {}
    for path in (*suite.glob("policies/*"), *suite.glob("requests/*"), *suite.glob("sotw/*")):
        graph = read_graph(path.read_text(encoding="utf-8"))
        index[next(iter(graph.triples))] = graph
    cases = json.loads((suite / "expected.json").read_text(encoding="utf-8"))
    wrong = []
    for name, case in cases.items():
        found = decide(index[case["policy"]], read_request(index[case["request"]]), read_state(index[case["sotw"]]))
        active = [(f"{one.kind.title()}Report", one.rule, "Active" if one.active else "Inactive") for one in found.reports]
        if found.permitted != case["permitted"] or active != [(one["type"], one["rule"], one["activationState"]) for one in case["rules"]]:
            wrong.append(name)
    assert (len(cases), sum(case["permitted"] for case in cases.values()), wrong) == (44, 16, [])


def test_most_public_samples_are_judged_the_rest_are_refused(shared: Path) -> None:
    read = 0
    for path in sorted((shared / "3-vectors/odrl-samples").glob("*.json")):
        try:
            policy = read_graph(path.read_text(encoding="utf-8"))
            decide(policy, read_request(read_graph('{"assignee": "x", "action": "read", "target": "y"}')), read_state(None))
        except PolicyFault:
            continue
        read += 1
    assert read >= 40


@pytest.mark.parametrize("change, permitted", [
    ({}, True), ({"count": 1000}, True), ({"count": 1001}, False), ({"purpose": "marketing"}, False), ({"action": "distribute"}, False),
    ({"action": "sell"}, False), ({"assignee": "ORG-2"}, False), ({"target": "LST-2"}, False),
])
def test_scope_purpose_and_quantity_are_each_kept(change: dict[str, Any], permitted: bool) -> None:
    assert decided(POLICY, **change).permitted is permitted


def test_an_empty_policy_permits_nothing_and_a_prohibition_wins() -> None:
    assert not decided({"uid": "x"}).permitted
    both = {"uid": "x", "permission": {"uid": "p"}, "prohibition": {"uid": "n"}}
    assert decided(both).rule == "n"
    assert decided({**both, "conflict": "perm"}).rule == "p"


@pytest.mark.parametrize("rule", [
    {"refinement": {"uid": "r"}}, {"constraint": {"leftOperand": "moonPhase", "operator": "eq", "rightOperand": "full"}},
    {"constraint": {"leftOperand": "count", "operator": "roughly", "rightOperand": "1"}}, {"constraint": {"leftOperand": "count",
                                                                                                          "operator": "lt"}},
    {"remedy": {"uid": "r"}},
])
def test_a_term_we_do_not_judge_refuses_the_policy(rule: dict[str, Any]) -> None:
    with pytest.raises(PolicyFault):
        decided({"uid": "x", "permission": {"uid": "p", **rule}})


@pytest.mark.parametrize("text", ["<a> <b> .", "x:y a x:z .", '{"permission"', "<a> <b> <c>", "<a> <b> <c> ; <d> ( 1 2 ) ."])
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(PolicyFault):
        decide(read_graph(text), read_request(read_graph(text)), read_state(None))


def test_the_command_says_which_rule_decided(tmp_path: Path) -> None:
    for name, data in (("p", POLICY), ("r", {"assignee": "ORG-1", "action": "distribute", "target": "LST-1"}), ("bad", {"permission": {
            "uid": "p", "action": "use", "moon": 1}})):
        (tmp_path / name).write_text(json.dumps(data), encoding="utf-8")
    out, err = StringIO(), StringIO()
    call_command("evaluate_policy", str(tmp_path / "p"), str(tmp_path / "r"), "--json", stdout=out)
    shown = json.loads(out.getvalue())
    assert (shown["decision"], shown["permitted"], shown["rule"]) == ("deny", False, "n")
    with pytest.raises(SystemExit):
        call_command("evaluate_policy", str(tmp_path / "bad"), str(tmp_path / "r"), stderr=err)
    assert "moon is not judged" in err.getvalue()
