"""What the demo does on its own account: it says in the record book that days were lived by simulated participants."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from participants.permissions import require
from participants.queries import house_venue
from simulation.events import MarketLived

__all__ = ["note_lived_days"]


@operation("simulation.market.live")
def note_lived_days(*, lived_from: datetime, lived_to: datetime, seed: int, acts: int, refused: int, actor: Actor = SYSTEM,
                    clock: Clock) -> UUID:
    """This will record that a stretch of the demo's history is complete; a start after it lives only what came later."""
    at = clock.now()
    require(actor, "simulation.market.live", at=at)
    return record(MarketLived(subject=house_venue().code, lived_from=lived_from, lived_to=lived_to, seed=seed, acts=acts, refused=refused),
                  actor=actor, at=at)
