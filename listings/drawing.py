"""Drawing a lineage: who granted what to whom, left to right, squares for the rights held there (look §5).

The same facts stand in a list beside the graph for keyboards and screen readers (``lineage.py`` gathers both).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

__all__ = ["Node", "draw"]

WIDE, HIGH, GAP_X, GAP_Y = 190, 48, 60, 17
#: Squares by right: hold, use, operate take the first, third and fourth series (s1 and s2 mean channels in charts only).
SQUARE = {"hold": "r-hold", "use": "r-use", "operate": "r-op"}


@dataclass(frozen=True)
class Node:
    """One holder or stage: where it stands (column from 0), two lines, the rights held, and whether it is in danger."""

    key: str
    column: int
    title: str
    note: str = ""
    rights: tuple[str, ...] = ()
    feeds: tuple[str, ...] = field(default=())
    warn: bool = False
    own: bool = False


def _places(nodes: Sequence[Node]) -> tuple[dict[str, tuple[float, float]], int, int]:
    columns = max(node.column for node in nodes) + 1
    rows = [[node for node in nodes if node.column == column] for column in range(columns)]
    tallest = max(len(row) for row in rows)
    high = tallest * (HIGH + GAP_Y)
    places = {}
    for column, row in enumerate(rows):
        start = (high - len(row) * (HIGH + GAP_Y)) / 2
        for number, node in enumerate(row):
            places[node.key] = (float(column * (WIDE + GAP_X)), start + number * (HIGH + GAP_Y) + GAP_Y / 2)
    return places, columns * WIDE + (columns - 1) * GAP_X, int(high)


def _cut(text: str, units: int = 24) -> str:
    """Text that fits a box: a Chinese character counts two units; the full text stands in the list below the graph."""
    used = 0
    for place, character in enumerate(text):
        used += 2 if ord(character) > 0x2E80 else 1
        if used > units:
            return text[:place] + "…"
    return text


def _box(node: Node, x: float, y: float) -> SafeString:
    kind = "node-warn" if node.warn else "node-me" if node.own else "node"
    squares = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="8" height="8"/>',
        ((SQUARE.get(right, "f6"), f"{x + WIDE - 14 - 12 * n:.1f}", f"{y + 8:.1f}") for n, right in enumerate(reversed(node.rights))),
    )
    room = 24 - 2 * len(node.rights)
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="2"/>{}<text class="t-ink" x="{}" y="{}">{}</text>'
        '<text x="{}" y="{}">{}</text>',
        kind,
        f"{x + 0.5:.1f}",
        f"{y:.1f}",
        WIDE - 1,
        HIGH,
        squares,
        f"{x + 10:.1f}",
        f"{y + 20:.1f}",
        _cut(node.title, room),
        f"{x + 10:.1f}",
        f"{y + 37:.1f}",
        _cut(node.note, 26),
    )


def _edge(node: Node, places: dict[str, tuple[float, float]], target: str) -> SafeString:
    (x1, y1), (x2, y2) = places[node.key], places[target]
    x1, y1, y2 = x1 + WIDE, y1 + HIGH / 2, y2 + HIGH / 2
    middle = (x1 + x2) / 2
    path = f"M{x1:.1f},{y1:.1f} C{middle:.1f},{y1:.1f} {middle:.1f},{y2:.1f} {x2:.1f},{y2:.1f}"
    return format_html('<path class="{}" d="{}"/>', "edge-w" if node.warn else "edge", path)


def draw(nodes: Sequence[Node], finding: str) -> SafeString:
    """This will draw the graph; ``finding`` is the sentence it shows."""
    if len(nodes) < 2:
        return mark_safe("")
    places, width, height = _places(nodes)
    edges = format_html_join("", "{}", ((_edge(node, places, target),) for node in nodes for target in node.feeds if target in places))
    boxes = format_html_join("", "{}", ((_box(node, *places[node.key]),) for node in nodes))
    return format_html(
        '<svg class="ch lineage" viewBox="0 0 {} {}" width="{}" role="img" aria-label="{}">{}{}</svg>',
        width,
        height,
        width,
        finding,
        edges,
        boxes,
    )
