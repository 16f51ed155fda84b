"""R109: what counts for the reference prices: settled here, at a price, within the year; not between tied parties, not as a pilot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from listings.models import ListingVersion, PriceBulletin
from participants.models import Membership, Organization, OwnershipStake
from participants.queries import affiliated
from participants.roles import Role
from settlement.reference_prices import publish_day, settled_between
from settlement.tasks import move_cycle
from tests.delivery.worlds import move, stand_still
from tests.factories import make_organization, make_person, venue
from tests.settlement.worlds import frozen, many_accepted
from trading.models import Trade, TradeState

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _standing(db: None) -> None:
    stand_still()


def settled(count: int = 1, **terms: Any) -> list[Trade]:
    """So many trades settled now, each of the same listing to the same buyer."""
    trades = many_accepted(count, weights=((1,),), **terms)
    ListingVersion.objects.filter(pk=trades[0].version_id).update(sector="D2", category="enterprise")
    move_cycle(cycle=frozen(), clock=MARKET_CLOCK)
    return trades


def read(since: datetime | None = None) -> list[tuple[int, bool, bool]]:
    now = MARKET_CLOCK.now()
    rows = settled_between(venue(), since or now - timedelta(days=365), now + timedelta(seconds=1), share_bps=2_500)
    return [(one.deal.price_fen, one.related, one.pilot) for one in rows]


@covers("R109", "CAP-E3")
def test_a_settled_trade_counts_with_its_section_of_industry_and_way_of_selling() -> None:
    trade = settled(prices=(500,))[0]
    one, = settled_between(venue(), MARKET_CLOCK.now(), MARKET_CLOCK.now() + timedelta(seconds=1), share_bps=2_500)
    assert one.deal[:6] == ("enterprise", "D", "fixed", trade.seller_id, trade.buyer_id, 500) and not one.related and not one.pilot


@covers("R109")
def test_what_is_not_settled_given_away_undone_or_older_is_no_price() -> None:
    settled(prices=(0,))
    undone, = settled(prices=(700,))
    TradeState.objects.filter(trade=undone).update(status="unwound")
    many_accepted(1)
    assert read() == []
    settled(prices=(800,))
    assert read() == [(800, False, False)] and read(MARKET_CLOCK.now() + timedelta(microseconds=1)) == []


def owned_by_the_other(trade: Trade) -> None:
    _stake(trade.seller, trade.buyer, 2_500)


def below_the_line(trade: Trade) -> None:
    _stake(trade.seller, trade.buyer, 2_499)


def sisters_of_one_house(trade: Trade) -> None:
    house, between = make_organization(), make_organization()
    _stake(house, trade.seller, 3_000)
    _stake(house, between, 9_000)
    _stake(between, trade.buyer, 3_000)


def one_person_for_both(trade: Trade) -> None:
    person = make_person()
    for party, role in ((trade.seller, Role.DATA_MERCHANT), (trade.buyer, Role.BUYER)):
        Membership.objects.create(person=person, organization=party, role=role, capabilities=[],
                                  effective_from=trade.executed_at - timedelta(days=9))


def tied_since_only(trade: Trade) -> None:
    _stake(trade.seller, trade.buyer, 9_000, trade.executed_at + timedelta(seconds=1))


def _stake(owner: Organization, owned: Organization, share_bps: int, since: datetime | None = None) -> None:
    OwnershipStake.objects.create(owner=owner, owned=owned, share_bps=share_bps, source="",
                                  effective_from=since or MARKET_CLOCK.now() - timedelta(days=30))


@covers("R109")
@pytest.mark.parametrize(("tie", "left_out"), [
    (owned_by_the_other, True), (below_the_line, False), (sisters_of_one_house, True), (one_person_for_both, True),
    (tied_since_only, False)])
def test_trades_of_tied_parties_are_left_out_as_they_stood_when_they_traded(tie: Callable[[Trade], None], left_out: bool) -> None:
    trade, = settled(prices=(900,))
    tie(trade)
    assert affiliated(trade.seller, trade.buyer, at=trade.executed_at) is left_out, "the rule asked pair by pair says the same"
    assert read() == [(900, left_out, False)]


@covers("R109", "R82")
def test_what_was_sold_as_a_pilot_is_left_out() -> None:
    settled(prices=(900,), agreement={"pilot": "PIL-1"})
    settled(prices=(800,))
    assert sorted(read()) == [(800, False, False), (900, False, True)]


@covers("R109", "CAP-E3")
def test_each_market_day_gets_one_bulletin_over_the_year_that_ended_as_it_began() -> None:
    settled(3, prices=(100, 200, 300))
    assert publish_day(venue=venue(), clock=MARKET_CLOCK) and not publish_day(venue=venue(), clock=MARKET_CLOCK)
    first = PriceBulletin.objects.get()
    assert (first.trades, str(first.day), str(first.since)) == (0, "2031-03-03", "2030-03-03"), "what is settled today counts from tomorrow"
    move(days=1)
    assert publish_day(venue=venue(), clock=MARKET_CLOCK)
    second = PriceBulletin.objects.get(day="2031-03-04")
    assert second.trades == 3 and {one.withheld for one in second.prices.all()} == {"few_trades"}
    move(days=366)
    publish_day(venue=venue(), clock=MARKET_CLOCK)
    assert PriceBulletin.objects.order_by("-day")[0].trades == 0, "a year on they have dropped out"


@covers("R109", "R45")
def test_the_ceiling_of_a_metered_licence_is_no_price() -> None:
    metered, = settled(prices=(900,))
    plan = {"plan": {"months": 1, "base_fen": 0, "free": 0, "bands": [[None, 1_000]]}}
    ListingVersion.objects.filter(pk=metered.version_id).update(use_terms=plan)
    assert read() == []
