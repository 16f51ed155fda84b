"""Buyers: who shops where, what a licence is worth to each kind, what each bids; and what a buyer does with what it was delivered."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from simulation.faithful.views import Agent, Intent, Lot, Offer, Own, Person, View
from simulation.wide.lemons import left_after
from simulation.wide.parameters import Values

__all__ = ["BUYERS", "HOURS", "belief", "goes_outside", "receive", "worth_said"]

#: Seconds of an office day, nine to six.
HOURS = 9 * 3600
#: How many bidders a shading buyer counts on; how many days after delivery a buyer makes up its mind.
_RIVALS, _LOOKS = 5, 1
#: How long before the hammer a sniper bids.
_LATE = 90


def _when(rng: np.random.Generator) -> int:
    return int(rng.integers(0, HOURS))


def goes_outside(values: Values, chance: float) -> bool:
    """This will choose the channel as everybody here does: a logit on fee inside, on risk less discount outside (as wide runs do)."""
    inside, outside = values.rate("fee_bps"), values.rate("off_fraud_bps") - values.rate("off_discount_bps")
    lean = values.rate("off_bias_percent") + values.rate("off_slope_percent") * (inside - outside - 0.045)
    return chance < 1 / (1 + float(np.exp(-lean)))


def worth_said(kind: str, price_fen: int, own: Own, values: Values, chances: tuple[float, float]) -> int:
    """This will return what a buyer of this kind is ready to pay for something with this list price, in fen."""
    worth = 2.0 * price_fen * chances[0]
    if kind == "shading":
        worth *= (_RIVALS - 1) / _RIVALS
    elif kind == "zero_intelligence":
        worth *= chances[1]
    elif kind == "learner":
        worth = min(worth * own.memory.get("factor", 0.8), float(own.available_fen))
    del values
    return int(worth)


def belief(view: View, listing: str, values: Values) -> float:
    """This will return what part of its worth a buyer believes of a listing: all where quality is seen or an assessor has passed it, else
    what the mean of those who can still be on offer is worth to a buyer (E51)."""
    if not values["hidden_quality"] or listing in view.assessed:
        return 1.0
    worth = values.rate("lemons_k_percent")
    return min(1.0, worth * left_after(view.day // values["lemons_round_days"], worth) / 2)


def _shop(me: Person, view: View, own: Own, values: Values, rng: np.random.Generator, *, kind: str) -> list[Intent]:
    """One look at the market; the chances are drawn whether they are needed or not, so that a policy does not shift them."""
    comes, seller_at, channel, mode = (float(one) for one in rng.random(4))
    chances = (float(rng.random()), float(rng.random()))
    if comes >= values.rate("shop_rate_bps") or not view.sellers:
        return []
    second = _when(rng)
    seller = view.sellers[int(seller_at * len(view.sellers))]
    offers = [one for one in view.offers if one.seller == seller and one.sale_mode == "fixed"]
    if goes_outside(values, channel):
        if not offers:
            return []
        wanted = {"seller": seller, "share": chances[0], "unit_fen": 2 * offers[0].price_fen}
        if view.brokers and not me.foreign and mode < values.rate("broker_share_bps"):
            return [Intent(me.key, "engage", second, {**wanted, "offer": view.brokers[int(seller_at * len(view.brokers))]})]
        return [Intent(me.key, "haggle", second, wanted)]
    lots = [one for one in view.lots if one.seller != me.owner and (not me.foreign or one.listing in _cleared(own))]
    if mode < values.rate("auction_share_bps") and lots:
        lot = lots[int(seller_at * len(lots))]
        return _bid(me, lot, own, values, chances, second, kind, belief(view, lot.listing, values))
    if not offers:
        return [Intent(me.key, "unserved", second)]
    offer = offers[0]
    said = int(worth_said(kind, offer.price_fen, own, values, chances) * belief(view, offer.code, values))
    buys = said >= offer.price_fen
    if buys and me.foreign and offer.code not in _cleared(own):
        asked = any(one.kind == "asked" and one.about == offer.code for one in own.cases)
        return [] if asked else [Intent(me.key, "ask", second, {"listing": offer.code})]
    return [_order(me, offer, second) for _ in range(buys)] + _learn(me, own, buys, kind)


def _order(me: Person, offer: Offer, second: int) -> Intent:
    return Intent(me.key, "buy", second, {"listing": offer.code, "version": offer.version, "total_fen": offer.total_fen})


def _cleared(own: Own) -> dict[str, str]:
    """What may be delivered to this buyer abroad: listing and the case under which it may."""
    return {one.about: one.code for one in own.cases if one.kind == "export" and one.status == "cleared"}


def _waited(me: Person, view: View, own: Own) -> list[Intent]:
    """A buyer abroad orders what it wanted on the morning on which it may leave."""
    free = {listing: case for listing, case in _cleared(own).items() if case not in own.memory}
    if not free:  # nearly everybody, nearly always: the catalogue is long
        return []
    wanted = [one for one in view.offers if one.code in free and one.sale_mode == "fixed"]
    noon = HOURS // 2
    return [_order(me, one, noon) for one in wanted] + [Intent(me.key, "remember", noon, {free[one.code]: 1.0}) for one in wanted]


def _learn(me: Person, own: Own, won: bool, kind: str) -> list[Intent]:
    if kind != "learner":
        return []
    factor = own.memory.get("factor", 0.8) + (-0.01 if won else 0.02)
    return [Intent(me.key, "remember", 0, {"factor": float(min(1.0, max(0.5, factor)))})]


def _bid(me: Person, lot: Lot, own: Own, values: Values, chances: tuple[float, float], second: int, kind: str,
         trust: float) -> list[Intent]:
    """Register, then name the most one pays: the house bids on one's behalf up to it. A sniper names it shortly before the end."""
    most = int(worth_said(kind, lot.start_price_fen, own, values, chances) * trust)
    if most < lot.start_price_fen:
        return []
    given = {"lot": lot.code, "maximum_fen": most - most % 10_000 or lot.start_price_fen, "at": lot.opens_at + second}
    if kind == "sniper":
        given["at"] = lot.closes_at - _LATE
    if kind == "ring":
        given["ring"] = True  # told to the ring's members, of whom the highest alone bids
    return [Intent(me.key, "bid", second, given)]


def receive(me: Person, view: View, own: Own, values: Values, rng: np.random.Generator) -> list[Intent]:
    """This will look at what was delivered a day ago: accept it, or reject it with a complaint where a fault was found."""
    intents: list[Intent] = []
    for paper in own.papers:
        if paper.side != "buyer" or paper.status != "delivered" or view.day - paper.delivered_on < _LOOKS:
            continue
        told = float(rng.random())
        second = _when(rng)
        if paper.flawed and told < values.rate("complaint_bps"):
            intents += [Intent(me.key, "reject", second, {"delivery": paper.code}),
                        Intent(me.key, "complain", min(second + 600, HOURS), {"delivery": paper.code})]
        elif not paper.flawed and told < values.rate("false_complaint_bps"):
            intents += [Intent(me.key, "complain", second, {"delivery": paper.code}),
                        Intent(me.key, "accept", min(second + 600, HOURS), {"delivery": paper.code})]
        else:
            intents.append(Intent(me.key, "accept", second, {"delivery": paper.code}))
    return intents


def _buyer(me: Person, view: View, own: Own, values: Values, rng: np.random.Generator, *, kind: str) -> list[Intent]:
    intents = receive(me, view, own, values, rng) + _shop(me, view, own, values, rng, kind=kind) + _waited(me, view, own)
    reports = [Intent(me.key, "confirm", _when(rng), {"report": one.code}) for one in own.cases if one.kind == "report"]
    pays = [Intent(me.key, "pay", _when(rng), {"trade": one.code}) for one in own.cases if one.kind == "trade"]
    orders = [Intent(me.key, "approve", _when(rng), {"order": one.code}) for one in own.cases if one.kind == "order"]
    return intents + reports + pays + orders


def _twin(me: Person, view: View, own: Own, values: Values, rng: np.random.Generator) -> list[Intent]:
    """A washer's own buyer: buys from its owner and accepts whatever comes."""
    intents = [Intent(me.key, "accept", _when(rng), {"delivery": one.code}) for one in own.papers if one.side == "buyer"
               and one.status == "delivered"]
    mine = [one for one in view.offers if one.seller == me.owner and one.sale_mode == "fixed"]
    if float(rng.random()) < values.rate("wash_rate_bps") and mine:
        intents.append(Intent(me.key, "buy", _when(rng), {"listing": mine[0].code, "version": mine[0].version,
                                                         "total_fen": mine[0].total_fen}))
    return intents


def _shill(me: Person, view: View, own: Own, values: Values, rng: np.random.Generator) -> list[Intent]:
    """Bids for the seller it belongs to, a tenth above the start, and pays nothing if it should win."""
    del own, values
    mine = [one for one in view.lots if one.seller == me.owner]
    if not mine:
        return []
    lot = mine[int(rng.integers(0, len(mine)))]
    most = lot.start_price_fen * 11 // 10
    return [Intent(me.key, "bid", _when(rng), {"lot": lot.code, "maximum_fen": most - most % 10_000, "at": lot.opens_at + _when(rng)})]


BUYERS: Mapping[str, Agent] = {
    **{kind: partial(_buyer, kind=kind) for kind in ("truthful", "shading", "zero_intelligence", "learner", "sniper", "ring")},
    "twin": _twin, "shill": _shill}
