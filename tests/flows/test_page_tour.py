"""Every kind of page with something on it, in both languages, themes and widths: nothing for axe, nothing too wide, a quiet console."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kit.coverage import covers
from tests.flows.house import RunningHouse
from tests.flows.people import Person

pytestmark = pytest.mark.browser

#: A house with one of everything in it, made by the real operations; the codes of what the tour looks at.
WORLD = """
import json
from tests.exchange.hostile import whole_world
from tests.exchange.test_supervision import in_review
world = whole_world()
things, trade = world.things, world.things["sold"]
print(json.dumps({"LST": things["rich"].listing.code, "LOT": things["rich"].code, "ENDED": trade.award.auction.code, "TRD": trade.code,
                  "OWN": world.delivery.trade.code, "DLV": world.delivery.code, "SET": world.settlement.code, "DRAFT": world.unlisted.code,
                  "CRT": trade.listing.certificate.code, "REG": things["noticed"], "LSV": in_review().code, "FIL": things["filing"].code,
                  "CND": things["conduct"].code, "OPEN": things["opened"].code, "CASE": things["case"].code,
                  "DSP": things["dispute"].code}))
"""


@pytest.fixture(scope="module")
def codes(house: RunningHouse) -> dict[str, str]:
    return dict(json.loads(house.told))


def pages_of(codes: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {
        "": ("/", "/listings/", f"/listings/{codes['LST']}/", f"/listings/{codes['LST']}/why/", "/listings/registrations/",
             f"/listings/registrations/{codes['REG']}/", "/trading/", f"/trading/lots/{codes['LOT']}/",
             f"/trading/lots/{codes['ENDED']}/replay/", "/trading/trades/", f"/verify/{codes['CRT']}", f"/verify/{codes['TRD']}",
             "/rules/circulation/", "/rules/secrecy/", "/prices/", "/open/", f"/open/{codes['OPEN']}/corrections/",
             f"/listings/{codes['OPEN']}/",
             "/verify/", "/honesty/", "/bulletins/", "/rules/", "/rules/negative-list/", "/rules/standing/", "/rules/fees/",
             "/complaints/new/",
             "/accounts/login/", "/accounts/apply/", "/health/"),
        "m-merchant": ("/desk/", "/desk/requisitions/", "/desk/notices/", "/desk/resources/", "/desk/rights/", "/desk/registrations/",
                       "/desk/listings/", f"/desk/listings/{codes['DRAFT']}/edit/", f"/desk/listings/{codes['DRAFT']}/versions/",
                       "/desk/declarations/",
                       "/desk/filings/", f"/desk/filings/{codes['FIL']}/", "/desk/cases/", f"/desk/cases/{codes['CASE']}/",
                       f"/desk/disputes/{codes['DSP']}/", "/desk/lots/", "/desk/deliveries/", "/desk/account/", "/desk/statements/",
                       f"/desk/statements/{codes['SET']}/", "/desk/credit/", f"/desk/credit/{codes['CND']}/", "/desk/organisation/",
                       "/desk/organisation/reads/",
                       f"/desk/trades/{codes['OWN']}/"),
        "m-buyer": ("/desk/organisation/spending/", "/desk/organisation/webhooks/", "/desk/negotiations/", "/desk/demands/",
                    "/desk/agreements/", "/desk/public-uses/", "/trading/demands/", "/desk/", "/desk/bids/",
                    f"/desk/deliveries/{codes['DLV']}/", "/desk/filings/new/"),
        "m-regulator": ("/desk/reads/", "/desk/audit/", "/desk/audit/changes/", "/desk/audit/duties/",
                        f"/desk/audit/object/?code={codes['OWN']}",
                        "/admin/", "/admin/queue/reviews/", "/admin/queue/trades/", f"/admin/cases/{codes['LSV']}/",
                        f"/admin/cases/{codes['REG']}/", f"/admin/cases/{codes['FIL']}/", f"/admin/cases/{codes['CND']}/",
                        f"/admin/trades/{codes['TRD']}/review/"),
    }


@covers("CAP-I8", "W22")
@pytest.mark.parametrize(
    ("language", "dark", "width"),
    [("zh-CN", False, 1440), ("zh-CN", True, 390), ("en", True, 1440), ("en", False, 390)],
    ids=["zh-light-wide", "zh-dark-phone", "en-dark-wide", "en-light-phone"],
)
def test_every_page_passes_axe_fits_its_screen_and_leaves_the_console_quiet(
    house: RunningHouse, browser: Any, codes: dict[str, str], language: str, dark: bool, width: int
) -> None:
    faults: list[str] = []
    for name, paths in pages_of(codes).items():
        person = Person(browser, house.address, name, language=language, width=width, dark=dark)
        for path in paths:
            answer = person.go(path)
            if answer.status != 200:
                faults.append(f"{name or 'visitor'} {path}: {answer.status}")
                continue
            faults += [f"{name or 'visitor'} {path}: {one['id']} — {'; '.join(one['nodes'])}" for one in person.violations()]
            if person.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
                faults.append(f"{name or 'visitor'} {path}: wider than {width} px")
        faults += person.console
        person.close()
    assert faults == [], "\n".join(faults)
