"""What a question will cost, all of it, before it is asked: epsilon, its share of the price, what is left, how large the noise is (W26)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from delivery.cleanroom.budgets import as_epsilon
from delivery.cleanroom.compiler import scalars_of
from delivery.cleanroom.language import Question
from delivery.cleanroom.noise import MICRO, shares_of, threshold
from delivery.cleanroom.offering import Offer
from delivery.cleanroom.pricing import share_fen
from delivery.models import PrivacyBudget, Room
from kit.coverage import covers

__all__ = ["Cost", "cost_of"]


@dataclass(frozen=True)
class Cost:
    """One question's cost as its page shows it; ``short`` where a budget lacks what it needs."""

    epsilon: str
    price_fen: int
    left_after: str
    all_after: str
    short: bool
    shown_from: int
    off_by: int
    numbers: int


@covers("W26", "F7", "F8")
def cost_of(question: Question, room: Room, offer: Offer, epsilon_micro: int, *, price_fen: int, own: PrivacyBudget,
            everyone: PrivacyBudget) -> Cost:
    """This will reckon a question's cost; nothing is read and nothing reserved."""
    scalars = scalars_of(question, offer)
    share = max(shares_of(question, offer, epsilon_micro), 1)
    rate = share / MICRO / scalars[0].sensitivity
    return Cost(
        epsilon=as_epsilon(epsilon_micro), price_fen=share_fen(epsilon_micro, room.epsilon_buyer_micro, price_fen, room.exponent),
        left_after=as_epsilon(max(own.left_micro - epsilon_micro, 0)), all_after=as_epsilon(max(everyone.left_micro - epsilon_micro, 0)),
        short=min(own.left_micro, everyone.left_micro) < epsilon_micro,
        shown_from=threshold(offer.least, sensitivity=scalars[0].sensitivity, epsilon_micro=share),
        off_by=math.ceil(2 * math.exp(-rate) / (1 - math.exp(-2 * rate))), numbers=len(scalars))
