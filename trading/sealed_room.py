"""What the room of a sealed lot shows: how far it is, and what was opened once it is decided; before that neither amounts nor a count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from trading.models import Auction, Bidder, Reveal
from trading.sealing import floor_of, newest_seals, opens_now
from trading.secrecy import PUBLIC, shows
from trading.states import AuctionStatus

__all__ = ["Opened", "opened_bids", "sealed_context", "sealed_state"]


@dataclass(frozen=True)
class Opened:
    """One sealed bid after the decision; without an amount it was not opened."""

    paddle: int
    at: datetime
    amount_fen: int | None
    mine: bool
    won: bool
    low: bool


def opened_bids(lot: Auction, own: Bidder | None) -> list[Opened]:
    """This will list the bids of a decided lot, highest first, those never opened last; nothing before it is decided."""
    if not shows("sealed_bid", "amount_fen", PUBLIC, ended=lot.status in (AuctionStatus.AWARDED, AuctionStatus.FAILED)):
        return []
    rows = []
    for seal in newest_seals(lot):
        reveal: Reveal | None = getattr(seal, "reveal", None)
        amount = reveal.amount_fen if reveal else None
        rows.append(Opened(seal.bidder.paddle, seal.at, amount, own is not None and own.pk == seal.bidder_id,
                           seal.bidder_id == lot.leader_id, amount is not None and amount < (lot.clock_floor_fen or floor_of(lot))))
    return sorted(rows, key=lambda row: (row.amount_fen is None, -(row.amount_fen or 0), row.at))


def sealed_state(lot: Auction, bidder: Bidder) -> str:
    """Where a bidder stands in a sealed lot that runs: nothing sealed yet, sealed, to be opened, opened."""
    seal = next((one for one in newest_seals(lot) if one.bidder_id == bidder.pk), None)
    if opens_now(lot):
        return "opening" if seal is None else "opened" if hasattr(seal, "reveal") else "to_open"
    return "first" if seal is None else "sealed"


def sealed_context(lot: Auction, own: Bidder | None, now: datetime) -> dict[str, Any]:
    """This will gather what only a sealed lot's room shows."""
    return {"live_part": "trading/_sealed_live.html", "walk": _walk(lot), "opened": opened_bids(lot, own), "typed": ""}


def _walk(lot: Auction) -> list[dict[str, str]]:
    """The five steps of a sealed lot and where it stands."""
    place = {AuctionStatus.ANNOUNCED: 0, AuctionStatus.OPEN: 1, AuctionStatus.HALTED: 1, AuctionStatus.REVEALING: 2}.get(
        AuctionStatus(lot.status), 4)
    notes = [(_("公告、报名"), _("冻结保证金")), (_("封标"), _("递交封标码")), (_("开标"), _("凭封标单打开")), (_("定标"), _("按规则算出"))]
    return [{"label": label, "note": note, "state": "done" if n < place else "now" if n == place else ""}
            for n, (label, note) in enumerate(notes)]
