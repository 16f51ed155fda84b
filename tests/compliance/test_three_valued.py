"""Three-valued logic against a naive oracle: try every completion of the unstated facts."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.rules.base import AllOf, AnyOf, Fact, Judgement, Not, Predicate, Rule, Tier, Verdict, evaluate, facts_of, judge, unresolved
from compliance.rules.negative_list import shipped_rules
from compliance.rules.vocabulary import read_facts, vocabulary
from compliance.taxonomy import highest_grade
from kit.coverage import covers

NAMES = ("a", "b", "c", "d", "e", "f")


def naive(predicate: Predicate, facts: Mapping[str, bool]) -> bool:
    """Two-valued evaluation, written out plainly."""
    if isinstance(predicate, Fact):
        return facts[predicate.name] == predicate.value
    if isinstance(predicate, Not):
        return not naive(predicate.part, facts)
    values = [naive(part, facts) for part in predicate.parts]
    return all(values) if isinstance(predicate, AllOf) else any(values)


def completions(facts: Mapping[str, bool], names: frozenset[str]) -> list[dict[str, bool]]:
    missing = sorted(names - facts.keys())
    return [{**facts, **dict(zip(missing, values, strict=True))} for values in itertools.product([True, False], repeat=len(missing))]


def predicates(names: st.SearchStrategy[str]) -> st.SearchStrategy[Predicate]:
    leaf = st.builds(Fact, names, st.just("eq"), st.booleans())
    return st.recursive(leaf, lambda part: st.one_of(
        st.builds(Not, part),
        st.builds(AllOf, st.lists(part, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(part, min_size=1, max_size=3).map(tuple))), max_leaves=8)


@st.composite
def read_once(draw: st.DrawFn, names: tuple[str, ...]) -> Predicate:
    """A predicate that reads each of its facts once, as the rules of the list do."""
    if len(names) == 1:
        leaf: Predicate = Fact(names[0], "eq", draw(st.booleans()))
        return Not(leaf) if draw(st.booleans()) else leaf
    cut = draw(st.integers(1, len(names) - 1))
    parts = (draw(read_once(names[:cut])), draw(read_once(names[cut:])))
    return draw(st.sampled_from([AllOf(parts), AnyOf(parts), Not(AllOf(parts)), Not(AnyOf(parts))]))


stated = st.dictionaries(st.sampled_from(NAMES), st.booleans())


@given(predicates(st.sampled_from(NAMES)), stated)
def test_what_is_called_true_or_false_holds_in_every_completion(predicate: Predicate, facts: dict[str, bool]) -> None:
    truth = evaluate(predicate, facts)
    worlds = {naive(predicate, world) for world in completions(facts, facts_of(predicate))}
    if truth is not None:
        assert worlds == {truth}
        assert unresolved(predicate, facts) == frozenset()
    else:
        assert unresolved(predicate, facts) <= facts_of(predicate) - facts.keys()


@given(st.data(), stated)
def test_unknown_means_both_are_possible_and_exactly_the_named_facts_matter(data: st.DataObject, facts: dict[str, bool]) -> None:
    predicate = data.draw(read_once(NAMES[: data.draw(st.integers(1, 6))]))
    worlds = completions(facts, facts_of(predicate))
    assert (evaluate(predicate, facts) is None) == ({naive(predicate, world) for world in worlds} == {True, False})
    matters = {name for world in worlds for name in facts_of(predicate) - facts.keys()
               if naive(predicate, world) != naive(predicate, {**world, name: not world[name]})}
    assert unresolved(predicate, facts) == matters


def _rule(number: int, tier: Tier, when: Predicate) -> Rule:
    return Rule(str(number), "c", ("c", "c"), tier, False, (("b", "b"),), "seen", (), when, (), ())


def naive_verdict(rules: list[Rule], facts: Mapping[str, bool]) -> Verdict:
    tiers = {rule.tier for rule in rules if naive(rule.when, facts)}
    if Tier.PROHIBITED in tiers:
        return Verdict.PROHIBITED
    return Verdict.RESTRICTED if tiers else Verdict.PASS


@given(st.lists(st.tuples(st.sampled_from(Tier), predicates(st.sampled_from(NAMES))), min_size=1, max_size=5), stated)
@settings(max_examples=300, deadline=None)
def test_a_verdict_never_changes_afterwards_and_no_fact_that_could_change_it_is_left_out(
        pairs: list[tuple[Tier, Predicate]], facts: dict[str, bool]) -> None:
    rules = [_rule(number, tier, when) for number, (tier, when) in enumerate(pairs)]
    found: Judgement = judge(rules, facts)
    names = frozenset().union(*(facts_of(rule.when) for rule in rules))
    worlds = completions(facts, names)
    if found.verdict is not Verdict.NEEDS_INFO:
        assert {naive_verdict(rules, world) for world in worlds} == {found.verdict}
        assert found.missing == ()
        return
    matters = {name for world in worlds for name in names - facts.keys()
               if naive_verdict(rules, world) != naive_verdict(rules, {**world, name: not world[name]})}
    assert matters <= set(found.missing)


@given(st.data(), stated)
def test_for_rules_on_facts_of_their_own_exactly_the_facts_that_matter_are_missing(data: st.DataObject, facts: dict[str, bool]) -> None:
    rules = [_rule(0, data.draw(st.sampled_from(Tier)), data.draw(read_once(NAMES[:3]))),
             _rule(1, data.draw(st.sampled_from(Tier)), data.draw(read_once(NAMES[3:])))]
    worlds = completions(facts, frozenset(NAMES))
    matters = {name for world in worlds for name in set(NAMES) - facts.keys()
               if naive_verdict(rules, world) != naive_verdict(rules, {**world, name: not world[name]})}
    assert set(judge(rules, facts).missing) == matters


@covers("T49")
@given(st.data())
@settings(max_examples=200, deadline=None)
def test_core_data_never_passes_whatever_else_is_said_or_left_unsaid(data: st.DataObject) -> None:
    facts: dict[str, Any] = {"grade": "core"}
    for kind in vocabulary().facts.values():
        if kind.name != "grade" and data.draw(st.booleans()):
            facts[kind.name] = data.draw({"bool": st.booleans(), "whole": st.integers(0, 10**7), "decimal": st.decimals(0, 1, places=2),
                                          "words": st.lists(st.sampled_from(kind.values or ("x",)), unique=True)}.get(
                                              kind.type, st.sampled_from(kind.values or ("x",))))
    found = judge(shipped_rules().rules, read_facts(facts))
    assert found.verdict is Verdict.PROHIBITED
    assert "NL-P-03" in {rule.id for rule in found.fired}


@covers("T49", "W5")
@pytest.mark.parametrize("grades, highest", [(["general"], "general"), (["general", "important"], "important"),
                                             (["important", "core", "general"], "core")])
def test_m13_a_mixed_set_has_its_highest_grade(grades: list[str], highest: str) -> None:
    assert highest_grade(grades) == highest
