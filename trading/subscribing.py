"""Subscriptions 订购: a licence priced by the period is ordered once and renewed until somebody stops it (R45, CAP-E1).

Each period is bought by the purchase itself, on the authority of whoever subscribed, a week before the last one ends: same gates, same
limits, price into the trade's own escrow. What is refused then, or costs more than was agreed, lets the subscription run out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import yuan
from kit.rejected import Rejected
from kit.states import advance
from listings.models import Listing
from listings.plans import plan_in
from participants.actors import actor_of
from participants.models import Organization
from participants.notices import notify
from participants.permissions import require
from participants.timers import after, before
from trading.locks import lock_agreement
from trading.models import Agreement, Subscription, SubscriptionPeriod, Trade
from trading.operations.purchasing import buy_listing, quote_for
from trading.order_events import subscription_moved
from trading.states import SUBSCRIPTION, AgreementStatus, SubscriptionStatus

__all__ = ["cancel_subscription", "renew_due", "subscribe"]

_PAGE = "/desk/subscriptions/"
_RUNNING = (SubscriptionStatus.RUNNING, SubscriptionStatus.ENDING)


def _note(word: str, one: Subscription, *, actor: Actor, at: datetime, trade: str = "") -> None:
    record(subscription_moved[word](
        subject=one.code, buyer=one.buyer.code, seller=one.listing.organization.code, listing=one.listing.code, number=one.number,
        total_fen=one.total_fen, trade=trade, cause=one.cause, period_to=one.period_to), actor=actor, at=at)


def _lock(one: Subscription) -> Subscription:
    rows = Subscription.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("buyer", "listing__organization", "listing__venue", "listing__version", "ordered_by__person").get(pk=one.pk)


def _move(held: Subscription, act: str, cause: str = "") -> None:
    held.status = advance(SUBSCRIPTION, SubscriptionStatus(held.status), act, subject=held.code, code="trading.subscription.illegal_move")
    held.due_at, held.cause = None, cause[:60] or held.cause


def _period(held: Subscription, trade: Trade) -> None:
    """A period and what follows from its end: until when what is paid runs, and when the next is ordered."""
    deed = trade.deed
    assert deed.term_to is not None, "a period ends"
    SubscriptionPeriod.objects.create(subscription=held, number=held.number, trade=trade, starts=deed.term_from, ends=deed.term_to)


@covers("R45", "CAP-E1")
@operation("trading.subscription.open")
def subscribe(*, listing: Listing, version: str, total_fen: int, purpose: str = "", papers: Mapping[str, str] | None = None, actor: Actor,
              clock: Clock) -> Subscription:
    """This will buy the first period of a licence and order each further one as long as it costs no more than ``total_fen``."""
    require(actor, "trading.subscription.open", at=clock.now())
    quote = quote_for(listing, clock.now())
    if plan_in(quote.version.use_terms) is None:
        raise Rejected("trading.subscription.no_plan", listing=listing.code)
    trade = buy_listing(listing=listing, version=version, total_fen=total_fen, purpose=purpose, papers=papers, actor=actor, clock=clock)
    at, ends = clock.now(), trade.deed.term_to
    assert ends is not None and actor.user_id is not None, "a period ends, a person orders"
    try:
        with transaction.atomic():
            made = Subscription.objects.create(
                code=new_code("SUB"), buyer=Organization.objects.get(pk=actor.organization_id or 0), listing=trade.listing or listing,
                ordered_by_id=actor.user_id, purpose=purpose, total_fen=total_fen, period_to=ends,
                due_at=before("subscription.reserve", ends), opened_at=at)
    except IntegrityError as twice:
        raise Rejected("trading.subscription.held", listing=listing.code) from twice
    _period(made, trade)
    _note("opened", made, actor=actor, at=at, trade=trade.code)
    return made


@covers("R45", "F4")
@operation("trading.subscription.cancel")
def cancel_subscription(*, subscription: Subscription, actor: Actor, clock: Clock) -> Subscription:
    """This will order no further period; what is paid runs to its end. Cancelling twice is cancelling once."""
    held = _lock(subscription)
    at = clock.now()
    require(actor, "trading.subscription.cancel", subject=held, at=at)
    if held.status == SubscriptionStatus.ENDING:
        unchanged(at=at)
        return held
    _move(held, "cancel", "trading.subscription.cancelled")
    held.save()
    _note("cancelled", held, actor=actor, at=at)
    zh, en = held.listing.version.title_zh, held.listing.version.title_en  # type: ignore[union-attr]
    notify(organization=held.listing.organization, kind="trading.subscription.cancelled", tone="info", subject=held.code, href=_PAGE, at=at,
           text=(f"“{zh}”的一份订购不再续期。", f"A subscription to “{en or zh}” is not renewed any more."))
    return held


@operation("trading.subscription.run")
def _run(*, subscription: Subscription, clock: Clock) -> None:
    """What the time of a subscription brings: its renewal is announced, ordered, or what is paid has run out."""
    last = SubscriptionPeriod.objects.filter(subscription=subscription).select_related("trade__deed").order_by("-number")[0]
    deed = lock_agreement(last.trade.deed)
    held = _lock(subscription)
    at = clock.now()
    require(SYSTEM, "trading.subscription.run", at=at)
    over = deed.status in (AgreementStatus.ENDED, AgreementStatus.LAPSED)
    if held.status in _RUNNING and (held.period_to <= at or over):
        _move(held, "end", "" if held.period_to <= at else "trading.agreement.ended")
        held.ended_at = at
        held.save()
        _note("ended", held, actor=SYSTEM, at=at)
        _tell(held, "bad" if over and held.period_to > at else "info", ("订购已结束。", "The subscription is over."), at)
    elif held.status == SubscriptionStatus.RUNNING and held.due_at is not None and held.due_at <= at:
        _renew(held, deed, at, clock)
    elif held.status == SubscriptionStatus.RUNNING and held.reminded_at is None and before("subscription.notice", held.period_to) <= at:
        held.reminded_at = at
        held.save(update_fields=["reminded_at"])
        _note("reminded", held, actor=SYSTEM, at=at)
        _tell(held, "wait", (f"将自动续期，至多 {yuan(held.total_fen)}；不续请在此前取消。",
                             f"It renews for {yuan(held.total_fen)} at most; cancel before if it should not."), at, due_at=held.due_at)
    else:
        unchanged(at=at)


def _renew(held: Subscription, deed: Agreement, at: datetime, clock: Clock) -> None:
    """Orders the next period by the purchase itself; whatever refuses it lets the subscription run out."""
    actor = actor_of(held.ordered_by)
    try:
        with transaction.atomic():
            trade = _next_period(held, deed, actor, at, clock)
    except Rejected as no:
        _move(held, "fail", no.code)
        held.save()
        _note("failed", held, actor=SYSTEM, at=at)
        _tell(held, "bad", (f"未能续期：{no.text('title', 'zh')}。已付的一期用至期末。",
                            f"It was not renewed: {no.text('title', 'en')}. What is paid runs to its end."), at)
        return
    held.number, held.reminded_at = held.number + 1, None
    ends = trade.deed.term_to
    assert ends is not None, "a period ends"
    held.period_to, held.due_at = ends, before("subscription.reserve", ends)
    held.save()
    _period(held, trade)
    _note("renewed", held, actor=SYSTEM, at=at, trade=trade.code)


def _next_period(held: Subscription, deed: Agreement, actor: Actor, at: datetime, clock: Clock) -> Trade:
    if actor.organization_id != held.buyer_id or not held.ordered_by.is_active:
        raise Rejected("trading.subscription.nobody", listing=held.listing.code)
    quote = quote_for(held.listing, at)
    if plan_in(quote.version.use_terms) is None:
        raise Rejected("trading.subscription.no_plan", listing=held.listing.code)
    if quote.total_fen > held.total_fen:
        raise Rejected("trading.subscription.dearer", listing=held.listing.code, total_fen=quote.total_fen, agreed_fen=held.total_fen)
    if deed.status != AgreementStatus.IN_FORCE:
        raise Rejected("trading.agreement.illegal_move", subject=deed.code, state=deed.status, open_actions="-")
    return buy_listing(listing=held.listing, version=quote.version.code, total_fen=quote.total_fen, purpose=held.purpose, renews=deed,
                       actor=actor, clock=clock)


def _tell(held: Subscription, tone: str, text: tuple[str, str], at: datetime, due_at: datetime | None = None) -> None:
    version = held.listing.version
    zh, en = (version.title_zh, version.title_en or version.title_zh) if version else (held.listing.code, held.listing.code)
    notify(organization=held.buyer, kind="trading.subscription.moved", tone=tone, subject=held.code, href=_PAGE, due_at=due_at, at=at,
           text=(f"订购“{zh}”：{text[0]}", f"Subscription to “{en}”: {text[1]}"))


@covers("R45")
def renew_due(*, clock: Clock, most: int = 200) -> int:
    """This will do what the time of each subscription brings; returns how many were looked at."""
    at = clock.now()
    rows = Subscription.objects.exclude(status=SubscriptionStatus.ENDED)
    due = rows.filter(status=SubscriptionStatus.RUNNING, due_at__lte=at)
    out = rows.filter(period_to__lte=at)
    told = rows.filter(status=SubscriptionStatus.RUNNING, reminded_at__isnull=True, period_to__lte=after("subscription.notice", at))
    over = rows.filter(periods__trade__deed__status__in=[AgreementStatus.ENDED, AgreementStatus.LAPSED],
                       periods__ends=F("period_to"))
    found = {one.pk: one for some in (out, due, told, over) for one in some.order_by("period_to")[:most]}
    for one in found.values():
        _run(subscription=one, clock=clock)
    return len(found)
