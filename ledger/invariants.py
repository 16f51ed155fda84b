"""What must hold in the books at any instant; ``check_invariants`` evaluates these over the live database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import connection

from evidence.invariants import Invariant, invariant
from ledger.closing import totals_at, totals_hash
from ledger.models import Closing
from ledger.queries import REBUILT, live_state_hash, rebuilt_state_hash

__all__: list[str] = []


def _rows(statement: str) -> Iterator[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        yield from cursor.fetchall()


@invariant
class LegsSumToZero(Invariant):
    """Every transfer's legs sum to zero per currency, and there are as many as its header says (with its hash)."""

    id = "I1"

    def check(self) -> Iterable[str]:
        for uuid, currency, total in _rows(
            "SELECT t.uuid, a.currency, sum(p.amount_fen) FROM ledger_posting p JOIN ledger_transfer t ON t.id = p.transfer_id "
            "JOIN ledger_account a ON a.id = p.account_id GROUP BY t.uuid, a.currency HAVING sum(p.amount_fen) <> 0"):
            yield f"transfer {uuid} sums to {total} fen in {currency}"
        for uuid, legs, found in _rows(
            "SELECT t.uuid, t.legs, count(p.leg) FROM ledger_transfer t LEFT JOIN ledger_posting p ON p.transfer_id = t.id "
            "GROUP BY t.id HAVING t.legs <> count(p.leg)"):
            yield f"transfer {uuid} names {legs} legs and has {found}"
        for transfer, account in _rows(
            "SELECT p.transfer_id, p.account_id FROM ledger_posting p LEFT JOIN ledger_account a ON a.id = p.account_id "
            "LEFT JOIN ledger_transfer t ON t.id = p.transfer_id WHERE a.id IS NULL OR t.id IS NULL"):
            yield f"a posting names transfer {transfer} and account {account}, of which one is absent"


@invariant
class LedgerSumsToZero(Invariant):
    """The whole ledger sums to zero per currency: money came from somewhere and went somewhere."""

    id = "I2"

    def check(self) -> Iterable[str]:
        for currency, total in _rows("SELECT a.currency, sum(b.posted_fen) FROM ledger_balance b JOIN ledger_account a "
                                     "ON a.id = b.account_id GROUP BY a.currency HAVING sum(b.posted_fen) <> 0"):
            yield f"the ledger sums to {total} fen in {currency}"


@invariant
class NobodyOverdraws(Invariant):
    """No customer account is below zero after its reserves, by the rows themselves, and none may be."""

    id = "I4"

    def check(self) -> Iterable[str]:
        statement = (f"SELECT a.owner, a.kind, r.posted - r.reserved FROM ({REBUILT}) r "  # noqa: S608 (a constant)
                     "JOIN ledger_account a ON a.id = r.account_id "
                     "WHERE a.kind NOT IN ('bank', 'suspense', 'set_off') AND r.posted < r.reserved")
        for owner, kind, available in _rows(statement):
            yield f"{owner} {kind} has {available} fen available"
        for owner, kind in _rows("SELECT a.owner, a.kind FROM ledger_account a LEFT JOIN ledger_balance b ON b.account_id = a.id "
                                 "WHERE b.may_overdraw IS DISTINCT FROM (a.kind IN ('bank', 'suspense', 'set_off'))"):
            yield f"{owner} {kind} may be overdrawn against the chart of accounts, or has no balance row"


@invariant
class BalancesFollowFromPostings(Invariant):
    """The cached balance is the sum of postings; the cached reserve is the sum of open reserves."""

    id = "I5"

    def check(self) -> Iterable[str]:
        statement = (f"SELECT b.account_id, b.posted_fen, r.posted, b.reserved_fen, r.reserved FROM ({REBUILT}) r "  # noqa: S608 (a constant)
                     "JOIN ledger_balance b USING (account_id) "
                     "WHERE (b.posted_fen, b.reserved_fen) IS DISTINCT FROM (r.posted, r.reserved)")
        for account, posted, summed, reserved, opened in _rows(statement):
            yield f"account {account} caches {posted}/{reserved} fen, its rows give {summed}/{opened}"


@invariant
class BooksCanBeRebuilt(Invariant):
    """The state rebuilt from the rows has the hash of the live state, and every transfer has the hash of its content."""

    id = "I27"

    def check(self) -> Iterable[str]:
        if live_state_hash() != rebuilt_state_hash():
            yield "the ledger rebuilt from its rows differs from the live one"
        for (uuid,) in _rows(
            "SELECT t.uuid FROM ledger_transfer t LEFT JOIN ledger_transfer o ON o.id = t.pending_id LEFT JOIN LATERAL ("
            "  SELECT coalesce(array_agg(p.account_id ORDER BY p.leg), '{}') AS accounts, "
            "         coalesce(array_agg(p.amount_fen ORDER BY p.leg), '{}') AS amounts "
            "    FROM ledger_posting p WHERE p.transfer_id = t.id) l ON true "
            "WHERE t.hash <> ledger_hash(t.uuid, t.phase, t.kind, t.subject, o.uuid, "
            "  CASE WHEN t.phase = 'pending' THEN ARRAY[t.account_id] ELSE l.accounts END, "
            "  CASE WHEN t.phase = 'pending' THEN ARRAY[t.amount_fen] ELSE l.amounts END, t.at)"):
            yield f"transfer {uuid} does not have the hash of its content"


@invariant
class ClosedPeriodsStand(Invariant):
    """The totals of a closed period, reckoned again from the rows, are those that were kept when it was closed."""

    id = "I27"

    def check(self) -> Iterable[str]:
        for one in Closing.objects.order_by("-until")[:24]:
            if totals_hash(one.until, totals_at(one.until)) != one.totals_hash:
                yield f"the period until {one.until.isoformat()} no longer has the totals it was closed with"
