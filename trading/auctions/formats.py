"""Which formats a venue may use (rules E.1): lawful auctions of one object and the posted price in production.

Call auction, order book, anonymous trading and market making are barred to a data venue; the call auction exists for the
simulation venue only, the multi-unit formats for pilot and simulation. ``clear`` reads orders by the same names.
"""

from __future__ import annotations

__all__ = ["ALL_FORMATS", "PILOT_FORMATS", "PRODUCTION_FORMATS", "SIMULATION_FORMATS", "formats_of"]

PRODUCTION_FORMATS = ("english", "first_price", "second_price", "dutch", "hybrid", "posted")
PILOT_FORMATS = (*PRODUCTION_FORMATS, "uniform", "pay_as_bid", "vcg", "rsop")
SIMULATION_FORMATS = (*PILOT_FORMATS, "call")
ALL_FORMATS = SIMULATION_FORMATS


def formats_of(profile: str) -> tuple[str, ...]:
    """This will list the formats a venue of this profile may use; an unknown profile may use none."""
    return {"production": PRODUCTION_FORMATS, "pilot": PILOT_FORMATS, "simulation": SIMULATION_FORMATS}.get(profile, ())
