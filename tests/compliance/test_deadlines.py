"""The clock's own acts: whatever is due is done once, in any order, after any pause."""

from __future__ import annotations

from datetime import timedelta

import pytest

from compliance.operations import approve_list, confirm_filing, open_case, propose_list
from compliance.queries import list_version_at
from compliance.tasks import act_on_deadlines
from kit.actors import SYSTEM
from participants.models import Notice
from tests.compliance.test_conduct import decided
from tests.compliance.test_law import drafted
from tests.compliance.worlds import filed, merchant, regulator, signed
from tests.factories import NOW, clock

pytestmark = pytest.mark.django_db


def test_a_long_pause_is_caught_up_and_a_second_look_finds_nothing() -> None:
    organization, actor = merchant()
    declaration = signed(organization, actor)
    filing, _, _ = filed()
    waiting, _, buying = filed()
    confirm_filing(filing=waiting, actor=buying, clock=clock())
    case = open_case(kind="sample", subject_kind="listing", subject_code="LST-9", title=("", ""), actor=SYSTEM, clock=clock())
    drafter = regulator("review_second")
    version = propose_list(version=drafted(drafter, raw=True), actor=drafter, clock=clock())
    approve_list(version=version, effective_from=NOW + timedelta(days=8), actor=regulator("review_second"),
                 clock=clock(version.notice_until))
    conduct, _, _, _ = decided()
    later = clock(NOW + timedelta(days=400))
    act_on_deadlines(later)
    act_on_deadlines(later)
    for one in (declaration, filing, waiting, case, version, conduct):
        one.refresh_from_db()
    assert (declaration.status, filing.status, waiting.status) == ("expired", "returned", "confirmed")
    assert (case.status, case.overdue, waiting.overdue, version.status, conduct.status) == ("open", True, True, "in_force", "final")
    assert list_version_at(later.now()) == version
    assert act_on_deadlines(later) == 0


def test_declarants_are_reminded_at_thirty_seven_and_one_day_once_each() -> None:
    organization, actor = merchant()
    made = signed(organization, actor)
    for days in (31, 30, 20, 7, 6, 1):
        act_on_deadlines(clock(made.effective_to - timedelta(days=days)))
    assert Notice.objects.filter(organization=organization, kind="compliance.declaration.ending").count() == 3
