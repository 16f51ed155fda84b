"""What of each queue and list lies in a supervisor's field (R81): one table of where its parties and its sector stand, one filter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from django.db.models import CharField, Exists, Func, Model, OuterRef, Q, QuerySet

from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from participants.models import PartyProfile
from participants.predicates import Standpoint
from participants.scopes import extended, within
from trading.models import SurveillanceAlert

__all__ = ["alerts_kept", "kept"]

M = TypeVar("M", bound=Model)

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


def _somebody(sectors: Sequence[str], prefixes: Sequence[str]) -> Q:
    if not sectors and not prefixes:
        return Q()
    fits = Q(sector__in=sectors) if sectors else Q()
    named: list[Q] = [Q(region__startswith=one) for one in prefixes]
    regions = Q()
    for one in named:
        regions |= one
    any_of = Func(OuterRef("parties"), function="ANY", output_field=CharField())
    told = PartyProfile.objects.filter(fits & regions, organization__code=any_of)
    return Q(Exists(told))

