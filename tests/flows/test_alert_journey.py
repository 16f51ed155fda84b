"""An alert's way: raised, taken up, looked at with its drawing, a party asked, confirmed, and the conduct case it becomes."""

from __future__ import annotations

from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person

pytestmark = pytest.mark.browser

RAISE = """
from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM
from participants.models import Organization, User
from trading.alerts import raise_alert
from trading.surveillance.rules import Found
codes = [User.objects.get(username=name).acting_for.code for name in ("merchant", "buyer")]
found = Found("round_trip", tuple(codes), ("TRD-0000000001", "TRD-0000000002"), 955_000, {"returns": 2, "fen": 586_000_00, "days": 30})
print(raise_alert(found=found, actor=SYSTEM, clock=MARKET_CLOCK).code)
"""
REASON = "往返成交两次，金额相当，资金未离开双方。"


@covers("H4", "H6", "H3")
def test_an_alert_is_looked_at_confirmed_and_becomes_a_case(market: RunningHouse, browser: Any) -> None:
    code = market.run(RAISE).strip().splitlines()[-1]
    officer = Person(browser, market.address, "surveillance")
    officer.go("/admin/queue/alerts/")
    assert officer.sees("往返对敲"), officer.text()[:2000]
    officer.press(f"main a[href='/admin/alerts/{code}/']")
    assert officer.sees("得分高不等于可能性大") and officer.page.locator("svg.ch").count() == 1
    assert officer.violations() == []
    officer.press("button[value=claim]")
    assert officer.sees("属实，移送失信认定")
    officer.fill(reason=REASON)
    officer.press("button[value=refer]")
    assert officer.sees(REASON) and officer.sees("已移送")
    officer.press("aside a[href*='/admin/cases/CND-']")
    assert officer.sees("洗售交易") and officer.sees(REASON), officer.text()[:2000]
    officer.close()
    narrow = Person(browser, market.address, "surveillance", width=390)
    for path in (f"/admin/alerts/{code}/", "/admin/alerts/?show=all", "/admin/watch/", "/admin/watch/concentration/",
                 "/admin/watch/trades/"):
        narrow.go(path)
        assert narrow.violations() == [], path
        wider = narrow.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{path} is {wider} px wider than the window"
    narrow.close()
