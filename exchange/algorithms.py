"""The register of algorithms 算法登记 (R83, R119): what ranks, matches, prices, clears, screens and shares here, version by version.

A version names the files it is made of and their hash; whoever changes one of them writes a new version with its review, or a test
fails. The hash is the SHA-256 over ``<sha256>  <path>`` lines as ``sha256sum`` prints them, so that anyone can reckon it from the source.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from kit.coverage import covers

__all__ = ["Algorithm", "Review", "Version", "register", "source_hash", "unreviewed"]

HOUSE = Path(__file__).resolve().parent.parent
_BOOK = Path(__file__).resolve().parent / "algorithms.yaml"
KINDS = ("ranking", "matching", "clearing", "pricing", "screening", "sharing")
#: Whoever looked: the developers themselves, or somebody who had no part in it.
REVIEWERS = ("self", "independent")
Pair = tuple[str, str]


@dataclass(frozen=True)
class Review:
    """What was asked of a version and answered: on what it decides, whom it could disadvantage (R119), what one can do against it."""

    on: date
    by: str
    inputs: Pair
    fairness: Pair
    recourse: Pair
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Version:
    """One version: since when, what changed, the hash of its source, its review."""

    number: str
    since: date
    change: Pair
    sha256: str
    review: Review


@dataclass(frozen=True)
class Algorithm:
    """One algorithm of the house, newest version first."""

    key: str
    kind: str
    name: Pair
    decides: Pair
    sources: tuple[str, ...]
    versions: tuple[Version, ...]

    @property
    def now(self) -> Version:
        return self.versions[0]


def _pair(row: dict[str, Any], word: str) -> Pair:
    zh, en = str(row[word]["zh"]).strip(), str(row[word]["en"]).strip()
    if not zh or not en:
        raise ValueError(f"{word}: both languages are asked")
    return zh, en


def _version(row: dict[str, Any]) -> Version:
    said = row["review"]
    if said["by"] not in REVIEWERS or not said["tests"] or said["dated"] < row["since"]:
        raise ValueError(f"version {row['version']}: a review says by whom, names its tests and is no older than the version")
    review = Review(said["dated"], said["by"], _pair(said, "inputs"), _pair(said, "fairness"), _pair(said, "recourse"),
                    tuple(said["tests"]))
    return Version(str(row["version"]), row["since"], _pair(row, "change"), row["sha256"], review)


def read(text: str) -> tuple[Algorithm, ...]:
    """This will read the register; a version without a review, or a kind that is not known, is a fault."""
    found = []
    for key, row in yaml.safe_load(text)["algorithms"].items():
        if row["kind"] not in KINDS:
            raise ValueError(f"{key}: {row['kind']} is no kind of algorithm")
        versions = tuple(_version(one) for one in row["versions"])
        found.append(Algorithm(key, row["kind"], _pair(row, "name"), _pair(row, "decides"), tuple(row["sources"]), versions))
    return tuple(found)


@cache
@covers("R83", "R119")
def register() -> tuple[Algorithm, ...]:
    """This will return the house's algorithms as registered."""
    return read(_BOOK.read_text(encoding="utf-8"))


def source_hash(sources: tuple[str, ...], house: Path = HOUSE) -> str:
    """This will reckon the hash of files as they stand: over one line a file, in the order of their paths."""
    lines = [f"{hashlib.sha256((house / path).read_bytes()).hexdigest()}  {path}\n" for path in sorted(sources)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@covers("R83")
def unreviewed(house: Path = HOUSE, algorithms: tuple[Algorithm, ...] | None = None) -> dict[str, str]:
    """This will return the algorithms whose source is not what their newest version was reviewed on, with the hash as it is now."""
    known = register() if algorithms is None else algorithms
    return {one.key: now for one in known if (now := source_hash(one.sources, house)) != one.now.sha256}
