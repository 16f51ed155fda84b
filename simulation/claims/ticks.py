"""What steps and ends do to a price: E8 (the Dutch clock's tick), E9 (the English increment), E10 (hard and soft close)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from kit.coverage import covers
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import ONE, Draws, bids
from simulation.claims.measuring import mean
from trading.auctions import dutch, english
from trading.auctions.rules import Closing, Increments, Refused, SoftClose

_TICKS = {ONE // 100: (0.6617, 0.030), ONE // 20: (0.6404, 0.151), ONE // 10: (0.6116, 0.288)}


@covers("E8")
@claim("E8", title="A coarse Dutch clock costs revenue and makes ties, so a tie rule is a must", source="computed",
       setting="5 bidders at 4/5 of values even on 0…1; the clock falls by d and stops at the first step not above a bid",
       production=("trading.auctions.dutch.clear",),
       figures=tuple(figure for tick, (price, tied) in _TICKS.items() for figure in (
           Figure(f"revenue, d = {tick / ONE:g}", price, 0.002), Figure(f"ties, d = {tick / ONE:g}", tied, 0.003))))
def _coarse_clock(draws: Draws) -> Iterator[Measured]:
    for tick in _TICKS:
        terms, paid, tied = dutch.DutchTerms(ONE, tick), [], []
        for values in draws.uniform(draws.count(800_000), 5):
            named = bids([value * 4 // 5 for value in values])
            outcome = dutch.clear(terms, named)
            left = dutch.clear(terms, [one for one in named if one.bidder != outcome.awards[0].bidder])
            paid.append(outcome.price or 0)
            tied.append(left.price == outcome.price)
        yield from (mean(paid), mean(tied, 1))


_BIAS = {ONE // 100: 0.0048, ONE // 20: 0.0190, ONE // 10: 0.0266}
_PROXY = {ONE // 100: 0.6767, ONE // 20: 0.7111}


@covers("E9")
@claim("E9", title="The English increment lifts the price above the runner-up's value", source="computed",
       setting="5 bidders, values even on 0…1; bids in whole increments d, then proxy maxima at the value itself; any maximum is taken",
       production=("trading.auctions.english.clear",),
       figures=(*(Figure(f"bids in steps, d = {tick / ONE:g}: above 2/3", bias, 0.002) for tick, bias in _BIAS.items()),
                *(Figure(f"proxy maxima, d = {tick / ONE:g}", price, 0.002) for tick, price in _PROXY.items())))
def _increments(draws: Draws) -> Iterator[Measured]:
    for tick in _BIAS:
        terms = english.EnglishTerms(0, Increments.fixed(tick), strict=False)
        stepped = mean([english.clear(terms, bids([max(1, value // tick * tick) for value in values])).price or 0
                        for values in draws.uniform(draws.count(280_000), 5)])
        yield Measured(float(stepped.value) - 2 / 3, stepped.half, stepped.samples)
    for tick in _PROXY:
        terms = english.EnglishTerms(0, Increments.fixed(tick), strict=False)
        yield mean([english.clear(terms, bids(values)).price or 0 for values in draws.uniform(draws.count(280_000), 5)])


_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_LENGTH, _WINDOW, _REACTION, _SNIPE = timedelta(hours=1), timedelta(minutes=10), timedelta(minutes=2), timedelta(seconds=5)
_OUTCRY = english.EnglishTerms(ONE // 50, Increments.fixed(ONE // 50), proxies=False)
_NONE = timedelta(0)


@dataclass(frozen=True)
class _Duel:
    """How a duel of a patient bidder and a sniper ended."""

    winner: str
    price: int
    left: timedelta


def _duel(rule: SoftClose, patient: int, sniper: int) -> _Duel:
    """The patient one raises by a step two minutes after being outbid, the sniper by a step five seconds before the end."""
    closing = Closing(_BEGIN + _LENGTH, _BEGIN + _LENGTH)
    values, book, last = {"patient": patient, "sniper": sniper}, english.Book(), _BEGIN
    turn, at = "patient", _BEGIN
    while at < closing.closes_at:
        named = english.next_minimum(_OUTCRY, book, turn)
        if named > values[turn]:
            break
        answer = english.place(_OUTCRY, book, turn, named)
        assert not isinstance(answer, Refused), "the least that is taken was named"
        book, last, closing = answer, at, rule.after(closing, at)
        turn = "sniper" if turn == "patient" else "patient"
        at = closing.closes_at - _SNIPE if turn == "sniper" else at + _REACTION
    return _Duel(book.leader or "", book.price or 0, closing.closes_at - last)


@covers("E10")
@claim("E10", title="A fixed end invites bids in the last second; an end that moves on takes their gain away",
       source="Roth and Ockenfels 2002",
       setting="a bidder who answers within two minutes against a sniper, steps of 1/50; soft close: ten minutes without a bid",
       production=("trading.auctions.rules.SoftClose.after", "trading.auctions.english.place", "trading.auctions.english.next_minimum"),
       figures=(Figure("hard close: last bid in the last ten minutes", 0.9, relation=">"),
                Figure("soft close: last bid with less than ten minutes left", 0),
                Figure("hard close: the higher value wins", 0.5, 0.1), Figure("soft close: the higher value wins", 0.95, relation=">"),
                Figure("soft less hard close: revenue", 0.2, relation=">")))
def _soft_close(draws: Draws) -> Iterator[Measured]:
    hard, soft = SoftClose(_NONE, _NONE, _NONE), SoftClose(_WINDOW, _WINDOW, timedelta(days=9))
    drawn = [(one, other) for one, other in draws.uniform(draws.count(20_000), 2) if min(one, other) > 2 * ONE // 50]
    ends = {name: [_duel(rule, *pair) for pair in drawn] for name, rule in (("hard", hard), ("soft", soft))}
    yield mean([one.left < _WINDOW for one in ends["hard"]], 1)
    yield Measured(sum(one.left < _WINDOW for one in ends["soft"]), samples=len(drawn))
    for name in ("hard", "soft"):
        yield mean([(pair[0] > pair[1]) == (one.winner == "patient") for pair, one in zip(drawn, ends[name], strict=True)], 1)
    yield mean(np.subtract([one.price for one in ends["soft"]], [one.price for one in ends["hard"]]))
