"""Where a complaint leads: a conduct case against whoever it is about, opened and noted in one act (R95, SAMR Measures 23)."""

from __future__ import annotations

from collections.abc import Sequence

from compliance.complaints import transfer_complaint
from compliance.conduct import open_conduct_case
from compliance.models import Complaint, ConductCase
from compliance.papers import show_reporters_papers
from evidence.operations import operation
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from participants.models import Organization

__all__ = ["refer_to_conduct"]


@covers("R95", "R94")
@operation("compliance.complaint.refer")
def refer_to_conduct(*, complaint: Complaint, organization: str, conduct: str, text: str, papers: Sequence[int] = (), actor: Actor,
                     clock: Clock) -> ConductCase:
    """This will open a conduct case on a complaint's facts, as the desk words them: the reporter's own words and name go nowhere.

    ``papers`` are keys of the reporter's files that the desk puts before the accused, where their reporter lets it.
    """
    accused = Organization.objects.filter(code=organization.strip().upper(), closed_at__isnull=True).first()
    faults = [] if accused else [FieldFault("organization", "unknown", ("没有这个机构编码", "No organisation has this code"))]
    if len(text.strip()) < 6:
        faults.append(FieldFault("reason", "missing", ("写明所指事实，至少六个字", "State the facts alleged, six characters at least")))
    if accused is None or faults:
        raise Rejected("compliance.complaint.referral_incomplete", errors=faults)
    case = open_conduct_case(organization=accused, conduct=conduct, subject_code=complaint.subject_code or complaint.code,
                             text=text.strip()[:5000], actor=actor, clock=clock)
    show_reporters_papers(complaint, case, papers, actor=actor, at=clock.now())
    transfer_complaint(complaint=complaint, to=case.code, actor=actor, clock=clock)
    return case
