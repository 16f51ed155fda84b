"""Services are called, metered and guarded: every gate at every call, limits, probing held for the desk, who asked about whom (R14, C6)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from delivery.gates import times_used
from delivery.models import Delivery, Service, ServiceCall, ServiceHold
from delivery.queries import counted_uses
from delivery.scoring.calling import calls_about, end_hold
from delivery.scoring.offering import close_service, open_service
from delivery.tasks import sweep_now
from evidence.clock import MARKET_CLOCK
from evidence.invariants import check_all
from evidence.models import Record
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from participants.capabilities import hold_capability
from participants.models import Notice, Organization
from participants.roles import Role
from tests.delivery.services import FIELDS, PURPOSE, RECORDS, called, handed_over, listing_by, model_of, scoring, verifying
from tests.delivery.test_computing import house_holds
from tests.delivery.worlds import buyer_of, make_buyer, move, seller_of
from tests.exchange.worlds import signed_in
from tests.factories import make_actor
from tests.threads import together

db = pytest.mark.django_db


def number(n: int) -> dict[str, str]:
    return {"手机号": f"139{n:08d}"}


def refused(act: Any) -> str:
    try:
        act()
    except Rejected as caught:
        return caught.code
    return ""


# ---- opening -----------------------------------------------------------------------------------------------------------------------


@db
@covers("C6", "R14")
def test_a_model_service_takes_a_version_that_passed_both_stages_and_never_changes() -> None:
    listing = listing_by("model")
    seller = seller_of(listing)
    terms: dict[str, Any] = {"version": listing.version, "purposes": [PURPOSE], "most_calls": 10, "most_subjects": 10, "actor": seller,
                             "clock": MARKET_CLOCK}
    assert refused(lambda: open_service(**terms)) == "delivery.service.not_approved"
    assert refused(lambda: open_service(algorithm=model_of(make_buyer()), **terms)) == "delivery.service.not_approved"
    made = open_service(algorithm=model_of(seller), **terms)
    assert (made.fields, made.pinned_sha256) == (["年限", "负债率"], made.algorithm.sha256)  # type: ignore[union-attr]
    assert refused(lambda: open_service(algorithm=made.algorithm, **terms)) == "delivery.service.known"
    with pytest.raises(DatabaseError), transaction.atomic():
        Service.objects.filter(pk=made.pk).update(most_calls=10_000)
    assert close_service(service=made, actor=seller, clock=MARKET_CLOCK).status == "closed"
    other = listing_by("download")
    assert refused(lambda: open_service(**{**terms, "version": other.version, "actor": seller_of(other)})) == "delivery.service.other_mode"


@db
@covers("R14", "W14")
def test_records_are_kept_as_keyed_hashes_and_nothing_else() -> None:
    one = verifying()
    service = Service.objects.get()
    assert len(bytes(service.records)) == 200 * 16 and house_holds("13900000007") == []
    listing = listing_by("verification")
    with pytest.raises(Rejected, match="faulty") as faulty:
        open_service(version=listing.version, purposes=[], most_calls=0, most_subjects=5, fields=["姓名"], records=[["甲"]],
                     actor=seller_of(listing), clock=MARKET_CLOCK)
    assert {fault.field for fault in faulty.value.errors} == {"purposes", "most_calls", "fields", "records"}
    assert one.deposit is not None and one.deposit.name == "voucher.json", "no file was handed over"


# ---- calling -----------------------------------------------------------------------------------------------------------------------


@db
@covers("C6", "R14", "T63")
def test_yes_no_and_unknown_and_each_call_counts_once() -> None:
    one = verifying()
    assert [called(one, name, number(n)).outcome for name, n in (("甲1", 1), ("甲2", 9), ("丙", 1))] == ["yes", "no", "unknown"]
    assert called(one, " 甲３ ", {"手机号": "139 0000 0003"}).outcome == "yes", "width and spaces do not count"
    assert times_used(one) == counted_uses(one.trade) == 4
    told = [row.payload for row in Record.objects.filter(kind="delivery.call.answered")]
    assert sorted(row["number"] for row in told) == [1, 2, 3, 4] and "甲1" not in json.dumps(told, ensure_ascii=False)
    assert house_holds("甲1") == [] and house_holds("授权书 2031-001") == [], "whom and on which ground is kept as hashes"
    with pytest.raises(DatabaseError), transaction.atomic():
        ServiceCall.objects.update(outcome="yes")


@db
@covers("C6")
def test_a_model_scores_and_names_the_input_at_fault() -> None:
    one = scoring()
    assert called(one, "甲", {"年限": "1", "负债率": "0.3"}).outcome == "590"
    with pytest.raises(Rejected, match="call_faulty") as faulty:
        called(one, "甲", {"年限": "1"}, purpose="营销", basis="x")
    assert {fault.field for fault in faulty.value.errors} == {"inputs.负债率", "purpose", "basis"}


@db
@covers("R14", "T63", "T64", "F6")
def test_every_gate_is_asked_at_every_call() -> None:
    one = verifying()
    called(one, "甲1", number(1))
    stranger = make_buyer()
    assert refused(lambda: called(one, "甲2", number(2), actor=stranger)) == "participants.object.absent"
    hold_capability(organization=Organization.objects.get(pk=one.buyer_id), capability="bid", reason_code="desk", reason="结算逾期",
                    actor=SYSTEM, at=MARKET_CLOCK.now())
    assert refused(lambda: called(one, "甲2", number(2))) != ""
    other = verifying()
    close_service(service=Service.objects.get(version=other.version), actor=seller_of(other.trade.listing), clock=MARKET_CLOCK)
    assert refused(lambda: called(other, "甲1", number(1))) == "delivery.service.closed"
    early = Delivery.objects.get(pk=verifying().pk)
    Delivery.objects.filter(pk=early.pk).update(status="rejected")
    assert refused(lambda: called(early, "甲1", number(1))) == "delivery.service.not_delivered"


@db
@covers("R14", "T62")
def test_limits_of_calls_and_of_subjects_are_told_and_end_with_the_day() -> None:
    one = verifying(most_calls=4, most_subjects=2)
    for n in (1, 50, 1):
        called(one, f"甲{n}", number(n))
    assert refused(lambda: called(one, "甲99", number(99))) == "delivery.service.too_many_subjects"
    called(one, "甲1", number(1))
    assert refused(lambda: called(one, "甲1", number(1))) == "delivery.service.too_many"
    move(hours=25)
    assert called(one, "甲99", number(99)).outcome == "yes"


# ---- probing -----------------------------------------------------------------------------------------------------------------------


def guessed(one: Delivery) -> str:
    for n in range(20, 24):
        assert called(one, "甲1", number(n)).outcome == "no"
    return refused(lambda: called(one, "甲1", number(24)))


@db
@covers("R14", "T62")
def test_guessing_one_persons_number_is_held_told_to_both_and_never_answered_otherwise() -> None:
    one = verifying()
    assert guessed(one) == "delivery.service.held"
    hold = ServiceHold.objects.get()
    assert (hold.pattern, hold.status, hold.calls) == ("guessing", "held", 4) and ServiceCall.objects.count() == 4
    assert Notice.objects.filter(subject=hold.code, kind="delivery.hold.opened").count() == 2
    assert refused(lambda: called(one, "甲7", number(7))) == "delivery.service.held", "and so is every other call"
    officer = make_actor(Role.COMPLIANCE_OFFICER)
    assert refused(lambda: end_hold(hold=hold, act="lift", reason="", actor=officer, clock=MARKET_CLOCK)) == "delivery.hold.faulty"
    assert refused(lambda: end_hold(hold=hold, act="lift", reason="买方已说明", actor=buyer_of(one.trade), clock=MARKET_CLOCK)) != ""
    assert end_hold(hold=hold, act="lift", reason="买方已说明系录入错误", actor=officer, clock=MARKET_CLOCK).status == "lifted"
    assert called(one, "甲7", number(7)).outcome == "yes"
    assert called(one, "甲1", number(25)).outcome == "no", "what was lifted does not count again"
    assert [each.text for each in check_all(only=("I17",)).violations if each.text.startswith(("HLD-", "SVC-"))] == []


@db
@covers("R14")
def test_an_upheld_hold_ends_the_calls_and_one_nobody_reviewed_ends_itself() -> None:
    one, other = verifying(), verifying()
    assert guessed(one) == guessed(other) == "delivery.service.held"
    end_hold(hold=ServiceHold.objects.get(delivery=one), act="uphold", reason="持续猜测手机号", actor=make_actor(Role.COMPLIANCE_OFFICER),
             clock=MARKET_CLOCK)
    assert refused(lambda: called(one, "甲7", number(7))) == "delivery.service.ended"
    move(days=9)
    sweep_now(clock=MARKET_CLOCK)
    assert ServiceHold.objects.get(delivery=other).status == "lifted"


@db
@covers("R14", "T62")
def test_walking_along_numbers_is_held_though_each_has_its_check_character() -> None:
    listing = listing_by("verification")
    rows = [[f"11010119900101{n:03d}{'0123456789X'[n % 11]}", "甲"] for n in range(100)]
    open_service(version=listing.version, purposes=[PURPOSE], fields=["证件号", "姓名"], records=rows, most_calls=1_000, most_subjects=500,
                 actor=seller_of(listing), clock=MARKET_CLOCK)
    one = handed_over(listing, make_buyer())
    found = [refused(lambda n=n: called(one, rows[n][0], {"姓名": "甲"})) for n in range(12)]
    assert found.index("delivery.service.held") == 10 and ServiceHold.objects.get().pattern == "sequence"
    apart = handed_over(listing, make_buyer())
    assert {refused(lambda n=n: called(apart, rows[n][0], {"姓名": "甲"})) for n in range(0, 100, 7)} == {""}, "customers are no walk"


@pytest.mark.django_db(transaction=True)
@covers("R14", "T62", "T63")
def test_eight_calls_at_once_within_a_limit_of_three_are_three() -> None:
    one = verifying(most_calls=3)
    buyer = buyer_of(one.trade)
    found = together([lambda n=n: refused(lambda: called(one, f"甲{n * 9}", number(n * 9), actor=buyer)) for n in range(8)])
    assert sorted(found) == ["", "", "", *(["delivery.service.too_many"] * 5)] and ServiceCall.objects.count() == 3


# ---- who asked about me ------------------------------------------------------------------------------------------------------------


@db
@covers("W14")
def test_the_holder_finds_who_asked_about_a_person_and_nobody_else_does() -> None:
    one = verifying()
    called(one, "甲1", number(1))
    service = Service.objects.get()
    assert [call.delivery.buyer_id for call in calls_about(service, "甲 1")] == [one.buyer_id] and calls_about(service, "甲2") == []
    holder = signed_in(seller_of(one.trade.listing))
    page = holder.post("/desk/model-services/", {"act": "about", "code": service.code, "subject": "甲1"}).content.decode()
    assert one.buyer.name in page and PURPOSE in page
    assert signed_in(make_actor(Role.DATA_MERCHANT)).post("/desk/model-services/", {"act": "about", "code": service.code,
                                                                             "subject": "甲1"}).status_code == 404


@db
@covers("C6", "R14", "A7")
def test_it_is_opened_called_held_and_lifted_through_the_pages() -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    listing = listing_by("verification")
    holder = signed_in(seller_of(listing))
    table = "\n".join([",".join(FIELDS), *(",".join(row) for row in RECORDS)]).encode()
    opened = holder.post("/desk/model-services/", {"act": "open", "version": listing.version.code, "purposes": PURPOSE, "most_calls": 100,  # type: ignore[union-attr]
                                             "most_subjects": 50, "records": SimpleUploadedFile("r.csv", table)})
    assert opened.status_code == 302, opened.content.decode()
    one = handed_over(listing, make_buyer())
    buyer, where = signed_in(buyer_of(one.trade)), f"/desk/deliveries/{one.code}/calls/"
    said = {"subject": "甲1", "in-手机号": "13900000001", "purpose": PURPOSE, "basis": "授权书 2031-001"}
    assert "相符" in buyer.post(where, said).content.decode() and one.code in buyer.get("/desk/model-services/").content.decode()
    faulty = buyer.post(where, {**said, "basis": ""})
    assert faulty.status_code == 400 and "basis" in faulty.content.decode() and "甲1" in faulty.content.decode()
    for n in range(30, 35):
        last = buyer.post(where, {**said, "in-手机号": f"139{n:08d}"})
    assert last.status_code == 423 and "对同一主体反复猜测" in buyer.get(where).content.decode()
    desk = signed_in(make_actor(Role.COMPLIANCE_OFFICER))
    hold = ServiceHold.objects.get()
    assert hold.code in desk.get("/desk/model-services/").content.decode()
    assert desk.post("/desk/model-services/", {"act": "lift", "code": hold.code, "reason": "买方已说明"}).status_code == 302
    assert buyer.post(where, said).status_code == 200 and signed_in(make_buyer()).get(where).status_code == 404
