"""What the record book keeps of the networks from which an organisation uses what was delivered to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evidence.events import Event

__all__ = ["NetworksSet"]


@dataclass(frozen=True, kw_only=True)
class NetworksSet(Event):
    """From how many networks an organisation uses what is delivered to it; which they are is its own, the hash binds them."""

    kind: ClassVar[str] = "participants.networks.set"
    count: int
    networks_sha256: str
