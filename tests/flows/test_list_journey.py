"""A rule changes: a regulator drafts it, sees what it would hold, hears the public, another approves; what is on sale is held, its
seller reads why and how, mends it and is back on sale (R4, R51, R84, C1, C7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person
from tests.flows.story import (
    TITLE,
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
RULE, NAME, COMMENT = "NL-P-25", "转手购得的数据", "建议给已挂牌的产品留出改正时间。"
DESK = "/admin/compliance/negativelistversion/"


@pytest.fixture(scope="module")
def cast(market: RunningHouse, browser: Any) -> Iterator[dict[str, Person]]:
    people = {name: Person(browser, market.address, name) for name in ("merchant", "compliance", "regulator", "regulator2", "buyer")}
    yield people
    for one in people.values():
        one.close()


def approve(officer: Person, version: str) -> None:
    """The venue's officer takes the version and approves it."""
    officer.go(f"/admin/cases/{version}/")
    officer.press("button[name=act][value=claim]")
    officer.fill(reason="来源与权利材料齐备。", rules="NL-R-06")
    officer.press("button[name=act][value=approve]")
    assert officer.page.locator(".dx-note.bad").count() == 0, officer.text()[:2000]


def faultless(person: Person) -> None:
    found = person.violations()
    assert found == [], found


@covers("D1", "R84")
def test_1_a_product_bought_elsewhere_is_lawfully_on_sale(cast: dict[str, Person], story: Story) -> None:
    merchant = cast["merchant"]
    story.codes["LST"] = make_product(merchant)
    declare_rights(merchant)
    registration = register_rights(merchant)
    pass_registration(cast["compliance"], registration)

    def certified() -> bool:
        merchant.go(f"/listings/registrations/{registration}/")
        return merchant.sees("CRT-")

    assert eventually(certified, 90)
    sign_declaration(merchant)
    fill_listing(merchant, story.codes["LST"], source_type="purchased")
    story.codes["LSV"] = attach_and_submit(merchant)
    approve(cast["compliance"], story.codes["LSV"])
    buyer = cast["buyer"]
    buyer.go(f"/listings/{story.codes['LST']}/why/")
    assert buyer.sees("2026.1") and buyer.page.locator("#now").count() == 0


@covers("R84", "C1", "T41")
def test_2_a_regulator_drafts_a_rule_line_by_line_and_each_fault_is_named_at_its_field(cast: dict[str, Person], story: Story) -> None:
    one = cast["regulator"]
    one.go(f"{DESK}begin/")
    one.fill(version="2026.2", summary_zh="转手购得的数据不得交易", summary_en="Data bought and sold on may not be traded")
    one.press("main form button")
    story.codes["desk"] = one.page.url.removeprefix(one.address)
    one.press(".dx-title a.btn-primary")
    one.fill(id=RULE, category="bought_data", category_zh=NAME, category_en="Data bought and sold on", basis="数据安全法 第33条",
             basis_en="Data Security Law, art. 33")
    one.page.check("[name=remedy][value=reject]")
    one.choose("line-0-kind", "fact")
    one.choose("line-0-fact", "source_type")
    one.choose("line-0-op", "eq")
    one.page.fill("[name=line-0-value]", "borrowed")
    one.press("button[name=act][value=put]")
    assert one.sees("compliance.negative_list.rule_faulty")
    assert one.page.locator("[name=line-0-value][aria-invalid=true]").count() == 1, "named at its line"
    assert one.page.input_value("[name=category_zh]") == NAME and one.page.is_checked("[name=remedy][value=reject]"), "all typed is kept"
    faultless(one)
    one.page.fill("[name=line-0-value]", "purchased")
    one.press("button[name=act][value=put]")
    assert one.sees(RULE) and one.page.locator("#changes").inner_text().count("新增") >= 1, one.text()[:2000]
    faultless(one)


@covers("R84", "C1")
def test_3_the_preview_names_the_product_before_anything_is_decided(cast: dict[str, Person], story: Story) -> None:
    one = cast["regulator"]
    one.go(story.codes["desk"])
    one.press("aside a.btn-block")
    assert one.sees(story.codes["LST"]) and one.sees(RULE) and one.sees("不能交易"), one.text()[:2000]
    faultless(one)
    buyer = cast["buyer"]
    buyer.go(f"/listings/{story.codes['LST']}/why/")
    assert buyer.page.locator("#now").count() == 0, "a preview holds nothing"


@covers("R51", "R84", "I18")
def test_4_it_is_noticed_commented_and_approved_by_another(cast: dict[str, Person], story: Story, market: RunningHouse) -> None:
    one, second, buyer = cast["regulator"], cast["regulator2"], cast["buyer"]
    one.go(story.codes["desk"])
    one.press("button[name=act][value=propose]")
    assert one.page.locator("button[name=act][value=approve]").count() == 0, "whoever drafted it does not approve it"
    buyer.go("/rules/")
    buyer.press("a[href^='/rules/negative-list/NLV-']")
    assert buyer.sees(RULE) and buyer.sees(NAME)
    faultless(buyer)
    buyer.fill(text=COMMENT)
    buyer.press("form:has([name=text]) button.btn-primary")
    assert buyer.page.locator("#comments").inner_text().count(COMMENT) == 1
    market.command("move_clock", "200h")
    second.go(story.codes["desk"])
    assert second.sees(COMMENT) and second.sees(RULE)
    faultless(second)
    day = second.page.get_attribute("[name=effective_on]", "min") or ""
    second.page.fill("[name=effective_on]", day)
    second.press("button[name=act][value=approve]")
    assert second.page.locator(".dx-note.bad").count() == 0, second.text()[:2000]
    assert second.sees("待生效")


@covers("R4", "R84", "C7")
def test_5_in_force_the_product_is_held_and_its_seller_reads_rule_clause_and_way_out(
    cast: dict[str, Person], story: Story, market: RunningHouse
) -> None:
    merchant, second = cast["merchant"], cast["regulator2"]
    market.command("move_clock", "30h")

    def held() -> bool:
        merchant.go(f"/listings/{story.codes['LST']}/why/")
        return merchant.sees("listings.listing.suspended")

    assert eventually(held, 60), "held within a minute of its day"
    assert merchant.sees(RULE) and merchant.sees("数据安全法 第33条") and merchant.sees("2026.2")
    faultless(merchant)
    merchant.go("/desk/notices/")
    assert merchant.sees(RULE) and merchant.sees("出路")

    def through() -> bool:
        second.go("/admin/listings/rescreening/")
        second.press("#result_list a:has-text('RSC-')")
        return second.page.locator("progress[value='100']").count() == 1

    assert eventually(through, 60)
    assert second.sees(story.codes["LST"])
    faultless(second)


@covers("R4", "D2")
def test_6_the_seller_mends_it_and_is_back_on_sale(cast: dict[str, Person], story: Story, market: RunningHouse) -> None:
    merchant = cast["merchant"]
    merchant.go(f"/desk/listings/{story.codes['LST']}/edit/")
    merchant.press("form[action$='/revise/'] button")
    field = merchant.page.locator("[name=fact_source_type]")
    with merchant.page.expect_response(lambda answer: answer.request.method == "POST"):  # the form saves itself
        field.select_option("self_generated")
    merchant.go(f"/desk/listings/{story.codes['LST']}/edit/")
    assert merchant.page.input_value("[name=fact_source_type]") == "self_generated", "saved"
    sign_declaration(merchant)  # where the data come from is declared anew before the changed version is sent
    merchant.go(f"/desk/listings/{story.codes['LST']}/edit/")
    merchant.press("#send button[type=submit]")
    assert merchant.page.locator(".dx-note.bad").count() == 0, merchant.text()[:3000]
    version = code_in(merchant.page.content(), "LSV")
    if merchant.sees("待审核") or not merchant.sees("在售"):
        approve(cast["compliance"], version)
    buyer = cast["buyer"]

    def back() -> bool:
        buyer.go(f"/listings/{story.codes['LST']}/why/")
        return buyer.page.locator("#now").count() == 0

    assert eventually(back, 30), buyer.text()[:2000]
    assert buyer.sees("2026.2") and buyer.sees(TITLE)
    checked = market.command("check_invariants", check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    for person in cast.values():
        assert person.console == [], person.name
