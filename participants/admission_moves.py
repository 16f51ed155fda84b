"""How an application moves: its class, its terms, the fact and the notice of each move, the licence at its end (R40, A1).

The acts stand in ``admissions``; these are the steps that several of them take.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from evidence.canonical import canonical
from evidence.operations import record
from kit.actors import Actor
from kit.rejected import Rejected
from kit.states import advance
from participants.checklists import AdmissionClass, checklist, default_class
from participants.events import admission_moved
from participants.models import Admission, AdmissionBasis, AdmissionStatus, ProofNeed
from participants.notices import notify
from participants.queries import add_working_days, parameter
from participants.roles import CAPABILITY_WORDS
from participants.states import ADMISSION

__all__ = ["ENDED", "NEWS", "class_of", "locked", "missing_words", "move", "note", "tell", "term_from", "write_admission"]


def class_of(held: Admission) -> AdmissionClass:
    """This will return the class an application is for, as its own version of the checklist has it."""
    version = checklist(held.checklist)
    one = version.classes.get(held.category) or default_class(held.role, held.organization.kind, at=held.created_at)
    return one or version.classes["buyer"]


def missing_words(held: Admission) -> list[tuple[str, tuple[str, str]]]:
    """This will say each line of a return, with its key: an answer or a document by its name, other words as they stand."""
    version = checklist(held.checklist)
    named = {**{key: one.text for key, one in version.questions.items()}, **{key: one.text for key, one in version.items.items()}}
    return [(str(line) if str(line) in named else "", named.get(str(line), (str(line), str(line)))) for line in held.missing]


def locked(admission: Admission) -> Admission:
    """This will lock the application for the rest of the act."""
    return Admission.objects.select_for_update(of=("self",), no_key=True).select_related("organization__venue").get(pk=admission.pk)


def term_from(held: Admission, key: str, at: datetime) -> datetime:
    """This will return the end of a term of working days by the venue's figures."""
    venue = held.organization.venue
    return add_working_days(venue, at, int(parameter(key, venue=venue, at=at)))


def move(held: Admission, act: str, *, actor: Actor, at: datetime, reason: str = "", due_at: datetime | None = None,
         missing: list[str] | None = None, **changes: Any) -> Admission:
    """This will move it along the table and write the fact."""
    before = AdmissionStatus(held.status)
    held.status = advance(ADMISSION, before, act, subject=held.code, code="participants.admission.illegal_move")
    held.reason, held.due_at, held.missing, held.flagged_at = reason, due_at, missing or [], None
    held.ended_at = at if held.status in ENDED else None
    for name, value in changes.items():
        setattr(held, name, value)
    held.save()
    return note(held, act, before, actor=actor, at=at, reason=reason, missing=missing)


def note(held: Admission, act: str, before: str, *, actor: Actor, at: datetime, reason: str = "", missing: list[str] | None = None
         ) -> Admission:
    """This will write the fact of a move, or of being late."""
    record(admission_moved(act)(
        subject=held.code, organization=held.organization.code, role=held.role, category=held.category, basis=held.basis,
        from_status=before, to_status=held.status, reason=reason, missing=missing, effective_to=held.effective_to,
        declaration_hash=held.declaration_hash, content_hash=held.licence_hash), actor=actor, at=at)
    return held


#: States that nothing leaves.
ENDED = frozenset({AdmissionStatus.REFUSED, AdmissionStatus.WITHDRAWN, AdmissionStatus.EXPIRED, AdmissionStatus.REVOKED})

NEWS: dict[str, tuple[str, str, str]] = {
    "accept": ("info", "准入申请已受理，进入审核。", "Your application for admission was taken in and is under review."),
    "return": ("wait", "准入申请需补正：{reason}", "Your application for admission needs completing: {reason}"),
    "admit": ("ok", "已准入为“{class_zh}”。", "You are admitted as {class_en}."),
    "refuse": ("bad", "不予准入：{reason}", "Admission was refused: {reason}"),
    "annul": ("info", "异议成立，不予准入的决定已撤销，申请重新审核：{reason}",
              "Your objection was upheld: the refusal is annulled and the application is examined anew: {reason}"),
    "revoke": ("bad", "准入已撤销：{reason}", "Your admission was revoked: {reason}"),
    "expire": ("bad", "“{class_zh}”准入已到期，请续展。", "Your admission as {class_en} has expired; please renew it."),
}


def tell(held: Admission, act: str, at: datetime) -> None:
    """This will tell the organisation what a move means for it."""
    tone, zh, en = NEWS[act]
    named, lines = class_of(held).text, [pair for _key, pair in missing_words(held)]
    facts = {"class_zh": named[0], "class_en": named[1]}
    why_zh = "；".join(filter(None, ["、".join(pair[0] for pair in lines), held.reason]))
    why_en = "; ".join(filter(None, [", ".join(pair[1] for pair in lines), held.reason]))
    notify(organization=held.organization, kind=f"participants.admission.{act}", tone=tone,
           text=(zh.format(reason=why_zh, **facts), en.format(reason=why_en, **facts)),
           subject=held.code, href=f"/desk/organisation/admission/{held.code}/", due_at=held.due_at, at=at)


def write_admission(held: Admission, *, actor: Actor, at: datetime, reason: str) -> Admission:
    """This will write the admission, its licence and what it rests on; the one it renews ends now, its unused days are added."""
    one, venue = class_of(held), held.organization.venue
    begins_from = at
    rows = Admission.objects.filter(organization=held.organization, role=held.role, category__in=[held.category, ""],
                                    status=AdmissionStatus.ADMITTED)
    for earlier in rows:
        begins_from = max(begins_from, earlier.effective_to or at)
        move(locked(earlier), "expire", actor=actor, at=at, reason="renewed", effective_to=at)
    ends = _years_on(begins_from, int(parameter("admission.years", venue=venue, at=at)))
    held.capabilities, held.effective_from, held.effective_to = list(one.capabilities), at, ends
    content = _licence(held, one)
    try:
        with transaction.atomic():
            moved = move(held, "admit", actor=actor, at=at, reason=reason, licence=content,
                          licence_hash=hashlib.sha256(canonical(content)).hexdigest())
    except IntegrityError as refused:
        raise Rejected("participants.admission.one_open", admission=held.code) from refused
    grace = int(parameter("admission.light_proof_days", venue=venue, at=at)) if held.basis == AdmissionBasis.DECLARATION else 0
    ProofNeed.objects.bulk_create([
        ProofNeed(admission=held, item=item, capabilities=list(cut), needed_from=at + timedelta(days=grace))
        for item, cut in one.cuts.items()])
    tell(moved, "admit", at)
    return moved


def _licence(held: Admission, one: AdmissionClass) -> dict[str, Any]:
    """What is printed on the licence; nothing in it is about a person."""
    party = held.organization
    assert held.effective_from is not None and held.effective_to is not None
    return {
        "number": held.code, "organization": party.code, "name": party.name, "name_en": party.name_en, "uscc": party.uscc,
        "class": held.category, "class_zh": one.text[0], "class_en": one.text[1], "role": held.role, "basis": str(held.basis),
        "article": one.article, "checklist": held.checklist, "opens": list(one.capabilities),
        "opens_zh": "、".join(CAPABILITY_WORDS[name][0] for name in one.capabilities),
        "venue": party.venue.code, "venue_zh": party.venue.name_zh, "venue_en": party.venue.name_en,
        "approval": party.venue.filing_number, "from": held.effective_from.isoformat(), "to": held.effective_to.isoformat(),
    }


def _years_on(at: datetime, years: int) -> datetime:
    try:
        return at.replace(year=at.year + years)
    except ValueError:  # 29 February
        return at.replace(year=at.year + years, day=28)
