"""Facts of the participants' room. Names of people never stand here in clear: people are told by code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from evidence.events import Commitment, Event

__all__ = [
    "WEBHOOK_FACTS",
    "AdmissionAnswered", "AdmissionMoved", "AffiliationChanged", "ApprovalAsked", "ApprovalDecided", "BillingSet", "CalendarMissing",
    "CalendarSet",
    "CapabilityHeld", "CapabilityLifted", "ContractorNoted", "ExportAsked", "ExportMade", "LoginAlarm", "MemberEnded", "MemberInvited",
    "OrganizationRegistered", "ParameterChanged", "PersonErased", "ProfileChanged", "ProofMoved", "ReadNoted", "ReadReviewed",
    "RetentionKept", "SecurityReviewMoved",
    "SignInChanged", "SpendingLimitSet", "SponsorshipChanged", "StakeDeclared", "StakeEnded", "StandingChanged", "SuccessionMoved",
    "TokenIssued", "TokenRevoked", "VenueOpened",
    "admission_facts", "admission_moved", "proof_moved", "security_review_moved", "succession_moved",
]


@dataclass(frozen=True, kw_only=True)
class VenueOpened(Event):
    kind: ClassVar[str] = "participants.venue.opened"
    level: str
    profile: str
    filing_number: str
    rulebook_version: str
    approval_sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class OrganizationRegistered(Event):
    kind: ClassVar[str] = "participants.organization.registered"
    venue: str
    organization_kind: str
    name: str
    uscc: str
    uscc_warning: bool
    lei: str = ""
    registry_place: str = ""
    registry_number: str = ""


@dataclass(frozen=True, kw_only=True)
class AdmissionMoved(Event):
    """One move of an admission; ``admission_moved`` gives it the kind of what happened (``submitted``, ``admitted``, …)."""

    version: ClassVar[int] = 2

    organization: str
    role: str
    category: str = ""
    basis: str = ""
    from_status: str
    to_status: str
    reason: str = ""
    missing: list[str] | None = None
    effective_to: datetime | None = None
    #: of the promise, when admitted by declaration; of the licence, once admitted
    declaration_hash: str = ""
    content_hash: str = ""


#: act of ``states.ADMISSION`` -> the last word of its fact
_WORDS = {"open": "opened", "submit": "submitted", "discard": "withdrawn", "withdraw": "withdrawn", "leave": "withdrawn",
          "accept": "accepted", "return": "returned", "admit": "admitted", "refuse": "refused", "annul": "reopened",
          "revoke": "revoked", "expire": "expired"}
#: what is told of an application that stays where it is
_STAYS = {"flag": "late"}
_MOVES: dict[str, type[AdmissionMoved]] = {
    word: type(f"Admission{word.title()}", (AdmissionMoved,), {"kind": f"participants.admission.{word}"})
    for word in {*_WORDS.values(), *_STAYS.values()}
}


def admission_facts() -> dict[str, str]:
    """This will tell for each act of ``states.ADMISSION`` the kind of its fact."""
    return {act: _MOVES[word].kind for act, word in _WORDS.items()}


def admission_moved(act: str) -> type[AdmissionMoved]:
    """This will return the class of the fact that ``act`` writes."""
    return _MOVES[(_WORDS | _STAYS)[act]]


@dataclass(frozen=True, kw_only=True)
class AdmissionAnswered(Event):
    """Answers of an open application were kept; which questions, never what was said (it may name a person)."""

    kind: ClassVar[str] = "participants.admission.answered"
    organization: str
    answered: list[str]


@dataclass(frozen=True, kw_only=True)
class MemberInvited(Event):
    """``subject`` is the person's code; the name stands as a commitment, whose salt is destroyed when the person is erased."""

    kind: ClassVar[str] = "participants.membership.invited"
    version: ClassVar[int] = 2

    name: Commitment | None
    organization: str
    role: str
    capabilities: list[str]
    sectors: list[str]
    regions: list[str]
    effective_from: datetime
    effective_to: datetime | None


@dataclass(frozen=True, kw_only=True)
class MemberEnded(Event):
    kind: ClassVar[str] = "participants.membership.ended"
    organization: str
    role: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class CapabilityHeld(Event):
    kind: ClassVar[str] = "participants.capability.held"
    capability: str
    reason_code: str
    basis: str
    until: datetime | None


@dataclass(frozen=True, kw_only=True)
class CapabilityLifted(Event):
    kind: ClassVar[str] = "participants.capability.lifted"
    capability: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class StandingChanged(Event):
    """(*) Travels upward: listings hide, resting bids are voided, screens follow."""

    kind: ClassVar[str] = "participants.standing.changed"
    from_standing: str
    to_standing: str
    from_band: str
    to_band: str
    cause: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ApprovalAsked(Event):
    kind: ClassVar[str] = "participants.approval.asked"
    approval: str
    act: str
    payload: dict[str, Any]
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class ApprovalDecided(Event):
    kind: ClassVar[str] = "participants.approval.decided"
    approval: str
    act: str
    outcome: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ParameterChanged(Event):
    """``subject`` is the figure's key."""

    kind: ClassVar[str] = "participants.parameter.changed"
    venue: str
    scope: str
    value: Any
    unit: str
    source: str
    name_zh: str
    name_en: str
    effective_from: datetime
    approval: str


@dataclass(frozen=True, kw_only=True)
class StakeDeclared(Event):
    """``subject`` is the owned organisation."""

    kind: ClassVar[str] = "participants.stake.declared"
    owner: str
    share_bps: int
    effective_from: datetime
    control: bool = False


@dataclass(frozen=True, kw_only=True)
class TokenIssued(Event):
    """``subject`` is the person; the token itself is shown once and stands nowhere."""

    kind: ClassVar[str] = "participants.token.issued"
    organization: str
    token: str
    scopes: list[str]


@dataclass(frozen=True, kw_only=True)
class TokenRevoked(Event):
    kind: ClassVar[str] = "participants.token.revoked"
    organization: str
    token: str


@dataclass(frozen=True, kw_only=True)
class StakeEnded(Event):
    """``subject`` is the owned organisation."""

    kind: ClassVar[str] = "participants.stake.ended"
    owner: str
    share_bps: int


@dataclass(frozen=True, kw_only=True)
class AffiliationChanged(Event):
    """That an organisation came to belong to the venue's side, or no longer does (R53); ``through`` names who stands between."""

    kind: ClassVar[str] = "participants.affiliation.changed"
    is_affiliate: bool
    through: list[str]


@dataclass(frozen=True, kw_only=True)
class ProofMoved(Event):
    """One move of a proof; the file is told by its hash."""

    organization: str
    item: str
    sha256: str
    level: int | None
    from_status: str
    to_status: str
    reason: str = ""
    effective_to: datetime | None = None


_PROOF_WORDS = {"hand_in": "handed_in", "accept": "accepted", "refuse": "refused", "replace": "replaced", "expire": "expired",
                "withdraw": "withdrawn", "remind": "reminded"}
_PROOFS: dict[str, type[ProofMoved]] = {
    act: type(f"Proof{word.title()}", (ProofMoved,), {"kind": f"participants.proof.{word}"}) for act, word in _PROOF_WORDS.items()}


def proof_moved(act: str) -> type[ProofMoved]:
    """This will return the class of the fact that ``act`` writes."""
    return _PROOFS[act]


@dataclass(frozen=True, kw_only=True)
class SecurityReviewMoved(Event):
    """``subject`` is the review; ``owners`` are the organisations abroad that control the party."""

    organization: str
    owners: list[str]
    cause: str
    to_status: str
    reason: str = ""


_REVIEW_WORDS = {"open": "opened", "clear": "cleared", "bar": "barred", "flag": "flagged"}
_REVIEWS: dict[str, type[SecurityReviewMoved]] = {
    act: type(f"SecurityReview{word.title()}", (SecurityReviewMoved,), {"kind": f"participants.security_review.{word}"})
    for act, word in _REVIEW_WORDS.items()}


def security_review_moved(act: str) -> type[SecurityReviewMoved]:
    """This will return the class of the fact that ``act`` writes."""
    return _REVIEWS[act]


@dataclass(frozen=True, kw_only=True)
class SuccessionMoved(Event):
    """One move of a succession; ``succession_moved`` gives it the kind of what happened. ``moves`` counts the owner columns that passed."""

    predecessor: str
    heirs: list[str]
    succession_kind: str
    reason: str = ""
    moves: int = 0
    money_fen: int = 0
    transfer_hash: str = ""
    agreement_sha256: str
    extract_sha256: str


_SUCCESSION_WORDS = {"file": "filed", "apportion": "apportioned", "withdraw": "withdrawn", "refuse": "refused", "begin": "begun",
                     "finish": "carried_out"}
_SUCCESSIONS: dict[str, type[SuccessionMoved]] = {
    act: type(f"Succession{word.title().replace('_', '')}", (SuccessionMoved,), {"kind": f"participants.succession.{word}"})
    for act, word in _SUCCESSION_WORDS.items()}


def succession_moved(act: str) -> type[SuccessionMoved]:
    """This will return the class of the fact that ``act`` writes."""
    return _SUCCESSIONS[act]


@dataclass(frozen=True, kw_only=True)
class ProfileChanged(Event):
    """``subject`` is the organisation; names of people stand as commitments."""

    kind: ClassVar[str] = "participants.profile.changed"
    version: ClassVar[int] = 2  # the size is stated with its figures since (SizeStated)
    region: str
    sector: str
    intermediary_kinds: list[str]
    assessment_score: int | None
    officer: Commitment | None
    contact: Commitment | None


@dataclass(frozen=True, kw_only=True)
class SizeStated(Event):
    """``subject`` is the organisation: its class, the figures it rests on, whose year, and until when it counts."""

    kind: ClassVar[str] = "participants.size.stated"
    size: str
    industry: str
    year: int
    staff: int | None
    turnover_fen: int | None
    assets_fen: int | None
    basis: str
    standard: str
    effective_to: str


@dataclass(frozen=True, kw_only=True)
class SizeAsked(Event):
    """How many firms were asked to state their size; ``subject`` is the venue."""

    kind: ClassVar[str] = "participants.size.asked"
    asked: int


@dataclass(frozen=True, kw_only=True)
class SponsorshipChanged(Event):
    """``subject`` is the sponsored supplier."""

    kind: ClassVar[str] = "participants.sponsorship.changed"
    sponsor: str
    vouches: bool


@dataclass(frozen=True, kw_only=True)
class ContractorNoted(Event):
    """``subject`` is the contractor."""

    kind: ClassVar[str] = "participants.contractor.noted"
    project: str
    authority: str
    title: str
    source: str


@dataclass(frozen=True, kw_only=True)
class PersonErased(Event):
    """A person's values and keys were destroyed; ``tables`` says where they stood."""

    kind: ClassVar[str] = "participants.person.erased"
    reason: str
    tables: list[str]
    keys: int


@dataclass(frozen=True, kw_only=True)
class RetentionKept(Event):
    """What the nightly round destroyed because its term of keeping was over: how many, by kind."""

    kind: ClassVar[str] = "participants.retention.kept"
    destroyed: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class CalendarMissing(Event):
    """``subject`` is the venue: its working days of a year are not known as published."""

    kind: ClassVar[str] = "participants.calendar.missing"
    year: int
    state: str


@dataclass(frozen=True, kw_only=True)
class CalendarSet(Event):
    """``subject`` is the venue."""

    kind: ClassVar[str] = "participants.calendar.set"
    year: int
    days: int
    source: str


@dataclass(frozen=True, kw_only=True)
class SignInChanged(Event):
    """``subject`` is the person; ``change`` is a word such as ``disabled``, ``email``, ``second_factor_reset``."""

    kind: ClassVar[str] = "participants.signin.changed"
    change: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class LoginAlarm(Event):
    """A sign-in that nobody should use in production was used; ``subject`` is its person, or USER- and its number."""

    kind: ClassVar[str] = "participants.signin.alarm"
    alarm: str


@dataclass(frozen=True, kw_only=True)
class ExportAsked(Event):
    """An organisation asked for everything it has here."""

    kind: ClassVar[str] = "participants.export.asked"
    organization: str


@dataclass(frozen=True, kw_only=True)
class ExportMade(Event):
    """An organisation took out everything it has here; ``manifest_sha256`` is the hash of the list of what it got."""

    kind: ClassVar[str] = "participants.export.made"
    manifest_sha256: str
    files: int
    bytes: int


@dataclass(frozen=True, kw_only=True)
class ReadNoted(Event):
    """One of the desks read something of the subject's that is not public: what, by which right; reviewed until ``due_at``."""

    kind: ClassVar[str] = "participants.read.noted"
    read: str
    what: str
    ground: str
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class ReadReviewed(Event):
    """Another person says whether a reading belonged to the reader's work."""

    kind: ClassVar[str] = "participants.read.reviewed"
    read: str
    reader: str
    fitting: bool
    note: str


@dataclass(frozen=True, kw_only=True)
class SpendingLimitSet(Event):
    """What a person may commit the organisation to in one act; None = not limited."""

    kind: ClassVar[str] = "participants.spending.limited"
    person: str
    limit_fen: int | None
    before_fen: int | None


@dataclass(frozen=True, kw_only=True)
class BillingSet(Event):
    """The defaults of an organisation's orders; the words are its own, the hash binds them."""

    kind: ClassVar[str] = "participants.billing.set"
    papers_sha256: str


@dataclass(frozen=True, kw_only=True)
class TaxpayerStated(Event):
    """As which taxpayer an organisation sells from a day on; trades made before keep their rate."""

    kind: ClassVar[str] = "participants.taxpayer.stated"
    kind_of_taxpayer: str
    effective_from: datetime


@dataclass(frozen=True, kw_only=True)
class WebhookMoved(Event):
    """Something changed about where an organisation's programs are told (CAP-I6). ``position`` is the next fact to tell."""

    organization: str
    url: str
    kinds: list[str]
    mine: bool
    position: int
    reason: str = ""


WEBHOOK_FACTS: dict[str, type[WebhookMoved]] = {
    word: type("WebhookMoved", (WebhookMoved,), {"kind": f"participants.webhook.{word}", "__module__": __name__})
    for word in ("registered", "rotated", "paused", "resumed", "ended")}
