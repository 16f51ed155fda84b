"""Cases: one queue per kind, a clock that stops while the party is asked, overdue flags, no deadline that decides (H3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from compliance.models import Case, CaseEntry
from compliance.operations import (
    answer_case,
    ask_party,
    assign_case,
    claim_case,
    close_case,
    escalate_case,
    flag_case,
    note_case,
    open_case,
    stop_waiting,
)
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Organization, User
from participants.queries import add_working_days
from participants.roles import Role
from tests.compliance.worlds import merchant, officer
from tests.factories import NOW, clock, make_user, venue

pytestmark = pytest.mark.django_db


def opened(organization: Organization | None = None) -> Case:
    return open_case(kind="sample", subject_kind="listing", subject_code="LST-1", title=("抽查", "Sample"), organization=organization,
                     text="按等级抽取", actor=SYSTEM, clock=clock())


def asked() -> tuple[Case, Actor, Actor]:
    organization, actor = merchant()
    desk = officer()
    case = claim_case(case=opened(organization), actor=desk, clock=clock())
    return ask_party(case=case, text="请提供来源证明", actor=desk, clock=clock()), desk, actor


@covers("H3")
def test_a_case_is_claimed_once_worked_and_closed_with_an_outcome() -> None:
    case, desk = opened(), officer()
    assert (case.queue, case.due_at) == ("compliance", add_working_days(venue(), NOW, 5))
    case = claim_case(case=case, actor=desk, clock=clock())
    with pytest.raises(Rejected, match="illegal_move"):
        claim_case(case=case, actor=officer(), clock=clock())
    note_case(case=case, text="已核对", actor=desk, clock=clock())
    flag_case(case=case, add=["priority", "overdue"], actor=desk, clock=clock())
    case = close_case(case=case, outcome="in_order", text="无异常", actor=desk, clock=clock())
    assert (case.status, case.flags) == ("closed", ["priority"])
    assert list(CaseEntry.objects.filter(case=case).values_list("act", flat=True)) == ["open", "claim", "note", "flag", "close"]


def test_the_same_matter_is_one_case_until_it_is_closed() -> None:
    first = opened()
    assert opened() == first
    desk = officer()
    close_case(case=claim_case(case=first, actor=desk, clock=clock()), outcome="in_order", actor=desk, clock=clock())
    assert opened() != first


@covers("H3")
def test_the_desks_clock_stands_still_while_the_party_is_asked() -> None:
    case, _, actor = asked()
    due = case.due_at
    assert Case.objects.visible_to(User.objects.get(pk=actor.user_id)).get() == case
    case = answer_case(case=case, text="见附件", actor=actor, clock=clock(NOW + timedelta(days=2)))
    assert (case.status, case.due_at) == ("assigned", due + timedelta(days=2))


def test_silence_goes_back_to_the_desk_and_a_late_desk_is_flagged() -> None:
    case, _, _ = asked()
    case = stop_waiting(case=case, clock=clock(case.answer_due_at))
    assert case.status == "assigned"
    late = escalate_case(case=case, clock=clock(case.due_at))
    assert (late.status, late.flags) == ("assigned", ["overdue"])
    with pytest.raises(Rejected, match="not_reached"):
        escalate_case(case=late, clock=clock(late.due_at))


def test_a_stranger_sees_nothing_and_a_party_does_no_desk_work() -> None:
    case, _, actor = asked()
    _, stranger = merchant()
    with pytest.raises(Rejected, match="absent"):
        answer_case(case=case, text="", actor=stranger, clock=clock())
    with pytest.raises(Rejected, match="denied"):
        close_case(case=case, outcome="in_order", actor=actor, clock=clock())
    assert not Case.objects.visible_to(User.objects.get(pk=stranger.user_id)).exists()


def test_a_case_without_a_party_asks_nobody_and_is_handed_over_by_name() -> None:
    desk = officer()
    case = claim_case(case=opened(), actor=desk, clock=clock())
    with pytest.raises(Rejected, match="no_party"):
        ask_party(case=case, text="?", actor=desk, clock=clock())
    colleague = make_user(Role.COMPLIANCE_OFFICER)
    assert assign_case(case=case, to=colleague, reason="休假", actor=desk, clock=clock()).assignee == colleague


def test_the_timeline_is_append_only() -> None:
    opened()
    with pytest.raises(DatabaseError), transaction.atomic():
        CaseEntry.objects.all().delete()
