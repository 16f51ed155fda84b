"""T54: the bank's callback. What is unsigned, stale, told twice or told otherwise has no second effect; what fits nobody waits in suspense.

Each check has its naive variant: the callback that trusts what it reads books a forged line, an old line and a line told twice.
"""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from compliance.models import Case
from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from ledger import operations as ledger
from ledger.accounts import AccountKind
from ledger.operations import OUTSIDE, account
from ledger.queries import balance
from participants.models import Notice, Organization
from participants.roles import Role
from participants.webhooks import signature_of
from settlement import bank
from settlement.bank import STALE_SECONDS, BankLine, clear_suspense, receive_line
from settlement.models import BankNotice
from settlement.operations import book_deposit
from tests.factories import make_actor, make_organization
from tests.threads import in_threads
from tests.trading.worlds import bid, make_buyer, move, open_lot, stand_still
from trading import tasks
from trading.models import Trade

pytestmark = [pytest.mark.django_db, pytest.mark.fault]
SECRET = "whsec_" + base64.b64encode(b"b" * 24).decode()
PATH = "/api/bank/lines/"


@pytest.fixture(autouse=True)
def _connected(settings: Any, db: None) -> None:
    settings.BANK_SECRET = SECRET
    stand_still()


def told(body: dict[str, Any] | bytes, *, ident: str = "BNK-1", secret: str = SECRET, age: int = 0, signed: str = "") -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = str(int(time.time()) - age)
    return Client(enforce_csrf_checks=True).post(PATH, raw, content_type="application/json", headers={
        "webhook-id": ident, "webhook-timestamp": stamp, "webhook-signature": signed or signature_of(secret, ident, stamp, raw)})


def line(named: str, fen: int = 500_000, reference: str = "ICBC-0001") -> dict[str, Any]:
    return {"reference": reference, "named": named, "amount_fen": fen}


def available(one: Organization) -> int:
    return balance(account(one.code, AccountKind.AVAILABLE)).available_fen


def suspense() -> int:
    return balance(account(OUTSIDE, AccountKind.SUSPENSE)).posted_fen


@covers("T54", "G6")
def test_a_signed_line_becomes_the_partys_money_and_the_party_is_told() -> None:
    one = make_organization(Role.BUYER)
    reply = told(line(one.code))
    assert (reply.status_code, reply.json()) == (201, {"reference": "ICBC-0001", "suspense": False})
    assert available(one) == 500_000 and suspense() == 0
    assert Record.objects.filter(kind="settlement.bank.booked", subject="ICBC-0001").count() == 1
    assert Notice.objects.filter(organization=one, kind="settlement.bank.received").exists()


@covers("T54")
@pytest.mark.parametrize(("how", "code"), [
    ({"secret": "whsec_" + base64.b64encode(b"x" * 24).decode()}, "settlement.bank.signature"),
    ({"signed": "v1,AAAA"}, "settlement.bank.signature"), ({"signed": "v1,ü"}, "settlement.bank.signature"),
    ({"age": STALE_SECONDS + 60}, "settlement.bank.stale"), ({"age": -STALE_SECONDS - 60}, "settlement.bank.stale")])
def test_what_is_not_the_banks_or_six_minutes_old_books_nothing(how: dict[str, Any], code: str) -> None:
    one = make_organization(Role.BUYER)
    reply = told(line(one.code), **how)
    assert (reply.status_code, reply.json()["code"]) == (403, code)
    assert not BankNotice.objects.exists() and available(one) == 0


@covers("T54")
def test_a_body_changed_on_its_way_does_not_fit_its_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant trusts the body: without the check the forged line is booked."""
    one = make_organization(Role.BUYER)
    good = json.dumps(line(one.code)).encode()
    stamp = str(int(time.time()))
    headers = {"webhook-id": "BNK-1", "webhook-timestamp": stamp, "webhook-signature": signature_of(SECRET, "BNK-1", stamp, good)}
    forged = json.dumps(line(one.code, fen=90_000_000)).encode()
    assert Client().post(PATH, forged, content_type="application/json", headers=headers).status_code == 403
    monkeypatch.setattr("settlement.api.check_signature", lambda *_args, **_named: None)
    assert Client().post(PATH, forged, content_type="application/json", headers=headers).status_code == 201
    assert available(one) == 90_000_000


@covers("T54", "T5")
def test_a_valid_call_replayed_or_told_anew_is_the_same_line() -> None:
    one = make_organization(Role.BUYER)
    replies = [told(line(one.code), ident=ident) for ident in ("BNK-1", "BNK-1", "BNK-2")]
    assert {(reply.status_code, reply.content) for reply in replies} == {(201, replies[0].content)}
    assert available(one) == 500_000 and BankNotice.objects.count() == 1


@covers("T54")
def test_lines_out_of_order_are_booked_each_by_itself() -> None:
    one = make_organization(Role.BUYER)
    for reference, fen in (("ICBC-0003", 3), ("ICBC-0001", 1), ("ICBC-0002", 2), ("ICBC-0003", 3)):
        assert told(line(one.code, fen, reference)).status_code == 201
    assert available(one) == 6


@covers("T54", "I9")
def test_what_names_nobody_waits_in_suspense_with_a_case_until_the_operator_says_whose_it_is() -> None:
    one, other = make_organization(Role.BUYER), make_organization(Role.BUYER)
    assert told(line("TRD-NOBODY")).json()["suspense"] is True
    assert suspense() == 500_000
    case = Case.objects.get(subject_code="ICBC-0001")
    assert case.kind == "settlement" and case.due_at is not None and case.flags == ["unknown"]
    operator = make_actor(Role.VENUE_OPERATOR)
    book_deposit(organization=one.code, amount_fen=500_000, reference="ICBC-0001", actor=operator, clock=MARKET_CLOCK)
    assert (suspense(), available(one)) == (0, 500_000)
    with pytest.raises(Rejected, match=r"reference_used"):
        clear_suspense(notice=BankNotice.objects.get(), organization=other, actor=operator, clock=MARKET_CLOCK)
    clear_suspense(notice=BankNotice.objects.get(), organization=one, actor=operator, clock=MARKET_CLOCK)
    assert (suspense(), available(one), available(other)) == (0, 500_000, 0), "clearing twice is clearing once"
    with pytest.raises(Rejected):
        clear_suspense(notice=BankNotice.objects.get(), organization=one, actor=make_buyer(), clock=MARKET_CLOCK)


@covers("T54")
def test_a_line_for_a_trade_is_the_buyers_where_the_sum_fits_and_waits_where_it_differs() -> None:
    buyer = make_buyer()
    bid(open_lot(buyer), buyer, 5_000_000)
    move(days=2)
    tasks.close_due()
    trade = Trade.objects.get()
    due = trade.price_fen + bank.charges_of(trade).total(trade.price_fen, bank.Payer.BUYER)
    before = available(trade.buyer)
    assert told(line(trade.code, due - 1, "ICBC-0007")).json()["suspense"] is True
    assert Case.objects.get().flags == ["other_amount"]
    assert told(line(trade.code, due, "ICBC-0008")).json()["suspense"] is False
    assert (available(trade.buyer), suspense()) == (before + due, due - 1)


@covers("T54")
def test_one_number_with_other_content_is_refused_and_put_before_the_operator() -> None:
    """The naive callback keys by the call's id alone: the same line under another id, with another sum, is booked again."""
    one = make_organization(Role.BUYER)
    assert told(line(one.code)).status_code == 201
    for body in (line(one.code, 600_000), line("ORG-NOBODY")):
        reply = told(body, ident="BNK-9")
        assert (reply.status_code, reply.json()["code"]) == (409, "settlement.bank.conflict")
    assert available(one) == 500_000 and Case.objects.get().flags == ["conflict"]
    hand = make_organization(Role.BUYER)
    ledger.fund(organization=hand.code, amount_fen=7, reference="ICBC-0042", actor=SYSTEM, clock=MARKET_CLOCK)
    assert told(line(hand.code, 7, "ICBC-0042")).status_code == 409, "booked by hand from the same statement"
    assert available(hand) == 7


@covers("T54", "T11")
@pytest.mark.parametrize("body", [b"", b"[]", b'{"reference":"a"}', b'{"reference":"a","named":"b","amount_fen":1.5}',
                                  b'{"reference":"a","named":"b","amount_fen":true}', b'{"reference":"a","named":"b","amount_fen":0}',
                                  b'{"reference":"","named":"b","amount_fen":1}', b'{"reference":"a","named":"b","amount_fen":-1}'])
def test_what_cannot_be_read_is_refused_in_words(body: bytes) -> None:
    reply = told(body)
    assert (reply.status_code, reply.json()["code"]) == (400, "settlement.bank.unreadable")


@covers("T54")
def test_without_a_bank_the_address_does_not_exist(settings: Any) -> None:
    settings.BANK_SECRET = ""
    assert told(line("ORG-X")).status_code == 404


@covers("T54", "I3")
def test_a_line_is_never_rewritten_and_given_its_party_once() -> None:
    told(line("TRD-NOBODY"))
    one = BankNotice.objects.get()
    for change in ({"amount_fen": 1}, {"named": "ORG-X"}, {"suspense": ""}):
        with pytest.raises(DatabaseError), transaction.atomic():
            BankNotice.objects.filter(pk=one.pk).update(**change)
    clear_suspense(notice=one, organization=make_organization(), actor=make_actor(Role.VENUE_OPERATOR), clock=MARKET_CLOCK)
    with pytest.raises(DatabaseError), transaction.atomic():
        BankNotice.objects.filter(pk=one.pk).update(organization=make_organization())


@covers("T54")
@pytest.mark.django_db(transaction=True)
def test_twenty_times_at_once_is_one_line() -> None:
    one = make_organization(Role.BUYER)
    replies = in_threads(20, lambda n: told(line(one.code), ident=f"BNK-{n % 4}"))
    assert {reply.status_code for reply in replies} == {201}
    assert available(one) == 500_000 and BankNotice.objects.count() == 1
    assert Record.objects.filter(kind="settlement.bank.booked").count() == 1


@covers("T54")
def test_only_the_house_itself_receives() -> None:
    with pytest.raises(Rejected):
        receive_line(line=BankLine("A", "B", 1), actor=make_buyer(), clock=MARKET_CLOCK)
