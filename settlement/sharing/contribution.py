"""What each party contributed, reckoned from written inputs so that anyone reckons it again: coverage, a table of utility, sampled orders.

The inputs are plain data. Coverage is written as regions: how many records exactly these parties supply. Utility is a whole number for each
coalition, as the model's owner measured it; above twenty parties only for the coalitions that drawn orders of arrival ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np

from kit.coverage import covers
from kit.money import split
from settlement.sharing.games import MOST_PLAYERS, Coverage, Game, ShareFault, Shares
from settlement.sharing.leave_one_out import leave_one_out
from settlement.sharing.sampling import error_bound, sampled
from settlement.sharing.shapley import banzhaf
from settlement.sharing.written_out import shapley_of_worths

__all__ = ["WHOLE", "Reckoned", "coalitions_wanted", "reckon", "regions_of", "weights_of"]

#: Values become whole weights of this sum: a weight is within one part in it of its value.
WHOLE = 10**10
#: Up to so many parties Banzhaf's index of a table stands beside Shapley's value.
_SHOWN = 12
_MOST_PARTIES, _MOST_ORDERS = 200, 2_000


@dataclass(frozen=True)
class Reckoned:
    """Shapley's values, which sum to the whole; beside them, for display, what each party's absence would cost and Banzhaf's index."""

    values: Shares
    whole: Fraction
    method: str
    orders: int = 0
    #: How far off a value may be, as millionths of the range of a party's marginal worths, save with probability 5 %; 0 where exact.
    bound_ppm: int = 0
    left_out: Shares = field(default_factory=dict)
    banzhaf: Shares = field(default_factory=dict)


def regions_of(coverage: Coverage) -> list[list[Any]]:
    """This will write a coverage as its regions: who exactly supplies how many records, in the order of the names."""
    counts: dict[tuple[str, ...], int] = {}
    for parties in coverage.suppliers().values():
        counts[tuple(parties)] = counts.get(tuple(parties), 0) + 1
    return [[list(parties), count] for parties, count in sorted(counts.items())]


def weights_of(values: Mapping[str, Fraction], whole: int = WHOLE) -> dict[str, int]:
    """This will turn values into whole weights by largest remainder; who contributed less than nothing has none."""
    kept = {party: max(value, Fraction(0)) for party, value in values.items()}
    if not any(kept.values()):
        raise ShareFault("settlement.share.nothing_to_weigh", "no party contributed anything")
    return split(whole, kept)


@covers("G4", "R69")
def reckon(inputs: Mapping[str, Any]) -> Reckoned:
    """This will reckon contributions from written inputs; the same inputs always give the same answer."""
    try:
        kind = inputs["kind"]
        if kind == "coverage":
            return _by_regions(_pairs(inputs["regions"]))
        if kind == "utility":
            return _by_file(inputs["parties"], inputs["table"]) if "table" in inputs else _by_table(_pairs(inputs["worths"]))
        if kind == "sampled":
            return _by_orders([str(one) for one in inputs["parties"]], str(inputs["seed"]), inputs["orders"], _pairs(inputs["worths"]))
    except ShareFault:
        raise
    except (KeyError, TypeError, ValueError) as fault:
        raise ShareFault("settlement.share.unreadable", f"not the inputs of a reckoning: {fault}") from fault
    raise ShareFault("settlement.share.unknown_rule", "inputs are a coverage, a utility or sampled orders")


def _pairs(rows: Iterable[Sequence[Any]]) -> dict[frozenset[str], int]:
    found: dict[frozenset[str], int] = {}
    for parties, number in rows:
        group = frozenset(str(one) for one in parties)
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**32 or not group or len(group) < len(parties):
            raise ShareFault("settlement.share.bad_number",
                             f"{', '.join(map(str, parties))}: a whole number from 0 to 4294967295 for parties named once")
        if group in found:
            raise ShareFault("settlement.share.coalition_twice", f"{', '.join(sorted(group))} stands twice")
        found[group] = number
    return found


def _by_regions(regions: Mapping[frozenset[str], int]) -> Reckoned:
    parties = sorted({one for group in regions for one in group})
    zero = dict.fromkeys(parties, Fraction(0))
    values, alone, swings = dict(zero), dict(zero), dict(zero)
    for group, count in regions.items():
        for party in group:
            values[party] += Fraction(count, len(group))
            swings[party] += Fraction(count, 2 ** (len(group) - 1))
            alone[party] += count if len(group) == 1 else 0
    if not parties:
        raise ShareFault("settlement.share.no_party", "nobody supplies a record")
    return Reckoned(values, Fraction(sum(regions.values())), "closed_form", left_out=alone, banzhaf=swings)


def _by_table(worths: Mapping[frozenset[str], int]) -> Reckoned:
    parties = tuple(sorted({one for group in worths for one in group}))
    if not 1 <= len(parties) <= MOST_PLAYERS:
        raise ShareFault("settlement.share.too_many", f"a table has one to {MOST_PLAYERS} parties; above that orders are drawn")
    if len(worths) != 2 ** len(parties) - 1:
        missing = 2 ** len(parties) - 1 - len(worths)
        raise ShareFault("settlement.share.coalition_missing",
                         f"{missing} coalitions have no utility: {_first_missing(parties, worths)} first")
    place = {party: 1 << n for n, party in enumerate(parties)}
    table = np.zeros(1 << len(parties), dtype=np.int64)
    for group, number in worths.items():
        table[sum(place[one] for one in group)] = number
    return _written_out(parties, table)


def _by_file(parties: Sequence[Any], numbers: Sequence[Any]) -> Reckoned:
    """A whole table by bit mask, as a file of it is kept: bit n stands for the party n."""
    named = tuple(str(one) for one in parties)
    if not 1 <= len(named) <= MOST_PLAYERS or len(set(named)) < len(named):
        raise ShareFault("settlement.share.too_many", f"a table has one to {MOST_PLAYERS} parties, each once")
    if len(numbers) != 1 << len(named):
        raise ShareFault("settlement.share.coalition_missing", f"{1 << len(named)} utilities are expected, {len(numbers)} stand here")
    if any(isinstance(one, bool) or not isinstance(one, int) or not 0 <= one < 2**32 for one in numbers) or numbers[0]:
        raise ShareFault("settlement.share.bad_number", "utilities are whole numbers from 0 to 4294967295, and nobody is worth nothing")
    return _written_out(named, np.array(numbers, dtype=np.int64))


def _written_out(parties: tuple[str, ...], table: np.ndarray) -> Reckoned:
    place = {party: 1 << n for n, party in enumerate(parties)}
    game = Game(parties, {mask: Fraction(int(number)) for mask, number in enumerate(table)} if len(parties) <= _SHOWN else {})
    few = len(parties) <= _SHOWN
    whole = int(table[-1])
    left = leave_one_out(game) if few else {party: Fraction(whole - int(table[-1 - place[party]])) for party in parties}
    return Reckoned(shapley_of_worths(parties, table), Fraction(whole), "exact", left_out=left, banzhaf=banzhaf(game) if few else {})


def _first_missing(parties: Sequence[str], worths: Mapping[frozenset[str], int]) -> str:
    for mask in range(1, 1 << len(parties)):
        group = frozenset(party for n, party in enumerate(parties) if mask >> n & 1)
        if group not in worths:
            return ",".join(sorted(group))
    return ""


def _bounded(parties: Sequence[str], orders: Any) -> list[str]:
    named = sorted(set(parties))
    if len(named) != len(parties) or not 2 <= len(named) <= _MOST_PARTIES or isinstance(orders, bool) or not isinstance(orders, int) or (
            not 2 <= orders <= _MOST_ORDERS or orders % 2):
        raise ShareFault("settlement.share.bad_bound",
                         f"2 to {_MOST_PARTIES} parties named once, an even number of up to {_MOST_ORDERS} orders")
    return named


@covers("G4")
def coalitions_wanted(parties: Sequence[str], seed: str, orders: int) -> list[list[str]]:
    """This will list the coalitions whose utility the drawn orders ask for, and each whole but one; the seed draws them again."""
    named, wanted = _bounded(parties, orders), set[frozenset[int]]()

    def asked(group: frozenset[int]) -> int:
        wanted.add(group)
        return 0

    sampled(named, asked, orders=orders, seed=seed)
    everyone = frozenset(range(len(named)))
    wanted |= {everyone, *(everyone - {one} for one in everyone)}
    return sorted(([named[one] for one in sorted(group)] for group in wanted if group), key=lambda one: (len(one), one))


def _by_orders(parties: Sequence[str], seed: str, orders: int, worths: Mapping[frozenset[str], int]) -> Reckoned:
    named = _bounded(parties, orders)

    def worth(group: frozenset[int]) -> int:
        known = frozenset(named[one] for one in group)
        if known not in worths:
            raise ShareFault("settlement.share.coalition_missing",
                             f"{','.join(sorted(known))} has no utility, and a drawn order asks for it")
        return worths[known]

    found = sampled(named, worth, orders=orders, seed=seed)
    everyone = frozenset(range(len(named)))
    whole = Fraction(worth(everyone))
    left = {name: whole - worth(everyone - {n}) for n, name in enumerate(named)}
    return Reckoned(found.shares, whole, "sampled", orders, ceil(error_bound(len(named), orders // 2) * 1_000_000), left)
