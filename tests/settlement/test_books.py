"""Papers for the books (G1, G2, R98): fee note, trial balance by day, tables of payouts and refunds, the overseers' view of flows."""

from __future__ import annotations

import csv
import io
import zipfile
from decimal import Decimal
from typing import Any

import pytest

from evidence.clock import MARKET_CLOCK
from exchange.pages.fee_note import note_of
from exchange.pages.flows import flows_of
from kit.coverage import covers
from ledger.accounts import AccountKind
from ledger.queries import trial_balance
from participants.queries import LOCAL
from participants.roles import Role
from settlement.tasks import reconcile_if_due
from tests.delivery.worlds import buyer_of, move
from tests.factories import make_actor
from tests.settlement.money import party, payout, settle_bank, tell
from tests.settlement.test_money_pages import signed_in, told
from tests.settlement.test_refunding import seller_of, settled
from tests.settlement.worlds import operator

pytestmark = pytest.mark.django_db


def sheet(answer: Any) -> str:
    book = zipfile.ZipFile(io.BytesIO(b"".join(answer)))
    assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    return book.read("xl/worksheets/sheet1.xml").decode()


def table(answer: Any) -> dict[str, int]:
    """Account kind and its balance in fen."""
    rows = csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"), newline=""))
    return {row[0]: int(Decimal(row[3]) * 100) for row in list(rows)[1:]}


@covers("G2", "R98")
def test_the_fee_note_of_each_side_is_what_its_settlement_took_under_the_accounts_heads() -> None:
    one = settled()
    sale, bought = note_of(one.trade, one.seller), note_of(one.trade, one.buyer)
    assert (sale.total_fen, bought.total_fen) == (one.seller_fee_fen + one.levy_fen, one.buyer_fee_fen)
    assert {head[1] for head, _ in sale.lines} <= {"Purchase price", "Taxes and levies", "Registration, settlement and matching fees",
                                                   "Attestation of rights", "Assessment of quality", "Security management"}
    page = signed_in(seller_of(one)).get(f"/desk/trades/{one.subject}/fees/")
    told(page, "收费账单", "它本身不是发票", "已随结算扣付")
    assert "合计" in sheet(signed_in(seller_of(one)).get(f"/desk/trades/{one.subject}/fees.csv?form=xlsx"))
    assert signed_in(party(0).maker).get(f"/desk/trades/{one.subject}/fees/").status_code == 404
    told(signed_in(buyer_of(one.trade)).get(f"/desk/statements/{one.code}/"), "收费账单")


@covers("G1", "I27")
def test_the_trial_balance_of_a_past_day_is_what_it_was_that_day_and_sums_to_zero() -> None:
    party(1_234_500)
    day, earlier = MARKET_CLOCK.now().astimezone(LOCAL).date(), trial_balance()
    move(days=3)
    party(7_700)
    auditor = signed_in(make_actor(Role.AUDITOR))
    told(auditor.get("/desk/money/trial-balance/"), "合计", "可用资金")
    told(auditor.get(f"/desk/money/trial-balance/?day={day}"), "合计", f'value="{day}"')
    then, now = (table(auditor.get(f"/desk/money/trial-balance.csv{asked}")) for asked in (f"?day={day}", ""))
    assert {name: fen for name, fen in then.items() if fen} == {str(AccountKind(row.kind).label): row.posted_fen for row in earlier
                                                                if row.posted_fen}
    assert sum(then.values()) == sum(now.values()) == 0 and now["可用资金"] - then["可用资金"] == 7_700
    assert f"{now['可用资金'] / 100:.2f}" in sheet(auditor.get("/desk/money/trial-balance.csv?form=xlsx"))
    for typed in ("gestern", "0001-01-01", "9999-12-31", "2026-13-01"):
        assert auditor.get(f"/desk/money/trial-balance/?day={typed}").status_code == 400
    assert signed_in(party(0).maker).get("/desk/money/trial-balance/").status_code == 403


@covers("T51", "G8")
def test_payouts_and_refunds_are_tables_of_ones_own_with_the_account_masked() -> None:
    ours, other = party(1_000_000), party(1_000_000)
    one, theirs = payout(ours, 1_000), payout(other, 2_000)
    table = b"".join(signed_in(ours.maker).get("/desk/payouts.csv")).decode()
    assert one.code in table and theirs.code not in table and "…2345" in table and "6222" not in table
    assert one.code in sheet(signed_in(ours.maker).get("/desk/payouts.csv?form=xlsx"))
    assert "编号" in b"".join(signed_in(ours.maker).get("/desk/refunds.csv")).decode()


@covers("G1", "G8", "G9", "I9")
def test_the_flows_tell_what_came_in_went_out_and_waits_and_name_large_payouts(django_assert_max_num_queries: Any) -> None:
    ours = party(9_000_000)
    large = payout(ours, 6_000_000)
    payout(ours, 100)
    tell("credit", reference="STRAY", party="ORG-?", amount_fen=300)
    settle_bank()
    now = flows_of(MARKET_CLOCK.now())[-1]
    assert now.in_fen >= 9_000_000 and now.other_fen == 300 and now.out_fen in (0, 100)
    reconcile_if_due(clock=MARKET_CLOCK)
    overseer = signed_in(make_actor(Role.REGULATOR))
    page = overseer.get("/desk/money/flows/")
    told(page, "资金流向", large.code, "大额提现", "待查款项")
    with django_assert_max_num_queries(45):
        overseer.get("/desk/money/flows/")
    assert "转入（元）" in sheet(overseer.get("/desk/money/flows.csv?form=xlsx"))
    assert signed_in(ours.maker).get("/desk/money/flows/").status_code == 403
    assert signed_in(operator()).get("/desk/money/").status_code == 200
