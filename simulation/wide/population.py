"""Who lives in a shard: merchants, buyers and data subjects as columns, with brokers and assessors as chances on the way of a deal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import Any

import numpy as np

from simulation.wide.incentives import break_even_gain, fine_needed
from simulation.wide.parameters import Values

__all__ = ["BUDGET_PRICES", "Buyer", "Merchant", "Population", "populate"]

Column = np.ndarray[Any, Any]
#: What a learner may spend in thirty days, in median list prices.
BUDGET_PRICES = 400


class Merchant(IntEnum):
    HONEST, LOW_QUALITY, EXIT_SCAMMER, COPIER, WASHER, SHILLED, OUTSIDE = range(7)


class Buyer(IntEnum):
    TRUTHFUL, SHADING, ZERO_INTELLIGENCE, LEARNER, SNIPER, RING, OUTSIDE = range(7)


@dataclass
class Population:
    """The columns of one shard. Merchants: kind … sales; buyers: bidder … pays; subjects: whose data they are in, and who opted out."""

    kind: Column
    price: Column
    quality: Column
    certified: Column
    cheats: Column
    public: Column
    active: Column
    banned: Column
    open_orders: Column
    lost: Column
    found: Column
    revenue: Column
    bidder: Column
    factor: Column
    budget: Column
    subject_of: Column
    opted_out: Column
    records: Column


def _kinds(rng: np.random.Generator, size: int, shares: dict[int, float]) -> Column:
    """Draws kinds by share; whoever is left over is of kind 0."""
    drawn, kinds, begin = rng.random(size), np.zeros(size, dtype=np.int8), 0.0
    for kind, share in shares.items():
        kinds[(drawn >= begin) & (drawn < begin + share)] = kind
        begin += share
    return kinds


def populate(rng: np.random.Generator, agents: int, values: Values, *, outside_bps: int = 0,
             outside_sellers_bps: int = 0) -> Population:
    """This will people a shard. Everything is drawn before a policy is looked at: arms that differ in policy have the same people."""
    merchants = max(2, agents * values["merchant_share_bps"] // 10_000)
    subjects = agents * values["subject_share_bps"] // 10_000
    helpers = agents * (values["broker_share_bps"] + values["assessor_share_bps"]) // 10_000
    buyers = max(2, agents - merchants - subjects - helpers)
    kind = _kinds(rng, merchants, {Merchant.LOW_QUALITY: values.rate("low_quality_bps"),
                                   Merchant.EXIT_SCAMMER: values.rate("exit_scam_bps"), Merchant.COPIER: values.rate("copier_bps"),
                                   Merchant.WASHER: values.rate("washer_bps"), Merchant.SHILLED: values.rate("shill_bps")})
    logs = rng.normal(0.0, values.rate("price_sigma_percent"), merchants)
    public = rng.random(merchants) < values.rate("public_data_bps")
    guided = np.where(public, values.rate("public_price_bps"), 1.0)
    price = np.clip(values["price_median_yuan"] * 100 * np.exp(logs) * guided, 100, 1e12).astype(np.int64)
    quality = rng.random(merchants)
    gain = rng.random(merchants) * 2 * values["cheat_gain_margins"]
    cheats = (kind == Merchant.LOW_QUALITY) & (gain > worth_cheating(values))
    verdict = rng.random(merchants)
    certified = (rng.random(merchants) < values.rate("certified_bps")) & np.where(
        kind == Merchant.LOW_QUALITY, verdict < values.rate("assessor_miss_bps"), verdict >= values.rate("assessor_alarm_bps"))
    bidder = _kinds(rng, buyers, {Buyer.SHADING: values.rate("shading_bps"), Buyer.ZERO_INTELLIGENCE: values.rate("zero_intelligence_bps"),
                                  Buyer.LEARNER: values.rate("learner_bps"), Buyer.SNIPER: values.rate("sniper_bps")})
    apart = rng.random(buyers)
    bidder[apart < values.rate("ring_bps")] = Buyer.RING
    bidder[apart >= 1 - outside_bps / 10_000] = Buyer.OUTSIDE
    subject_of = rng.integers(0, merchants, subjects, dtype=np.int32)
    if outside_sellers_bps:
        own = rng.random(merchants) < outside_sellers_bps / 10_000
        kind[own], cheats[own] = Merchant.OUTSIDE, False
    return Population(
        kind, price, quality, certified, cheats, public, np.ones(merchants, dtype=bool), np.zeros(merchants, dtype=np.int32),
        np.zeros(merchants, dtype=np.int32), np.zeros((24, merchants), dtype=np.int16), np.zeros(merchants, dtype=np.int32),
        np.zeros(merchants, dtype=np.int64), bidder, np.full(buyers, 0.8, dtype=np.float32),
        np.full(buyers, int(np.median(price)) * BUDGET_PRICES, dtype=np.int64), subject_of, np.zeros(subjects, dtype=bool),
        np.full(merchants, max(1, subjects // merchants), dtype=np.int32))


def worth_cheating(values: Values) -> float:
    """This will return the gain, in margins, above which a cheat pays under the policy: fine and ban, weighed by the chance of being found.

    A buyer who complains has the deal inspected, so both ways of being found count.
    """
    asked, told = Fraction(values["inspection_bps"], 10_000), Fraction(values["complaint_bps"], 10_000)
    found = 1 - (1 - asked) * (1 - told)
    patience = Fraction(values["patience_bps"], 10_000)
    if not found:
        return float(break_even_gain(patience)) if patience else 0.0
    # the gain g at which the fine in force is just the fine needed
    at_one = fine_needed(Fraction(1_000_000), found, patience, values["ban_deals"])
    return float((values["penalty_margins"] + 1_000_000 / found - at_one) * found)
