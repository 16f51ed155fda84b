"""Facts of market surveillance: what a rule found and who decided what; whom it is about is told by nothing that could be guessed.

The record book is read by everybody: an alert is a question, and a name beside it would be a verdict. A plain hash of two parties is
found by trying all pairs, so the inputs stand here under a keyed mark.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from evidence.events import Event

__all__ = ["AlertMoved", "ThresholdAdopted", "ThresholdAsked", "alert_moved"]


@dataclass(frozen=True, kw_only=True)
class AlertMoved(Event):
    """Raised, claimed, asked about, late, dismissed or referred, as its kind says."""

    rule: str
    rule_version: str
    inputs_mark: str
    score_ppm: int
    threshold_ppm: int
    base_rate_ppm: int
    from_status: str
    to_status: str
    due_at: datetime | None = None
    reason_hash: str = ""


#: word -> the class of its fact
alert_moved: dict[str, type[AlertMoved]] = {
    word: type(f"AlertMoved_{word}", (AlertMoved,), {"kind": f"trading.alert.{word}"})
    for word in ("raised", "claimed", "asked", "late", "dismissed", "referred")}


@dataclass(frozen=True, kw_only=True)
class ThresholdAsked(Event):
    """A threshold is put to a second person, with what it would have made of past decisions."""

    kind: ClassVar[str] = "trading.threshold.asked"
    rule_version: str
    threshold_ppm: int
    backtest: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ThresholdAdopted(Event):
    """A threshold is in force from now on; what was raised before keeps the one it was raised by."""

    kind: ClassVar[str] = "trading.threshold.adopted"
    rule_version: str
    threshold_ppm: int
    approval: str
    backtest: dict[str, Any]
