"""The supply desk in a real browser: saving by itself, refusals in place, no fault for axe in either language, theme or width."""

from __future__ import annotations

from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse, axe

pytestmark = pytest.mark.browser

WORLD = """
from participants.actors import actor_of
from participants.models import User
from participants.roles import Role
from tests.compliance.worlds import signed
from tests.factories import clock, make_organization, make_user
from tests.listings.worlds import Seller, make_draft, make_listed
user = make_user(Role.DATA_MERCHANT, organization=make_organization(Role.DATA_MERCHANT), username="seller")
seller = Seller(user.acting_for, actor_of(user), clock())
signed(seller.organization, seller.actor, seller.clock)
make_listed(seller)
print(make_draft(seller, price_fen=None, description_zh="").listing.code)
"""


@pytest.fixture(scope="module")
def draft(house: RunningHouse) -> str:
    return house.told


def sign_in(browser: Any, house: RunningHouse, **options: Any) -> Any:
    page = browser.new_context(**options).new_page()
    page.goto(f"{house.address}/accounts/login/")
    page.fill("input[name=username]", "seller")
    page.fill("input[name=password]", "demo")
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state("networkidle")
    return page


@covers("D5", "W22")
def test_a_change_saves_by_itself_and_a_stale_one_is_told_in_place(house: RunningHouse, browser: Any, draft: str) -> None:
    faults: list[str] = []
    page, other = sign_in(browser, house, locale="zh-CN"), sign_in(browser, house, locale="zh-CN")
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" and "status of 4" not in said.text else None)
    address = f"{house.address}/desk/listings/{draft}/edit/"
    page.goto(address)
    other.goto(address)
    before = page.locator("#saved .dx-meter span").inner_text()
    page.fill("#id_price_fen", "48,000")
    page.locator("#id_price_fen").blur()
    page.wait_for_function("text => document.querySelector('#saved .dx-meter span').textContent !== text", arg=before)
    other.fill("#id_keywords", "后来者")
    other.locator("#id_keywords").blur()
    other.wait_for_selector("#saved :text('listings.version.stale')")
    other.fill("#id_keywords", "后来者再试")
    other.locator("#id_keywords").blur()
    other.wait_for_timeout(2500)
    assert "listings.version.stale" in other.inner_text("#saved"), "a stale form stays stale: its next save overwrites nothing either"
    page.reload()
    assert page.input_value("#id_price_fen") == "48,000"
    assert page.input_value("#id_keywords") != "后来者"
    page.click("#send button")
    page.wait_for_load_state("networkidle")
    assert "listings.version.incomplete" in page.content()
    assert faults == []


@covers("W22")
@pytest.mark.parametrize(("language", "scheme", "width"), [("zh-CN", "light", 1440), ("en", "dark", 1440), ("zh-CN", "dark", 390), ("en",
    "light", 390)])
def test_no_page_of_the_desk_has_a_fault_for_axe(house: RunningHouse, browser: Any, draft: str, language: str, scheme: str,
                                                 width: int) -> None:
    page = sign_in(browser, house, locale=language, color_scheme=scheme, viewport={"width": width, "height": 900})
    found = {}
    for path in ("resources/", "rights/", "registrations/", "listings/", f"listings/{draft}/edit/", f"listings/{draft}/versions/"):
        page.goto(f"{house.address}/desk/{path}")
        if faults := axe(page):
            found[path] = faults
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{path} is {wider} px wider than the window"
    assert found == {}
