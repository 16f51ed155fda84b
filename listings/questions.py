"""Public questions about a listing 公开问答: asked by whoever is signed in, answered by the seller, hidden by the desk with a reason (D8).

The asker is not named: whom a product interests is a trade secret of its own (R103). What people write may not hold numbers that
reach a person: the floor is where one meets.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from compliance.personal.scan import scan_text
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from listings.events import QuestionMoved, named
from listings.models import Listing, Question
from listings.public_words import ask_a_person, public_reason, words_held
from listings.states import QUESTION, ListingStatus, QuestionStatus
from listings.values import clean_text
from participants.models import Organization
from participants.operations import notify
from participants.permissions import require
from participants.timers import after

__all__ = ["MOST_OPEN", "answer_question", "ask_question", "hide_question", "said_in_public", "show_question", "withdraw_question"]

_FAULT = "listings.question.faulty"
#: How many questions of one organisation may wait for an answer at one listing.
MOST_OPEN = 3
#: Kinds of numbers that lead past the floor to a person.
_REACHING = frozenset({"mobile", "email", "resident_id", "bank_card"})


def said_in_public(field: str, value: str, code: str, *, least: int = 5, longest: int = 1000) -> str:
    """This will return a text that everyone may read; one too short, or with a number that reaches a person, is refused at its field."""
    text = clean_text(field, value, longest, code)
    if len(text) < least:
        raise Rejected(code, errors=[FieldFault(field, "too_short", (f"不少于 {least} 个字", f"At least {least} characters"))])
    if _REACHING & {kind for kind, _, _ in scan_text(text)}:
        raise Rejected(code, errors=[FieldFault(field, "personal", (
            "含有手机号、邮箱、证件号或卡号，公开文字中不能出现",
            "Holds a mobile, identity or card number or an e-mail address; a public text may not"))])
    return text


def _tell(word: str, one: Question, *, reason: str = "", actor: Actor, at: datetime) -> None:
    record(named(QuestionMoved, f"listings.question.{word}")(
        subject=one.code, listing=one.listing.code, state=one.status, reason=reason,
        text_sha256=sha256(f"{one.text}\n{one.answer}".encode()).hexdigest()), actor=actor, at=at)


def _say(one: Question, to: Organization, text: tuple[str, str], *, tone: str = "info", due_at: datetime | None = None,
         at: datetime) -> None:
    notify(organization=to, kind="listings.question.moved", text=text, tone=tone, subject=one.code, href="/desk/questions/", due_at=due_at,
           at=at)


@covers("D8")
@operation("listings.question.ask")
def ask_question(*, listing: Listing, text: str, actor: Actor, clock: Clock) -> Question:
    """This will put a question to the seller, in public; at most three of one asker wait at one listing."""
    at = clock.now()
    require(actor, "listings.question.ask", at=at)
    assert actor.organization_id is not None, "whoever is signed in acts for an organisation"
    rows = Listing.objects.select_for_update(no_key=True, of=("self",))
    held = rows.select_related("organization", "version", "product").get(pk=listing.pk)
    if held.organization_id == actor.organization_id:
        raise Rejected("listings.question.own", listing=held.code)
    if held.status not in {ListingStatus.LISTED, ListingStatus.SUSPENDED}:
        raise Rejected("listings.watch.not_on_shelf", listing=held.code)
    asked = said_in_public("text", text, _FAULT)
    if Question.objects.filter(listing=held, asked_by=actor.organization_id, status=QuestionStatus.OPEN).count() >= MOST_OPEN:
        raise Rejected("listings.question.too_many_open", listing=held.code, most=MOST_OPEN)
    one = Question.objects.create(code=new_code("QST"), listing=held, organization=held.organization, asked_by_id=actor.organization_id,
                                  text=asked, asked_at=at, due_at=after("question.answer", at))
    _tell("asked", one, actor=actor, at=at)
    if _held_back(one, clock=clock):
        return one
    zh, en = held.titles
    _say(one, held.organization, (f"有人就《{zh}》提问，请公开答复", f"A question about “{en}”: answer it in public"), tone="wait",
         due_at=one.due_at, at=at)
    return one


@covers("T48", "D8")
def _held_back(one: Question, *, clock: Clock) -> bool:
    """Whether the question and its answer hold a term of the negative list: then they are off the page until the desk has looked."""
    hits = words_held({"text": one.text, "answer": one.answer}, at=clock.now())
    if not hits:
        return False
    ask_a_person(hits, kind="question", code=one.code, party=one.organization if one.answer else one.asked_by, clock=clock)
    hidden = hide_question(question=one, reason=public_reason(hits), actor=SYSTEM, clock=clock)
    one.status, one.hidden_reason, one.due_at = hidden.status, hidden.hidden_reason, hidden.due_at
    return True


def _locked(question: Question) -> Question:
    return Question.objects.select_for_update(of=("self",), no_key=True).select_related(
        "listing__version", "listing__product", "organization", "asked_by").get(pk=question.pk)


def _move(one: Question, action: str) -> None:
    one.status = advance(QUESTION, QuestionStatus(one.status), action, subject=one.code, code="listings.question.illegal_move")


@covers("D8")
@operation("listings.question.answer")
def answer_question(*, question: Question, answer: str, actor: Actor, clock: Clock) -> Question:
    """This will answer a question in public; whoever asked is told."""
    one = _locked(question)
    at = clock.now()
    require(actor, "listings.question.answer", subject=one, at=at)
    _move(one, "answer")
    one.answer, one.answered_at, one.due_at = said_in_public("answer", answer, _FAULT, least=2, longest=2000), at, None
    one.save(update_fields=["status", "answer", "answered_at", "due_at"])
    _tell("answered", one, actor=actor, at=at)
    if _held_back(one, clock=clock):
        return one
    zh, en = one.listing.titles
    _say(one, one.asked_by, (f"您就《{zh}》提的问题已有答复", f"Your question about “{en}” is answered"), tone="ok", at=at)
    return one


@covers("D8")
@operation("listings.question.withdraw")
def withdraw_question(*, question: Question, actor: Actor, clock: Clock) -> Question:
    """This will take an unanswered question back, by whoever asked it."""
    one = _locked(question)
    at = clock.now()
    require(actor, "listings.question.withdraw", subject=one, at=at)
    _move(one, "withdraw")
    one.due_at = None
    one.save(update_fields=["status", "due_at"])
    _tell("withdrawn", one, actor=actor, at=at)
    return one


@covers("D8")
@operation("listings.question.hide")
def hide_question(*, question: Question, reason: str, actor: Actor, clock: Clock) -> Question:
    """This will take a question and its answer off the page; the reason stands in its place and both sides are told."""
    one = _locked(question)
    at = clock.now()
    require(actor, "listings.question.hide", subject=one, at=at)
    _move(one, "hide")
    one.hidden_reason, one.due_at = said_in_public("reason", reason, "listings.question.reason_missing", longest=400), None
    one.save(update_fields=["status", "hidden_reason", "due_at"])
    _tell("hidden", one, reason=one.hidden_reason, actor=actor, at=at)
    for to in sorted({one.organization, one.asked_by}, key=lambda party: party.pk):
        _say(one, to, (f"问答 {one.code} 已隐藏：{one.hidden_reason}", f"Question {one.code} is hidden: {one.hidden_reason}"), tone="held",
             at=at)
    return one


@covers("D8")
@operation("listings.question.show")
def show_question(*, question: Question, actor: Actor, clock: Clock) -> Question:
    """This will put a hidden question back where it was: answered, or waiting for its answer with a clock of its own."""
    one = _locked(question)
    at = clock.now()
    require(actor, "listings.question.hide", subject=one, at=at)
    _move(one, "restore" if one.answered_at else "reopen")
    one.hidden_reason, one.due_at = "", None if one.answered_at else after("question.answer", at)
    one.save(update_fields=["status", "hidden_reason", "due_at"])
    _tell("shown", one, actor=actor, at=at)
    _say(one, one.organization, (f"问答 {one.code} 已恢复显示", f"Question {one.code} is shown again"),
         tone="wait" if one.due_at else "info", due_at=one.due_at, at=at)
    return one
