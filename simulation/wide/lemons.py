"""Who leaves a market where quality cannot be seen (E51): whoever could sell better than what buyers believe of what is on offer."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["believed", "leaves", "left_after"]

Column = np.ndarray[Any, Any]


def believed(quality: Column, offered: Column, worth: float) -> float:
    """This will return what buyers pay for a lot they cannot judge: ``worth`` times the mean quality on offer, nothing where nothing is."""
    return worth * float(quality[offered].mean()) if offered.any() else 0.0


def leaves(quality: Column, offered: Column, worth: float) -> Column:
    """This will mark who of those on offer leaves this round: the quality is more to its owner than what buyers believe of all."""
    gone: Column = offered & (quality > believed(quality, offered, worth))
    return gone


def left_after(rounds: int, worth: float) -> float:
    """This will return the best quality still on offer after so many rounds where qualities were spread evenly: half of ``worth`` each
    round (E51). Whoever knows the market's rules can reckon it; nobody's quality has to be seen for it."""
    return min(1.0, (worth / 2) ** rounds)
