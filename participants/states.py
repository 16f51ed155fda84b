"""How admissions, proofs, security reviews, successions and approvals move; edge triggers, tests and diagrams come from these tables."""

from __future__ import annotations

from participants.models import AdmissionObjectionStatus as O
from participants.models import AdmissionStatus as A
from participants.models import ApprovalStatus as P
from participants.models import ProofStatus as F
from participants.models import SecurityReviewStatus as R
from participants.models import SuccessionStatus as S
from participants.models import WebhookStatus as W

__all__ = ["ADMISSION", "ADMISSION_OBJECTION", "APPROVAL", "PROOF", "SECURITY_REVIEW", "SUCCESSION", "WEBHOOK"]

ADMISSION: dict[tuple[A, str], A] = {
    (A.DRAFT, "submit"): A.SUBMITTED,
    (A.DRAFT, "discard"): A.WITHDRAWN,
    (A.SUBMITTED, "accept"): A.IN_REVIEW,
    (A.SUBMITTED, "return"): A.RETURNED,
    (A.SUBMITTED, "withdraw"): A.WITHDRAWN,
    (A.RETURNED, "submit"): A.SUBMITTED,
    (A.RETURNED, "withdraw"): A.WITHDRAWN,
    (A.IN_REVIEW, "admit"): A.ADMITTED,
    (A.IN_REVIEW, "refuse"): A.REFUSED,
    (A.IN_REVIEW, "return"): A.RETURNED,
    (A.REFUSED, "annul"): A.IN_REVIEW,
    (A.ADMITTED, "leave"): A.WITHDRAWN,
    (A.ADMITTED, "revoke"): A.REVOKED,
    (A.ADMITTED, "expire"): A.EXPIRED,
}

ADMISSION_OBJECTION: dict[tuple[O, str], O] = {
    (O.OPEN, "uphold"): O.UPHELD,
    (O.OPEN, "reject"): O.REJECTED,
    (O.OPEN, "withdraw"): O.WITHDRAWN,
}

APPROVAL: dict[tuple[P, str], P] = {
    (P.PENDING, "approve"): P.APPROVED,
    (P.PENDING, "refuse"): P.REFUSED,
    (P.PENDING, "withdraw"): P.WITHDRAWN,
    (P.PENDING, "expire"): P.EXPIRED,
}

PROOF: dict[tuple[F, str], F] = {
    (F.HANDED_IN, "accept"): F.ACCEPTED,
    (F.HANDED_IN, "refuse"): F.REFUSED,
    (F.HANDED_IN, "replace"): F.REPLACED,
    (F.HANDED_IN, "withdraw"): F.WITHDRAWN,
    (F.ACCEPTED, "refuse"): F.REFUSED,
    (F.ACCEPTED, "replace"): F.REPLACED,
    (F.ACCEPTED, "expire"): F.EXPIRED,
}

SECURITY_REVIEW: dict[tuple[R, str], R] = {
    (R.OPEN, "clear"): R.CLEARED,
    (R.OPEN, "bar"): R.BARRED,
}

SUCCESSION: dict[tuple[S, str], S] = {
    (S.FILED, "begin"): S.MOVING,
    (S.FILED, "refuse"): S.REFUSED,
    (S.FILED, "withdraw"): S.WITHDRAWN,
    (S.MOVING, "finish"): S.DONE,
}

WEBHOOK: dict[tuple[W, str], W] = {
    (W.ACTIVE, "pause"): W.PAUSED,
    (W.ACTIVE, "resume"): W.ACTIVE,
    (W.PAUSED, "resume"): W.ACTIVE,
    (W.ACTIVE, "end"): W.ENDED,
    (W.PAUSED, "end"): W.ENDED,
}
