"""Money under simultaneous hands: parallel reserves never overdraw (T3), sorted locks never deadlock (T7)."""

from __future__ import annotations

import os
import random
import time
import uuid
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from kit.coverage import covers
from kit.rejected import Rejected
from ledger import queries
from ledger.invariants import BalancesFollowFromPostings, LedgerSumsToZero, NobodyOverdraws
from ledger.models import Account
from ledger.operations import Leg, account, reserve, transfer
from tests.ledger.books import AT, acting, funded
from tests.threads import together

FULL = os.environ.get("FULL") == "1"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]


def _reserve(one: Account) -> Any:
    with acting():
        return reserve(account=one, amount_fen=60, purpose="deposit", subject="LOT-1", at=AT)


@covers("T3", "I4")
def test_of_parallel_reserves_of_60_on_100_at_most_one_succeeds() -> None:
    rounds = 50 if FULL else 5
    print(f"T3: {rounds} rounds of 2 to 16 parallel reserves")
    for n in range(rounds):
        one = funded(f"ORG-{n}", 100)
        results = together([lambda one=one: _reserve(one)] * (2 + (n * 5) % 15))
        refused = [result for result in results if isinstance(result, Rejected)]
        assert len(results) - len(refused) == 1, results
        assert {result.code for result in refused} <= {"ledger.insufficient_funds"}
        assert queries.balance(one) == queries.Funds(100, 60)
    assert not [text for each in (NobodyOverdraws, BalancesFollowFromPostings) for text in each().check()]


def _naive_reserve(table: str, barrier: Any) -> bool:
    """The mutant (M2): add up, look, then write."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT 100 - coalesce(sum(amount), 0) FROM {table}")
        available = cursor.fetchone()[0]
        barrier.wait()
        if available < 60:
            return False
        cursor.execute(f"INSERT INTO {table} VALUES (60)")
        return True


def test_checking_the_sum_before_inserting_overdraws(superuser_connection: Any) -> None:
    import threading

    superuser_connection.execute("CREATE TABLE naive_hold (amount bigint)")
    superuser_connection.execute("GRANT ALL ON naive_hold TO dx_app")
    barrier = threading.Barrier(2)
    assert together([lambda: _naive_reserve("naive_hold", barrier)] * 2) == [True, True]
    assert superuser_connection.execute("SELECT sum(amount) FROM naive_hold").fetchone()[0] == 120, "the mutant overdraws 100"


def _many_transfers(accounts: list[Account], count: int, seed: int) -> int:
    dice, done = random.Random(seed), 0
    for n in range(count):
        a, b = dice.sample(accounts, 2)
        with acting():
            transfer(kind="pressure", legs=[Leg(a, -1), Leg(b, 1)], subject=f"T-{seed}-{n}", at=AT)
        done += 1
    return done


@covers("T7")
def test_transfers_among_ten_accounts_in_any_order_never_deadlock() -> None:
    count = 150 if FULL else 15
    print(f"T7: 8 threads x {count} transfers")
    accounts = [funded(f"ORG-{n}", 10_000) for n in range(10)]
    results = together([lambda seed=seed: _many_transfers(accounts, count, seed) for seed in range(8)])
    assert results == [count] * 8, results
    assert sum(queries.balance(one).posted_fen for one in accounts) == 100_000
    assert list(LedgerSumsToZero().check()) == []


def _unsorted(first: Account, second: Account) -> None:
    """The mutant: locks in the order given."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT ledger_lock(ARRAY[%s])", [first.pk])
        time.sleep(0.3)
        cursor.execute("SELECT ledger_lock(ARRAY[%s])", [second.pk])


def test_locks_in_the_order_given_deadlock() -> None:
    a, b = account("ORG-A", "available"), account("ORG-B", "available")
    results = together([lambda: _unsorted(a, b), lambda: _unsorted(b, a)])
    assert any(isinstance(result, OperationalError) and "deadlock" in str(result) for result in results), results


@covers("T7")
def test_opening_the_same_account_at_once_gives_one_account() -> None:
    owner = f"ORG-{uuid.uuid4().hex[:8]}"
    results = together([lambda: account(owner, "available").pk] * 8)
    assert len(set(results)) == 1, results
