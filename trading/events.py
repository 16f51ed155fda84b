"""Facts this room tells: lots, bids, awards, trades, reports; secrets only as salted commitments, people by code."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, TypeVar

from evidence.events import Commitment, Event

E = TypeVar("E", bound=Event)

__all__ = [
    "AGREEMENTS", "AgreementMoved", "AuctionAnnounced", "AuctionAwarded", "AuctionCancelled", "AuctionFailed", "AuctionHalted",
    "AuctionOpened", "AuctionResumed", "AuctionRevealing", "BidRevealed", "BidSealed", "BidUnrevealed", "BidderBarred", "BidderPassedOn",
    "NegotiationAccepted", "NegotiationCountered", "NegotiationEnded", "NegotiationOpened", "PapersNamed", "PriceTaken",
    "PublicUseMoved", "QuoteEnded", "QuoteGiven", "RfqAwarded", "RfqClosed", "RfqEnded", "RfqOpened", "RfqReopened", "TradeCancelAsked",
    "TradeCancelled", "TradeDefaulted", "TradeExecuted", "TradeFunded", "TradeReported", "TradeUnwound", "named", "public_use_moved",
    "shortfall_moved",
]


@dataclass(frozen=True, kw_only=True)
class AuctionAnnounced(Event):
    """The terms stand in full on the lot's page; their hash binds them. The reserve is committed to, not told."""

    kind: ClassVar[str] = "trading.auction.announced"
    listing: str
    version_code: str
    seller: str
    format: str
    start_price_fen: int
    has_reserve: bool
    reserve: Commitment | None
    terms_hash: str
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, kw_only=True)
class AuctionOpened(Event):
    kind: ClassVar[str] = "trading.auction.opened"
    closes_at: datetime
    bidders: int


@dataclass(frozen=True, kw_only=True)
class AuctionHalted(Event):
    kind: ClassVar[str] = "trading.auction.halted"
    reason_code: str
    reason: str
    until: datetime
    left_seconds: int


@dataclass(frozen=True, kw_only=True)
class AuctionResumed(Event):
    kind: ClassVar[str] = "trading.auction.resumed"
    closes_at: datetime


@dataclass(frozen=True, kw_only=True)
class AuctionAwarded(Event):
    """Names the parties: they are anonymous by paddle only until the deal (rules E.1). ``replay_hash`` binds all it was decided by."""

    kind: ClassVar[str] = "trading.auction.awarded"
    winner: str
    paddle: int
    price_fen: int
    bids: int
    trade: str
    replay_hash: str = ""


@dataclass(frozen=True, kw_only=True)
class AuctionFailed(Event):
    kind: ClassVar[str] = "trading.auction.failed"
    reason_code: str
    bids: int
    replay_hash: str = ""


@dataclass(frozen=True, kw_only=True)
class AuctionCancelled(Event):
    kind: ClassVar[str] = "trading.auction.cancelled"
    reason_code: str
    reason: str
    cause: str = ""
    voided_bids: int = 0


@dataclass(frozen=True, kw_only=True)
class BidderBarred(Event):
    """A stopped bidder's bids are void from now on; the deposit goes back."""

    kind: ClassVar[str] = "trading.bid.voided"
    bidder: str
    paddle: int
    bids: list[int]
    reason_code: str
    cause: str
    price_fen: int | None
    leader: int | None


@dataclass(frozen=True, kw_only=True)
class BidSealed(Event):
    """A sealed bid was handed in: a hash, no amount."""

    kind: ClassVar[str] = "trading.bid.sealed"
    seq: int
    paddle: int
    seal: str


@dataclass(frozen=True, kw_only=True)
class LicencesAllotted(Event):
    """Several licences of one lot were awarded, each with its trade; ``replay_hash`` binds all they were decided by."""

    kind: ClassVar[str] = "trading.auction.allotted"
    bids: int
    awards: list[dict[str, Any]]
    replay_hash: str = ""


@dataclass(frozen=True, kw_only=True)
class PhaseBegun(Event):
    """A hybrid lot went on to its next phase; ``price_fen`` is what is to be beaten."""

    kind: ClassVar[str] = "trading.auction.phased"
    phase: str
    until: datetime
    price_fen: int | None


@dataclass(frozen=True, kw_only=True)
class BestBidMade(Event):
    """Whoever took a hybrid lot's clock made the one best bid."""

    kind: ClassVar[str] = "trading.bid.topped"
    paddle: int
    price_fen: int
    maximum: Commitment


@dataclass(frozen=True, kw_only=True)
class PriceTaken(Event):
    """Somebody took a lot at what its Dutch clock asked; of a hybrid lot the others seal their bids then."""

    kind: ClassVar[str] = "trading.bid.taken"
    paddle: int
    price_fen: int
    maximum: Commitment


@dataclass(frozen=True, kw_only=True)
class AuctionRevealing(Event):
    kind: ClassVar[str] = "trading.auction.revealing"
    until: datetime
    seals: int


@dataclass(frozen=True, kw_only=True)
class BidRevealed(Event):
    """A sealed bid was opened; what it said is public once the lot has ended."""

    kind: ClassVar[str] = "trading.bid.revealed"
    seq: int
    paddle: int
    seal: str


@dataclass(frozen=True, kw_only=True)
class BidUnrevealed(Event):
    """A sealed bid that was not opened in time; its deposit goes to the seller."""

    kind: ClassVar[str] = "trading.bid.unrevealed"
    paddle: int
    bidder: str
    forfeited_fen: int
    transfer_hash: str = ""


@dataclass(frozen=True, kw_only=True)
class TradeExecuted(Event):
    """Travels upward (*): delivery opens on it. ``lot`` or ``filing`` names what it rests on."""

    kind: ClassVar[str] = "trading.trade.executed"
    channel: str
    basis: str
    seller: str
    buyer: str
    listing: str
    version_code: str
    price_fen: int
    agreement_hash: str
    lot: str = ""
    filing: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class TradeFunded(Event):
    kind: ClassVar[str] = "trading.trade.funded"
    price_fen: int
    buyer_fee_fen: int
    from_deposit_fen: int
    transfers: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class TradeDefaulted(Event):
    kind: ClassVar[str] = "trading.trade.defaulted"
    buyer: str
    forfeited_fen: int
    transfer_hash: str = ""


@dataclass(frozen=True, kw_only=True)
class TradeCancelAsked(Event):
    kind: ClassVar[str] = "trading.trade.cancel_asked"
    asked_by: str


@dataclass(frozen=True, kw_only=True)
class TradeCancelled(Event):
    kind: ClassVar[str] = "trading.trade.cancelled"
    cause: str


@dataclass(frozen=True, kw_only=True)
class TradeUnwound(Event):
    kind: ClassVar[str] = "trading.trade.unwound"
    cause: str


@dataclass(frozen=True, kw_only=True)
class TradeServicesMoved(Event):
    """A filed deal and this house's delivery and settlement: asked for by one side, declined, booked by both, given up unpaid (R57)."""

    by: str
    charges: dict[str, Any]
    due_at: datetime | None = None
    cause: str = ""


#: word -> the class of its fact
services_moved: dict[str, type[TradeServicesMoved]] = {
    word: type(f"TradeServicesMoved_{word}", (TradeServicesMoved,), {"kind": f"trading.trade.{word}"})
    for word in ("services_asked", "services_declined", "services_booked", "services_released")}


@dataclass(frozen=True, kw_only=True)
class PublicUseMoved(Event):
    """Free public data taken for governance or welfare: proven, reported on, late (R17). The texts enter by their hashes."""

    trade: str
    buyer: str
    purpose: str
    to_status: str
    task_sha256: str
    conditions_sha256: str
    report_sha256: str = ""
    due_at: datetime | None = None


#: word -> the class of its fact
public_use_moved: dict[str, type[PublicUseMoved]] = {
    word: type(f"PublicUseMoved_{word}", (PublicUseMoved,), {"kind": f"trading.public_use.{word}"})
    for word in ("owed", "filed", "late", "void")}


@dataclass(frozen=True, kw_only=True)
class PapersNamed(Event):
    """What an order carries for the buyer's books; the parties hold the words, the hash binds them."""

    kind: ClassVar[str] = "trading.order_paper.named"
    papers_sha256: str


@dataclass(frozen=True, kw_only=True)
class ShortfallMoved(Event):
    """What a buyer in default owes once the lot was auctioned again: noted, claimed, paid, overdue, or nothing (Auction Law 39)."""

    trade: str
    buyer: str
    first_fen: int
    fees_fen: int
    deposit_fen: int
    resale: str
    resale_fen: int | None
    to_seller_fen: int
    to_venue_fen: int
    due_at: datetime | None = None
    transfer_hash: str = ""


#: word -> the class of its fact
shortfall_moved: dict[str, type[ShortfallMoved]] = {
    word: type(f"ShortfallMoved_{word}", (ShortfallMoved,), {"kind": f"trading.shortfall.{word}"})
    for word in ("opened", "claimed", "paid", "overdue", "voided")}


@dataclass(frozen=True, kw_only=True)
class TradeReported(Event):
    kind: ClassVar[str] = "trading.report.filed"
    filing: str
    seller: str
    buyer: str
    price_fen: int
    contract_sha256: str
    verdict: str
    mode: str = "trade"


@dataclass(frozen=True, kw_only=True)
class BidderPassedOn(Event):
    """A paddle passed to another organisation by a succession; ``reserve`` is the deposit's new reserve in the ledger (R39)."""

    kind: ClassVar[str] = "trading.bidder.passed_on"
    paddle: int
    before: str
    after: str
    succession: str
    deposit_fen: int
    reserve: str


@dataclass(frozen=True, kw_only=True)
class AgreementMoved(Event):
    """An agreement was drawn, signed, ended: who did it stands by side, what is signed by its hash; reasons are told by hash."""

    trade: str
    terms_hash: str
    state: str
    side: str = ""
    manner: str = ""
    cause: str = ""
    reason_sha256: str = ""
    due_at: datetime | None = None


#: word -> the fact of an agreement's move
AGREEMENTS: dict[str, type[AgreementMoved]] = {
    word: type("AgreementMoved", (AgreementMoved,), {"kind": f"trading.agreement.{word}", "__module__": __name__})
    for word in ("drafted", "signed", "suspended", "resumed", "escalated", "notice_given", "taken_back", "notice_lapsed", "ended",
                 "lapsed")}


# ---- bargains and requests for quotes: what was offered is between the two sides, so the book holds it as a commitment ----------------


@cache
def named(event: type[E], kind: str) -> type[E]:
    """This will return the event class under one of its kinds (``trading.rfq.failed`` of ``RfqEnded``)."""
    return type(event.__name__, (event,), {"kind": kind, "__module__": event.__module__})


@dataclass(frozen=True, kw_only=True)
class NegotiationOpened(Event):
    kind: ClassVar[str] = "trading.negotiation.opened"
    listing: str
    version_code: str
    seller: str
    buyer: str
    by: str
    sort: str
    ground: str
    offer: Commitment
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class NegotiationCountered(Event):
    kind: ClassVar[str] = "trading.negotiation.countered"
    by: str
    round: int
    offer: Commitment
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class NegotiationAccepted(Event):
    kind: ClassVar[str] = "trading.negotiation.accepted"
    by: str
    round: int
    price_fen: int
    trade: str


@dataclass(frozen=True, kw_only=True)
class NegotiationEnded(Event):
    """Without a deal: declined, withdrawn or expired, as its kind says."""

    by: str
    round: int


@dataclass(frozen=True, kw_only=True)
class RfqOpened(Event):
    kind: ClassVar[str] = "trading.rfq.opened"
    buyer: str
    public: bool
    purpose: str
    invited: list[str]
    closes_at: datetime
    criteria: dict[str, Any] = field(default_factory=dict)
    answers: Commitment | None = None


@dataclass(frozen=True, kw_only=True)
class QuoteGiven(Event):
    """Told of the request; the price is committed to, and nobody but its seller sees it before the round ends."""

    kind: ClassVar[str] = "trading.quote.given"
    request: str
    round: int
    seller: str
    listing: str
    version_code: str
    price: Commitment
    trial: Commitment | None = None


@dataclass(frozen=True, kw_only=True)
class QuoteEnded(Event):
    """Won, lost, withdrawn (a replaced one too) or expired, as its kind says."""

    request: str
    seller: str


@dataclass(frozen=True, kw_only=True)
class RfqClosed(Event):
    kind: ClassVar[str] = "trading.rfq.closed"
    round: int
    quotes: list[str]
    due_at: datetime
    marks: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RfqReopened(Event):
    kind: ClassVar[str] = "trading.rfq.reopened"
    round: int
    has_target: bool
    closes_at: datetime


@dataclass(frozen=True, kw_only=True)
class RfqAwarded(Event):
    kind: ClassVar[str] = "trading.rfq.awarded"
    won: str
    lost: list[str]
    price_fen: int
    trade: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class RfqEnded(Event):
    """Without a trade: failed or cancelled, as its kind says."""

    reason_code: str
    quotes: list[str]
