"""Terms are found however they are spelled, point back to the text as given, and never decide."""

from __future__ import annotations

import json
import random
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.rules.base import Verdict
from compliance.rules.evasion import _SIMPLIFIED, _TRADITIONAL, HIDING, normalise
from compliance.rules.negative_list import shipped_rules
from compliance.rules.terms import Term, TermMatcher, read_terms
from compliance.screening import Profile, Screening, screen_by
from compliance.taxonomy import Gate
from kit.coverage import covers
from tests.compliance.profiles import CLEAN, clean

BACK = dict(zip(_SIMPLIFIED, _TRADITIONAL, strict=True))


def screen(profile: Profile, terms: tuple[Term, ...] = ()) -> Screening:
    return screen_by(profile, shipped_rules(), terms)


def hits(text: str) -> list[tuple[str, str]]:
    return [(hit.rule, hit.text) for hit in screen(Profile(facts=CLEAN, title=text)).hits]


@covers("R84")
@pytest.mark.parametrize("text, found", [
    ("国家秘密", "国家秘密"), ("國家祕密", "國家祕密"), ("国 家 秘\u200b密", "国 家 秘\u200b密"),
    ("国\n家\u3000秘密", "国\n家\u3000秘密"),
    ("ＴＯＰ　ＳＥＣＲＥＴ", "ＴＯＰ　ＳＥＣＲＥＴ"), ("Top\u00adSecret", "Top\u00adSecret"), ("𝐭𝐨𝐩 secret", "𝐭𝐨𝐩 secret"),
    ("机密★三年", "机密★"),
])
def test_a_term_is_found_however_it_is_spelled(text: str, found: str) -> None:
    assert ("NL-P-01", found) in hits(f"关于{text}，的说明")


def test_ordinary_prose_and_parts_of_words_are_no_suspicion() -> None:
    assert hits("机密计算与计算机密码学") == []
    assert [rule for rule, _ in hits("a joint rejoinder")] == []
    assert hits("join of tables") == [("NL-R-16", "join")]
    assert hits("fingerprints") == [("NL-P-10", "fingerprint")]


def test_a_term_of_several_words_needs_them_all_in_one_text() -> None:
    assert hits("姓名") == []
    assert [rule for rule, _ in hits("含电话和姓名")] == ["NL-P-07"]


def test_a_hit_is_a_hint_and_never_a_verdict() -> None:
    found = screen(Profile(facts=CLEAN, title="绝密", columns=["身份证号"], sample=[{"备注": "人脸"}]))
    assert found.verdict is Verdict.PASS
    assert found.held
    assert {hit.where for hit in found.hits} == {"title", "fields[0]", "sample[0].备注"}
    assert all(hit.asks and hit.basis for hit in found.hits)


def test_a_rule_that_applies_is_a_hit_with_its_basis_and_missing_facts_alone_are_none() -> None:
    found = screen(Profile(facts=clean(grade="core")))
    assert [(hit.kind, hit.rule, hit.where) for hit in found.hits] == [("rule", "NL-P-03", "facts")]
    unknown = screen(Profile(facts={}))
    assert (unknown.verdict, unknown.held) == (Verdict.NEEDS_INFO, False)


def test_at_the_listing_gate_nobody_is_asked_who_will_buy() -> None:
    buyer = ("purpose", "counterparty_foreign", "counterparty_on_control_list", "transaction_kind", "party_serious_dishonest")
    facts = clean(**dict.fromkeys(buyer))
    assert screen(Profile(facts=facts, gate=Gate.LISTING)).verdict is Verdict.PASS
    assert screen(Profile(facts=facts, gate=Gate.ORDER)).verdict is Verdict.NEEDS_INFO


def _evade(term: str, how: int) -> str:
    if how == 0:
        return "\u200d".join(term)
    if how == 1:
        return " ".join(term)
    if how == 2:
        return "".join(chr(ord(one) + 0xFEE0) if 0x21 <= ord(one) < 0x7F else one for one in term)
    return "".join(BACK.get(one, one) for one in term)


@given(st.lists(st.sampled_from("数据产业军队电网 ab1，。\n\u200bＡ機"), max_size=60).map("".join), st.integers(0, 3), st.integers(0, 60))
def test_each_span_points_at_the_term_in_the_text_as_given(noise: str, how: int, place: int) -> None:
    term = "军网电产C4数据"
    text = noise[:place] + "，" + _evade(term, how) + "，" + noise[place:]
    matcher = TermMatcher([Term(term, "terms:x"), Term("产业", "terms:x")])
    found = [(find.start, find.end) for find in matcher.find(text) if find.term.text == term]
    assert found
    assert all(normalise(text[start:end]) == normalise(term) for start, end in found)
    oracle = sum(normalise(text[start:]).startswith("产业") and text[start] not in HIDING for start in range(len(text)))
    assert sum(find.term.text == "产业" for find in matcher.find(text)) == oracle


def test_every_hiding_character_is_written_plainly_once() -> None:
    for character, plain in HIDING.items():
        assert normalise(plain) == plain, (character, unicodedata.name(character, "?"))


def _titles(shared: Path) -> list[str]:
    rows = [row for name in sorted((shared / "1-catalogues/cn").glob("*_*.json")) for row in json.loads(name.read_text()) if "标题" in row]
    return [row["标题"] for row in rows if row["标题"]]


def _list(shared: Path, name: str) -> tuple[Term, ...]:
    return tuple(read_terms((shared / "4-screening" / name).read_text().splitlines(), f"terms:{name}"))


def test_imported_weapon_terms_stop_a_listing_and_flag_no_real_title(shared: Path) -> None:
    weapons = _list(shared, "sensitive_weapons_konsheng.txt")
    for term in weapons:
        assert screen(Profile(facts=CLEAN, title=f"出让：{term.text}（全）"), terms=weapons).held, term
    matcher = TermMatcher(weapons)
    assert [title for title in _titles(shared) if matcher.find(title)] == []


def test_over_blocking_of_real_titles_stays_small(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    titles = _titles(shared)
    own = [Term(text, rule.id, joined=True) for rule in shipped_rules().rules for text in rule.terms]
    own_matcher = TermMatcher(own)
    held = sum(bool(own_matcher.find(title)) for title in random.Random(1).sample(titles, 1000))
    with capsys.disabled():
        print(f"\n{len(titles)} real titles; own terms hold {held} of a sample of 1000; ", end="")
        for name in ("sensitive_livelihood_konsheng.txt", "sensitive_ads_fwwdn.txt"):
            matcher = TermMatcher(_list(shared, name))
            print(f"{name} {sum(bool(matcher.find(title)) for title in titles)}; ", end="")
    assert held <= 30
    assert len(titles) > 5000
