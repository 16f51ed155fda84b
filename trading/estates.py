"""What passes on of the floor (R39): lots, biddings with their deposits, trades, reports of trades made elsewhere.

Bids and awards stay as they were made: they name the paddle, and the paddle passes on. A deposit is given back and reserved anew on
the heir's account in the same transaction, so that nothing is free in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import Q

from compliance.queries import filing_of
from evidence.operations import record
from kit.actors import SYSTEM
from kit.coverage import covers
from ledger import operations as ledger
from ledger.accounts import AccountKind
from participants.estates import Held, Obstacle, Passing, estate, follows, hinders, obstacle, tied
from participants.models import Organization
from participants.queries import may
from participants.roles import Capability
from trading.events import BidderPassedOn
from trading.models import Auction, Barter, BarterLeg, Bidder, Negotiation, Quote, Rfq, Trade, TradeReport, TradeState
from trading.states import ACTIVE_LOTS, AuctionStatus, BarterStatus, NegotiationStatus, QuoteStatus, RfqStatus, TradeStatus

__all__: list[str] = []

_OPEN = (AuctionStatus.DRAFT, *ACTIVE_LOTS)
_OVER = (TradeStatus.DEFAULTED, TradeStatus.CANCELLED, TradeStatus.UNWOUND)


@estate("trading.lots", "竞价标的", "Lots")
def _lots(of: Organization) -> Iterator[Held]:
    for one in Auction.objects.filter(seller=of, status__in=_OPEN).select_related("listing__product"):
        yield Held(one.listing.product.code, one.code, one.listing.product.title_zh, "trading_auction", "seller_id", one.pk)


@estate("trading.biddings", "竞买与保证金", "Biddings and deposits")
def _biddings(of: Organization) -> Iterator[Held]:
    rows = Bidder.objects.filter(organization=of).select_related("auction__version")
    for one in rows.filter(auction__status__in=ACTIVE_LOTS):
        yield Held(one.auction.code, one.auction.code, one.auction.version.title_zh, "trading_bidder", "organization_id", one.pk,
                   live=one.barred_at is None, other=one.auction.seller_id)
    for won in rows.filter(awards__trade__isnull=False).exclude(awards__trade__state__status__in=_OVER).distinct().prefetch_related(
            "awards__trade"):
        trade = won.awards.all()[0].trade
        yield Held(trade.code, won.auction.code, won.auction.version.title_zh, "trading_bidder", "organization_id", won.pk, live=False,
                   other=trade.seller_id)


@estate("trading.trades", "成交", "Trades")
def _trades(of: Organization) -> Iterator[Held]:
    rows = Trade.objects.filter(Q(seller=of) | Q(buyer=of)).exclude(state__status__in=_OVER).select_related("state")
    for one in rows:
        column, other = ("seller_id", one.buyer_id) if one.seller_id == of.pk else ("buyer_id", one.seller_id)
        yield Held(one.code, one.code, one.title, "trading_trade", column, one.pk, live=one.state.status == TradeStatus.EXECUTED,
                   other=other)


@estate("trading.reports", "场外交易申报", "Reports of trades made elsewhere")
def _reports(of: Organization) -> Iterator[Held]:
    for one in TradeReport.objects.filter(Q(reporter=of) | Q(counterparty=of)):
        if filing_of(one.filing) is not None:
            other = one.counterparty_id if one.reporter_id == of.pk else one.reporter_id
            for column in ("reporter_id", "counterparty_id", "seller_id", "buyer_id"):
                if getattr(one, column) == of.pk:
                    yield Held(one.code, one.code, one.title, "trading_tradereport", column, one.pk, live=False, other=other)


@tied("trading.reports")
def _of_reports(of: Organization) -> Iterator[tuple[str, str]]:
    """A trade from a report goes with it."""
    for one in Trade.objects.filter(Q(seller=of) | Q(buyer=of), report__isnull=False).select_related("report"):
        assert one.report is not None, "filtered above"
        yield one.code, one.report.code


@covers("R39")
@hinders("trading.lots")
def _in_the_way(passing: Passing) -> Iterable[Obstacle]:
    """Nobody sells to itself and nobody holds two paddles: whoever takes over may not bid in the same lot already (Auction Law 30)."""
    for one in passing.rows("trading_auction"):
        heir = passing.heir_of(one.unit)
        if heir and Bidder.objects.filter(auction_id=one.key, organization=heir, barred_at__isnull=True).exists():
            yield obstacle(one.code, "承继方正在竞买该标的，应先退出", "the heir bids in this lot: it has to step out first")
    for row in passing.rows("trading_bidder"):
        heir = passing.heir_of(row.unit)
        if heir and Bidder.objects.filter(auction__bidders__pk=row.key, organization=heir).exists():
            yield obstacle(row.code, "承继方在同一标的已有号牌", "the heir has a paddle of its own in this lot")
        if heir and row.live and may(heir, Capability.BID, at=passing.at):
            yield obstacle(row.code, f"{heir.short_name} 没有竞买资格", f"{heir.short_name_en or heir.short_name} may not bid")


@covers("R39")
@hinders("trading.deals")
def _under_talk(passing: Passing) -> Iterable[Obstacle]:
    """Bargains, barters, requests and quotes are of the party that speaks: they end before it does.

    A barter under way is set off between its two sides, so its sides and who shares in its products stay until it is settled.
    """
    ends = passing.predecessor
    for talk in Negotiation.objects.filter(Q(seller=ends) | Q(buyer=ends), status=NegotiationStatus.OFFERED).order_by("pk"):
        yield obstacle(talk.code, "议价尚未结束，应先答复、撤回或待其过期",
                       "the bargain is open: answer it, take it back, or let it expire")
    running = (BarterStatus.OFFERED, BarterStatus.AGREED)
    for one in Barter.objects.filter(Q(proposer=ends) | Q(partner=ends), status__in=running).order_by("pk"):
        yield obstacle(one.code, "互换尚未结束，应先答复、撤回，或待两项许可都结清",
                       "the barter is open: answer it or take it back, or wait until both licences are settled")
    for leg in BarterLeg.objects.filter(barter__status=BarterStatus.AGREED, trade__version__contributors__organization=ends).order_by("pk"):
        yield obstacle(leg.trade.code, "该成交是互换的一项，待结清后再承继其分成",
                       "the trade is one of a barter: its shares pass on once it is settled")
    for rfq in Rfq.objects.filter(buyer=ends, status__in=(RfqStatus.OPEN, RfqStatus.EVALUATING)).order_by("pk"):
        yield obstacle(rfq.code, "询价尚未结束，应先定标或结束", "the request is open: award it or end it")
    for quote in Quote.objects.filter(seller=ends, status=QuoteStatus.STANDING).order_by("pk"):
        yield obstacle(quote.code, "报价尚在有效期内，应先撤回或待定标", "the quote stands: take it back or wait for the decision")


@covers("R39", "B8")
@follows("trading.deposits")
def _follow(passing: Passing) -> None:
    """Deposits of running biddings and of unpaid trades are reserved on the heir's account instead."""
    for line in passing.rows("trading_bidder"):
        one = Bidder.objects.select_for_update(of=("self",), no_key=True).select_related("auction", "organization").get(pk=line.key)
        _pass_deposit(one, passing)
        record(BidderPassedOn(subject=one.auction.code, paddle=one.paddle, before=passing.predecessor.code, after=one.organization.code,
                              succession=passing.succession.code, deposit_fen=one.deposit_fen if one.released_at is None else 0,
                              reserve=str(one.deposit or "")), actor=SYSTEM, at=passing.at)
    for line in passing.rows("trading_trade"):
        heir = passing.heir_of(line.unit)
        TradeState.objects.filter(trade_id=line.key, cancel_asked_by=passing.predecessor).update(cancel_asked_by=heir)


def _pass_deposit(one: Bidder, passing: Passing) -> None:
    if one.deposit is None or one.released_at is not None or not one.deposit_fen:
        return
    old, new = ledger.accounts((passing.predecessor.code, AccountKind.AVAILABLE), (one.organization.code, AccountKind.AVAILABLE))
    ledger.lock([old, new])
    ledger.void(pending=one.deposit, at=passing.at)
    ledger.transfer(kind="succession", legs=[ledger.Leg(old, -one.deposit_fen), ledger.Leg(new, one.deposit_fen)],
                    subject=passing.succession.code, at=passing.at)
    fresh = ledger.reserve(account=new, amount_fen=one.deposit_fen, purpose="auction_deposit", subject=one.auction.code, at=passing.at)
    TradeState.objects.filter(deposit=one.deposit).update(deposit=fresh.id)
    one.deposit = fresh.id
    one.save(update_fields=["deposit"])
