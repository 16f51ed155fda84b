"""What a data source may ask of a holder 数据来源者请求: access, a copy, a transfer, a correction; with a clock and few ways to say no.

The requester signs by real name and proves the tie to the data. A holder refuses on one of four grounds only and charges only who
asks again and again; silence past the clock is told to the requester, who may complain.
"""

from __future__ import annotations

from datetime import datetime

from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from kit.states import advance
from listings.events import SourceRequestMoved, named
from listings.models import DataProduct, RefusalGround, RequestKind, SourceRequest
from listings.signing import real_name
from listings.states import SOURCE_REQUEST, RequestStatus
from listings.values import clean_text
from participants.models import Organization
from participants.operations import notify
from participants.permissions import require
from participants.timers import after, before

__all__ = ["FREE_A_YEAR", "answer_request", "file_request", "lapse_request", "withdraw_request"]

_FAULT = "listings.request.faulty"
_PAGE = "/desk/requests/"
#: How many requests of one kind a holder answers free of charge within a year (product default; more is "excessive", R34).
FREE_A_YEAR = 2


def _tell(word: str, one: SourceRequest, *, actor: Actor, at: datetime) -> None:
    record(named(SourceRequestMoved, f"listings.source_request.{word}")(
        subject=one.code, product=one.product.code, holder=one.organization.code, request_kind=one.kind, ground=one.ground,
        recipient=one.recipient.code if one.recipient else "", file_sha256=one.handed_over.sha256 if one.handed_over else "",
        fee_fen=one.fee_fen), actor=actor, at=at)


def _say(one: SourceRequest, to: Organization, text: tuple[str, str], *, tone: str, due_at: datetime | None = None, at: datetime) -> None:
    notify(organization=to, kind="listings.source_request.moved", text=text, tone=tone, subject=one.code, href=_PAGE, due_at=due_at, at=at)


@covers("R34", "R105")
@operation("listings.source_request.file")
def file_request(*, product: DataProduct, kind: str, scope: str, name: str, proof: Deposit | None, recipient: Organization | None = None,
                 actor: Actor, clock: Clock) -> SourceRequest:
    """This will put a request to the product's holder: who asks, which data, and the proof that it comes from the requester."""
    at = clock.now()
    require(actor, "listings.source_request.file", at=at)
    person = real_name(actor, name, code="listings.request.name_differs")
    text = clean_text("scope", scope, 5000, _FAULT)
    sort = RequestKind(kind)
    if len(text) < 10 or proof is None or (sort == RequestKind.TRANSFER) != (recipient is not None):
        raise Rejected(_FAULT)
    assert actor.organization_id is not None, "who is signed in acts for an organisation"
    if product.organization_id == actor.organization_id or (recipient and recipient.pk == product.organization_id):
        raise Rejected("listings.request.own", product=product.code)
    open_ones = SourceRequest.objects.filter(product=product, requester=person, kind=sort,
                                             status__in=[RequestStatus.FILED, RequestStatus.OVERDUE])
    if known := open_ones.first():
        raise Rejected("listings.request.one_open", request=known.code)
    one = SourceRequest.objects.create(
        code=new_code("DSR"), organization=product.organization, product=product, requested_by_id=actor.organization_id,
        requester=person, kind=sort, scope=text, proof=proof, recipient=recipient, filed_at=at, due_at=after("source_request.answer", at))
    _tell("filed", one, actor=actor, at=at)
    _say(one, one.organization, (f"数据来源者请求 {one.code}（{sort.label}），请在期限内答复",
                                 f"A data source asks ({sort.value}): {one.code}; answer within the term"),
         tone="wait", due_at=one.due_at, at=at)
    return one


def _locked(request: SourceRequest) -> SourceRequest:
    return SourceRequest.objects.select_for_update(of=("self",), no_key=True).select_related(
        "product", "organization", "requested_by", "recipient").get(pk=request.pk)


def _move(one: SourceRequest, action: str) -> None:
    one.status = advance(SOURCE_REQUEST, RequestStatus(one.status), action, subject=one.code, code="listings.source_request.illegal_move")


@covers("R34", "R105")
@operation("listings.source_request.answer")
def answer_request(*, request: SourceRequest, fulfil: bool, answer: str, ground: str = "", handed_over: Deposit | None = None,
                   fee_fen: int = 0, actor: Actor, clock: Clock) -> SourceRequest:
    """This will answer a request: with the data (a file for a copy or transfer), or a refusal on one of the four grounds."""
    held = _locked(request)
    at = clock.now()
    require(actor, "listings.source_request.answer", subject=held, at=at)
    _move(held, "fulfil" if fulfil else "refuse")
    held.answer = clean_text("answer", answer, 5000, _FAULT)
    if fulfil and held.kind in {RequestKind.COPY, RequestKind.TRANSFER} and handed_over is None:
        raise Rejected("listings.request.file_missing")
    if len(held.answer) < 5 or (not fulfil and ground not in RefusalGround.values):
        raise Rejected("listings.request.answer_missing")
    if fee_fen and (not fulfil or _asked_before(held, at) < FREE_A_YEAR):
        raise Rejected("listings.request.fee_not_due", free=FREE_A_YEAR)
    held.ground, held.fee_fen = ("" if fulfil else ground), fee_fen
    held.handed_over = handed_over if fulfil else None
    held.due_at, held.answered_at = None, at
    held.save(update_fields=["status", "answer", "ground", "fee_fen", "handed_over", "due_at", "answered_at"])
    _tell("fulfilled" if fulfil else "refused", held, actor=actor, at=at)
    _say(held, held.requested_by, (f"请求 {held.code} 已{'办理' if fulfil else '拒绝'}：{held.answer}",
                                   f"Request {held.code} is {held.status}: {held.answer}"), tone="ok" if fulfil else "bad", at=at)
    if fulfil and held.recipient is not None:
        _say(held, held.recipient, (f"您收到一份数据转移（{held.code}）", f"Data was moved to you ({held.code})"), tone="info", at=at)
    return held


def _asked_before(one: SourceRequest, at: datetime) -> int:
    """How often this person had the same of this holder within a year."""
    return SourceRequest.objects.filter(
        organization=one.organization, requester=one.requester, kind=one.kind, status=RequestStatus.FULFILLED,
        filed_at__gt=before("source_request.year", at)).exclude(pk=one.pk).count()


@operation("listings.source_request.withdraw")
def withdraw_request(*, request: SourceRequest, actor: Actor, clock: Clock) -> SourceRequest:
    """This will take a request back, by whoever made it."""
    held = _locked(request)
    at = clock.now()
    require(actor, "listings.source_request.withdraw", subject=held, at=at)
    _move(held, "withdraw")
    held.due_at, held.answered_at = None, at
    held.save(update_fields=["status", "due_at", "answered_at"])
    _tell("withdrawn", held, actor=actor, at=at)
    return held


@covers("R34")
@operation("listings.source_request.lapse")
def lapse_request(*, request: SourceRequest, actor: Actor = SYSTEM, clock: Clock) -> SourceRequest:
    """This will mark a request that nobody answered in time and tell both sides; it can still be answered."""
    held = _locked(request)
    at = clock.now()
    require(actor, "listings.source_request.lapse", at=at)
    assert held.due_at is not None and held.due_at <= at, "a request is late when its clock has run out"
    _move(held, "lapse")
    held.due_at = None
    held.save(update_fields=["status", "due_at"])
    _tell("overdue", held, actor=actor, at=at)
    _say(held, held.organization, (f"请求 {held.code} 已逾期未答复，请立即办理", f"Request {held.code} is overdue; answer it now"),
         tone="bad", at=at)
    _say(held, held.requested_by, (f"请求 {held.code} 逾期未答复，您可以投诉",
                                   f"Request {held.code} was not answered in time; you may complain"),
         tone="bad", at=at)
    return held
