"""Who acted, by name: facts keep codes (``ORG-…/PSN-…``, ``system``), people read names."""

from __future__ import annotations

from collections.abc import Iterable

from exchange.templatetags.house import in_chinese
from participants.models import Organization, Person

__all__ = ["named", "who"]

Pair = tuple[str, str]


def named(actors: Iterable[str]) -> dict[str, Pair]:
    """This will return the names of the organisations and persons that act, by their codes."""
    codes = {code for actor in actors for code in actor.split("/")}
    names: dict[str, Pair] = {"system": ("系统", "System")}
    for one in Organization.objects.filter(code__in=codes):
        names[one.code] = (one.short_name or one.name, one.short_name_en or one.name_en or one.short_name or one.name)
    for person in Person.objects.filter(code__in=codes):
        names[person.code] = (person.name, person.name_en or person.name)
    return names


def who(actor: str, names: dict[str, Pair] | None = None) -> str:
    """This will say an actor by name; a code that is not known stands as it is."""
    known = named([actor]) if names is None else names
    return " · ".join(known.get(code, (code, code))[0 if in_chinese() else 1] for code in actor.split("/"))
