"""A late thing's case 逾期督办: opened with the flag ``overdue`` and told to both sides; closed by itself when the thing moves on."""

from __future__ import annotations

from datetime import datetime

from compliance.cases import moot_case, open_case
from compliance.models import Case, CaseKind
from compliance.states import CaseStatus
from kit.actors import SYSTEM, Actor
from kit.clock import FixedClock
from participants.models import Organization, Venue
from participants.notices import Note, notify_all
from participants.queries import venue_organization

__all__ = ["end_late", "put_up"]


def put_up(kind: CaseKind, code: str, subject_kind: str, *, party: Organization, venue: Venue, title: tuple[str, str],
           told: tuple[str, str], href: str, at: datetime) -> None:
    """This will open one case in the desk's queue and tell each side: the party that waits, and the venue that lets it wait."""
    open_case(kind=kind, subject_kind=subject_kind, subject_code=code, organization=party, flags=["overdue"], priority=70, title=title,
              actor=SYSTEM, clock=FixedClock(at))
    notify_all([Note(party, f"listings.{subject_kind}.late", told, "info", code, href),
                Note(venue_organization(venue), f"listings.{subject_kind}.late", (
                    f"{title[0]}（{code}），请负责人督办。", f"{title[1]} ({code}); whoever heads the desk sees to it."),
                     "bad", code, "/admin/queue/cases/")], at=at)


def end_late(kind: CaseKind, code: str, *, actor: Actor, at: datetime) -> None:
    """This will close the case about something late that has now moved on; where there is none, nothing is done."""
    found = Case.objects.filter(kind=kind, subject_code=code, flags__contains=["overdue"]).exclude(status=CaseStatus.CLOSED).first()
    if found is not None:
        moot_case(case=found, text="已办理 / it has moved on", actor=actor, clock=FixedClock(at))
