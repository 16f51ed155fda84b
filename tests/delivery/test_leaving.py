"""A delivery to a buyer abroad leaves under a clearance only, and its persons are counted once for the exporter's year (R64 to R68)."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, transaction

from compliance.exports import persons_this_year
from compliance.models import ExportCase
from compliance.operations import open_export, screen_export
from delivery.gates import acts_of
from delivery.leaving import persons_in
from delivery.models import AccessGrant, Delivery
from delivery.operations import deliver, open_delivery, reject_delivery
from evidence.clock import MARKET_CLOCK, set_market_clock
from evidence.files import deposit
from evidence.models import Deposit
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import AdmittedBuyer, Listing, ListingVersion
from participants.models import Organization, User
from participants.roles import OrganizationKind
from tests.compliance.profiles import clean
from tests.delivery.worlds import (
    buyer_of,
    file_of,
    make_buyer,
    make_listing,
    make_trade,
    paid_delivery,
    pay,
    seller_of,
    token_for,
)

pytestmark = pytest.mark.django_db

#: Four rows of three persons by their mobile numbers; one is written with spaces.
PEOPLE = "手机号,城市\n13800138000,上海\n139 1234 5678,深圳\n13800138000,上海\n13666666666,重庆\n".encode()


def abroad(content: bytes = PEOPLE, seller: Organization | None = None) -> tuple[Delivery, Actor, Deposit]:
    """A paid trade of a registered file, whose buyer is registered abroad since it signed: nothing was cleared yet."""
    buyer = make_buyer()
    listing: Listing = make_listing(seller)
    sha256 = hashlib.sha256(content).hexdigest()
    ListingVersion.objects.filter(pk=listing.version_id).update(file_sha256=sha256)
    listing.version.refresh_from_db()
    trade = pay(make_trade(listing=listing, buyer=buyer))
    Organization.objects.filter(pk=buyer.organization_id).update(kind=OrganizationKind.FOREIGN)
    one = open_delivery(trade=trade, actor=SYSTEM, clock=MARKET_CLOCK)
    assert one is not None
    held = deposit(io.BytesIO(content), name="a.csv", owner=trade.seller.code, at=MARKET_CLOCK.now())
    return Delivery.objects.get(pk=one.pk), seller_of(listing), held


def cleared(one: Delivery, seller: Actor, **facts: Any) -> ExportCase:
    stated = {**clean(cross_border=True, contains_pi=True, legal_basis="separate_consent"), **facts}
    case = open_export(exporter=one.seller, product_code=one.version.listing.product.code, recipient=one.buyer.code, country="SG",
                       facts=stated, safeguards="合同约定同等保护", actor=seller, clock=MARKET_CLOCK)
    return screen_export(case=case, actor=seller, clock=MARKET_CLOCK)


def hand(one: Delivery, seller: Actor, held: Deposit) -> Delivery:
    return deliver(delivery=one, deposit=held, actor=seller, clock=MARKET_CLOCK)


def counted(one: Delivery) -> tuple[int, int]:
    return persons_this_year(one.seller, MARKET_CLOCK.now())


@covers("R64", "R66", "C7")
def test_nothing_leaves_without_a_clearance_and_the_why_page_says_so() -> None:
    one, seller, held = abroad()
    with pytest.raises(Rejected, match="not_cleared"):
        hand(one, seller, held)
    fresh = Delivery.objects.select_related("trade__state", "seller", "buyer", "version").get(pk=one.pk)
    acts = acts_of(fresh, actor=seller, at=MARKET_CLOCK.now())
    assert [gate.refusal.code for gate in acts[0].refused if gate.refusal] == ["compliance.export.not_cleared"]
    assert counted(one) == (0, 0)


@covers("R64")
def test_the_three_persons_of_four_rows_are_counted_once_however_often_and_in_whatever_file_they_leave() -> None:
    one, seller, held = abroad()
    cleared(one, seller)
    hand(one, seller, held)
    assert counted(one) == (3, 0)
    reject_delivery(delivery=one, defects=["缺少字段"], actor=buyer_of(one.trade), clock=MARKET_CLOCK)
    hand(one, seller, held)
    assert counted(one) == (3, 0), "delivered again: the same persons"
    other, _, file = abroad(b"mobile,note\n13912345678,a\n13700000001,b\n", seller=one.seller)
    cleared(other, seller)
    hand(other, seller, file)
    assert counted(one) == (4, 0), "one of the two was counted with the first file, though its number was written with spaces"
    assert token_for(other)


@covers("R64", "R67")
def test_where_the_count_would_reach_a_threshold_nothing_is_delivered_nor_counted_and_the_case_asks_for_its_mechanism() -> None:
    one, seller, held = abroad()
    case = cleared(one, seller)
    with patch("compliance.rules.cross_border.PI_CONTRACT", 3), pytest.raises(Rejected, match="threshold_crossed") as refused:
        hand(one, seller, held)
    assert "export case is back" in refused.value.text("detail", "en")
    case.refresh_from_db()
    one.refresh_from_db()
    assert (case.status, one.status, one.attempts, counted(one)) == ("needs_mechanism", "opened", 0, (0, 0))


@covers("R64")
def test_a_file_without_numbers_counts_a_person_a_row_and_one_without_persons_counts_nobody() -> None:
    one, seller, held = abroad("昵称,得分\n甲,1\n乙,2\n".encode())
    cleared(one, seller)
    hand(one, seller, held)
    assert counted(one) == (2, 0)
    plain, selling, file = abroad("城市,人口\n上海,1\n".encode())
    cleared(plain, selling, contains_pi=False)
    hand(plain, selling, file)
    assert counted(plain) == (0, 0)


@covers("R64", "I30")
def test_the_keys_tell_nobody_who_was_in_the_file() -> None:
    _, _, held = abroad()
    keys, sensitive = persons_in(held)
    assert (len(keys), sensitive) == (3, False)
    assert hashlib.sha256(b"13800138000").hexdigest() not in keys


@covers("R64", "R66", "I16")
def test_the_database_hands_nothing_over_and_makes_no_token_where_nothing_is_cleared() -> None:
    one, seller, held = abroad()
    naive = Delivery.objects.filter(pk=one.pk)
    with pytest.raises(IntegrityError, match="not_cleared"), transaction.atomic():
        naive.update(status="delivered", deposit=held, delivered_at=MARKET_CLOCK.now())
    case = cleared(one, seller)
    hand(one, seller, held)
    ExportCase.objects.filter(pk=case.pk).update(effective_to=MARKET_CLOCK.now())
    with pytest.raises(Rejected, match="not_cleared"):
        token_for(one)
    with pytest.raises(IntegrityError, match="not_cleared"), transaction.atomic():
        AccessGrant.objects.create(code="GRT-PASTGATE", delivery=one, buyer=one.buyer, token_hash="0" * 64, uses_allowed=1,
                                   issued_at=MARKET_CLOCK.now(), expires_at=MARKET_CLOCK.now())


@covers("R30")
def test_a_unit_whose_admission_ended_since_it_signed_gets_nothing_of_a_closed_listing() -> None:
    one = paid_delivery()
    seller, held = seller_of(one.trade.listing), file_of(one.trade)
    Listing.objects.filter(pk=one.version.listing_id).update(closed=True)
    with pytest.raises(Rejected, match="not_admitted") as no:
        hand(one, seller, held)
    assert "授权文件" in no.value.text("next_step", "zh")
    until = MARKET_CLOCK.now() + timedelta(days=9)
    AdmittedBuyer.objects.create(code="WLB-TEST", listing_id=one.version.listing_id, organization=one.buyer, issuer="某机关", number="1",
                                 deposit=held, effective_from=MARKET_CLOCK.now(), effective_to=until,
                                 admitted_by=User.objects.get(pk=seller.user_id))
    hand(one, seller, held)
    assert token_for(one)
    set_market_clock(until, 0)
    with pytest.raises(Rejected, match="not_admitted"):
        token_for(one)


@covers("R32", "R64")
def test_what_a_failed_test_makes_personal_does_not_leave_as_holding_no_personal_information() -> None:
    """The case was cleared by row 6 as holding none; the test failed since: the same file needs a case as personal information."""
    one, seller, held = abroad("区,人数\n浦东,131\n".encode())
    case = cleared(one, seller, contains_pi=False)
    with patch("delivery.leaving.counts_as_personal", return_value=True), pytest.raises(Rejected, match="counts_as_personal") as refused:
        hand(one, seller, held)
    assert case.code in refused.value.text("detail", "en")
    hand(one, seller, held)
    assert counted(one) == (0, 0), "before the test it left as it was cleared"


@covers("R64", "R27")
def test_a_file_of_persons_does_not_leave_uncounted_under_a_case_that_says_it_holds_none() -> None:
    """The naive gate believed the case: three persons left, nobody was counted, no threshold was ever near."""
    one, seller, held = abroad()
    case = cleared(one, seller, contains_pi=False)
    assert case.row == 6
    with pytest.raises(Rejected, match="holds_persons") as refused:
        hand(one, seller, held)
    assert "手机号" in refused.value.text("detail", "zh") and case.code in refused.value.text("detail", "en")
    assert counted(one) == (0, 0) and Delivery.objects.get(pk=one.pk).status == "opened"


@covers("R64")
def test_what_the_product_states_counts_though_the_cells_show_nothing() -> None:
    one, seller, held = abroad("姓名,城市\n王建国,上海\n".encode())
    cleared(one, seller, contains_pi=False)
    ListingVersion.objects.filter(pk=one.version_id).update(facts={**one.version.facts, "contains_pi": True, "pi_anonymised": False})
    with pytest.raises(Rejected, match="holds_persons") as refused:
        hand(Delivery.objects.get(pk=one.pk), seller, held)
    assert "申报" in refused.value.text("detail", "zh")


@covers("R64", "W4")
def test_a_false_alarm_that_a_reviewer_settled_at_the_listing_is_none_at_the_border() -> None:
    one, seller, held = abroad()
    cleared(one, seller, contains_pi=False)
    ListingVersion.objects.filter(pk=one.version_id).update(class_contested=True)
    assert hand(Delivery.objects.get(pk=one.pk), seller, held).status == "delivered" and counted(one) == (0, 0)


@covers("R64")
def test_what_is_no_table_has_no_cells_to_be_read() -> None:
    one, seller, held = abroad(b"%PDF-1.7\n\x00\xff\xfe\x81 binary")
    cleared(one, seller, contains_pi=False)
    assert hand(one, seller, held).status == "delivered"
