"""What stands on the desk's first page: a notice with a deadline, for as long as the object it is about still waits until then."""

from __future__ import annotations

import inspect

import pytest
from django.apps import apps
from django.db.models import Model

from evidence.clock import MARKET_CLOCK
from exchange import todo
from exchange.todo import waiting
from kit.actors import SYSTEM
from kit.coverage import covers
from participants.models import Notice, Organization
from tests.trading.conftest import floor  # noqa: F401 (the floor's standing clock)
from tests.trading.deals import bargain
from tests.trading.test_frameworks import offered
from tests.trading.test_negotiations import accept
from tests.trading.worlds import move
from trading.frameworks import settle_offer
from trading.operations import default_trade

#: Models with a code and a deadline about which no party is ever told "please act until then".
NOT_ASKED = {
    "Algorithm": "a desk's own clock", "Auction": "its own room and calendar count down",
    "Cart": "the cart itself says until when a licence is held", "Cohort": "uploaded ids are destroyed by the house",
    "Experiment": "the laboratory's own time", "Incident": "a desk's own clock", "LeakTrace": "a desk's own clock",
    "NegativeListVersion": "a desk's own clock", "Payout": "the bank's answer; a second person is asked through an approval",
    "Peer": "the house asks again by itself",
    "PropertyRight": "a right ends by itself", "Reconciliation": "the operator's own clock", "Referral": "an authority's clock",
    "RoomQuery": "a room answers by itself", "SecurityReview": "a desk's own clock", "ServiceHold": "a desk's own clock",
    "Settlement": "the operator's own clock, when parked", "SettlementCycle": "the operator's own clock",
    "Shortfall": "the bank's day of payment, taken by itself", "SurveillanceAlert": "a desk's own clock",
    "Suspense": "the operator's own clock", "Webhook": "the next attempt is the house's",
}


def with_deadline() -> list[type[Model]]:
    models = [one for one in apps.get_models() if one is not Notice]
    return [one for one in models if {"code", "due_at"} <= {field.name for field in one._meta.get_fields()}]


@covers("A3")
@pytest.mark.parametrize("model", with_deadline(), ids=lambda one: one.__name__)
def test_whatever_has_a_deadline_says_itself_whether_it_still_stands(model: type[Model]) -> None:
    named = model.__name__ in inspect.getsource(todo)
    assert named != (model.__name__ in NOT_ASKED), "an answered object would be shown as overdue for ever: give it a row in DEADLINES"


@pytest.mark.django_db
@pytest.mark.usefixtures("floor")
def test_an_offer_that_was_answered_no_longer_waits() -> None:
    made, seller, _ = offered()
    ours = Organization.objects.get(pk=seller.organization_id)
    assert [one.subject for one in waiting(ours)] == [made.code]
    settle_offer(framework=made, act="accept", actor=seller, clock=MARKET_CLOCK)
    assert waiting(ours) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("floor")
def test_a_price_that_was_not_paid_in_time_is_no_longer_asked_for() -> None:
    one, seller, buyer = bargain()
    trade = accept(one, seller).trade
    assert trade is not None
    ours = Organization.objects.get(pk=buyer.organization_id)
    assert trade.code in {each.subject for each in waiting(ours)} | {each.subject for each in waiting(trade.seller)}
    move(days=14)
    default_trade(trade=trade, actor=SYSTEM, clock=MARKET_CLOCK)
    assert trade.code not in {each.subject for each in waiting(ours)} | {each.subject for each in waiting(trade.seller)}


@pytest.mark.django_db
@pytest.mark.usefixtures("floor")
def test_without_its_row_the_answered_offer_is_shown_until_it_is_overdue_and_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(todo.DEADLINES, "FRW")
    made, seller, _ = offered()
    settle_offer(framework=made, act="accept", actor=seller, clock=MARKET_CLOCK)
    assert [one.subject for one in waiting(Organization.objects.get(pk=seller.organization_id))] == [made.code]
