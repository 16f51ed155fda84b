"""What of each queue and list lies in a supervisor's field (R81): one table of where its parties and its sector stand, one filter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, Q, QuerySet

from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from participants.models import Organization, PartyProfile
from participants.predicates import Standpoint
from participants.scopes import Field, extended, within
from trading.models import SurveillanceAlert

__all__ = ["alerts_kept", "kept", "markets_kept", "parties_kept"]

M = TypeVar("M", bound=Model)
#: class of data and section of industry
Market = tuple[str, str]

#: queue -> (paths to its parties, path to the sector it is about, path to the code a joint case names)
_PLACES: dict[str, tuple[tuple[str, ...], str, str]] = {
    "reviews": (("version__organization",), "version__sector", "version__code"),
    "conditions": (("version__organization",), "version__sector", "code"),
    "registrations": (("organization",), "", "code"),
    "filings": (("reporter", "counterparty"), "", "code"),
    "trades": (("seller", "buyer"), "version__sector", "code"),
    "conduct": (("organization",), "", "code"),
    "restorations": (("organization",), "", "code"),
    "complaints": (("organization",), "", "code"),
    "disputes": (("opener", "respondent"), "", "code"),
    "cases": (("organization",), "", "code"),
    "admissions": (("organization",), "", "code"),
}


@covers("R81", "H3")
def kept(name: str, rows: QuerySet[M], actor: Actor, who: Standpoint) -> QuerySet[M]:
    """This will keep the rows of a queue or list that this overseer's field takes in, or that a joint case opened to its authority."""
    parties, sector, code = _PLACES[name]
    return within(rows, who.bounds, organization_id=actor.organization_id, at=MARKET_CLOCK.now(), parties=parties, sector=sector, code=code)


@covers("R81", "H4")
def alerts_kept(rows: QuerySet[SurveillanceAlert], actor: Actor, who: Standpoint) -> QuerySet[SurveillanceAlert]:
    """This will keep the alerts one of whose parties stands in the field; an alert names its parties by code."""
    if not who.bounds:
        return rows
    wanted = Q(code__in=extended(actor.organization_id, MARKET_CLOCK.now()).values("subject"))
    for bound in who.bounds:
        wanted |= _somebody(bound.sectors, ()) & _somebody((), bound.prefixes)
    return rows.filter(wanted)


@covers("R81", "H5")
def markets_kept(sales: Mapping[Market, Mapping[str, int]], who: Standpoint) -> set[Market]:
    """This will keep the markets that lie in the field: of its sectors, with a seller in its regions. A market is read whole or not at all:
    a share of a part would be no share."""
    if not who.bounds:
        return set(sales)
    sellers = {code for one in sales.values() for code in one}
    regions = dict(PartyProfile.objects.filter(organization__code__in=sellers).values_list("organization__code", "region"))
    return {key for key, one in sales.items()
            if any(_holds(bound, key[1], [regions.get(code, "") for code in one]) for bound in who.bounds)}


def _holds(bound: Field, sector: str, regions: Sequence[str]) -> bool:
    return (not bound.sectors or sector in bound.sectors) and (
        not bound.prefixes or any(one.startswith(bound.prefixes) for one in regions))


@covers("R81", "H5")
def parties_kept(parties: Iterable[Organization], actor: Actor, who: Standpoint) -> list[Organization]:
    """This will keep the parties that stand in the field, in the order they came in."""
    found = list(parties)
    mine = within(Organization.objects.filter(pk__in=[one.pk for one in found]), who.bounds, organization_id=actor.organization_id,
                  at=MARKET_CLOCK.now(), parties=("",))
    kept_keys = set(mine.values_list("pk", flat=True))
    return [one for one in found if one.pk in kept_keys]


def _somebody(sectors: Sequence[str], prefixes: Sequence[str]) -> Q:
    """Alerts that name a party of one of these sectors, or of one of these regions."""
    if not sectors and not prefixes:
        return Q()
    told = PartyProfile.objects.filter(sector__in=sectors) if sectors else PartyProfile.objects.all()
    regions = Q()
    for one in prefixes:
        regions |= Q(region__startswith=one)
    return Q(parties__overlap=ArraySubquery(told.filter(regions).values("organization__code")))
