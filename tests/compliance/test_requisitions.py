"""R26 and W16: called for by law, free and no trade; read on record and in time; destroyed with proof; an emergency explained after."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from compliance.models import Case, Requisition
from compliance.operations import (
    decide_requisition,
    notice_requisition,
    object_requisition,
    prove_destruction,
    read_requisition,
    supply_requisition,
    withdraw_requisition,
)
from compliance.tasks import act_on_deadlines
from evidence.clock import MARKET_CLOCK, set_market_clock
from evidence.files import deposit, open_deposit
from evidence.invariants import check_all
from evidence.models import Deposit, Record
from kit.actors import Actor
from kit.clock import MovingClock
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.models import Transfer
from participants.models import User
from participants.roles import Role
from tests.compliance.worlds import called, caller
from tests.factories import NOW, clock, make_actor, make_organization

pytestmark = pytest.mark.django_db


def paper(name: str = "data.csv", content: bytes = b"a,b\n1,2\n") -> Deposit:
    return deposit(BytesIO(content), name=name, owner="ORG-TEST", at=NOW)


def begun(kind: str = "duty", **changes: Any) -> tuple[Requisition, Actor, Actor, MovingClock]:
    """A call, the body's person, the holder's person, the clock."""
    body, at = caller(), clock()
    holder = make_actor(Role.DATA_MERCHANT, organization=make_organization(Role.DATA_MERCHANT))
    return called(holder_code=holder.organization, kind=kind, body=body, at=at, **changes), body, holder, at


def words_of(one: Requisition) -> set[str]:
    return {kind.rpartition(".")[2] for kind in Record.objects.filter(subject=one.code).values_list("kind", flat=True)}


@covers("R26")
def test_a_call_is_supplied_free_read_on_record_and_destroyed_with_proof_and_is_no_trade() -> None:
    before = Transfer.objects.count()
    one, body, holder, at = begun()
    assert (one.status, one.due_at is not None, one.notice_due_at) == ("issued", True, None)
    file = paper()
    one = supply_requisition(requisition=one, file=file, actor=holder, clock=at)
    assert (one.status, one.file_sha256, one.due_at) == ("supplied", file.sha256, one.purge_by)
    for _ in range(2):
        assert open_deposit(read_requisition(requisition=one, actor=body, clock=at)).read() == b"a,b\n1,2\n"
    assert Record.objects.filter(subject=one.code, kind="compliance.requisition.read").count() == 2, "each reading is on record"
    proof = paper("proof.pdf", b"%PDF-1.7 proof")
    done = prove_destruction(requisition=one, statement="已覆写三次并核对", proof=proof, actor=body, clock=at)
    assert done.status == "purged" and done.destroyed is not None
    with pytest.raises(Rejected, match=r"evidence\.file\.erased"):
        open_deposit(file)
    assert Transfer.objects.count() == before, "no fee moved"
    assert not {field.name for field in Requisition._meta.fields if "price" in field.name or "fen" in field.name}
    assert words_of(one) == {"issued", "supplied", "read", "purged"}
    assert [fault for fault in check_all(only=("I17",)).violations if one.code in fault.text] == []


@covers("R26")
def test_only_the_body_reads_within_the_term_of_use_and_nobody_is_supplied_onward() -> None:
    one, body, holder, at = begun()
    with pytest.raises(Rejected, match="not_readable"):
        read_requisition(requisition=one, actor=body, clock=at)
    one = supply_requisition(requisition=one, file=paper(), actor=holder, clock=at)
    for stranger in (holder, caller(), make_actor(Role.REGULATOR)):
        with pytest.raises(Rejected) as caught:
            read_requisition(requisition=one, actor=stranger, clock=at)
        assert caught.value.status in {403, 404}
    at.move_to(one.use_until)
    with pytest.raises(Rejected, match="not_readable"):
        read_requisition(requisition=one, actor=body, clock=at)


@covers("R26")
def test_only_a_public_body_calls_and_it_says_by_which_law_for_what_and_until_when() -> None:
    for actor in (make_actor(Role.DATA_MERCHANT), make_actor(Role.BUYER), make_actor(Role.REGULATOR)):
        with pytest.raises(Rejected) as caught:
            called(body=actor)
        assert caught.value.status == 403
    for changes, code, field in (({"legal_basis": " "}, "incomplete", "legal_basis"), ({"document_no": ""}, "incomplete", "document_no"),
                                 ({"purpose": ""}, "incomplete", "purpose"), ({"scope": ""}, "incomplete", "scope")):
        with pytest.raises(Rejected) as caught:
            called(**changes)
        assert caught.value.code == f"compliance.requisition.{code}" and [one.field for one in caught.value.errors] == [field]
    for changes in ({"use_until": NOW}, {"purge_by": NOW + timedelta(days=1)}):
        with pytest.raises(Rejected, match=r"requisition\.terms"):
            called(**changes)
    body = caller()
    with pytest.raises(Rejected, match=r"requisition\.own"):
        called(body=body, holder_code=body.organization)


@covers("R26")
@pytest.mark.parametrize(("stands", "status"), [(True, "issued"), (False, "void")])
def test_whoever_is_called_upon_may_object_and_a_regulator_decides(stands: bool, status: str) -> None:
    one, body, holder, at = begun()
    one = object_requisition(requisition=one, reason="范围超出目的所需", actor=holder, clock=at)
    with pytest.raises(Rejected, match="illegal_move"):
        supply_requisition(requisition=one, file=paper(), actor=holder, clock=at)
    with pytest.raises(Rejected) as caught:
        decide_requisition(requisition=one, stands=stands, reason="理由", actor=body, clock=at)
    assert caught.value.status == 403
    decided = decide_requisition(requisition=one, stands=stands, reason="目的与范围相当", actor=make_actor(Role.REGULATOR), clock=at)
    assert decided.status == status and (decided.due_at is not None) == stands


@covers("W16")
def test_an_emergency_is_supplied_at_once_and_its_document_follows_within_the_clock() -> None:
    one, body, holder, at = begun("emergency", document_no="")
    assert one.due_at == NOW + timedelta(hours=24) and one.notice_due_at is not None
    with pytest.raises(Rejected, match=r"requisition\.emergency"):
        object_requisition(requisition=one, reason="先停一停", actor=holder, clock=at)
    one = supply_requisition(requisition=one, file=paper(), actor=holder, clock=at)
    one = notice_requisition(requisition=one, document_no="应急〔2026〕7号", actor=body, clock=at)
    assert (one.document_no, one.noticed_at, one.notice_due_at) == ("应急〔2026〕7号", at.now(), None)
    with pytest.raises(Rejected, match="noticed"):
        notice_requisition(requisition=one, document_no="应急〔2026〕8号", actor=body, clock=at)


@covers("W16", "T17")
def test_a_document_or_a_destruction_that_is_late_comes_before_the_desk_and_stays_owed() -> None:
    one, body, holder, at = begun("emergency", document_no="")
    one = supply_requisition(requisition=one, file=paper(), actor=holder, clock=at)
    assert one.notice_due_at is not None
    at.move_to(one.notice_due_at)
    act_on_deadlines(at)
    assert Case.objects.filter(subject_code=one.code).count() == 1 and "notice_missed" in words_of(one)
    act_on_deadlines(at)
    assert Record.objects.filter(subject=one.code, kind="compliance.requisition.notice_missed").count() == 1, "told once"
    assert notice_requisition(requisition=one, document_no="应急〔2026〕7号", actor=body, clock=at).document_no
    at.move_to(one.purge_by)
    act_on_deadlines(at)
    one.refresh_from_db()
    assert one.status == "overdue"
    late = prove_destruction(requisition=one, statement="已覆写三次并核对", proof=paper("proof.pdf", b"%PDF-1.7 p"), actor=body, clock=at)
    assert late.status == "purged"


@covers("R26", "W16")
def test_the_database_keeps_the_grounds_and_lets_nothing_pass_as_destroyed_without_proof() -> None:
    one, body, holder, at = begun()
    with pytest.raises(DatabaseError), transaction.atomic():
        Requisition.objects.filter(pk=one.pk).update(purpose="另作他用")
    with pytest.raises(DatabaseError), transaction.atomic():
        Requisition.objects.filter(pk=one.pk).update(purge_by=one.purge_by + timedelta(days=1))
    with pytest.raises(IntegrityError, match="supplied_with_a_file"), transaction.atomic():
        Requisition.objects.filter(pk=one.pk).update(status="supplied")
    one = supply_requisition(requisition=one, file=paper(), actor=holder, clock=at)
    with pytest.raises(IntegrityError, match="destruction_proven"), transaction.atomic():
        Requisition.objects.filter(pk=one.pk).update(status="purged")
    with pytest.raises(Rejected, match="illegal_move"):
        withdraw_requisition(requisition=one, actor=body, clock=at)


@covers("R26", "W16")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_body_holder_and_regulator_meet_a_call_on_one_page(language: str) -> None:
    set_market_clock(NOW, 0)
    read, body = {"accept-language": language}, caller()
    holder = make_actor(Role.DATA_MERCHANT, organization=make_organization(Role.DATA_MERCHANT))
    seats = {}
    for name, actor in (("body", body), ("holder", holder), ("regulator", make_actor(Role.REGULATOR)), ("other", make_actor(Role.BUYER))):
        seats[name] = Client()
        seats[name].force_login(User.objects.get(pk=actor.user_id))
    page = "/desk/requisitions/"
    form = {"kind": "duty", "holder": holder.organization, "legal_basis": "统计法 第二十条", "document_no": "统调〔2026〕1号",
            "purpose": "交通运行监测", "scope": "充电桩利用率日度汇总", "use_until": "2026-12-01", "purge_by": "2026-12-31"}
    assert seats["body"].post(page, {**form, "purge_by": "2026-11-20"}, headers=read).status_code == 422
    assert seats["body"].post(page, form, headers=read).status_code == 302
    one = Requisition.objects.get()
    for name, client in seats.items():
        assert (one.code in client.get(page, headers=read).content.decode()) == (name != "other")
    sent = SimpleUploadedFile("data.csv", b"a,b\n1,2\n", content_type="text/csv")
    assert seats["holder"].post(f"{page}{one.code}/", {"act": "supply", "file": sent}, headers=read).status_code == 302
    one.refresh_from_db()
    assert one.status == "supplied"
    answer = seats["body"].get(f"{page}{one.code}/file/")
    assert b"".join(answer.streaming_content) == b"a,b\n1,2\n"  # type: ignore[attr-defined]
    assert seats["other"].get(f"{page}{one.code}/file/").status_code == 404
    proof = SimpleUploadedFile("proof.pdf", b"%PDF-1.7 proof", content_type="application/pdf")
    seats["body"].post(f"{page}{one.code}/", {"act": "purge", "text": "已覆写三次并核对", "file": proof}, headers=read)
    one.refresh_from_db()
    assert one.status == "purged" and MARKET_CLOCK.now() == NOW
