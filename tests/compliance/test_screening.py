"""Terms are found however they are spelled, point back to the text as given, and never decide."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compliance.rules.base import Verdict
from compliance.rules.evasion import normalise, simplified
from compliance.rules.negative_list import shipped_rules
from compliance.rules.terms import Term, TermMatcher, Terms, read_terms
from compliance.screening import Profile, Screening, screen_by
from compliance.taxonomy import Gate
from kit.coverage import covers
from tests.compliance.profiles import CLEAN, clean

normalise("Aa")  # the table is built once; not while examples are drawn
BACK = {new: old for old, new in simplified().items()}


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
@example("数数军据", 0, 3)  # its first and its last character stand beside it once more
def test_each_span_points_at_the_term_in_the_text_as_given(noise: str, how: int, place: int) -> None:
    term = "军网电产C4数据"
    text = noise[:place] + "，" + _evade(term, how) + "，" + noise[place:]
    matcher = TermMatcher([Term(term, "terms:x"), Term("产业军", "terms:x")])
    found = [(find.start, find.end) for find in matcher.find(text) if find.term.text == term]
    assert found
    assert all(normalise(text[start:end]) == normalise(term) for start, end in found)


_WORDS = ["国家秘密", "秘密", "家秘密", "密密麻麻", "妈妈", "数据", "核心数据", "心数", "c4炸药", "abc", "国家国家机密", "机密"]


@given(st.lists(st.sampled_from("国家秘密核心数据麻妈炸药机c4ab ，x"), max_size=50).map("".join))
def test_what_the_tables_let_through_is_all_that_a_plain_search_finds(text: str) -> None:
    matcher = TermMatcher([Term(word, "terms:x") for word in _WORDS])
    found = {(find.term.text, find.start, find.end) for find in matcher.find(text)}
    for word in _WORDS:
        places = [place for place in range(len(text)) if text.startswith(word, place)]
        if len(word) > 2 and not word.isascii():
            assert all((word, place, place + len(word)) in found for place in places), word
    assert all(normalise(text[start:end]) for _, start, end in found)


@given(st.lists(st.lists(st.sampled_from("国家秘密核心数据 ，㎏x"), max_size=12).map("".join), max_size=8))
def test_many_texts_at_once_give_what_each_gives_alone(texts: list[str]) -> None:
    matcher = TermMatcher([Term(word, "terms:x") for word in _WORDS])
    assert matcher.find_many(texts) == [matcher.find(text) for text in texts]


def test_every_character_is_written_plainly_once() -> None:
    everything = [chr(place) for place in range(0x20, 0x30000) if not 0xD800 <= place < 0xE000 and chr(place) not in simplified()]
    for character in everything:
        plain = normalise(character)
        rare = any("\ue000" <= one < "\uf900" for one in plain)  # ideographs beyond the first plane share the private area
        assert not plain or rare or normalise(plain) == plain, (character, unicodedata.name(character, "?"))


def _titles(shared: Path) -> list[str]:
    rows = [row for name in sorted((shared / "1-catalogues/cn").glob("*_*.json")) for row in json.loads(name.read_text()) if "标题" in row]
    return [row["标题"] for row in rows if row["标题"]]


def _list(shared: Path, name: str) -> tuple[Term, ...]:
    return tuple(read_terms((shared / "4-screening" / name).read_text().splitlines(), f"terms:{name}"))


def _profiles(shared: Path) -> list[Profile]:
    return [Profile(facts={}, title=title) for title in _titles(shared)]


LISTS = ("sensitive_weapons_konsheng.txt", "sensitive_livelihood_konsheng.txt", "sensitive_ads_fwwdn.txt")


@covers("T48")
def test_imported_weapon_terms_stop_a_listing_and_flag_no_real_title(shared: Path) -> None:
    weapons = _list(shared, LISTS[0])
    for term in weapons:
        assert screen(Profile(facts=CLEAN, title=f"出让：{term.text}（全）"), terms=weapons).held, term
    matcher = TermMatcher(weapons)
    assert [title for title, found in zip(_titles(shared), matcher.find_many(_titles(shared)), strict=True) if found] == []


@covers("T48", "R84")
def test_of_5410_real_titles_none_is_prohibited_for_a_word_and_at_most_one_in_a_hundred_is_held(
        shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profiles = _profiles(shared)
    noisy = tuple(term for name in LISTS for term in _list(shared, name))
    shares = {}
    for name, terms in (("own terms", ()), *((name, _list(shared, name)) for name in LISTS), ("all of them", noisy)):
        found = [screen(profile, Terms(terms)) for profile in profiles]
        assert not [one for one in found if one.verdict is Verdict.PROHIBITED], name
        shares[name] = sum(one.held for one in found)
    with capsys.disabled():
        print(f"\nheld of {len(profiles)} real titles: {shares}")
    assert len(profiles) > 5400
    assert all(held <= len(profiles) // 100 for held in shares.values()), shares


def test_the_plain_search_holds_a_city_for_its_name_and_an_opening_hour_for_its_kindergarten() -> None:
    """The naive variant: what a substring stops and this does not."""
    city = (Term("乌鲁木齐", "terms:noisy"),)
    own = [text for rule in shipped_rules().rules for text in rule.terms]
    noisy = (Term("网络", "terms:noisy"),)
    for title, terms in (("乌鲁木齐市公交线路", city), ("幼儿园收费标准", ()), ("有关联系人", ()), ("网络预约出租汽车", noisy)):
        naive = [text for text in (*(term.text for term in terms), *own) if text in title]
        assert naive and not screen(Profile(facts=CLEAN, title=title), terms).held, title


@covers("T48")
def test_an_ordinary_word_counts_in_company_in_a_crowd_and_in_disguise() -> None:
    assert [rule for rule, _ in hits("幼儿园学生花名册")] == ["NL-P-11"]
    assert [rule for rule, _ in hits("社 保")] == ["NL-P-13"]
    ads = tuple(Term(text, "terms:ads") for text in ("招聘", "兼职", "代理", "网络", "客服"))
    assert screen(Profile(facts=CLEAN, title="网络兼职招聘代理"), ads).held
    assert not screen(Profile(facts=CLEAN, title="网络招聘会"), ads).held
    assert {hit.how for hit in screen(Profile(facts=CLEAN, title="jianzhi zhao pin"), ads).hits} == {"spelled"}
