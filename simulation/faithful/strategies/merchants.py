"""Merchants: they deliver what was paid for, announce lots, answer rejections and accusations; some of them do not."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import partial

import numpy as np

from simulation.faithful.strategies.buyers import HOURS
from simulation.faithful.views import Agent, Intent, Own, Person, View
from simulation.wide.incentives import holdback_needed
from simulation.wide.lemons import left_after
from simulation.wide.parameters import Values

__all__ = ["MERCHANTS"]

#: The house cancels what is not delivered ten days after it was paid at the earliest; a scammer that stays delivers before.
_LONGEST_HOLD = 8
#: A merchant that has a licence for auction announces a lot of it about so often.
_LOT_A_DAY = 0.2


def _when(rng: np.random.Generator) -> int:
    return int(rng.integers(0, HOURS))


def _answers(me: Person, own: Own, rng: np.random.Generator) -> list[Intent]:
    """Accusations are answered by waiving the term, reports of deals by confirming them, a buyer from abroad by filing its export."""
    acts = {"conduct": "waive", "report": "confirm", "opt_out": "take_out", "order": "approve", "question": "open_export"}
    return [Intent(me.key, acts[one.kind], _when(rng), {one.kind: one.code}) for one in own.cases if one.kind in acts]


def _lots(me: Person, view: View, rng: np.random.Generator) -> list[Intent]:
    chance = float(rng.random())
    mine = [one for one in view.offers if one.seller == me.key and one.sale_mode == "auction"]
    running = {one.listing for one in view.lots if one.seller == me.key}
    return [Intent(me.key, "announce", _when(rng), {"listing": one.code}) for one in mine
            if one.code not in running and chance < _LOT_A_DAY]


def _withdrawn(me: Person, view: View, second: int) -> list[Intent]:
    return [Intent(me.key, "withdraw", second, {"listing": one.code}) for one in view.offers if one.seller == me.key]


def _honest(me: Person, view: View, own: Own, values: Values, rng: np.random.Generator) -> list[Intent]:
    """Delivers the next day, takes back what was rejected, announces lots."""
    del values
    intents = [Intent(me.key, "deliver", _when(rng), {"delivery": one.code}) for one in own.papers
               if one.side == "seller" and one.status == "opened"]
    intents += [Intent(me.key, "concede", _when(rng), {"delivery": one.code}) for one in own.papers
                if one.side == "seller" and one.status == "rejected"]
    return intents + _answers(me, own, rng) + _lots(me, view, rng)


def _low_quality(me: Person, view: View, own: Own, values: Values, rng: np.random.Generator) -> list[Intent]:
    """Delivers a file below its description where that pays; of rejections it gives in to every other one, the rest runs out."""
    intents = _honest(me, view, own, values, rng)
    return [one for one in intents if one.act != "concede" or float(rng.random()) < 0.5]


def _exit_scammer(me: Person, view: View, own: Own, values: Values, rng: np.random.Generator) -> list[Intent]:
    """Leaves with the open orders as soon as what is not held back of them is worth more than going on (E55): delivers nothing more.

    Until then it lets each order lie for the days that a deal of a wide run is open, so that both have the same at stake.

    It takes the house's holdback to be the parameter of the scenario. The house keeps the whole price in escrow until acceptance, so
    its buyers get their money back; that is what the scenario shows. It goes with its listings: nobody buys from who is gone.
    """
    if own.memory.get("left"):
        return []
    hold = min(values["settle_days"], _LONGEST_HOLD)
    waiting = {one.code for one in own.papers if one.side == "seller" and one.status == "opened" and view.day - one.opened_on <= hold}
    margin, patience = Fraction(values["margin_bps"], 10_000), Fraction(values["patience_bps"], 10_000)
    if Fraction(values["holdback_bps"], 10_000) < holdback_needed(len(waiting), margin, patience):
        return [Intent(me.key, "remember", 0, {"left": 1.0}), *_withdrawn(me, view, 1)]
    return [one for one in _honest(me, view, own, values, rng) if one.act != "deliver" or one.given["delivery"] not in waiting]


def _stays(me: Person, view: View, own: Own, values: Values, rng: np.random.Generator, *, agent: Agent) -> list[Intent]:
    """Where quality is hidden, whoever has no certificate and could do better than what buyers believe of all leaves, round by round.

    The belief is reckoned as everybody can (E51), not read off anybody: ``left_after`` a round is the best that stays for its price.
    """
    intents = agent(me, view, own, values, rng)
    if not values["hidden_quality"] or me.certified or view.day % values["lemons_round_days"]:
        return intents
    if me.quality <= left_after(view.day // values["lemons_round_days"] + 1, values.rate("lemons_k_percent")):
        return intents
    return [one for one in intents if one.act != "announce"] + _withdrawn(me, view, HOURS)


MERCHANTS: Mapping[str, Agent] = {kind: partial(_stays, agent=agent) for kind, agent in (
    ("honest", _honest), ("low_quality", _low_quality), ("exit_scammer", _exit_scammer), ("copier", _honest), ("washer", _honest),
    ("shilled", _honest))}
