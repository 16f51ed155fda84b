"""The demo's sellers sign what was drawn for them, and one agreement of the history is ended by both sides (F1, F4)."""

from __future__ import annotations

from typing import Any

import pytest

from delivery.operations import accept_delivery
from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.coverage import covers
from participants.models import Organization
from simulation.agents.agreeing import Agreeing
from simulation.market import Market
from tests.delivery.test_agreements import handed_over
from tests.trading.test_agreements import awarded
from tests.trading.worlds import move, stand_still
from trading.models import Agreement

pytestmark = pytest.mark.django_db
WINDOW: Any = None  # the agent acts at the opening of a window and draws nothing from it


def market_of(**players: Actor) -> Market:
    market = Market(MARKET_CLOCK)
    for key, actor in players.items():
        market.actors[key] = actor
        market.organizations[key] = Organization.objects.get(pk=actor.organization_id)
    return market


@covers("F1")
def test_a_seller_signs_once_and_a_person_at_a_demo_account_signs_for_itself() -> None:
    stand_still()
    trade, seller, buyer = awarded()
    market = market_of(seller=seller, buyer=buyer)
    Agreeing(market, passive=frozenset({"seller"})).plan(WINDOW)
    assert market.acts == 0
    for _ in range(2):
        Agreeing(market).plan(WINDOW)
    assert list(trade.deed.signatures.values_list("side", "manner")) == [("seller", "signed")] and market.acts == 1


@covers("F4")
def test_one_agreement_of_the_history_is_ended_by_both_and_no_second() -> None:
    one, seller, buyer = handed_over()
    accept_delivery(delivery=one, actor=buyer, clock=MARKET_CLOCK)
    market = market_of(seller=seller, buyer=buyer)
    agent = Agreeing(market)
    agent.plan(WINDOW)
    assert market.acts == 0, "it is performed for twenty days first"
    move(days=20)
    for _ in range(4):
        agent.plan(WINDOW)
    deed = Agreement.objects.get(trade=one.trade)
    assert (deed.status, deed.cause, market.acts) == ("ended", "agreed", 2)
