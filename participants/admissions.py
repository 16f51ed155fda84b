"""Admission 准入: an organisation applies for a class, the compliance desk decides, the admission has a term (R40, R87, CAP-A1).

What a class asks stands in the checklist (``checklists``), a version of which an application keeps. A deadline never admits
anybody; it takes an application in, lets an idle one lapse, and ends a term. Light classes are admitted by a promise, at once,
and are looked at more closely afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from participants.admission_moves import NEWS, class_of, locked, move, note, tell, term_from, write_admission
from participants.approvals import ask_approval, decide_approval
from participants.checklists import AdmissionClass, checklist, checklist_at, default_class
from participants.events import AdmissionAnswered, admission_moved
from participants.models import (
    Admission,
    AdmissionBasis,
    AdmissionObjectionStatus,
    AdmissionStatus,
    Approval,
    ApprovalStatus,
    Organization,
    ProofStatus,
)
from participants.notices import Note, notify_all
from participants.ownership import controllers_of
from participants.permissions import require
from participants.proofs import proofs_of, take_proof
from participants.queries import parameter, venue_organization
from participants.roles import OrganizationKind, Standing
from participants.security_reviews import end_review, foreign_among, open_security_review, review_owed
from participants.states import ADMISSION

__all__ = [
    "accept_admission", "admit", "class_of", "file_admission", "flag_admissions", "lapse_admissions", "leave", "open_admission",
    "refuse_admission", "return_admission", "revoke_admission", "save_answers", "second_admission", "still_missing", "withdraw_admission",
]

#: the act a regulator approves where a party is controlled from abroad, and who may approve it
FOREIGN_ACT, FOREIGN_CHECKER = "participants.admission.admit", "participants.security_review.decide"


def still_missing(held: Admission, *, at: datetime) -> list[tuple[str, str, tuple[str, str]]]:
    """This will list everything an application still lacks: (field, kind of fault, what it is called)."""
    version, one = checklist(held.checklist), class_of(held)
    questions, items = version.missing(one, held.answers, proofs_of(held.organization, at=at))
    return [(key, "required", version.questions[key].text) for key in questions] + [
        (f"proof.{item}", "missing", version.items[item].text) for item in items]


# ---- the applicant's acts ----------------------------------------------------------------------------------------------------


@covers("W3", "A1", "A2", "R54")
@operation("participants.admission.open")
def open_admission(*, organization: Organization, role: str = "", category: str = "", answers: Mapping[str, Any] | None = None,
                   actor: Actor, clock: Clock) -> Admission:
    """This will start an application of an organisation for a class; it waits as a draft until filed.

    ``role`` alone means its usual class. Within the last days of an admission the application renews it.
    """
    at = clock.now()
    require(actor, "participants.admission.file", subject=organization, at=at)
    one = _class(organization, role, category, at)
    renews = _renewed(organization, one, at)
    held = Admission.objects.create(
        code=new_code("ADM"), organization=organization, role=one.role, category=one.key, checklist=checklist_at(at).version,
        answers=dict(answers or (renews.answers if renews else {})), renews=renews, created_at=at,
        due_at=at + timedelta(days=int(parameter("admission.draft_days", venue=organization.venue, at=at))))
    record(admission_moved("open")(subject=held.code, organization=organization.code, role=one.role, category=one.key, from_status="",
                                   to_status=held.status), actor=actor, at=at)
    return held


def _class(organization: Organization, role: str, category: str, at: datetime) -> AdmissionClass:
    one = checklist_at(at).classes.get(category) if category else default_class(role, organization.kind, at=at)
    if one is None:
        raise Rejected("participants.admission.class_unknown", category=category or role)
    if organization.kind not in one.kinds:
        kinds = [OrganizationKind(kind) for kind in one.kinds]
        raise Rejected("participants.admission.class_unfit", category=one.text, kinds=(
            "、".join(str(kind.label) for kind in kinds), ", ".join(kind.replace("_", " ") for kind in kinds)))
    return one


def _renewed(organization: Organization, one: AdmissionClass, at: datetime) -> Admission | None:
    """The admission in force that the application renews; refused while another is open or the time has not come."""
    rows = Admission.objects.filter(organization=organization, role=one.role, category__in=[one.key, ""])
    waiting = rows.filter(status__in=[AdmissionStatus.DRAFT, AdmissionStatus.SUBMITTED, AdmissionStatus.RETURNED,
                                      AdmissionStatus.IN_REVIEW]).first()
    if waiting:
        raise Rejected("participants.admission.one_open", admission=waiting.code)
    if disputed := rows.filter(objections__status=AdmissionObjectionStatus.OPEN).first():
        raise Rejected("participants.admission.objection_open", admission=disputed.code)
    running = rows.filter(status=AdmissionStatus.ADMITTED).order_by("-effective_from").first()
    if running is None:
        return None
    days = int(parameter("admission.renewal_days", venue=organization.venue, at=at))
    opens = running.effective_to - timedelta(days=days) if running.effective_to else None
    if opens is None or at < opens:
        raise Rejected("participants.admission.renewal_too_early", admission=running.code, days=days,
                       opens=opens.date().isoformat() if opens else "—")
    return running


@covers("A1")
@operation("participants.admission.answer")
def save_answers(*, admission: Admission, answers: Mapping[str, Any], actor: Actor, clock: Clock) -> Admission:
    """This will keep what was answered so far, complete or not, so that nothing typed is lost before the application is filed."""
    at = clock.now()
    held = locked(admission)
    require(actor, "participants.admission.file", subject=held, at=at)
    advance(ADMISSION, AdmissionStatus(held.status), "submit", subject=held.code, code="participants.admission.illegal_move")
    changed = sorted(key for key in class_of(held).questions if key in answers and answers[key] != held.answers.get(key, ""))
    if not changed:
        unchanged(at=at)
        return held
    held.answers = {**held.answers, **{key: answers[key] for key in changed}}
    held.save(update_fields=["answers"])
    record(AdmissionAnswered(subject=held.code, organization=held.organization.code, answered=changed), actor=actor, at=at)
    return held


@covers("W3", "A1", "R40", "R87")
@operation("participants.admission.file")
def file_admission(*, admission: Admission, answers: Mapping[str, Any] | None = None, declare: bool = False, actor: Actor, clock: Clock
                   ) -> Admission:
    """This will hand the application to the desk, or with ``declare`` admit a light class by promise at once.

    Everything that is missing, answers and documents, is named in one refusal.
    """
    at = clock.now()
    held = locked(admission)
    require(actor, "participants.admission.file", subject=held, at=at)
    held.answers = {**held.answers, **(answers or {})}
    one = class_of(held)
    if held.organization.is_venue_affiliate:
        raise Rejected("participants.capability.venue_affiliate")
    lacking = still_missing(held, at=at)
    if declare:
        _refuse_promise(held, one, at)
        lacking = [row for row in lacking if not row[0].startswith("proof.")]
    if lacking:
        faults = [FieldFault(field, kind, ("请填写" if kind == "required" else "请提交", "Please answer" if kind == "required" else
                                           "Please hand in")) for field, kind, _ in lacking]
        raise Rejected("participants.admission.incomplete", errors=faults, missing=(
            "、".join(text[0] for _, _, text in lacking), ", ".join(text[1] for _, _, text in lacking)))
    if not declare:
        return move(held, "submit", actor=actor, at=at, due_at=term_from(held, "admission.accept_days", at))
    move(held, "submit", actor=actor, at=at, basis=AdmissionBasis.DECLARATION, declared_by=actor.code,
          declaration_hash=checklist(held.checklist).declaration_hash)
    move(held, "accept", actor=SYSTEM, at=at)
    return write_admission(held, actor=SYSTEM, at=at, reason="")


def _refuse_promise(held: Admission, one: AdmissionClass, at: datetime) -> None:
    """A promise is not open to every class, nor to whom the venue must look at first (K, Shenzhen 57 to 64)."""
    party = held.organization
    owners = foreign_among(party, controllers_of(party, at=at))
    why = next((texts for holds, texts in (
        (not one.by_declaration, ("该类别须经材料审核", "this class is admitted on its documents")),
        (party.standing in {Standing.RESTRICTED, Standing.SUSPENDED}, ("贵机构信用受限", "your standing is restricted")),
        (bool(owners), ("贵机构受境外主体控制", "you are controlled from abroad")),
        (not party.uscc or party.uscc_warning,
         ("统一社会信用代码缺失或校验不符", "the credit code is missing or its check digit is wrong")),
    ) if holds), None)
    if why is not None:
        raise Rejected("participants.admission.declaration_unfit", why=why)


@operation("participants.admission.withdraw")
def withdraw_admission(*, admission: Admission, actor: Actor, clock: Clock) -> Admission:
    """This will take the application back, or discard the draft."""
    at = clock.now()
    held = locked(admission)
    require(actor, "participants.admission.file", subject=held, at=at)
    return move(held, "discard" if held.status == AdmissionStatus.DRAFT else "withdraw", actor=actor, at=at)


# ---- the desk's acts ---------------------------------------------------------------------------------------------------------


@operation("participants.admission.accept")
def accept_admission(*, admission: Admission, actor: Actor, clock: Clock) -> Admission:
    """This will take the application in for review."""
    return _decide(admission, "accept", actor, clock, due_key="admission.review_days")


@covers("A1")
@operation("participants.admission.return")
def return_admission(*, admission: Admission, missing: Sequence[str], reason: str, actor: Actor, clock: Clock) -> Admission:
    """This will send the application back with one list of all that is missing (keys of the checklist, or words)."""
    return _decide(admission, "return", actor, clock, due_key="admission.return_days", reason=reason, missing=list(missing))


@operation("participants.admission.refuse")
def refuse_admission(*, admission: Admission, reason: str, actor: Actor, clock: Clock) -> Admission:
    """This will refuse admission, with the reason; the applicant may object in ten working days."""
    return _decide(admission, "refuse", actor, clock, reason=reason, refused_by_id=actor.user_id)


def _decide(admission: Admission, act: str, actor: Actor, clock: Clock, *, due_key: str = "", **changes: Any) -> Admission:
    at = clock.now()
    held = locked(admission)
    require(actor, "participants.admission.decide", subject=held, at=at)
    moved = move(held, act, actor=actor, at=at, due_at=term_from(held, due_key, at) if due_key else None, **changes)
    tell(moved, act, at)
    return moved


@covers("W3", "A1", "A2", "R62", "R107")
@operation("participants.admission.admit")
def admit(*, admission: Admission, reason: str = "", actor: Actor, clock: Clock) -> Admission:
    """This will admit the organisation in its class for ``admission.years``: its documents are accepted with it.

    Where it is controlled from abroad, the authority must agree first: the application waits, under security review.
    """
    at = clock.now()
    held = locked(admission)
    require(actor, "participants.admission.decide", subject=held, at=at)
    advance(ADMISSION, AdmissionStatus(held.status), "admit", subject=held.code, code="participants.admission.illegal_move")
    if held.organization.is_venue_affiliate:
        raise Rejected("participants.capability.venue_affiliate")
    _take_documents(held, actor, at)
    owners = foreign_among(held.organization, controllers_of(held.organization, at=at))
    if review_owed(held.organization, owners):
        open_security_review(organization=held.organization, owners=owners, cause=held.code, at=at)
        ask_approval(act=FOREIGN_ACT, subject=held.code, payload={"reason": reason}, checker=FOREIGN_CHECKER, actor=actor, at=at)
        return held
    return write_admission(held, actor=actor, at=at, reason=reason)


def _take_documents(held: Admission, actor: Actor, at: datetime) -> None:
    """Every document the class names and the desk has before it is accepted; a required one that is not there stops the act."""
    version, one, there = checklist(held.checklist), class_of(held), proofs_of(held.organization, at=at)
    lacking = [item for item in one.required if item not in there]
    if lacking:
        raise Rejected("participants.admission.proofs_open", items=("、".join(version.items[item].text[0] for item in lacking),
                                                                    ", ".join(version.items[item].text[1] for item in lacking)))
    for item in (*one.required, *one.welcome):
        if item in there and there[item].status == ProofStatus.HANDED_IN:
            take_proof(there[item], actor=actor, at=at)


@covers("I18", "R107")
@operation("participants.admission.second")
def second_admission(*, admission: Admission, agree: bool, reason: str, actor: Actor, clock: Clock) -> Admission:
    """This will give the authority's answer where a party is controlled from abroad: it is admitted, or refused for good."""
    at = clock.now()
    held = locked(admission)
    require(actor, FOREIGN_CHECKER, at=at)
    asked = Approval.objects.filter(act=FOREIGN_ACT, subject=held.code, status=ApprovalStatus.PENDING).first()
    if asked is None:
        raise Rejected("participants.admission.not_asked", admission=held.code)
    decide_approval(approval=asked, approve=agree, reason=reason, actor=actor, at=at)
    review = held.organization.security_reviews.filter(status="open").first()
    if review is not None:
        end_review(review=review, clear=agree, reason=reason, actor=actor, at=at)
    if agree:
        return write_admission(held, actor=actor, at=at, reason=asked.payload.get("reason", ""))
    refused = move(held, "refuse", actor=actor, at=at, reason=reason, refused_by_id=actor.user_id)
    tell(refused, "refuse", at)
    return refused


@operation("participants.admission.leave")
def leave(*, admission: Admission, actor: Actor, clock: Clock) -> Admission:
    """This will end the party's own admission at its wish. Whether duties are open is asked by the page that joins the rooms."""
    at = clock.now()
    held = locked(admission)
    require(actor, "participants.admission.file", subject=held, at=at)
    return move(held, "leave", actor=actor, at=at, effective_to=at)


@operation("participants.admission.revoke")
def revoke_admission(*, admission: Admission, basis: str, reason: str, actor: Actor, clock: Clock) -> Admission:
    """This will revoke an admission on ``basis``, the code of a final finding; the room that keeps findings has looked at it."""
    at = clock.now()
    held = locked(admission)
    require(actor, "participants.admission.revoke", subject=held, at=at)
    text = reason.strip()[:2000]
    if not basis.strip() or not text:
        raise Rejected("participants.admission.reason_needed")
    moved = move(held, "revoke", actor=actor, at=at, reason=f"{basis.strip()}：{text}", effective_to=at)
    tell(moved, "revoke", at)
    return moved


# ---- deadlines ---------------------------------------------------------------------------------------------------------------

#: state -> what its deadline does (a late review is flagged, it moves by nobody)
_LAPSES = {AdmissionStatus.DRAFT: "discard", AdmissionStatus.SUBMITTED: "accept", AdmissionStatus.RETURNED: "withdraw"}


def lapse_admissions(*, clock: Clock) -> int:
    """This will act for every application whose time is over, and end admissions whose term is over; returns how many."""
    at = clock.now()
    waiting = list(Admission.objects.filter(status__in=list(_LAPSES), due_at__lte=at).order_by("pk").values_list("pk", flat=True)[:200])
    ending = list(Admission.objects.filter(status=AdmissionStatus.ADMITTED, effective_to__lte=at).order_by("pk")
                  .values_list("pk", flat=True)[:200])
    return sum(_lapse_one(key, at) for key in waiting + ending)


def _lapse_one(key: int, at: datetime) -> int:
    with transaction.atomic():
        rows = Admission.objects.select_for_update(of=("self",), skip_locked=True, no_key=True).select_related("organization__venue")
        held = rows.filter(pk=key).first()
        if held is None:
            return 0
        act = "expire" if held.status == AdmissionStatus.ADMITTED else _LAPSES.get(AdmissionStatus(held.status), "")
        if act:
            _lapse(held=held, act=act, actor=SYSTEM, at=at)
        return bool(act)


@operation("participants.admission.lapse")
def _lapse(*, held: Admission, act: str, actor: Actor, at: datetime) -> None:
    require(actor, "participants.admission.lapse", at=at)
    due_at = term_from(held, "admission.review_days", at) if act == "accept" else None
    moved = move(held, act, actor=actor, at=at, reason="deadline", due_at=due_at)
    if act in NEWS:
        tell(moved, act, at)


@covers("A1", "R40")
def flag_admissions(*, clock: Clock) -> int:
    """This will flag every application the desk has not decided in its time, once, and tell applicant and desk; returns how many."""
    at = clock.now()
    late = Admission.objects.filter(status=AdmissionStatus.IN_REVIEW, flagged_at__isnull=True, due_at__lte=at)
    return sum(_flag_one(key, at) for key in list(late.order_by("pk").values_list("pk", flat=True)[:200]))


def _flag_one(key: int, at: datetime) -> int:
    with transaction.atomic():
        rows = Admission.objects.select_for_update(of=("self",), skip_locked=True, no_key=True).select_related("organization__venue")
        held = rows.filter(pk=key, status=AdmissionStatus.IN_REVIEW, flagged_at__isnull=True, due_at__lte=at).first()
        if held is None:
            return 0
        _flag(held=held, actor=SYSTEM, at=at)
        return 1


@operation("participants.admission.flag")
def _flag(*, held: Admission, actor: Actor, at: datetime) -> None:
    """A late application is neither admitted nor refused by time; the head of the desk is told, its figure turns red."""
    require(actor, "participants.admission.lapse", at=at)
    held.flagged_at = at
    held.save(update_fields=["flagged_at"])
    note(held, "flag", held.status, actor=actor, at=at)
    party, named = held.organization, class_of(held).text
    notify_all([
        Note(party, "participants.admission.late", (
            f"“{named[0]}”准入申请审核已逾期，已标记催办；逾期不等于准入或不予准入。",
            f"The review of your application as {named[1]} is past its time and flagged; that neither admits nor refuses you."),
            "wait", held.code, f"/desk/organisation/admission/{held.code}/"),
        Note(venue_organization(party.venue), "participants.admission.late", (
            f"准入申请 {held.code}（{party.name}）审核逾期，请负责人督办。",
            f"Application {held.code} ({party.name_en or party.name}) is past its time; whoever heads the desk sees to it."),
            "bad", held.code, "/admin/queue/admissions/"),
    ], at=at)
