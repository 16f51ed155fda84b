"""The books defend themselves: by missing grants against the application, by triggers against everyone (I1, I3, I4, T12)."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import Error

from kit.coverage import covers
from tests.ledger.books import AT, acting, funded

HEADER = ("INSERT INTO ledger_transfer (uuid, phase, kind, subject, legs, command, at, hash) "
          "VALUES (gen_random_uuid(), 'single', 'x', 'y', {legs}, gen_random_uuid(), now(), repeat('0', 64)) RETURNING id")


@covers("I3", "M15")
@pytest.mark.django_db
@pytest.mark.parametrize("statement", [
    "INSERT INTO ledger_posting (transfer_id, leg, account_id, amount_fen) VALUES (1, 1, 1, 5), (1, 2, 1, -5)",
    HEADER.format(legs=2),
    "UPDATE ledger_balance SET posted_fen = posted_fen + 1",
    "UPDATE ledger_balance SET may_overdraw = true",
    "INSERT INTO ledger_balance VALUES (99, 5, 0, true)",
    "DELETE FROM ledger_posting",
    "UPDATE ledger_transfer SET kind = 'other'",
    "TRUNCATE ledger_posting",
    "ALTER TABLE ledger_posting DISABLE TRIGGER ALL",
    "SET session_replication_role = replica",
    "UPDATE ledger_account SET owner = 'ORG-Z'",
    "SELECT ledger_write('single', 'x', ARRAY[1], ARRAY[5], NULL, NULL, NULL, 0, 'y', now(), gen_random_uuid())",
])
def test_the_application_writes_the_books_through_the_functions_only(statement: str) -> None:
    with pytest.raises(Error, match=r"permission denied|must be owner"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def books(owner_connection: Any) -> Any:
    """The owner with two yuan accounts and one in dollars; everything is rolled back."""
    with owner_connection.transaction(force_rollback=True):
        opening = "INSERT INTO ledger_account (owner, kind, currency) VALUES (%s, 'available', %s) RETURNING id"
        ids = [owner_connection.execute(opening, row).fetchone()[0]
               for row in (("ORG-A", "CNY"), ("ORG-B", "CNY"), ("ORG-C", "USD"))]
        yield owner_connection, ids


def _insert(owner: Any, legs: list[tuple[int, int]], said: int | None = None) -> None:
    with owner.transaction():
        header = owner.execute(HEADER.format(legs=said or len(legs))).fetchone()[0]
        rows = ", ".join(f"({header}, {n}, {account}, {amount})" for n, (account, amount) in enumerate(legs, 1))
        owner.execute(f"INSERT INTO ledger_posting (transfer_id, leg, account_id, amount_fen) VALUES {rows}")


@pytest.mark.django_db
def test_a_balanced_insert_of_the_owner_is_taken(books: Any) -> None:
    owner, (a, b, _) = books
    _insert(owner, [(a, 5), (b, -5)])


@covers("T12", "I1")
@pytest.mark.django_db
@pytest.mark.parametrize(("legs", "said", "why"), [
    ([("a", 5), ("b", -4)], None, "unbalanced"),
    ([("a", 5), ("usd", -5)], None, "unbalanced"),
    ([("a", 5), ("b", -4), ("usd", -1)], None, "unbalanced"),
    ([("a", 5), ("absent", -5)], None, "unknown_account"),
    ([("a", 5), ("b", -5)], 3, "unknown_transfer"),
    ([("a", 5), ("b", -5), ("a", 1), ("b", -1)], 2, "unknown_transfer"),
    ([("a", 0), ("b", 0)], None, "posting_moves_something"),
])
def test_postings_that_do_not_balance_per_currency_are_refused_even_of_the_owner(books: Any, legs: Any, said: Any, why: str) -> None:
    owner, (a, b, usd) = books
    known = {"a": a, "b": b, "usd": usd, "absent": 987654321}
    with pytest.raises(psycopg.Error, match=why):
        _insert(owner, [(known[name], amount) for name, amount in legs], said)


@covers("T12")
@pytest.mark.django_db
@pytest.mark.parametrize("legs", [[("CNY", 5), ("USD", -5)], [("CNY", 5), ("CNY", -4), ("USD", -1)]])
def test_a_sum_over_all_currencies_lets_a_dollar_pay_for_a_yuan(owner_connection: Any, legs: list[tuple[str, int]]) -> None:
    """The mutant of T12: one sum for the whole transfer. It balances, and each currency does not."""
    owner = owner_connection
    with owner.transaction(force_rollback=True):
        owner.execute("CREATE TABLE naive_leg (currency text, amount bigint)")
        owner.execute("CREATE FUNCTION naive_balanced() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                      "IF (SELECT sum(amount) FROM fresh) <> 0 THEN RAISE EXCEPTION 'unbalanced'; END IF; RETURN NULL; END $$;"
                      "CREATE TRIGGER naive_balanced AFTER INSERT ON naive_leg REFERENCING NEW TABLE AS fresh "
                      "FOR EACH STATEMENT EXECUTE FUNCTION naive_balanced()")
        owner.execute("INSERT INTO naive_leg VALUES " + ", ".join(f"('{currency}', {amount})" for currency, amount in legs))
        left = owner.execute("SELECT currency FROM naive_leg GROUP BY 1 HAVING sum(amount) <> 0").fetchall()
    assert len(left) == 2, "the naive guard was expected to take what the books refuse"


@covers("I3")
@pytest.mark.django_db
def test_legs_are_not_added_to_a_finished_transfer(books: Any) -> None:
    owner, (a, b, _) = books
    _insert(owner, [(a, 5), (b, -5)])
    last = owner.execute("SELECT max(id) FROM ledger_transfer").fetchone()[0]
    for first in (1, 3):
        with pytest.raises(psycopg.Error, match=r"unknown_transfer|duplicate key"), owner.transaction():
            owner.execute("INSERT INTO ledger_posting (transfer_id, leg, account_id, amount_fen) "
                          "VALUES (%s, %s, %s, 1), (%s, %s, %s, -1)",
                          [last, first, a, last, first + 1, b])


@covers("I3")
@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE ledger_posting SET amount_fen = 7", "DELETE FROM ledger_posting", "TRUNCATE ledger_posting",
                                       "UPDATE ledger_transfer SET subject = 'z'", "DELETE FROM ledger_transfer"])
def test_rows_never_change_not_even_by_the_owner(books: Any, statement: str) -> None:
    owner, (a, b, _) = books
    _insert(owner, [(a, 5), (b, -5)])
    with pytest.raises(psycopg.Error, match="append-only"), owner.transaction():
        owner.execute(statement)


@covers("I4")
@pytest.mark.django_db
def test_no_balance_below_zero_even_of_the_owner(books: Any) -> None:
    owner, (a, _, _) = books
    for change in ("posted_fen = -1", "reserved_fen = 1", "reserved_fen = -1"):
        with pytest.raises(psycopg.Error, match="balance_"), owner.transaction():
            owner.execute(f"UPDATE ledger_balance SET {change} WHERE account_id = {a}")


@pytest.mark.django_db
def test_a_reserve_is_closed_once_even_by_the_owner(books: Any) -> None:
    owner, (a, _, _) = books
    pending = owner.execute("INSERT INTO ledger_transfer (uuid, phase, kind, subject, legs, account_id, amount_fen, command, at, hash) "
                            "VALUES (gen_random_uuid(), 'pending', 'x', 'y', 0, %s, 5, gen_random_uuid(), now(), '') RETURNING id",
                            [a]).fetchone()[0]
    close = ("INSERT INTO ledger_transfer (uuid, phase, kind, subject, legs, pending_id, command, at, hash) VALUES "
             "(gen_random_uuid(), 'voided', 'x', 'y', 0, %s, gen_random_uuid(), now(), '')")
    owner.execute(close, [pending])
    with pytest.raises(psycopg.Error, match="duplicate key"), owner.transaction():
        owner.execute(close, [pending])


@covers("T12")
@pytest.mark.django_db
def test_the_ledger_function_refuses_two_currencies_that_balance_together() -> None:
    from ledger.operations import Leg, account, transfer

    with acting():
        a = funded("ORG-A", 100)
    dollars = account("ORG-A", "available", "USD")
    with pytest.raises(Error, match="unbalanced"), acting():
        transfer(kind="x", legs=[Leg(a, -5), Leg(dollars, 5)], subject="y", at=AT)
