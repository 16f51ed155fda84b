"""The demo's people come by the real operations and are as the contract names them."""

import pytest
from django.contrib.auth import authenticate

from kit.coverage import covers
from participants.actors import actor_of
from participants.invariants import AdminsAndSidesApart, NoticesStandInSeries
from participants.predicates import roles_of
from participants.queries import may
from participants.roles import Role
from simulation.people import ACCOUNTS, make_people
from tests.factories import NOW, clock

CONTRACT = {"merchant", "buyer", "buyer2", "publicdata", "trustee", "compliance", "regulator", "regulator2", "surveillance", "auditor",
            "operator", "researcher"}


@covers("I29")
@pytest.mark.django_db
def test_the_demo_people_are_here_once_with_their_roles_and_may_act() -> None:
    people = make_people(clock())
    assert set(people) == CONTRACT
    assert make_people(clock()).keys() == people.keys()
    for account in ACCOUNTS:
        assert roles_of(actor_of(people[account.username]), NOW) == {account.role}
        assert account.person_en
    merchant, buyer = people["merchant"].acting_for, people["buyer"].acting_for
    assert merchant and buyer and merchant.uscc and not merchant.uscc_warning
    assert may(merchant, "list", at=NOW) == may(buyer, "bid", at=NOW) == ""
    assert authenticate(None, username="merchant", password="demo") == people["merchant"]
    assert Role.REGULATOR in roles_of(actor_of(people["regulator"]), NOW)
    assert not [*AdminsAndSidesApart().check(), *NoticesStandInSeries().check()]


@pytest.mark.django_db
def test_production_has_no_demo_people(settings) -> None:
    settings.DEMO_ACCOUNTS = False
    with pytest.raises(AssertionError, match="switched off"):
        make_people(clock())
