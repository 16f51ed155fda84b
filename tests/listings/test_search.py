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
from listings.common_pairs import COMMON, CommonPairs
from listings.matching import asked, both, tiers
from listings.models import Listing, ListingIndex, ListingVersion
from listings.search import index_listing, search_listings
from listings.words import fold, gram, grams, slips, vector, words
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


def matching(query: str) -> set[int]:
    """The index rows that hold every term of a query, whatever their rank."""
    ranks, _ = tiers(asked(query))
    held = both(ranks[:3], " OR ")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT listing_id FROM listings_listingindex WHERE {held.sql}", held.values)
        return {row[0] for row in cursor.fetchall()}


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
        assert matching(pair) == {key for key, text in texts.items() if pair in text}, pair


@covers("D1", "T58")
@pytest.mark.parametrize("rows", [1, 3, 50])
def test_reading_the_newest_first_changes_how_a_page_is_found_never_what_is_found(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seller = make_seller()
    for number in range(6):
        make_listed(seller, title_zh=f"城市公交客流量日度数据{number}")
        make_listed(seller, title_zh=f"上海市公交易额月度汇总数据{number}", keywords="公交" if number % 2 else "电力")

    def walk(query: str) -> list[str]:
        after, found = "", []
        while True:
            page = search_listings(query, after=after, limit=4, with_facets=False)
            found += [one.code for one in page.items]
            if not (after := page.next or ""):
                return found

    for query in ("公交", "公交 数据", "市公", "月度汇总"):
        monkeypatch.setattr(COMMON, "window", lambda pairs: 0)
        asked_of_the_index = walk(query)
        monkeypatch.setattr(COMMON, "window", lambda pairs: rows)
        assert asked_of_the_index and walk(query) == asked_of_the_index, query


def test_what_the_statistics_call_common_is_read_and_read_again() -> None:
    _indexed([f"数据公开第{number}期" for number in range(30)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE listings_listingindex")
    few = CommonPairs(every=2)
    often, less = gram("数据"), gram("据公")
    assert few.window([often]) == 0, "thirty rows are no crowd"
    few.shares = {often: 0.5, less: 0.01}
    assert few.window([often]) == 1600 and few.window([often, less]) == 0, "read again after two searches"


def test_the_grams_narrow_and_like_rechecks() -> None:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN SELECT 1 FROM listings_listingindex WHERE grams @> %s AND text LIKE '%%充电%%'", [grams("充电")])
        assert cursor.fetchall()
    _indexed(["甲乙丙", "乙甲丙乙"])
    assert len(matching("甲乙丙")) == 1, "both pairs stand in the second text, the substring does not"


def test_pairs_that_share_a_number_are_told_apart_by_the_text() -> None:
    sharing = next(chr(first) + chr(second) for first in range(0x4E00, 0x9FA5, 7) for second in range(0x4E00, 0x9FA5)
                   if gram(chr(first) + chr(second)) == gram("充电"))
    _indexed([f"甲{sharing}乙", "甲充电乙"])
    assert len(matching("充电")) == len(matching(sharing)) == 1 and matching("充电") != matching(sharing)


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
    assert dict(found.facets["sector"]) == {"D": 1, "G": 1} and dict(found.facets["sale"]) == {"fixed": 2} and not found.crowded
    assert len(search_listings(facets={"sector": ["G"]}).items) == 1
    assert len(search_listings(facets={"sector": ["G"], "unknown": ["x"]}).items) == 1


def test_what_is_off_sale_is_not_found() -> None:
    from listings.operations import suspend_listing

    seller = make_seller()
    listing = make_listed(seller)
    suspend_listing(listing=listing, reason=("自查", "self check"), actor=seller.actor, clock=seller.clock)
    assert search_listings("充电").items == []


@covers("D1")
@pytest.mark.parametrize(("asked_for", "found"), [("用电", 1), ("electricity", 1), ("气象", 0)])
def test_where_the_words_themselves_are_not_held_words_of_the_same_meaning_are(asked_for: str, found: int) -> None:
    make_listed(title_zh="工业园区电力负荷日度数据", title_en="Daily load of industrial parks", sector="C")
    result = search_listings(asked_for)
    assert len(result.items) == found and not result.guessed


@covers("D1")
def test_words_held_stand_before_words_of_the_same_meaning() -> None:
    seller = make_seller()
    make_listed(seller, title_zh="工业园区电力负荷日度数据", sector="C")
    held = make_listed(seller, title_zh="居民用电量月度数据", sector="C")
    make_listed(seller, title_zh="城市电力价格数据", sector="C")
    assert search_listings("用电").items[0].pk == held.pk


@covers("D1")
@pytest.mark.parametrize("typed", ["充电装利用率", "充电利用率", "充电桩的利用率", "charging pole utilisation", "utilizations"])
def test_one_slip_of_the_pen_still_finds_and_the_page_says_that_it_guessed(typed: str) -> None:
    listing = make_listed()
    found = search_listings(typed)
    if typed == "utilizations":
        assert found.items == [] and not found.guessed, "two slips are too many"
    else:
        assert [one.pk for one in found.items] == [listing.pk] and found.guessed


def test_a_slip_is_looked_for_only_where_two_neighbours_are_left() -> None:
    assert [pairs for pairs, _ in slips("甲乙丙")] == [grams("乙丙"), grams("甲乙")], "the middle place leaves no neighbours"
    assert list(slips("甲乙")) == []


def test_a_word_counts_with_its_best_place() -> None:
    assert vector([("A", "公交 bus"), ("C", "公交 line")]) == "'公交':1A 'bus':1A 'line':1C"


@covers("T57", "T58")
@pytest.mark.parametrize("query", ["%", "%%%", "_", "__%__", "' OR 1=1 --", "\\", "a' | 'b", ":*", "甲:A & !乙", "\x00\x01",
                                   "()[]{}*+?.^$|", "，" * 300])
def test_signs_of_sql_like_patterns_and_word_queries_are_only_characters(query: str) -> None:
    make_listed()
    for sort in ("relevance", "newest", "price"):
        search_listings(query, sort=sort, facets={"sector": [query]})
    assert search_listings("%%%").items == [], "a percent sign is no wildcard"


def naive_search(query: str, facets: dict[str, str], sort: str) -> list[str]:
    """What T57 is about: the query is put into the SQL, the keys of the address are taken for fields, the order for a column."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT listing_id FROM listings_listingindex WHERE text LIKE '%%{query}%%'", [])
        keys = [row[0] for row in cursor.fetchall()]
    return list(Listing.objects.filter(pk__in=keys, **facets).order_by(sort).values_list("code", flat=True))


@covers("T57")
def test_a_key_of_the_address_asks_no_hidden_field_and_the_naive_search_is_asked_for_a_password_letter_by_letter() -> None:
    shown, other = make_listed(), make_listed(title_zh="城市公交客流量日度数据")
    password = shown.organization.memberships.values_list("person__users__password", flat=True)[0]
    hidden = "organization__memberships__person__users__password__startswith"
    right, wrong = password[:30], "?"
    assert naive_search("数据", {hidden: right}, "id") and not naive_search("数据", {hidden: wrong}, "id"), "it says which letter is right"
    both_shown = sorted([shown.code, other.code])
    for letters in (right, wrong):
        found = search_listings("数据", facets={hidden: [letters], "sector": []}, sort=hidden)
        assert sorted(one.code for one in found.items) == both_shown and hidden not in found.facets, "it narrows nothing and tells nothing"


@covers("T57")
@pytest.mark.parametrize("query", ["' OR 1=1 --", "x' OR on_sale --", "' UNION SELECT id FROM listings_listing --"])
def test_a_piece_of_sql_finds_nothing_where_the_naive_search_finds_everything(query: str) -> None:
    listing = make_listed()
    assert naive_search(query, {}, "id") == [listing.code], "the naive search runs what was typed"
    assert search_listings(query).items == []


@covers("T57")
@pytest.mark.parametrize("sort", ["organization__memberships__person__users__password", "-pk", "price_fen; DROP TABLE x", "?"])
def test_an_order_that_is_none_of_the_four_is_the_usual_one(sort: str) -> None:
    seller = make_seller()
    newest = [make_listed(seller, price_fen=1000 * number).code for number in range(1, 4)][::-1]
    found = search_listings(sort=sort)
    assert found.sort == "newest" and [one.code for one in found.items] == newest


@covers("D1", "T58")
def test_a_page_asks_three_statements_whatever_was_found(django_assert_num_queries: object) -> None:
    seller = make_seller()
    for number in range(4):
        make_listed(seller, title_zh=f"城市公交客流量第{number}期数据")
    with django_assert_num_queries(3):  # type: ignore[operator]
        assert len(search_listings("公交", limit=2).items) == 2
