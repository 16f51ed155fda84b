"""An output leaves: the holder hands a table in with its checklist, two reviewers speak without seeing each other, the buyer fetches.

The buyer without a line of JavaScript; the first opinion is nowhere on anybody's page before the second is in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person
from tests.flows.story import Story, code_in

pytestmark = pytest.mark.browser

SALE = ("from tests.delivery.worlds import make_listing, make_trade, pay, file_of, seller_of\n"
        "from delivery.operations import deliver, open_delivery; from evidence.clock import MARKET_CLOCK; from kit.actors import SYSTEM\n"
        "from ledger.operations import fund; from kit.ids import new_code\n"
        "from participants.actors import actor_of; from participants.models import User\n"
        "seller = User.objects.get(username='merchant').acting_for; buyer = actor_of(User.objects.get(username='buyer'))\n"
        "fund(organization=buyer.organization, amount_fen=9000000, reference=new_code('FND'), actor=SYSTEM, clock=MARKET_CLOCK)\n"
        "from django.db import transaction\n"
        "with transaction.atomic():\n"  # no worker opens the delivery in between
        "    trade = pay(make_trade(listing=make_listing(seller), buyer=buyer))\n"
        "    one = open_delivery(trade=trade, actor=SYSTEM, clock=MARKET_CLOCK)\n"
        "print(deliver(delivery=one, deposit=file_of(trade), actor=seller_of(trade.listing), clock=MARKET_CLOCK).code)")
TABLE = "城区,人数,平均用电\n甲,300,54.2\n乙,305,55.1\n"


@pytest.fixture(scope="module")
def cast(market: RunningHouse, browser: Any, story: Story) -> Iterator[dict[str, Person]]:
    story.codes["DLV"] = market.run(SALE).splitlines()[-1]
    people = {name: Person(browser, market.address, name) for name in ("merchant", "compliance", "regulator")}
    people["buyer"] = Person(browser, market.address, "buyer", scripts=False)
    people["narrow"] = Person(browser, market.address, "buyer", language="en", width=390, dark=True)
    yield people
    for one in people.values():
        one.close()


@covers("F9")
def test_1_the_holder_is_stopped_by_the_gate_then_hands_in_what_passes(cast: dict[str, Person], story: Story) -> None:
    merchant = cast["merchant"]
    merchant.go("/desk/outputs/")
    merchant.press(f"a[href='/desk/deliveries/{story.codes['DLV']}/outputs/new/']")
    assert merchant.violations() == []
    for content, words in ((TABLE + "丙,12,50.0\n", "未过自动检查"), (TABLE, "待两人审核")):
        merchant.go(f"/desk/deliveries/{story.codes['DLV']}/outputs/new/")
        merchant.fill(title="城区用电")
        merchant.choose("kind", "table")
        merchant.page.set_input_files("[name=file]", {"name": "result.csv", "mimeType": "text/csv", "buffer": content.encode()})
        for name in ("purpose", "groups", "records", "identifiers", "least"):
            merchant.page.check(f"[name={name}]")
        merchant.press("form button.btn-primary")
        assert merchant.sees(words), merchant.text()[-1200:]
    story.codes["OUT"] = code_in(merchant.page.url, "OUT")
    assert merchant.sees("过小的分组") and merchant.violations() == []


@covers("F9")
def test_2_two_reviewers_speak_and_do_not_see_each_other(cast: dict[str, Person], story: Story) -> None:
    where = f"/desk/outputs/{story.codes['OUT']}/"
    for number, name in enumerate(("compliance", "regulator")):
        reviewer = cast[name]
        reviewer.go("/desk/outputs/")
        reviewer.press(f"a[href='{where}']")
        assert reviewer.violations() == []
        with reviewer.page.expect_download() as fetched:
            reviewer.page.click(f"form[action='{where}file/'] button")
        assert fetched.value.path().read_text() == TABLE
        reviewer.go(where)
        assert not reviewer.sees("两份意见") or number == 1
        reviewer.choose("verdict", "release")
        reviewer.fill(reason=f"第{number + 1}位：分组足够大")
        reviewer.press("form:has([name=verdict]) button.btn-primary")
        if number == 0:
            assert reviewer.sees("两份都不显示")
            for other in ("merchant", "buyer", "regulator"):
                cast[other].go(where)
                assert not cast[other].sees("第1位")
    assert cast["regulator"].sees("第1位") and cast["regulator"].sees("第2位") and cast["regulator"].sees("谁看过文件")


@covers("F9", "F5")
def test_3_the_buyer_fetches_it_once_by_a_token_and_narrow_pages_hold(cast: dict[str, Person], story: Story) -> None:
    buyer, narrow, where = cast["buyer"], cast["narrow"], f"/desk/outputs/{story.codes['OUT']}/"
    buyer.go(where)
    buyer.press("button[value=token]")
    with buyer.page.expect_download() as fetched:
        buyer.page.click(f"form[action='{where}file/'] button")
    assert fetched.value.path().read_text() == TABLE
    buyer.page.click(f"form[action='{where}file/'] button")
    buyer.page.wait_for_load_state()
    assert buyer.sees("令牌无效") and buyer.sees("重新申请令牌")
    for path in ("/desk/outputs/", where, "/desk/model-services/"):
        narrow.go(path)
        assert narrow.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        assert narrow.violations() == [], path
