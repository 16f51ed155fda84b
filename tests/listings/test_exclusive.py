"""W2: data is licensed to many; exclusivity is an option with a price and an end, and somebody looks at it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from compliance.models import Case
from evidence.clock import set_market_clock
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import PropertyRight
from listings.rights import assign_right, grant_right
from participants.timers import months_on
from tests.exchange.worlds import signed_in
from tests.factories import NOW, make_organization
from tests.listings.worlds import Seller, make_product, make_right, make_seller

pytestmark = pytest.mark.django_db
LATEST = months_on(NOW, 36)


def given(seller: Seller, **terms: Any) -> PropertyRight:
    parent = PropertyRight.objects.filter(organization=seller.organization, parent=None).first() or make_right(
        make_product(seller.organization), "operate", sublicence_depth=3)
    return grant_right(**{"parent": parent, "to": make_organization(), "actor": seller.actor, "clock": seller.clock, **terms})


@covers("W2")
def test_a_grant_is_to_many_unless_exclusivity_is_asked_for_and_nobody_has_to_look_at_it() -> None:
    seller = make_seller()
    first, second = given(seller), given(seller, exclusive_fen=5)
    assert not first.exclusive and not second.exclusive and second.exclusive_fen is None
    assert not Case.objects.filter(kind="alert").exists()


@covers("W2", "R85")
def test_an_exclusive_grant_keeps_price_and_end_and_is_checked_within_a_working_day() -> None:
    seller = make_seller()
    row = given(seller, exclusive=True, exclusive_fen=1_200_000, effective_to=LATEST)
    assert (row.exclusive_fen, row.effective_to) == (1_200_000, LATEST)
    case = Case.objects.get(kind="alert", subject_code=row.code)
    said = case.entries.get().text
    assert "¥12,000" in said and "1 exclusive in force" in said
    assert (case.queue, case.organization) == ("surveillance", seller.organization)
    passed = assign_right(right=row, to=make_organization(), actor=_holder(row), clock=seller.clock)
    assert (passed.exclusive, passed.exclusive_fen, passed.effective_to) == (True, 1_200_000, LATEST), "it passes on as it was given"


def _holder(row: PropertyRight) -> Any:
    from participants.actors import actor_of
    from participants.roles import Role
    from tests.factories import make_user

    return actor_of(make_user(Role.DATA_MERCHANT, organization=row.organization))


@covers("W2", "T40")
@pytest.mark.parametrize(("terms", "fields"), [
    ({"exclusive_fen": None, "effective_to": LATEST}, ["exclusive_fen"]), ({"exclusive_fen": 0, "effective_to": LATEST}, ["exclusive_fen"]),
    ({"exclusive_fen": 1, "effective_to": None}, ["effective_to"]),
    ({"exclusive_fen": 1, "effective_to": LATEST + timedelta(seconds=1)}, ["effective_to"]),
    ({"exclusive_fen": None, "effective_to": None}, ["exclusive_fen", "effective_to"])])
def test_without_a_price_or_an_end_within_three_years_nothing_is_granted_exclusively(terms: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(Rejected) as refused:
        given(make_seller(), exclusive=True, **terms)
    assert refused.value.code == "listings.right.exclusive_unbounded" and [one.field for one in refused.value.errors] == fields
    for language in ("zh", "en"):
        assert refused.value.text("title", language) and refused.value.text("next_step", language)


@covers("W2")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_desk_asks_price_and_end_of_an_exclusive_grant_and_shows_them(language: str) -> None:
    set_market_clock(NOW, 0)
    seller = make_seller()
    parent = make_right(make_product(seller.organization), "operate", sublicence_depth=3)
    client, other = signed_in(seller.actor), make_organization()
    client.cookies["django_language"] = language
    sent = {"to": other.code, "purposes": "*", "territory": "*", "sublicence_depth": "0", "exclusive": "on"}
    client.post(f"/desk/rights/{parent.code}/grant/", sent)
    assert not PropertyRight.objects.filter(parent=parent).exists()
    client.post(f"/desk/rights/{parent.code}/grant/", {**sent, "exclusive_fen": "12,000", "effective_to": "2027-06-30"})
    row = PropertyRight.objects.get(parent=parent)
    assert (row.exclusive_fen, row.effective_to.date()) == (1_200_000, date(2027, 6, 30))
    assert "¥12,000" in client.get("/desk/rights/").content.decode()
