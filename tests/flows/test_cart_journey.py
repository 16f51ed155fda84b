"""A cart over two sellers in three browsers: one line is refused in words and taken out, the rest is ordered, paid and delivered (CAP-E1).

The first seller's second licence asks for three of its own in one order; the cart says so beside it. The buyer works on a phone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.delivery.worlds import FILE
from tests.flows.house import RunningHouse
from tests.flows.people import Person
from tests.flows.story import eventually

pytestmark = pytest.mark.browser

#: A buyer with money and two sellers on a clock that stands still: the first sells two licences, one of them in threes; the second one.
WORLD = """
from evidence.clock import set_market_clock
from participants.roles import Role
from tests.delivery.worlds import SHA256
from tests.factories import make_organization, make_user
from tests.matrix import STANDING
from tests.trading.worlds import MARKET_CLOCK, SYSTEM, ledger, make_listing
set_market_clock(STANDING, 0)
house = make_organization(Role.BUYER)
make_user(Role.BUYER, organization=house, username="shops")
ledger.fund(organization=house.code, amount_fen=10_000_000, reference="BANK-shops", actor=SYSTEM, clock=MARKET_CLOCK)
def sells(name, *several):
    seller = make_organization(Role.DATA_MERCHANT)
    make_user(Role.DATA_MERCHANT, organization=seller, username=name)
    return [make_listing(seller, sale_mode="fixed", delivery_mode="download", file_sha256=SHA256, price_fen=price, title_zh=title,
                         use_terms={"purposes": ["industry"], "term_days": 365} | more).code for price, title, more in several]
print(",".join([*sells("first", (309_000, "港口航迹", {}), (206_000, "泊位占用", {"min_order": {"licences": 3, "fen": 0}})),
                *sells("second", (103_000, "城市人口", {}))]))
"""


@pytest.fixture(scope="module")
def buyer(house: RunningHouse, browser: Any) -> Iterator[Person]:
    person = Person(browser, house.address, "shops", width=390)
    yield person
    person.close()


@pytest.fixture(scope="module")
def first(house: RunningHouse, browser: Any) -> Iterator[Person]:
    person = Person(browser, house.address, "first")
    yield person
    person.close()


@pytest.fixture(scope="module")
def second(house: RunningHouse, browser: Any) -> Iterator[Person]:
    """A seller whose browser runs no scripts."""
    person = Person(browser, house.address, scripts=False)
    person.sign_in("second")
    yield person
    person.close()


@covers("CAP-E1", "R1")
def test_1_three_licences_of_two_sellers_lie_in_the_cart_and_one_is_refused_in_words(buyer: Person, house: RunningHouse) -> None:
    for code in house.told.split(","):
        buyer.go(f"/listings/{code}/")
        assert buyer.sees("其中增值税")
        buyer.press("form[action='/desk/cart/'] button")
    assert buyer.sees("未达起订份数") and buyer.sees("本单有 2 份"), "the refusal names rule, count and way out"
    assert buyer.page.locator("button[value=order]").count() == 0
    assert buyer.violations() == []
    assert buyer.page.evaluate("document.documentElement.scrollWidth <= 390"), "nothing hangs over on a phone"


@covers("CAP-E1", "G2", "I19")
def test_2_the_refused_line_is_taken_out_and_the_rest_is_ordered_and_paid_at_once(buyer: Person) -> None:
    line = buyer.page.locator("tr").filter(has_text="泊位占用")
    with buyer.page.expect_navigation():
        line.locator("button[value=take]").click()
    assert not buyer.sees("泊位占用") and buyer.page.locator("aside").inner_text().count("4,120") >= 1
    assert "120" in buyer.page.locator("aside").inner_text(), "the taxes of both sellers, 90 and 30"
    buyer.press("button[value=order]")
    assert buyer.sees("已下单：2 笔成交")


def handed_over(person: Person, title: str) -> None:
    """The seller finds the order among its deliveries, and hands over what was registered."""

    def opened() -> bool:
        person.go("/desk/deliveries/")
        return person.sees(title)

    assert eventually(opened, 60), "the house opens the delivery by itself"
    person.press("main table a[href^='/desk/deliveries/']")
    person.page.set_input_files("#file", {"name": "data.csv", "mimeType": "text/csv", "buffer": FILE})
    person.press("form[enctype][action$='/deliver/'] button")
    assert person.sees("已交付")


@covers("CAP-E1", "I20")
def test_3_each_seller_delivers_its_own_and_the_buyer_accepts_both(buyer: Person, first: Person, second: Person) -> None:
    handed_over(first, "港口航迹")
    handed_over(second, "城市人口")
    assert not second.sees("港口航迹"), "a seller reads nothing of the other's order"
    for title in ("港口航迹", "城市人口"):
        buyer.go("/desk/deliveries/")
        buyer.press(f"main a:has-text('{title}')")
        buyer.press("form[action$='/accept/'] button")
        assert buyer.sees("验收")
    buyer.go("/desk/cart/")
    assert buyer.sees("购物车是空的")


@covers("CAP-I8")
def test_4_no_console_spoke(buyer: Person, first: Person, second: Person) -> None:
    assert [*buyer.console, *first.console, *second.console] == []
