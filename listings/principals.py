"""Trustees and their principals 受托者与委托人 (Data Twenty 6): taken on by file, each line reported; and what people ask of holders."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from compliance.cases import open_case
from compliance.models import CaseKind
from compliance.personal.numbers import numbers_in
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from listings.consents import locked_consent
from listings.events import PrincipalMoved, SubjectRequestMoved, named
from listings.models import Ask, Consent, Principal, SubjectRequest
from listings.states import MANDATE, SUBJECT_REQUEST, MandateStatus, SubjectRequestStatus
from listings.values import clean_choice, clean_text
from participants.models import Organization, User
from participants.operations import notify
from participants.people import known_person
from participants.permissions import require
from participants.timers import after

__all__ = [
    "TakenOn", "answer_subject_request", "end_mandate", "import_principals", "miss_subject_request", "open_subject_request",
    "refuse_subject_request",
]

_LOCAL = ZoneInfo("Asia/Shanghai")
_FAULT = "listings.principal.file_faulty"
#: Headings in either language -> what they name.
HEADINGS = {"编号": "reference", "reference": "reference", "姓名": "name", "name": "name", "证件号": "identity", "identity": "identity",
            "委托至": "until", "until": "until"}
_MOST_LINES, _MOST_BYTES = 5_000, 4 * 1024 * 1024


@dataclass
class TakenOn:
    """What came of a file: who was taken on, and each line that was not, with the reason."""

    read: int = 0
    made: list[Principal] = field(default_factory=list)
    refused: list[tuple[int, tuple[str, str]]] = field(default_factory=list)


def _lines(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV with known headings, numbered as in the file."""
    try:
        text = content.decode("utf-8-sig")
        rows = csv.reader(io.StringIO(text), strict=True)
        heads = [HEADINGS.get(one.strip().casefold(), "") for one in next(rows, [])]
        if set(HEADINGS.values()) - set(heads):
            raise Rejected(_FAULT)
        for cells in rows:
            if any(one.strip() for one in cells):
                yield rows.line_num, dict(zip(heads, (one.strip() for one in cells), strict=False))
    except (UnicodeDecodeError, csv.Error) as fault:
        raise Rejected(_FAULT) from fault


def _fault_of(row: dict[str, str], at: datetime) -> tuple[str, str] | None:
    if not all(row.get(name) for name in ("reference", "name", "identity", "until")):
        return "编号、姓名、证件号、委托至都须填写", "reference, name, identity and until are all needed"
    if len(row["reference"]) > 40 or len(row["name"]) > 80:
        return "编号或姓名过长", "The reference or the name is too long"
    if not any(kind == "resident_id" for kind, _start, _end in numbers_in(row["identity"])):
        return "证件号不是有效的身份证号", "The identity number is no valid resident number"
    if (ends := _until(row["until"])) is None or ends <= at:
        return "委托至须为今后的日期（2027-12-31）", "until must be a coming day (2027-12-31)"
    return None


def _until(text: str) -> datetime | None:
    """The end of a named day."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        return (datetime.fromisoformat(text).replace(tzinfo=_LOCAL) + timedelta(days=1)).astimezone(UTC)
    except ValueError:
        return None


@covers("R29", "B9")
@operation("listings.principal.import")
def import_principals(*, organization: Organization, content: bytes, actor: Actor, clock: Clock) -> TakenOn:
    """This will take the people of a CSV on as principals; good lines count, each bad one is reported with its number and reason."""
    at = clock.now()
    require(actor, "listings.principal.import", subject=organization, at=at)
    if len(content) > _MOST_BYTES:
        raise Rejected(_FAULT)
    report = TakenOn()
    for number, row in _lines(content):
        report.read += 1
        if report.read > _MOST_LINES:
            raise Rejected(_FAULT)
        if fault := _fault_of(row, at) or _take_on(report, organization, row, actor=actor, at=at):
            report.refused.append((number, fault))
    if not report.made:
        report.refused = report.refused or [(1, ("文件里没有人", "There is nobody in the file"))]
        raise Rejected("listings.principal.nobody", read=report.read, errors=[
            _line_fault(number, text) for number, text in report.refused[:20]])
    return report


def _line_fault(number: int, text: tuple[str, str]) -> FieldFault:
    return FieldFault("file", "line", (f"第 {number} 行：{text[0]}", f"Line {number}: {text[1]}"))


def _take_on(report: TakenOn, organization: Organization, row: dict[str, str], *, actor: Actor, at: datetime) -> tuple[str, str] | None:
    person = known_person(row["name"], row["identity"])
    running = Principal.objects.filter(status=MandateStatus.ACTIVE)
    if running.filter(subject=person).exists():
        return "此人已有在委托中的受托者", "This person has a trustee already"
    if running.filter(organization=organization, reference=row["reference"]).exists():
        return "编号已用于另一委托", "The reference stands for another mandate"
    until = _until(row["until"])
    assert until is not None, "the day was read before"
    made = Principal.objects.create(code=new_code("PRN"), organization=organization, subject=person, reference=row["reference"],
                                    effective_from=at, effective_to=until)
    _tell("taken_on", made, actor=actor, at=at)
    report.made.append(made)
    return None


def _tell(word: str, one: Principal, *, actor: Actor, at: datetime) -> None:
    record(named(PrincipalMoved, f"listings.principal.{word}")(
        subject=one.code, trustee=one.organization.code, person=one.subject.code, effective_to=one.effective_to.isoformat()),
        actor=actor, at=at)


@operation("listings.principal.end")
def end_mandate(*, principal: Principal, actor: Actor = SYSTEM, clock: Clock) -> Principal:
    """This will end a mandate with its term, or before it by the trustee; consents given go on, the person withdraws them."""
    at = clock.now()
    held = Principal.objects.select_for_update(of=("self",), no_key=True).select_related("organization", "subject").get(pk=principal.pk)
    require(actor, "listings.principal.end", subject=held, at=at)
    held.status = advance(MANDATE, MandateStatus(held.status), "end", subject=held.code, code="listings.principal.illegal_move")
    held.save(update_fields=["status"])
    _tell("ended", held, actor=actor, at=at)
    return held


# ---- what people ask of a holder -------------------------------------------------------------------------------------------

def _note(word: str, one: SubjectRequest, *, actor: Actor, at: datetime) -> None:
    record(named(SubjectRequestMoved, f"listings.subject_request.{word}")(
        subject=one.code, consent=one.consent.code, holder=one.organization.code, ask=one.kind, state=one.status), actor=actor, at=at)


@covers("R34", "R105", "W15")
@operation("listings.subject_request.open")
def open_subject_request(*, consent: Consent, kind: str, text: str = "", actor: Actor, clock: Clock) -> SubjectRequest:
    """This will ask the holder for a copy, a correction, a move, or object and opt out; the holder answers within 15 working days."""
    at = clock.now()
    require(actor, "listings.subject_request.open", at=at)
    held = locked_consent(consent)
    if not Consent.objects.concerning(_user(actor)).filter(pk=held.pk).exists():
        raise Rejected("participants.object.absent")
    asked = clean_choice("kind", kind, Ask.values, "listings.consent.incomplete")
    said = clean_text("text", text, 2000, "listings.consent.incomplete")
    if not asked or (asked == Ask.CORRECT and not said):
        raise Rejected("listings.subject_request.unsaid")
    if held.requests.filter(kind=asked, status__in=[SubjectRequestStatus.OPEN, SubjectRequestStatus.LATE]).exists():
        raise Rejected("listings.subject_request.one_open")
    one = SubjectRequest.objects.create(code=new_code("SRQ"), consent=held, organization=held.organization, kind=asked, text=said,
                                        opened_at=at, due_at=after("subject_request.answer", at))
    _note("opened", one, actor=actor, at=at)
    notify(organization=held.organization, kind="listings.subject_request.opened", subject=one.code, tone="wait", due_at=one.due_at,
           href="/desk/subject-requests/", at=at, text=(f"个人权利请求：{Ask(asked).label}，请答复",
                                                        f"A person asks of you ({asked}): please answer"))
    return one


def _user(actor: Actor) -> User:
    assert actor.user_id is not None, "who asks is signed in"
    return User.objects.get(pk=actor.user_id)


def _locked(one: SubjectRequest, act: str) -> SubjectRequest:
    held = SubjectRequest.objects.select_for_update(of=("self",), no_key=True).select_related("consent__subject", "organization",
                                                                                "consent__trustee").get(pk=one.pk)
    held.status = advance(SUBJECT_REQUEST, SubjectRequestStatus(held.status), act, subject=held.code,
                          code="listings.subject_request.illegal_move")
    return held


def _answer(request: SubjectRequest, act: str, word: str, answer: str, *, actor: Actor, clock: Clock) -> SubjectRequest:
    at = clock.now()
    require(actor, "listings.subject_request.answer", subject=request, at=at)
    held = _locked(request, act)
    held.answer = clean_text("answer", answer, 2000, "listings.consent.incomplete")
    if not held.answer:
        raise Rejected("listings.subject_request.unsaid")
    held.answered_at, held.due_at = at, None
    held.save(update_fields=["status", "answer", "answered_at", "due_at"])
    _note(word, held, actor=actor, at=at)
    if held.consent.trustee is not None:
        notify(organization=held.consent.trustee, kind="listings.subject_request.answered", subject=held.code, tone="info",
               href="/desk/principals/", at=at, text=("持有者答复了个人权利请求", "The holder answered a person's request"))
    return held


@covers("R34", "R105")
@operation("listings.subject_request.answer")
def answer_subject_request(*, request: SubjectRequest, answer: str, actor: Actor, clock: Clock) -> SubjectRequest:
    """This will say what was done about a request; by the holder."""
    return _answer(request, "answer", "answered", answer, actor=actor, clock=clock)


@operation("listings.subject_request.refuse")
def refuse_subject_request(*, request: SubjectRequest, answer: str, actor: Actor, clock: Clock) -> SubjectRequest:
    """This will turn a request down with the reason (PIPL 50)."""
    return _answer(request, "refuse", "refused", answer, actor=actor, clock=clock)


@operation("listings.subject_request.miss")
def miss_subject_request(*, request: SubjectRequest, actor: Actor = SYSTEM, clock: Clock) -> SubjectRequest:
    """This will mark a request nobody answered in time and put it before the compliance desk; it stays owed."""
    at = clock.now()
    require(actor, "listings.subject_request.miss", at=at)
    held = _locked(request, "miss")
    held.due_at = None
    held.save(update_fields=["status", "due_at"])
    _note("missed", held, actor=actor, at=at)
    open_case(kind=CaseKind.OTHER, subject_kind="subject_request", subject_code=held.code, organization=held.organization,
              title=("个人权利请求逾期未答复", "A person's request was not answered in time"), actor=actor, clock=clock)
    return held
