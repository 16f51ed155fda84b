"""Rights are registered: complete applications, public notice to the day, objections that stop the clock, certificates with their term."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from evidence.models import Record
from kit.clock import MovingClock
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Listing, Registration, RegistrationCertificate
from listings.operations import (
    apply_registration,
    assign_right,
    certify_registration,
    create_product,
    decide_objection,
    declare_right,
    draft_registration,
    freeze_certificate,
    grant_right,
    lift_right,
    reply_objection,
    suspend_right,
    thaw_certificate,
)
from listings.queries import tradable
from listings.tasks import run_deadlines
from participants.operations import ask_approval, decide_approval
from participants.roles import Role
from tests.factories import NOW, make_actor, make_organization
from tests.listings.worlds import make_deposit, make_listed, make_registered, make_seller, objected

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


def in_notice(at: datetime = NOW) -> tuple[Registration, MovingClock]:
    """A public-data registration in its notice, the clock at its start."""
    from listings.operations import accept_registration, pass_registration

    seller = make_seller(Role.PUBLIC_DATA_OPERATOR, at=at)
    by = {"actor": seller.actor, "clock": seller.clock}
    product = create_product(organization=seller.organization, title_zh="公共停车泊位", source_statement="授权运营", **by)
    declare_right(product=product, right="operate", origin="authorised_operation", **by)
    one = draft_registration(product=product, regime="enterprise", statement="依授权运营协议取得经营权。",
                             deposit=make_deposit(seller.organization), **by)
    apply_registration(registration=one, **by)
    desk = {"actor": make_actor(Role.COMPLIANCE_OFFICER), "clock": seller.clock}
    accept_registration(registration=one, **desk)
    return pass_registration(registration=one, **desk), seller.clock


@covers("R10")
def test_an_application_is_refused_with_one_list_of_all_that_is_missing() -> None:
    seller = make_seller()
    product = create_product(organization=seller.organization, title_zh="充电桩", actor=seller.actor, clock=seller.clock)
    one = draft_registration(product=product, actor=seller.actor, clock=seller.clock)
    with pytest.raises(Rejected) as refused:
        apply_registration(registration=one, actor=seller.actor, clock=seller.clock)
    assert refused.value.code == "listings.registration.incomplete"
    assert refused.value.params["missing"][0] == "来源与权属说明、至少一项有效的权利、证明材料"


@covers("R10")
def test_public_data_is_in_the_public_regime_whatever_the_applicant_ticks() -> None:
    one, _ = in_notice()
    assert (one.regime, one.status) == ("public", "in_notice")


@covers("R10", "M3")
def test_m3_a_notice_of_ten_working_days_ends_on_the_day_across_a_holiday_with_make_up_days() -> None:
    """National Day 2026: 1 to 7 October are free, Saturday 10 October is worked. From Monday 28 September the tenth working day is
    Friday 16 October, and the notice ends with it."""
    one, clock = in_notice(datetime(2026, 9, 28, 2, tzinfo=UTC))
    assert one.notice_to == datetime(2026, 10, 17, 0, tzinfo=SHANGHAI)
    clock.move_to(one.notice_to - timedelta(microseconds=1))
    with pytest.raises(Rejected) as refused:
        certify_registration(registration=one, clock=clock)
    assert refused.value.code == "listings.registration.notice_running"
    assert run_deadlines(clock=clock) == 0
    clock.move_to(one.notice_to)
    assert run_deadlines(clock=clock) == 1
    one.refresh_from_db()
    assert one.status == "certified" and RegistrationCertificate.objects.filter(registration=one).exists()


def test_enterprise_data_is_certified_at_once_and_stays_open_to_objection_ten_working_days() -> None:
    seller = make_seller()
    _, certificate = make_registered(seller)
    assert certificate.registration.notice_to is None and certificate.objection_to is not None
    assert certificate.objection_to > seller.clock.now() + timedelta(days=13)


def test_a_certificate_never_outlives_the_right_it_proves() -> None:
    seller = make_seller()
    by = {"actor": seller.actor, "clock": seller.clock}
    from listings.operations import accept_registration, pass_registration

    product = create_product(organization=seller.organization, title_zh="两年的权利", source_statement="协议", **by)
    ends = seller.clock.now() + timedelta(days=730)
    declare_right(product=product, right="operate", origin="contract", effective_to=ends, **by)
    one = draft_registration(product=product, statement="依许可协议取得，期限两年。", deposit=make_deposit(seller.organization), **by)
    apply_registration(registration=one, **by)
    desk = {"actor": make_actor(Role.COMPLIANCE_OFFICER), "clock": seller.clock}
    accept_registration(registration=one, **desk)
    pass_registration(registration=one, **desk)
    assert RegistrationCertificate.objects.get(registration=one).effective_to == ends


@covers("R10")
def test_an_objection_stops_the_notice_and_a_rejected_one_lets_the_rest_run() -> None:
    one, clock = in_notice()
    assert one.notice_to is not None
    end = one.notice_to
    clock.advance(timedelta(days=3))
    stranger = make_actor(Role.BUYER)
    objection = objected(one, grounds="本机构是来源方，从未授权经营。", actor=stranger, clock=clock)
    one.refresh_from_db()
    assert one.status == "objected"
    clock.move_to(end + timedelta(days=1))
    assert run_deadlines(clock=clock) == 0, "a notice that stands still does not end"
    holder = make_actor(Role.PUBLIC_DATA_OPERATOR, organization=one.organization)
    reply_objection(objection=objection, reply="附授权协议第三条，已取得经营权。", actor=holder, clock=clock)
    decide_objection(objection=objection, upheld=False, reason="授权有效", actor=make_actor(Role.COMPLIANCE_OFFICER), clock=clock)
    one.refresh_from_db()
    assert one.status == "in_notice" and one.notice_to == clock.now() + (end - (end - timedelta(0))) + _rest(end, days=3,
        start=one.notice_from)


def _rest(end: datetime, *, days: int, start: datetime | None) -> timedelta:
    """What was left of a notice after ``days``, in whole seconds."""
    assert start is not None
    return timedelta(seconds=int((end - start - timedelta(days=days)).total_seconds()))


@covers("I18")
def test_upholding_an_objection_takes_a_regulator_beside_the_officer() -> None:
    one, clock = in_notice()
    objection = objected(one, grounds="来源方从未授权，附声明。", actor=make_actor(Role.BUYER), clock=clock)
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    with pytest.raises(Rejected) as refused:
        decide_objection(objection=objection, upheld=True, reason="未经授权", actor=officer, clock=clock)
    assert refused.value.code == "listings.registration.second_person"
    approval = ask_approval(act="listings.registration.uphold", subject=one.code, actor=officer, at=clock.now())
    decide_approval(approval=approval, approve=True, reason="同意", actor=make_actor(Role.REGULATOR), at=clock.now())
    decide_objection(objection=objection, upheld=True, reason="未经授权", actor=officer, clock=clock)
    one.refresh_from_db()
    assert (one.status, one.reason) == ("refused", "未经授权")


def test_nobody_objects_when_the_time_is_over() -> None:
    seller = make_seller()
    _, certificate = make_registered(seller)
    assert certificate.objection_to is not None
    seller.clock.move_to(certificate.objection_to)
    with pytest.raises(Rejected) as refused:
        objected(certificate.registration, grounds="迟到的异议，理由充分。", actor=make_actor(Role.BUYER),
                            clock=seller.clock)
    assert refused.value.code == "listings.registration.no_notice"


def test_a_frozen_certificate_takes_its_listing_off_sale_and_a_thawed_one_brings_it_back() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    assert listing.certificate is not None
    freeze_certificate(certificate=listing.certificate, cause_code="CASE-1", actor=officer, clock=seller.clock)
    assert tradable(listing, at=seller.clock.now()) == "listings.listing.suspended"
    thaw_certificate(certificate=listing.certificate, actor=officer, clock=seller.clock)
    assert tradable(listing, at=seller.clock.now()) == ""


@covers("R8", "R37")
def test_what_grew_from_a_right_stops_and_starts_with_it() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    by = {"actor": seller.actor, "clock": seller.clock}
    root = listing.product.rights.get(right="use")
    child = grant_right(parent=root, to=make_organization(Role.DATA_MERCHANT), sublicence_depth=1, **by)
    other = make_actor(Role.DATA_MERCHANT, organization=child.organization)
    grandchild = grant_right(parent=child, to=make_organization(Role.BUYER), actor=other, clock=seller.clock)
    suspend_right(right=root, **by)
    child.refresh_from_db()
    grandchild.refresh_from_db()
    assert [(one.status, one.cause_code) for one in (child, grandchild)] == [("suspended", root.code)] * 2
    assert Listing.objects.get(pk=listing.pk).status == "suspended"
    lift_right(right=root, **by)
    child.refresh_from_db()
    grandchild.refresh_from_db()
    assert {child.status, grandchild.status} == {"active"}


@covers("R38")
def test_an_assigned_right_ends_here_and_begins_there_in_one_transaction() -> None:
    seller = make_seller()
    product, _ = make_registered(seller)
    right = product.rights.get(right="use")
    to = make_organization(Role.DATA_MERCHANT)
    new = assign_right(right=right, to=to, actor=seller.actor, clock=seller.clock)
    right.refresh_from_db()
    assert (right.status, new.status, new.organization) == ("transferred", "active", to)
    told = Record.objects.filter(kind="listings.right.assigned", subject=new.code)
    assert told.count() == 1 and told[0].payload["cause"] == right.code
