"""What people type: a declaration's answers, a complaint. Forms read and tidy; rules stand in operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from compliance.catalogue import Part, Question, Template
from compliance.models import ComplaintKind
from compliance.rules.grading import grade_of_harms
from participants.names import tidy_name

__all__ = ["ComplaintForm", "HarmForm", "Row", "answers_from", "rows_of"]


class ComplaintForm(forms.Form):
    """A complaint or report; with a name comes a contact, without one the key is the only way to follow it."""

    kind = forms.ChoiceField(label=_("事由"), choices=ComplaintKind.choices)
    subject_code = forms.CharField(label=_("所涉编号"), max_length=20, required=False, help_text=_("如 LST-、TRD-、CRT- 开头的编号"))
    text = forms.CharField(label=_("事实"), min_length=10, max_length=5000, widget=forms.Textarea(attrs={"rows": 6}),
                           help_text=_("何时、何人、做了什么；能指出证据在哪里最好。"))
    reporter_name = forms.CharField(label=_("姓名"), max_length=60, required=False,
                                    help_text=_("实名投诉会得到书面答复；姓名不写入存证，不向被投诉方公开。"))
    contact = forms.CharField(label=_("联系方式"), max_length=120, required=False)
    may_show = forms.BooleanField(label=_("需要时，可以把我的材料出示给被投诉方（不告知姓名）"), required=False,
                                  help_text=_("只对实名投诉有效；不勾选的，材料只由办理部门查看。"))

    def clean_reporter_name(self) -> str:
        return tidy_name(self.cleaned_data["reporter_name"])

    def clean_subject_code(self) -> str:
        return str(self.cleaned_data["subject_code"]).strip().upper()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("reporter_name") and not data.get("contact"):
            self.add_error("contact", _("实名投诉请留下联系方式。"))
        return data


class HarmForm(forms.Form):
    """Whom a leak would harm, and how much (GB/T 43697-2024): six objects, three degrees."""

    DEGREES = (("", _("无危害")), ("general", _("一般危害")), ("serious", _("严重危害")), ("extreme", _("特别严重危害")))
    national_security = forms.ChoiceField(label=_("国家安全"), choices=DEGREES, required=False)
    economy = forms.ChoiceField(label=_("经济运行"), choices=DEGREES, required=False)
    social_order = forms.ChoiceField(label=_("社会秩序"), choices=DEGREES, required=False)
    public_interest = forms.ChoiceField(label=_("公共利益"), choices=DEGREES, required=False)
    organisation = forms.ChoiceField(label=_("组织权益"), choices=DEGREES, required=False)
    person = forms.ChoiceField(label=_("个人权益"), choices=DEGREES, required=False)

    def grade(self) -> str:
        """This will return the grade the answers lead to."""
        return grade_of_harms({harmed: degree for harmed, degree in self.cleaned_data.items() if degree})


@dataclass(frozen=True)
class Row:
    """One question with its present answer and its fault, ready for the page."""

    question: Question
    answer: Any
    fault: tuple[str, str] | None

    @property
    def options(self) -> list[tuple[str, tuple[str, str], bool]]:
        chosen = self.answer if isinstance(self.answer, list) else [self.answer]
        return [(key, text, key in chosen) for key, text in self.question.values.items()]

    @property
    def chosen(self) -> list[tuple[str, str]]:
        return [text for _, text, on in self.options if on]


def rows_of(form: Template, answers: Mapping[str, Any], faults: Mapping[str, tuple[str, str]]) -> list[tuple[Part, list[Row]]]:
    """This will pair every question of a template with its answer and fault, part by part."""
    return [(part, [Row(one, answers.get(one.key), faults.get(one.key)) for one in part.questions]) for part in form.parts]


def answers_from(form: Template, posted: QueryDict) -> dict[str, Any]:
    """This will read the answers of a template; questions left open are left out, whatever else was posted is not read."""
    found: dict[str, Any] = {}
    for question in form.questions:
        value = _answer(question, posted)
        if value not in (None, "", []):
            found[question.key] = value
    return found


def _answer(question: Question, posted: QueryDict) -> Any:
    name = question.key
    match question.type:
        case "promise":
            return posted.get(name) == "yes"
        case "yes_no":
            return {"yes": True, "no": False}.get(posted.get(name, ""))
        case "choices":
            return posted.getlist(name)
        case _:
            return posted.get(name, "").strip()
