"""How an admission and an approval may move; the edge triggers, the tests and the drawn diagrams come from these tables."""

from __future__ import annotations

from participants.models import AdmissionStatus as A
from participants.models import ApprovalStatus as P

__all__ = ["ADMISSION", "APPROVAL"]

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
    (A.ADMITTED, "leave"): A.WITHDRAWN,
    (A.ADMITTED, "revoke"): A.REVOKED,
    (A.ADMITTED, "expire"): A.EXPIRED,
}

APPROVAL: dict[tuple[P, str], P] = {
    (P.PENDING, "approve"): P.APPROVED,
    (P.PENDING, "refuse"): P.REFUSED,
    (P.PENDING, "withdraw"): P.WITHDRAWN,
    (P.PENDING, "expire"): P.EXPIRED,
}
