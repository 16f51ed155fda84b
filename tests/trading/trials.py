"""Questions and answers of a challenge for the tests: twenty ships and their kinds."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from evidence.clock import MARKET_CLOCK
from evidence.files import deposit
from evidence.models import Deposit
from trading.operations.challenging import ChallengeTerms

__all__ = ["KEYS", "TRUTH", "answered", "criteria", "table", "wrong_in"]

KEYS = [f"S{number:02d}" for number in range(20)]
TRUTH = {key: ("cargo", "tanker", "tug")[number % 3] for number, key in enumerate(KEYS)}


def table(rows: Mapping[str, str] | list[list[str]], headings: str = "key,answer", *, owner: str = "T") -> Deposit:
    lines = [[*pair] for pair in rows.items()] if isinstance(rows, Mapping) else rows
    text = "\n".join([headings, *(",".join(row) for row in lines)]) + "\n"
    return deposit(BytesIO(text.encode()), name="table.csv", owner=owner, at=MARKET_CLOCK.now(), allowed=("text/csv", "text/plain"))


def criteria(**more: Any) -> ChallengeTerms:
    given: dict[str, Any] = {"measure": "accuracy", "weight": 60, "least_ppm": 600_000,
                             "questions": table([[key, str(40 + place)] for place, key in enumerate(KEYS)], "key,length"),
                             "answers": table(TRUTH)}
    return ChallengeTerms(**(given | more))


def wrong_in(count: int) -> dict[str, str]:
    """Answers of which so many are wrong."""
    return {key: "ferry" if place < count else right for place, (key, right) in enumerate(TRUTH.items())}


def answered(count: int) -> Deposit:
    return table(wrong_in(count))
