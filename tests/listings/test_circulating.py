"""R43 at the listing: what is open, shared or exchanged has no price here and is never auctioned; only what may be open is opened."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from kit.coverage import covers
from kit.rejected import Rejected
from listings.content import hash_of_content
from listings.models import ListingVersion
from listings.operations import grant_right, submit_listing
from listings.queries import obstacle, tradable
from tests.factories import make_organization
from tests.listings.public_worlds import PUBLIC, make_operator, public_draft
from tests.listings.worlds import FACTS, make_draft, make_listed, make_registered, make_right, make_seller

pytestmark = pytest.mark.django_db
OPEN: dict[str, Any] = {"circulation": "open", "price_fen": 0, "use_terms": {"licence": "CC-BY-4.0"}}


def refusal(**changes: Any) -> Rejected:
    seller = make_seller()
    draft = make_draft(seller, **changes)
    with pytest.raises(Rejected) as caught:
        submit_listing(version=draft, actor=seller.actor, clock=seller.clock)
    assert ListingVersion.objects.get(pk=draft.pk).status == "draft", "a refused submission changes nothing"
    return caught.value


@covers("R43")
@pytest.mark.parametrize("changes", [OPEN, {"circulation": "share", "price_fen": 0},
                                     {"circulation": "exchange", "sale_mode": "negotiated", "price_fen": None}, {}])
def test_each_way_of_circulation_has_a_version_that_goes_on_sale(changes: dict[str, Any]) -> None:
    listing = make_listed(**changes)
    assert listing.version is not None
    assert (listing.status, listing.version.circulation) == ("listed", changes.get("circulation", "trade"))
    assert listing.version.content_hash == hash_of_content(listing.version)


@covers("R43", "W10")
@pytest.mark.parametrize(("changes", "code", "fields"), [
    ({**OPEN, "price_fen": 100}, "listings.circulation.money", {"price_fen"}),
    ({"circulation": "share", "price_fen": 1}, "listings.circulation.money", {"price_fen"}),
    ({"circulation": "exchange", "price_fen": 0}, "listings.circulation.money", {"sale_mode", "price_fen"}),
    ({**OPEN, "sale_mode": "auction", "auction_terms": {"format": "english"}}, "listings.circulation.money", {"sale_mode"}),
    ({**OPEN, "delivery_mode": "report"}, "listings.circulation.not_openable", {"delivery_mode"}),
])
def test_a_version_that_does_not_fit_its_cell_is_refused_by_the_cells_name(changes: dict[str, Any], code: str, fields: set[str]) -> None:
    no = refusal(**changes)
    assert (no.code, {one.field for one in no.errors}) == (code, fields)
    assert {"open": "开放·场内", "share": "共享·场内", "exchange": "交换·场内"}[changes["circulation"]] in no.text("detail", "zh")
    assert no.article.startswith("数据二十条")


@covers("R43", "R16")
def test_public_data_is_opened_only_where_it_is_open_by_law_without_conditions() -> None:
    seller = make_operator()
    facts = {**PUBLIC["facts"], "public_authorised": False, "public_open_status": "unconditional"}
    opened: dict[str, Any] = {**OPEN, "delivery_mode": "download", "pricing_mode": "market", "facts": facts}
    version = submit_listing(version=public_draft(seller, None, **opened), actor=seller.actor, clock=seller.clock)
    assert version.status in {"published", "submitted"}
    closed = {**opened, "facts": {**facts, "public_open_status": "conditional", "public_authorised": True}, "delivery_mode": "report"}
    draft = public_draft(seller, None, **closed)
    with pytest.raises(Rejected) as caught:
        submit_listing(version=draft, actor=seller.actor, clock=seller.clock)
    assert caught.value.code == "listings.circulation.not_openable"
    assert {one.field for one in caught.value.errors} == {"delivery_mode", "facts.public_open_status"}


@covers("R43")
def test_the_database_lets_no_version_out_that_has_a_price_where_its_way_has_none() -> None:
    seller = make_seller()
    for changes in ({"price_fen": 1}, {"price_fen": None}, {"sale_mode": "negotiated", "price_fen": 0}):
        draft = make_draft(seller, make_registered(seller)[0], circulation="open", **changes)
        draft.content_hash = "1" * 64
        draft.status = "submitted"
        with pytest.raises(DatabaseError, match="version_circulation_money"), transaction.atomic():
            draft.save(update_fields=["status", "content_hash"])


@covers("R43")
def test_the_gate_of_the_database_asks_what_may_be_open_from_the_facts_themselves() -> None:
    """A row written past the operation: personal data called open does not go on sale."""
    seller = make_seller()
    product, certificate = make_registered(seller)
    draft = make_draft(seller, product, **OPEN, facts={**FACTS, "contains_pi": True})
    draft.content_hash, draft.screening, draft.certificate = "1" * 64, {"verdict": "pass"}, certificate
    for status in ("submitted", "approved"):
        draft.status = status
        draft.save(update_fields=["status", "content_hash", "screening", "certificate"])
    asked = obstacle(draft.listing, version=draft, certificate=certificate, at=seller.clock.now())
    assert asked == "listings.circulation.not_openable"


@covers("R43")
def test_what_is_open_is_granted_to_nobody_in_particular() -> None:
    listing = make_listed(**OPEN)
    assert tradable(listing, at=listing.listed_at) == ""  # type: ignore[arg-type]
    seller = make_seller()
    other = make_listed(seller)
    right = make_right(other.product, "use", sublicence_depth=1)
    assert grant_right(parent=right, to=make_organization(), actor=seller.actor, clock=seller.clock).parent == right
    ours = make_seller()
    opened = make_listed(ours, **OPEN)
    right = make_right(opened.product, "use", sublicence_depth=1)
    with pytest.raises(Rejected) as caught:
        grant_right(parent=right, to=make_organization(), actor=ours.actor, clock=ours.clock)
    assert caught.value.code == "compliance.circulation.not_admitted" and "开放·场内" in caught.value.text("detail", "zh")


@covers("R43")
@pytest.mark.parametrize(("changes", "says"), [(OPEN, "开放数据"), ({"circulation": "share", "price_fen": 0}, "共享：由持有人授权"),
                                               ({"circulation": "exchange", "sale_mode": "negotiated", "price_fen": None},
                                                "交换：以权换权")])
def test_the_page_of_a_listing_says_how_it_circulates_and_names_the_cell(client: Client, changes: dict[str, Any], says: str) -> None:
    page = client.get(f"/listings/{make_listed(**changes).code}/").content.decode()
    assert says in page and f"/rules/circulation/#{changes['circulation']}-on" in page and "签约购买" not in page
