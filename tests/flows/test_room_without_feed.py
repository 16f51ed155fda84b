"""The auction room when its live feed is cut: it asks by itself, takes bids by its form, fetches what it missed (T25, T32).

The socket is cut between browser and server and let through again; nothing in the house is arranged for it. The naive room is the
same page with a script that trusts the feed: it shows an old price as if it were the price, and never learns what it missed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.clones import HOUSE
from tests.flows.house import RunningHouse
from tests.flows.people import Person

pytestmark = pytest.mark.browser

#: An open lot with two bidders and one bid, on a clock that stands still.
WORLD = """
import json
from evidence.clock import set_market_clock
from participants.actors import actor_of
from participants.roles import Role
from tests.factories import make_organization, make_user
from tests.matrix import STANDING
from tests.trading.worlds import MARKET_CLOCK, SYSTEM, bid, ledger, open_lot
set_market_clock(STANDING, 0)
buyers = [actor_of(make_user(Role.BUYER, organization=make_organization(Role.BUYER), username=name)) for name in ("near", "far")]
for one in buyers:
    ledger.fund(organization=one.organization, amount_fen=10_000_000_000, reference=f"BANK-{one.user_id}", actor=SYSTEM, clock=MARKET_CLOCK)
lot = open_lot(*buyers)
bid(lot, buyers[0], 1_200_000)
print(lot.code)
"""
FEED, SCRIPT = re.compile(r"/ws/lots/"), re.compile(r"/trading/room(\.[0-9a-f]+)?\.js")
LIVE = "() => /实时/.test(document.querySelector('[data-live-state]').textContent)"
POLLING = "() => /每 5 秒/.test(document.querySelector('[data-live-state].lost')?.textContent || '')"
#: One round of asking takes five seconds; a slow machine is given several.
ROUNDS = 60_000


class Wire:
    """The socket between one browser and the feed: lets everything through, until it is cut."""

    def __init__(self, person: Person) -> None:
        self.cut = False
        self.ends: list[Any] = []
        person.context.route_web_socket(FEED, self._connect)

    def _connect(self, browser: Any) -> None:
        if self.cut:
            browser.close(code=1011, reason="cut")
        else:
            self.ends += [browser.connect_to_server(), browser]

    def tear(self) -> None:
        """This will cut what is open and refuse what is tried again."""
        self.cut = True
        while self.ends:
            self.ends.pop().close(code=1011, reason="cut")

    def mend(self) -> None:
        self.cut = False


@pytest.fixture(scope="module")
def lot(house: RunningHouse) -> str:
    return house.told


@pytest.fixture
def near(lot: str, house: RunningHouse, browser: Any) -> Iterator[Person]:
    """The person whose feed is cut."""
    person = Person(browser, house.address, "near")
    yield person
    person.close()


@pytest.fixture(scope="module")
def far(lot: str, house: RunningHouse, browser: Any) -> Iterator[Person]:
    """The other bidder, whose line holds."""
    person = Person(browser, house.address, "far")
    yield person
    person.close()


def offer(person: Person, lot: str, yuan: str) -> None:
    """Opens the room, types a maximum and sends the form, as one does without a feed."""
    person.go(f"/trading/lots/{lot}/")
    person.fill(maximum=yuan)
    person.press("[data-bid-label]")
    assert person.page.locator(".dx-note.bad").count() == 0, person.text()[:2000]


def standing(house: RunningHouse, lot: str) -> dict[str, int]:
    """What the server says of the lot: number of its last public change, price, count of bids."""
    return dict(json.loads(house.run(f"import json; from trading.models import Auction; one = Auction.objects.get(code='{lot}'); "
                                     "print(json.dumps({'seq': one.tick_seq, 'price': one.price_fen // 100, 'bids': one.seq}))")))


def shown(person: Person) -> dict[str, int]:
    """The same, as it stands on the page."""
    page = person.page
    digits = re.sub(r"\D", "", page.locator("[data-live=panel] .fig-40").inner_text().split(".")[0])
    return {"seq": int(page.locator("[data-live=head]").get_attribute("data-seq") or 0), "price": int(digits),
            "bids": page.locator("[data-live=history] tbody tr").count()}


def catches_up(person: Person, there: dict[str, int]) -> bool:
    """Whether the page comes to show what the server has, without anybody touching it."""
    for _ in range(60):
        if shown(person) == there:
            return True
        person.page.wait_for_timeout(500)
    return False


@covers("T25", "T32", "CAP-E13")
def test_a_room_whose_feed_is_cut_says_so_and_asks_every_five_seconds(near: Person, far: Person, house: RunningHouse, lot: str) -> None:
    wire = Wire(near)
    near.go(f"/trading/lots/{lot}/")
    near.page.wait_for_function(LIVE, timeout=ROUNDS)
    wire.tear()
    near.page.wait_for_function(POLLING, timeout=ROUNDS)
    assert not near.page.locator("[data-offline]").is_visible(), "the house still answers; only its feed is gone"
    offer(far, lot, "14,000")
    there = standing(house, lot)
    assert catches_up(near, there), f"{shown(near)} after the other's bid, {there} at the server"
    assert near.page.locator("[data-live-state].lost").count() == 1, "and it was not the feed that told it"


@covers("T25", "CAP-E13", "CAP-I8")
def test_a_bid_goes_through_the_plain_form_while_the_feed_is_cut(near: Person, house: RunningHouse, lot: str) -> None:
    wire = Wire(near)
    wire.tear()
    before = standing(house, lot)
    offer(near, lot, "16,000")
    after = standing(house, lot)
    assert after["bids"] > before["bids"]
    assert after["price"] > before["price"]
    assert near.page.locator("aside.bid.lead").count() == 1, near.text()[:2000]
    assert shown(near) == after, "the page that answers the form is the state of the lot"
    near.page.reload()
    assert shown(near) == after, "and so is the page read again"
    assert near.console == []


@covers("T32", "CAP-E13")
def test_cut_off_altogether_it_sends_no_bid_and_afterwards_fetches_what_it_missed(
    near: Person, far: Person, house: RunningHouse, lot: str
) -> None:
    wire = Wire(near)
    near.go(f"/trading/lots/{lot}/")
    near.page.wait_for_function(LIVE, timeout=ROUNDS)
    before = shown(near)
    wire.tear()
    near.context.set_offline(True)
    near.page.locator("[data-offline]").wait_for(state="visible", timeout=ROUNDS)
    button = near.page.locator("[data-bid-label]")
    assert button.get_attribute("aria-disabled") == "true"
    near.fill(maximum="90,000")
    near.page.press("[name=maximum]", "Enter")
    for yuan in ("18,000", "19,000", "20,000"):
        offer(far, lot, yuan)
    there = standing(house, lot)
    assert there["seq"] >= before["seq"] + 3, "three changes, told while nobody listened"
    assert shown(near) == before, "the page stands where it stood, and says so"
    near.context.set_offline(False)
    wire.mend()
    near.page.wait_for_function(LIVE, timeout=ROUNDS)
    assert catches_up(near, there), f"{shown(near)} after the gap, {there} at the server"
    assert near.page.locator("[data-offline]").is_hidden()
    assert button.get_attribute("aria-disabled") is None
    assert near.page.input_value("#maximum") == "90,000", "what somebody was typing stays"
    assert standing(house, lot) == there, "what was pressed while cut off was no bid"


@covers("T25", "T32")
def test_a_naive_room_shows_an_old_price_as_if_it_were_the_price(near: Person, far: Person, house: RunningHouse, lot: str) -> None:
    """The mutant trusts its feed: it neither asks when the feed is gone nor compares the number it is greeted with."""
    script = (HOUSE / "static" / "trading" / "room.js").read_text(encoding="utf-8")
    naive = script.replace('if (message.type === "tick" || message.seq !== seq) refresh();', 'if (message.type === "tick") refresh();')
    naive = naive.replace("setInterval(() => { if (!alive) refresh(); }, 5000);", "")
    assert len(script) - len(naive) > 60, "both lines are the script's"
    near.context.route(SCRIPT, lambda route: route.fulfill(body=naive, content_type="text/javascript"))
    wire = Wire(near)
    near.go(f"/trading/lots/{lot}/")
    near.page.wait_for_function(LIVE, timeout=ROUNDS)
    before = shown(near)
    wire.tear()
    near.page.wait_for_function(POLLING, timeout=ROUNDS)
    offer(far, lot, "30,000" if standing(house, lot)["price"] < 29_000 else "60,000")
    there = standing(house, lot)
    wire.mend()
    near.page.wait_for_function(LIVE, timeout=ROUNDS)
    near.page.wait_for_timeout(6_000)
    assert shown(near) == before, "it never asked"
    assert shown(near) != there, "which is what the tests above look for"
