"""Awarding several licences of one lot 多份许可: an award, a trade and an agreement each, by the same acts as for one."""

from __future__ import annotations

from datetime import datetime

from evidence.operations import record
from kit.actors import Actor
from kit.money import yuan
from participants.notices import Note, notify_all
from trading import ticks
from trading.agreements import execute_award
from trading.auctions.rules import Outcome
from trading.events import LicencesAllotted
from trading.models import Auction, Award, Bidder, TickKind, Trade
from trading.operations.endings import move, release_deposits
from trading.replays import hash_of, outcome_of, transcript_of
from trading.sealing import units_of

__all__ = ["allot"]


def allot(lot: Auction, bidders: list[Bidder], outcome: Outcome, actor: Actor, at: datetime) -> None:
    """This will end a lot the caller has locked with its winners' trades; a winner's deposit stands for the first of them, the others'
    deposits go back."""
    by_paddle = {str(one.paddle): one for one in bidders}
    units = units_of(outcome)
    first = units[0]
    move(lot, "award")
    lot.ended_at, lot.due_at = at, None
    lot.save(update_fields=["status", "ended_at", "due_at"])
    stands = lot.standing
    stands.leader, stands.reserve_met = by_paddle[first.bidder], True
    stands.price_fen = stands.top_fen = max(one.price for one in units)
    stands.save(update_fields=["leader", "reserve_met", "price_fen", "top_fen"])
    trades: list[Trade] = []
    served: set[int] = set()
    for number, unit in enumerate(units, 1):
        winner = by_paddle[unit.bidder]
        award = Award.objects.create(auction=lot, unit=number, bidder=winner, price_fen=unit.price, items=list(unit.items), at=at)
        trades.append(execute_award(award, bonded=winner.pk not in served, actor=actor, at=at))
        served.add(winner.pk)
    release_deposits([one for one in bidders if one.pk not in served], at=at)
    ticks.write(lot, TickKind.CLOSED, at=at)
    record(LicencesAllotted(
        subject=lot.code, bids=lot.seq, replay_hash=hash_of(transcript_of(lot), outcome_of(lot)),
        awards=[{"unit": number, "winner": by_paddle[unit.bidder].organization.code, "paddle": by_paddle[unit.bidder].paddle,
                 "price_fen": unit.price, "items": list(unit.items), "trade": trade.code}
                for number, (unit, trade) in enumerate(zip(units, trades, strict=True), 1)]), actor=actor, at=at)
    _tell(lot, bidders, trades, at)


def _tell(lot: Auction, bidders: list[Bidder], trades: list[Trade], at: datetime) -> None:
    (zh, en), room = lot.version.titles, f"/trading/lots/{lot.code}/"
    notes = [Note(trade.buyer, "trading.auction.won", (f"您以 {yuan(trade.price_fen)} 竞得“{zh}”的许可，请按期付清价款。",
                                                       f"You won a licence of “{en}” at {yuan(trade.price_fen)}. Pay by the date shown."),
                  "wait", trade.code, f"/desk/trades/{trade.code}/", trade.state.due_at) for trade in trades]
    notes.append(Note(lot.seller, "trading.auction.sold", (f"“{zh}”成交 {len(trades)} 份，等待买方付款；合同已起草，请在期限内签署。",
                                                           f"{len(trades)} licences of “{en}” are sold; the agreements wait for you."),
                      "wait", lot.code, room))
    winners = {trade.buyer_id for trade in trades}
    notes += [Note(one.organization, "trading.auction.lost", (f"“{zh}”的许可已由他人竞得，您的保证金已退回。",
                                                              f"The licences of “{en}” went to others; your deposit is free again."),
                   "info", lot.code, room) for one in bidders if one.barred_at is None and one.organization_id not in winners]
    notify_all(notes, at=at)
