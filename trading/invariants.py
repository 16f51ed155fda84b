"""What must hold on the floor at any instant; ``check_invariants`` evaluates these over the live database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import connection
from django.db.models import F

from compliance.models import Filing
from evidence.invariants import Invariant, every_move_is_told, invariant
from trading.auctions.english import Book, place, refold
from trading.auctions.rules import Order, Refused
from trading.auctions.slips import SEVERAL
from trading.books import book_of, ending_of, sha256_of, terms_of
from trading.models import CLOCK_FORMATS, Agreement, Auction, Award, Bid, Bidder, Channel, Tick, Trade
from trading.phases import stands_at
from trading.replays import check, document_of, outcome_of, units_written
from trading.sealing import SEALED, decided
from trading.states import (
    AGREEMENT,
    ALERT,
    AUCTION,
    BARTER,
    CART,
    FRAMEWORK,
    NEGOTIATION,
    PUBLIC_USE,
    QUOTE,
    RFQ,
    SHORTFALL,
    SUBSCRIPTION,
    TRADE,
    VENUE_PILOT,
    AuctionStatus,
)

__all__: list[str] = []


def _rows(statement: str) -> Iterator[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        yield from cursor.fetchall()


@invariant
class NumbersAreGapless(Invariant):
    """Per lot, bids and ticks are numbered 1..n without gap, and the lot's counters say n."""

    id = "I10"

    def check(self) -> Iterable[str]:
        for table, counter in (("trading_bid", "seq"), ("trading_tick", "tick_seq")):
            for code, known, found, last in _rows(
                f"SELECT a.code, s.{counter}, count(r.id), coalesce(max(r.seq), 0) FROM trading_auction a "  # noqa: S608 (two constants)
                f"JOIN trading_standing s ON s.auction_id = a.id LEFT JOIN {table} r ON r.auction_id = a.id GROUP BY a.id, s.auction_id "
                f"HAVING count(r.id) <> s.{counter} OR coalesce(max(r.seq), 0) <> s.{counter} OR count(DISTINCT r.seq) <> count(r.id)"):
                yield f"lot {code}: {table} counts {known}, holds {found}, ends at {last}"


@invariant
class PricesFollowFromBids(Invariant):
    """After each bid the visible price and the leader are what the reference says; the price falls only when bids were voided."""

    id = "I11"

    def check(self) -> Iterable[str]:
        for lot in Auction.objects.filter(standing__seq__gt=0, format="english").order_by("pk").iterator():
            yield from self._lot(lot)

    def _lot(self, lot: Auction) -> Iterable[str]:
        rows = list(Bid.objects.filter(auction=lot).order_by("seq").values_list(
            "seq", "bidder__paddle", "maximum_fen", "price_after_fen", "leader_after", "at", "void__at"))
        terms, book = terms_of(lot), Book()
        orders: list[tuple[Order, datetime | None]] = []
        previous, voided = 0, 0
        for seq, paddle, maximum, price, leader, at, void_at in rows:
            gone = len([when for _, when in orders if when is not None and when <= at])
            if gone != voided:
                book = refold(terms, [order for order, when in orders if when is None or when > at], seq - 1)
            elif price < previous:
                yield f"lot {lot.code}: the price falls from {previous} to {price} at bid {seq}"
            answer = place(terms, book, str(paddle), maximum)
            if isinstance(answer, Refused):
                yield f"lot {lot.code}: bid {seq} ought to have been refused as {answer.code}"
                return
            book, voided, previous = answer, gone, price
            if (book.price, book.leader) != (price, str(leader)):
                yield (f"lot {lot.code}: after bid {seq} it stood at {price} with {leader}, "
                       f"the reference says {book.price} with {book.leader}")
            orders.append((Order(str(paddle), maximum, seq), void_at))


@invariant
class EndsMoveForward(Invariant):
    """No bid at or after the end of its moment; the end moves forward only and never past its cap; closings come after the end."""

    id = "I12"

    def check(self) -> Iterable[str]:
        for code, seq in _rows("SELECT a.code, b.seq FROM trading_bid b JOIN trading_auction a ON a.id = b.auction_id "
                               "WHERE b.at >= b.closes_after OR b.at >= a.closes_at OR b.at < a.opens_at"):
            yield f"lot {code}: bid {seq} lies outside the time of bidding"
        for code, seq in _rows("SELECT a.code, t.seq FROM (SELECT *, lag(closes_at) OVER (PARTITION BY auction_id ORDER BY seq) AS before "
                               "FROM trading_tick) t JOIN trading_auction a ON a.id = t.auction_id "
                               "WHERE t.before > t.closes_at AND a.run_seconds IS NULL"):
            yield f"lot {code}: the end moves back at tick {seq}"
        for lot in Auction.objects.filter(closes_at__gt=F("first_closes_at")):
            if (lot.closes_at - lot.first_closes_at).total_seconds() > lot.extension_cap_seconds:
                yield f"lot {lot.code}: extended past its cap"
        for award in Award.objects.filter(at__lt=F("auction__closes_at")).exclude(
                auction__format__in=CLOCK_FORMATS).select_related("auction"):
            yield f"lot {award.auction.code}: awarded before its end"


@invariant
class NoMoreAwardsThanLots(Invariant):
    """An awarded lot has its one award (one a licence, of several), no other lot has any; trades of a version stay within its quota."""

    id = "I13"

    def check(self) -> Iterable[str]:
        for code, status, found in _rows(
            "SELECT a.code, a.status, count(w.id) FROM trading_auction a LEFT JOIN trading_award w ON w.auction_id = a.id "
            "GROUP BY a.id HAVING NOT CASE WHEN a.status <> 'awarded' THEN count(w.id) = 0 WHEN a.format IN ('uniform', 'pay_as_bid') "
            "THEN count(w.id) BETWEEN 1 AND a.supply WHEN a.format = 'vcg' THEN count(w.id) BETWEEN 1 AND jsonb_array_length(a.items) "
            "WHEN a.format = 'rsop' THEN count(w.id) > 0 ELSE count(w.id) = 1 END"):
            yield f"lot {code} is {status} and has {found} awards"
        sold: dict[int, tuple[int, int, str]] = {}
        trades = Trade.objects.filter(channel=Channel.ON_EXCHANGE, version__quota__isnull=False)
        for trade in trades.exclude(state__status__in=("cancelled", "defaulted", "unwound")).select_related("version"):
            version = trade.version
            assert version is not None and version.quota is not None, "filtered above"
            sold[version.pk] = (sold.get(version.pk, (0, 0, ""))[0] + 1, version.quota, version.code)
        yield from (f"version {code}: {count} licences sold of {quota}" for count, quota, code in sold.values() if count > quota)


@invariant
class AwardsFollowFromBids(Invariant):
    """Winner and price of every award are those of the reference mechanism, run again on the bids that stand."""

    id = "I14"

    def check(self) -> Iterable[str]:
        for award in Award.objects.select_related("auction", "bidder", "trade"):
            ending = ending_of(award.auction)
            if award.auction.format in SEVERAL:
                if outcome_of(award.auction) != {"awards": units_written(decided(award.auction))}:
                    yield f"lot {award.auction.code}: its licences were not awarded as the reference awards them"
            elif (ending.winner, ending.price_fen) != (str(award.bidder.paddle), award.price_fen) or not ending.sold:
                yield (f"lot {award.auction.code}: awarded to {award.bidder.paddle} at {award.price_fen}, "
                       f"the reference says {ending.winner} at {ending.price_fen}")
            trade = getattr(award, "trade", None)
            if trade is None or (trade.price_fen, trade.buyer_id) != (award.price_fen, award.bidder.organization_id):
                yield f"lot {award.auction.code}: its trade does not match its award"
        for lot in Auction.objects.filter(status__in=(AuctionStatus.AWARDED, AuctionStatus.FAILED)).order_by("pk").iterator():
            document = document_of(lot)
            if document["replay_hash"] and not check(document)["agrees"]:
                yield f"lot {lot.code}: decided anew from its transcript, outcome or hash differ from what was recorded"


@invariant
class TradesRestOnSomething(Invariant):
    """On exchange: an award or purchase, the agreement under its hash, its terms as signed. Off exchange: a verified filing (I19)."""

    id = "I19"

    def check(self) -> Iterable[str]:
        verified = set(Filing.objects.filter(status="verified").values_list("code", flat=True))
        for trade in Trade.objects.select_related("report").iterator():
            if sha256_of(trade.agreement) != trade.agreement_hash:
                yield f"trade {trade.code}: its agreement is not the one under its hash"
            if trade.channel == Channel.OFF_EXCHANGE and (trade.report is None or trade.report.filing not in verified):
                yield f"trade {trade.code}: made off the exchange without a verified filing"
        for deed in Agreement.objects.select_related("trade").iterator():
            if sha256_of(deed.terms) != deed.terms_hash or deed.terms.get("summary") != deed.trade.agreement_hash:
                yield f"agreement {deed.code}: its terms are not those that were signed, or not those of its trade"
        for (code,) in _rows("SELECT t.code FROM trading_trade t LEFT JOIN trading_tradestate s ON s.trade_id = t.id "
                             "WHERE s.trade_id IS NULL"):
            yield f"trade {code} has no state"


@invariant
class LotsCanBeRebuilt(Invariant):
    """A running lot's row is what its standing bids say: price, leader, both maxima, reserve; its last tick says the same."""

    id = "I27"

    def check(self) -> Iterable[str]:
        for lot in Auction.objects.exclude(status__in=(AuctionStatus.DRAFT, AuctionStatus.CANCELLED)).select_related("standing").iterator():
            if lot.format in SEALED:
                yield from self._sealed(lot)
            elif lot.format == "dutch":
                yield from self._dutch(lot)
            elif lot.format == "hybrid":
                yield from self._hybrid(lot)
            else:
                yield from self._open(lot)
            last = Tick.objects.filter(auction=lot).order_by("-seq").values_list("price_fen", "closes_at", "bids").first()
            if last is not None and last != (lot.price_fen, lot.closes_at, lot.seq):
                yield f"lot {lot.code}: its last tick differs from how it stands"

    def _open(self, lot: Auction) -> Iterable[str]:
        book = book_of(lot)
        paddle = None if lot.leader_id is None else str(Bidder.objects.values_list("paddle", flat=True).get(pk=lot.leader_id))
        live = (lot.price_fen, paddle, lot.standing.top_fen, lot.standing.second_fen)
        if live != (book.price, book.leader, book.top, book.second) or (book.leader and lot.reserve_met != book.reserve_met):
            yield f"lot {lot.code}: its row differs from its bids"

    def _dutch(self, lot: Auction) -> Iterable[str]:
        """A Dutch lot says nothing until it is taken, and then what the clock asked."""
        ending = ending_of(lot)
        paddle = None if lot.leader_id is None else str(Bidder.objects.values_list("paddle", flat=True).get(pk=lot.leader_id))
        if (lot.price_fen, paddle) != (ending.price_fen, ending.winner):
            yield f"lot {lot.code}: its row differs from what was taken"

    def _hybrid(self, lot: Auction) -> Iterable[str]:
        """A hybrid lot says what was taken, and from its best phase on the highest opened bid."""
        if lot.status == AuctionStatus.FAILED:
            return
        paddle = None if lot.leader_id is None else Bidder.objects.values_list("paddle", flat=True).get(pk=lot.leader_id)
        ending = ending_of(lot)
        due = ((int(ending.winner) if ending.winner else None, ending.price_fen) if lot.status == AuctionStatus.AWARDED
               else stands_at(lot))
        if (paddle, lot.price_fen) != due:
            yield f"lot {lot.code}: its row differs from what was taken and opened"

    def _sealed(self, lot: Auction) -> Iterable[str]:
        """A sealed lot's row says nothing before its award."""
        stands = lot.standing
        if lot.status != AuctionStatus.AWARDED and (stands.price_fen, stands.leader_id, stands.top_fen, stands.second_fen) != (None,) * 4:
            yield f"lot {lot.code}: tells of its sealed bids before they decide"


@invariant
class SealsAreOpenedAsSealed(Invariant):
    """Seals are numbered without gap and taken before the end; what was opened hashes to its seal, after the end (I15)."""

    id = "I15"

    def check(self) -> Iterable[str]:
        for code, count, last in _rows("SELECT a.code, count(s.id), max(s.seq) FROM trading_sealedbid s "
                                       "JOIN trading_auction a ON a.id = s.auction_id GROUP BY a.id HAVING count(s.id) <> max(s.seq)"):
            yield f"lot {code}: holds {count} seals numbered up to {last}"
        for code, seq in _rows("SELECT a.code, s.seq FROM trading_sealedbid s JOIN trading_auction a ON a.id = s.auction_id "
                               "WHERE s.at >= COALESCE(a.sealing_ends_at, a.closes_at) OR s.at < a.opens_at"):
            yield f"lot {code}: seal {seq} lies outside the time of bidding"
        for code, seq in _rows(
            "SELECT a.code, s.seq FROM trading_reveal r JOIN trading_sealedbid s ON s.id = r.sealed_id "
            "JOIN trading_auction a ON a.id = s.auction_id WHERE r.at < COALESCE(a.sealing_ends_at, a.closes_at) "
            "OR encode(sha256(r.salt || convert_to(COALESCE(NULLIF(r.word, ''), r.amount_fen::text), 'UTF8')), 'hex') <> s.commitment"):
            yield f"lot {code}: seal {seq} was opened too soon or as something else"


@invariant
class TalksCanBeRebuilt(Invariant):
    """A bargain's row is its newest offer, its offers are numbered 1..n by sides that take turns, and its trade is what was agreed;
    an awarded request has one winner, at its trade's price (I27)."""

    id = "I27"

    def check(self) -> Iterable[str]:
        for (code,) in _rows(
            "SELECT n.code FROM trading_negotiation n LEFT JOIN trading_negotiationoffer o ON o.negotiation_id = n.id AND o.seq = n.round "
            "LEFT JOIN trading_trade t ON t.id = n.trade_id WHERE o.id IS NULL OR o.by = n.turn "
            "OR (o.price_fen, o.seats, o.term_days, o.purpose) IS DISTINCT FROM (n.price_fen, n.seats, n.term_days, n.purpose) "
            "OR (SELECT count(*) FROM trading_negotiationoffer x WHERE x.negotiation_id = n.id) <> n.round "
            "OR (n.status = 'accepted' AND (t.price_fen, t.version_id) IS DISTINCT FROM (n.price_fen, n.version_id))"):
            yield f"bargain {code}: its row differs from its offers, or its trade from both"
        for code, seq in _rows(
            "SELECT n.code, o.seq FROM (SELECT *, lag(by) OVER (PARTITION BY negotiation_id ORDER BY seq) AS before "
            "FROM trading_negotiationoffer) o JOIN trading_negotiation n ON n.id = o.negotiation_id WHERE o.before = o.by"):
            yield f"bargain {code}: offer {seq} was out of turn"
        for (code,) in _rows(
            "SELECT r.code FROM trading_rfq r LEFT JOIN trading_quote q ON q.rfq_id = r.id AND q.status = 'won' "
            "LEFT JOIN trading_trade t ON t.id = r.trade_id WHERE (r.status = 'awarded') <> (q.id IS NOT NULL) "
            "OR (r.status = 'awarded' "
            "AND (t.price_fen, t.version_id, t.seller_id) IS DISTINCT FROM (q.price_fen, q.version_id, q.seller_id)) "
            "OR (r.status NOT IN ('open', 'evaluating') AND EXISTS "
            "(SELECT 1 FROM trading_quote x WHERE x.rfq_id = r.id AND x.status = 'standing'))"):
            yield f"request {code}: its end differs from its quotes"


@invariant
class BartersAreWhole(Invariant):
    """Both or neither: an agreed barter has its two trades as the newest offer says, no other barter has any, and a barter's trades stand
    and fall together; its row is its newest offer, offered in turn (I27)."""

    id = "I27"

    def check(self) -> Iterable[str]:
        for (code,) in _rows(
            "SELECT b.code FROM trading_barter b LEFT JOIN trading_barteroffer o ON o.barter_id = b.id AND o.seq = b.round "
            "WHERE o.id IS NULL OR o.by = b.turn OR (SELECT count(*) FROM trading_barteroffer x WHERE x.barter_id = b.id) <> b.round "
            "OR (o.proposer_fen, o.proposer_seats, o.proposer_term_days, o.proposer_purpose, o.partner_fen, o.partner_seats, "
            "o.partner_term_days, o.partner_purpose, o.difference) IS DISTINCT FROM (b.proposer_fen, b.proposer_seats, "
            "b.proposer_term_days, b.proposer_purpose, b.partner_fen, b.partner_seats, b.partner_term_days, b.partner_purpose, "
            "b.difference)"):
            yield f"barter {code}: its row differs from its offers"
        for code, status, found in _rows(
            "SELECT b.code, b.status, count(l.id) FROM trading_barter b LEFT JOIN trading_barterleg l ON l.barter_id = b.id GROUP BY b.id "
            "HAVING count(l.id) <> CASE WHEN b.status IN ('agreed', 'settled', 'unwound') THEN 2 ELSE 0 END"):
            yield f"barter {code} is {status} and has {found} of its two trades"
        for (code,) in _rows(
            "SELECT b.code FROM trading_barter b JOIN trading_barterleg l ON l.barter_id = b.id "
            "JOIN trading_tradestate s ON s.trade_id = l.trade_id WHERE s.status IS DISTINCT FROM "
            "CASE WHEN b.status = 'unwound' THEN 'unwound' ELSE 'funded' END GROUP BY b.code"):
            yield f"barter {code}: its trades do not stand or fall with it"
        for (code,) in _rows("SELECT t.code FROM trading_trade t LEFT JOIN trading_barterleg l ON l.trade_id = t.id "
                             "WHERE (t.basis = 'barter') <> (l.id IS NOT NULL)"):
            yield f"trade {code}: a barter's trade without its barter, or the other way round"


every_move_is_told(
    "trading_auction", AUCTION, {act: f"trading.auction.{word}" for act, word in {
        "announce": "announced", "open": "opened", "cancel": "cancelled", "halt": "halted", "resume": "resumed", "award": "awarded",
        "reveal": "revealing", "fail": "failed"}.items()}, births={"announced": "trading.auction.announced"})
every_move_is_told(
    "trading_tradestate", TRADE, {act: f"trading.trade.{word}" for act, word in {
        "pay": "funded", "cancel": "cancelled", "default": "defaulted", "unwind": "unwound", "book": "services_booked",
        "release": "services_released"}.items()},
    births=dict.fromkeys(("executed", "recorded"), "trading.trade.executed"),
    objects="SELECT t.id, t.code, s.status FROM {table} s JOIN trading_trade t ON t.id = s.trade_id")
every_move_is_told(
    "trading_agreement", AGREEMENT, {act: f"trading.agreement.{word}" for act, word in {
        "conclude": "signed", "lapse": "lapsed", "suspend": "suspended", "resume": "resumed", "give_notice": "notice_given",
        "take_back": "taken_back", "agree": "ended", "end": "ended", "rescind": "ended", "expire": "ended"}.items()},
    births={"drafted": "trading.agreement.drafted"},
    besides={("drafted", "trading.agreement.signed"): "drafted", ("suspended", "trading.agreement.escalated"): "suspended",
             ("terminating", "trading.agreement.notice_lapsed"): "in_force"})
every_move_is_told(
    "trading_negotiation", NEGOTIATION, {act: f"trading.negotiation.{word}" for act, word in {
        "accept": "accepted", "decline": "declined", "withdraw": "withdrawn", "expire": "expired"}.items()},
    births={"offered": "trading.negotiation.opened"})
every_move_is_told(
    "trading_barter", BARTER, {act: f"trading.barter.{word}" for act, word in {
        "accept": "agreed", "decline": "declined", "withdraw": "withdrawn", "expire": "expired", "settle": "settled",
        "unwind": "unwound"}.items()}, births={"offered": "trading.barter.opened"})
every_move_is_told(
    "trading_rfq", RFQ, {act: f"trading.rfq.{word}" for act, word in {
        "close": "closed", "fail": "failed", "cancel": "cancelled", "next_round": "reopened", "award": "awarded"}.items()},
    births={"open": "trading.rfq.opened"})
every_move_is_told(
    "trading_quote", QUOTE, {act: f"trading.quote.{word}" for act, word in {
        "win": "won", "lose": "lost", "withdraw": "withdrawn", "expire": "expired"}.items()}, births={"standing": "trading.quote.given"})
every_move_is_told(
    "trading_publicuse", PUBLIC_USE, {act: f"trading.public_use.{word}" for act, word in {
        "file": "filed", "miss": "late", "void": "void"}.items()}, births={"owed": "trading.public_use.owed"})
every_move_is_told(
    "trading_cart", CART, {"order": "trading.cart.ordered", "lapse": "trading.cart.lapsed"}, births={"open": "trading.cart.opened"})
every_move_is_told(
    "trading_subscription", SUBSCRIPTION, {act: f"trading.subscription.{word}" for act, word in {
        "cancel": "cancelled", "fail": "failed", "end": "ended"}.items()}, births={"running": "trading.subscription.opened"},
    besides={("running", "trading.subscription.reminded"): "running", ("running", "trading.subscription.renewed"): "running"})
every_move_is_told(
    "trading_framework", FRAMEWORK, {act: f"trading.framework.{word}" for act, word in {
        "accept": "agreed", "decline": "declined", "withdraw": "withdrawn", "expire": "expired", "end": "ended",
        "run_out": "over"}.items()},
    births={"offered": "trading.framework.offered"}, besides={("in_force", "trading.framework.called"): "in_force"})
every_move_is_told(
    "trading_shortfall", SHORTFALL, {act: f"trading.shortfall.{word}" for act, word in {
        "claim": "claimed", "void": "voided", "pay": "paid", "miss": "overdue"}.items()}, births={"open": "trading.shortfall.opened"})
every_move_is_told(
    "trading_surveillancealert", ALERT, {act: f"trading.alert.{word}" for act, word in {
        "claim": "claimed", "dismiss": "dismissed", "refer": "referred"}.items()},
    births={"raised": "trading.alert.raised"},
    besides={("raised", "trading.alert.late"): "raised", ("in_analysis", "trading.alert.late"): "in_analysis",
             ("in_analysis", "trading.alert.asked"): "in_analysis"})
every_move_is_told(
    "trading_venuepilot", VENUE_PILOT, {act: f"trading.venue_pilot.{word}" for act, word in {
        "grant": "granted", "refuse": "refused", "withdraw": "withdrawn", "lapse": "lapsed", "end": "ended", "expire": "ended"}.items()},
    births={"asked": "trading.venue_pilot.asked"})
