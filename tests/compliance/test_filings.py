"""Off-exchange filing: the same rules, three different persons, no deadline that approves (R43, F12, I18, I19)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from compliance.models import Filing
from compliance.operations import (
    confirm_filing,
    decide_filing,
    dispute_filing,
    escalate_filing,
    lapse_filing,
    second_filing,
    withdraw_filing,
)
from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import User
from participants.roles import Role
from tests.compliance.worlds import filed, officer, regulator
from tests.factories import NOW, clock, make_actor, make_user

pytestmark = pytest.mark.django_db


@covers("F12", "I19")
def test_reported_confirmed_and_verified_by_three_persons() -> None:
    filing, _, buying = filed()
    assert (filing.status, filing.verdict, filing.rule_set, filing.red) == ("filed", "pass", "2026.1", False)
    filing = confirm_filing(filing=filing, actor=buying, clock=clock())
    filing = decide_filing(filing=filing, outcome="verify", reason="合同与付款凭证一致", actor=officer(), clock=clock())
    assert filing.status == "verified"
    kinds = list(Record.objects.filter(subject=filing.code).order_by("at", "kind").values_list("kind", flat=True))
    assert sorted(kinds) == ["compliance.filing.confirmed", "compliance.filing.filed", "compliance.filing.verified"]


def test_confirming_twice_changes_nothing_and_confirming_after_the_end_is_refused() -> None:
    filing, _, buying = filed()
    confirm_filing(filing=filing, actor=buying, clock=clock())
    confirm_filing(filing=filing, actor=buying, clock=clock())
    assert Record.objects.filter(kind="compliance.filing.confirmed").count() == 1
    decide_filing(filing=filing, outcome="reject", reason="查无合同", actor=officer(), clock=clock())
    with pytest.raises(Rejected, match="illegal_move"):
        confirm_filing(filing=filing, actor=buying, clock=clock())


@covers("I18")
def test_the_reporters_person_cannot_confirm_under_another_account() -> None:
    filing, selling, _ = filed()
    with pytest.raises(Rejected, match="denied"):
        confirm_filing(filing=filing, actor=selling, clock=clock())
    same_person = User.objects.get(pk=selling.user_id).person
    buyer = filing.counterparty
    twin = make_actor(Role.BUYER, organization=buyer, person=same_person)
    with pytest.raises(Rejected, match="already_took_part"):
        confirm_filing(filing=filing, actor=twin, clock=clock())


@covers("R84", "W18")
def test_prohibited_matters_and_missing_facts_are_refused_at_once() -> None:
    with pytest.raises(Rejected, match="prohibited") as refused:
        filed(grade="core")
    assert refused.value.params["rules"] == "NL-P-03"
    with pytest.raises(Rejected, match="facts_missing") as refused:
        filed(purpose=None)
    assert [one.field for one in refused.value.errors] == ["facts.purpose"]
    assert refused.value.params["missing"] == ("使用目的", "purpose of use"), "asked in the words of the form"
    with pytest.raises(Rejected, match="facts_unreadable"):
        filed(grade="Core")


@covers("I18")
def test_a_red_filing_needs_two_reviewers_and_they_must_agree() -> None:
    filing, _, buying = filed(grade="important")
    assert filing.red
    confirm_filing(filing=filing, actor=buying, clock=clock())
    with pytest.raises(Rejected, match="denied"):
        decide_filing(filing=filing, outcome="verify", reason="", actor=officer(), clock=clock())
    first = regulator("review_first")
    filing = decide_filing(filing=filing, outcome="verify", reason="风险评估齐备", actor=first, clock=clock())
    assert filing.status == "confirmed"
    person = User.objects.get(pk=first.user_id).person
    twin = make_actor(Role.REGULATOR, person=person, capabilities=("review_second",))
    with pytest.raises(Rejected):
        second_filing(filing=filing, agree=True, reason="", actor=twin, clock=clock())
    filing = second_filing(filing=filing, agree=True, reason="同意", actor=regulator("review_second"), clock=clock())
    assert filing.status == "verified"
    assert Record.objects.get(kind="compliance.filing.verified").payload["second"] == first.person


def test_when_the_second_reviewer_differs_the_reporter_is_asked_and_may_take_it_back() -> None:
    filing, selling, buying = filed(grade="important")
    confirm_filing(filing=filing, actor=buying, clock=clock())
    decide_filing(filing=filing, outcome="verify", reason="", actor=regulator("review_first"), clock=clock())
    filing = second_filing(filing=filing, agree=False, reason="缺少合同附件", actor=regulator("review_second"), clock=clock())
    assert filing.status == "returned"
    with pytest.raises(Rejected, match="illegal_move"):
        confirm_filing(filing=filing, actor=buying, clock=clock())
    assert withdraw_filing(filing=filing, actor=selling, clock=clock()).status == "withdrawn"


def test_a_dispute_returns_it_and_silence_returns_or_withdraws_it() -> None:
    filing, _, buying = filed()
    assert dispute_filing(filing=filing, reason="没有这笔交易", actor=buying, clock=clock()).status == "returned"
    filing, _, _ = filed()
    with pytest.raises(Rejected, match="not_reached"):
        lapse_filing(filing=filing, clock=clock(filing.due_at - timedelta(seconds=1)))
    filing = lapse_filing(filing=filing, clock=clock(filing.due_at))
    assert filing.status == "returned"
    assert lapse_filing(filing=filing, clock=clock(filing.due_at)).status == "withdrawn"


def test_a_deadline_never_verifies() -> None:
    filing, _, buying = filed()
    filing = confirm_filing(filing=filing, actor=buying, clock=clock())
    late = clock(filing.due_at)
    filing = escalate_filing(filing=filing, clock=late)
    assert (filing.status, filing.overdue) == ("confirmed", True)
    with pytest.raises(Rejected, match="illegal_move"):
        lapse_filing(filing=filing, clock=late)


def test_a_withdrawn_filing_is_over_and_strangers_see_none_of_it() -> None:
    filing, selling, buying = filed()
    assert withdraw_filing(filing=filing, actor=selling, clock=clock()).status == "withdrawn"
    with pytest.raises(Rejected, match="illegal_move"):
        confirm_filing(filing=filing, actor=buying, clock=clock())
    stranger = make_user(Role.DATA_MERCHANT)
    assert not Filing.objects.visible_to(stranger).exists()


@covers("I18")
def test_the_database_refuses_a_decider_who_filed() -> None:
    filing, selling, buying = filed()
    confirm_filing(filing=filing, actor=buying, clock=clock())
    with pytest.raises(IntegrityError), transaction.atomic():
        Filing.objects.filter(pk=filing.pk).update(status="verified", decided_by_id=selling.user_id, decided_at=NOW)
