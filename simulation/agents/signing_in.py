"""From where the market's people sign in: each house from its own place, four from one business park, three from one machine.

Places are of the blocks kept for documentation (RFC 5737), so no real network stands behind them, and what is kept is what a real
sign-in would leave: keyed hashes of an address and of a browser there, never a person. A park of four is an office block and tells
nothing; a machine of three who bid against each other is a ring.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from random import Random

from participants.signin_marks import note_marks
from simulation.cast import CAST
from simulation.market import SEED, Market
from simulation.times import Window

__all__ = ["PARK", "RING", "RING_ADDRESS", "RING_BROWSER", "SigningIn", "place_of"]

#: Houses behind the one address of a business park, each with machines of its own.
PARK = ("hengzhi", "cangmu", "zhengheng", "yunzhi")
#: Buyers who bid against each other from one machine.
RING = ("yuanxiu", "hesui", "huiqu")
RING_ADDRESS, RING_BROWSER = "203.0.113.77", "one machine of three"
_PARK_ADDRESS = "203.0.113.9"
#: On so many of a hundred working days somebody of a house signs in.
_DAYS = 35


def place_of(key: str) -> tuple[str, str]:
    """This will return the address and the browser from which a house's people come: its own, or the park's address."""
    number = next(turn for turn, one in enumerate(CAST, start=1) if one.key == key)
    return _PARK_ADDRESS if key in PARK else f"198.51.100.{number}", f"a browser of {key}"


class SigningIn:
    """Everybody's sign-ins, day by day. Its chances are its own: it draws none of the market's, whose history stays as it was."""

    def __init__(self, market: Market) -> None:
        self.market = market

    def plan(self, window: Window) -> None:
        """This will plan the sign-ins of a working day, at its start."""
        chance = Random(f"{SEED}/sign-in/{window.start.date()}")  # noqa: S311 (a game, no secret)
        here = [one.key for one in CAST if one.key in self.market.organizations and chance.randrange(100) < _DAYS]
        window.heap.plan(window.start, partial(self._come, here, window.start))

    def _come(self, keys: list[str], at: datetime) -> None:
        for key in keys:
            note_marks(self.market.organizations[key].pk, *place_of(key), at=at)
