"""What registering for a lot and bidding ask (C7), question by question, for the page that explains a refusal.

The rule is the SQL of ``place_bid`` and ``register_bidder``; a test holds each answer here against the refusal there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from kit.actors import Actor
from kit.coverage import covers
from kit.money import MAX_FEN
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.models import Account
from ledger.queries import balance
from listings.buying import for_the_buyer
from listings.queries import tradable
from participants.gates import Act, Gate, capable, permitted
from participants.models import Organization
from participants.queries import affiliated
from participants.roles import Capability
from trading.books import minimum_for
from trading.models import Auction, Bidder
from trading.operations.bidding import deposit_for
from trading.queries import bidder_of
from trading.states import AuctionStatus

__all__ = ["acts_of", "of_bidding", "of_registering"]


@covers("C7")
def acts_of(lot: Auction, *, actor: Actor, maximum_fen: int | None, at: datetime) -> list[Act]:
    """This will list registering (until it is done) and bidding, each with its gates as they answer now."""
    bidding = Act(("出价", "Bid"), tuple(of_bidding(lot, actor=actor, maximum_fen=maximum_fen, at=at)))
    if bidder_of(lot, actor.organization_id):
        return [bidding]
    return [Act(("报名", "Register"), tuple(of_registering(lot, actor=actor, at=at))), bidding]


def of_bidding(lot: Auction, *, actor: Actor, maximum_fen: int | None, at: datetime) -> Iterator[Gate]:
    """This will ask what a bid asks, in the order of ``place_bid``; without an amount the amount is not judged."""
    yield Gate(("竞价正在进行", "Bidding is going on"), _not_now(lot, at))
    yield permitted(actor, "trading.bid.place", at=at)
    yield _not_the_seller(lot, actor)
    bidder = bidder_of(lot, actor.organization_id)
    yield Gate(("已经报名并冻结保证金", "Registered, with a deposit reserved"),
               None if bidder else Rejected("trading.bid.not_registered", lot=lot.code))
    if bidder:
        yield Gate(("竞买资格未被停止", "The right to bid was not stopped"),
                   Rejected("trading.bid.barred", lot=lot.code) if bidder.barred_at else None)
    yield from _standing(actor, at)
    code = tradable(lot.listing, at=at)
    yield Gate(("标的仍可交易", "The listing can be traded"),
               Rejected(code, listing=lot.listing.code, organization=lot.seller.code) if code else None)
    yield from _buying(lot, actor, at)
    if bidder and maximum_fen is not None:
        yield Gate(("金额不低于最低出价，不高于本机构的限额", "At least the least bid, at most your own limit"),
                   _amount(lot, bidder, maximum_fen))


def of_registering(lot: Auction, *, actor: Actor, at: datetime) -> Iterator[Gate]:
    """This will ask what registering asks, in the order of ``register_bidder``."""
    yield permitted(actor, "trading.bidder.register", at=at)
    taking = lot.status in (AuctionStatus.ANNOUNCED, AuctionStatus.OPEN, AuctionStatus.HALTED) and at < lot.closes_at
    yield Gate(("报名尚未截止", "Registration is still open"), None if taking else Rejected("trading.bidder.too_late", lot=lot.code))
    yield _not_the_seller(lot, actor)
    yield from _standing(actor, at)
    party = Organization.objects.filter(pk=actor.organization_id or 0).first()
    if party is None or party.pk == lot.seller_id:
        return
    yield Gate(("与卖方没有控制或共同人员关系", "Not connected with the seller by control or a person"),
               Rejected("trading.bidder.affiliated", lot=lot.code) if affiliated(party, lot.seller, at=at) else None)
    yield from for_the_buyer(lot.listing, party, at=at)
    needed = deposit_for(lot, party)
    known = Account.objects.filter(owner=party.code, kind=AccountKind.AVAILABLE).first()
    available = balance(known).available_fen if known else 0
    yield Gate(("可用资金足以冻结保证金", "Enough money for the deposit"),
               Rejected("ledger.insufficient_funds", needed_fen=needed, available_fen=available) if needed > available else None)


def _not_now(lot: Auction, at: datetime) -> Rejected | None:
    code = ("trading.bid.halted" if lot.status == AuctionStatus.HALTED
            else "trading.bid.not_open" if lot.status == AuctionStatus.ANNOUNCED or at < lot.opens_at
            else "trading.bid.closed" if lot.status != AuctionStatus.OPEN or at >= lot.closes_at else "")
    return Rejected(code, lot=lot.code, closes_at=lot.closes_at.isoformat(timespec="seconds")) if code else None


def _not_the_seller(lot: Auction, actor: Actor) -> Gate:
    return Gate(("不是该标的的卖方", "Not the seller of the lot"),
                Rejected("trading.bidder.seller", lot=lot.code) if actor.organization_id == lot.seller_id else None)


def _standing(actor: Actor, at: datetime) -> Iterator[Gate]:
    party = Organization.objects.filter(pk=actor.organization_id or 0).first()
    if party is not None:
        yield capable(party, Capability.BID, at=at)


def _buying(lot: Auction, actor: Actor, at: datetime) -> Iterator[Gate]:
    party = Organization.objects.filter(pk=actor.organization_id or 0).first()
    if party is not None:
        yield from for_the_buyer(lot.listing, party, at=at)


def _amount(lot: Auction, bidder: Bidder, maximum_fen: int) -> Rejected | None:
    leads = lot.leader_id == bidder.pk
    least = minimum_for(lot, leading=leads) if lot.enforces_step else 1
    figures: dict[str, Any] = {"lot": lot.code, "price_fen": least if lot.price_fen is None else lot.price_fen, "minimum_fen": least,
               "limit_fen": bidder.limit_fen}
    if not 0 < maximum_fen <= MAX_FEN:
        return Rejected("trading.bid.bad_amount", **figures)
    if bidder.limit_fen is not None and maximum_fen > bidder.limit_fen:
        return Rejected("trading.bid.over_limit", **figures)
    if maximum_fen < least:
        return Rejected("trading.bid.not_above_own" if leads and lot.proxies else "trading.bid.too_low", **figures)
    return None
