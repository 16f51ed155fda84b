"""The tables of this room, by subject: parties, their admissions and proofs, what they tell of themselves."""

from participants.models.admissions import (
    Admission,
    AdmissionBasis,
    AdmissionObjection,
    AdmissionObjectionStatus,
    AdmissionStatus,
    Proof,
    ProofNeed,
    ProofStatus,
    SecurityReview,
    SecurityReviewStatus,
)
from participants.models.billing import Billing
from participants.models.denials import DeniedAttempt
from participants.models.deputies import PartyView, TimedGrant
from participants.models.enrolments import Enrolment
from participants.models.marks import MarkKind, SignInMark
from participants.models.networks import UseNetworks
from participants.models.parties import (
    ApiToken,
    Approval,
    ApprovalStatus,
    CalendarDay,
    CapabilityHold,
    FieldExtension,
    Membership,
    Notice,
    Organization,
    OwnershipStake,
    Parameter,
    Person,
    SecondFactor,
    StandingChange,
    User,
    Venue,
)
from participants.models.profiles import ContractorProject, EmailChange, OwnershipType, PartyProfile, PartySize, SizeStatement, Sponsorship
from participants.models.reads import ReadKind, ReadReview, StaffRead
from participants.models.spending import SpendingLimit
from participants.models.successions import (
    Succession,
    SuccessionHeir,
    SuccessionKind,
    SuccessionMove,
    SuccessionPart,
    SuccessionStatus,
)
from participants.models.takeouts import Takeout
from participants.models.taxing import TaxpayerKind, TaxStatement
from participants.models.webhooks import Webhook, WebhookSend, WebhookStatus

__all__ = [
    "Admission",
    "AdmissionBasis",
    "AdmissionObjection",
    "AdmissionObjectionStatus",
    "AdmissionStatus",
    "ApiToken",
    "Approval",
    "ApprovalStatus",
    "Billing",
    "CalendarDay",
    "CapabilityHold",
    "ContractorProject",
    "DeniedAttempt",
    "EmailChange",
    "Enrolment",
    "FieldExtension",
    "MarkKind",
    "Membership",
    "Notice",
    "Organization",
    "OwnershipStake",
    "OwnershipType",
    "Parameter",
    "PartyProfile",
    "PartySize",
    "PartyView",
    "Person",
    "Proof",
    "ProofNeed",
    "ProofStatus",
    "ReadKind",
    "ReadReview",
    "SecondFactor",
    "SecurityReview",
    "SecurityReviewStatus",
    "SignInMark",
    "SizeStatement",
    "SpendingLimit",
    "Sponsorship",
    "StaffRead",
    "StandingChange",
    "Succession",
    "SuccessionHeir",
    "SuccessionKind",
    "SuccessionMove",
    "SuccessionPart",
    "SuccessionStatus",
    "Takeout",
    "TaxStatement",
    "TaxpayerKind",
    "TimedGrant",
    "UseNetworks",
    "User",
    "Venue",
    "Webhook",
    "WebhookSend",
    "WebhookStatus",
]
