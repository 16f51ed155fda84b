"""The admission checklist 准入标准 as versioned data: which classes there are, and what each one asks, opens and closes (R40).

The files of ``data/admission_*.yaml`` are law-like: one is in force at a time, and an admission keeps the version it was filed under.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from kit.coverage import covers
from participants.roles import CAPABILITIES, OrganizationKind, Role

__all__ = ["AdmissionClass", "Checklist", "Item", "Question", "checklist", "checklist_at", "default_class"]

Pair = tuple[str, str]
_DATA = Path(__file__).resolve().parent / "data"


@dataclass(frozen=True)
class Question:
    """One question of an application; ``choices`` where it is answered from a list."""

    key: str
    text: Pair
    article: str
    type: str = "line"
    choices: Mapping[str, Pair] | None = None


@dataclass(frozen=True)
class Item:
    """One kind of document: whether it has a term (``required``, ``optional``, ``none``), and levels (``(1, 5)``) if graded.

    ``raises`` marks a certificate that raises limits and lowers the depth of review while it is in force (R48).
    """

    key: str
    text: Pair
    article: str
    term: str
    levels: tuple[int, int] | None
    raises: bool


@dataclass(frozen=True)
class AdmissionClass:
    """One class: its role, who may apply, how one is admitted, what it opens, asks and closes."""

    key: str
    text: Pair
    group: str
    role: str
    kinds: tuple[str, ...]
    article: str
    by_declaration: bool
    capabilities: tuple[str, ...]
    required: tuple[str, ...]
    welcome: tuple[str, ...]
    questions: tuple[str, ...]
    cuts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Checklist:
    """One version of the checklist, whole."""

    version: str
    effective_from: datetime
    classes: Mapping[str, AdmissionClass]
    items: Mapping[str, Item]
    questions: Mapping[str, Question]
    groups: Mapping[str, Pair]
    certificates: tuple[str, ...]
    declaration: tuple[tuple[str, ...], tuple[str, ...]]
    assessment: tuple[tuple[str, int, Pair], ...]
    hash: str

    @property
    def declaration_hash(self) -> str:
        """The SHA-256 of the promise in both languages."""
        return hashlib.sha256(json.dumps(self.declaration, ensure_ascii=False).encode()).hexdigest()

    def missing(self, one: AdmissionClass, answers: Mapping[str, Any], proofs: Iterable[str]) -> tuple[list[str], list[str]]:
        """This will list the questions without an answer and the required documents that are not there."""
        unanswered = [key for key in one.questions if not str(answers.get(key, "")).strip()]
        wrong = [key for key in one.questions if key not in unanswered and not self._answers(self.questions[key], answers[key])]
        there = set(proofs)
        return [*unanswered, *wrong], [item for item in one.required if item not in there]

    @staticmethod
    def _answers(question: Question, given: Any) -> bool:
        if question.choices is not None:
            return given in question.choices
        return question.type != "email" or "@" in str(given).strip("@")

    def score(self, answers: Mapping[str, Any]) -> int:
        """This will return the self-assessment's score out of 100."""
        return sum(weight for key, weight, _ in self.assessment if answers.get(key) is True)


def _pair(row: Mapping[str, Any]) -> Pair:
    return str(row["zh"]), str(row["en"])


def _question(key: str, row: Mapping[str, Any]) -> Question:
    choices = {name: (texts[0], texts[1]) for name, texts in row["values"].items()} if "values" in row else None
    return Question(key, _pair(row), row["article"], row.get("type", "line"), choices)


def _item(key: str, row: Mapping[str, Any]) -> Item:
    levels = (int(row["levels"][0]), int(row["levels"][1])) if "levels" in row else None
    return Item(key, _pair(row), row["article"], row["term"], levels, bool(row.get("raises")))


def _class(key: str, row: Mapping[str, Any]) -> AdmissionClass:
    return AdmissionClass(
        key, _pair(row), row["group"], str(Role(row["role"])), tuple(str(OrganizationKind(kind)) for kind in row["kinds"]), row["article"],
        row["admit"] == "declaration", tuple(row["capabilities"]), tuple(row["required"]), tuple(row["welcome"]), tuple(row["questions"]),
        {item: tuple(cut) for item, cut in row["cuts"].items()})


def read(raw: Mapping[str, Any]) -> Checklist:
    """This will read one version; an unknown item, question, capability or group in a class is a ``ValueError`` that names it."""
    body = json.dumps(raw, ensure_ascii=False, sort_keys=True, default=str)
    declaration = tuple(raw["declaration"]["zh"]), tuple(raw["declaration"]["en"])
    dated = datetime.fromisoformat(f"{raw['effective_from']}T00:00:00+08:00")
    made = Checklist(
        raw["version"], dated, {key: _class(key, row) for key, row in raw["classes"].items()},
        {key: _item(key, row) for key, row in raw["items"].items()}, {key: _question(key, row) for key, row in raw["questions"].items()},
        {key: (texts[0], texts[1]) for key, texts in raw["groups"].items()}, tuple(raw["certificates"]), declaration,
        tuple((row["key"], int(row["weight"]), _pair(row)) for row in raw["assessment"]), hashlib.sha256(body.encode()).hexdigest())
    if faults := list(_faults(made)):
        raise ValueError(f"admission checklist {made.version}: " + "; ".join(faults))
    return made


def _faults(made: Checklist) -> Iterable[str]:
    for one in made.classes.values():
        named = {*one.required, *one.welcome, *one.cuts}
        yield from (f"{one.key}: unknown document {item}" for item in sorted(named - set(made.items)))
        yield from (f"{one.key}: unknown question {key}" for key in one.questions if key not in made.questions)
        yield from (f"{one.key}: {item} closes {cut}, which the class does not open" for item, cuts in one.cuts.items()
                    for cut in cuts if cut not in one.capabilities)
        yield from (f"{one.key}: unknown capability {name}" for name in one.capabilities if name not in CAPABILITIES)
        yield from (f"{one.key}: {item} closes something and is not required" for item in one.cuts if item not in one.required)
        if one.group not in made.groups:
            yield f"{one.key}: unknown group {one.group}"
    if (total := sum(weight for _, weight, _ in made.assessment)) != 100:
        yield f"the self-assessment weighs {total}, not 100"


@cache
def versions() -> tuple[Checklist, ...]:
    """This will return every version, oldest first."""
    raws = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(_DATA.glob("admission_*.yaml"))]
    return tuple(sorted((read(one) for one in whole(raws)), key=lambda one: one.effective_from))


def whole(raws: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """This will write out the versions that say only what changes against another one: documents by key, what else is welcome."""
    known: dict[str, Mapping[str, Any]] = {}
    for raw in raws:
        if (earlier := raw.get("extends")) is not None:
            base = deepcopy(dict(known[earlier]))
            base |= {"version": raw["version"], "effective_from": raw["effective_from"], "items": {**base["items"], **raw["items"]}}
            for key, further in raw["welcome"].items():
                base["classes"][key]["welcome"] = [*base["classes"][key]["welcome"], *further]
            raw = base
        known[raw["version"]] = raw
    return list(known.values())


@covers("R40")
def checklist_at(at: datetime) -> Checklist:
    """This will return the version in force at ``at``; before the first, the first."""
    return next((one for one in reversed(versions()) if one.effective_from <= at), versions()[0])


def checklist(version: str) -> Checklist:
    """This will return a version by its number; an application from before numbering is judged by the first."""
    return next((one for one in versions() if one.version == version), versions()[0])


#: role -> the class an application for the bare role means, by kind of organisation (the first that takes the kind)
_DEFAULTS = ("merchant_supply", "foreign_merchant", "buyer", "public_buyer", "foreign_buyer", "provider_consulting", "public_operator",
             "trustee", "association")


def default_class(role: str, kind: str, *, at: datetime) -> AdmissionClass | None:
    """This will return the class that an application for a bare role is for; None when the kind of organisation has none."""
    classes = checklist_at(at).classes
    return next((classes[key] for key in _DEFAULTS if classes[key].role == role and kind in classes[key].kinds), None)
