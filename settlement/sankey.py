"""Drawing where a price goes: bands from the price to fees, funds and each party, their width by amount (look §8).

The same figures stand in the table beside it, for keyboards and screen readers and where bands are too thin to see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from kit.coverage import covers
from kit.money import yuan

__all__ = ["Stop", "sankey"]

WIDE, BAR, GAP, HIGH, LABEL = 880, 10, 26, 220, 15


@dataclass(frozen=True)
class Stop:
    """One stop of the money: in which column, what it is called, how much comes there and out of which stop; ``own``: the reader's."""

    key: str
    column: int
    title: str
    fen: int
    source: str = ""
    own: bool = False


def _cut(text: str, units: int = 26) -> str:
    used = 0
    for place, character in enumerate(text):
        used += 2 if ord(character) > 0x2E80 else 1
        if used > units:
            return text[:place] + "…"
    return text


@covers("G3", "R69")
def sankey(stops: Sequence[Stop], *, finding: str) -> SafeString:
    """This will draw the stops column by column; ``finding`` is the sentence the picture shows."""
    shown = [one for one in stops if one.fen > 0]
    sources = [one for one in shown if not one.source]
    total = sum(one.fen for one in sources)
    if total <= 0 or len(shown) < 2:
        return mark_safe("")
    scale, columns = HIGH / total, max(one.column for one in shown)
    step = (WIDE - 190) / max(1, columns)
    tops: dict[str, tuple[float, float, float]] = {}
    used: dict[int, float] = {}
    for one in shown:
        high = max(1.5, one.fen * scale)
        tops[one.key] = (one.column * step, used.get(one.column, 0.0), high)
        used[one.column] = used.get(one.column, 0.0) + max(high, 2.0) + GAP
    given: dict[str, float] = {}
    bands = []
    for one in shown:
        if one.source not in tops:
            continue
        (x1, y1, _), (x2, y2, high) = tops[one.source], tops[one.key]
        y1 += given.get(one.source, 0.0)
        given[one.source] = given.get(one.source, 0.0) + one.fen * scale
        thick, x1 = max(1.5, one.fen * scale), x1 + BAR
        middle = (x1 + x2) / 2
        bands.append(("flow-own" if one.own else "flow",
                      f"M{x1:.1f},{y1:.1f} C{middle:.1f},{y1:.1f} {middle:.1f},{y2:.1f} {x2:.1f},{y2:.1f} V{y2 + high:.1f} "
                      f"C{middle:.1f},{y2 + high:.1f} {middle:.1f},{y1 + thick:.1f} {x1:.1f},{y1 + thick:.1f} Z"))
    bars = [("flow-me" if one.own else "flow-bar", f"{x:.1f}", f"{y:.1f}", f"{high:.1f}", f"{x + BAR + 6:.1f}", f"{y + 11:.1f}",
             _cut(one.title), f"{x + BAR + 6:.1f}", f"{y + 11 + LABEL:.1f}", yuan(one.fen))
            for one in shown for x, y, high in [tops[one.key]]]
    height = int(max(used.values())) + 4
    return format_html(
        '<svg class="ch" viewBox="0 0 {} {}" width="{}" role="img" aria-label="{}">{}{}</svg>', WIDE, height, WIDE, finding,
        format_html_join("", '<path class="{}" d="{}"/>', bands),
        format_html_join("", '<rect class="{}" x="{}" y="{}" width="10" height="{}"/><text class="t-ink" x="{}" y="{}">{}</text>'
                             '<text x="{}" y="{}">{}</text>', bars))
