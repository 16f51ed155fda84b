"""Third parties at work: who may offer, who may take an order, what money does at each turn, who answers for a false report."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from compliance.engaging.independence import JUDGING, service_classes
from compliance.engaging.reporting import reports_on
from compliance.models import Case, ConductCase, CreditRecord, Dispute, Engagement, EngagementReport, ServiceOffer
from compliance.operations import (
    accept_order,
    accept_proposal,
    approve_report,
    decide_conduct,
    decline_order,
    dismiss_conduct,
    give_up_order,
    notify_accused,
    object_to_report,
    place_order,
    propose_settlement,
    publish_offer,
    question_report,
    second_conduct,
    stand_by_report,
    waive_statement,
    withdraw_offer,
    withdraw_order,
)
from compliance.tasks import act_on_deadlines
from evidence.invariants import check_all
from evidence.models import Record
from evidence.operations import drain
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from participants.models import Notice, OwnershipStake
from participants.queries import venue_organization
from tests.compliance.engagements import WORDS, Ordered, client, offered, provider
from tests.compliance.worlds import officer, regulator
from tests.factories import EPOCH, NOW, clock, make_organization, venue

pytestmark = pytest.mark.django_db
PRICE = 2_000_000


def free(code: str) -> tuple[int, int]:
    """(posted, reserved) of an organisation's free money."""
    held = balance(account(code, AccountKind.AVAILABLE))
    return held.posted_fen, held.reserved_fen


def fees() -> int:
    """What the venue charged, the tax inside it counted."""
    house = venue_organization(venue()).code
    return sum(balance(account(house, kind)).posted_fen for kind in (AccountKind.VENUE_FEES, AccountKind.TAX))


def unsound() -> list[str]:
    """What the invariants say, of all but the admissions and disputes that the worlds plant without a fact."""
    return [one.text for one in check_all().violations if not one.text.startswith(("ADM-", "DSP-0000000001"))]


def own(owner: Any, owned: Any, bps: int) -> None:
    OwnershipStake.objects.create(owner=owner, owned=owned, share_bps=bps, source="工商登记", effective_from=EPOCH)


def refused(code: str, act: Any) -> Rejected:
    with pytest.raises(Rejected) as caught, transaction.atomic():
        act()
    assert caught.value.code == code
    return caught.value


# ---- the directory ---------------------------------------------------------------------------------------------------------


@covers("R61", "A2")
def test_the_kinds_are_the_eleven_of_the_policy_and_the_two_added_later() -> None:
    kinds = {one.removeprefix("provider_") for one in service_classes(NOW)}
    eleven = {"integration", "brokerage", "certification", "audit", "notarisation", "insurance", "custody", "valuation", "arbitration",
              "risk", "training"}
    assert kinds == eleven | {"quality", "consulting"}
    assert set(service_classes(NOW)) >= JUDGING


@covers("R61", "A2", "R88")
def test_only_who_is_admitted_in_the_class_and_bound_by_the_commitment_may_offer() -> None:
    one, actor = provider("provider_audit")
    put: dict[str, Any] = {"provider": one, "words": WORDS, "price_fen": PRICE, "days": 10, "actor": actor, "clock": clock()}
    refused("compliance.service.not_accredited", lambda: publish_offer(kind="provider_valuation", **put))
    made = publish_offer(kind="provider_audit", **put)
    assert (made.status, made.kind_words[1]) == ("offered", "Security audit provider")
    silent, theirs = provider("provider_audit", declared=False)
    refused("compliance.service.undeclared", lambda: publish_offer(kind="provider_audit", **{**put, "provider": silent, "actor": theirs}))
    for fault in ({"price_fen": 0}, {"days": 0}, {"words": {**WORDS, "scope_zh": "短"}}):
        refused("compliance.service.faulty", lambda fault=fault: publish_offer(kind="provider_audit", **{**put, **fault}))


@covers("R61")
def test_terms_never_change_and_what_is_taken_down_takes_no_order() -> None:
    offer, actor = offered()
    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceOffer.objects.filter(pk=offer.pk).update(price_fen=1)
    withdraw_offer(offer=offer, actor=actor, clock=clock())
    buyer, buying = client()
    refused("compliance.engagement.offer_gone",
            lambda: place_order(offer=offer, client=buyer, brief="请评估一下。", actor=buying, clock=clock()))


# ---- an order and its money --------------------------------------------------------------------------------------------------


@covers("R61", "G1", "R89")
def test_a_worked_order_20_000_yuan_of_which_the_venue_takes_3_percent() -> None:
    world = Ordered()
    assert free(world.client.code) == (100_000_000, PRICE), "set aside at the order, nobody's yet"
    world.accepted()
    report = world.report()
    assert (report.number, report.status, world.order.status) == (1, "valid", "delivered")
    done = approve_report(engagement=world.order, actor=world.buying, clock=clock())
    assert (done.status, done.fee_fen, done.paid_fen) == ("completed", 60_000, 1_940_000)
    assert free(world.client.code) == (98_000_000, 0)
    assert free(world.offer.provider.code) == (1_940_000, 0)
    assert fees() == 60_000
    answers = {row.kind.rpartition(".")[2]: row.payload["responsible"] for row in Record.objects.filter(subject=done.code)}
    assert answers == {"ordered": world.client.code, "accepted": world.offer.provider.code, "reported": world.offer.provider.code,
                       "completed": world.client.code}
    assert unsound() == []


@covers("R61", "G1")
def test_who_cannot_pay_orders_nothing() -> None:
    offer, _ = offered()
    poor, buying = client(0)
    refused("ledger.insufficient_funds", lambda: place_order(offer=offer, client=poor, brief="请评估一下。", actor=buying, clock=clock()))
    assert not Engagement.objects.exists()


@covers("R61")
@pytest.mark.parametrize("end, status", [
    (lambda w: decline_order(engagement=w.order, reason="人手不足", actor=w.providing, clock=clock()), "declined"),
    (lambda w: withdraw_order(engagement=w.order, actor=w.buying, clock=clock()), "withdrawn"),
    (lambda w: give_up_order(engagement=w.accepted().order, reason="出现利益冲突", actor=w.providing, clock=clock()), "failed"),
], ids=["declined", "withdrawn", "given up"])
def test_an_order_that_comes_to_nothing_frees_the_money(end: Any, status: str) -> None:
    world = Ordered()
    done = end(world)
    assert (done.status, done.paid_fen, free(world.client.code)) == (status, 0, (100_000_000, 0))
    assert unsound() == []


@covers("R61", "R94")
def test_silence_lapses_an_order_fails_a_late_report_and_accepts_a_delivered_one() -> None:
    unanswered, late, silent = Ordered(), Ordered().accepted(), Ordered().accepted()
    silent.report()
    act_on_deadlines(clock(NOW + timedelta(days=1)))
    assert {row.status for row in Engagement.objects.all()} == {"ordered", "working", "delivered"}, "no clock has run out yet"
    act_on_deadlines(clock(NOW + timedelta(days=40)))
    for world, status in ((unanswered, "declined"), (late, "failed"), (silent, "completed")):
        world.order.refresh_from_db()
        assert world.order.status == status
    assert free(late.client.code) == (100_000_000, 0)
    assert free(silent.offer.provider.code)[0] == 1_940_000
    assert CreditRecord.objects.get(organization=late.offer.provider).event == "delivery_failed"
    assert unsound() == []


@covers("R61", "R95")
def test_an_objection_is_answered_by_the_next_number_or_goes_to_a_dispute_whose_share_is_paid() -> None:
    world = Ordered().accepted()
    world.report()
    object_to_report(engagement=world.order, text="未说明折现率依据。", actor=world.buying, clock=clock())
    world.order.refresh_from_db()
    assert world.report().number == 2
    object_to_report(engagement=world.order, text="仍未说明折现率依据。", actor=world.buying, clock=clock())
    stood = stand_by_report(engagement=world.order, claim="折现率依据见报告第四章。", actor=world.providing, clock=clock())
    assert (stood.status, stood.due_at) == ("disputed", None)
    dispute = Dispute.objects.get(subject_code=stood.code)
    propose_settlement(dispute=dispute, refund_bps=4_000, text="退四成", actor=world.providing, clock=clock())
    accept_proposal(dispute=dispute, actor=world.buying, clock=clock())
    act_on_deadlines(clock())
    stood.refresh_from_db()
    assert (stood.status, stood.fee_fen, stood.paid_fen) == ("completed", 36_000, 1_164_000), "60 % of 20,000 is 12,000; 3 % of it the fee"
    assert free(world.client.code) == (98_800_000, 0)
    assert unsound() == []


@covers("R61", "T36")
def test_only_the_provider_delivers_and_only_the_client_accepts() -> None:
    world = Ordered().accepted()
    _, stranger = client()
    refused("participants.object.absent", lambda: approve_report(engagement=world.order, actor=stranger, clock=clock()))
    world.report()
    refused("participants.permission.denied", lambda: approve_report(engagement=world.order, actor=world.providing, clock=clock()))
    with pytest.raises(IntegrityError), transaction.atomic():
        Engagement.objects.filter(pk=world.order.pk).update(paid_fen=1)


@covers("R61", "I3")
def test_a_signed_report_cannot_be_changed_or_deleted() -> None:
    report = Ordered().accepted().report()
    with pytest.raises(IntegrityError), transaction.atomic():
        EngagementReport.objects.filter(pk=report.pk).update(summary="改过的结论")
    with pytest.raises(Exception, match=r"denied|compliance_engagementreport"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM compliance_engagementreport WHERE id = %s", [report.pk])


# ---- ties --------------------------------------------------------------------------------------------------------------------


def disputed(opener: Any, respondent: Any) -> Dispute:
    return Dispute.objects.create(code="DSP-0000000001", subject_code="TRD-1", opener=opener, respondent=respondent, claim="质量低于声明",
                                  opened_at=NOW)


@covers("R53", "R61")
def test_a_provider_related_to_the_other_side_is_refused_with_the_rule() -> None:
    """A parent holds 60 % of the provider and 60 % of the seller the client disputes with."""
    offer, _ = offered("provider_brokerage")
    (buyer, buying), seller, parent = client(), make_organization(), make_organization(admitted=False)
    own(parent, offer.provider, 6_000)
    own(parent, seller, 6_000)
    dispute = disputed(buyer, seller)
    no = refused("compliance.engagement.related_party", lambda: place_order(
        offer=offer, client=buyer, about=dispute.code, brief="请代为磋商。", actor=buying, clock=clock()))
    assert no.params["party"][0] == seller.name
    assert place_order(offer=offer, client=buyer, brief="另一件事，请代为磋商。", actor=buying, clock=clock()).status == "ordered"


@covers("R53", "R61")
def test_who_judges_is_related_to_nobody_and_who_works_for_a_client_may_be_of_his_group() -> None:
    for kind, code in (("provider_valuation", "compliance.engagement.not_independent"), ("provider_integration", "")):
        offer, _ = offered(kind)
        buyer, buying = client()
        own(buyer, offer.provider, 6_000)

        def order(offer: Any = offer, buyer: Any = buyer, buying: Any = buying) -> Any:
            return place_order(offer=offer, client=buyer, brief="请办理此事。", actor=buying, clock=clock())

        if code:
            refused(code, order)
        else:
            assert order().status == "ordered"


@covers("R53")
def test_a_provider_of_the_venues_group_takes_no_order_and_a_tie_made_later_stops_the_acceptance() -> None:
    world = Ordered()
    own(venue_organization(venue()), world.offer.provider, 5_100)
    refused("compliance.engagement.venue_group", lambda: accept_order(engagement=world.order, actor=world.providing, clock=clock()))
    other, buying = client()
    refused("compliance.engagement.venue_group",
            lambda: place_order(offer=world.offer, client=other, brief="请评估一下。", actor=buying, clock=clock()))


@covers("R61")
def test_an_order_is_about_something_one_is_a_party_to_or_nothing() -> None:
    offer, _ = offered()
    (buyer, buying), dispute = client(), disputed(make_organization(), make_organization())
    for about in (dispute.code, "TRD-0000000000", "LST-0000000000", "XXX-1"):
        refused("compliance.engagement.no_subject", lambda about=about: place_order(
            offer=offer, client=buyer, about=about, brief="请评估一下。", actor=buying, clock=clock()))


# ---- liability ---------------------------------------------------------------------------------------------------------------


def attached() -> tuple[Ordered, EngagementReport, Dispute]:
    """An accepted report about a dispute of the client's."""
    buyer, buying = client()
    dispute = disputed(buyer, make_organization())
    world = Ordered(about=dispute.code, client_of=(buyer, buying)).accepted()
    report = world.report()
    approve_report(engagement=world.order, actor=buying, clock=clock())
    return world, report, dispute


@covers("R61", "R88", "R94")
def test_a_report_found_false_costs_the_provider_its_credit_and_what_rests_on_it_is_looked_at_again() -> None:
    world, report, dispute = attached()
    assert [one.code for one in reports_on(dispute.code)] == [report.code]
    case = question_report(report=report, text="报告引用的合同并不存在。", actor=officer(), clock=clock())
    report.refresh_from_db()
    assert (report.status, case.organization, case.conduct) == ("questioned", world.offer.provider, "false_report")
    first, second = regulator("review_first"), regulator("review_second")
    notify_accused(case=case, actor=first, clock=clock())
    waive_statement(case=case, actor=world.providing, clock=clock())
    drain()
    report.refresh_from_db()
    assert report.status == "questioned", "nothing is found before the finding"
    decide_conduct(case=case, severity="serious", measures=["suspension"], reasons="合同系伪造", basis="信用管理规则 第14条", actor=first,
                   clock=clock())
    second_conduct(case=case, agree=True, reason="同意", actor=second, clock=clock())
    drain()
    report.refresh_from_db()
    assert report.status == "false"
    assert CreditRecord.objects.filter(organization=world.offer.provider, event="finding_serious").exists()
    assert Case.objects.get(subject_code=dispute.code).flags == ["report_false"]
    told = set(Notice.objects.filter(kind="compliance.engagement_report.false").values_list("organization_id", flat=True))
    assert told == {dispute.opener_id, dispute.respondent_id}
    assert reports_on(dispute.code)[0].status == "false", "a false report stays shown, with its mark"
    refused("compliance.service.barred", lambda: place_order(offer=world.offer, client=world.client, brief="再评估一次。",
                                                             actor=world.buying, clock=clock()))
    assert unsound() == []


@covers("R94")
def test_a_case_that_is_not_made_out_takes_the_doubt_away() -> None:
    _, report, _ = attached()
    case = question_report(report=report, text="有人称报告数据不实。", actor=officer(), clock=clock())
    dismiss_conduct(case=case, reason="核查属实", actor=regulator(), clock=clock())
    drain()
    report.refresh_from_db()
    assert report.status == "valid"
    refused("participants.permission.denied",
            lambda: question_report(report=report, text="我不喜欢这个结论。", actor=client()[1], clock=clock()))
    assert ConductCase.objects.count() == 1
