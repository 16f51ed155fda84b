"""Duties for a time: handed over, ended by the period, barred by sides, ties and second pairs of eyes; powers of a month at most."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from evidence.clock import MARKET_CLOCK
from kit.actors import Actor
from kit.clock import FixedClock
from kit.coverage import covers
from kit.rejected import Rejected
from participants.approvals import ask_approval, decide_approval
from participants.deputies import end_grant, give_power, grants, name_deputy, principals_of, stands_between
from participants.models import Membership, OwnershipStake, TimedGrant, User
from participants.predicates import in_force, roles_of, standpoint
from participants.queries import house_venue, venue_organization
from participants.roles import Role
from tests.factories import make_actor, make_organization

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def user_of(actor: Actor) -> User:
    return User.objects.get(pk=actor.user_id)


def same_desk(role: str, at: Actor, **more: Any) -> Actor:
    """Somebody with ``role`` at the other one's organisation."""
    made = make_actor(role, **more)
    Membership.objects.filter(person=user_of(made).person).update(effective_to=MARKET_CLOCK.now())
    fresh = Membership.objects.create(person=user_of(made).person, organization_id=at.organization_id or 0, role=role,
                                      capabilities=list(more.get("capabilities", ())), effective_from=MARKET_CLOCK.now())
    User.objects.filter(pk=made.user_id).update(acting_for=fresh.organization)
    return Actor(user_id=made.user_id, organization_id=fresh.organization_id, person=made.person, organization=fresh.organization.code)


@pytest.fixture
def boss() -> Actor:
    return make_actor(Role.REGULATOR, capabilities=["review_second"])


@pytest.fixture
def colleague(boss: Actor) -> Actor:
    return same_desk(Role.SURVEILLANCE, boss)


def named(boss: Actor, to: Actor, *, days: int = 10, begins: timedelta = timedelta(), role: str = Role.REGULATOR, reason: str = "年假十日"
          ) -> TimedGrant:
    now = MARKET_CLOCK.now()
    return name_deputy(deputy=user_of(to), role=role, effective_from=now + begins, effective_to=now + begins + days * DAY, reason=reason,
                       actor=boss, clock=MARKET_CLOCK)


def later(days: float) -> datetime:
    return MARKET_CLOCK.now() + days * DAY


@covers("I18", "A2")
def test_a_deputy_holds_the_duty_from_day_to_day_and_it_ends_by_itself(boss: Actor, colleague: Actor) -> None:
    named(boss, colleague, begins=2 * DAY, days=5)
    assert Role.REGULATOR not in roles_of(colleague, MARKET_CLOCK.now())
    assert {Role.REGULATOR, Role.SURVEILLANCE} <= roles_of(colleague, later(3))
    assert "review_second" in standpoint(colleague, later(3)).capabilities
    assert roles_of(colleague, later(8)) == {Role.SURVEILLANCE}
    assert Role.REGULATOR in roles_of(boss, later(3)), "who hands over keeps the duty"


@covers("I29")
def test_nobody_becomes_a_deputy_across_the_sides(boss: Actor) -> None:
    officer = same_desk(Role.COMPLIANCE_OFFICER, boss)
    with pytest.raises(Rejected, match=r"member\.conflict"):
        named(boss, officer)


@covers("R53")
def test_a_deputy_of_a_desk_belongs_to_no_party_and_to_no_body_of_the_ownership_graph(boss: Actor, colleague: Actor) -> None:
    party = make_organization(Role.DATA_MERCHANT)
    person = user_of(colleague).person
    assert person is not None
    Membership.objects.create(person=person, organization=party, role=Role.DATA_SUBJECT, effective_from=MARKET_CLOCK.now())
    with pytest.raises(Rejected, match=r"deputy\.tied"):
        named(boss, colleague)


@covers("R53")
def test_an_office_that_holds_a_share_ties_its_people(boss: Actor, colleague: Actor) -> None:
    office, party, person = venue_organization(house_venue()), make_organization(Role.DATA_MERCHANT), user_of(colleague).person
    assert person is not None
    if office.pk == boss.organization_id:
        office = make_organization(Role.AUDITOR)
    Membership.objects.create(person=person, organization=office, role=Role.RESEARCHER, effective_from=MARKET_CLOCK.now())
    OwnershipStake.objects.create(owner=office, owned=party, share_bps=3_000, source="", effective_from=MARKET_CLOCK.now())
    with pytest.raises(Rejected, match=r"deputy\.tied"):
        named(boss, colleague)


@covers("I18", "T42")
def test_a_deputy_and_who_he_stands_in_for_are_one_pair_of_eyes(boss: Actor, colleague: Actor) -> None:
    grant = named(boss, colleague, days=5)
    now = later(1)
    asked = ask_approval(act="participants.venue.open", subject="VEN-X", actor=boss, at=now)
    with pytest.raises(Rejected, match=r"approval\.deputy"):
        decide_approval(approval=asked, approve=True, reason="可", actor=colleague, at=now)
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="stands in"), transaction.atomic():
        cursor.execute("UPDATE participants_approval SET status = 'approved', checker_id = %s, decided_at = %s WHERE id = %s",
                       [colleague.user_id, now, asked.pk])
    assert stands_between(user_of(boss).person_id, user_of(colleague).person_id, now)
    assert not stands_between(user_of(boss).person_id, user_of(colleague).person_id, later(6)) and grant.effective_to <= later(6)


@covers("I18")
def test_what_one_holds_for_a_time_is_not_handed_on(boss: Actor, colleague: Actor) -> None:
    named(boss, colleague, days=5)
    third = same_desk(Role.SURVEILLANCE, boss)
    now = later(1)
    with pytest.raises(Rejected, match="not_yours"):
        name_deputy(deputy=user_of(third), role=Role.REGULATOR, effective_from=now, effective_to=now + DAY, reason="转交他人",
                    actor=colleague, clock=FixedClock(now))


@covers("A2", "T43")
def test_a_grant_is_taken_back_at_once_and_the_own_role_goes_on(boss: Actor) -> None:
    second = same_desk(Role.REGULATOR, boss, capabilities=["review_first"])
    grant = named(boss, second, days=5, begins=DAY)
    person = user_of(second).person
    assert sorted(standpoint(second, later(2)).capabilities) == ["review_first", "review_second"]
    end_grant(grant=grant, actor=second, clock=FixedClock(later(2)))
    for at in (later(0.5), later(3), later(9)):
        assert Membership.objects.filter(in_force(at), person=person, role=Role.REGULATOR).count() == 1
        assert standpoint(second, at).capabilities == {"review_first"}
    with pytest.raises(Rejected, match=r"deputy\.over"):
        end_grant(grant=grant, actor=boss, clock=FixedClock(later(3)))
    assert not principals_of(person.pk if person else None, later(3))


@covers("I18")
def test_a_stranger_takes_no_grant_back(boss: Actor, colleague: Actor) -> None:
    grant = named(boss, colleague)
    with pytest.raises(Rejected, match=r"permission\.denied"):
        end_grant(grant=grant, actor=make_actor(Role.REGULATOR), clock=MARKET_CLOCK)


@covers("R81", "I18")
def test_a_power_for_a_time_is_given_by_another_supervisor_for_a_month_at_most(boss: Actor) -> None:
    second, now = same_desk(Role.REGULATOR, boss), MARKET_CLOCK.now()
    terms: dict[str, Any] = {"capabilities": ["review_first"], "effective_from": now + DAY, "clock": MARKET_CLOCK}
    given = give_power(to=user_of(second), effective_to=later(20), reason="专项检查", actor=boss, **terms)
    assert given.principal is None and "review_first" in standpoint(second, later(5)).capabilities
    assert standpoint(second, later(25)).capabilities == frozenset()
    third = same_desk(Role.REGULATOR, boss)
    for to, until, reason, code in ((boss, later(9), "专项检查", "oneself"), (third, later(40), "专项检查", "period"),
                                    (third, later(9), " ", "unreasoned")):
        with pytest.raises(Rejected, match=code):
            give_power(to=user_of(to), effective_to=until, reason=reason, actor=boss, **terms)
    with pytest.raises(Rejected, match="no_power"):
        give_power(to=user_of(third), effective_to=later(9), reason="专项检查", actor=boss, **terms | {"capabilities": ["superuser"]})


@covers("I18")
def test_the_database_keeps_a_grant_what_its_membership_is(boss: Actor, colleague: Actor) -> None:
    grant = named(boss, colleague)
    for change in ("effective_to = effective_to + interval '100 days'", "person_id = principal_id", "reason = ''"):
        with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(f"UPDATE participants_timedgrant SET {change} WHERE id = %s", [grant.pk])
    assert list(grants(later(1))) == [grant] and not grants(later(11)).exists()


@pytest.mark.parametrize(("days", "begins", "code"), [(93, 0, "period"), (0, 0, "period"), (5, -3, "")])
def test_the_period_lies_ahead_and_is_no_longer_than_a_quarter(boss: Actor, colleague: Actor, days: int, begins: int, code: str) -> None:
    if code:
        with pytest.raises(Rejected, match=code):
            named(boss, colleague, days=days, begins=begins * DAY)
    else:
        assert named(boss, colleague, days=days, begins=begins * DAY).effective_from >= MARKET_CLOCK.now() - timedelta(minutes=1)
