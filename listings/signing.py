"""Whoever objects or asks for data signs with the name under which the identity was checked 实名."""

from __future__ import annotations

from kit.actors import Actor
from kit.rejected import FieldFault, Rejected
from participants.models import Person, User

__all__ = ["real_name"]


def real_name(actor: Actor, name: str, *, code: str) -> Person:
    """This will return the person who signs, or refuse with ``code``; spaces and case do not matter."""
    assert actor.user_id is not None, "who signs is signed in"
    person = User.objects.select_related("person").get(pk=actor.user_id).person
    assert person is not None, "a signed-in member is a real person"
    typed = "".join(name.split()).casefold()
    if not typed or typed not in {"".join(known.split()).casefold() for known in (person.name, person.name_en) if known}:
        raise Rejected(code, errors=[FieldFault("name", "differs", ("与实名认证的姓名不一致", "Not the name of the identity check"))])
    return person
