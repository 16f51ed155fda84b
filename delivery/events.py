"""Facts of a delivery: opened, called for, delivered, accepted (travels upward), rejected, ended; access given, used, refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from evidence.events import Event

__all__ = ["DELETIONS", "KEYS", "RATINGS", "SEATS", "AccessResumed", "AccessStopped", "DeletionMoved", "DeliveryAccepted",
           "DeliveryCalled", "DeliveryCancelled", "DeliveryDelivered", "DeliveryFailed", "DeliveryOpened", "DeliveryRejected",
           "FileFingerprinted", "GrantExpired", "GrantIssued", "GrantRefused", "GrantResumed", "GrantRevoked", "GrantUsed", "KeyMoved",
           "LeakChecked", "RatingMoved", "ReferralMoved", "RowsRefused", "RowsServed", "SeatMoved", "VoucherIssued", "algorithm_moved",
           "cohort_moved", "job_moved", "query_moved", "referral_moved", "room_moved"]


@dataclass(frozen=True, kw_only=True)
class DeliveryOpened(Event):
    kind: ClassVar[str] = "delivery.delivery.opened"
    trade: str
    seller: str
    buyer: str
    mode: str
    expected_sha256: str


@dataclass(frozen=True, kw_only=True)
class DeliveryCalled(Event):
    """The trade is paid: from now on the seller owes the delivery until ``due_at``."""

    kind: ClassVar[str] = "delivery.delivery.called"
    due_at: datetime
    fails_at: datetime


@dataclass(frozen=True, kw_only=True)
class DeliveryDelivered(Event):
    """Time of delivery is the time on this voucher (Civil Code 512)."""

    kind: ClassVar[str] = "delivery.delivery.delivered"
    sha256: str
    size: int
    attempt: int
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class DeliveryAccepted(Event):
    """Travels upward (*): settlement may pay. ``by_default``: the buyer was silent (Civil Code 621); ``due_fen``: a part was kept."""

    kind: ClassVar[str] = "delivery.delivery.accepted"
    trade: str
    by_default: bool
    due_fen: int | None = None


@dataclass(frozen=True, kw_only=True)
class DeliveryRejected(Event):
    kind: ClassVar[str] = "delivery.delivery.rejected"
    defects: list[str]
    attempt: int
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class DeliveryFailed(Event):
    kind: ClassVar[str] = "delivery.delivery.failed"
    trade: str
    cause: str


@dataclass(frozen=True, kw_only=True)
class DeliveryCancelled(Event):
    kind: ClassVar[str] = "delivery.delivery.cancelled"
    trade: str
    cause: str


@dataclass(frozen=True, kw_only=True)
class GrantIssued(Event):
    kind: ClassVar[str] = "delivery.grant.issued"
    delivery: str
    number: int
    uses_allowed: int
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class GrantUsed(Event):
    kind: ClassVar[str] = "delivery.grant.used"
    delivery: str
    use: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class GrantRefused(Event):
    """A token was shown again, or too late."""

    kind: ClassVar[str] = "delivery.grant.refused"
    delivery: str
    outcome: str


@dataclass(frozen=True, kw_only=True)
class GrantRevoked(Event):
    kind: ClassVar[str] = "delivery.grant.revoked"
    delivery: str
    cause: str


@dataclass(frozen=True, kw_only=True)
class GrantExpired(Event):
    kind: ClassVar[str] = "delivery.grant.expired"
    delivery: str


@dataclass(frozen=True, kw_only=True)
class GrantResumed(Event):
    """A fetch that broke off goes on from a byte: the same use, the same copy."""

    kind: ClassVar[str] = "delivery.grant.resumed"
    delivery: str
    use: int
    first: int
    last: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class AccessStopped(Event):
    """The monitor found that a policy holds no longer: nothing is used under the delivery until it is resumed, or ever again."""

    kind: ClassVar[str] = "delivery.access.stopped"
    cause: str
    final: bool


@dataclass(frozen=True, kw_only=True)
class AccessResumed(Event):
    kind: ClassVar[str] = "delivery.access.resumed"
    cause: str


@dataclass(frozen=True, kw_only=True)
class VoucherIssued(Event):
    """The paper of one handing-over: its content by hash (Civil Code 512)."""

    kind: ClassVar[str] = "delivery.voucher.issued"
    delivery: str
    content_hash: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class KeyMoved(Event):
    """A buyer's key to the rows of a delivery: made, ended; the secret is nowhere."""

    delivery: str
    buyer: str
    expires_at: datetime
    cause: str = ""


#: word -> the fact of a key's move
KEYS: dict[str, type[KeyMoved]] = {
    word: type("KeyMoved", (KeyMoved,), {"kind": f"delivery.key.{word}", "__module__": __name__})
    for word in ("made", "revoked", "expired")}


@dataclass(frozen=True, kw_only=True)
class RowsServed(Event):
    """Rows went out to a key: how many, for which request, by the hash of what went out."""

    kind: ClassVar[str] = "delivery.rows.served"
    delivery: str
    buyer: str
    number: int
    rows: int
    asked_sha256: str
    prints_sha256: str


@dataclass(frozen=True, kw_only=True)
class RowsRefused(Event):
    kind: ClassVar[str] = "delivery.rows.refused"
    delivery: str
    buyer: str
    cause: str


@dataclass(frozen=True, kw_only=True)
class DeletionMoved(Event):
    """A consent or a licence (``agreement``) ended: ``notice`` is what reached the recipient, ``proof`` the hash of what it handed in."""

    consent: str
    delivery: str
    recipient: str
    state: str
    notice: str
    proof: str
    due_at: datetime | None
    agreement: str = ""
    deleted: list[str] = field(default_factory=list)


#: word -> the fact of a deletion's move
DELETIONS: dict[str, type[DeletionMoved]] = {
    word: type("DeletionMoved", (DeletionMoved,), {"kind": f"delivery.deletion.{word}", "__module__": __name__})
    for word in ("opened", "reminded", "confirmed", "missed")}


@dataclass(frozen=True, kw_only=True)
class RatingMoved(Event):
    """What was written is told by its hash; the scores stand as they are."""

    delivery: str
    listing: str
    state: str
    scores: dict[str, int]
    text_sha256: str
    reason: str = ""


#: word -> the fact of a rating's move; a reply changes no state
RATINGS: dict[str, type[RatingMoved]] = {
    word: type("RatingMoved", (RatingMoved,), {"kind": f"delivery.rating.{word}", "__module__": __name__})
    for word in ("given", "replied", "hidden", "shown", "withdrawn")}


@dataclass(frozen=True, kw_only=True)
class SeatMoved(Event):
    """A person of the buyer's may use what was delivered, or may no longer; how many of how many seats are taken then."""

    person: str
    taken: int
    seats: int
    reason: str = ""


#: word -> the fact of a seat
SEATS: dict[str, type[SeatMoved]] = {
    word: type("SeatMoved", (SeatMoved,), {"kind": f"delivery.seat.{word}", "__module__": __name__}) for word in ("named", "ended")}


@dataclass(frozen=True, kw_only=True)
class FileFingerprinted(Event):
    """A file on sale can be found again: its bytes are named by their hash, its rows by their number alone."""

    kind: ClassVar[str] = "delivery.leak.fingerprinted"
    file_sha256: str
    rows: int
    whole: bool


@dataclass(frozen=True, kw_only=True)
class LeakChecked(Event):
    """A sample found outside was compared: which listings it matches; the sample is named by its hash."""

    kind: ClassVar[str] = "delivery.leak.compared"
    sample_sha256: str
    rows: int
    files: int
    matched: list[str]
    persons: int = 0
    line: str = ""
    gain_fen: int = 0
    named: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ReferralMoved(Event):
    """delivery.referral.prepared, sent, acknowledged, closed, withdrawn; papers are named by their hashes."""

    about: str
    authority: str
    from_status: str
    to_status: str
    papers: list[str]
    due_at: datetime | None = None
    reason: str = ""


#: act -> the class of its fact
referral_moved: dict[str, type[ReferralMoved]] = {
    act: type(f"ReferralMoved_{word}", (ReferralMoved,), {"kind": f"delivery.referral.{word}"}) for act, word in (
        ("prepare", "prepared"), ("send", "sent"), ("acknowledge", "acknowledged"), ("close", "closed"), ("withdraw", "withdrawn"))}


@dataclass(frozen=True, kw_only=True)
class AlgorithmMoved(Event):
    """A version of an algorithm, named by its hash, at a stage of its review."""

    organization: str
    algorithm_sha256: str
    to_status: str
    reason: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class JobMoved(Event):
    """A run at the holder: which algorithm over which data version, by hash; how many groups came back, and the head of the trace."""

    delivery: str
    seller: str
    buyer: str
    algorithm: str
    algorithm_sha256: str
    file_sha256: str
    to_status: str
    groups: int
    trace_head: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class RoomMoved(Event):
    """A clean room opened or closed: over which file, by hash, with which epsilon a buyer and all buyers may draw in a year."""

    version_code: str
    file_sha256: str
    offer_sha256: str
    least: int
    epsilon_buyer_micro: int
    epsilon_all_micro: int


@dataclass(frozen=True, kw_only=True)
class QueryMoved(Event):
    """A question to a clean room, by hash: its epsilon, what the budgets have granted after it, and the hash of the answer it got."""

    delivery: str
    seller: str
    buyer: str
    room: str
    question_sha256: str
    file_sha256: str
    epsilon_micro: int
    granted_buyer_micro: int
    granted_all_micro: int
    to_status: str
    answer_sha256: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class CohortMoved(Event):
    """A buyer's list of hashed ids: how many, and the hash of them all."""

    delivery: str
    size: int
    cohort_sha256: str
    due_at: datetime | None = None


room_moved: dict[str, type[RoomMoved]] = {
    word: type(f"RoomMoved_{word}", (RoomMoved,), {"kind": f"delivery.room.{word}"}) for word in ("opened", "closed")}
query_moved: dict[str, type[QueryMoved]] = {
    word: type(f"QueryMoved_{word}", (QueryMoved,), {"kind": f"delivery.query.{word}"})
    for word in ("reserved", "started", "answered", "failed", "returned", "cancelled")}
cohort_moved: dict[str, type[CohortMoved]] = {
    word: type(f"CohortMoved_{word}", (CohortMoved,), {"kind": f"delivery.cohort.{word}"}) for word in ("taken", "emptied")}
algorithm_moved: dict[str, type[AlgorithmMoved]] = {
    word: type(f"AlgorithmMoved_{word}", (AlgorithmMoved,), {"kind": f"delivery.algorithm.{word}"})
    for word in ("submitted", "secured", "approved", "refused", "withdrawn", "lapsed")}
job_moved: dict[str, type[JobMoved]] = {
    word: type(f"JobMoved_{word}", (JobMoved,), {"kind": f"delivery.job.{word}"})
    for word in ("ordered", "done", "failed", "cancelled", "lapsed")}
