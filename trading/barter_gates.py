"""What a barter asks of both its sides: of each licence what any deal asks, and that two rights are given for each other, at a value."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kit.coverage import covers
from kit.money import MAX_FEN
from kit.rejected import Rejected
from listings.models import Listing, ListingVersion
from listings.plans import plan_in
from listings.reference_prices import price_for
from listings.sharing import agreement_of
from participants.gates import Gate
from participants.models import Organization
from participants.queries import parameter
from trading.auctions.barter import Swap, differs, far_from
from trading.deal_gates import equals_pay, of_dealing
from trading.models import Barter, BarterSide

__all__ = ["of_bartering", "of_pair", "of_values", "usual_value", "values_far_off"]


@covers("R12", "CAP-E4")
def of_pair(gives: Listing, gets: Listing, party: Organization) -> Iterator[Gate]:
    """This will ask that a party gives a licence of its own for one of somebody else's, at the same venue."""
    yield Gate(("换出的是本机构的挂牌", "What is given is one's own"),
               None if gives.organization_id == party.pk else Rejected("trading.barter.not_yours", listing=gives.code))
    yield Gate(("换入的是他人的挂牌", "What is got is somebody else's"),
               Rejected("trading.barter.both_yours", listing=gets.code) if gets.organization_id == party.pk else None)
    yield Gate(("两项挂牌在同一场所", "Both are listed at one venue"),
               Rejected("trading.barter.other_venue", listing=gets.code) if gets.venue_id != gives.venue_id else None)


@covers("R12")
def of_values(swap: Swap) -> Iterator[Gate]:
    """This will ask that both values are sums of money above zero, and that what becomes of their difference is said."""
    sound = all(0 < one.price_fen <= MAX_FEN for one in (swap.proposer, swap.partner))
    yield Gate(("公允价值大于零", "Each value is above zero"), None if sound else Rejected("trading.barter.value"))
    said = swap.difference in (("waived", "paid") if differs(swap) else ("none",))
    yield Gate(("差额已写明放弃或补足", "A difference is waived or paid in so many words"),
               None if said else Rejected("trading.barter.difference", difference_fen=differs(swap)))


@covers("R12", "CAP-E4", "R18", "R44")
def of_bartering(one: Barter, swap: Swap, *, at: datetime) -> Iterator[Gate]:
    """This will ask of each licence what any deal asks of its object, seller, buyer and terms: the proposer's first, then the partner's."""
    yield from of_values(swap)
    for side in BarterSide.values:
        gives, listing, version = one.party(side), one.listing_of(side), one.version_of(side)
        gets = one.partner if gives.pk == one.proposer_id else one.proposer
        yield from of_dealing(listing, version, gets, swap.given_by(side), at=at)
        yield _uncounted(listing, version)
        yield _by_weight(listing, version)


def _uncounted(listing: Listing, version: ListingVersion) -> Gate:
    plan = plan_in(version.use_terms)
    metered = plan is not None and plan.metered
    return Gate(("不按次计量", "Not charged by its uses"), Rejected("trading.barter.counted", listing=listing.code) if metered else None)


def _by_weight(listing: Listing, version: ListingVersion) -> Gate:
    signed = agreement_of(version)
    first = signed is not None and bool(signed.first)
    return Gate(("收益只按权重分配", "Its price is shared by weight alone"),
                Rejected("trading.barter.due_first", listing=listing.code) if first else None)


def usual_value(listing: Listing, version: ListingVersion, *, at: datetime) -> int | None:
    """This will return what a licence usually costs: the median others paid, else its list price, else the median of its class."""
    if (paid := equals_pay(listing, at=at)) is not None:
        return paid
    if version.price_fen:
        return version.price_fen
    told = price_for(version)
    return told.median_fen if told is not None else None


@covers("R12", "R24")
def values_far_off(one: Barter, swap: Swap, *, at: datetime) -> list[tuple[str, int, int]]:
    """This will name the sides whose declared value is far from the usual one, with both: a question for a person, not a refusal."""
    times = int(parameter("barter.far_times", venue=one.venue, at=at))
    found = []
    for side in BarterSide.values:
        value, usual = swap.given_by(side).price_fen, usual_value(one.listing_of(side), one.version_of(side), at=at)
        if usual is not None and far_from(value, usual, times):
            found.append((str(side), value, usual))
    return found
