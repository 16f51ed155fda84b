"""What an operator of public data earned beyond the trades on record is asked for: its contracts made elsewhere must be filed (E.7).

Worked example: 50,000 yuan of the year's trades are on record and the operator reports a revenue of 80,000: 30,000 were never filed.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from compliance.models import Case
from evidence.clock import MARKET_CLOCK, set_market_clock
from evidence.operations import drain
from kit.coverage import covers
from kit.ids import new_code
from listings.models import Authorisation, OperationReport
from listings.operations import file_report
from participants.models import Notice, Organization
from participants.queries import LOCAL
from tests.listings.public_worlds import granted, make_operator
from tests.listings.worlds import Seller
from tests.trading.worlds import bought, make_buyer, make_listing
from trading.unfiled import ask_for_unfiled, recorded_fen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
YUAN = 100


def running(*fens: int, moved: str = "") -> tuple[OperationReport, Seller, Authorisation]:
    """An authorisation, last year's trades of its listings for these sums, and the yearly report that is owed."""
    seller = make_operator(at=MARKET_CLOCK.now())
    authorisation, _ = granted(seller)
    listing = make_listing(seller.organization, category="public", authorisation=authorisation, sale_mode="fixed", pricing_mode="guided",
                           price_fen=30_000 * YUAN, facts={"public_open_status": "unconditional"}, use_terms={"purposes": ["industry"]})
    buyer = Organization.objects.get(pk=make_buyer().organization_id)
    for fen in fens:
        bought(buyer, fen, MARKET_CLOCK.now(), listing=listing, moved=moved)
    year = MARKET_CLOCK.now().astimezone(LOCAL).year
    set_market_clock(MARKET_CLOCK.now() + timedelta(days=330), 0)
    report = OperationReport.objects.create(code=new_code("OPR"), authorisation=authorisation, year=year,
                                            due_at=MARKET_CLOCK.now() + timedelta(days=60))
    return report, seller, authorisation


def filed(report: OperationReport, seller: Seller, yuan: int) -> OperationReport:
    return file_report(report=report, cost_fen=1_000, revenue_fen=yuan * YUAN, actor=seller.actor, clock=MARKET_CLOCK)


@covers("R43", "R21", "F12")
def test_the_worked_example_opens_one_case_and_asks_the_operator_to_file() -> None:
    report, seller, _ = running(20_000 * YUAN, 30_000 * YUAN)
    filed(report, seller, 80_000)
    drain()
    case = Case.objects.get(subject_code=report.code)
    assert case.kind == "filing" and "¥30,000" in case.title_zh and "¥30,000" in case.title_en
    assert case.organization == seller.organization
    told = Notice.objects.get(organization=seller.organization, kind="trading.report.unfiled")
    assert told.href == "/desk/filings/new/" and "¥30,000" in told.text_zh
    assert ask_for_unfiled(report=OperationReport.objects.get(pk=report.pk), clock=MARKET_CLOCK) == case, "one case, however often"


@covers("R43")
@pytest.mark.parametrize("yuan", [50_000, 49_999, 0])
def test_revenue_that_is_on_record_asks_for_nothing(yuan: int) -> None:
    report, seller, _ = running(20_000 * YUAN, 30_000 * YUAN)
    filed(report, seller, yuan)
    drain()
    assert not Case.objects.filter(subject_code=report.code).exists()


@covers("R43")
def test_an_undone_trade_earned_nothing_and_another_years_is_another_reports() -> None:
    report, _, _ = running(20_000 * YUAN, moved="cancelled")
    assert recorded_fen(report) == 0
    other, _, authorisation = running(20_000 * YUAN)
    assert recorded_fen(other) == 20_000 * YUAN
    later = OperationReport.objects.create(code=new_code("OPR"), authorisation=authorisation, year=other.year + 1)
    assert recorded_fen(later) == 0
