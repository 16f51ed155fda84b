"""Server-drawn charts: bars start at zero, nothing falls outside, the finding is said in words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.charts import Bar, Point, histogram, spark, split_bar, step_chart, turnover_chart
from kit.money import nice_top
from listings.drawing import Node, draw


@given(st.integers(0, 2**53))
def test_the_top_of_an_axis_holds_the_largest_value_and_wastes_at_most_what_a_round_figure_costs(largest: int) -> None:
    top = nice_top(largest)
    assert top >= largest and top % 4 == 0 and (largest < 40 or top <= largest * 3)


def test_turnover_bars_stand_on_zero_and_off_exchange_is_hollow_above() -> None:
    days = [Bar("10-13", 600_000_000, 250_000_000), Bar("今日", 0, 0, unfinished=True)]
    svg = turnover_chart(days, title="成交额", finding="今日尚无成交")
    assert 'role="img"' in svg and "今日尚无成交" in svg and svg.count('class="hollow"') == 1 and 'class="zero"' in svg
    bar = re.search(r'class="f1" x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"', svg)
    zero = re.search(r'class="zero"[^>]*y1="([\d.]+)"', svg)
    assert bar and zero and abs(float(bar[1]) + float(bar[2]) - float(zero[1])) < 0.2


@given(st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 10**12)), min_size=1, max_size=40))
def test_no_bar_is_taller_than_the_chart(days: list[tuple[int, int]]) -> None:
    svg = turnover_chart([Bar(str(n), on, off) for n, (on, off) in enumerate(days)], title="t", finding="f")
    assert all(float(y) >= 17 for y in re.findall(r'<rect class="(?:f1|hollow)" x="[-\d.]+" y="([-\d.]+)"', svg))


def test_a_price_moves_in_steps_and_the_axis_starts_at_zero() -> None:
    svg = step_chart([Point(0, 3_000_000), Point(.5, 4_800_000)], [Point(.6, 4_800_000), Point(.7, 4_500_000, "off")], [(0, "2024-05")],
                     finding="由 3.0 升至 4.8 万元", now_text="现价 4.8")
    assert svg.count("<circle") == 2 and 'class="hollow"' in svg and "现价 4.8" in svg and 'class="zero"' in svg


@pytest.mark.parametrize("empty", [turnover_chart([], title="t", finding="f"), spark([1]), histogram([0, 0]),
                                   step_chart([], [], [], finding="f"), draw([], "f")])
def test_nothing_to_show_draws_nothing(empty: str) -> None:
    assert empty == ""


def test_a_list_bar_shows_both_channels_within_its_length() -> None:
    svg = split_bar(60, 40, 100)
    assert 'class="bar-on" width="60.0"' in svg and 'class="hollow" x="60.7"' in svg


def test_lineage_escapes_names_and_marks_danger() -> None:
    svg = draw([Node("a", 0, "<b>甲</b>", rights=("hold",), feeds=("p",), warn=True), Node("p", 1, "本产品", own=True)], "甲 → 本产品")
    assert "<b>" not in svg and "node-warn" in svg and "edge-w" in svg and "node-me" in svg
