"""Reading a declaration's answers from a posted form, and laying its questions out for the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from compliance.catalogue import Part, Question, Template

__all__ = ["Row", "answers_from", "rows_of"]


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
