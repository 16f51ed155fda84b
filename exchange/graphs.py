"""Who owns whom and whose money went where, drawn by the server: parties on a circle, holdings dashed, money by its width.

A drawing is read beside its table: nothing stands in it that is not a row there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

__all__ = ["Flow", "Node", "bid_steps", "network"]


@dataclass(frozen=True)
class Node:
    """A party: its code, what is written beside it, and whether the alert is about it; or a place from which parties sign in."""

    code: str
    name: str
    suspect: bool = False
    place: bool = False


@dataclass(frozen=True)
class Flow:
    """Money from a buyer to a seller over so many trades; a holding of so many basis points, where ``bps`` is given; or sign-ins
    of a party from a place, where ``days`` are.
    """

    source: str
    target: str
    fen: int = 0
    count: int = 0
    bps: int = 0
    days: int = 0


def network(nodes: Sequence[Node], flows: Sequence[Flow], *, finding: str, width: int = 720, height: int = 380) -> SafeString:
    """This will draw parties and what runs between them; an arrow bends to the right of its way, so that there and back are two."""
    middle_x, middle_y, reach_x, reach_y = width / 2, height / 2, width / 2 - 150, height / 2 - 46
    place = {one.code: (middle_x + reach_x * cos(2 * pi * number / max(1, len(nodes)) - pi / 2),
                        middle_y + reach_y * sin(2 * pi * number / max(1, len(nodes)) - pi / 2)) for number, one in enumerate(nodes)}
    largest = max((flow.fen for flow in flows), default=0) or 1
    drawn = [flow for flow in flows if {flow.source, flow.target} <= place.keys() and flow.source != flow.target]
    lines = [_line(flow, place, largest) for flow in drawn]
    marks = format_html_join("", "{}{}", ((_body(one, place[one.code]), format_html(
        '<text class="{}" x="{}" y="{}">{}</text>', *_label(one, place[one.code], middle_x))) for one in nodes))
    return format_html('<svg class="ch wide" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>', width, height, finding,
                       format_html_join("", "{}", ((line,) for line in lines)), marks)


def _body(one: Node, at: tuple[float, float]) -> SafeString:
    """A party is round, a place square."""
    x, y = at
    if one.place:
        return format_html('<rect class="node" x="{}" y="{}" width="14" height="14"/>', *_r(x - 7, y - 7))
    return format_html('<circle class="{}" cx="{}" cy="{}" r="9"/>', "node-warn" if one.suspect else "node", *_r(x, y))


def _r(*numbers: float) -> list[str]:
    return [f"{one:.1f}" for one in numbers]


def _label(one: Node, at: tuple[float, float], middle: float) -> list[str]:
    x, y = at
    side = "m" if abs(x - middle) < 20 else "e" if x < middle else ""
    shift_x, shift_y = {"m": (0, -15 if y < 190 else 24), "e": (-15, 4), "": (15, 4)}[side]
    return [f"{'t-s' if one.suspect else 't-2'} {side}".strip(), *_r(x + shift_x, y + shift_y), one.name]


def _line(flow: Flow, place: dict[str, tuple[float, float]], largest: int) -> SafeString:
    (x1, y1), (x2, y2) = place[flow.source], place[flow.target]
    if flow.days:
        return format_html('<path class="edge-p" d="M{},{} L{},{}"/>', *_r(x1, y1, x2, y2))
    length = max(1.0, ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5)
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    bend = 0.0 if flow.bps else min(34.0, length / 6)
    start, end = (x1 + ux * 11, y1 + uy * 11), (x2 - ux * 15, y2 - uy * 15)
    cx, cy = (x1 + x2) / 2 - uy * bend, (y1 + y2) / 2 + ux * bend
    path = f"M{start[0]:.1f},{start[1]:.1f} Q{cx:.1f},{cy:.1f} {end[0]:.1f},{end[1]:.1f}"
    size = 1 + 4 * flow.fen // largest
    head = _head(end, (end[0] - cx, end[1] - cy))
    return format_html('<path class="{}" d="{}"/><path class="{}" d="{}"/>', "edge-w" if flow.bps else f"edge w{size}", path,
                       "t-wait" if flow.bps else "t-2", head)


def _head(tip: tuple[float, float], way: tuple[float, float]) -> str:
    length = max(1.0, (way[0] ** 2 + way[1] ** 2) ** 0.5)
    ux, uy = way[0] / length, way[1] / length
    x, y = tip[0] + ux * 5, tip[1] + uy * 5
    return (f"M{x:.1f},{y:.1f} L{x - ux * 9 - uy * 4:.1f},{y - uy * 9 + ux * 4:.1f} "
            f"L{x - ux * 9 + uy * 4:.1f},{y - uy * 9 - ux * 4:.1f} Z")


def bid_steps(bids: Sequence[tuple[int, int, int]], *, suspect: int | None, finding: str, width: int = 720, height: int = 200
              ) -> SafeString:
    """This will draw a lot bid by bid: the price everybody saw as steps, each bid's maximum as a dot, the suspect's filled.

    ``bids`` are the maximum, the price after it and the paddle, in turn.
    """
    if not bids:
        return SafeString("")
    top = max(maximum for maximum, _, _ in bids) or 1
    floor, ceiling, left, right = height - 26, 14, 16, width - 16
    step = (right - left) / max(1, len(bids))

    def high(fen: int) -> float:
        return floor - (floor - ceiling) * fen / top

    path = " ".join(f"{'L' if number else 'M'}{left + step * number:.1f},{high(price):.1f} "
                    f"L{left + step * (number + 1):.1f},{high(price):.1f}" for number, (_, price, _) in enumerate(bids))
    dots = format_html_join("", '<circle class="{}" cx="{}" cy="{}" r="4"/>', (
        ("dot-me" if paddle == suspect else "dot", *_r(left + step * (number + 0.5), high(maximum)))
        for number, (maximum, _, paddle) in enumerate(bids)))
    labels = format_html_join("", '<text class="m" x="{}" y="{}">{}</text>', (
        (*_r(left + step * (number + 0.5), height - 8), paddle) for number, (_, _, paddle) in enumerate(bids) if len(bids) <= 40))
    return format_html('<svg class="ch wide" viewBox="0 0 {} {}" role="img" aria-label="{}"><path class="ln-ink" d="{}"/>{}{}</svg>',
                       width, height, finding, path, dots, labels)
