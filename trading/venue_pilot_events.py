"""Facts of a venue's pilots: asked, decided, ended; what they open and their caps are told in full (R99)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from evidence.events import Event

__all__ = ["VenuePilotMoved", "venue_pilot_moved"]


@dataclass(frozen=True, kw_only=True)
class VenuePilotMoved(Event):
    """Asked, granted, refused, withdrawn, lapsed or ended, as its kind says."""

    venue: str
    sector: str
    opens: list[str]
    from_status: str
    to_status: str
    most_fen: int
    most_lot_fen: int
    most_parties: int
    taken_fen: int
    parties: int
    ends_at: datetime
    reason: str = ""


#: word -> the class of its fact
venue_pilot_moved: dict[str, type[VenuePilotMoved]] = {
    word: type(f"VenuePilotMoved_{word}", (VenuePilotMoved,), {"kind": f"trading.venue_pilot.{word}"})
    for word in ("asked", "granted", "refused", "withdrawn", "lapsed", "ended")}
