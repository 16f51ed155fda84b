"""Reads one ``share`` order as JSON and answers it: rule, exact fractions, fen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kit.money import parse_fen
from settlement.sharing.claims import equal_awards, equal_losses, talmud
from settlement.sharing.contribution import reckon
from settlement.sharing.games import Coverage, Game, ShareFault, Shares, in_fen
from settlement.sharing.leave_one_out import leave_one_out, leave_one_out_of_coverage
from settlement.sharing.periods import close_pool
from settlement.sharing.proportional import equal, proportional
from settlement.sharing.shapley import banzhaf, banzhaf_of_coverage, shapley, shapley_of_coverage
from settlement.sharing.terms import Terms, by_terms

__all__ = ["RULES", "Order", "answer", "read", "share"]

RULES = ("proportional", "shapley", "leave_one_out", "banzhaf", "talmud", "cea", "cel", "equal", "agreement", "period")
_INPUTS = ("weights", "game", "coverage", "claims", "terms", "pool", "reckoned")
_OF_CLAIMS: dict[str, Callable[[Fraction, Mapping[str, Fraction]], Shares]] = {
    "talmud": talmud, "cea": equal_awards, "cel": equal_losses, "proportional": proportional}
_OF_GAMES: dict[str, Callable[[Game], Shares]] = {"shapley": shapley, "leave_one_out": leave_one_out, "banzhaf": banzhaf}
_OF_COVERAGES: dict[str, Callable[[Coverage], Shares]] = {
    "shapley": shapley_of_coverage, "leave_one_out": leave_one_out_of_coverage, "banzhaf": banzhaf_of_coverage}


@dataclass(frozen=True)
class Order:
    """What is asked: a pot in fen, a rule, and one kind of input."""

    pot_fen: int
    rule: str
    kind: str
    given: Mapping[str, Any]


def read(text: str) -> Order:
    """This will read an order; ``ShareFault`` says what is wrong. Numbers stay exact (no float ever)."""
    try:
        raw = json.loads(text, parse_float=Fraction, parse_constant=_no_constant, object_pairs_hook=_no_twice)
    except ShareFault:
        raise
    except (ValueError, RecursionError) as fault:
        raise ShareFault("settlement.share.unreadable", f"not JSON: {fault}") from fault
    if not isinstance(raw, dict):
        raise ShareFault("settlement.share.unreadable", "an order is a JSON object")
    try:
        pot = parse_fen(raw.get("pot_fen"))
    except ValueError as fault:
        raise ShareFault("settlement.share.bad_pot", f"pot_fen: {fault}") from fault
    kinds = [kind for kind in _INPUTS if kind in raw]
    if raw.get("rule") not in RULES:
        raise ShareFault("settlement.share.unknown_rule", f"rule is one of {', '.join(RULES)}")
    if len(kinds) != 1 or not isinstance(raw[kinds[0]], dict) or not raw[kinds[0]]:
        raise ShareFault("settlement.share.one_input", f"an order has exactly one of {', '.join(_INPUTS)}, an object with parties")
    return Order(pot, raw["rule"], kinds[0], raw[kinds[0]])


def share(order: Order) -> Shares:
    """This will return the exact shares of an order: a game's in the game's own units, others' in fen."""
    pot, rule = Fraction(order.pot_fen), order.rule
    if order.kind == "game":
        game = Game.of({_coalition(key): _number(value, key) for key, value in order.given.items()})
        if rule == "equal":
            return equal(game.whole, game.players)
        if rule == "proportional":
            return proportional(game.whole, {name: game.value(1 << n) for n, name in enumerate(game.players)})
        return _apply(_OF_GAMES, order)(game)
    if order.kind == "coverage":
        coverage = Coverage({party: frozenset(_records(party, records)) for party, records in order.given.items()})
        whole = Fraction(len(coverage.suppliers()))
        if rule == "equal":
            return equal(whole, coverage.records)
        if rule == "proportional":
            return proportional(whole, {party: Fraction(len(records)) for party, records in coverage.records.items()})
        return _apply(_OF_COVERAGES, order)(coverage)
    if order.kind in _OF_AGREEMENTS:
        return _of_agreement(order)
    figures = {party: _number(value, party) for party, value in order.given.items()}
    if rule == "equal":
        return equal(pot, figures)
    if order.kind == "weights" and rule != "proportional":
        raise ShareFault("settlement.share.rule_needs_other_input", f"{rule} does not divide by {order.kind}")
    return _apply(_OF_CLAIMS, order)(pot, figures)


def _of_agreement(order: Order) -> Shares:
    """What an agreement gives of one trade, what a pool has accrued at the end of a period, or a contribution reckoned again."""
    rule, reader = _OF_AGREEMENTS[order.kind]
    if order.rule != rule:
        raise ShareFault("settlement.share.rule_needs_other_input", f"{order.rule} does not divide by {order.kind}")
    try:
        return reader(order.pot_fen, order.given)
    except ShareFault:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise ShareFault("settlement.share.unreadable", f"{order.kind}: {fault}") from fault


def _by_agreement(pot_fen: int, given: Mapping[str, Any]) -> Shares:
    return by_terms(pot_fen, Terms.read(given), before_fen=parse_fen(given.get("before_fen", 0))).shares


def _by_period(pot_fen: int, given: Mapping[str, Any]) -> Shares:
    weights = {party: _number(weight, party) for party, weight in given["weights"].items()}
    carried = {party: _number(share, party) for party, share in given.get("carried", {}).items()}
    return dict(close_pool(pot_fen, weights, carried).accrued)


_OF_AGREEMENTS: dict[str, tuple[str, Callable[[int, Mapping[str, Any]], Shares]]] = {
    "terms": ("agreement", _by_agreement), "pool": ("period", _by_period),
    "reckoned": ("shapley", lambda _pot, given: reckon(given).values)}


def answer(order: Order) -> dict[str, Any]:
    """This will return the answer as the command prints it."""
    shares = share(order)
    if order.kind == "pool":  # whole fen are paid, fractions wait
        return {"parties": [{"party": party, "fraction": str(share), "fen": share.numerator // share.denominator,
                             "waits": str(share - share.numerator // share.denominator)} for party, share in sorted(shares.items())]}
    fen = in_fen(order.pot_fen, shares) if order.kind != "terms" or order.pot_fen else dict.fromkeys(shares, 0)
    return {"parties": [{"party": party, "fraction": str(shares[party]), "fen": fen[party]} for party in sorted(shares)]}


def _apply(table: Mapping[str, Callable[..., Shares]], order: Order) -> Callable[..., Shares]:
    if order.rule not in table:
        raise ShareFault("settlement.share.rule_needs_other_input", f"{order.rule} does not divide by {order.kind}")
    return table[order.rule]


def _coalition(key: str) -> tuple[str, ...]:
    """``12`` is the coalition of 1 and 2; longer names are parted by commas."""
    return tuple(name.strip() for name in key.split(",") if name.strip()) if "," in key else tuple(key)


def _records(party: str, records: Any) -> Iterable[str]:
    if not isinstance(records, list) or not all(isinstance(one, str | int) and not isinstance(one, bool) for one in records):
        raise ShareFault("settlement.share.bad_coverage", f"{party}: the records are a list of texts or whole numbers")
    return (str(one) for one in records)


def _number(value: Any, where: str) -> Fraction:
    try:
        if isinstance(value, bool) or not isinstance(value, int | str | Fraction):
            raise ValueError("not a number")
        return Fraction(value)
    except (ValueError, ZeroDivisionError) as fault:
        raise ShareFault("settlement.share.bad_number", f"{where}: {value!r} is not a number or a fraction such as 1/3") from fault


def _no_constant(word: str) -> Any:
    raise ShareFault("settlement.share.bad_number", f"{word} is not a number")


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        raise ShareFault("settlement.share.unreadable", "a name stands twice in one object")
    return named
