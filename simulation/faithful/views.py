"""What an agent sees: rows of the public catalogue and of its own desk, nothing else, and what it may want to do.

Views and intents are plain data: they go to a process that has no database, and an agent cannot look further than they reach. The fields
of offers and lots are fields of the public API; a test holds the two side by side. Papers and cases are what a party's own desk shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from simulation.wide.parameters import Values

__all__ = ["Agent", "Case", "Intent", "Lot", "Offer", "Own", "Paper", "Person", "View"]


@dataclass(frozen=True)
class Person:
    """One party of a run. ``kind`` and the figures behind it are its own secret; ``owner`` is set where it belongs to another."""

    key: str
    role: str
    kind: str
    shard: int
    price_fen: int = 0
    certified: bool = False
    cheats: bool = False
    owner: str = ""
    copies: str = ""
    quality: float = 1.0
    public: bool = False
    foreign: bool = False


@dataclass(frozen=True)
class Offer:
    """A listing on sale, as the catalogue shows it."""

    code: str
    version: str
    seller: str
    price_fen: int
    total_fen: int
    sale_mode: str


@dataclass(frozen=True)
class Lot:
    """A lot that is announced or open, as its public page shows it."""

    code: str
    listing: str
    seller: str
    status: str
    start_price_fen: int
    price_fen: int
    opens_at: int
    closes_at: int


@dataclass(frozen=True)
class Paper:
    """A delivery of one's own: ``flawed`` is what a buyer finds on opening the file; ``opened_on`` tells a seller how old the order is."""

    code: str
    listing: str
    status: str
    side: str
    price_fen: int
    delivered_on: int = 0
    flawed: bool = False
    opened_on: int = 0


@dataclass(frozen=True)
class Case:
    """Something that waits for one's word: a report to confirm, an accusation, an opt-out; ``about`` a listing, begun on a ``day``."""

    code: str
    kind: str
    status: str
    about: str = ""
    day: int = 0


@dataclass(frozen=True)
class Own:
    """One's own desk."""

    available_fen: int = 0
    papers: tuple[Paper, ...] = ()
    cases: tuple[Case, ...] = ()
    memory: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class View:
    """The market as everybody sees it on a morning; ``assessed``: listings whose page shows an assessor's report that passes them;
    ``brokers``: what brokers offer in the directory of services."""

    day: int
    sellers: tuple[str, ...]
    offers: tuple[Offer, ...]
    lots: tuple[Lot, ...]
    assessed: frozenset[str] = frozenset()
    brokers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Intent:
    """What an agent will do and at which second of its office day; ``given`` names objects by code and amounts in fen."""

    who: str
    act: str
    second: int
    given: Mapping[str, Any] = field(default_factory=dict)


class Agent(Protocol):
    """A small strategy: from what is seen to what is done; chances come from the generator alone."""

    def __call__(self, me: Person, view: View, own: Own, values: Values, rng: np.random.Generator) -> list[Intent]: ...
