"""The demo's merchants barter: admitted as buyers by the real operations, offers between licences of about one value, answered."""

from __future__ import annotations

from random import Random

import pytest

from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.ids import new_code
from ledger import operations as ledger
from participants.actors import actor_of
from participants.models import Admission
from simulation.agents.swapping import SWAPPERS, Swapping
from simulation.cast import player
from simulation.heap import Heap
from simulation.market import Market
from simulation.people import make_people, open_party
from simulation.times import Window, office_hours
from tests.trading.worlds import make_listing
from trading.models import Barter, Trade

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]


@covers("R12")
def test_merchants_of_the_demo_propose_answer_and_agree() -> None:
    officer = actor_of(make_people(MARKET_CLOCK)["compliance"])
    for number, key in enumerate(SWAPPERS[:3]):
        organization, _ = open_party(player(key).party, [player(key).account], officer=officer, clock=MARKET_CLOCK)
        ledger.fund(organization=organization.code, amount_fen=100_000_000, reference=new_code("FND"), actor=SYSTEM, clock=MARKET_CLOCK)
        for price in (1_000_000, 1_100_000, 40_000_000):
            make_listing(organization, sale_mode="fixed", price_fen=price + number)
    market = Market(MARKET_CLOCK)
    market.meet()
    heap, agent = Heap(), Swapping(market, proposals=1.0, answers=1.0)
    start, end = office_hours(MARKET_CLOCK.now())
    for _ in range(12):
        agent.plan(Window(heap, Random(7), start, end))
        agent._propose(Random(len(heap.waiting)))
        while heap.waiting:
            heap.waiting.pop(0)[-1]()
    assert market.done["trading.barter.accept"] >= 2, dict(market.refused)
    assert Trade.objects.filter(basis="barter").count() == 2 * market.done["trading.barter.accept"]
    values = Barter.objects.values_list("proposer_fen", "partner_fen")
    assert all(max(pair) <= 5 * min(pair) for pair in values)
    assert Admission.objects.filter(role="buyer", organization__in=[market.organizations[key] for key in SWAPPERS[:3]]).count() >= 2
