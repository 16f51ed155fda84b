"""What buyers say of what they accepted 买方评价: five scores and a text, one for a trade, answered by the seller (capability D8).

Only whoever bought and accepted may speak; a trade that is annulled takes its review down. Hidden by the desk, it says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from delivery.events import RATINGS
from delivery.models import SCORED, Delivery, Rating
from delivery.states import RATING, DeliveryStatus, RatingStatus
from evidence.operations import operation, record
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from listings.models import Listing
from listings.public_words import ask_a_person, public_reason, words_held
from listings.questions import said_in_public
from participants.models import Organization
from participants.operations import notify
from participants.permissions import require
from participants.queries import affiliated

__all__ = ["Score", "hide_rating", "rate_delivery", "ratings_of", "reply_rating", "scores_of", "show_rating", "withdraw_rating"]

_FAULT = "delivery.rating.faulty"


def _tell(word: str, one: Rating, *, reason: str = "", actor: Actor, at: datetime) -> None:
    record(RATINGS[word](
        subject=one.code, delivery=one.delivery.code, listing=one.delivery.version.listing.code, state=one.status, reason=reason,
        scores={name: getattr(one, name) for name in SCORED}, text_sha256=sha256(f"{one.text}\n{one.reply}".encode()).hexdigest()),
        actor=actor, at=at)


def _say(one: Rating, to: Organization, text: tuple[str, str], *, tone: str = "info", at: datetime) -> None:
    notify(organization=to, kind="delivery.rating.moved", text=text, tone=tone, subject=one.code,
           href=f"/listings/{one.delivery.version.listing.code}/#ratings", at=at)


def _scores(given: Mapping[str, Any]) -> dict[str, int]:
    """The five scores as whole numbers from one to five; every other one is named."""
    found = {name: given.get(name) for name in SCORED}
    faults = [FieldFault(name, "out_of_range", ("请评 1 至 5 分", "Score it from 1 to 5")) for name, score in found.items()
              if isinstance(score, bool) or not isinstance(score, int) or not 1 <= score <= 5]
    if faults:
        raise Rejected(_FAULT, errors=faults)
    return found  # type: ignore[return-value]  # whole numbers, as just seen


@covers("D8")
@operation("delivery.rating.give")
def rate_delivery(*, delivery: Delivery, scores: Mapping[str, Any], text: str, actor: Actor, clock: Clock) -> Rating:
    """This will publish the buyer's review of an accepted delivery; once for a trade, while the trade stands, not between affiliates."""
    one = Delivery.objects.select_for_update(of=("self",), no_key=True).select_related(
        "trade", "buyer", "seller", "version__listing").get(pk=delivery.pk)
    at = clock.now()
    require(actor, "delivery.rating.give", subject=one, at=at)
    if known := Rating.objects.filter(delivery=one).first():
        raise Rejected("delivery.rating.once", rating=known.code, delivery=one.code)
    if one.status != DeliveryStatus.ACCEPTED:
        raise Rejected("delivery.rating.not_accepted", delivery=one.code, state=str(one.get_status_display()))
    if not _stands(one.trade_id):
        raise Rejected("delivery.rating.trade_annulled", trade=one.trade.code)
    if affiliated(one.buyer, one.seller, at=at):
        raise Rejected("delivery.rating.affiliated")
    made = Rating.objects.create(code=new_code("RTG"), delivery=one, buyer=one.buyer, seller=one.seller, given_at=at,
                                 text=said_in_public("text", text, _FAULT, longest=2000), **_scores(scores))
    _tell("given", made, actor=actor, at=at)
    if _held_back(made, made.buyer, clock=clock):
        return made
    zh, en = one.version.titles
    _say(made, one.seller, (f"买方评价了《{zh}》", f"A buyer reviewed “{en}”"), at=at)
    return made


@covers("T48", "D8")
def _held_back(one: Rating, said_by: Organization, *, clock: Clock) -> bool:
    """Whether the review and its reply hold a term of the negative list: then they are off the page until the desk has looked."""
    hits = words_held({"text": one.text, "answer": one.reply}, at=clock.now())
    if not hits or one.status != RatingStatus.GIVEN:
        return False
    ask_a_person(hits, kind="rating", code=one.code, party=said_by, clock=clock)
    hidden = hide_rating(rating=one, reason=public_reason(hits), actor=SYSTEM, clock=clock)
    one.status, one.hidden_reason = hidden.status, hidden.hidden_reason
    return True


def _stands(trade: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT trading_trade_stands(%s)", [trade])
        return bool(cursor.fetchone()[0])


def _locked(rating: Rating) -> Rating:
    return Rating.objects.select_for_update(of=("self",), no_key=True).select_related(
        "delivery__version__listing", "buyer", "seller").get(pk=rating.pk)


def _move(one: Rating, action: str) -> None:
    one.status = advance(RATING, RatingStatus(one.status), action, subject=one.code, code="delivery.rating.illegal_move")


@covers("D8")
@operation("delivery.rating.reply")
def reply_rating(*, rating: Rating, reply: str, actor: Actor, clock: Clock) -> Rating:
    """This will publish the seller's answer below the review; a later one takes its place, the record keeps both hashes."""
    one = _locked(rating)
    at = clock.now()
    require(actor, "delivery.rating.reply", subject=one, at=at)
    if one.status == RatingStatus.WITHDRAWN:
        _move(one, "reply")
    one.reply, one.replied_at = said_in_public("reply", reply, _FAULT, least=2, longest=2000), at
    one.save(update_fields=["reply", "replied_at"])
    _tell("replied", one, actor=actor, at=at)
    if _held_back(one, one.seller, clock=clock):
        return one
    zh, en = one.delivery.version.titles
    _say(one, one.buyer, (f"卖方回应了您对《{zh}》的评价", f"The seller answered your review of “{en}”"), at=at)
    return one


@covers("D8")
@operation("delivery.rating.hide")
def hide_rating(*, rating: Rating, reason: str, actor: Actor, clock: Clock) -> Rating:
    """This will take a review off the page; its reason stands in its place, and it counts in no figure meanwhile."""
    one = _locked(rating)
    at = clock.now()
    require(actor, "delivery.rating.hide", subject=one, at=at)
    _move(one, "hide")
    one.hidden_reason = said_in_public("reason", reason, "delivery.rating.reason_missing", longest=400)
    one.save(update_fields=["status", "hidden_reason"])
    _tell("hidden", one, reason=one.hidden_reason, actor=actor, at=at)
    for to in sorted((one.buyer, one.seller), key=lambda party: party.pk):
        _say(one, to, (f"评价 {one.code} 已隐藏：{one.hidden_reason}", f"Review {one.code} is hidden: {one.hidden_reason}"), tone="held",
             at=at)
    return one


@covers("D8")
@operation("delivery.rating.show")
def show_rating(*, rating: Rating, actor: Actor, clock: Clock) -> Rating:
    """This will show a hidden review again."""
    one = _locked(rating)
    at = clock.now()
    require(actor, "delivery.rating.hide", subject=one, at=at)
    _move(one, "show")
    one.hidden_reason = ""
    one.save(update_fields=["status", "hidden_reason"])
    _tell("shown", one, actor=actor, at=at)
    return one


@covers("D8")
@operation("delivery.rating.withdraw")
def withdraw_rating(*, rating: Rating, cause: str, actor: Actor = SYSTEM, clock: Clock) -> Rating:
    """This will take down the review of a trade that does not stand any more; it stays readable as withdrawn, with the cause."""
    one = _locked(rating)
    at = clock.now()
    require(actor, "delivery.rating.withdraw", subject=one, at=at)
    _move(one, "withdraw")
    one.cause = cause[:60]
    one.save(update_fields=["status", "cause"])
    _tell("withdrawn", one, reason=one.cause, actor=actor, at=at)
    return one


# ---- what is shown ---------------------------------------------------------------------------------------------------------

def ratings_of(listing: Listing) -> QuerySet[Rating]:
    """This will list the reviews of a listing over all its versions, newest first; hidden and withdrawn ones are among them."""
    rows = Rating.objects.filter(delivery__version__listing=listing).select_related("delivery__version")
    return rows.order_by("-given_at", "-pk")


@dataclass(frozen=True)
class Score:
    """One dimension's mean in tenths, over how many reviews."""

    name: str
    label: Any
    tenths: int
    count: int

    @property
    def value(self) -> str:
        return f"{self.tenths // 10}.{self.tenths % 10}"


def scores_of(listing: Listing) -> list[Score]:
    """This will return the mean of each dimension over the reviews that stand, the mean of all first; nothing where there is none."""
    rows = Rating.objects.filter(delivery__version__listing=listing, status=RatingStatus.GIVEN)
    count = rows.count()
    if not count:
        return []
    sums = rows.aggregate(**{f"sum_{name}": Sum(name) for name in SCORED})
    each = {name: sums[f"sum_{name}"] for name in SCORED}
    whole = (sum(each.values()) * 20 + len(SCORED) * count) // (2 * len(SCORED) * count)  # half a tenth goes up
    return [Score("all", _("总评"), whole, count),
            *(Score(name, SCORED[name], (total * 20 + count) // (2 * count), count) for name, total in each.items())]
