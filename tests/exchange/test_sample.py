"""The sample explorer: every column with its statistics and picture, masked where personal, nothing at all of important data (D4)."""

from __future__ import annotations

import pytest
from django.test import Client

from exchange.charts import distribution
from exchange.offers import distribution_of
from kit.coverage import covers
from listings.models import Listing, ListingVersion
from listings.sampling import columns_shown, preview_of
from tests.exchange.worlds import rich_listing

COLUMNS = [
    {"name": "日期", "type": "date", "missing": 0, "distinct": 60, "min": "2026-01-01", "max": "2026-03-01", "bins": [30, 30]},
    {"name": "电话", "type": "integer", "missing": 6, "distinct": 54, "min": "13800138000", "max": "13900139000", "q1": "13800138001",
     "median": "13800138002", "q3": "13800138003", "bins": [54]},
    {"name": "流量", "type": "number", "missing": 15, "distinct": 40, "min": "0.5", "max": "77.25", "q1": "2.5", "median": "9.25",
     "q3": "31.75", "bins": [5, 0, 25, 15]},
]


def version(**fields: object) -> ListingVersion:
    return ListingVersion(**{"columns": COLUMNS, "row_count": 60, "grade": "general",
                             "hints": [{"column": "电话", "looks_like": ["mobile"]}],
                             "sample": [["2026-01-01", "1▓▓▓▓▓▓", "9.25"]], **fields})


@covers("D4", "R14")
def test_a_column_that_looks_personal_keeps_its_shape_and_loses_every_value() -> None:
    found = {one.name: one for one in preview_of(version()).columns}
    phone, flow = found["电话"], found["流量"]
    assert phone.masked and (phone.low, phone.high, phone.quartiles, phone.bins) == ("", "", None, ())
    assert (phone.missing, phone.gap_permille, phone.distinct) == (6, 100, 54)
    assert (flow.low, flow.high, flow.quartiles, flow.gap_permille) == ("0.5", "77.25", ("2.5", "9.25", "31.75"), 250)
    assert "1380013" not in str(columns_shown(version()))


@covers("D4", "R14")
@pytest.mark.parametrize("grade", ["important", "core"])
def test_of_important_data_neither_a_row_nor_a_value_is_given(grade: str) -> None:
    shown = preview_of(version(grade=grade))
    assert shown.withheld and shown.rows == () and all(not one.bins and not one.low and not one.quartiles for one in shown.columns)
    assert [one.name for one in shown.columns] == ["日期", "电话", "流量"], "what columns there are is told"
    assert "77.25" not in str(columns_shown(version(grade=grade))) and "2026-03-01" not in str(columns_shown(version(grade=grade)))


def test_the_picture_starts_at_zero_and_says_its_finding_and_ends() -> None:
    svg = distribution([5, 0, 25, 15], "0.5", "77.25", finding="流量：0.5 至 77.25")
    assert svg.count("bar-fg") == 4 and 'class="zero"' in svg and "流量：0.5 至 77.25" in svg and ">0.5<" in svg and ">77.25<" in svg
    assert distribution([], "", "", finding="") == "" and distribution_of(preview_of(version()).columns[1]) == ""


@covers("D4")
@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_explorer_finds_and_orders_columns_and_is_led_to_from_the_product(client: Client, language: str) -> None:
    listing = rich_listing(columns=COLUMNS, hints=[{"column": "电话", "looks_like": ["mobile"]}], sample=[["2026-01-01", "1▓▓▓", "9.25"]])
    client.cookies["django_language"] = language
    assert f"/listings/{listing.code}/sample/" in client.get(f"/listings/{listing.code}/").content.decode()
    page = client.get(f"/listings/{listing.code}/sample/").content.decode()
    assert "77.25" in page and page.count('class="ch dist"') == 2 and "1380013" not in page
    gaps = client.get(f"/listings/{listing.code}/sample/", {"order": "gaps"}).content.decode()
    assert gaps.index(">流量<") < gaps.index(">日期<")
    one = client.get(f"/listings/{listing.code}/sample/", {"q": "流"}).content.decode()
    assert 'class="brk">流量<' in one and 'class="brk">日期<' not in one


@covers("D4", "R14")
@pytest.mark.django_db
def test_no_public_page_or_feed_shows_a_value_of_important_data(client: Client) -> None:
    listing = rich_listing(columns=COLUMNS, hints=[], sample=[["2026-01-01", "13800138000", "9.25"]], grade="important")
    for address in (f"/listings/{listing.code}/", f"/listings/{listing.code}/sample/", f"/api/listings/{listing.code}/",
                    f"/listings/{listing.code}/why/", "/api/catalogue.jsonld"):
        answer = client.get(address)
        page = b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()
        assert answer.status_code == 200 and not {one for one in ("77.25", "9.25", "1380013") if one in page}, address
    assert Listing.objects.filter(pk=listing.pk).exists()
