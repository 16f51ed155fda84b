"""Many sellers and many buyers, in the simulation venue only: E48 (the call auction's golden book), E49 (McAfee's double auction)."""

from __future__ import annotations

from collections.abc import Iterator

from kit.coverage import covers
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import Draws, bids
from simulation.claims.measuring import quotient
from trading.auctions import call, mcafee
from trading.auctions.rules import Order

_BIDS = ((12, 5), (11, 4), (10, 6), (9, 8), (8, 3))
_ASKS = ((7, 3), (8, 5), (9, 4), (10, 6), (11, 9))


@covers("E48")
@claim("E48", title="The call auction's price: most volume, then least imbalance, then the reference", source="golden book, computed",
       setting="bids 12×5 11×4 10×6 9×8 8×3, asks 7×3 8×5 9×4 10×6 11×9", production=("trading.auctions.call.clear",),
       figures=(Figure("price", 10), Figure("units", 15), Figure("imbalance", -3), Figure("units sold", 15)))
def _golden_book(draws: Draws) -> Iterator[Measured]:
    buys, sells = ([Order(f"{side}{price}", price, place, units) for place, (price, units) in enumerate(rows, 1)]
                   for side, rows in (("b", _BIDS), ("a", _ASKS)))
    outcome = call.clear(buys, sells)
    yield from (Measured(outcome.price or 0), Measured(outcome.facts["volume"]), Measured(outcome.facts["imbalance"]),
                Measured(sum(units for _, units in outcome.facts["sold"])))


_SIZES = {2: (0.773, 1_000_000), 5: (0.946, 60_000), 10: (0.983, 12_000), 50: (0.9993, 1_500), 200: (0.99995, 400)}


@covers("E49")
@claim("E49", title="A truthful market that never pays in loses at most one trade", source="McAfee 1992",
       setting="n buyers and n sellers of one unit, values even on 0…1; gains over the best possible",
       production=("trading.auctions.mcafee.clear",),
       figures=(*(Figure(f"efficiency, {n} and {n}", share, 0.005) for n, (share, _) in _SIZES.items()),
                Figure("most trades lost in one market", 1, relation="<="), Figure("markets in which the house paid in", 0)))
def _double_auction(draws: Draws) -> Iterator[Measured]:
    lost = deficits = markets = 0
    for many, (_, rounds) in _SIZES.items():
        got, best = [], []
        count = draws.count(rounds) if many < 50 else rounds if draws.full else rounds // 10
        for values in draws.uniform(count, 2 * many):
            buys, sells = bids(values[:many]), bids(values[many:])
            outcome = mcafee.clear(buys, sells)
            bought, sold = {one.bidder for one in outcome.awards}, set(outcome.facts["sold"])
            pairs = list(zip(sorted(values[:many], reverse=True), sorted(values[many:]), strict=True))
            best.append(sum(max(0, value - cost) for value, cost in pairs))
            got.append(sum(one.amount for one in buys if one.bidder in bought) - sum(one.amount for one in sells if one.bidder in sold))
            lost = max(lost, sum(value >= cost for value, cost in pairs) - len(bought))
            deficits += outcome.facts["house_gets"] < 0
        markets += count
        yield quotient(got, best)
    yield from (Measured(lost, samples=markets), Measured(deficits, samples=markets))
