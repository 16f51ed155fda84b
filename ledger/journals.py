"""Books in plain text: reads journals as hledger and Beancount write them, and writes ours, to the last unit of every commodity.

A transaction becomes legs in whole smallest units. Where it exchanges one commodity for another the other side of each stands in an
account of its own, ``Equity:Conversions``, so that every commodity sums to zero by itself, as our books demand.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from kit.coverage import covers

__all__ = ["CONVERSIONS", "Book", "JournalFault", "read_journal", "written"]

CONVERSIONS = "Equity:Conversions"
_DATED = re.compile(r"^(\d{4})[-/](\d{1,2})[-/](\d{1,2})\s+(.*)$")
_NUMBER = r"[-+]?[\d,]+(?:\.\d+)?"
_BEANCOUNT = re.compile(rf"^({_NUMBER})\s+([A-Z][A-Z0-9._-]*)(?:\s*\{{([^}}]*)\}})?(?:\s*(@@?)\s*({_NUMBER})\s+([A-Z][A-Z0-9._-]*))?$")
_HLEDGER = re.compile(rf"^([^\d\s,.+-]*)\s*({_NUMBER})$")
#: A comment, or a note of Beancount beside a transaction: ``  name: "text"``.
_REMARK = re.compile(r"^\s+(;|[a-z][a-zA-Z0-9_-]*:\s)")
_COST = re.compile(rf"^\s*({_NUMBER})\s+([A-Z][A-Z0-9._-]*)")


class JournalFault(ValueError):
    """A line that cannot be read or a transaction that does not balance; says which."""


@dataclass
class _Leg:
    account: str
    units: Decimal | None
    commodity: str = ""
    weight: Decimal = Decimal(0)
    weighed_in: str = ""


@dataclass
class Book:
    """What a journal says: transactions of (account, commodity, units), and how many decimals each commodity has."""

    transactions: list[list[tuple[str, str, Decimal]]] = field(default_factory=list)
    decimals: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    held: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def take(self, legs: Iterable[tuple[str, str, Decimal]]) -> None:
        """This will add a transaction, its conversions beside it."""
        rows = [leg for leg in legs if leg[2]]
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for _, commodity, units in rows:
            sums[commodity] += units
        rows += [(CONVERSIONS, commodity, -left) for commodity, left in sorted(sums.items()) if left]
        for account, commodity, units in rows:
            self.held[account, commodity] += units
        if rows:
            self.transactions.append(rows)

    def whole(self, commodity: str, units: Decimal) -> int:
        """This will give an amount in the commodity's smallest units; exact, or it is a fault."""
        scaled = units.scaleb(self.decimals[commodity])
        if scaled != scaled.to_integral_value():
            raise JournalFault(f"{units} {commodity} has more decimals than the commodity")
        return int(scaled)


def _decimal(text: str, commodity: str, book: Book) -> Decimal:
    number = Decimal(text.replace(",", ""))
    exponent = number.as_tuple().exponent
    book.decimals[commodity] = max(book.decimals[commodity], -exponent if isinstance(exponent, int) and exponent < 0 else 0)
    return number


def _leg(text: str, book: Book) -> _Leg:
    account, _, amount = text.partition("  ")
    amount = amount.split(";")[0].strip()
    if not amount:
        return _Leg(account.strip(), None)
    if found := _BEANCOUNT.match(amount):
        number, commodity, cost, at, price, priced_in = found.groups()
        units = _decimal(number, commodity, book)
        if cost is not None:
            each = _COST.match(cost)
            if each is None:
                raise JournalFault(f"a lot without its cost: {text.strip()}")
            return _Leg(account.strip(), units, commodity, units * Decimal(each[1].replace(",", "")), each[2])
        if at:
            worth = Decimal(price.replace(",", ""))
            return _Leg(account.strip(), units, commodity, worth.copy_sign(units) if at == "@@" else units * worth, priced_in)
        return _Leg(account.strip(), units, commodity, units, commodity)
    if found := _HLEDGER.match(amount):
        units = _decimal(found[2], found[1], book)
        return _Leg(account.strip(), units, found[1], units, found[1])
    raise JournalFault(f"an amount that cannot be read: {text.strip()}")


def _balanced(legs: list[_Leg], book: Book, line: int) -> list[tuple[str, str, Decimal]]:
    """The legs with the one that was left out; weights in each currency sum to less than the smallest unit that is written."""
    left: dict[str, Decimal] = defaultdict(Decimal)
    for leg in legs:
        left[leg.weighed_in] += leg.weight
    rows = [(leg.account, leg.commodity, leg.units) for leg in legs if leg.units is not None]
    open_legs = [leg for leg in legs if leg.units is None]
    if len(open_legs) > 1:
        raise JournalFault(f"line {line}: two legs without an amount")
    for commodity, rest in left.items():
        unit = Decimal(1).scaleb(-book.decimals[commodity])
        if open_legs and (amount := (-rest).quantize(unit)):
            rows.append((open_legs[0].account, commodity, amount))
        elif not open_legs and abs(rest) >= unit:
            raise JournalFault(f"line {line}: {rest} {commodity} are left over")
    return rows


@dataclass
class _Entry:
    day: tuple[int, int, int]
    order: int
    line: int
    words: list[str]
    legs: list[str]


def _entries(text: str) -> Iterator[_Entry]:
    current: _Entry | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        dated = _DATED.match(raw)
        if dated or not raw.strip():
            if current is not None:
                yield current
            current = None
        if dated:
            words = dated[4].split()
            kind = words[0] if words else ""
            day = (int(dated[1]), int(dated[2]), int(dated[3]))
            current = _Entry(day, {"balance": 0, "pad": 1}.get(kind, 2), number, words, [])
        elif current is not None and raw[:1].isspace() and not _REMARK.match(raw):
            current.legs.append(raw.strip())
    if current is not None:
        yield current


@covers("G1")
def read_journal(text: str) -> Book:
    """This will read a journal of either kind; padding is filled up to the next balance, balances are checked."""
    book, pads = Book(), {}
    entries = sorted(_entries(text), key=lambda one: (one.day, one.order, one.line))
    parsed = {one.line: [_leg(leg, book) for leg in one.legs] for one in entries if one.legs and one.words[0] not in _NOT_BOOKED}
    for one in entries:
        if one.words[:1] == ["pad"]:
            pads[one.words[1]] = one.words[2]
        elif one.words[:1] == ["balance"]:
            _assert(book, one, pads)
        elif one.line in parsed:
            book.take(_balanced(parsed[one.line], book, one.line))
    return book


_NOT_BOOKED = {"open", "close", "commodity", "price", "note", "event", "document", "custom", "query", "pad", "balance"}


def _assert(book: Book, one: _Entry, pads: dict[str, str]) -> None:
    account, number, commodity = one.words[1], one.words[2], one.words[3]
    wanted = _decimal(number, commodity, book)
    have = sum((units for (name, unit),
                units in book.held.items() if unit == commodity and (name == account or name.startswith(account + ":"))),
               Decimal(0))
    if (source := pads.pop(account, None)) is not None:
        book.take([(account, commodity, wanted - have), (source, commodity, have - wanted)])
    elif abs(wanted - have) > Decimal("0.02"):
        raise JournalFault(f"line {one.line}: {account} holds {have} {commodity}, not {wanted}")


def written(rows: Iterable[tuple[str, str, str, list[tuple[str, str, int]]]]) -> Iterator[str]:
    """This will write transactions (day, kind, subject, legs in hundredths) as a journal that both kinds of readers take."""
    for day, kind, subject, legs in rows:
        yield f'{day} * "{kind}" "{subject}"\n'
        for account, currency, fen in legs:
            sign, whole = "-" if fen < 0 else "", abs(fen)
            yield f"  {account}  {sign}{whole // 100}.{whole % 100:02d} {currency}\n"
        yield "\n"
