"""Who sees what of bids, prices and agreements 保密分级 (R103): one table, asked by whatever shows a field.

Rows for programs and the live feed go through ``screened``, objects for pages through ``seen``. A field without a class is shown to
nobody: it is written into the table first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from kit.coverage import covers

__all__ = ["PUBLIC", "VIEWERS", "Field", "Secrecy", "fields", "screened", "seen", "shows", "table"]

VIEWERS = {"visitor": ("任何人", "Anyone"), "own": ("本人", "Whose it is"), "seller": ("卖方", "Seller"), "buyer": ("买方", "Buyer"),
           "desk": ("场所与监管", "Venue and authorities")}
#: Nobody in particular looks.
PUBLIC = ("visitor",)
Pair = tuple[str, str]


@dataclass(frozen=True)
class Secrecy:
    """A class of secrecy: who sees it, and who once the lot has ended."""

    key: str
    text: Pair
    seen_by: frozenset[str]
    then: frozenset[str]


@dataclass(frozen=True)
class Field:
    """One field of a thing, in words, with its class and the rule it rests on."""

    thing: str
    name: str
    text: Pair
    secrecy: Secrecy
    basis: str


@cache
def table() -> tuple[Mapping[str, Pair], Mapping[tuple[str, str], Field]]:
    """This will read the table: the things in words, and every field by thing and name; unknown classes and viewers are faults."""
    told = yaml.safe_load((Path(__file__).resolve().parent / "data" / "secrecy.yaml").read_text(encoding="utf-8"))
    classes = {key: Secrecy(key, (one["zh"], one["en"]), frozenset(one["seen_by"]), frozenset(one.get("then", one["seen_by"])))
               for key, one in told["classes"].items()}
    if any(not (one.seen_by | one.then) <= set(VIEWERS) for one in classes.values()):
        raise ValueError("secrecy: a viewer is not known")
    found = {(thing, name): Field(thing, name, (words["zh"], words["en"]), classes[key], held["basis"])
             for thing, held in told["things"].items() for key, names in held.items() if key not in {"text", "basis"}
             for name, words in names.items()}
    return {thing: (held["text"]["zh"], held["text"]["en"]) for thing, held in told["things"].items()}, found


def fields() -> Iterator[Field]:
    """This will list every field, in the order of the table."""
    yield from table()[1].values()


@covers("R103")
def shows(thing: str, name: str, viewers: Collection[str], *, ended: bool = False) -> bool:
    """This will tell whether one of the viewers sees the field; nobody sees one that has no class."""
    one = table()[1].get((thing, name))
    return one is not None and not (one.secrecy.then if ended else one.secrecy.seen_by).isdisjoint(viewers)


@cache
def _shown(thing: str, viewers: tuple[str, ...], ended: bool) -> frozenset[str]:
    return frozenset(one.name for one in fields() if one.thing == thing and shows(thing, one.name, viewers, ended=ended))


@covers("R103")
def screened(thing: str, row: Mapping[str, Any], viewers: Iterable[str] = PUBLIC, *, ended: bool = False) -> dict[str, Any]:
    """This will keep what the viewers may see of a row that goes out; everything else is left out, whoever put it there."""
    allowed = _shown(thing, tuple(viewers), ended)
    return {name: value for name, value in row.items() if name in allowed}


class _Seen:
    """An object as a viewer sees it: what is kept from the viewer is not there."""

    __slots__ = ("_hidden", "_one")

    def __init__(self, one: Any, hidden: frozenset[str]) -> None:
        self._one, self._hidden = one, hidden

    def __getattr__(self, name: str) -> Any:
        if name in self._hidden:
            raise AttributeError(f"{name} is not for this viewer (R103)")
        return getattr(self._one, name)

    def __str__(self) -> str:
        return str(self._one)


@covers("R103")
def seen(thing: str, one: Any, viewers: Iterable[str] = PUBLIC, *, ended: bool = False) -> Any:
    """This will hand an object to a page without what the viewers may not see of it."""
    return _Seen(one, _hidden(thing, tuple(viewers), ended))


@cache
def _hidden(thing: str, viewers: tuple[str, ...], ended: bool) -> frozenset[str]:
    kept = {row.name for row in fields() if row.thing == thing} - _shown(thing, viewers, ended)
    return frozenset(kept | {f"{name}_id" for name in kept})
