"""Sign-in marks of the demo: lawful places, no person, the same every time, none of the market's chances; and the ring they show (H4)."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from compliance.models import Case
from kit.clock import MovingClock
from kit.coverage import covers
from participants.models import SignInMark
from participants.roles import Role
from simulation.agents.cheat import Misconduct
from simulation.agents.signing_in import PARK, RING, SigningIn, place_of
from simulation.agents.watching import Watching
from simulation.cast import CAST
from simulation.heap import Heap
from simulation.market import Market
from simulation.times import Window
from tests.factories import make_actor, make_organization
from trading.models import SurveillanceAlert
from trading.surveillance.direct import CROWD
from trading.surveillance.rules import RULES, Found
from trading.watching import raise_found

pytestmark = pytest.mark.django_db
DAY = datetime(2026, 9, 7, 1, tzinfo=UTC)


def staffed() -> Market:
    market = Market(MovingClock(DAY))
    for one in CAST:
        market.organizations[one.key] = make_organization(one.role, short_name=one.short)
    market.actors["surveillance"] = make_actor(Role.SURVEILLANCE)
    return market


def lived(market: Market, days: int) -> None:
    agent, heap = SigningIn(market), Heap()
    for number in range(days):
        start = DAY + timedelta(days=number)
        agent.plan(Window(heap, market.chance, start, start + timedelta(hours=9)))
    while (item := heap.next_before(DAY + timedelta(days=days + 1))) is not None:
        item[1]()


@covers("H4", "R86")
def test_every_house_comes_from_a_place_of_the_documentation_blocks() -> None:
    kept = [ipaddress.ip_network(one) for one in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
    places = {one.key: place_of(one.key) for one in CAST}
    assert all(any(ipaddress.ip_address(address) in net for net in kept) for address, _ in places.values())
    assert len({browser for _, browser in places.values()}) == len(CAST)
    shared: dict[str, set[str]] = defaultdict(set)
    for key, (address, _) in places.items():
        shared[address].add(key)
    assert {frozenset(keys) for keys in shared.values() if len(keys) > 1} == {frozenset(PARK)}
    assert len(PARK) > CROWD >= len(RING), "a park tells nothing, a ring does"


@covers("H4")
def test_the_marks_are_the_same_every_time_and_draw_none_of_the_markets_chances() -> None:
    market = staffed()
    before = market.chance.getstate()
    lived(market, 10)
    first = sorted(SignInMark.objects.values_list("organization_id", "kind", "hash", "day"))
    assert market.chance.getstate() == before and len(first) > 2 * len(CAST)
    assert all(len(one[2]) == 64 and "198.51" not in one[2] for one in first), "hashes, and nothing that names a place"
    lived(market, 10)
    assert sorted(SignInMark.objects.values_list("organization_id", "kind", "hash", "day")) == first


@covers("H4")
def test_the_ring_is_an_alert_of_each_pair_that_stays_with_the_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    market = staffed()
    codes = [market.organizations[key].code for key in RING]

    def watched(*, clock: MovingClock) -> int:
        pairs = [(codes[0], codes[1]), (codes[0], codes[2]), (codes[1], codes[2])]
        return raise_found([Found("shared_sign_in", tuple(sorted(pair)), (f"LOT-{number}",), 950_000,
                                  {"devices": 1, "addresses": 1, "met": 4}) for number, pair in enumerate(pairs)], clock=clock)

    monkeypatch.setattr("simulation.agents.cheat.watch_market", watched)
    Misconduct(market).ring()
    device = SignInMark.objects.filter(organization__code__in=codes, kind="device").values_list("hash", flat=True)
    assert len(device) == 3 and len(set(device)) == 1, "one machine of three houses"
    alerts = list(SurveillanceAlert.objects.order_by("pk"))
    assert [one.status for one in alerts] == ["in_analysis"] * 3 and RULES["shared_sign_in"].conduct == "wash_trade"
    assert Case.objects.filter(kind="alert", subject_kind="alert").count() == 1
    window = Window(Heap(), Random(1), DAY, DAY + timedelta(hours=9))
    Watching(market).plan(window)
    while (item := window.heap.next_before(DAY + timedelta(days=1))) is not None:
        item[1]()
    assert {one.status for one in SurveillanceAlert.objects.all()} == {"in_analysis"}, "nobody but a person decides it"
