"""Questions about barters: a party's own ones, whose side it is, what each side pays in money."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When

from kit.coverage import covers
from kit.money import split
from kit.rejected import Rejected
from listings.models import ListingVersion
from listings.partners import parties_of
from listings.sharing import agreement_of, parties_signed
from participants.charges import Fund, Payer, Schedule
from participants.models import Organization
from trading.auctions.bargain import Talk
from trading.auctions.barter import Leg, Swap
from trading.charging import charges_for
from trading.models import Barter, BarterSide, Basis
from trading.states import BarterStatus

__all__ = ["barter_for", "barters_of", "leg_price", "legs_of", "side_of", "talk_of_barter"]


def talk_of_barter(one: Barter) -> Talk[Swap]:
    """This will read the row as the pure bargain."""
    return Talk(one.status, one.turn, one.round, one.swap, one.due_at)


def side_of(one: Barter, organization_id: int | None) -> str:
    """This will name the side that an organisation is."""
    return str(BarterSide.PROPOSER if organization_id == one.proposer_id else BarterSide.PARTNER)


def barter_for(code: str, user: Any) -> Barter:
    """This will return a party's own barter; 404 else."""
    if (found := _rows(Barter.objects.visible_to(user)).filter(code=code).first()) is None:
        raise Rejected("trading.barter.absent")
    return found


def barters_of(organization_id: int | None) -> QuerySet[Barter]:
    """This will list the barters of an organisation: the open ones first, then those under way."""
    rows = Barter.objects.filter(Q(proposer_id=organization_id or 0) | Q(partner_id=organization_id or 0))
    running = Case(When(status=BarterStatus.OFFERED, then=Value(0)), When(status=BarterStatus.AGREED, then=Value(1)), default=Value(2))
    return _rows(rows).order_by(running, "-pk")


def _rows(rows: QuerySet[Barter]) -> QuerySet[Barter]:
    return rows.select_related("venue", "proposer", "partner", "proposer_listing__organization", "partner_listing__organization",
                               "proposer_version__authorisation", "partner_version__authorisation").prefetch_related("legs__trade__state")


@covers("R12", "R75", "R9")
def leg_price(version: ListingVersion, giver: Organization, value_fen: int, charges: Schedule) -> Leg:
    """This will tell what of a declared value is money: the charges on it, the levy, and the shares of others than the giver."""
    fee, levy = (charges.total(value_fen, Payer.SELLER, fund) for fund in (Fund.VENUE, Fund.PUBLIC))
    signed = agreement_of(version)
    parties = parties_of(version, giver, agreed=parties_signed(signed) if signed else None)
    shares = split(value_fen - fee - levy, {code: weight for code, _, weight in parties})
    others = sum(fen for code, fen in shares.items() if code != giver.code)
    return Leg(value_fen, charges.total(value_fen, Payer.BUYER), fee, levy, others)


def legs_of(one: Barter, swap: Swap, *, at: datetime) -> dict[str, Leg]:
    """This will tell what both licences come to in money, by the charges in force."""
    return {str(side): leg_price(one.version_of(side), one.party(side), swap.given_by(side).price_fen,
                                 charges_for(one.version_of(side), Basis.BARTER, venue=one.venue, at=at))
            for side in BarterSide.values}
