"""How an object of this room moves: locked first, along its table, by a person who may, never by the same person twice."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model

from kit.actors import Actor
from kit.rejected import Rejected
from kit.states import advance
from participants.deputies import stands_between
from participants.models import User
from participants.timers import months_on as months_after

__all__ = ["locked", "months_after", "real_person", "refuse_same_person", "step"]

M = TypeVar("M", bound=Model)


def locked(one: M) -> M:
    """This will read the row again under its lock; every decision on it comes after."""
    found: M = type(one)._default_manager.select_for_update(of=("self",), no_key=True).get(pk=one.pk)
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


def refuse_same_person(actor: Actor, *earlier: int | None, at: datetime) -> None:
    """This will refuse whoever took part before, under whatever account, and their deputies and who they stand in for (I18)."""
    person = real_person(actor.user_id)
    before = {real_person(user) for user in earlier if user}
    if person is None or person in before or any(stands_between(person, one, at) for one in before):
        raise Rejected("compliance.person.already_took_part")
