"""What the room of a hybrid lot shows: how far it is, where a bidder stands in it, what is to be beaten."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from kit.money import yuan
from trading.models import Auction, Bidder, Phase
from trading.sealed_room import opened_bids, sealed_state
from trading.states import AuctionStatus

__all__ = ["hybrid_context", "hybrid_state"]


def hybrid_state(lot: Auction, bidder: Bidder) -> str:
    """Where a bidder stands in a hybrid lot that runs: free to take, took it, to seal and to open, to make the best bid."""
    if lot.phase == Phase.CLOCK:
        return "first"
    if lot.taker_id == bidder.pk:
        return "best" if lot.phase == Phase.BEST else "taker"
    if lot.phase == Phase.BEST:
        return "ahead" if lot.leader_id == bidder.pk else "behind"
    return sealed_state(lot, bidder)


def hybrid_context(lot: Auction, own: Bidder | None) -> dict[str, Any]:
    """This will gather what only the room of a hybrid lot shows."""
    return {"live_part": "trading/_hybrid_live.html", "walk": _walk(lot), "opened": opened_bids(lot, own), "typed": "",
            "taker_no": lot.taker.paddle if lot.taker else None,
            "match": yuan(lot.price_fen).removeprefix("¥") if lot.price_fen is not None and lot.phase == Phase.BEST else "",
            "sealing_minutes": (lot.sealing_seconds or 0) // 60, "best_minutes": (lot.best_seconds or 0) // 60}


def _walk(lot: Auction) -> list[dict[str, str]]:
    """The steps of a hybrid lot and where it stands."""
    ended = lot.status in (AuctionStatus.AWARDED, AuctionStatus.FAILED, AuctionStatus.CANCELLED)
    place = 6 if ended else 0 if lot.status == AuctionStatus.ANNOUNCED else 1 + list(Phase.values).index(lot.phase)
    notes = [(_("公告、报名"), _("冻结保证金")), (_("时钟"), _("先应价者为应价方")), (_("封标"), _("其他竞买人")),
             (_("开标"), _("凭封标单打开")), (_("最优报价"), _("应价方一次")), (_("定标"), _("最高者得"))]
    return [{"label": label, "note": note, "state": "done" if n < place else "now" if n == place else ""}
            for n, (label, note) in enumerate(notes)]
