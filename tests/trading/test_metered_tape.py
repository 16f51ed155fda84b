"""A metered trade stands on the tape with its rate: its price is the most a period can come to, not what was paid (R45, CAP-E3)."""

from __future__ import annotations

import csv
import io
from statistics import median_low

import pytest
from django.test import Client

from evidence.clock import MARKET_CLOCK
from exchange.market import fairness, figures, sectors, turnover
from kit.coverage import covers
from tests.trading.barters import VALUE, agreed
from tests.trading.test_purchases import buy
from tests.trading.worlds import make_buyer, make_listing
from trading.deal_gates import equals_pay
from trading.models import Trade

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
CAP, PLAIN = 98_765_400, 50_000
PLAN = {"months": 1, "base_fen": 0, "free": 0, "bands": [[1000, 3_000], [None, 1_200]]}


def sold(count: int = 1) -> list[Trade]:
    listing = make_listing(sale_mode="fixed", price_fen=CAP, use_terms={"plan": PLAN, "term_days": 31})
    return [buy(listing, make_buyer(fen=200_000_000)) for _ in range(count)]


@covers("R45", "CAP-E3")
def test_the_tape_shows_the_rate_and_names_the_ceiling_as_such() -> None:
    trade, plain = sold()[0], buy(make_listing(sale_mode="fixed", price_fen=PLAIN), make_buyer())
    assert trade.unit_rates == (1_200, 3_000) and plain.unit_rates is None
    browser = Client()
    for path in ("/trading/trades/", "/"):
        shown = browser.get(path).content.decode()
        assert "计次" in shown and "／千次" in shown, path
    assert "每期至多" in browser.get("/trading/trades/").content.decode()
    table = b"".join(browser.get("/trading/trades.csv")).decode("utf-8-sig")  # type: ignore[call-overload]
    rows = {row["编号"]: row for row in csv.DictReader(io.StringIO(table))}
    assert (rows[trade.code]["成交价（元）"], rows[trade.code]["计次单价（元／千次）"], rows[trade.code]["计次每期至多（元）"]) == (
        "", "12.00–30.00", "987654.00")
    assert rows[plain.code]["成交价（元）"] == "500.00"


@covers("CAP-E3", "R24")
def test_a_ceiling_is_in_no_median() -> None:
    """The naive median over all trades of the industry is drawn up by ceilings that nobody paid."""
    sold(3)
    for _ in range(3):
        buy(make_listing(sale_mode="fixed", price_fen=PLAIN), make_buyer())
    [sector] = sectors(MARKET_CLOCK.now())
    assert sector.count == 6 and set(sector.medians) == {PLAIN}
    assert median_low(Trade.objects.exclude(version__use_terms__plan=None).values_list("price_fen", flat=True)) == CAP
    metered = Trade.objects.exclude(pk__in=Trade.objects.priced().values("pk")).select_related("listing")
    assert {one.unit_rates for one in metered} == {(1_200, 3_000)} and metered.count() == 3
    assert all(one.listing and equals_pay(one.listing, at=MARKET_CLOCK.now()) is None for one in metered)


@covers("CAP-E3", "R45")
def test_turnover_counts_what_was_paid_and_no_ceiling() -> None:
    """The naive sum of prices counts ceilings that no meter came to."""
    sold(2)
    buy(make_listing(sale_mode="fixed", price_fen=PLAIN), make_buyer())
    now = MARKET_CLOCK.now()
    day = turnover(now)[-1]
    assert (day.on_fen, day.on_count, day.bartered_fen) == (PLAIN, 3, 0)
    assert figures(now).today_fen == PLAIN and fairness(now)["off_share_bps"] == 0
    assert sum(one.price_fen for one in Trade.objects.all()) == PLAIN + 2 * CAP
    [sector] = sectors(now)
    assert (sector.total_fen, sector.count) == (PLAIN, 3)


@covers("R12", "R45", "CAP-E4")
def test_a_barter_stands_apart_in_turnover_at_the_values_its_sides_declared() -> None:
    """The naive sum of prices counts twice what nobody paid: two licences changed hands, no money did."""
    buy(make_listing(sale_mode="fixed", price_fen=PLAIN), make_buyer())
    agreed()
    now = MARKET_CLOCK.now()
    day = turnover(now)[-1]
    assert (day.on_fen, day.on_count, day.bartered_fen, day.bartered, day.total_fen) == (PLAIN, 1, 2 * VALUE, 2, PLAIN)
    assert figures(now).today_fen == PLAIN and sum(one.total_fen for one in sectors(now)) == PLAIN
    assert sum(one.price_fen for one in Trade.objects.all()) == PLAIN + 2 * VALUE
