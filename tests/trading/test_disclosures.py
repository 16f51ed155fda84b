"""Each supplier discloses its quarter (R92): what it holds registered, its deals in sums, its exclusive licences; computed, never typed in.

Worked example: in the first quarter of 2031 a firm makes three deals with three buyers for 100, 200 and 300 yuan: three, 600 yuan in all.
A second firm with two deals discloses the number, no sum.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from kit.ids import new_code
from listings.models import Listing, ListingVersion, PropertyRight, RegistrationCertificate
from listings.operations import revoke_certificate
from participants.models import Organization
from participants.roles import Role
from tests.factories import make_actor, make_organization
from tests.listings.worlds import make_right
from tests.trading.worlds import bought, make_listing, move
from trading.disclosures import Quarter, closed_quarters, disclosing, disclosure_of, quarter_named

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]
FIRST = Quarter(2031, 1)


def sold(listing: Listing, *fens: int, moved: str = "", buyer: Organization | None = None) -> None:
    for fen in fens:
        bought(buyer or make_organization(Role.BUYER), fen, MARKET_CLOCK.now(), listing=listing, moved=moved)


@covers("R92")
def test_a_quarter_is_told_when_it_is_over_by_the_calendar_of_the_market() -> None:
    assert [one.name for one in closed_quarters(MARKET_CLOCK.now())] == ["2030Q4", "2030Q3", "2030Q2", "2030Q1"], "in March 2031"
    assert quarter_named("2031Q1", MARKET_CLOCK.now()) is None and quarter_named("2031Q1", FIRST.ends) == FIRST
    assert (FIRST.begins, FIRST.ends) == (datetime(2030, 12, 31, 16, tzinfo=UTC), datetime(2031, 3, 31, 16, tzinfo=UTC)), "local days"
    for name in ("", "2031", "2031Q5", "Q1", "２０３０Q1", "99999Q1", "2031Q1; --"):
        assert quarter_named(name, FIRST.ends) is None


@covers("R92")
def test_three_deals_with_three_buyers_are_summed_and_two_are_counted_only() -> None:
    many, few, same = make_listing(), make_listing(), make_listing()
    sold(many, 10_000, 20_000, 30_000)
    sold(many, 99_000, moved="cancelled")
    sold(few, 10_000, 20_000)
    sold(same, 1, 2, 3, buyer=make_organization(Role.BUYER))
    move(days=40)
    told = disclosure_of(many.organization, FIRST)
    assert (told.deals, told.on_exchange, told.counterparties, told.sum_fen, told.withheld) == (3, 3, 3, 60_000, False)
    for listing, counterparties in ((few, 2), (same, 1)):
        told = disclosure_of(listing.organization, FIRST)
        assert (told.sum_fen, told.withheld, told.counterparties) == (None, True, counterparties)
    assert disclosure_of(many.organization, FIRST.next).deals == 0 and not disclosure_of(many.organization, FIRST.next).withheld


@covers("R92")
def test_holdings_are_those_at_the_end_of_the_quarter_whatever_becomes_of_them_later() -> None:
    listing = make_listing()
    held = RegistrationCertificate.objects.get(product=listing.product)
    move(days=40)
    assert disclosure_of(listing.organization, FIRST).holdings == {"enterprise": 1}
    revoke_certificate(certificate=held, ground="misuse", reason="以登记凭证冒充评级结论对外宣传",
                       actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)
    assert disclosure_of(listing.organization, FIRST).holdings == {"enterprise": 1}, "the quarter reads as it did"
    assert disclosure_of(listing.organization, FIRST.next).holdings == {}


@covers("R92", "W2")
def test_an_exclusive_licence_is_told_by_its_product_and_end_without_the_other_side() -> None:
    listing, other = make_listing(), make_organization()
    parent = make_right(listing.product, "use", sublicence_depth=1)
    until = MARKET_CLOCK.now() + timedelta(days=300)
    PropertyRight.objects.filter(pk=make_right(
        listing.product, "use", holder=other, parent=parent, exclusive=True, exclusive_fen=5, effective_from=MARKET_CLOCK.now(),
        effective_to=until).pk)
    move(days=40)
    (one,) = disclosure_of(listing.organization, FIRST).exclusives
    assert (one.right, one.until) == ("use", until)
    page = Client().get(f"/disclosures/{listing.organization.code}/?quarter=2031Q1").content.decode()
    assert one.title[0] in page and other.code not in page and other.name not in page


@covers("R92", "R103")
def test_anyone_reads_it_in_both_languages_and_as_data_and_special_data_is_not_there() -> None:
    listing, hidden = make_listing(), make_listing()
    at = MARKET_CLOCK.now()
    ListingVersion.objects.create(code=new_code("LSV"), organization=hidden.organization, listing=hidden, number=2, title_zh="另一版",
                                  facts={"special_pi": True}, created_at=at, updated_at=at)
    sold(listing, 10_000)
    move(days=40)
    assert [one.code for one in disclosing()] == [listing.organization.code]
    where = f"/disclosures/{listing.organization.code}/?quarter=2031Q1"
    assert "不公布金额" in Client(headers={"accept-language": "zh-hans"}).get(where).content.decode()
    assert "the sum is withheld" in Client(headers={"accept-language": "en"}).get(where).content.decode()
    told = Client().get(f"{where}&format=json").json()
    assert (told["deals"], told["sum_fen"], told["quarter"], told["holdings"]) == (1, None, "2031Q1", {"enterprise": 1})
    for code, quarter in ((hidden.organization.code, "2031Q1"), (listing.organization.code, "2031Q2"), ("ORG-NOBODY", "2031Q1")):
        assert Client().get(f"/disclosures/{code}/?quarter={quarter}").status_code == 404
    assert listing.organization.code in Client().get("/disclosures/").content.decode()
