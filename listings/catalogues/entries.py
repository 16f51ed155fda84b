"""One data set as catalogues describe it, in our words: what a file's entry says, what a resource keeps, what the public feed tells.

An ``Entry`` is read from a file by a format and written by ``dcat_writing``; ``as_json`` and ``of_json`` are the same to a resource's
``details``. Names, telephone numbers and mailboxes of contact persons have no place in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from listings.catalogues import CatalogueRow, Fault, hash_of

__all__ = [
    "Agent",
    "Distribution",
    "Entry",
    "Term",
    "Words",
    "day_of",
    "first_of",
    "is_address",
    "listed",
    "objects",
    "row_of_entry",
    "tidy",
    "whole",
    "words",
]

#: language tag ("" where none is stated) -> text
Words = Mapping[str, str]
LIMITS = {"title": 400, "provider": 200, "theme": 200, "industry": 200, "openness": 40, "frequency": 40, "source_url": 1000}
_DATE = re.compile(r"\b(\d{4})(?:[-/.年]?(\d{1,2})[-/.月]?(\d{1,2}))?")
_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+\Z")


@dataclass(frozen=True)
class Term:
    """Something named by an address, by words, or by both: a theme, a licence, a frequency, a place, a format."""

    iri: str = ""
    words: Words = field(default_factory=dict)

    def __str__(self) -> str:
        return first_of(self.words) or self.iri.rstrip("/").rpartition("/")[2].rpartition("#")[2]


@dataclass(frozen=True)
class Agent:
    """Who publishes: an organisation's address, code and names."""

    iri: str = ""
    identifier: str = ""
    names: Words = field(default_factory=dict)
    kind: Term | None = None


@dataclass(frozen=True)
class Distribution:
    """One way to the data: a file, an interface."""

    iri: str = ""
    access_url: str = ""
    download_url: str = ""
    titles: Words = field(default_factory=dict)
    descriptions: Words = field(default_factory=dict)
    format: Term | None = None
    media_type: Term | None = None
    bytes: int | None = None
    sha256: str = ""
    licence: Term | None = None
    rights: Term | None = None
    availability: Term | None = None
    issued: str = ""
    modified: str = ""


@dataclass(frozen=True)
class Entry:
    """One data set. ``offer`` is what only an exchange knows: how it is sold, what was registered, what its table looks like."""

    iri: str = ""
    identifier: str = ""
    titles: Words = field(default_factory=dict)
    descriptions: Words = field(default_factory=dict)
    keywords: tuple[tuple[str, str], ...] = ()
    publisher: Agent | None = None
    themes: tuple[Term, ...] = ()
    frequency: Term | None = None
    issued: str = ""
    modified: str = ""
    languages: tuple[Term, ...] = ()
    spatial: tuple[Term, ...] = ()
    temporal: tuple[str, str] = ("", "")
    licence: Term | None = None
    access_rights: Term | None = None
    provenance: Words = field(default_factory=dict)
    landing_pages: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    conforms_to: tuple[Term, ...] = ()
    version: str = ""
    version_notes: Words = field(default_factory=dict)
    distributions: tuple[Distribution, ...] = ()
    offer: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """This will give the entry as plain JSON without what is empty."""
        found: dict[str, Any] = _plain(self)
        return found

    @classmethod
    def of_json(cls, value: Mapping[str, Any]) -> Entry:
        """This will read what ``as_json`` wrote; what does not fit raises ``ValueError``."""
        found: Entry = _read(cls, value)
        return found


def _plain(value: Any) -> Any:
    names = _names_of(type(value))  # type: ignore[arg-type]
    if names:
        held = ((name, getattr(value, name)) for name in names)
        return {name: _plain(inner) for name, inner in held if inner is not None and inner not in _NOTHING}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return dict(value) if isinstance(value, Mapping) else value


#: Values that say nothing, and are not written.
_NOTHING: tuple[Any, ...] = ("", (), {}, ("", ""))


@cache
def _names_of(shape: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(shape)) if is_dataclass(shape) else ()


def _read(shape: Any, value: Any) -> Any:
    """One value by its declared type; the types are those that stand above and no others."""
    if isinstance(shape, type) and is_dataclass(shape):
        if not isinstance(value, Mapping):
            raise ValueError(f"{shape.__name__} is an object")
        hints = get_type_hints(shape)
        if unknown := sorted(set(value) - set(hints)):
            raise ValueError(f"{shape.__name__} has no {unknown[0][:40]}")
        return shape(**{name: _read(hints[name], inner) for name, inner in value.items()})
    arguments = get_args(shape)
    if type(None) in arguments:
        return _read(next(one for one in arguments if one is not type(None)), value)
    if get_origin(shape) is tuple:
        if not isinstance(value, list) or (Ellipsis not in arguments and len(value) != len(arguments)):
            raise ValueError("a list is needed, as long as it should be")
        return tuple(_read(arguments[0], one) for one in value)
    if arguments:
        return _read_mapping(arguments[1], value)
    if not isinstance(value, shape) or isinstance(value, bool):
        raise ValueError(f"{value!r:.40} does not fit")
    return value


def _read_mapping(inner: Any, value: Any) -> dict[str, Any]:
    fits = isinstance(value, Mapping) and all(
        isinstance(name, str) and (inner is Any or isinstance(one, inner)) for name, one in value.items()
    )
    if not fits:
        raise ValueError("an object of names and texts is needed")
    return dict(value)


# ---- reading loosely typed values ------------------------------------------------------------------------------------------


def tidy(value: Any, *, lines: bool = False) -> str:
    """This will make a clean text of whatever stands there: no control or invisible characters; spaces folded unless ``lines`` are kept."""
    if value is None or isinstance(value, Mapping | bool):
        return ""
    text = "、".join(tidy(one) for one in value) if isinstance(value, list | tuple) else str(value)
    kept = text if text.isprintable() else "".join(one for one in text if one.isprintable() or one in "\n\t\u3000\xa0\u2028")
    return kept.strip() if lines else " ".join(kept.split())


def words(value: Any, *, lines: bool = False) -> dict[str, str]:
    """This will read a text that may come per language: ``"…"`` or ``{"en": "…", "zh": "…"}``."""
    if isinstance(value, Mapping):
        found = {tidy(language)[:35].lower(): tidy(text, lines=lines) for language, text in value.items() if isinstance(text, str)}
        return {language: text for language, text in found.items() if text}
    text = tidy(value, lines=lines)
    return {"": text} if text else {}


def whole(value: Any) -> int | None:
    """This will read a count or a size in bytes; None for anything else."""
    text = tidy(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def listed(value: Any) -> list[Any]:
    """This will read one or several values as a list."""
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def objects(value: Any) -> list[Mapping[str, Any]]:
    """This will keep the objects of a list that should hold nothing else."""
    return [one for one in listed(value) if isinstance(one, Mapping)]


def first_of(texts: Words) -> str:
    """This will pick a text: Chinese, English, unmarked, else any."""
    for wanted in ("zh", "zh-hans", "zh-cn", "", "en"):
        if text := texts.get(wanted, ""):
            return text
    return next((text for text in texts.values() if text), "")


def is_address(value: Any) -> bool:
    """This will tell whether a value may be shown as a link: http or https, nothing that runs."""
    return isinstance(value, str) and len(value) <= 1000 and _ADDRESS.match(value) is not None


def day_of(value: str) -> date | None:
    """This will read the day of a date or instant; None when there is none in it."""
    found = _DATE.search(value)
    if not found or not found[2]:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


# ---- an entry as a row -----------------------------------------------------------------------------------------------------


def row_of_entry(number: int, entry: Entry, *, key: str = "", formats: Iterable[str] = (), faults: Iterable[Fault] = ()) -> CatalogueRow:
    """This will make a row of an entry. ``key`` is what the source calls it, where it has no address; else the row's hash is used."""
    found, details = list(faults), entry.as_json()
    row_hash = hash_of(details)
    columns = {
        "title": first_of(entry.titles),
        "provider": first_of(entry.publisher.names) if entry.publisher else "",
        "theme": "、".join(dict.fromkeys(str(one) for one in entry.themes)),
        "openness": str(entry.access_rights or ""),
        "frequency": str(entry.frequency or ""),
        "industry": "",
        "source_url": next((one for one in (entry.iri, *entry.landing_pages) if is_address(one)), ""),
    }
    for name, limit in LIMITS.items():
        if len(columns[name]) > limit:
            found.append(
                Fault(
                    number,
                    f"{name}_shortened",
                    (
                        f"超过 {limit} 字，栏内已截短，全文保留在详情中",
                        f"over {limit} characters; the column is cut, the details keep it in full",
                    ),
                )
            )
            columns[name] = columns[name][:limit]
    if not columns["title"]:
        found.append(
            Fault(
                number,
                "title_missing",
                ("标题为空：已建资源，补全标题前不能挂牌", "no title: the resource is made, and cannot be listed before it has one"),
            )
        )
    named = [str(one.format or one.media_type or "").lower() for one in entry.distributions]
    return CatalogueRow(
        row=number,
        identity=hash_of(f"url:{entry.iri}") if entry.iri else hash_of(f"key:{key}") if key else hash_of(f"row:{row_hash}"),
        row_hash=row_hash,
        details=details,
        description=first_of(entry.descriptions),
        keywords="、".join(dict.fromkeys(text for _, text in entry.keywords)),
        formats=_formats([*formats, *named]),
        row_count=entry.offer.get("row_count"),
        published_on=_day(entry.issued, "published_on", number, found),
        updated_on=_day(entry.modified, "updated_on", number, found),
        distributions=len(entry.distributions),
        faults=tuple(found),
        **columns,
    )


def _formats(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name[:40] for name in names if name))[:50]


def _day(value: str, name: str, row: int, faults: list[Fault]) -> date | None:
    day = day_of(value)
    if value and day is None:
        faults.append(Fault(row, f"{name}_unreadable", (f"日期无法识别：{value[:40]}", f"no day in {value[:40]}")))
    return day
