"""Public data sold as a query: the operator authorised to run them sets the room up, a buyer asks twice, the same again for nothing, and
is refused once the budget is gone.

The whole of it without a line of JavaScript; the real worker runs each question in its own process.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person
from tests.flows.story import Story, code_in

pytestmark = pytest.mark.browser

SUPPLY = ("from tests.delivery.rooms import public_listing; from participants.models import User\n"
          "listing = public_listing(User.objects.get(username='publicdata').acting_for)\n"
          "print(listing.code, listing.version.code)")
#: a second program on the same house: its people are numbered apart from those of the first
SALE = ("from itertools import count; from tests import factories; factories._number = count(500)\n"
        "from tests.delivery.rooms import file_of; from tests.delivery.worlds import make_trade, pay\n"
        "from delivery.operations import deliver, open_delivery; from evidence.clock import MARKET_CLOCK; from kit.actors import SYSTEM\n"
        "from listings.models import Listing; from ledger.operations import fund; from kit.ids import new_code\n"
        "from participants.actors import actor_of; from participants.models import User\n"
        "buyer = actor_of(User.objects.get(username='buyer')); listing = Listing.objects.get(code='{LST}')\n"
        "fund(organization=buyer.organization, amount_fen=9000000, reference=new_code('FND'), actor=SYSTEM, clock=MARKET_CLOCK)\n"
        "trade = pay(make_trade(listing=listing, buyer=buyer))\n"
        "one = open_delivery(trade=trade, actor=SYSTEM, clock=MARKET_CLOCK)\n"
        "print(deliver(delivery=one, deposit=file_of(listing), actor=actor_of(User.objects.get(username='publicdata')),"
        " clock=MARKET_CLOCK).code)")


@pytest.fixture(scope="module")
def cast(market: RunningHouse, browser: Any, story: Story) -> Iterator[dict[str, Person]]:
    story.codes["LST"], story.codes["LSV"] = market.run(SUPPLY).split()
    people = {"operator": Person(browser, market.address, "publicdata"),
              "buyer": Person(browser, market.address, "buyer", scripts=False),
              "narrow": Person(browser, market.address, "buyer", language="en", width=390, dark=True)}
    yield people
    for one in people.values():
        one.close()


def answered(person: Person) -> bool:
    """The page updates itself while the question waits; here it is asked again."""
    for _ in range(40):
        if person.sees("下载 CSV"):
            return True
        time.sleep(0.5)
        person.page.reload()
    return False


@covers("F7", "R14")
def test_1_the_holder_sets_the_room_up(cast: dict[str, Person], story: Story) -> None:
    operator = cast["operator"]
    operator.go("/desk/rooms/")
    operator.press(f"a[href='/desk/rooms/{story.codes['LSV']}/']")
    assert operator.violations() == []
    operator.page.check("[name=offered1]")
    operator.fill(values1="甲，乙，丙", scale2="1", lower2="0", upper2="100")
    operator.page.check("[name=offered2]")
    operator.choose("kind2", "number")
    operator.choose("person", "住户")
    operator.fill(rows_each="2", exponent="3")
    operator.press("form button.btn-primary")
    assert operator.sees("多次低价提问取平均比一次提问便宜") and operator.violations() == []
    operator.fill(exponent="1")
    operator.press("form button.btn-primary")
    assert operator.sees("密室已开放") and operator.sees("没有一个值来自数据") and operator.violations() == []


@covers("F7", "F8", "W26")
def test_2_the_buyer_asks_two_questions_without_a_script(cast: dict[str, Person], story: Story, market: RunningHouse) -> None:
    buyer = cast["buyer"]
    story.codes["DLV"] = market.run(SALE.format(LST=story.codes["LST"])).splitlines()[-1]
    buyer.go(f"/desk/deliveries/{story.codes['DLV']}/")
    buyer.press(f"a[href='/desk/deliveries/{story.codes['DLV']}/room/']")
    buyer.choose("of0", "persons")
    buyer.choose("group0", "城区")
    buyer.fill(epsilon="0.4")
    buyer.press("button[value=preview]")
    assert buyer.sees("行是编造的，噪声是真的")
    buyer.press("button[value=ask]")
    story.codes["QRY"] = code_in(buyer.page.url, "QRY")
    assert answered(buyer), buyer.text()[-1500:]
    assert buyer.sees("人数过少，不显示") and buyer.sees("结果的散列")
    buyer.go(f"/desk/deliveries/{story.codes['DLV']}/room/")
    buyer.choose("of0", "mean")
    buyer.choose("col0", "用电")
    buyer.fill(epsilon="0.4")
    buyer.press("button[value=ask]")
    assert answered(buyer), buyer.text()[-1500:]


@covers("F8", "T62")
def test_3_the_same_question_is_free_and_a_spent_budget_is_refused_with_a_way_to_mend(cast: dict[str, Person], story: Story) -> None:
    buyer = cast["buyer"]
    where = f"/desk/deliveries/{story.codes['DLV']}/room/"
    buyer.go(where)
    buyer.choose("of0", "persons")
    buyer.choose("group0", "城区")
    buyer.fill(epsilon="0.4")
    buyer.press("button[value=ask]")
    assert code_in(buyer.page.url, "QRY") == story.codes["QRY"] and buyer.sees("没有再用预算")
    buyer.go(where)
    assert "0.2" in buyer.page.locator("#budget").inner_text()
    buyer.choose("of0", "count")
    buyer.fill(epsilon="0.4")
    buyer.press("button[value=ask]")
    assert buyer.sees("隐私预算不足") and buyer.sees("只剩 0.2") and buyer.sees("用更小的 ε")
    buyer.fill(epsilon="0.2")
    buyer.press("button[value=ask]")
    assert answered(buyer), "what the refusal proposed works"


@covers("W14", "W26")
def test_4_the_holder_sees_what_was_asked_and_on_a_narrow_screen_nothing_breaks(cast: dict[str, Person], story: Story) -> None:
    operator, narrow = cast["operator"], cast["narrow"]
    operator.go("/desk/rooms/")
    assert operator.sees(story.codes["QRY"]) and operator.violations() == []
    for path in (f"/desk/deliveries/{story.codes['DLV']}/room/", f"/desk/deliveries/{story.codes['DLV']}/room/{story.codes['QRY']}/",
                 "/desk/rooms/"):
        narrow.go(path)
        assert narrow.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        assert narrow.violations() == [], path
    for one in cast.values():
        assert one.console == [] or not one.console, one.console
