"""A Dutch lot in three browsers: the clock falls before everybody's eyes, one takes, the others see it (CAP-E7, CAP-E13).

Start 10,000 yuan, one per cent less each minute. Two bidders with scripts see the price fall without touching the page; a third, on a
phone without scripts, reads it by reloading. One takes at what the clock asks; the other's page says so within a second.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person

pytestmark = pytest.mark.browser

#: An open Dutch lot with three bidders, its clock running.
WORLD = """
from evidence.clock import set_market_clock
from participants.actors import actor_of
from participants.roles import Role
from tests.factories import make_organization, make_user
from tests.matrix import STANDING
from tests.trading.worlds import MARKET_CLOCK, SYSTEM, ledger, make_listing, open_lot
set_market_clock(STANDING, 0)
buyers = [actor_of(make_user(Role.BUYER, organization=make_organization(Role.BUYER), username=name)) for name in ("keen", "slow", "plain")]
for one in buyers:
    ledger.fund(organization=one.organization, amount_fen=10_000_000_000, reference=f"BANK-{one.user_id}", actor=SYSTEM, clock=MARKET_CLOCK)
lot = open_lot(*buyers, listing=make_listing(auction_terms={"format": "dutch", "floor_fen": 500_000}))
set_market_clock(MARKET_CLOCK.now(), 1)
print(lot.code)
"""
ASKED = re.compile(r"不高于 ¥([\d,]+)")


@pytest.fixture(scope="module")
def keen(house: RunningHouse, browser: Any) -> Iterator[Person]:
    person = Person(browser, house.address, "keen")
    yield person
    person.close()


@pytest.fixture(scope="module")
def slow(house: RunningHouse, browser: Any) -> Iterator[Person]:
    person = Person(browser, house.address, "slow")
    yield person
    person.close()


def asked(person: Person) -> int:
    """What the button asks, in yuan."""
    found = ASKED.search(person.page.inner_text("aside form button"))
    assert found is not None, "the button names its price"
    return int(found[1].replace(",", ""))


@covers("CAP-E7", "CAP-E13")
def test_1_the_clock_falls_on_an_open_page_and_by_reload_without_scripts(keen: Person, slow: Person, plain: Person, lot: str) -> None:
    for person in (keen, slow, plain):
        person.go(f"/trading/lots/{lot}/")
    before = asked(keen)
    assert before % 100 == 0 and 5_000 <= before <= 10_000
    ends = time.monotonic() + 75
    while asked(keen) == before and time.monotonic() < ends:
        keen.page.wait_for_timeout(500)
    assert asked(keen) == before - 100, "one step of one per cent, without a touch"
    plain.go(f"/trading/lots/{lot}/")
    assert asked(plain) <= before - 100 and "未启用脚本" in plain.page.content()


@covers("CAP-E7", "CAP-E13")
def test_2_one_takes_and_the_other_sees_it_within_a_second(keen: Person, slow: Person, lot: str) -> None:
    price = asked(keen)
    with keen.page.expect_navigation():
        keen.page.click("aside form button")
    answered = time.monotonic()
    slow.page.wait_for_selector("aside.lost", timeout=5_000)
    seen = time.monotonic() - answered
    assert seen < 1.0, f"seen after {seen:.2f} s"
    assert keen.sees("您已竞得") and "未中" in slow.page.inner_text("aside")
    assert f"{price:,}" in slow.page.inner_text("aside") or f"{price - 100:,}" in slow.page.inner_text("aside")


@covers("CAP-E7", "CAP-E13")
def test_3_who_comes_late_without_scripts_reads_how_it_ended(plain: Person, lot: str) -> None:
    plain.go(f"/trading/lots/{lot}/")
    assert plain.sees("未中") and plain.page.query_selector("aside form[action$='/take/']") is None
    plain.go(f"/trading/lots/{lot}/replay/")
    assert plain.sees("重算一致")


@covers("CAP-E13")
def test_4_alerts_are_off_until_asked_for_and_remembered_in_the_browser(slow: Person, house: RunningHouse, lot: str) -> None:
    slow.go(f"/trading/lots/{lot}/")
    assert slow.page.query_selector("[data-alerts]") is None, "nothing to be alerted to once it has ended"
    stored = slow.page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('dx-alert'))")
    assert stored == []
