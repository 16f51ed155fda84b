"""An objector's way: a registration in public notice, an objection by real name with evidence, the reply, the decision, the certificate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person
from tests.flows.story import PROOF, Story, declare_rights, eventually, make_product, pass_registration, register_rights

pytestmark = pytest.mark.browser
GROUNDS = "其中三座岛的测量由我方站点完成，我方从未授权申请人单独登记经营权。"
REPLY = "贵方站点数据未纳入本产品，采集协议第四条与站点清单见证明材料。"
REASON = "站点清单显示所涉数据未纳入本产品，异议不成立。"


@pytest.fixture(scope="module")
def cast(market: RunningHouse, browser: Any) -> Iterator[dict[str, Person]]:
    people = {name: Person(browser, market.address, name) for name in ("merchant", "buyer", "compliance")}
    yield people
    for one in people.values():
        one.close()


def faultless(person: Person) -> None:
    found = person.violations()
    assert found == [], found
    wider = person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{person.page.url} is {wider} px wider than the window"


@covers("B5", "R10")
def test_1_a_registration_of_personal_data_goes_into_notice_with_its_countdown(
    cast: dict[str, Person], story: Story, market: RunningHouse, browser: Any
) -> None:
    merchant = cast["merchant"]
    make_product(merchant)
    declare_rights(merchant)
    code = story.codes["REG"] = register_rights(merchant, "personal")
    pass_registration(cast["compliance"], code)
    visitor = Person(browser, market.address, width=390)
    visitor.go("/listings/registrations/")
    assert visitor.sees(code) and visitor.sees("公示")
    visitor.press(f"main a[href='/listings/registrations/{code}/']")
    assert visitor.sees("还有") and visitor.sees("登录后提出异议"), visitor.text()[:2000]
    faultless(visitor)
    visitor.close()


@covers("B6", "R10")
def test_2_the_objector_signs_with_the_real_name_and_brings_evidence(cast: dict[str, Person], story: Story) -> None:
    one, code = cast["buyer"], story.codes["REG"]
    one.go(f"/listings/registrations/{code}/")
    faultless(one)
    one.fill(name="周小雅", grounds=GROUNDS)
    one.choose("claim", "agreed")
    one.page.set_input_files("[name=evidence]", PROOF)
    one.press("form:has([name=grounds]) button")
    assert one.sees("listings.registration.name_differs"), one.text()[:2000]
    assert one.page.input_value("[name=grounds]") == GROUNDS, "what was typed is there"
    one.fill(name="周雅")
    one.page.set_input_files("[name=evidence]", PROOF)
    one.press("form:has([name=grounds]) button")
    assert one.sees("异议已受理") and one.sees("异议处理中") and one.page.locator("[name=grounds]").count() == 0, one.text()[:2000]


@covers("B6")
def test_3_the_applicant_is_told_and_replies(cast: dict[str, Person], story: Story) -> None:
    one, code = cast["merchant"], story.codes["REG"]
    one.go("/desk/notices/")
    assert one.sees(code) and one.sees("请在 10 个工作日内答复")
    one.go("/desk/registrations/")
    assert one.sees(GROUNDS)
    one.fill(reply=REPLY)
    one.press("form:has([name=reply]) button")
    one.go(f"/listings/registrations/{code}/")
    assert one.sees(REPLY)


@covers("B6", "W21")
def test_4_the_officer_reads_both_sides_and_rejects_so_the_rest_of_the_notice_runs(
    cast: dict[str, Person], story: Story, market: RunningHouse
) -> None:
    officer, code = cast["compliance"], story.codes["REG"]
    officer.go(f"/admin/cases/{code}/")
    assert officer.sees("周雅") and officer.sees(GROUNDS) and officer.sees(REPLY) and officer.sees("先于所登记权利的依据")
    faultless(officer)
    officer.page.fill("#reason", REASON)
    officer.press("button[name=act][value=reject_objection]")
    assert officer.page.locator(".dx-note.bad").count() == 0, officer.text()[:2000]
    cast["buyer"].go(f"/listings/registrations/{code}/")
    assert cast["buyer"].sees(REASON) and cast["buyer"].sees("还有")
    state = market.run(f"from listings.models import Registration; print(Registration.objects.get(code='{code}').status)")
    assert state == "in_notice"


@covers("B5", "B7", "R10")
def test_5_the_notice_ends_the_certificate_is_issued_and_anyone_verifies_it(
    cast: dict[str, Person], story: Story, market: RunningHouse, browser: Any
) -> None:
    code = story.codes["REG"]
    market.run("from evidence.clock import set_market_clock; from listings.models import Registration; "
               f"set_market_clock(Registration.objects.get(code='{code}').notice_to, 1)")
    stranger = Person(browser, market.address, width=390)

    def certified() -> bool:
        stranger.go(f"/listings/registrations/{code}/")
        return stranger.sees("CRT-")

    assert eventually(certified, 90), stranger.text()[:2000]
    stranger.press("main a[href^='/verify/CRT-']")
    assert eventually(lambda: (stranger.page.reload(), stranger.sees("凭证真实，现行有效"))[1], 60), stranger.text()[:2000]
    assert stranger.sees("沪甬港航数据科技有限公司") and stranger.sees("首次登记")
    faultless(stranger)
    stranger.close()
    checked = market.command("check_invariants", check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    for person in cast.values():
        assert person.console == [], person.name
