"""Money in that the payer's bank takes back while its owner is still looked for: the two items cancel out and close together (I9, T54).

Whichever of the two tellings comes first, the bank's and our own suspense are at nothing between them; nobody was credited, so nobody
owes. One fact tells it; whoever was asked to confirm an owner is asked no more, and the cases of both are closed with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, QuerySet

from compliance.cases import moot_case
from compliance.models import Case
from compliance.states import CaseStatus
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.states import advance
from participants.approvals import moot_approval
from participants.permissions import require
from settlement.bank_events import SuspenseMatched
from settlement.bank_models import Suspense
from settlement.states import SUSPENSE, SuspenseStatus

__all__ = ["awaited_by", "match_recalled", "recalled_while_waiting"]

#: The act whose second person may be waiting; the same words as ``settlement.suspending.CLEAR``, which stands above this module.
_ASKED = "settlement.suspense.clear"


def _open(kind: str, reference: str, fen: int) -> QuerySet[Suspense]:
    rows = Suspense.objects.filter(status=SuspenseStatus.OPEN, notice__kind=kind, notice__reference=reference, amount_fen=fen)
    return rows.order_by("id")


@covers("I9", "T54")
def awaited_by(reference: str, fen: int) -> bool:
    """This will tell whether a recall of just this money came before it and waits: then it is nobody's, and cancels out with that."""
    return _open("recalled", reference, -fen).exists()


def recalled_while_waiting() -> Sequence[Suspense]:
    """This will list money in that waits for its owner beside its own recall."""
    other = Suspense.objects.filter(status=SuspenseStatus.OPEN, notice__kind="recalled", notice__reference=OuterRef("notice__reference"),
                                    amount_fen=-OuterRef("amount_fen"))
    rows = Suspense.objects.filter(Exists(other), status=SuspenseStatus.OPEN, notice__kind="credit").select_related("notice")
    return list(rows.order_by("id")[:100])


@covers("I9", "G6", "T54")
@operation("settlement.suspense.match")
def match_recalled(*, reference: str, amount_fen: int, actor: Actor, clock: Clock) -> Suspense | None:
    """This will close money in and its recall against each other, both or neither, by one fact; None where one of the two is not open."""
    keys = [key for kind, fen in (("credit", amount_fen), ("recalled", -amount_fen))
            for key in _open(kind, reference, fen).values_list("pk", flat=True)[:1]]
    rows = list(Suspense.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys).order_by("id"))
    at = clock.now()
    require(actor, "settlement.payout.move", at=at)
    if len(rows) != 2 or any(one.status != SuspenseStatus.OPEN for one in rows):
        unchanged(at=at)
        return None
    came, went = sorted(rows, key=lambda one: -one.amount_fen)
    for one, other in ((came, went), (went, came)):
        one.status = advance(SUSPENSE, SuspenseStatus(one.status), "match", subject=one.code, code="settlement.suspense.illegal_move")
        one.matched_with, one.cleared_at, one.due_at = other, at, None
        one.save(update_fields=["status", "matched_with", "cleared_at", "due_at"])
        moot_approval(act=_ASKED, subject=one.code, at=at)
    record(SuspenseMatched(subject=came.code, amount_fen=came.amount_fen, reference=reference, recall=went.code),
           actor=actor, at=at)
    for case in Case.objects.filter(subject_kind="suspense", subject_code__in=[came.code, went.code]).exclude(status=CaseStatus.CLOSED):
        moot_case(case=case, text=f"{came.code} + {went.code} = 0", actor=SYSTEM, clock=clock)
    return came
