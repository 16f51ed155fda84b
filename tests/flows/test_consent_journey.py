"""A trustee takes people on by file, consents for one, and takes it back: off sale at once, every buyer told, proof seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person
from tests.flows.story import (
    PROOF,
    Story,
    approve_listing,
    attach_and_submit,
    declare_rights,
    eventually,
    fill_listing,
    make_product,
    pass_registration,
    register_rights,
    sign_declaration,
)

pytestmark = pytest.mark.browser
PEOPLE = {"name": "people.csv", "mimeType": "text/csv",
          "buffer": "编号,姓名,证件号,委托至\nA-1,赵一,11010519491231002X,2039-12-31\nA-2,钱二,110105194912310021,2039-12-31\n".encode()}


@pytest.fixture(scope="module")
def cast(market: RunningHouse, browser: Any) -> Iterator[dict[str, Person]]:
    people = {name: Person(browser, market.address, name) for name in ("merchant", "compliance", "buyer", "trustee")}
    yield people
    for one in people.values():
        one.close()


def faultless(person: Person) -> None:
    found = person.violations()
    assert found == [], found


@covers("B9")
def test_1_a_product_is_on_sale_and_was_handed_over_once(cast: dict[str, Person], story: Story, market: RunningHouse) -> None:
    merchant = cast["merchant"]
    story.codes["LST"] = make_product(merchant)
    declare_rights(merchant)
    registration = register_rights(merchant)
    pass_registration(cast["compliance"], registration)

    def certified() -> bool:
        merchant.go(f"/listings/registrations/{registration}/")
        return merchant.sees("CRT-")

    assert eventually(certified, 60)
    sign_declaration(merchant)
    fill_listing(merchant, story.codes["LST"])
    approve_listing(cast["compliance"], attach_and_submit(merchant))
    # how a trade comes about is the market journey's; here one is written and paid, and the house opens its delivery
    trade = market.run(
        "from evidence.clock import MARKET_CLOCK; from listings.models import Listing; from participants.actors import actor_of\n"
        "from participants.models import User; from tests.delivery.worlds import make_trade; from trading.operations import pay_trade\n"
        f"listing = Listing.objects.select_related('version', 'organization', 'venue').get(code='{story.codes['LST']}')\n"
        "buyer = actor_of(User.objects.get(username='buyer')); trade = make_trade(listing=listing, buyer=buyer, price_fen=100_000)\n"
        "pay_trade(trade=trade, actor=buyer, clock=MARKET_CLOCK); print(trade.code)")

    def delivery_opened() -> str:
        return market.run(f"from delivery.models import Delivery; print(*Delivery.objects.filter(trade__code='{trade}')"
                          ".values_list('code', flat=True))")

    story.codes["DLV"] = eventually(delivery_opened, 60)
    merchant.go(f"/desk/deliveries/{story.codes['DLV']}/")
    merchant.press("form[action$='/deliver/'] button")
    assert merchant.sees("已交付")


@covers("R29", "B9")
def test_2_the_trustee_takes_people_on_by_file_and_is_told_of_the_line_that_was_wrong(cast: dict[str, Person]) -> None:
    trustee = cast["trustee"]
    trustee.go("/desk/principals/")
    faultless(trustee)
    trustee.page.set_input_files("#file", PEOPLE)
    trustee.press("form:has(#file) button[type=submit]")
    assert trustee.sees("读了 2 行，登记 1 人") and trustee.sees("第 3 行") and trustee.sees("证件号不是有效的身份证号"), trustee.text()
    assert not trustee.sees("赵一"), "the list shows the trustee's own numbers, no names"
    faultless(trustee)


@covers("R27", "R28", "R29", "B9")
def test_3_a_consent_for_one_purpose_is_given_and_shows_who_used_the_data(cast: dict[str, Person], story: Story) -> None:
    trustee = cast["trustee"]
    trustee.go("/desk/principals/")
    trustee.page.select_option("[name=principal]", index=1)
    trustee.fill(listing=story.codes["LST"], kinds="位置，设备", recipients="买方", days="300")
    trustee.choose("purpose", "industry")
    trustee.press("#give button[type=submit]")
    assert trustee.sees("同意已登记") and trustee.sees("A-1"), trustee.text()
    assert trustee.page.locator("table:has(th:text('谁用过')) tbody tr").count() == 1, "the buyer that has the data already"


@covers("R34", "R105")
def test_4_the_trustee_asks_for_a_correction_and_the_holder_answers(cast: dict[str, Person]) -> None:
    trustee, merchant = cast["trustee"], cast["merchant"]
    trustee.page.locator("main details:has([name=kind]) summary").first.click()
    trustee.choose("kind", "correct")
    trustee.fill(text="所在城市有误，应为泉州。")
    trustee.press("details form button[type=submit]")
    assert trustee.sees("已提出")
    merchant.go("/desk/subject-requests/")
    assert merchant.sees("所在城市有误，应为泉州。")
    faultless(merchant)
    merchant.fill(answer="已更正，并通知接收方。")
    merchant.press("button[name=act][value=answer]")
    trustee.go("/desk/principals/")
    assert trustee.sees("已更正，并通知接收方。")


@covers("R4", "R27", "R29", "B9")
def test_5_the_consent_is_taken_back_and_within_a_minute_the_listing_is_off_sale_and_the_buyer_is_told(
    cast: dict[str, Person], story: Story, market: RunningHouse, browser: Any
) -> None:
    trustee, buyer = cast["trustee"], cast["buyer"]
    trustee.press("button:has-text('撤回同意')")
    assert trustee.sees("已撤回")
    stranger = Person(browser, market.address, width=390)
    stranger.go(f"/listings/{story.codes['LST']}/")
    assert stranger.sees("本产品停牌") and stranger.sees("个人同意已撤回或到期"), "the gate shuts in the act itself"
    stranger.close()

    def told() -> bool:
        buyer.go(f"/desk/deliveries/{story.codes['DLV']}/")
        return buyer.sees("个人同意已终止")

    assert eventually(told, 60), buyer.text()[:2000]
    faultless(buyer)
    buyer.press("form[action$='/token/'] button")
    stopped = buyer.sees("delivery.delivery.consent_ended") or buyer.sees("delivery.use.stopped")  # whichever the monitor left to say
    assert stopped, "nothing more is handed over"


@covers("R29", "B9")
def test_6_the_buyer_confirms_with_proof_and_the_trustee_sees_that_it_reached_each_buyer(
    cast: dict[str, Person], story: Story, market: RunningHouse
) -> None:
    trustee, buyer = cast["trustee"], cast["buyer"]
    trustee.go("/desk/principals/")
    assert trustee.sees("已通知") and trustee.sees("NTC-"), "the notice that reached the buyer is named"
    buyer.go(f"/desk/deliveries/{story.codes['DLV']}/")
    buyer.fill(statement="已从数据仓库与备份中删除 A-1 的记录。")
    buyer.page.set_input_files("[name=proof]", PROOF)
    buyer.press("form:has([name=proof]) button")
    assert buyer.sees("已确认删除")
    trustee.go("/desk/principals/")
    assert trustee.sees("已删除") and trustee.sees("已从数据仓库与备份中删除 A-1 的记录。")
    faultless(trustee)
    checked = market.command("check_invariants", check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    for person in cast.values():
        assert person.console == [], person.name
