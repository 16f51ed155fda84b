"""One buyer or many, one version or two: E22 (exclusive or open), E23 (a posted price), E24 (versions)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from kit.coverage import covers
from listings import exclusivity
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import ONE, Draws, bids
from simulation.claims.measuring import mean, variance
from trading.auctions import posted, rsop, sealed

_PREMIUMS = {2: (0.4167, 1.20), 3: (0.5313, 1.41), 5: (0.6719, 1.86), 10: (0.8183, 3.06), 20: (0.9048, 5.53)}


@covers("E22")
@claim("E22", title="An exclusive licence has to bring a premium, and the more buyers there are the higher",
       source="computed from Myerson 1981",
       setting="n buyers, values even on 0…1: second price with reserve 1/2 against open licences at 1/2",
       production=("listings.exclusivity.exclusive_revenue", "listings.exclusivity.break_even_premium",
                   "trading.auctions.sealed.second_price", "trading.auctions.posted.clear"),
       figures=tuple(figure for n, (exclusive, premium) in _PREMIUMS.items() for figure in (
           Figure(f"exclusive, {n} buyers: formula", exclusive, 0.00005), Figure(f"premium, {n} buyers: formula", premium, 0.005),
           Figure(f"exclusive, {n} buyers: auctions", exclusive, 0.002), Figure(f"open, {n} buyers: sales", Fraction(n, 4), 0.005 * n))))
def _premium(draws: Draws) -> Iterator[Measured]:
    for many in _PREMIUMS:
        yield from (Measured(exclusivity.exclusive_revenue(many)), Measured(exclusivity.break_even_premium(many)))
        one, all_ = [], []
        for values in draws.uniform(draws.count(1_300_000 if many < 5 else 300_000), many):
            one.append(sealed.second_price(bids(values), ONE // 2).price or 0)
            all_.append(len(posted.clear(bids(values), ONE // 2, many).awards) / 2)
        yield from (mean(one), mean(all_, 1))


@covers("E23")
@claim("E23", title="What a posted price earns, and how much it swings", source="binomial law, computed",
       setting="20 buyers, values even on 0…1, price 1/2", production=("trading.auctions.posted.clear",),
       figures=(Figure("mean", 5, 0.01), Figure("standard deviation", 1.118034, 0.01)))
def _posted(draws: Draws) -> Iterator[Measured]:
    sold = [len(posted.clear(bids(values), ONE // 2, 20).awards) / 2 for values in draws.uniform(draws.count(340_000), 20)]
    yield mean(sold, 1)
    spread = variance(sold, 1)
    deviation = float(spread.value) ** 0.5
    yield Measured(deviation, spread.half / (2 * deviation), spread.samples)


_HIGH, _LOW = {"full": 10, "basic": 4}, {"full": 4, "basic": 3}
_CASES = {Fraction(3, 10): ("4", "24/5"), Fraction(1, 2): ("5", "6"), Fraction(4, 5): ("8", "39/5")}
_BUYERS = 10


def _versions(high: int) -> Fraction:
    """Two versions at prices that part the types: each buyer takes the one that leaves most, the dearer of equals."""
    prices, earned = {"full": 9, "basic": 3}, 0
    for values in [_HIGH] * high + [_LOW] * (_BUYERS - high):
        chosen = max(prices, key=lambda version: (values[version] - prices[version], prices[version]))
        earned += sum(one.price for one in posted.clear(bids([values[chosen]]), prices[chosen], 1).awards)
    return Fraction(earned, _BUYERS)


def _single(high: int) -> Fraction:
    """One version at the best price for the full values."""
    amounts = [_HIGH["full"]] * high + [_LOW["full"]] * (_BUYERS - high)
    sold = posted.clear(bids(amounts), rsop.optimal_price(amounts) or 0, _BUYERS)
    return Fraction(sum(one.price for one in sold.awards), _BUYERS)


@covers("E24")
@claim("E24", title="A basic version beside the full one earns more, unless nearly everybody wants the full one", source="computed",
       setting="a share a of buyers values full 10 and basic 4, the others full 4 and basic 3; one price against full at 9 and basic at 3",
       production=("trading.auctions.posted.clear", "trading.auctions.rsop.optimal_price"),
       figures=tuple(figure for share, (single, both) in _CASES.items() for figure in (
           Figure(f"one version, a = {float(share):g}", Fraction(single)), Figure(f"two versions, a = {float(share):g}", Fraction(both)))))
def _versioning(draws: Draws) -> Iterator[Measured]:
    for share in _CASES:
        high = int(share * _BUYERS)
        yield from (Measured(_single(high)), Measured(_versions(high)))
