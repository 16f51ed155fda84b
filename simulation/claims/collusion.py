"""Bidders who are not what they seem: E61 (the seller's shill) and E65 (a ring of bidders)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from kit.coverage import covers
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import ONE, Draws, bids
from simulation.claims.measuring import mean
from trading.auctions import sealed


@covers("E61")
@claim("E61", title="A shill who knows the highest bid takes all of the winner's gain; one who stands in for a reserve risks the sale",
       source="theory of second-price auctions, computed", setting="values even on 0…1; the shill bids last, or half of the scale",
       production=("trading.auctions.sealed.second_price",),
       figures=(Figure("5 bidders, honest seller: revenue", Fraction(2, 3), 0.002),
                Figure("5 bidders, shill just below the highest: revenue", Fraction(5, 6), 0.002),
                Figure("2 bidders, honest seller: revenue", Fraction(1, 3), 0.002),
                Figure("2 bidders, shill at one half: revenue", Fraction(5, 12), 0.003),
                Figure("2 bidders, shill at one half: share unsold", Fraction(1, 4), 0.004)))
def _shills(draws: Draws) -> Iterator[Measured]:
    honest, extracted, thin, stood, unsold = [], [], [], [], []
    for values in draws.uniform(draws.count(240_000), 5):
        honest.append(sealed.second_price(bids(values)).price or 0)
        extracted.append(sealed.second_price(bids([*values, max(values) - 1])).price or 0)
    for values in draws.uniform(draws.count(480_000), 2):
        thin.append(sealed.second_price(bids(values)).price or 0)
        outcome = sealed.second_price(bids([*values, ONE // 2]))
        own = outcome.awards[0].bidder == "b2"
        unsold.append(float(own))
        stood.append(0 if own else outcome.price or 0)
    yield from (mean(honest), mean(extracted), mean(thin), mean(stood), mean(unsold, 1))


_RINGS = {1: Fraction(2, 3), 2: Fraction(13, 20), 3: Fraction(3, 5), 4: Fraction(7, 15), 5: Fraction(0)}


@covers("E65")
@claim("E65", title="A small ring of bidders costs the seller little, one that holds nearly all bidders costs nearly everything",
       source="theory of second-price auctions, computed", setting="5 bidders, values even on 0…1; only the highest of k members bids",
       production=("trading.auctions.sealed.second_price",),
       figures=tuple(Figure(f"revenue, ring of {many}", revenue, 0.002 if revenue else 0) for many, revenue in _RINGS.items()))
def _rings(draws: Draws) -> Iterator[Measured]:
    for many in _RINGS:
        found = [sealed.second_price(bids([max(values[:many]), *values[many:]])).price or 0
                 for values in draws.uniform(draws.count(1_000 if many == 5 else 470_000), 5)]
        yield mean(found) if many < 5 else Measured(max(found), samples=len(found))
