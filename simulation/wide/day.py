"""One day of a shard. Whoever shops is drawn first and whatever chance decides is drawn for all of them at once, before any policy is
looked at: two arms that differ in a policy live through the same chances (common random numbers)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from simulation.wide.columns import Sold, bps_of, dutch, english, ring_bids, sealed, weigh
from simulation.wide.incentives import holdback_needed
from simulation.wide.lemons import leaves
from simulation.wide.parameters import Values
from simulation.wide.population import BUDGET_PRICES, Buyer, Merchant, Population
from simulation.wide.reputation import Names
from simulation.wide.tally import DAILY, Tally
from trading.auctions.rules import HOUSE_INCREMENTS

__all__ = ["AGENTS", "SELLERS", "Shard"]

Column = np.ndarray[Any, Any]
Decide = Callable[[dict[str, Column], np.random.Generator], Column]
Price = Callable[[dict[str, Column], np.random.Generator], Column]
#: Strategies of buyers from outside the package (``--plugin``), by name; all buyers of kind OUTSIDE follow the first.
AGENTS: dict[str, Decide] = {}
#: Strategies of merchants from outside the package, by name; all merchants of kind OUTSIDE follow the first.
SELLERS: dict[str, Price] = {}
_CHANCES = 9
_BIDDERS_A_LOT = 5
_BASE, _FLOOR = 70, 35
_POINTS = 15
#: Formats in which who wins pays what it named, so that naming one's worth earns nothing (E7).
_SHADED = (1, 4)
#: A Dutch clock begins at twice the list price, the most anything is worth here, and falls by a fiftieth of it.
_CLOCK_STARTS, _CLOCK_STEPS = 2, 50


@dataclass
class Deals:
    """Deals of a day on their way to acceptance."""

    merchant: Column
    fen: Column
    cheated: Column
    chance: Column


@dataclass
class Shard:
    """One shard: its people, what is open, what was counted."""

    people: Population
    values: Values
    seed: np.random.SeedSequence
    tally: Tally
    open: deque[Deals] = field(default_factory=deque)
    names: Names = field(init=False)
    #: today, and of each merchant the day of its first cheat (-1: none yet) and whether one was found out
    today: int = 0
    since: Column = field(init=False)
    known: Column = field(init=False)

    def __post_init__(self) -> None:
        many = self.people.price.size
        self.names = Names.of(many)
        self.since, self.known = np.full(many, -1, dtype=np.int32), np.zeros(many, dtype=bool)

    def live(self, days: int) -> None:
        """This will live the days; every day has a stream of its own, so that a day does not shift the next one's chances."""
        for number, seed in enumerate(self.seed.spawn(days)):
            before = [self.tally.counts[name] for name in DAILY]
            self.step(number, np.random.default_rng(seed))
            self.tally.daily[number] += np.array([self.tally.counts[name] for name in DAILY]) - before
        self.tally.sales.append(self.people.revenue)
        self.tally.add("offenders", (self.people.found > 0).sum())
        self.tally.add("repeaters", (self.people.found > 1).sum())
        self.tally.add("repaired", ((self.people.found > 0) & self.people.active & (self.people.banned <= 0)).sum())

    def step(self, number: int, rng: np.random.Generator) -> None:
        """This will live one day: shop, choose a channel, buy or bid, settle what is due, inspect, opt out."""
        people, values, self.today = self.people, self.values, number
        shoppers = np.flatnonzero(rng.random(people.bidder.size, dtype=np.float32) < values.rate("shop_rate_bps"))
        chance = rng.random((_CHANCES, shoppers.size))
        raw = rng.bit_generator.random_raw()
        night = np.random.default_rng(raw)
        self._reprice(number, raw)
        seller = self._turns_to(chance[0])
        self._rounds(number)
        here = people.active[seller] & (people.banned[seller] <= 0)
        self.tally.add("unserved", shoppers.size - here.sum())
        outside = self._chooses_outside(seller, chance[1])
        abroad = chance[6] < values.rate("cross_border_bps")
        if values["cross_border_barred"]:
            self.tally.add("barred", (here & abroad).sum())
            here &= ~abroad
        if values["barred_share_bps"]:
            barred = _barred(people.price.size, values.rate("barred_share_bps"))[seller]
            self.tally.add("barred", (here & barred).sum())
            here &= ~barred
        self._haggle(shoppers[here & outside], seller[here & outside], chance[:, here & outside])
        inside = np.flatnonzero(here & ~outside)
        auction = chance[3, inside] < values.rate("auction_share_bps")
        posted, bidding = inside[~auction], inside[auction]
        sold = [self._post(shoppers[posted], seller[posted], chance[:, posted], rng),
                self._auction(shoppers[bidding], chance[:, bidding], rng)]
        self._agree(sold, abroad, posted, bidding, chance)
        self._wash(night)
        self._settle(night)
        self._opt_out(night)
        self._exit()
        if number % 30 == 29:
            people.lost[1:], people.lost[0] = people.lost[:-1].copy(), 0
            people.budget[:] = np.int64(np.median(people.price)) * BUDGET_PRICES

    def _reprice(self, number: int, raw: int) -> None:
        """Merchants from outside the package name their list price of the day; what they see is their own desk."""
        people = self.people
        own = np.flatnonzero(people.kind == Merchant.OUTSIDE)
        if not own.size or not SELLERS:
            return
        view = {"list_price": people.price[own], "open_orders": people.open_orders[own], "revenue": people.revenue[own],
                "quality": people.quality[own], "certified": people.certified[own], "day": np.full(own.size, number)}
        named = np.asarray(next(iter(SELLERS.values()))(view, np.random.default_rng([raw, 1])), dtype=np.float64)
        people.price[own] = np.clip(np.nan_to_num(named), 100, 1e12).astype(np.int64)

    # ---- demand --------------------------------------------------------------------------------------------------------------
    def _turns_to(self, chance: Column) -> Column:
        """Which seller each buyer turns to: anybody alike, or by what is said of them, as ``reputation`` has it."""
        kinds, way = self.people.kind, self.values["reputation"]
        if not way:
            seller: Column = (chance * kinds.size).astype(np.int64)
        else:
            reach = np.cumsum(self.names.weights(way, np.flatnonzero(kinds == Merchant.WASHER)))
            seller = np.minimum(np.searchsorted(reach, chance * reach[-1], side="right"), kinds.size - 1)
        self.tally.add("sought", seller.size)
        self.tally.add("sought_washers", (kinds[seller] == Merchant.WASHER).sum())
        return seller

    def _rounds(self, number: int) -> None:
        """Hidden quality: who could sell better than what buyers believe of the lot leaves; buyers believe k times the mean on offer."""
        people, values = self.people, self.values
        if not values["hidden_quality"] or number % values["lemons_round_days"]:
            return
        gone = leaves(people.quality, people.active & ~people.certified, values.rate("lemons_k_percent"))
        people.active &= ~gone
        self.tally.add("withdrawn", gone.sum())

    def _chooses_outside(self, seller: Column, chance: Column) -> Column:
        """Logit on what the channels cost: fee inside, risk of default less the discount outside."""
        values = self.values
        inside, outside = values.rate("fee_bps"), values.rate("off_fraud_bps") - values.rate("off_discount_bps")
        lean = values.rate("off_bias_percent") + values.rate("off_slope_percent") * (inside - outside - 0.045)
        chosen: Column = chance < 1 / (1 + np.exp(-lean))
        return chosen

    def _worth(self, shoppers: Column, seller: Column, chance: Column, rng: np.random.Generator) -> Column:
        """What a buyer is ready to pay, by kind of buyer, in fen."""
        people = self.people
        worth = 2.0 * people.price[seller] * chance[2]
        if self.values["hidden_quality"]:
            worth = np.where(people.certified[seller], worth, worth * people.quality[seller])
        kind, said = people.bidder[shoppers], worth.copy()
        said[kind == Buyer.SHADING] *= (_BIDDERS_A_LOT - 1) / _BIDDERS_A_LOT
        said[kind == Buyer.ZERO_INTELLIGENCE] *= chance[4, kind == Buyer.ZERO_INTELLIGENCE]
        said[kind == Buyer.LEARNER] *= people.factor[shoppers[kind == Buyer.LEARNER]]
        own = kind == Buyer.OUTSIDE
        if own.any() and AGENTS:
            view = {"worth": worth[own].astype(np.int64), "list_price": people.price[seller[own]], "budget": people.budget[shoppers[own]]}
            named = np.asarray(next(iter(AGENTS.values()))(view, rng), dtype=np.float64)
            said[own] = np.clip(named, 0, worth[own])
        bids: Column = np.where(kind == Buyer.LEARNER, np.minimum(said, people.budget[shoppers]), said).astype(np.int64)
        return bids

    def _haggle(self, shoppers: Column, seller: Column, chance: Column) -> None:
        """Off the exchange: both shade linearly and split the difference (E13); no certificate, no holdback."""
        people, tally, values = self.people, self.tally, self.values
        unit = 2.0 * people.price[seller]
        offer, ask = 2 * chance[2] / 3 + 1 / 12, 2 * chance[4] / 3 + 1 / 4
        meets = offer >= ask
        fen = ((offer + ask)[meets] / 2 * unit[meets] * (1 - values.rate("off_discount_bps"))).astype(np.int64)
        tally.add("off_trades", fen.size)
        tally.add("off_fen", fen.sum())
        lost = chance[5, meets] < values.rate("off_fraud_bps")
        tally.add("off_defaults", lost.sum())
        tally.add("lost_fen", fen[lost].sum())
        tally.saw_prices(1, fen, fen / people.price[seller[meets]], people.public[seller[meets]])

    def _post(self, shoppers: Column, seller: Column, chance: Column, rng: np.random.Generator) -> tuple[Column, Column, Column, Column]:
        said, price = self._worth(shoppers, seller, chance, rng), self.people.price[seller]
        buys = np.flatnonzero(said >= price)
        self.tally.add("posted_offers", shoppers.size)
        self.tally.add("posted_sold", buys.size)
        self._learn(shoppers, said >= price)
        return buys, shoppers[buys], seller[buys], price[buys]

    def _auction(self, shoppers: Column, chance: Column, rng: np.random.Generator) -> tuple[Column, Column, Column, Column]:
        """Bidders gather five to a lot; each lot is one merchant's."""
        people, values = self.people, self.values
        lots = max(1, shoppers.size // _BIDDERS_A_LOT)
        awake = np.flatnonzero(people.active & (people.banned <= 0))
        if not shoppers.size or not awake.size:
            return (np.zeros(0, dtype=np.int64),) * 4
        owner = awake[(np.arange(lots) * awake.size // lots + int(rng.integers(0, awake.size))) % awake.size]
        lot = (chance[7] * lots).astype(np.int64)
        said = self._worth(shoppers, owner[lot], chance, rng)
        if values["auction_format"] in _SHADED:
            straight = (people.bidder[shoppers] == Buyer.TRUTHFUL) | (people.bidder[shoppers] == Buyer.SNIPER)
            said[straight] = said[straight] * (_BIDDERS_A_LOT - 1) // _BIDDERS_A_LOT
        said = ring_bids(lot, said, people.bidder[shoppers] == Buyer.RING)
        reserve = np.maximum(bps_of(people.price[owner], values["reserve_bps"]),
                             np.where(people.kind[owner] == Merchant.SHILLED, people.price[owner], 0))
        sold = _cleared(values["auction_format"], lot, said, np.maximum(reserve, 1), people.price[owner])
        self.tally.add("lots", lots)
        self.tally.add("lots_sold", sold.lot.size)
        self.tally.add("lot_fen", sold.price.sum())
        self.tally.add("lot_list_fen", people.price[owner[sold.lot]].sum())
        won = np.zeros(shoppers.size, dtype=bool)
        won[sold.winner] = True
        self._learn(shoppers, won)
        return sold.winner, shoppers[sold.winner], owner[sold.lot], sold.price

    def _learn(self, shoppers: Column, won: Column) -> None:
        """A learner names more after a loss and a little less after a win, between half and all of the worth."""
        learns = self.people.bidder[shoppers] == Buyer.LEARNER
        who = shoppers[learns]
        self.people.factor[who] = np.clip(self.people.factor[who] + np.where(won[learns], -0.01, 0.02), 0.5, 1.0)

    # ---- deals ---------------------------------------------------------------------------------------------------------------
    def _agree(self, sold: list[tuple[Column, Column, Column, Column]], abroad: Column, posted: Column, bidding: Column, chance: Column
               ) -> None:
        people, tally, values = self.people, self.tally, self.values
        place = np.concatenate([posted[sold[0][0]], bidding[sold[1][0]]])
        buyer, seller, fen = (np.concatenate([sold[0][n], sold[1][n]]) for n in (1, 2, 3))
        tally.add("on_trades", fen.size)
        tally.add("on_fen", fen.sum())
        tally.saw_prices(0, fen, fen / people.price[seller], people.public[seller])
        tally.add("cross_trades", abroad[place].sum())
        np.subtract.at(people.budget, buyer, fen)
        np.add.at(people.open_orders, seller, 1)
        load = values.rate("desk_load_bps")
        hours = chance[8, place] * values["settle_days"] * 24 - np.log1p(-chance[5, place]) * values["desk_hours"] / (1 - load)
        hours += np.where(abroad[place], values["cross_border_days"] * 24, 0)
        tally.saw_hours(hours)
        tally.add("late", (hours > values["settle_days"] * 24).sum())
        cheated = people.cheats[seller] & ~(people.certified[seller] & (chance[4, place] < 0.5))
        self.open.append(Deals(seller, fen, cheated, chance[6, place]))

    def _wash(self, rng: np.random.Generator) -> None:
        people, tally, values = self.people, self.tally, self.values
        chance = rng.random((2, people.price.size))
        washes = np.flatnonzero((people.kind == Merchant.WASHER) & people.active & (people.banned <= 0)
                                & (chance[0] < values.rate("wash_rate_bps")))
        fen = people.price[washes]
        found = chance[1, washes] < values.rate("inspection_bps") * values.rate("wash_detection_bps")
        tally.add("on_trades", fen.size)
        tally.add("on_fen", fen.sum())
        tally.add("wash_trades", fen.size)
        tally.add("wash_fen", fen.sum())
        tally.add("wash_found", found.sum())
        tally.add("fees_fen", bps_of(fen, values["fee_bps"]).sum())
        self.names.own[washes] += 1
        self._punish(washes[found], fen[found])

    def _settle(self, rng: np.random.Generator) -> None:
        """What was agreed ``settle_days`` ago is accepted, complained about, inspected and paid out; or its seller is gone."""
        people, tally, values = self.people, self.tally, self.values
        if len(self.open) <= values["settle_days"]:
            return
        due = self.open.popleft()
        asked, told = rng.random((2, due.fen.size))
        np.subtract.at(people.open_orders, due.merchant, 1)
        there = people.active[due.merchant] | (people.kind[due.merchant] != Merchant.EXIT_SCAMMER)
        held = bps_of(due.fen, values["holdback_bps"])
        tally.add("defaults", (~there).sum())
        tally.add("lost_fen", (due.fen - held)[~there].sum())
        seller, fen, cheated = due.merchant[there], due.fen[there], due.cheated[there]
        complains = told[there] < np.where(cheated, values.rate("complaint_bps"), values.rate("false_complaint_bps"))
        looked = (asked[there] < values.rate("inspection_bps")) | complains
        if values["reputation"]:
            self.names.dealt(seller, complains, values.rate("reputation_forgetting_percent"))
        fee = bps_of(fen, values["fee_bps"])
        broker = np.where(due.chance[there] >= 1 - values.rate("broker_share_bps"), bps_of(fen, values["broker_bps"]), 0)
        rest = fen - fee - broker
        kept = np.where((people.kind[seller] == Merchant.COPIER) & bool(values["robust_sharing"]), rest - rest // 2, 0)
        np.add.at(people.revenue, seller, rest - kept)
        for name, amount in (("settled", fen.size), ("complaints", complains.sum() + (~there).sum()), ("inspected", looked.sum()),
                             ("cheated", cheated.sum()), ("cheats_found", (looked & cheated).sum()),
                             ("lost_fen", (fen * cheated // 2).sum()), ("fees_fen", fee.sum()), ("brokered_fen", broker.sum()),
                             ("undistributed_fen", kept.sum()), ("held_fen", held[there].sum()), ("paid_out_fen", (rest - kept).sum())):
            tally.add(name, amount)
        caught = looked & cheated
        self._notice(seller[cheated], seller[caught])
        self._punish(seller[caught], fen[caught])
        people.banned[seller] -= 1  # a ban is counted in deals that go by
        np.maximum(people.banned, 0, out=people.banned)

    def _notice(self, cheating: Column, caught: Column) -> None:
        """Notes on which day a merchant first cheated, and after how many days a cheat of it was first found out."""
        first = np.unique(cheating)
        first = first[self.since[first] < 0]
        self.since[first] = self.today
        found = np.unique(caught)
        found = found[~self.known[found]]
        self.known[found] = True
        self.tally.add("cheaters", first.size)
        self.tally.add("cheaters_found", found.size)
        self.tally.saw_delays(self.today - self.since[found])

    def _punish(self, seller: Column, fen: Column) -> None:
        """A proven cheat pays the fine, loses points and may not sell for the deals of the ban; below the floor of band C it is out."""
        people, values = self.people, self.values
        if not seller.size:
            return
        self.tally.add("fines_fen", (bps_of(fen, values["margin_bps"]) * values["penalty_margins"]).sum())
        who = np.unique(seller)
        self.tally.add("bans", who.size)
        people.found[who] += 1
        people.banned[seller] = values["ban_deals"]
        np.subtract.at(people.lost[0], seller, _POINTS)
        score = _BASE + weigh(people.lost[:, who].astype(np.int64), np.arange(24)[:, None]).sum(axis=0)
        people.active[who[score < _FLOOR]] = False

    # ---- the rest of the day ---------------------------------------------------------------------------------------------------
    def _opt_out(self, rng: np.random.Generator) -> None:
        people = self.people
        goes = np.flatnonzero((rng.random(people.subject_of.size, dtype=np.float32) < self.values.rate("opt_out_bps")) & ~people.opted_out)
        people.opted_out[goes] = True
        np.subtract.at(people.records, people.subject_of[goes], 1)
        self.tally.add("opted_out", goes.size)

    def _exit(self) -> None:
        """A scammer leaves with the open orders when what is paid and not held back is worth more than going on (E55)."""
        people, values = self.people, self.values
        waits = np.flatnonzero((people.kind == Merchant.EXIT_SCAMMER) & people.active)
        held = Fraction(values["holdback_bps"], 10_000)
        needs = _needs(int(people.open_orders[waits].max(initial=0)), values)
        leaves = waits[np.array([held < needs[many] for many in people.open_orders[waits].tolist()], dtype=bool)]
        people.active[leaves] = False
        self.tally.add("exits", leaves.size)


def _cleared(form: int, lot: Column, said: Column, reserve: Column, listed: Column) -> Sold:
    """Awards the lots in the format of the policy; a sniper gains nothing where the end moves with a late bid."""
    if form == 3:
        return english(lot, said, reserve, HOUSE_INCREMENTS)
    if form == 4:
        starts = np.maximum(_CLOCK_STARTS * listed, reserve)
        return dutch(lot, said, starts, np.maximum(1, starts // _CLOCK_STEPS), reserve)
    return sealed(lot, said, reserve, second=form == 2)


def _needs(most: int, values: Values) -> list[Fraction]:
    margin, patience = Fraction(values["margin_bps"], 10_000), Fraction(values["patience_bps"], 10_000)
    return [holdback_needed(many, margin, patience) for many in range(most + 1)]


def _barred(listings: int, share: float) -> Column:
    """Which listings a negative list bars: always the same ones, and a wider list bars those of a narrower one too."""
    spread = np.arange(listings, dtype=np.uint64) * np.uint64(2_654_435_761) % np.uint64(2**32)
    told: Column = spread < share * 2**32
    return told
