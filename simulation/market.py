"""The demo market as its agents see it: who is there, what time it is, which acts were done and which were refused.

Every act goes through ``Market.act`` to a production operation, as a page or the API would call it; a refusal is an answer,
counted and passed over, never an error of the simulation.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, TypeVar

from kit.actors import Actor
from kit.clock import Clock
from kit.rejected import Rejected
from participants.actors import actor_of
from participants.models import Organization, User
from participants.queries import house_venue
from simulation.cast import BUYERS, CAST, OFFICES
from simulation.people import ACCOUNTS

__all__ = ["SEED", "Market"]

log = logging.getLogger(__name__)
T = TypeVar("T")

#: The seed of the demo's history; the same seed lives the same history.
SEED = 20_221_219


@dataclass
class Market:
    """The house seen from its parties: actors by player (``hengzhi``) or desk (``compliance``), and their organisations."""

    clock: Clock
    chance: Random = field(default_factory=lambda: Random(SEED))  # noqa: S311 (a game, no secret)
    actors: dict[str, Actor] = field(default_factory=dict)
    organizations: dict[str, Organization] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    spent_ns: Counter[str] = field(default_factory=Counter, repr=False)
    rounds: Counter[str] = field(default_factory=Counter, repr=False)

    @property
    def acts(self) -> int:
        """How many acts were done."""
        return self.done.total()

    def now(self) -> datetime:
        return self.clock.now()

    def act(self, operation: Callable[..., T], **given: Any) -> T | None:
        """This will do one act by its operation (with the market's clock) and return its answer; None when it was refused."""
        name = getattr(operation, "operation_name", operation.__name__)
        began = time.perf_counter_ns()
        try:
            answer = operation(**given, clock=self.clock)
        except Rejected as refusal:
            self.refused[refusal.code] += 1
            log.debug("%s was refused: %s", name, refusal.code)
            return None
        finally:
            self.spent_ns[name] += time.perf_counter_ns() - began
            self.rounds[name] += 1
        self.done[name] += 1
        return answer

    def timed(self, name: str, work: Callable[[], T]) -> T:
        """This will do ``work`` and add the time it took under ``name``."""
        began = time.perf_counter_ns()
        try:
            return work()
        finally:
            self.spent_ns[name] += time.perf_counter_ns() - began
            self.rounds[name] += 1

    def reseed(self, *parts: object) -> None:
        """This will begin the chances of a new day, so that a history taken up again goes on as it would have."""
        self.chance = Random("/".join(str(part) for part in (SEED, *parts)))  # noqa: S311

    def meet(self) -> None:
        """This will look up everybody of the cast and the desks who came since the last time."""
        bodies = (*CAST, *OFFICES)
        names = {one.login for one in bodies} | {one.username for one in ACCOUNTS}
        found = User.objects.filter(username__in=sorted(names - self.actors.keys())).select_related("person", "acting_for").order_by("pk")
        keys = {one.login: one.key for one in bodies}
        for user in found:
            actor = actor_of(user, at=self.now())
            for key in {user.username, keys.get(user.username, user.username)}:
                self.actors[key] = actor
            if user.acting_for is not None and user.username in keys:
                self.organizations[keys[user.username]] = user.acting_for

    def enter(self, key: str, user: User, organization: Organization) -> None:
        """This will enter a party that is not of the cast, under a name of the run's own."""
        self.actors[key], self.organizations[key] = actor_of(user, at=self.now()), organization

    @property
    def is_staffed(self) -> bool:
        """True when the whole cast and every desk are here."""
        return all(one.key in self.organizations for one in CAST) and all(one.username in self.actors for one in ACCOUNTS)

    def key_of(self, organization_id: int) -> str:
        """This will return the player behind an organisation; '' when it is nobody of the cast."""
        return next((key for key, one in self.organizations.items() if one.pk == organization_id), "")

    def at_work(self, organization_id: int, passive: frozenset[str]) -> str:
        """This will return the player who acts for an organisation; '' where a person with a demo account may want to act."""
        key = self.key_of(organization_id)
        return "" if key in passive else key

    def some_buyer(self, chance: Random, passive: frozenset[str]) -> str:
        """This will draw a buyer that is at work; '' where none is."""
        here = [one.key for one in BUYERS if one.key in self.organizations and one.key not in passive]
        return chance.choice(here) if here else ""

    @property
    def venue(self) -> Any:
        return house_venue()
