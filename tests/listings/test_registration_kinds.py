"""Every kind of registration with its own time, parties and effect on the register (26号 9, 12, 15, 20; boundary case M3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from evidence.models import Record
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import Listing, PropertyRight, Registration, RegistrationCertificate
from listings.operations import (
    accept_registration,
    apply_registration,
    certify_registration,
    create_product,
    decide_objection,
    declare_right,
    draft_registration,
    grant_right,
    pass_registration,
    propose_uphold,
    reply_objection,
    revoke_certificate,
    second_uphold,
)
from listings.queries import tradable
from participants.roles import Role
from tests.factories import make_actor, make_organization
from tests.listings.worlds import Seller, make_deposit, make_listed, make_noticed, make_registered, make_seller, objected

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


def applied(seller: Seller, product: Any, kind: str, **fields: Any) -> Registration:
    by: dict[str, Any] = {"actor": seller.actor, "clock": seller.clock}
    one = draft_registration(product=product, kind=kind, statement="按规则第九条申请，事实与理由见附件。",
                             deposit=make_deposit(seller.organization), **fields, **by)
    return apply_registration(registration=one, **by)


def passed(seller: Seller, product: Any, kind: str, **fields: Any) -> Registration:
    one = applied(seller, product, kind, **fields)
    desk: dict[str, Any] = {"actor": make_actor(Role.COMPLIANCE_OFFICER), "clock": seller.clock}
    accept_registration(registration=one, **desk)
    one = pass_registration(registration=one, **desk)
    if one.notice_to:
        seller.clock.move_to(one.notice_to)
        one = certify_registration(registration=one, clock=seller.clock)
    return one


@covers("R10", "B5", "M3")
def test_m3_a_renewal_is_taken_on_day_60_before_expiry_and_refused_on_day_61() -> None:
    seller = make_seller()
    product, paper = make_registered(seller)
    seller.clock.move_to(paper.effective_to - timedelta(days=61))
    with pytest.raises(Rejected) as early:
        applied(seller, product, "renewal")
    assert early.value.code == "listings.registration.too_early" and not Registration.objects.filter(kind="renewal").exists()
    seller.clock.move_to(paper.effective_to - timedelta(days=60, microseconds=1))
    with pytest.raises(Rejected):
        applied(seller, product, "renewal")
    seller.clock.move_to(paper.effective_to - timedelta(days=60))
    renewed = passed(seller, product, "renewal")
    paper.refresh_from_db()
    assert paper.status == "superseded"
    assert renewed.certificate.effective_to == paper.effective_to.replace(year=paper.effective_to.year + 3), "three years after the old end"
    assert renewed.notice_from is None and renewed.certificate.objection_to is not None, "no notice, open to objection after"


@covers("R10")
def test_after_the_end_there_is_nothing_to_renew() -> None:
    seller = make_seller()
    product, paper = make_registered(seller)
    seller.clock.move_to(paper.effective_to - timedelta(days=10))
    one = draft_registration(product=product, kind="renewal", statement="到期前申请续展，材料齐备。",
                             deposit=make_deposit(seller.organization), actor=seller.actor, clock=seller.clock)
    seller.clock.move_to(paper.effective_to)
    with pytest.raises(Rejected) as late:
        apply_registration(registration=one, actor=seller.actor, clock=seller.clock)
    assert late.value.code == "listings.registration.none_in_force"


@covers("R10", "R13", "M3")
def test_m3_an_operation_term_of_two_years_makes_the_validity_two_years_and_no_renewal_goes_past_it() -> None:
    seller = make_seller(Role.PUBLIC_DATA_OPERATOR)
    by: dict[str, Any] = {"actor": seller.actor, "clock": seller.clock}
    ends = seller.clock.now().replace(year=seller.clock.now().year + 2)
    product = create_product(organization=seller.organization, title_zh="公共停车泊位", source_statement="授权运营", **by)
    declare_right(product=product, right="operate", origin="authorised_operation", effective_to=ends, **by)
    one = passed(seller, product, "first")
    assert (one.regime, one.certificate.effective_to) == ("public", ends)
    seller.clock.move_to(ends - timedelta(days=30))
    assert passed(seller, product, "renewal").certificate.effective_to == ends, "never longer than the authorised operation"


@covers("R10", "M3")
def test_m3_notice_and_intake_end_on_the_working_day_across_a_holiday_with_make_up_days() -> None:
    """National Day 2026 with its make-up Saturday 10 October: an application of Monday 28 September is taken in by Thursday 8 October
    (29 and 30 September, 8 October); the notice of ten working days that starts on it ends with Friday 16 October."""
    seller = make_seller(Role.PUBLIC_DATA_OPERATOR, at=datetime(2026, 9, 28, 2, tzinfo=UTC))
    by: dict[str, Any] = {"actor": seller.actor, "clock": seller.clock}
    product = create_product(organization=seller.organization, title_zh="公共停车泊位", source_statement="授权运营", **by)
    declare_right(product=product, right="operate", origin="authorised_operation", **by)
    one = applied(seller, product, "first")
    assert one.due_at == datetime(2026, 10, 9, 0, tzinfo=SHANGHAI)
    desk: dict[str, Any] = {"actor": make_actor(Role.COMPLIANCE_OFFICER), "clock": seller.clock}
    accept_registration(registration=one, **desk)
    one = pass_registration(registration=one, **desk)
    assert one.notice_to == datetime(2026, 10, 17, 0, tzinfo=SHANGHAI)


@covers("B5")
@pytest.mark.parametrize("kind", ["change", "correction"])
def test_a_change_or_correction_takes_the_place_of_the_certificate_and_keeps_its_term(kind: str) -> None:
    seller = make_seller()
    listing = make_listed(seller)
    before = RegistrationCertificate.objects.get(pk=listing.certificate_id)
    seller.clock.advance(timedelta(days=100))
    one = passed(seller, listing.product, kind)
    before.refresh_from_db()
    assert (before.status, before.cause_code) == ("superseded", one.certificate.code)
    assert one.certificate.effective_to == before.effective_to
    assert Listing.objects.get(pk=listing.pk).certificate == one.certificate, "the listing cites the new one"
    assert tradable(listing, at=seller.clock.now()) == ""


@covers("B5", "R38")
def test_a_transfer_moves_the_rights_and_the_certificate_in_the_instant_it_is_registered() -> None:
    seller, to = make_seller(), make_organization(Role.DATA_MERCHANT)
    product, before = make_registered(seller, regime="personal")
    rights = list(product.rights.order_by("pk"))
    one = applied(seller, product, "transfer", counterparty=to)
    assert {right.status for right in product.rights.all()} == {"active"}, "nothing moves before the register says so"
    desk: dict[str, Any] = {"actor": make_actor(Role.COMPLIANCE_OFFICER), "clock": seller.clock}
    accept_registration(registration=one, **desk)
    one = pass_registration(registration=one, **desk)
    assert one.status == "in_notice" and one.notice_to is not None, "personal data goes into notice, for a transfer too"
    seller.clock.move_to(one.notice_to)
    one = certify_registration(registration=one, clock=seller.clock)
    assert {PropertyRight.objects.get(pk=right.pk).status for right in rights} == {"transferred"}
    moved = PropertyRight.objects.filter(product=product, organization=to)
    assert sorted(moved.values_list("right", "status")) == [("hold", "active"), ("operate", "active"), ("use", "active")]
    before.refresh_from_db()
    assert before.status == "superseded" and one.certificate.organization == to
    assert one.certificate.content["holder"] == to.code
    assert {right["code"] for right in one.certificate.content["rights"]} == set(moved.values_list("code", flat=True))


@covers("B5", "R37")
def test_a_licence_gives_the_licensee_a_certificate_beside_the_owners() -> None:
    seller, to = make_seller(), make_organization(Role.BUYER)
    product, owners = make_registered(seller)
    by: dict[str, Any] = {"actor": seller.actor, "clock": seller.clock}
    with pytest.raises(Rejected) as empty:
        applied(seller, product, "licence", counterparty=to)
    assert empty.value.code == "listings.registration.not_granted"
    ends = seller.clock.now() + timedelta(days=200)
    grant = grant_right(parent=product.rights.get(right="use"), to=to, effective_to=ends, **by)
    one = passed(seller, product, "licence", counterparty=to)
    owners.refresh_from_db()
    assert owners.status == "valid" and one.certificate.organization == to and one.certificate.effective_to == ends
    assert [right["code"] for right in one.certificate.content["rights"]] == [grant.code]


@covers("B5")
def test_a_cancellation_is_done_within_ten_working_days_and_ends_certificate_and_sale() -> None:
    seller = make_seller()
    listing = make_listed(seller)
    paper = RegistrationCertificate.objects.get(pk=listing.certificate_id)
    one = applied(seller, listing.product, "cancellation")
    desk: dict[str, Any] = {"actor": make_actor(Role.COMPLIANCE_OFFICER), "clock": seller.clock}
    accepted = accept_registration(registration=one, **desk)
    assert accepted.due_at is not None
    assert seller.clock.now() + timedelta(days=13) < accepted.due_at < seller.clock.now() + timedelta(days=26)
    pass_registration(registration=one, **desk)
    paper.refresh_from_db()
    assert (paper.status, paper.cause_code) == ("cancelled", one.code)
    assert tradable(Listing.objects.get(pk=listing.pk), at=seller.clock.now()) == "listings.listing.suspended"
    assert not RegistrationCertificate.objects.filter(registration=one).exists(), "it issues nothing"
    assert passed(seller, listing.product, "first").certificate.status == "valid", "and may be registered anew"


@covers("B5", "R10")
def test_a_certificate_is_revoked_by_a_regulator_for_one_of_three_grounds_and_its_holder_is_told() -> None:
    seller = make_seller()
    _, paper = make_registered(seller)
    regulator = make_actor(Role.REGULATOR)
    for ground, reason in (("dislike", "材料中的授权书系伪造。"), ("false_material", "假的")):
        with pytest.raises(Rejected) as refused:
            revoke_certificate(certificate=paper, ground=ground, reason=reason, actor=regulator, clock=seller.clock)
        assert refused.value.code == "listings.certificate.ground_missing"
    with pytest.raises(Rejected):
        revoke_certificate(certificate=paper, ground="misuse", reason="以登记凭证作为价值证明融资。",
                           actor=make_actor(Role.COMPLIANCE_OFFICER), clock=seller.clock)
    revoke_certificate(certificate=paper, ground="false_material", reason="材料中的授权书系伪造。", actor=regulator, clock=seller.clock)
    paper.refresh_from_db()
    assert (paper.status, paper.cause_code) == ("revoked", "false_material")
    assert Record.objects.get(kind="listings.certificate.revoked").payload["reason"] == "材料中的授权书系伪造。"


def test_each_kind_asks_for_its_own_parties_and_a_registered_product_is_not_registered_first_again() -> None:
    seller, to = make_seller(), make_organization(Role.BUYER)
    product, paper = make_registered(seller)
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("first", {}, "registered_already"), ("transfer", {}, "other_side"), ("change", {"counterparty": to}, "other_side"),
        ("transfer", {"counterparty": seller.organization}, "other_side")]
    for kind, fields, code in wrong:
        with pytest.raises(Rejected) as refused:
            applied(seller, product, kind, **fields)
        assert refused.value.code == f"listings.registration.{code}", kind
    bare = create_product(organization=seller.organization, title_zh="未登记", actor=seller.actor, clock=seller.clock)
    with pytest.raises(Rejected) as none:
        applied(seller, bare, "change")
    assert none.value.code == "listings.registration.none_in_force" and paper.status == "valid"


# ---- objections ------------------------------------------------------------------------------------------------------------

@covers("R10", "B6")
def test_an_objection_needs_the_real_name_evidence_and_somebody_else() -> None:
    seller, stranger = make_seller(), make_actor(Role.BUYER)
    one = make_noticed(seller.organization, seller.actor, seller.clock)
    for fields, code in (({"name": "张三丰"}, "name_differs"), ({"name": ""}, "name_differs"), ({"deposit": None}, "evidence_missing"),
                         ({"grounds": "不服"}, "grounds_missing")):
        with pytest.raises(Rejected) as refused:
            objected(one, actor=stranger, clock=seller.clock, **fields)
        assert refused.value.code == f"listings.registration.{code}"
    with pytest.raises(Rejected) as own:
        objected(one, actor=seller.actor, clock=seller.clock)
    assert own.value.code == "listings.registration.own_objection"
    one.refresh_from_db()
    assert one.status == "in_notice", "nothing of it stops the notice"
    assert objected(one, actor=stranger, clock=seller.clock).registration_id == one.pk


@covers("B6", "I18")
def test_an_objection_after_issue_freezes_and_the_decision_of_two_revokes() -> None:
    seller, stranger = make_seller(), make_actor(Role.BUYER)
    listing = make_listed(seller)
    paper = RegistrationCertificate.objects.get(pk=listing.certificate_id)
    one = paper.registration
    objection = objected(one, actor=stranger, clock=seller.clock, claim="statutory")
    paper.refresh_from_db()
    assert paper.status == "frozen" and tradable(Listing.objects.get(pk=listing.pk), at=seller.clock.now()) == "listings.listing.suspended"
    with pytest.raises(Rejected) as renewed:
        applied(seller, listing.product, "first")
    assert renewed.value.code == "listings.registration.disputed", "nobody registers out of a dispute"
    reply_objection(objection=objection, reply="有授权协议为证。", actor=seller.actor, clock=seller.clock)
    officer, regulator = make_actor(Role.COMPLIANCE_OFFICER), make_actor(Role.REGULATOR)
    with pytest.raises(Rejected):
        second_uphold(objection=objection, agree=True, reason="", actor=regulator, clock=seller.clock)
    propose_uphold(objection=objection, reason="法定取得先于约定", actor=officer, clock=seller.clock)
    second_uphold(objection=objection, agree=True, reason="同意", actor=regulator, clock=seller.clock)
    paper.refresh_from_db()
    objection.refresh_from_db()
    assert (paper.status, objection.outcome, objection.reason) == ("revoked", "upheld", "法定取得先于约定")


@covers("B6")
def test_a_regulator_who_differs_leaves_the_objection_to_the_officer() -> None:
    seller = make_seller()
    one = make_noticed(seller.organization, seller.actor, seller.clock)
    objection = objected(one, actor=make_actor(Role.BUYER), clock=seller.clock)
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    propose_uphold(objection=objection, reason="证据似乎充分", actor=officer, clock=seller.clock)
    second_uphold(objection=objection, agree=False, reason="证据与本产品无关", actor=make_actor(Role.REGULATOR), clock=seller.clock)
    objection.refresh_from_db()
    assert objection.decided_at is None
    decide_objection(objection=objection, upheld=False, reason="证据与本产品无关", actor=officer, clock=seller.clock)
    one.refresh_from_db()
    assert one.status == "in_notice"
