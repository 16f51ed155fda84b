"""Filters that say a room's codes in words: class and industry, purposes and territories, facts, acts, people, citations.

They are builtins beside `house` (settings.TEMPLATES), so no page loads them. The words themselves belong to the rooms.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from exchange.templatetags.house import href, listed, said

register = template.Library()

#: Where an object named by its code can be read by its parties.
PLACES = {
    "TRD": "exchange:trade",
    "BRT": "trading:barter",
    "LOT": "trading:room",
    "LST": "exchange:listing",
    "CRT": "exchange:verify",
    "DLV": "delivery:detail",
    "FIL": "compliance:filing",
    "SET": "settlement:statement",
    "REG": "listings:notice",
}


@register.simple_tag
def class_of(version: Any) -> SafeString:
    """The class triple of a listing version 主体 / 加工 / 级别; 重要 amber, 核心 red (look §5)."""
    from exchange.words import class_triple

    triple = class_triple(version)
    return format_html(
        '<span class="dx-cls"><span>{}</span><span>{}</span><span class="{}">{}</span></span>',
        said(triple["category"]),
        said(triple["stage"]),
        triple["level"],
        said(triple["grade"]),
    )


@register.filter
def sector_text(version: Any) -> str:
    """A listing version's industry, in the board's short words."""
    from exchange.words import sector_name

    return str(said(sector_name(version.sector)))


@register.filter
def auction_format(code: str) -> str:
    """How a lot is sold, in the board's short words."""
    from exchange.words import FORMATS

    return str(said(FORMATS.get(code, (code, code))))


@register.filter
def often(words: str) -> str:
    """How often a product is renewed, where it is one of the usual words; anything else as it was written."""
    from exchange.words import FREQUENCY

    return str(said(FREQUENCY.get(words, (words, words))))


@register.filter
def act_words(record: Any) -> str:
    """What a recorded fact says happened, in words."""
    from exchange.facts import act_words as words

    return words(record.kind)


@register.filter
def money_move(kind: str) -> str:
    """A movement of the ledger in words."""
    from settlement.words import MOVEMENTS

    return str(MOVEMENTS.get(kind, kind))


@register.filter
def actor_name(actor: str) -> str:
    """Who acted, by name: ``沪甬港航 · 沈一鸣`` for ``ORG-…/PSN-…``."""
    from exchange.people import who

    return who(str(actor or ""))


@register.filter
def linked(code: str) -> SafeString:
    """A code as a link to its page, or as it stands where it has none."""
    address = href(PLACES[code[:3]], code) if code[:3] in PLACES else ""
    return format_html('<a class="code" href="{}">{}</a>', address, code) if address else format_html('<span class="code">{}</span>', code)


@register.filter
def reason_words(reason: str) -> str:
    """A reason that is a code, in words; a written one as it stands."""
    from exchange.facts import reason_words as words

    return words(str(reason or ""))


@register.filter
def right_word(code: str) -> str:
    """One of the three rights in words."""
    from compliance.taxonomy import Right

    return str(Right(code).label) if code in Right.values else str(code)


@register.filter
def use_word(code: str) -> str:
    """A purpose of use in words; free text as it stands."""
    from compliance.taxonomy import Purpose

    if code == "*":
        return _("任何合法用途")
    return str(Purpose(code).label) if code in Purpose.values else str(code)


@register.filter
def sector_words(letter: str) -> str:
    """The industry of a section letter, in words."""
    from exchange.words import sector_name

    return str(said(sector_name(letter)))


@register.filter
def use_words(codes: Any) -> str:
    """Purposes of use in words, in a row."""
    return listed([use_word(one) for one in codes or ()])


@register.filter
def answer(value: Any, fact: str) -> str:
    """The answer to a fact of the rules in words: ``{{ registration.regime|answer:"subject_class" }}``."""
    from compliance.answers import answer_words

    return listed(answer_words(fact, value))


@register.filter
def found_where(where: str) -> str:
    """Where the screening found a term, in words: 标题, 文件名, 第 3 列列名."""
    from compliance import answers

    return str(said(answers.found_where(where)))


@register.filter
def place_names(codes: Any) -> str:
    """Territories in words, in a row: ``全国``, ``上海、江苏``, ``不限地域``."""
    from compliance.territory import place_words

    return listed([place_words(one) for one in codes or ()])


@register.filter
def cited(text: str) -> str:
    """A cited rule in the page's language."""
    from exchange.citations import cited as words

    return words(str(text))


@register.filter
def case_act(act: str) -> str:
    """What a line of a case says was done."""
    words = {
        "open": _("立案"),
        "claim": _("领取"),
        "assign": _("分派"),
        "flag": _("标记"),
        "note": _("记录"),
        "ask": _("向当事人提问"),
        "answer": _("当事人答复"),
        "stay_silent": _("期限内没有答复"),
        "close": _("办结"),
        "escalate": _("逾期标记"),
        "joint_ask": _("请求联合办理"),
        "joint_join": _("应允联合办理"),
        "joint_decline": _("不联合办理"),
        "joint_lapse": _("联合办理未获答复"),
        "joint_opine": _("联合办理意见"),
        "joint_miss": _("联合办理意见逾期"),
        "joint_conclude": _("联合办理结论"),
    }
    return words.get(act, act)
