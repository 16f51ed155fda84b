"""Five fields that the policy puts first (R59): each within its section, offered, found, counted and authorised with it."""

from __future__ import annotations

from typing import Any

import pytest

from kit.coverage import covers
from kit.rejected import Rejected
from listings.authorising import refuse_outside_authorisation
from listings.forms import DraftForm
from listings.register import register
from listings.search import search_listings
from listings.sectors import PRIORITY, SECTORS, section_of, with_fields
from tests.listings.public_worlds import capped, granted, make_operator, public_draft
from tests.listings.worlds import make_listed, make_seller

pytestmark = pytest.mark.django_db


@covers("R59")
def test_the_five_fields_lie_in_their_sections_and_a_section_asks_for_its_fields() -> None:
    assert {zh for zh, _ in PRIORITY.values()} == {"智能制造", "节能降碳", "绿色建造", "新能源", "智慧城市"}
    assert all(section_of(one) in SECTORS and len(one) <= 4 for one in PRIORITY)
    assert with_fields(["D"]) == ["D", "D-NE"] and with_fields(["D-NE"]) == ["D-NE"] and with_fields([]) == []
    assert list(SECTORS)[3:5] == ["C-IM", "D"], "each stands behind its section"


@covers("R59", "D1")
def test_a_product_of_new_energy_is_found_by_its_field_by_its_section_and_by_its_name() -> None:
    seller = make_seller()
    energy, power = make_listed(seller, sector="D-NE"), make_listed(seller, sector="D")

    def found(*sectors: str, query: str = "") -> set[int]:
        return {one.pk for one in search_listings(query, facets={"sector": list(sectors)} if sectors else {}).items}

    assert found("D-NE") == {energy.pk} and found("D") == {energy.pk, power.pk} and found("C") == set()
    assert found(query="新能源") == {energy.pk}
    assert dict(search_listings().facets["sector"]) == {"D-NE": 1, "D": 1}
    at = seller.clock.now()
    assert register({"sector": "D-NE"}, at=at).total == 1 and register({"sector": "D"}, at=at).total == 2
    assert ("D-NE", 1) in register({}, at=at).counts["sector"]


@covers("R59")
def test_a_seller_chooses_a_field_in_the_form() -> None:
    offered: Any = DraftForm().fields["sector"]
    assert {("C-IM", "C-IM 智能制造"), ("I-SC", "I-SC 智慧城市")} <= set(offered.choices)


@covers("R59", "R13")
@pytest.mark.parametrize(("fields", "sector", "fits"), [(["D"], "D-NE", True), (["D-NE"], "D-NE", True), (["D-NE"], "D", False)])
def test_an_authorisation_for_a_section_covers_its_field_and_one_for_the_field_no_more(fields: list[str], sector: str, fits: bool) -> None:
    operator = make_operator()
    authorisation, grantor = granted(operator, model="field", fields=fields)
    draft = public_draft(operator, authorisation, sector=sector)
    capped(operator, authorisation, grantor, draft.listing.product)
    if fits:
        refuse_outside_authorisation(draft, at=operator.clock.now())
    else:
        with pytest.raises(Rejected, match="out_of_scope"):
            refuse_outside_authorisation(draft, at=operator.clock.now())
