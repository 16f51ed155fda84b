"""Money at the browser: a refund after settlement that both sides see, a payout with second approval, a reconciliation mended."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person

pytestmark = pytest.mark.browser

#: A trade settled among three parties, a buyer with two people and money, and the venue's desk; the bank knows all of it.
WORLD = """
from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM
from ledger.queries import outside_by_subject
from participants.roles import Role
from settlement.models import Settlement
from settlement.operations import book_deposit
from settlement.simulated_bank import transfer_in
from settlement.tasks import move_cycle
from tests.factories import make_organization, make_user
from tests.settlement.worlds import accepted, frozen
sellers = [make_organization(Role.DATA_MERCHANT) for _ in range(3)]
trade = accepted(price_fen=1_000_001, seller=sellers[0], contributors=dict(zip(sellers, (5, 3, 2))))
move_cycle(cycle=frozen(), clock=MARKET_CLOCK)
make_user(Role.DATA_MERCHANT, organization=sellers[0], username="m-seller")
make_user(Role.BUYER, organization=trade.buyer, username="m-buyer")
rich = make_organization(Role.BUYER)
for name in ("m-maker", "m-second"):
    make_user(Role.BUYER, organization=rich, username=name)
make_user(Role.VENUE_OPERATOR, username="m-operator")
make_user(Role.REGULATOR, username="m-regulator")
book_deposit(organization=rich.code, amount_fen=10_000_000, reference="SLIP-RICH", actor=SYSTEM, clock=MARKET_CLOCK)
there = {"SLIP-RICH"}
for reference, fen in outside_by_subject().items():
    if reference not in there and fen > 0:
        transfer_in(reference=reference, party="", amount_fen=fen, at=MARKET_CLOCK.now(), tell=False)
print(trade.code, Settlement.objects.get(trade=trade).code, rich.code)
"""


@pytest.fixture(scope="module")
def cast(house: RunningHouse, browser: Any) -> Iterator[dict[str, Person]]:
    people = {name: Person(browser, house.address, f"m-{name}", width=390 if name in {"buyer", "second"} else 1440)
              for name in ("seller", "buyer", "maker", "second", "operator", "regulator")}
    yield people
    for one in people.values():
        one.close()


def faultless(person: Person) -> None:
    found = person.violations()
    assert found == [], found
    wider = person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{person.page.url} is {wider} px wider than the window"


def until(person: Person, path: str, words: str, seconds: float = 25) -> None:
    """The worker does its part in the background: look again until the page says so."""
    ends = time.monotonic() + seconds
    person.go(path)
    while not person.sees(words):
        assert time.monotonic() < ends, f"{path} does not say {words}:\n{person.text()[:2000]}"
        time.sleep(0.5)
        person.go(path)


def later(house: RunningHouse, hours: float) -> None:
    house.run(f"from tests.delivery.worlds import move\nmove(hours={hours})")


@covers("G6", "R98")
def test_a_refund_after_settlement_mirrors_the_split_and_both_sides_see_it(cast: dict[str, Person], house: RunningHouse) -> None:
    trade, statement, _ = house.told.split()
    buyer, seller = cast["buyer"], cast["seller"]
    buyer.go(f"/desk/statements/{statement}/")
    faultless(buyer)
    buyer.page.fill("#amount", "5000")
    buyer.page.fill("#reason", "缺少约定的一列，双方同意退一半。")
    buyer.press("form[action$='/refund/'] button")
    assert buyer.sees("已申请退款"), buyer.text()[:1500]
    seller.go("/desk/refunds/")
    assert seller.sees("缺少约定的一列") and seller.sees(trade)
    faultless(seller)
    seller.press("form[action$='/approve/'] button")
    until(seller, "/desk/refunds/", "已退款")
    until(buyer, "/desk/refunds/", "已退款")
    given = house.run("from settlement.models import RefundLine\nprint(*RefundLine.objects.filter(transfer__isnull=False).order_by("
                      "'number').values_list('number', 'amount_fen'))")
    lines = [int(word.strip("(),")) for word in given.split()]
    assert sum(lines[1::2]) == 500_000 and lines[0::2][-3:] == [1, 2, 3], given
    house.run("from evidence.clock import MARKET_CLOCK\nfrom settlement.tasks import receipts_now\nreceipts_now(clock=MARKET_CLOCK)")
    for person in (buyer, seller):
        until(person, "/desk/receipts/", "退款")
        faultless(person)
    seller.go("/desk/income/")
    assert seller.sees("退回") and seller.page.locator("svg.ch").count() == 1
    faultless(seller)
    assert buyer.console == [] and seller.console == []


@covers("G8", "I18")
def test_a_payout_above_the_limit_goes_by_a_second_person_and_the_venue(cast: dict[str, Person], house: RunningHouse) -> None:
    maker, second, operator = cast["maker"], cast["second"], cast["operator"]
    maker.go("/desk/payouts/")
    maker.page.fill("#amount", "60000")
    maker.page.fill("[name=to_account]", "6222020200112345")
    maker.press("form:has(#amount) button")
    assert maker.sees("等本机构另一人确认") and maker.page.locator("form[action$='/confirm/']").count() <= 1, maker.text()[:1500]
    second.go("/desk/payouts/")
    faultless(second)
    second.press("form[action$='/confirm/'] button")
    assert second.sees("已确认，等场所复核"), second.text()[:1500]
    operator.go("/desk/money/flows/")
    assert operator.sees("60,000") and operator.sees("由场所复核")
    faultless(operator)
    operator.go("/desk/money/")
    operator.press("form[action$='/clear/'] button")
    assert operator.sees("已办理")
    later(house, 2)
    until(maker, "/desk/payouts/", "已到账")
    house.run("from evidence.clock import MARKET_CLOCK\nfrom settlement.tasks import receipts_now\nreceipts_now(clock=MARKET_CLOCK)")
    maker.go("/desk/receipts/")
    maker.press("main table a")
    assert maker.sees("60,000") and maker.sees("扫码核验真伪")
    faultless(maker)
    maker.press("a.btn-primary")
    assert maker.sees("仅双方可见") and not maker.sees("60,000"), maker.text()[:1500]
    faultless(maker)
    assert maker.console == [] and second.console == [] and operator.console == []


@covers("G9", "I18")
def test_a_blocked_reconciliation_is_shown_stops_payouts_and_is_mended_by_two(cast: dict[str, Person], house: RunningHouse) -> None:
    operator, regulator, maker = cast["operator"], cast["regulator"], cast["maker"]
    rich = house.told.split()[2]
    house.run("from evidence.clock import MARKET_CLOCK\nfrom kit.actors import SYSTEM\nfrom ledger.operations import fund\n"
              f"fund(organization={rich!r}, amount_fen=500, reference='GHOST', actor=SYSTEM, clock=MARKET_CLOCK)")
    operator.go("/desk/money/")
    operator.press("form[action$='/reconcile/'] button")
    assert operator.sees("GHOST: 500 fen here, nothing at the bank") and operator.sees("对账未平，提现暂停"), operator.text()[:3000]
    faultless(operator)
    maker.go("/desk/payouts/")
    assert maker.sees("对账未平，提现暂停")
    assert maker.page.locator("form:has(#amount) button").is_disabled()
    faultless(maker)
    operator.press("form[action$='/ask/'] button")
    assert "settlement.reconciliation.differs" in operator.text(), operator.text()[:1500]
    house.run("from evidence.clock import MARKET_CLOCK\nfrom settlement.simulated_bank import transfer_in\n"
              f"transfer_in(reference='GHOST', party={rich!r}, amount_fen=500, at=MARKET_CLOCK.now(), tell=False)")
    operator.go("/desk/money/")
    operator.press("form[action$='/ask/'] button")
    assert operator.sees("已办理"), operator.text()[:1500]
    regulator.go("/desk/money/")
    regulator.press("form[action$='/mend/'] button")
    assert regulator.sees("已纠正") and not regulator.sees("对账未平，提现暂停"), regulator.text()[:2000]
    faultless(regulator)
    maker.go("/desk/payouts/")
    maker.page.fill("#amount", "1")
    maker.page.fill("[name=to_account]", "6222020200112345")
    maker.press("form:has(#amount) button")
    assert maker.sees("已申请提现"), maker.text()[:1500]
