"""Who shares in the price of a version 收益分配的当事人: the table agreed before listing, or the seller alone; the grantor of public data.

What is settled in money and what is settled by another licence is divided among the same parties by the same weights.
"""

from __future__ import annotations

from kit.coverage import covers
from listings.models import Authorisation, ListingVersion
from listings.queries import contributors
from participants.models import Organization

__all__ = ["Parties", "parties_of", "with_grantor"]

#: Code, key and weight of whoever shares.
Parties = list[tuple[str, int, int]]
#: Shares are agreed in basis points.
_WHOLE = 10_000


@covers("R9")
def parties_of(version: ListingVersion, seller: Organization, *, agreed: Parties | None = None) -> Parties:
    """This will list code, key and weight of whoever shares in what the version brings.

    As ``agreed`` and signed before listing, else by the version's table, else the seller alone; the grantor of public data has its share.
    """
    table = [] if agreed else [(row.organization.code, row.organization_id, row.weight) for row in contributors(version)]
    parties = agreed or table or [(seller.code, seller.pk, 1)]
    granted = version.authorisation
    return with_grantor(parties, granted) if granted is not None and granted.grantor_share_bps else parties


@covers("R76")
def with_grantor(parties: Parties, granted: Authorisation) -> Parties:
    """This will give the grantor its share and leave the others theirs of the rest, in whole weights that lose nothing.

    A grantor that contributed data of its own keeps that weight beside its share, as one party.
    """
    share, whole = granted.grantor_share_bps, sum(weight for _, _, weight in parties)
    weighted = [(code, key, weight * (_WHOLE - share)) for code, key, weight in parties]
    theirs = (granted.grantor.code, granted.grantor_id, whole * share)
    own = next((weight for code, _, weight in weighted if code == theirs[0]), 0)
    return [*(one for one in weighted if one[0] != theirs[0]), (theirs[0], theirs[1], theirs[2] + own)]
