"""Third parties: an assessor who judges files and errs both ways, brokers who bring two together, a data subject who opts out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simulation.faithful.strategies.buyers import HOURS
from simulation.faithful.views import Agent, Intent, Own, Person, View
from simulation.wide.parameters import Values

__all__ = ["THIRD_PARTIES"]


def _when(rng: np.random.Generator) -> int:
    return int(rng.integers(0, HOURS))


def _assessor(me: Person, view: View, own: Own, values: Values, rng: np.random.Generator) -> list[Intent]:
    """Takes orders and reports; a low file passes with the rate of misses, a good one fails with the rate of false alarms."""
    del view
    intents = []
    for one in own.cases:
        if one.kind != "order":
            continue
        chance = float(rng.random())
        if one.status == "ordered":
            intents.append(Intent(me.key, "take_order", _when(rng), {"order": one.code}))
        elif one.status == "working":
            intents.append(Intent(me.key, "report_order", _when(rng), {"order": one.code,
                                                                      "passes_low": chance < values.rate("assessor_miss_bps"),
                                                                      "fails_good": chance < values.rate("assessor_alarm_bps")}))
    return intents


def _broker(me: Person, view: View, own: Own, values: Values, rng: np.random.Generator) -> list[Intent]:
    """Asks both sides at once what they would take; where they meet it takes the order on and next day hands over the contract."""
    del view, values
    acts = {"ordered": "match", "working": "mediate"}
    return [Intent(me.key, acts[one.status], _when(rng), {"order": one.code}) for one in own.cases
            if one.kind == "order" and one.status in acts]


def _subject(me: Person, view: View, own: Own, values: Values, rng: np.random.Generator) -> list[Intent]:
    """Asks to be taken out of a product; the house answers whether it holds persons' data at all."""
    del own
    if float(rng.random()) >= values.rate("opt_out_bps") or not view.offers:
        return []
    return [Intent(me.key, "opt_out", _when(rng), {"listing": view.offers[int(rng.integers(0, len(view.offers)))].code})]


THIRD_PARTIES: Mapping[str, Agent] = {"assessor": _assessor, "broker": _broker, "subject": _subject}
