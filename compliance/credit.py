"""Credit: a score that is the fold of dated events, explainable line by line and recomputable on any date (I26, H7).

Points lose weight evenly over 24 months; a finding that is restored or annulled stops counting on that day. A merger sheds no fault and
buys no merit: of a predecessor only what counts against it goes on counting. Standing follows from the measures in force, the band from
the worse of measures and score (rules H.5).
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
from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from participants.models import Organization, SuccessionHeir, SuccessionStatus
from participants.operations import set_standing
from participants.permissions import require
from participants.roles import Band, Standing

__all__ = ["BASE", "MONTHS", "Line", "band_of", "due_standing", "explain", "fold", "follow_credit", "follow_sanctions", "note_credit",
           "reward_quarter", "score"]

#: A newcomer's score: the middle of band B.
BASE = 70
#: An event counts for so many months, less each month.
MONTHS = 24
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
    left = max(0, MONTHS - max(0, _months_between(since, at)))
    return points * left // MONTHS if points > 0 else -(-points * left // MONTHS)


@covers("H7", "R94")
def fold(rows: Iterable[CreditRecord], at: datetime) -> list[Line]:
    """This will turn events, newest first, into lines with what each counts at ``at``: a plain function of the rows alone."""
    held = [row for row in rows if row.at <= at]
    cancelled = {row.source for row in held if row.event.startswith(_CANCELS)}
    return [Line(row.event, credit_events()[row.event].text, row.points,
                 0 if row.source in cancelled else weigh(row.points, row.at, at), row.source, row.at) for row in held]


@covers("H7", "R94")
def explain(organization: Organization, *, at: datetime) -> list[Line]:
    """This will list the events up to ``at`` with what each counts then, newest first."""
    mine, ended = organization.pk, _predecessors(organization, at)
    rows = CreditRecord.objects.filter(organization_id__in=[mine, *ended], at__lte=at).order_by("-at", "-id")
    return fold([row for row in rows if row.organization_id == mine or row.points <= 0], at)


def _predecessors(organization: Organization, at: datetime) -> set[int]:
    """Whose faults this organisation answers for: those it succeeded, and those they had succeeded."""
    found: set[int] = set()
    asked = {organization.pk}
    while asked:
        rows = SuccessionHeir.objects.filter(organization_id__in=asked, succession__status=SuccessionStatus.DONE,
                                             succession__decided_at__lte=at)
        asked = set(rows.values_list("succession__predecessor_id", flat=True)) - found
        found |= asked
    return found


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


@covers("H7", "I26", "R87")
@operation("compliance.credit.follow")
def follow_credit(*, organization: Organization, cause_code: str, reason: str, actor: Actor, clock: Clock) -> bool:
    """This will move standing and band to where measures and score put them today; tells whether anything moved."""
    held = Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=organization.pk)
    at = clock.now()
    require(actor, "compliance.credit.follow", at=at)
    standing, band = due_standing(held, at=at)
    moved = set_standing(organization=held, standing=standing, band=band, cause_code=cause_code, reason=reason, actor=actor, at=at)
    if moved is None:
        unchanged(at=at)
    return moved is not None


@covers("R94", "H7")
@operation("compliance.credit.reward")
def reward_quarter(*, organization: Organization, quarter: str, since: datetime, until: datetime, actor: Actor, clock: Clock) -> bool:
    """This will note a quarter that was kept: nothing counted against the party in it, and no measure stands against it now.

    Called down by the room that knows of its completed trades. Merits fade like faults do, so a good name is kept by trading on.
    """
    at = clock.now()
    require(actor, "compliance.credit.follow", at=at)
    told = CreditRecord.objects.filter(organization=organization)
    against = told.filter(points__lt=0, at__gte=since, at__lt=until)
    cancelled = told.filter(event__regex="^(restored|annulled)_", at__lte=at).values("source")
    stands = Sanction.objects.filter(organization=organization).exclude(status=SanctionStatus.ENDED)
    if until > at or against.exclude(source__in=cancelled).exists() or stands.exists():
        unchanged(at=at)
        return False
    if told.filter(event="clean_quarter", source=quarter).exists():
        unchanged(at=at)
        return False
    note_credit(organization=organization, event="clean_quarter", source=quarter, actor=actor, clock=clock)
    return True
