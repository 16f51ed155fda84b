"""A third party offers an audit, a merchant orders it for its listing, the report is signed, paid and shown where it belongs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person
from tests.flows.story import PROOF, Story, code_in

pytestmark = pytest.mark.browser

SUPPLY = ("from tests.trading.worlds import make_listing; from participants.models import User\n"
          "listing = make_listing(User.objects.get(username='merchant').acting_for, title_zh='港口吞吐量日度数据',\n"
          "                       title_en='Daily port throughput', sale_mode='fixed')\n"
          "print(listing.code)")
FIRM = ("from evidence.clock import MARKET_CLOCK; from kit.actors import SYSTEM; from ledger.operations import fund\n"
        "from participants.models import User; from participants.roles import Role\n"
        "from tests.compliance.engagements import provider; from tests.factories import make_user\n"
        "firm, _ = provider('provider_audit', at=MARKET_CLOCK, name='明镜安全审计有限公司', name_en='Mingjing Security Audit')\n"
        "make_user(Role.SERVICE_PROVIDER, username='audit-firm', organization=firm)\n"
        "fund(organization=User.objects.get(username='merchant').acting_for.code, amount_fen=50_000_000, reference='BANK-merchant',\n"
        "     actor=SYSTEM, clock=MARKET_CLOCK)")


@pytest.fixture(scope="module")
def cast(market: RunningHouse, browser: Any, story: Story) -> Iterator[dict[str, Person]]:
    market.run(FIRM)
    story.codes["LST"] = market.run(SUPPLY)
    people = {name: Person(browser, market.address, name) for name in ("merchant", "audit-firm")}
    yield people
    for one in people.values():
        one.close()


def faultless(person: Person) -> None:
    found = person.violations()
    assert found == [], found


def marked(person: Person) -> str:
    """The door of the rail that the page stands under."""
    return str(person.page.locator("nav.rail:visible a[aria-current=page]").inner_text())


@covers("R61", "A2")
def test_1_the_firm_puts_its_service_into_the_directory(cast: dict[str, Person]) -> None:
    firm = cast["audit-firm"]
    firm.go("/desk/services/")
    faultless(firm)
    firm.choose("kind", "provider_audit")
    firm.fill(title_zh="数据产品安全审计", title_en="Security audit of a data product",
              scope_zh="按国家标准审计数据产品的安全措施并出具报告。",
              scope_en="An audit of the product's security against the national standards, with a report.", price_fen="20,000", days="10")
    firm.press("form:has([name=title_zh]) button[type=submit]")
    assert firm.sees("服务已上架"), firm.text()[:1500]


@covers("R61", "G1")
def test_2_the_merchant_orders_it_for_the_listing_and_the_price_is_set_aside(cast: dict[str, Person], story: Story) -> None:
    merchant = cast["merchant"]
    merchant.go("/services/?q=安全审计")
    merchant.press("main a[href^='/services/SVC-']")
    faultless(merchant)
    merchant.fill(about=story.codes["LST"], brief="请审计本产品的访问控制与日志。")
    merchant.press("form:has([name=brief]) button[type=submit]")
    story.codes["ENG"] = code_in(merchant.page.url, "ENG")
    assert merchant.sees("已下单") and marked(merchant) == "委托的服务", merchant.text()[:1500]
    faultless(merchant)


@covers("R61", "R88", "R89")
def test_3_the_firm_takes_it_on_and_signs_its_report_under_its_own_door_of_the_rail(cast: dict[str, Person], story: Story) -> None:
    firm = cast["audit-firm"]
    firm.go(f"/desk/engagements/{story.codes['ENG']}/")
    assert marked(firm) == "承接的委托"
    firm.press("button[name=act][value=accept]")
    faultless(firm)
    firm.page.fill("#summary", "访问控制与日志留存符合要求，未发现重大缺陷。")
    firm.page.set_input_files("#paper", PROOF)
    firm.press("button[name=act][value=deliver]")
    assert firm.sees("第 1 版"), firm.text()[:1500]
    faultless(firm)


@covers("R61", "G1")
def test_4_the_merchant_accepts_it_and_the_firm_is_paid_less_the_venues_fee(cast: dict[str, Person], story: Story) -> None:
    merchant, firm = cast["merchant"], cast["audit-firm"]
    merchant.go(f"/desk/engagements/{story.codes['ENG']}/")
    merchant.press("button[name=act][value=approve]")
    assert merchant.sees("已支付"), merchant.text()[:1500]
    firm.go("/desk/account/")
    assert firm.sees("第三方服务") and firm.sees("19,400"), "20,000 less 3 percent"
    faultless(firm)


@covers("R61")
def test_5_everyone_sees_the_report_on_the_listing_in_both_languages(
    cast: dict[str, Person], story: Story, market: RunningHouse, browser: Any
) -> None:
    for language, width, words in (("zh-CN", 1440, "数据产品安全审计"), ("en-US", 390, "Security audit of a data product")):
        stranger = Person(browser, market.address, language=language, width=width)
        stranger.go(f"/listings/{story.codes['LST']}/")
        assert stranger.page.locator("a[href^='/reports/RPT-']").count() == 1, stranger.text()[:2000]
        stranger.press("a[href^='/reports/RPT-']")
        assert stranger.sees(words), stranger.text()[:1500]
        faultless(stranger)
        assert stranger.console == []
        stranger.close()
    for one in cast.values():
        assert one.console == []
