"""R109 and CAP-E3: the reference prices stand on a page and in the API, and beside the prices asked wherever somebody sets one."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from evidence.clock import MARKET_CLOCK, set_market_clock
from exchange.charts import price_range
from kit.actors import SYSTEM
from kit.coverage import covers
from listings.reference_prices import Floors, publish_prices
from tests.exchange.worlds import signed_in
from tests.factories import NOW, venue
from tests.listings.test_reference_prices import TEN, deals
from tests.listings.worlds import make_draft, make_listed, make_seller

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _told(db: None) -> None:
    """Manufacturing's prices are told, transport's withheld."""
    set_market_clock(NOW, 0)
    publish_prices(venue=venue(), day=NOW.date(), since=NOW.date().replace(year=2025), deals=[*TEN, *deals(100, sector="G")], related=3,
                   pilots=1, floors=Floors(10, 5, 5_000), actor=SYSTEM, clock=MARKET_CLOCK)


@covers("R109", "CAP-E3")
@pytest.mark.parametrize(("language", "words"), [
    ("zh-hans", ("能源电力", "全部方式", "不公布：成交笔数不足", "少于 10 笔", "50.0%", "2025-11-02")),
    ("en", ("Energy", "All ways", "Not told: too few trades", "fewer than 10 trades", "50.0%", "2 Nov 2025")),
])
def test_anyone_reads_the_prices_their_period_their_method_and_what_is_not_told(client: Client, language: str, words: tuple[str, ...]
                                                                                ) -> None:
    client.cookies["django_language"] = language
    page = client.get("/prices/").content.decode()
    assert [word for word in words if word not in page] == []
    assert "</i>5<" in page and "</i>3<" in page and "</i>8<" in page and "5 / 5" in page
    assert '"/prices/"' in client.get("/").content.decode()


@covers("R109", "CAP-I7")
def test_programs_read_the_same_with_the_floors_and_the_root(client: Client) -> None:
    told = client.get("/api/prices/", {"sector": "D", "mode": ""}).json()
    assert (told["day"], told["since"], told["trades"], told["left_out_related"], told["least_trades"]) == (
        "2026-11-02", "2025-11-02", 11, 3, 10)
    assert told["items"] == [{"category": "enterprise", "sector": "D", "mode": "", "withheld": "", "trades": 10, "sellers": 5, "buyers": 5,
                              "low_fen": 300, "median_fen": 500, "high_fen": 800}]
    hidden = client.get("/api/prices/", {"sector": "G", "day": "2027-01-01"}).json()["items"]
    assert {one["withheld"] for one in hidden} == {"few_trades"} and {one["trades"] for one in hidden} == {None}
    before = client.get("/api/prices/", {"day": "2026-11-01"}).json()
    assert (before["day"], before["items"]) == (None, [])
    wrong = client.get("/api/prices/", {"day": "yesterday"})
    assert wrong.status_code == 400 and wrong.json()["errors"][0]["field"] == "day"


@covers("R109", "R120", "CAP-E3")
def test_whoever_sets_a_price_or_looks_at_one_reads_what_was_paid_beside_what_is_asked(client: Client) -> None:
    seller = make_seller()
    draft = make_draft(seller, sector="D")
    desk, listed = signed_in(seller.actor), make_listed(sector="D")
    for page in (desk.get(f"/desk/listings/{draft.listing.code}/price/"), desk.get("/desk/first-listing/"),
                 client.get(f"/listings/{listed.code}/")):
        text = page.content.decode()
        assert "成交中位价" in text and "</i>5<" in text and 'href="/prices/"' in text, page.request["PATH_INFO"]
    quiet = client.get(f"/listings/{make_listed(sector='G').code}/").content.decode()
    assert "成交价不公布：成交笔数不足" in quiet and "成交中位价" not in quiet


@covers("R109")
def test_a_range_lies_within_its_chart_by_orders_of_magnitude() -> None:
    svg = price_range(1_000, 10_000, 100_000, least=100, most=1_000_000)
    x, width, tick = (float(one) for one in re.findall(r'(?:x|width)="([\d.]+)"', svg.split("bar-on")[1])[:3])
    assert (x, width, round(tick)) == (25.0, 50.0, 49)
    assert 'width="0.8"' in price_range(5, 5, 5, least=5, most=5), "one price alone is still a mark"
