"""Charts drawn by the server as SVG: geometry in, markup out. Colours are classes of house.css, sizes are attributes (look §8).

Bars start at zero with an ink zero line; prices are steps; missing is a gap. Amounts are fen, shown in 万元.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kit.money import nice_top

__all__ = ["Bar", "Point", "distribution", "histogram", "month_chart", "price_range", "spark", "split_bar", "step_chart",
           "turnover_chart"]

FEN_PER_WAN = 1_000_000


@dataclass(frozen=True)
class Bar:
    """One trading day: its label and what was traded on and off the exchange, in fen."""

    label: str
    on_fen: int
    off_fen: int
    unfinished: bool = False

    @property
    def total_fen(self) -> int:
        return self.on_fen + self.off_fen


@dataclass(frozen=True)
class Point:
    """One price: where it stands on the time axis (0 to 1), its amount in fen, its channel, whether it is a trade."""

    at: float
    fen: int
    kind: str = "on"


def _wan_label(fen: int) -> str:
    """An axis figure in 万元, with as many decimals as it needs."""
    whole, rest = divmod(fen, FEN_PER_WAN)
    if not rest:
        return f"{whole:,}"
    return f"{whole:,}.{f'{rest:06d}'.rstrip('0')[:2]}"


def _grid(top: int, x1: int, x2: int, y0: float, y1: float, parts: int = 4) -> SafeString:
    rows = []
    for part in range(parts + 1):
        y = y0 - (y0 - y1) * part / parts
        line = ("zero" if part == 0 else "grid", x1, x2, f"{y:.1f}", f"{y:.1f}")
        rows.append((*line, x1 - 8, f"{y + 4:.1f}", _wan_label(top * part // parts)))
    return format_html_join("", '<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="e" x="{}" y="{}">{}</text>', rows)


def turnover_chart(bars: Sequence[Bar], *, title: str, finding: str, width: int = 880, height: int = 268) -> SafeString:
    """This will draw turnover per trading day: below on, above (hollow) off the exchange, dashed 20-day mean."""
    if not bars:
        return mark_safe("")
    left, floor, ceiling = 46, height - 26, 18
    top = nice_top(max(max(bar.total_fen for bar in bars), FEN_PER_WAN // 100))
    step = (width - left) / len(bars)

    def high(fen: int) -> float:
        return (floor - ceiling) * fen / top

    shapes, labels = [], []
    for number, bar in enumerate(bars):
        x = left + step * number + step * 0.23
        on, off = high(bar.on_fen), high(bar.off_fen)
        if bar.on_fen:
            shapes.append(format_html('<rect class="f1" x="{}" y="{}" width="{}" height="{}"/>', *_r(x, floor - on, step * 0.54, on)))
        if bar.off_fen:
            shapes.append(
                format_html(
                    '<rect class="hollow" x="{}" y="{}" width="{}" height="{}"/>',
                    *_r(x + 0.8, floor - on - off - 1, max(1, step * 0.54 - 1.6), max(1, off - 1)),
                )
            )
        if bar.unfinished or (number % 5 == 0 and number < len(bars) - 3):
            text = _("今日") if bar.unfinished else bar.label
            place = width if bar.unfinished else x + step * 0.27
            labels.append(
                format_html('<text class="{}" x="{}" y="{}">{}</text>', "e t-s" if bar.unfinished else "m", *_r(place), height - 8, text)
            )
    mean = _mean_line(bars, left, step, floor, high)
    return format_html(
        '<svg class="ch wide" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title><desc>{}</desc>{}{}{}{}</svg>',
        width,
        height,
        f"{title}。{finding}",
        title,
        finding,
        _grid(top, left, width, floor, ceiling),
        _joined(shapes),
        mean,
        _joined(labels),
    )


def month_chart(bars: Sequence[Bar], *, title: str, finding: str, width: int = 880, height: int = 240) -> SafeString:
    """This will draw sums by month: below on, above (hollow) off the exchange; every month is named, the running one last."""
    if not any(bar.total_fen for bar in bars):
        return mark_safe("")
    left, floor, ceiling = 56, height - 26, 18
    top = nice_top(max(bar.total_fen for bar in bars))
    step, scale, shapes = (width - left) / len(bars), (floor - ceiling) / top, []
    for number, bar in enumerate(bars):
        x, on, off = left + step * (number + 0.23), bar.on_fen * scale, bar.off_fen * scale
        if bar.on_fen:
            shapes.append(format_html('<rect class="f1" x="{}" y="{}" width="{}" height="{}"/>', *_r(x, floor - on, step * 0.54, on)))
        if bar.off_fen:
            shapes.append(format_html('<rect class="hollow" x="{}" y="{}" width="{}" height="{}"/>', *_r(
                x + 0.8, floor - on - off - 1, max(1, step * 0.54 - 1.6), max(1, off - 1))))
        shapes.append(format_html('<text class="m{}" x="{}" y="{}">{}</text>', " t-s" if bar.unfinished else "", *_r(
            left + step * (number + 0.5)), height - 8, bar.label))
    return format_html(
        '<svg class="ch wide" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title><desc>{}</desc>{}{}</svg>',
        width, height, f"{title}。{finding}", title, finding, _grid(top, left, width, floor, ceiling), _joined(shapes),
    )  # fmt: skip


def _mean_line(bars: Sequence[Bar], left: int, step: float, floor: float, high: Callable[[int], float]) -> SafeString:
    points = []
    for number in range(4, len(bars)):
        window = bars[max(0, number - 19) : number + 1]
        mean = sum(bar.total_fen for bar in window) // len(window)
        points.append(f"{left + step * (number + 0.5):.1f},{floor - high(mean):.1f}")
    return format_html('<path class="mean" d="M{}"/>', " ".join(points)) if len(points) > 1 else mark_safe("")


def _r(*numbers: float) -> list[str]:
    return [f"{number:.1f}" for number in numbers]


def _joined(parts: Sequence[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def spark(values: Sequence[int], width: int = 72, height: int = 20) -> SafeString:
    """This will draw a sparkline with its last point marked; fewer than two values draw nothing."""
    if len(values) < 2:
        return mark_safe("")
    low, high = min(values), max(values)
    reach = (high - low) or 1
    xs = [1 + (width - 4) * i / (len(values) - 1) for i in range(len(values))]
    ys = [height - 3 - (height - 6) * (value - low) / reach for value in values]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    return format_html(
        '<svg class="spark" viewBox="0 0 {} {}" aria-hidden="true"><path d="M{}"/><circle class="end" cx="{}" cy="{}" r="2"/></svg>',
        width,
        height,
        line,
        f"{xs[-1]:.1f}",
        f"{ys[-1]:.1f}",
    )


def split_bar(on_fen: int, off_fen: int, largest_fen: int) -> SafeString:
    """This will draw one bar of a list: on the exchange filled, off hollow, against the largest of the list."""
    scale = 100 / max(1, largest_fen)
    on, off = on_fen * scale, off_fen * scale
    hollow = mark_safe("")
    if off_fen:
        hollow = format_html('<rect class="hollow" x="{}" y=".75" width="{}" height="6.5"/>', *_r(on + 0.7, max(0.6, off - 1.4)))
    return format_html(
        '<svg class="q-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="bar-on" width="{}" height="8"/>{}</svg>',
        f"{on:.1f}",
        hollow,
    )


def price_range(low: int, median: int, high: int, *, least: int, most: int) -> SafeString:
    """This will draw the quartiles of one row between the least and the most of its list, by orders of magnitude; the median is a tick."""
    reach = log(most / least) or 1

    def place(fen: int) -> float:
        return 100 * log(fen / least) / reach

    begin, end = place(low), place(high)
    return format_html(
        '<svg class="q-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="bar-bg" y="3.5" width="100" '
        'height="1"/><rect class="bar-on" x="{}" y="1.5" width="{}" height="5"/><rect class="bar-fg" x="{}" width="1.2" height="8"/></svg>',
        *_r(begin, max(0.8, end - begin), min(98.8, max(0, place(median) - 0.6))),
    )


def histogram(counts: Sequence[int], width: int = 72, height: int = 20) -> SafeString:
    """This will draw a column's distribution, one bar per bin."""
    if not counts or not max(counts):
        return mark_safe("")
    step, most = width / len(counts), max(counts)
    bars = format_html_join(
        "",
        '<rect class="bar-fg" x="{}" y="{}" width="{}" height="{}"/>',
        (_r(i * step, height - height * c / most, max(1, step - 1), height * c / most) for i, c in enumerate(counts)),
    )
    return format_html('<svg viewBox="0 0 {} {}" aria-hidden="true">{}</svg>', width, height, bars)


def distribution(
    bins: Sequence[int], low: str, high: str, *, finding: str, scale: bool = True, width: int = 320, height: int = 96
) -> SafeString:
    """This will draw a column's values: on a scale with its two ends, or the most frequent values in falling order; bars start at zero."""
    if not bins or not max(bins):
        return mark_safe("")
    floor, ceiling, most, step = height - 18, 14, max(bins), width / len(bins)
    bars = format_html_join(
        "",
        '<rect class="bar-fg" x="{}" y="{}" width="{}" height="{}"/>',
        (_r(i * step + 0.5, floor - (floor - ceiling) * c / most, max(1, step - (1 if scale else 4)), (floor - ceiling) * c / most)
         for i, c in enumerate(bins)),
    )
    ends = ((0, "", low), (width, "e", high)) if scale else ((0, "", _("最常见")), (width, "e", _("较少见")))
    labels = format_html_join("", '<text class="{1}" x="{0}" y="{3}">{2}</text>', ((*one, height - 4) for one in ends))
    return format_html(
        '<svg class="ch dist" viewBox="0 0 {0} {1}" role="img" aria-label="{2}"><title>{2}</title>{3}'
        '<line class="zero" x1="0" x2="{0}" y1="{4}" y2="{4}"/><text class="e" x="{0}" y="10">{5}</text>{6}</svg>',
        width, height, finding, bars, floor, f"{most:,}", labels,
    )  # fmt: skip


def step_chart(
    asked: Sequence[Point],
    trades: Sequence[Point],
    ticks: Sequence[tuple[float, str]],
    *,
    finding: str,
    now_text: str = "",
    width: int = 900,
    height: int = 200,
) -> SafeString:
    """This will draw listed price as steps and trades as dots, filled edge on and hollow off the exchange; y starts at zero."""
    everything = [*asked, *trades]
    if not everything:
        return mark_safe("")
    left, right, floor, ceiling = 46, width - 80, height - 26, 14
    top = nice_top(max(p.fen for p in everything), 3)

    def place(p: Point) -> tuple[float, float]:
        return left + (right - left) * p.at, floor - (floor - ceiling) * p.fen / top

    path = ""
    for number, point in enumerate(asked):
        x, y = place(point)
        path += f"M{x:.1f},{y:.1f}" if not number else f" L{x:.1f},{place(asked[number - 1])[1]:.1f} L{x:.1f},{y:.1f}"
    end = ""
    if asked:
        y = place(asked[-1])[1]
        path += f" L{right:.1f},{y:.1f}"
        end = format_html('<text class="t-s" x="{}" y="{}">{}</text>', *_r(right + 8, y + 4), now_text)
    dots = format_html_join(
        "", '<circle class="{}" cx="{}" cy="{}" r="3.5"/>', (("hollow" if p.kind == "off" else "dot", *_r(*place(p))) for p in trades)
    )
    labels = format_html_join(
        "", '<text class="m" x="{}" y="{}">{}</text>', ((f"{left + (right - left) * at:.1f}", height - 8, text) for at, text in ticks)
    )
    line = format_html('<path class="ln" d="{}"/>', path) if path else ""
    return format_html(
        '<svg class="ch wide" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}{}{}</svg>',
        width,
        height,
        finding,
        _grid(top, left, width, floor, ceiling, 3),
        labels,
        line,
        dots,
        end,
    )
