"""An agreed barter becomes two trades 互换成交: each with its agreement, both funded by one transfer, in one transaction.

The declared values are nobody's payment: they come out of the set-off account and return to it when the trades are settled. What is money
leaves each side's account now: its fees as buyer and as seller, the levy, the shares of those it shares with, a difference that is paid.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from compliance.cases import open_case
from compliance.models import CaseKind
from evidence.operations import record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.money import yuan
from kit.rejected import Rejected
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.operations import Leg as Posting
from ledger.operations import TransferRef
from ledger.queries import balance
from participants.notices import Note, notify_all
from trading.agreements import execute_purchase
from trading.auctions.bargain import other
from trading.auctions.barter import Leg, bill_of, differs, payer_of, postings
from trading.barter_events import BarterAgreed
from trading.barter_gates import values_far_off
from trading.barters import legs_of
from trading.charging import charges_for
from trading.events import TradeFunded
from trading.models import Barter, BarterLeg, BarterSide, Basis, Trade
from trading.operations.dealing import licensed
from trading.papers import fix_papers
from trading.states import TradeStatus

__all__ = ["conclude"]


@covers("R12", "CAP-E4", "R5", "I19")
def conclude(one: Barter, by: str, *, actor: Actor, clock: Clock, at: datetime) -> dict[str, Trade]:
    """This will write and fund both trades of a barter whose row and listings the caller has locked and whose gates it has passed."""
    swap = one.swap
    far, legs = values_far_off(one, swap, at=at), legs_of(one, swap, at=at)
    _afford(one, legs, by)
    trades = {side: _trade(one, side, actor, at) for side in legs}
    moved = _through_the_set_off(one, trades, legs, at)
    for side, trade in trades.items():
        _fund(one, side, trade, legs, moved, actor, at)
    payer = payer_of(swap)
    record(BarterAgreed(
        subject=one.code, by=by, round=one.round, difference=swap.difference, payer=one.party(payer).code if payer else "",
        difference_fen=differs(swap), legs=[
            {"trade": trades[side].code, "giver": one.party(side).code, "value_fen": leg.value_fen} for side, leg in legs.items()],
        transfers=[{"id": str(moved.id), "hash": moved.hash}]), actor=actor, at=at)
    for side, value, usual in far:
        _look_at(one, trades[side], value, usual, clock)
    _tell(one, trades, at)
    return trades


def _afford(one: Barter, legs: Mapping[str, Leg], by: str) -> None:
    """Both sides have what is money of it, or nothing is concluded; of the other side's account only that it is short is said."""
    sums = {side: bill_of(one.swap, side, legs).total_fen for side in legs}
    free = dict(zip(legs, ledger.accounts(*((one.party(side).code, AccountKind.AVAILABLE) for side in legs)), strict=True))
    ledger.lock(free.values())
    for side in (by, other(by)):
        available = balance(free[side]).available_fen
        if sums[side] > available:
            if side == by:
                raise Rejected("trading.barter.funds", needed_fen=sums[side], available_fen=available)
            raise Rejected("trading.barter.other_funds", barter=one.code)


def _trade(one: Barter, side: str, actor: Actor, at: datetime) -> Trade:
    """The trade of the licence that a side gives."""
    terms, back, listing = one.swap.given_by(side), one.version_of(other(side)), one.listing_of(side)
    returned = {"barter": one.code, "listing": one.listing_of(other(side)).code, "version": back.code, "title": back.title_zh,
                "content_hash": back.content_hash, "fair_value_fen": one.swap.given_by(other(side)).price_fen,
                "difference": one.swap.difference}
    given = one.version_of(side)
    return execute_purchase(listing, licensed(given, terms), one.party(other(side)), terms.price_fen,
                            charges_for(given, Basis.BARTER, venue=one.venue, at=at), terms.purpose, accepted=True, in_return=returned,
                            actor=actor, at=at)


def _through_the_set_off(one: Barter, trades: Mapping[str, Trade], legs: Mapping[str, Leg], at: datetime) -> TransferRef:
    """One transfer: what is money out of both accounts, each value with its buyer's fee into its trade's escrow, the rest by set-off."""
    wanted = {"set_off": (one.code, AccountKind.SET_OFF)}
    for side, trade in trades.items():
        wanted |= {f"{side}.money": (one.party(side).code, AccountKind.AVAILABLE), f"{side}.escrow": (trade.code, AccountKind.ESCROW)}
    accounts = dict(zip(wanted, ledger.accounts(*wanted.values()), strict=True))
    ledger.lock(accounts.values())
    moves = [Posting(accounts[name], fen) for name, fen in postings(one.swap, legs).items() if fen]
    return ledger.transfer(kind="barter", legs=moves, subject=one.code, at=at)


def _fund(one: Barter, side: str, trade: Trade, legs: Mapping[str, Leg], moved: TransferRef, actor: Actor, at: datetime) -> None:
    leg = legs[side]
    trade.state.funded_at, trade.state.due_at, trade.state.status = at, None, TradeStatus.FUNDED
    trade.state.save(update_fields=["status", "funded_at", "due_at"])
    BarterLeg.objects.create(barter=one, side=side, trade=trade, value_fen=leg.value_fen, buyer_fee_fen=leg.buyer_fee_fen,
                             seller_fee_fen=leg.seller_fee_fen, levy_fen=leg.levy_fen, partners_fen=leg.partners_fen,
                             difference_fen=bill_of(one.swap, side, legs).difference_fen, transfer=moved.id, at=at)
    record(TradeFunded(subject=trade.code, price_fen=leg.value_fen, buyer_fee_fen=leg.buyer_fee_fen, from_deposit_fen=0,
                       transfers=[{"id": str(moved.id), "hash": moved.hash}]), actor=actor, at=at)
    fix_papers(trade, None, actor=actor, at=at)


def _look_at(one: Barter, trade: Trade, value_fen: int, usual_fen: int, clock: Clock) -> None:
    """A value far from what is usual opens an alert: a question for a person, the trade stands."""
    zh, en = trade.titles
    open_case(kind=CaseKind.ALERT, subject_kind="trade", subject_code=trade.code, organization=trade.seller, flags=["barter_value"],
              title=(f"互换的公允价值远离常价：{zh}"[:200], f"A barter's fair value is far from what is usual: {en}"[:200]),
              text=f"{one.code}; {trade.code}; {yuan(value_fen)} / {yuan(usual_fen)}; 使用权互换规则 第3条", actor=SYSTEM, clock=clock)


def _tell(one: Barter, trades: Mapping[str, Trade], at: datetime) -> None:
    notes = []
    for side in BarterSide.values:
        own, got = trades[side], trades[other(side)]
        text = (f"互换已订立：请按期交付“{own.titles[0]}”，并等待对方交付“{got.titles[0]}”。",
                f"The barter is concluded: deliver “{own.titles[1]}” in time; “{got.titles[1]}” is delivered to you.")
        notes.append(Note(one.party(side), "trading.barter.agreed", text, "wait", own.code, f"/desk/trades/{own.code}/"))
    notify_all(notes, at=at)
