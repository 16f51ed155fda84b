"""At the end of a licence the buyer deletes and signs; a certificate shows it, silence is a breach before the desk (F11, R29).

Worked example: 60 days are over; 15 days to delete, a word of warning 5 days before the end, then a case and both sides told.
"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from compliance.models import Case
from delivery.certifying import answer_file
from delivery.deletions import confirm_deletion, open_licence_deletion
from delivery.models import DeletionTask, Delivery, ResultCertificate
from delivery.tasks import sweep_now
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from evidence.operations import drain
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from participants.models import Notice
from tests.delivery.test_agreements import handed_over
from tests.exchange.worlds import signed_in
from tests.trading.worlds import move
from trading.tasks import end_agreements

pytestmark = pytest.mark.django_db
WHERE = ["数据仓库 dw.population 表", "7 月 2 日备份带 B-17"]


def over() -> tuple[Delivery, Actor, Actor]:
    """A delivery whose licence has run out."""
    one, seller, buyer = handed_over()
    move(days=61)
    end_agreements(clock=MARKET_CLOCK)
    drain()
    return Delivery.objects.get(pk=one.pk), seller, buyer


@covers("F11", "R29")
def test_the_end_of_a_licence_opens_one_deletion_with_its_term_and_tells_the_buyer() -> None:
    one, _seller, _buyer = over()
    task = DeletionTask.objects.get(delivery=one)
    assert (task.status, task.consent, task.agreement, task.due_at) == (
        "open", None, one.trade.deed.code, MARKET_CLOCK.now() + timedelta(days=15))
    assert Notice.objects.filter(organization=one.buyer, subject=task.code).exists()
    assert open_licence_deletion(delivery=one, clock=MARKET_CLOCK) == task and DeletionTask.objects.count() == 1


@covers("F11")
def test_the_statement_says_what_was_deleted_and_who_signed_and_its_certificate_is_public(client: Client) -> None:
    one, seller, buyer = over()
    task = DeletionTask.objects.get()
    by = {"actor": buyer, "clock": MARKET_CLOCK}
    with pytest.raises(Rejected, match="what_missing"):
        confirm_deletion(task=task, statement="已全部删除，不再保留。", **by)
    with pytest.raises(Rejected):
        confirm_deletion(task=task, statement="已全部删除，不再保留。", deleted=WHERE, actor=seller, clock=MARKET_CLOCK)
    done = confirm_deletion(task=task, statement="已全部删除，不再保留。", deleted=WHERE, **by)
    assert (done.status, done.deleted, done.signed_by) == ("done", WHERE, buyer.code)
    drain()
    held = ResultCertificate.objects.get(deletion=task)
    page = client.get(f"/verify/{held.code}").content.decode()
    assert "凭证真实，现行有效" in page and one.expected_sha256 in page
    for secret in (one.code, one.buyer.code, one.buyer.name, WHERE[0], held.salt):
        assert secret not in page, secret

    def checked(document: dict[str, object]) -> str:
        upload = SimpleUploadedFile("statement.json", json.dumps(document, ensure_ascii=False).encode(), "application/json")
        return client.post(f"/verify/{held.code}/result/", {"answer": upload}).content.decode()

    document = signed_in(seller).get(f"/desk/deliveries/{one.code}/statement.json").json()
    assert document == answer_file(held) and "逐字一致" in checked(document)
    assert "请勿采信" in checked({**document, "statement": str(document["statement"]).replace("B-17", "B-18")})
    with pytest.raises(IntegrityError), transaction.atomic():
        DeletionTask.objects.filter(pk=task.pk).update(deleted=[])


@covers("F11", "R29")
def test_a_reminder_comes_before_the_end_and_silence_is_a_breach_both_are_told() -> None:
    one, _seller, _buyer = over()
    move(days=9)
    sweep_now(clock=MARKET_CLOCK)
    assert not Record.objects.filter(kind="delivery.deletion.reminded").exists()
    move(days=2)
    sweep_now(clock=MARKET_CLOCK)
    sweep_now(clock=MARKET_CLOCK)
    assert Record.objects.filter(kind="delivery.deletion.reminded").count() == 1
    move(days=5)
    sweep_now(clock=MARKET_CLOCK)
    task = DeletionTask.objects.get()
    assert task.status == "late" and Case.objects.filter(subject_code=task.code).count() == 1
    for party in (one.seller, one.buyer):
        assert Notice.objects.filter(organization=party, kind="delivery.deletion.missed", subject=task.code).exists()


@covers("F11")
def test_the_buyers_page_takes_the_statement_and_the_sellers_shows_where_it_stands() -> None:
    one, seller, buyer = over()
    task, where = DeletionTask.objects.get(), f"/desk/deliveries/{one.code}/"
    ours, theirs = signed_in(buyer), signed_in(seller)
    assert "签署并确认删除" in ours.get(where).content.decode() and task.code in ours.get("/desk/workbench/").content.decode()
    assert "许可已结束" in theirs.get(where).content.decode() and "签署并确认删除" not in theirs.get(where).content.decode()
    assert ours.post(f"{where}deletion/", {"task": task.code, "statement": "已全部删除", "deleted": "\n".join(WHERE)}).status_code == 302
    drain()
    assert ResultCertificate.objects.get().code in theirs.get(where).content.decode()


@covers("F11")
def test_nothing_is_owed_while_another_licence_of_it_runs_or_where_nothing_was_handed_over() -> None:
    one, _seller, _buyer = handed_over()
    assert open_licence_deletion(delivery=one, clock=MARKET_CLOCK) is None, "the licence runs"
