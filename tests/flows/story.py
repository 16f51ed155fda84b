"""What several journeys share: the market's people with money, and the supplier's way to a submitted listing, page by page."""

from __future__ import annotations

import hashlib
import re
import time
from typing import Any

from tests.flows.house import RunningHouse
from tests.flows.people import Person

__all__ = ["CSV", "TITLE", "Story", "approve_listing", "attach_and_submit", "code_in", "declare_rights", "eventually", "fill_listing",
           "make_product",
           "market_local", "open_market", "pass_registration", "register_rights", "sign_declaration"]

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


def open_market(house: RunningHouse) -> RunningHouse:
    """This will let the demo's people into the house, each with money where they buy."""
    house.run(
        "from evidence.clock import MARKET_CLOCK; from kit.actors import SYSTEM; from ledger.operations import fund\n"
        "from participants.models import User; from simulation.people import make_people\n"
        "make_people(MARKET_CLOCK)\n"
        "for name in ('buyer', 'buyer2'):\n"
        "    fund(organization=User.objects.get(username=name).acting_for.code, amount_fen=500_000_000, reference='BANK-' + name, "
        "actor=SYSTEM, clock=MARKET_CLOCK)"
    )
    return house


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


# ---- the supplier's way ------------------------------------------------------------------------------------------------------


def make_product(merchant: Person) -> str:
    """This will make a product and return the code of its listing."""
    merchant.go("/desk/resources/")
    merchant.fill(title_zh=TITLE, title_en="Palmer penguins body measurements", source_statement="合作科研站实地测量，整理为一行一只。")
    merchant.press("form:has([name=title_zh]) button")
    return code_in(merchant.page.url, "LST")


def declare_rights(merchant: Person) -> None:
    """This will declare the three rights over the product, one by one."""
    for right in ("hold", "use", "operate"):
        merchant.go("/desk/rights/")
        merchant.page.select_option("[name=product]", index=1)
        merchant.choose("right", right)
        merchant.press("form:has([name=right]) button[type=submit]")


def register_rights(merchant: Person, regime: str = "enterprise") -> str:
    """This will apply for the registration with its proof and return its code."""
    merchant.go("/desk/registrations/")
    merchant.page.select_option("[name=product]", index=1)
    merchant.choose("regime", regime)
    merchant.fill(statement="数据由本机构与合作科研站采集，权利清楚，无争议。")
    merchant.page.set_input_files("[name=proof]", PROOF)
    merchant.press("form:has([name=statement]) button[type=submit]")
    return code_in(merchant.page.content(), "REG")


def pass_registration(officer: Person, code: str) -> None:
    """This will take the application in and pass its formal review."""
    officer.go(f"/admin/cases/{code}/")
    officer.press("button[name=act][value=accept]")
    officer.press("button[name=act][value=pass]")


def sign_declaration(merchant: Person) -> None:
    """This will answer the declaration's questions and sign it."""
    merchant.go("/desk/declarations/")
    merchant.press("main form button")
    page = merchant.page
    for name, value in (("source_kind", "self_generated"), ("source_lawful", "yes"), ("rights_held", "hold"), ("rights_held", "use"),
                        ("rights_held", "operate"), ("rights_origin", "self_generated"), ("rights_undisputed", "yes"),
                        ("quality_checked", "completeness"), ("quality_true", "yes"), ("use_no_reidentify", "yes"),
                        ("excluded_matter", "no"), ("negative_list_checked", "yes"), ("consequences_accepted", "yes"),
                        ("signer_authority", "legal_representative"), ("class_hosts", "enterprise"), ("class_personal", "no"),
                        ("class_important", "yes"), ("security_mlps", "2"), ("competition_fair", "yes"), ("no_listed_party", "yes")):
        page.check(f"[name={name}][value='{value}']")
    merchant.fill(source_method="科研站实地测量", source_proof="采集协议与站点记录", rights_term="长期，全国", quality_defects="少量缺测",
                  quality_updates="按年更新", use_purposes="产业与科研", use_forbidden="不得还原个体来源",
                  security_contact="数据安全负责人")
    merchant.press("button[name=act][value=sign]")


def fill_listing(person: Person, code: str, *, category: str = "enterprise", **facts: str) -> None:
    """The long form, filled the way a seller would; ``facts`` are answers other than those of a product without personal data."""
    person.go(f"/desk/listings/{code}/edit/")
    page = person.page
    person.fill(title_zh=TITLE, title_en="Palmer penguins body measurements", summary_zh="三座岛三个种的形态测量，一行一只",
                description_zh="帕尔默群岛三座岛屿上三种企鹅的喙长与体重测量，按岛屿与物种分列，适合教学、统计方法与生态研究使用。",
                price_fen="80,000")
    for name, value in (("sector", "M"), ("category", category), ("stage", "product"), ("grade", "general"),
                        ("delivery_mode", "download"), ("sale_mode", "auction"), ("auction_format", "english")):
        person.choose(name, value)
    for purpose in ("industry", "research"):
        box = page.locator(f"[name=purposes][value={purpose}]")
        if box.count():
            box.check()
    person.fill(regions="CN", term_days="365", auction_days="1", reserve_price_fen="90,000")
    answer_facts(person, **facts)
    person.press("#draft button[type=submit]")


def answer_facts(person: Person, **facts: str) -> None:
    """Answers what must be answered one by one, and ticks that the rest is no."""
    page = person.page
    said = {"source_lawful": "yes", "source_proof": "yes", "contains_pi": "no", "source_type": "self_generated",
            "trade_secret_owner": "none", "legal_basis": "none", "linked_sources": "1", "linkage_risk_score": "0", **facts}
    for name, value in said.items():
        field = page.locator(f"[name=fact_{name}]")
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.locator("[name=rest_no]").check()


def attach_and_submit(merchant: Person) -> str:
    """On the open form: attaches the file, submits, and returns the version's code."""
    merchant.page.set_input_files("#id_file", {"name": "penguins.csv", "mimeType": "text/csv", "buffer": CSV.encode()})
    merchant.press("form:has(#id_file) button[type=submit]")
    assert hashlib.sha256(CSV.encode()).hexdigest()[:4] in merchant.page.content()
    merchant.press("#send button[type=submit]")
    assert merchant.page.locator(".dx-note.bad").count() == 0, merchant.text()[:3000]
    return code_in(merchant.page.content(), "LSV")


def approve_listing(officer: Person, version: str) -> None:
    """The compliance officer takes the version, cites a rule and approves it."""
    officer.go(f"/admin/cases/{version}/")
    officer.press("button[name=act][value=claim]")
    officer.fill(reason="来源与权利清楚，样本未见个人信息。")
    rules = officer.page.locator("[name=rules]")
    if rules.first.evaluate("e => e.type") == "checkbox":
        rules.first.check()
    else:
        rules.first.fill("NL-P-18")
    officer.press("button[name=act][value=approve]")


# ---- the market's time -------------------------------------------------------------------------------------------------------


def market_local(house: RunningHouse, hours: float) -> str:
    """A market instant as the announce form wants it (Asia/Shanghai)."""
    return house.run(
        "from datetime import timedelta; from zoneinfo import ZoneInfo; from evidence.clock import MARKET_CLOCK; "
        f"print((MARKET_CLOCK.now() + timedelta(hours={hours})).astimezone(ZoneInfo('Asia/Shanghai')).strftime('%Y-%m-%dT%H:%M'))"
    )
