"""What a sealed bid says once it is open, and what all of them decide, for every format whose bids are sealed.

One object: an amount. Several equal licences: an amount for each, and how many (``1200x3``). Bundles: which items for how much,
alternatives of which at most one wins (``A=500;A+B=900``). The room decides by these functions, and so does whoever replays a lot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trading.auctions import multi, rsop, vcg
from trading.auctions.rules import Order, Outcome
from trading.auctions.sealed import first_price, second_price, standing

__all__ = ["MOST_BUNDLES", "MOST_ITEMS", "MOST_UNITS", "SEVERAL", "Rule", "Said", "decide", "read_word", "write_units"]

#: Formats that sell several licences at once (pilot and simulation venues).
SEVERAL = ("uniform", "pay_as_bid", "vcg", "rsop")
#: Small on purpose: an award is a trade and an agreement each, and exact search over bundles has to end within the act.
MOST_UNITS, MOST_ITEMS, MOST_BUNDLES = 50, 8, 12

_UNITS = re.compile(r"([1-9][0-9]{0,15})x([1-9][0-9]?)")
_BUNDLE = re.compile(r"([A-Z](?:\+[A-Z])*)=([1-9][0-9]{0,15})")


@dataclass(frozen=True)
class Said:
    """One opened bid: ``word`` is what was sealed where it is more than an amount."""

    bidder: str
    amount: int
    seq: int
    word: str = ""


@dataclass(frozen=True)
class Rule:
    """By what a lot of sealed bids is decided; ``supply`` None: as many as are wanted; ``seed`` tosses the coins of ``rsop``."""

    format: str
    floor: int
    supply: int | None = None
    items: tuple[str, ...] = ()
    seed: str = ""


def write_units(amount: int, quantity: int) -> str:
    """This will write what is sealed for several equal licences."""
    return f"{amount}x{quantity}"


def read_word(rule: Rule, word: str) -> tuple[int, int, tuple[tuple[frozenset[str], int], ...]]:
    """This will read a sealed word: the amount, how many, the bundles. ``ValueError`` names what is wrong with it."""
    if rule.format in ("uniform", "pay_as_bid"):
        if (found := _UNITS.fullmatch(word)) is None or not 1 <= int(found[2]) <= (rule.supply or 0):
            raise ValueError("quantity")
        return int(found[1]), int(found[2]), ()
    if rule.format != "vcg":
        raise ValueError("word")
    bundles = []
    for part in word.split(";"):
        if (found := _BUNDLE.fullmatch(part)) is None:
            raise ValueError("bundle")
        items = found[1].split("+")
        if len(set(items)) != len(items) or not set(items) <= set(rule.items):
            raise ValueError("items")
        bundles.append((frozenset(items), int(found[2])))
    if len(bundles) > MOST_BUNDLES or len({items for items, _ in bundles}) != len(bundles):
        raise ValueError("bundles")
    return max(amount for _, amount in bundles), 1, tuple(bundles)


def decide(rule: Rule, said: Sequence[Said]) -> Outcome:
    """This will decide opened bids by the lot's rule; each bidder's newest counts, ties go to the earlier one."""
    orders = [Order(one.bidder, one.amount, one.seq) for one in said]
    if rule.format == "first_price":
        return first_price(orders, rule.floor)
    if rule.format == "second_price":
        return second_price(orders, rule.floor)
    if rule.format == "rsop":
        ranked, refused = standing(orders, rule.floor)
        return Outcome(rsop.clear(sorted(ranked, key=lambda one: one.seq), rule.seed).awards, None, refused)
    if rule.format == "vcg":
        return _bundles(rule, said)
    units = [Order(one.bidder, one.amount, one.seq, read_word(rule, one.word)[1]) for one in said]
    clear = multi.uniform if rule.format == "uniform" else multi.pay_as_bid
    return clear(units, rule.supply or 0, rule.floor)


def _bundles(rule: Rule, said: Iterable[Said]) -> Outcome:
    """The lowest price of an item is a bid of the seller's own on it: who wins a bundle pays at least that for each of its items."""
    bids = [vcg.BundleBid(one.bidder, items, amount) for one in sorted(said, key=lambda one: one.seq)
            for items, amount in read_word(rule, one.word)[2] if amount >= rule.floor * len(items)]
    kept = [vcg.BundleBid(f"~{item}", frozenset({item}), rule.floor) for item in rule.items]
    found = vcg.clear([*bids, *kept])
    awards = tuple(one for one in found.awards if not one.bidder.startswith("~"))
    return Outcome(awards, None, (), {"allocation": {one.bidder: found.facts["allocation"][one.bidder] for one in awards}})
