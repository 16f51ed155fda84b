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

pytestmark = pytest.mark.browser

CSV = "island,species,bill_length_mm,body_mass_g\n" + "\n".join(
    f"{island},{species},{380 + n % 90}.{n % 10},{2900 + 17 * (n % 120)}"
    for n, (island, species) in enumerate([("Torgersen", "Adelie"), ("Biscoe", "Gentoo"), ("Dream", "Chinstrap")] * 60)
) + "\n"
TITLE = "帕尔默群岛企鹅形态测量数据集"
PROOF = {"name": "proof.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"}


class Story:
    """What the steps hand on."""

    def __init__(self) -> None:
        self.codes: dict[str, str] = {}


@pytest.fixture(scope="module")
def market(house: RunningHouse) -> RunningHouse:
    """The house with the demo's people in it, each with money where they buy."""
    house.run("from simulation.people import make_people; from evidence.clock import MARKET_CLOCK; make_people(MARKET_CLOCK)")
    house.run(
        "from ledger.operations import fund; from participants.models import User; from evidence.clock import MARKET_CLOCK; "
        "from kit.actors import SYSTEM\n"
        "for name in ('buyer', 'buyer2'):\n"
        "    fund(organization=User.objects.get(username=name).acting_for.code, amount_fen=500_000_000, reference='BANK-' + name, "
        "actor=SYSTEM, clock=MARKET_CLOCK)"
    )
    return house


@pytest.fixture(scope="module")
def story() -> Story:
    return Story()


@pytest.fixture(scope="module")
def cast(market: RunningHouse, browser: Any) -> Iterator[dict[str, Person]]:
    people = {name: Person(browser, market.address, name)
              for name in ("merchant", "compliance", "regulator", "regulator2", "buyer", "buyer2")}
    yield people
    for one in people.values():
        one.close()


def eventually(said: Any, seconds: float = 20) -> Any:
    """This will ask again until the answer is true; effects of other processes take a moment."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := said():
            return answer
        time.sleep(0.3)
    return said()


def code_in(url: str, kind: str) -> str:
    found = re.search(rf"{kind}-[0-9A-Z]{{10}}", url)
    assert found, f"no {kind} code in {url}"
    return found.group()


# ---- 1, 2: the merchant makes a product, declares three rights, registers them, signs --------------------------------------


@covers("B1", "R8")
def test_1_the_merchant_makes_a_product_and_declares_its_three_rights(cast: dict[str, Person], story: Story) -> None:
    merchant = cast["merchant"]
    merchant.go("/desk/resources/")
    merchant.fill(title_zh=TITLE, title_en="Palmer penguins body measurements", source_statement="合作科研站实地测量，整理为一行一只。")
    merchant.press("form:has([name=title_zh]) button")
    story.codes["LST"] = code_in(merchant.page.url, "LST")
    for right in ("hold", "use", "operate"):
        merchant.go("/desk/rights/")
        merchant.page.select_option("[name=product]", index=1)
        merchant.choose("right", right)
        merchant.press("form:has([name=right]) button[type=submit]")
    assert merchant.text().count("RGT-") >= 3


@covers("B5", "R10")
def test_2_the_rights_are_registered_and_the_certificate_verifies_for_anyone(
    cast: dict[str, Person], story: Story, market: RunningHouse, browser: Any
) -> None:
    merchant, compliance = cast["merchant"], cast["compliance"]
    merchant.go("/desk/registrations/")
    merchant.page.select_option("[name=product]", index=1)
    merchant.choose("regime", "enterprise")
    merchant.fill(statement="数据由本机构与合作科研站采集，权利清楚，无争议。")
    merchant.page.set_input_files("[name=proof]", PROOF)
    merchant.press("form:has([name=statement]) button[type=submit]")
    story.codes["REG"] = code_in(merchant.page.content(), "REG")
    compliance.go(f"/admin/cases/{story.codes['REG']}/")
    compliance.press("button[name=act][value=accept]")
    compliance.press("button[name=act][value=pass]")
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
    merchant.go("/desk/declarations/")
    merchant.press("main form button")
    page = merchant.page
    for name, value in (("source_kind", "self_generated"), ("source_lawful", "yes"), ("rights_held", "hold"), ("rights_held", "use"),
                        ("rights_held", "operate"), ("rights_origin", "self_generated"), ("rights_undisputed", "yes"),
                        ("quality_checked", "completeness"), ("quality_true", "yes"), ("use_no_reidentify", "yes"),
                        ("excluded_matter", "no"), ("negative_list_checked", "yes"), ("consequences_accepted", "yes")):
        page.check(f"[name={name}][value={value}]")
    merchant.fill(source_method="科研站实地测量", source_proof="采集协议与站点记录", rights_term="长期，全国", quality_defects="少量缺测",
                  quality_updates="按年更新", use_purposes="产业与科研", use_forbidden="不得还原个体来源")
    merchant.press("button[name=act][value=sign]")
    assert "DCL-" in merchant.text()


# ---- 2: the long form, the negative list, the file ------------------------------------------------------------------------


def fill_listing(person: Person, code: str, **changes: str) -> None:
    """The long form, filled the way a seller would."""
    person.go(f"/desk/listings/{code}/edit/")
    page = person.page
    person.fill(title_zh=TITLE, title_en="Palmer penguins body measurements", summary_zh="三座岛三个种的形态测量，一行一只",
                description_zh="帕尔默群岛三座岛屿上三种企鹅的喙长与体重测量，按岛屿与物种分列，适合教学、统计方法与生态研究使用。",
                price_fen="80,000")
    for name, value in (("sector", "M"), ("category", changes.get("category", "enterprise")), ("stage", "product"), ("grade", "general"),
                        ("delivery_mode", "download"), ("sale_mode", "auction"), ("auction_format", "english")):
        person.choose(name, value)
    for purpose in ("industry", "research"):
        box = page.locator(f"[name=purposes][value={purpose}]")
        if box.count():
            box.check()
    person.fill(regions="CN", term_days="365", auction_days="1", reserve_price_fen="90,000")
    answer_facts(person)
    person.press("#draft button[type=submit]")


def answer_facts(person: Person) -> None:
    """Answers what must be answered one by one, and ticks that the rest is no."""
    page = person.page
    for name, value in (("fact_source_lawful", "yes"), ("fact_source_proof", "yes"), ("fact_contains_pi", "no"),
                        ("fact_source_type", "self_generated"), ("fact_trade_secret_owner", "none"), ("fact_legal_basis", "none")):
        field = page.locator(f"select[name={name}]")
        if field.count():
            options = field.locator("option").evaluate_all("all => all.map(one => one.value)")
            if value in options:
                field.select_option(value)
    person.fill(fact_linked_sources="1", fact_linkage_risk_score="0")
    page.locator("[name=rest_no]").check()


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
    merchant.page.set_input_files("#id_file", {"name": "penguins.csv", "mimeType": "text/csv", "buffer": CSV.encode()})
    merchant.press("form:has(#id_file) button[type=submit]")
    assert hashlib.sha256(CSV.encode()).hexdigest()[:4] in merchant.page.content()
    merchant.press("#send button[type=submit]")
    assert merchant.page.locator(".dx-note.bad").count() == 0, merchant.text()[:3000]
    story.codes["LSV"] = code_in(merchant.page.content(), "LSV")


# ---- 3: review; 4: anyone finds it ----------------------------------------------------------------------------------------


@covers("C3", "R92")
def test_6_the_compliance_officer_decides_citing_a_rule_and_the_listing_goes_on_sale(
    cast: dict[str, Person], story: Story, market: RunningHouse, browser: Any
) -> None:
    compliance = cast["compliance"]
    compliance.go(f"/admin/cases/{story.codes['LSV']}/")
    compliance.press("button[name=act][value=claim]")
    compliance.fill(reason="来源与权利清楚，样本未见个人信息。")
    rules = compliance.page.locator("[name=rules]")
    if rules.first.evaluate("e => e.type") == "checkbox":
        rules.first.check()
    else:
        rules.first.fill("NL-P-18")
    compliance.press("button[name=act][value=approve]")
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
