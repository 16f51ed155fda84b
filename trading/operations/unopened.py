"""Sealed bids that were never opened 逾期未开: their deposits go to the seller (competition rules 13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from compliance.credit import note_credit
from evidence.operations import record
from kit.actors import Actor
from kit.clock import FixedClock
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.operations import Leg
from participants.notices import Note, notify_all
from trading.events import BidUnrevealed
from trading.models import Auction, Bidder

__all__ = ["forfeit_unopened"]


def forfeit_unopened(lot: Auction, silent: Sequence[Bidder], actor: Actor, at: datetime) -> None:
    """Deposits of those who sealed and did not open go to the seller: a seal that binds nobody would be free to try (E6)."""
    seller = ledger.account(lot.seller.code, AccountKind.AVAILABLE)
    held = {one.pk: ledger.account(one.organization.code, AccountKind.AVAILABLE) for one in silent if one.deposit and not one.released_at}
    if held:
        ledger.lock([seller, *held.values()])
    for one in silent:
        taken = held.get(one.pk)
        posted = None
        if taken is not None and one.deposit:
            posted = ledger.post(pending=one.deposit, legs=[Leg(taken, -one.deposit_fen), Leg(seller, one.deposit_fen)], at=at)
        one.released_at = one.released_at or at
        one.save(update_fields=["released_at"])
        record(BidUnrevealed(subject=lot.code, paddle=one.paddle, bidder=one.organization.code,
                             forfeited_fen=one.deposit_fen if posted else 0, transfer_hash=posted.hash if posted else ""),
               actor=actor, at=at)
        note_credit(organization=one.organization, event="unrevealed_bid", source=lot.code, actor=actor, clock=FixedClock(at))
    zh, en = lot.version.titles
    notify_all([Note(one.organization, "trading.bid.unrevealed",
                     (f"“{zh}”：您的封标逾期未开，保证金归卖方所有。",
                      f"“{en}”: your sealed bid was not opened in time; the deposit goes to the seller."),
                     "bad", lot.code, f"/trading/lots/{lot.code}/") for one in silent], at=at)
