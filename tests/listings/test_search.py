"""Search: every substring of two characters of every real title is found, whole words come first, pages neither skip nor repeat."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest
from django.db import connection

from kit.coverage import covers
from kit.ids import new_code
from listings.models import Listing, ListingIndex, ListingVersion
from listings.search import index_listing, matching, search_listings
from listings.words import fold, grams, words
from tests.factories import NOW
from tests.listings.worlds import make_listed, make_product, make_seller

pytestmark = pytest.mark.django_db
FULL = os.environ.get("FULL") == "1"


def _titles(shared: Path) -> list[str]:
    folder = shared / "1-catalogues" / "cn"
    rows = [row for name in ("anhui_wuhu", "anhui_huaibei",
                             "ningxia_yinchuan") for row in json.loads((folder / f"{name}.json").read_text())]
    return sorted({row["标题"] for row in rows if row["标题"]})


def _indexed(titles: list[str]) -> dict[int, str]:
    """Index rows of these titles, written past the listing's own life: only finding is asked here."""
    seller = make_seller().organization
    found: dict[int, str] = {}
    for title in titles:
        listing = Listing.objects.create(code=new_code("LST"), venue=seller.venue, organization=seller, product=make_product(seller),
                                         created_at=NOW)
        listing.version = ListingVersion(title_zh=title, listing=listing, organization=seller)
        index_listing(listing)
        found[listing.pk] = fold(title)
    return found


@covers("D1")
def test_any_two_characters_of_any_real_title_find_exactly_the_texts_that_hold_them(shared: Path) -> None:
    titles = _titles(shared)
    titles = titles if FULL else titles[:150]
    found = _indexed(titles)
    texts = dict(ListingIndex.objects.values_list("listing_id", "text"))
    asked = sorted({title[i : i + 2] for title in found.values() for i in range(len(title) - 1) if " " not in title[i : i + 2]})
    asked = asked if FULL else random.Random(1).sample(asked, 300)
    print(f"search recall: {len(titles)} titles, {len(asked)} pairs")
    for pair in asked:
        assert set(matching(pair).values_list("listing_id", flat=True)) == {key for key, text in texts.items() if pair in text}, pair


def test_the_grams_narrow_and_like_rechecks() -> None:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN SELECT 1 FROM listings_listingindex WHERE grams @> ARRAY['充电']::varchar[] AND text LIKE '%%充电%%'")
        assert cursor.fetchall()
    _indexed(["甲乙丙", "乙甲丙乙"])
    assert matching("甲乙丙").count() == 1, "both pairs stand in the second text, the substring does not"


@pytest.mark.parametrize(("one", "other"), [("ＧＤＰ", "gdp"), ("ｶﾞｽ", "ガス"), ("A\u200bB", "ab"), ("  a \n b ", "a b"), ("㎏", "kg")])
def test_width_case_and_invisible_marks_make_no_difference(one: str, other: str) -> None:
    assert fold(one) == fold(other)
    assert grams(one) == grams(other)


def test_words_are_cut_by_dictionary() -> None:
    assert {"港口", "集装箱", "gdp"} <= set(words("港口集装箱与GDP"))


@covers("D1")
def test_a_whole_word_in_the_title_stands_before_an_accidental_pair() -> None:
    seller = make_seller()
    whole = make_listed(seller, title_zh="城市公交客流量日度数据")
    make_listed(seller, title_zh="上海市公交易额月度汇总数据")
    found = search_listings("公交").items
    assert len(found) == 2 and found[0].pk == whole.pk


def test_several_words_must_all_be_there() -> None:
    seller = make_seller()
    listing = make_listed(seller, title_zh="城市公交客流量日度数据")
    make_listed(seller, title_zh="城市地铁客流量日度数据")
    assert [one.pk for one in search_listings("公交 客流").items] == [listing.pk]


@covers("T58")
def test_pages_by_key_neither_skip_nor_repeat_in_any_order() -> None:
    seller = make_seller()
    made = {make_listed(seller, price_fen=1000 * (number % 3)).pk for number in range(7)}
    for sort in ("newest", "price", "price_desc", "relevance"):
        seen: list[int] = []
        after = ""
        while True:
            page = search_listings("充电", sort=sort, after=after, limit=2)
            seen += [one.pk for one in page.items]
            if page.next is None:
                break
            after = page.next
        assert sorted(seen) == sorted(made), sort
    prices = [one.version.price_fen for one in search_listings(sort="price").items if one.version]
    assert prices == sorted(prices, key=lambda price: price or 0)


@pytest.mark.parametrize("key", ["x", "====", "W10", "WzFd", "bnVsbA", "WyIxIiwgMV0", "WzEsIDEuNV0", "WzEsIHRydWVd", "a" * 500,
                                 "WzEsIDkyMjMzNzIwMzY4NTQ3NzU4MDhd"])
def test_a_broken_page_key_is_the_first_page(key: str) -> None:
    make_listed()
    for sort in ("newest", "price", "relevance"):
        assert len(search_listings("充电", sort=sort, after=key).items) == 1


def test_facets_count_what_matches_and_narrow() -> None:
    seller = make_seller()
    make_listed(seller)
    make_listed(seller, sector="G", title_zh="城市公交客流量日度数据")
    found = search_listings()
    assert dict(found.facets["sector"]) == {"D": 1, "G": 1}
    assert len(search_listings(facets={"sector": ["G"]}).items) == 1
    assert len(search_listings(facets={"sector": ["G"], "unknown": ["x"]}).items) == 1


def test_what_is_off_sale_is_not_found() -> None:
    from listings.operations import suspend_listing

    seller = make_seller()
    listing = make_listed(seller)
    suspend_listing(listing=listing, reason=("自查", "self check"), actor=seller.actor, clock=seller.clock)
    assert search_listings("充电").items == []
