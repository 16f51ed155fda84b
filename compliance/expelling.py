"""Taking an admission away 撤销准入: on a final serious finding, by the authority, with words; nothing less carries it (A1, R94).

The finding was decided by two and stood its time of objection; what is taken away here rests on it and names it. Expulsion is a row of the
published table of measures with its basis and its term: within the term no admission is granted again, and restoration ends it like any
other measure. The database refuses the row on anything but a final serious finding.
"""

from __future__ import annotations

from django.db import transaction

from compliance.findings import impose_after_final
from compliance.models import ConductCase, Severity
from compliance.moves import locked
from compliance.second_review import refuse_barred
from compliance.self_reports import refuse_spared
from compliance.states import ConductStatus
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Admission, AdmissionStatus
from participants.operations import revoke_admission
from participants.permissions import require

__all__ = ["EXPULSION", "revocable", "revoke_on_finding"]

#: The row of the table of measures by which an admission is taken away.
EXPULSION = "expulsion"


def revocable(case: ConductCase) -> list[Admission]:
    """This will list the admissions that a final serious finding may take away; none where the case does not carry it."""
    last = case.findings.order_by("-number").first()
    if case.status != ConductStatus.FINAL or last is None or last.severity != Severity.SERIOUS:
        return []
    return list(Admission.objects.filter(organization=case.organization, status=AdmissionStatus.ADMITTED).order_by("pk"))


@covers("A1", "R94")
def revoke_on_finding(*, case: ConductCase, admission: str, reason: str, actor: Actor, clock: Clock) -> Admission:
    """This will revoke one admission of the party on its final serious finding; new business ends, what is on sale goes off sale."""
    with transaction.atomic():
        held = locked(case)
        at = clock.now()
        require(actor, "participants.admission.revoke", at=at)
        refuse_barred(held, actor, at)
        found = {one.code: one for one in revocable(held)}
        if not found:
            raise Rejected("compliance.conduct.carries_no_revocation", case=held.code)
        if admission not in found:
            raise Rejected("participants.object.absent")
        last = held.findings.order_by("-number").first()
        assert last is not None
        refuse_spared(held, last.severity, [EXPULSION], last.authority_document)
        revoked = revoke_admission(admission=found[admission], basis=last.code, reason=reason, actor=actor, clock=clock)
        impose_after_final(finding=last, measure=EXPULSION, actor=actor, clock=clock)
        return revoked
