"""As-of balances and closed periods: the past is reckoned from rows and, once closed, takes nothing more; a second currency (T12)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from evidence.clock import MARKET_CLOCK
from evidence.models import Record
from kit.actors import SYSTEM
from kit.coverage import covers
from kit.rejected import Rejected
from ledger.accounts import AccountKind
from ledger.closing import close_period
from ledger.invariants import ClosedPeriodsStand, LedgerSumsToZero
from ledger.models import Closing
from ledger.operations import Leg, account, reserve, transfer, void
from ledger.queries import balance, balance_at, trial_balance, trial_balance_at
from tests.delivery.worlds import move, stand_still
from tests.ledger.books import acting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _still(db: None) -> None:
    stand_still()


def pay_in(owner: str, fen: int, currency: str = "CNY", at: Any = None) -> None:
    with acting():
        outside, purse = account("BANK", AccountKind.BANK, currency), account(owner, AccountKind.AVAILABLE, currency)
        transfer(kind="opening", legs=[Leg(outside, -fen), Leg(purse, fen)], subject="TEST", at=at or MARKET_CLOCK.now())


@covers("G1")
def test_a_balance_as_of_an_instant_is_what_it_was_then_reserves_included() -> None:
    pay_in("ORG-A", 100)
    with acting():
        held = reserve(account=account("ORG-A", AccountKind.AVAILABLE), amount_fen=30, purpose="x", subject="X", at=MARKET_CLOCK.now())
    first = MARKET_CLOCK.now()
    move(days=1)
    pay_in("ORG-A", 11)
    with acting():
        void(pending=held, at=MARKET_CLOCK.now())
    purse = account("ORG-A", AccountKind.AVAILABLE)
    assert [(one.posted_fen, one.reserved_fen) for one in (balance_at(purse, first), balance(purse))] == [(100, 30), (111, 0)]
    assert balance_at(purse, first - timedelta(seconds=1)).posted_fen == 0
    assert sum(row.posted_fen for row in trial_balance_at(first)) == 0 == sum(row.posted_fen for row in trial_balance())
    assert trial_balance_at(MARKET_CLOCK.now()) == trial_balance()


@covers("G1", "I27")
def test_nothing_is_posted_into_a_closed_period_whoever_writes() -> None:
    pay_in("ORG-A", 100)
    end = MARKET_CLOCK.now()
    move(days=1)
    made = close_period(until=end, actor=SYSTEM, clock=MARKET_CLOCK)
    assert Record.objects.filter(kind="ledger.period.closed", payload__totals_hash=made.totals_hash).count() == 1
    with pytest.raises(IntegrityError, match="period_closed"), transaction.atomic():
        pay_in("ORG-A", 1, at=end)
    pay_in("ORG-A", 1)
    assert list(ClosedPeriodsStand().check()) == []
    with pytest.raises(Rejected, match="backwards"), transaction.atomic():
        close_period(until=end, actor=SYSTEM, clock=MARKET_CLOCK)
    with pytest.raises(IntegrityError, match="backwards"), transaction.atomic():  # the naive clerk, past the operation
        Closing.objects.create(until=end - timedelta(days=9), at=MARKET_CLOCK.now(), totals=[], totals_hash="0" * 64)


@covers("I27")
def test_a_closed_period_whose_rows_no_longer_give_its_totals_is_found() -> None:
    pay_in("ORG-A", 100)
    move(days=1)
    Closing.objects.create(until=MARKET_CLOCK.now() - timedelta(hours=1), at=MARKET_CLOCK.now(), totals=[], totals_hash="0" * 64)
    assert len(list(ClosedPeriodsStand().check())) == 1


@covers("T12", "I2")
def test_a_second_currency_has_accounts_of_its_own_and_never_mixes() -> None:
    pay_in("ORG-A", 100)
    pay_in("ORG-A", 7, "USD")
    assert [balance(account("ORG-A", AccountKind.AVAILABLE, one)).posted_fen for one in ("CNY", "USD")] == [100, 7]
    yuan, dollars = (account("ORG-A", AccountKind.AVAILABLE, one) for one in ("CNY", "USD"))
    with pytest.raises(IntegrityError, match="unbalanced"), transaction.atomic(), acting():
        transfer(kind="x", legs=[Leg(yuan, -7), Leg(dollars, 7)], subject="X", at=MARKET_CLOCK.now())
    sums = {row.currency: 0 for row in trial_balance()}
    for row in trial_balance():
        sums[row.currency] += row.posted_fen
    assert sums == {"CNY": 0, "USD": 0} and list(LedgerSumsToZero().check()) == []
