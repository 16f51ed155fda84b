"""A dividend pool: what is shared waits on the agreement's own account and is divided once a period (R72, E45).

Worked example: a price of 1,000,000 fen leaves 965,000. Two such trades in June make 1,930,000; holder, processor and labeller share
6 : 6 : 2, which is 827,142 6/7 fen for each of the first two and 275,714 2/7 for the third: whole fen are paid, 2 fen of fractions wait.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.db import InternalError, transaction
from django.db.utils import DatabaseError
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.clock import MARKET_CLOCK as CLOCK
from evidence.clock import set_market_clock
from evidence.models import Record
from kit.actors import SYSTEM
from kit.coverage import covers
from ledger.accounts import AccountKind
from ledger.operations import account
from ledger.queries import balance
from listings.models import Part
from listings.operations import propose_shares, sign_shares
from listings.sharing import Line
from participants.actors import actor_of
from participants.roles import Role
from settlement.invariants import PaidEqualsDivided, PoolsPayWhatTheyHeld
from settlement.models import DividendPool, PoolShare, Settlement, Share
from settlement.pooling import divide_pool, due_pools, period_of, pool_account
from settlement.refunding import decide_refund, post_refund, request_refund
from settlement.sharing.periods import close_pool, instalments
from settlement.tasks import move_cycle, run_now
from tests.delivery.worlds import buyer_of, make_listing, seller_of
from tests.factories import make_organization, make_user
from tests.settlement.test_agreed_shares import paid, sold
from tests.settlement.worlds import frozen

pytestmark = pytest.mark.django_db

JUNE = datetime(2026, 6, 10, 2, tzinfo=UTC)


def pooled_listing(first: Any = None, months: int = 1) -> tuple[Any, list[Any], Any]:
    set_market_clock(JUNE, 0)
    listing = make_listing()
    parties = [listing.organization, make_organization(), make_organization()]
    lines = [Line(*each) for each in zip(parties, (Part.SOURCE, Part.PROCESSING, Part.LABOUR), (6, 6, 2), strict=True)]
    one = propose_shares(version=listing.version, lines=lines, first=first(parties[2].code) if first else (),
                         rest={"period_months": months}, actor=seller_of(listing), clock=CLOCK)
    for party in parties[1:]:
        one = sign_shares(agreement=one, content_hash=one.content_hash, clock=CLOCK,
                          actor=actor_of(make_user(Role.DATA_MERCHANT, organization=party)))
    return listing, parties, one


def available(party: Any) -> int:
    return balance(account(party.code, AccountKind.AVAILABLE)).posted_fen


def settle(*trades: Any) -> None:
    cycle = frozen()
    move_cycle(cycle=cycle, clock=CLOCK)
    cycle.refresh_from_db()
    assert cycle.status == "closed", cycle.differences


@covers("R72", "E45", "I7")
def test_income_waits_on_a_named_account_and_is_divided_once_when_the_period_is_over() -> None:
    listing, parties, one = pooled_listing()
    settle(sold(listing), sold(listing))
    assert balance(account(one.code, AccountKind.UNDISTRIBUTED)).posted_fen == 1_930_000
    assert [available(party) for party in parties] == [0, 0, 0] and due_pools(CLOCK.now()) == []
    set_market_clock(JUNE + timedelta(days=25), 0)
    pool = DividendPool.objects.get()
    for _ in range(3):  # beat may run twice
        divide_pool(pool=pool, actor=SYSTEM, clock=CLOCK)
    assert [available(party) for party in parties] == [827_142, 827_142, 275_714]
    assert balance(pool_account(one)).posted_fen == 2
    assert list(PoolShare.objects.order_by("pk").values_list("carried", flat=True)) == ["6/7", "6/7", "2/7"]
    assert Record.objects.filter(kind="settlement.pool.divided").count() == 1
    assert list(PaidEqualsDivided().check()) == list(PoolsPayWhatTheyHeld().check()) == []


@covers("R72")
def test_what_is_posted_after_the_end_goes_to_the_next_period_however_late_the_close() -> None:
    listing, parties, one = pooled_listing()
    settle(sold(listing))
    set_market_clock(datetime(2026, 7, 3, tzinfo=UTC), 0)
    settle(sold(listing))
    assert run_now(clock=CLOCK)
    first, second = DividendPool.objects.order_by("number")
    assert (first.received_fen, first.status, second.status) == (965_000, "closed", "open")
    assert balance(pool_account(one)).posted_fen == 965_000 + 1
    set_market_clock(datetime(2026, 8, 1, tzinfo=UTC), 0)
    run_now(clock=CLOCK)
    second.refresh_from_db()
    assert second.received_fen == 965_001 and [available(party) for party in parties] == [827_142, 827_142, 275_714]


def naive_close(held: int, weights: dict[str, int]) -> dict[str, int]:
    """The naive variant: divides whatever is there by weight and forgets what it left of fractions."""
    whole = sum(weights.values())
    return {party: held * weight // whole for party, weight in weights.items()}


@covers("E45", "R72")
@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=8), st.lists(st.integers(1, 10**6), min_size=1, max_size=6))
def test_period_by_period_a_pool_pays_what_instalments_pay(receipts: list[int], weights: list[int]) -> None:
    named = {f"p{n}": weight for n, weight in enumerate(weights)}
    carried: dict[str, Fraction] = {}
    held = 0
    for place, one in enumerate(instalments(receipts, named, last=True)):
        held += receipts[place]
        closed = close_pool(held, named, carried, last=place == len(receipts) - 1)
        assert closed.paid == one.paid
        held, carried = held - sum(closed.paid.values()), dict(closed.carried)
        assert held == sum(carried.values())
    assert held == 0


def test_forgetting_the_fractions_pays_another_party() -> None:
    weights, held, carried = {"a": 1, "b": 2}, 0, dict[str, Fraction]()
    exact, naive = {"a": 0, "b": 0}, {"a": 0, "b": 0}
    left = 0
    for receipt in (1, 1, 1, 2, 1):
        held += receipt
        closed = close_pool(held, weights, carried)
        held, carried = held - sum(closed.paid.values()), dict(closed.carried)
        said = naive_close(left + receipt, weights)
        left += receipt - sum(said.values())
        exact, naive = ({party: sums[party] + part[party] for party in sums} for sums, part in ((exact, closed.paid), (naive, said)))
    assert exact == {"a": 2, "b": 4} and naive != exact


@covers("G6", "R72")
def test_a_refund_comes_out_of_the_pool_and_the_fractions_are_cut_alike() -> None:
    listing, _, one = pooled_listing()
    trade = sold(listing)
    settle(trade)
    asked = request_refund(settlement=Settlement.objects.get(trade=trade), amount_fen=500_000, reason="列有误",
                           actor=buyer_of(trade), clock=CLOCK)
    decide_refund(request=asked, approve=True, actor=seller_of(listing), clock=CLOCK)
    post_refund(request=asked, actor=SYSTEM, clock=CLOCK)
    left = balance(pool_account(one)).posted_fen
    assert left == 965_000 - 500_000 * 965_000 // 1_000_000
    set_market_clock(datetime(2026, 7, 1, tzinfo=UTC), 0)
    run_now(clock=CLOCK)
    assert DividendPool.objects.get(number=1).received_fen == left and list(PoolsPayWhatTheyHeld().check()) == []
    assert close_pool(1, {"a": 1, "b": 1}, {"a": Fraction(3, 2), "b": Fraction(1, 2)}).accrued == {"a": Fraction(3, 4), "b": Fraction(1, 4)}


@covers("R72")
def test_what_is_due_first_is_paid_at_once_and_only_the_rest_waits() -> None:
    listing, parties, one = pooled_listing(lambda labeller: [{"kind": "fixed", "party": labeller, "fen": 5_000}])
    trade = sold(listing)
    settle(trade)
    assert paid(trade) == {0: 960_000, parties[0].pk: 0, parties[1].pk: 0, parties[2].pk: 5_000}
    assert available(parties[2]) == 5_000 and balance(pool_account(one)).posted_fen == 960_000


@covers("R72")
def test_the_last_period_pays_the_fractions_too() -> None:
    listing, parties, one = pooled_listing()
    settle(sold(listing))
    other = propose_shares(version=listing.version, lines=[Line(parties[0], Part.SOURCE, 1), Line(parties[1], Part.PROCESSING, 1)],
                           actor=seller_of(listing), clock=CLOCK)
    sign_shares(agreement=other, content_hash=other.content_hash, clock=CLOCK,
                actor=actor_of(make_user(Role.DATA_MERCHANT, organization=parties[1])))
    set_market_clock(datetime(2026, 7, 1, tzinfo=UTC), 0)
    run_now(clock=CLOCK)
    assert balance(pool_account(one)).posted_fen == 0 and sum(available(party) for party in parties) == 965_000
    assert DividendPool.objects.count() == 1, "nothing more comes in"


@covers("R72", "T24")
def test_the_database_keeps_what_was_divided_and_one_open_period() -> None:
    listing, _, one = pooled_listing()
    settle(sold(listing))
    pool = DividendPool.objects.get()
    refused = pytest.raises((InternalError, DatabaseError))
    with refused, transaction.atomic():
        DividendPool.objects.create(code="DIV-X", agreement=one, number=2, starts_at=pool.starts_at, ends_at=pool.ends_at)
    set_market_clock(datetime(2026, 7, 1, tzinfo=UTC), 0)
    divide_pool(pool=pool, actor=SYSTEM, clock=CLOCK)
    for change in ({"paid_fen": 0}, {"status": "open"}):
        with pytest.raises((InternalError, DatabaseError)), transaction.atomic():
            DividendPool.objects.filter(pk=pool.pk).update(**change)
    with pytest.raises((InternalError, DatabaseError)), transaction.atomic():
        PoolShare.objects.create(pool=pool, organization=listing.organization, party="ORG-X", weight=1, accrued="1", carried="0",
                                 amount_fen=1)


def test_periods_are_whole_months_of_the_market_day() -> None:
    late = datetime(2026, 6, 30, 17, tzinfo=UTC)  # the first of July there
    assert [each.isoformat() for each in period_of(late, 1)] == ["2026-07-01T00:00:00+08:00", "2026-08-01T00:00:00+08:00"]
    assert [each.month for each in period_of(JUNE, 3)] == [4, 7] and [each.month for each in period_of(JUNE, 12)] == [1, 1]


@covers("R69", "R72")
def test_the_statement_and_the_share_page_tell_of_the_pool(client: Any) -> None:
    listing, parties, _ = pooled_listing()
    trade = sold(listing)
    settle(trade)
    client.force_login(make_user(Role.DATA_MERCHANT, organization=parties[1]))
    page = client.get(f"/desk/statements/{Settlement.objects.get(trade=trade).code}/").content.decode()
    assert "待分配收益" in page and "每 1 个月一期" in page and 'class="flow' in page
    set_market_clock(datetime(2026, 7, 1, tzinfo=UTC), 0)
    run_now(clock=CLOCK)
    mine = client.get("/desk/shares/").content.decode()
    assert "4,135.71" in mine and "2895000/7" in mine and 'class="f3"' in mine and DividendPool.objects.get(number=1).code in mine
    assert Share.objects.filter(organization=0).count() == 1
    table = client.get("/desk/shares.csv").getvalue().decode()
    assert "2026-07,0.00,4135.71,0.00,4135.71" in table
