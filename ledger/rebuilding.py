"""The balances rebuilt from their postings into a scratch table beside the live ones (I5, I27): an answer to "are the books right?".

Balances are a cache that only the ledger's own functions write. Where they differ from the rows, somebody went past the guards, and
writing the cache over would wipe out the trace: so nothing here writes (docs/operating/settlement.md says what to do instead).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction

from kit.coverage import covers
from ledger.queries import REBUILT

__all__ = ["Difference", "Rebuilt", "rebuild"]


@dataclass(frozen=True)
class Difference:
    """An account whose live balance is not what its rows say; None where a side has no row at all."""

    owner: str
    kind: str
    currency: str
    posted_fen: int | None
    rebuilt_posted_fen: int | None
    reserved_fen: int | None
    rebuilt_reserved_fen: int | None


@dataclass(frozen=True)
class Rebuilt:
    accounts: int
    postings: int
    differences: list[Difference]


@covers("I5", "I27")
def rebuild() -> Rebuilt:
    """This will rebuild every balance in one snapshot, compare it with the live one, and return the differences by owner and kind."""
    with transaction.atomic(), connection.cursor() as cursor:
        if not connection.savepoint_ids:  # one snapshot for all statements, unless a caller's transaction has begun already
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("DROP TABLE IF EXISTS pg_temp.rebuilt_balance")
        cursor.execute(f"CREATE TEMPORARY TABLE rebuilt_balance ON COMMIT DROP AS {REBUILT}")
        cursor.execute("ALTER TABLE rebuilt_balance ADD PRIMARY KEY (account_id)")
        cursor.execute("SELECT (SELECT count(*) FROM rebuilt_balance), (SELECT count(*) FROM ledger_posting)")
        accounts, postings = cursor.fetchone()
        cursor.execute(
            "SELECT coalesce(a.owner, ''), coalesce(a.kind, ''), coalesce(a.currency, ''), b.posted_fen, r.posted, b.reserved_fen, "
            "r.reserved "
            "FROM rebuilt_balance r FULL JOIN ledger_balance b USING (account_id) LEFT JOIN ledger_account a ON a.id = account_id "
            "WHERE (b.posted_fen, b.reserved_fen) IS DISTINCT FROM (r.posted, r.reserved) ORDER BY 1, 2, 3")
        return Rebuilt(int(accounts), int(postings), [Difference(*row) for row in cursor.fetchall()])
