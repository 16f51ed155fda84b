"""Calling a service: every gate at this very call, one answer, one row that is also its meter; probing is held and told, never bent.

The rows of calls are what settlement counts. A subject stands in them as a keyed hash: whoever answers for the data finds by it who asked
about a person, when and what for; nobody reads persons out of them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from delivery.gates import opted_out_of, times_used
from delivery.kinds import Way, way_of
from delivery.models import Delivery, Service, ServiceCall, ServiceHold
from delivery.release_events import ServiceCalled, hold_moved
from delivery.scoring.language import fault_of_inputs, read_model, score
from delivery.scoring.offering import keyed, plain, service_of
from delivery.scoring.probing import RECENT, Seen, probing_in
from delivery.seats import seated
from delivery.service_models import ServiceKind
from delivery.states import HOLD, DeliveryStatus, HoldStatus
from delivery.using import of_using, under_stop
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from participants.gates import Gate, capable, pass_all
from participants.models import User
from participants.notices import Note, notify_all
from participants.permissions import require
from participants.roles import Capability
from participants.timers import after
from trading.queries import seats_of
from trading.states import TradeStatus

__all__ = ["Called", "call_service", "calls_about", "end_hold", "lapse_hold", "of_calling", "use_service"]

_OPEN = (DeliveryStatus.DELIVERED, DeliveryStatus.ACCEPTED)
_OVER = (TradeStatus.EXECUTED, TradeStatus.DEFAULTED, TradeStatus.CANCELLED, TradeStatus.UNWOUND)
_DAY = timedelta(hours=24)
_ENDS_IN_DIGITS = re.compile(r"[0-9]{1,18}$")


@dataclass(frozen=True)
class Called:
    """What came of a call: its row, or the refusal that stands on record."""

    call: ServiceCall | None
    refused: Rejected | None = None


@covers("F5", "F6", "R14", "T63", "T64")
def of_calling(one: Delivery, service: Service | None, *, actor: Actor, at: datetime) -> Iterator[Gate]:
    """This will ask what every call asks."""
    closed = way_of(one.mode) != Way.SERVICE or service is None
    yield Gate(("服务已开放", "The service is open"), Rejected("delivery.service.closed", delivery=one.code) if closed else None)
    yield Gate(("卖方已经交付，未被拒收或进入争议", "The seller has delivered; it is neither rejected nor disputed"),
               None if one.status in _OPEN else Rejected("delivery.service.not_delivered", delivery=one.code))
    over = one.trade.state.status in _OVER
    yield Gate(("价款已付，成交有效", "The trade is paid for and stands"),
               Rejected("delivery.query.unpaid", trade=one.trade.code) if over else None)
    held = one.service_holds.filter(status=HoldStatus.HELD).first()
    yield Gate(("没有因试探而暂停", "It is not held for probing"), Rejected("delivery.service.held", delivery=one.code,
                                                                hold=held.code) if held else None)
    upheld = one.service_holds.filter(status=HoldStatus.UPHELD).exists()
    yield Gate(("没有因试探而终止", "It was not ended for probing"),
               Rejected("delivery.service.ended", delivery=one.code) if upheld else None)
    yield under_stop(one)
    yield from of_using(one, at=at, calls=times_used(one) + 1)
    yield from opted_out_of(one, at=at)
    yield capable(one.buyer, Capability.BID, at=at)
    if seats_of(one.trade) is not None:
        yield seated(one, actor)


def _faults(service: Service, inputs: Mapping[str, Any], subject: str, purpose: str, basis: str) -> list[FieldFault]:
    faults = []
    if purpose not in service.purposes:
        faults.append(FieldFault("purpose", "unknown", ("选择服务声明的用途", "Choose one of the declared purposes")))
    if not 4 <= len(basis.strip()) <= 200:
        faults.append(FieldFault("basis", "missing", ("写明同意或依据，4 至 200 字", "Name the consent or ground, 4 to 200 characters")))
    if not 1 <= len(plain(subject)) <= 80:
        faults.append(FieldFault("subject", "missing", ("写明所问的主体", "Say whom it is about")))
    if service.kind == ServiceKind.MODEL:
        assert service.algorithm is not None
        wrong = fault_of_inputs(read_model(service.algorithm.text), inputs)
    else:
        wanted = service.fields[1:]
        wrong = next((one for one in wanted if not isinstance(inputs.get(one), str) or not 1 <= len(plain(inputs[one])) <= 200), "")
        wrong = wrong or next((one[:40] for one in sorted(set(inputs) - set(wanted))), "")
    if wrong:
        faults.append(FieldFault(f"inputs.{wrong}", "missing", ("缺少、不认识或写法不对", "Missing, unknown or written otherwise")))
    return faults


def _kept(packed: bytes | memoryview, one: bytes) -> bool:
    held, low = bytes(packed), 0
    high = len(held) // 16
    while low < high:
        middle = (low + high) // 2
        if held[middle * 16:middle * 16 + 16] < one:
            low = middle + 1
        else:
            high = middle
    return held[low * 16:low * 16 + 16] == one


def _answered(service: Service, inputs: Mapping[str, str], subject: str) -> str:
    if service.kind == ServiceKind.MODEL:
        assert service.algorithm is not None
        return score(read_model(service.algorithm.text), inputs)
    values = [inputs[one] for one in service.fields[1:]]
    if _kept(service.records, keyed(service.code, subject, *values)[:16]):
        return "yes"
    return "no" if _kept(service.subjects, keyed(service.code, subject)[:16]) else "unknown"


def _next_to(service: Service, subject: str, seen: set[str]) -> bool:
    """Whether a number beside this one was asked about; a check character at its end does not hide it."""
    text = plain(subject)
    beside = set(_beside(text)) | {f"{one}{last}" for one in _beside(text[:-1]) for last in "0123456789x"}
    return any(keyed(service.code, one)[:16].hex() in seen for one in beside)


def _beside(text: str) -> Iterator[str]:
    found = _ENDS_IN_DIGITS.search(text)
    if found is not None:
        head, number = text[:found.start()], found.group()
        for step in (-1, 1):
            if int(number) + step >= 0:
                yield head + str(int(number) + step).zfill(len(number))


@covers("C6", "R14", "W14", "T62", "T63")
@operation("delivery.service.call")
def use_service(*, delivery: Delivery, inputs: Mapping[str, Any], subject: str, purpose: str, basis: str, actor: Actor,
                clock: Clock) -> Called:
    """This will answer one call, or hold the delivery where the calls look like probing; the hold stays on record, so it does not raise."""
    held = Delivery.objects.select_for_update(of=("self",), no_key=True).select_related(
        "trade__state", "seller", "buyer__use_networks", "version__listing__venue").get(pk=delivery.pk)
    at = clock.now()
    require(actor, "delivery.service.call", subject=held, at=at)
    service = service_of(held.version)
    pass_all(of_calling(held, service, actor=actor, at=at))
    assert service is not None
    if faults := _faults(service, inputs, subject, purpose, basis):
        raise Rejected("delivery.service.call_faulty", errors=faults)
    asked = _asked(service, held, inputs, subject, at=at)
    recent = list(held.service_calls.filter(at__gt=at - _DAY).order_by("pk"))
    _within(service, held, recent, asked.subject)
    since = max(held.service_holds.values_list("calls", flat=True), default=0)
    before = held.service_calls.count()
    looked = [_seen(one) for one in recent[-(RECENT - 1):]][-max(before - since, 0):] if before > since else []
    if pattern := probing_in([*looked, asked]):
        return Called(None, _hold(held, service, pattern, before, at=at))
    call = ServiceCall.objects.create(
        code=new_code("CAL"), service=service, delivery=held, subject=asked.subject, inputs=asked.inputs, parts=list(asked.parts),
        neighbour=asked.neighbour, purpose=purpose, basis=hashlib.sha256(basis.strip().encode()).hexdigest(), outcome=asked.outcome,
        asked_by=User.objects.get(pk=actor.user_id or 0), at=at)
    record(ServiceCalled(subject=call.code, delivery=held.code, service=service.code, seller=held.seller.code, buyer=held.buyer.code,
                         pinned_sha256=service.pinned_sha256, purpose_sha256=hashlib.sha256(purpose.encode()).hexdigest(),
                         number=before + 1), actor=actor, at=at)
    return Called(call)


def call_service(**named: Any) -> ServiceCall:
    """This will call a service; ``Rejected`` once a hold is on record."""
    done = use_service(**named)
    if done.refused is not None:
        raise done.refused
    assert done.call is not None
    return done.call


def _seen(one: ServiceCall) -> Seen:
    return Seen(one.subject, one.inputs, tuple(one.parts), one.neighbour, one.outcome)


def _asked(service: Service, held: Delivery, inputs: Mapping[str, str], subject: str, *, at: datetime) -> Seen:
    values = [inputs[one] for one in sorted(inputs)]
    before = set(held.service_calls.filter(at__gt=at - _DAY).values_list("subject", flat=True))
    parts = tuple(keyed(service.code, name, inputs[name])[:8].hex() for name in sorted(inputs)) if service.kind == ServiceKind.MODEL else ()
    return Seen(keyed(service.code, subject)[:16].hex(), keyed(service.code, subject, *values).hex(), parts,
                _next_to(service, subject, before), _answered(service, inputs, subject))


def _within(service: Service, held: Delivery, recent: list[ServiceCall], subject: str) -> None:
    """The buyer's limits over the last 24 hours; a refusal says which and when the oldest falls out."""
    subjects = {one.subject for one in recent}
    if len(recent) >= service.most_calls:
        raise Rejected("delivery.service.too_many", delivery=held.code, most=service.most_calls, again=(recent[0].at + _DAY).isoformat())
    if subject not in subjects and len(subjects) >= service.most_subjects:
        raise Rejected("delivery.service.too_many_subjects", delivery=held.code, most=service.most_subjects)


# ---- held for probing --------------------------------------------------------------------------------------------------------------


def _note_hold(held: ServiceHold, word: str, *, actor: Actor, at: datetime) -> None:
    one = held.delivery
    record(hold_moved[word](subject=held.code, delivery=one.code, seller=one.seller.code, buyer=one.buyer.code, service=held.service.code,
                            pattern=held.pattern, to_status=held.status, reason=held.reason, due_at=held.due_at), actor=actor, at=at)
    page = f"/desk/deliveries/{one.code}/calls/"
    zh, en = {"opened": ("调用因疑似试探暂停，等待本所复核", "Calls are held: they look like probing; the venue reviews it"),
              "lifted": ("暂停已解除，可以继续调用", "The hold is lifted; calls go on"),
              "upheld": (f"暂停经复核维持，不再调用：{held.reason[:120]}", f"The hold is upheld, calls have ended: {held.reason[:120]}"),
              "lapsed": ("复核逾期，暂停解除；限额与检测仍然有效", "The review ran out and the hold ends; limits and watch stay")}[word]
    tone = {"opened": "held", "upheld": "bad"}.get(word, "ok")
    notify_all([Note(party, f"delivery.hold.{word}", (f"“{one.version.title_zh}”{zh}", f"{one.code}: {en}"), tone, held.code, page,
                     held.due_at) for party in (one.buyer, one.seller)], at=at)


def _hold(held: Delivery, service: Service, pattern: str, calls: int, *, at: datetime) -> Rejected:
    made = ServiceHold.objects.create(code=new_code("HLD"), delivery=held, service=service, pattern=pattern, calls=calls, opened_at=at,
                                      due_at=after("service.hold", at))
    _note_hold(made, "opened", actor=SYSTEM, at=at)
    return Rejected("delivery.service.held", delivery=held.code, hold=made.code)


def _step_hold(hold: ServiceHold, act: str, permission: str, *, actor: Actor, clock: Clock) -> tuple[ServiceHold, datetime]:
    held = ServiceHold.objects.select_for_update(of=("self",), no_key=True).select_related(
        "delivery__seller", "delivery__buyer", "delivery__version", "service").get(pk=hold.pk)
    at = clock.now()
    require(actor, permission, at=at)
    held.status = advance(HOLD, HoldStatus(held.status), act, subject=held.code, code="delivery.hold.illegal_move")
    held.ended_at, held.due_at = at, None
    return held, at


@covers("R14")
@operation("delivery.hold.end")
def end_hold(*, hold: ServiceHold, act: str, reason: str, actor: Actor, clock: Clock) -> ServiceHold:
    """This will lift a hold or uphold it, with the reason, by the compliance desk."""
    said = reason.strip()[:2000]
    if act not in {"lift", "uphold"} or len(said) < 4:
        raise Rejected("delivery.hold.faulty", errors=[FieldFault("reason", "missing", ("写明理由", "Say why"))])
    held, at = _step_hold(hold, act, "delivery.hold.end", actor=actor, clock=clock)
    held.reason = said
    held.save()
    _note_hold(held, "lifted" if act == "lift" else "upheld", actor=actor, at=at)
    return held


@operation("delivery.hold.lapse")
def lapse_hold(*, hold: ServiceHold, clock: Clock) -> ServiceHold:
    """This will end a hold nobody reviewed in time: limits and watch stay, so that silence punishes nobody for good."""
    held, at = _step_hold(hold, "lapse", "delivery.hold.lapse", actor=SYSTEM, clock=clock)
    held.save()
    _note_hold(held, "lapsed", actor=SYSTEM, at=at)
    return held


@covers("W14")
def calls_about(service: Service, subject: str, *, most: int = 100) -> list[ServiceCall]:
    """This will list who asked about a person, newest first: what whoever answers for the data tells a person who asks for it."""
    key = keyed(service.code, subject)[:16].hex()
    return list(service.calls.filter(subject=key).select_related("delivery__buyer").order_by("-pk")[:most])
