"""Which formats there are, and which venue may use them (rules E.1). One file a format, found by itself.

A format is a pure function under ``@auction_format`` in a module of this package. Lawful auctions of one object and the
posted price are for production; the multi-unit formats are for pilot and simulation; call auction, order book, anonymous
trading and market making are barred to a data venue, so the first two exist for the simulation venue only, the others nowhere.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trading.auctions.orders import Sheet
    from trading.auctions.rules import Outcome

    Clearing = Callable[[Sheet], Outcome]

__all__ = ["PILOT", "PRODUCTION", "SIMULATION", "AuctionFormat", "all_formats", "auction_format", "formats_of"]

#: Profiles of venues that may use a format, by how far it is allowed.
PRODUCTION: tuple[str, ...] = ("production", "pilot", "simulation")
PILOT: tuple[str, ...] = ("pilot", "simulation")
SIMULATION: tuple[str, ...] = ("simulation",)

#: Formats that are acts in a room and have no one-shot clearing: nothing to clear, yet a venue may be allowed them.
_IN_THE_ROOM_ONLY = {"hybrid": PRODUCTION}


@dataclass(frozen=True)
class AuctionFormat:
    """A format by its name: who may use it, how it clears, which of its facts are amounts (written in the input's units)."""

    name: str
    venues: tuple[str, ...]
    clear: Clearing
    amounts: frozenset[str]


_FORMATS: dict[str, AuctionFormat] = {}


def auction_format(name: str, *, venues: tuple[str, ...], amounts: tuple[str, ...] = ()) -> Callable[[Clearing], Clearing]:
    """This will enter a clearing function into the registry; ``amounts`` names the facts of its outcome that are amounts."""
    def enter(function: Clearing) -> Clearing:
        assert name not in _FORMATS, f"auction format {name} is written twice"
        _FORMATS[name] = AuctionFormat(name, venues, function, frozenset(amounts))
        return function

    return enter


@cache
def all_formats() -> Mapping[str, AuctionFormat]:
    """This will return every format by name, having looked through the modules of this package once."""
    package = __name__.rpartition(".")[0]
    for found in pkgutil.iter_modules(import_module(package).__path__):
        import_module(f"{package}.{found.name}")
    return MappingProxyType(dict(sorted(_FORMATS.items())))


def formats_of(profile: str) -> tuple[str, ...]:
    """This will list the formats a venue of this profile may use; an unknown profile may use none."""
    named = {one.name: one.venues for one in all_formats().values()} | _IN_THE_ROOM_ONLY
    return tuple(sorted(name for name, venues in named.items() if profile in venues))
