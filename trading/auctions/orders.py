"""Reads one auction's orders as ``clear`` takes them and writes the outcome back in the same units, exactly.

Amounts may be whole numbers or decimals (text or JSON numbers): all are scaled by one power of ten to whole units, so no
float is ever computed with, and scaled back on the way out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from trading.auctions import call, dutch, english, multi, posted, rsop, sealed, vcg
from trading.auctions.rules import EBAY_INCREMENTS, Increments, Order, Outcome

__all__ = ["CLEARABLE", "OrderFault", "clear", "read"]


class OrderFault(ValueError):
    """An input that cannot be read: where and why."""


class _Scale:
    """Whole units for every amount of one document."""

    def __init__(self, document: object) -> None:
        self.places = max(0, self._deepest(document))

    def _deepest(self, value: object) -> int:
        if isinstance(value, Decimal):
            return -int(value.as_tuple().exponent) if value.is_finite() else 0
        if isinstance(value, str):
            return -int(Decimal(value).as_tuple().exponent) if _is_amount(value) else 0
        if isinstance(value, Mapping):
            return max((self._deepest(one) for key, one in value.items() if key not in _NAMES), default=0)
        return max((self._deepest(one) for one in value), default=0) if isinstance(value, list) else 0

    def units(self, value: object, where: str) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)) or not _is_amount(str(value)):
            raise OrderFault(f"{where}: an amount is a number of zero or more")
        return int(Decimal(value).scaleb(self.places))

    def written(self, units: int | None) -> int | str | None:
        return units if units is None or not self.places else f"{Decimal(units).scaleb(-self.places):.{self.places}f}"


_NAMES = {"bidder", "at", "id", "items", "bundle"}


def _is_amount(text: str) -> bool:
    whole, _, part = text.partition(".")
    return whole.isascii() and whole.isdigit() and len(whole) < 17 and (not part or (part.isascii() and part.isdigit() and len(part) < 9))


def read(text: str) -> dict[str, Any]:
    """This will parse the document without floats; NaN, infinity and repeated keys are refused."""
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in found}) != len(found):
            raise OrderFault("a key stands twice in one object")
        return dict(found)

    def constant(name: str) -> Any:
        raise OrderFault(f"{name} is no amount")

    try:
        document = json.loads(text, parse_float=Decimal, parse_constant=constant, object_pairs_hook=pairs)
    except json.JSONDecodeError as fault:
        raise OrderFault(f"line {fault.lineno}: {fault.msg}") from fault
    if not isinstance(document, dict):
        raise OrderFault("one auction is one JSON object")
    return document


def _orders(document: Mapping[str, Any], scale: _Scale, key: str = "bids") -> list[Order]:
    rows = document.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) and "bidder" in row and "amount" in row for row in rows):
        raise OrderFault(f"{key}: a list of objects with bidder and amount")
    ranked = sorted(enumerate(rows), key=lambda one: _instant(one[1].get("at"), one[0]))
    return [Order(str(row["bidder"]), scale.units(row["amount"], f"{key}[{place}]"), seq,
                  _quantity(row.get("quantity", 1), f"{key}[{place}]"))
            for seq, (place, row) in enumerate(ranked, start=1)]


def _instant(at: Any, place: int) -> tuple[int, Decimal, str, int]:
    """Sort key of arrival: numbers by value, times by text (RFC 3339 sorts so); without ``at`` the order given."""
    if isinstance(at, (int, Decimal)) or (isinstance(at, str) and _is_amount(at)):
        return 0, Decimal(at), "", place
    return (0, Decimal(0), "", place) if at is None else (1, Decimal(0), str(at), place)


def _quantity(value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise OrderFault(f"{where}: a quantity is a whole number of one or more")
    return value


def _increments(document: Mapping[str, Any], scale: _Scale) -> Increments:
    given = document.get("increment")
    if given is None:
        return Increments.fixed(1)
    if given == "ebay":
        return EBAY_INCREMENTS
    try:
        if isinstance(given, list):
            return Increments.read([[None if row[0] is None else scale.units(row[0], "increment"), scale.units(row[1], "increment")]
                                    for row in given])
        return Increments.fixed(max(1, scale.units(given, "increment")))
    except (ValueError, TypeError, IndexError, KeyError) as fault:
        raise OrderFault(f"increment: {fault}") from fault


def _english(document: Mapping[str, Any], scale: _Scale) -> Outcome:
    reserve = scale.units(document.get("reserve") or 0, "reserve")
    start = scale.units(document.get("start") or 0, "start")
    terms = english.EnglishTerms(start, _increments(document, scale), reserve, bool(document.get("strict", True)))
    return english.clear(terms, _orders(document, scale))


def _dutch(document: Mapping[str, Any], scale: _Scale) -> Outcome:
    orders = _orders(document, scale)
    floor = scale.units(document.get("reserve") or 0, "reserve")
    highest = max((one.amount for one in orders), default=floor)
    start = highest if document.get("start") is None else scale.units(document["start"], "start")
    step = max(1, scale.units(document.get("increment") or 0, "increment"))
    return dutch.clear(dutch.DutchTerms(start, step, floor), orders)


def _sealed(function: Callable[..., Outcome]) -> Callable[[Mapping[str, Any], _Scale], Outcome]:
    return lambda document, scale: function(_orders(document, scale), scale.units(document.get("reserve") or 0, "reserve"))


def _multi(function: Callable[..., Outcome]) -> Callable[[Mapping[str, Any], _Scale], Outcome]:
    return lambda document, scale: function(_orders(document, scale), _quantity(document.get("supply", 1), "supply"),
                                            scale.units(document.get("reserve") or 0, "reserve"))


def _posted(document: Mapping[str, Any], scale: _Scale) -> Outcome:
    price = document.get("price", document.get("reserve"))
    if price is None:
        raise OrderFault("price: a posted price needs its list price")
    return posted.clear(_orders(document, scale), scale.units(price, "price"), _quantity(document.get("supply", 1), "supply"))


def _bundles(bids: object, scale: _Scale) -> list[vcg.BundleBid]:
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
        found.append(vcg.BundleBid(str(row["bidder"]), frozenset(map(str, items)), scale.units(row.get("amount"), f"bids[{place}]")))
    return found


def _vcg(document: Mapping[str, Any], scale: _Scale) -> Outcome:
    bids = document.get("bids", [])
    if isinstance(bids, list) and bids and all(isinstance(row, dict) and "items" not in row and "bundle" not in row for row in bids):
        # identical units without bundles: the k highest unit bids win and pay the highest loser (VCG of single-unit bidders)
        return multi.uniform(_orders(document, scale), _quantity(document.get("supply", 1), "supply"),
                             scale.units(document.get("reserve") or 0, "reserve"))
    return vcg.clear(_bundles(bids, scale))


def _call(document: Mapping[str, Any], scale: _Scale) -> Outcome:
    reference = document.get("reference")
    return call.clear(_orders(document, scale), _orders(document, scale, "asks"),
                      None if reference is None else scale.units(reference, "reference"))


CLEARABLE: dict[str, Callable[[Mapping[str, Any], _Scale], Outcome]] = {
    "english": _english, "first_price": _sealed(sealed.first_price), "second_price": _sealed(sealed.second_price), "dutch": _dutch,
    "uniform": _multi(multi.uniform), "pay_as_bid": _multi(multi.pay_as_bid), "vcg": _vcg, "posted": _posted,
    "rsop": lambda document, scale: rsop.clear(_orders(document, scale), str(document.get("seed", "0"))), "call": _call,
}


def clear(format_: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """This will clear one auction and return awards, price and refused bids, amounts in the input's own units."""
    scale = _Scale(dict(document))
    if document.get("increment") == "ebay":
        scale.places = max(scale.places, 2)
    outcome = CLEARABLE[format_](document, scale)
    return {
        "format": format_,
        "awards": [{"bidder": one.bidder, "price": scale.written(one.price), "quantity": one.quantity} for one in outcome.awards],
        "price": scale.written(outcome.price),
        "refused": [{"bidder": one.bidder, "bid": one.seq, "code": one.code, "minimum": scale.written(one.minimum)}
                    for one in outcome.refused],
        **{key: _fact(key, value, scale) for key, value in outcome.facts.items()},
    }


def _fact(key: str, value: Any, scale: _Scale) -> Any:
    if key == "prices":
        return [scale.written(one) for one in value]
    return scale.written(value) if key in ("visible", "welfare") else value
