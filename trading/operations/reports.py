"""Trades made off the exchange 场外交易备案 (R43, R57): reported by one party, confirmed by the other, verified, then recorded.

The report says what was traded; its checking is the filing of the law book. Verifying the filing and writing the trade are
one transaction, so an unverified report is never counted as a trade.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from django.db import IntegrityError, transaction

from compliance.answers import unanswered
from compliance.models import ExportCase, Filing
from compliance.operations import confirm_filing, decide_filing, file_trade, refile, second_filing
from compliance.queries import declaration_in_force, filing_of
from compliance.rules.circulation import refuse_unless_admitted
from compliance.rules.vocabulary import FactFault, read_facts
from compliance.screening import Profile
from compliance.states import ExportStatus, FilingStatus
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
from participants.models import Membership, Organization
from participants.operations import notify
from participants.permissions import require
from participants.predicates import in_force
from participants.profiles import projects_of
from participants.queries import LOCAL
from participants.roles import OrganizationKind, Role
from trading.agreements import execute_report
from trading.events import TradeReported
from trading.models import Trade, TradeReport
from trading.queries import report_of

__all__ = ["confirm_report", "decide_report", "mend_report", "refuse_unlawful_parties", "report_trade", "second_report"]

#: Whose commitment stands behind what they sell (R88).
_DECLARING = (Role.DATA_MERCHANT, Role.PUBLIC_DATA_OPERATOR)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@operation("trading.report.file")
@covers("R43", "R57", "R100", "I19")
def report_trade(*, seller: Organization, buyer: Organization, title: str, description: str = "", facts: Mapping[str, Any], price_fen: int,
                 traded_on: date, contract_sha256: str, mode: str = CirculationMode.TRADE, export_case: str = "",
                 listing: Listing | None = None, actor: Actor, clock: Clock) -> TradeReport:
    """This will report a trade between two parties, one of them the actor's, and file it for the other's confirmation.

    ``facts`` are screened as for an order on the exchange; prohibited matters and missing facts are refused at once. ``export_case`` names
    the cleared export where the buyer is abroad.
    """
    at = clock.now()
    require(actor, "trading.report.file", at=at)
    _check(seller, buyer, title, price_fen, traded_on <= at.astimezone(LOCAL).date(), contract_sha256, actor)
    made = TradeReport(
        code=new_code("TRR"), venue=seller.venue, seller=seller, buyer=buyer, mode=mode, listing=listing, title=title,
        description=description, profile=dict(facts), price_fen=price_fen, traded_on=traded_on, contract_sha256=contract_sha256,
        export_case=export_case.strip(), reported_at=at)
    made.reporter, made.counterparty = (seller, buyer) if seller.pk == actor.organization_id else (buyer, seller)
    _refuse_unfit(made, actor=actor, at=at)
    if known := _known(made):
        raise Rejected("trading.report.known", filing=known)
    filing = file_trade(report=made.code, profile=_profile(made), done=_done(traded_on, at), reporter=made.reporter,
                        counterparty=made.counterparty, actor=actor, clock=clock)
    return _kept(made, filing, actor=actor, at=at)


@operation("trading.report.mend")
@covers("R43", "F12", "T48")
def mend_report(*, filing: Filing, title: str, description: str = "", facts: Mapping[str, Any], price_fen: int, traded_on: date,
                contract_sha256: str, mode: str = CirculationMode.TRADE, export_case: str = "", actor: Actor, clock: Clock) -> TradeReport:
    """This will state a returned report anew, as its reporter mends it, and file it again; what was stated before stands as it was."""
    at = clock.now()
    require(actor, "trading.report.file", at=at)
    before = report_of(filing.code)
    _check(before.seller, before.buyer, title, price_fen, traded_on <= at.astimezone(LOCAL).date(), contract_sha256, actor)
    made = TradeReport(
        code=new_code("TRR"), venue=before.venue, seller=before.seller, buyer=before.buyer, reporter=before.reporter,
        counterparty=before.counterparty, mode=mode, listing=before.listing, title=title, description=description, profile=dict(facts),
        price_fen=price_fen, traded_on=traded_on, contract_sha256=contract_sha256, export_case=export_case.strip(), reported_at=at)
    _refuse_unfit(made, actor=actor, at=at)
    if (known := _known(made)) not in ("", filing.code):
        raise Rejected("trading.report.known", filing=known)
    held = refile(filing=filing, profile=_profile(made), done=_done(traded_on, at), actor=actor, clock=clock)
    return _kept(made, held, actor=actor, at=at)


def _kept(made: TradeReport, filing: Filing, *, actor: Actor, at: datetime) -> TradeReport:
    """The statement as it stands from now on; two of one contract at once are told apart by their edition."""
    same = TradeReport.objects.filter(seller=made.seller, buyer=made.buyer, contract_sha256=made.contract_sha256)
    made.filing, made.edition = filing.code, same.count() + 1
    made.screening = {"verdict": filing.verdict, "hits": filing.hits, "rule_set": filing.rule_set}
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as twice:  # the other side, or another hand of ours, told of it at the same time
        raise Rejected("trading.report.known", filing=filing.code) from twice
    record(TradeReported(subject=made.code, filing=filing.code, seller=made.seller.code, buyer=made.buyer.code, price_fen=made.price_fen,
                         contract_sha256=made.contract_sha256, verdict=filing.verdict, mode=made.mode), actor=actor, at=at)
    return made


def _known(made: TradeReport) -> str:
    """The filing in which this contract stands already; one that was rejected or taken back stands in nobody's way."""
    same = TradeReport.objects.filter(seller=made.seller, buyer=made.buyer, contract_sha256=made.contract_sha256)
    return next((code for code in same.values_list("filing", flat=True).distinct() if filing_of(code)), "")


def _profile(made: TradeReport) -> Profile:
    try:
        read = read_facts(made.profile)
    except FactFault as fault:
        raise Rejected("compliance.filing.facts_unreadable", errors=[FieldFault(fault.fact, fault.code, fault.text)]) from fault
    return Profile(facts=read, title=made.title, description=made.description)


def _done(traded_on: date, at: datetime) -> datetime:
    """The end of the day of the trade, here: the list in force then judges it."""
    return min(datetime.combine(traded_on, time.max, tzinfo=LOCAL), at)


def _refuse_unfit(made: TradeReport, *, actor: Actor, at: datetime) -> None:
    """What a trade on the exchange would be refused for, the same off it: mode, parties, declaration, contractor's data, export."""
    flow = refuse_unless_admitted(made.mode, CirculationChannel.OFF_EXCHANGE, "report")
    if flow.money == "none" and made.price_fen:
        raise Rejected("trading.report.shared_for_money", cell=flow.name)
    if made.listing and (unfit := buyer_obstacle(made.listing, made.buyer, at=at)):
        named = "listings.listing.absent" if made.seller_id != actor.organization_id and made.listing.closed else unfit
        raise refused_buyer(named, made.listing)
    refuse_unlawful_parties(made, at=at)


@covers("R43", "R53", "R64", "R88", "R91", "W18")
def refuse_unlawful_parties(made: TradeReport, *, at: datetime) -> None:
    """This will refuse a report whose seller or buyer may not have made this trade; asked when it is filed and when it is verified."""
    if made.seller.is_venue_affiliate or made.buyer.is_venue_affiliate:
        raise Rejected("participants.capability.venue_affiliate")
    _refuse_contractor(made)
    merchants = Membership.objects.filter(in_force(at), organization=made.seller, role__in=_DECLARING)
    if merchants.exists() and declaration_in_force(made.seller, "", at) is None:
        raise Rejected("trading.report.undeclared", seller=made.seller.code)
    if made.listing is None and made.buyer.kind == OrganizationKind.FOREIGN and not _export_cleared(made, at):
        raise Rejected("trading.report.export_not_cleared", seller=made.seller.code, errors=[FieldFault("export_case", "missing", (
            "请填写已放行的出境案件编号", "Give the code of the cleared export case"))])


def _refuse_contractor(made: TradeReport) -> None:
    """Whoever builds a government system may not sell what flows through it, here as little as elsewhere."""
    stated, projects = made.profile.get("from_government_project"), projects_of(made.seller)
    named = "、".join(one.project for one in projects) or "—"
    if stated is True:
        raise Rejected("trading.report.contractor", projects=named)
    if stated is None and projects:
        raise Rejected("trading.report.contractor_asked", projects=named, errors=unanswered(["from_government_project"])["errors"])


def _export_cleared(made: TradeReport, at: datetime) -> bool:
    names = [name for name in (made.buyer.code, made.buyer.name, made.buyer.name_en) if name]
    return ExportCase.objects.filter(code=made.export_case, exporter=made.seller, recipient__in=names, status=ExportStatus.CLEARED,
                                     effective_to__gt=at).exists()


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
    report = report_of(filing.code)
    known = Trade.objects.filter(report=report).first()
    if known is not None:
        return known
    at = clock.now()
    refuse_unlawful_parties(report, at=at)
    trade = execute_report(report, actor=actor, at=at)
    for party in sorted((report.seller, report.buyer), key=lambda one: one.pk):
        notify(organization=party, kind="trading.trade.recorded", tone="ok", subject=trade.code, href=f"/desk/trades/{trade.code}/", at=at,
               text=(f"场外交易“{report.title}”已备案，凭证 {trade.code}。",
                     f"The off-exchange trade “{report.title}” is on record, certificate {trade.code}."))
    return trade
