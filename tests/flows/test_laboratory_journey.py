"""A researcher asks, starts, watches, compares two policies, takes the report along; on a phone without scripts pages reload (CAP-I2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person
from tests.flows.story import code_in, eventually

pytestmark = pytest.mark.browser

WORLD = """
from participants.roles import Role
from tests.factories import make_user
from tests.matrix import STANDING
from evidence.clock import set_market_clock
set_market_clock(STANDING, 1)
for name in ("asks", "plain"):
    make_user(Role.RESEARCHER, username=name)
print("open")
"""
HOME = "/desk/laboratory/"


@pytest.fixture(scope="module")
def researcher(house: RunningHouse, browser: Any) -> Iterator[Person]:
    person = Person(browser, house.address, "asks")
    yield person
    person.close()


@pytest.fixture(scope="module")
def codes() -> list[str]:
    """The experiments made so far."""
    return []


def begin(person: Person, title: str, holdback: str, replications: str = "6") -> str:
    """Fill the form in from where the person stands, see what it costs, keep the draft, start it."""
    person.fill(title=title, agents="1,000", days="14", replications=replications, seed="55")
    person.page.fill("[name=arm-0-holdback_bps]", "0")
    person.page.fill("[name=arm-1-holdback_bps]", holdback)
    person.press("button[value=draft]")
    code = code_in(person.page.url, "EXP")
    assert person.sees("启动，或弃置")
    person.press("button[value=start]")
    return code


@covers("CAP-I2")
def test_1_a_run_moves_before_the_researcher_s_eyes_and_becomes_a_report(researcher: Person, codes: list[str]) -> None:
    researcher.go(HOME)
    assert researcher.sees("模拟") and researcher.violations() == []
    researcher.press(f"a[href='{HOME}scenarios/exit_scam/']")
    loads: list[str] = []
    sockets: list[Any] = []
    researcher.page.on("load", lambda page: loads.append(page.url))
    researcher.page.on("websocket", lambda one: sockets.append(one))
    codes.append(begin(researcher, "暂存六成二够不够？", "6,200"))
    page = researcher.page
    page.wait_for_function("() => !document.querySelector('[data-experiment]') || document.querySelector('[data-live-state]:not(.lost)')")
    begun = len(loads)
    page.wait_for_function("() => !document.querySelector('[data-experiment]') || document.querySelector('progress').value > 1")
    if page.locator("[data-experiment]").count():  # a quick machine may be through already
        assert len(loads) == begun, "it moves without being loaded again"
        assert page.locator("progress").get_attribute("max") == "12"
    page.wait_for_selector("#findings", timeout=30_000)
    assert any(f"/ws/experiments/{codes[0]}/" in one.url for one in sockets)
    assert researcher.sees("与第 1 组相比") and page.locator("#charts svg").count() > 5


@covers("CAP-I2")
def test_2_the_report_is_downloaded_and_says_what_it_was_computed_from(researcher: Person, codes: list[str]) -> None:
    with researcher.page.expect_download() as taken:
        researcher.page.locator(f"a[href='{HOME}{codes[0]}/report/csv/']").click()
    rows = taken.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].startswith("experiment,scenario,arm,policy,metric") and len(rows) > 20
    assert all(codes[0] in row and "exit_scam" in row for row in rows[1:])


@covers("CAP-I2")
def test_3_two_policies_stand_side_by_side(researcher: Person, codes: list[str]) -> None:
    researcher.press(f"a[href='{HOME}scenarios/exit_scam/?from={codes[0]}']")
    codes.append(begin(researcher, "暂存九成九呢？", "9,900", replications="3"))
    researcher.page.wait_for_selector("#findings", timeout=30_000)
    researcher.go(f"{HOME}compare/?a={codes[0]}")
    researcher.choose("b", codes[1])
    researcher.press("form button.btn-primary")
    told = researcher.text()
    assert "暂存六成二够不够？" in told and "暂存九成九呢？" in told
    assert researcher.page.locator("main svg").count() > 5
    assert researcher.violations() == [] and researcher.console == []


@covers("CAP-I2", "CAP-I8")
def test_4_without_scripts_on_a_phone_the_page_reloads_until_the_report_is_there(plain: Person) -> None:
    plain.go(f"{HOME}scenarios/exit_scam/")
    code = begin(plain, "手机上看", "6,200", replications="3")

    def told() -> bool:
        plain.go(f"{HOME}{code}/")
        return plain.sees("与第 1 组相比")

    assert eventually(told, 30), "reading it again is enough"
    assert plain.page.evaluate("document.documentElement.scrollWidth") <= 390
