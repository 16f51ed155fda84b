"""Every component renders in every state and in both languages, speaks its state in words, and carries no inline code."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.template import Context, engines
from django.utils import translation
from django_cotton.compiler_regex import CottonCompiler

from exchange.templatetags import house
from kit.rejected import Refusal, Rejected, register_refusals

NOW = datetime(2026, 11, 23, 6, 17, 42, tzinfo=UTC)
HASH = "31c73c8c" * 7 + "00c1b8ac"
HOUSE = Path(__file__).resolve().parents[2]

register_refusals([
    Refusal(code="exchange.test.deposit", status=409, title=("不能出价：保证金不足", "Cannot bid: deposit too low"),
            detail=("需冻结 {needed_fen}。", "{needed_fen} must be reserved."), article="交易规则第 31 条",
            next_step=("充值后可立即出价。", "Add funds to bid now."), next_href="/desk/account/"),
])


def render(source: str, language: str = "zh-hans", **values: Any) -> str:
    with translation.override(language):
        html = engines["django"].from_string(CottonCompiler().process(source)).template.render(Context({"market_now": NOW, **values}))
    return re.sub(r"\s+", " ", html)


@pytest.mark.parametrize("tone,mark", [
    ("", "g-draft"), ("info", "g-half"), ("wait", "g-act"), ("ok", "g-done"), ("held", "g-held"), ("bad", "g-no"),
])
def test_a_status_says_state_mark_next_owner_and_due(tone: str, mark: str) -> None:
    html = render(f'<c-st tone="{tone}" state="待补正" next="补交授权书" who="您" :due="due" />', due=NOW + timedelta(days=1, hours=3))
    assert mark in html and "待补正" in html and "补交授权书" in html and "您" in html and "还有 1 天" in html and "soon" in html


def test_a_due_line_past_its_time_says_so() -> None:
    assert "late" in render('<c-st state="x" :due="due" />', due=NOW) and "已逾期" in render('<c-st state="x" :due="due" />', due=NOW)


@pytest.mark.parametrize("fen,shown", [(128600000, "<i>¥</i>1,286,000<small>.00</small>"), (-1929000, "−<i>¥</i>19,290<small>.00</small>")])
def test_money_shows_the_fen_and_a_true_minus(fen: int, shown: str) -> None:
    assert shown in render('<c-yen :fen="fen" />', fen=fen)


def test_whole_yuan_in_quick_lists_hide_zero_fen_but_never_odd_ones() -> None:
    assert "small" not in render('<c-yen :fen="fen" form="whole" />', fen=4800000)
    assert ".05" in render('<c-yen :fen="fen" form="whole" />', fen=4800005)


@pytest.mark.parametrize("fen,shown", [(1284630000, "1,284.63"), (0, "0.00"), (4999, "0.00"), (5000, "0.01"), (-1284630000, "−1,284.63")])
def test_overview_amounts_are_rounded_half_up_in_ten_thousand_yuan(fen: int, shown: str) -> None:
    assert house.wan(fen) == shown


@pytest.mark.parametrize("bps,words", [(840, "▲ 8.4%"), (-320, "▼ 3.2%"), (0, "0.0%")])
def test_a_movement_has_sign_shape_and_figure(bps: int, words: str) -> None:
    assert words in render('<c-move :bps="bps" than="较起拍" />', bps=bps)


@pytest.mark.parametrize("value,word", [("on_exchange", "场内"), ("off_exchange", "场外"), ("simulated", "仿真")])
def test_a_channel_is_told_by_word_and_shape(value: str, word: str) -> None:
    assert word in render("{% channel value %}", value=value)


def test_market_time_is_shanghai_time_in_both_languages() -> None:
    assert ">11-23 14:17<" in render("{{ at|day }}", at=NOW) and ">23 Nov, 14:17<" in render("{{ at|day }}", "en", at=NOW)
    assert "2026-11-23 14:17:42" in render("{{ at|full }}", at=NOW)


def test_a_countdown_carries_the_servers_end_and_the_time_left() -> None:
    end = NOW + timedelta(minutes=12, seconds=18)
    html = render('<c-countdown :until="end" :since="start" label="剩余" />', end=end, start=NOW - timedelta(hours=1))
    assert "00:12:18" in html and "data-countdown" in html and "dx-fuse" in html and 'width="17.' in html


def test_a_refusal_says_rule_fact_way_out_and_code() -> None:
    rejected = Rejected("exchange.test.deposit", needed_fen=8_000_000)
    html = render('<c-refusal :rejected="rejected" />', rejected=rejected)
    expected = ("保证金不足", "¥80,000", "充值后可立即出价", "exchange.test.deposit", "第 31 条", "/desk/account/")
    assert all(text in html for text in expected)
    assert "¥80,000 must be reserved" in render('<c-refusal :rejected="rejected" />', "en", rejected=rejected)


def test_a_verdict_has_its_rule_in_the_margin_and_clause_fact_and_way_out() -> None:
    html = render('<c-verdict tone="wait" result="受限" rule="NL-07" title="t" clause="c" fact="f" way="w" />')
    assert all(text in html for text in ("受限", "NL-07", "条款", "事实", "出路"))


def test_a_hash_print_has_one_bar_per_digit() -> None:
    assert render('<c-print :hash="digest" />', digest=HASH).count("<rect") == 32
    assert render('<c-print :hash="digest" digits="64" />', digest=HASH).count("<rect") == 64


MORE = """
<c-section title="节" meta="元" link="/x/" link_text="全部"><c-box title="盒">x</c-box></c-section>
<c-corridor :steps="steps" /><c-badges :badges="badges" />{% class_of version %}
<c-meter value="40" link="/m/" link_text="补" /><c-note tone="held" title="停牌" text="原因" code="a.b" />
<c-empty title="还没有产品" text="从一份资源开始" link="/n/" link_text="新建" /><c-pager back="/?a" forth="/?b" shown="1–20" />
<c-timeline><c-event kind="key" :at="at" act="挂牌" actor="甲" :hash="digest" position="12" /></c-timeline>
<c-evidence :hash="digest" position="12" /><c-tally state="solid" /><c-toast text="已关注" /><c-tag tone="ok" text="公示" />
<c-deed title="证" number="1" object="o" :hash="digest"><dl class="kv"></dl></c-deed>
"""
PARTS = ("dx-sec", "dx-box",
         'aria-current="step"', "dx-four", "imp", "bar-wait", "dx-note held", "empty", 'rel="next"', "dx-tl", "ev1", "deed")


def test_the_remaining_components_render() -> None:
    steps = [{"label": ("登记", "Registered"), "state": "done", "note": "11-01"},
             {"label": ("挂牌", "Listed"), "state": "now", "note": "您"}]
    badges = [{"label": ("可用", "Usable"), "good": True, "reason": ("齐全", "complete"), "href": "#q"}]
    version = SimpleNamespace(category="enterprise", stage="product", grade="important")
    html = render(MORE, steps=steps, badges=badges, at=NOW, digest=HASH, version=version)
    assert [part for part in PARTS if part not in html] == []


TEMPLATES = sorted((HOUSE / "templates").rglob("*.html"))
INLINE = re.compile(r"""\sstyle\s*=|<style|\son[a-z]+\s*=\s*["']|<script(?![^>]*\bsrc=)|javascript:""", re.I)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.relative_to(HOUSE).as_posix())
def test_templates_hold_no_inline_style_or_script(path: Path) -> None:
    assert INLINE.findall(path.read_text(encoding="utf-8")) == []


LITERAL = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![^{}]*\{)|\b(?:rgb|rgba|hsl|hsla|oklch)\(")


def test_no_colour_is_written_outside_the_tokens() -> None:
    styles = [p for p in (HOUSE / "static").rglob("*.css") if p.name != "tokens.css"]
    lines = [(f"{p.name}:{n}", line) for p in styles for n, line in enumerate(p.read_text(encoding="utf-8").splitlines(), 1)]
    written = [place for place, line in lines if LITERAL.search(line)]
    coloured = [p.name for p in TEMPLATES if re.search(r"""(fill|stroke|color)=["']#""", p.read_text(encoding="utf-8"))]
    assert written == [] and coloured == []
