"""A data source asks its holder: see, copy, move, correct; who asks is proven, who answers has a clock, a no has its ground (R34, R105)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import translation

from evidence.clock import set_market_clock
from evidence.models import Record
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.models import SourceRequest
from listings.operations import answer_request, file_request, withdraw_request
from listings.tasks import run_deadlines
from participants.models import Notice, Organization, User
from participants.queries import add_working_days
from participants.roles import Role
from tests.factories import NOW, make_actor, make_organization, make_user
from tests.listings.worlds import Seller, make_deposit, make_product, make_seller

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    with translation.override("zh-hans"):
        yield


def asked(holder: Seller, who: Actor, kind: str = "access", **more: Any) -> SourceRequest:
    person = User.objects.get(pk=who.user_id).person
    assert person is not None
    fields: dict[str, Any] = {"product": make_product(holder.organization), "scope": "我方岸桥设备促成产生的作业记录，2026 年全年。",
                              "name": person.name, "proof": make_deposit(holder.organization, "身份与设备证明.pdf"), **more}
    return file_request(kind=kind, actor=who, clock=holder.clock, **fields)


def answered(one: SourceRequest, holder: Seller, fulfil: bool = True, **more: Any) -> SourceRequest:
    fields: dict[str, Any] = {"answer": "所持数据共三类，清单见附件。", **more}
    return answer_request(request=one, fulfil=fulfil, actor=holder.actor, clock=holder.clock, **fields)


@covers("R34", "R105")
@pytest.mark.parametrize("kind", ["access", "copy", "transfer", "correction"])
def test_each_kind_is_answered_by_the_holder_with_what_was_asked_and_stands_in_the_record_book(kind: str) -> None:
    holder, who = make_seller(), make_actor(Role.BUYER)
    to = make_organization(Role.DATA_MERCHANT) if kind == "transfer" else None
    one = asked(holder, who, kind, recipient=to)
    assert one.due_at == add_working_days(holder.organization.venue, NOW, 15)
    file = make_deposit(holder.organization, "copy.csv") if kind in {"copy", "transfer"} else None
    if file:
        with pytest.raises(Rejected) as empty:
            answered(one, holder)
        assert empty.value.code == "listings.request.file_missing"
    done = answered(one, holder, handed_over=file)
    assert (done.status, done.due_at, done.handed_over) == ("fulfilled", None, file)
    told = Record.objects.get(kind="listings.source_request.fulfilled", subject=one.code).payload
    assert told["file_sha256"] == (file.sha256 if file else "") and "name" not in told
    assert Notice.objects.filter(organization_id=who.organization_id, subject=one.code).exists()
    assert to is None or Notice.objects.filter(organization=to, subject=one.code).exists()


@covers("R34")
def test_who_asks_signs_proves_the_tie_and_names_the_recipient_of_a_transfer_only() -> None:
    holder, who = make_seller(), make_actor(Role.BUYER)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"name": "别人"}, "name_differs"), ({"proof": None}, "faulty"), ({"scope": "数据"}, "faulty"), ({"kind": "transfer"}, "faulty"),
        ({"recipient": make_organization()}, "faulty"), ({"kind": "transfer", "recipient": holder.organization}, "own")]
    for fields, code in wrong:
        with pytest.raises(Rejected) as refused:
            asked(holder, who, **fields)
        assert refused.value.code == f"listings.request.{code}", fields
    with pytest.raises(Rejected) as own:
        asked(holder, holder.actor)
    assert own.value.code == "listings.request.own"
    product = make_product(holder.organization)
    first = asked(holder, who, product=product)
    with pytest.raises(Rejected) as twice:
        asked(holder, who, product=product)
    assert twice.value.code == "listings.request.one_open"
    withdraw_request(request=first, actor=who, clock=holder.clock)
    assert asked(holder, who, product=product).status == "filed"


@covers("R34")
def test_a_holder_says_no_on_a_listed_ground_only_and_only_the_holder_answers() -> None:
    holder, who = make_seller(), make_actor(Role.BUYER)
    one = asked(holder, who)
    for ground in ("", "inconvenient"):
        with pytest.raises(Rejected) as refused:
            answered(one, holder, fulfil=False, ground=ground)
        assert refused.value.code == "listings.request.answer_missing"
    with pytest.raises(Rejected):
        answer_request(request=one, fulfil=True, answer="自问自答不可以。", actor=who, clock=holder.clock)
    assert answered(one, holder, fulfil=False, ground="not_shown", answer="设备证明与本机构不符。").ground == "not_shown"
    with pytest.raises(IntegrityError, match="source_request_refused_why"), transaction.atomic():
        SourceRequest.objects.filter(pk=one.pk).update(ground="")


@covers("R34")
def test_a_fee_is_due_from_the_third_of_a_kind_within_a_year_and_never_for_a_refusal() -> None:
    holder, who = make_seller(), make_actor(Role.BUYER)
    for _ in range(2):
        with pytest.raises(Rejected) as free:
            answered(asked(holder, who), holder, fee_fen=10_000)
        assert free.value.code == "listings.request.fee_not_due"
        answered(SourceRequest.objects.get(status="filed"), holder)
    third = asked(holder, who)
    with pytest.raises(Rejected):
        answered(third, holder, fulfil=False, ground="law", fee_fen=10_000)
    assert answered(third, holder, fee_fen=10_000).fee_fen == 10_000
    holder.clock.advance(timedelta(days=366))
    with pytest.raises(Rejected):
        answered(asked(holder, who), holder, fee_fen=10_000)


@covers("R34")
def test_silence_past_the_clock_is_told_to_both_and_can_still_be_answered() -> None:
    holder, who = make_seller(), make_actor(Role.BUYER)
    one = asked(holder, who)
    assert one.due_at is not None
    holder.clock.move_to(one.due_at - timedelta(microseconds=1))
    assert run_deadlines(clock=holder.clock) == 0
    holder.clock.move_to(one.due_at)
    assert run_deadlines(clock=holder.clock) == 1
    one.refresh_from_db()
    assert one.status == "overdue"
    assert Notice.objects.filter(subject=one.code, tone="bad").values("organization").distinct().count() == 2
    assert answered(one, holder).status == "fulfilled"


def browser(organization: Organization) -> tuple[Client, User]:
    user = make_user(Role.DATA_MERCHANT, organization=organization)
    client = Client()
    client.force_login(user)
    return client, user


@covers("R34", "R105")
def test_a_copy_is_asked_for_answered_and_downloaded_on_the_page_and_by_nobody_else() -> None:
    set_market_clock(NOW, 0)
    holder, source, other = (make_organization(Role.DATA_MERCHANT) for _ in range(3))
    product = make_product(holder)
    (theirs, _), (mine, me), (strangers, _) = browser(holder), browser(source), browser(other)
    assert me.person is not None
    pdf = SimpleUploadedFile("proof.pdf", b"%PDF-1.4\n" + b"x" * 200, "application/pdf")
    assert product.code in mine.get(f"/desk/requests/?product={product.code}").content.decode()
    typed = {"product": product.code, "kind": "copy", "scope": "我方船载终端促成产生的轨迹数据。", "name": "错名"}
    kept = mine.post("/desk/requests/", {**typed, "proof": pdf})
    assert kept.status_code == 422 and "我方船载终端促成产生的轨迹数据。" in kept.content.decode()
    pdf.seek(0)
    assert mine.post("/desk/requests/", {**typed, "name": me.person.name, "proof": pdf}).status_code == 302
    one = SourceRequest.objects.get()
    assert me.person.name in theirs.get("/desk/requests/").content.decode(), "the holder reads who asks"
    assert strangers.post(f"/desk/requests/{one.code}/answer/", {"outcome": "refuse"}).status_code == 404
    shown = theirs.get(f"/desk/requests/{one.code}/file/?proof=1")
    assert b"".join(shown.streaming_content).startswith(b"%PDF"), "the holder reads the proof"  # type: ignore[attr-defined]
    assert strangers.get(f"/desk/requests/{one.code}/file/?proof=1").status_code == 404
    csv = SimpleUploadedFile("copy.csv", "日期,船号\n2026-01-01,A1\n".encode(), "text/csv")
    theirs.post(f"/desk/requests/{one.code}/answer/", {"outcome": "fulfil", "answer": "数据副本见附件。", "handed_over": csv})
    one.refresh_from_db()
    assert one.status == "fulfilled"
    handed = mine.get(f"/desk/requests/{one.code}/file/")
    assert b"".join(handed.streaming_content).decode().startswith("日期,船号")  # type: ignore[attr-defined]
    assert strangers.get(f"/desk/requests/{one.code}/file/").status_code == 404
