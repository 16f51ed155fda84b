"""The regulator: looks into a share of deliveries, takes up complaints, and decides by a table of penalties; and those who review."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simulation.faithful.strategies.buyers import HOURS
from simulation.faithful.views import Agent, Intent, Own, Person, View
from simulation.wide.parameters import Values

__all__ = ["DESKS", "PENALTIES"]

#: What a first, a second … finding of one party costs it: severity and measure of the credit rules.
PENALTIES = (("ordinary", "raised_deposit"), ("ordinary", "no_new_business"))


def _when(rng: np.random.Generator) -> int:
    return int(rng.integers(0, HOURS))


def _regulator(me: Person, view: View, own: Own, values: Values, rng: np.random.Generator) -> list[Intent]:
    """Deliveries are drawn for inspection by the rate; a case that waits for its decision gets one; an assessment takes its days."""
    intents = [Intent(me.key, "inspect", _when(rng), {"delivery": one.code}) for one in own.papers
               if float(rng.random()) < values.rate("inspection_bps")]
    intents += [Intent(me.key, "decide_export", _when(rng), {"export": one.code}) for one in own.cases
                if one.kind == "export" and view.day - one.day >= (0 if values["cross_border_barred"] else values["cross_border_days"])]
    return intents + [Intent(me.key, "decide", _when(rng), {"conduct": one.code}) for one in own.cases
                      if one.kind == "conduct" and one.status == "deciding"]


def _compliance(me: Person, view: View, own: Own, values: Values, rng: np.random.Generator) -> list[Intent]:
    """Notifies the accused, takes up complaints, verifies reports of deals made elsewhere; reviews what merchants hand in."""
    del view, values
    acts = {("conduct", "accused"): "notify", ("complaint", "received"): "take_up", ("report", "confirmed"): "verify"}
    return [Intent(me.key, acts[one.kind, one.status], _when(rng), {one.kind: one.code}) for one in own.cases
            if (one.kind, one.status) in acts]


def _surveillance(me: Person, view: View, own: Own, values: Values, rng: np.random.Generator) -> list[Intent]:
    """Takes up what the rules raised and accuses where one owner traded with itself."""
    del view, values
    return [Intent(me.key, "accuse", _when(rng), {"alert": one.code}) for one in own.cases if one.kind == "alert"]


DESKS: Mapping[str, Agent] = {"regulator": _regulator, "compliance": _compliance, "surveillance": _surveillance}
