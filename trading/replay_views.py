"""How a lot's price came about 价格如何形成: after the end every bid beside the rule run again, and the transcript to run it oneself."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from participants.doors import page
from participants.predicates import standpoint
from trading.auctions.english import Book, place
from trading.auctions.rules import Refused
from trading.auctions.slips import SEVERAL
from trading.books import ending_of, terms_of
from trading.models import Auction, Award, Bid
from trading.queries import lot_for
from trading.replays import check, document_of, may_show, outcome_of, recorded_hash, units_written
from trading.sealed_room import opened_bids, several_context
from trading.sealing import SEALED, decided
from trading.secrecy import PUBLIC, seen, shows
from trading.states import AuctionStatus

__all__ = ["replay", "transcript"]


@require_safe
@page("trading.auction.see")
@covers("CAP-E11", "I14")
def replay(request: HttpRequest, code: str) -> HttpResponse:
    """How the price came about: after the end every maximum is shown and the reference rule is run again beside the record."""
    lot = lot_for(code, request.user)
    ended = shows("bid", "maximum_fen", PUBLIC, ended=lot.status in (AuctionStatus.AWARDED, AuctionStatus.FAILED))
    rows = _replayed(lot) if ended and lot.format == "english" else []
    award = Award.objects.filter(auction=lot).select_related("bidder").first()
    facts = Record.objects.filter(subject=lot.code).select_related("entry")
    if (lot.format in SEALED or lot.phase) and not ended:  # how many sealed, and who opened, stays untold until then
        facts = facts.exclude(kind__in=("trading.auction.revealing", *(f"trading.bid.{n}" for n in ("sealed", "revealed", "unrevealed"))))
    return render(request, "trading/replay.html", {
        "lot": seen("lot", lot), "ended": ended, "rows": rows, "award": award, "agrees": _agrees(lot, award, rows),
        "sealed": lot.format in SEALED or bool(lot.phase), "now": MARKET_CLOCK.now(), "opened": opened_bids(lot, None),
        "several": several_context(lot),
        "facts": facts.order_by("at", "entry__position")[:200], "replay_hash": recorded_hash(lot) if ended else "",
        "transcript": _may_hold(request, lot)})


def _may_hold(request: HttpRequest, lot: Auction) -> bool:
    actor = request.actor  # type: ignore[attr-defined]
    return may_show(lot, organization_id=actor.organization_id, oversees=standpoint(actor, MARKET_CLOCK.now()).oversees)


@require_safe
@page("trading.auction.see")
@covers("CAP-E11")
def transcript(request: HttpRequest, code: str) -> HttpResponse:
    """All a finished lot was decided by, for whoever wants to decide it anew (``manage.py replay``)."""
    lot = lot_for(code, request.user)
    if not _may_hold(request, lot):
        raise Rejected("trading.replay.closed", lot=lot.code)
    answer = JsonResponse(document_of(lot), json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="{lot.code}.json"'
    return answer


def _agrees(lot: Auction, award: Award | None, rows: list[dict[str, Any]]) -> bool:
    """Whether the reference comes to the same end."""
    if (known := recorded_hash(lot)) and not check({**document_of(lot), "replay_hash": known})["agrees"]:
        return False
    if lot.format == "english":
        return all(row["agrees"] for row in rows)
    if lot.format in SEVERAL:
        return outcome_of(lot) == {"awards": units_written(decided(lot))}
    ending = ending_of(lot)
    return (ending.winner, ending.price_fen) == ((str(award.bidder.paddle), award.price_fen) if award else (None, None))


def _replayed(lot: Auction) -> list[dict[str, Any]]:
    """Each bid with what the reference says after it; voided bids are listed and left out of the run."""
    book, rows = Book(), []
    terms = terms_of(lot)
    voided = Bid.objects.filter(auction=lot, void__isnull=False).exists()
    for bid_ in Bid.objects.filter(auction=lot).select_related("bidder", "void").order_by("seq"):
        out = hasattr(bid_, "void")
        if not out:
            answer = place(terms, book, str(bid_.bidder.paddle), bid_.maximum_fen)
            book = book if isinstance(answer, Refused) else answer
        agrees = out or voided or (book.price, book.leader) == (bid_.price_after_fen, str(bid_.leader_after))
        rows.append({"bid": bid_, "void": out, "price_fen": book.price, "leader": book.leader, "agrees": agrees})
    return rows
