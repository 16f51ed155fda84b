"""Sealing a bid before the end 封标, opening it after 开标, and the decision once all are opened or the time for it is over."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from evidence.operations import current_command, operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.money import MAX_FEN
from kit.rejected import Rejected
from listings.queries import tradable
from participants.gates import pass_all
from participants.notices import Note, notify_all
from participants.permissions import require
from participants.queries import may
from trading import ticks
from trading.auctions.slips import SEVERAL, read_word
from trading.events import AuctionRevealing, BidRevealed, BidSealed
from trading.gates import of_sealing
from trading.locks import lock_lot
from trading.models import Auction, Reveal, SealedBid, TickKind
from trading.operations.allotting import allot
from trading.operations.endings import award_lot, fail_lot, move, over_a_cap
from trading.operations.interventions import bar_locked, cancel_locked
from trading.operations.phases import end_opening
from trading.operations.unopened import forfeit_unopened
from trading.queries import bidder_of, bidders_of
from trading.sealing import decided, newest_seals, opened_orders, opens_now, rule_of, seal_of
from trading.states import AuctionStatus

__all__ = ["amount_of", "decide_sealed", "reveal_bid", "seal_bid", "start_revealing"]

#: Formats whose sealed bid says more than an amount.
WORDED = ("uniform", "pay_as_bid", "vcg")
_HASH = re.compile(r"[0-9a-f]{64}")


@operation("trading.bid.seal")
@covers("CAP-E6", "T16", "T17")
def seal_bid(*, lot: Auction, commitment: str, actor: Actor, clock: Clock) -> SealedBid:
    """This will take a sealed bid: a hash, no amount. A newer one replaces the bidder's own; the same again is the same.

    Raises ``trading.bid.bad_seal``, ``…seal_known`` (a hash somebody handed in before), and what bidding asks of any bidder.
    """
    locked = lock_lot(lot)
    at = clock.now()
    require(actor, "trading.bid.seal", at=at)
    pass_all(of_sealing(locked, actor=actor, at=at))
    if not _HASH.fullmatch(commitment):
        raise Rejected("trading.bid.bad_seal", lot=locked.code)
    bidder = bidder_of(locked, actor.organization_id)
    assert bidder is not None, "the gates asked for the registration"
    if known := SealedBid.objects.filter(auction=locked, commitment=commitment).first():
        if known.bidder_id != bidder.pk:
            raise Rejected("trading.bid.seal_known", lot=locked.code)
        unchanged()
        return known
    seal = SealedBid.objects.create(auction=locked, seq=SealedBid.objects.filter(auction=locked).count() + 1, bidder=bidder,
                                    commitment=commitment, at=at, command=current_command())
    record(BidSealed(subject=locked.code, seq=seal.seq, paddle=bidder.paddle, seal=commitment), actor=actor, at=at)
    return seal


def amount_of(lot: Auction, word: str) -> int:
    """This will read the amount out of a word sealed for this lot, or refuse it."""
    try:
        amount = read_word(rule_of(lot), word)[0]
        if amount > MAX_FEN:
            raise ValueError("amount")
    except ValueError as fault:
        raise Rejected("trading.bid.bad_word", lot=lot.code, supply=lot.supply, items="、".join(lot.items)) from fault
    return amount


def start_revealing(lot: Auction, actor: Actor, at: datetime) -> None:
    """This will begin the opening of a sealed lot the caller has locked; without a seal it has failed at once."""
    seals = newest_seals(lot)
    if not seals:
        fail_lot(lot, bidders_of(lot), "trading.auction.no_bid", actor, at)
        return
    assert lot.reveal_hours is not None, "frozen when it was announced"
    move(lot, "reveal")
    lot.due_at = at + timedelta(hours=lot.reveal_hours)
    lot.save(update_fields=["status", "due_at"])
    ticks.write(lot, TickKind.PHASE, at=at)
    record(AuctionRevealing(subject=lot.code, until=lot.due_at, seals=len(seals)), actor=actor, at=at)
    zh, en = lot.version.titles
    notify_all([Note(seal.bidder.organization, "trading.auction.revealing",
                     (f"“{zh}”已截标，请在期限内凭封标单开标；逾期不开标，保证金归卖方。",
                      f"Bidding on “{en}” is over: open your bid with its slip in time, or the deposit goes to the seller."),
                     "wait", lot.code, f"/trading/lots/{lot.code}/", lot.due_at) for seal in seals], at=at)


@operation("trading.bid.reveal")
@covers("CAP-E6")
def reveal_bid(*, lot: Auction, amount_fen: int, salt: bytes, word: str = "", actor: Actor, clock: Clock) -> Reveal:
    """This will open the bidder's newest sealed bid. Once the last one is open the lot is decided in the same transaction.

    Raises ``trading.bid.not_revealing``, ``…reveal_over``, ``…nothing_sealed``, ``…reveal_mismatch``.
    """
    locked = lock_lot(lot)
    at = clock.now()
    require(actor, "trading.bid.reveal", at=at)
    if not opens_now(locked):
        raise Rejected("trading.bid.not_revealing", lot=locked.code)
    until = locked.due_at or locked.closes_at
    if at >= until:
        raise Rejected("trading.bid.reveal_over", lot=locked.code, due_at=until.isoformat(timespec="seconds"))
    seals = newest_seals(locked)
    seal = next((one for one in seals if one.bidder.organization_id == actor.organization_id), None)
    if seal is None:
        raise Rejected("trading.bid.nothing_sealed", lot=locked.code)
    if known := Reveal.objects.filter(sealed=seal).first():
        unchanged()
        return known
    if len(salt) != 32 or amount_fen < 1 or seal_of(word or amount_fen, salt) != seal.commitment:
        raise Rejected("trading.bid.reveal_mismatch", lot=locked.code)
    if locked.format in WORDED or word:
        amount_fen = amount_of(locked, word)
    reveal = Reveal.objects.create(sealed=seal, amount_fen=amount_fen, word=word, salt=salt, at=at, command=current_command())
    record(BidRevealed(subject=locked.code, seq=seal.seq, paddle=seal.bidder.paddle, seal=seal.commitment), actor=actor, at=at)
    if all(one.pk == seal.pk or hasattr(one, "reveal") for one in seals):
        (end_opening if locked.phase else _decide)(locked, actor, at)
    return reveal


@operation("trading.auction.decide")
@covers("CAP-E6", "I13", "I14")
def decide_sealed(*, lot: Auction, actor: Actor, clock: Clock) -> Auction:
    """This will decide a sealed lot whose time for opening is over; who did not open forfeits the deposit to the seller."""
    locked = lock_lot(lot)
    at = clock.now()
    require(actor, "trading.auction.run", at=at)
    if locked.status != AuctionStatus.REVEALING or (locked.due_at is not None and at < locked.due_at):
        unchanged()
        return locked
    _decide(locked, actor, at)
    return locked


def _decide(lot: Auction, actor: Actor, at: datetime) -> None:
    if code := tradable(lot.listing, at=at):
        cancel_locked(lot, reason_code=code, reason="", cause="", actor=actor, at=at)
        return
    for seal in newest_seals(lot):
        if code := may(seal.bidder.organization, "bid", at=at):
            bar_locked(lot, seal.bidder, reason_code=code, cause="", actor=actor, at=at)
    seals, outcome = newest_seals(lot), decided(lot)
    lot.due_at = None
    silent = [one.bidder for one in seals if not hasattr(one, "reveal")]
    forfeit_unopened(lot, silent, actor, at)
    bidders = bidders_of(lot)
    if not outcome.awards:
        reason = "trading.auction.below_reserve" if opened_orders(lot, seals) else "trading.auction.not_opened"
        fail_lot(lot, bidders, reason, actor, at)
        return
    if lot.format in SEVERAL:
        allot(lot, bidders, outcome, actor, at)
        return
    winner = next(one for one in bidders if str(one.paddle) == outcome.awards[0].bidder)
    ranked = sorted((order.amount for order in opened_orders(lot, seals)), reverse=True)
    stands = lot.standing
    stands.leader, stands.price_fen, stands.top_fen = winner, outcome.awards[0].price, ranked[0]
    stands.second_fen, stands.reserve_met = (ranked[1] if len(ranked) > 1 else None), True
    if code := over_a_cap(lot, bidders, at):
        cancel_locked(lot, reason_code=code, reason="", cause="", actor=actor, at=at)
        return
    stands.save(update_fields=["leader", "price_fen", "top_fen", "second_fen", "reserve_met"])
    lot.save(update_fields=["due_at"])
    award_lot(lot, bidders, actor, at)
