"""Fixtures of the browser journeys: one running house and one browser for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from exchange.browser import chromium
from tests.flows.house import RunningHouse, launch


@pytest.fixture(scope="session")
def house() -> Iterator[RunningHouse]:
    running = RunningHouse()
    try:
        yield running.open()
    finally:
        running.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if not chromium():
        pytest.fail("no Chromium on this machine: run  make test  (it installs one) or  make test-fast")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = launch(playwright)
        yield running
        running.close()
