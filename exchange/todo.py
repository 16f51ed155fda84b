"""What still asks for something: a notice names a deadline, and its object says whether that deadline still stands.

Nothing marks a notice as done. An object that moved on has another deadline or none, so the page is right however the act came about:
by the party, by the other side, by the clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from compliance.models import (
    Case,
    Complaint,
    ConductCase,
    CovenantBreach,
    CovenantSignature,
    Declaration,
    Dispute,
    Engagement,
    ExportCase,
    Filing,
    JointCase,
    Requisition,
    ResponsibilityReport,
    Restoration,
)
from delivery.compute_models import ComputeJob
from delivery.models import DeletionTask, Delivery
from delivery.release_models import Output
from listings.models import (
    Authorisation,
    Condition,
    Correction,
    ListingVersion,
    OperationReport,
    OptOut,
    Question,
    Registration,
    RegistrationCertificate,
    ShareAgreement,
    SourceRequest,
    SubjectRequest,
)
from participants.models import Admission, Approval, Notice, Organization, Proof
from settlement.models import RefundRequest
from trading.models import Agreement, Barter, Framework, Negotiation, PublicUse, Rfq, Subscription, TradeState, VenuePilot

__all__ = ["open_notices", "waiting"]

Deadlines = Callable[[list[str]], Iterable[tuple[str, datetime | None]]]


def _of(model: Any, field: str = "due_at", code: str = "code", **only: Any) -> Deadlines:
    def read(codes: list[str]) -> Iterable[tuple[str, datetime | None]]:
        found: Iterable[tuple[str, datetime | None]] = model.objects.filter(**{f"{code}__in": codes}, **only).values_list(code, field)
        return found

    return read


def _of_authorisations(codes: list[str]) -> Iterable[tuple[str, datetime | None]]:
    """The grantor's answer while it is awaited; then the first registration, until a product of it is registered."""
    registered = RegistrationCertificate.objects.filter(organization=OuterRef("organization"), registration__regime="public",
                                                        issued_at__gte=OuterRef("effective_from"))
    for one in Authorisation.objects.filter(code__in=codes).annotate(registered=Exists(registered)):
        yield one.code, one.due_at or (None if one.registered else one.register_by)


def _of_rfqs(codes: list[str]) -> Iterable[tuple[str, datetime | None]]:
    """The sellers' time while the round is open, then the buyer's to decide."""
    for one in Rfq.objects.filter(code__in=codes):
        yield one.code, one.closes_at if one.status == "open" else one.due_at


#: Prefix of a code -> where the present deadlines of such objects stand.
DEADLINES: dict[str, Deadlines] = {
    "TRD": _of(TradeState, code="trade__code", ended_at__isnull=True),
    "AGR": _of(Agreement),
    "NEG": _of(Negotiation),
    "BRT": _of(Barter),
    "RFQ": _of_rfqs,
    "FRW": _of(Framework),
    "SUB": _of(Subscription),
    "PUB": _of(PublicUse),
    "VPL": _of(VenuePilot),
    "DLV": _of(Delivery),
    "FIL": _of(Filing),
    "REG": _of(Registration),
    "LST": _of(ListingVersion, code="listing__code"),
    "AUT": _of_authorisations,
    "OPR": _of(OperationReport),
    "RQN": _of(Requisition),
    "COR": _of(Correction),
    "SRQ": _of(SubjectRequest),
    "OPT": _of(OptOut),
    "QST": _of(Question),
    "CDT": _of(Condition),
    "SHR": _of(ShareAgreement),
    "DSR": _of(SourceRequest),
    "DEL": _of(DeletionTask),
    "OUT": _of(Output),
    "JOB": _of(ComputeJob),
    "RFR": _of(RefundRequest),
    "ADM": _of(Admission),
    "SPA": _of(Approval, code="subject", status="pending"),
    "PRF": _of(Proof, "effective_to", status="accepted"),
    "DCL": _of(Declaration, "effective_to", status="in_force"),
    "CASE": _of(Case, "answer_due_at"),
    "CND": _of(ConductCase),
    "CMP": _of(Complaint),
    "DSP": _of(Dispute),
    "RST": _of(Restoration),
    "ENG": _of(Engagement),
    "JNT": _of(JointCase),
    "EXP": _of(ExportCase),
    "CVS": _of(CovenantSignature, status="signed"),
    "CVB": _of(CovenantBreach),
    "RSP": _of(ResponsibilityReport, status__in=("due", "missed")),
}


def _turns(codes: list[str]) -> Iterable[tuple[str, int]]:
    """Whose answer a bargain or a barter waits for: both sides may be asked for one before the same midnight."""
    for one in Negotiation.objects.filter(code__in=codes):
        yield one.code, one.seller_id if one.turn == "seller" else one.buyer_id
    for swap in Barter.objects.filter(code__in=codes):
        yield swap.code, swap.party(swap.turn).pk


def open_notices(notices: Iterable[Notice]) -> set[int]:
    """This will return the keys of the notices whose deadline still stands; one about nothing we know of keeps asking."""
    asking = [one for one in notices if one.due_at is not None and one.tone in {"wait", "bad"} and one.done_at is None]
    codes: dict[str, set[str]] = defaultdict(set)
    for one in asking:
        codes[one.subject.partition("-")[0]].add(one.subject)
    standing = {
        pair for prefix, read in DEADLINES.items() if codes.get(prefix) for pair in read(sorted(codes[prefix])) if pair[1] is not None
    }
    talks = sorted(codes["NEG"] | codes["BRT"])
    turns = dict(_turns(talks)) if talks else {}
    return {one.pk for one in asking if turns.get(one.subject, one.organization_id) == one.organization_id
            and (one.subject.partition("-")[0] not in DEADLINES or (one.subject, one.due_at) in standing)}


def waiting(organization: Organization, limit: int = 12) -> list[Notice]:
    """This will list what waits for the organisation, the nearest deadline first; of each object only the newest notice counts."""
    rows = Notice.objects.filter(organization=organization, due_at__isnull=False, tone__in=("wait", "bad")).order_by("-seq")[:400]
    newest: dict[str, Notice] = {}
    for notice in rows:
        newest.setdefault(notice.subject or notice.code, notice)
    still = open_notices(newest.values())
    asking = [one for one in newest.values() if one.pk in still]
    return sorted(asking, key=lambda one: (one.due_at, one.seq))[:limit]
