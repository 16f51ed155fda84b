"""An order: placed at the offer's price with the money set aside, taken on or declined by the provider within its clock (R61)."""

from __future__ import annotations

from datetime import datetime

from compliance.deadlines import working_days_from
from compliance.engaging.independence import refuse_conflict, refuse_unfit
from compliance.engaging.moving import give_back, held_for, move, note, set_aside, tell
from compliance.engaging.offering import text_within
from compliance.engaging.subjects import Subject, subject_of
from compliance.models import Engagement, ServiceOffer
from compliance.states import EngagementStatus, OfferStatus
from evidence.operations import operation
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.models import Organization
from participants.permissions import require
from participants.timers import after

__all__ = ["accept_order", "decline_order", "lapse_order", "place_order", "withdraw_order"]

FAULTY = "compliance.engagement.faulty"


@covers("R61", "R53", "G1")
@operation("compliance.engagement.order")
def place_order(*, offer: ServiceOffer, client: Organization, about: str = "", brief: str, actor: Actor, clock: Clock) -> Engagement:
    """This will order a service: the price is the offer's, it leaves the client's free money now and reaches nobody yet."""
    held = ServiceOffer.objects.select_for_update(of=("self",), no_key=True).select_related("provider").get(pk=offer.pk)
    at = clock.now()
    require(actor, "compliance.engagement.order", subject=client, at=at)
    if held.status != OfferStatus.OFFERED:
        raise Rejected("compliance.engagement.offer_gone", offer=held.code)
    text, subject = text_within("brief", brief, 5, 5000, FAULTY), _about(about.strip().upper(), client)
    refuse_unfit(held.provider, held.kind, at=at)
    refuse_conflict(held.provider, client, held.kind, subject, at=at)
    code = new_code("ENG")
    pending, fee_bps = set_aside(client, held.price_fen, code, at=at)
    made = Engagement.objects.create(
        code=code, offer=held, provider=held.provider, client=client, about=subject.code, brief=text, price_fen=held.price_fen,
        fee_bps=fee_bps, pending=pending.id, ordered_at=at, due_at=after("engagement.order", at))
    note(made, "order", "", actor=actor, at=at, text=text)
    tell(made, made.provider, (f"{client.name}委托“{held.title_zh}”，请接单或婉拒",
                               f"{client.name_en or client.name} orders “{held.title_en or held.title_zh}”; take it or decline"),
         tone="wait", at=at)
    return made


def _about(code: str, client: Organization) -> Subject:
    found = subject_of(code, client)
    if found is None:
        raise Rejected("compliance.engagement.no_subject", subject=code)
    return found


def checked(held: Engagement, at: datetime) -> Subject:
    """This will look at the provider's fitness and ties again; what changed since the order counts."""
    refuse_unfit(held.provider, held.offer.kind, at=at)
    subject = subject_of(held.about) or Subject(held.about, ("", ""), ())
    refuse_conflict(held.provider, held.client, held.offer.kind, subject, at=at)
    return subject


@covers("R61", "R53")
@operation("compliance.engagement.accept")
def accept_order(*, engagement: Engagement, actor: Actor, clock: Clock) -> Engagement:
    """This will take an order on; the term of the offer runs from now."""
    held, at = held_for(engagement, "compliance.engagement.provide", actor, clock)
    checked(held, at)
    held.accepted_at = at
    move(held, "accept", due_at=working_days_from(at, held.offer.days), actor=actor, at=at)
    tell(held, held.client, (f"委托 {held.code} 已接单", f"Order {held.code} was taken on"), tone="info", at=at)
    return held


@operation("compliance.engagement.decline")
def decline_order(*, engagement: Engagement, reason: str, actor: Actor, clock: Clock) -> Engagement:
    """This will decline an order with the reason; the money is free again."""
    held, at = held_for(engagement, "compliance.engagement.provide", actor, clock)
    return _undone(held, "decline", text_within("reason", reason, 2, 2000, FAULTY), actor=actor, at=at)


@operation("compliance.engagement.withdraw")
def withdraw_order(*, engagement: Engagement, actor: Actor, clock: Clock) -> Engagement:
    """This will take an order back before it is taken on."""
    held, at = held_for(engagement, "compliance.engagement.client", actor, clock)
    return _undone(held, "withdraw", "", actor=actor, at=at)


def _undone(held: Engagement, act: str, reason: str, *, actor: Actor, at: datetime) -> Engagement:
    held.reason = reason
    if held.status == EngagementStatus.ORDERED:
        give_back(held, at=at)
    move(held, act, due_at=None, actor=actor, at=at, text=reason)
    for side in sorted((held.client, held.provider), key=lambda one: one.pk):
        tell(held, side, (f"委托 {held.code}：{held.get_status_display()}，款项已解冻",
                          f"Order {held.code} is {held.status}; the money is free again"), tone="info", at=at)
    return held


@operation("compliance.engagement.lapse")
def lapse_order(*, engagement: Engagement, actor: Actor = SYSTEM, clock: Clock) -> Engagement:
    """This will let an order lapse that nobody answered in time."""
    held, at = held_for(engagement, "compliance.engagement.lapse", actor, clock)
    if held.due_at is None or at < held.due_at:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    return _undone(held, "lapse", "期限内未答复 / no answer in time", actor=actor, at=at)
