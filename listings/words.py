"""Text as search sees it: folded, cut into grams of two characters, cut into words. Plain functions, no database.

Recall comes from the grams (any substring of two characters or more is found, rechecked on the folded text), ranking from
the words (rjieba), so that a whole word stands before an accidental pair of neighbours. Where nothing is found, words of the
same meaning are asked (``SYNONYMS``), and at last texts that differ from a term in one character (``slips``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from kit.composing import normalized

__all__ = ["SYNONYMS", "alternatives", "fold", "gram", "grams", "like_pattern", "slips", "vector", "words"]

_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"[0-9a-z]+|[^\W\d_]+")
#: The longest word that is kept as such; longer ones are found by their grams.
_LONGEST = 60
#: Words of the market that mean the same, folded; each group is one meaning.
SYNONYMS: tuple[tuple[str, ...], ...] = (
    ("用电", "电力", "electricity", "power"), ("充电桩", "充电站", "charging"), ("公交", "公共交通", "bus", "transit"),
    ("地铁", "轨道交通", "metro", "subway"), ("机场", "航空", "airport"), ("航班", "flight", "flights"),
    ("物流", "货运", "logistics", "freight"), ("港口", "码头", "port"), ("气象", "天气", "weather"),
    ("空气质量", "大气", "air quality"), ("水质", "水环境", "water quality"), ("企业", "公司", "company", "enterprise"),
    ("法人", "企业登记", "registration"), ("信用", "征信", "credit"), ("贷款", "信贷", "loan", "loans"), ("保险", "insurance"),
    ("股票", "证券", "stock", "stocks"), ("基金", "fund", "funds"), ("房价", "住房价格", "housing price"), ("人口", "population"),
    ("就业", "招聘", "employment", "jobs"), ("工资", "薪酬", "wage", "wages", "salary"), ("医院", "医疗", "hospital"),
    ("药品", "medicine", "drug", "drugs"), ("疾病", "病例", "disease"), ("学校", "教育", "school", "education"),
    ("农业", "种植", "agriculture"), ("粮食", "谷物", "grain"), ("价格", "物价", "price", "prices"),
    ("卫星", "遥感", "satellite", "remote sensing"), ("地图", "测绘", "map", "maps"), ("人脸", "face"),
    ("语料", "文本", "corpus", "text"), ("图像", "图片", "image", "images"), ("旅游", "游客", "tourism", "tourist"),
)
_MEANING = {word: group for group in SYNONYMS for word in group}


def fold(text: str) -> str:
    """This will fold width and case (NFKC, casefold), drop invisible characters, and make every space one blank."""
    folded = normalized("NFKC", text).casefold()
    if not folded.isprintable():
        kept = (" " if unicodedata.category(one) == "Cc" else one for one in folded if unicodedata.category(one) != "Cf")
        folded = "".join(kept)
    return _SPACES.sub(" ", folded).strip()


def gram(pair: str) -> int:
    """This will number a pair of characters, one of about a million: rare pairs share a number, so what is found is rechecked on the text.

    An index over pairs that nearly every text has one of its own of is twice as large as one over numbers that many texts share.
    """
    return ((ord(pair[0]) * 2654435761 + ord(pair[1]) * 2246822519) & 0xFFFFFFFF) >> 12


def grams(text: str) -> list[int]:
    """This will list the distinct numbers of the pairs of neighbouring characters of a folded text, blanks included."""
    return _numbers([fold(text)])


def _numbers(folded: Iterable[str]) -> list[int]:
    return sorted({gram(one[i : i + 2]) for one in folded for i in range(len(one) - 1)})


def words(text: str) -> list[str]:
    """This will cut a text into words for ranking: Chinese by dictionary, Latin by spelling."""
    cut = _cutter()
    found: list[str] = []
    for piece in _WORD.findall(fold(text)):
        found.extend([piece] if piece.isascii() else [one for one in cut(piece) if one.strip()])
    return [one for one in found if len(one) <= _LONGEST]


def vector(parts: Sequence[tuple[str, str]]) -> str:
    """This will write the words of (weight, text) parts as a tsvector: each word once, with the best of its weights."""
    best: dict[str, str] = {}
    for weight, text in parts:
        for word in words(text):
            best[word] = min(best.get(word, weight), weight)
    return " ".join(f"'{word}':1{weight}" for word, weight in best.items())


def like_pattern(folded: str) -> str:
    """This will escape a folded text as a LIKE pattern for "contains"."""
    return "%" + folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def alternatives(term: str) -> tuple[str, ...]:
    """This will name other words of a term's meaning."""
    return tuple(one for one in _MEANING.get(term, ()) if one != term)


def slips(term: str) -> Iterator[tuple[list[int], str]]:
    """This will yield, for each place of a term, what a text holds that differs from it there by one character: grams and a pattern.

    One character may be another, too many, or missing. A place that leaves no two neighbours on either side is not asked: it would
    match half of everything.
    """
    for place in range(len(term)):
        before, after = term[:place], term[place + 1:]
        pairs = _numbers([before, after])
        if pairs:
            yield pairs, f"{re.escape(before)}(.{re.escape(term[place])}|.?){re.escape(after)}"


@lru_cache(maxsize=1)
def _cutter():  # type: ignore[no-untyped-def]
    import rjieba

    return rjieba.cut_for_search if hasattr(rjieba, "cut_for_search") else rjieba.cut
