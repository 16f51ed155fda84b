"""T37: two parties in one house. No list, search, count or error text tells one of them what is the other's alone (CVE-2026-5600)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kit.coverage import covers
from tests.exchange.hostile import whole_world
from tests.matrix import World, names_read, rows

pytestmark = pytest.mark.django_db

STRANGERS = ("visitor", "merchant_b", "buyer", "publicdata", "trustee", "researcher", "admin")


def secrets_of(world: World) -> dict[str, frozenset[str]]:
    """The codes of what is one party's own, and who may read them."""
    things, sides = world.things, frozenset({"merchant", "buyer"})
    own = frozenset({"merchant"})
    return {
        world.unlisted.code: own, str(things["resource"]): own, str(things["registration"]): own, things["declaration"].code: own,
        things["key"].code: own, world.application.code: own, things["case"].code: own, things["quiet_case"].code: frozenset(),
        things["conduct"].code: own, things["unnotified"].code: frozenset(), things["draft"].code: own,
        things["filing"].code: sides, things["dispute"].code: sides, world.delivery.code: sides, world.settlement.code: sides,
    }


def told_to_strangers(world: World, only: str = "") -> Iterator[str]:
    """Asks every list of the house as everybody but its owner, plainly and by name, and yields each secret it tells."""
    secrets, clients = secrets_of(world), world.clients
    typed = {"": "", f"?q={world.unlisted.code}": world.unlisted.code, f"?trade={world.delivery.trade.code}": ""}
    lists = [one for table in rows().values() for one, several in table.items() if "<" not in one and several[0].get and only in one]
    for one in lists:
        for actor in STRANGERS:
            read: set[str] = set()
            for query, echo in typed.items():
                if query and not read & {"*", query[1:].partition("=")[0]}:
                    continue  # nobody listens to that name here
                with names_read() as read_now:
                    reply = clients[actor].get(f"/{one}{query}", follow=True)
                read |= read_now
                body = b"".join(reply.streaming_content) if reply.streaming else reply.content
                for code, readers in secrets.items():
                    if actor not in readers and code != echo and code.encode() in body:
                        yield f"/{one}{query} tells {actor} of {code}"


@covers("T37", "T36")
def test_no_list_tells_a_stranger_of_what_is_another_partys() -> None:
    assert list(told_to_strangers(whole_world())) == []


#: Whose lists ask ``acting_for``, by room.
SCOPED = {"desk/resources": "listings.models.ground", "desk/deliveries": "delivery.models", "desk/statements": "settlement.models",
          "desk/filings": "compliance.models.filings", "desk/cases": "compliance.models.complaints"}


@covers("T37")
def test_a_list_that_forgets_whose_it_is_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant of T37: the list's query sees with one party's eyes, whoever asks."""
    world = whole_world()
    owner = world.users["merchant"].acting_for_id
    for path, place in SCOPED.items():
        with monkeypatch.context() as naive:
            naive.setattr(f"{place}.acting_for", lambda user: owner)
            assert next(told_to_strangers(world, path), None) is not None, path
