"""The first listing, coached: cost, time and what is missing up front; how many got how far, counted from rows (R120)."""

from __future__ import annotations

import pytest
from django.test import Client

from evidence.clock import MARKET_CLOCK, set_market_clock
from kit.coverage import covers
from listings.coaching import FEWEST, drop_off, first_steps
from listings.operations import submit_listing
from participants.roles import Role
from tests.exchange.worlds import signed_in
from tests.factories import NOW, make_actor, make_organization
from tests.listings.worlds import desk_decides, make_draft, make_listed, make_product, make_registered, make_seller
from tests.trading.worlds import make_buyer

pytestmark = pytest.mark.django_db


@covers("R120")
def test_a_newcomer_sees_every_step_what_is_missing_and_how_long_it_takes() -> None:
    organization = make_organization(Role.DATA_MERCHANT)
    steps = first_steps(organization, at=NOW)
    assert [one.key for one in steps] == ["product", "rights", "certificate", "declaration", "draft", "submit", "sale"]
    assert not any(one.done for one in steps) and all(one.missing and all(one.takes) and one.href for one in steps)
    assert "3 个工作日" in steps[2].takes[0] and "within 2 working days" in steps[5].takes[1], "the figures in force"


@covers("R120")
def test_what_stands_already_is_done_and_is_not_asked_again() -> None:
    seller = make_seller()
    done = {one.key: one.done for one in first_steps(seller.organization, at=NOW)}
    assert done == {"product": False, "rights": False, "certificate": False, "declaration": True, "draft": False, "submit": False,
                    "sale": False}
    product, _ = make_registered(seller)
    assert [one.key for one in first_steps(seller.organization, at=NOW) if not one.done] == ["draft", "submit", "sale"]
    version = make_draft(seller, product, title_en="", sector="")
    lacking = next(one for one in first_steps(seller.organization, at=NOW) if one.key == "draft")
    assert {text[1] for text in lacking.missing} == {"Give an English title", "Choose the sector"}
    assert lacking.href == f"/desk/listings/{version.listing.code}/edit/"


@covers("R120")
def test_all_steps_are_done_when_the_product_is_on_sale() -> None:
    seller = make_seller()
    version = submit_listing(version=make_draft(seller), actor=seller.actor, clock=seller.clock)
    assert [one.key for one in first_steps(seller.organization, at=NOW) if not one.done] == ["sale"]
    desk_decides(version, "approve", seller.clock)
    assert all(one.done for one in first_steps(seller.organization, at=NOW))


@covers("R120")
def test_the_drop_off_counts_who_went_all_the_way_so_far_and_hides_what_speaks_of_few() -> None:
    for _ in range(FEWEST):
        make_product(make_organization(Role.DATA_MERCHANT))
    make_listed()
    rows = {one.key: one for one in drop_off(at=NOW)}
    assert (rows["product"].organisations, rows["product"].permille) == (FEWEST + 1, 1000)
    assert (rows["rights"].organisations, rows["rights"].permille) == (1, 1000 // (FEWEST + 1))
    assert rows["certificate"].permille is None, "one of one would speak of a single firm"
    assert rows["sale"].organisations == 1
    assert [one.organisations for one in rows.values()] == sorted((one.organisations for one in rows.values()), reverse=True)


@covers("R120")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_tells_cost_time_prices_and_demand_and_is_no_buyers(language: str) -> None:
    set_market_clock(NOW, 0)
    seller = make_seller()
    make_draft(seller)
    client = signed_in(seller.actor)
    client.cookies["django_language"] = language
    page = client.get("/desk/first-listing/").content.decode()
    zh, en = ("首次挂牌", "2.5%", "成交后才收费", "不足三家"), ("First listing", "2.5%", "only when it is sold", "Fewer")
    words = zh if language == "zh-hans" else en
    assert all(word in page for word in words), [word for word in words if word not in page]
    assert "/desk/first-listing/" in client.get("/desk/listings/").content.decode()
    assert signed_in(make_buyer()).get("/desk/first-listing/").status_code == 403
    assert Client().get("/desk/first-listing/").status_code == 302 and MARKET_CLOCK.now() == NOW
    assert make_actor(Role.REGULATOR)
