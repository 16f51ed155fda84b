"""How a lot ends, whatever its format 成交、流拍: award, trade, deposits, record and notices, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from evidence.operations import record
from kit.actors import Actor
from kit.money import yuan
from kit.states import advance
from ledger import operations as ledger
from ledger.accounts import AccountKind
from listings.piloting import pilot_room
from participants.notices import Note, notify_all
from trading import ticks
from trading.agreements import execute_award
from trading.events import AuctionAwarded, AuctionFailed
from trading.models import Auction, Award, Bidder, TickKind, Trade
from trading.replays import hash_of, outcome_of, transcript_of
from trading.shortfalls import claim_shortfalls
from trading.states import AUCTION, AuctionStatus

__all__ = ["award_lot", "fail_lot", "move", "over_a_cap", "release_deposits"]

#: Why a lot was not sold, in words.
_WHY_UNSOLD = {
    "trading.auction.no_bid": ("无人出价", "nobody bid"), "trading.auction.below_reserve": ("未达保留价", "the reserve was not met"),
    "trading.auction.not_opened": ("封标均未开标", "no sealed bid was opened"),
}


def move(lot: Auction, action: str) -> None:
    """This will move the lot along a lawful edge, or refuse naming the open acts."""
    lot.status = advance(AUCTION, AuctionStatus(lot.status), action, subject=lot.code, code="trading.auction.illegal_move")


def over_a_cap(lot: Auction, bidders: list[Bidder], at: datetime) -> str:
    """Which cap of its pilot a trade with the leader would pass: a trade reported meanwhile may have taken what was left."""
    if lot.listing.pilot_id is None:
        return ""
    leader = next(one for one in bidders if one.pk == lot.leader_id)
    return pilot_room(listing=lot.listing, buyer=leader.organization, price_fen=lot.price_fen or 0, at=at)


def award_lot(lot: Auction, bidders: list[Bidder], actor: Actor, at: datetime) -> None:
    """This will end a lot the caller has locked with a sale to its leader at its price: the trade opens, the others' deposits go back."""
    winner = next(one for one in bidders if one.pk == lot.leader_id)
    assert lot.price_fen is not None, "a lot with a leader has a price"
    move(lot, "award")
    lot.ended_at = at
    lot.save(update_fields=["status", "ended_at"])
    award = Award.objects.create(auction=lot, bidder=winner, price_fen=lot.price_fen, at=at)
    trade = execute_award(award, actor=actor, at=at)
    claim_shortfalls(lot, award.price_fen, actor=actor, at=at)
    release_deposits([one for one in bidders if one is not winner], at=at)
    ticks.write(lot, TickKind.CLOSED, at=at)
    record(AuctionAwarded(subject=lot.code, winner=winner.organization.code, paddle=winner.paddle, price_fen=award.price_fen,
                          bids=lot.seq, trade=trade.code,
                          replay_hash=_bound(lot)), actor=actor, at=at)
    _tell_award(lot, bidders, winner, trade, at)


def _bound(lot: Auction) -> str:
    """The hash of all the lot was decided by and of what was decided: whoever replays it later comes to the same (CAP-E11)."""
    return hash_of(transcript_of(lot), outcome_of(lot))


def _tell_award(lot: Auction, bidders: list[Bidder], winner: Bidder, trade: Trade, at: datetime) -> None:
    zh, en = lot.version.titles
    page, room = f"/desk/trades/{trade.code}/", f"/trading/lots/{lot.code}/"
    told = {winner.organization: Note(
        winner.organization, "trading.auction.won", (f"您以 {yuan(trade.price_fen)} 竞得“{zh}”，请按期付清价款。",
                                                     f"You won “{en}” at {yuan(trade.price_fen)}. Pay the price by the date shown."),
        "wait", trade.code, page, trade.state.due_at)}
    told[lot.seller] = Note(lot.seller, "trading.auction.sold", (
        f"“{zh}”已成交，等待买方付款。", f"“{en}” is sold and waits for the buyer's payment."), "ok", trade.code, page)
    for one in _standing(bidders):
        told.setdefault(one.organization, Note(one.organization, "trading.auction.lost", (
            f"“{zh}”已由他人竞得，您的保证金已退回。", f"“{en}” went to another bidder; your deposit is free again."),
            "info", lot.code, room))
    deed = trade.deed
    sign = Note(lot.seller, "trading.agreement.drafted", (f"“{zh}”的合同已起草，请在期限内签署。",
                                                          f"The agreement on “{en}” is drawn up. Please sign by the date shown."),
                "wait", deed.code, f"/desk/agreements/{deed.code}/", deed.due_at)
    notify_all([*told.values(), sign], at=at)


def _standing(bidders: list[Bidder]) -> list[Bidder]:
    return [one for one in bidders if one.barred_at is None]


def fail_lot(lot: Auction, bidders: list[Bidder], reason: str, actor: Actor, at: datetime) -> None:
    """This will end a lot the caller has locked without a sale; every deposit goes back."""
    move(lot, "fail")
    lot.ended_at, lot.status_reason = at, reason
    lot.save(update_fields=["status", "ended_at", "status_reason"])
    release_deposits(bidders, at=at)
    ticks.write(lot, TickKind.CLOSED, at=at)
    record(AuctionFailed(subject=lot.code, reason_code=reason, bids=lot.seq, replay_hash=_bound(lot)), actor=actor, at=at)
    named = lot.version.titles
    zh, en = _WHY_UNSOLD[reason]
    parties = {lot.seller: ("可重新公告。", "It may be announced again.")}
    for one in _standing(bidders):
        parties.setdefault(one.organization, ("保证金已退回。", "Your deposit is free again."))
    notify_all([Note(organization, "trading.auction.failed",
                     (f"“{named[0]}”流拍：{zh}。{then[0]}", f"“{named[1]}” was not sold: {en}. {then[1]}"),
                     subject=lot.code, href=f"/trading/lots/{lot.code}/") for organization, then in parties.items()], at=at)


def release_deposits(bidders: Iterable[Bidder], *, at: datetime) -> None:
    """This will give back every deposit of theirs that is still reserved; balances are locked in one order."""
    held = [one for one in bidders if one.released_at is None]
    if reserved := [one for one in held if one.deposit]:
        ledger.lock(ledger.accounts(*((one.organization.code, AccountKind.AVAILABLE) for one in reserved)))
        ledger.void_all(pendings=[one.deposit for one in reserved if one.deposit], at=at)
    if held:
        Bidder.objects.filter(pk__in=[one.pk for one in held]).update(released_at=at)
