"""Trades made off the exchange 场外交易备案 (R43, R57): reported by one party, confirmed by the other, verified, then recorded.

The report says what was traded; its checking is the filing of the law book. Verifying the filing and writing the trade are
one transaction, so an unverified report is never counted as a trade.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from compliance.models import Filing
from compliance.operations import confirm_filing, decide_filing, file_trade, second_filing, withdraw_filing
from compliance.rules.circulation import refuse_unless_admitted
from compliance.rules.vocabulary import FactFault, read_facts
from compliance.screening import Profile
from compliance.states import FilingStatus
from compliance.taxonomy import Channel as CirculationChannel
from compliance.taxonomy import CirculationMode
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import MAX_FEN
from kit.rejected import FieldFault, Rejected
from listings.buying import buyer_obstacle, refused_buyer
from listings.models import Listing
from participants.models import Organization
from participants.operations import notify
from participants.permissions import require
from trading.agreements import execute_report
from trading.events import TradeReported
from trading.models import Trade, TradeReport

__all__ = ["confirm_report", "decide_report", "report_trade", "second_report"]

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@operation("trading.report.file")
@covers("R43", "R57", "I19")
def report_trade(*, seller: Organization, buyer: Organization, title: str, description: str = "", facts: Mapping[str, Any], price_fen: int,
                 traded_on: date, contract_sha256: str, mode: str = CirculationMode.TRADE,
                 listing: Listing | None = None, actor: Actor, clock: Clock) -> TradeReport:
    """This will report a trade between two parties, one of them the actor's, and file it for the other's confirmation.

    ``facts`` are screened as for an order on the exchange; prohibited matters and missing facts are refused at once.
    """
    at = clock.now()
    require(actor, "trading.report.file", at=at)
    flow = refuse_unless_admitted(mode, CirculationChannel.OFF_EXCHANGE, "report")
    _check(seller, buyer, title, price_fen, traded_on <= at.date(), contract_sha256, actor)
    if flow.money == "none" and price_fen:
        raise Rejected("trading.report.shared_for_money", cell=flow.name)
    if listing and (unfit := buyer_obstacle(listing, buyer, at=at)):
        raise refused_buyer("listings.listing.absent" if seller.pk != actor.organization_id and listing.closed else unfit, listing)
    reporter, counterparty = (seller, buyer) if seller.pk == actor.organization_id else (buyer, seller)
    mended = _mended(seller, buyer, contract_sha256, actor, clock)
    try:
        read = read_facts(facts)
    except FactFault as fault:
        raise Rejected("compliance.filing.facts_unreadable", errors=[FieldFault(fault.fact, fault.code, fault.text)]) from fault
    code = new_code("TRR")
    filing = file_trade(report=code, profile=Profile(facts=read, title=title, description=description), reporter=reporter,
                        counterparty=counterparty, actor=actor, clock=clock)
    try:
        with transaction.atomic():
            report = TradeReport.objects.create(
                code=code, filing=filing.code, venue=seller.venue, reporter=reporter, counterparty=counterparty, seller=seller, buyer=buyer,
                mode=mode, listing=listing, title=title, description=description, profile=dict(facts), price_fen=price_fen,
                traded_on=traded_on, contract_sha256=contract_sha256, reported_at=at, replaces=mended,
                screening={"verdict": filing.verdict, "hits": filing.hits, "rule_set": filing.rule_set})
    except IntegrityError as twice:  # the other side, or another hand of ours, reported it at the same time
        if not any(name in str(twice) for name in ("report_once_per_contract", "replaces_id")):
            raise
        raise Rejected("trading.report.known", filing=mended.filing if mended else "") from twice
    record(TradeReported(subject=code, filing=filing.code, seller=seller.code, buyer=buyer.code, price_fen=price_fen,
                         contract_sha256=contract_sha256, verdict=filing.verdict, mode=mode,
                         replaces=mended.code if mended else ""), actor=actor, at=at)
    return report


#: Filings that came to nothing: their contract may be reported anew, as mended.
_CAME_TO_NOTHING = (FilingStatus.RETURNED, FilingStatus.REJECTED, FilingStatus.WITHDRAWN)


def _mended(seller: Organization, buyer: Organization, contract: str, actor: Actor, clock: Clock) -> TradeReport | None:
    """The report of this contract that the new one mends, its returned filing taken back by its reporter; None where there is none.

    A report that runs, or is a trade, is refused: a contract is reported once.
    """
    known = TradeReport.objects.filter(seller=seller, buyer=buyer, contract_sha256=contract, replaced_by__isnull=True).first()
    if known is None:
        return None
    filing = _filing_of(known)
    returned = filing.status == FilingStatus.RETURNED
    if filing.status not in _CAME_TO_NOTHING or (returned and known.reporter_id != actor.organization_id):
        raise Rejected("trading.report.known", filing=known.filing)
    if returned:
        withdraw_filing(filing=filing, actor=actor, clock=clock)
    return known


def _check(seller: Organization, buyer: Organization, title: str, price_fen: int, past: bool, contract: str, actor: Actor) -> None:
    if actor.organization_id not in (seller.pk, buyer.pk) or seller.pk == buyer.pk:
        raise Rejected("trading.report.not_party")
    if isinstance(price_fen, bool) or not isinstance(price_fen, int) or not 0 <= price_fen <= MAX_FEN:
        raise Rejected("trading.report.price")
    if not title.strip():
        raise Rejected("trading.report.title")
    if not past:
        raise Rejected("trading.report.future")
    if not _SHA256.fullmatch(contract):
        raise Rejected("trading.report.contract")


def _filing_of(report: TradeReport) -> Filing:
    return Filing.objects.get(code=report.filing)


def confirm_report(*, report: TradeReport, actor: Actor, clock: Clock) -> Filing:
    """This will confirm what the other party reported (the filing's own act)."""
    return confirm_filing(filing=_filing_of(report), actor=actor, clock=clock)


@operation("trading.report.decide")
@covers("R43", "I19")
def decide_report(*, report: TradeReport, outcome: str, reason: str, actor: Actor, clock: Clock) -> Trade | None:
    """This will ``verify``, ``reject`` or ``ask`` a confirmed report; verifying writes the trade in the same transaction.

    A red matter stays confirmed after the first reviewer's opinion: ``second_report`` decides it. Returns the trade, if any.
    """
    filing = decide_filing(filing=_filing_of(report), outcome=outcome, reason=reason, actor=actor, clock=clock)
    return _recorded(report, filing, actor, clock)


@operation("trading.report.second")
def second_report(*, report: TradeReport, agree: bool, reason: str, actor: Actor, clock: Clock) -> Trade | None:
    """This will give the second reviewer's word on a red report; agreeing on verification writes the trade."""
    filing = second_filing(filing=_filing_of(report), agree=agree, reason=reason, actor=actor, clock=clock)
    return _recorded(report, filing, actor, clock)


def _recorded(report: TradeReport, filing: Filing, actor: Actor, clock: Clock) -> Trade | None:
    if filing.status != FilingStatus.VERIFIED:
        return None
    known = Trade.objects.filter(report=report).first()
    if known is not None:
        return known
    at = clock.now()
    trade = execute_report(report, actor=actor, at=at)
    for party in sorted((report.seller, report.buyer), key=lambda one: one.pk):
        notify(organization=party, kind="trading.trade.recorded", tone="ok", subject=trade.code, href=f"/desk/trades/{trade.code}/", at=at,
               text=(f"场外交易“{report.title}”已备案，凭证 {trade.code}。",
                     f"The off-exchange trade “{report.title}” is on record, certificate {trade.code}."))
    return trade
