"""Credit: a score that is the fold of dated events, explainable line by line and recomputable on any date (I26, H7).

Points lose weight evenly over 24 months; a finding that is restored or annulled stops counting on that day.
Standing follows from the measures in force, the band from the worse of measures and score (rules H.5).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.catalogue import credit_events, measures
from compliance.events import CreditNoted
from compliance.models import CreditRecord, Sanction
from compliance.states import SanctionStatus
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from participants.models import Organization
from participants.operations import set_standing
from participants.roles import Band, Standing

__all__ = ["BASE", "Line", "band_of", "due_standing", "explain", "follow_sanctions", "note_credit", "score"]

#: A newcomer's score: the middle of band B.
BASE = 70
_MONTHS = 24
_FLOORS = ((85, Band.A), (55, Band.B), (35, Band.C))
_STANDINGS = (Standing.GOOD, Standing.WATCH, Standing.RESTRICTED, Standing.SUSPENDED)
_BANDS = (Band.A, Band.B, Band.C, Band.D)
_CANCELS = ("restored_", "annulled_")


@dataclass(frozen=True)
class Line:
    """One event with the weight it has on the day asked about: ``counts`` points of ``points``."""

    event: str
    text: tuple[str, str]
    points: int
    counts: int
    source: str
    at: datetime


def _months_between(start: datetime, end: datetime) -> int:
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - (1 if (end.day, end.time()) < (start.day, start.time()) else 0)


def weigh(points: int, since: datetime, at: datetime) -> int:
    """This will return what an event still counts: evenly less each month, rounded toward zero."""
    left = max(0, _MONTHS - max(0, _months_between(since, at)))
    return points * left // _MONTHS if points > 0 else -(-points * left // _MONTHS)


@covers("H7", "R94")
def explain(organization: Organization, *, at: datetime) -> list[Line]:
    """This will list the events up to ``at`` with what each counts then, newest first."""
    rows = list(CreditRecord.objects.filter(organization=organization, at__lte=at).order_by("-at", "-id"))
    cancelled = {row.source for row in rows if row.event.startswith(_CANCELS)}
    return [Line(row.event, credit_events()[row.event].text, row.points,
                 0 if row.source in cancelled else weigh(row.points, row.at, at), row.source, row.at) for row in rows]


def total(lines: Iterable[Line]) -> int:
    """This will fold lines into a score between 0 and 100."""
    return max(0, min(100, BASE + sum(line.counts for line in lines)))


@covers("I26", "H7")
def score(organization: Organization, *, at: datetime) -> int:
    """This will return the score on ``at``."""
    return total(explain(organization, at=at))


def band_of(points: int) -> Band:
    """This will return the band of a score: A from 85, B from 55, C from 35, else D."""
    return next((band for floor, band in _FLOORS if points >= floor), Band.D)


@operation("compliance.credit.note")
def note_credit(*, organization: Organization, event: str, source: str, note: str = "", actor: Actor, clock: Clock) -> CreditRecord:
    """This will write a credit event once per source; called down by the act that is the event."""
    at = clock.now()
    found = CreditRecord.objects.filter(organization=organization, event=event, source=source).first()
    row = found or CreditRecord.objects.create(organization=organization, event=event, points=credit_events()[event].points, source=source,
                                               note=note, at=at)
    record(CreditNoted(subject=organization.code, event=event, points=row.points, source=source), actor=actor, at=at)
    return row


def due_standing(organization: Organization, *, at: datetime) -> tuple[Standing, Band]:
    """This will return where an organisation stands by its measures in force and its score; the worst decides."""
    rows: Any = Sanction.objects.filter(organization=organization, status=SanctionStatus.IN_FORCE, effective_from__lte=at)
    used = [measures()[key] for key in rows.values_list("measure", flat=True)]
    standing = max((Standing(one.standing) for one in used), key=_STANDINGS.index, default=Standing.GOOD)
    bands = [Band(one.band) for one in used if one.band]
    return standing, max([band_of(score(organization, at=at)), *bands], key=_BANDS.index)


def follow_sanctions(*, organization: Organization, cause_code: str, reason: str, actor: Actor, at: datetime) -> None:
    """This will move standing and band to where the measures in force put them, in the caller's transaction."""
    standing, band = due_standing(organization, at=at)
    set_standing(organization=organization, standing=standing, band=band, cause_code=cause_code, reason=reason, actor=actor, at=at)
