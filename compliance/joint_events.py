"""Facts of joint cases 联合办理: asked, joined, opinions, concluded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from evidence.events import Event, family

__all__ = ["joint_moved"]


@dataclass(frozen=True, kw_only=True)
class JointMoved(Event):
    """Two authorities on one case: asked, joined, an opinion given, concluded. What was said is told by its hash."""

    case: str
    lead: str
    partner: str
    from_status: str
    to_status: str
    due_at: datetime | None
    by: str = ""
    view: str = ""
    text_hash: str = ""


joint_moved = family(JointMoved, "compliance.joint", {
    "ask": "asked", "join": "joined", "decline": "declined", "lapse": "lapsed", "opine": "opinion_given", "miss": "late",
    "conclude": "concluded"})
