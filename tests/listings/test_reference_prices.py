"""R109 and CAP-E3: reference prices are what was paid, by quartile, and are told only where nobody's own price is told."""

from __future__ import annotations

from fractions import Fraction

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.bundle import lines_root
from evidence.models import Record
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import PriceBulletin, ReferencePrice
from listings.reference_prices import Deal, Floors, Group, bulletin_of, price_for, publish_prices, series_of, summed_up
from participants.roles import Role
from tests.factories import NOW, clock, make_actor, venue
from tests.listings.worlds import make_listed

FLOORS = Floors(least_trades=10, least_parties=5, most_share_bps=5_000)
TODAY = NOW.date()


def deals(*fens: int, sellers: int = 5, buyers: int = 5, mode: str = "fixed", sector: str = "D") -> list[Deal]:
    return [Deal("enterprise", sector, mode, n % sellers, 100 + n % buyers, fen) for n, fen in enumerate(fens)]


TEN = deals(*(100 * n for n in range(1, 11)))


@covers("R109", "CAP-E3")
def test_ten_prices_of_one_to_ten_yuan_have_quartiles_three_five_and_eight() -> None:
    every, whole, fixed = summed_up(TEN, FLOORS)
    assert (every.group, whole.group, fixed.group) == (
        Group("enterprise", "", ""), Group("enterprise", "D", ""), Group("enterprise", "D", "fixed"))
    assert (whole.low_fen, whole.median_fen, whole.high_fen) == (300, 500, 800)
    assert (whole.trades, whole.sellers, whole.buyers, whole.withheld) == (10, 5, 5, "")


@covers("R109", "CAP-E3")
@pytest.mark.parametrize(("given_deals", "why"), [
    (TEN[:9], "few_trades"),
    (deals(*[100] * 12, sellers=4), "few_parties"),
    (deals(*[100] * 12, buyers=4), "few_parties"),
    ([*TEN, *[Deal("enterprise", "D", "fixed", 0, 100 + n % 5, 100) for n in range(10)]], "one_party"),  # 12 of 20 trades are one seller's
    ([*TEN, Deal("enterprise", "D", "fixed", 1, 100, 10_000)], "one_party"),  # few trades, but nearly all of the money
])
def test_what_would_speak_of_single_parties_is_withheld_without_a_figure(given_deals: list[Deal], why: str) -> None:
    for one in summed_up(given_deals, FLOORS):
        assert one.withheld == why
        assert {one.trades, one.sellers, one.buyers, one.low_fen, one.median_fen, one.high_fen} == {None}


@covers("R109")
def test_exactly_half_is_told_and_one_fen_more_is_not() -> None:
    half = [Deal("public", "G", "auction", n, 50 + n, fen) for n, fen in enumerate([900, *[100] * 9])]
    assert summed_up(half, FLOORS)[0].withheld == ""
    half[0] = half[0]._replace(price_fen=901)
    assert summed_up(half, FLOORS)[0].withheld == "one_party"


@covers("R109")
def test_a_way_of_selling_below_the_floor_is_withheld_while_the_whole_is_told() -> None:
    found = {one.group.mode: one.withheld for one in summed_up([*TEN, *deals(200, 300, mode="auction")], FLOORS)}
    assert found == {"": "", "fixed": "", "auction": "few_trades"}


@covers("R109", "CAP-E3")
def test_every_industry_together_is_told_while_each_has_too_few_trades_and_never_over_two_kinds_of_data() -> None:
    few = [*deals(*[100] * 5, sector="D"), *deals(*[300] * 5, sector="G"), *[one._replace(category="public") for one in TEN[:9]]]
    found = {one.group: one for one in summed_up(few, FLOORS)}
    every = found.pop(Group("enterprise", "", ""))
    assert (every.withheld, every.trades, every.low_fen, every.high_fen) == ("", 10, 100, 300)
    assert {one.withheld for one in found.values()} == {"few_trades"}


def naive(group: list[Deal], floors: Floors) -> tuple[int, ...] | None:
    """The rule as one would say it, deal by deal and price by price."""
    sides = [[one.seller for one in group], [one.buyer for one in group]]
    whole = sum(one.price_fen for one in group)
    if len(group) < floors.least_trades or any(len(set(side)) < floors.least_parties for side in sides):
        return None
    for side in sides:
        for party in side:
            own = [one.price_fen for one, whose in zip(group, side, strict=True) if whose == party]
            if max(Fraction(len(own), len(group)), Fraction(sum(own), whole)) > Fraction(floors.most_share_bps, 10_000):
                return None
    return tuple(min(one.price_fen for one in group if Fraction(sum(two.price_fen <= one.price_fen for two in group), len(group)) >= part)
                 for part in (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)))


@covers("R109", "CAP-E3")
@settings(suppress_health_check=[HealthCheck.too_slow])  # on a busy machine the first draw alone is
@given(st.lists(st.builds(Deal, st.sampled_from(["public", "enterprise"]), st.sampled_from("DG"), st.sampled_from(["fixed", "auction"]),
                          st.integers(0, 4), st.integers(5, 9), st.integers(1, 30)), max_size=40),
       st.builds(Floors, st.integers(1, 5), st.integers(1, 3), st.integers(3_000, 10_000)))
def test_every_group_is_as_the_rule_says_deal_by_deal(given_deals: list[Deal], floors: Floors) -> None:
    found = {one.group: one for one in summed_up(given_deals, floors)}
    assert set(found) == {group for one in given_deals for group in (
        Group(one.category, "", ""), Group(one.category, one.sector, ""), Group(one.category, one.sector, one.mode))}
    for group, one in found.items():
        said = naive([deal for deal in given_deals if deal.category == group.category and group.sector in {"", deal.sector}
                      and group.mode in {"", deal.mode}], floors)
        assert said == ((one.low_fen, one.median_fen, one.high_fen) if not one.withheld else None)


# ---- published --------------------------------------------------------------------------------------------------------------------


def published(given_deals: list[Deal], at: str = "") -> PriceBulletin | None:
    day = TODAY if not at else type(TODAY).fromisoformat(at)
    return publish_prices(venue=venue(), day=day, since=day.replace(year=day.year - 1), deals=given_deals, related=3, pilots=1,
                          floors=FLOORS, actor=SYSTEM, clock=clock())


@covers("R109", "CAP-E3")
@pytest.mark.django_db
def test_a_days_prices_are_written_once_with_their_method_and_the_record_book_holds_their_root() -> None:
    made = published([*TEN, *deals(100, sector="G")])
    assert made is not None and published(TEN) is None and bulletin_of(venue()) == made
    assert (made.trades, made.related, made.pilots, made.least_trades, made.since) == (11, 3, 1, 10, TODAY.replace(year=TODAY.year - 1))
    told, hidden = made.prices.get(sector="D", mode=""), made.prices.get(sector="G", mode="")
    assert (told.low_fen, told.median_fen, told.high_fen, told.trades) == (300, 500, 800, 10)
    assert (hidden.withheld, hidden.median_fen, hidden.trades) == ("few_trades", None, None)
    fact = Record.objects.get(kind="listings.prices.published").payload
    names = ("category", "sector", "mode", "withheld", "trades", "sellers", "buyers", "low_fen", "median_fen", "high_fen")
    assert fact["lines_root"] == made.lines_root == lines_root(
        [{name: getattr(one, name) for name in names} for one in made.prices.order_by("pk")])
    assert (fact["lines"], fact["told"]) == (5, 3)


@covers("R109")
@pytest.mark.django_db
def test_a_day_without_a_trade_has_a_bulletin_that_tells_none() -> None:
    made = published([])
    assert made is not None and made.trades == 0 and not made.prices.exists()


@covers("R109")
@pytest.mark.django_db
def test_a_versions_price_is_that_of_its_category_and_sector_in_the_newest_bulletin() -> None:
    version = make_listed(sector="D").version
    assert version is not None and price_for(version) is None
    published(deals(*[100] * 10), "2026-10-30")
    published(TEN)
    found = price_for(version)
    assert found is not None and (found.median_fen, found.bulletin.day) == (500, TODAY)
    assert series_of([found], found.bulletin) == {Group("enterprise", "D", ""): [100, 500]}


@covers("R109")
@pytest.mark.django_db
def test_nobody_publishes_prices_by_hand() -> None:
    with pytest.raises(Rejected) as refused:
        publish_prices(venue=venue(), day=TODAY, since=TODAY.replace(year=2025), deals=TEN, related=0, pilots=0, floors=FLOORS,
                       actor=make_actor(Role.VENUE_OPERATOR), clock=clock())
    assert refused.value.status == 403


@covers("R109")
@pytest.mark.django_db
@pytest.mark.parametrize("fields", [
    {"withheld": "few_trades", "median_fen": 5},  # withheld, and told all the same
    {"trades": 10, "sellers": 5, "buyers": 5},  # told, without a price
    {"trades": 10, "sellers": 5, "buyers": 5, "low_fen": 9, "median_fen": 5, "high_fen": 7},
])
def test_the_database_keeps_no_line_that_is_both_told_and_withheld_or_neither(fields: dict[str, object]) -> None:
    made = published([])
    with pytest.raises(IntegrityError, match="told_or_withheld"), transaction.atomic():
        ReferencePrice.objects.create(bulletin=made, category="public", sector="D", mode="", **fields)


@covers("R109")
@pytest.mark.django_db
def test_what_was_published_is_never_changed() -> None:
    made = published(TEN)
    assert made is not None
    for statement in ("UPDATE listings_referenceprice SET median_fen = 1", "DELETE FROM listings_referenceprice",
                      "UPDATE listings_pricebulletin SET trades = 1"):
        with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
