"""R42: range × impact × potential risk of a licence say how its data may be delivered, beside what their cell says."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from django.test import Client

from compliance.rules.circulation_risk import Reach, modes_within, reach_of
from compliance.taxonomy import ROWS_LEAVE, DeliveryMode
from kit.coverage import covers
from kit.rejected import Rejected
from listings.classifying import refuse_unfit_class
from listings.depth import DepthFacts, depth_of
from listings.models import ListingVersion
from listings.reach import admitted_modes, reach_of_version
from participants.models import User
from tests.listings.test_grades import saved, submit
from tests.listings.worlds import FACTS, make_draft, make_seller

CLEAN: dict[str, Any] = {"contains_pi": False}


@pytest.mark.parametrize(("terms", "level"), [
    ({}, 1), ({"regions": ["CN"]}, 1), ({"regions": ["CN-31", "cn"]}, 1), ({"regions": ["CN"], "sublicence": True}, 2),
    ({"derivatives": True}, 2), ({"regions": ["CN", "SG"]}, 3), ({"export": True}, 3), ({"regions": ["*"]}, 3), ({"regions": ["CNX"]}, 3),
    ({"sublicence": "yes"}, 1),
])
@covers("R42")
def test_the_range_is_read_from_territory_and_what_may_be_passed_on(terms: dict[str, Any], level: int) -> None:
    assert reach_of(terms, CLEAN, grade="general", stage="product").range == level


@pytest.mark.parametrize(("facts", "grade", "personal", "level"), [
    (CLEAN, "general", False, 1), ({}, "general", False, 2), ({"contains_pi": True}, "general", False, 2), (CLEAN, "general", True, 2),
    ({"contains_pi": True, "contains_spi": True}, "general", False, 3), (CLEAN | {"contains_minor_u14": True}, "general", False, 3),
    (CLEAN | {"harms_public_interest": True}, "general", False, 3), (CLEAN, "important", False, 3), (CLEAN, "core", False, 3),
])
@covers("R42")
def test_the_impact_is_read_from_what_is_stated_and_what_is_not_stated_weighs(facts: dict[str, Any], grade: str, personal: bool,
                                                                              level: int) -> None:
    assert reach_of({}, facts, grade=grade, stage="product", personal=personal).impact == level


@covers("R42", "R11")
def test_each_of_the_27_scores_says_whether_persons_look_and_whether_the_rows_stay() -> None:
    for one in (Reach(*levels) for levels in product((1, 2, 3), repeat=3)):
        assert (one.reviewed, one.stays) == (one.score >= 12, one.score >= 18), one
        left = modes_within(DeliveryMode.values, one)
        assert set(left) == set(DeliveryMode.values) - (set(ROWS_LEAVE) if one.stays else set())
        assert f"= {one.score}" in one.said[0] and f"= {one.score}" in one.said[1] and len(one.reasons) == 3
    assert [reach_of({}, CLEAN, grade="general", stage=stage).risk for stage in ("product", "intermediate", "raw", "")] == [1, 2, 3, 3]


FAR = {"category": "personal", "stage": "intermediate", "grade": "general", "delivery_mode": "download",
       "facts": {**FACTS, "contains_pi": True, "contains_spi": True}, "use_terms": {"export": True}}


def draft(**changes: Any) -> tuple[Any, ListingVersion]:
    seller = make_seller()
    version = make_draft(seller)
    terms = version.use_terms | changes.pop("use_terms", {})
    return seller, saved(seller, version, use_terms=terms, **changes)


@covers("R42", "R15")
@pytest.mark.django_db
def test_sensitive_rows_half_processed_for_abroad_are_refused_with_the_sum_and_narrower_they_are_not() -> None:
    seller, version = draft(**FAR)
    with pytest.raises(Rejected) as no:
        refuse_unfit_class(version)
    found = no.value
    assert found.code == "listings.version.reach_too_far"
    assert "流通范围 3" in found.text("detail", "zh") and "= 18" in found.text("detail", "en")
    assert "clean room" in found.text("detail", "en") and [one.field for one in found.errors] == ["delivery_mode"]
    page = Client()
    page.force_login(User.objects.get(pk=seller.actor.user_id), backend="django.contrib.auth.backends.ModelBackend")
    shown = page.get(f"/desk/listings/{version.listing.code}/edit/").content.decode()
    assert 'id="reach"' in shown and "逐条数据不得交出" in shown and "敏感个人信息、未成年人信息" in shown
    narrow = saved(seller, version, use_terms=version.use_terms | {"export": False})
    assert reach_of_version(narrow).score == 6 and "download" in admitted_modes(narrow)[1]
    asked = saved(seller, narrow, use_terms=narrow.use_terms | {"export": True}, delivery_mode="clean_room")
    assert "clean_room" in admitted_modes(asked)[1] and reach_of_version(asked).stays


@covers("R42")
@pytest.mark.django_db
def test_a_far_reach_that_is_not_too_far_is_looked_at_by_persons_and_open_data_is_not_weighed() -> None:
    seller, version = draft(stage="intermediate", facts={**FACTS}, use_terms={"sublicence": True, "regions": ["CN"]})
    assert reach_of_version(version).score == 4 and "reach" not in submit(seller, version).depth_reasons
    known = DepthFacts("pass", 0, "enterprise", "general", False, False, False, "good", "A", True)
    assert depth_of(known)[0] == "green" and depth_of(replace(known, far_reaching=True)) == ("red", ["reach"])
    open_data = ListingVersion(category="public", stage="raw", grade="general", use_terms={"export": True},
                               facts={"public_open_status": "unconditional"}, organization=version.organization,
                               listing=version.listing)
    assert reach_of_version(open_data, personal=False) is None
