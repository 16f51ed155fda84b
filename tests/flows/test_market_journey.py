"""One data product goes all the way: rights, registration, listing, review, search, auction, trade, delivery, money, conduct.

The same people, pages and buttons as in ``make run``; the market's clock is moved past notice periods, nothing else is
arranged behind the pages.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person
from tests.flows.story import (
    CSV,
    TITLE,
    Story,
    approve_listing,
    attach_and_submit,
    code_in,
    declare_rights,
    eventually,
    fill_listing,
    make_product,
    market_local,
    pass_registration,
    register_rights,
    sign_declaration,
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def cast(market: RunningHouse, browser: Any) -> Iterator[dict[str, Person]]:
    people = {name: Person(browser, market.address, name)
              for name in ("merchant", "compliance", "regulator", "regulator2", "buyer", "buyer2")}
    yield people
    for one in people.values():
        one.close()


# ---- 1, 2: the merchant makes a product, declares three rights, registers them, signs --------------------------------------


@covers("B1", "R8")
def test_1_the_merchant_makes_a_product_and_declares_its_three_rights(cast: dict[str, Person], story: Story) -> None:
    merchant = cast["merchant"]
    story.codes["LST"] = make_product(merchant)
    declare_rights(merchant)
    assert merchant.text().count("RGT-") >= 3


@covers("B5", "R10")
def test_2_the_rights_are_registered_and_the_certificate_verifies_for_anyone(
    cast: dict[str, Person], story: Story, market: RunningHouse, browser: Any
) -> None:
    story.codes["REG"] = register_rights(cast["merchant"])
    pass_registration(cast["compliance"], story.codes["REG"])
    stranger = Person(browser, market.address)

    def certificate() -> str | None:
        stranger.go(f"/listings/registrations/{story.codes['REG']}/")
        found = re.search(r"CRT-[0-9A-Z]{10}", stranger.page.content())
        return found.group() if found else None

    story.codes["CRT"] = eventually(certificate)
    assert story.codes["CRT"], "the certificate is issued once the registration has passed"
    stranger.go(f"/verify/{story.codes['CRT']}")
    assert stranger.sees(TITLE)
    assert stranger.violations() == []
    stranger.close()


@covers("C2", "R88")
def test_3_the_merchant_signs_the_declaration_and_commitment(cast: dict[str, Person], story: Story) -> None:
    merchant = cast["merchant"]
    sign_declaration(merchant)
    assert "DCL-" in merchant.text()


# ---- 2: the long form, the negative list, the file ------------------------------------------------------------------------


@covers("D2", "C1")
def test_4_what_is_missing_is_named_with_its_place_before_anything_is_submitted(cast: dict[str, Person], story: Story) -> None:
    merchant = cast["merchant"]
    merchant.go(f"/desk/listings/{story.codes['LST']}/edit/")
    merchant.press("#send button[type=submit]")
    assert merchant.page.locator(".dx-note.bad").count() >= 1
    assert merchant.page.locator("main a[href^='#']").count() >= 3, "each fault links to its place"


@covers("B3", "D3")
def test_5_the_listing_is_filled_the_file_profiled_and_the_version_submitted(cast: dict[str, Person], story: Story) -> None:
    merchant = cast["merchant"]
    fill_listing(merchant, story.codes["LST"])
    story.codes["LSV"] = attach_and_submit(merchant)


# ---- 3: review; 4: anyone finds it ----------------------------------------------------------------------------------------


@covers("C3", "R92")
def test_6_the_compliance_officer_decides_citing_a_rule_and_the_listing_goes_on_sale(
    cast: dict[str, Person], story: Story, market: RunningHouse, browser: Any
) -> None:
    approve_listing(cast["compliance"], story.codes["LSV"])
    stranger = Person(browser, market.address)

    def found() -> bool:
        stranger.go("/listings/?q=企鹅")
        return stranger.sees(story.codes["LST"])

    assert eventually(found)
    for pair in ("帕尔", "群岛", "测量", "peng"):
        stranger.go(f"/listings/?q={pair}")
        assert stranger.sees(story.codes["LST"]), pair
    stranger.go(f"/listings/{story.codes['LST']}/")
    assert stranger.sees(TITLE)
    assert not stranger.sees("90,000"), "the reserve is secret"
    stranger.close()


# ---- 5: an auction with two browsers ---------------------------------------------------------------------------------------


@covers("CAP-E5")
def test_7_the_lot_is_announced_seven_days_ahead_and_buyers_register_with_a_deposit(
    cast: dict[str, Person], story: Story, market: RunningHouse
) -> None:
    merchant = cast["merchant"]
    merchant.go("/desk/lots/new/")
    merchant.page.select_option("[name=listing]", index=1)
    merchant.fill(opens_at=market_local(market, 24), closes_at=market_local(market, 48))
    merchant.press("main form.dx-box button")
    assert merchant.page.locator(".dx-note.bad, .fault").count() >= 1, "less than seven days of notice is refused"
    merchant.fill(opens_at=market_local(market, 24 * 7 + 1), closes_at=market_local(market, 24 * 8 + 1))
    merchant.page.select_option("[name=listing]", index=1)
    merchant.press("main form.dx-box button")
    merchant.go("/trading/")
    story.codes["LOT"] = code_in(merchant.page.content(), "LOT")
    for name in ("buyer", "buyer2"):
        cast[name].go(f"/trading/lots/{story.codes['LOT']}/")
        cast[name].press("form[action*='/register/'] button")
    market.command("move_clock", "170h")
    buyer = cast["buyer"]

    def open_for_bids() -> bool:
        buyer.go(f"/trading/lots/{story.codes['LOT']}/")
        return bool(buyer.page.locator("form[action*='/bid/']").count())

    assert eventually(open_for_bids)


def offer(person: Person, lot: str, yuan: str) -> None:
    """Types a maximum and presses the button that names it."""
    page = person.page
    page.fill("input[name=maximum]", yuan)
    page.locator("form[action*='/bid/'] button[data-bid-label]").click()


@covers("CAP-E13", "CAP-E5")
def test_8_two_buyers_bid_in_two_browsers_and_see_each_other_within_a_second(cast: dict[str, Person], story: Story) -> None:
    one, two = cast["buyer"], cast["buyer2"]
    for person in (one, two):
        person.go(f"/trading/lots/{story.codes['LOT']}/")
        person.page.wait_for_timeout(800)  # the live feed connects
    offer(one, story.codes["LOT"], "80,000")
    two.page.wait_for_function("() => document.querySelector('main').innerText.includes('80,000')", timeout=15_000)
    began = time.monotonic()
    offer(two, story.codes["LOT"], "123,456")
    one.page.wait_for_function("() => document.querySelector('main').innerText.includes('90,000')", timeout=15_000)
    print(f"\nthe other browser showed the bid after {time.monotonic() - began:.2f} s")
    offer(one, story.codes["LOT"], "110,000")
    two.page.wait_for_function("() => /11[0-9],000/.test(document.querySelector('main').innerText)", timeout=15_000)
    for person in (one, two):
        assert not person.sees("123,456") or person is two, "nobody sees another's maximum"
    assert one.console == []
    assert two.console == []


@covers("CAP-E13", "CAP-I8")
def test_9_the_room_works_by_reload_without_scripts(market: RunningHouse, browser: Any, story: Story) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{market.address}/accounts/login/")
    page.fill("input[name=username]", "buyer")
    page.fill("input[name=password]", "demo")
    page.press("input[name=password]", "Enter")
    page.goto(f"{market.address}/trading/lots/{story.codes['LOT']}/")
    page.fill("input[name=maximum]", "1")
    page.locator("form[action*='/bid/'] button[data-bid-label]").click()
    assert page.locator(".dx-note.bad").count() >= 1, "a bid that is too low is refused with the least amount"
    assert re.search(r"1[12][0-9],000", page.content())
    context.close()


@covers("I14", "CAP-E10")
def test_10_closing_awards_once_and_the_buyer_pays_into_escrow(cast: dict[str, Person], story: Story, market: RunningHouse) -> None:
    market.command("move_clock", "26h")
    winner = cast["buyer2"]

    def traded() -> str | None:
        winner.go("/trading/trades/")
        found = re.search(r"TRD-[0-9A-Z]{10}", winner.page.content())
        return found.group() if found else None

    story.codes["TRD"] = eventually(traded, 40)
    assert story.codes["TRD"]
    winner.go(f"/desk/trades/{story.codes['TRD']}/")
    winner.press("form[action*='/pay/'] button")
    cast["buyer"].go(f"/desk/trades/{story.codes['TRD']}/")
    assert cast["buyer"].page.locator("form[action*='/pay/']").count() == 0, "somebody else's trade is absent"


# ---- 6, 7: delivery, acceptance, settlement -------------------------------------------------------------------------------


@covers("F5", "F11")
def test_11_the_file_is_delivered_by_a_one_time_token_and_accepted(cast: dict[str, Person], story: Story) -> None:
    merchant, buyer = cast["merchant"], cast["buyer2"]

    def delivery() -> str | None:
        merchant.go("/desk/deliveries/")
        found = re.search(r"DLV-[0-9A-Z]{10}", merchant.page.content())
        return found.group() if found else None

    story.codes["DLV"] = eventually(delivery)
    assert story.codes["DLV"]
    merchant.go(f"/desk/deliveries/{story.codes['DLV']}/")
    merchant.press("form[action$='/deliver/'] button")
    buyer.go(f"/desk/deliveries/{story.codes['DLV']}/")
    if not buyer.page.locator("input[type=hidden][name=token]").count():
        buyer.press("form[action$='/token/'] button")
    token = buyer.page.locator("input[name=token]").first.input_value()
    with buyer.page.expect_download() as taken:
        buyer.page.locator("form[action$='/file/'] button").first.click()
    fetched = taken.value.path().read_bytes()
    assert hashlib.sha256(fetched).hexdigest() == hashlib.sha256(CSV.encode()).hexdigest()
    buyer.go(f"/desk/deliveries/{story.codes['DLV']}/")
    assert token
    buyer.press("form[action$='/accept/'] button")


@covers("G7", "I6", "I7")
def test_12_a_settlement_cycle_pays_everyone_and_the_books_stay_at_zero(
    cast: dict[str, Person], story: Story, market: RunningHouse
) -> None:
    market.command("move_clock", "25h")
    merchant = cast["merchant"]

    def settled() -> bool:
        merchant.go("/desk/statements/")
        return merchant.sees(story.codes["TRD"])

    assert eventually(settled, 60)
    checked = market.command("check_invariants", check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


# ---- 8, 9: supervision and conduct ----------------------------------------------------------------------------------------


@covers("H3", "H6")
def test_13_a_regulator_replays_the_trade_and_opens_a_finding(cast: dict[str, Person], story: Story) -> None:
    regulator = cast["regulator"]
    regulator.go(f"/admin/trades/{story.codes['TRD']}/review/")
    text = regulator.text()
    for named in (story.codes["TRD"], "11", "DCL-"):
        assert named in text, named
    regulator.page.check("[name=verdict][value=finding]")
    regulator.page.select_option("[name=conduct]", index=1)
    regulator.fill(reason="交付后发现来源协议不含转售权，与声明不符。")
    regulator.press("main form.decide button")
    regulator.go("/admin/queue/conduct/")
    story.codes["CND"] = code_in(regulator.page.content(), "CND")


@covers("H6", "H7", "R82", "C2")
def test_14_a_serious_finding_by_two_regulators_takes_the_merchants_listings_off_sale(
    cast: dict[str, Person], story: Story, market: RunningHouse, browser: Any
) -> None:
    first, second, merchant = cast["regulator"], cast["regulator2"], cast["merchant"]
    first.go(f"/admin/cases/{story.codes['CND']}/")
    first.press("button[name=act][value=notify]")
    merchant.go(f"/desk/credit/{story.codes['CND']}/")
    merchant.press("button[name=act][value=waive]")
    first.go(f"/admin/cases/{story.codes['CND']}/")
    first.page.select_option("[name=severity]", "serious")
    first.page.check("[name=measures][value=restriction]")
    first.fill(reason="来源协议明确不含转售权，声明与事实不符，情节严重。")
    first.press("button[name=act][value=decide]")
    first.go(f"/admin/cases/{story.codes['CND']}/")
    again = first.page.locator("button[name=act][value=agree]")
    if again.count():
        first.press("button[name=act][value=agree]")
        assert first.page.locator(".dx-note.bad").count() >= 1, "the same person cannot be the second"
    second.go(f"/admin/cases/{story.codes['CND']}/")
    second.page.fill("[name=reason]", "同意认定与措施。")
    second.press("button[name=act][value=agree]")
    stranger = Person(browser, market.address)

    def gone() -> bool:
        stranger.go("/listings/?q=企鹅")
        return not stranger.sees(story.codes["LST"])

    assert eventually(gone), "a restricted merchant's listings are off sale within seconds"
    stranger.close()
    merchant.go("/desk/credit/")
    assert re.search(r"FND-|CND-", merchant.page.content()), "the merchant sees what it rests on"


#: Who sells off the exchange has declared what it sells, as who lists has.
DECLARED = """
from compliance.operations import draft_declaration, sign_declaration
from compliance.queries import declaration_in_force
from evidence.clock import MARKET_CLOCK as clock
from participants.actors import actor_of
from participants.models import User
from simulation.agents.merchant import ANSWERS
user = User.objects.get(username="{username}")
by = dict(actor=actor_of(user), clock=clock)
if declaration_in_force(user.acting_for, "", clock.now()) is None:
    sign_declaration(declaration=draft_declaration(organization=user.acting_for, answers=ANSWERS, **by), **by)
"""


@covers("F12", "R43", "R57", "I19")
def test_15_a_trade_made_off_the_exchange_is_filed_confirmed_verified_and_marked_by_channel(
    cast: dict[str, Person], story: Story, market: RunningHouse, browser: Any
) -> None:
    seller, buyer = Person(browser, market.address, "publicdata"), cast["buyer"]
    number = market.run("from participants.models import User; print(User.objects.get(username='buyer').acting_for.code)")
    market.run(DECLARED.format(username="publicdata"))
    seller.go("/desk/filings/new/")
    seller.fill(counterparty=number, title="港口泊位利用率月度报告", price="120,000", contract_sha256="ab" * 32,
                traded_on=market.run("from evidence.clock import MARKET_CLOCK; print(MARKET_CLOCK.now().date())"))
    page = seller.page
    for select in page.locator("select[name^=fact_]").all():
        options = select.locator("option").evaluate_all("all => all.map(one => one.value)")
        name = select.get_attribute("name")
        wanted = {"fact_source_lawful": "true", "fact_source_proof": "true", "fact_subject_class": "enterprise", "fact_grade": "general",
                  "fact_processing_stage": "product", "fact_delivery_mode": "report", "fact_purpose": "industry",
                  "fact_rights_held": "operate", "fact_legal_basis": "none", "fact_trade_secret_owner": "none",
                  "fact_source_type": "self_generated", "fact_product_kind": "report"}.get(
                      name, "false" if "false" in options else "none" if "none" in options else "")
        if wanted and wanted in options:
            select.select_option(wanted)
        elif len(options) > 1 and not wanted:
            select.select_option(options[1])
    for field in page.locator("input[name^=fact_]").all():
        field.fill("1" if field.get_attribute("name") == "fact_linked_sources" else "0")
    seller.press("main form.stack > .row > button")
    assert page.locator(".dx-note.bad").count() == 0, seller.text()[:2500]
    story.codes["FIL"] = code_in(page.url, "FIL")
    buyer.go(f"/desk/filings/{story.codes['FIL']}/")
    buyer.press("button[name=act][value=confirm]")
    compliance = cast["compliance"]
    compliance.go(f"/admin/cases/{story.codes['FIL']}/")
    compliance.fill(reason="双方陈述一致，合同哈希已核对。")
    compliance.press("button[name=act][value=verify]")

    def on_the_tape() -> bool:
        buyer.go("/trading/trades/?channel=off_exchange")
        return buyer.sees("港口泊位利用率月度报告")

    assert eventually(on_the_tape)
    seller.close()


# ---- evidence --------------------------------------------------------------------------------------------------------------


@covers("B7", "H2", "T59")
def test_16_a_bundle_verifies_offline_and_one_changed_byte_names_the_entry(
    cast: dict[str, Person], story: Story, market: RunningHouse, tmp_path: Any
) -> None:
    buyer = cast["buyer2"]
    buyer.go(f"/verify/{story.codes['TRD']}")
    with buyer.page.expect_download() as taken:
        buyer.page.locator(f"a[href*='/verify/{story.codes['TRD']}/bundle/']").first.click()
    whole = taken.value.path().read_text()
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(whole)
    bad.write_text(whole.replace(story.codes["TRD"], story.codes["TRD"][:-1] + ("0" if story.codes["TRD"][-1] != "0" else "1"), 1))
    assert market.command("verify_evidence", str(good), check=False).returncode == 0
    refused = market.command("verify_evidence", str(bad), check=False)
    assert refused.returncode == 1
    assert re.search(r"\d", refused.stdout + refused.stderr), "the first bad entry is named"
