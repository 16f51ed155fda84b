"""W11: scientific data is offered at most at its transport cost, to everyone alike, and kept for a least term nobody shortens."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Listing
from listings.operations import delist, draft_version, save_draft, submit_listing
from participants.roles import Role
from tests.factories import NOW, make_actor
from tests.listings.worlds import Seller, make_draft, make_listed, make_seller

pytestmark = pytest.mark.django_db
#: NOW is 2 November 2026: five years end on 2 November 2031.
SCIENCE: dict[str, Any] = {"scientific": True, "price_fen": 2_000, "transport_fen": 2_000, "kept_until": "2031-11-03"}


def refusal(seller: Seller, **changes: Any) -> Rejected:
    draft = make_draft(seller, **{**SCIENCE, **changes})
    with pytest.raises(Rejected) as caught:
        submit_listing(version=draft, actor=seller.actor, clock=seller.clock)
    return caught.value


@covers("W11")
@pytest.mark.parametrize("price_fen", [0, 1_999, 2_000])
def test_scientific_data_is_listed_at_or_below_its_transport_cost_and_its_page_says_so(client: Client, price_fen: int) -> None:
    listing = make_listed(**{**SCIENCE, "price_fen": price_fen})
    assert listing.version is not None and listing.version.scientific and listing.version.kept_until == date(2031, 11, 3)
    assert "保存至 2031-11-03" in client.get(f"/listings/{listing.code}/", headers={"accept-language": "zh-hans"}).content.decode()


@covers("W11")
@pytest.mark.parametrize(("changes", "fields"), [
    ({"price_fen": 2_001}, ["price_fen"]), ({"transport_fen": None}, ["transport_fen", "price_fen"]), ({"quota": 3}, ["quota"]),
    ({"sale_mode": "auction", "auction_terms": {"format": "english"}}, ["sale_mode"]),
])
def test_above_cost_or_to_a_few_it_is_no_scientific_data(changes: dict[str, Any], fields: list[str]) -> None:
    no = refusal(make_seller(), **changes)
    assert (no.code, [one.field for one in no.errors]) == ("listings.science.at_cost", fields)


@covers("W11")
def test_it_is_kept_five_years_at_least_to_the_day() -> None:
    assert NOW.date() == date(2026, 11, 2)
    for day in (None, "2031-11-01"):
        no = refusal(make_seller(), kept_until=day)
        assert no.code == "listings.science.kept_too_short" and "2031-11-02" in no.text("detail", "zh")
    assert make_listed(**{**SCIENCE, "kept_until": "2031-11-02"}).status == "listed"


@covers("W11")
def test_what_was_promised_is_not_shortened_nor_ended_by_the_seller_but_by_the_authority() -> None:
    seller = make_seller()
    listing = make_listed(seller, **SCIENCE)
    by: dict[str, Any] = {"actor": seller.actor, "clock": seller.clock}
    with pytest.raises(Rejected) as caught:
        delist(listing=listing, reason="不再提供", **by)
    assert caught.value.code == "listings.science.kept" and "2031-11-03" in caught.value.text("detail", "zh")
    for changes in ({"scientific": False}, {"kept_until": "2031-11-02"}):
        draft = draft_version(listing=listing, **by)
        draft = save_draft(version=draft, edit_version=draft.edit_version, changes={**SCIENCE, **changes}, **by)
        with pytest.raises(Rejected, match=r"listings\.science\.kept"):
            submit_listing(version=draft, **by)
        draft.status, draft.content_hash = "submitted", "1" * 64
        with pytest.raises(DatabaseError, match="kept as long as was promised"), transaction.atomic():
            draft.save(update_fields=["status", "content_hash"])
    assert delist(listing=listing, reason="依法责令下架", actor=make_actor(Role.REGULATOR), clock=seller.clock).status == "delisted"


@covers("W11")
def test_the_database_lets_no_scientific_version_out_above_its_cost() -> None:
    seller = make_seller()
    draft = make_draft(seller, **{**SCIENCE, "price_fen": 2_001})
    draft.status, draft.content_hash = "submitted", "1" * 64
    with pytest.raises(DatabaseError, match="version_science_at_cost"), transaction.atomic():
        draft.save(update_fields=["status", "content_hash"])


@covers("W11")
def test_once_its_term_is_over_the_seller_may_end_it() -> None:
    seller = make_seller()
    listing = make_listed(seller, **SCIENCE)
    seller.clock.move_to(NOW.replace(year=2031, day=3))
    ended = delist(listing=Listing.objects.get(pk=listing.pk), reason="保存期已满", actor=seller.actor, clock=seller.clock)
    assert ended.status == "delisted"
