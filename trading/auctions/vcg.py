"""Vickrey-Clarke-Groves over bundles: each bidder wins at most one of the own bundles and pays the harm done to the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from trading.auctions.formats import PILOT, auction_format
from trading.auctions.multi import uniform
from trading.auctions.orders import OrderFault, Sheet
from trading.auctions.rules import Award, Outcome

__all__ = ["BundleBid", "clear"]

#: More items than this and exact search would not end in a web request's time.
MOST_ITEMS = 16


@dataclass(frozen=True)
class BundleBid:
    """``bidder`` would pay ``amount`` for exactly these items (bids of one bidder exclude each other)."""

    bidder: str
    items: frozenset[str]
    amount: int


def _best(bids: Mapping[str, list[tuple[int, int]]], everything: int) -> tuple[int, dict[str, int]]:
    """The allocation of greatest welfare by dynamic programming over sets of items left; ties keep the earlier bidder."""
    states: dict[int, tuple[int, dict[str, int]]] = {everything: (0, {})}
    for bidder, offers in bids.items():
        following = dict(states)
        for left, (welfare, given) in states.items():
            for items, amount in offers:
                if items & left != items:
                    continue
                rest, sum_ = left & ~items, welfare + amount
                if rest not in following or sum_ > following[rest][0]:
                    following[rest] = (sum_, {**given, bidder: items})
        states = following
    return max(states.values(), key=lambda one: one[0])


def clear(bids: Iterable[BundleBid]) -> Outcome:
    """This will find the exact best allocation and each winner's payment: others' welfare without minus with the winner."""
    listed = list(bids)
    items = sorted({item for bid in listed for item in bid.items})
    if len(items) > MOST_ITEMS:
        raise ValueError(f"at most {MOST_ITEMS} items")
    bit = {item: 1 << place for place, item in enumerate(items)}
    offers: dict[str, list[tuple[int, int]]] = {}
    for bid in listed:
        offers.setdefault(bid.bidder, []).append((sum(bit[item] for item in bid.items), bid.amount))
    everything = (1 << len(items)) - 1
    welfare, given = _best(offers, everything)
    awards, bundles = [], {}
    for bidder, mask in given.items():
        own = max(amount for offered, amount in offers[bidder] if offered == mask)
        without, _ = _best({name: these for name, these in offers.items() if name != bidder}, everything)
        awards.append(Award(bidder, without - (welfare - own)))
        bundles[bidder] = [item for item in items if bit[item] & mask]
    return Outcome(tuple(awards), None, (), {"welfare": welfare, "allocation": bundles})


@auction_format("vcg", venues=PILOT, amounts=("welfare",))
def _sheet(sheet: Sheet) -> Outcome:
    """Bids on bundles; rows without items are for identical units: the highest win and pay the highest loser."""
    bids = sheet.given("bids", [])
    if isinstance(bids, list) and bids and all(isinstance(row, dict) and "items" not in row and "bundle" not in row for row in bids):
        return uniform(sheet.orders(), sheet.quantity("supply"), sheet.reserve())
    return clear(_bundles(bids, sheet))


def _bundles(bids: object, sheet: Sheet) -> list[BundleBid]:
    """Bundle bids as a list of ``{"bidder","items","amount"}`` or as ``{"A": {"x": 5, "x+y": 6}}``."""
    if isinstance(bids, dict):
        bids = [{"bidder": bidder, "items": items.split("+"), "amount": amount}
                for bidder, offers in bids.items() for items, amount in offers.items()]
    found = []
    for place, row in enumerate(bids if isinstance(bids, list) else []):
        items = row.get("items", row.get("bundle")) if isinstance(row, dict) else None
        if isinstance(items, str):
            items = items.split("+")
        if not isinstance(items, list) or not items or "bidder" not in row:
            raise OrderFault(f"bids[{place}]: bidder, items and amount")
        found.append(BundleBid(str(row["bidder"]), frozenset(map(str, items)), sheet.units(row.get("amount"), f"bids[{place}]")))
    return found
