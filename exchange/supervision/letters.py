"""Letters filled from a case of any kind: what a case page offers, and the text that goes into its field."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import override

from compliance.letters import filled, letter_in_force, letters_in_force
from compliance.models import LetterTemplate
from exchange.templatetags.house import day_text
from kit.coverage import covers

__all__ = ["offered", "typed_from", "values_of"]

Pair = tuple[str, str]


def offered(now: datetime) -> list[LetterTemplate]:
    """This will list the letters a case page offers."""
    return list(letters_in_force(now)[:30])


def _said(text: Any) -> Pair:
    both = []
    for language in ("zh-hans", "en"):
        with override(language):
            both.append(str(text()))
    return (both[0], both[1])


def values_of(subject: Any, now: datetime) -> dict[str, Pair]:
    """This will return what a letter's fields are filled with from a case of any kind; what it has not stays out."""
    code = str(getattr(subject, "code", ""))
    party: Any = next((found for name in ("organization", "respondent", "reporter") if (found := getattr(subject, name, None)) is not None),
                      None)
    zh = str(getattr(subject, "title_zh", "") or getattr(subject, "title", "") or code)
    values: dict[str, Pair] = {"code": (code, code), "title": (zh, str(getattr(subject, "title_en", "") or zh)),
                               "today": _said(lambda: day_text(now))}
    if party is not None:
        values["party"] = (party.name, party.name_en or party.name)
    if (due := getattr(subject, "due_at", None)) is not None:
        values["due"] = _said(lambda: day_text(due))
    if (state := getattr(subject, "get_status_display", None)) is not None:
        values["state"] = _said(state)
    return values


@covers("H3")
def typed_from(request: HttpRequest, subject: Any, now: datetime) -> dict[str, str]:
    """This will fill the case's text field with the letter that was asked for; it may be edited before it is sent."""
    key = request.GET.get("letter", "")[:20]
    letter = letter_in_force(key, now) if key else None
    return {"reason": filled(letter, values_of(subject, now))} if letter is not None else {}
