"""Several licences, quotes and haggling: E11 (uniform price), E12 (request for quotes), E13 (split the difference)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from kit.coverage import covers
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import ONE, Draws, bids
from simulation.claims.measuring import mean, quotient
from trading.auctions import bargain, multi, posted, rfq

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_SALES = ((10, 3), (10, 5), (20, 10))


@covers("E11")
@claim("E11", title="Several equal licences at one price: the best bid that went short", source="order statistics, computed",
       setting="n bidders for one licence each, k licences, values even on 0…1; draws in mirrored pairs",
       production=("trading.auctions.multi.uniform",),
       figures=tuple(Figure(f"n = {n}, k = {k}", Fraction(k * (n - k), n + 1), 0.005) for n, k in _SALES))
def _uniform_price(draws: Draws) -> Iterator[Measured]:
    for many, supply in _SALES:
        yield mean([sum(one.price * one.quantity for half in pair for one in multi.uniform(bids(half), supply).awards) / 2
                    for pair in draws.mirrored(draws.count(60_000), many)])


@dataclass
class _Quote:
    """A quote as the request ranks it."""

    price_fen: int
    at: datetime


@covers("E12")
@claim("E12", title="More quotes, lower price: a request for quotes is a first-price auction turned round",
       source="theory of first price, computed",
       setting="n suppliers, costs c even on 0…1, equilibrium quotes c + (1-c)/n, the lowest is awarded",
       production=("trading.auctions.rfq.ranked",),
       figures=tuple(Figure(f"{n} quotes", Fraction(2, n + 1), 0.002) for n in (2, 3, 5)))
def _quotes(draws: Draws) -> Iterator[Measured]:
    for many in (2, 3, 5):
        yield mean([rfq.ranked([_Quote(cost + (ONE - cost) // many, _BEGIN + timedelta(seconds=place)) for place, cost in enumerate(costs)])
                    [0].price_fen for costs in draws.uniform(draws.count(120_000), many)])


def _split(ask: int, offer: int) -> int | None:
    """One bargain: the seller asks; a buyer who would offer as much names the middle, which the seller accepts; any other declines."""
    due = _BEGIN + timedelta(days=1)
    talk = bargain.start("seller", bargain.Terms(ask), due)
    if offer < ask:
        ended = bargain.step(talk, "decline", "buyer", _BEGIN)
    elif offer == ask:
        ended = bargain.step(talk, "accept", "buyer", _BEGIN)
    else:
        middle = bargain.step(talk, "counter", "buyer", _BEGIN, terms=bargain.Terms((ask + offer) // 2, seats=1), due_at=due)
        assert isinstance(middle, bargain.Talk), "the middle is another price than the ask, or has other terms"
        ended = bargain.step(middle, "accept", "seller", _BEGIN)
    return ended.terms.price_fen if isinstance(ended, bargain.Talk) and ended.status == "accepted" else None


@covers("E13")
@claim("E13", title="Haggling for the middle loses some trades, and fewer than one fixed price", source="Chatterjee and Samuelson 1983",
       setting="value v and cost c even on 0…1; the buyer names 2v/3 + 1/12, the seller 2c/3 + 1/4; against a posted price of 1/2",
       production=("trading.auctions.bargain.start", "trading.auctions.bargain.step", "trading.auctions.posted.clear"),
       figures=(Figure("share of pairs that trade", Fraction(9, 32), 0.004), Figure("gains of trade", Fraction(9, 64), 0.004),
                Figure("gains over the best possible", Fraction(27, 32), 0.004), Figure("posted price over the best possible", 0.75, 0.004),
                Figure("mean price of what trades", 0.5, 0.004)))
def _haggling(draws: Draws) -> Iterator[Measured]:
    traded, gained, held, best, prices = [], [], [], [], []
    for value, cost in draws.uniform(draws.count(1_500_000), 2):
        price = _split(2 * cost // 3 + ONE // 4, 2 * value // 3 + ONE // 12)
        fixed = posted.clear(bids([value]), ONE // 2, 1).awards if cost <= ONE // 2 else ()
        traded.append(price is not None)
        prices += [price] if price is not None else []
        gained.append(value - cost if price is not None else 0)
        held.append(value - cost if fixed else 0)
        best.append(max(0, value - cost))
    yield from (mean(traded, 1), mean(gained), quotient(gained, best), quotient(held, best), mean(prices))
