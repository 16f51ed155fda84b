"""The phases of a hybrid lot 混合竞价: after the clock was taken the others seal, then open, and the taker makes one best bid.

Every phase ends by the lot's clock, the opening also with the last slip. All of it is the state ``open``: the end of the phase is the
lot's end as it stands, moved forward by each phase that begins.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from evidence.events import Commitment, new_salt
from evidence.operations import current_command, operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.money import yuan
from kit.rejected import Rejected
from listings.buying import buyer_obstacle
from listings.queries import tradable
from participants.gates import pass_all
from participants.notices import Note, notify_all
from participants.permissions import require
from participants.queries import LOCAL, may
from trading import ticks
from trading.events import BestBidMade, PhaseBegun
from trading.gates import limit_of, of_best
from trading.locks import lock_lot
from trading.models import Auction, Bid, Bidder, Phase, TickKind
from trading.operations.endings import award_lot, fail_lot, over_a_cap
from trading.operations.interventions import bar_locked, cancel_locked
from trading.operations.unopened import forfeit_unopened
from trading.phases import hybrid_ending, taken_by
from trading.queries import bidders_of
from trading.sealing import newest_seals

__all__ = ["begin_sealing", "best_bid", "end_opening", "end_phase"]


def begin_sealing(lot: Auction, taker: Bidder, bidders: list[Bidder], at: datetime) -> None:
    """This will begin the sealed bids of the others after the take of a lot the caller has locked; the take is the record."""
    assert lot.sealing_seconds is not None, "frozen when it was announced"
    lot.phase, lot.taker = Phase.SEALED, taker
    lot.closes_at = lot.sealing_ends_at = max(lot.closes_at, at + timedelta(seconds=lot.sealing_seconds))
    lot.save(update_fields=["phase", "taker", "closes_at", "sealing_ends_at"])
    ticks.write(lot, TickKind.PHASE, at=at)
    _tell(lot, [one for one in bidders if one.pk != taker.pk], (
        "“{title}”已有人以 {price} 应价；可在 {until} 之前封标报出更高的价格。",
        "“{title}” was taken at {price}: you may seal a higher bid until {until}."), at)


def end_phase(lot: Auction, actor: Actor, at: datetime) -> None:
    """This will end the phase of a lot the caller has locked, whose time is over: the next one begins, or the lot is decided."""
    _pass_over_stopped(lot, actor, at)
    if lot.phase == Phase.CLOCK:
        fail_lot(lot, bidders_of(lot), "trading.auction.no_bid", actor, at)
    elif lot.phase == Phase.SEALED and (seals := newest_seals(lot)):
        assert lot.reveal_hours is not None, "frozen when it was announced"
        _go_on(lot, Phase.OPENING, at + timedelta(hours=lot.reveal_hours), actor, at)
        _tell(lot, [one.bidder for one in seals], ("“{title}”封标已截止，请在 {until} 之前凭封标单开标；逾期不开标，保证金归卖方。",
                    "Sealing on “{title}” is over: open your bid with its slip until {until}, or the deposit goes to the seller."), at)
    elif lot.phase == Phase.OPENING:
        end_opening(lot, actor, at)
    else:
        _decide(lot, actor, at)


def end_opening(lot: Auction, actor: Actor, at: datetime) -> None:
    """This will end the opening of a lot the caller has locked: the highest bid is shown, and the taker may make the best bid."""
    if code := tradable(lot.listing, at=at):
        cancel_locked(lot, reason_code=code, reason="", cause="", actor=actor, at=at)
        return
    _pass_over_stopped(lot, actor, at)
    forfeit_unopened(lot, [one.bidder for one in newest_seals(lot) if not hasattr(one, "reveal")], actor, at)
    _lead(lot)
    taken = taken_by(lot)
    if taken is None or lot.taker is None or lot.leader_id == lot.taker_id:
        _decide(lot, actor, at)
        return
    assert lot.best_seconds is not None, "frozen when it was announced"
    lot.standing.save(update_fields=["leader", "price_fen", "top_fen", "reserve_met"])
    _go_on(lot, Phase.BEST, max(lot.closes_at, at + timedelta(seconds=lot.best_seconds)), actor, at)
    _tell(lot, [lot.taker], ("“{title}”开标最高为 {price}；您可在 {until} 之前作一次最优报价，报同价即由您竞得。",
                             "The highest sealed bid on “{title}” is {price}: bid once more until {until}; an equal amount wins."), at)


@operation("trading.bid.best")
@covers("CAP-E7", "T16", "T17")
def best_bid(*, lot: Auction, amount_fen: int, actor: Actor, clock: Clock) -> Auction:
    """This will take the one best bid of whoever took the clock's price; at an equal amount it wins, and the lot ends with it.

    Raises ``trading.bid.too_low`` under the highest sealed bid, ``…over_limit``, ``…over_cap``, and what ``of_best`` asks.
    """
    locked = lock_lot(lot)
    at = clock.now()
    require(actor, "trading.bid.best", at=at)
    pass_all(of_best(locked, actor=actor, at=at))
    bidders = bidders_of(locked)
    taker = next(one for one in bidders if one.pk == locked.taker_id)
    least = locked.price_fen or 0
    if amount_fen < least:
        raise Rejected("trading.bid.too_low", lot=locked.code, price_fen=least, minimum_fen=least)
    if (limit := limit_of(taker, actor)) is not None and amount_fen > limit:
        raise Rejected("trading.bid.over_limit", lot=locked.code, limit_fen=limit)
    if locked.cap_fen is not None and amount_fen > locked.cap_fen:
        raise Rejected("trading.bid.over_cap", lot=locked.code, cap_fen=locked.cap_fen)
    salt = new_salt()
    Bid.objects.create(auction=locked, seq=2, bidder=taker, maximum_fen=amount_fen, salt=salt, price_after_fen=amount_fen,
                       leader_after=taker.paddle, closes_after=locked.closes_at, at=at, command=current_command())
    stands = locked.standing
    stands.seq, stands.leader, stands.price_fen, stands.top_fen = 2, taker, amount_fen, amount_fen
    if code := over_a_cap(locked, bidders, at):
        raise Rejected(code, listing=locked.listing.code)
    stands.save(update_fields=["seq", "leader", "price_fen", "top_fen"])
    record(BestBidMade(subject=locked.code, paddle=taker.paddle, price_fen=amount_fen, maximum=Commitment(amount_fen, salt)),
           actor=actor, at=at)
    award_lot(locked, bidders, actor, at)
    return locked


def _pass_over_stopped(lot: Auction, actor: Actor, at: datetime) -> None:
    """Who may not bid or buy it any more is barred before a phase ends (T21): a take made void, a seal that no longer counts."""
    for bidder in bidders_of(lot):
        if bidder.barred_at is None and (code := may(bidder.organization, "bid", at=at)
                                         or buyer_obstacle(lot.listing, bidder.organization, at=at)):
            bar_locked(lot, bidder, reason_code=code, cause="", actor=actor, at=at)


def _go_on(lot: Auction, phase: Phase, until: datetime, actor: Actor, at: datetime) -> None:
    lot.phase, lot.closes_at = phase, until
    lot.save(update_fields=["phase", "closes_at"])
    ticks.write(lot, TickKind.PHASE, at=at)
    record(PhaseBegun(subject=lot.code, phase=str(phase), until=until, price_fen=lot.price_fen), actor=actor, at=at)


def _lead(lot: Auction) -> None:
    """The highest opened bid leads where it is above what was taken, or nothing was."""
    awards, stands = hybrid_ending(lot).awards, lot.standing
    stands.leader = Bidder.objects.get(auction=lot, paddle=int(awards[0].bidder)) if awards else None
    stands.price_fen = stands.top_fen = awards[0].price if awards else None
    stands.reserve_met = bool(awards)


def _decide(lot: Auction, actor: Actor, at: datetime) -> None:
    """Awards to whoever leads; a leader of the best phase who was stopped meanwhile is passed over."""
    _lead(lot)
    bidders = bidders_of(lot)
    if lot.leader_id is None:
        fail_lot(lot, bidders, "trading.auction.no_bid", actor, at)
    elif code := over_a_cap(lot, bidders, at):
        cancel_locked(lot, reason_code=code, reason="", cause="", actor=actor, at=at)
    else:
        lot.standing.save(update_fields=["leader", "price_fen", "top_fen", "reserve_met"])
        award_lot(lot, bidders, actor, at)


def _tell(lot: Auction, bidders: list[Bidder], text: tuple[str, str], at: datetime) -> None:
    words = {"price": yuan(lot.price_fen or 0), "until": f"{lot.closes_at.astimezone(LOCAL):%m-%d %H:%M}"}
    zh, en = (one.format(title=title, **words) for one, title in zip(text, lot.version.titles, strict=True))
    notify_all([Note(one.organization, "trading.auction.phased", (zh, en), "wait", lot.code, f"/trading/lots/{lot.code}/", lot.closes_at)
                for one in bidders if one.barred_at is None], at=at)
