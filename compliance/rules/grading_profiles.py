"""Sector grading profiles as data (W5): which columns of a sector are graded how, by which standard. Read strictly, loadable.

A profile suggests; grading is a person's act. Files in ``data/grading/`` ship with the product; others of the same schema can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from compliance.rules.vocabulary import DATA

__all__ = ["Item", "Profile", "ProfileFault", "items_for", "read_profile", "read_profile_file", "shipped_profiles"]

Pair = tuple[str, str]
_GRADES = ("general", "important", "core")


class ProfileFault(ValueError):
    """A profile that cannot be read: what and where, in one line."""


@dataclass(frozen=True)
class Item:
    """One class of data: columns it is known by, its grade and, within general data, its level 1 to 4."""

    id: str
    text: Pair
    columns: re.Pattern[str]
    grade: str
    level: int
    basis: Pair


@dataclass(frozen=True)
class Profile:
    """A sector's profile; ``sector`` is the section letter of GB/T 4754-2017, ``evidence`` tells how well the text is known."""

    id: str
    sector: str
    name: Pair
    standard: Pair
    evidence: str
    items: tuple[Item, ...]


def read_profile(document: Mapping[str, Any]) -> Profile:
    """This will read one profile strictly, or raise ``ProfileFault``."""
    if not isinstance(document, Mapping) or document.get("schema") != "grading-profile/1":
        raise ProfileFault("a profile has schema grading-profile/1")
    _exactly("profile", document, {"schema", "id", "sector", "zh", "en", "standard_zh", "standard_en", "evidence", "items"})
    standard = str(document["standard_zh"]), str(document["standard_en"])
    if not document["items"]:
        raise ProfileFault(f"{document['id']}: a profile has items")
    return Profile(str(document["id"]), str(document["sector"]), (document["zh"], document["en"]), standard, str(document["evidence"]),
                   tuple(_item(str(document["id"]), row, standard) for row in document["items"]))


def _item(profile: str, row: Mapping[str, Any], standard: Pair) -> Item:
    _exactly(profile, row, {"id", "zh", "en", "columns", "grade", "level"})
    if row["grade"] not in _GRADES or row["level"] not in (1, 2, 3, 4):
        raise ProfileFault(f"{profile}/{row['id']}: grade is one of {', '.join(_GRADES)}, level 1 to 4")
    try:
        columns = re.compile("|".join(row["columns"]), re.IGNORECASE)
    except (re.error, TypeError) as fault:
        raise ProfileFault(f"{profile}/{row['id']}: columns are patterns: {fault}") from fault
    return Item(f"{profile}/{row['id']}", (row["zh"], row["en"]), columns, row["grade"], row["level"], standard)


def _exactly(where: str, row: Any, keys: set[str]) -> None:
    if not isinstance(row, Mapping) or set(row) != keys:
        raise ProfileFault(f"{where}: takes exactly {', '.join(sorted(keys))}")


def read_profile_file(path: Path) -> Profile:
    """This will read a profile from a YAML file, or raise ``ProfileFault``."""
    try:
        return read_profile(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as fault:
        raise ProfileFault(f"{path.name}: {fault}") from fault


@cache
def shipped_profiles() -> tuple[Profile, ...]:
    """This will return the profiles the product ships with."""
    return tuple(read_profile_file(path) for path in sorted((DATA / "grading").glob("*.yaml")))


def items_for(columns: Sequence[str], sector: str, profiles: Sequence[Profile] = ()) -> Iterator[tuple[str, Item]]:
    """This will yield (column, item) for every item of the sector's profiles that a column is known by."""
    for profile in (*shipped_profiles(), *profiles):
        if profile.sector == sector or profile in profiles:
            for item in profile.items:
                yield from ((column, item) for column in columns if item.columns.search(column))
