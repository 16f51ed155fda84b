"""A rejected delivery in dispute 交付争议 (F11, R95): either side takes it to the venue; the outcome says what stays due.

The dispute itself is compliance's; here it stops the delivery's clock and, decided, moves it: nothing given back is acceptance, all of it
is failure, anything between is a part at that price. A dispute taken back leaves the rejection with a new term. One that came to
nothing before the mediator keeps the money where it is until a court or an arbitrator has spoken.
"""

from __future__ import annotations

from datetime import datetime

from compliance.disputes import open_dispute
from compliance.models import Dispute
from delivery.events import DeliveryAccepted, DeliveryFailed, DeliveryRejected
from delivery.gates import next_status
from delivery.models import Delivery, PartClaim
from delivery.operations import locked_delivery, tell_party
from delivery.parts import ANSWER_DAYS, due_for
from delivery.proof_events import DeliveryDisputed
from delivery.states import DeliveryStatus
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.permissions import require
from participants.queries import add_working_days

__all__ = ["dispute_delivery", "follow_dispute"]


@covers("F11", "R95")
@operation("delivery.delivery.dispute")
def dispute_delivery(*, delivery: Delivery, claim: str, actor: Actor, clock: Clock) -> Dispute:
    """This will take a rejected delivery to the venue, within the time in which it may be mended; by either side."""
    one = locked_delivery(delivery)
    at = clock.now()
    require(actor, "delivery.delivery.dispute", subject=one, at=at)
    following = next_status(one, "dispute")
    if len(claim.strip()) < 10:
        raise Rejected("delivery.delivery.claim_missing", delivery=one.code)
    opener, other = (one.seller, one.buyer) if actor.organization_id == one.seller_id else (one.buyer, one.seller)
    made = open_dispute(subject_code=one.code, opener=opener, respondent=other, claim=claim.strip()[:4000], actor=actor, clock=clock)
    one.status, one.due_at = following, None
    one.save(update_fields=["status", "due_at"])
    record(DeliveryDisputed(subject=one.code, dispute=made.code), actor=actor, at=at)
    return made


@covers("F11", "R95")
@operation("delivery.delivery.follow_dispute")
def follow_dispute(*, dispute: Dispute, actor: Actor = SYSTEM, clock: Clock) -> Delivery | None:
    """This will move a delivery by the outcome of its dispute, once."""
    found = Delivery.objects.filter(code=dispute.subject_code).first()
    one = locked_delivery(found) if found else None
    at = clock.now()
    require(actor, "delivery.delivery.lapse", at=at)
    held = Dispute.objects.get(pk=dispute.pk)
    if one is None or one.status != DeliveryStatus.DISPUTED or held.status not in {"settled", "awarded", "withdrawn"}:
        unchanged(at=at)
        return one
    if held.status == "withdrawn":
        return _back(one, actor, at)
    share = held.refund_bps or 0
    if share >= 10_000:
        one.status, one.ended_at, one.cause = next_status(one, "fail"), at, f"compliance.dispute.{held.status}"
        one.save(update_fields=["status", "ended_at", "cause"])
        record(DeliveryFailed(subject=one.code, trade=one.trade.code, cause=one.cause), actor=actor, at=at)
        return one
    return _accepted(one, share, actor, at)


def _accepted(one: Delivery, share: int, actor: Actor, at: datetime) -> Delivery:
    due, price = None, one.trade.price_fen
    if share and price:
        due = due_for(price, 10_000 - share, 10_000)
        PartClaim.objects.create(code=new_code("PRT"), delivery=one, unit="share", accepted=10_000 - share, promised=10_000,
                                 price_fen=price, due_fen=due, outcome="agreed", reason="", made_at=at, answered_at=at)
    one.status, one.ended_at = next_status(one, "accept"), at
    one.save(update_fields=["status", "ended_at"])
    record(DeliveryAccepted(subject=one.code, trade=one.trade.code, by_default=False, due_fen=due), actor=actor, at=at)
    return one


def _back(one: Delivery, actor: Actor, at: datetime) -> Delivery:
    one.status, one.due_at = next_status(one, "resume"), add_working_days(one.trade.venue, at, ANSWER_DAYS)
    one.save(update_fields=["status", "due_at"])
    record(DeliveryRejected(subject=one.code, defects=one.defects, attempt=one.attempts, due_at=one.due_at), actor=actor, at=at)
    tell_party(one.seller, one, "wait", ("“{title}”的争议已撤回，仍为拒收：请重新交付或承认未成。",
                                         "“{title}”: the dispute is withdrawn and it stays rejected: deliver again or concede."), at)
    return one
