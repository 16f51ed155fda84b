"""The blind trials of the demo's challenges: a table of questions, its true answers, and what a bidder of some skill answers (R112)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from random import Random

from evidence.files import deposit
from evidence.models import Deposit
from trading.models import Challenge
from trading.operations.challenging import ChallengeTerms

__all__ = ["answers_of", "criteria"]

_KINDS = ("货船", "油轮", "拖轮", "客船")
_ITEMS = 40


def _truth(title: str) -> dict[str, str]:
    dice = Random(f"trial/{title}")  # noqa: S311 (a game, no secret)
    return {f"T{number:03d}": dice.choice(_KINDS) for number in range(1, _ITEMS + 1)}


def _kept(rows: Mapping[str, str], headings: str, owner: str, at: datetime) -> Deposit:
    text = "\n".join([headings, *(f"{key},{value}" for key, value in rows.items())]) + "\n"
    return deposit(BytesIO(text.encode()), name="trial.csv", owner=owner, at=at, allowed=("text/csv", "text/plain"))


def criteria(title: str, owner: str, at: datetime) -> ChallengeTerms:
    """This will write a demand's questions and answers and say how entries are marked."""
    dice, truth = Random(f"length/{title}"), _truth(title)  # noqa: S311
    sizes = {key: str(dice.randrange(18, 320)) for key in truth}
    return ChallengeTerms("macro_f1", 60, 550_000, _kept(sizes, "编号,船长", owner, at), _kept(truth, "编号,答案", owner, at))


def answers_of(challenge: Challenge | None, owner: str, chance: Random, at: datetime) -> Deposit | None:
    """This will answer a challenge with 60 to 95 in a hundred right; None for a request without one."""
    if challenge is None:
        return None
    skill = chance.uniform(0.6, 0.95)
    said = {key: right if chance.random() < skill else chance.choice(_KINDS) for key, right in _truth(challenge.rfq.title).items()}
    return _kept(said, "编号,答案", owner, at)
