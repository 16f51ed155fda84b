"""The second chance 二次机会: when the winner of a lot does not pay, the runner-up is offered it at what it would have cost without the
defaulter. Two working days, to take or leave; the seller may take the offer back and announce the lot anew.
"""

from __future__ import annotations

from datetime import datetime

from kit.actors import Actor
from kit.coverage import covers
from kit.money import yuan
from kit.rejected import Rejected
from participants.models import Organization
from participants.notices import Note
from participants.queries import add_working_days, parameter
from trading.auctions.bargain import Terms
from trading.auctions.english import refold
from trading.auctions.slips import SEVERAL
from trading.books import orders_of, terms_of
from trading.locks import lock_stock
from trading.models import Auction, Bidder, NegotiationKind, Trade
from trading.operations.bargaining import open_as
from trading.phases import hybrid_ending
from trading.sealing import SEALED, decided

__all__ = ["offer_second_chance", "runner_up"]


@covers("I14", "R53")
def runner_up(lot: Auction, without: Bidder) -> tuple[Bidder, int] | None:
    """This will decide the lot once more as if ``without`` had not bid: who would have it, at what price; None when nobody would."""
    away = str(without.paddle)
    if lot.format in SEVERAL:
        return None  # what is left of several licences is announced anew
    if lot.format in SEALED:
        outcome = decided(lot, without=away)
        found = (outcome.awards[0].bidder, outcome.awards[0].price) if outcome.awards else None
    elif lot.format == "english":
        book = refold(terms_of(lot), [one for one in orders_of(lot) if one.bidder != away], lot.seq)
        found = (book.leader, book.price) if book.leader is not None and book.price is not None and book.reserve_met else None
    elif lot.format == "hybrid":
        awards = hybrid_ending(lot, without=away).awards
        found = (awards[0].bidder, awards[0].price) if awards else None
    else:
        return None  # a clock that was taken has no second
    if found is None:
        return None
    return Bidder.objects.select_related("organization").get(auction=lot, paddle=int(found[0])), int(found[1])


@covers("CAP-E4", "R5")
def offer_second_chance(trade: Trade, *, actor: Actor, at: datetime) -> list[Note]:
    """This will offer the lot of a defaulted trade to its runner-up, in the default's transaction; nothing where no rule would let it
    buy, or none is left. Returns what the two sides are told."""
    award = trade.award
    if award is None or (found := runner_up(award.auction, award.bidder)) is None:
        return []
    bidder, price_fen = found
    listing = lock_stock(award.auction.listing)
    due = add_working_days(listing.venue, at, int(parameter("trade.second_chance_days", venue=listing.venue, at=at)))
    purposes = [str(one) for one in award.auction.version.use_terms.get("purposes", [])]
    terms = Terms(price_fen, purpose=purposes[0] if len(purposes) == 1 else "*" if "*" in purposes else "")
    try:
        one = open_as(listing, award.auction.version, bidder.organization, NegotiationKind.SECOND_CHANCE, "seller", terms, due, actor=actor,
                      at=at)
    except Rejected:
        return []
    (zh, en), page = award.auction.version.titles, f"/desk/negotiations/{one.code}/"
    kind = "trading.negotiation.second_chance"
    return [Note(bidder.organization, kind, (f"“{zh}”中标人未付款，可按 {yuan(price_fen)} 成交，两个工作日内答复。",
                                             f"The winner of “{en}” did not pay: it is yours for {yuan(price_fen)} if you accept in time."),
                 "wait", one.code, page, due),
            Note(Organization.objects.get(pk=one.seller_id), kind, (f"“{zh}”已向次高出价人提出二次机会，可撤回。",
                                                                   f"“{en}” is offered to the runner-up; you may take the offer back."),
                 "info", one.code, page)]
