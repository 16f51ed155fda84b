"""An organisation walks in: it applies for a class, is returned with reasons, mends, is admitted, and what its licence opens works (A1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person
from tests.flows.story import (
    PROOF,
    Story,
    attach_and_submit,
    code_in,
    declare_rights,
    eventually,
    fill_listing,
    make_product,
    pass_registration,
    register_rights,
    sign_declaration,
)

pytestmark = pytest.mark.browser
NAME, OFFICER_SAYS = "泉州海丝数据有限公司", "业务说明过于笼统，请写明数据来源与加工方式。"
#: well formed but for its last character, the check digit
WRONG_CODE = "91310115MA9F900017"
ANSWERS = {"legal_representative": "陈海", "registered_address": "福建省泉州市丰泽区东海大街", "contact_email": "desk@example.cn",
           "data_security_officer": "林舟", "business": "数据业务。"}
MENDED = "港口船舶动态数据：取自自有岸基接收站，经清洗、去重、按航次汇总后供应。"


@pytest.fixture(scope="module")
def cast(market: RunningHouse, browser: Any) -> Iterator[dict[str, Person]]:
    people = {"applicant": Person(browser, market.address), "compliance": Person(browser, market.address, "compliance")}
    yield people
    for one in people.values():
        one.close()


def choose_file(person: Person, item: str) -> None:
    person.page.set_input_files(f"[name={item}-file]", PROOF)


def open_case(officer: Person, code: str) -> None:
    """From the desk's queue to the page of one application."""
    officer.go(f"/admin/participants/admission/?q={code}")
    officer.press(f"#result_list a:has-text('{code}')")


def decide(officer: Person, act: str, *missing: str, reason: str = "") -> None:
    officer.page.check(f"[name=act][value={act}]")
    for item in missing:
        officer.page.check(f"[name=missing][value={item}]")
    officer.page.fill("#reason", reason)
    officer.press("form:has(#reason) button.btn-primary")
    assert officer.page.locator(".dx-note.bad").count() == 0, officer.text()[:2000]


def faultless(person: Person) -> None:
    found = person.violations()
    assert found == [], found


@covers("W3", "A1", "R54")
def test_1_a_credit_code_with_a_wrong_check_digit_warns_and_nothing_typed_is_lost(cast: dict[str, Person], story: Story) -> None:
    one = cast["applicant"]
    one.go("/accounts/apply/?class=merchant_supply")
    one.fill(name=NAME, name_en="Quanzhou Silk Sea Data Co., Ltd.", uscc=WRONG_CODE, person="陈海", identity="350500199001010012",
             username="merchant", password="correct-horse-9")
    one.press("main form button")
    assert one.sees("participants.member.username_taken"), "refused, and only the user name is to be mended"
    kept = {name: one.page.input_value(f"[name={name}]") for name in ("name", "uscc", "person", "identity", "username", "category")}
    assert kept == {"name": NAME, "uscc": WRONG_CODE, "person": "陈海", "identity": "350500199001010012", "username": "merchant",
                    "category": "merchant_supply"}
    one.fill(username="chenhai", password="correct-horse-9")
    one.press("main form button")
    story.codes["ADM"] = code_in(one.page.url, "ADM")
    assert one.sees("统一社会信用代码校验位不符") and one.sees(WRONG_CODE), "warned, and let on: the desk compares it with the licence"
    one.go("/desk/organisation/")
    assert one.sees(NAME) and one.sees("校验位不符") and one.sees("尚未准入")
    assert one.page.locator(f"a[href='/desk/organisation/admission/{story.codes['ADM']}/']").count() >= 2, "each closed power leads on"


@covers("A1", "A5")
def test_2_papers_are_handed_in_beside_answers_that_stay_and_the_application_is_filed(cast: dict[str, Person], story: Story) -> None:
    one = cast["applicant"]
    one.go(f"/desk/organisation/admission/{story.codes['ADM']}/")
    faultless(one)
    one.fill(**{key: value for key, value in ANSWERS.items() if key != "business"})
    choose_file(one, "business_licence")
    one.page.fill("[name=business_licence-effective_to]", "2020-01-01")
    choose_file(one, "security_system")
    one.press("button[name=save]")
    assert one.sees("到期日须晚于今天"), "said at its field"
    assert one.page.input_value("[name=contact_email]") == ANSWERS["contact_email"]
    one.go(f"/desk/organisation/admission/{story.codes['ADM']}/")
    assert one.page.input_value("[name=contact_email]") == ANSWERS["contact_email"], "kept, though a paper was faulty and the page was left"
    assert one.page.locator("#doc-security_system .dx-st.info").count() == 1, "the paper that was right is there"
    choose_file(one, "business_licence")
    one.press("button:has-text('提交审核')")
    assert one.sees("participants.admission.incomplete") and one.page.locator(".field.err").count() == 2, "what is missing, at its place"
    one.fill(business=ANSWERS["business"])
    choose_file(one, "authorisation_letter")
    one.press("button:has-text('提交审核')")
    assert one.sees("待受理") and one.page.locator("[name=business]").count() == 0, one.text()[:2000]
    assert one.sees(ANSWERS["registered_address"]), "what was filed can be read"


@covers("W3", "A1", "T41")
def test_3_the_officer_takes_it_in_refuses_a_paper_and_returns_it_with_the_reason(cast: dict[str, Person], story: Story) -> None:
    officer = cast["compliance"]
    open_case(officer, story.codes["ADM"])
    assert officer.sees(WRONG_CODE) and officer.sees("校验位不符") and officer.sees(ANSWERS["business"])
    faultless(officer)
    decide(officer, "accept")
    officer.page.locator("#doc-authorisation_letter summary").click()
    officer.page.fill("#no-authorisation_letter", "授权书未加盖公章。")
    officer.press("#doc-authorisation_letter button[name=reject]")
    assert officer.page.is_checked("[name=missing][value=authorisation_letter]"), "what is not there is ticked already"
    decide(officer, "return", "business", reason=OFFICER_SAYS)
    assert officer.sees("待补正")


@covers("A1", "A5")
def test_4_the_applicant_reads_why_and_how_mends_it_and_files_again(cast: dict[str, Person], story: Story) -> None:
    one = cast["applicant"]
    one.go("/desk/notices/")
    assert one.sees(OFFICER_SAYS) and one.sees("经办人授权书"), "told in one line"
    one.go(f"/desk/organisation/admission/{story.codes['ADM']}/")
    assert one.sees(OFFICER_SAYS) and one.sees("授权书未加盖公章。")
    assert one.page.locator(".dx-box a[href='#doc-authorisation_letter']").count() == 1, "each line leads to where it is mended"
    assert one.page.locator(".dx-box a[href='#id_business']").count() == 1
    assert one.page.input_value("[name=registered_address]") == ANSWERS["registered_address"], "all that was entered is there"
    one.fill(business=MENDED)
    choose_file(one, "authorisation_letter")
    one.press("button:has-text('提交审核')")
    assert one.sees("待受理"), one.text()[:2000]


@covers("A1", "A2", "W3")
def test_5_it_is_admitted_and_its_licence_shows_the_term_to_anybody(
    cast: dict[str, Person], story: Story, market: RunningHouse, browser: Any
) -> None:
    officer, one, code = cast["compliance"], cast["applicant"], story.codes["ADM"]
    open_case(officer, code)
    assert officer.sees(MENDED)
    decide(officer, "accept")
    decide(officer, "admit")
    ends = market.run(f"from participants.models import Admission; print(Admission.objects.get(code='{code}').effective_to.date())")
    one.go(f"/desk/organisation/admission/{code}/")
    assert one.sees("已准入") and one.sees("准入许可") and one.sees(ends[:4])
    faultless(one)
    stranger = Person(browser, market.address, width=390)

    def genuine() -> bool:
        stranger.go(f"/verify/{code}")
        return stranger.sees(NAME) and stranger.sees(ends[:4])

    assert eventually(genuine, 60), stranger.text()[:2000]
    stranger.close()


@covers("A2", "A5", "C1")
def test_6_what_the_licence_opens_works_and_the_books_are_in_order(cast: dict[str, Person], story: Story, market: RunningHouse) -> None:
    one = cast["applicant"]
    one.go("/desk/organisation/")
    assert one.page.locator("tr:has(td:text-is('挂牌')) .dx-st.ok").count() == 1
    one.go(f"/desk/organisation/admission/{story.codes['ADM']}/")
    one.press(".dx-sec .kv a[href='/desk/listings/']")
    listing = make_product(one)
    assert one.go(f"/desk/listings/{listing}/edit/").status == 200
    declare_rights(one)
    registration = register_rights(one)
    pass_registration(cast["compliance"], registration)

    def certified() -> bool:
        one.go(f"/listings/registrations/{registration}/")
        return one.sees("CRT-")

    assert eventually(certified, 60)
    sign_declaration(one)
    fill_listing(one, listing)
    assert attach_and_submit(one), "the listing is taken in for review: that is what the class of supply opens"
    checked = market.command("check_invariants", check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    for person in cast.values():
        assert person.console == [], person.name
