"""Who is late at the desk: put up once with a case, told to both sides, ended when it moves on; a deadline decides nothing (R10, C3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from compliance.models import Case
from evidence.invariants import registered
from evidence.models import Record
from kit.coverage import covers
from listings.models import RegistrationCertificate, Review
from listings.operations import (
    accept_registration,
    apply_registration,
    claim_review,
    create_product,
    declare_right,
    draft_registration,
    freeze_certificate,
    pass_registration,
    submit_listing,
    thaw_certificate,
    withdraw_version,
)
from listings.reviewing import note_draft
from listings.tasks import run_deadlines
from participants.models import Notice
from participants.queries import add_working_days, venue_organization
from participants.roles import Role
from tests.factories import make_actor
from tests.listings.worlds import desk_decides, make_deposit, make_draft, make_registered, make_seller

pytestmark = pytest.mark.django_db


def told_everything(table: str) -> bool:
    check = next(one for one in registered() if getattr(one, "table", "") == table)
    return list(check().check()) == []


@covers("R10", "B5")
@pytest.mark.parametrize(("regime", "days"), [("enterprise", 5), ("public", 20)])
def test_a_formal_review_past_its_working_days_is_put_up_once_and_passing_it_ends_the_case(regime: str, days: int) -> None:
    seller = make_seller()
    by = {"actor": seller.actor, "clock": seller.clock}
    product = create_product(organization=seller.organization, title_zh="充电桩利用率", source_statement="自有设备采集", **by)
    for right in ("hold", "use", "operate"):
        declare_right(product=product, right=right, origin="self_generated", sublicence_depth=2, **by)
    one = draft_registration(product=product, regime=regime, statement="全部数据由自有设备采集。",
                             deposit=make_deposit(seller.organization), **by)
    apply_registration(registration=one, **by)
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    one = accept_registration(registration=one, actor=officer, clock=seller.clock)
    assert one.due_at == add_working_days(one.venue, seller.clock.now(), days)
    seller.clock.move_to(one.due_at - timedelta(microseconds=1))
    run_deadlines(clock=seller.clock)
    assert not Case.objects.filter(subject_code=one.code).exists()
    seller.clock.move_to(one.due_at)
    run_deadlines(clock=seller.clock)
    run_deadlines(clock=seller.clock)
    one.refresh_from_db()
    case = Case.objects.get(kind="registration", subject_code=one.code)
    assert (one.status, one.escalated_at, case.flags) == ("in_review", one.due_at, ["overdue"]), "silence decides nothing"
    assert {note.organization_id for note in Notice.objects.filter(kind="listings.registration.late")} == {
        seller.organization.pk, venue_organization(one.venue).pk}
    assert Record.objects.filter(kind="listings.registration.late", subject=one.code).count() == 1
    pass_registration(registration=one, actor=officer, clock=seller.clock)
    case.refresh_from_db()
    assert (case.status, case.outcome) == ("closed", "cause_gone")
    assert told_everything("listings_registration")


@covers("R10", "B5")
def test_a_certificate_frozen_for_sixty_days_is_put_up_once_and_thawing_ends_the_case() -> None:
    seller = make_seller()
    _, held = make_registered(seller)
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    frozen = freeze_certificate(certificate=held, cause_code="CASE-1", actor=officer, clock=seller.clock)
    began = seller.clock.now()
    assert frozen.due_at is not None and frozen.due_at - began == timedelta(days=60)
    seller.clock.move_to(frozen.due_at - timedelta(microseconds=1))
    run_deadlines(clock=seller.clock)
    assert not Case.objects.filter(subject_code=held.code).exists()
    seller.clock.move_to(frozen.due_at)
    run_deadlines(clock=seller.clock)
    run_deadlines(clock=seller.clock)
    held.refresh_from_db()
    case = Case.objects.get(kind="registration", subject_code=held.code)
    assert (held.status, held.due_at, case.subject_kind) == ("frozen", None, "certificate"), "a person thaws or revokes it"
    assert Record.objects.filter(kind="listings.certificate.overdue", subject=held.code).count() == 1
    thawed = thaw_certificate(certificate=held, actor=officer, clock=seller.clock)
    case.refresh_from_db()
    assert thawed.due_at is None and case.outcome == "cause_gone"
    with pytest.raises(IntegrityError, match="certificate_due_while_frozen"), transaction.atomic():
        RegistrationCertificate.objects.filter(pk=held.pk).update(due_at=began)
    again = freeze_certificate(certificate=held, cause_code="CASE-2", actor=officer, clock=seller.clock)
    assert again.due_at == seller.clock.now() + timedelta(days=60), "another order has another sixty days"
    assert told_everything("listings_registrationcertificate")


def waiting(**changes):
    seller = make_seller()
    version = make_draft(seller, **changes)
    return seller, submit_listing(version=version, actor=seller.actor, clock=seller.clock)


@covers("C3", "R3")
def test_a_listings_review_past_its_time_is_put_up_once_and_the_decision_ends_the_case() -> None:
    seller, version = waiting()
    row = Review.objects.get(version=version)
    assert row.due_at == add_working_days(version.listing.venue, seller.clock.now(), 2), "amber: two working days"
    seller.clock.move_to(row.due_at)
    run_deadlines(clock=seller.clock)
    run_deadlines(clock=seller.clock)
    row.refresh_from_db()
    version.refresh_from_db()
    case = Case.objects.get(kind="version_review", subject_code=version.code)
    assert (row.status, row.escalated_at, version.status) == ("waiting", row.due_at, "submitted"), "late is not approved"
    assert case.flags == ["overdue"] and Record.objects.filter(kind="listings.listing.review_late").count() == 1
    desk_decides(version, "approve", seller.clock)
    case.refresh_from_db()
    assert case.outcome == "cause_gone"


@covers("C3")
def test_a_late_version_that_its_seller_takes_back_leaves_no_case_open() -> None:
    seller, version = waiting()
    seller.clock.move_to(Review.objects.get(version=version).due_at)
    run_deadlines(clock=seller.clock)
    withdraw_version(version=version, actor=seller.actor, clock=seller.clock)
    assert Case.objects.get(kind="version_review", subject_code=version.code).status == "closed"


@covers("C3")
def test_a_claimed_row_left_untouched_for_half_its_time_goes_back_and_one_with_a_draft_does_not() -> None:
    seller, version = waiting()
    row = Review.objects.get(version=version)
    claim_review(review=row, actor=make_actor(Role.COMPLIANCE_OFFICER), clock=seller.clock)
    half = seller.clock.now() + (row.due_at - seller.clock.now()) / 2
    seller.clock.move_to(half - timedelta(seconds=1))
    run_deadlines(clock=seller.clock)
    row.refresh_from_db()
    assert row.status == "assigned"
    seller.clock.move_to(half)
    run_deadlines(clock=seller.clock)
    row.refresh_from_db()
    assert (row.status, row.reviewer_id) == ("waiting", None)
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    claim_review(review=row, actor=officer, clock=seller.clock)
    note_draft(review=row, verdict="approve", reason="材料齐备", actor=officer, clock=seller.clock)
    seller.clock.move_to(row.due_at - timedelta(seconds=1))
    run_deadlines(clock=seller.clock)
    row.refresh_from_db()
    assert row.status == "assigned", "what is being worked on stays with who works on it"
    seller.clock.move_to(row.due_at + timedelta(days=9))
    run_deadlines(clock=seller.clock)
    row.refresh_from_db()
    assert row.status == "assigned" and row.escalated_at is not None


@covers("C3")
def test_who_takes_over_a_late_row_keeps_it() -> None:
    seller, version = waiting()
    row = Review.objects.get(version=version)
    seller.clock.move_to(row.due_at + timedelta(hours=1))
    run_deadlines(clock=seller.clock)
    claim_review(review=row, actor=make_actor(Role.COMPLIANCE_OFFICER), clock=seller.clock)
    seller.clock.move_to(row.due_at + timedelta(days=3))
    run_deadlines(clock=seller.clock)
    row.refresh_from_db()
    assert row.status == "assigned"
