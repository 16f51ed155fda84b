"""Reads one auction's orders as ``clear`` takes them and writes the outcome back in the same units, exactly.

Amounts may be whole numbers or decimals (text or JSON numbers): all are scaled by one power of ten to whole units, so no
float is ever computed with, and scaled back on the way out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from trading.auctions.formats import AuctionFormat, all_formats
from trading.auctions.rules import EBAY_INCREMENTS, Increments, Order

__all__ = ["OrderFault", "Sheet", "clear", "read"]


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


class Sheet:
    """One auction as it was handed in; a format asks it for what it needs, in whole units."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self._scale = _Scale(dict(document))
        if document.get("increment") == "ebay":
            self._scale.places = max(self._scale.places, 2)

    def given(self, key: str, default: Any = None) -> Any:
        """This will return a value as it stands in the input."""
        return self.document.get(key, default)

    def amount(self, key: str, default: int | None = 0) -> int | None:
        """This will return an amount in whole units; ``default`` where it is absent or null."""
        value = self.document.get(key)
        return default if value is None else self._scale.units(value, key)

    def reserve(self) -> int:
        """This will return the least price, 0 where there is none."""
        return self.amount("reserve") or 0

    def quantity(self, key: str) -> int:
        """This will return a whole number of one or more, 1 where it is absent."""
        return _quantity(self.document.get(key, 1), key)

    def units(self, value: object, where: str) -> int:
        """This will read one amount of a format's own shape; ``where`` names it in the fault."""
        return self._scale.units(value, where)

    def orders(self, key: str = "bids") -> list[Order]:
        """This will return the bids (or asks) numbered in the order of arrival."""
        rows = self.document.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) and "bidder" in row and "amount" in row for row in rows):
            raise OrderFault(f"{key}: a list of objects with bidder and amount")
        ranked = sorted(enumerate(rows), key=lambda one: _instant(one[1].get("at"), one[0]))
        return [Order(str(row["bidder"]), self.units(row["amount"], f"{key}[{place}]"), seq,
                      _quantity(row.get("quantity", 1), f"{key}[{place}]"))
                for seq, (place, row) in enumerate(ranked, start=1)]

    def increments(self) -> Increments:
        """This will return the increment table: a step, rows, or ``"ebay"``; one unit where it is absent."""
        given = self.document.get("increment")
        if given is None:
            return Increments.fixed(1)
        if given == "ebay":
            return EBAY_INCREMENTS
        try:
            if isinstance(given, list):
                return Increments.read([[None if row[0] is None else self.units(row[0], "increment"), self.units(row[1], "increment")]
                                        for row in given])
            return Increments.fixed(max(1, self.units(given, "increment")))
        except (ValueError, TypeError, IndexError, KeyError) as fault:
            raise OrderFault(f"increment: {fault}") from fault

    def written(self, value: Any) -> Any:
        """This will write an amount, or a list of amounts, back in the units of the input."""
        return [self._scale.written(one) for one in value] if isinstance(value, list | tuple) else self._scale.written(value)


def _instant(at: Any, place: int) -> tuple[int, Decimal, str, int]:
    """Sort key of arrival: numbers by value, times by text (RFC 3339 sorts so); without ``at`` the order given."""
    if isinstance(at, (int, Decimal)) or (isinstance(at, str) and _is_amount(at)):
        return 0, Decimal(at), "", place
    return (0, Decimal(0), "", place) if at is None else (1, Decimal(0), str(at), place)


def _quantity(value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise OrderFault(f"{where}: a quantity is a whole number of one or more")
    return value


def clear(format_: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """This will clear one auction and return awards, price and refused bids, amounts in the input's own units."""
    sheet, form = Sheet(document), all_formats()[format_]
    outcome = form.clear(sheet)
    return {
        "format": format_,
        "awards": [{"bidder": one.bidder, "price": sheet.written(one.price), "quantity": one.quantity} for one in outcome.awards],
        "price": sheet.written(outcome.price),
        "refused": [{"bidder": one.bidder, "bid": one.seq, "code": one.code, "minimum": sheet.written(one.minimum)}
                    for one in outcome.refused],
        **{key: _fact(form, key, value, sheet) for key, value in outcome.facts.items()},
    }


def _fact(form: AuctionFormat, key: str, value: Any, sheet: Sheet) -> Any:
    return sheet.written(value) if key in form.amounts else value
