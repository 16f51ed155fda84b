"""What a drafter of the negative list types: a version's label and summary, one rule, its predicate line by line.

Forms read and tidy; which rule may stand in a list is the operations' to say (``compliance.law_editing``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from compliance.rules.base import OPERATORS
from compliance.rules.outline import DEEPEST, Line
from compliance.rules.vocabulary import vocabulary
from kit.rejected import FieldFault

__all__ = ["BeginForm", "CheckForm", "LineShown", "RuleForm", "lines_from", "lines_shown"]

_ROWS = forms.Textarea(attrs={"rows": 3})
_WORDS = {"eq": "＝", "ne": "≠", "in": "∈", "not_in": "∉", "gt": ">", "gte": "≥", "lt": "<", "lte": "≤", "contains": "∋"}
_KINDS = (("", "—"), ("fact", _("事实")), ("all", _("全部满足")), ("any", _("任一满足")), ("not", _("并非")))
#: Lines of a predicate read from one form at most.
MOST_LINES = 40


class BeginForm(forms.Form):
    """The label of a new version and what it changes, in both languages."""

    version = forms.CharField(label=_("版本号"), max_length=24, help_text=_("如 2026.2"))
    summary_zh = forms.CharField(label=_("修订说明"), max_length=400, widget=_ROWS)
    summary_en = forms.CharField(label=_("修订说明（英文）"), max_length=400, widget=_ROWS)


class _Faulty(forms.Form):
    """A form that shows an operation's faults at its fields."""

    def take(self, faults: Iterable[FieldFault], chinese: bool) -> None:
        """This will show an operation's faults at the fields they name; those of the predicate's lines stand at the lines."""
        for fault in faults:
            text = fault.text[0 if chinese else 1]
            if fault.field in self.fields:
                if fault.field not in self.errors:
                    self.add_error(fault.field, text)
            elif not fault.field.startswith("when."):
                self.add_error(None, text)


class RuleForm(_Faulty):
    """One rule but its predicate; several bases or terms stand one on a line."""

    id = forms.CharField(label=_("编号"), max_length=12, help_text=_("如 NL-P-25；已有编号即修改该条"))
    category = forms.CharField(label=_("类别标识"), max_length=60, help_text=_("小写字母，如 raw_data"))
    category_zh = forms.CharField(label=_("名称"), max_length=120)
    category_en = forms.CharField(label=_("名称（英文）"), max_length=120)
    tier = forms.ChoiceField(label=_("类别"), choices=[("prohibited", _("不能交易")), ("restricted", _("严格限制交易"))])
    waivable = forms.ChoiceField(label=_("豁免"), choices=[("no", _("任何角色不得豁免")), ("yes", _("可由监管按条件豁免"))])
    basis = forms.CharField(label=_("依据"), widget=_ROWS, help_text=_("法律名称与条款，每行一条"))
    basis_en = forms.CharField(label=_("依据（英文）"), widget=_ROWS, help_text=_("与中文逐行对应"))
    evidence = forms.ChoiceField(label=_("依据核对"))
    terms_zh = forms.CharField(label=_("提示词"), widget=_ROWS, required=False, help_text=_("每行一个；只引起核对，不作结论"))
    terms_en = forms.CharField(label=_("提示词（英文）"), widget=_ROWS, required=False)
    conditions = forms.MultipleChoiceField(label=_("条件"), required=False, help_text=_("仅严格限制交易的规则"))
    remedy = forms.MultipleChoiceField(label=_("出路"))

    def __init__(self, *args: Any, chinese: bool = True, **named: Any) -> None:
        super().__init__(*args, **named)
        words, which = vocabulary(), 0 if chinese else 1
        for name in ("conditions", "remedy", "evidence"):
            known = getattr(words, {"remedy": "remedies"}.get(name, name))
            self.fields[name].choices = [(code, text[which]) for code, text in known.items()]  # type: ignore[attr-defined]

    @classmethod
    def typed(cls, rule: Mapping[str, Any]) -> dict[str, Any]:
        """This will put a rule of a list back into the form's fields."""
        kept = {name: rule[name] for name in ("id", "category", "category_zh", "category_en", "tier", "evidence", "remedy")}
        terms = rule["terms"]
        return {**kept, "waivable": "yes" if rule["waivable"] else "no", "conditions": rule.get("conditions", []),
                **{name: "\n".join(rule[name]) for name in ("basis", "basis_en")},
                **{f"terms_{language}": "\n".join(terms.get(language, [])) for language in ("zh", "en")}}

    def rule(self, when: Mapping[str, Any]) -> dict[str, Any]:
        """This will write what was typed as a rule of the list, whatever its faults."""
        data = {name: self.data.get(name, "").strip() for name in ("id", "category", "category_zh", "category_en", "tier", "evidence")}
        terms = {language: _lines(self.data.get(f"terms_{language}", "")) for language in ("zh", "en")}
        waivable = {"yes": True, "no": False}.get(self.data.get("waivable", ""))
        chosen = {name: list(self.data.getlist(name)) for name in ("conditions", "remedy")}  # type: ignore[attr-defined]
        return {**data, "waivable": waivable, **{name: _lines(self.data.get(name, "")) for name in ("basis", "basis_en")},
                "terms": terms, "when": dict(when), **chosen}


class CheckForm(_Faulty):
    """A rule compared with the text it cites: how it was read, whether they agree, which text it was."""

    rule_id = forms.CharField(label=_("规则编号"), max_length=12)
    evidence = forms.ChoiceField(label=_("怎样核对"))
    holds = forms.ChoiceField(label=_("结果"), choices=[("yes", _("规则与原文一致")), ("no", _("原文已变化，须修订"))])
    note = forms.CharField(label=_("核对的文本"), max_length=500, widget=_ROWS, help_text=_("法律名称、版本或公布日期、条款"))

    def __init__(self, *args: Any, chinese: bool = True, **named: Any) -> None:
        super().__init__(*args, **named)
        choices = [(code, text[0 if chinese else 1]) for code, text in vocabulary().evidence.items()]
        self.fields["evidence"] = forms.ChoiceField(label=_("怎样核对"), choices=choices)

def _lines(text: str) -> list[str]:
    return [one.strip() for one in text.splitlines() if one.strip()]


class LineShown:
    """One line of the outline as the page shows it: its choices, what is chosen and its faults."""

    def __init__(self, number: int, line: Line, faults: Sequence[FieldFault], chinese: bool) -> None:
        which = 0 if chinese else 1
        self.number, self.line = number, line
        own = [fault for fault in faults if fault.field.startswith(f"when.{number}.")]
        self.faults = [fault.text for fault in own]
        self.levels = [(level, level + 1, level == line.depth) for level in range(DEEPEST + 1)]
        self.kinds = [(value, text, value == line.kind) for value, text in _KINDS]
        self.facts = [("", "—", not line.fact), *((kind.name, f"{kind.text[which]} · {kind.name}", kind.name == line.fact)
                                                  for kind in vocabulary().facts.values())]
        self.operators = [("", "—", not line.op), *((op, f"{_WORDS[op]} {op}", op == line.op) for op in OPERATORS)]
        known = vocabulary().facts.get(line.fact)
        self.offered = "" if known is None else "true, false" if known.type == "bool" else ", ".join(known.values)


def lines_from(posted: QueryDict) -> list[Line]:
    """This will read the outline's lines as typed; lines left empty are left out."""
    found = []
    for number in range(MOST_LINES):
        kind = posted.get(f"line-{number}-kind", "")[:8]
        if not kind:
            continue
        depth = posted.get(f"line-{number}-depth", "0")
        fact = {name: posted.get(f"line-{number}-{name}", "")[:200] if kind == "fact" else "" for name in ("fact", "op", "value")}
        found.append(Line(int(depth) if depth.isascii() and depth.isdigit() and len(depth) < 3 else -1, kind, **fact))
    return found


def lines_shown(lines: Sequence[Line], faults: Sequence[FieldFault], *, spare: int, chinese: bool) -> list[LineShown]:
    """This will show the lines with ``spare`` empty ones behind them."""
    rows = [*lines, *[Line(0, "")] * spare][:MOST_LINES]
    return [LineShown(number, line, faults, chinese) for number, line in enumerate(rows)]
