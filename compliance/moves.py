"""How an object of this room moves: locked first, along its table, by a person who may, never by the same person twice."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model

from kit.actors import Actor
from kit.rejected import Rejected
from kit.states import advance
from participants.models import User

__all__ = ["locked", "months_after", "real_person", "refuse_same_person", "step"]

M = TypeVar("M", bound=Model)


def locked(one: M) -> M:
    """This will read the row again under its lock; every decision on it comes after."""
    found: M = type(one)._default_manager.select_for_update(of=("self",)).get(pk=one.pk)
    return found


def step(one: Any, table: Any, act: str, word: str) -> str:
    """This will move ``one.status`` along its table and return the status it came from; ``compliance.<word>.illegal_move``."""
    before = one.status
    kind = next(iter(table.values())).__class__
    one.status = advance(table, kind(before), act, subject=one.code, code=f"compliance.{word}.illegal_move")
    return str(before)


def real_person(user_id: int | None) -> int | None:
    """This will return the key of the real person behind a sign-in."""
    return User.objects.filter(pk=user_id).values_list("person_id", flat=True).first() if user_id else None


def refuse_same_person(actor: Actor, *earlier: int | None) -> None:
    """This will refuse whoever took part before, under whatever account (I18)."""
    person = real_person(actor.user_id)
    if person is None or person in {real_person(user) for user in earlier if user}:
        raise Rejected("compliance.person.already_took_part")


def months_after(at: Any, months: int) -> Any:
    """This will return the same local day so many months later, or the last day of that month."""
    from calendar import monthrange

    from participants.queries import LOCAL

    local = at.astimezone(LOCAL)
    total = local.year * 12 + local.month - 1 + months
    year, month = divmod(total, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(at.tzinfo)
