"""Tags every page may use: money, market time, marks, hash prints, addresses, texts in two languages.

They are builtins (settings.TEMPLATES), so no page loads them; `spoken` beside this file says the rooms' codes in words.
Amounts are whole fen; times are shown in the market's zone (Asia/Shanghai). Money and time are written in one way here
and nowhere else (look §5, §6).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from participants.words import speaks_chinese

register = template.Library()

MARKET_ZONE = ZoneInfo("Asia/Shanghai")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: A due line turns amber below this.
SOON = timedelta(days=2)
#: Names of a trade's channel, whatever room says it, to the mark's class and its word.
CHANNELS = {"on": "", "on_exchange": "", "off": "off", "off_exchange": "off", "sim": "sim", "simulated": "sim", "simulation": "sim"}
#: Mark of each tone of a status chip: a state never speaks by colour alone.
GLYPHS = {"": "g-draft", "idle": "g-draft", "info": "g-half", "wait": "g-act", "ok": "g-done", "held": "g-held", "bad": "g-no"}
NOTE_ICONS = {"ok": "check", "info": "info", "wait": "clock", "bad": "x", "held": "pause"}


def in_chinese() -> bool:
    """This will tell whether the page is written in Chinese."""
    return speaks_chinese()


# ---- money ----------------------------------------------------------------------------------------------------------


@register.filter
def yen(fen: int | None, style: str = "") -> SafeString:
    """Fen as ``¥1,286,000.00`` with light sign and fen; ``"whole"`` leaves out fen that are zero; None is a dash."""
    if fen is None:
        return mark_safe('<span class="qq">—</span>')
    whole, odd = divmod(abs(int(fen)), 100)
    sign = "−" if fen < 0 else ""
    small = "" if style == "whole" and not odd else f"<small>.{odd:02d}</small>"
    return mark_safe(f'<span class="yen">{sign}<i>¥</i>{whole:,}{small}</span>')  # noqa: S308 (digits alone)


@register.filter
def yuan_text(fen: int | None) -> str:
    """Fen as plain text ``¥1,290,000`` (odd fen shown), for sentences, titles and attributes."""
    if fen is None:
        return "—"
    from kit.money import yuan

    return yuan(int(fen))


@register.filter
def wan(fen: int | None) -> str:
    """Fen as ``1,284.63`` in units of 10,000 yuan (万元); the unit stands in the head of the column."""
    if fen is None:
        return "—"
    tenths = (abs(int(fen)) + 5_000) // 10_000  # hundredths of 万元
    return ("−" if fen < 0 else "") + f"{tenths // 100:,}.{tenths % 100:02d}"


@register.filter
def percent(bps: int | None) -> str:
    """Basis points as ``43.7%``."""
    if bps is None:
        return "—"
    tenths = (abs(int(bps)) + 5) // 10
    return ("−" if bps < 0 else "") + f"{tenths // 10}.{tenths % 10}%"


@register.filter
def times(bps: int | None) -> str:
    """A multiplier kept in basis points: ``0.5 倍``; English ``0.5 times``."""
    return "—" if bps is None else _("%(n)s 倍") % {"n": f"{bps / 10_000:g}"}


@register.filter
def signed(number: int) -> str:
    """Points with their sign: ``+2``, ``−3``, ``0``."""
    return f"+{number}" if number > 0 else f"−{-number}" if number < 0 else "0"


@register.simple_tag
def move(bps: int | None, than: str = "") -> SafeString:
    """A movement of price or volume in basis points: ▲ or ▼, percent, and than what."""
    if bps is None:
        return mark_safe('<span class="flat">—</span>')
    kind, mark = ("up", "▲ ") if bps > 0 else ("down", "▼ ") if bps < 0 else ("flat", "")
    tail = format_html(' <span class="qq">{}</span>', than) if than else ""
    return format_html('<span class="{}">{}{}</span>{}', kind, mark, percent(abs(bps)), tail)


@register.filter
def tenths(permille: int | None) -> str:
    """A share in permille as ``99.2%``."""
    return "—" if permille is None else f"{permille // 10}.{permille % 10}%"


@register.filter
def thousands(number: int | None) -> str:
    """A whole number with commas."""
    return "—" if number is None else f"{int(number):,}"


# ---- time -----------------------------------------------------------------------------------------------------------


def market_local(at: datetime) -> datetime:
    """This will put an instant into the market's zone; a naive one is a programming error."""
    assert at.tzinfo is not None, "times are aware"
    return at.astimezone(MARKET_ZONE)


@register.filter
def day_text(at: datetime | None) -> str:
    """List form without the year: ``11-25 18:00``; English ``25 Nov, 18:00``."""
    if at is None:
        return "—"
    local = market_local(at)
    return f"{local:%m-%d %H:%M}" if in_chinese() else f"{local.day} {MONTHS[local.month - 1]}, {local:%H:%M}"


@register.filter
def full_text(at: datetime | None) -> str:
    """Document form with year and seconds: ``2026-11-23 14:17:42``; English ``23 Nov 2026, 14:17:42``."""
    if at is None:
        return "—"
    local = market_local(at)
    return f"{local:%Y-%m-%d %H:%M:%S}" if in_chinese() else f"{local.day} {MONTHS[local.month - 1]} {local.year}, {local:%H:%M:%S}"


def _time(at: datetime | None, text: str) -> SafeString:
    if at is None:
        return mark_safe('<span class="qq">—</span>')
    return mark_safe(f'<time datetime="{market_local(at).isoformat(timespec="seconds")}">{escape(text)}</time>')  # noqa: S308 (escaped)


@register.filter
def day(at: datetime | None) -> SafeString:
    """``<time>`` in list form."""
    return _time(at, day_text(at))


@register.filter
def full(at: datetime | None) -> SafeString:
    """``<time>`` in document form."""
    return _time(at, full_text(at))


@register.filter
def hms(at: datetime | None) -> SafeString:
    """``<time>`` as hours, minutes and seconds."""
    return _time(at, f"{market_local(at):%H:%M:%S}" if at else "")


@register.filter
def moment(at: datetime, now: datetime) -> SafeString:
    """``<time>`` with seconds; the day is named unless it is today's: ``14:17:42``, ``11-25 14:17:42``."""
    clock, between = f"{market_local(at):%H:%M:%S}", " " if in_chinese() else ", "
    return _time(at, clock if market_local(at).date() == market_local(now).date() else f"{month_day(at)}{between}{clock}")


@register.filter
def date_only(at: Any) -> str:
    """The date alone: ``2026-11-23``; English ``23 Nov 2026``."""
    if at is None:
        return "—"
    local = market_local(at) if isinstance(at, datetime) else at
    return f"{local:%Y-%m-%d}" if in_chinese() else f"{local.day} {MONTHS[local.month - 1]} {local.year}"


@register.filter
def span_text(delta: timedelta | None) -> str:
    """A length of time in its largest unit: ``2 天``, ``3 小时``, ``12 分``, ``不到 1 分``; English in words."""
    if delta is None:
        return "—"
    minutes = max(0, int(delta.total_seconds() // 60))
    if not minutes:
        return _("不到 1 分")
    days, hours = minutes // 1440, minutes // 60
    amount, zh, en = (days, "天", "day") if days else (hours, "小时", "hour") if hours else (minutes, "分", "minute")
    return f"{amount} {zh}" if in_chinese() else f"{amount} {en}{'' if amount == 1 else 's'}"


@register.filter
def clock_text(delta: timedelta | None) -> str:
    """Time left as ``hh:mm:ss``, never below zero."""
    seconds = max(0, int(delta.total_seconds())) if delta else 0
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


@register.filter
def ago_text(delta: timedelta | None) -> str:
    """How long ago: ``刚刚`` under a minute, else ``3 分前``; English ``just now``, ``3 minutes ago``."""
    if delta is None:
        return "—"
    return _("刚刚") if delta < timedelta(minutes=1) else _("%(span)s前") % {"span": span_text(delta)}


def _last_day(at: datetime) -> tuple[datetime, str]:
    """The last day of a deadline and the clock on it: midnight is the 24:00 of the day before."""
    local = market_local(at)
    if local.hour == local.minute == local.second == 0:
        return local - timedelta(days=1), "24:00"
    return local, f"{local:%H:%M}"


def deadline_text(at: datetime, now: datetime) -> str:
    """A deadline in list form; the end of a day is its 24:00, another year than this one is named."""
    day, clock = _last_day(at)
    other_year = day.year != market_local(now).year
    if in_chinese():
        return f"{day:%Y-%m-%d} {clock}" if other_year else f"{day:%m-%d} {clock}"
    return f"{day.day} {MONTHS[day.month - 1]}{f' {day.year}' if other_year else ''}, {clock}"


@register.filter
def until(at: datetime | None, now: datetime) -> SafeString:
    """``<time>`` of a deadline: ``{{ notice.due_at|until:market_now }}``."""
    return _time(at, deadline_text(at, now) if at else "")


@register.simple_tag
def ahead(at: datetime) -> SafeString:
    """The margin of a timeline's next line: the deadline's day and clock."""
    day, clock = _last_day(at)
    return format_html('<time datetime="{}"><b>{}</b>{}</time>', iso(at), month_day(day), clock)


@register.simple_tag
def due(at: datetime | None, now: datetime | None) -> SafeString:
    """A due line: plain, amber under two days, red with 已逾期 past it (look §5)."""
    if at is None or now is None:
        return mark_safe("")
    text = _("%(time)s 前") % {"time": deadline_text(at, now)}
    if now >= at:
        return format_html('<span class="late">{}，{}</span>' if in_chinese() else '<span class="late">{}, {}</span>', text, _("已逾期"))
    if at - now < SOON:
        left = _("还有 %(span)s") % {"span": span_text(at - now)}
        return format_html('<span class="soon">{}，{}</span>' if in_chinese() else '<span class="soon">{}, {}</span>', text, left)
    return format_html("<span>{}</span>", text)


@register.simple_tag
def left(at: datetime | None, now: datetime | None) -> timedelta | None:
    """Time left until ``at``, for ``{% left lot.closes_at market_now as rest %}``."""
    return None if at is None or now is None else at - now


@register.filter
def epoch_ms(at: datetime | None) -> str:
    """Milliseconds since 1970 for the browser's countdown."""
    return "" if at is None else str(int(at.astimezone(UTC).timestamp() * 1000))


# ---- marks ----------------------------------------------------------------------------------------------------------


@register.simple_tag
def ico(name: str, cls: str = "ico") -> SafeString:
    """A symbol of the sprite: ``{% ico "check" %}``; names with a hyphen (``g-done``) or ``tally`` are taken as they are."""
    symbol = name if "-" in name or name == "tally" else f"i-{name}"
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', cls, static("exchange/sprite.svg"), symbol)


@register.simple_tag
def glyph(tone: str) -> SafeString:
    """The mark of a state's tone: ○ ◐ ▲ ● ‖ ✕."""
    return ico(GLYPHS.get(tone or "", "g-draft"), cls="")


@register.filter
def note_icon(tone: str) -> str:
    """Which icon a note of this tone carries."""
    return NOTE_ICONS.get(tone, "info")


@register.simple_tag
def channel(value: str) -> SafeString:
    """The mark of a trade's channel: filled square on, hollow ring off the exchange, hatched simulated (R60)."""
    kind = CHANNELS.get(str(value), "")
    word = _("场外") if kind == "off" else _("仿真") if kind else _("场内")
    return mark_safe(f'<span class="dx-ch {kind}">{escape(word)}</span>')  # noqa: S308 (escaped; the class is one of three)


@register.simple_tag
def hashprint(digest: str, digits: int = 32, cls: str = "print") -> SafeString:
    """One bar per hex digit of a SHA-256: two prints are compared at a glance (look §1)."""
    step, height = 5, 36
    bars = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}"/>',
        ((f"{i * step:.2f}", f"{height - h:.1f}", "2.50", f"{h:.1f}") for i, h in enumerate(_bars(digest[:digits], height))),
    )
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}" preserveAspectRatio="none" fill="currentColor" aria-hidden="true">{}</svg>',
        cls,
        digits * step,
        height,
        bars,
    )


def _bars(digits: str, height: int) -> list[float]:
    return [5 + int(digit, 16) * (height - 5) / 15 for digit in digits if digit in "0123456789abcdefABCDEF"]


@register.filter
def short_hash(digest: str | None) -> str:
    """First four and last four digits of a hash."""
    return "" if not digest else f"{digest[:4]}…{digest[-4:]}"


# ---- addresses and languages ----------------------------------------------------------------------------------------


@register.simple_tag
def href(name: str, *args: Any) -> str:
    """The address of a page, or an empty text while no such page exists (then show the words without a link)."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.simple_tag
def trials_of(code: str) -> list[Any]:
    """Reports of experiments on a proposed rule that were shared, with what they found; a lower room's page shows them and knows nothing
    of the laboratory."""
    from simulation.experiments.reporting import findings
    from simulation.experiments.showing import about

    return [{"one": one, "findings": [said for said in findings(one.told) if said.clear][:5]} for one in about(code)[:20]]


@register.simple_tag
def trial_of(key: str, value: Any, scope: str = "") -> dict[str, Any]:
    """Where a proposed figure is replayed on the trades of a year, or the notice that it cannot be and why."""
    from simulation.experiments.replaying import trial_of_figure

    asked, notice = trial_of_figure(key, value, scope)
    return {"href": f"{reverse('simulation:replay')}?{asked}" if asked else "", "notice": notice}


@register.filter
def said(pair: Any) -> Any:
    """The text of a (zh, en) pair in the page's language; anything else unchanged."""
    if isinstance(pair, Sequence) and not isinstance(pair, str) and len(pair) == 2:
        return pair[0 if in_chinese() else 1]
    return pair


@register.filter
def listed(items: Any) -> str:
    """Words in a row: ``甲、乙``; English ``one, two``."""
    return ("、" if in_chinese() else ", ").join(str(said(one)) for one in items or ())


@register.simple_tag
def name_of(thing: Any, stem: str = "name") -> str:
    """A bilingual field in the page's language: ``name_zh``/``name_en``, or ``name``/``name_en`` (Chinese when none is written)."""
    read = thing.get if isinstance(thing, dict) else lambda name, default=None: getattr(thing, name, default)
    zh = read(f"{stem}_zh", None) or read(stem, "")
    return str(zh if in_chinese() else read(f"{stem}_en", "") or zh)


@register.simple_tag
def pilot_mark(sold_as: Any) -> SafeString:
    """Marks what is, or was, sold as a pilot (R82), wherever its title stands; nothing for an ordinary sale."""
    return format_html(' <span class="dx-tag wait" data-pilot>{}</span>', _("试点")) if sold_as else mark_safe("")


@register.filter
def refusal_text(rejected: Any, which: str) -> str:
    """``title``, ``detail`` or ``next_step`` of a ``Rejected`` in the page's language."""
    return str(rejected.text(which, "zh" if in_chinese() else "en"))


@register.filter
def dotted(code: str) -> SafeString:
    """A dotted code that may break after its dots, never inside a word."""
    return format_html_join(mark_safe(".<wbr>"), "{}", ((part,) for part in str(code).split(".")))


@register.filter
def field(form: Any, name: str) -> Any:
    """A bound field by name."""
    return form[name]


@register.simple_tag
def control(bound: Any, plain: bool = False) -> SafeString:
    """A field's control with our class, its hint or fault named for screen readers."""
    described = f"{bound.id_for_label}_error" if bound.errors else f"{bound.id_for_label}_hint" if bound.help_text else ""
    attrs = {} if plain or getattr(bound.field.widget, "input_type", "") in {"checkbox", "radio"} else {"class": "form-control"}
    if described:
        attrs["aria-describedby"] = described
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return mark_safe(str(bound.as_widget(attrs=attrs)))  # noqa: S308 (Django's own widget markup)


@register.simple_tag
def fuse_width(since: datetime | None, until: datetime | None, now: datetime | None) -> str:
    """How much of a period is left, 0 to 100, for the fuse."""
    if not (since and until and now) or until <= since:
        return "0"
    return f"{max(0, min(1000, (until - now) * 1000 // (until - since))) / 10:.1f}"


@register.filter
def iso(at: datetime | None) -> str:
    """RFC 3339 in the market's zone, for ``datetime`` attributes."""
    return "" if at is None else market_local(at).isoformat(timespec="seconds")


@register.filter
def month_day(at: datetime | None) -> str:
    """``11-25``; English ``25 Nov``."""
    if at is None:
        return ""
    local = market_local(at)
    return f"{local:%m-%d}" if in_chinese() else f"{local.day} {MONTHS[local.month - 1]}"


@register.filter
def hour_minute(at: datetime | None) -> str:
    """``14:17``."""
    return "" if at is None else f"{market_local(at):%H:%M}"


@register.simple_tag(takes_context=True)
def rows(context: Any, name: str, items: Any) -> SafeString:
    """Rows of a hot list by Jinja2; the only bridge between the two engines."""
    from exchange.hot import render_rows

    return render_rows(name, items, now=context["market_now"])
