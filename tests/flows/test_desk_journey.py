"""The desk by its pages: an alert becomes a finding, a measure and an objection upheld; two regulators differ and a third decides; an
auditor reads everything and changes nothing; a day of the operator's is closed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person
from tests.flows.story import Story, code_in
from tests.flows.test_credit_journey import decide, faultless

pytestmark = pytest.mark.browser

#: Desks, two parties that traded in a circle (an alert about them), and a serious case that two regulators look at.
WORLD = """
from compliance.operations import notify_accused, open_conduct_case, waive_statement
from evidence.clock import MARKET_CLOCK as CLOCK
from evidence.clock import set_market_clock
from kit.actors import SYSTEM
from participants.actors import actor_of
from participants.roles import Role
from tests.factories import make_actor, make_organization, make_user
from tests.matrix import STANDING
from trading.alerts import raise_alert
from trading.surveillance.rules import Found
set_market_clock(STANDING, 0)
desks = {name: make_user(role, username=name, capabilities=more) for name, role, more in (
    ("desk", Role.COMPLIANCE_OFFICER, []), ("watch", Role.SURVEILLANCE, []), ("auditor", Role.AUDITOR, []),
    ("operator", Role.VENUE_OPERATOR, []),
    *((name, Role.REGULATOR, ["review_first", "review_second"]) for name in ("first", "second", "third")))}
accused, other, serious = (make_organization(Role.DATA_MERCHANT) for _ in range(3))
for name, of in (("accused", accused), ("other", other)):
    make_user(Role.DATA_MERCHANT, organization=of, username=name)
alert = raise_alert(found=Found("round_trip", (accused.code, other.code), ("TRD-0000000001", "TRD-0000000002"), 955_000,
                                {"returns": 2, "fen": 58600000, "days": 30}), actor=SYSTEM, clock=CLOCK)
case = open_conduct_case(organization=serious, conduct="wash_trade", subject_code="TRD-1", text="往返对敲四次",
                         actor=actor_of(desks["desk"]), clock=CLOCK)
notify_accused(case=case, actor=actor_of(desks["desk"]), clock=CLOCK)
waive_statement(case=case, actor=make_actor(Role.DATA_MERCHANT, organization=serious), clock=CLOCK)
from evidence.operations import drain
drain()
print(",".join([alert.code, accused.code, case.code]))
"""


@pytest.fixture(scope="module")
def cast(house: RunningHouse, browser: Any) -> Iterator[dict[str, Person]]:
    class Cast(dict[str, Person]):
        def __missing__(self, name: str) -> Person:
            self[name] = Person(browser, house.address, name, width=390 if name == "accused" else 1440)
            return self[name]

    people = Cast()
    yield people
    for one in people.values():
        one.close()


@covers("H4", "H6", "R94", "I26")
def test_1_an_alert_becomes_a_finding_a_measure_and_an_objection_upheld(
    house: RunningHouse, cast: dict[str, Person], story: Story
) -> None:
    alert, accused, _case = house.told.split(",")
    watch, party, first = cast["watch"], cast["accused"], cast["first"]
    watch.go(f"/admin/alerts/{alert}/")
    watch.press("button[value=claim]")
    watch.fill(reason="往返成交两次，金额相当，资金未离开双方。")
    watch.choose("party", accused)
    watch.press("button[value=refer]")
    code = story.codes["CND"] = code_in(watch.page.content(), "CND")
    decide(cast["desk"], code, "notify")
    party.go(f"/desk/credit/{code}/")
    party.fill(text="两笔均有合同与付款凭证。")
    party.press("button[name=act][value=state]")
    party.press("button[name=act][value=waive]")
    first.go(f"/admin/cases/{code}/")
    first.page.check("input[name=measures][value=raised_deposit]")
    first.choose("severity", "ordinary")
    first.fill(reason="资金未离开双方，凭证不足")
    first.press("button[name=act][value=decide]")
    faultless(first)
    party.go(f"/desk/credit/{code}/")
    party.fill(text="补交银行流水，资金用于采购。")
    party.press("button[name=act][value=object]")
    decide(cast["second"], code, "uphold", reason="银行流水属实，原认定有误")
    party.go(f"/desk/credit/{code}/")
    assert party.sees("银行流水属实") and party.sees("撤销")
    faultless(party)


@covers("I18", "R53")
def test_2_two_regulators_differ_and_the_third_named_decides(house: RunningHouse, cast: dict[str, Person]) -> None:
    *_, code = house.told.split(",")
    first, second, third = cast["first"], cast["second"], cast["third"]
    first.go(f"/admin/cases/{code}/")
    first.choose("severity", "serious")
    first.page.check("input[name=measures][value=suspension]")
    first.fill(reason="往返四次，属严重失信")
    first.press("button[name=act][value=decide]")
    assert first.page.locator(".dx-note.bad").count() == 0, first.text()[:1500]
    decide(second, code, "differ", reason="金额不大，属一般失信")
    assert second.sees("等待指定的第三人裁断") or second.sees("第三人裁断")
    third.go(f"/admin/cases/{code}/")
    assert third.sees("往返四次，属严重失信") and third.sees("金额不大，属一般失信")
    faultless(third)
    decide(third, code, "third_second", reason="同意第二位意见")
    assert third.sees("同意第二位，不属严重")


@covers("H3", "I18", "T41")
def test_3_the_auditor_sees_all_and_can_change_nothing(house: RunningHouse, cast: dict[str, Person], story: Story) -> None:
    alert, _accused, serious = house.told.split(",")
    auditor = cast["auditor"]
    pages = ["/admin/", "/admin/queue/conduct/", "/admin/queue/alerts/", f"/admin/alerts/{alert}/", f"/admin/cases/{serious}/",
             f"/admin/cases/{story.codes['CND']}/", "/admin/watch/", "/admin/watch/trades/", "/admin/console/", "/desk/audit/changes/",
             "/desk/audit/grants/", "/desk/audit/duties/"]
    for path in pages:
        auditor.go(path)
        assert auditor.page.locator("main").count() == 1 and not auditor.sees("无权"), path
        assert auditor.page.locator("main button[name=act][value=decide], main button[value=claim], main button[value=refer], "
                                    "main button[value=close]").count() == 0, path
        faultless(auditor)
    token = auditor.page.context.cookies()
    for path, act in ((f"/admin/cases/{serious}/", "decide"), (f"/admin/alerts/{alert}/", "claim"), ("/admin/console/", "close")):
        answer = auditor.page.request.post(house.address + path, form={"act": act, "reason": "审计不办案"}, headers={
            "Referer": house.address + path, "X-CSRFToken": next((one["value"] for one in token if one["name"] == "csrftoken"), "")})
        assert answer.status in {403, 404}, (path, answer.status)


@covers("H3", "R121")
def test_4_the_operator_closes_the_day_and_looks_at_a_partys_pages(house: RunningHouse, cast: dict[str, Person]) -> None:
    _alert, accused, _case = house.told.split(",")
    operator = cast["operator"]
    operator.go("/admin/console/")
    assert operator.sees("日终清单")
    faultless(operator)
    operator.fill(left="首日试运行，未接银行对账")
    operator.press("button[value=close]")
    assert operator.sees("当日已日终")
    operator.go("/admin/parties/")
    operator.fill(party=accused, reason="核对其待办")
    operator.press("button[value=begin]")
    assert operator.sees("只读，页面上的表单不起作用")
    faultless(operator)
    operator.press("button[value=end]")
    assert operator.sees("查看已结束")
