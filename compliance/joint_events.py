"""Facts of joint cases 联合办理: asked, joined, opinions, concluded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from evidence.events import Event

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


@dataclass(frozen=True, kw_only=True)
class JointAsked(JointMoved):
    kind: ClassVar[str] = "compliance.joint.asked"


@dataclass(frozen=True, kw_only=True)
class JointJoined(JointMoved):
    kind: ClassVar[str] = "compliance.joint.joined"


@dataclass(frozen=True, kw_only=True)
class JointDeclined(JointMoved):
    kind: ClassVar[str] = "compliance.joint.declined"


@dataclass(frozen=True, kw_only=True)
class JointLapsed(JointMoved):
    kind: ClassVar[str] = "compliance.joint.lapsed"


@dataclass(frozen=True, kw_only=True)
class JointOpinionGiven(JointMoved):
    kind: ClassVar[str] = "compliance.joint.opinion_given"


@dataclass(frozen=True, kw_only=True)
class JointLate(JointMoved):
    kind: ClassVar[str] = "compliance.joint.late"


@dataclass(frozen=True, kw_only=True)
class JointConcluded(JointMoved):
    kind: ClassVar[str] = "compliance.joint.concluded"


joint_moved = {"ask": JointAsked, "join": JointJoined, "decline": JointDeclined, "lapse": JointLapsed, "opine": JointOpinionGiven,
               "miss": JointLate, "conclude": JointConcluded}
