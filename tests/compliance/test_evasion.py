"""T48: terms in every disguise, over all terms of the rules and of a real list; split over the texts of a listing; by every channel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from compliance.rules.base import Verdict
from compliance.rules.negative_list import shipped_rules
from compliance.rules.terms import Term, read_terms
from compliance.rules.weight import is_ordinary
from compliance.screening import Profile, screen_by
from kit.coverage import covers
from tests.compliance.disguises import LATIN, MECHANICAL, SOUNDING, initials
from tests.compliance.profiles import CLEAN

OWN = [text for rule in shipped_rules().rules for text in rule.terms if text.isalnum() and not text.isascii()]
ENGLISH = [text for rule in shipped_rules().rules for text in rule.terms
           if text.isascii() and text.replace(" ", "").isalpha() and len(text) > 6]


def held(text: str, terms: tuple[Term, ...] = ()) -> bool:
    return screen_by(Profile(facts=CLEAN, title="一份说明", description=f"本次提供{text}的材料"), shipped_rules(), terms).held


def recall(terms: list[str], disguise: Callable[[str], str], imported: tuple[Term, ...] = ()) -> float:
    """The share of terms held when disguised; a disguise that leaves a term as it is is none."""
    hidden = [shape for term in terms if (shape := disguise(term)) != term]
    return sum(held(shape, imported) for shape in hidden) / max(len(hidden), 1)


@covers("T48")
def test_every_mechanical_disguise_of_every_term_of_the_rules_is_seen_through(capsys: pytest.CaptureFixture[str]) -> None:
    shares = {name: recall(OWN, disguise) for name, disguise in MECHANICAL.items()}
    shares |= {name: recall(ENGLISH, disguise) for name, disguise in LATIN.items()}
    sounding = {name: recall([term for term in OWN if len(term) > 3], disguise) for name, disguise in SOUNDING.items()}
    with capsys.disabled():
        print(f"\n{len(OWN)} terms; " + "; ".join(f"{name} {share:.3f}" for name, share in {**shares, **sounding}.items())
              + f"; initials {recall(OWN, initials):.3f}")
    assert len(MECHANICAL) >= 17
    assert {name: share for name, share in shares.items() if share < 0.99} == {}


@covers("T48")
def test_disguises_of_an_imported_list_are_seen_through(shared: Path) -> None:
    weapons = read_terms((shared / "4-screening/sensitive_weapons_konsheng.txt").read_text().splitlines(), "terms:weapons")
    some = [term.text for term in weapons if term.text.isalnum() and not any(one.isascii() for one in term.text)][::8]
    assert len(some) > 40
    assert {name: share for name, disguise in MECHANICAL.items() if (share := recall(some, disguise, weapons)) < 0.99} == {}


def test_a_term_plainly_written_is_held_unless_it_is_a_word_of_every_day() -> None:
    plain = {term for term in OWN if not held(term)}
    assert all(is_ordinary(Term(term, "NL-X", joined=True)) for term in plain) and len(plain) < len(OWN) // 4


def test_a_plain_search_sees_one_disguise_and_compatibility_folding_alone_few() -> None:
    """The naive variants of M21, on which the tests above fail."""
    from unicodedata import normalize

    tried = [(name, [(term, disguise(term)) for term in terms if disguise(term) != term])
             for terms, disguises in ((OWN, MECHANICAL), (ENGLISH, LATIN)) for name, disguise in disguises.items()]
    seen = {name for name, pairs in tried if all(term in shape for term, shape in pairs)}
    folded = {name for name, pairs in tried if all(normalize("NFKC", term) in normalize("NFKC", shape).casefold() for term, shape in pairs)}
    assert seen == set() and folded <= {"full width", "styled letters"}


SPLITS = [
    {"title": "新一代国家", "description": "秘密目录一份"},
    {"title": "目录：国", "description": "家秘密"},
    {"title": "新一代国家", "description": "这是一份普通的说明。", "texts": {"keywords": "秘密、目录"}},
    {"title": "目录", "texts": {"keywords": "国家", "file_name": "秘密.csv"}},
    {"title": "目录", "columns": ["国", "家", "秘", "密"]},
    {"title": "目录", "columns": ["国家", "秘密"]},
    {"title": "目录", "columns": [{"name": "国家"}, {"name": "秘密"}]},
    {"title": "目录", "sample": [["国家", "秘密"], ["1", "2"]]},
    {"title": "国家", "description": "说明", "columns": ["秘密"]},
    {"title": "目录", "texts": {"file_name": "国家秘密.csv"}},
    {"title": "目录", "texts": {"keywords": "guo jia mi mi"}},
    {"title": "目录", "sample": [{"备注": "密秘家国"}]},
]


@covers("T48")
@pytest.mark.parametrize("parts", SPLITS)
def test_a_term_cut_over_title_text_keywords_file_columns_and_cells_is_found(parts: dict[str, object]) -> None:
    found = screen_by(Profile(facts=CLEAN, **parts), shipped_rules())  # type: ignore[arg-type]
    assert [hit.rule for hit in found.hits] == ["NL-P-01"]
    assert found.verdict is Verdict.PASS, "words hold, facts decide"
    hit = found.hits[0]
    assert hit.span is not None and hit.text and all(hit.where.split("+"))


@pytest.mark.parametrize("parts", [
    {"title": "地面高程", "columns": ["高程", "数据来源"]},
    {"title": "联系方式", "columns": ["相关", "联系人"]},
    {"title": "旅行社", "description": "保险公司名录"},
])
def test_words_side_by_side_that_mean_something_else_are_no_suspicion(parts: dict[str, object]) -> None:
    assert screen_by(Profile(facts=CLEAN, **parts), shipped_rules()).hits == ()  # type: ignore[arg-type]


@pytest.mark.parametrize("title", ["中药数据集", "化工原料品种名录", "中药材种植数据", "打卡口号征集", "社会保险费率",
                                   "机密计算白皮书", "a joint venture's raw materials",
                                   "有关、联系电话"])
def test_what_only_sounds_or_looks_alike_and_makes_sense_is_no_suspicion(title: str) -> None:
    assert screen_by(Profile(facts=CLEAN, title=title), shipped_rules()).hits == ()
