"""Fixtures of the browser journeys: a running house for each module and one browser for all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from exchange.browser import chromium
from tests.flows.house import RunningHouse, launch
from tests.flows.people import Person
from tests.flows.story import Story, open_market


@pytest.fixture(scope="module")
def house(request: pytest.FixtureRequest) -> Iterator[RunningHouse]:
    """A house of the module's own: a journey moves the market's clock, which the next one must not inherit.

    What the module calls ``WORLD`` stands in it before it opens.
    """
    running = RunningHouse(database=f"dx_flow_{os.getpid()}_{request.module.__name__.rpartition('.')[2]}")
    try:
        yield running.open(getattr(request.module, "WORLD", ""))
    finally:
        running.close()


@pytest.fixture(scope="module")
def market(house: RunningHouse) -> RunningHouse:
    """The house with its demo people and the market open."""
    return open_market(house)


@pytest.fixture(scope="module")
def story() -> Story:
    """What a journey has made so far: its codes, from step to step."""
    return Story()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser of the module's own: while one is open its loop runs in this thread, where a database test would be refused."""
    if not chromium():
        pytest.fail("no Chromium on this machine: run  make test  (it installs one) or  make test-fast")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = launch(playwright)
        yield running
        running.close()


@pytest.fixture(scope="module")
def lot(house: RunningHouse) -> str:
    """The lot that the module's ``WORLD`` opened and named."""
    return house.told


@pytest.fixture(scope="module")
def plain(house: RunningHouse, browser: Any) -> Iterator[Person]:
    """Somebody whose browser runs no scripts, on a phone; ``WORLD`` knows them as ``plain``."""
    person = Person(browser, house.address, width=390, scripts=False)
    person.sign_in("plain")
    yield person
    person.close()
