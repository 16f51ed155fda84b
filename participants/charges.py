"""What a trade costs whom: a schedule of charges, each a dated figure of the venue (R51, R75, W27; capability G2).

A figure is a charge by its key: ``fee.<name>_seller_bps`` and ``fee.<name>_buyer_bps`` are the venue's, ``levy.<name>_bps``
is the public-interest fund's and borne by the seller. Its value is a rate in basis points of the price, or that rate with
bounds ``{"bps": 250, "min_fen": 100, "max_fen": 500000}``, or one that falls as the price rises (Auction Law 56: a commission is in inverse
proportion to it) ``{"bps": 500, "tiers": [{"above_fen": 10000000, "bps": 300}]}``: each rate on the part of the price above its
threshold, so that a higher price never costs less. A new charge is a new figure and nothing else. A figure with a scope
(``channel=award``, ``class=public``, ``channel=award;class=public``) is the charge of its key there, in place of the one without.

The same schedule is quoted, frozen into a lot's terms, and settled, so that a quote equals its invoice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any

from kit.coverage import covers
from kit.money import bps_of
from participants.models import Parameter, Venue
from participants.queries import figure_rows

__all__ = ["CHANNELS", "CLASSES", "NOTHING", "Charge", "Charged", "Fund", "Payer", "Schedule", "is_charge", "schedule", "scope_fault",
           "scope_words"]

#: How a trade comes to its price, as a scope names it, and whose data it is about.
CHANNELS: dict[str, tuple[str, str]] = {"award": ("竞价", "auctions"), "purchase": ("定价购买", "purchases at a list price"),
                                        "deal": ("协议", "negotiated deals"), "barter": ("互换", "barters"),
                                        "report": ("场外备案后委托本所交割", "filed deals served here")}
CLASSES: dict[str, tuple[str, str]] = {"public": ("公共数据", "public data"), "enterprise": ("企业数据", "enterprise data"),
                                       "personal": ("个人信息", "personal data")}
_PARTS = {"channel": CHANNELS, "class": CLASSES}

_KEY = re.compile(r"fee\.[a-z]+(?:_[a-z]+)*_(?P<payer>seller|buyer)_bps|levy\.[a-z]+(?:_[a-z]+)*_bps")


class Payer(StrEnum):
    """Whose money it is."""

    SELLER = "seller"
    BUYER = "buyer"


class Fund(StrEnum):
    """Where it goes."""

    VENUE = "venue"
    PUBLIC = "public"


@dataclass(frozen=True)
class Charge:
    """One component: ``bps`` of the price, never under ``min_fen`` nor over ``max_fen`` (None = no bound).

    ``tiers`` are pairs (above so many fen, basis points): what lies above pays the lower rate.
    """

    key: str
    bps: int
    min_fen: int = 0
    max_fen: int | None = None
    name_zh: str = ""
    name_en: str = ""
    tiers: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if not is_charge(self.key):
            raise ValueError(f"{self.key} names no charge: fee.<name>_seller_bps, fee.<name>_buyer_bps or levy.<name>_bps")
        whole = [self.bps, self.min_fen, self.max_fen or 0]
        if any(isinstance(one, bool) or not isinstance(one, int) for one in whole) or min(whole) < 0 or self.bps > 10_000:
            raise ValueError(f"{self.key}: a rate is 0 to 10000 basis points, bounds are whole fen")
        if self.max_fen is not None and self.max_fen < self.min_fen:
            raise ValueError(f"{self.key}: max_fen is not under min_fen")
        if any(isinstance(one, bool) or not isinstance(one, int) or one < 0 for tier in self.tiers for one in tier):
            raise ValueError(f"{self.key}: tiers are whole fen and basis points")
        steps = [(0, self.bps), *self.tiers]
        if any(not (low[0] < high[0] and low[1] > high[1]) for low, high in pairwise(steps)):
            raise ValueError(f"{self.key}: thresholds rise and rates fall from tier to tier (Auction Law 56)")

    @property
    def payer(self) -> Payer:
        return Payer.BUYER if self.key.endswith("_buyer_bps") and self.fund is Fund.VENUE else Payer.SELLER

    @property
    def fund(self) -> Fund:
        return Fund.VENUE if self.key.startswith("fee.") else Fund.PUBLIC

    @property
    def rates(self) -> int | str:
        """The rate in basis points; of one that falls, each with the price in fen it holds above."""
        return self.bps if not self.tiers else "; ".join([str(self.bps), *(f">{above}: {bps}" for above, bps in self.tiers)])

    def of(self, price_fen: int) -> int:
        """This will return the component alone, before the cap; nothing is charged on a price of nothing."""
        if not price_fen:
            return 0
        fen = max(self.min_fen, self._of_parts(price_fen))
        return fen if self.max_fen is None else min(self.max_fen, fen)

    def _of_parts(self, price_fen: int) -> int:
        """Each part of the price at its own rate, rounded once on the whole."""
        steps = [(0, self.bps), *self.tiers, (max(price_fen, 0), 0)]
        parts = ((min(price_fen, high) - low, bps) for (low, bps), (high, _) in pairwise(steps) if price_fen > low)
        return bps_of(sum(part * bps for part, bps in parts), 1)

    @classmethod
    def read(cls, key: str, value: Any, *, name_zh: str = "", name_en: str = "") -> Charge:
        """This will read a figure's value; ``ValueError`` says what is wrong with it."""
        given = value if isinstance(value, Mapping) else {"bps": value}
        if unknown := sorted(set(given) - {"bps", "min_fen", "max_fen", "tiers"}):
            raise ValueError(f"{key}: unknown {', '.join(unknown)}")
        if "bps" not in given:
            raise ValueError(f"{key}: bps is missing")
        tiers = given.get("tiers", [])
        if not isinstance(tiers, list) or any(not isinstance(one, Mapping) or set(one) != {"above_fen", "bps"} for one in tiers):
            raise ValueError(f"{key}: a tier says above_fen and bps, nothing else")
        return cls(key, given["bps"], given.get("min_fen", 0), given.get("max_fen"), name_zh, name_en,
                   tuple((one["above_fen"], one["bps"]) for one in tiers))

    def rebated(self, left: int) -> Charge:
        """This will leave so many basis points of it, of every rate and bound; rates that become the same are one tier."""
        rates = [(0, self.bps * left // 10_000), *((above, bps * left // 10_000) for above, bps in self.tiers)]
        kept = [step for before, step in pairwise(rates) if step[1] < before[1]]
        return replace(self, bps=rates[0][1], tiers=tuple(kept), min_fen=bps_of(self.min_fen, left),
                       max_fen=None if self.max_fen is None else bps_of(self.max_fen, left))

    def written(self) -> dict[str, Any]:
        """This will give the shape that is stored; one without tiers is written as it always was, so that its hash is the same."""
        told = asdict(self)
        tiers = [{"above_fen": above, "bps": bps} for above, bps in told.pop("tiers")]
        return told | ({"tiers": tiers} if tiers else {})

    @classmethod
    def stored(cls, told: Mapping[str, Any]) -> Charge:
        """This will read the stored shape back."""
        tiers = tuple((one["above_fen"], one["bps"]) for one in told.get("tiers", ()))
        return cls(**{**told, "tiers": tiers})


@dataclass(frozen=True)
class Charged:
    """One component of one price."""

    charge: Charge
    fen: int


@dataclass(frozen=True)
class Schedule:
    """Charges in the order of their keys. The venue's fees of one side together stay under ``cap_bps`` (Auction Law 56)."""

    charges: tuple[Charge, ...]
    cap_bps: int

    def of(self, price_fen: int) -> list[Charged]:
        """This will itemise a price. Beyond the cap, and beyond the price on the seller's side, later components are cut."""
        room = {payer: bps_of(price_fen, self.cap_bps) for payer in Payer}
        left, found = price_fen, []
        for charge in self.charges:
            fen = charge.of(price_fen)
            if charge.fund is Fund.VENUE:
                fen = min(fen, room[charge.payer])
                room[charge.payer] -= fen
            if charge.payer is Payer.SELLER:
                fen = min(fen, left)
                left -= fen
            found.append(Charged(charge, fen))
        return found

    def total(self, price_fen: int, payer: Payer, fund: Fund | None = None) -> int:
        """This will add up what one side pays on a price, of one fund or of all."""
        return sum(one.fen for one in self.of(price_fen) if one.charge.payer is payer and fund in (None, one.charge.fund))

    @covers("H7")
    def rebated(self, bps: int) -> Schedule:
        """This will take so much off the venue's fees of the seller's side, bounds included; levies and the buyer's side stay."""
        left = 10_000 - bps
        return replace(self, charges=tuple(
            one.rebated(left) if bps and one.fund is Fund.VENUE and one.payer is Payer.SELLER else one for one in self.charges))

    def written(self) -> dict[str, Any]:
        """This will give the shape stored with a lot, an agreement and a settlement."""
        return {"cap_bps": self.cap_bps, "charges": [one.written() for one in self.charges]}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Schedule:
        """This will read the stored shape back."""
        return cls(tuple(Charge.stored(one) for one in stored["charges"]), stored["cap_bps"])


#: What costs nothing: a replayed house's lot, a trade nobody charges for.
NOTHING = Schedule((), 0)


def is_charge(key: str) -> bool:
    """This will tell whether a figure of this key is a charge on trades."""
    return _KEY.fullmatch(key) is not None


def _scoped(scope: str) -> dict[str, str]:
    """The parts of a scope by name; ``ValueError`` for what is none."""
    named = dict(part.split("=", 1) for part in scope.split(";")) if scope else {}
    if any(value not in _PARTS.get(name, {}) for name, value in named.items()) or scope != _written(named):
        raise ValueError(f"{scope} is no scope of a charge")
    return named


def _written(named: Mapping[str, str]) -> str:
    return ";".join(f"{name}={named[name]}" for name in _PARTS if name in named)


def scope_fault(scope: str) -> tuple[str, str] | None:
    """This will say in words why a charge cannot have this scope; None for one it can."""
    try:
        _scoped(scope)
    except ValueError:
        return (f"适用范围写作 channel=…;class=…，方式为 {'、'.join(CHANNELS)}，类别为 {'、'.join(CLASSES)}，不限的一项不写",
                f"a scope is written channel=…;class=…, of {', '.join(CHANNELS)} and {', '.join(CLASSES)}; what is not limited is left out")
    return None


def scope_words(scope: str) -> tuple[str, str]:
    """This will word what a charge is limited to, ('', '') for one that holds everywhere; other figures' scopes stay as written."""
    try:
        named = _scoped(scope)
    except ValueError:
        return scope, scope
    told = [_PARTS[name][named[name]] for name in _PARTS if name in named]
    return "、".join(zh for zh, _ in told), ", ".join(en for _, en in told)


def _reach(row: Parameter, venue: Venue, place: Mapping[str, str]) -> tuple[bool, bool, bool] | None:
    """How near a figure is to a trade (the venue's own first, then by channel, then by class); None where it does not hold there."""
    try:
        named = _scoped(row.scope)
    except ValueError:
        return None
    holds = all(place[name] == value for name, value in named.items())
    return (row.venue_id == venue.pk, "channel" in named, "class" in named) if holds else None


@covers("G2", "R51", "R75", "W27")
def schedule(*, venue: Venue, at: datetime, channel: str = "", category: str = "") -> Schedule:
    """This will read the schedule in force at ``at`` for trades of a channel and a class of data.

    Of a key there is one charge: the venue's own figures come before the parent's, then the narrower before the wider (by channel, then
    by class). Without channel and class, only what holds everywhere is read.
    """
    nearest: dict[str, tuple[tuple[bool, bool, bool], Parameter]] = {}
    rows = figure_rows(venue, at=at)
    for row in rows:
        reach = _reach(row, venue, {"channel": channel, "class": category}) if is_charge(row.key) else None
        if reach is not None and (row.key not in nearest or reach > nearest[row.key][0]):
            nearest[row.key] = reach, row
    cap = next((int(row.value) for row in rows if row.key == "fee.cap_bps" and not row.scope), 0)
    found = (nearest[key][1] for key in sorted(nearest))
    return Schedule(tuple(Charge.read(row.key, row.value, name_zh=row.name_zh, name_en=row.name_en) for row in found), cap)
