"""Forms of the clean room: what a holder offers of its file, and a question composed from selects; both become the same JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext as said_now
from django.utils.translation import gettext_lazy as _

from delivery.cleanroom.language import FORMAT, OPS
from delivery.cleanroom.offering import KINDS, MOST_COLUMNS, Offer
from kit.numerals import whole

__all__ = ["AskForm", "ListForm", "RoomForm", "column_rows", "micro", "offered_columns"]

_KIND = {"word": _("文字"), "number": _("数值"), "date": _("日期")}
_OF = {"count": _("行数"), "persons": _("人数"), "sum": _("合计"), "mean": _("均值")}
_OP = {"eq": "=", "ne": "≠", "lt": "<", "le": "≤", "gt": ">", "ge": "≥", "between": _("介于"), "in": _("属于"), "null": _("为空"),
       "not_null": _("不为空")}
_SPLIT = re.compile(r"[,，、;；\n]")
FILTERS, MEASURES, GROUPS = 3, 2, 2


def micro(epsilon: Decimal) -> int:
    """This will write an epsilon in millionths."""
    return int((epsilon * 1_000_000).to_integral_value())


def _parted(text: str) -> list[str]:
    return [one.strip() for one in _SPLIT.split(text) if one.strip()]


class RoomForm(forms.Form):
    """The limits of a room; its columns are typed in a table of their own."""

    person = forms.ChoiceField(label=_("个人标识列"), required=False,
                               help_text=_("每个人只算一次，其贡献封顶；没有时每一行自成一体。个人数据必须指明"))
    least = forms.IntegerField(label=_("最小分组人数"), initial=20, help_text=_("人数更少的分组不显示"))
    rows_each = forms.IntegerField(label=_("每人最多计几行"), initial=1)
    groups_each = forms.IntegerField(label=_("每人最多计入几个分组"), initial=1)
    epsilon_buyer = forms.DecimalField(label=_("每个买方每年的 ε"), initial=Decimal(1), decimal_places=6, max_digits=10)
    epsilon_all = forms.DecimalField(label=_("全部买方每年的 ε"), initial=Decimal(4), decimal_places=6, max_digits=10)
    exponent = forms.DecimalField(label=_("价款随 ε 增长的指数"), initial=Decimal(1), decimal_places=2, max_digits=4,
                                  help_text=_("1 为线性；大于 2 会被多次低价提问套利，不予开设"))

    def __init__(self, *args: Any, heading: Sequence[str], **named: Any) -> None:
        super().__init__(*args, **named)
        person: Any = self.fields["person"]
        person.choices = [("", said_now("没有：每行自成一体")), *((one, one) for one in heading)]


def column_rows(heading: Sequence[str], typed: Mapping[str, str], profile: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """This will list one row a column of the file, as typed, or as its profile suggests."""
    known = {str(one.get("name")): one for one in profile}
    rows = []
    for number, name in enumerate(heading[:MOST_COLUMNS]):
        seems = known.get(name, {})
        numeric = str(seems.get("type", "")) in {"integer", "number", "decimal", "float"}
        row = {"number": number, "name": name, "kinds": [(kind, _KIND[kind]) for kind in KINDS],
               "offered": bool(typed.get(f"offered{number}")),
               "kind": typed.get(f"kind{number}", "number" if numeric else "word")}
        for field, suggested in (("scale", "0"), ("lower", str(seems.get("min", "")) if numeric else ""),
                                 ("upper", str(seems.get("max", "")) if numeric else ""), ("values", "")):
            row[field] = typed.get(f"{field}{number}", suggested)
        rows.append(row)
    return rows


def offered_columns(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """This will write the offered rows as an offer holds them; a bound that is no number stays as typed and is refused there."""
    def scaled(text: str, scale: int) -> Any:
        try:
            return int(Decimal(text).scaleb(scale))
        except (InvalidOperation, ValueError, OverflowError):
            return text

    found = []
    for row in rows:
        if not row["offered"]:
            continue
        column: dict[str, Any] = {"name": row["name"], "kind": row["kind"]}
        if row["kind"] == "number":
            scale = whole(str(row["scale"]), digits=2) or 0
            column.update(scale=scale, lower=scaled(row["lower"], scale), upper=scaled(row["upper"], scale))
        elif row["kind"] == "word":
            column["values"] = list(dict.fromkeys(_parted(row["values"])))
        found.append(column)
    return found


class ListForm(forms.Form):
    """The buyer's own list: one id a line; only hashes are kept."""

    name = forms.CharField(label=_("名单名称"), max_length=80)
    ids = forms.CharField(label=_("标识"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2_000_000,
                          help_text=_("每行一个；可以先自行取 SHA-256。只保存散列，到期清空"))


class AskForm(forms.Form):
    """A question from selects; what it makes is the same JSON that programs send."""

    epsilon = forms.DecimalField(label=_("用去的 ε"), initial=Decimal("0.1"), decimal_places=6, max_digits=10,
                                 help_text=_("越大越准，也用得越多"))

    def __init__(self, *args: Any, offer: Offer, cohorts: Sequence[Any] = (), **named: Any) -> None:
        super().__init__(*args, **named)
        none = [("", "—")]
        numbers = [(one.name, one.name) for one in offer.columns if one.kind == "number"]
        for at in range(MEASURES):
            self._select(f"of{at}", _("求什么") if not at else _("再求什么"), ([] if not at else none) + list(_OF.items()), at > 0)
            self._select(f"col{at}", _("数值列"), none + numbers, True)
        for at in range(GROUPS):
            self._select(f"group{at}", _("按此列分组") if not at else _("再按此列"), none + [
                (one.name, f"{one.name}（{len(one.values)}）") for one in offer.columns if one.values], True)
        for at in range(FILTERS):
            self._select(f"where{at}", _("条件列"), none + [(one.name, one.name) for one in offer.columns], True)
            self._select(f"op{at}", _("比较"), [(one, _OP[one]) for one in OPS["number"]], True)
            self.fields[f"value{at}"] = forms.CharField(label=_("值"), required=False, max_length=400)
        if offer.person:
            self._select("cohort", _("与本机构名单比对"), none + [(one.code, f"{one.name}（{one.size}）") for one in cohorts], True)

    def _select(self, name: str, label: Any, choices: list[Any], optional: bool) -> None:
        self.fields[name] = forms.ChoiceField(label=label, choices=choices, required=not optional)

    def rows(self) -> dict[str, list[Any]]:
        """This will group the bound fields as the page shows them."""
        return {"measures": [[self[f"of{at}"], self[f"col{at}"]] for at in range(MEASURES)],
                "groups": [self[f"group{at}"] for at in range(GROUPS)],
                "filters": [[self[f"where{at}"], self[f"op{at}"], self[f"value{at}"]] for at in range(FILTERS)]}

    def question(self) -> dict[str, Any]:
        """This will write what was composed as a question."""
        held = self.cleaned_data
        measures = []
        for at in range(MEASURES):
            if of := held.get(f"of{at}"):
                measures.append({"of": of, **({"column": held[f"col{at}"]} if of in {"sum", "mean"} else {})})
        where = []
        for at in range(FILTERS):
            if not held.get(f"where{at}"):
                continue
            op, value = held[f"op{at}"], held[f"value{at}"].strip()
            row: dict[str, Any] = {"column": held[f"where{at}"], "op": op}
            if op in {"in", "between"}:
                row["values"] = _parted(value)
            elif op not in {"null", "not_null"}:
                row["value"] = value
            where.append(row)
        groups = list(dict.fromkeys(held[f"group{at}"] for at in range(GROUPS) if held.get(f"group{at}")))
        said: dict[str, Any] = {"format": FORMAT, "measures": measures, "group_by": groups, "where": where}
        return {**said, "cohort": held["cohort"]} if held.get("cohort") else said
