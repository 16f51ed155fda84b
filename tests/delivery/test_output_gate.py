"""The automatic gate before any person looks (F9): what it measures, at which limit, and what it cannot see.

Worked example: a table of two groups of 300 and 305 persons passes; with a third group of 12 it is stopped where 20 is the least.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.releasing.gate import MOST_BYTES, MOST_CELLS, judge, passed
from kit.coverage import covers
from tests.delivery.outputs import TABLE


def failing(content: bytes | str, name: str = "a.csv", least: int = 20) -> list[str]:
    return [one["check"] for one in judge(content.encode() if isinstance(content, str) else content, name, least=least) if not one["ok"]]


@covers("F9")
def test_a_table_of_large_groups_passes_every_check() -> None:
    found = judge(TABLE, "结果.csv", least=20)
    assert passed(found) and {one["check"] for one in found} == {"size", "type", "readable", "cells", "identifiers", "groups", "records"}
    assert passed([]) is False, "nothing measured is nothing passed"


@covers("F9")
@pytest.mark.parametrize(("content", "name", "why"), [
    (b"", "a.csv", "size"), (b"x" * (MOST_BYTES + 1), "a.csv", "size"), (b"a,b\n1,2\n", "a.xlsx", "type"), (b"a,b\n1,2\n", "a", "type"),
    (b"\xff\xfe\x00", "a.csv", "readable"), (b"a,b\n1\n", "a.csv", "readable"), (b"{", "a.json", "readable"),
    (b"[NaN]", "a.json", "readable"), (b"a\x00", "a.txt", "readable"), (b"[" * 90_000, "a.json", "readable"),
    ("城区,人数\n甲,300\n丙,12\n".encode(), "a.csv", "groups"), (b"town,n\nA,19\n", "a.csv", "groups"),
    (b'{"n": 3}', "a.json", "groups"), (b'{"leaf": [{"samples": 4}]}', "a.json", "groups"),
    ("联系人 13812345678".encode(), "a.txt", "identifiers"), ('{"备注": "a@example.com"}'.encode(), "a.json", "identifiers"),
    ("城区,说明,人数\n甲,电话 13812345678,300\n".encode(), "a.csv", "identifiers"),
    ("\n".join(["word"] * (MOST_CELLS + 1)).encode(), "a.txt", "cells"),
    ("\n".join(["站点,用电", *(f"站点{n}号,{n}" for n in range(40))]).encode(), "a.csv", "records"),
    ("\n".join(["x,y", *(f"{n},{n * 2}" for n in range(40))]).encode(), "a.csv", "records")])
def test_what_is_too_large_too_small_or_marked_is_stopped(content: bytes, name: str, why: str) -> None:
    assert why in failing(content, name)


@covers("F9")
def test_a_group_of_nobody_and_a_report_in_words_are_no_fault() -> None:
    assert failing("城区,人数\n甲,300\n丁,0\n") == []
    assert failing("两个城区的平均用电相近，差异不显著。", "a.md") == []
    assert failing(json.dumps({"format": "logistic/1", "weights": [1, 2], "n": 4_000}), "a.json") == []


@covers("F9")
@settings(max_examples=200, deadline=None)
@given(groups=st.lists(st.tuples(st.sampled_from("甲乙丙丁"), st.integers(0, 60)), min_size=1, max_size=30), least=st.integers(2, 40))
def test_a_table_passes_the_groups_exactly_when_none_is_between_nought_and_the_least(groups: list[tuple[str, int]], least: int) -> None:
    text = "城区,人数\n" + "".join(f"{town},{count}\n" for town, count in groups)
    assert ("groups" in failing(text, least=least)) is any(0 < count < least for _, count in groups)


@covers("F9")
@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=300), name=st.sampled_from(["a.csv", "a.json", "a.txt", "a.bin"]))
def test_the_gate_judges_any_bytes_and_never_raises(content: bytes, name: str) -> None:
    found: list[dict[str, Any]] = judge(content, name, least=20)
    assert found and all(set(one) == {"check", "limit", "found", "ok"} for one in found)


@covers("F9")
def test_a_naive_gate_that_looks_at_the_size_alone_lets_a_list_of_persons_out() -> None:
    """The naive twin: small enough is good enough."""
    listed = "姓名,电话\n" + "".join(f"张三{n},1381234{n:04d}\n" for n in range(40))
    assert len(listed.encode()) <= MOST_BYTES, "the naive gate passes it"
    assert "identifiers" in failing(listed)
