"""A buyer asks in public before buying, the seller answers, the buyer buys, accepts and rates; everyone reads it, nobody reads who."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person
from tests.flows.story import Story, eventually

pytestmark = pytest.mark.browser

SUPPLY = ("from tests.delivery.worlds import SHA256; from tests.trading.worlds import make_listing; from participants.models import User\n"
          "listing = make_listing(User.objects.get(username='merchant').acting_for, title_zh='城市人口年度数据',\n"
          "                       title_en='Yearly city population', sale_mode='fixed', delivery_mode='download', file_sha256=SHA256)\n"
          "print(listing.code)")
QUESTION = "人口是常住口径还是户籍口径？"


@pytest.fixture(scope="module")
def cast(market: RunningHouse, browser: Any, story: Story) -> Iterator[dict[str, Person]]:
    story.codes["LST"] = market.run(SUPPLY)
    people = {name: Person(browser, market.address, name) for name in ("merchant", "buyer")}
    yield people
    for one in people.values():
        one.close()


def faultless(person: Person) -> None:
    found = person.violations()
    assert found == [], found


@covers("D8")
def test_1_a_buyer_asks_in_public(cast: dict[str, Person], story: Story) -> None:
    buyer = cast["buyer"]
    buyer.go(f"/listings/{story.codes['LST']}/")
    buyer.page.fill("#question", QUESTION)
    buyer.press("#ask button")
    assert buyer.sees("已提问") and buyer.sees(QUESTION), buyer.text()[-1500:]
    faultless(buyer)
    buyer.go("/desk/questions/")
    assert buyer.sees("等待卖方公开答复")
    faultless(buyer)


@covers("D8")
def test_2_the_seller_answers_and_everyone_reads_both_without_who_asked(
    cast: dict[str, Person], story: Story, market: RunningHouse, browser: Any
) -> None:
    merchant = cast["merchant"]
    merchant.go("/desk/questions/")
    assert merchant.sees(QUESTION)
    faultless(merchant)
    merchant.fill(answer="常住人口口径，年末数。")
    merchant.press("form[action$='/answer/'] button")
    assert merchant.sees("答复已公开")
    asker = market.run("from participants.models import User; print(User.objects.get(username='buyer').acting_for.name)")
    stranger = Person(browser, market.address, width=390)
    stranger.go(f"/listings/{story.codes['LST']}/")
    assert stranger.sees("常住人口口径，年末数。") and not stranger.sees(asker)
    stranger.close()


@covers("F5", "R57")
def test_3_the_buyer_has_bought_and_accepts_the_file(cast: dict[str, Person], story: Story, market: RunningHouse) -> None:
    # how a trade comes about is the market journey's; here one is written and paid, and the house opens its delivery
    trade = market.run(
        "from evidence.clock import MARKET_CLOCK; from listings.models import Listing; from participants.actors import actor_of\n"
        "from participants.models import User; from tests.delivery.worlds import file_of, make_trade\n"
        "from trading.operations import pay_trade\n"
        f"listing = Listing.objects.select_related('version', 'organization', 'venue').get(code='{story.codes['LST']}')\n"
        "buyer = actor_of(User.objects.get(username='buyer')); trade = make_trade(listing=listing, buyer=buyer, price_fen=100_000)\n"
        "pay_trade(trade=trade, actor=buyer, clock=MARKET_CLOCK); file_of(trade); print(trade.code)")

    def opened() -> str:
        return market.run(f"from delivery.models import Delivery; print(*Delivery.objects.filter(trade__code='{trade}')"
                          ".values_list('code', flat=True))")

    story.codes["DLV"] = eventually(opened, 60)
    merchant, buyer = cast["merchant"], cast["buyer"]
    merchant.go(f"/desk/deliveries/{story.codes['DLV']}/")
    merchant.press("form[action$='/deliver/'] button")
    assert merchant.sees("已交付"), merchant.text()[:1500]
    buyer.go(f"/desk/deliveries/{story.codes['DLV']}/why/")
    assert buyer.sees("取用文件") and buyer.sees("每一道关口都已通过")
    faultless(buyer)
    buyer.go(f"/desk/deliveries/{story.codes['DLV']}/")
    buyer.press("form[action$='/accept/'] button")
    assert buyer.sees("已验收")


@covers("D8")
def test_4_who_accepted_rates_once_and_the_seller_replies(cast: dict[str, Person], story: Story) -> None:
    buyer, merchant = cast["buyer"], cast["merchant"]
    for fieldset in buyer.page.locator("#rate fieldset").all():
        fieldset.locator("input[value='4']").check()
    buyer.page.fill("#rating-text", "口径说明清楚，更新及时。")
    faultless(buyer)
    buyer.press("#rate button")
    buyer.go(f"/desk/deliveries/{story.codes['DLV']}/")
    assert buyer.sees("口径说明清楚，更新及时。") and not buyer.sees("发表评价"), "one review for a trade"
    merchant.go(f"/listings/{story.codes['LST']}/")
    merchant.page.locator("#ratings details summary").first.click()
    merchant.fill(reply="感谢，明年将增加区县口径。")
    merchant.press("form[action$='/reply/'] button")
    assert merchant.sees("感谢，明年将增加区县口径。")
    faultless(merchant)


@covers("D8")
def test_5_everyone_reads_the_review_in_both_languages_and_nobody_reads_who_wrote_it(
    cast: dict[str, Person], story: Story, market: RunningHouse, browser: Any
) -> None:
    for language, width, words in (("zh-CN", 1440, "买方评价"), ("en-US", 390, "Seller")):
        stranger = Person(browser, market.address, language=language, width=width)
        stranger.go(f"/listings/{story.codes['LST']}/")
        assert stranger.sees("口径说明清楚，更新及时。") and stranger.sees(words), stranger.text()[-1500:]
        faultless(stranger)
        assert stranger.console == []
        stranger.close()
    for one in cast.values():
        assert one.console == []
