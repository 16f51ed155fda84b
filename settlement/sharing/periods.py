"""Paying over time: instalments by accrued fractions, a pool that is divided once a period, and what a public product may earn.

Dividing the growing sum anew each time may take back a fen already paid (Alabama paradox, E45). So each party's exact share accrues, whole
fen of it are paid, and what is left of fractions waits on an account of its own until it makes a fen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kit.coverage import covers
from settlement.sharing.games import ShareFault
from settlement.sharing.proportional import proportional

__all__ = ["Closed", "CostPlus", "Instalment", "close_pool", "cost_plus", "dividends", "instalments"]


@dataclass(frozen=True)
class Instalment:
    """What came in, what each party is paid of it now in whole fen, and what waits in fractions after it (a whole number of fen)."""

    received_fen: int
    paid: Mapping[str, int]
    waiting_fen: int


@covers("E45")
def instalments(received: Iterable[int], weights: Mapping[str, int | Fraction], *, last: bool = False) -> list[Instalment]:
    """This will pay each receipt by accrued fractions: nobody is ever paid less than before, and nothing is lost.

    ``last``: with the last receipt what waits is paid too, to the largest fractions, then to the smaller code.
    """
    amounts = list(received)
    if any(amount < 0 for amount in amounts):
        raise ShareFault("settlement.share.bad_number", "a receipt is zero or more")
    exact = {party: Fraction(weight) for party, weight in weights.items()}
    accrued, paid, found = dict.fromkeys(exact, Fraction(0)), dict.fromkeys(exact, 0), []
    for place, amount in enumerate(amounts, 1):
        for party, share in proportional(Fraction(amount), exact).items():
            accrued[party] += share
        due = {party: accrued[party].numerator // accrued[party].denominator for party in accrued}
        waiting = sum(amounts[:place]) - sum(due.values())
        if last and place == len(amounts):
            for party in sorted(due, key=lambda one: (due[one] - accrued[one], one))[:waiting]:
                due[party] += 1
            waiting = 0
        found.append(Instalment(amount, {party: due[party] - paid[party] for party in due}, waiting))
        paid = due
    return found


@covers("R72")
def dividends(receipts: Iterable[tuple[date, int]], ends: Sequence[date], weights: Mapping[str, int | Fraction]) -> list[Instalment]:
    """This will gather receipts into pools by period (each ends with its day) and divide each pool once, by accrued fractions."""
    if not ends or list(ends) != sorted(set(ends)):
        raise ShareFault("settlement.share.bad_periods", "periods end on rising days")
    pools = [0] * len(ends)
    for day, amount in receipts:
        place = next((n for n, end in enumerate(ends) if day <= end), None)
        if place is None:
            raise ShareFault("settlement.share.bad_periods", f"{day} is after the last period")
        pools[place] += amount
    return instalments(pools, weights)


@dataclass(frozen=True)
class Closed:
    """What a pool pays each party in whole fen, what it had accrued for it by then, and the fractions that wait for the next period."""

    paid: Mapping[str, int]
    accrued: Mapping[str, Fraction]
    carried: Mapping[str, Fraction]


@covers("R72", "E45")
def close_pool(held_fen: int, weights: Mapping[str, int | Fraction], carried: Mapping[str, Fraction], *, last: bool = False) -> Closed:
    """This will divide what a pool holds at the end of a period: fractions carried from the periods before, and the rest by weight.

    Period by period this pays what ``instalments`` pays. Where refunds took more than came in, the fractions carried are cut alike.
    """
    exact = {party: Fraction(weight) for party, weight in weights.items()}
    before = {party: carried.get(party, Fraction(0)) for party in exact}
    waiting = sum(before.values(), Fraction(0))
    if held_fen < 0 or waiting < 0:
        raise ShareFault("settlement.share.bad_number", "a pool holds zero or more")
    if waiting > held_fen:
        before = {party: share * held_fen / waiting for party, share in before.items()}
        waiting = Fraction(held_fen)
    fresh = proportional(held_fen - waiting, exact)
    accrued = {party: before[party] + fresh[party] for party in exact}
    paid = {party: share.numerator // share.denominator for party, share in accrued.items()}
    if last:
        spare = held_fen - sum(paid.values())
        for party in sorted(paid, key=lambda one: (paid[one] - accrued[one], one))[:spare]:
            paid[party] += 1
        return Closed(paid, accrued, dict.fromkeys(exact, Fraction(0)))
    return Closed(paid, accrued, {party: accrued[party] - paid[party] for party in exact})


@dataclass(frozen=True)
class CostPlus:
    """What the operator of a public product may keep, and what of it comes to the treasury beyond."""

    operator_fen: int
    treasury_fen: int
    most_fen: int


@covers("R74", "R76")
def cost_plus(earned_fen: int, *, cost_fen: int, subsidy_fen: int, rate_bps: int, most_rate_bps: int, tax_fen: int = 0) -> CostPlus:
    """This will divide what an authorised public product earned: cost net of subsidy, a return on it and tax stay with the operator.

    The return is cut to the highest rate allowed (bond yield and six points, 发改价格〔2025〕65号) and rounds down.
    """
    if min(earned_fen, subsidy_fen, rate_bps, most_rate_bps, tax_fen) < 0 or cost_fen < subsidy_fen:
        raise ShareFault("settlement.share.bad_terms", "amounts are zero or more and the subsidy is at most the cost")
    net = cost_fen - subsidy_fen
    most = net + net * min(rate_bps, most_rate_bps) // 10_000 + tax_fen
    kept = min(earned_fen, most)
    return CostPlus(kept, earned_fen - kept, most)
