"""Declaration templates, conduct, measures and credit events as data with both languages; read once, hashed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from compliance.rules.vocabulary import DATA

__all__ = ["Checklist", "Conduct", "CreditEvent", "Measure", "Mitigation", "Part", "Question", "Template", "authority_measures",
           "checklists", "conduct_at", "conduct_catalogue", "conducts", "credit_events", "hash_of", "measures", "measures_at",
           "mitigations", "template_of", "templates"]

Pair = tuple[str, str]
_LOCAL = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Question:
    """One question of a declaration; ``bars`` is the answer with which nobody may sign.

    ``needs`` names answers without which it is not asked; what is ``secret`` stays out of the public extract.
    """

    key: str
    type: str
    text: Pair
    required: bool
    values: Mapping[str, Pair]
    bars: bool | None
    secret: bool = False
    needs: Mapping[str, Any] = field(default_factory=dict)

    def applies(self, answers: Mapping[str, Any]) -> bool:
        """This will tell whether the question is asked, given the other answers."""
        return all(answers.get(key) == value for key, value in self.needs.items())


@dataclass(frozen=True)
class Part:
    key: str
    text: Pair
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Template:
    """A declaration form for some roles, in one dated version."""

    key: str
    text: Pair
    parts: tuple[Part, ...]
    roles: tuple[str, ...]
    version: str
    hash: str

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(question for part in self.parts for question in part.questions)


@dataclass(frozen=True)
class Measure:
    """One contract measure with its basis: which standing and band it brings, and between which months it ends.

    What comes ``after_final`` is not part of a decision: it is taken on a finding that stood its time of objection.
    """

    key: str
    severity: str
    standing: str
    band: str
    months: tuple[int, int]
    basis: Pair
    text: Pair
    since: date | None = None
    until: date | None = None
    after_final: bool = False


@dataclass(frozen=True)
class Mitigation:
    """What a fault's own report does: the heaviest finding by one regulator ("" = none), the measures that are not used, the basis."""

    setting: str
    alleged: str
    most: str
    spares: tuple[str, ...]
    basis: Pair
    text: Pair


@dataclass(frozen=True)
class Conduct:
    """One row of the conduct catalogue: its usual severity, its basis, and from when to when it holds."""

    key: str
    severity: str
    text: Pair
    basis: Pair
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Checklist:
    """One checklist of due diligence: what is ticked off, and which conduct it speaks for."""

    key: str
    text: Pair
    covers: tuple[str, ...]
    items: Mapping[str, Pair]


@dataclass(frozen=True)
class CreditEvent:
    key: str
    points: int
    text: Pair


def hash_of(value: Any) -> str:
    """This will return the SHA-256 of a value in canonical JSON."""
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()


def _data(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DATA / name).read_text(encoding="utf-8"))
    return loaded


def _pair(row: Mapping[str, Any]) -> Pair:
    return row["zh"], row["en"]


def _question(key: str, row: Mapping[str, Any]) -> Question:
    values = {value: (texts[0], texts[1]) for value, texts in row.get("values", {}).items()}
    return Question(key, row["type"], _pair(row), bool(row["required"]), values, row.get("bars"), bool(row.get("secret")),
                    row.get("needs", {}))


#: Editions of the declaration forms, oldest first; the last is signed today, the others are read by what was signed by them.
EDITIONS = ("declarations.yaml", "declarations_2026_2.yaml")


@cache
def templates() -> Mapping[str, Template]:
    """This will return the declaration templates of today's edition by key."""
    return _edition(EDITIONS[-1])


@cache
def template_of(key: str, version: str) -> Template | None:
    """This will return the form a declaration was written by; None for an edition that was never published here."""
    return next((form for name in EDITIONS if (form := _edition(name).get(key)) and form.version == version), None)


@cache
def _edition(name: str) -> Mapping[str, Template]:
    raw = _data(name)
    parts = {key: Part(key, _pair(row), tuple(_question(name, one) for name, one in row["questions"].items()))
             for key, row in raw["parts"].items()}
    found = {}
    for key, row in raw["templates"].items():
        body = {"key": key, "row": row, "parts": [raw["parts"][name] for name in row["parts"]]}
        asked = tuple(parts[name] for name in row["parts"])
        found[key] = Template(key, _pair(row), asked, tuple(row["roles"]), raw["version"], hash_of(body))
    return found


@cache
def measures() -> Mapping[str, Measure]:
    """This will return the measure table by key, past rows too: what is not in it cannot be imposed."""
    return {key: Measure(key, row["severity"], row["standing"], row["band"], (row["months"][0], row["months"][1]),
                         (row["basis_zh"], row["basis_en"]), _pair(row), row.get("from"), row.get("to"), bool(row.get("after_final")))
            for key, row in _data("measures.yaml")["measures"].items()}


@cache
def mitigations() -> Mapping[tuple[str, str], Mitigation]:
    """This will return what a report of one's own fault does, by setting (pilot, market) and the severity alleged (R82)."""
    rows = _data("measures.yaml")["mitigation"].values()
    return {(row["setting"], row["alleged"]): Mitigation(
        row["setting"], row["alleged"], "" if row["most"] == "none" else row["most"], tuple(row["spares"]),
        (row["basis_zh"], row["basis_en"]), _pair(row)) for row in rows}


@cache
def authority_measures() -> Mapping[str, Pair]:
    """This will return what only an authority may order: a venue, a market body, never imposes these (rules H.4)."""
    return {key: _pair(row) for key, row in _data("measures.yaml")["authority_measures"].items()}


@cache
def conducts() -> Mapping[str, Conduct]:
    """This will return every row of the conduct catalogue, past ones too."""
    return {key: Conduct(key, row["severity"], _pair(row), (row["basis_zh"], row["basis_en"]), row.get("from"), row.get("to"))
            for key, row in _data("measures.yaml")["conduct"].items()}


def conduct_catalogue() -> Mapping[str, tuple[str, Pair]]:
    """This will return conduct -> (usual severity, names)."""
    return {key: (one.severity, one.text) for key, one in conducts().items()}


def _holds(one: Measure | Conduct, at: datetime) -> bool:
    day = at.astimezone(_LOCAL).date()
    return (one.since is None or one.since <= day) and (one.until is None or day < one.until)


def conduct_at(at: datetime) -> Mapping[str, Conduct]:
    """This will return the conduct that was barred at ``at``: an act is judged by the catalogue of its day (R100)."""
    return {key: one for key, one in conducts().items() if _holds(one, at)}


def measures_at(at: datetime) -> Mapping[str, Measure]:
    """This will return the measures that could be imposed at ``at``."""
    return {key: one for key, one in measures().items() if _holds(one, at)}


@cache
def checklists() -> Mapping[str, Checklist]:
    """This will return the checklists of due diligence by key."""
    return {key: Checklist(key, _pair(row), tuple(row["covers"]), {name: _pair(one) for name, one in row["items"].items()})
            for key, row in _data("diligence.yaml")["checklists"].items()}


@cache
def credit_events() -> Mapping[str, CreditEvent]:
    """This will return the credit event table by key."""
    return {key: CreditEvent(key, row["points"], _pair(row)) for key, row in _data("measures.yaml")["events"].items()}
