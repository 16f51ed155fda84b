"""Rights are read from the memberships in force at the act; what has no row is denied."""

from datetime import timedelta

import pytest

from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from participants.actors import VISITOR, actor_of
from participants.models import Membership
from participants.permissions import allowed, require
from participants.roles import Role
from tests.factories import NOW, make_actor, make_organization, make_user

pytestmark = pytest.mark.django_db


def refused(*args, **named) -> Rejected:
    with pytest.raises(Rejected) as caught:
        require(*args, **named)
    return caught.value


@covers("T39")
def test_an_act_without_a_row_is_denied_to_everyone() -> None:
    for actor in (SYSTEM, VISITOR, make_actor(Role.REGULATOR)):
        assert refused(actor, "nowhere.nothing.do", at=NOW).status == 403


def test_a_visitor_is_not_the_system() -> None:
    assert not VISITOR.is_system
    assert allowed(SYSTEM, "participants.admission.lapse", at=NOW)
    assert not allowed(VISITOR, "participants.admission.lapse", at=NOW)


def test_a_role_opens_its_acts_and_no_others() -> None:
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    require(officer, "participants.admission.decide", at=NOW)
    assert refused(make_actor(Role.BUYER), "participants.admission.decide", at=NOW).code == "participants.permission.denied"


def test_superuser_and_staff_flags_open_nothing() -> None:
    user = make_user(Role.BUYER)
    user.is_superuser = user.is_staff = True
    user.save()
    assert not allowed(actor_of(user), "participants.admission.decide", at=NOW)


def test_a_role_ends_at_its_half_open_end() -> None:
    user = make_user(Role.COMPLIANCE_OFFICER, effective_to=NOW)
    before = NOW - timedelta(microseconds=1)
    assert allowed(actor_of(user, at=before), "participants.admission.decide", at=before)
    assert not allowed(actor_of(user, at=before), "participants.admission.decide", at=NOW)


@covers("T43")
def test_a_former_member_acts_for_nobody() -> None:
    user = make_user(Role.BUYER, effective_to=NOW)
    assert actor_of(user).organization_id is None
    assert actor_of(user, at=NOW - timedelta(days=1)).organization_id == user.acting_for_id


def test_a_disabled_sign_in_holds_no_role() -> None:
    user = make_user(Role.COMPLIANCE_OFFICER)
    user.is_active = False
    user.save()
    assert not allowed(actor_of(user), "participants.admission.decide", at=NOW)


@covers("T36")
def test_a_strangers_object_is_absent_and_a_desk_without_the_right_is_forbidden() -> None:
    organization = make_organization()
    assert refused(make_actor(Role.DATA_MERCHANT), "participants.admission.file", subject=organization, at=NOW).status == 404
    assert refused(make_actor(Role.AUDITOR), "participants.admission.file", subject=organization, at=NOW).status == 403
    require(make_actor(Role.DATA_MERCHANT, organization=organization), "participants.admission.file", subject=organization, at=NOW)


def test_roles_count_only_for_the_organisation_acted_for() -> None:
    user = make_user(Role.DATA_MERCHANT)
    other = make_organization()
    user.acting_for = other
    user.save()
    assert not Membership.objects.filter(person=user.person, organization=other).exists()
    assert actor_of(user).organization_id != other.pk, "one does not act where one holds no role"
    assert refused(actor_of(user), "participants.admission.file", subject=other, at=NOW).status == 404
