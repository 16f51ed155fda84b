"""Requests for quotes 询价、需求: which quotes stand and who may see them, who is connected with whom, what the catalogue suggests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from django.db.models import Q, QuerySet

from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Listing
from listings.search import search_listings
from participants.queries import affiliated
from trading.auctions.bargain import Terms
from trading.auctions.rfq import ranked
from trading.models import Challenge, Quote, Rfq, RfqInvitation
from trading.states import QuoteStatus, RfqStatus

__all__ = ["Compared", "board", "budget_shown", "compared", "may_quote", "opened", "quotes_for", "rfq_for", "standing_quotes", "suggested",
           "terms_for"]

#: After these the prices are the buyer's to read.
_OPENED = (RfqStatus.EVALUATING, RfqStatus.AWARDED, RfqStatus.FAILED)


@dataclass(frozen=True)
class Compared:
    """One quote beside the others: its place by price (earlier first among equals), its distance to the buyer's mark, its ties."""

    quote: Quote
    place: int
    over_fen: int | None
    tied: tuple[str, ...]


def rfq_for(code: str, user: Any) -> Rfq:
    """This will return the request of a code that the user may see; 404 else."""
    found = Rfq.objects.visible_to(user).select_related("buyer", "venue", "trade", "challenge").filter(code=code).first()
    if found is None:
        raise Rejected("trading.rfq.absent")
    return found


def board(query: str = "", *, sector: str = "", purpose: str = "", running: bool = True) -> QuerySet[Rfq]:
    """This will list public demands, those that end first on top; a query is looked for in title and need."""
    rows = Rfq.objects.filter(public=True).select_related("buyer", "challenge")
    for word in query.replace("\0", "").split()[:8]:
        rows = rows.filter(Q(title__icontains=word[:60]) | Q(need__icontains=word[:60]))
    if sector:
        rows = rows.filter(sector=sector[:4])
    if purpose:
        rows = rows.filter(purpose=purpose[:40])
    if running:
        return rows.filter(status=RfqStatus.OPEN).order_by("closes_at", "pk")
    return rows.exclude(status=RfqStatus.OPEN).order_by("-pk")


def standing_quotes(rfq: Rfq) -> list[Quote]:
    """This will list the quotes that count, best price first, earlier first among equals; for whoever decides, never for a page."""
    rows = rfq.quotes.filter(status=QuoteStatus.STANDING).select_related("rfq", "seller", "listing__organization", "version")
    return ranked(rows.order_by("pk"))


def opened(rfq: Rfq) -> bool:
    """This will tell whether the seal is off: the round is over and the buyer reads the prices."""
    return rfq.status in _OPENED


@covers("CAP-E4", "T39")
def quotes_for(rfq: Rfq, organization_id: int | None) -> list[Quote]:
    """This will list the quotes an organisation may read: its own always, the others' the buyer alone, once the round is over."""
    rows = rfq.quotes.select_related("rfq__challenge", "seller", "listing__organization", "version", "trial").order_by("pk")
    if organization_id is not None and organization_id == rfq.buyer_id:
        blind = Challenge.objects.filter(rfq=rfq).exists() and rfq.status != RfqStatus.AWARDED  # entries have no names before the award
        return ranked(rows.exclude(status=QuoteStatus.WITHDRAWN)) if opened(rfq) and not blind else []
    return list(rows.filter(seller_id=organization_id or 0))


def terms_for(rfq: Rfq, price_fen: int) -> Terms:
    """This will read what the request asks, at a price."""
    return Terms(price_fen, rfq.seats, rfq.term_days, rfq.purpose)


def budget_shown(rfq: Rfq, organization_id: int | None) -> int | None:
    """This will return the budget where the reader may know it."""
    own = organization_id is not None and organization_id == rfq.buyer_id
    return rfq.budget_fen if own or not rfq.budget_hidden else None


def may_quote(rfq: Rfq, organization_id: int) -> str:
    """This will return '' or why this organisation may not quote here: not invited, or it was not in the earlier rounds."""
    if not rfq.public and not RfqInvitation.objects.filter(rfq=rfq, organization_id=organization_id).exists():
        return "trading.quote.not_invited"
    if rfq.round > 1 and not Quote.objects.filter(rfq=rfq, seller_id=organization_id, round__lt=rfq.round).exists():
        return "trading.quote.round_closed"
    return ""


@covers("CAP-E4", "R53")
def compared(rfq: Rfq, quotes: Sequence[Quote], *, at: datetime) -> list[Compared]:
    """This will set the quotes side by side; whoever is tied to another bidder by control or a person is named beside it."""
    tied: dict[int, list[str]] = {one.pk: [] for one in quotes}
    for a, b in combinations([one for one in quotes if one.status != QuoteStatus.WITHDRAWN], 2):
        if affiliated(a.seller, b.seller, at=at):
            tied[a.pk].append(b.code)
            tied[b.pk].append(a.code)
    limit = rfq.target_fen if rfq.target_fen is not None else rfq.budget_fen
    return [Compared(one, place, None if limit is None else one.price_fen - limit, tuple(tied[one.pk]))
            for place, one in enumerate(quotes, start=1)]


@covers("CAP-E4", "D1")
def suggested(rfq: Rfq, limit: int = 5) -> list[Listing]:
    """This will look in the catalogue for what the need names: by its title in its industry, then anywhere."""
    facets = {"sector": [rfq.sector]} if rfq.sector else {}
    found = search_listings(rfq.title, facets=facets, limit=limit, with_facets=False).items
    if not found and facets:
        found = search_listings(rfq.title, limit=limit, with_facets=False).items
    return [one for one in found if one.organization_id != rfq.buyer_id]
