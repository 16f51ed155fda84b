"""Termination in two browsers: a buyer reads what ending its agreement does, proposes it, the seller agrees, access and money follow (F4).

The buyer sits at a desk and reads English; the seller runs no scripts, on a phone, and reads Chinese.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person
from tests.flows.story import eventually

pytestmark = pytest.mark.browser

#: A licence bought and delivered, with a token in the buyer's hand; the market's clock stands still.
WORLD = """
from evidence.clock import set_market_clock
from evidence.operations import drain
from participants.actors import actor_of
from participants.roles import Role
from tests.factories import make_organization, make_user
from tests.matrix import STANDING
from tests.trading.worlds import MARKET_CLOCK, SYSTEM, ledger, make_listing
from tests.delivery.worlds import SHA256, file_of
from trading.operations import buy_listing, quote_for
from delivery.models import Delivery
from delivery.access import issue_grant
from delivery.operations import deliver
set_market_clock(STANDING, 0)
home = make_organization()
seller = actor_of(make_user(Role.DATA_MERCHANT, organization=home, username="seller"))
buyer = actor_of(make_user(Role.BUYER, organization=make_organization(Role.BUYER), username="user"))
ledger.fund(organization=buyer.organization, amount_fen=10_000_000, reference="BANK-1", actor=SYSTEM, clock=MARKET_CLOCK)
listing = make_listing(home, sale_mode="fixed", file_sha256=SHA256, delivery_mode="download", use_terms={
    "purposes": ["research"], "term_days": 90, "regions": ["CN"], "calls": 3, "derivatives": True})
quote = quote_for(listing, MARKET_CLOCK.now())
trade = buy_listing(listing=listing, version=quote.version.code, total_fen=quote.total_fen, purpose="research", actor=buyer,
                    clock=MARKET_CLOCK)
drain()
one = Delivery.objects.get(trade=trade)
one = deliver(delivery=one, deposit=file_of(trade), actor=seller, clock=MARKET_CLOCK)
token = issue_grant(delivery=one, actor=buyer, clock=MARKET_CLOCK).token
print(f"{trade.deed.code} {trade.code} {one.code} {token}")
"""


@pytest.fixture(scope="module")
def told(house: RunningHouse) -> list[str]:
    """Codes of agreement, trade and delivery, and the token."""
    return house.told.split()


@pytest.fixture(scope="module")
def buyer(house: RunningHouse, browser: Any) -> Iterator[Person]:
    person = Person(browser, house.address, "user", language="en")
    yield person
    person.close()


@pytest.fixture(scope="module")
def seller(house: RunningHouse, browser: Any) -> Iterator[Person]:
    """Somebody whose browser runs no scripts, on a phone."""
    person = Person(browser, house.address, width=390, scripts=False)
    person.sign_in("seller")
    yield person
    person.close()


@covers("F1", "F2")
def test_1_both_read_one_text_in_their_own_language_and_the_policy_is_taken_home(buyer: Person, seller: Person, told: list[str]) -> None:
    page = f"/desk/agreements/{told[0]}/"
    buyer.go("/desk/agreements/")
    buyer.press(f"a[href='{page}']")
    seller.go(page)
    assert buyer.sees("Data provision agreement") and buyer.sees("No model may be trained with it.")
    assert seller.sees("数据提供合同") and seller.sees("不得用于训练模型。")
    with buyer.page.expect_download() as saved:
        buyer.page.click("a[href$='policy.jsonld']")
    policy = json.loads(saved.value.path().read_text(encoding="utf-8"))
    assert policy["uid"] == told[0] and f"{told[0]}#train" in {one["uid"] for one in policy["prohibition"]}


@covers("F2")
def test_2_the_agreement_answers_whether_it_may_be_used_like_this(seller: Person, told: list[str]) -> None:
    seller.go(f"/desk/agreements/{told[0]}/")
    seller.page.select_option("#act", "dx:train")
    seller.press("#ask button")
    assert seller.sees("不许可：第")


@covers("F4")
def test_3_the_buyer_sees_the_effects_and_proposes_the_end(buyer: Person, told: list[str]) -> None:
    buyer.go(f"/desk/agreements/{told[0]}/")
    effects = buyer.page.locator("#effects").inner_text()
    assert "Unused tokens (1) are revoked within ten seconds" in effects and "goes from escrow back to the buyer" in effects
    buyer.page.check("input[name=ground][value=agreed]")
    buyer.page.fill("#reason", "The project is over")
    buyer.press("#end button")
    assert buyer.sees("agree to end it, or it goes on")


@covers("F4", "F6")
def test_4_the_seller_agrees_and_within_seconds_the_token_is_dead_and_the_price_is_back(buyer: Person, seller: Person,
                                                                                       told: list[str]) -> None:
    seller.go(f"/desk/agreements/{told[0]}/")
    assert seller.sees("The project is over")
    seller.press("button[value=agree]")
    assert seller.sees("合同已终止")

    def stopped() -> bool:
        buyer.go(f"/desk/deliveries/{told[2]}/")
        return "trading.agreement" in buyer.page.content() or buyer.sees("failed") or buyer.sees("Failed")

    assert eventually(stopped, 15), "delivery stops within one sweep"

    def refunded() -> bool:
        buyer.go(f"/desk/trades/{told[1]}/")
        return "refund" in buyer.page.content().lower() or buyer.sees("unwound")

    assert eventually(refunded, 60), "settlement sends the price back"


@covers("CAP-I8")
def test_5_the_pages_pass_axe_in_both_widths_and_the_console_stays_quiet(buyer: Person, browser: Any, house: RunningHouse,
                                                                        told: list[str]) -> None:
    narrow = Person(browser, house.address, "user", width=390)
    for person in (buyer, narrow):
        for path in ("/desk/agreements/", f"/desk/agreements/{told[0]}/"):
            person.go(path)
            assert person.violations() == []
            assert person.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{path} fits the width"
        assert person.console == []
    narrow.close()
