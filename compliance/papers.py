"""Papers of a matter: kept within the act that brings them, numbered, readable by both sides and the desk (H6, H8).

The record book holds their hashes, never a name or a word of them. A conduct case is read by the accused from the notice on; a dispute by
its sides, its mediator and its arbitrator; a question by the desk and whoever is asked; a complaint by its desk and whoever has its key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from django.db.models import Max, QuerySet

from compliance.desk_events import PapersHandedIn
from compliance.models import Case, CasePaper, Complaint, ConductCase, Dispute, Restoration, SelfReport
from evidence.models import Deposit
from evidence.operations import record
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import FieldFault, Rejected
from participants.actors import acting_for

__all__ = ["MOST", "MOST_IN_ALL", "MOST_OF_A_REPORTER", "keep_papers", "keep_reporters_papers", "papers_of", "readable",
           "show_reporters_papers"]

#: Files in one act, and of one side in one matter.
MOST, MOST_IN_ALL = 10, 60
#: Files of one complaint, whose reporter need not have signed in.
MOST_OF_A_REPORTER = 20


@covers("H6", "R94")
def keep_papers(subject: Any, act: str, papers: Sequence[Deposit], *, statement: str = "", shared: bool = True, desk: bool = False,
                actor: Actor, at: datetime) -> list[int]:
    """This will put files, and a statement where one is given, on a matter's file in the caller's act; returns their keys.

    ``subject`` is locked by its caller, so that the numbers have no gap.
    """
    said = statement.strip()
    if not papers and not said:
        return []
    side = None if desk else actor.organization_id
    rows = CasePaper.objects.filter(subject=subject.code)
    own = rows.filter(organization__isnull=True) if side is None else rows.filter(organization_id=side)
    if len(papers) > MOST or own.count() + len(papers) > MOST_IN_ALL:
        raise Rejected("compliance.paper.too_many", errors=[FieldFault("papers", "too_many", (
            f"一次至多 {MOST} 份，一案至多 {MOST_IN_ALL} 份", f"At most {MOST} at once and {MOST_IN_ALL} in one matter"))])
    assert actor.user_id is not None, "a paper is handed in by a person"
    last = rows.aggregate(last=Max("number"))["last"] or 0
    common = {"subject": subject.code, "organization_id": side, "act": act, "by_id": actor.user_id, "shared": shared, "at": at}
    made = [CasePaper(number=last + 1, statement=said, **common)] if said else []
    made += [CasePaper(number=last + len(made) + position, deposit=one, **common) for position, one in enumerate(papers, start=1)]
    for row in made:
        row.save()
    hashes = [one.sha256 for one in papers] + ([hashlib.sha256(said.encode()).hexdigest()] if said else [])
    record(PapersHandedIn(subject=subject.code, organization=(actor.organization or "") if side else "", step=act, sha256=hashes),
           actor=actor, at=at)
    return [row.pk for row in made]


@covers("R95", "H6")
def keep_reporters_papers(complaint: Complaint, papers: Sequence[Deposit], *, at: datetime) -> list[int]:
    """This will put a reporter's files on the complaint, in the caller's act: for the desk alone, and by nobody.

    The record book holds no bare hash of them: whoever is complained about may hold the same file, and would know it again. Each is
    bound by a hash with the key that only its reporter has. ``complaint`` is locked by its caller.
    """
    if not papers:
        return []
    rows = CasePaper.objects.filter(subject=complaint.code)
    if len(papers) > MOST or rows.count() + len(papers) > MOST_OF_A_REPORTER:
        raise Rejected("compliance.paper.too_many", errors=[FieldFault("papers", "too_many", (
            f"一次至多 {MOST} 份，一件投诉至多 {MOST_OF_A_REPORTER} 份",
            f"At most {MOST} at once and {MOST_OF_A_REPORTER} in one complaint"))])
    last = rows.aggregate(last=Max("number"))["last"] or 0
    made = [CasePaper(subject=complaint.code, number=last + position, act="report", deposit=one, shared=False, at=at)
            for position, one in enumerate(papers, start=1)]
    for row in made:
        row.save()
    bound = [hashlib.sha256(f"{complaint.key_hash}{one.sha256}".encode()).hexdigest() for one in papers]
    record(PapersHandedIn(subject=complaint.code, organization="", step="report", sha256=bound), actor=SYSTEM, at=at)
    return [row.pk for row in made]


@covers("R95", "H6")
def show_reporters_papers(complaint: Complaint, case: ConductCase, keys: Sequence[int], *, actor: Actor, at: datetime) -> list[int]:
    """This will put some of a reporter's files on the case that came of it, as the desk's own and under names that tell nothing.

    Only where the reporter gave a name and let the desk show them: a nameless reporter's files never reach the other side.
    """
    if not keys:
        return []
    if not (complaint.real_name and complaint.may_show):
        raise Rejected("compliance.paper.secret", complaint=complaint.code)
    rows = CasePaper.objects.filter(subject=complaint.code, pk__in=list(keys)).select_related("deposit").order_by("number")
    copies = [Deposit.objects.create(sha256=one.deposit.sha256, size=one.deposit.size, media_type=one.deposit.media_type,
                                     name=f"材料-{one.number}{PurePosixPath(one.deposit.name).suffix[:12]}",
                                     storage_name=one.deposit.storage_name, owner="system", at=at) for one in rows if one.deposit]
    return keep_papers(case, "refer", copies, desk=True, actor=actor, at=at)


def papers_of(codes: Iterable[str], *, shared_only: bool = False) -> QuerySet[CasePaper]:
    """This will list the papers of matters in the order they came in."""
    rows = CasePaper.objects.filter(subject__in=[code for code in codes if code])
    rows = rows.filter(shared=True) if shared_only else rows
    return rows.select_related("deposit", "organization").order_by("at", "subject", "number")


#: kind of matter -> which of them a party's person reads
_READ: dict[str, Any] = {
    "CND": lambda user: ConductCase.objects.visible_to(user),
    "CASE": lambda user: Case.objects.visible_to(user),
    "DSP": lambda user: Dispute.objects.visible_to(user),
    "SLF": lambda user: SelfReport.objects.filter(organization_id=acting_for(user)),
    "RST": lambda user: Restoration.objects.filter(organization_id=acting_for(user)),
}


@covers("H6")
def readable(paper: CasePaper, user: Any) -> bool:
    """This will tell whether a party's person reads the paper: their matter, and shown to both sides or handed in by themselves."""
    rows = _READ.get(paper.subject.split("-")[0])
    if rows is None or not rows(user).filter(code=paper.subject).exists():
        return False
    return paper.shared or (paper.organization_id is not None and paper.organization_id == acting_for(user))
