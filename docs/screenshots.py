"""``make screenshots``: opens a demo house on a private port and takes the pictures of the README."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOUSE))
PORT = int(os.environ.get("PORT", "8940"))
ADDRESS = f"http://127.0.0.1:{PORT}"


def wait() -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{ADDRESS}/health/live/", timeout=2)  # noqa: S310 (our own address)
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("the demo house did not open")


def sign_in(page: Any, name: str) -> None:
    page.goto(f"{ADDRESS}/accounts/login/")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", "demo")
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state("networkidle")


def liveliest() -> str:
    """The open lot with the most bids: a room with one bid shows nothing of what a room is for."""
    with urllib.request.urlopen(f"{ADDRESS}/api/lots/?status=open&limit=100", timeout=10) as answer:  # noqa: S310 (our own address)
        lots = json.load(answer)["items"]
    return str(max(lots, key=lambda lot: lot["bids"])["code"]) if lots else ""


def main() -> int:
    from playwright.sync_api import sync_playwright

    from exchange.browser import ARGUMENTS, chromium

    house = subprocess.Popen([sys.executable, "manage.py", "serve", "--port", str(PORT), "--quiet"], cwd=HOUSE)
    pictures = HOUSE / "docs" / "pictures"
    pictures.mkdir(exist_ok=True)
    try:
        wait()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
            page = browser.new_page(viewport={"width": 1440, "height": 1000}, locale="zh-CN")
            page.goto(ADDRESS)
            page.screenshot(path=pictures / "board.png")
            sign_in(page, "buyer")
            if lot := liveliest():
                page.goto(f"{ADDRESS}/trading/lots/{lot}/")
                page.wait_for_load_state("networkidle")
                page.screenshot(path=pictures / "auction.png")
            page.goto(f"{ADDRESS}/desk/rooms/")
            if (rooms := page.locator("main a[href*='/room/']")).count():
                page.goto(ADDRESS + str(rooms.first.get_attribute("href")))
                if (answers := page.locator("main a[href*='/room/QRY-']")).count():
                    page.goto(ADDRESS + str(answers.first.get_attribute("href")))
                page.screenshot(path=pictures / "room.png")
            other = browser.new_page(viewport={"width": 1440, "height": 1000}, locale="zh-CN")
            sign_in(other, "regulator")
            other.goto(f"{ADDRESS}/trading/trades/")
            trades = other.locator("[data-trade]")
            if trades.count():
                other.goto(f"{ADDRESS}/admin/trades/{trades.first.get_attribute('data-trade')}/review/")
                other.screenshot(path=pictures / "review.png")
            browser.close()
    finally:
        house.terminate()
        house.wait(60)
    return 0


if __name__ == "__main__":
    sys.exit(main())
