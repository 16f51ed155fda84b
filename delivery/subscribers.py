"""What the floor's facts set going here: a trade opens its delivery, its payment starts the seller's time."""

from __future__ import annotations

from django.db.models import QuerySet

from compliance.models import Dispute
from delivery.certifying import certify_deletion, certify_result
from delivery.crediting import count_delivery
from delivery.deletions import open_deletions, open_licence_deletion
from delivery.disputing import follow_dispute
from delivery.leaks import fingerprint_file
from delivery.models import ComputeJob, DeletionTask, Delivery, Rating, RoomQuery
from delivery.monitoring import watch_delivery
from delivery.operations import call_delivery, cancel_delivery, open_delivery, stop_delivery
from delivery.ratings import withdraw_rating
from delivery.states import USABLE, DeliveryStatus, RatingStatus
from evidence.prepared import prepared
from evidence.subscriptions import SealedFact, subscriber
from kit.actors import SYSTEM
from kit.clock import Clock
from kit.coverage import covers
from listings.models import Consent, Listing
from trading.models import Trade

__all__ = ["call_on_payment", "cancel_with_the_trade", "certify_answer", "count_delivery", "fingerprint_published", "follow_consent",
           "move_by_outcome", "open_on_trade", "stop_with_the_agreement", "take_rating_down", "watch_the_agreement", "watch_the_listing",
           "watch_the_standing", "watch_the_trade"]


@subscriber("delivery.open", "trading.trade.executed")
def open_on_trade(fact: SealedFact, *, clock: Clock) -> None:
    """Opens the delivery; if the payment was faster, starts the seller's time too."""
    trade = _trade(fact)
    one = open_delivery(trade=trade, actor=SYSTEM, clock=clock)
    if one is not None and trade.state.funded_at is not None:
        call_delivery(delivery=one, actor=SYSTEM, clock=clock)


@subscriber("delivery.call", "trading.trade.funded")
def call_on_payment(fact: SealedFact, *, clock: Clock) -> None:
    """Starts the seller's time; if this came first, opens the delivery."""
    one = open_delivery(trade=_trade(fact), actor=SYSTEM, clock=clock)
    if one is not None:
        call_delivery(delivery=one, actor=SYSTEM, clock=clock)


@subscriber("delivery.cancel", "trading.trade.cancelled", "trading.trade.defaulted")
def cancel_with_the_trade(fact: SealedFact, *, clock: Clock) -> None:
    """Ends the delivery of a trade that ended first."""
    one = Delivery.objects.filter(trade__code=fact.subject, status=DeliveryStatus.OPENED).first()
    if one is not None:
        cancel_delivery(delivery=one, cause=fact.kind, actor=SYSTEM, clock=clock)


@covers("F4", "F6")
@subscriber("delivery.agreement", "trading.agreement.ended", "trading.agreement.lapsed")
def stop_with_the_agreement(fact: SealedFact, *, clock: Clock) -> None:
    """Stops what rests on an agreement that is over."""
    one = Delivery.objects.filter(trade__deed__code=fact.subject).first()
    if one is not None:
        stop_delivery(delivery=one, cause=str(fact.payload.get("cause") or "lapsed"), actor=SYSTEM, clock=clock)
        open_licence_deletion(delivery=one, clock=clock)


@covers("R47")
@subscriber("delivery.fingerprint", "listings.listing.published")
def fingerprint_published(fact: SealedFact, *, clock: Clock) -> None:
    """Keeps the fingerprint of a file that goes on sale."""
    listing = Listing.objects.select_related("version__deposit").filter(code=fact.subject).first()
    if listing is not None and listing.version is not None:
        fingerprint_file(version=listing.version, clock=clock)


@covers("D8")
@subscriber("delivery.rating", "trading.trade.cancelled", "trading.trade.defaulted", "trading.trade.unwound")
def take_rating_down(fact: SealedFact, *, clock: Clock) -> None:
    """Takes the review of a trade down that does not stand any more."""
    one = Rating.objects.filter(delivery__trade__code=fact.subject).exclude(status=RatingStatus.WITHDRAWN).first()
    if one is not None:
        withdraw_rating(rating=one, cause=fact.kind, actor=SYSTEM, clock=clock)


@covers("F6", "T64")
@subscriber("delivery.monitor.agreement", "trading.agreement.suspended", "trading.agreement.resumed", "trading.agreement.notice_given",
            "trading.agreement.taken_back", "trading.agreement.ended", "trading.agreement.lapsed")
def watch_the_agreement(fact: SealedFact, *, clock: Clock) -> None:
    """Looks at the delivery of an agreement that moved."""
    _watch(Delivery.objects.filter(trade__deed__code=fact.subject), clock)


@covers("F6", "T64")
@subscriber("delivery.monitor.standing", "participants.standing.changed")
def watch_the_standing(fact: SealedFact, *, clock: Clock) -> None:
    """Looks at what a party bought once its standing moved."""
    _watch(Delivery.objects.filter(buyer__code=fact.subject), clock)


@covers("F6", "T64")
@subscriber("delivery.monitor.listing", "listings.listing.suspended", "listings.listing.held", "listings.listing.hold_lifted",
            "listings.listing.delisted", "listings.listing.resumed")
def watch_the_listing(fact: SealedFact, *, clock: Clock) -> None:
    """Looks at what was sold of a listing once a rule, a right or a consent stopped it, or let it go on."""
    _watch(Delivery.objects.filter(version__listing__code=fact.subject), clock)


@covers("F6")
@subscriber("delivery.monitor.trade", "trading.trade.unwound")
def watch_the_trade(fact: SealedFact, *, clock: Clock) -> None:
    """Looks at the delivery of a trade whose price went back."""
    _watch(Delivery.objects.filter(trade__code=fact.subject), clock)


def _watch(rows: QuerySet[Delivery], clock: Clock) -> None:
    """Deliveries that may still be used, or wait under a stop; a final stop is looked at no more."""
    for one in rows.filter(status__in=USABLE).exclude(stops__final=True).order_by("pk"):
        watch_delivery(delivery=one, actor=SYSTEM, clock=clock)


@covers("R4", "R29", "B9")
@subscriber("delivery.consent", "listings.consent.withdrawn", "listings.consent.expired")
def follow_consent(fact: SealedFact, *, clock: Clock) -> None:
    """Tells every past recipient that a consent has ended, and opens what each of them now owes."""
    open_deletions(consent=Consent.objects.get(code=fact.subject), actor=SYSTEM, clock=clock)


@covers("F11", "R95")
@subscriber("delivery.dispute", "compliance.dispute.settled", "compliance.dispute.awarded", "compliance.dispute.withdrawn")
def move_by_outcome(fact: SealedFact, *, clock: Clock) -> None:
    """Moves a delivery by the outcome of its dispute."""
    follow_dispute(dispute=Dispute.objects.get(code=fact.subject), clock=clock)


@covers("F10")
@subscriber("delivery.certificate", "delivery.query.answered", "delivery.job.done", "delivery.deletion.confirmed")
def certify_answer(fact: SealedFact, *, clock: Clock) -> None:
    """Issues the certificate of an answer, or of a deletion at the end of a licence."""
    if fact.kind == "delivery.deletion.confirmed":
        certify_deletion(task=DeletionTask.objects.get(code=fact.subject), clock=clock)
    elif fact.kind == "delivery.job.done":
        certify_result(job=ComputeJob.objects.get(code=fact.subject), clock=clock)
    else:
        certify_result(query=RoomQuery.objects.get(code=fact.subject), clock=clock)


def _trade(fact: SealedFact) -> Trade:
    return _by_code.get(fact.subject)


@prepared
def _by_code(code: str) -> QuerySet[Trade]:
    return Trade.objects.select_related("seller", "buyer", "version", "venue", "state").filter(code=code)
