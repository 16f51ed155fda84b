"""Demand to award in three browsers, with a counter-offer on the way, and a bargain agreed on a phone without scripts (CAP-E4).

Two sellers quote 9,000 and 8,000 under seal; the buyer counters with 7,500; the second comes down to 7,600 and is awarded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person
from tests.flows.story import eventually, market_local

pytestmark = pytest.mark.browser

#: A buyer with money and two sellers, each with a listing that is bargained for, on a clock that stands still.
WORLD = """
from evidence.clock import set_market_clock
from participants.roles import Role
from tests.factories import make_organization, make_user
from tests.matrix import STANDING
from tests.trading.deals import negotiable
from tests.trading.worlds import MARKET_CLOCK, SYSTEM, ledger
set_market_clock(STANDING, 0)
house = make_organization(Role.BUYER)
make_user(Role.BUYER, organization=house, username="asks")
ledger.fund(organization=house.code, amount_fen=10_000_000, reference="BANK-asks", actor=SYSTEM, clock=MARKET_CLOCK)
codes = []
for name in ("dear", "fair"):
    seller = make_organization(Role.DATA_MERCHANT)
    make_user(Role.DATA_MERCHANT, organization=seller, username=name)
    codes.append(negotiable(seller=seller, use_terms={"purposes": ["industry", "research"]}).code)
print(",".join(codes))
"""


@pytest.fixture(scope="module")
def buyer(house: RunningHouse, browser: Any) -> Iterator[Person]:
    person = Person(browser, house.address, "asks")
    yield person
    person.close()


@pytest.fixture(scope="module")
def dear(house: RunningHouse, browser: Any) -> Iterator[Person]:
    person = Person(browser, house.address, "dear")
    yield person
    person.close()


@pytest.fixture(scope="module")
def fair(house: RunningHouse, browser: Any) -> Iterator[Person]:
    """A seller on a phone, whose browser runs no scripts."""
    person = Person(browser, house.address, width=390, scripts=False)
    person.sign_in("fair")
    yield person
    person.close()


@pytest.fixture(scope="module")
def demand(buyer: Person, house: RunningHouse) -> str:
    buyer.go("/desk/demands/new/")
    buyer.fill(title="港口航迹", need="华东港口近三年逐日航迹", budget="9,000", closes_at=market_local(house, 24))
    buyer.choose("purpose", "industry")
    buyer.press("main form .btn-primary")
    assert buyer.sees("已发布")
    return buyer.page.url.removeprefix(buyer.address)


def quote(person: Person, demand: str, price: str) -> None:
    person.go(demand)
    person.page.select_option("[name=listing]", index=1)
    person.fill(price=price, note="逐日更新")
    person.press("form[action$='/quote/'] button[value=quote]")
    assert person.sees("报价已密封")


@covers("CAP-E4", "D7", "T39")
def test_1_two_sellers_quote_and_nobody_sees_a_price(buyer: Person, dear: Person, fair: Person, demand: str) -> None:
    quote(dear, demand, "9,000")
    quote(fair, demand, "8000")
    for person in (buyer, dear):
        person.go(demand)
        assert not person.sees("8,000")
    assert dear.sees("9,000")


@covers("CAP-E4")
def test_2_after_the_end_the_buyer_compares_and_counters(buyer: Person, fair: Person, demand: str, house: RunningHouse) -> None:
    house.command("move_clock", "25h")

    def comparing() -> bool:
        buyer.go(demand)
        return buyer.sees("报价比较")

    assert eventually(comparing, 60), "the clock ends the round by itself"
    assert buyer.text().index("8,000") < buyer.text().index("9,000")
    buyer.page.locator("details summary").filter(has_text="向全部报价方提出目标价").click()
    buyer.fill(target="7,500", message="请按目标价调整", closes_at=market_local(house, 48))
    buyer.press("button[value=next_round]")
    assert buyer.sees("新一轮已开始")
    quote(fair, demand, "7,600")
    assert fair.sees("7,500") and fair.sees("请按目标价调整")


@covers("CAP-E4", "I19")
def test_3_the_award_is_a_trade_that_the_buyer_pays(buyer: Person, fair: Person, demand: str, house: RunningHouse) -> None:
    house.command("move_clock", "49h")

    def comparing() -> bool:
        buyer.go(demand)
        return buyer.sees("定标期限")

    assert eventually(comparing, 60)
    buyer.press("table button[value=award]")
    assert buyer.sees("已定标") and "/desk/trades/TRD-" in buyer.page.url and buyer.sees("7,600")
    fair.go(demand)
    assert fair.sees("入选")


@covers("CAP-E4", "F3")
def test_4_a_bargain_reads_like_a_conversation_and_ends_in_a_trade(buyer: Person, fair: Person, house: RunningHouse) -> None:
    listing = house.told.split(",")[1]
    buyer.go(f"/desk/negotiations/?listing={listing}")
    buyer.fill(price="6,000", note="长期采购")
    buyer.press("main form .btn-primary")
    assert buyer.sees("等待对方答复")
    talk = buyer.page.url.removeprefix(buyer.address)
    fair.go(talk)
    assert fair.sees("轮到您答复") and fair.sees("长期采购")
    fair.page.locator("details summary").filter(has_text="还价").click()
    fair.fill(price="7,000")
    fair.press("button[value=counter]")
    assert fair.sees("还价已送达对方")
    buyer.go(talk)
    buyer.press("button[value=accept]")
    assert "/desk/trades/TRD-" in buyer.page.url and buyer.sees("7,000")


@covers("CAP-I8")
def test_5_the_pages_pass_axe_and_the_console_stays_quiet(buyer: Person, demand: str) -> None:
    for path in ("/trading/demands/", demand, "/desk/negotiations/", "/desk/demands/", "/desk/demands/new/"):
        buyer.go(path)
        assert buyer.violations() == [], path
    buyer.go("/desk/negotiations/")
    buyer.press("td a.name")
    assert buyer.violations() == []
    assert buyer.console == []
