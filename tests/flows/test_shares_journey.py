"""A partner disputes who gets what before listing, with a counter-proposal; the seller mends, both sign, the product is sent in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person

pytestmark = pytest.mark.browser

WORLD = """
from participants.actors import actor_of
from participants.roles import Role
from tests.compliance.worlds import signed
from tests.factories import clock, make_organization, make_user
from tests.listings.worlds import Seller, make_draft
user = make_user(Role.DATA_MERCHANT, organization=make_organization(Role.DATA_MERCHANT), username="holder")
seller = Seller(user.acting_for, actor_of(user), clock())
signed(seller.organization, seller.actor, seller.clock)
partner = make_user(Role.DATA_MERCHANT, organization=make_organization(Role.DATA_MERCHANT), username="partner")
print(make_draft(seller).listing.code, seller.organization.code, partner.acting_for.code)
"""


@pytest.fixture(scope="module")
def cast(house: RunningHouse, browser: Any) -> Iterator[dict[str, Person]]:
    people = {"holder": Person(browser, house.address, "holder"), "partner": Person(browser, house.address, "partner", width=390)}
    yield people
    for one in people.values():
        one.close()


def faultless(person: Person) -> None:
    found = person.violations()
    assert found == [], found
    wider = person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{person.page.url} is {wider} px wider than the window"


def propose(person: Person, listing: str, parties: list[tuple[str, str, str]], words: str = "") -> None:
    person.go(f"/desk/listings/{listing}/agreement/")
    page = person.page
    for n, (party, part, weight) in enumerate(parties):
        page.locator("[name=party]").nth(n).fill(party)
        page.locator("[name=part]").nth(n).select_option(part)
        page.locator("[name=weight]").nth(n).fill(weight)
    if words:
        page.fill("[name=words]", words)
    faultless(person)
    person.press("main form button.btn-primary")


@covers("R9", "R69", "R71")
def test_a_partner_disputes_before_listing_it_is_mended_signed_and_sent_in(cast: dict[str, Person], house: RunningHouse) -> None:
    listing, ours, theirs = house.told.split()
    holder, partner = cast["holder"], cast["partner"]
    propose(holder, listing, [(ours, "source", "80"), (theirs, "processing", "20")])
    assert holder.sees("协议已提出") and holder.sees("待各方签署"), holder.text()[:2000]

    holder.go(f"/desk/listings/{listing}/edit/")
    holder.press("#send button")
    assert holder.sees("listings.share.unsigned"), holder.text()[:3000]

    partner.go("/desk/share-agreements/")
    faultless(partner)
    partner.page.click("summary:has-text('提出异议')")
    partner.page.fill("form[action$='/dispute/'] [name=text]", "清洗占了大半工时，二十不够。")
    partner.page.locator("form[action$='/dispute/'] [name=weight]").nth(1).fill("35")
    partner.press("form[action$='/dispute/'] button")
    assert partner.sees("有争议") and partner.sees("二十不够"), partner.text()[:2000]

    holder.go("/desk/share-agreements/")
    assert holder.sees("二十不够") and holder.sees("修改后重新提出")
    faultless(holder)
    propose(holder, listing, [(ours, "source", "65"), (theirs, "processing", "35")], "按您的意见改为三十五。")

    partner.go("/desk/share-agreements/")
    assert partner.sees("按您的意见改为三十五。")
    partner.press("form[action$='/sign/'] button")
    assert partner.sees("已生效"), partner.text()[:2000]

    holder.go(f"/desk/listings/{listing}/edit/")
    holder.press("#send button")
    assert not holder.sees("listings.share."), holder.text()[:3000]
    for one in cast.values():
        assert one.console == []
