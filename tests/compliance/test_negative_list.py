"""The 40 starter rules, each firing, passing and unknown, and the boundary cases of the law (rules L, M)."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from compliance.rules.base import Tier, Verdict, judge
from compliance.rules.negative_list import ListFault, read_document, shipped_document, shipped_rules
from compliance.rules.vocabulary import FactFault, read_facts, vocabulary
from kit.coverage import covers
from tests.compliance.profiles import CASES, CLEAN, clean

RULES = shipped_rules()


def judged(**changes: Any) -> Any:
    return judge(RULES.rules, read_facts(clean(**changes)))


def test_the_list_has_24_prohibited_and_16_restricted_rules_and_each_has_a_case() -> None:
    tiers = [rule.tier for rule in RULES.rules]
    assert (tiers.count(Tier.PROHIBITED), tiers.count(Tier.RESTRICTED)) == (24, 16)
    assert set(CASES) == {rule.id for rule in RULES.rules}
    assert set(CLEAN) == set(vocabulary().facts)


def test_a_clean_product_passes() -> None:
    verdict = judged()
    assert (verdict.verdict, verdict.fired, verdict.missing) == (Verdict.PASS, (), ())


@covers("R84", "R3")
@pytest.mark.parametrize("rule_id", sorted(CASES))
def test_each_rule_fires_on_its_case(rule_id: str) -> None:
    rule = RULES.rule(rule_id)
    found = judged(**CASES[rule_id][0])
    assert rule in found.fired
    assert found.verdict is Verdict(rule.tier.value) or found.verdict is Verdict.PROHIBITED


@pytest.mark.parametrize("rule_id", sorted(CASES))
def test_each_rule_asks_for_its_unstated_fact(rule_id: str) -> None:
    rule = RULES.rule(rule_id)
    facts, unstated = CASES[rule_id]
    if rule_id == "NL-R-16":  # either fact alone decides: leave the risk below the line
        facts = {}
    found = judged(**{**facts, unstated: None})
    assert rule in found.unknown
    assert unstated in found.missing or found.verdict is Verdict.PROHIBITED


@pytest.mark.parametrize("rule_id", sorted(CASES))
def test_each_rule_says_basis_name_and_way_out_in_both_languages(rule_id: str) -> None:
    rule, words = RULES.rule(rule_id), vocabulary()
    texts = [rule.name, *rule.basis, *(words.remedies[code] for code in rule.remedy), *(words.conditions[code] for code in rule.conditions)]
    assert all(zh and en and en.isascii() for zh, en in texts)
    assert rule.remedy
    assert bool(rule.conditions) == (rule.tier is Tier.RESTRICTED)


@pytest.mark.parametrize("persons, sensitive, ciio, fired", [
    (99_999, 0, False, None), (100_000, 0, False, "NL-R-11"), (999_999, 0, False, "NL-R-11"), (1_000_000, 0, False, "NL-R-12"),
    (0, 1, False, "NL-R-11"), (0, 9_999, False, "NL-R-11"), (0, 10_000, False, "NL-R-12"), (1, 0, True, "NL-R-12"),
])
@covers("R64")
def test_the_export_counter_changes_mechanism_exactly_at_its_thresholds(persons: int, sensitive: int, ciio: bool,
                                                                        fired: str | None) -> None:
    found = judged(contains_pi=True, legal_basis="separate_consent", cross_border=True, ytd_pi_out=persons, ytd_spi_out=sensitive,
                   is_ciio=ciio)
    assert [rule.id for rule in found.fired] == ([fired] if fired else [])
    assert found.verdict is (Verdict.RESTRICTED if fired else Verdict.PASS)


@covers("R8")
def test_m11_hold_and_use_without_operate_is_prohibited_and_unknown_rights_are_asked_for() -> None:
    assert judged(rights_held=["hold", "use"]).verdict is Verdict.PROHIBITED
    unknown = judged(rights_held=None)
    assert (unknown.verdict, unknown.missing) == (Verdict.NEEDS_INFO, ("rights_held",))
    assert judged(rights_held=[]).verdict is Verdict.PROHIBITED


def test_a_fact_that_cannot_matter_any_more_is_not_asked_for() -> None:
    unstated = dict.fromkeys(("legal_basis", "pi_subjects", "guardian_consent", "public_authorised", "ytd_pi_out", "is_ciio"))
    assert judged(**unstated).verdict is Verdict.PASS
    assert judged(state_secret=True, purpose=None).missing == ()


def test_a_restricted_rule_leaves_other_restricted_unknowns_as_open_items() -> None:
    found = judged(processing_stage="raw", linked_sources=None)
    assert found.verdict is Verdict.RESTRICTED
    assert [rule.id for rule in found.open_items] == ["NL-R-16"]
    assert judged(linked_sources=None).missing == ("linked_sources",)


def test_an_unknown_secret_wins_over_a_restricted_rule() -> None:
    found = judged(processing_stage="raw", state_secret=None)
    assert (found.verdict, found.missing) == (Verdict.NEEDS_INFO, ("state_secret",))


@pytest.mark.parametrize("fact, value", [
    ("grade", "Core"), ("contains_pi", "true"), ("contains_pi", 1), ("pi_subjects", -1), ("pi_subjects", 1.5), ("pi_subjects", True),
    ("rights_held", "operate"), ("rights_held", ["sell"]), ("linkage_risk_score", float("nan")), ("no_such_fact", True),
])
def test_a_fact_that_cannot_be_read_is_refused_and_never_passes(fact: str, value: Any) -> None:
    with pytest.raises(FactFault):
        read_facts({fact: value})


def _broken(change: Any) -> dict[str, Any]:
    document = copy.deepcopy(shipped_document())
    change(document["rules"][0])
    return document


@pytest.mark.parametrize("change", [
    lambda rule: rule["when"]["any"][0].update(fact="stat_secret"),
    lambda rule: rule["when"]["any"][0].update(op="=="),
    lambda rule: rule["when"]["any"][0].update(op="gte"),
    lambda rule: rule["when"]["any"][0].update(value="yes"),
    lambda rule: rule.update(when={"any": []}),
    lambda rule: rule.update(when={"any": [], "all": []}),
    lambda rule: rule.update(when={"__import__": "os"}),
    lambda rule: rule.update(remedy=["forgive"]),
    lambda rule: rule.update(tier="tolerated"),
    lambda rule: rule.update(condition=["x"]),
    lambda rule: rule.update(basis_en=[]),
    lambda rule: rule.update(waivable="no"),
    lambda rule: rule.pop("basis"),
    lambda rule: rule.update(id="NL-P-02"),
])
def test_a_list_with_an_unknown_word_is_refused_whole(change: Any) -> None:
    with pytest.raises(ListFault):
        read_document(_broken(change))
