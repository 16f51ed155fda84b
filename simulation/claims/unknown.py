"""Why an id names no claim that can be reproduced here; a wrong id is refused by name, never passed over."""

from __future__ import annotations

import re

from simulation.claims.claim import all_claims

__all__ = ["LAST", "OBSERVATIONS", "fault_of"]

LAST = 68
#: Published observations of other markets: they calibrate the simulation, there is nothing of this house to measure.
OBSERVATIONS = ("E56", "E57", "E60", "E64")
_ID = re.compile(r"E[1-9][0-9]?")


def fault_of(id_: str) -> str | None:
    """This will say what is wrong with an id: id, code, text; None for a claim that can be run."""
    if id_ in all_claims():
        return None
    if not _ID.fullmatch(id_) or int(id_[1:]) > LAST:
        return f"{id_}: simulation.claim.unknown: claims are E1 to E{LAST}; these can be run: {', '.join(all_claims())}"
    return f"{id_}: simulation.claim.observation: a published observation of another market, used to calibrate, not to be reproduced"
