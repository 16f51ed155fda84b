"""A market with known cheats: honest trades, and rings, washers and shills planted among them, who do what they can not to be seen.

Seeded, so that a figure can be computed again. Camouflage: the planted trade honestly with others too, vary their prices and the days
between, leave legs out, keep some ownership undeclared; and the honest do what looks alike: partners who sell to each other, groups that
license inside the house, accountants who sign in for two clients, offices behind one address.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from trading.surveillance.bidding import Tender, close_bids, rotation
from trading.surveillance.direct import Deal, Mark, cycles, round_trips, same_owner, shared_sign_ins
from trading.surveillance.measuring import area
from trading.surveillance.rules import MILLION, RULES, Found, above
from trading.surveillance.shill import Lot, features, score, shills

__all__ = ["DIRECT", "Market", "Measured", "close_area", "measure", "planted_market", "shill_area"]

DIRECT = tuple(rule.id for rule in RULES.values() if rule.direct)
DAYS, MARKETS = 365, 12
Group = tuple[str, ...]


@dataclass
class Market:
    """What the detectors see, and what is true."""

    deals: list[Deal] = field(default_factory=list)
    owner: dict[str, str] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    tenders: list[Tender] = field(default_factory=list)
    truth: dict[str, set[Group]] = field(default_factory=dict)

    def tied(self, one: str, two: str) -> bool:
        """Whether declared holdings lead to the same owner."""
        return one in self.owner and self.owner[one] == self.owner.get(two)


@dataclass(frozen=True)
class Measured:
    """A rule on the planted market: what it raised, how much of that is true, how much of the truth it found."""

    rule: str
    raised: int
    right: int
    planted: int
    found: int

    @property
    def precision(self) -> float:
        return self.right / self.raised if self.raised else 1.0

    @property
    def recall(self) -> float:
        return self.found / self.planted if self.planted else 1.0


class _Hand:
    """Deals out the market; every party has a number, every trade a code."""

    def __init__(self, seed: int) -> None:
        self.chance = np.random.default_rng(seed)
        self.market = Market(truth={rule: set() for rule in (*DIRECT, "shill", "rotation")})
        self.base = np.exp(self.chance.normal(13.5, 0.9, MARKETS))
        self.names = [f"P{n:05d}" for n in range(2_300)]
        self.fresh = iter(self.chance.permutation(self.names[:300]).tolist() + [f"Q{n:05d}" for n in range(4_000)])

    def price(self, market: int) -> int:
        fen = int(self.base[market] * np.exp(self.chance.normal(0, 0.7)))
        return max(100, int(float(f"{fen:.1e}"))) if self.chance.random() < 0.6 else max(100, fen)

    def near(self, fen: int) -> int:
        return max(1, int(fen * self.chance.uniform(0.93, 1.07)))

    def trade(self, seller: str, buyer: str, fen: int, day: float, market: int) -> None:
        number = len(self.market.deals)
        self.market.deals.append(Deal(f"T{number:06d}", seller, buyer, f"{seller}-{market}", f"M{market}", fen, int(day) % DAYS))

    def take(self, count: int) -> Group:
        return tuple(next(self.fresh) for _ in range(count))

    def day(self, before: int = 60) -> float:
        return float(self.chance.integers(0, DAYS - before))

    def plant(self, rule: str, parties: Iterable[str]) -> None:
        self.market.truth[rule].add(tuple(sorted(parties)))


def planted_market(trades: int = 50_000, *, seed: int = 7) -> Market:
    """This will deal a year of trades with about a hundred and fifty planted groups among some two thousand parties."""
    hand = _Hand(seed)
    _same_owners(hand)
    _round_trips(hand)
    _circles(hand)
    _shared(hand)
    _look_alikes(hand)
    _camouflage(hand)
    _honest(hand, trades - len(hand.market.deals))
    _lots(hand)
    _tenders(hand)
    return hand.market


def _same_owners(hand: _Hand) -> None:
    for number in range(40):
        seller, buyer = hand.take(2)
        declared = number >= 2  # two of forty keep their owner to themselves
        for party in (seller, buyer) if declared else ():
            hand.market.owner[party] = f"owner-{number}"
        hand.plant("same_owner", (seller, buyer))
        market, day = int(hand.chance.integers(MARKETS)), hand.day()
        for _ in range(int(hand.chance.integers(3, 9))):
            hand.trade(seller, buyer, hand.near(hand.price(market)), day + hand.chance.integers(0, 60), market)


def _round_trips(hand: _Hand) -> None:
    for _ in range(40):
        one, two = hand.take(2)
        hand.plant("round_trip", (one, two))
        market, fen, day = int(hand.chance.integers(MARKETS)), 0, hand.day(120)
        fen = hand.price(market)
        for turn in range(int(hand.chance.integers(3, 7))):
            out = day + turn * 18 + hand.chance.integers(0, 6)
            hand.trade(one, two, hand.near(fen), out, market)
            if hand.chance.random() > 0.1:
                hand.trade(two, one, hand.near(fen), out + hand.chance.integers(1, 15), int(hand.chance.integers(MARKETS)))


def _circles(hand: _Hand) -> None:
    for _ in range(30):
        ring = hand.take(int(hand.chance.integers(3, 5)))
        hand.plant("cycle", ring)
        day = hand.day(150)
        for turn in range(int(hand.chance.integers(3, 6))):
            market, at = int(hand.chance.integers(MARKETS)), day + turn * 28
            fen = hand.price(market)
            for seller, buyer in pairwise((*ring, ring[0])):
                if hand.chance.random() > 0.02:
                    hand.trade(seller, buyer, hand.near(fen), at, market)
                at += hand.chance.integers(1, 6)


def _shared(hand: _Hand) -> None:
    for number in range(30):
        seller, buyer = hand.take(2)
        hand.plant("shared_sign_in", (seller, buyer))
        device = number >= 2  # two use two machines behind one line
        for party in (seller, buyer):
            hand.market.marks.append(Mark(party, "device" if device else "address", f"wash-{number}"))
        market = int(hand.chance.integers(MARKETS))
        for _ in range(int(hand.chance.integers(3, 9))):
            hand.trade(seller, buyer, hand.near(hand.price(market)), hand.day(), market)


def _look_alikes(hand: _Hand) -> None:
    """Honest: partners who exchange once or at other values, licences inside a group, one accountant for two, an office block."""
    for number in range(80):
        one, two = hand.take(2)
        market, day = int(hand.chance.integers(MARKETS)), hand.day()
        for _ in range(int(hand.chance.integers(1, 4))):
            hand.trade(one, two, hand.price(market), day + hand.chance.integers(0, 60), market)
            hand.trade(two, one, hand.price(int(hand.chance.integers(MARKETS))), day + hand.chance.integers(0, 60), market)
        if number < 4:
            hand.market.owner |= {one: f"group-{number}", two: f"group-{number}"}
        if number < 40:
            hand.market.marks += [Mark(party, "address", f"accountant-{number}") for party in (one, two)]
        if number < 2:
            hand.market.marks += [Mark(party, "device", f"agent-{number}") for party in (one, two)]
    hand.market.marks += [Mark(name, "address", f"block-{number // 12}") for number, name in enumerate(hand.names)]


def _camouflage(hand: _Hand) -> None:
    """The planted trade with everybody else too, five honest trades each."""
    planted = sorted({party for groups in hand.market.truth.values() for group in groups for party in group})
    for party in planted:
        for _ in range(5):
            other = str(hand.chance.choice(hand.names[300:]))
            market = int(hand.chance.integers(MARKETS))
            pair = (party, other) if hand.chance.random() < 0.5 else (other, party)
            hand.trade(*pair, hand.price(market), hand.day(0), market)


def _honest(hand: _Hand, trades: int) -> None:
    """Sellers by a long tail; every sixth party buys as well as sells."""
    sellers, buyers = hand.names[300:1_100], hand.names[900:]
    weights = 1 / np.arange(1, len(sellers) + 1) ** 0.8
    chosen = hand.chance.choice(len(sellers), size=trades, p=weights / weights.sum())
    bought = hand.chance.integers(0, len(buyers), size=trades)
    markets, days = hand.chance.integers(0, MARKETS, size=trades), hand.chance.integers(0, DAYS, size=trades)
    for seller, buyer, market, day in zip(chosen, bought, markets, days, strict=True):
        if sellers[seller] != buyers[buyer]:
            hand.trade(sellers[seller], buyers[buyer], hand.price(int(market)), float(day), int(market))


def _lots(hand: _Hand) -> None:
    """Three thousand honest lots; forty shills bid for two sellers each, win one lot in five and bid elsewhere as well."""
    for number in range(3_000):
        seller = f"S{int(hand.chance.integers(150)):03d}"
        bidders = [f"B{one:04d}" for one in hand.chance.integers(0, 1_200, size=int(hand.chance.integers(2, 7)))]
        _lot(hand, f"L{number:05d}", seller, bidders, "")
    for number in range(40):
        shill = f"X{number:03d}"
        for seller in (f"S{number * 2:03d}", f"S{number * 2 + 1:03d}"):
            hand.plant("shill", (seller, shill))
            for lot in range(int(hand.chance.integers(4, 9))):
                bidders = [f"B{one:04d}" for one in hand.chance.integers(0, 1_200, size=int(hand.chance.integers(2, 6)))]
                _lot(hand, f"L-{shill}-{seller}-{lot}", seller, bidders, shill)
        for lot in range(2):
            others = [f"B{one:04d}" for one in hand.chance.integers(0, 1_200, size=3)]
            _lot(hand, f"L-{shill}-else-{lot}", f"S{int(hand.chance.integers(100, 150)):03d}", [*others, shill], "")


def _lot(hand: _Hand, code: str, seller: str, bidders: list[str], shill: str) -> None:
    """Honest bidders answer each other and now and then themselves; a shill answers every second bid and stops before the end."""
    bids: list[str] = []
    for _ in range(int(hand.chance.integers(len(bidders), 4 * len(bidders)))):
        bids.append(_next(hand, bidders, bids))
        if shill and hand.chance.random() < 0.45:
            bids.append(shill)
            if hand.chance.random() < 0.2:
                bids.append(shill)
    won = shill and hand.chance.random() < 0.2
    bids.append(shill if won else bidders[int(hand.chance.integers(len(bidders)))])
    hand.market.lots.append(Lot(code, seller, tuple(bids), bids[-1]))


def _next(hand: _Hand, bidders: list[str], bids: list[str]) -> str:
    """Who bids next: seldom who bid last, for it leads already."""
    one = bidders[int(hand.chance.integers(len(bidders)))]
    if bids and one == bids[-1] and hand.chance.random() < 0.9:
        one = bidders[int(hand.chance.integers(len(bidders)))]
    return one


def _tenders(hand: _Hand) -> None:
    """A hundred honest groups and twenty rings, twelve rounds each; a ring takes turns, covers closely and slips now and then."""
    for number in range(120):
        ring = number >= 100
        parties = [f"R{number:03d}{letter}" for letter in "abcd"]
        if ring:
            hand.plant("rotation", parties)
        for turn in range(12):
            cost = float(np.exp(hand.chance.normal(13, 0.5)))
            bids = {party: int(cost * hand.chance.normal(1.1, 0.083)) for party in parties}
            if ring:
                winner = parties[turn % 4]
                bids = {party: int(cost * (1.3 if party == winner else hand.chance.normal(1.36, 0.008))) for party in parties}
            winner = min(bids, key=lambda party: bids[party])
            hand.market.tenders.append(Tender(f"Q{number:03d}-{turn:02d}", "M0", bids, winner, turn * 25))


def measure(market: Market) -> tuple[list[Measured], float]:
    """This will run the rules over a planted market: each with what it raised and found, and the area under the shill score's curve."""
    met = [(deal.seller, deal.buyer, deal.code) for deal in market.deals]
    raised = above([*same_owner(market.deals, market.tied), *round_trips(market.deals), *cycles(market.deals),
                    *shared_sign_ins(met, market.marks), *shills(market.lots), *rotation(market.tenders)], {})
    guilty = {group for groups in market.truth.values() for group in groups}
    return [_measured(rule, raised, market.truth[rule], guilty) for rule in (*DIRECT, "shill", "rotation")], shill_area(market)


def _measured(rule: str, raised: list[Found], planted: set[Group], guilty: set[Group]) -> Measured:
    own = {tuple(sorted(one.parties)) for one in raised if one.rule == rule}
    return Measured(rule, len(own), sum(_guilty(group, guilty) for group in own), len(planted), len(own & planted))


def _guilty(group: Group, guilty: set[Group]) -> bool:
    """Planted as such, or part of what is planted (two of a ring)."""
    return any(set(group) <= set(one) for one in guilty)


def shill_area(market: Market) -> float:
    """This will give the area of the shill score over bidders in lots of a seller they bid up for, and all others."""
    scores: dict[bool, list[float]] = {True: [], False: []}
    for lot, bidder, its in features(market.lots):
        scores[tuple(sorted((lot.seller, bidder))) in market.truth["shill"]].append(score(its) / MILLION)
    return area(scores[True], scores[False])


def close_area(market: Market) -> float:
    """This will give the area of the screen of close bids over rings and honest groups."""
    rings = market.truth["rotation"]
    found = {tuple(sorted(one.parties)): one.score_ppm for one in close_bids(market.tenders)}
    return area([value for group, value in found.items() if group in rings], [v for group, v in found.items() if group not in rings])
