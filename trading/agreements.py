"""From an award or a verified report to a trade 成交: the summary of what was agreed, its hash, the immutable row, the fact.

A trade made on the exchange has its agreement drawn in the same act; what was agreed elsewhere is signed elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from evidence.events import rfc3339
from evidence.operations import record
from kit.actors import Actor
from kit.ids import new_code
from kit.rejected import Rejected
from listings.buying import buyer_obstacle, refused_buyer
from listings.models import Listing, ListingVersion
from listings.piloting import pilot_room
from participants.charges import Schedule
from participants.models import Organization
from participants.queries import add_working_days
from trading.auctions.slips import SEVERAL
from trading.books import sha256_of
from trading.duties import Deal, duties_of
from trading.events import TradeExecuted
from trading.models import Agreement, Award, Basis, Channel, Trade, TradeReport, TradeState
from trading.operations.agreeing import conclude_by_acceptance, conclude_by_order, draw_agreement
from trading.states import TradeStatus

__all__ = ["execute_award", "execute_purchase", "execute_report"]


def _pilot(listing: Listing | None) -> dict[str, str]:
    """What a trade was sold as is part of what was agreed: it stays a pilot's when the listing is one no more (R82)."""
    return {"pilot": listing.pilot.code} if listing is not None and listing.pilot is not None else {}


def _party(organization: Organization) -> dict[str, str]:
    named = {"name_en": organization.name_en} if organization.name_en else {}
    if not organization.uscc and organization.identified:
        named["identified"] = organization.identified
    return {"code": organization.code, "name": organization.name, "uscc": organization.uscc, **named}


def _object(listing: Listing, version: ListingVersion) -> dict[str, Any]:
    """What is licensed, pinned by hash."""
    return {"listing": listing.code, "version": version.code, "title": version.title_zh, "content_hash": version.content_hash,
            "file_sha256": version.file_sha256, "delivery_mode": version.delivery_mode, "use_terms": version.use_terms}


def execute_award(award: Award, *, bonded: bool = True, actor: Actor, at: datetime) -> Trade:
    """This will write the trade of an award, its deadline of payment and the fact, in the caller's transaction; ``bonded`` when the
    bidder's deposit stands for it (of several licences, for the first)."""
    lot, bidder = award.auction, award.bidder
    version, code = lot.version, new_code("TRD")
    due = add_working_days(lot.venue, at, lot.payment_days)
    summary: dict[str, Any] = {
        "format": "trade-agreement/2", "trade": code, "channel": str(Channel.ON_EXCHANGE), "basis": str(Basis.AWARD),
        "seller": _party(lot.seller), "buyer": _party(bidder.organization),
        "object": _object(lot.listing, version),
        "price_fen": award.price_fen, "payment_due_at": rfc3339(due), "fees": lot.fees,
        "lot": {"code": lot.code, "terms_hash": lot.terms_hash, "bids": lot.seq, "paddle": bidder.paddle,
                **({"unit": award.unit, "items": award.items} if lot.format in SEVERAL else {})},
        "rulebook": lot.venue.rulebook_version, **_pilot(lot.listing),
        "responsibilities": duties_of(Deal(
            facts=version.facts, category=version.category, grade=version.grade, buyer=bidder.organization, price_fen=award.price_fen,
            on_exchange=True, seats=version.use_terms.get("seats")), at=at),
    }
    trade = Trade.objects.create(
        code=code, venue=lot.venue, channel=Channel.ON_EXCHANGE, basis=Basis.AWARD, seller=lot.seller, buyer=bidder.organization,
        listing=lot.listing, version=version, award=award, title=version.title_zh, price_fen=award.price_fen, agreement=summary,
        agreement_hash=sha256_of(summary), executed_at=at)
    trade.state = TradeState.objects.create(trade=trade, status=TradeStatus.EXECUTED, due_at=due,
                                            deposit=bidder.deposit if bonded else None, deposit_fen=bidder.deposit_fen if bonded else 0)
    record(TradeExecuted(
        subject=code, channel=trade.channel, basis=trade.basis, seller=lot.seller.code, buyer=bidder.organization.code,
        listing=lot.listing.code, version_code=version.code, price_fen=trade.price_fen, agreement_hash=trade.agreement_hash, lot=lot.code,
        due_at=due), actor=actor, at=at)
    draw_agreement(trade, summary, actor=actor, at=at)
    return trade


def execute_purchase(listing: Listing, version: ListingVersion, buyer: Organization, price_fen: int, charges: Schedule, purpose: str, *,
                     renews: Agreement | None = None, accepted: bool = False, in_return: Mapping[str, Any] | None = None, actor: Actor,
                     at: datetime) -> Trade:
    """This will write the trade of a purchase at the list price, in the transaction that pays it; offer and order are its signatures.

    ``accepted``: of a deal between the two, whose signatures are offer and acceptance; it is paid afterwards. ``in_return``: of a barter,
    what is given for it; the price is then the value declared, and nobody pays it.
    """
    code, basis = new_code("TRD"), Basis.BARTER if in_return else Basis.DEAL if accepted else Basis.PURCHASE
    summary: dict[str, Any] = {
        "format": "trade-agreement/2", "trade": code, "channel": str(Channel.ON_EXCHANGE), "basis": str(basis),
        "seller": _party(listing.organization), "buyer": _party(buyer), "object": _object(listing, version), "purpose": purpose,
        "price_fen": price_fen, "pricing": version.pricing_mode, "fees": charges.written(),
        "rulebook": listing.venue.rulebook_version, **_pilot(listing), **({"in_return": dict(in_return)} if in_return else {}),
        "responsibilities": duties_of(Deal(
            facts=version.facts, category=version.category, grade=version.grade, buyer=buyer, price_fen=price_fen, on_exchange=True,
            seats=version.use_terms.get("seats")), at=at),
    }
    trade = Trade.objects.create(
        code=code, venue=listing.venue, channel=Channel.ON_EXCHANGE, basis=basis, seller=listing.organization, buyer=buyer,
        listing=listing, version=version, title=version.title_zh, price_fen=price_fen, agreement=summary, agreement_hash=sha256_of(summary),
        executed_at=at)
    trade.state = TradeState.objects.create(trade=trade, status=TradeStatus.EXECUTED)
    record(TradeExecuted(
        subject=code, channel=trade.channel, basis=trade.basis, seller=listing.organization.code, buyer=buyer.code, listing=listing.code,
        version_code=version.code, price_fen=price_fen, agreement_hash=trade.agreement_hash), actor=actor, at=at)
    deed = draw_agreement(trade, summary, renews=renews, actor=actor, at=at)
    (conclude_by_acceptance if accepted else conclude_by_order)(deed, actor=actor, at=at)
    return trade


def execute_report(report: TradeReport, *, actor: Actor, at: datetime) -> Trade:
    """This will write the trade of a verified report, marked as made off the exchange, with its own certificate code."""
    if report.listing and (full := pilot_room(listing=report.listing, buyer=report.buyer, price_fen=report.price_fen, at=at)):
        raise Rejected(full, listing=report.listing.code)
    if report.listing and (code := buyer_obstacle(report.listing, report.buyer, at=at)):
        raise refused_buyer(code, report.listing)
    code = new_code("TRD")
    summary: dict[str, Any] = {
        "format": "trade-agreement/2", "trade": code, "channel": str(Channel.OFF_EXCHANGE), "basis": str(Basis.REPORT),
        "circulation": report.mode,
        "seller": _party(report.seller), "buyer": _party(report.buyer),
        "object": {**(_object(report.listing, report.listing.version) if report.listing and report.listing.version else {"listing": None}),
                   "title": report.title, "description": report.description, "profile": report.profile},
        "price_fen": report.price_fen, "traded_on": report.traded_on.isoformat(), "contract_sha256": report.contract_sha256,
        "filing": report.filing, "rulebook": report.venue.rulebook_version,
        **_pilot(report.listing),
        "responsibilities": duties_of(Deal(
            facts=report.profile, category=str(report.profile.get("subject_class", "")), grade=str(report.profile.get("grade", "")),
            buyer=report.buyer, price_fen=report.price_fen, on_exchange=False), at=at),
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
