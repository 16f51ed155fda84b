"""Facts of settling. One fact stands for a whole batch: it holds how many lines and the Merkle root over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from evidence.events import Event

__all__ = ["CycleBlocked", "CycleClosed", "CycleFrozen", "CycleOpened", "CyclePosted", "HoldbackReleased", "SettlementParked",
           "SettlementPassedOn", "SettlementRetried", "SettlementReturned", "SettlementsDue", "SubsidyEnded", "SubsidyFundMoved",
           "SubsidyGranted", "TradeRefunded", "TradeReturned", "TradesSettled", "fund_moved", "subsidy_ended"]


@dataclass(frozen=True, kw_only=True)
class CycleOpened(Event):
    kind: ClassVar[str] = "settlement.cycle.opened"
    venue: str


@dataclass(frozen=True, kw_only=True)
class SettlementsDue(Event):
    """Accepted trades were taken up with the terms they settle by."""

    kind: ClassVar[str] = "settlement.trade.due"
    lines: int
    lines_root: str


@dataclass(frozen=True, kw_only=True)
class CycleFrozen(Event):
    kind: ClassVar[str] = "settlement.cycle.frozen"
    lines: int


@dataclass(frozen=True, kw_only=True)
class TradesSettled(Event):
    """One batch, moved by one statement. ``subject`` is the cycle; each trade is a line under the root."""

    kind: ClassVar[str] = "settlement.trade.settled"
    lines: int
    lines_root: str
    total_fen: int
    faulty: int


@dataclass(frozen=True, kw_only=True)
class CyclePosted(Event):
    kind: ClassVar[str] = "settlement.cycle.posted"
    lines: int
    lines_root: str
    total_fen: int
    parked: int


@dataclass(frozen=True, kw_only=True)
class CycleClosed(Event):
    kind: ClassVar[str] = "settlement.cycle.closed"
    lines_root: str


@dataclass(frozen=True, kw_only=True)
class CycleBlocked(Event):
    kind: ClassVar[str] = "settlement.cycle.blocked"
    differences: list[str]


@dataclass(frozen=True, kw_only=True)
class SettlementParked(Event):
    kind: ClassVar[str] = "settlement.settlement.parked"
    trade: str
    fault: str
    tries: int


@dataclass(frozen=True, kw_only=True)
class SettlementRetried(Event):
    kind: ClassVar[str] = "settlement.settlement.retried"
    trade: str


@dataclass(frozen=True, kw_only=True)
class TradeUncollected(Event):
    kind: ClassVar[str] = "settlement.trade.uncollected"
    tries: int


@dataclass(frozen=True, kw_only=True)
class TradeTakenUpAgain(Event):
    kind: ClassVar[str] = "settlement.trade.retried"


@dataclass(frozen=True, kw_only=True)
class SettlementReturned(Event):
    """What could not be settled went back to its buyer, by two persons."""

    kind: ClassVar[str] = "settlement.settlement.returned"
    trade: str
    price_fen: int


@dataclass(frozen=True, kw_only=True)
class TradeReturned(Event):
    """What could not be taken up went back to its buyer, by two persons."""

    kind: ClassVar[str] = "settlement.trade.returned"
    tries: int


@dataclass(frozen=True, kw_only=True)
class HoldbackReleased(Event):
    kind: ClassVar[str] = "settlement.holdback.released"
    trade: str
    amount_fen: int
    transfer_hash: str


@dataclass(frozen=True, kw_only=True)
class MeterClosed(Event):
    """A metered period is over: its uses, what they come to, and what of the cap went back."""

    kind: ClassVar[str] = "settlement.meter.closed"
    trade: str
    uses: int
    cap_fen: int
    charge_fen: int
    returned_fen: int
    transfers: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class PriceReduced(Event):
    """A part was kept: what of the price stays due, and what went back with the fees on it."""

    kind: ClassVar[str] = "settlement.reduction.posted"
    trade: str
    price_fen: int
    due_fen: int
    returned_fen: int
    transfers: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class TradeRefunded(Event):
    kind: ClassVar[str] = "settlement.refund.posted"
    trade: str
    amount_fen: int
    cause: str
    transfers: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class SettlementPassedOn(Event):
    """A party of a settlement was succeeded; ``held_fen`` moved from its holdback to the heir's (R39)."""

    kind: ClassVar[str] = "settlement.settlement.passed_on"
    trade: str
    before: str
    after: str
    succession: str
    held_fen: int
    transfer_hash: str


@dataclass(frozen=True, kw_only=True)
class SubsidyFundMoved(Event):
    """A fund was proposed, opened with its money, refused, or closed with what was left (R75)."""

    venue: str
    budget_fen: int
    share_bps: int
    order_cap_fen: int
    year_cap_fen: int
    criteria: dict[str, Any]
    moved_fen: int = 0
    transfer_hash: str = ""


@dataclass(frozen=True, kw_only=True)
class SubsidyFundProposed(SubsidyFundMoved):
    kind: ClassVar[str] = "settlement.subsidy_fund.proposed"


@dataclass(frozen=True, kw_only=True)
class SubsidyFundOpened(SubsidyFundMoved):
    kind: ClassVar[str] = "settlement.subsidy_fund.opened"


@dataclass(frozen=True, kw_only=True)
class SubsidyFundRefused(SubsidyFundMoved):
    kind: ClassVar[str] = "settlement.subsidy_fund.refused"


@dataclass(frozen=True, kw_only=True)
class SubsidyFundClosed(SubsidyFundMoved):
    kind: ClassVar[str] = "settlement.subsidy_fund.closed"


@dataclass(frozen=True, kw_only=True)
class SubsidyGranted(Event):
    """Set aside on the fund for one order of a small firm, with what it was reckoned from (R122)."""

    kind: ClassVar[str] = "settlement.subsidy.granted"
    fund: str
    engagement: str
    organization: str
    service: str
    price_fen: int
    amount_fen: int
    size: str
    pending: str


@dataclass(frozen=True, kw_only=True)
class SubsidyEnded(Event):
    """Paid to the client with the provider's pay, or free again because nothing was paid."""

    fund: str
    engagement: str
    organization: str
    paid_fen: int
    transfer_hash: str


@dataclass(frozen=True, kw_only=True)
class SubsidyPaid(SubsidyEnded):
    kind: ClassVar[str] = "settlement.subsidy.paid"


@dataclass(frozen=True, kw_only=True)
class SubsidyReleased(SubsidyEnded):
    kind: ClassVar[str] = "settlement.subsidy.released"


@dataclass(frozen=True, kw_only=True)
class DonationPledged(Event):
    """A part of every share is pledged to the public-interest account (W25)."""

    kind: ClassVar[str] = "settlement.donation.pledged"
    organization: str
    bps: int


@dataclass(frozen=True, kw_only=True)
class PledgeEnded(Event):
    kind: ClassVar[str] = "settlement.donation.ended"
    organization: str


@dataclass(frozen=True, kw_only=True)
class DonationsGiven(Event):
    """What a cycle's run gave: pledge, fen and the transfer's hash, line by line."""

    kind: ClassVar[str] = "settlement.donation.given"
    given: list[list[Any]]


@dataclass(frozen=True, kw_only=True)
class TaxAccountOpened(Event):
    """The tax inside charges that were booked whole was moved to its own account; ``subject`` is the venue's organisation."""

    kind: ClassVar[str] = "settlement.tax.opened"
    charges: int
    amount_fen: int
    transfer_hash: str


@dataclass(frozen=True, kw_only=True)
class ReceiptIssued(Event):
    """A receipt of what was paid was written; its hash is public, what it says is its two sides' (R98)."""

    kind: ClassVar[str] = "settlement.receipt.issued"
    receipt_kind: str
    year: int
    number: int
    content_hash: str


@dataclass(frozen=True, kw_only=True)
class PoolDivided(Event):
    """A pool was divided at the end of its period: party and fen, line by line; what waits of fractions goes to the next."""

    kind: ClassVar[str] = "settlement.pool.divided"
    agreement: str
    number: int
    received_fen: int
    paid_fen: int
    paid: list[list[Any]]
    transfer_hash: str


@dataclass(frozen=True, kw_only=True)
class ContributionReckoned(Event):
    """What each party contributed to a version, reckoned from inputs that are named by their hash."""

    kind: ClassVar[str] = "settlement.contribution.reckoned"
    listing: str
    version_code: str
    method: str
    inputs_sha256: str
    values: list[list[str]]


fund_moved: dict[str, type[SubsidyFundMoved]] = {
    "propose": SubsidyFundProposed, "open": SubsidyFundOpened, "refuse": SubsidyFundRefused, "close": SubsidyFundClosed}
subsidy_ended: dict[str, type[SubsidyEnded]] = {"pay": SubsidyPaid, "release": SubsidyReleased}
