"""R79, R85 and R90 over the market itself: what fires becomes an alert with a deadline at the surveillance desk, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from compliance.cases import claim_case, close_case
from compliance.models import Case
from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from listings.models import Listing, ListingVersion
from listings.search import index_listing, rows_of
from participants.models import Membership, Organization, OwnershipStake, PartyProfile
from participants.queries import affiliated, house_venue, tied_to, venue_organization
from participants.roles import Role
from tests.exchange.worlds import signed_in
from tests.factories import make_actor, make_organization, make_person, sized
from tests.trading.worlds import bought, make_listing, move
from trading import competition
from trading.competition import market_sales, watch_competition

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
FIXED = {"sale_mode": "fixed", "sector": "D"}


def alerts(flag: str) -> list[Case]:
    return list(Case.objects.filter(kind="alert", flags__contains=[flag]).order_by("pk"))


def watched() -> int:
    return watch_competition(clock=MARKET_CLOCK)


def close(case: Case) -> None:
    officer: dict[str, Any] = {"actor": make_actor(Role.SURVEILLANCE), "clock": MARKET_CLOCK}
    close_case(case=claim_case(case=case, **officer), outcome="no_action", text="已核查", **officer)


def stake(owner: Organization, owned: Organization, share_bps: int = 3_000) -> None:
    OwnershipStake.objects.create(owner=owner, owned=owned, share_bps=share_bps, source="", effective_from=MARKET_CLOCK.now())


# ---- dominance --------------------------------------------------------------------------------------------------------------


def market(shares: dict[str, int], *, trades: int = 12) -> dict[str, str]:
    """A market of energy data in which each seller sold for its share of a million, in equal trades; their codes by name."""
    buyer, found = make_organization(Role.BUYER), {}
    for name, percent in shares.items():
        listing = make_listing(make_organization(short_name=name), **FIXED)
        found[name] = listing.organization.code
        for _ in range(-(-trades // len(shares))):
            bought(buyer, percent * 1_000, MARKET_CLOCK.now(), listing=listing)
    return found


@covers("R79", "R85", "M4")
@pytest.mark.parametrize(("shares", "presumed"), [
    ({"a": 50, "b": 9, "c": 9, "d": 8, "e": 8, "f": 8, "g": 8}, {"a"}),
    ({"a": 60, "b": 7, "c": 6, "d": 6, "e": 6, "f": 5, "g": 5, "h": 5}, {"a"}),
    ({"a": 40, "b": 30, "c": 6, **{f"x{n}": 4 for n in range(6)}}, {"a", "b"}),
    ({f"x{n}": 10 for n in range(10)}, set())])
def test_a_market_in_which_somebody_is_presumed_dominant_is_looked_at_within_a_working_day(shares: dict[str, int], presumed: set[str]
                                                                                          ) -> None:
    codes = market(shares)
    assert watched() == bool(presumed)
    for case in alerts("dominance"):
        said = case.entries.get().text
        assert {name for name, code in codes.items() if code in said} == presumed and "HHI" in said
        assert (case.queue, case.subject_code) == ("surveillance", "DOM-D-enterprise") and case.due_at > MARKET_CLOCK.now()


@covers("R79", "R85")
def test_a_market_of_few_trades_says_nothing_and_the_same_quarter_is_alerted_once() -> None:
    market({"a": 90, "b": 10}, trades=8)
    assert watched() == 0
    market({"a": 90, "b": 10}, trades=8)
    assert [watched(), watched()] == [1, 0]
    close(alerts("dominance")[0])
    assert watched() == 0, "closed on the same inputs, it stays closed"
    move(days=95)
    assert watched() == 1, "the next quarter is looked at anew"


def placed(name: str, region: str, *, percent: int, trades: int, buyer: Organization) -> str:
    """A seller registered in a region, and its sales in one industry; its code."""
    seller = make_organization(short_name=name)
    PartyProfile.objects.create(organization=seller, region=region, updated_at=MARKET_CLOCK.now())
    listing = make_listing(seller, **FIXED)
    for _ in range(trades):
        bought(buyer, percent * 1_000, MARKET_CLOCK.now(), listing=listing)
    return seller.code


@covers("R79", "R85", "H5")
def test_who_dominates_one_province_is_seen_where_the_whole_industry_hides_it() -> None:
    buyer = make_organization(Role.BUYER)
    local = placed("沪上", "310115", percent=20, trades=10, buyer=buyer)
    placed("沪下", "310104", percent=2, trades=2, buyer=buyer)
    for number in range(5):
        placed(f"外地{number}", f"4403{number:02d}", percent=20, trades=4, buyer=buyer)
    assert watched() == 1
    case, = alerts("dominance")
    assert case.subject_code == "DOM-D-CN31" and "上海" in case.title_zh and "Shanghai" in case.title_en
    assert local in case.entries.get().text


@covers("R79", "H5")
def test_the_same_sales_are_no_second_market() -> None:
    buyer = make_organization(Role.BUYER)
    placed("独家", "310115", percent=80, trades=10, buyer=buyer)
    placed("旁家", "310104", percent=5, trades=4, buyer=buyer)
    assert watched() == 1, "one class, one industry, one province: one market"
    assert [one.subject_code for one in alerts("dominance")] == ["DOM-D-enterprise"]


@covers("R79", "H5")
def test_markets_are_summed_by_class_by_industry_and_by_province_and_lose_no_sale() -> None:
    buyer, now = make_organization(Role.BUYER), MARKET_CLOCK.now()
    one = placed("甲", "310115", percent=10, trades=2, buyer=buyer)
    two = placed("乙", "440304", percent=30, trades=1, buyer=buyer)
    nowhere = make_organization(short_name="丙")
    bought(buyer, 5_000, now, listing=make_listing(nowhere, **FIXED))
    by_class, by_industry, by_region = (market_sales(now, cut)[0] for cut in ("class", "industry", "region"))
    assert set(by_class) == {("enterprise", "D")}
    assert set(by_industry) == {("", "D")} and set(by_industry["", "D"]) == {one, two, nowhere.code}
    assert {key: set(row) for key, row in by_region.items()} == {("31", "D"): {one}, ("44", "D"): {two}}
    assert sum(sum(row.values()) for row in by_class.values()) == sum(by_industry["", "D"].values())


@covers("H5")
@pytest.mark.parametrize("cut", ["class", "industry", "region", "nonsense"])
def test_the_page_shows_concentration_by_each_cut_and_by_party(cut: str) -> None:
    buyer = make_organization(Role.BUYER)
    placed("沪上数据", "310115", percent=20, trades=3, buyer=buyer)
    page = signed_in(make_actor(Role.REGULATOR)).get(f"/admin/watch/concentration/?by={cut}")
    shown = page.content.decode()
    assert page.status_code == 200 and "沪上数据" in shown
    assert ("上海" in shown) == (cut == "region")


# ---- parallel prices ----------------------------------------------------------------------------------------------------------


def repriced(seller: Organization, *days: int, up: bool = True) -> Listing:
    """A listing whose list price moved on these days of the past year."""
    listing = make_listing(seller, **FIXED)
    start, at = MARKET_CLOCK.now() - timedelta(days=360), MARKET_CLOCK.now()
    for number, day in enumerate([0, *days]):
        row = ListingVersion.objects.create(
            code=new_code("LSV"), organization=seller, listing=listing, number=2 + number, title_zh="x", category="enterprise",
            stage="product", grade="general", content_hash="1" * 64, price_fen=1_000_000 + (10_000 if up else -10_000) * number,
            created_at=at, updated_at=at, published_at=start + timedelta(days=day), **FIXED)
        for status in ("submitted", "approved", "withdrawn"):
            row.status = status
            row.save(update_fields=["status"])
    return listing


@covers("R90")
def test_independent_sellers_whose_prices_rise_together_are_alerted_and_those_of_one_house_are_not() -> None:
    one, two, slow, sister = (make_organization() for _ in range(4))
    repriced(one, 20, 120, 220, 320)
    repriced(two, 21, 119, 222, 320)
    repriced(slow, 60, 160, 260)
    repriced(sister, 20, 120, 220, 320)
    stake(one, sister)
    stake(two, sister)
    assert [watched(), watched()] == [1, 0]
    case, = alerts("parallel_prices")
    said = case.entries.get().text
    assert one.code in said and two.code in said and slow.code not in said and "4/4" in said and "反垄断法" in said
    close(case)
    assert watched() == 0
    repriced(two, 340)
    repriced(one, 341)
    assert watched() == 1, "further moves are further inputs"


@covers("R90")
def test_opposite_moves_raise_nothing() -> None:
    repriced(make_organization(), 20, 120, 220, 320)
    repriced(make_organization(), 20, 120, 220, 320, up=False)
    assert watched() == 0


# ---- search ---------------------------------------------------------------------------------------------------------------------


def catalogue() -> list[Listing]:
    """Ten listings of energy data at rising prices, the fourth and the eighth of a firm in which the venue holds three tenths."""
    tied = make_organization()
    stake(venue_organization(house_venue()), tied)
    found = []
    for number in range(10):
        move(hours=1)
        found.append(make_listing(tied if number in {3, 7} else None, sale_mode="fixed", sector="D", price_fen=1_000_000 + number * 1_000))
        index_listing(found[-1])
    return found


def with_a_ranking(monkeypatch: pytest.MonkeyPatch, order: Callable[[list[Any], set[int]], list[Any]]) -> None:
    """Puts a ranking in the place of the house's, which returns the same rows in another order."""
    tied = set(Listing.objects.filter(organization__in=tied_to(venue_organization(house_venue()), at=MARKET_CLOCK.now()))
               .values_list("pk", flat=True))
    monkeypatch.setattr(competition, "rows_of", lambda page: order(rows_of(page), tied))


@covers("R90", "R53")
def test_the_houses_own_ranking_prefers_nobody_and_one_that_lifts_its_own_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue()
    assert watched() == 0, "the venue's own stand where the published order puts them"
    with_a_ranking(monkeypatch, lambda rows, tied: sorted(rows, key=lambda row: row[0] not in tied))
    assert [watched(), watched()] == [1, 0]
    case, = alerts("self_preference")
    assert "lowered 0" in case.entries.get().text and case.queue == "surveillance"
    desk = signed_in(make_actor(Role.SURVEILLANCE)).get(f"/admin/cases/{case.code}/").content.decode()
    assert "搜索排序疑似偏向本所关联方" in desk and "lowered 0" in desk


@covers("R90")
def test_a_ranking_that_is_only_broken_is_no_preference(monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue()
    with_a_ranking(monkeypatch, lambda rows, tied: rows[::-1])
    assert not alerts("self_preference") and watched() == 0


@covers("R90", "R53")
def test_those_tied_to_the_venue_are_all_that_pairwise_asking_finds() -> None:
    house, at = venue_organization(house_venue()), MARKET_CLOCK.now()
    parent, daughter, grandchild, sister, minor, stranger = (make_organization() for _ in range(6))
    stake(parent, house)
    stake(house, daughter)
    stake(daughter, grandchild)
    stake(parent, sister)
    stake(house, minor, 2_499)
    person, shared = make_person(), make_organization()
    for one in (house, shared):
        Membership.objects.create(person=person, organization=one, role=Role.DATA_MERCHANT, capabilities=[], effective_from=at)
    everyone = [parent, daughter, grandchild, sister, minor, stranger, shared]
    assert {one.pk for one in everyone if affiliated(house, one, at=at)} == tied_to(house, at=at) - {house.pk}
    assert {minor.pk, stranger.pk} == {one.pk for one in everyone} - tied_to(house, at=at)


# ---- equal terms ------------------------------------------------------------------------------------------------------------


def asked_of(seller: Organization, size: str, fen: int, **terms: Any) -> None:
    """Three deals of a seller with three firms of a size, each for the same."""
    listing = make_listing(seller, **{**FIXED, "delivery_mode": "download", "use_terms": {"term_days": 365}, **terms})
    for _ in range(3):
        buyer = make_organization(Role.BUYER)
        sized(buyer, size)
        bought(buyer, fen, MARKET_CLOCK.now(), listing=listing)


@covers("R24", "R85", "CAP-E12")
def test_a_large_seller_that_asks_more_of_small_firms_is_asked_why_and_a_ground_of_the_law_is_recorded_with_its_reason() -> None:
    large = make_organization()
    sized(large, "large")
    asked_of(large, "micro", 30_000)
    asked_of(large, "medium", 20_000)
    assert [watched(), watched()] == [1, 0]
    case, = alerts("unequal_terms")
    said = case.entries.get().text
    assert "small ¥300" in said and "peers ¥200" in said and case.organization == large, "the seller can be asked"
    officer: dict[str, Any] = {"actor": make_actor(Role.SURVEILLANCE), "clock": MARKET_CLOCK}
    held = claim_case(case=case, **officer)
    desk = signed_in(officer["actor"]).get(f"/admin/cases/{case.code}/").content.decode()
    assert "合理期限内的新用户优惠" in desk
    with pytest.raises(Rejected) as refused:
        close_case(case=held, outcome="new_user_offer", **officer)
    assert refused.value.code == "compliance.case.exception_unreasoned" and refused.value.text("next_step", "en")
    ended = close_case(case=held, outcome="new_user_offer", text="首季新用户价，对所有新用户一致", **officer)
    assert (ended.outcome, watched()) == ("new_user_offer", 0)


@covers("R24")
@pytest.mark.parametrize(("seller_size", "terms"), [
    ("medium", {}), ("", {}), ("large", {"use_terms": {"term_days": 30}}), ("large", {"delivery_mode": "api"})])
def test_what_is_not_like_or_no_large_partys_is_not_compared(seller_size: str, terms: dict[str, Any]) -> None:
    seller = make_organization()
    if seller_size:
        sized(seller, seller_size)
    asked_of(seller, "small", 30_000)
    asked_of(seller, "large", 20_000, **terms)
    assert watched() == 0
