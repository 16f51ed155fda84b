"""From a trade to an accepted delivery: called for once paid, delivered by hash, judged by the buyer or by silence.

The file goes to the buyer by one-time token (``delivery.access``). A deadline that passes acts as the system: silence after
delivery is acceptance (Civil Code 621), a delivery that never came fails and the money goes back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

from delivery.cleanroom.holding import access_paper
from delivery.events import (
    DeliveryAccepted,
    DeliveryCalled,
    DeliveryCancelled,
    DeliveryDelivered,
    DeliveryFailed,
    DeliveryOpened,
    DeliveryRejected,
)
from delivery.gates import next_status, of_delivering
from delivery.kinds import adapter_for
from delivery.leaving import leaves_the_country, may_leave
from delivery.models import Delivery, PartClaim
from delivery.states import DELIVERY, DeliveryStatus
from delivery.vouchers import issue_voucher
from evidence.models import Deposit
from evidence.operations import operation, record, unchanged
from evidence.prepared import prepared
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from participants.gates import pass_all
from participants.models import Organization
from participants.operations import notify
from participants.permissions import require
from participants.queries import add_working_days, figures, parameter
from trading.models import Basis, Manner, Side, Trade
from trading.operations.agreeing import sign_by
from trading.states import TradeStatus

__all__ = ["accept_delivery", "call_delivery", "cancel_delivery", "concede_delivery", "deliver", "hand_over", "lapse_delivery",
           "locked_delivery", "open_delivery", "reject_delivery", "stop_delivery", "tell_party"]


@operation("delivery.delivery.open")
@covers("F5")
def open_delivery(*, trade: Trade, actor: Actor, clock: Clock) -> Delivery | None:
    """This will open the delivery of a trade made on the exchange, or filed and booked here; others are delivered elsewhere."""
    at = clock.now()
    require(actor, "delivery.delivery.open", at=at)
    known = _of_trade.first(trade.pk)
    if known is not None or trade.version is None or not trade.served_here:
        unchanged(at=at)
        return known
    version = trade.version
    one = Delivery.objects.create(code=new_code("DLV"), trade=trade, seller=trade.seller, buyer=trade.buyer, version=version,
                                  mode=version.delivery_mode or "download", expected_sha256=version.file_sha256, opened_at=at)
    record(DeliveryOpened(subject=one.code, trade=trade.code, seller=trade.seller.code, buyer=trade.buyer.code, mode=one.mode,
                          expected_sha256=one.expected_sha256), actor=actor, at=at)
    return one


@operation("delivery.delivery.call")
def call_delivery(*, delivery: Delivery, actor: Actor, clock: Clock) -> Delivery:
    """This will start the seller's time once the trade is paid: working days from the payment, then a grace."""
    one = locked_delivery(delivery)
    at = clock.now()
    require(actor, "delivery.delivery.call", at=at)
    funded_at = one.trade.state.funded_at
    if one.status != DeliveryStatus.OPENED or one.due_at is not None or funded_at is None:
        unchanged(at=at)
        return one
    terms = figures("delivery.days", "delivery.grace_days", venue=one.trade.venue, at=at)
    one.due_at = add_working_days(one.trade.venue, funded_at, int(terms["delivery.days"]))
    one.fails_at = one.due_at + timedelta(days=int(terms["delivery.grace_days"]))
    one.save(update_fields=["due_at", "fails_at"])
    record(DeliveryCalled(subject=one.code, due_at=one.due_at, fails_at=one.fails_at), actor=actor, at=at)
    tell_party(one.seller, one, "wait", ("“{title}”价款到账，请按期交付。", "“{title}” is paid for. Please deliver by the date shown."), at)
    return one


def deliver(*, delivery: Delivery, deposit: Deposit, actor: Actor, clock: Clock) -> Delivery:
    """This will deliver the registered file, or deliver it again after a rejection.

    ``delivery.delivery.hash_differs`` if the file is another one, ``.trade_not_funded`` while the price is not in escrow,
    ``.attempts_used`` after the third time; the seller's own capability to deliver is asked first. What goes abroad needs a
    clearance; ``.threshold_crossed`` is raised once its export case is back for its mechanism, on record.
    """
    handed = hand_over(delivery=delivery, deposit=deposit, actor=actor, clock=clock)
    if handed is None:
        raise Rejected("delivery.delivery.threshold_crossed", delivery=delivery.code)
    return handed


@operation("delivery.delivery.deliver")
@covers("F5", "R57", "R64")
def hand_over(*, delivery: Delivery, deposit: Deposit, actor: Actor, clock: Clock) -> Delivery | None:
    """This will do what ``deliver`` asks; None when the persons in it cross a threshold of export, and then nothing is handed over."""
    one = locked_delivery(delivery)
    at = clock.now()
    require(actor, "delivery.delivery.deliver", subject=one, at=at)
    pass_all(of_delivering(one, at=at))
    paper = access_paper(one)
    owed = hashlib.sha256(paper).hexdigest() if paper else one.expected_sha256
    if deposit.sha256 != owed or deposit.owner != one.seller.code:
        raise Rejected("delivery.delivery.hash_differs", delivery=one.code, expected=owed[:16], found=deposit.sha256[:16])
    if leaves_the_country(one) and not may_leave(one, deposit, actor=actor, clock=clock):
        return None
    action = "redeliver" if one.status == DeliveryStatus.REJECTED else "deliver"
    one.status, one.deposit, one.delivered_at, one.fails_at = next_status(one, action), deposit, at, None
    sign_by(one.trade, Side.SELLER, Manner.DELIVERY, actor=actor, at=at)
    one.attempts += 1
    one.due_at = at + timedelta(days=int(parameter("acceptance.days", venue=one.trade.venue, at=at)))
    one.save(update_fields=["status", "deposit", "delivered_at", "fails_at", "attempts", "due_at"])
    record(DeliveryDelivered(subject=one.code, sha256=deposit.sha256, size=deposit.size, attempt=one.attempts, due_at=one.due_at),
           actor=actor, at=at)
    issue_voucher(delivery=one, actor=actor, clock=clock)
    tell_party(one.buyer, one, "wait", ("“{title}”已交付，请取用并验收；到期未表示即视为验收合格。",
                                   "“{title}” is delivered: fetch it and accept or reject. Silence until the date is acceptance."), at)
    return one


@operation("delivery.delivery.accept")
@covers("R57")
def accept_delivery(*, delivery: Delivery, actor: Actor, clock: Clock) -> Delivery:
    """This will accept the delivery: by the buyer, or by the system once the time for it has passed in silence."""
    one = locked_delivery(delivery)
    at = clock.now()
    require(actor, "delivery.delivery.accept", subject=one, at=at)
    if one.status == DeliveryStatus.ACCEPTED or (actor.is_system and not _silent(one, at)):
        unchanged(at=at)
        return one
    one.status, one.by_default = next_status(one, "accept"), actor.is_system
    one.due_at, one.ended_at = None, at
    one.save(update_fields=["status", "by_default", "due_at", "ended_at"])
    record(DeliveryAccepted(subject=one.code, trade=one.trade.code, by_default=one.by_default), actor=actor, at=at)
    tell_party(one.seller, one, "ok", ("“{title}”已验收，价款进入清算。", "“{title}” is accepted; the price goes to settlement."), at)
    return one


@operation("delivery.delivery.reject")
def reject_delivery(*, delivery: Delivery, defects: Sequence[str], actor: Actor, clock: Clock) -> Delivery:
    """This will reject the delivery with the list of what differs from what was agreed (Civil Code 621)."""
    one = locked_delivery(delivery)
    at = clock.now()
    require(actor, "delivery.delivery.reject", subject=one, at=at)
    following = next_status(one, "reject")
    listed = [text.strip()[:400] for text in defects if text.strip()][:50]
    if not listed:
        raise Rejected("delivery.delivery.defects_missing", delivery=one.code)
    one.status, one.defects = following, listed
    one.due_at = add_working_days(one.trade.venue, at, 5)
    one.save(update_fields=["status", "defects", "due_at"])
    adapter_for(one.mode).shut(one, cause="delivery.delivery.rejected", actor=actor, at=at)
    record(DeliveryRejected(subject=one.code, defects=listed, attempt=one.attempts, due_at=one.due_at), actor=actor, at=at)
    tell_party(one.seller, one, "bad", ("“{title}”被拒收，请按缺陷清单重新交付或承认未成。",
                                   "“{title}” was rejected: deliver again as the defect list says, or concede."), at)
    return one


@operation("delivery.delivery.concede")
def concede_delivery(*, delivery: Delivery, actor: Actor, clock: Clock) -> Delivery:
    """This will let the seller admit that the delivery failed; the buyer's money goes back."""
    one = locked_delivery(delivery)
    at = clock.now()
    require(actor, "delivery.delivery.concede", subject=one, at=at)
    return _fail(one, "concede", "delivery.delivery.conceded", actor, at)


@operation("delivery.delivery.lapse")
def lapse_delivery(*, delivery: Delivery, actor: Actor, clock: Clock) -> Delivery:
    """This will fail a delivery that did not come within its grace, or was not mended in time."""
    one = locked_delivery(delivery)
    at = clock.now()
    require(actor, "delivery.delivery.lapse", at=at)
    late = (one.status == DeliveryStatus.OPENED and one.fails_at is not None and one.fails_at <= at) or (
        one.status == DeliveryStatus.REJECTED and one.due_at is not None and one.due_at <= at)
    if not late:
        unchanged(at=at)
        return one
    return _fail(one, "lapse", "delivery.delivery.late", actor, at)


@operation("delivery.delivery.cancel")
def cancel_delivery(*, delivery: Delivery, cause: str, actor: Actor, clock: Clock) -> Delivery:
    """This will end a delivery whose trade ended before it."""
    one = locked_delivery(delivery)
    at = clock.now()
    require(actor, "delivery.delivery.cancel", at=at)
    if one.status == DeliveryStatus.CANCELLED:
        unchanged(at=at)
        return one
    one.status, one.due_at, one.fails_at, one.ended_at, one.cause = next_status(one, "cancel"), None, None, at, cause[:60]
    one.save(update_fields=["status", "due_at", "fails_at", "ended_at", "cause"])
    record(DeliveryCancelled(subject=one.code, trade=one.trade.code, cause=one.cause), actor=actor, at=at)
    return one


@operation("delivery.delivery.stop")
@covers("F4", "F6")
def stop_delivery(*, delivery: Delivery, cause: str, actor: Actor, clock: Clock) -> Delivery:
    """This will stop what rests on an agreement that is over: every open token; and what was not accepted fails, so the price goes back.

    What was accepted stays accepted; a dispute goes on to its own outcome. A term that ran out takes the tokens alone.
    """
    one = locked_delivery(delivery)
    at = clock.now()
    require(actor, "delivery.delivery.stop", at=at)
    if one.status == DeliveryStatus.PART:
        PartClaim.objects.filter(delivery=one, outcome="open").update(outcome="stopped", answered_at=at)
    fails = cause != "term" and (DeliveryStatus(one.status), "stop") in DELIVERY and one.trade.state.status == TradeStatus.FUNDED
    if fails:
        return _fail(one, "stop", "trading.agreement.ended", actor, at)
    adapter = adapter_for(one.mode)
    if not adapter.stands_open(one):
        unchanged(at=at)
        return one
    adapter.shut(one, cause="trading.agreement.ended", actor=actor, at=at)
    for party in sorted((one.seller, one.buyer), key=lambda each: each.pk):
        tell_party(party, one, "bad", ("“{title}”的合同不再许可取用，未用的取用凭证已收回。",
                                  "The agreement on “{title}” permits no further use: unused tokens are revoked."), at)
    return one


def _fail(one: Delivery, action: str, cause: str, actor: Actor, at: datetime) -> Delivery:
    one.status, one.due_at, one.fails_at, one.ended_at, one.cause = next_status(one, action), None, None, at, cause
    one.save(update_fields=["status", "due_at", "fails_at", "ended_at", "cause"])
    adapter_for(one.mode).shut(one, cause=cause, actor=actor, at=at)
    record(DeliveryFailed(subject=one.code, trade=one.trade.code, cause=cause), actor=actor, at=at)
    for party in sorted((one.seller, one.buyer), key=lambda each: each.pk):
        tell_party(party, one, "bad", _gone_back(one.trade), at)
    return one


def _gone_back(trade: Trade) -> tuple[str, str]:
    """What a failed delivery does with what was given for it."""
    if trade.basis == Basis.BARTER:
        return ("互换中的“{title}”交付未成，两笔成交一同退回。", "The delivery of “{title}” failed, so both trades of the barter go back.")
    return ("“{title}”交付未成，价款退回买方。", "The delivery of “{title}” failed; the price goes back to the buyer.")


def locked_delivery(delivery: Delivery) -> Delivery:
    """This will return the row as it is now, locked; everything an act judges is read after this."""
    return _locked.get(delivery.pk)


@prepared
def _locked(pk: int) -> QuerySet[Delivery]:
    return Delivery.objects.select_for_update(of=("self",), no_key=True).select_related(
        "trade__state", "trade__venue", "seller", "buyer", "deposit").filter(pk=pk)


@prepared
def _of_trade(trade: int) -> QuerySet[Delivery]:
    return Delivery.objects.filter(trade=trade)


def _silent(one: Delivery, at: datetime) -> bool:
    return one.status == DeliveryStatus.DELIVERED and one.due_at is not None and one.due_at <= at


def tell_party(party: Organization, one: Delivery, tone: str, text: tuple[str, str], at: datetime) -> None:
    """This will tell a side what happened to a delivery, in words where ``{title}`` stands for what was bought."""
    zh, en = one.trade.titles
    notify(organization=party, kind=f"delivery.delivery.{one.status}", tone=tone, subject=one.code, due_at=one.due_at,
           href=f"/desk/deliveries/{one.code}/", text=(text[0].format(title=zh), text[1].format(title=en)), at=at)
