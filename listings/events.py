"""Facts this room tells: codes, states, hashes and counts; never a secret price, never a name."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, TypeVar

from evidence.events import Commitment, Event

__all__ = [
    "AuthorisationMoved",
    "BuyerAdmitted",
    "CertificateMoved",
    "ConditionMoved",
    "ConsentMoved",
    "ContributorsSet",
    "CorrectionMoved",
    "DraftEdited",
    "DraftOpened",
    "FileAttached",
    "GuidedPriceSet",
    "InputTaken",
    "ListingMoved",
    "OperationReportMoved",
    "OptOutMoved",
    "PeerMoved",
    "PeerPageTaken",
    "PilotMoved",
    "PricesPublished",
    "PrincipalMoved",
    "ProductCreated",
    "QualityReported",
    "QuestionMoved",
    "RegistrationMoved",
    "RescreeningMoved",
    "ResourceEdited",
    "ResourcesImported",
    "ReviewMoved",
    "RightMoved",
    "SliceJudged",
    "SourceMoved",
    "SourceRequestMoved",
    "SubjectRequestMoved",
    "VersionMoved",
    "VersionSubmitted",
    "WatchMoved",
    "named",
]

E = TypeVar("E", bound=Event)


@cache
def named(shape: type[E], kind: str) -> type[E]:
    """This will return the shape under a kind, for objects whose every move has the same payload: ``listings.right.revoked``."""
    return type(shape.__name__, (shape,), {"kind": kind, "__module__": shape.__module__})


@dataclass(frozen=True, kw_only=True)
class ResourcesImported(Event):
    """One file's new rows; the subject is the owner's code, the root is over the rows' identity and hash."""

    kind: ClassVar[str] = "listings.resource.imported"
    region: str
    format: str
    rows_read: int
    rows_created: int
    merkle_root: str


@dataclass(frozen=True, kw_only=True)
class ResourceEdited(Event):
    kind: ClassVar[str] = "listings.resource.edited"
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class ProductCreated(Event):
    kind: ClassVar[str] = "listings.product.created"
    resource: str
    product_kind: str


@dataclass(frozen=True, kw_only=True)
class RightMoved(Event):
    """listings.right.declared, granted, assigned, suspended, restored, revoked, expired, overdue."""

    right: str
    product: str
    holder: str
    parent: str = ""
    cause: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class SourceMoved(Event):
    """listings.source.added, revoked, expired."""

    source_kind: str
    holder: str
    reason: str = ""
    stopped: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class InputTaken(Event):
    kind: ClassVar[str] = "listings.product.made_of"
    source: str


@dataclass(frozen=True, kw_only=True)
class SourceRequestMoved(Event):
    """listings.source_request.filed, fulfilled, refused, withdrawn, overdue; who asked stands in this room only."""

    product: str
    holder: str
    request_kind: str
    ground: str = ""
    recipient: str = ""
    file_sha256: str = ""
    fee_fen: int = 0


@dataclass(frozen=True, kw_only=True)
class CorrectionMoved(Event):
    """listings.correction.suggested, accepted, declined, withdrawn, overdue, mended; what was written is named by its hash."""

    listing: str
    version_code: str
    holder: str
    said_sha256: str
    mended_in: str = ""


@dataclass(frozen=True, kw_only=True)
class RegistrationMoved(Event):
    product: str
    regime: str
    state: str
    reason: str = ""
    due: str = ""
    special: bool = False


@dataclass(frozen=True, kw_only=True)
class CertificateMoved(Event):
    registration: str
    product: str
    content_hash: str
    state: str
    cause: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class DraftOpened(Event):
    kind: ClassVar[str] = "listings.listing.drafted"
    version_code: str
    number: int
    product: str


@dataclass(frozen=True, kw_only=True)
class DraftEdited(Event):
    """One save of a draft: which fields, not what they say."""

    kind: ClassVar[str] = "listings.listing.edited"
    version_code: str
    edit_version: int
    changed: list[str]


@dataclass(frozen=True, kw_only=True)
class GradeSetAside(Event):
    """A regulator corrected a product's grade; the former one counts no more."""

    kind: ClassVar[str] = "listings.grade.set_aside"
    product: str
    before: str
    grade: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class FileAttached(Event):
    kind: ClassVar[str] = "listings.listing.file_attached"
    version_code: str
    sha256: str
    bytes: int
    rows: int


@dataclass(frozen=True, kw_only=True)
class QualityReported(Event):
    """A quality report on one file: its number, maker, hash and the figures in permille (None where nothing was checked)."""

    kind: ClassVar[str] = "listings.quality.reported"
    report: str
    number: int
    version_code: str
    maker: str
    by: str
    file_sha256: str
    content_hash: str
    permille: dict[str, int | None]


@dataclass(frozen=True, kw_only=True)
class ContributorsSet(Event):
    kind: ClassVar[str] = "listings.listing.contributors_set"
    version_code: str
    weights: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class ShareAgreementMoved(Event):
    """listings.share_agreement.proposed, signed, agreed, disputed, answered, withdrawn, lapsed; words are named by their hash."""

    listing: str
    version_code: str
    state: str
    content_hash: str
    party: str = ""
    replaces: str = ""
    words_sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class VersionSubmitted(Event):
    kind: ClassVar[str] = "listings.listing.submitted"
    version_code: str
    content_hash: str
    file_sha256: str
    depth: str
    depth_reasons: list[str]
    verdict: str
    rule_set: str
    hits: list[str]
    certificate: str
    reserve: Commitment | None = None


@dataclass(frozen=True, kw_only=True)
class VersionMoved(Event):
    """approved, refused, returned, withdrawn, discarded, published, superseded: versions speak as their listing."""

    version_code: str
    content_hash: str
    reason: str = ""
    rules: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ReviewMoved(Event):
    version_code: str
    order: int
    reviewer: str = ""
    verdict: str = ""
    rules: list[str] = field(default_factory=list)
    reason: str = ""
    conditions: list[Any] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ConsentMoved(Event):
    """given, withdrawn, expired, passed on; the person stands in this room only."""

    product: str
    purpose: str
    recipient: str
    trustee: str = ""


@dataclass(frozen=True, kw_only=True)
class PrincipalMoved(Event):
    """listings.principal.taken_on, ended: the person stands by code."""

    trustee: str
    person: str
    effective_to: str


@dataclass(frozen=True, kw_only=True)
class SubjectRequestMoved(Event):
    """listings.subject_request.opened, answered, refused, missed; what was asked and said stays in this room."""

    consent: str
    holder: str
    ask: str
    state: str


@dataclass(frozen=True, kw_only=True)
class OptOutMoved(Event):
    """listings.opt_out.opened, removed, absent, missed; who it is about stays in this room."""

    product: str
    holder: str
    state: str


@dataclass(frozen=True, kw_only=True)
class RescreeningMoved(Event):
    """listings.rescreening.begun, finished, overtaken: a list in force going through everything on sale."""

    rule_set: str
    cause: str
    total: int
    judged: int
    held: int
    released: int


@dataclass(frozen=True, kw_only=True)
class SliceJudged(Event):
    """One slice of listings judged together; the root is over code and verdict of each."""

    kind: ClassVar[str] = "listings.rescreening.judged"
    rule_set: str
    lines: int
    lines_root: str
    held: list[str]
    released: list[str]


@dataclass(frozen=True, kw_only=True)
class ListingMoved(Event):
    """suspended, resumed, delisted, held, hold_lifted, rescreened."""

    reason_code: str = ""
    cause: str = ""
    ordered_as: str = ""
    state: str = ""
    verdict: str = ""


@dataclass(frozen=True, kw_only=True)
class AuthorisationMoved(Event):
    """listings.authorisation.filed, confirmed, refused, revoked, expired."""

    operator: str
    grantor: str
    model: str
    effective_from: str
    effective_to: str
    state: str
    reason: str = ""
    grantor_share_bps: int = 0


@dataclass(frozen=True, kw_only=True)
class GuidedPriceSet(Event):
    """A grantor set the cap of one licence; the figures it was reckoned from stand beside it."""

    kind: ClassVar[str] = "listings.guided_price.set"
    authorisation: str
    cap_fen: int
    quantity: int
    permitted_fen: int
    rate_bps: int
    review_by: str


@dataclass(frozen=True, kw_only=True)
class OperationReportMoved(Event):
    """listings.operation_report.owed, missed, filed."""

    authorisation: str
    year: int
    state: str
    revenue_fen: int | None = None
    permitted_fen: int | None = None
    adjust: str = ""


@dataclass(frozen=True, kw_only=True)
class WatchMoved(Event):
    """listings.watch.begun, ended."""

    listing: str
    watcher: str


@dataclass(frozen=True, kw_only=True)
class QuestionMoved(Event):
    """listings.question.asked, answered, withdrawn, hidden, shown; what was written is told by its hash."""

    listing: str
    state: str
    text_sha256: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class PilotMoved(Event):
    """listings.pilot.asked, granted, refused, withdrawn, ended, released: a trial's caps, and how much of them was taken."""

    listing: str
    state: str
    most_trades: int
    most_buyers: int
    most_fen: int
    trades: int
    buyers: int
    taken_fen: int
    ends_at: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ConditionMoved(Event):
    """listings.condition.asked, provided, met, returned, failed, lapsed, voided; the proof is named by its hash."""

    listing: str
    version_code: str
    condition: str
    rules: list[str]
    state: str
    proof_sha256: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class BuyerAdmitted(Event):
    """listings.whitelist.admitted, ended: a unit admitted to special personal data, by a document named by its hash."""

    listing: str
    buyer: str
    effective_to: str
    document_sha256: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class PricesPublished(Event):
    """A day's reference prices: the period, how many trades were counted and left out, how many groups are told, the root of its lines."""

    kind: ClassVar[str] = "listings.prices.published"
    day: str
    since: str
    trades: int
    related: int
    pilots: int
    lines: int
    told: int
    lines_root: str
    effects: int = 0
    effects_root: str = ""


@dataclass(frozen=True, kw_only=True)
class PeerMoved(Event):
    """Another exchange was recognised, fell silent, speaks again, or is recognised no more."""

    kind: ClassVar[str] = "listings.peer.moved"
    origin: str
    address: str
    key: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class PeerPageTaken(Event):
    """A signed page of another exchange's register, by the hash of its content."""

    kind: ClassVar[str] = "listings.peer.taken"
    register: str
    after: int
    next: int
    moves: int
    page_sha256: str
