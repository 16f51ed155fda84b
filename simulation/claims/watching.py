"""What surveillance can and cannot tell: E62 (shills), E63 (prices against the market's own history), E66 and E67 (bidding rings)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import exp, factorial, log10

import numpy as np

from kit.coverage import covers
from simulation import planted
from simulation.claims.claim import Figure, Measured, claim
from simulation.claims.draws import Draws
from simulation.claims.measuring import mean
from trading.surveillance import bidding, prices, shill
from trading.surveillance.bidding import Tender
from trading.surveillance.direct import Deal
from trading.surveillance.measuring import area
from trading.surveillance.rules import MILLION, RULES, Found
from trading.surveillance.shill import Features, Lot

_LABELLED = {"the average labelled shill": (Features(0.311, 0.344, 0.833, 0.865), 0.5866),
             "the average labelled honest bidder": (Features(0.122, 0.102, 0.017, 0.308), 0.1383)}
_WORKED = Lot("L1", "s", ("a", "b", "b", "c", "b", "b", "a", "a"), "a")


@covers("E62")
@claim("E62", title="A shill's bidding tells it apart even when it wins now and then and bids for others too",
       source="Alzahrani and Sadaoui 2018 (labelled auctions); computed",
       setting="scores of the published averages; one lot with bids a b b c b b a a, sold to a; then 3,000 honest lots and forty shills of "
               "two sellers each that win one lot in five",
       production=("trading.surveillance.shill.score", "trading.surveillance.shill.features", "trading.surveillance.shill.shills"),
       figures=(*(Figure(f"score of {name}", value, 0.0002) for name, (_, value) in _LABELLED.items()),
                Figure("worked lot: share of b's bids", 0.5), Figure("worked lot: b outbids itself, twice or more", 1.0),
                Figure("worked lot: a outbids itself, once", 0.5), Figure("worked lot: b has one lot and lost it", 1 / 3, 1e-9),
                Figure("area under the curve, camouflaged", 0.85, relation=">"),
                Figure("part of the shills that is named", 0.5, relation=">"),
                Figure("part of the honest pairs that is named", 0.01, relation="<")))
def _shilled(draws: Draws) -> Iterator[Measured]:
    yield from (Measured(shill.score(one) / MILLION) for one, _ in _LABELLED.values())
    its = {bidder: told for _, bidder, told in shill.features([_WORKED])}
    yield from (Measured(its["b"].ratio), Measured(its["b"].successive), Measured(its["a"].successive), Measured(its["b"].losing))
    areas, named, accused = [], [], []
    for seed in draws.rng().integers(1 << 30, size=8 if draws.full else 2).tolist():
        market = planted.planted_market(6_000, seed=seed)
        areas.append(planted.shill_area(market))
        raised = {tuple(sorted(one.parties)) for one in shill.shills(market.lots) if one.score_ppm >= RULES["shill"].threshold_ppm}
        pairs = {tuple(sorted((lot.seller, bidder))) for lot, bidder, _ in shill.features(market.lots)}
        truth = market.truth["shill"]
        named.append(len(raised & truth) / len(truth))
        accused.append(len(raised - truth) / len(pairs - truth))
    yield from (mean(one, 1) for one in (areas, named, accused))


#: 5 % of chi-square with eight degrees of freedom.
_LINE = 15.507
_BENFORD = np.array([log10(1 + 1 / digit) for digit in range(1, 10)])
_TRADES = 500


def _tail(line: float) -> float:
    """The chance of chi-square with eight degrees of freedom above a line, in closed form."""
    return exp(-line / 2) * sum((line / 2) ** k / factorial(k) for k in range(4))


def _breaks_the_law(fen: np.ndarray) -> bool:
    """What a raw law of first digits would accuse; the house has no such rule."""
    digits = np.array([int(str(one)[0]) for one in fen.tolist()])
    expected = _BENFORD * fen.size
    return bool(((np.bincount(digits, minlength=10)[1:] - expected) ** 2 / expected).sum() > _LINE)


def _deals(fen: np.ndarray, pairs: int = 25, name: str = "H") -> list[Deal]:
    """Trades of so many pairs in one market, one a day."""
    return [Deal(f"{name}{n:05d}", f"{name}s{n % pairs}", f"{name}b{n % pairs}", "x", "M", int(one), n)
            for n, one in enumerate(fen.tolist())]


def _over(found: Iterator[Found]) -> list[Found]:
    return [one for one in found if one.score_ppm >= RULES[one.rule].threshold_ppm]


def _rounded(rng: np.random.Generator, fen: np.ndarray) -> np.ndarray:
    """Six people in ten name a round price."""
    whole = np.array([max(100, int(float(f"{one:.1e}"))) for one in fen.tolist()])
    return np.where(rng.random(fen.size) < 0.6, whole, fen)


@covers("E63")
@claim("E63", title="A law of first digits accuses the honest; the market's own history finds washers and leaves the honest alone",
       source="Benford 1938; computed",
       setting="500 trades, prices lognormal with spread 1.5 (wide) or 0.5 (narrow); washers put in forty trades at sixty times the "
               "middle price, or never name a round one",
       production=("trading.surveillance.prices.outliers", "trading.surveillance.prices.unround"),
       figures=(Figure("chance above the line of chi-square, 15.507", 0.05, 0.0001),
                Figure("raw law of first digits, wide prices: honest markets accused", 0.038, 0.03),
                Figure("raw law of first digits, narrow prices: honest markets accused", 1, 0.01),
                Figure("outliers, narrow prices: honest trades raised", 0.001, relation="<"),
                Figure("outliers, wide prices: honest trades raised", 0.001, relation="<"),
                Figure("outliers, narrow prices: washed trades found", 0.95, relation=">"),
                Figure("round prices, wide: honest pairs raised", 0.01, relation="<"),
                Figure("round prices, wide: washers found", 0.95, relation=">")))
def _washed(draws: Draws) -> Iterator[Measured]:
    rng, rounds = draws.rng(), 2_000 if draws.full else 80
    yield Measured(_tail(_LINE))
    markets = {spread: [np.maximum(1, (np.exp(rng.normal(13, spread, _TRADES))).astype(np.int64)) for _ in range(rounds)]
               for spread in (1.5, 0.5)}
    for spread in (1.5, 0.5):
        yield mean([float(_breaks_the_law(fen)) for fen in markets[spread]], 1)
    few = 100 if draws.full else 20
    raised = {spread: [len(_over(prices.outliers(_deals(fen)))) / _TRADES for fen in markets[spread][:few]] for spread in (1.5, 0.5)}
    yield from (mean(raised[spread], 1) for spread in (0.5, 1.5))
    found = []
    for fen in markets[0.5][:few]:
        washed = _deals(np.full(40, int(np.exp(13) * 60)) + rng.integers(0, 999, 40), 1, "W")
        found.append(sum(one.objects[0].startswith("W") for one in _over(prices.outliers([*_deals(fen), *washed]))) / 40)
    yield mean(found, 1)
    accused, caught = [], []
    for fen in markets[1.5][:few]:
        washed = _deals(rng.integers(10_001, 99_999, 40) * 10 + 7, 1, "W")
        over = _over(prices.unround([*_deals(_rounded(rng, fen)), *washed]))
        accused.append(sum(one.objects[0].startswith("H") for one in over) / 25)
        caught.append(float(any(one.objects[0].startswith("W") for one in over)))
    yield from (mean(accused, 1), mean(caught, 1) if min(caught) < 1 else Measured(1.0, samples=few))


_FIVE = tuple("abcde")


def _screened(bids: np.ndarray) -> Found:
    """What the screen says of one round of bids: it needs five rounds of a group, so the same round is given five times."""
    told = dict(zip(_FIVE, bids.tolist(), strict=True))
    winner = min(told, key=told.__getitem__)
    return next(iter(bidding.close_bids([Tender(f"Q{turn}", "M", told, winner, turn) for turn in range(bidding.FEWEST)])))


@covers("E66")
@claim("E66", title="Bids of a ring lie close together while the winner stands apart; a ring that copies competition is not seen",
       source="Abrantes-Metz and others 2006; Huber and Imhof 2019; computed",
       setting="rounds of five bids: competitors vary by 8.3 %, a ring's losers bid 4.2 % above its winner and vary by half a percent",
       production=("trading.surveillance.bidding.close_bids",),
       figures=(Figure("variation, competitors", 0.083, 0.006), Figure("variation, ring", 0.019, 0.001),
                Figure("lead of the winner, competitors, median", 0.73, 0.12), Figure("lead of the winner, ring, median", 7.1, 1.2),
                Figure("area under the curve, variation", 0.98, relation=">"), Figure("area under the curve, lead", 0.95, relation=">"),
                Figure("area under the curve, score", 0.98, relation=">"),
                Figure("area under the curve, a ring that bids like competitors", 0.5, 0.03)))
def _rings(draws: Draws) -> Iterator[Measured]:
    rng, rounds = draws.rng(), 6_000 if draws.full else 400
    cost = 10_000_000
    honest = [_screened((cost * rng.normal(1.1, 0.0968, 5)).astype(int)) for _ in range(rounds)]
    led = [_screened((cost * np.array([1.0, *rng.normal(1.042, 0.0058, 4)])).astype(int)) for _ in range(rounds)]
    masked = [_screened((cost * rng.normal(1.1, 0.0968, 5)).astype(int)) for _ in range(rounds)]
    told = {name: [[one.figures[name] / MILLION for one in its] for its in (honest, led)] for name in ("variation_ppm", "lead_ppm")}
    yield from (mean(its, 1) for its in told["variation_ppm"])
    yield from (_median(its) for its in told["lead_ppm"])
    yield Measured(area([-one for one in told["variation_ppm"][1]], [-one for one in told["variation_ppm"][0]]), samples=rounds)
    yield Measured(area(told["lead_ppm"][1], told["lead_ppm"][0]), samples=rounds)
    for ring in (led, masked):
        yield Measured(area([one.score_ppm for one in ring], [one.score_ppm for one in honest]), samples=rounds)


def _median(samples: list[float]) -> Measured:
    """The median with its interval by ranks."""
    ordered, many = sorted(samples), len(samples)
    half = 1.29 * many**0.5
    low, high = ordered[int(many / 2 - half)], ordered[int(many / 2 + half)]
    return Measured(ordered[many // 2], (high - low) / 2, many)


_TURNS = {(4, 3): Fraction(24, 256) ** 3, (3, 4): Fraction(6, 27) ** 4, (5, 2): Fraction(120, 3_125) ** 2}
_EQUAL = Fraction(factorial(12), factorial(3) ** 4 * 4**12)


def _turned(winners: str) -> int:
    """The score of four bidders with these winners, one letter a round."""
    rounds = [Tender(f"Q{turn:02d}", "M", dict.fromkeys("abcd", 1), winner, turn) for turn, winner in enumerate(winners)]
    return next(iter(bidding.rotation(rounds))).score_ppm


@covers("E67")
@claim("E67", title="Winning by turns is evidence, winning equally often is not", source="exact counting",
       setting="equal bidders; everybody wins once in each block of as many rounds as there are bidders; then twelve rounds of four",
       production=("trading.surveillance.bidding.by_turns", "trading.surveillance.bidding.rotation"),
       figures=(*(Figure(f"{size} bidders take turns over {blocks} blocks by chance", float(chance), 1e-12)
                  for (size, blocks), chance in _TURNS.items()),
                Figure("four win three of twelve each, by chance", float(_EQUAL), 0.003),
                Figure("abcd bdac cabd: score", 1 - float(_TURNS[4, 3]), 1e-6),
                Figure("aaab bbcc cddd, equally often but not by turns: score", 0.99, relation="<"),
                Figure("honest groups that are raised", 0.005, relation="<"),
                Figure("honest groups with equal wins: part that is raised", float(_TURNS[4, 3] / _EQUAL), 0.025)))
def _rotating(draws: Draws) -> Iterator[Measured]:
    yield from (Measured(bidding.by_turns(*asked)) for asked in _TURNS)
    drawn = draws.rng().integers(0, 4, (120_000 if draws.full else 6_000, 12))
    equal = np.all([(drawn == one).sum(axis=1) == 3 for one in range(4)], axis=0)
    yield mean(equal.astype(float), 1)
    yield from (Measured(_turned(winners) / MILLION) for winners in ("abcdbdaccabd", "aaabbbcccddd"))
    line = RULES["rotation"].threshold_ppm
    raised = np.array([_turned("".join("abcd"[one] for one in row)) >= line for row in drawn.tolist()], dtype=float)
    yield from (mean(raised, 1), mean(raised[equal], 1))
