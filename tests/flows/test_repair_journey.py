"""A listing is refused for a gapped file, repaired and approved; what it rests on is then read by anybody (C3, D2, D3, D4, R41)."""

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
OFFICER_SAYS = "文件缺失过多，体重一列近半为空；请补齐后重新提交，并写明更新频率。"
HEAD = "date,island,species,body_mass_g\n"
DAYS = [f"2026-{month:02d}-{day:02d}" for month in (1, 2, 3) for day in range(1, 29)]
WHOLE = HEAD + "".join(f"{day},Biscoe,Gentoo,{3800 + 10 * n}\n" for n, day in enumerate(DAYS))
GAPPED = HEAD + "".join(f"{day},Biscoe,{'' if n % 3 else 'Gentoo'},{'' if n % 2 else 3800 + 10 * n}\n" for n, day in enumerate(DAYS))


@pytest.fixture(scope="module")
def cast(market: RunningHouse, browser: Any) -> Iterator[dict[str, Person]]:
    people = {name: Person(browser, market.address, name) for name in ("merchant", "compliance")}
    yield people
    for one in people.values():
        one.close()


def attach(merchant: Person, code: str, content: str) -> None:
    merchant.go(f"/desk/listings/{code}/edit/")
    merchant.page.set_input_files("#id_file", {"name": "penguins.csv", "mimeType": "text/csv", "buffer": content.encode()})
    merchant.press("form:has(#id_file) button[type=submit]")


def submit(merchant: Person, code: str) -> str:
    merchant.go(f"/desk/listings/{code}/edit/")
    merchant.press("#send button[type=submit]")
    assert merchant.page.locator(".dx-note.bad").count() == 0, merchant.text()[:3000]
    return code_in(merchant.page.content(), "LSV")


def decide(officer: Person, version: str, act: str, reason: str) -> None:
    officer.go(f"/admin/cases/{version}/")
    officer.press("button[name=act][value=claim]")
    officer.fill(reason=reason)
    officer.page.locator("[name=rules]").first.fill("NL-P-18")
    officer.press(f"button[name=act][value={act}]")


def faultless(person: Person) -> None:
    """No fault of access, and nothing wider than the window."""
    assert person.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), person.page.url
    found = person.violations()
    assert found == [], found


@covers("C3", "D3")
def test_1_a_gapped_file_is_measured_submitted_and_refused_with_the_reason(cast: dict[str, Person], story: Story) -> None:
    merchant, officer = cast["merchant"], cast["compliance"]
    story.codes["LST"] = code = make_product(merchant)
    declare_rights(merchant)
    registration = register_rights(merchant)
    pass_registration(officer, registration)

    def certified() -> bool:
        merchant.go(f"/listings/registrations/{registration}/")
        return merchant.sees("CRT-")

    assert eventually(certified, 60)
    sign_declaration(merchant)
    fill_listing(merchant, code)
    attach(merchant, code, GAPPED)
    story.codes["first"] = submit(merchant, code)
    officer.go(f"/admin/cases/{story.codes['first']}/")
    assert officer.sees("完整性") and officer.sees("70.8"), "what the engine measured is before the officer"
    decide(officer, story.codes["first"], "refuse", OFFICER_SAYS)
    merchant.go(f"/desk/listings/{code}/edit/")
    assert merchant.sees(OFFICER_SAYS) and merchant.sees("不予通过"), "why, and what to mend"


@covers("D2", "D5", "R120")
def test_2_the_seller_mends_it_in_a_new_version_and_nothing_else_is_entered_again(cast: dict[str, Person], story: Story) -> None:
    merchant, code = cast["merchant"], story.codes["LST"]
    merchant.press("form[action$='/revise/'] button")
    assert merchant.page.input_value("[name=title_zh]") == TITLE and merchant.page.input_value("[name=price_fen]") == "80,000"
    merchant.fill(update_frequency="每年")
    merchant.press("#draft button[type=submit]")
    attach(merchant, code, WHOLE)
    merchant.go(f"/desk/listings/{code}/price/")
    merchant.fill(processing="400,000", licences="10", margin="20", calls="1000")
    merchant.press("main form[method=get] button")
    assert merchant.sees("每个因素的作用") and merchant.sees("质量报告第 2 号")
    faultless(merchant)
    merchant.press("button:has-text('填入中值')")
    assert merchant.page.input_value("[name=price_fen]") not in {"", "80,000"}


@covers("R88", "R120")
def test_3_it_signs_this_products_own_declaration_from_the_answers_given_before(cast: dict[str, Person], story: Story) -> None:
    merchant, code = cast["merchant"], story.codes["LST"]
    merchant.press("form[action$='/declaration/'] button")
    page = merchant.page
    assert page.input_value("[name=source_method]") == "科研站实地测量" and page.is_checked("[name=class_personal][value=no]")
    assert page.input_value("[name=quality_report]").startswith("QLR-"), "the report on the mended file"
    assert not page.is_checked("[name=consequences_accepted]"), "no promise is made for the signer"
    for box in page.locator("input[type=checkbox][value=yes]").all():
        box.check()
    faultless(merchant)
    merchant.press("button[name=act][value=sign]")
    assert merchant.sees("公开的部分"), merchant.text()[:2000]
    story.codes["DCL"] = code_in(page.url, "DCL")
    story.codes["second"] = submit(merchant, code)
    decide(cast["compliance"], story.codes["second"], "approve", "文件已补齐，来源与权利清楚。")


@covers("R2", "R41", "W13", "D3", "D4", "R115")
@pytest.mark.parametrize(("language", "width"), [("zh-CN", 1440), ("en-GB", 390)])
def test_4_anybody_reads_what_it_rests_on(
    story: Story, market: RunningHouse, browser: Any, language: str, width: int
) -> None:
    code = story.codes["LST"]
    reader = Person(browser, market.address, language=language, width=width)

    def on_sale() -> bool:
        reader.go(f"/listings/{code}/")
        return reader.page.locator(".dx-four a").count() == 4 and reader.page.locator(".dx-four .no").count() == 0

    assert eventually(on_sale, 60), reader.text()[:2000]
    faultless(reader)
    for tail, words in (("why/", story.codes["DCL"]), ("quality/", "100.0%"), ("sample/", "body_mass_g")):
        reader.go(f"/listings/{code}/{tail}")
        assert reader.sees(words), tail
        faultless(reader)
    reader.go(f"/rules/declarations/{story.codes['DCL']}/")
    assert reader.sees("科研站实地测量") and not reader.sees("数据安全负责人"), "the contact is a secret"
    faultless(reader)
    reader.go("/rules/declarations/?q=" + story.codes["DCL"])
    assert reader.sees(story.codes["DCL"])
    faultless(reader)
    assert reader.console == []
    reader.close()


@covers("D3", "R41")
def test_5_both_reports_are_on_file_and_the_books_are_in_order(cast: dict[str, Person], story: Story, market: RunningHouse) -> None:
    told = market.run(
        "from listings.models import QualityReport\n"
        f"rows = QualityReport.objects.filter(listing__code='{story.codes['LST']}').order_by('number')\n"
        "print([one.dimensions[0]['permille'] for one in rows][:1], len({one.file_sha256 for one in rows}))"
    )
    assert told == "[708] 2", "the gapped file's figure stays beside the mended one's"
    checked = market.command("check_invariants", check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    for person in cast.values():
        assert person.console == [], person.name
