"""The papers of an order 订单凭据: given with a registration or an order, fixed when the trade is paid, carried to its statement.

A trade takes what was given with its payment, else with the registration for its lot, else the buyer's defaults. Nothing changes
afterwards: the invoice says what the order said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.billing import Papers, defaults_of, read_papers
from participants.permissions import require
from trading.events import PapersNamed
from trading.models import Bidder, OrderPaper, Trade

__all__ = ["fix_papers", "name_bid_papers", "papers_for", "papers_of", "papers_to_begin"]


def papers_to_begin(buyer_id: int | None, trade: Trade | None = None) -> Papers:
    """This will return what a form begins with: the registration's papers, else the organisation's defaults."""
    kept = OrderPaper.objects.filter(bidder=trade.award.bidder_id).first() if trade is not None and trade.award is not None else None
    return kept.said if kept else defaults_of(buyer_id or 0)


@covers("F1")
def fix_papers(trade: Trade, given: Mapping[str, str] | None, *, actor: Actor, at: datetime) -> OrderPaper | None:
    """This will fix the papers of a trade that is paid, in its transaction; None given takes what stands, nothing said writes nothing."""
    papers = papers_to_begin(trade.buyer_id, trade) if given is None else read_papers(given)
    if papers.empty:
        return None
    made = OrderPaper.objects.create(trade=trade, at=at, **asdict(papers))
    record(PapersNamed(subject=trade.code, papers_sha256=papers.sha256), actor=actor, at=at)
    return made


@covers("F1")
@operation("trading.order_paper.name")
def name_bid_papers(*, bidder: Bidder, given: Mapping[str, str], actor: Actor, clock: Clock) -> OrderPaper:
    """This will keep the papers that a bidder registers with; its trade takes them, unless its payment says otherwise."""
    Bidder.objects.select_for_update(of=("self",), no_key=True).get(pk=bidder.pk)
    at = clock.now()
    require(actor, "trading.bidder.register", subject=bidder, at=at)
    if OrderPaper.objects.filter(bidder=bidder).exists():
        raise Rejected("trading.order_paper.kept", lot=bidder.auction.code)
    papers = read_papers(given)
    if papers.empty:
        raise Rejected("trading.order_paper.empty")
    kept = OrderPaper.objects.create(bidder=bidder, at=at, **asdict(papers))
    record(PapersNamed(subject=bidder.auction.code, papers_sha256=papers.sha256), actor=actor, at=at)
    return kept


def papers_of(trade: Trade) -> OrderPaper | None:
    """This will return the papers of a trade, for pages and exports."""
    kept: OrderPaper | None = getattr(trade, "papers", None)
    return kept


def papers_for(trade: Trade, organization_id: int | None) -> Papers | None:
    """This will return what this reader sees of a trade's papers: the cost centre is the buyer's alone."""
    kept = papers_of(trade)
    if kept is None or organization_id not in (trade.buyer_id, trade.seller_id):
        return None
    said = kept.said
    return said if organization_id == trade.buyer_id else Papers(said.po_number, "", said.invoice_title, said.tax_number)
