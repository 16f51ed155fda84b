"""The text people read: the clauses of an agreement in both languages, filled from its typed terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import override

from compliance.answers import answer_words
from compliance.territory import place_words
from kit.coverage import covers
from kit.money import yuan
from listings.licensing import ALLOWANCES, AgreementTemplate
from participants.queries import LOCAL
from trading.agreeing.terms import Terms

__all__ = ["WHEN", "Clause", "clause_named", "clauses", "governing_text", "heading"]

Words = tuple[str, str]


def _allows(name: str, wanted: bool, terms: Terms) -> bool:
    return bool(getattr(terms, name)) is wanted


#: When a clause stands: a question of its own for each word of the file.
WHEN: dict[str, Callable[[Terms], bool]] = {
    "always": lambda terms: True, "purposes": lambda terms: bool(terms.purposes), "forbidden": lambda terms: bool(terms.forbidden),
    "term": lambda terms: terms.term_to is not None, "regions": lambda terms: bool(terms.regions),
    "calls": lambda terms: terms.calls is not None, "rows": lambda terms: terms.rows is not None,
    "paid_for": lambda terms: terms.price_basis != "barter", "bartered": lambda terms: terms.price_basis == "barter",
    "seats": lambda terms: terms.seats is not None, "reciprocal": lambda terms: terms.reciprocal,
    **{f"bars_{name}": partial(_allows, name, False) for name in ALLOWANCES},
    **{f"may_{name}": partial(_allows, name, True) for name in ALLOWANCES},
}


@dataclass(frozen=True)
class Clause:
    """One clause: its number in this agreement, the rule it is rendered beside, its words, its article."""

    number: int
    key: str
    text: Words
    article: str


@cache
def _book() -> Mapping[str, Any]:
    read: Mapping[str, Any] = yaml.safe_load((Path(__file__).resolve().parent.parent / "data" / "agreements.yaml").read_text("utf-8"))
    strange = [one["key"] for one in read["clauses"] if one["when"] not in WHEN]
    if strange or set(read["templates"]) != set(AgreementTemplate.values):
        raise ValueError(f"agreements: clauses {strange} ask what is not known, or a form is missing")
    return read


def heading(template: str) -> Words:
    """The name of the form of agreement."""
    form = _book()["templates"][template]
    return form["zh"], form["en"]


def governing_text() -> Words:
    """Which language governs."""
    text = _book()["governing"]
    return text["zh"], text["en"]


@covers("F1", "R104")
def clauses(terms: Terms) -> list[Clause]:
    """This will write the clauses that stand in this agreement, numbered, in both languages."""
    rows = [one for one in _book()["clauses"] if WHEN[one["when"]](terms)]
    zh, en = _figures(terms, "zh-hans", 0), _figures(terms, "en", 1)
    return [Clause(number, one["key"], (one["zh"].format_map(zh), one["en"].format_map(en)), one["article"])
            for number, one in enumerate(rows, 1)]


def clause_named(terms: Terms, key: str) -> Clause | None:
    """The clause that a machine rule says; None where the agreement has none of that name."""
    return next((one for one in clauses(terms) if one.key == key), None)


def _figures(terms: Terms, language: str, side: int) -> dict[str, Any]:
    word = ("zh", "en")[side]
    with override(language):
        purposes = ("、", ", ")[side].join(str(one) for one in answer_words("purpose", list(terms.purposes)))
        forbidden = ("、", ", ")[side].join(str(one) for one in answer_words("purpose", list(terms.forbidden)))
    given: dict[str, Any] = {
        "title": (terms.title_zh, terms.title_en or terms.title_zh)[side], "version": terms.version,
        "buyer": (terms.buyer_name, terms.buyer_name_en or terms.buyer_name)[side],
        "purposes": purposes, "forbidden": forbidden, "regions": ("、", ", ")[side].join(place_words(one)[side] for one in terms.regions),
        "term_from": _day(terms.starts), "term_to": _day(terms.ends) if terms.ends else "", "calls": terms.calls, "rows": terms.rows,
        "seats": terms.seats, "price": yuan(terms.price_fen), "price_basis": _book()["bases"][terms.price_basis][word],
        "notice_days": terms.notice_days}
    subject = _book()["templates"][terms.template]["subject"][word].format_map(given)
    return {**given, "subject": subject}


def _day(at: datetime) -> str:
    return f"{at.astimezone(LOCAL):%Y-%m-%d %H:%M}"
