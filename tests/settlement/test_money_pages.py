"""Money pages and API: a party pays in, takes out with a second person; a blocked reconciliation is mended, a refund answered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from evidence.clock import MARKET_CLOCK
from kit.actors import SYSTEM, Actor
from kit.coverage import covers
from ledger.operations import fund
from participants.models import User
from participants.roles import Role
from settlement.models import BankNotice, Payout, Reconciliation, RefundRequest
from settlement.refunding import paid_for
from settlement.simulated_bank import transfer_in
from settlement.tasks import move_payouts, run_now
from tests.delivery.worlds import buyer_of
from tests.factories import make_actor
from tests.settlement.money import available, letter, party, settle_bank
from tests.settlement.test_refunding import settled
from tests.settlement.worlds import operator

pytestmark = pytest.mark.django_db


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id), backend="django.contrib.auth.backends.ModelBackend")
    return client


def told(page: Any, *words: str) -> None:
    text = page.content.decode()
    assert page.status_code == 200 and not [word for word in words if word not in text], [word for word in words if word not in text]


@covers("G8", "R57")
def test_in_production_nobody_lets_money_arrive_at_a_simulated_bank(settings: Any) -> None:
    ours = party(0)
    settings.PRODUCTION = True
    mine = signed_in(ours.maker)
    assert mine.post("/desk/payouts/transfer-in/", {"amount": "100000"}).status_code == 404 and available(ours).posted_fen == 0
    assert "/desk/payouts/transfer-in/" not in mine.get("/desk/payouts/").content.decode()


@covers("G8", "R57")
def test_a_party_pays_in_and_takes_out_with_its_second_person_and_the_venues() -> None:
    ours = party(0)
    mine, colleague, desk = signed_in(ours.maker), signed_in(ours.colleague), signed_in(operator())
    mine.post("/desk/payouts/transfer-in/", {"amount": "100000"})
    move_payouts(clock=MARKET_CLOCK)
    told(mine.get("/desk/payouts/"), "100,000", ours.organization.code)
    assert mine.post("/desk/payouts/", {"amount": "60000", "to_account": "12"}).status_code == 400
    assert mine.post("/desk/payouts/", {"amount": "60000", "to_account": "6222020200112345"}).status_code == 302
    one = Payout.objects.get()
    told(mine.get("/desk/payouts/"), "由另一人确认或退回")
    assert mine.post(f"/desk/payouts/{one.code}/confirm/").status_code in (403, 409)
    assert colleague.post(f"/desk/payouts/{one.code}/confirm/").status_code == 302
    told(desk.get("/desk/money/"), one.code, "复核通过")
    assert desk.post(f"/desk/money/payouts/{one.code}/clear/").status_code == 302
    settle_bank()
    told(mine.get("/desk/payouts/"), "已到账")
    assert available(ours).posted_fen == 4_000_000


@covers("G9", "I18")
def test_a_blocked_reconciliation_is_mended_on_the_money_desk_by_two_persons() -> None:
    ours, maker, other = party(100_000), signed_in(operator()), signed_in(make_actor(Role.REGULATOR))
    fund(organization=ours.organization.code, amount_fen=500, reference="GHOST", actor=SYSTEM, clock=MARKET_CLOCK)
    assert maker.post("/desk/money/books/now/reconcile/").status_code == 302
    failed = Reconciliation.objects.get(status="failed")
    told(maker.get("/desk/money/"), "对账未平，提现暂停", "GHOST: 500 fen here, nothing at the bank", "提请恢复提现")
    told(signed_in(ours.maker).get("/desk/payouts/"), "对账未平，提现暂停")
    assert maker.post(f"/desk/money/reconciliations/{failed.code}/ask/").status_code == 409
    transfer_in(reference="GHOST", party=ours.organization.code, amount_fen=500, at=MARKET_CLOCK.now(), tell=False)
    assert maker.post(f"/desk/money/reconciliations/{failed.code}/ask/").status_code == 302
    assert maker.post(f"/desk/money/reconciliations/{failed.code}/mend/").status_code in (403, 409)
    told(other.get("/desk/money/"), "确认已纠正")
    assert other.post(f"/desk/money/reconciliations/{failed.code}/mend/").status_code == 302
    told(maker.get("/desk/money/"), "已纠正")


@covers("G6")
def test_a_refund_after_settlement_is_asked_on_the_statement_and_decided_by_the_venue() -> None:
    one = settled()
    buyer, desk = signed_in(buyer_of(one.trade)), signed_in(operator())
    told(buyer.get(f"/desk/statements/{one.code}/"), "申请退款")
    assert buyer.post(f"/desk/statements/{one.code}/refund/", {"amount": "1000", "reason": "数据缺列"}).status_code == 302
    asked = RefundRequest.objects.get()
    told(buyer.get("/desk/refunds/"), asked.code, "数据缺列", "撤回申请")
    told(desk.get("/desk/money/"), asked.code, "裁定退款")
    assert desk.post(f"/desk/money/refunds/{asked.code}/approve/").status_code == 302
    run_now(clock=MARKET_CLOCK)
    told(buyer.get("/desk/refunds/"), "已退款")
    assert buyer.post(f"/desk/statements/{one.code}/refund/", {"amount": str(paid_for(one)), "reason": "x"}).status_code == 409


@covers("T54")
def test_the_bank_tells_its_notices_at_an_address_that_asks_for_its_signature() -> None:
    ours, client = party(0), Client()
    message = letter("credit", reference="HTTP-1", party=ours.organization.code, amount_fen=77)

    def post(one: Any) -> Any:
        return client.post("/api/bank/notices/", one.body, content_type="application/json", headers={
            "Bank-Message": one.ident, "Bank-Timestamp": one.timestamp, "Bank-Signature": one.signature})

    assert post(replace(message, signature="v1,no")).status_code == 400 and available(ours).posted_fen == 0
    assert [post(message).status_code for _ in range(2)] == [200, 200] and available(ours).posted_fen == 77
    assert client.post("/api/bank/notices/", b"{}", content_type="application/json").json()["code"] == "settlement.bank.forged"
    assert BankNotice.objects.filter(reference="HTTP-1").count() == 1


@covers("G8", "T5")
def test_a_program_asks_for_a_payout_once_under_its_key() -> None:
    ours = party(1_000_000)
    client = signed_in(ours.maker)
    body = {"amount_fen": 1_000, "to_account": "6222020200112345"}
    first, again = [client.post("/api/payouts/", body, content_type="application/json", headers={"Idempotency-Key": "pay-once-0001"})
                    for _ in range(2)]
    assert (first.status_code, first.content) == (201, again.content) and Payout.objects.count() == 1
    row = client.get("/api/payouts/").json()["items"][0]
    assert row["to_account"] == "…2345" and row["status"] == "requested"
