"""The market as the detectors see it: trades, lots, rounds of bids, talks and listings read out of the tables, and the rules run over them.

Two passes raise the same alerts: a trade is looked at within seconds of its being sealed, with the trades of its own parties alone, and
every night the whole year. Neither raises anything twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from kit.clock import Clock
from kit.coverage import covers
from listings.models import ListingVersion
from listings.words import fold
from participants.models import Organization, SignInMark
from participants.ownership import stakes_at
from participants.queries import LOCAL, affiliated, house_venue
from participants.timers import before
from trading.alerts import raise_found
from trading.models import Auction, Bid, Channel, Negotiation, Quote, Rfq, SealedBid, Trade
from trading.states import AuctionStatus, NegotiationStatus, QuoteStatus, RfqStatus, TradeStatus
from trading.surveillance.bidding import Tender, close_bids, rotation
from trading.surveillance.direct import LONGEST, WINDOW, Deal, Mark, cycles, round_trips, same_owner, shared_sign_ins
from trading.surveillance.evasion import Copy, Elsewhere, Talk, off_venue, replicas
from trading.surveillance.prices import concentration, outliers, unround
from trading.surveillance.rules import Found
from trading.surveillance.shill import Lot, Placed, shills, turns

__all__ = ["deals_of", "found_about", "found_of_the_year", "watch_lot", "watch_market", "watch_trade"]

#: What was undone is nobody's trade; what was paid and given back is one all the same.
_UNDONE = (TradeStatus.CANCELLED, TradeStatus.DEFAULTED)
#: Turns of a circle are looked for this far back when one trade is looked at.
_BACK = timedelta(days=3 * WINDOW)
#: Descriptions are compared by pieces of so many characters, and not at all when they are short.
_PIECE, _LEAST = 12, 60


def _day(at: datetime | None) -> int:
    assert at is not None, "only what has ended, or was published, is read"
    return at.astimezone(LOCAL).date().toordinal()


def deals_of(rows: QuerySet[Trade]) -> list[Deal]:
    """This will read trades for the detectors; a barter's value is declared and no price."""
    told = rows.exclude(state__status__in=_UNDONE).exclude(basis="barter").order_by("executed_at", "id").values_list(
        "code", "seller__code", "buyer__code", "listing__code", "version__category", "version__sector", "price_fen", "executed_at")
    return [Deal(code, seller, buyer, thing or "", f"{category or '-'}/{(sector or '-')[:1]}", fen, _day(at))
            for code, seller, buyer, thing, category, sector, fen, at in told.iterator(chunk_size=2_000)]


def _ties(at: datetime) -> Callable[[str, str], bool]:
    """Who is connected, by declared holdings and by people who act for both; asked of each pair once."""
    known: dict[tuple[str, str], bool] = {}
    parties: dict[str, Organization] = {}

    def party(code: str) -> Organization:
        if code not in parties:
            parties[code] = Organization.objects.select_related("venue").get(code=code)
        return parties[code]

    def tied(one: str, two: str) -> bool:
        if (one, two) not in known:
            known[one, two] = affiliated(party(one), party(two), at=at)
        return known[one, two]

    return tied


def _one_owner(at: datetime) -> Callable[[str, str], bool]:
    """Who stands under one owner, over the whole graph at once: for a year of pairs."""
    graph = stakes_at(at, house_venue())
    codes = dict(Organization.objects.values_list("code", "pk"))
    above: dict[int, set[int]] = {}
    exact = _ties(at)

    def group(key: int) -> set[int]:
        if key not in above:
            above[key] = graph.above(key) | {key}
        return above[key]

    acting: dict[int, set[int]] = defaultdict(set)
    for person, key in _members(at):
        acting[key].add(person)

    def tied(one: str, two: str) -> bool:
        a, b = codes[one], codes[two]
        near = bool(group(a) & group(b)) or bool(acting[a] & acting[b])
        return near and exact(one, two)

    return tied


def _members(at: datetime) -> Iterator[tuple[int, int]]:
    from participants.models import Membership
    from participants.predicates import in_force

    yield from Membership.objects.filter(in_force(at)).values_list("person_id", "organization_id")


def _marks(parties: Iterable[str] | None = None) -> list[Mark]:
    rows = SignInMark.objects.order_by("id")
    if parties is not None:
        hashes = rows.filter(organization__code__in=list(parties)).values("hash")
        rows = rows.filter(hash__in=hashes)
    return [Mark(*row) for row in rows.values_list("organization__code", "kind", "hash").distinct().order_by()]


# ---- a trade, a lot ------------------------------------------------------------------------------------------------------------------


@covers("H4")
def watch_trade(trade: Trade, *, clock: Clock) -> int:
    """This will look at one trade among those of its parties, by the direct tests; returns how many alerts are new."""
    return raise_found(found_about(trade, clock.now()), clock=clock)


def found_about(trade: Trade, at: datetime) -> Iterator[Found]:
    """This will run the direct tests over the trades of one pair, and over the circles it could close."""
    pair = (trade.seller_id, trade.buyer_id)
    since = before("competition.period", at)
    between = deals_of(Trade.objects.filter(seller__in=pair, buyer__in=pair, executed_at__gt=since, executed_at__lte=at))
    codes = (trade.seller.code, trade.buyer.code)
    yield from same_owner(between, _ties(at))
    yield from round_trips(between)
    yield from shared_sign_ins([(deal.seller, deal.buyer, deal.code) for deal in between], _marks(codes))
    near = _around(trade, at)
    yield from (one for one in cycles(near) if set(codes) <= set(one.parties))


def _around(trade: Trade, at: datetime) -> list[Deal]:
    """The trades along which money could come back to the seller: from its buyer on, as many steps as a circle has."""
    recent = Trade.objects.filter(executed_at__gt=at - _BACK, executed_at__lte=at, price_fen__gt=0)
    keys, fresh = {trade.seller_id}, {trade.buyer_id}
    for _ in range(LONGEST - 1):
        keys |= fresh
        fresh = set(recent.filter(seller__in=fresh).values_list("buyer_id", flat=True)[:2_000]) - keys
    return deals_of(recent.filter(seller__in=keys, buyer__in=keys))


@covers("H4")
def watch_lot(lot: Auction, *, clock: Clock) -> int:
    """This will look at a lot that has ended among its seller's lots of a year: who lifts prices there and does not win."""
    at = clock.now()
    year = Auction.objects.filter(ended_at__gt=before("competition.period", at), ended_at__lte=at)
    own = year.filter(seller_id=lot.seller_id)
    bidders = Bid.objects.filter(auction__in=own).values("bidder__organization")
    lots = _lots(year.filter(Q(pk__in=own.values("pk")) | Q(bidders__organization__in=bidders)))
    seller = lot.seller.code
    met = list(_met_in_lots([one for one in lots if one.code == lot.code]))
    shared = shared_sign_ins(met, _marks({party for one, two, _ in met for party in (one, two)}))
    ended = year.filter(status__in=(AuctionStatus.AWARDED, AuctionStatus.FAILED))
    offered = dict(ended.order_by().values_list("seller__code").annotate(number=Count("id")))
    return raise_found([*(one for one in shills(lots, offered) if seller in one.parties), *shared], clock=clock)


def _lots(rows: QuerySet[Auction]) -> list[Lot]:
    """Lots that have ended, with who bid in turn; sealed bids are no turns."""
    ended = rows.filter(status__in=(AuctionStatus.AWARDED, AuctionStatus.FAILED)).distinct()
    bids: dict[str, list[Placed]] = defaultdict(list)
    told = Bid.objects.filter(auction__in=ended, void__isnull=True).order_by("auction_id", "seq")
    for code, bidder, paddle, leader, fen in told.values_list(
            "auction__code", "bidder__organization__code", "bidder__paddle", "leader_after", "price_after_fen"):
        bids[code].append(Placed(bidder, paddle, leader, fen))
    winners = dict(ended.filter(awards__unit=1).values_list("code", "awards__bidder__organization__code"))
    return [Lot(code, seller, turns(bids[code]), winners.get(code, "")) for code, seller in ended.order_by("code").values_list(
        "code", "seller__code") if bids[code]]


def _met_in_lots(lots: Iterable[Lot]) -> Iterator[tuple[str, str, str]]:
    for lot in lots:
        bidders = sorted(set(lot.bids))
        yield from ((lot.seller, bidder, lot.code) for bidder in bidders if bidder != lot.seller)
        yield from ((one, two, lot.code) for number, one in enumerate(bidders) for two in bidders[number + 1:])


# ---- the whole year ------------------------------------------------------------------------------------------------------------------


@covers("H4", "R83", "R85")
def watch_market(*, clock: Clock) -> int:
    """This will run every rule over a year of the market; returns how many alerts are new. Twice in a night it finds nothing new."""
    at = clock.now()
    return raise_found(found_of_the_year(at), clock=clock)


def found_of_the_year(at: datetime) -> Iterator[Found]:
    """This will run the rules over everything of the last year; what reaches no threshold is among it."""
    since = before("competition.period", at)
    deals = deals_of(Trade.objects.filter(executed_at__gt=since, executed_at__lte=at))
    lots = _lots(Auction.objects.filter(ended_at__gt=since, ended_at__lte=at))
    tenders = [*_quoted(since, at), *_sealed(since, at)]
    met = [*((deal.seller, deal.buyer, deal.code) for deal in deals), *_met_in_lots(lots)]
    yield from same_owner(deals, _one_owner(at))
    yield from round_trips(deals)
    yield from cycles(deals)
    yield from shared_sign_ins(met, _marks())
    yield from shills(lots)
    yield from rotation(tenders)
    yield from close_bids(tenders)
    yield from outliers(deals)
    yield from unround(deals)
    yield from concentration(deals, today=_day(at))
    yield from off_venue(_talks(since, at), _elsewhere(since, at))
    yield from replicas(_copies(at))


def _quoted(since: datetime, at: datetime) -> Iterator[Tender]:
    """Requests that were awarded, whose quotes are open by then."""
    rounds: dict[int, dict[str, int]] = defaultdict(dict)
    won: dict[int, str] = {}
    rows = Rfq.objects.filter(status=RfqStatus.AWARDED, ended_at__gt=since, ended_at__lte=at)
    quotes = Quote.objects.filter(rfq__in=rows, status__in=(QuoteStatus.WON, QuoteStatus.LOST)).order_by("id")
    for key, seller, fen, status in quotes.values_list("rfq_id", "seller__code", "price_fen", "status"):
        rounds[key][seller] = fen
        if status == QuoteStatus.WON:
            won[key] = seller
    for key, code, ended in rows.values_list("id", "code", "ended_at"):
        if key in won and len(rounds[key]) > 1 and min(rounds[key].values()) > 0:
            yield Tender(code, "rfq", rounds[key], won[key], _day(ended))


def _sealed(since: datetime, at: datetime) -> Iterator[Tender]:
    """Sealed lots that were awarded, by the bids that were opened; the newest of each bidder counts."""
    rows = Auction.objects.filter(status=AuctionStatus.AWARDED, format__in=("first_price", "second_price"), ended_at__gt=since,
                                  ended_at__lte=at)
    bids: dict[str, dict[str, int]] = defaultdict(dict)
    told = SealedBid.objects.filter(auction__in=rows, reveal__isnull=False).order_by("seq")
    for code, bidder, fen in told.values_list("auction__code", "bidder__organization__code", "reveal__amount_fen"):
        bids[code][bidder] = fen
    for code, winner, ended in rows.filter(awards__unit=1).values_list("code", "awards__bidder__organization__code", "ended_at"):
        if len(bids[code]) > 1 and winner in bids[code]:
            yield Tender(code, "sealed", bids[code], winner, _day(ended))


def _talks(since: datetime, at: datetime) -> Iterator[Talk]:
    ended = (NegotiationStatus.DECLINED, NegotiationStatus.WITHDRAWN, NegotiationStatus.EXPIRED)
    rows: Any = Negotiation.objects.filter(status__in=ended, ended_at__gt=since, ended_at__lte=at).order_by("id")
    for code, seller, buyer, thing, day in rows.values_list("code", "seller__code", "buyer__code", "listing__code", "ended_at"):
        yield Talk(code, seller, buyer, thing, _day(day))


def _elsewhere(since: datetime, at: datetime) -> Iterator[Elsewhere]:
    rows = Trade.objects.filter(channel=Channel.OFF_EXCHANGE, executed_at__gt=since, executed_at__lte=at, listing__isnull=False)
    for code, seller, buyer, thing, day in rows.order_by("id").values_list("code", "seller__code", "buyer__code", "listing__code",
                                                                          "report__traded_on"):
        if day is not None:
            yield Elsewhere(code, seller, buyer, thing or "", day.toordinal())


def _copies(at: datetime) -> Iterator[Copy]:
    """Listings as they stand: pieces of their descriptions, and the file itself where there is one."""
    rows = ListingVersion.objects.filter(status="published", published_at__lte=at).exclude(listing__closed=True)
    told = rows.order_by("id").values_list("listing__code", "organization__code", "published_at", "description_zh", "file_sha256")
    for code, owner, since, text, file in told.iterator(chunk_size=2_000):
        plain = fold(text)
        if len(plain) >= _LEAST:
            yield Copy(code, owner, _day(since), frozenset(plain[n:n + _PIECE] for n in range(len(plain) - _PIECE + 1)))
        if file:
            yield Copy(code, owner, _day(since), frozenset({file}))
