"""What an order may be about: each room above says how to find its objects and who is a party to them.

A lower room names upper objects by code; ``subject_of`` asks the room whose prefix the code bears.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from compliance.models import Dispute
from participants.models import Organization

__all__ = ["NOTHING", "Subject", "subject_of", "subjects"]


@dataclass(frozen=True)
class Subject:
    """An object with its parties; ``open_to_all``: anybody may have it looked at, else only a party."""

    code: str
    text: tuple[str, str]
    parties: tuple[int, ...]
    href: str = ""
    open_to_all: bool = False


#: An order about nothing in particular.
NOTHING = Subject("", ("", ""), (), open_to_all=True)

Reader = Callable[[str], Subject | None]
_READERS: dict[str, Reader] = {}


def subjects(prefix: str) -> Callable[[Reader], Reader]:
    """This will let a room tell of its objects whose codes begin with ``prefix``."""

    def keep(read: Reader) -> Reader:
        _READERS[prefix] = read
        return read

    return keep


def subject_of(code: str, client: Organization | None = None) -> Subject | None:
    """This will return the object of a code; None if there is none, or ``client`` is no party to it and it is not open to all."""
    if not code:
        return NOTHING
    read = _READERS.get(code.partition("-")[0])
    found = read(code) if read else None
    if found is None or client is None or found.open_to_all or client.pk in found.parties:
        return found
    return None


@subjects("DSP")
def dispute(code: str) -> Subject | None:
    """A dispute, for its two sides."""
    one = Dispute.objects.filter(code=code).first()
    if one is None:
        return None
    return Subject(code, (f"争议 {one.subject_code}", f"Dispute about {one.subject_code}"), (one.opener_id, one.respondent_id),
                   f"/desk/disputes/{code}/")
