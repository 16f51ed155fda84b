"""Subscriptions: each period is a trade of its own, ordered a week before the last one ends, never at a higher price (R45, CAP-E1).

Worked example: a month at 8,000 yuan from 3 March 2031 runs to 3 April; on 27 March the next month is paid into its own escrow.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from listings.models import Listing
from participants.models import Membership, Notice
from participants.operations import hold_capability
from participants.queries import LOCAL
from tests.factories import figure, venue
from tests.threads import together
from tests.trading.test_pages import shown, signed_in
from tests.trading.test_purchases import fresh, on_sale
from tests.trading.worlds import make_buyer, move, seller_of, stand_still
from trading import subscribing, tasks
from trading.models import Subscription, SubscriptionPeriod, Trade
from trading.operations import buy_listing, quote_for
from trading.subscribing import cancel_subscription, renew_due, subscribe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


def monthly(**terms: Any) -> Listing:
    return on_sale(**({"use_terms": {"plan": {"months": 1}, "term_days": 31}} | terms))


def subscribed(buyer: Actor | None = None, listing: Listing | None = None) -> tuple[Subscription, Actor]:
    buyer, listing = buyer or make_buyer(), listing or monthly()
    quote = quote_for(fresh(listing), MARKET_CLOCK.now())
    one = subscribe(listing=fresh(listing), version=quote.version.code, total_fen=quote.total_fen, actor=buyer, clock=MARKET_CLOCK)
    return one, buyer


def later(one: Subscription, **by: float) -> Subscription:
    """So much time passes, and the sweep does what is due."""
    move(**by)
    tasks.end_agreements()
    renew_due(clock=MARKET_CLOCK)
    one.refresh_from_db()
    return one


def told(one: Subscription) -> list[str]:
    return [kind.rsplit(".", 1)[1] for kind in Record.objects.filter(subject=one.code).order_by("at", "id").values_list("kind", flat=True)]


@covers("R45", "CAP-E1")
def test_the_worked_example_is_paid_announced_and_renewed() -> None:
    one, buyer = subscribed()
    assert (one.period_to, one.due_at) == (datetime(2031, 4, 3, 2, tzinfo=UTC), datetime(2031, 3, 27, 2, tzinfo=UTC))
    assert later(one, days=16).number == 1 and told(one) == ["opened"]
    assert later(one, days=1).reminded_at is not None
    assert Notice.objects.filter(subject=one.code, organization_id=buyer.organization_id, due_at=one.due_at).count() == 1
    assert later(one, days=6).number == 1
    assert later(one, days=1).number == 2
    assert (one.period_to, one.due_at) == (datetime(2031, 5, 3, 2, tzinfo=UTC), datetime(2031, 4, 26, 2, tzinfo=UTC))
    first, second = SubscriptionPeriod.objects.filter(subscription=one).order_by("number")
    assert first.ends == second.starts and second.trade.deed.renews == first.trade.deed
    for period in (first, second):
        assert balance(account(period.trade.code, AccountKind.ESCROW)).posted_fen == 800_000
    assert told(one) == ["opened", "reminded", "renewed"] and renew_due(clock=MARKET_CLOCK) == 0


@covers("R45", "F4")
def test_cancelled_it_runs_to_the_end_of_what_is_paid() -> None:
    one, buyer = subscribed()
    move(minutes=1)
    cancel_subscription(subscription=one, actor=buyer, clock=MARKET_CLOCK)
    cancel_subscription(subscription=one, actor=buyer, clock=MARKET_CLOCK)
    assert later(one, days=30).status == "ending" and Trade.objects.count() == 1
    assert later(one, days=1).status == "ended" and told(one) == ["opened", "cancelled", "ended"]
    with pytest.raises(Rejected, match=r"subscription\.illegal_move"):
        cancel_subscription(subscription=one, actor=buyer, clock=MARKET_CLOCK)


@covers("R45")
def test_the_last_day_of_a_short_month_loses_no_day() -> None:
    stand_still(datetime(2032, 1, 31, 2, tzinfo=UTC))
    one, _ = subscribed()
    assert one.period_to == datetime(2032, 2, 29, 2, tzinfo=UTC)


def fails(one: Subscription, cause: str) -> None:
    held = later(one, days=24)
    assert (held.status, held.cause, held.number) == ("ending", cause, 1)
    assert Notice.objects.filter(subject=one.code, tone="bad").count() == 1
    assert later(one, days=7).status == "ended"


@covers("R45", "R51")
def test_it_never_renews_at_a_higher_price() -> None:
    one, _ = subscribed()
    figure(venue(), "fee.match_buyer_bps", 100)
    fails(one, "trading.subscription.dearer")


@covers("CAP-E1")
def test_without_money_it_runs_out() -> None:
    fails(subscribed(make_buyer(900_000))[0], "ledger.insufficient_funds")


@covers("A3")
def test_the_capability_of_the_buyer_is_asked_again_at_each_renewal() -> None:
    one, buyer = subscribed()
    hold_capability(organization=one.buyer, capability="bid", reason_code="test", reason="测试", actor=SYSTEM, at=MARKET_CLOCK.now())
    fails(one, "participants.capability.held")
    assert buyer.organization_id == one.buyer_id


@covers("T43")
def test_whoever_left_the_organisation_orders_nothing_for_it() -> None:
    one, _ = subscribed()
    Membership.objects.filter(person=one.ordered_by.person).update(effective_to=MARKET_CLOCK.now())
    fails(one, "trading.subscription.nobody")


@covers("R45")
def test_a_stopped_listing_is_not_renewed() -> None:
    one, _ = subscribed()
    Listing.objects.filter(pk=one.listing_id).update(status="suspended")
    fails(one, "listings.listing.suspended")


@covers("R45", "T36")
def test_who_may_what() -> None:
    listing = monthly()
    one, buyer = subscribed(listing=listing)
    with pytest.raises(Rejected, match=r"subscription\.held"):
        subscribed(buyer, listing)
    with pytest.raises(Rejected, match=r"subscription\.no_plan"):
        subscribed(buyer, on_sale())
    for stranger in (make_buyer(), seller_of(listing)):
        with pytest.raises(Rejected, match=r"object\.absent"):
            cancel_subscription(subscription=one, actor=stranger, clock=MARKET_CLOCK)
    assert Trade.objects.count() == 1, "a refused subscription buys nothing"


@covers("R45")
def test_the_database_keeps_the_periods_and_the_price_agreed() -> None:
    one, _ = subscribed()
    for change in ({"total_fen": 1}, {"ordered_by": None}, {"status": "ended"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Subscription.objects.filter(pk=one.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        SubscriptionPeriod.objects.update(number=2)


@covers("R45", "C7")
def test_the_pages_order_show_and_cancel() -> None:
    listing, buyer = monthly(), make_buyer()
    client = signed_in(buyer)
    assert 'id="plan"' in shown(client, f"/listings/{listing.code}/")
    assert "订购并自动续期" in shown(client, f"/listings/{listing.code}/buy/")
    order = {"version": listing.version.code, "total_fen": "800000", "act": "subscribe"}
    assert client.post(f"/listings/{listing.code}/buy/", order).status_code == 302
    one = Subscription.objects.get()
    page = shown(client, "/desk/subscriptions/")
    assert one.code in page and "8,000" in page and "取消续期" in page
    assert one.code in shown(signed_in(seller_of(listing)), "/desk/subscriptions/")
    assert client.post(f"/desk/subscriptions/{one.code}/cancel/").status_code == 302
    assert "取消续期" not in shown(client, "/desk/subscriptions/").replace("已取消续期", "")


@covers("T9", "R45")
@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_order_one_period() -> None:
    stand_still()
    for _ in range(3):
        one, buyer = subscribed()
        move(days=24)
        assert not [no for no in together([lambda: renew_due(clock=MARKET_CLOCK)] * 2) if isinstance(no, Exception)]
        assert Trade.objects.filter(buyer_id=buyer.organization_id).count() == 2
        assert Subscription.objects.get(pk=one.pk).number == 2


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_without_the_locks_two_sweeps_pay_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: the subscription and its agreement are read unlocked, and a period follows nothing."""
    from threading import Barrier

    stand_still()
    one, buyer = subscribed()
    move(days=24)
    barrier = Barrier(2, timeout=60)

    def unlocked(held: Any) -> Any:
        rows = Subscription.objects.select_related("buyer", "listing__organization", "listing__version", "ordered_by__person")
        found = rows.get(pk=held.pk)
        barrier.wait()
        return found

    monkeypatch.setattr(subscribing, "_lock", unlocked)
    monkeypatch.setattr(subscribing, "lock_agreement", lambda deed: deed)
    monkeypatch.setattr(subscribing, "_period", lambda held, trade: None)
    monkeypatch.setattr(subscribing, "buy_listing", lambda **order: buy_listing(**(order | {"renews": None})))
    together([lambda: renew_due(clock=MARKET_CLOCK)] * 2)
    assert Trade.objects.filter(buyer_id=buyer.organization_id).count() == 3, "a month is paid twice"
    assert one.number == 1


@covers("R45", "F1")
def test_the_page_shows_the_term_that_the_order_signs() -> None:
    """A version registered for a year and priced by the month: the page, like the agreement, speaks of the month."""
    listing, buyer = monthly(use_terms={"plan": {"months": 1}, "term_days": 365}), make_buyer()
    page = shown(signed_in(buyer), f"/listings/{listing.code}/buy/")
    one, _ = subscribed(buyer, listing)
    until = one.period_to.astimezone(LOCAL)
    assert f"{until:%Y-%m-%d}" in page and "365 天" not in page
    assert "每 1 个月一期" in shown(signed_in(buyer), f"/listings/{listing.code}/")
