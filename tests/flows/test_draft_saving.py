"""The long form saves itself, and nothing typed is lost: neither behind a save still on its way nor in the moment before a press (B3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Error

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person
from tests.flows.story import CSV, Story, code_in, make_product

pytestmark = pytest.mark.browser
TYPED, LATER = "先存的一句说明", "后改的一句说明"


@pytest.fixture(scope="module")
def merchant(market: RunningHouse, browser: Any) -> Iterator[Person]:
    person = Person(browser, market.address, "merchant")
    yield person
    person.close()


@pytest.fixture
def draft(merchant: Person, story: Story) -> Iterator[str]:
    """The open form of one draft; what a test put in the way of its requests is taken away again."""
    if "LST" not in story.codes:
        story.codes["LST"] = make_product(merchant)
    merchant.go(f"/desk/listings/{story.codes['LST']}/edit/")
    yield story.codes["LST"]
    merchant.page.unroute("**/*")


def said(merchant: Person, listing: str) -> str:
    merchant.go(f"/desk/listings/{listing}/edit/")
    return merchant.page.input_value("[name=summary_zh]")


def answer_late(merchant: Person) -> Callable[[], bool]:
    """The server takes the page's own save at once, its answer comes two seconds later: a slow line. Says whether one went by."""
    gone: list[str] = []

    def hold(route: Any) -> None:
        if route.request.headers.get("hx-request") != "true" or route.request.method != "POST":
            route.continue_()
            return
        answer = route.fetch()
        gone.append(route.request.url)
        merchant.page.wait_for_timeout(2000)
        with suppress(Error):  # the naive page has gone on by then
            route.fulfill(response=answer)

    merchant.page.route("**/edit/", hold)
    return lambda: bool(gone)


def type_and_save(merchant: Person) -> None:
    merchant.page.fill("[name=summary_zh]", TYPED)
    merchant.page.dispatch_event("[name=summary_zh]", "change")
    merchant.page.wait_for_timeout(1100)  # the page has begun to save by itself
    merchant.page.fill("[name=summary_zh]", LATER)
    with merchant.page.expect_navigation():
        merchant.page.locator("#draft button[type=submit]").click()


@covers("B3")
def test_a_press_on_save_waits_for_the_save_on_its_way_and_both_are_kept(merchant: Person, draft: str) -> None:
    went = answer_late(merchant)
    type_and_save(merchant)
    assert went() and merchant.page.locator(".dx-note.bad").count() == 0, merchant.text()[:800]
    assert said(merchant, draft) == LATER


def test_the_naive_page_that_does_not_wait_is_refused_as_stale(merchant: Person, draft: str) -> None:
    """Without the waiting, the second save still carries the number that the first has used up."""
    merchant.page.evaluate("document.querySelector('form[data-autosave]').addEventListener('click', e => {"
                           " if (e.target.matches('button')) { e.preventDefault(); e.target.form.submit(); } })")
    went = answer_late(merchant)
    type_and_save(merchant)
    assert went() and merchant.page.locator(".dx-note.bad").count() == 1
    merchant.page.unroute("**/*")


@covers("B3")
def test_what_was_typed_a_moment_before_the_file_is_sent_goes_along(merchant: Person, draft: str) -> None:
    merchant.page.set_input_files("#id_file", {"name": "a.csv", "mimeType": "text/csv", "buffer": CSV.encode()})
    merchant.page.fill("[name=summary_zh]", "一按之前的话")
    merchant.press("form:has(#id_file) button[type=submit]")
    assert said(merchant, draft) == "一按之前的话"


@covers("B3")
def test_a_last_change_in_fault_stops_the_submission_and_is_shown(merchant: Person, draft: str) -> None:
    merchant.page.fill("[name=price_fen]", "1e3")
    merchant.page.locator("#send button[type=submit]").click()
    merchant.page.wait_for_selector("#saved:focus .dx-note.bad, #saved:focus [role=alert], #saved:focus .fault")
    assert code_in(merchant.page.url, "LST") == draft and merchant.page.input_value("[name=price_fen]") == "1e3", "still on the form"
