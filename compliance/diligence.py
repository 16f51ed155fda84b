"""The due-diligence defence 尽职免责 (white paper 4.4(一), 5.3.1; R102): who followed the checklist and had it on record before being
accused is exempt for what it covers. A list ticked afterwards excuses nothing; the checklist is kept as it was worded on its day.
"""

from __future__ import annotations

from collections.abc import Collection

from compliance.catalogue import checklists, hash_of
from compliance.models import ConductCase, DiligenceRecord
from compliance.review_events import DiligenceKept
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from participants.models import Organization
from participants.permissions import require

__all__ = ["diligence_for", "keep_checklist", "refuse_without_diligence"]


@covers("R102")
@operation("compliance.diligence.keep")
def keep_checklist(*, organization: Organization, checklist: str, subject_code: str, done: Collection[str], note: str = "", actor: Actor,
                   clock: Clock) -> DiligenceRecord:
    """This will put a followed checklist about one object on record; each item must have been done."""
    at = clock.now()
    require(actor, "compliance.diligence.keep", subject=organization, at=at)
    asked = checklists().get(checklist)
    faults = [] if subject_code.strip() else [FieldFault("subject_code", "missing", ("填写对象编码", "Name the object by its code"))]
    if asked is None:
        faults.append(FieldFault("checklist", "unknown", ("选择一份核查清单", "Choose a checklist")))
    else:
        faults += [FieldFault("done", "missing", (f"未完成：{zh}", f"Not done: {en}")) for key, (zh, en) in asked.items.items()
                   if key not in done]
    if asked is None or faults:
        raise Rejected("compliance.diligence.incomplete", errors=faults)
    made = DiligenceRecord.objects.create(
        code=new_code("DLG"), organization=organization, subject_code=subject_code.strip()[:20], checklist=checklist,
        version_hash=hash_of([checklist, asked.text, dict(asked.items)]), note=note.strip()[:2000], by_id=actor.user_id, at=at)
    record(DiligenceKept(subject=made.code, organization=organization.code, about=made.subject_code, checklist=checklist,
                         version_hash=made.version_hash, text_hash=hash_of(made.note) if made.note else ""), actor=actor, at=at)
    return made


def diligence_for(case: ConductCase) -> DiligenceRecord | None:
    """This will return the checklist that speaks for the accused: of this object, of this conduct, on record before the case."""
    fitting = [key for key, one in checklists().items() if case.conduct in one.covers]
    rows = DiligenceRecord.objects.filter(organization=case.organization_id, subject_code=case.subject_code, checklist__in=fitting,
                                          at__lt=case.opened_at)
    return rows.order_by("-at").first()


@covers("R102")
def refuse_without_diligence(case: ConductCase) -> DiligenceRecord:
    """This will refuse the defence where no checklist was on record before the accusation."""
    found = diligence_for(case)
    if found is None:
        raise Rejected("compliance.conduct.no_diligence", case=case.code, subject=case.subject_code)
    return found
