"""The lessons of the learning room 数据学堂 (R80), read from ``learning.yaml``: short, public, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from kit.coverage import covers

__all__ = ["Lesson", "lessons"]

_BOOK = Path(__file__).resolve().parent / "learning.yaml"
Pair = tuple[str, str]


@dataclass(frozen=True)
class Lesson:
    """One lesson: what it says, where to go on, a question with its answer."""

    key: str
    title: Pair
    paragraphs: tuple[Pair, ...]
    links: tuple[tuple[str, Pair], ...]
    question: Pair
    answer: Pair


def _pair(given: list[str]) -> Pair:
    zh, en = given
    return str(zh), str(en)


@covers("R80")
@cache
def lessons() -> tuple[Lesson, ...]:
    """This will return the lessons in their order."""
    rows = yaml.safe_load(_BOOK.read_text(encoding="utf-8"))["lessons"]
    return tuple(Lesson(row["key"], _pair(row["title"]), tuple(_pair(one) for one in row["paragraphs"]),
                        tuple((one[0], _pair(one[1:])) for one in row["links"]), _pair(row["question"]), _pair(row["answer"]))
                 for row in rows)
