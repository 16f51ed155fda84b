"""Questions about participants: who, under which figures, by which working day, and whether they may."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from evidence.prepared import ask, prepared
from kit.coverage import covers
from kit.rejected import Rejected
from participants.defaults import IMPORT_CODE, VENUE_CODE
from participants.models import CapabilityHold, Membership, Organization, OwnershipStake, Parameter, Venue
from participants.predicates import in_force
from participants.roles import OrganizationKind

__all__ = [
    "LOCAL", "add_working_days", "affiliated", "figure_rows", "figures", "holding_organization", "house_venue", "is_working_day", "may",
    "open_holds",
    "organization", "parameter", "parameter_table", "people_of", "refuse_unless_may", "tied_to", "venue_organization",
]

#: Working days and closing hours are counted in the venue's local time.
LOCAL = ZoneInfo("Asia/Shanghai")


def organization(code: str) -> Organization:
    """This will return the organisation of a code; ``participants.organization.absent`` (404) if there is none."""
    found = _organization_by_code.first(code)
    if found is None:
        raise Rejected("participants.organization.absent")
    return found


@prepared
def _organization_by_code(code: str) -> QuerySet[Organization]:
    return Organization.objects.filter(code=code)


def house_venue() -> Venue:
    """This will return the venue this installation opened with."""
    return _venue_by_code.get(VENUE_CODE)


@prepared
def _venue_by_code(code: str) -> QuerySet[Venue]:
    return Venue.objects.filter(code=code)


def venue_organization(venue: Venue) -> Organization:
    """This will return the venue's own organisation: it keeps the house, takes its fees, and may not trade (R53)."""
    return _organization_of_venue.get(venue.pk)


@prepared
def _organization_of_venue(venue: int) -> QuerySet[Organization]:
    return Organization.objects.filter(venue=venue, kind=OrganizationKind.VENUE)


def holding_organization() -> Organization:
    """This will return ``ORG-IMPORT``, where imported resources wait for their merchant."""
    return Organization.objects.get(code=IMPORT_CODE)


def parameter(key: str, *, venue: Venue, at: datetime, scope: str = "") -> Any:
    """This will return the figure in force at ``at``: of the scope, else unscoped, else of the parent venue.

    An unknown key is a programming error (``LookupError``).
    """
    return figures(key, venue=venue, at=at, scope=scope)[key]


def figures(*keys: str, venue: Venue, at: datetime, scope: str = "") -> dict[str, Any]:
    """This will return several figures at once, each as ``parameter`` would."""
    found = dict(ask(
        "SELECT DISTINCT ON (p.key) p.key, p.value::json FROM participants_parameter p WHERE p.venue_id IN (%s, %s) AND p.key = ANY(%s) "
        "AND p.scope IN (%s, '') AND p.effective_from <= %s AND (p.effective_to IS NULL OR p.effective_to > %s) "
        "ORDER BY p.key, p.venue_id = %s DESC, p.scope = %s DESC",
        [venue.pk, venue.parent_id or venue.pk, list(keys), scope, at, at, venue.pk, scope]))
    if missing := sorted(set(keys) - found.keys()):
        raise LookupError(f"no parameter {', '.join(missing)} (scope {scope!r}) is in force at {at.isoformat()} for venue {venue.code}")
    return found


def figure_rows(venue: Venue, *, at: datetime) -> list[Parameter]:
    """This will list the figures that hold for the venue at ``at`` by key and scope, its own before the parent's."""
    rows = Parameter.objects.filter(in_force(at), venue_id__in=[one for one in (venue.pk, venue.parent_id) if one])
    found = {(row.key, row.scope): row for row in sorted(rows, key=lambda row: row.venue_id == venue.pk)}
    return [found[key] for key in sorted(found)]


def parameter_table(venue: Venue, *, at: datetime) -> list[Parameter]:
    """This will list the figures in force at ``at``, for the public fee and rule pages."""
    return list(Parameter.objects.filter(in_force(at), venue=venue).order_by("key", "scope"))


def is_working_day(day: date, marked: dict[date, bool]) -> bool:
    """This will tell whether ``day`` is worked: as marked, else Monday to Friday."""
    return marked.get(day, day.weekday() < 5)


@covers("R55")
def add_working_days(venue: Venue, start: datetime, days: int) -> datetime:
    """This will return the instant a term of ``days`` working days ends: 24:00 local time of its last day.

    The day of the start is not counted and the term ends at the end of its last day (Civil Code 201 to 203);
    ``days=0`` is the start itself.
    """
    assert days >= 0, "a term of working days is not negative"
    if days == 0:
        return start
    first = start.astimezone(LOCAL).date()
    horizon = first + timedelta(days=days * 2 + 40)
    marked = dict(ask("SELECT day, is_working FROM participants_calendarday WHERE venue_id = %s AND day > %s AND day <= %s",
                      [venue.pk, first, horizon]))
    left = days
    for day in _days_after(first):
        left -= is_working_day(day, marked)
        if left == 0:
            return datetime.combine(day + timedelta(days=1), time(), LOCAL).astimezone(UTC)
    raise AssertionError("unreachable")


def _days_after(day: date) -> Iterator[date]:
    while True:
        day += timedelta(days=1)
        yield day


@covers("R53")
def may(organization: Organization, capability: str, *, at: datetime) -> str:
    """This will return '' or the refusal code, by the same SQL function that the hot acts ask."""
    return str(ask("SELECT participants_may(%s, %s, %s)", [organization.pk, capability, at])[0][0])


def refuse_unless_may(organization: Organization, capability: str, *, at: datetime) -> None:
    """This will raise the refusal that ``may`` names, if any."""
    if code := may(organization, capability, at=at):
        raise Rejected(code, organization=organization.code)


def open_holds(organization: Organization, *, at: datetime) -> list[CapabilityHold]:
    """This will list the capability holds in force, oldest first."""
    running = Q(until__isnull=True) | Q(until__gt=at)
    rows = CapabilityHold.objects.filter(running, organization=organization, placed_at__lte=at, lifted_at__isnull=True)
    return list(rows.order_by("placed_at"))


def people_of(organization: Organization) -> list[Membership]:
    """This will list all memberships, running ones first, for the member page."""
    rows = Membership.objects.filter(organization=organization).select_related("person").prefetch_related("person__users")
    return sorted(rows, key=lambda one: (one.effective_to is not None, one.person.name, one.effective_from))


@covers("R53")
def affiliated(a: Organization, b: Organization, *, at: datetime) -> bool:
    """This will tell whether two organisations are connected at ``at``.

    They are when one stands above the other or a third above both along stakes of ``affiliation.share_bps`` or more,
    or when one real person acts for both.
    """
    if a.pk == b.pk:
        return True
    threshold = int(parameter("affiliation.share_bps", venue=a.venue, at=at))
    if _above(a.pk, threshold, at) & _above(b.pk, threshold, at):
        return True
    people = Membership.objects.filter(in_force(at), organization=a).values("person")
    return Membership.objects.filter(in_force(at), organization=b, person__in=people).exists()


@covers("R90", "R53")
def tied_to(organization: Organization, *, at: datetime) -> set[int]:
    """This will return the keys of all whom ``affiliated`` calls connected with an organisation, itself among them."""
    threshold = int(parameter("affiliation.share_bps", venue=organization.venue, at=at))
    group, fresh = set[int](), _above(organization.pk, threshold, at)
    while fresh:
        group |= fresh
        fresh = set(OwnershipStake.objects.filter(in_force(at), owner_id__in=fresh, share_bps__gte=threshold)
                    .values_list("owned_id", flat=True)) - group
    people = Membership.objects.filter(in_force(at), organization=organization).values("person")
    return group | set(Membership.objects.filter(in_force(at), person__in=people).values_list("organization_id", flat=True))


def _above(key: int, threshold_bps: int, at: datetime) -> set[int]:
    """Everyone who stands above an organisation, and itself; a circle of holdings ends where it began."""
    found, fresh = {key}, {key}
    while fresh:
        fresh = set(OwnershipStake.objects.filter(in_force(at), owned_id__in=fresh, share_bps__gte=threshold_bps)
                    .values_list("owner_id", flat=True)) - found
        found |= fresh
    return found
