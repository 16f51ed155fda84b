"""Receipts (R98, G6, G8): one for each thing paid, numbered without a hole, hashed and signed; public is the hash, never the content."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from delivery.results import signature_fits
from evidence.clock import MARKET_CLOCK, set_market_clock
from evidence.models import Record
from evidence.tasks import seal
from exchange.papers import key_of
from kit.actors import SYSTEM
from kit.coverage import covers
from settlement.models import Receipt, Settlement
from settlement.receipts import issue_receipt, paid_of, receipt_held, unreceipted
from settlement.refunding import decide_refund, paid_for, request_refund
from settlement.tasks import receipts_now, reconcile_if_due, run_now
from tests.delivery.worlds import buyer_of
from tests.settlement.money import party, payout, settle_bank, sound
from tests.settlement.test_money_pages import signed_in, told
from tests.settlement.test_refunding import seller_of, settled
from tests.threads import together
from trading.books import sha256_of

pytestmark = pytest.mark.django_db


def receipt_of(subject: str) -> Receipt:
    return Receipt.objects.get(subject=subject)


def issued(one: Any) -> Receipt:
    return issue_receipt(of=one, actor=SYSTEM, clock=MARKET_CLOCK)


@covers("G6", "G8", "R98")
def test_a_settled_trade_its_refund_and_a_payout_have_one_receipt_each_numbered_in_their_order() -> None:
    one = settled()
    assert receipts_now(clock=MARKET_CLOCK) == 1
    asked = request_refund(settlement=one, amount_fen=paid_for(one) // 2, reason="缺列", actor=buyer_of(one.trade), clock=MARKET_CLOCK)
    decide_refund(request=asked, approve=True, actor=seller_of(one), clock=MARKET_CLOCK)
    run_now(clock=MARKET_CLOCK)
    taken = payout(party(1_000_000), 400_000)
    settle_bank()
    assert receipts_now(clock=MARKET_CLOCK) == 2 and receipts_now(clock=MARKET_CLOCK) == 0
    assert [(row.numbered[5:], row.kind, row.subject, row.amount_fen) for row in Receipt.objects.order_by("number")] == [
        ("000001", "trade", one.code, 1_000_001), ("000002", "refund", asked.code, paid_for(one) // 2),
        ("000003", "payout", taken.code, 400_000)]
    assert (receipt_of(asked.code).payer, receipt_of(asked.code).payee) == (one.seller, one.buyer)
    sound()


@covers("R98")
def test_a_receipt_lists_price_tax_and_charges_as_the_statement_does_and_is_signed() -> None:
    one = settled()
    made = issued(one)
    lines = {line["zh"]: line["fen"] for line in made.content["lines"]}
    assert lines["成交价"] == one.price_fen and lines["归卖方与各贡献方"] == one.shared_fen
    borne = sum(fen for words, fen in lines.items() if "卖方负担" in words)
    assert borne == one.seller_fee_fen + one.levy_fen and lines["成交价"] == borne + lines["归卖方与各贡献方"]
    assert made.content_hash == sha256_of(made.content) and signature_fits(made.content, made.signature, key_of(made.key_id))
    assert not signature_fits(made.content | {"amount_fen": 1}, made.signature, key_of(made.key_id))
    told_of = Record.objects.get(kind="settlement.receipt.issued", subject=made.code)
    assert told_of.payload["content_hash"] == made.content_hash and str(one.price_fen) not in json.dumps(told_of.payload)


@covers("R98")
def test_a_second_call_finds_the_receipt_that_is_there() -> None:
    one = settled()
    assert issued(one).pk == issued(one).pk and Receipt.objects.count() == 1
    assert Record.objects.filter(kind="settlement.receipt.issued").count() == 1


@covers("T30")
def test_one_that_is_undone_leaves_no_hole_in_the_numbers() -> None:
    first, second = settled(), settled()
    with transaction.atomic():
        assert issued(first).number == 1
        transaction.set_rollback(True)
    assert issued(second).number == 1 and issued(first).number == 2


@covers("T30")
def test_the_naive_number_from_a_sequence_has_a_hole_after_one_that_is_undone() -> None:
    """The mutant: a sequence does not go back."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE naive_receipt (number bigint GENERATED ALWAYS AS IDENTITY, subject text)")
        with transaction.atomic():
            cursor.execute("INSERT INTO naive_receipt (subject) VALUES ('a')")
            transaction.set_rollback(True)
        cursor.execute("INSERT INTO naive_receipt (subject) VALUES ('b') RETURNING number")
        assert cursor.fetchone() == (2,)


@covers("T30")
def test_the_database_takes_only_the_next_number_and_keeps_every_receipt() -> None:
    made = issued(settled())
    fields = {field.attname: getattr(made, field.attname) for field in Receipt._meta.concrete_fields if field.attname != "id"}
    for number in (1, 3, 17):
        with pytest.raises(DatabaseError), transaction.atomic():
            Receipt.objects.create(**fields | {"code": f"RCP-{number}", "subject": f"S-{number}", "number": number})
    for act in (lambda: Receipt.objects.filter(pk=made.pk).update(amount_fen=1), lambda: Receipt.objects.filter(pk=made.pk).delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert Receipt.objects.get().amount_fen == made.amount_fen


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
@covers("T30")
def test_many_at_once_are_numbered_in_a_row_and_each_thing_once() -> None:
    ours = [settled() for _ in range(3)]
    results = together([lambda one=one: issued(one) for one in ours * 4])
    assert not [one for one in results if isinstance(one, BaseException)], results
    assert sorted(Receipt.objects.values_list("number", flat=True)) == [1, 2, 3]


@covers("T30", "G7")
def test_a_receipt_that_cannot_be_written_holds_up_no_other_and_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    poison, good = settled(), settled()

    def stumbling(one: Any) -> Any:
        if one.code == poison.code:
            raise RuntimeError("poison")
        return paid_of(one)

    with monkeypatch.context() as broken:
        broken.setattr("settlement.receipts.paid_of", stumbling)
        receipts_now(clock=MARKET_CLOCK)
    assert list(Receipt.objects.values_list("subject", flat=True)) == [good.code]
    assert [one.code for one in unreceipted()] == [poison.code]
    assert receipts_now(clock=MARKET_CLOCK) == 1 and not list(unreceipted())


@covers("R98", "T30")
def test_what_newer_receipts_left_behind_is_found_in_the_night() -> None:
    left = settled()
    set_market_clock(MARKET_CLOCK.now() + timedelta(days=5), 0)
    issued(settled())
    assert left.code not in [one.code for one in unreceipted()], "the quick look of every half minute goes back two days"
    assert receipts_now(clock=MARKET_CLOCK) == 0
    reconcile_if_due(clock=MARKET_CLOCK)
    assert receipt_of(left.code).kind == "trade" and list(unreceipted(whole=True)) == []


@covers("R98", "R30")
def test_anyone_checks_a_receipt_and_learns_neither_amount_nor_party() -> None:
    one = settled(price_fen=1_234_567)
    made = issued(one)
    seal()
    page = Client().get(f"/verify/{made.code}")
    told(page, "收付凭证", made.numbered, made.content_hash, "凭证真实")
    public = page.content.decode() + Client().get(f"/verify/{made.code}/bundle/").content.decode()
    secret = [one.seller.name, one.buyer.name, one.seller.code, one.buyer.code, "12,345.67", "1234567", made.content["salt"], one.subject]
    assert not [word for word in secret if word in public]
    assert Client().get(f"/verify/{made.code}/certificate.json").status_code == 404


@covers("R98")
def test_whoever_holds_the_file_holds_it_against_the_public_hash() -> None:
    made = issued(settled())
    seal()
    document = signed_in(buyer_of(Settlement.objects.get(code=made.subject).trade)).get(f"/desk/receipts/{made.code}/receipt.json").json()
    assert document["content"]["receipt"] == made.code and all(good for _, good in receipt_held(made.content_hash, document))
    forged = document | {"content": document["content"] | {"amount_fen": 1}}
    assert [good for _, good in receipt_held(made.content_hash, forged)] == [True, False]
    assert not any(good for _, good in receipt_held(made.content_hash, ["x"]))
    from django.core.files.uploadedfile import SimpleUploadedFile

    def held(said: Any) -> str:
        upload = SimpleUploadedFile("receipt.json", json.dumps(said).encode(), "application/json")
        return Client().post(f"/verify/{made.code}/result/", {"answer": upload}).content.decode()

    assert "逐字一致。" in held(document) and "有改动" in held(forged)


@covers("R98", "T51")
def test_the_two_sides_and_the_overseers_read_a_receipt_and_nobody_else() -> None:
    one = settled()
    made = issued(one)
    buyer, stranger = signed_in(buyer_of(one.trade)), signed_in(party(0).maker)
    told(buyer.get("/desk/receipts/"), made.numbered)
    told(buyer.get(f"/desk/receipts/{made.code}/"), made.numbered, one.seller.name, made.content_hash, "打印")
    assert b"10000.01" in b"".join(buyer.get("/desk/receipts.csv")) and b"".join(buyer.get("/desk/receipts.csv?form=xlsx"))[:2] == b"PK"
    for address in (f"/desk/receipts/{made.code}/", f"/desk/receipts/{made.code}/receipt.json"):
        assert stranger.get(address).status_code == 404
    assert made.numbered not in stranger.get("/desk/receipts/").content.decode()


