"""Who acts: a person for an organisation, or the system's clock. Rights are read at the act, never stored here."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SYSTEM", "Actor"]


@dataclass(frozen=True)
class Actor:
    """The codes evidence names (``ORG-…/PSN-…``) and the ids operations look rights up by.

    ``user_id`` and ``organization_id`` are primary keys of participants; both None for the system.
    """

    user_id: int | None = None
    organization_id: int | None = None
    person: str = ""
    organization: str = ""

    @property
    def code(self) -> str:
        return f"{self.organization or '-'}/{self.person}" if self.person else "system"

    @property
    def is_system(self) -> bool:
        return self.user_id is None and not self.person


SYSTEM = Actor()
