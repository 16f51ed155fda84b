"""From an award or a verified report to a trade 成交: the summary of what was agreed, its hash, the immutable row, the fact."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from evidence.events import rfc3339
from evidence.operations import record
from kit.actors import Actor
from kit.ids import new_code
from kit.rejected import Rejected
from listings.models import Listing
from listings.piloting import pilot_room
from participants.models import Organization
from participants.queries import add_working_days
from trading.books import sha256_of
from trading.events import TradeExecuted
from trading.models import Award, Basis, Channel, Trade, TradeReport, TradeState
from trading.states import TradeStatus

__all__ = ["execute_award", "execute_report"]


def _pilot(listing: Listing | None) -> dict[str, str]:
    """What a trade was sold as is part of what was agreed: it stays a pilot's when the listing is one no more (R82)."""
    return {"pilot": listing.pilot.code} if listing is not None and listing.pilot is not None else {}


def _party(organization: Organization) -> dict[str, str]:
    return {"code": organization.code, "name": organization.name, "uscc": organization.uscc}


def execute_award(award: Award, *, actor: Actor, at: datetime) -> Trade:
    """This will write the trade of an award, its deadline of payment and the fact, in the caller's transaction."""
    lot, bidder = award.auction, award.bidder
    version, code = lot.version, new_code("TRD")
    due = add_working_days(lot.venue, at, lot.payment_days)
    summary: dict[str, Any] = {
        "format": "trade-agreement/1", "trade": code, "channel": str(Channel.ON_EXCHANGE), "basis": str(Basis.AWARD),
        "seller": _party(lot.seller), "buyer": _party(bidder.organization),
        "object": {"listing": lot.listing.code, "version": version.code, "title": version.title_zh, "content_hash": version.content_hash,
                   "file_sha256": version.file_sha256, "delivery_mode": version.delivery_mode, "use_terms": version.use_terms},
        "price_fen": award.price_fen, "payment_due_at": rfc3339(due), "fees": lot.fees,
        "lot": {"code": lot.code, "terms_hash": lot.terms_hash, "bids": lot.seq, "paddle": bidder.paddle},
        "rulebook": lot.venue.rulebook_version, **_pilot(lot.listing),
    }
    trade = Trade.objects.create(
        code=code, venue=lot.venue, channel=Channel.ON_EXCHANGE, basis=Basis.AWARD, seller=lot.seller, buyer=bidder.organization,
        listing=lot.listing, version=version, award=award, title=version.title_zh, price_fen=award.price_fen, agreement=summary,
        agreement_hash=sha256_of(summary), executed_at=at)
    trade.state = TradeState.objects.create(trade=trade, status=TradeStatus.EXECUTED, due_at=due, deposit=bidder.deposit,
                                            deposit_fen=bidder.deposit_fen)
    record(TradeExecuted(
        subject=code, channel=trade.channel, basis=trade.basis, seller=lot.seller.code, buyer=bidder.organization.code,
        listing=lot.listing.code, version_code=version.code, price_fen=trade.price_fen, agreement_hash=trade.agreement_hash, lot=lot.code,
        due_at=due), actor=actor, at=at)
    return trade


def execute_report(report: TradeReport, *, actor: Actor, at: datetime) -> Trade:
    """This will write the trade of a verified report, marked as made off the exchange, with its own certificate code."""
    if report.listing and (full := pilot_room(listing=report.listing, buyer=report.buyer, price_fen=report.price_fen, at=at)):
        raise Rejected(full, listing=report.listing.code)
    code = new_code("TRD")
    summary: dict[str, Any] = {
        "format": "trade-agreement/1", "trade": code, "channel": str(Channel.OFF_EXCHANGE), "basis": str(Basis.REPORT),
        "circulation": report.mode,
        "seller": _party(report.seller), "buyer": _party(report.buyer),
        "object": {"title": report.title, "description": report.description, "profile": report.profile,
                   "listing": report.listing.code if report.listing else None},
        "price_fen": report.price_fen, "traded_on": report.traded_on.isoformat(), "contract_sha256": report.contract_sha256,
        "filing": report.filing, "rulebook": report.venue.rulebook_version,
        **_pilot(report.listing),
    }
    trade = Trade.objects.create(
        code=code, venue=report.venue, channel=Channel.OFF_EXCHANGE, basis=Basis.REPORT, seller=report.seller, buyer=report.buyer,
        listing=report.listing, version=report.listing.version if report.listing else None, report=report, title=report.title,
        price_fen=report.price_fen, agreement=summary, agreement_hash=sha256_of(summary), executed_at=at)
    trade.state = TradeState.objects.create(trade=trade, status=TradeStatus.RECORDED)
    record(TradeExecuted(
        subject=code, channel=trade.channel, basis=trade.basis, seller=report.seller.code, buyer=report.buyer.code,
        listing=report.listing.code if report.listing else "", version_code=trade.version.code if trade.version else "",
        price_fen=trade.price_fen, agreement_hash=trade.agreement_hash, filing=report.filing), actor=actor, at=at)
    return trade
