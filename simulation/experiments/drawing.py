"""Pictures of an experiment, drawn by the server as SVG: means with their intervals, the market day by day, a scenario beside the baseline.

Arms differ by their number and by how their line is drawn, never by colour alone. The table beside a picture says the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from simulation.experiments.market_figures import HHI_LINES
from simulation.experiments.reporting import axis_figure, level, unit_words

__all__ = ["LINES", "daily_chart", "interval_chart", "scenario_picture"]

#: How the line of each arm is drawn.
LINES = ("ln", "ln-ink", "mean", "rule", "edge w2", "edge-w", "rule-ok", "edge w3")


def _r(*numbers: float) -> list[str]:
    return [f"{number:.1f}" for number in numbers]


#: Lines to read a metric by, drawn where the picture reaches them.
_READ_BY: Mapping[str, Sequence[float]] = {"hhi": HHI_LINES}


def interval_chart(metric: str, arms: Sequence[Mapping[str, Any]], *, title: str, language: int, width: int = 420) -> SafeString:
    """This will draw each arm's mean as a dot on its 95 % interval, over an axis with ticks in the metric's unit, as wide as the intervals;
    hatched lines are those that a regulator reads the metric by."""
    found = [arm["metrics"][metric] for arm in arms]
    low, high = min(one["low"] for one in found), max(one["high"] for one in found)
    reach = (high - low) or abs(high) or 1.0
    left, right, step = 28, width - 120, 26
    height = step * len(found) + 44

    def at(value: float) -> float:
        return left + (right - left) * (value - low) / reach if high > low else (left + right) / 2

    rows = format_html_join("", '<text x="0" y="{1}">{0}</text><line class="ln" x1="{2}" x2="{3}" y1="{5}" y2="{5}"/><circle class="dot" '
                            'cx="{4}" cy="{5}" r="4"/><text class="t-s" x="{6}" y="{1}">{7}</text>', (
        (place + 1, f"{step * place + 20:.0f}", *_r(at(one["low"]), at(one["high"]), at(one["mean"]), step * place + 16), right + 10,
         level(metric, one["mean"])[language]) for place, one in enumerate(found)))
    base = height - 36
    ticks = ((left, low, ""), ((left + right) / 2, (low + high) / 2, "m"), (right, high, "e")) if high > low else ()
    labels = format_html_join("", '<line class="grid" x1="{0}" x2="{0}" y1="{3}" y2="{4}"/><text class="{1}" x="{0}" y="{5}">{2}</text>', (
        (f"{x:.1f}", where, axis_figure(metric, value)[language], base, base + 4, base + 16) for x, value, where in ticks))
    marks = format_html_join("", '<line class="rule" x1="{0}" x2="{0}" y1="4" y2="{1}"/>', (
        (f"{at(value):.1f}", base) for value in _READ_BY.get(metric, ()) if low < value < high))
    unit = format_html('<text class="m t-s" x="{}" y="{}">{}</text>', (left + right) / 2, base + 31, unit_words(metric)[language])
    return format_html('<svg class="ch lab-ch" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>'
                       '<line class="zero" x1="{}" x2="{}" y1="{}" y2="{}"/>{}{}{}{}</svg>',
                       width, height, title, title, left, right, base, base, marks, rows, labels, unit)


def daily_chart(series: Sequence[Sequence[float]], *, metric: str, title: str, language: int, width: int = 880,
                height: int = 240) -> SafeString:
    """This will draw one line for each arm over the days, from zero up; each line carries its arm's number at its end."""
    if not series or not any(len(one) > 1 for one in series):
        return mark_safe("")
    left, right, floor, ceiling = 92, width - 26, height - 42, 14
    top = max(max(one, default=0.0) for one in series) or 1.0
    days = max(len(one) for one in series)

    def place(day: int, value: float) -> str:
        return f"{left + (right - left) * day / max(1, days - 1):.1f},{floor - (floor - ceiling) * value / top:.1f}"

    lines = format_html_join("", '<path class="{}" d="M{}"/>', (
        (_flat(LINES[number % len(LINES)]), " ".join(place(day, value) for day, value in enumerate(one)))
        for number, one in enumerate(series) if len(one) > 1))
    names = format_html_join("", '<text class="t-s" x="{}" y="{}">{}</text>', (
        (right + 6, f"{float(place(0, one[-1]).split(',')[1]) + 4 + 11 * (number % 2):.1f}", number + 1)
        for number, one in enumerate(series) if one))
    grid = format_html_join("", '<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="e" x="{}" y="{}">{}</text>', (
        ("zero" if part == 0 else "grid", left, right, y, y, left - 8, f"{float(y) + 4:.1f}", axis_figure(metric, top * part / 4)[language])
        for part in range(5) for y in [f"{floor - (floor - ceiling) * part / 4:.1f}"]))
    ticks = format_html_join("", '<text class="m" x="{}" y="{}">{}</text>', (
        (place(day, 0).split(",")[0], height - 24, day + 1) for day in sorted({0, (days - 1) // 2, days - 1})))
    axis = format_html('<text class="m t-s" x="{}" y="{}">{}</text>', (left + right) / 2, height - 6,
                       ("第几天", "day of the run")[language])
    return format_html('<svg class="ch wide" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>{}{}{}{}{}</svg>',
                       width, height, title, title, grid, lines, names, ticks, axis)


def _flat(name: str) -> str:
    return f"{name} lab-line"


def scenario_picture(rows: Sequence[tuple[str, float, float, str]], *, title: str, width: int = 260) -> SafeString:
    """This will draw a scenario's figures as bars beside those of the baseline, hollow; each row against the larger of its two."""
    height, reach = 42 * len(rows), width - 2

    def long(value: float, other: float) -> float:
        return max(0.8, reach * value / (max(value, other) or 1.0))

    bars = format_html_join("", '<text x="0" y="{0}">{1}</text><text class="e t-s" x="{2}" y="{0}">{3}</text><rect class="hollow" x="1" '
                            'y="{4}" width="{5}" height="5"/><rect class="f1" x="0" y="{6}" width="{7}" height="6"/>', (
        (42 * place + 12, name, width, said, *_r(42 * place + 18, long(usual, now), 42 * place + 26, long(now, usual)))
        for place, (name, now, usual, said) in enumerate(rows)))
    return format_html('<svg class="ch lab-picture" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>{}</svg>',
                       width, height, title, title, bars)
