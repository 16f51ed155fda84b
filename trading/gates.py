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
from listings.minimums import Minimum, minimum_in
from listings.models import Listing, ListingVersion, SaleMode
from listings.piloting import pilot_room
from listings.queries import tradable
from participants.enrolments import of_enrolment
from participants.gates import Act, Gate, capable, permitted
from participants.models import Organization
from participants.queries import affiliated
from participants.roles import Capability
from participants.sizes import SMALL, size_of
from participants.spending import spending_gate, spending_limit
from trading.books import minimum_for
from trading.models import CLOCK_FORMATS, Auction, Bidder, Phase
from trading.operations.bidding import deposit_for
from trading.public_uses import late_uses, takes_free
from trading.queries import bidder_of, sold_of
from trading.sealing import SEALED, seals_now
from trading.states import AuctionStatus
from trading.unpaid import registering_gate

__all__ = ["ALONE", "Beside", "acts_of", "apart", "limit_of", "of_best", "of_bidding", "of_buying", "of_registering", "of_sealing",
           "of_taking",
           "sold_out"]


#: What one order holds of the same seller besides the licence that is asked about: how many, and their prices together.
Beside = tuple[int, int]
ALONE: Beside = (0, 0)


@covers("C7")
def acts_of(lot: Auction, *, actor: Actor, maximum_fen: int | None, at: datetime) -> list[Act]:
    """This will list registering (until it is done) and bidding, each with its gates as they answer now."""
    asked = (of_best(lot, actor=actor, at=at) if lot.phase == Phase.BEST else of_sealing(lot, actor=actor, at=at)
             if seals_now(lot) or lot.phase == Phase.OPENING else of_taking(lot, actor=actor, at=at) if lot.format in CLOCK_FORMATS
             else of_bidding(lot, actor=actor, maximum_fen=maximum_fen, at=at))
    bidding = Act(("出价", "Bid"), tuple(asked))
    if bidder_of(lot, actor.organization_id):
        return [bidding]
    return [Act(("报名", "Register"), tuple(of_registering(lot, actor=actor, at=at))), bidding]


def of_bidding(lot: Auction, *, actor: Actor, maximum_fen: int | None, at: datetime) -> Iterator[Gate]:
    """This will ask what a bid asks, in the order of ``place_bid``; without an amount the amount is not judged."""
    yield from _of_any_bid(lot, actor, "trading.bid.place", at)
    bidder = bidder_of(lot, actor.organization_id)
    if bidder and maximum_fen is not None:
        yield Gate(("金额不低于最低出价，不高于本机构的限额", "At least the least bid, at most your own limit"),
                   _amount(lot, bidder, maximum_fen, limit_of(bidder, actor)))


def of_sealing(lot: Auction, *, actor: Actor, at: datetime) -> Iterator[Gate]:
    """This will ask what handing in a sealed bid asks; the amount is the bidder's alone, so it is not judged."""
    other = lot.format not in SEALED and lot.format != "hybrid"
    yield Gate(("本场以密封方式报价", "Bids on this lot are sealed"),
               Rejected("trading.bid.other_format", lot=lot.code) if other else _phase(lot, Phase.SEALED))
    bidder = bidder_of(lot, actor.organization_id)
    yield Gate(("不是已按时钟应价的一方", "Not the one who took the clock's price"),
               Rejected("trading.bid.took", lot=lot.code) if bidder and lot.taker_id == bidder.pk else None)
    yield from _of_any_bid(lot, actor, "trading.bid.seal", at)


def of_taking(lot: Auction, *, actor: Actor, at: datetime) -> Iterator[Gate]:
    """This will ask what taking the clock's price asks."""
    yield Gate(("本场按荷式时钟应价", "This lot runs by the Dutch clock"),
               _phase(lot, Phase.CLOCK) if lot.format in CLOCK_FORMATS else Rejected("trading.bid.other_format", lot=lot.code))
    yield from _of_any_bid(lot, actor, "trading.bid.take", at)


def of_best(lot: Auction, *, actor: Actor, at: datetime) -> Iterator[Gate]:
    """This will ask what the best bid of a hybrid lot asks: its phase, and to be the one who took the clock's price."""
    yield Gate(("本场有最优报价", "This lot has a best bid"),
               _phase(lot, Phase.BEST) if lot.format == "hybrid" else Rejected("trading.bid.other_format", lot=lot.code))
    yield from _of_any_bid(lot, actor, "trading.bid.best", at)
    bidder = bidder_of(lot, actor.organization_id)
    yield Gate(("是已按时钟应价的一方", "The one who took the clock's price"),
               None if bidder and lot.taker_id == bidder.pk else Rejected("trading.bid.not_the_taker", lot=lot.code))


def _phase(lot: Auction, phase: Phase) -> Rejected | None:
    """A hybrid lot takes each kind of bid in its own phase only; before it opens, and once it is over, the time is judged."""
    if not lot.phase or lot.phase == phase or lot.status not in (AuctionStatus.OPEN, AuctionStatus.ANNOUNCED):
        return None
    if lot.status == AuctionStatus.ANNOUNCED and phase == Phase.CLOCK:
        return None
    return Rejected("trading.bid.other_phase", lot=lot.code, phase=str(Phase(lot.phase).label), until=lot.closes_at.isoformat(
        timespec="minutes"))


def _of_any_bid(lot: Auction, actor: Actor, act: str, at: datetime) -> Iterator[Gate]:
    yield Gate(("竞价正在进行", "Bidding is going on"), _not_now(lot, at))
    yield permitted(actor, act, at=at)
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


def of_registering(lot: Auction, *, actor: Actor, at: datetime) -> Iterator[Gate]:
    """This will ask what registering asks, in the order of ``register_bidder``."""
    yield permitted(actor, "trading.bidder.register", at=at)
    taking = lot.status in (AuctionStatus.ANNOUNCED, AuctionStatus.OPEN, AuctionStatus.HALTED) and at < lot.closes_at
    taking = taking and lot.phase in ("", Phase.CLOCK, Phase.SEALED)
    yield Gate(("报名尚未截止", "Registration is still open"), None if taking else Rejected("trading.bidder.too_late", lot=lot.code))
    yield _not_the_seller(lot, actor)
    yield from _standing(actor, at)
    party = Organization.objects.filter(pk=actor.organization_id or 0).first()
    if party is None or party.pk == lot.seller_id:
        return
    yield Gate(("与卖方没有控制或共同人员关系", "Not connected with the seller by control or a person"),
               Rejected("trading.bidder.affiliated", lot=lot.code) if affiliated(party, lot.seller, at=at) else None)
    yield from for_the_buyer(lot.listing, party, at=at)
    yield of_enrolment(party, lot.listing.venue)
    needed = deposit_for(lot, party)
    yield registering_gate(party, lot, needed, at)
    known = Account.objects.filter(owner=party.code, kind=AccountKind.AVAILABLE).first()
    available = balance(known).available_fen if known else 0
    yield Gate(("可用资金足以冻结保证金", "Enough money for the deposit"),
               Rejected("ledger.insufficient_funds", needed_fen=needed, available_fen=available) if needed > available else None)


def of_buying(listing: Listing, *, actor: Actor, purpose: str | None = None, beside: Beside | None = ALONE, at: datetime,
              ) -> Iterator[Gate]:
    """This will ask what buying at the list price asks; the listing's row may be locked by the caller, so that stock stays stock.

    Without a purpose (None) the purpose is not judged; an order always names one where the version does. ``beside`` is what the same order
    holds of the seller besides; None where no minimum order is asked (a trial, a further period).
    """
    yield permitted(actor, "trading.trade.buy", at=at)
    version = listing.version
    priced = version is not None and version.price_fen is not None
    at_price = priced and version is not None and (version.sale_mode, version.circulation) == (SaleMode.FIXED, "trade")
    yield Gate(("以定价出售", "Sold at a list price"),
               None if at_price else Rejected("trading.purchase.not_for_sale", listing=listing.code))
    code = tradable(listing, at=at)
    yield Gate(("标的仍可交易", "The listing can be traded"),
               Rejected(code, listing=listing.code, organization=listing.organization.code) if code else None)
    yield from _standing(actor, at)
    party = Organization.objects.filter(pk=actor.organization_id or 0).first()
    if party is None or version is None:
        return
    yield from apart(listing, party, at)
    yield from for_the_buyer(listing, party, at=at)
    if version.price_fen:
        yield of_enrolment(party, listing.venue)
    full = pilot_room(listing=listing, buyer=party, price_fen=version.price_fen or 0, at=at)
    yield Gate(("试点额度未用完", "Within what its pilot allows"), Rejected(full, listing=listing.code) if full else None)
    if takes_free(version):
        late = late_uses(party)
        yield Gate(("此前无偿取得的公共数据已按期报告使用情况", "Earlier uses of free public data are reported"),
                   Rejected("trading.purchase.use_report_late", count=late) if late else None)
    yield Gate(("还有许可可售", "Licences are left"), sold_out(listing, version))
    if beside is not None and (least := minimum_in(version.use_terms)):
        yield _enough(listing, least, party, (beside[0] + 1, beside[1] + (version.price_fen or 0)), at)
    yield spending_gate(actor, listing.code, version.price_fen or 0)
    purposes = [str(one) for one in version.use_terms.get("purposes", [])]
    foreign = purpose is not None and purposes and purpose not in purposes
    yield Gate(("用途在许可范围内", "The purpose is among those licensed"),
               Rejected("trading.purchase.purpose", listing=listing.code) if foreign else None)


def _enough(listing: Listing, least: Minimum, party: Organization, held: Beside, at: datetime) -> Gate:
    """Asks that an order reaches the seller's minimum; micro and small buyers are not held to it (R1)."""
    small = size_of(party, at=at) in SMALL
    few = Rejected("trading.purchase.too_few", listing=listing.code, licences=least.licences, held=held[0])
    little = Rejected("trading.purchase.too_little", listing=listing.code, least_fen=least.fen, held_fen=held[1])
    return Gate(("达到卖方起订要求，小微买方不限", "The seller's minimum order is met; micro and small buyers have none"),
                None if small or least.met_by(*held) else few if held[0] < least.licences else little)


def apart(listing: Listing, party: Organization, at: datetime) -> Iterator[Gate]:
    """This will ask that buyer and seller are two parties, and no two hands of one."""
    own = party.pk == listing.organization_id
    yield Gate(("不是卖方自己", "Not the seller itself"), Rejected("trading.purchase.own", listing=listing.code) if own else None)
    if not own:
        tied = affiliated(party, listing.organization, at=at)
        yield Gate(("与卖方没有控制或共同人员关系", "Not connected with the seller by control or a person"),
                   Rejected("trading.purchase.affiliated", listing=listing.code) if tied else None)


def sold_out(listing: Listing, version: ListingVersion) -> Rejected | None:
    """This will refuse once the licences of the version are out."""
    if version.quota is None or sold_of(version) < version.quota:
        return None
    return Rejected("trading.purchase.sold_out", listing=listing.code, quota=version.quota)


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


def limit_of(bidder: Bidder, actor: Actor) -> int | None:
    """This will return the most the actor may bid here: the organisation's limit for the lot, the person's own; None = not limited."""
    limits = [one for one in (bidder.limit_fen, spending_limit(actor, bidder.auction.code)) if one is not None]
    return min(limits, default=None)


def _amount(lot: Auction, bidder: Bidder, maximum_fen: int, limit_fen: int | None) -> Rejected | None:
    leads = lot.leader_id == bidder.pk
    least = minimum_for(lot, leading=leads) if lot.enforces_step else 1
    figures: dict[str, Any] = {"lot": lot.code, "price_fen": least if lot.price_fen is None else lot.price_fen, "minimum_fen": least,
               "limit_fen": limit_fen}
    if not 0 < maximum_fen <= MAX_FEN:
        return Rejected("trading.bid.bad_amount", **figures)
    if limit_fen is not None and maximum_fen > limit_fen:
        return Rejected("trading.bid.over_limit", **figures)
    if maximum_fen < least:
        return Rejected("trading.bid.not_above_own" if leads and lot.proxies else "trading.bid.too_low", **figures)
    return None
