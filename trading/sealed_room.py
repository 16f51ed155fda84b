"""What the room of a sealed lot shows: how far it is, and what was opened once it is decided; before that neither amounts nor a count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from kit.money import yuan
from trading.auctions.slips import SEVERAL
from trading.models import Auction, Award, Bidder, Reveal, SealedBid
from trading.sealing import floor_of, newest_seals, opens_now
from trading.secrecy import PUBLIC, shows
from trading.states import AuctionStatus

__all__ = ["Opened", "opened_bids", "own_seal", "said_in_yuan", "sealed_context", "sealed_state", "several_context", "wins_of"]


@dataclass(frozen=True)
class Opened:
    """One sealed bid after the decision; without an amount it was not opened."""

    paddle: int
    at: datetime
    amount_fen: int | None
    mine: bool
    won: bool
    low: bool
    word: str = ""
    wins: str = ""


def opened_bids(lot: Auction, own: Bidder | None) -> list[Opened]:
    """This will list the bids of a decided lot, highest first, those never opened last; nothing before it is decided."""
    if not shows("sealed_bid", "amount_fen", PUBLIC, ended=lot.status in (AuctionStatus.AWARDED, AuctionStatus.FAILED)):
        return []
    rows, won = [], wins_of(lot)
    for seal in newest_seals(lot):
        reveal: Reveal | None = getattr(seal, "reveal", None)
        amount = reveal.amount_fen if reveal else None
        rows.append(Opened(seal.bidder.paddle, seal.at, amount, own is not None and own.pk == seal.bidder_id,
                           seal.bidder_id == lot.leader_id and lot.format not in SEVERAL,
                           amount is not None and amount < (lot.clock_floor_fen or floor_of(lot)),
                           said_in_yuan(reveal.word if reveal else ""), won.get(seal.bidder_id, "")))
    return sorted(rows, key=lambda row: (row.amount_fen is None, -(row.amount_fen or 0), row.at))


def wins_of(lot: Auction) -> dict[int, str]:
    """This will say, of several licences, what each winner has and pays for it."""
    if lot.format not in SEVERAL:
        return {}
    found: dict[int, list[Award]] = {}
    for award in Award.objects.filter(auction=lot).order_by("unit"):
        found.setdefault(award.bidder_id, []).append(award)
    return {key: _("中标 %(what)s，各付 %(price)s") % {
        "what": "+".join(rows[0].items) or len(rows), "price": yuan(rows[0].price_fen)} for key, rows in found.items()}


def said_in_yuan(word: str) -> str:
    """The sealed word with its amounts in yuan."""
    return re.sub(r"(?<![A-Z0-9])\d+(?=x|;|$)(?<!x)", lambda one: yuan(int(one[0])), word) if word else ""


def several_context(lot: Auction) -> dict[str, str] | None:
    """This will say in words how a lot of several licences is decided; None of any other."""
    words = {
        "uniform": (_("最高者依次得，同付一个价"),
                    _("报价从高到低依次得到许可，份数用完为止；所有中标者同付未能得到满足的最高报价。")),
        "pay_as_bid": (_("最高者依次得，各付自己的报价"), _("报价从高到低依次得到许可，份数用完为止；中标者各付自己的报价。")),
        "vcg": (_("总价值最高的分配，各付给他人造成的损失"),
                _("在互不重叠的组合中选总价值最高的分配；中标者付其他人因此少得的价值，不低于各标项的底价，报出真实估价就是最好的做法。")),
        "rsop": (_("不限份数，各付另一半人定出的价"),
                 _("竞买人按全部封标码的哈希分成两半，每一半以另一半收入最高的价格成交；报价不低于该价即得。")),
    }.get(lot.format)
    return {"head": words[0], "told": words[1]} if words else None


def own_seal(lot: Auction, own: Bidder | None) -> SealedBid | None:
    """This will return the bidder's own seal that counts; its hash is all the house has before the opening."""
    return SealedBid.objects.filter(auction=lot, bidder=own).order_by("-seq").first() if own else None


def sealed_state(lot: Auction, bidder: Bidder) -> str:
    """Where a bidder stands in a sealed lot that runs: nothing sealed yet, sealed, to be opened, opened."""
    seal = next((one for one in newest_seals(lot) if one.bidder_id == bidder.pk), None)
    if opens_now(lot):
        return "opening" if seal is None else "opened" if hasattr(seal, "reveal") else "to_open"
    return "first" if seal is None else "sealed"


def sealed_context(lot: Auction, own: Bidder | None, now: datetime) -> dict[str, Any]:
    """This will gather what only a sealed lot's room shows."""
    return {"live_part": "trading/_sealed_live.html", "walk": _walk(lot), "several": several_context(lot),
            "opened": opened_bids(lot, own), "typed": ""}


def _walk(lot: Auction) -> list[dict[str, str]]:
    """The five steps of a sealed lot and where it stands."""
    place = {AuctionStatus.ANNOUNCED: 0, AuctionStatus.OPEN: 1, AuctionStatus.HALTED: 1, AuctionStatus.REVEALING: 2}.get(
        AuctionStatus(lot.status), 4)
    notes = [(_("公告、报名"), _("冻结保证金")), (_("封标"), _("递交封标码")), (_("开标"), _("凭封标单打开")), (_("定标"), _("按规则算出"))]
    return [{"label": label, "note": note, "state": "done" if n < place else "now" if n == place else ""}
            for n, (label, note) in enumerate(notes)]
