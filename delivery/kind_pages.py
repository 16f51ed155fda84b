"""The kinds of delivery and the table of what is forbidden as pages for docs/rules, in both languages, made from what judges."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from django.utils.translation import override

from compliance.rules.classification import cells
from compliance.taxonomy import DataCategory, DataGrade, DeliveryMode, ProcessingStage
from delivery.kinds import KINDS, Adapter
from delivery.kinds.grid import rulings

__all__ = ["pages"]

Pair = tuple[str, str]
_TITLE = ("交付方式", "Kinds of delivery")
_HEAD = ("由 `make docs` 从交付适配器和分类分级表生成，请勿手改。数据二十条 第三、四、八条（R11、R14、R15、R42、R49）。",
         "Made by `make docs` from the adapters of delivery and the table of classes; do not edit. Data Twenty, items 3, 4, 8 "
         "(R11, R14, R15, R42, R49).")
_PARTS: tuple[tuple[str, Pair], ...] = (
    ("arrives", ("到手的是", "What arrives")), ("entitled", ("如何取用", "How it is used")), ("metered", ("如何计次", "What one use is")),
    ("ends", ("如何终止", "How it ends")))
_TABLE = ("何种数据可以怎样交付", "Which data may be delivered how")
_MARKS = ("✓ 可以；○ 仅限无条件开放的公共数据；— 不可以，依所列条款。每次交付和每次取用时都问。",
          "✓ allowed; ○ where public data is open without conditions only; — forbidden, by the clause named. Asked at each use.")
#: Where each adapter, and each cell with each kind of delivery, is tested under its own name.
_TESTED = "tests/delivery/test_kinds.py"
_SIGN = {"y": "✓", "o": "○", "n": "—"}


def pages() -> dict[Path, str]:
    """This will return path below docs/ -> text, for ``write_docs``."""
    found = {}
    for at, language, suffix in ((0, "zh-hans", "zh-CN"), (1, "en", "en")):
        with override(language):
            found[Path("rules") / f"delivery-kinds.{suffix}.md"] = "\n".join(_lines(at)).rstrip() + "\n"
    return found


def _lines(at: int) -> Iterator[str]:
    yield f"# {_TITLE[at]}\n\n{_HEAD[at]}\n"
    for one in KINDS.values():
        yield from _kind(one, at)
    yield f"## {_TABLE[at]}\n\n{_MARKS[at]}\n"
    modes = [each for one in KINDS.values() for each in one.modes]
    head = [("数据", "Data")[at], *(str(DeliveryMode(each).label) for each in modes), ("条款", "Clause")[at], ("测试", "Test")[at]]
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for cell, row in groupby(rulings(), key=lambda one: one.cell):
        name = f"{DataCategory(cell.host).label} · {ProcessingStage(cell.stage).label} · {DataGrade(cell.grade).label}"
        yield "| " + " | ".join([name, *(_SIGN[one.mark] for one in row), cell.basis[at],
                                  f"`{_TESTED}` ({cell.name})"]) + " |"
    assert len(rulings()) == len(cells()) * len(modes)


def _kind(one: Adapter, at: int) -> Iterator[str]:
    yield f"## {one.name[at]} `{one.kind}`\n"
    modes = ("、", ", ")[at].join(str(DeliveryMode(each).label) for each in one.modes)
    yield f"- **{('交付形式', 'Modes')[at]}**: {modes}"
    yield f"- **{('测试', 'Test')[at]}**: `{_TESTED}` ({one.kind})"
    for name, word in _PARTS:
        yield f"- **{word[at]}**: {getattr(one, name)[at]}"
    for word, said in ((("保证", "Guaranteed"), one.guarantees), (("不保证", "Not guaranteed"), one.limits)):
        yield f"\n**{word[at]}**\n"
        yield from (f"- {text[at]}" for text in said)
    yield ""
