"""The report: signed by a person of the provider, numbered, accepted or objected to within a clock, then paid (R61, R88, R89).

Silence of the client is acceptance; silence of the provider is failure and the money goes back. A provider that stands by its
report opens a dispute; its outcome decides what share of the price is paid, and a dispute that finds no way pays nothing.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from compliance.credit import note_credit
from compliance.disputes import open_dispute
from compliance.engaging.moving import give_back, held_for, move, pay_provider, tell
from compliance.engaging.offering import text_within
from compliance.engaging.ordering import FAULTY, checked
from compliance.engaging.valuing import Valuation, valued
from compliance.events import report_moved
from compliance.models import Engagement, EngagementReport
from compliance.states import DisputeStatus, EngagementStatus
from evidence.canonical import canonical
from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from participants.models import User
from participants.timers import after

__all__ = ["accept_by_time", "approve_report", "deliver_report", "give_up_order", "miss_report", "object_to_report", "reports_on",
           "settle_disputed", "stand_by_report"]

_PROVIDE, _CLIENT, _CLOCK = "compliance.engagement.provide", "compliance.engagement.client", "compliance.engagement.lapse"


@covers("R61", "R88", "R89")
@operation("compliance.engagement.deliver")
def deliver_report(*, engagement: Engagement, summary: str, paper: Deposit | None, valuation: Valuation | None = None, actor: Actor,
                   clock: Clock) -> EngagementReport:
    """This will sign a report in the actor's name and hand it to the client; after an objection it is the next number.

    A valuation is a typed report: its methods are computed here from the appraiser's inputs and signed with them (W19).
    """
    held, at = held_for(engagement, _PROVIDE, actor, clock)
    checked(held, at)
    if paper is None:
        raise Rejected(FAULTY, errors=[FieldFault("paper", "required", ("请附报告文件", "Attach the report"))])
    figures = _figures(held, valuation)
    made = _signed(held, text_within("summary", summary, 10, 5000, FAULTY), paper, figures, actor=actor, at=at)
    held.delivered_at = at
    move(held, "deliver", due_at=after("engagement.accept", at), actor=actor, at=at, report=made)
    tell(held, held.client, (f"委托 {held.code} 的报告已提交，请在期限内确认；逾期视为确认",
                             f"The report of order {held.code} is here: accept or object in time, silence accepts it"), tone="wait", at=at)
    return made


@covers("W19")
def _figures(held: Engagement, valuation: Valuation | None) -> dict[str, Any]:
    if (held.offer.kind == "provider_valuation") != (valuation is not None):
        raise Rejected("compliance.engagement.valuation_missing")
    if valuation is None:
        return {}
    if faults := valuation.faults():
        raise Rejected(FAULTY, errors=[FieldFault("weights", "out_of_range", text) for text in faults])
    return {"valuation": valued(valuation)}


def _signed(held: Engagement, summary: str, paper: Deposit, figures: dict[str, Any], *, actor: Actor, at: datetime) -> EngagementReport:
    assert actor.user_id is not None, "a report is signed by a person"
    signer = User.objects.select_related("person").get(pk=actor.user_id)
    number = held.reports.count() + 1
    body = {"engagement": held.code, "number": number, "provider": held.provider.code, "service": held.offer.kind, "about": held.about,
            "summary": summary, "file": paper.sha256, "figures": figures, "signer": signer.person.code if signer.person else ""}
    made = EngagementReport.objects.create(
        code=new_code("RPT"), engagement=held, number=number, about=held.about, summary=summary, deposit=paper, file_sha256=paper.sha256,
        figures=figures, content_hash=hashlib.sha256(canonical(body)).hexdigest(), signed_by=signer, signed_at=at)
    told(made, "sign", "", actor=actor, at=at)
    return made


def told(report: EngagementReport, act: str, before: str, *, actor: Actor, at: datetime) -> None:
    """This will record that a report was signed or its standing changed."""
    record(report_moved[act](subject=report.code, engagement=report.engagement.code, number=report.number,
                             provider=report.engagement.provider.code, about=report.about, from_status=before, to_status=report.status,
                             file_sha256=report.file_sha256, content_hash=report.content_hash, case=report.case_code), actor=actor, at=at)


def _due(held: Engagement, at: datetime) -> None:
    if held.due_at is None or at < held.due_at:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)


@covers("R61", "G1")
@operation("compliance.engagement.approve")
def approve_report(*, engagement: Engagement, actor: Actor, clock: Clock) -> Engagement:
    """This will accept the report and pay the provider, the venue's fee beside it."""
    held, at = held_for(engagement, _CLIENT, actor, clock)
    return _completed(held, "approve", actor=actor, at=at)


@operation("compliance.engagement.approve_by_time")
def accept_by_time(*, engagement: Engagement, actor: Actor = SYSTEM, clock: Clock) -> Engagement:
    """This will accept a report to which the client said nothing in time."""
    held, at = held_for(engagement, _CLOCK, actor, clock)
    _due(held, at)
    return _completed(held, "approve_by_time", actor=actor, at=at)


def _completed(held: Engagement, act: str, *, refund_bps: int = 0, actor: Actor, at: datetime) -> Engagement:
    if held.status in {EngagementStatus.DELIVERED, EngagementStatus.DISPUTED}:
        pay_provider(held, refund_bps=refund_bps, at=at)
    move(held, act, due_at=None, actor=actor, at=at)
    tell(held, held.provider, (f"委托 {held.code} 已完成，款项到账", f"Order {held.code} is complete, you are paid"), tone="ok", at=at)
    return held


@covers("R61")
@operation("compliance.engagement.object")
def object_to_report(*, engagement: Engagement, text: str, actor: Actor, clock: Clock) -> Engagement:
    """This will object to a report with the grounds; the provider mends it, stands by it, or gives the order up."""
    held, at = held_for(engagement, _CLIENT, actor, clock)
    held.objection = text_within("text", text, 5, 5000, FAULTY)
    move(held, "object", due_at=after("engagement.revise", at), actor=actor, at=at, text=held.objection)
    tell(held, held.provider, (f"委托方对 {held.code} 的报告有异议，请修订或说明", f"The client objects to the report of {held.code}"),
         tone="bad", at=at)
    return held


@covers("R61", "R95")
@operation("compliance.engagement.stand")
def stand_by_report(*, engagement: Engagement, claim: str, actor: Actor, clock: Clock) -> Engagement:
    """This will stand by a report against an objection: a dispute of the two decides what is paid."""
    held, at = held_for(engagement, _PROVIDE, actor, clock)
    text = text_within("claim", claim, 5, 5000, FAULTY)
    if held.status == EngagementStatus.OBJECTED:
        held.dispute = open_dispute(subject_code=held.code, opener=held.provider, respondent=held.client, claim=text, actor=actor,
                                    clock=clock)
    return move(held, "stand", due_at=None, actor=actor, at=at, text=text)


@covers("R95")
@operation("compliance.engagement.settle")
def settle_disputed(*, engagement: Engagement, actor: Actor = SYSTEM, clock: Clock) -> Engagement:
    """This will carry a dispute's outcome out: the awarded share is paid, the rest and all else goes back to the client."""
    held, at = held_for(engagement, _CLOCK, actor, clock)
    dispute = held.dispute
    if dispute is None or dispute.status not in {DisputeStatus.SETTLED, DisputeStatus.AWARDED, DisputeStatus.FAILED,
                                                 DisputeStatus.WITHDRAWN}:
        raise Rejected("compliance.deadline.not_reached", subject=held.code)
    if dispute.refund_bps is None or dispute.status in {DisputeStatus.FAILED, DisputeStatus.WITHDRAWN}:
        return _fallen(held, "fall", "争议未果，款项退回 / no way found, the money goes back", actor=actor, at=at)
    return _completed(held, "settle", refund_bps=dispute.refund_bps, actor=actor, at=at)


def _fallen(held: Engagement, act: str, reason: str, *, actor: Actor, at: datetime) -> Engagement:
    held.reason = reason
    if held.status in {EngagementStatus.WORKING, EngagementStatus.OBJECTED, EngagementStatus.DISPUTED}:
        give_back(held, at=at)
    move(held, act, due_at=None, actor=actor, at=at, text=reason)
    tell(held, held.client, (f"委托 {held.code} 未完成，款项已解冻：{reason}", f"Order {held.code} failed, your money is free: {reason}"),
         tone="bad", at=at)
    return held


@operation("compliance.engagement.give_up")
def give_up_order(*, engagement: Engagement, reason: str, actor: Actor, clock: Clock) -> Engagement:
    """This will give an order up that was taken on; nothing is paid."""
    held, at = held_for(engagement, _PROVIDE, actor, clock)
    return _fallen(held, "give_up", text_within("reason", reason, 2, 2000, FAULTY), actor=actor, at=at)


@covers("R94")
@operation("compliance.engagement.miss")
def miss_report(*, engagement: Engagement, actor: Actor = SYSTEM, clock: Clock) -> Engagement:
    """This will end an order whose report, or its revision, did not come in time: money back, the provider's credit marked."""
    held, at = held_for(engagement, _CLOCK, actor, clock)
    _due(held, at)
    _fallen(held, "miss", "期限内未交付 / not delivered in time", actor=actor, at=at)
    note_credit(organization=held.provider, event="delivery_failed", source=held.code, actor=actor, clock=clock)
    return held


def reports_on(code: str) -> list[EngagementReport]:
    """This will list the accepted reports about an object, the last number of each order, newest first; marked ones stay shown."""
    rows = EngagementReport.objects.filter(about=code, engagement__status=EngagementStatus.COMPLETED).select_related(
        "engagement__provider", "engagement__offer", "signed_by__person").order_by("engagement_id", "-number")
    return sorted(rows.distinct("engagement_id"), key=lambda one: (one.signed_at, one.pk), reverse=True) if code else []
