"""Personal data on sale: a registration in public notice, two regulators who do not know each other's mind, one listing (R32, I18)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.factories import PDF
from tests.flows.house import RunningHouse
from tests.flows.people import Person
from tests.flows.story import (
    TITLE,
    Story,
    attach_and_submit,
    declare_rights,
    eventually,
    fill_listing,
    make_product,
    open_market,
    pass_registration,
    register_rights,
    sign_declaration,
)

pytestmark = pytest.mark.browser
FIRST, SECOND = "同意清单与告知书齐备，初审同意。", "去标识化报告已核，复审同意。"


#: A regulator entitled to both opinions: who may give either, and never both on one case.
BOTH = """
from participants.models import User
from participants.roles import Role
from tests.factories import make_user
bureau = User.objects.get(username="regulator").acting_for
make_user(Role.REGULATOR, username="both", organization=bureau, capabilities=("review_first", "review_second"))
"""


@pytest.fixture(scope="module")
def market(house: RunningHouse) -> RunningHouse:
    opened = open_market(house)
    opened.run(BOTH)
    return opened


@pytest.fixture(scope="module")
def cast(market: RunningHouse, browser: Any) -> Iterator[dict[str, Person]]:
    people = {name: Person(browser, market.address, name) for name in ("merchant", "compliance", "both", "regulator2")}
    yield people
    for one in people.values():
        one.close()


@covers("B5", "R10")
def test_1_personal_data_is_registered_after_ten_working_days_of_public_notice(
    cast: dict[str, Person], story: Story, market: RunningHouse, browser: Any
) -> None:
    merchant, stranger = cast["merchant"], Person(browser, market.address)
    story.codes["LST"] = make_product(merchant)
    declare_rights(merchant)
    story.codes["REG"] = register_rights(merchant, "personal")
    pass_registration(cast["compliance"], story.codes["REG"])
    stranger.go(f"/listings/registrations/{story.codes['REG']}/")
    assert stranger.sees(TITLE) and not stranger.sees("CRT-"), "in notice, and anyone may read it"
    market.command("move_clock", "500h")

    def certified() -> bool:
        stranger.go(f"/listings/registrations/{story.codes['REG']}/")
        return stranger.sees("CRT-")

    assert eventually(certified, 60), "the certificate comes with the end of the notice"
    stranger.close()


@covers("R32", "C1")
def test_2_a_listing_with_personal_data_is_submitted_and_waits_for_two_regulators(cast: dict[str, Person], story: Story) -> None:
    merchant, compliance = cast["merchant"], cast["compliance"]
    sign_declaration(merchant)
    fill_listing(merchant, story.codes["LST"], category="personal", contains_pi="yes", legal_basis="separate_consent",
                 consent_scope_covers_use="yes", pi_anonymised="no", pi_subjects="180")
    story.codes["LSV"] = attach_and_submit(merchant)
    compliance.go(f"/admin/cases/{story.codes['LSV']}/")
    assert compliance.sees(TITLE), "the venue's officer may read it"
    assert compliance.page.locator("button[name=act][value=claim]").count() == 0, "and it is not for one person of the venue"
    assert compliance.page.locator("button[name=act][value=approve]").count() == 0


@covers("R32", "I18", "T42")
def test_3_two_different_regulators_decide_and_the_second_writes_before_he_reads(cast: dict[str, Person], story: Story) -> None:
    first, second = cast["both"], cast["regulator2"]
    case = f"/admin/cases/{story.codes['LSV']}/"
    first.go(case)
    first.press("button[name=act][value=claim]")
    first.fill(reason=FIRST, rules="NL-R-06")
    first.press("button[name=act][value=approve]")
    first.go(case)
    assert first.page.locator("button[name=act][value=claim]").count() == 0, "who decided first is not the second"
    assert first.sees("您应当回避") and first.sees("您已办过本版的另一行"), "and is told why"
    assert first.page.locator("button[name=act][value=approve]").count() == 0
    first.go(case)
    assert first.sees(FIRST), "one's own opinion is one's own to read"
    second.go(case)
    assert not second.sees(FIRST), "the first opinion is closed to whoever may be the second"
    second.press("button[name=act][value=claim]")
    assert not second.sees(FIRST), "the first opinion is closed until one's own is written"
    second.fill(reason=SECOND, rules="NL-R-06")
    second.press("button[name=act][value=draft]")
    second.go(case)
    assert second.sees(FIRST), "and open from then on"
    second.fill(reason=SECOND, rules="NL-R-06")
    second.press("button[name=act][value=approve]")
    assert second.page.locator(".dx-note.bad").count() == 0, second.text()[:2000]


def meet_conditions(merchant: Person, desk: Person, listing: str) -> None:
    """Each condition proven with a paper on the listing's page, then decided in the desk's queue."""
    while True:
        merchant.go(f"/desk/listings/{listing}/edit/")
        waiting = merchant.page.locator("#conditions form:visible")
        if not waiting.count():
            break
        form = waiting.first
        form.locator("textarea[name=statement]").fill("张三，数据合规部负责人；评估结论见所附文件。")
        form.locator("input[type=file]").set_input_files({"name": "paper.pdf", "mimeType": "application/pdf", "buffer": PDF})
        form.locator("button").click()
    desk.go("/admin/queue/conditions/")
    for address in desk.page.locator("td a.name").evaluate_all("rows => rows.map(one => one.getAttribute('href'))"):
        desk.go(address)
        desk.fill(reason="凭据齐备，已核对。")
        desk.press("button[name=act][value=meet]")


@covers("R31", "R32", "D2")
def test_4_the_listing_goes_on_sale_and_the_books_are_in_order(
    cast: dict[str, Person], story: Story, market: RunningHouse, browser: Any
) -> None:
    meet_conditions(cast["merchant"], cast["compliance"], story.codes["LST"])
    stranger = Person(browser, market.address)

    def found() -> bool:
        stranger.go("/listings/?q=企鹅")
        return stranger.sees(story.codes["LST"])

    assert eventually(found)
    stranger.go(f"/listings/{story.codes['LST']}/")
    assert stranger.sees(TITLE)
    stranger.close()
    checked = market.command("check_invariants", check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    for person in cast.values():
        assert person.console == [], person.name
