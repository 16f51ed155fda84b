"""Arbitration by agreement, with or without mediation before it: taken in within five days, awarded in the term both agreed on (R95)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from compliance.models import Dispute
from compliance.operations import (
    agree_to_arbitrate,
    award_dispute,
    decline_arbitration,
    go_to_mediation,
    lapse_dispute,
    open_dispute,
    take_in_arbitration,
)
from evidence.clock import set_market_clock
from evidence.models import Record
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Notice, Organization
from participants.queries import add_working_days
from participants.roles import Role
from tests.compliance.worlds import merchant
from tests.factories import NOW, clock, make_actor, make_organization, make_user, venue

pytestmark = pytest.mark.django_db


def disputed() -> tuple[Dispute, Actor, Actor]:
    _, selling = merchant()
    seller = Organization.objects.get(pk=selling.organization_id)
    buyer = make_organization(Role.BUYER)
    buying = make_actor(Role.BUYER, organization=buyer)
    return open_dispute(subject_code="TRD-1", opener=buyer, respondent=seller, claim="质量低于声明", actor=buying,
                        clock=clock()), buying, selling


def arbitrating(days: int | None = 20) -> tuple[Dispute, Organization, Actor]:
    dispute, buying, selling = disputed()
    house = make_organization(Role.SERVICE_PROVIDER)
    for actor in (buying, selling):
        dispute = agree_to_arbitrate(dispute=dispute, arbitrator=house, days=days, actor=actor, clock=clock())
    return dispute, house, make_actor(Role.SERVICE_PROVIDER, organization=house)


@covers("R95", "R61")
def test_two_sides_agree_to_arbitrate_without_mediation() -> None:
    dispute, _, judge = arbitrating()
    assert (dispute.status, dispute.mediation_at) == ("arbitrating", None)
    assert dispute.due_at == NOW + timedelta(days=5), "taken in within five days, whatever days they are"
    taken = take_in_arbitration(dispute=dispute, actor=judge, clock=clock())
    assert taken.due_at == add_working_days(venue(), NOW, 20)
    done = award_dispute(dispute=taken, refund_bps=2500, reasons="四分之一的字段缺失", actor=judge, clock=clock())
    assert (done.status, done.refund_bps) == ("awarded", 2500)


@covers("R95")
def test_one_side_alone_arbitrates_nothing_and_both_have_to_name_the_same_house_and_term() -> None:
    dispute, buying, selling = disputed()
    house = make_organization(Role.SERVICE_PROVIDER)
    dispute = agree_to_arbitrate(dispute=dispute, arbitrator=house, days=20, actor=buying, clock=clock())
    dispute = agree_to_arbitrate(dispute=dispute, arbitrator=house, days=20, actor=buying, clock=clock())
    assert dispute.status == "negotiating"
    assert Notice.objects.filter(organization=dispute.respondent, subject=dispute.code, text_zh__contains="提议").exists()
    dispute = agree_to_arbitrate(dispute=dispute, arbitrator=house, days=30, actor=selling, clock=clock())
    assert (dispute.status, dispute.agreed) == ("negotiating", [selling.organization_id]), "another term is a counter-proposal"
    dispute = agree_to_arbitrate(dispute=dispute, arbitrator=house, days=30, actor=buying, clock=clock())
    assert (dispute.status, dispute.award_days) == ("arbitrating", 30)
    assert Notice.objects.filter(organization=house, subject=dispute.code).exists()


@covers("R95")
@pytest.mark.parametrize("days", [0, 4, 121])
def test_a_term_outside_the_bounds_is_refused_with_its_field(days: int) -> None:
    dispute, buying, _ = disputed()
    with pytest.raises(Rejected) as caught:
        agree_to_arbitrate(dispute=dispute, arbitrator=make_organization(Role.SERVICE_PROVIDER), days=days, actor=buying, clock=clock())
    assert caught.value.code == "compliance.dispute.term_faulty" and caught.value.errors[0].field == "days"


@covers("R95")
def test_an_arbitrator_who_declines_leaves_mediation_and_another_choice() -> None:
    dispute, _, judge = arbitrating()
    with pytest.raises(Rejected, match="reasons_missing"):
        decline_arbitration(dispute=dispute, reason=" ", actor=judge, clock=clock())
    back = decline_arbitration(dispute=dispute, reason="与一方有业务往来", actor=judge, clock=clock())
    assert (back.status, back.arbitrator, back.agreed, back.award_days) == ("mediating", None, [], None)
    assert back.due_at == add_working_days(venue(), NOW, 15)
    with pytest.raises(Rejected, match="absent"):
        award_dispute(dispute=back, refund_bps=1, reasons="越权", actor=judge, clock=clock())


@covers("R95")
def test_the_clock_flags_a_case_not_taken_in_and_then_a_late_award() -> None:
    dispute, _, judge = arbitrating()
    with pytest.raises(Rejected, match="not_reached"):
        lapse_dispute(dispute=dispute, clock=clock(dispute.due_at - timedelta(seconds=1)))
    late = lapse_dispute(dispute=dispute, clock=clock(dispute.due_at))
    assert (late.status, late.overdue) == ("arbitrating", True)
    taken = take_in_arbitration(dispute=late, actor=judge, clock=clock(late.due_at))
    assert not taken.overdue and taken.due_at is not None
    assert lapse_dispute(dispute=taken, clock=clock(taken.due_at)).overdue
    told = list(Record.objects.filter(subject=dispute.code).order_by("pk").values_list("kind", flat=True))
    assert told.count("compliance.dispute.escalated") == 2 and "compliance.dispute.arbitration_taken_in" in told
    assert award_dispute(dispute=taken, refund_bps=0, reasons="证据不足", actor=judge, clock=clock(taken.due_at)).status == "awarded"


@covers("R95")
def test_what_was_taken_in_is_neither_declined_nor_taken_in_again_and_a_strangers_house_sees_nothing() -> None:
    dispute, _, judge = arbitrating(days=None)
    assert dispute.award_days == 30, "the venue's own term where none is named"
    other = make_actor(Role.SERVICE_PROVIDER, organization=make_organization(Role.SERVICE_PROVIDER))
    with pytest.raises(Rejected, match="absent"):
        take_in_arbitration(dispute=dispute, actor=other, clock=clock())
    taken = take_in_arbitration(dispute=dispute, actor=judge, clock=clock())
    for act in (lambda: take_in_arbitration(dispute=taken, actor=judge, clock=clock()),
                lambda: decline_arbitration(dispute=taken, reason="后悔", actor=judge, clock=clock())):
        with pytest.raises(Rejected, match="not_to_take_in"):
            act()


@covers("R95")
def test_mediation_may_come_first_all_the_same() -> None:
    dispute, buying, selling = disputed()
    dispute = go_to_mediation(dispute=dispute, actor=buying, clock=clock())
    house = make_organization(Role.SERVICE_PROVIDER)
    for actor in (buying, selling):
        dispute = agree_to_arbitrate(dispute=dispute, arbitrator=house, actor=actor, clock=clock())
    assert dispute.status == "arbitrating"


@covers("R95", "H8")
def test_both_agree_and_the_arbitrator_takes_it_in_on_the_page() -> None:
    seller, buyer, house = make_organization(Role.DATA_MERCHANT), make_organization(Role.BUYER), make_organization(Role.SERVICE_PROVIDER)
    buying = make_user(Role.BUYER, organization=buyer)
    set_market_clock(NOW, 0)
    dispute = open_dispute(subject_code="TRD-1", opener=buyer, respondent=seller, claim="质量低于声明",
                           actor=make_actor(Role.BUYER, organization=buyer), clock=clock())
    page = f"/desk/disputes/{dispute.code}/"
    for user in (buying, make_user(Role.DATA_MERCHANT, organization=seller)):
        client = Client()
        client.force_login(user)
        assert "不必先经调解" in client.get(page).content.decode()
        assert client.post(page, {"act": "agree", "arbitrator": house.code, "days": "abc"}).status_code == 400
        assert client.post(page, {"act": "agree", "arbitrator": house.code, "days": "10"}).status_code == 302
    client = Client()
    client.force_login(make_user(Role.SERVICE_PROVIDER, organization=house))
    assert "不予受理" in client.get(page).content.decode()
    assert client.post(page, {"act": "take_in"}).status_code == 302
    dispute.refresh_from_db()
    assert dispute.taken_in_at is not None and dispute.award_days == 10
