"""``/compare/?l=LST-…``: up to four listings side by side, where they differ marked (D8). Everything is in the address: no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from compliance.taxonomy import DeliveryMode
from compliance.territory import place_words
from delivery.ratings import scores_of
from evidence.clock import MARKET_CLOCK
from exchange.templatetags.house import date_only, listed, name_of, said, tenths, thousands, yuan_text
from exchange.templatetags.spoken import often, sector_text, use_word
from exchange.words import QUALITY, class_triple
from kit.coverage import covers
from kit.ids import read_code
from kit.rejected import refusal
from listings.badges import badges_of
from listings.grounds import grounds_of
from listings.models import Listing, Watch
from listings.queries import tradable
from participants.actors import acting_for
from trading.models import Trade

__all__ = ["MOST", "compare"]

#: How many stand side by side.
MOST = 4


@dataclass(frozen=True)
class Line:
    """One property of all the listings; ``differs`` where they are not the same."""

    label: str
    values: tuple[str, ...]
    number: bool = False

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


@dataclass(frozen=True)
class Group:
    """Properties of one kind under a heading."""

    title: str
    lines: tuple[Line, ...]


def _asked(request: HttpRequest) -> tuple[list[Listing], list[str]]:
    """The listings of the address in its order, each once, and what was typed in vain; more than four are left out."""
    typed = list(dict.fromkeys(one.strip()[:20] for one in request.GET.getlist("l") if one.strip()))
    codes, wrong = [], []
    for one in typed:
        try:
            codes.append(read_code(one))
        except ValueError:
            wrong.append(one)
    rows = Listing.objects.visible_to(request.user).filter(code__in=codes, version__isnull=False).select_related(
        "version__authorisation__grantor", "version__authorisation__organization", "organization", "product__resource",
        "certificate__registration__deposit", "venue")
    found = {one.code: one for one in rows}
    wrong += [code for code in codes if code not in found]
    return [found[code] for code in dict.fromkeys(codes) if code in found], wrong


def _facts(one: Listing, now: Any) -> dict[str, str]:
    """Every property of one listing, in words."""
    version, refused = one.version, tradable(one, at=now)
    assert version is not None, "asked for with its version"
    terms, triple, scores = version.use_terms, class_triple(version), scores_of(one)
    badges = badges_of(grounds_of(one, version, refusal=refused, at=now))
    return {
        "state": str(said(refusal(refused).title)) if refused else _("在售"),
        "price": yuan_text(version.price_fen) if version.price_fen is not None else _("面议"),
        "mode": str(version.get_sale_mode_display()), "pricing": str(version.get_pricing_mode_display()),
        "quota": str(version.quota) if version.quota else _("不限"),
        "trades": str(Trade.objects.filter(listing=one).count()),
        "seller": name_of(one.organization), "band": one.organization.band,
        "class": " / ".join(str(said(triple[name])) for name in ("category", "stage", "grade")), "sector": sector_text(version),
        "delivery": str(DeliveryMode(version.delivery_mode).label) if version.delivery_mode in DeliveryMode.values else "—",
        "often": often(version.update_frequency) if version.update_frequency else "—",
        "rows": thousands(version.row_count) if version.row_count else "—",
        "columns": str(len(version.columns)) if version.columns else "—",
        "purposes": listed([use_word(word) for word in terms.get("purposes", ())]) or "—",
        "regions": listed([place_words(word) for word in terms.get("regions", ())]) or "—",
        "term": _("%(n)s 天") % {"n": terms["term_days"]} if terms.get("term_days") else "—",
        "badges": listed([badge.label for badge in badges if badge.holds]) or "—",
        "rating": f"{scores[0].value} / 5 ({scores[0].count})" if scores else "—",
        "questions": str(one.questions.filter(status="answered").count()),
        "version": f"{version.number} · {date_only(version.published_at)}" if version.published_at else str(version.number),
        **{f"q_{name}": tenths(version.quality[name]) if isinstance(version.quality.get(name), int) else "—" for name in QUALITY},
    }


def _groups(facts: Sequence[dict[str, str]]) -> list[Group]:
    plan: list[tuple[str, list[tuple[str, str]]]] = [
        (_("价格与交易"), [("price", _("价格")), ("mode", _("出售方式")), ("pricing", _("定价方式")), ("quota", _("许可数量")),
                           ("trades", _("成交笔数")), ("state", _("状态"))]),
        (_("卖方与评价"), [("seller", _("卖方")), ("band", _("信用等级")), ("rating", _("买方评价")), ("questions", _("已答提问")),
                           ("badges", _("标识"))]),
        (_("内容"), [("class", _("分类分级")), ("sector", _("行业")), ("often", _("更新")), ("rows", _("行数")), ("columns", _("列数")),
                     ("version", _("版本"))]),
        (_("质量"), [(f"q_{name}", str(said(words))) for name, words in QUALITY.items()]),
        (_("使用"), [("purposes", _("用途")), ("regions", _("地域")), ("term", _("使用期")), ("delivery", _("交付方式"))]),
    ]
    numbers = {"price", "trades", "rows", "columns", "quota", "questions"}
    made = [Group(title, tuple(Line(label, tuple(one[name] for one in facts), name in numbers or name.startswith("q_"))
                               for name, label in lines)) for title, lines in plan]
    told = [Group(group.title, tuple(line for line in group.lines if set(line.values) != {"—"})) for group in made]
    return [group for group in told if group.lines]


def _address(codes: Sequence[str], **more: str) -> str:
    return "?" + urlencode([*(("l", code) for code in codes), *more.items()])


@covers("D8")
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Two to four listings in columns; ``only=different`` leaves out what is the same."""
    now = MARKET_CLOCK.now()
    found, wrong = _asked(request)
    shown, left_out = found[:MOST], [one.code for one in found[MOST:]]
    groups = _groups([_facts(one, now) for one in shown])
    differing = request.GET.get("only") == "different" and len(shown) > 1
    if differing:
        kept = [Group(group.title, tuple(line for line in group.lines if line.differs)) for group in groups]
        groups = [group for group in kept if group.lines]
    codes = [one.code for one in shown]
    return render(request, "exchange/compare.html", {
        "shown": [(one, _address([code for code in codes if code != one.code])) for one in shown], "groups": groups, "wrong": wrong,
        "left_out": left_out, "most": MOST, "differing": differing, "room_left": len(shown) < MOST, "codes": codes,
        "all": _address(codes), "only": _address(codes, only="different"),
        "suggested": [(one, _address([*codes, one.code])) for one in _suggested(request, shown)] if len(shown) < MOST else [],
    })


def _suggested(request: HttpRequest, shown: Sequence[Listing]) -> list[Listing]:
    """What this organisation watches, then what is on sale in the same industry."""
    taken, rows = {one.pk for one in shown}, Listing.objects.listed().select_related("version").order_by("-pk")
    watched = Watch.objects.filter(organization_id=acting_for(request.user), ended_at__isnull=True).values("listing")
    sectors = [one.version.sector for one in shown if one.version and one.version.sector]
    mine = list(rows.filter(pk__in=watched).exclude(pk__in=taken)[:MOST])
    taken |= {one.pk for one in mine}
    return [*mine, *rows.filter(version__sector__in=sectors).exclude(pk__in=taken)[:MOST]][:6]
