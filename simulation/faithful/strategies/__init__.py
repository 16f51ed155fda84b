"""Strategies by role and kind; one small function each."""

from simulation.faithful.strategies.buyers import BUYERS
from simulation.faithful.strategies.desks import DESKS
from simulation.faithful.strategies.merchants import MERCHANTS
from simulation.faithful.strategies.third_parties import THIRD_PARTIES

__all__ = ["STRATEGIES"]

STRATEGIES = {**{("merchant", kind): one for kind, one in MERCHANTS.items()}, **{("buyer", kind): one for kind, one in BUYERS.items()},
              **{("helper", kind): one for kind, one in THIRD_PARTIES.items()}, **{("desk", kind): one for kind, one in DESKS.items()}}
