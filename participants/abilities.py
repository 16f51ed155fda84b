"""What a party may do now, and why not (A3, C7): each capability with the rule that bars it, until when, and the next step in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from evidence.prepared import ask
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Organization
from participants.queries import open_holds
from participants.roles import Capability

__all__ = ["Ability", "abilities_of"]

Pair = tuple[str, str]


@dataclass(frozen=True)
class Ability:
    """One capability: open, or barred by ``code`` with its words; ``until`` where the bar ends by itself."""

    capability: Capability
    code: str = ""
    title: Pair = ("", "")
    detail: Pair = ("", "")
    next_step: Pair = ("", "")
    next_href: str = ""
    until: datetime | None = None

    @property
    def may(self) -> bool:
        return not self.code


@covers("A3", "C7")
def abilities_of(organization: Organization, at: datetime) -> list[Ability]:
    """This will ask for every capability at once what the gates of the acts themselves ask."""
    rows = dict(ask("SELECT c, participants_may(%s, c, %s) FROM unnest(%s::text[]) c", [organization.pk, at, list(Capability.values)]))
    held = open_holds(organization, at=at) if any(rows.values()) else []
    return [_said(organization, Capability(key), rows[key], [one for one in held if one.capability == key]) for key in Capability.values]


def _said(organization: Organization, capability: Capability, code: str, held: list[object]) -> Ability:
    if not code:
        return Ability(capability)
    refused = Rejected(code, organization=organization.code)
    said = {which: (refused.text(which, "zh"), refused.text(which, "en")) for which in ("title", "detail", "next_step")}
    ends = [getattr(one, "until", None) for one in held]
    reasons = "；".join(str(getattr(one, "reason", "")) for one in held if getattr(one, "reason", ""))
    if reasons:
        said["detail"] = (f"{said['detail'][0]} {reasons}".strip(), f"{said['detail'][1]} {reasons}".strip())
    until = max((one for one in ends if one), default=None) if ends and all(ends) else None
    return Ability(capability, code, said["title"], said["detail"], said["next_step"], refused.next_href, until)
