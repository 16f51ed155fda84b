"""A year of an organisation's money: every way to divide it sums to the same, refunds are said apart, and nobody reads another's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from participants.models import Organization
from participants.queries import LOCAL
from settlement.earnings import income_of, months_back, spending_of
from settlement.refunding import decide_refund, paid_for, request_refund
from settlement.tasks import run_now
from tests.delivery.worlds import buyer_of
from tests.settlement.money import party
from tests.settlement.test_money_pages import signed_in, told
from tests.settlement.test_refunding import seller_of, settled

pytestmark = pytest.mark.django_db


def test_twelve_months_end_with_the_running_one_by_the_venues_calendar() -> None:
    """Worked: at 16:30 UTC on 31 December it is already January in Shanghai."""
    months = months_back(datetime(2026, 12, 31, 16, 30, tzinfo=UTC))
    assert [f"{one:%Y-%m}" for one in (months[0], months[-1])] == ["2026-02", "2027-01"] and len(months) == 12
    assert all(one.tzinfo == LOCAL for one in months)


@covers("G5", "R98")
def test_income_by_month_product_and_channel_is_the_same_sum_and_refunds_are_taken_off() -> None:
    one = settled(1_000_001, (5, 3, 2))
    asked = request_refund(settlement=one, amount_fen=paid_for(one) // 2, reason="缺列", actor=buyer_of(one.trade), clock=MARKET_CLOCK)
    decide_refund(request=asked, approve=True, actor=seller_of(one), clock=MARKET_CLOCK)
    run_now(clock=MARKET_CLOCK)
    for share in one.shares.all():
        got = income_of(Organization.objects.get(pk=share.organization_id), at=MARKET_CLOCK.now())
        back = sum(line.amount_fen for line in asked.lines.filter(number=share.number, transfer__isnull=False))
        assert got.gross_fen == share.amount_fen and got.back_fen == back and got.net_fen == share.amount_fen - back
        assert all(sum(row.fen for row in rows) == got.gross_fen for _, rows in got.parts)
        assert [month.trades for month in got.months] == [0] * 11 + [1]


@covers("F1", "R98")
def test_spending_is_what_was_paid_with_the_charges_beside_it_by_the_buyers_own_heads() -> None:
    one = settled()
    found = spending_of(one.buyer, at=MARKET_CLOCK.now())
    assert found.gross_fen == paid_for(one) and dict(found.parts)["cost_centre"][0].name == ("未填写", "Not stated")
    assert {key: sum(row.fen for row in rows) for key, rows in found.parts} == dict.fromkeys(
        ("cost_centre", "po_number", "product", "channel"), paid_for(one))
    assert spending_of(one.seller, at=MARKET_CLOCK.now()).trades == 0


@covers("R98", "T51")
def test_the_pages_show_chart_and_table_to_their_own_organisation(django_assert_max_num_queries: Any) -> None:
    one = settled()
    seller, buyer, stranger = (signed_in(actor) for actor in (seller_of(one), buyer_of(one.trade), party(0).maker))
    told(seller.get("/desk/income/"), "<svg", "按产品", "按渠道", "净额")
    told(buyer.get("/desk/spending/"), "<svg", "按成本中心", "按采购单号", "10,")
    told(stranger.get("/desk/income/"), "十二个月内没有已结算的成交")
    told(stranger.get("/desk/spending/"), "十二个月内没有已结算的成交")
    with django_assert_max_num_queries(40):
        buyer.get("/desk/spending/")
    assert b"".join(buyer.get("/desk/spending.csv?form=xlsx"))[:2] == b"PK"
    assert b"10000.01" in b"".join(buyer.get("/desk/spending.csv"))
    assert b"10000.01" not in b"".join(stranger.get("/desk/spending.csv"))
