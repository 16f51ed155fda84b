"""What compliance keeps of people and for how long: reporters of complaints, contents of discarded drafts."""

from __future__ import annotations

from datetime import datetime

from compliance.models import CasePaper, Complaint, Declaration
from compliance.states import ComplaintStatus, DeclarationStatus
from evidence.files import erase_deposit
from evidence.vault import shred
from participants.models import Person
from participants.retention import erases, keeps

__all__: list[str] = []

_MOST = 500
_ENDED = (ComplaintStatus.CLOSED, ComplaintStatus.DECLINED, ComplaintStatus.WITHDRAWN)


def _strike(rows: list[Complaint], at: datetime) -> int:
    for one in rows:
        shred(one.code, at=at)
        one.reporter_name = one.contact = ""
        one.save(update_fields=["reporter_name", "contact"])
    return len(rows)


@keeps("compliance.reporter", "retention.reporter")
def forget_reporters(before: datetime, at: datetime) -> int:
    """Who reported what was closed long ago."""
    rows = Complaint.objects.select_for_update(of=("self",), no_key=True).filter(status__in=_ENDED, closed_at__lte=before)
    return _strike(list(rows.exclude(reporter_name="", contact="")[:_MOST]), at)


@keeps("compliance.complaint_paper", "retention.reporter")
def forget_reporters_papers(before: datetime, at: datetime) -> int:
    """The files of what was closed long ago: they may tell who reported it. Copies shown in a case are that case's own."""
    ended = Complaint.objects.filter(status__in=_ENDED, closed_at__lte=before).values("code")
    rows = CasePaper.objects.filter(subject__in=ended, deposit__isnull=False, deposit__erasure__isnull=True)
    held = list(rows.select_related("deposit").order_by("pk")[:_MOST])
    for one in held:
        assert one.deposit is not None
        erase_deposit(one.deposit, reason="retention.reporter", at=at)
    return len(held)


@keeps("compliance.declaration_draft", "retention.drafts")
def forget_drafts(before: datetime, at: datetime) -> int:
    """The answers of declarations that were never signed."""
    rows = Declaration.objects.filter(status=DeclarationStatus.DISCARDED, ended_at__lte=before).exclude(answers={})
    return rows.filter(pk__in=rows.order_by("pk").values("pk")[:_MOST]).update(answers={})


@erases("compliance")
def erase_reporter(person: Person, at: datetime) -> list[str]:
    """Name and contact of the person's own complaints; the complaint and its answer stay."""
    rows = Complaint.objects.select_for_update(of=("self",), no_key=True).filter(reporter__person=person)
    return ["compliance_complaint"] if _strike(list(rows), at) else []
